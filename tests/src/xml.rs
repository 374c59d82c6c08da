//! XML as plex.tv and Media Servers write it, from the same content as the JSON.

use std::fmt::Write;

use serde_json::{Map, Value};

/// An element with the scalars as attributes and everything else as children.
pub(crate) fn element(name: &str, value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(fields) => write_object(name, fields, &mut text),
        // A list at the top.
        Value::Array(elements) => {
            let (list, item) = match name {
                "devices" => ("MediaContainer", "Device"),
                _ => (name, singular(name)),
            };
            write_list(list, item, elements, &mut text);
        }
        _ => write_object(name, &Map::new(), &mut text),
    }
    text
}

fn write_object(name: &str, fields: &Map<String, Value>, text: &mut String) {
    write!(text, "<{name}").expect("a string takes everything");
    for (field, value) in fields {
        if let Some(value) = scalar(value) {
            write!(text, " {field}=\"{}\"", quick_xml::escape::escape(value))
                .expect("a string takes everything");
        }
    }
    let has_children = fields.values().any(|value| value.is_object() || value.is_array());
    if !has_children {
        text.push_str("/>");
        return;
    }
    text.push('>');
    for (field, value) in fields {
        match value {
            Value::Object(fields) => write_object(field, fields, text),
            // Media Servers repeat an element. Their names have a capital.
            Value::Array(elements) if field.starts_with(char::is_uppercase) => {
                write_items(field, elements, text)
            }
            // In the list of devices, connections follow one another.
            Value::Array(elements) if name == "Device" => write_items("Connection", elements, text),
            Value::Array(elements) => write_list(field, singular(field), elements, text),
            _ => {}
        }
    }
    write!(text, "</{name}>").expect("a string takes everything");
}

fn write_list(name: &str, item: &str, elements: &[Value], text: &mut String) {
    write!(text, "<{name}>").expect("a string takes everything");
    write_items(item, elements, text);
    write!(text, "</{name}>").expect("a string takes everything");
}

fn write_items(name: &str, elements: &[Value], text: &mut String) {
    for element in elements {
        match element {
            Value::Object(fields) => write_object(name, fields, text),
            other => {
                let id = quick_xml::escape::escape(scalar(other).unwrap_or_default());
                write!(text, "<{name} id=\"{id}\"/>").expect("a string takes everything");
            }
        }
    }
}

fn singular(name: &str) -> &str {
    name.strip_suffix('s').unwrap_or(name)
}

/// `None` for `null`, which is no attribute.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(u8::from(*flag).to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
