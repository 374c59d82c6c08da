//! The path to an error in a JSON text.
//!
//! `serde_path_to_error` tracks the path with a deserializer of its own, which accounted for a third of the code that
//! this crate added to a program. Here the path is derived from the position of the error.

use std::fmt::Write;

/// The recursion limit of `serde_json`: deeper levels can only be skipped.
const DEEPEST: usize = 128;

/// The path to the position of the error, such as `MediaContainer.Device[0].port`, or `.` for the top level.
pub(super) fn to_error(text: &str, error: &serde_json::Error) -> String {
    let lines_before = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let end = lines_before.map(str::len).fold(error.column(), usize::saturating_add);
    let mut levels: Vec<Level<'_>> = Vec::new();
    let mut deeper: usize = 0;
    let mut rest = text.get(..end).unwrap_or(text);
    while let Some(at) = rest.find(['{', '[', '}', ']', ',', ':', '"']) {
        let (character, behind) =
            rest.get(at..).and_then(|found| found.split_at_checked(1)).unwrap_or_default();
        rest = behind;
        let is_deepest = levels.len() >= DEEPEST;
        match (character, levels.last_mut().filter(|_| deeper == 0)) {
            ("{" | "[", _) if is_deepest => deeper = deeper.saturating_add(1),
            ("}" | "]", _) if deeper > 0 => deeper = deeper.saturating_sub(1),
            ("{", _) => levels.push(Level::Object { key: "", is_key_next: true }),
            ("[", _) => levels.push(Level::List(0)),
            ("}" | "]", _) => drop(levels.pop()),
            (",", Some(Level::List(index))) => *index = index.saturating_add(1),
            (",", Some(Level::Object { is_key_next, .. })) => *is_key_next = true,
            (":", Some(Level::Object { is_key_next, .. })) => *is_key_next = false,
            ("\"", level) => {
                let (string, behind) = string(rest);
                rest = behind;
                if let Some(Level::Object { key, is_key_next: true }) = level {
                    *key = string;
                }
            }
            _ => {}
        }
    }
    written(&levels)
}

enum Level<'t> {
    Object { key: &'t str, is_key_next: bool },
    List(usize),
}

/// Splits the text, which starts inside a string, at the closing quotation mark.
fn string(text: &str) -> (&str, &str) {
    let mut is_escaped = false;
    let end = text.find(|character| {
        let is_end = character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        is_end
    });
    end.and_then(|end| Some((text.get(..end)?, text.get(end.saturating_add(1)..)?))).unwrap_or((text, ""))
}

fn written(levels: &[Level<'_>]) -> String {
    let mut path = String::new();
    for level in levels {
        // Writing to a `String` cannot fail.
        let _ = match level {
            Level::List(index) => write!(path, "[{index}]"),
            Level::Object { key: "", .. } => Ok(()),
            Level::Object { key, .. } => {
                // Plex's field names have only these characters. Anything else might be personal data.
                let is_name = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                let name = if is_name { key } else { "?" };
                write!(path, "{}{name}", if path.is_empty() { "" } else { "." })
            }
        };
    }
    if path.is_empty() { ".".to_owned() } else { path }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::lenient;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only the errors matter")]
    struct Outer {
        #[serde(default, deserialize_with = "lenient::list")]
        list: Vec<Inner>,
        #[serde(default, deserialize_with = "lenient::object")]
        object: Option<Inner>,
        #[serde(default)]
        strict: Vec<Vec<u8>>,
        #[serde(default)]
        tuple: (u8, String),
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only the errors matter")]
    struct Inner {
        #[serde(deserialize_with = "lenient::required")]
        port: u16,
        #[serde(default, deserialize_with = "lenient::optional")]
        name: Option<String>,
    }

    fn path(text: &str) -> String {
        to_error(text, &serde_json::from_str::<Outer>(text).unwrap_err())
    }

    #[test]
    fn path_leads_to_the_value() {
        for (text, expected) in [
            (r#"{"list":[{"port":1},{"port":"x"}]}"#, "list[1].port"),
            (r#"{"list":[{"port":1},{"name":"a","port":null,"other":1}]}"#, "list[1].port"),
            (r#"{"list":[{"port":[1,{"a":2}]}]}"#, "list[0].port"),
            (r#"{"list":[{"port":{"a":[2]},"name":"b"}]}"#, "list[0].port"),
            ("{\n  \"object\": {\n    \"name\": \"a\",\n    \"port\": true\n  }\n}", "object.port"),
            ("{\n\n \"strict\" : [ [1] , [ 2, \"x\" ] ] }", "strict[1][1]"),
            (r#"{"strict":[[1],{}]}"#, "strict[1]"),
            (r#"{"strict":"x"}"#, "strict"),
            (r#"{"tuple":[1]}"#, "tuple"),
            (r#"{"other":{"list":[1,2]},"strict":[[256]]}"#, "strict[0][0]"),
            (r#"{"other":"a\"]}{\\","strict":7}"#, "strict"),
            (r#"{"strict":[],"strict":[]}"#, "strict"),
            (&format!(r#"{{"other":{}"a"{},"strict":7}}"#, "[".repeat(500), "]".repeat(500)), "strict"),
            (&format!(r#"{{"other":{}7{},"strict":7}}"#, r#"{"a":["#.repeat(99), "]}".repeat(99)), "strict"),
            ("7", "."),
            ("\"text\"", "."),
        ] {
            assert_eq!(path(text), expected, "{text}");
        }
    }

    #[test]
    fn path_leads_to_the_object_without_the_field() {
        for (text, expected) in [
            (r#"{"list":[{"port":1},{}]}"#, "list[1]"),
            (r#"{"list":[{"port":1},{"name":"a"},{"port":1}]}"#, "list[1]"),
            (r#"{"object":{"name":"a"}}"#, "object"),
            (r#"{"object":{"name":"a"} , "list":[]}"#, "object"),
        ] {
            assert_eq!(path(text), expected, "{text}");
        }
    }

    #[test]
    fn unusual_names_are_not_shown() {
        let map = serde_json::from_str::<std::collections::HashMap<String, u8>>;
        for (text, expected) in
            [(r#"{"a_b":"x"}"#, "a_b"), (r#"{"me@example.com":"x"}"#, "?"), (r#"{"\u0041":"x"}"#, "?")]
        {
            assert_eq!(to_error(text, &map(text).unwrap_err()), expected, "{text}");
        }
    }
}
