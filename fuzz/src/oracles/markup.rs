//! Error bodies in XML, read by `roxmltree`, and titles of pages, read by `html5gum`, which tokenizes as browsers do.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};

/// Codes with a meaning that others do not have.
pub const SPECIFIC: &[u32] = &[1028, 1029, 1031];
/// Codes that only say that a request was refused.
pub const GENERAL: &[u32] = &[1000, 1012, 1999];

/// The code and the message of an error.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Words {
    pub code: Option<u32>,
    pub message: Option<String>,
}

/// The error in an XML document: the first with a code of its own, otherwise the first. `None` if it is not well-formed,
/// or has elements within an error, as Plex's do not.
pub fn error(xml: &str) -> Option<Words> {
    let document = roxmltree::Document::parse(xml).ok()?;
    let mut errors = Vec::new();
    for element in document.descendants().filter(roxmltree::Node::is_element) {
        let code = || element.attribute("code")?.trim().parse::<u32>().ok();
        let first = |names: &[&str]| names.iter().find_map(|name| shown(element.attribute(*name)?));
        let words = || shown(&text_of(element));
        match element.tag_name().name() {
            "error" => errors.push(Words { code: code(), message: first(&["message"]).or_else(words) }),
            "Error" => {
                errors.push(Words { code: code(), message: first(&["message", "error"]).or_else(words) })
            }
            "Response" if code().is_none_or(|code| code >= 400) => {
                errors.push(Words { code: code().filter(|code| *code >= 1000), message: first(&["status"]) });
            }
            _ => continue,
        }
        if element.children().any(|child| child.is_element()) {
            return None;
        }
    }
    let best = errors.iter().position(|error| error.code.is_some_and(|code| SPECIFIC.contains(&code)));
    Some(errors.into_iter().nth(best.unwrap_or_default()).unwrap_or_default())
}

/// The text of an element, without that of comments.
fn text_of(element: roxmltree::Node<'_, '_>) -> String {
    element.children().filter(roxmltree::Node::is_text).filter_map(|text| text.text()).collect()
}

/// The title of a page, or its first heading.
pub fn title(page: &str) -> Option<String> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let (mut found, mut open) = ([const { String::new() }; 2], None);
    for Ok(token) in Tokenizer::new_with_emitter(page, emitter) {
        match token {
            Token::StartTag(tag) => {
                open = ["title", "h1"].iter().position(|name| tag.name.as_slice() == name.as_bytes())
            }
            Token::EndTag(_) => open = None,
            Token::String(text) => {
                if let Some(open) = open {
                    found[open] += &String::from_utf8_lossy(&text);
                }
            }
            _ => {}
        }
    }
    found.iter().find_map(|text| shown(text))
}

/// Text as errors show it, with single spaces.
pub fn shown(text: &str) -> Option<String> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(words)
}
