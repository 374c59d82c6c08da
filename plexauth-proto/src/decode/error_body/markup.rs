//! XML and HTML error bodies.

use std::borrow::Cow;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::{ErrorBody, MOST_ERRORS, is_better};

/// The maximum number of elements to read. The title of a page is near the beginning.
const MOST_ELEMENTS: usize = 32;
/// The maximum number of tags, texts and references to read.
const MOST_EVENTS: usize = 256;
/// The maximum number of attributes to read from an element.
const MOST_ATTRIBUTES: usize = 16;

/// An element whose text may be the message.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Error,
    Title,
    Heading,
}

/// Reads XML from plex.tv or an HTML page. Pages are rarely well-formed, so a syntax error just ends the reading.
pub(super) fn read(text: &str) -> ErrorBody<'static> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut errors = XmlErrors::default();
    let mut heading = None;
    let mut open = None;
    let mut words = String::new();
    let mut elements: usize = 0;
    for _ in 0..MOST_EVENTS {
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                elements = elements.saturating_add(1);
                open = opened(&element, &mut errors);
                words.clear();
            }
            Ok(Event::Empty(element)) => {
                elements = elements.saturating_add(1);
                opened(&element, &mut errors);
            }
            Ok(Event::Text(text)) if open.is_some() => words.push_str(&text),
            Ok(Event::CData(text)) if open.is_some() => words.push_str(&text),
            Ok(Event::GeneralRef(reference)) if open.is_some() => push_resolved(&mut words, &reference),
            Ok(Event::End(_)) => {
                let message = not_empty(&words);
                match open.take() {
                    Some(Open::Error) => {
                        if let Some(error) = &mut errors.best {
                            error.message = error.message.take().or(message);
                        }
                    }
                    Some(Open::Title) if message.is_some() => return ErrorBody { code: None, message },
                    Some(Open::Heading) => heading = heading.or(message),
                    Some(Open::Title) | None => {}
                }
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
        if errors.seen == MOST_ERRORS || elements == MOST_ELEMENTS && open.is_none() {
            break;
        }
    }
    errors.best.unwrap_or(ErrorBody { code: None, message: heading })
}

#[derive(Default)]
struct XmlErrors {
    best: Option<ErrorBody<'static>>,
    seen: usize,
}

impl XmlErrors {
    /// Records an error. Returns whether it is better than those before.
    fn note(&mut self, code: Option<u32>, element: &BytesStart<'_>, message: &str) -> bool {
        self.seen = self.seen.saturating_add(1);
        let error = ErrorBody { code, message: None };
        let is_best = is_better(&error, self.best.as_ref());
        if is_best {
            self.best = Some(ErrorBody { message: attribute(element, message, not_empty), ..error });
        }
        is_best
    }
}

/// Records the error in an element, if it is one. Returns the kind of element if its text matters.
fn opened(element: &BytesStart<'_>, errors: &mut XmlErrors) -> Option<Open> {
    let name = element.local_name();
    let name = name.as_ref();
    let code = || attribute(element, "code", |text| text.trim().parse().ok());
    if name == "error" {
        errors.note(code(), element, "message").then_some(Open::Error)
    } else if name == "Response" {
        // Its `code` is usually the HTTP status, and its `status` is the message.
        errors.note(code().filter(|code| *code >= 1000), element, "status");
        None
    } else if name.eq_ignore_ascii_case("title") {
        Some(Open::Title)
    } else if name.eq_ignore_ascii_case("h1") {
        Some(Open::Heading)
    } else {
        None
    }
}

fn attribute<T>(element: &BytesStart<'_>, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let mut attributes = element.attributes();
    let mut first = attributes.with_checks(false).take(MOST_ATTRIBUTES);
    let found =
        first.find_map(|attribute| attribute.ok().filter(|attribute| attribute.key.as_ref() == name))?;
    read(&found.normalized_value(XmlVersion::Implicit1_0).ok()?)
}

fn not_empty(words: &str) -> Option<Cow<'static, str>> {
    let words = words.trim();
    (!words.is_empty()).then(|| words.to_owned().into())
}

/// Unknown entities are left unchanged.
fn push_resolved(words: &mut String, reference: &BytesRef<'_>) {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        words.push(character);
    } else if let Some(known) = quick_xml::escape::resolve_predefined_entity(reference) {
        words.push_str(known);
    } else {
        words.push('&');
        words.push_str(reference);
        words.push(';');
    }
}
