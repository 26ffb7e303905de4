//! Text back to the bytes that a file of its encoding holds.

use crate::source::files::{Charset, Encoding};

/// The bytes of a text in the encoding of its file; none where we do not write (a charset named by a cookie).
pub fn encode(text: &str, encoding: Encoding) -> Option<Vec<u8>> {
    let marked = if encoding.bom { format!("\u{feff}{text}") } else { text.to_string() };
    match encoding.charset {
        Charset::Utf8 => Some(marked.into_bytes()),
        Charset::Utf16Le => Some(marked.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Charset::Utf16Be => Some(marked.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        Charset::Other(_) => None,
    }
}

/// The bytes as they most likely stand on disk, also in a charset that is never written: for hashing.
pub fn as_on_disk(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding.charset {
        Charset::Other(charset) => charset.encode(text).0.into_owned(),
        _ => encode(text, encoding).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_and_marks_are_written_back() {
        let little = Encoding { charset: Charset::Utf16Le, bom: true };
        assert_eq!(encode("é", little).unwrap(), [0xff, 0xfe, 0xe9, 0x00]);
        let big = Encoding { charset: Charset::Utf16Be, bom: false };
        assert_eq!(encode("😀", big).unwrap(), [0xd8, 0x3d, 0xde, 0x00]);
        let marked = Encoding { charset: Charset::Utf8, bom: true };
        assert_eq!(encode("a", marked).unwrap(), b"\xef\xbb\xbfa");
    }

    #[test]
    fn other_charsets_are_not_written() {
        let latin = Encoding { charset: Charset::Other(encoding_rs::WINDOWS_1252), bom: false };
        assert_eq!(encode("é", latin), None);
        assert_eq!(as_on_disk("é", latin), [0xe9]);
    }
}
