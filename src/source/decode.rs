//! Bytes to text: byte order marks, UTF-16, Python's coding cookies, and what to say when bytes are no text.

use encoding_rs::{DecoderResult, WINDOWS_1252};

use super::FileKind;
use super::files::{Charset, Encoding, ReadError};

/// Text and what its bytes were.
#[derive(Debug, PartialEq)]
pub struct Decoded {
    /// Without byte order mark; line ends as they are in the file.
    pub text: String,
    pub encoding: Encoding,
}

const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";
const UTF16_LE_BOM: &[u8] = b"\xFF\xFE";
const UTF16_BE_BOM: &[u8] = b"\xFE\xFF";

/// Decodes a whole file.
///
/// Python is read as CPython reads it (UTF-8 or what the cookie says, nothing else). Other kinds may also be UTF-16 with a
/// byte order mark; bytes that are not UTF-8 are then taken for Windows-1252, because the tools that read such
/// files (shells, compose, systemd) do not care about the charset.
///
/// # Errors
/// [`ReadError::NotText`] with the offset of the first bad byte, [`ReadError::UnknownEncoding`] for an unknown cookie.
pub fn decode(bytes: &[u8], kind: FileKind) -> Result<Decoded, ReadError> {
    let python = kind == FileKind::Python;
    if let Some(rest) = bytes.strip_prefix(UTF8_BOM) {
        return utf8(rest).map(|text| decoded(text, Charset::Utf8, true)).map_err(|error| moved(error, UTF8_BOM.len()));
    }
    if let Some(charset) = utf16_mark(bytes).filter(|_| !python) {
        return utf16(&bytes[2..], charset);
    }
    if let Some(offset) = memchr::memchr(0, bytes) {
        return Err(not_text(offset, "text (a NUL byte)"));
    }
    if python { decode_python(bytes) } else { Ok(decode_other(bytes)) }
}

/// The same without a copy, for the files that are plain UTF-8: nearly all of them.
///
/// # Errors
/// See [`decode`].
pub fn decode_vec(bytes: Vec<u8>, kind: FileKind) -> Result<Decoded, ReadError> {
    let marked = bytes.starts_with(UTF8_BOM) || utf16_mark(&bytes).is_some() || memchr::memchr(0, &bytes).is_some();
    if marked || (kind == FileKind::Python && cookie(&bytes).is_some()) {
        return decode(&bytes, kind);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(decoded(text, Charset::Utf8, false)),
        Err(error) => decode(error.as_bytes(), kind),
    }
}

fn decode_python(bytes: &[u8]) -> Result<Decoded, ReadError> {
    let Some(cookie) = cookie(bytes) else {
        return utf8(bytes).map(|text| decoded(text, Charset::Utf8, false));
    };
    match python_codec(&cookie) {
        Some(Codec::Utf8) => utf8(bytes).map(|text| decoded(text, Charset::Utf8, false)),
        Some(Codec::Ascii) => match bytes.iter().position(|byte| !byte.is_ascii()) {
            None => utf8(bytes).map(|text| decoded(text, Charset::Utf8, false)),
            Some(offset) => Err(not_text(offset, "ASCII")),
        },
        Some(Codec::Latin1) => {
            Ok(decoded(encoding_rs::mem::decode_latin1(bytes).into_owned(), Charset::Other(WINDOWS_1252), false))
        }
        Some(Codec::Legacy(encoding)) => {
            strict(bytes, encoding).map(|text| decoded(text, Charset::Other(encoding), false))
        }
        None => Err(ReadError::UnknownEncoding(cookie)),
    }
}

fn decode_other(bytes: &[u8]) -> Decoded {
    match utf8(bytes) {
        Ok(text) => decoded(text, Charset::Utf8, false),
        Err(_) => {
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
            decoded(text.into_owned(), Charset::Other(WINDOWS_1252), false)
        }
    }
}

fn decoded(text: String, charset: Charset, bom: bool) -> Decoded {
    Decoded { text, encoding: Encoding { charset, bom } }
}

fn not_text(offset: usize, charset: &str) -> ReadError {
    ReadError::NotText { offset, charset: charset.to_owned() }
}

/// The same error in the file with `by` more bytes before it.
fn moved(error: ReadError, by: usize) -> ReadError {
    match error {
        ReadError::NotText { offset, charset } => ReadError::NotText { offset: offset + by, charset },
        other => other,
    }
}

fn utf8(bytes: &[u8]) -> Result<String, ReadError> {
    if let Some(offset) = memchr::memchr(0, bytes) {
        return Err(not_text(offset, "text (a NUL byte)"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(not_text(error.valid_up_to(), "UTF-8")),
    }
}

fn utf16_mark(bytes: &[u8]) -> Option<Charset> {
    if bytes.starts_with(UTF16_LE_BOM) {
        Some(Charset::Utf16Le)
    } else if bytes.starts_with(UTF16_BE_BOM) {
        Some(Charset::Utf16Be)
    } else {
        None
    }
}

/// `bytes` stand after the byte order mark.
fn utf16(bytes: &[u8], charset: Charset) -> Result<Decoded, ReadError> {
    let big = charset == Charset::Utf16Be;
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| if big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
    let mut text = String::with_capacity(bytes.len());
    let mut offset = 2;
    for unit in char::decode_utf16(units) {
        match unit {
            Ok('\0') => return Err(not_text(offset, "text (a NUL character)")),
            Ok(character) => {
                text.push(character);
                offset += 2 * character.len_utf16();
            }
            Err(_) => return Err(not_text(offset, "UTF-16")),
        }
    }
    if rest.is_empty() { Ok(decoded(text, charset, true)) } else { Err(not_text(offset, "UTF-16")) }
}

fn strict(bytes: &[u8], encoding: &'static encoding_rs::Encoding) -> Result<String, ReadError> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len() * 3));
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(text),
        (_, read) => Err(not_text(read.saturating_sub(1), encoding.name())),
    }
}

/// How CPython decodes a source file.
enum Codec {
    Utf8,
    Ascii,
    /// ISO 8859-1 proper: `encoding_rs` takes this label for Windows-1252, which differs at 0x80–0x9F.
    Latin1,
    Legacy(&'static encoding_rs::Encoding),
}

/// Python's names of codecs that `encoding_rs` knows under another label.
const ALIASES: &[(&str, &str)] = &[
    ("cp932", "shift_jis"),
    ("cp936", "gbk"),
    ("cp949", "euc-kr"),
    ("cp950", "big5"),
    ("euckr", "euc-kr"),
    ("eucjp", "euc-jp"),
    ("gb2312-80", "gb2312"),
    ("koi8r", "koi8-r"),
    ("latin-2", "iso-8859-2"),
    ("latin-9", "iso-8859-15"),
    ("mac-cyrillic", "x-mac-cyrillic"),
    ("mac-roman", "macintosh"),
    ("macroman", "macintosh"),
    ("mskanji", "shift_jis"),
    ("sjis", "shift_jis"),
    ("windows-31j", "shift_jis"),
];

fn python_codec(cookie: &str) -> Option<Codec> {
    let name = cookie.to_ascii_lowercase().replace('_', "-");
    let is = |base: &str| name == base || name.strip_prefix(base).is_some_and(|rest| rest.starts_with('-'));
    if is("utf-8") || is("utf8") || name == "u8" || name == "cp65001" {
        return Some(Codec::Utf8);
    }
    if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") || ["latin1", "l1", "8859", "iso8859-1"].contains(&&*name)
    {
        return Some(Codec::Latin1);
    }
    if ["ascii", "us-ascii", "646"].contains(&&*name) {
        return Some(Codec::Ascii);
    }
    let label = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(&*name, |(_, label)| label);
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes())?;
    let usable = encoding.is_ascii_compatible()
        && encoding != encoding_rs::REPLACEMENT
        && encoding != encoding_rs::X_USER_DEFINED;
    usable.then_some(Codec::Legacy(encoding))
}

/// The encoding that one of the first two lines names (PEP 263); the second counts only when the first is blank or a comment.
fn cookie(bytes: &[u8]) -> Option<String> {
    let mut lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r'));
    let first = lines.next()?;
    if let Some(name) = cookie_of_line(first) {
        return Some(name);
    }
    let only_comment = matches!(blanks_off(first).first(), None | Some(b'#'));
    if !only_comment {
        return None;
    }
    // Splitting at each of `\r\n` leaves an empty piece between the lines.
    let after_first = &bytes[first.len()..];
    let second = if after_first.starts_with(b"\r\n") { lines.nth(1) } else { lines.next() };
    cookie_of_line(second?)
}

/// `^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)`.
fn cookie_of_line(line: &[u8]) -> Option<String> {
    let comment = blanks_off(line).strip_prefix(b"#")?;
    for at in memchr::memmem::find_iter(comment, b"coding") {
        let Some((b':' | b'=', rest)) = comment[at + 6..].split_first() else { continue };
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let name: String = rest[blanks..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            .map(|byte| char::from(*byte))
            .collect();
        if !name.is_empty() {
            return Some(name);
        }
    }
    None
}

fn blanks_off(line: &[u8]) -> &[u8] {
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | 0x0C)).count();
    &line[blanks..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(bytes: &[u8]) -> Result<(String, Charset, bool), String> {
        read(bytes, FileKind::Python)
    }

    fn read(bytes: &[u8], kind: FileKind) -> Result<(String, Charset, bool), String> {
        decode(bytes, kind)
            .map(|decoded| (decoded.text, decoded.encoding.charset, decoded.encoding.bom))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_utf8_mark_is_dropped_and_remembered() {
        assert_eq!(python(b"\xEF\xBB\xBFx = 1\n"), Ok(("x = 1\n".into(), Charset::Utf8, true)));
    }

    #[test]
    fn utf16_env_files_are_read_in_both_byte_orders() {
        assert_eq!(read(b"\xFF\xFEA\0=\x001\0", FileKind::Env), Ok(("A=1".into(), Charset::Utf16Le, true)));
        assert_eq!(read(b"\xFE\xFF\0A\0=\x001", FileKind::Env), Ok(("A=1".into(), Charset::Utf16Be, true)));
    }

    #[test]
    fn utf16_python_is_refused_as_cpython_refuses_it() {
        assert_eq!(python(b"\xFF\xFEx\0"), Err("the bytes at offset 3 are not text (a NUL byte)".into()));
    }

    #[test]
    fn half_a_utf16_character_is_not_text() {
        assert_eq!(read(b"\xFF\xFEA\0=", FileKind::Env), Err("the bytes at offset 4 are not UTF-16".into()));
        assert_eq!(read(b"\xFF\xFE\x00\xD8", FileKind::Env), Err("the bytes at offset 2 are not UTF-16".into()));
    }

    #[test]
    fn latin1_cookies_map_every_byte_to_its_code_point() {
        let (text, charset, _) = python(b"# -*- coding: latin-1 -*-\nx = '\xE9\x80'\n").unwrap();
        assert_eq!(text, "# -*- coding: latin-1 -*-\nx = 'é\u{80}'\n");
        assert_eq!(charset, Charset::Other(WINDOWS_1252));
    }

    #[test]
    fn a_cookie_may_stand_in_the_second_line_after_a_comment_or_a_blank_one() {
        let text = python(b"#!/usr/bin/env python\r\n# vim: set fileencoding=koi8-r :\r\nx = '\xF0'\n").unwrap().0;
        assert!(text.ends_with("x = 'П'\n"));
        assert!(python(b"\n#coding=cp1251\nx='\xCF'\n").unwrap().0.ends_with("x='П'\n"));
    }

    #[test]
    fn a_cookie_after_code_or_in_the_third_line_does_not_count() {
        for bytes in [&b"x = 1\n# coding: latin-1\ny = '\xE9'\n"[..], b"#\n#\n# coding: latin-1\ny = '\xE9'\n"] {
            assert!(python(bytes).unwrap_err().ends_with("are not UTF-8"), "{bytes:?}");
        }
    }

    #[test]
    fn unknown_and_unusable_encodings_are_named() {
        assert_eq!(
            python(b"# coding: klingon\n"),
            Err("the file names the encoding `klingon`, which is not known".into())
        );
        assert_eq!(
            python(b"# coding: utf-16\n"),
            Err("the file names the encoding `utf-16`, which is not known".into())
        );
    }

    #[test]
    fn ascii_files_are_ascii() {
        assert!(python(b"# coding: ascii\nx = 1\n").is_ok());
        assert_eq!(python(b"# coding: ascii\n\xC3\xA9"), Err("the bytes at offset 16 are not ASCII".into()));
    }

    #[test]
    fn bad_bytes_of_a_double_byte_charset_are_found() {
        assert!(python(b"# coding: euc-jp\nx = '\xA4\xA2'\n").unwrap().0.contains('あ'));
        assert_eq!(python(b"# coding: euc-jp\n\xFF"), Err("the bytes at offset 17 are not EUC-JP".into()));
    }

    #[test]
    fn nul_bytes_are_no_text_of_any_kind() {
        assert_eq!(python(b"x = 1\0"), Err("the bytes at offset 5 are not text (a NUL byte)".into()));
        assert!(read(b"A=\0", FileKind::Env).is_err());
        assert!(python(b"\xEF\xBB\xBF\0").unwrap_err().contains("offset 3"));
    }

    #[test]
    fn other_kinds_that_are_not_utf8_are_read_all_the_same() {
        assert_eq!(read(b"# caf\xE9\nA=1\n", FileKind::Shell).unwrap().0, "# café\nA=1\n");
    }

    #[test]
    fn no_bytes_are_an_empty_text() {
        assert_eq!(python(b""), Ok((String::new(), Charset::Utf8, false)));
    }
}
