//! Errors in XML and pages, compared with other parsers.

use arbitrary::Arbitrary;
use http::{Response, StatusCode};
use plexauth_proto::{CreatePin, GetServerIdentity, Operation, ResponseError};

use crate::oracles::markup::{self, GENERAL, SPECIFIC, Words};
use crate::{server, structured};

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    Xml {
        has_declaration: bool,
        has_list: bool,
        errors: [Option<XmlError<'a>>; 3],
    },
    Page {
        doctype: u8,
        is_upper_case: bool,
        before: [Piece<'a>; 4],
        title: Option<&'a str>,
        after: [Piece<'a>; 2],
        heading: Option<&'a str>,
    },
}

#[derive(Debug, Arbitrary)]
struct XmlError<'a> {
    element: u8,
    code: u8,
    has_single_quotes: bool,
    message: Option<&'a str>,
    other: Option<&'a str>,
    content: Content<'a>,
}

#[derive(Debug, Arbitrary)]
enum Content<'a> {
    None,
    Text(&'a str),
    Cdata(&'a str),
    Comment(&'a str),
}

#[derive(Debug, Arbitrary)]
enum Piece<'a> {
    Nothing,
    Comment(&'a str),
    Meta(&'a str),
    Script(&'a str),
    Style(&'a str),
    Link,
    Conditional,
}

/// Runs the target.
pub fn run(data: &[u8]) {
    match structured(data) {
        Some(Input::Xml { has_declaration, has_list, errors }) => {
            check_xml(&xml(has_declaration, has_list, errors.iter().flatten()));
        }
        Some(page @ Input::Page { title, heading, .. })
            if [title, heading].into_iter().flatten().all(is_plain) =>
        {
            check_page(&page_of(&page));
        }
        _ => {}
    }
}

fn xml<'a>(has_declaration: bool, has_list: bool, errors: impl Iterator<Item = &'a XmlError<'a>>) -> String {
    let declaration = if has_declaration { r#"<?xml version="1.0" encoding="UTF-8"?>"# } else { "" };
    let errors: String = errors.take(if has_list { 3 } else { 1 }).map(element).collect();
    if has_list {
        format!("{declaration}\n<errors>{errors}\n</errors>")
    } else {
        format!("{declaration}{errors}")
    }
}

fn element(error: &XmlError<'_>) -> String {
    let (name, message, other) = match error.element % 4 {
        0 | 1 => ("error", "message", "status"),
        2 => ("Error", "message", "error"),
        _ => ("Response", "status", "message"),
    };
    let quote = if error.has_single_quotes { '\'' } else { '"' };
    let attribute = |name: &str, value: &str| format!(" {name}={quote}{value}{quote}");
    let mut text = format!("\n <{name}");
    let codes = [SPECIFIC, GENERAL, &[200, 401, 99_999]].concat();
    if let Some(code) = codes.get(usize::from(error.code) % (codes.len() + 1)) {
        text += &attribute("code", &code.to_string());
    }
    text += &error.other.map(|value| attribute(other, value)).unwrap_or_default();
    text += &error.message.map(|value| attribute(message, value)).unwrap_or_default();
    match error.content {
        Content::None => text + "/>",
        Content::Text(content) => text + &format!(">{content}</{name}>"),
        Content::Cdata(content) => text + &format!("><![CDATA[{content}]]></{name}>"),
        Content::Comment(content) => text + &format!("><!--{content}--></{name}>"),
    }
}

fn page_of(page: &Input<'_>) -> String {
    let Input::Page { doctype, is_upper_case, before, title, after, heading } = page else {
        return String::new();
    };
    let doctype = [
        "",
        "<!DOCTYPE html>",
        "<!doctype html>\n",
        "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\r\n",
    ][usize::from(*doctype) % 4];
    let tag = |name: &str| if *is_upper_case { name.to_ascii_uppercase() } else { name.to_owned() };
    let pieces = |pieces: &[Piece<'_>]| pieces.iter().map(piece).collect::<String>();
    let named = |name: &str, text: Option<&str>| match text {
        Some(text) => format!("<{0}>{text}</{0}>", tag(name)),
        None => String::new(),
    };
    format!(
        "{doctype}<{html}><{head}>{}{}{}</{head}><{body}>{}<p>words<br>and others</{body}></{html}>",
        pieces(before),
        named("title", *title),
        pieces(after),
        named("h1", *heading),
        html = tag("html"),
        head = tag("head"),
        body = tag("body"),
    )
}

fn piece(piece: &Piece<'_>) -> String {
    match piece {
        Piece::Nothing => String::new(),
        Piece::Comment(text) => format!("<!-- {} -->", text.replace('>', " ")),
        Piece::Meta(text) => format!("<meta name=\"description\" content=\"{}\">", text.replace('"', "'")),
        // After `<!--`, browsers read on until a second end tag, for the pages of the nineties.
        Piece::Script(text) => raw("script", &text.replace("<!--", "")),
        Piece::Style(text) => raw("style", text),
        Piece::Link => "<link rel=stylesheet href=/a.css disabled>".to_owned(),
        Piece::Conditional => "<!--[if lt IE 7]> <html class=\"ie6\"> <![endif]-->".to_owned(),
    }
}

/// A script or a style sheet. One that ended itself would go on as markup, which XML and HTML read differently.
fn raw(name: &str, text: &str) -> String {
    let (lower_case, end) = (text.to_ascii_lowercase(), format!("</{name}"));
    let mut ends = lower_case.split(&end).skip(1);
    if ends.any(|after| after.starts_with(['>', '/', ' ', '\t', '\n', '\r', '\x0c'])) {
        return String::new();
    }
    format!("<{name}>{text}{end}>")
}

/// The error in the response to a request without a secret, whose refusals may quote anybody.
fn refused<O: Operation>(operation: &O, body: &str) -> ResponseError {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    operation.parse(&response).err().expect("a 503 is an error")
}

fn check_xml(xml: &str) {
    // Of a body without end, only the beginning is read. No error of Plex has as many.
    if xml.matches(['<', '&']).count() > 100 {
        return;
    }
    let Some(expected) = markup::error(xml).filter(is_short) else { return };
    let error = refused(&CreatePin::strong(), xml);
    let code = expected.code.filter(|code| (1000..=9999).contains(code));
    let found = Words { code: error.code(), message: error.message().map(str::to_owned) };
    assert_eq!(found, Words { code, ..expected }, "{xml}");
}

fn check_page(page: &str) {
    let expected = Words { code: None, message: markup::title(page) };
    if is_short(&expected) {
        assert_eq!(
            refused(&GetServerIdentity::new(server()), page).message(),
            expected.message.as_deref(),
            "{page}"
        );
    }
}

/// Whether browsers take a text for what it would be in XML. Plex's pages and those of common proxies have no others.
fn is_plain(text: &str) -> bool {
    let references = ["amp;", "lt;", "gt;", "quot;", "#39;", "#x27;"];
    !text.contains('<')
        && text.split('&').skip(1).all(|rest| references.iter().any(|known| rest.starts_with(known)))
}

/// Whether an error shows the words as they are: longer ones are cut off, and invisible characters replaced.
fn is_short(words: &Words) -> bool {
    let visible =
        |character: char| character.is_alphanumeric() || character.is_ascii_graphic() || character == ' ';
    words.message.as_deref().unwrap_or_default().chars().all(visible)
        && words.message.as_deref().unwrap_or_default().chars().count() <= 200
}
