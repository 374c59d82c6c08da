//! XML and HTML error bodies.

use std::borrow::Cow;

use memchr::{memchr, memmem};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::{ErrorBody, MOST_ERRORS, is_better};
use crate::decode::classify::Author;

/// The maximum number of elements to read. The title of a page is near the beginning.
const MOST_ELEMENTS: usize = 32;
/// The maximum number of elements to read after the title. In the page of a Media Server, the heading is the next but one.
const MOST_AFTER_TITLE: usize = 4;
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
    let mut page = Page::default();
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut errors = XmlErrors::default();
    let mut open = None;
    let mut words = String::new();
    let mut elements: usize = 0;
    for _ in 0..MOST_EVENTS {
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                elements = elements.saturating_add(1);
                page.is_page |= is_html(&element);
                open = opened(&element, &mut errors);
                words.clear();
                if let Some(rest) = after_raw_text(&element, reader.get_ref()) {
                    *reader.get_mut() = rest;
                }
            }
            Ok(Event::Empty(element)) => {
                elements = elements.saturating_add(1);
                opened(&element, &mut errors);
            }
            Ok(Event::Text(text)) if open.is_some() => words.push_str(as_str(&text)),
            Ok(Event::CData(text)) if open.is_some() => words.push_str(as_str(&text)),
            Ok(Event::GeneralRef(reference)) if open.is_some() => push_resolved(&mut words, &reference),
            Ok(Event::End(_)) => {
                let message = not_empty(&words);
                match open.take() {
                    Some(Open::Error) => {
                        if let Some(error) = &mut errors.best {
                            error.message = error.message.take().or(message);
                        }
                    }
                    Some(Open::Title) if message.is_some() => {
                        page.title = message;
                        page.title_at = Some(elements);
                    }
                    Some(Open::Title) => {}
                    Some(Open::Heading) => page.heading = page.heading.or(message),
                    None => {}
                }
            }
            Ok(Event::DocType(_)) => page.is_page = true,
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
        let most =
            page.title_at.map_or(MOST_ELEMENTS, |at| at.saturating_add(MOST_AFTER_TITLE).min(MOST_ELEMENTS));
        let is_page_read = page.title.is_some() && page.heading.is_some();
        if errors.seen == MOST_ERRORS || is_page_read || elements >= most && open.is_none() {
            break;
        }
    }
    match errors.best {
        // A page may mention an error in passing.
        Some(error) if !page.is_page => error.by_plex_tv(),
        Some(error) => ErrorBody { author: Author::Page, ..error },
        None => {
            ErrorBody { author: page.author(), message: page.title.or(page.heading), ..ErrorBody::default() }
        }
    }
}

#[derive(Default)]
struct Page {
    is_page: bool,
    title: Option<Cow<'static, str>>,
    /// The number of elements up to the title.
    title_at: Option<usize>,
    heading: Option<Cow<'static, str>>,
}

impl Page {
    /// The page of a Media Server has a heading of the status and the title, such as `401 Unauthorized`. Those of common
    /// proxies do not.
    fn author(&self) -> Author {
        let is_media_server = || {
            let (status, reason) = self.heading.as_deref()?.split_once(' ')?;
            let is_status = status.len() == 3 && status.bytes().all(|digit| digit.is_ascii_digit());
            Some(is_status && Some(reason) == self.title.as_deref())
        };
        match is_media_server() {
            Some(true) => Author::MediaServer,
            _ if self.is_page || self.title.is_some() || self.heading.is_some() => Author::Page,
            _ => Author::Unknown,
        }
    }
}

fn is_html(element: &BytesStart<'_>) -> bool {
    element.local_name().as_ref().eq_ignore_ascii_case(b"html")
}

/// What follows a script or a style sheet, which are not markup. `None` after other elements.
fn after_raw_text<'a>(element: &BytesStart<'_>, text: &'a [u8]) -> Option<&'a [u8]> {
    let name = element.local_name();
    let name = name.as_ref();
    if ![&b"script"[..], b"style"].iter().any(|raw| name.eq_ignore_ascii_case(raw)) {
        return None;
    }
    let end_of_name = memmem::find_iter(text, "</").find_map(|at| {
        let (found, after) = text.get(at..)?.get("</".len()..)?.split_at_checked(name.len())?;
        let is_complete =
            after.first().is_some_and(|next| b">/".contains(next) || next.is_ascii_whitespace());
        (found.eq_ignore_ascii_case(name) && is_complete).then_some(after)
    });
    let after = |tag: &'a [u8]| tag.get(memchr(b'>', tag)?.saturating_add(1)..);
    Some(end_of_name.and_then(after).unwrap_or_default())
}

#[derive(Default)]
struct XmlErrors {
    best: Option<ErrorBody<'static>>,
    seen: usize,
}

impl XmlErrors {
    /// Records an error. Returns whether it is better than those before.
    fn note(&mut self, code: Option<u32>, element: &BytesStart<'_>, messages: &[&str]) -> bool {
        self.seen = self.seen.saturating_add(1);
        let error = ErrorBody { code, ..ErrorBody::default() };
        let is_best = is_better(&error, self.best.as_ref());
        if is_best {
            let message = messages.iter().find_map(|name| attribute(element, name, not_empty));
            self.best = Some(ErrorBody { message, ..error });
        }
        is_best
    }
}

/// Records the error in an element, if it is one. Returns the kind of element if its text matters.
fn opened(element: &BytesStart<'_>, errors: &mut XmlErrors) -> Option<Open> {
    let name = element.local_name();
    let name = name.as_ref();
    let code = || attribute(element, "code", |text| text.trim().parse().ok());
    if name == b"error" {
        errors.note(code(), element, &["message"]).then_some(Open::Error)
    } else if name == b"Error" {
        errors.note(code(), element, &["message", "error"]).then_some(Open::Error)
    } else if name == b"Response" {
        // Its `code` is usually the HTTP status, and its `status` is the message.
        let code = code();
        if code.is_none_or(|code| code >= 400) {
            errors.note(code.filter(|code| *code >= 1000), element, &["status"]);
        }
        None
    } else if name.eq_ignore_ascii_case(b"title") {
        Some(Open::Title)
    } else if name.eq_ignore_ascii_case(b"h1") {
        Some(Open::Heading)
    } else {
        None
    }
}

fn attribute<T>(element: &BytesStart<'_>, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let mut attributes = element.attributes();
    let mut first = attributes.with_checks(false).take(MOST_ATTRIBUTES);
    let found = first
        .find_map(|attribute| attribute.ok().filter(|attribute| attribute.key.as_ref() == name.as_bytes()))?;
    read(&found.normalized_value(XmlVersion::Implicit1_0).ok()?)
}

/// The text that was read is valid UTF-8, and so are its pieces.
fn as_str(piece: &[u8]) -> &str {
    std::str::from_utf8(piece).unwrap_or_default()
}

fn not_empty(words: &str) -> Option<Cow<'static, str>> {
    let words = words.trim();
    (!words.is_empty()).then(|| words.to_owned().into())
}

/// Unknown entities are left unchanged.
fn push_resolved(words: &mut String, reference: &BytesRef<'_>) {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        words.push(character);
    } else if let Some(known) = quick_xml::escape::resolve_predefined_entity(as_str(reference)) {
        words.push_str(known);
    } else {
        words.push('&');
        words.push_str(as_str(reference));
        words.push(';');
    }
}
