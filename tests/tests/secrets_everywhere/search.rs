//! Searches text for a secret in every encoding.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

/// Returns the first form of a secret that a text contains, with the line up to it.
pub(crate) fn found(secret: &str, text: &str) -> Option<String> {
    forms(secret).into_iter().find_map(|form| {
        let mut places = text.match_indices(form.as_str());
        let (place, _) = places.find(|&(place, _)| {
            // A short number may be part of a longer, unrelated one, such as a random number in hexadecimal.
            let is_digit = |character: Option<char>| {
                character.is_some_and(|character| character.is_ascii_alphanumeric())
            };
            let (before, after) =
                (text[..place].chars().next_back(), text[place + form.len()..].chars().next());
            !form.bytes().all(|byte| byte.is_ascii_digit()) || !(is_digit(before) || is_digit(after))
        })?;
        let line = text[..place].rfind('\n').unwrap_or(0);
        Some(format!("{form}: {}", &text[line..place + form.len()]))
    })
}

/// Returns a secret in plain text, percent-encoded, form-encoded, as JSON, as `Debug` prints it, as bytes, in
/// hexadecimal, and in base64 at every alignment.
fn forms(secret: &str) -> BTreeSet<String> {
    let json = serde_json::to_string(secret).unwrap();
    let debug = format!("{secret:?}");
    let bytes = format!("{:?}", secret.as_bytes());
    let escaped = |unit: u16| match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    };
    let hex =
        |between: &str| secret.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between);
    let mut forms: BTreeSet<String> = [
        secret.to_owned(),
        percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string(),
        form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        json[1..json.len() - 1].to_owned(),
        debug[1..debug.len() - 1].to_owned(),
        bytes[1..bytes.len() - 1].to_owned(),
        // As `Debug` of byte strings prints it, and as JSON restricted to ASCII.
        secret.as_bytes().escape_ascii().to_string(),
        json[1..json.len() - 1].encode_utf16().map(escaped).collect(),
        hex(""),
        hex(":"),
    ]
    .into();
    for before in ["", "x", "xx"] {
        for engine in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            let encoded = engine.encode(format!("{before}{secret}"));
            // Characters that also encode neighbouring bytes are left out.
            let start = [0, 2, 3][before.len()];
            let whole = (before.len() + secret.len()) * 8 / 6;
            if let Some(form) = encoded.get(start..whole).filter(|form| form.len() >= 5) {
                forms.insert(form.to_owned());
            }
        }
    }
    forms
}

#[test]
fn search_finds_every_form_of_a_secret() {
    for (shown, secret) in [
        ("the password is correct horse.", "correct horse"),
        ("/signin?password=correct%20horse", "correct horse"),
        ("login=me&password=correct+horse&rememberMe=true", "correct horse"),
        ("Basic bWU6Y29ycmVjdCBob3JzZQ==", "correct horse"),
        ("key: c2VjcmV0Pz8-Pg", "secret??>>"),
        (r#"{"password":"say \"friend\""}"#, "say \"friend\""),
        (r#"Token("a\\b")"#, "a\\b"),
        ("/switch?pin=9517 HTTP", "9517"),
        (r"p\xc3\xa4ss", "päss"),
        (r#"{"password":"p\u00e4ss"}"#, "päss"),
        ("[115, 101, 99, 114, 101, 116]", "secret"),
        ("73:65:63:72:65:74 or 736563726574", "secret"),
    ] {
        assert!(found(secret, shown).is_some(), "{secret} is not found in {shown}");
    }
    assert_eq!(found("9517", "port 49517, 95170 B, random: 31bd9517e"), None, "part of another number");
}
