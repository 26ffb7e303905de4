//! What env files hold: whatever stands there may be secret, not only what opens a broker. Their values are hidden where
//! they stand; one that looks made by chance is hidden everywhere.

use crate::files::Entry;
use crate::project::Project;
use crate::source::{FileKind, Loc, Piece};

/// A value to hide: its places, and its text when it may be hidden wherever it occurs.
pub(super) struct EnvValue {
    pub at: Vec<Loc>,
    pub text: Option<String>,
}

/// The values of all env files and templates that are not plainly harmless.
pub(super) fn values(project: &Project) -> Vec<EnvValue> {
    let files = project.facts.iter().filter_map(|(file, facts)| {
        let kind = project.sources.get(*file).kind;
        matches!(kind, FileKind::Env | FileKind::EnvTemplate).then_some((kind, facts))
    });
    files.flat_map(|(kind, facts)| facts.entries.iter().filter_map(move |entry| value(entry, kind))).collect()
}

fn value(entry: &Entry, kind: FileKind) -> Option<EnvValue> {
    let mut at = Vec::new();
    let mut whole = String::new();
    for piece in &entry.value.pieces {
        if let Piece::Literal { text, at: place } = piece {
            whole.push_str(text);
            at.push(*place);
        }
    }
    let random = is_random(&whole);
    let hides = random || (kind == FileKind::Env && may_be_secret(&whole));
    hides.then(|| EnvValue { at, text: random.then_some(whole) })
}

/// Neither short, nor a number or a switch, nor the address of a service: the passwords of those are known one by one.
fn may_be_secret(value: &str) -> bool {
    let plain = value.parse::<f64>().is_ok() || ["true", "false", "none", "null"].contains(&&*value.to_lowercase());
    let address = value.split_once("://").is_some_and(|(scheme, _)| !scheme.starts_with("http"));
    value.chars().count() > 3 && !plain && !address
}

/// Long, in one word, of letters and digits that follow no order.
fn is_random(value: &str) -> bool {
    let bytes = value.as_bytes();
    let is_class = |class: fn(&u8) -> bool| bytes.iter().filter(|byte| class(byte)).count();
    let digits = is_class(u8::is_ascii_digit);
    let letters = is_class(u8::is_ascii_alphabetic);
    let changes = bytes.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    bytes.len() >= 16 && !value.contains([' ', '/']) && digits >= 3 && letters >= 6 && changes >= 4
}

#[cfg(test)]
mod tests {
    use super::{is_random, may_be_secret};

    #[test]
    fn harmless_values_are_told_from_what_may_be_secret() {
        let cases = [
            ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", (true, true)),
            ("60gp0byfz2dvffa45cxl20p1scy9xbpf6d8c5y0geejgkyp1b5", (true, true)),
            ("hunter2", (true, false)),
            ("true", (false, false)),
            ("6379", (false, false)),
            ("redis://cache:6379/0", (false, false)),
            ("https://hooks.example.com/T0/B1/x", (true, false)),
            ("postgresql", (true, false)),
        ];
        for (value, expected) in cases {
            assert_eq!((may_be_secret(value), is_random(value)), expected, "{value}");
        }
    }
}
