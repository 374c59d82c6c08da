//! XML and HTML.

use std::borrow::Cow;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::{MOST_ERRORS, Said, counts_more};

/// How many elements are looked at: what a page is called stands near its beginning.
const MOST_ELEMENTS: usize = 32;
/// How many tags, pieces of text and references are.
const MOST_EVENTS: usize = 256;
/// How many attributes of an element are.
const MOST_ATTRIBUTES: usize = 16;

/// The elements whose text is what an XML error or an HTML page says.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Error,
    Title,
    Heading,
}

/// XML of plex.tv, or a page of HTML. Pages are rarely well-formed, so reading stops without complaint where it fails.
pub(super) fn read(text: &str) -> Said<'static> {
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
                let said = not_empty(&words);
                match open.take() {
                    Some(Open::Error) => {
                        if let Some(error) = &mut errors.best {
                            error.message = error.message.take().or(said);
                        }
                    }
                    Some(Open::Title) if said.is_some() => return Said { code: None, message: said },
                    Some(Open::Heading) => heading = heading.or(said),
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
    errors.best.unwrap_or(Said { code: None, message: heading })
}

#[derive(Default)]
struct XmlErrors {
    best: Option<Said<'static>>,
    seen: usize,
}

impl XmlErrors {
    /// Whether this one counts more than those before.
    fn note(&mut self, code: Option<u32>, element: &BytesStart<'_>, message: &str) -> bool {
        self.seen = self.seen.saturating_add(1);
        let said = Said { code, message: None };
        let counts = counts_more(&said, self.best.as_ref());
        if counts {
            self.best = Some(Said { message: attribute(element, message, not_empty), ..said });
        }
        counts
    }
}

/// Notes an error that an element is, and says whether the text of the element is wanted.
fn opened(element: &BytesStart<'_>, errors: &mut XmlErrors) -> Option<Open> {
    let name = element.local_name();
    let name = name.as_ref();
    let code = || attribute(element, "code", |text| text.trim().parse().ok());
    if name == "error" {
        errors.note(code(), element, "message").then_some(Open::Error)
    } else if name == "Response" {
        // Its `code` is the HTTP status again, and its `status` the words.
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

/// What no character is known for stays as it was written.
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
