//! Hosts in the form that the URL parsers of HTTP libraries leave unchanged: what they would refuse or rewrite is refused, or
//! rewritten in the same way (WHATWG URL Standard, section 3.5).

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

const INVALID_NAME: &str = "its host contains invalid characters";
const INVALID_NUMBER: &str = "its host is not a valid IPv4 address";
const INVALID_INTERNATIONAL: &str = "its host contains an invalid xn-- name";
const TOO_LONG: &str = "its host is too long for a name: at most 253 characters, and 63 between two dots";
const UNKNOWN_SCRIPT: &str =
    "its host is a name in letters that are not supported; use another name, or the IP address";

/// The limits of the DNS (RFC 1035, section 2.3.4). URL parsers have others for international names, of their own.
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// The canonical form of a host: a name in lower case, an IPv4 address, or an IPv6 address in brackets.
pub(super) fn canonical(host: &str) -> Result<Cow<'_, str>, &'static str> {
    if host.is_empty() {
        return Err("it has no host");
    }
    if let Some(inner) = without_brackets(host) {
        let address: Ipv6Addr = inner.parse().map_err(|_| "its host is not a valid IPv6 address")?;
        return Ok(format!("[{}]", written(address)).into());
    }
    if host.parse::<Ipv4Addr>().is_ok() {
        return Ok(host.into());
    }
    let name = match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(host.to_ascii_lowercase()),
        false => Cow::Borrowed(host),
    };
    let is_in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    if !name.bytes().all(is_in_name) {
        return Err(INVALID_NAME);
    }
    let labels = name.strip_suffix('.').unwrap_or(&name);
    if labels.len() > LONGEST_NAME {
        return Err(TOO_LONG);
    }
    let mut last = "";
    for label in labels.split('.') {
        if label.is_empty() {
            return Err("its host has an empty part between two dots");
        }
        if label.len() > LONGEST_LABEL {
            return Err(TOO_LONG);
        }
        if let Some(encoded) = label.strip_prefix("xn--") {
            check_international(encoded)?;
        }
        last = label;
    }
    // URL parsers take such a host for an IPv4 address.
    if is_number(last) {
        return Err(INVALID_NUMBER);
    }
    Ok(name)
}

/// The `xn--` form of an international name.
pub(super) fn to_ascii(host: &str) -> Result<String, &'static str> {
    let labels: Result<Vec<String>, _> = host.split('.').map(label_to_ascii).collect();
    Ok(labels?.join("."))
}

fn label_to_ascii(label: &str) -> Result<String, &'static str> {
    if label.is_ascii() {
        return Ok(label.to_owned());
    }
    let letters: Vec<char> =
        label.chars().flat_map(char::to_lowercase).take(LONGEST_LABEL.saturating_add(1)).collect();
    if letters.len() > LONGEST_LABEL {
        return Err(TOO_LONG);
    }
    let is_valid = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-' || !letter.is_ascii();
    if !letters.iter().all(is_valid) {
        return Err(INVALID_NAME);
    }
    if !letters.iter().all(|letter| letter.is_ascii() || is_safe(*letter)) {
        return Err(UNKNOWN_SCRIPT);
    }
    Ok(format!("xn--{}", encoded(&letters).ok_or(INVALID_NAME)?))
}

pub(super) fn without_brackets(host: &str) -> Option<&str> {
    host.strip_prefix('[')?.strip_suffix(']')
}

/// Without the dotted form, which URL parsers rewrite.
fn written(address: Ipv6Addr) -> String {
    match address.to_ipv4_mapped() {
        Some(_) => {
            let [.., high, low] = address.segments();
            format!("::ffff:{high:x}:{low:x}")
        }
        None => address.to_string(),
    }
}

/// Whether a label consists of decimal digits, or of hexadecimal ones after `0x`.
fn is_number(label: &str) -> bool {
    let is_hex = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    label.bytes().all(|digit| digit.is_ascii_digit()) || label.strip_prefix("0x").is_some_and(is_hex)
}

/// Checks that the part after `xn--` encodes a name in lower case, in one of the scripts below.
///
/// Which names URL parsers accept depends on tables of Unicode. These letters are safe without them: they are neither mapped
/// to others, nor composed with their neighbours, nor written from right to left.
fn check_international(encoded: &str) -> Result<(), &'static str> {
    let name = decoded(encoded).ok_or(INVALID_INTERNATIONAL)?;
    if name.iter().all(char::is_ascii) {
        return Err(INVALID_INTERNATIONAL);
    }
    match name.iter().all(|&letter| letter.is_ascii() || is_safe(letter)) {
        true => Ok(()),
        false => Err(UNKNOWN_SCRIPT),
    }
}

fn is_safe(letter: char) -> bool {
    match u32::from(letter) {
        // Latin, without the letters that are mapped to others, such as the ligature ĳ. Where pairs of upper and lower case
        // alternate, the parity tells them apart.
        0xdf..=0xf6 | 0xf8..=0xff | 0x138 | 0x17a | 0x17c | 0x17e => true,
        code @ (0x101..=0x131
        | 0x135..=0x137
        | 0x14b..=0x177
        | 0x1df..=0x1ef
        | 0x1f9..=0x21f
        | 0x223..=0x233
        | 0x1e01..=0x1e95
        | 0x1ea1..=0x1eff) => code % 2 == 1,
        code @ (0x13a..=0x13e | 0x142..=0x148 | 0x1ce..=0x1dc) => code % 2 == 0,
        // Greek.
        0x390 | 0x3ac..=0x3ce => true,
        // Cyrillic.
        0x430..=0x45f => true,
        code @ (0x48b..=0x4bf | 0x4d1..=0x52f) => code % 2 == 1,
        // Armenian and Georgian.
        0x560..=0x586 | 0x10d0..=0x10fa => true,
        // Hiragana, Katakana with its sign for long vowels, ideographs with their sign for repetition, and Hangul.
        0x3005
        | 0x3041..=0x3096
        | 0x30a1..=0x30fa
        | 0x30fc
        | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff
        | 0xac00..=0xd7a3 => true,
        _ => false,
    }
}

/// The number of digits of Punycode: the letters, and 0 to 9.
const BASE: u32 = 36;

/// Encodes Punycode (RFC 3492, section 6.3).
fn encoded(name: &[char]) -> Option<String> {
    let mut encoded: String = name.iter().filter(|letter| letter.is_ascii()).collect();
    let basic = u32::try_from(encoded.len()).ok()?;
    if basic > 0 {
        encoded.push('-');
    }
    let (mut code, mut delta, mut bias, mut done) = (128_u32, 0_u32, 72_u32, basic);
    while usize::try_from(done).ok()? < name.len() {
        let next = name.iter().map(|&letter| u32::from(letter)).filter(|&other| other >= code).min()?;
        delta = delta.checked_add(next.checked_sub(code)?.checked_mul(done.checked_add(1)?)?)?;
        code = next;
        for letter in name.iter().map(|&letter| u32::from(letter)) {
            if letter < code {
                delta = delta.checked_add(1)?;
            }
            if letter == code {
                let (mut rest, mut k) = (delta, BASE);
                loop {
                    let threshold = k.saturating_sub(bias).clamp(1, 26);
                    let Some(more) = rest.checked_sub(threshold) else { break };
                    let radix = BASE.checked_sub(threshold)?;
                    encoded.push(digit(threshold.checked_add(more.checked_rem(radix)?)?)?);
                    rest = more.checked_div(radix)?;
                    k = k.checked_add(BASE)?;
                }
                encoded.push(digit(rest)?);
                bias = adapted(delta, done.checked_add(1)?, done == basic);
                delta = 0;
                done = done.checked_add(1)?;
            }
        }
        delta = delta.checked_add(1)?;
        code = code.checked_add(1)?;
    }
    Some(encoded)
}

/// A digit of Punycode.
fn digit(value: u32) -> Option<char> {
    char::from_digit(value.checked_add(10)?, BASE).or_else(|| char::from_digit(value.checked_sub(26)?, 10))
}

/// Decodes Punycode (RFC 3492, section 6.2).
fn decoded(encoded: &str) -> Option<Vec<char>> {
    let (basic, extended) = match encoded.rsplit_once('-') {
        // Without a basic part there is no delimiter.
        Some(("", _)) => return None,
        Some(parts) => parts,
        None => ("", encoded),
    };
    let mut name: Vec<char> = basic.chars().collect();
    let (mut code, mut place, mut bias) = (128_u32, 0_u32, 72_u32);
    let mut digits = extended.bytes();
    while digits.len() > 0 {
        let (before, mut weight, mut k) = (place, 1_u32, BASE);
        loop {
            let digit = match digits.next()? {
                letter @ b'a'..=b'z' => u32::from(letter.checked_sub(b'a')?),
                number @ b'0'..=b'9' => u32::from(number.checked_sub(b'0')?).checked_add(26)?,
                _ => return None,
            };
            place = place.checked_add(digit.checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE.checked_sub(threshold)?)?;
            k = k.checked_add(BASE)?;
        }
        let length = u32::try_from(name.len()).ok()?.checked_add(1)?;
        bias = adapted(place.checked_sub(before)?, length, before == 0);
        code = code.checked_add(place.checked_div(length)?)?;
        place = place.checked_rem(length)?;
        name.insert(usize::try_from(place).ok()?, char::from_u32(code)?);
        place = place.checked_add(1)?;
    }
    Some(name)
}

/// The bias after a delta (RFC 3492, section 6.1).
fn adapted(delta: u32, length: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / 700 } else { delta / 2 };
    delta = delta.saturating_add(delta.checked_div(length).unwrap_or_default());
    let mut k = 0_u32;
    while delta > 455 {
        delta /= 35;
        k = k.saturating_add(36);
    }
    k.saturating_add(delta.saturating_mul(36).checked_div(delta.saturating_add(38)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_take_their_canonical_form() {
        for (host, expected) in [
            ("Plex.Example", "plex.example"),
            ("plex.example.", "plex.example."),
            ("my_server", "my_server"),
            ("192.168.1.5", "192.168.1.5"),
            ("[2001:DB8:0:0::1]", "[2001:db8::1]"),
            ("[::ffff:192.168.1.5]", "[::ffff:c0a8:105]"),
            ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
            ("xn--0lqv71b", "xn--0lqv71b"),
            ("xn--qxam.xn--j1amh", "xn--qxam.xn--j1amh"),
        ] {
            assert_eq!(canonical(host).as_deref(), Ok(expected), "{host}");
        }
    }

    #[test]
    fn hosts_that_url_parsers_refuse_or_rewrite_are_refused() {
        for (host, problem) in [
            ("", "it has no host"),
            ("[::1%eth0]", "its host is not a valid IPv6 address"),
            ("a%20b", INVALID_NAME),
            ("a..b", "its host has an empty part between two dots"),
            (".", "its host has an empty part between two dots"),
            ("1.2.3.4.5", INVALID_NUMBER),
            ("1.2.3", INVALID_NUMBER),
            ("1.2.3.4.", INVALID_NUMBER),
            ("a.256", INVALID_NUMBER),
            ("0x100000000", INVALID_NUMBER),
            ("a.0x", INVALID_NUMBER),
            ("xn--", INVALID_INTERNATIONAL),
            ("a.xn--abc", UNKNOWN_SCRIPT),
            ("xn--a", UNKNOWN_SCRIPT),
            ("xn---a", INVALID_INTERNATIONAL),
            ("xn--zzzzzzzzzzzz", INVALID_INTERNATIONAL),
            ("xn--4dbrk0ce", UNKNOWN_SCRIPT),
        ] {
            assert_eq!(canonical(host).as_deref(), Err(&problem), "{host}");
        }
    }

    #[test]
    fn names_longer_than_the_dns_allows_are_refused() {
        let label = "a".repeat(63);
        let name = [label.as_str(); 4].join(".");
        for accepted in [&label, &name[..253], &format!("{}.", &name[..253])] {
            assert_eq!(canonical(accepted).as_deref(), Ok(accepted));
        }
        let international = "é".repeat(64);
        for refused in [&format!("{label}a.example"), &name[..254], &format!("xn--{}", "a".repeat(60))] {
            assert_eq!(canonical(refused), Err(TOO_LONG), "{refused}");
        }
        assert_eq!(to_ascii(&international), Err(TOO_LONG));
        assert!(to_ascii(&"é".repeat(63)).is_ok());
        assert_eq!(to_ascii(&"é".repeat(2_000_000)), Err(TOO_LONG));
    }

    /// The first and the last letter of each range, and letters between them that URL parsers would map to others.
    #[test]
    fn letters_that_are_mapped_to_others_are_refused() {
        for accepted in [
            "ß", "ö", "ø", "ÿ", "ĸ", "ź", "ż", "ž", "ā", "ı", "ĵ", "ķ", "ŋ", "ŷ", "ǟ", "ǯ", "ǹ", "ȟ", "ȣ",
            "ȳ", "ḁ", "ẕ", "ạ", "ỿ", "ĺ", "ľ", "ł", "ň", "ǎ", "ǜ", "ΐ", "ά", "ώ", "а", "џ", "ҋ", "ҿ", "ӑ",
            "ԯ", "ՠ", "ֆ", "ა", "ჺ", "々", "ぁ", "ゖ", "ァ", "ヺ", "ー", "㐀", "䶿", "一", "龠", "가", "힣",
        ] {
            let name = to_ascii(accepted).unwrap();
            assert_eq!(canonical(&name).as_deref(), Ok(name.as_str()), "{accepted}");
        }
        for refused in [
            "ÿ\u{301}",
            "÷",
            "Ā",
            "İ",
            "Ĵ",
            "Ŋ",
            "Ǟ",
            "Ǹ",
            "Ȣ",
            "Ḁ",
            "Ạ",
            "ẞ",
            "Ĺ",
            "Ł",
            "Ǎ",
            "Ά",
            "А",
            "Ҋ",
            "Ҁ",
            "Ӑ",
            "Ԯ",
            "Ա",
            "Ⴀ",
            "ĳ",
            "ŀ",
            "ŉ",
            "ſ",
            "ǆ",
            "ﬀ",
            "א",
            "ا",
            "あ\u{3099}",
            "ｱ",
            "\u{200d}",
        ] {
            // Encoded as they are, because `to_ascii` converts upper case.
            let letters: Vec<char> = refused.chars().collect();
            let name = format!("xn--{}", encoded(&letters).unwrap());
            assert_eq!(canonical(&name), Err(UNKNOWN_SCRIPT), "{refused}");
        }
    }

    /// The bias stays in range at the border of the loop of RFC 3492, section 6.1.
    #[test]
    fn bias_is_adapted_as_in_the_rfc() {
        assert_eq!(
            [(910, 1000), (912, 1000), (0, 1)].map(|(delta, length)| adapted(delta, length, false)),
            [33, 45, 0]
        );
        assert_eq!(adapted(700, 1, true), 1);
    }

    /// Examples of RFC 3492, section 7.1, with lower case.
    #[test]
    fn punycode_is_encoded_and_decoded() {
        for (code, name) in [
            ("ihqwcrb4cv8a8dqg056pqjye", "他们为什么不说中文"),
            ("3b-ww4c5e180e575a65lsy2b", "3年b組金八先生"),
            ("mnchen-3ya", "münchen"),
        ] {
            let letters: Vec<char> = name.chars().collect();
            assert_eq!(decoded(code), Some(letters.clone()), "{name}");
            assert_eq!(encoded(&letters).as_deref(), Some(code));
        }
        assert_eq!(to_ascii("München.Küche.example").as_deref(), Ok("xn--mnchen-3ya.xn--kche-0ra.example"));
        for name in ["ｗide.example", "ישראל", "ไทย"] {
            assert_eq!(to_ascii(name), Err(UNKNOWN_SCRIPT), "{name}");
        }
        assert_eq!(to_ascii("mün chen"), Err(INVALID_NAME));
        for invalid in ["-", "a-é", "99999999", "ab-"] {
            assert!(decoded(invalid).is_none_or(|name| name.iter().all(char::is_ascii)), "{invalid}");
        }
    }
}
