//! The last net: a writer that hides odd spellings of secrets in the bytes that pass, also when they come in pieces.

use std::io::{self, Write};

use aho_corasick::AhoCorasick;

use super::{BULLET, Mask, merged};

/// Wraps the output of a renderer. Bytes that could be the start of a secret are held back until the next write or
/// [`MaskWriter::finish`].
pub struct MaskWriter<'a> {
    searcher: Option<&'a AhoCorasick>,
    out: &'a mut dyn Write,
    held: Vec<u8>,
}

impl<'a> MaskWriter<'a> {
    /// For output with a syntax of its own (JSON, XML, columns), whose texts are masked already: the net below them.
    pub fn new(mask: &'a Mask<'a>, out: &'a mut dyn Write) -> Self {
        Self { searcher: mask.net.as_ref(), out, held: Vec::new() }
    }

    /// For plain text of any origin: hides every spelling, also one that is an ordinary word.
    pub fn for_text(mask: &'a Mask<'a>, out: &'a mut dyn Write) -> Self {
        Self { searcher: mask.values.as_ref(), out, held: Vec::new() }
    }

    /// Writes what was held back.
    pub fn finish(mut self) -> io::Result<()> {
        self.pass(true)?;
        self.out.flush()
    }

    /// Writes everything that no later byte can make a part of a secret.
    fn pass(&mut self, last: bool) -> io::Result<()> {
        let Some(net) = self.searcher else {
            let held = std::mem::take(&mut self.held);
            return self.out.write_all(&held);
        };
        let hidden = merged(net.find_overlapping_iter(&self.held).map(|found| found.range()).collect());
        let mut safe = if last { self.held.len() } else { self.held.len().saturating_sub(net.max_pattern_len()) };
        // Neither a secret nor a character is cut in two.
        if let Some(span) = hidden.iter().find(|span| span.start < safe && safe < span.end) {
            safe = span.start;
        }
        while safe > 0 && self.held.get(safe).is_some_and(|byte| byte & 0xC0 == 0x80) {
            safe -= 1;
        }
        let mut done = 0;
        for span in hidden.iter().filter(|span| span.end <= safe) {
            self.out.write_all(&self.held[done..span.start])?;
            let characters = self.held[span.clone()].iter().filter(|byte| *byte & 0xC0 != 0x80).count();
            self.out.write_all(BULLET.to_string().repeat(characters).as_bytes())?;
            done = span.end;
        }
        self.out.write_all(&self.held[done..safe])?;
        self.held.drain(..safe);
        Ok(())
    }
}

impl Write for MaskWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= 1 << 16 {
            self.pass(false)?;
        }
        Ok(bytes.len())
    }

    /// Holds bytes back until [`MaskWriter::finish`]: flushing half a secret would print it.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::secret::{SecretKind, Weight};
    use crate::project::{Project, Secret};

    fn project(value: &str) -> Project {
        let secret = Secret {
            at: Vec::new(),
            value: value.to_string(),
            kind: SecretKind::Password,
            weight: Weight::Real,
            opens: String::new(),
            trail: Vec::new(),
            carrier: None,
            in_default: false,
            in_template: false,
            repair: None,
            in_test: false,
        };
        Project { secrets: vec![secret], ..Project::default() }
    }

    #[test]
    fn an_ordinary_word_is_hidden_in_plain_text_only() {
        let project = project("brilligwabe");
        let mask = Mask::new(&project);
        let (mut net, mut text) = (Vec::new(), Vec::new());
        for mut writer in [MaskWriter::new(&mask, &mut net), MaskWriter::for_text(&mask, &mut text)] {
            writer.write_all(b"a brilligwabe").unwrap();
            writer.finish().unwrap();
        }
        assert_eq!(
            (String::from_utf8(net).unwrap(), String::from_utf8(text).unwrap()),
            ("a brilligwabe".into(), "a •••••••••••".into())
        );
    }

    #[test]
    fn a_secret_is_hidden_over_the_boundary_of_two_writes() {
        let project = project("Wabe-Ümlaut-403");
        let mask = Mask::new(&project);
        let long = format!("{}Wabe-Ümlaut-403{}", "é".repeat(32_765), "x".repeat(70_000));
        let want = format!("{}{}{}", "é".repeat(32_765), "•".repeat(15), "x".repeat(70_000));
        for size in [1, 7, 4096, 65_536, 65_541] {
            let mut out = Vec::new();
            let mut writer = MaskWriter::new(&mask, &mut out);
            for piece in long.as_bytes().chunks(size) {
                writer.write_all(piece).unwrap();
            }
            writer.finish().unwrap();
            assert!(String::from_utf8(out).unwrap() == want, "writes of {size} bytes");
        }
    }
}
