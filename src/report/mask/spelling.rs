//! The ways in which one value may be written.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What `urllib.parse.quote(value, safe="")` leaves alone.
const QUOTE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~');
/// What RFC 3986 allows in the user part of a URL.
const USERINFO: &AsciiSet = &QUOTE
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=');
/// What `quote(value)` leaves alone.
const QUOTE_PATH: &AsciiSet = &QUOTE.remove(b'/');

/// Every spelling of a value, itself first; may hold duplicates, none is shorter than four characters.
pub fn spellings(value: &str) -> Vec<String> {
    let mut all = vec![value.to_string()];
    all.extend(percent(value));
    all.extend(base64s(value));
    all.extend(escapes(value));
    all.extend(doubled(value));
    all.retain(|spelled| spelled.chars().count() >= 4);
    all
}

/// Whether a spelling can be no part of JSON's, XML's or a terminal's own syntax nor of our own words, so that it may
/// be hidden in raw bytes: long, with letters and digits, without any character that such a syntax is made of.
pub fn is_odd(spelled: &str) -> bool {
    spelled.chars().count() >= 8
        && spelled.chars().any(|c| c.is_ascii_digit())
        && spelled.chars().any(char::is_alphabetic)
        && !spelled
            .chars()
            .any(|c| matches!(c, '"' | '\'' | '<' | '>' | '&' | '{' | '}' | '[' | ']' | ',' | '\\' | '='))
        && !spelled.chars().any(|c| c.is_control() || c == ':' || c == ' ')
}

fn percent(value: &str) -> Vec<String> {
    let mut all: Vec<String> = [NON_ALPHANUMERIC, QUOTE, QUOTE_PATH, USERINFO]
        .iter()
        .map(|set| utf8_percent_encode(value, set).to_string())
        .collect();
    let lower: Vec<String> = all.iter().map(|spelled| lower_hex(spelled)).collect();
    all.extend(lower);
    if value.contains(' ') {
        all.push(utf8_percent_encode(value, QUOTE).to_string().replace("%20", "+"));
    }
    if value.contains('%') {
        all.extend(percent_decode_str(value).decode_utf8().ok().map(|decoded| decoded.into_owned()));
    }
    all
}

/// `%2F` as `%2f`.
fn lower_hex(encoded: &str) -> String {
    let mut out = String::with_capacity(encoded.len());
    let mut hex = 0;
    for character in encoded.chars() {
        out.push(if hex > 0 { character.to_ascii_lowercase() } else { character });
        hex = if character == '%' { 2 } else { i32::max(hex - 1, 0) };
    }
    out
}

/// Base64 of the value alone, and the part of it that stays the same inside the base64 of a longer text.
fn base64s(value: &str) -> Vec<String> {
    let mut all: Vec<String> =
        [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].iter().map(|engine| engine.encode(value)).collect();
    for shift in 0..3 {
        let padded = [vec![0; shift], value.as_bytes().to_vec()].concat();
        // Characters that also carry bits of what stands before or after are not fixed.
        let start = [0, 2, 3][shift];
        let end = padded.len() * 8 / 6;
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let core = engine.encode(&padded).get(start..end).unwrap_or("").to_string();
            if core.len() >= 8 {
                all.push(core);
            }
        }
    }
    all
}

/// As a string literal of Python or JSON may spell it, whichever quote it uses and however it writes what is not ASCII.
fn escapes(value: &str) -> Vec<String> {
    let mut all = Vec::new();
    for quotes in ["", "'", "\"", "'\""] {
        for non_ascii in [NonAscii::Plain, NonAscii::Python, NonAscii::Json, NonAscii::Bytes] {
            all.push(value.chars().map(|c| escaped(c, quotes, non_ascii)).collect());
        }
    }
    all
}

#[derive(Clone, Copy, PartialEq)]
enum NonAscii {
    Plain,
    /// `\xe9`, `\u2022`, `\U0001f600`.
    Python,
    /// `\u00e9`, surrogate pairs.
    Json,
    /// `\xc3\xa9`.
    Bytes,
}

fn escaped(character: char, quotes: &str, non_ascii: NonAscii) -> String {
    match character {
        '\\' => "\\\\".to_string(),
        '\n' => "\\n".to_string(),
        '\r' => "\\r".to_string(),
        '\t' => "\\t".to_string(),
        c if quotes.contains(c) => format!("\\{c}"),
        c if c.is_ascii() && !c.is_ascii_control() => c.to_string(),
        c => match non_ascii {
            NonAscii::Plain => c.to_string(),
            NonAscii::Json => c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
            NonAscii::Bytes => c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("\\x{byte:02x}")).collect(),
            NonAscii::Python => match c as u32 {
                code @ 0..=0xff => format!("\\x{code:02x}"),
                code @ 0x100..=0xffff => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            },
        },
    }
}

/// Characters that a host language writes twice: `$$` in compose, `%%` in systemd and INI, `''` in YAML; and XML's entities.
fn doubled(value: &str) -> Vec<String> {
    let mut all: Vec<String> = [('$', "$$"), ('%', "%%"), ('\'', "''"), ('"', "\"\""), ('{', "{{"), ('\'', "'\\''")]
        .into_iter()
        .filter(|(one, _)| value.contains(*one))
        .map(|(one, two)| value.replace(one, two))
        .collect();
    if value.contains(['&', '<', '>', '"', '\'']) {
        let text = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        all.push(text.replace('"', "&quot;").replace('\'', "&apos;"));
        all.push(text.replace('"', "&quot;").replace('\'', "&#39;"));
        all.push(text.replace('"', "&quot;"));
        all.push(text);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_spellings_come_in_both_cases() {
        let all = spellings("a/b:c/d");
        for spelled in ["a%2Fb%3Ac%2Fd", "a%2fb%3ac%2fd", "a/b%3Ac/d"] {
            assert!(all.contains(&spelled.to_string()), "{spelled} in {all:?}");
        }
    }

    #[test]
    fn an_encoded_value_is_known_decoded_too() {
        assert!(spellings("p%40ss-1").contains(&"p@ss-1".to_string()));
    }

    #[test]
    fn base64_is_known_inside_a_longer_text() {
        let all = spellings("s3cr3t-value");
        for text in ["user:s3cr3t-value", "me:s3cr3t-value@host", "s3cr3t-value:x", "ab:s3cr3t-value"] {
            let encoded = STANDARD.encode(text);
            assert!(all.iter().any(|spelled| encoded.contains(spelled.as_str())), "{text}");
        }
    }

    #[test]
    fn plain_words_and_syntax_are_not_odd() {
        assert!(is_odd("s3cr3t-value"));
        for plain in ["password", "12345678", "1,\"a\":2222", "a1</name>", "short1"] {
            assert!(!is_odd(plain), "{plain}");
        }
    }
}
