//! Requirements files, and the one-line requirement (PEP 508) that manifests use too.

use std::ops::Range;

use super::lines::{Blanked, lines, trim};
use super::{Dependency, FileFacts};
use crate::source::{FileId, Loc, Span};

pub fn lower(_path: &str, text: &str, file: FileId) -> FileFacts {
    let mut facts = FileFacts::default();
    let mut rest = lines(text);
    while let Some(line) = rest.next() {
        let mut last = line;
        let mut blanks = Vec::new();
        while let Some(before) = last.text.strip_suffix('\\') {
            blanks.push(last.start + before.len()..last.next);
            let Some(next) = rest.next() else { break };
            last = next;
        }
        let mut logical = Blanked::new(text, line.start..last.end().max(line.end()));
        blanks.into_iter().for_each(|range| logical.blank(range, b' '));
        let logical = logical.text();
        let end = match comment(&logical) {
            Some(at) => {
                facts.comments.push(Span::of(line.start + at, line.start + logical.trim_end().len()));
                at
            }
            None => logical.len(),
        };
        facts.dependencies.extend(requirement_line(&logical[..end], line.start, file));
    }
    facts
}

/// Where a comment starts: `#` at the start of the line or after a blank (`…#egg=x` is none).
fn comment(line: &str) -> Option<usize> {
    let starts = |at: &usize| *at == 0 || line.as_bytes()[at - 1].is_ascii_whitespace();
    line.match_indices('#').map(|(at, _)| at).find(starts)
}

/// One line of a requirements file: options such as `-r` and `--index-url` name no dependency.
fn requirement_line(line: &str, base: usize, file: FileId) -> Option<Dependency> {
    let hashed = line.contains(" --hash");
    let end = line.find(" --").unwrap_or(line.len());
    let mut range = trim(line, 0..end, 0);
    for option in ["-e ", "--editable ", "--editable="] {
        if line[range.clone()].starts_with(option) {
            range = trim(line, range.start + option.len()..range.end, 0);
        }
    }
    let text = &line[range.clone()];
    if text.starts_with('-') {
        return None;
    }
    let start = base + range.start;
    let found = if text.contains("://") && !text.contains(" @ ") && !is_named_url(text) {
        egg(text, start, file)
    } else {
        requirement(text, start, file)
    };
    found.map(|found| Dependency { locked: hashed && found.specifier.starts_with("=="), ..found })
}

/// `name@https://…`
fn is_named_url(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, rest)| !name.contains(['/', ':', '+']) && rest.trim_start().contains("://"))
}

/// `git+https://…/x.git@v1#egg=name[extra]`
fn egg(text: &str, base: usize, file: FileId) -> Option<Dependency> {
    let at = text.find("egg=")? + 4;
    let length = text[at..].find('&').unwrap_or(text.len() - at);
    requirement(&text[at..at + length], base + at, file)
}

/// A requirement as PEP 508 writes it: `name[extra] >=1,<2 ; marker`, `name @ url`. `base` is its offset in the file.
pub fn requirement(text: &str, base: usize, file: FileId) -> Option<Dependency> {
    let bytes = text.as_bytes();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let start = text.len() - text.trim_start().len();
    let length = bytes[start..].iter().take_while(|byte| is_name(byte)).count();
    let name = text[start..start + length].trim_end_matches(['.', '-', '_']);
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let mut at = start + name.len();
    let mut extras = Vec::new();
    let rest = trim(text, at..text.len(), 0);
    if let Some(list) = text[rest.clone()].strip_prefix('[') {
        let close = list.find(']')?;
        extras = list[..close].split(',').map(normalised).filter(|extra| !extra.is_empty()).collect();
        at = rest.start + close + 2;
    }
    let rest = trim(text, at..text.len(), 0);
    let after = &text[rest.clone()];
    let valid = after.is_empty() || after.starts_with(['<', '>', '=', '!', '~', ';', '@', '(', ',']);
    valid.then_some(())?;
    let specifier = specifier(text, rest);
    let end = if specifier.is_empty() { at } else { specifier.end };
    Some(Dependency {
        name: normalised(name),
        extras,
        specifier: text[specifier].to_owned(),
        at: Loc::new(file, Span::of(base + start, base + end)),
        locked: false,
    })
}

/// The version part of what follows a name: not a URL, not a marker.
fn specifier(text: &str, rest: Range<usize>) -> Range<usize> {
    let after = &text[rest.clone()];
    if after.starts_with('@') {
        return rest.start..rest.start;
    }
    let end = after.find(';').unwrap_or(after.len());
    let found = trim(text, rest.start..rest.start + end, 0);
    let inner = text[found.clone()].strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
    if inner.is_some() { trim(text, found.start + 1..found.end - 1, 0) } else { found }
}

/// PEP 503: lower case, runs of `-`, `_` and `.` are one `-`.
pub fn normalised(name: &str) -> String {
    let mut found = String::with_capacity(name.len());
    for character in name.trim().chars() {
        let character = if matches!(character, '-' | '_' | '.') { '-' } else { character.to_ascii_lowercase() };
        if character != '-' || !found.ends_with('-') {
            found.push(character);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> Vec<String> {
        let facts = lower("requirements.txt", text, FileId(0));
        let one = |it: &Dependency| {
            let lock = if it.locked { "!" } else { "" };
            format!("{}[{}]{}{lock} @{}", it.name, it.extras.join(","), it.specifier, &text[it.at.span.range()])
        };
        facts.dependencies.iter().map(one).collect()
    }

    #[test]
    fn requirements_have_names_extras_and_versions() {
        let text = "# c\n-r base.txt\n--index-url https://x\nCelery[redis, SQS]>=5.3,<6 ; python_version<\"3.13\"  # d\nredis\nDjango_REST.framework == 3.1\n\
                    a (>=1)\nb@https://h/b.whl\nc @ git+https://h/c#egg=no\n-e git+https://h/x.git@v1#egg=flower[y]\n./local\nhttps://h/z.whl\nd==1 \\\n    --hash=sha256:ab \\\n    --hash=sha256:cd\n";
        assert_eq!(
            show(text),
            [
                "celery[redis,sqs]>=5.3,<6 @Celery[redis, SQS]>=5.3,<6",
                "redis[] @redis",
                "django-rest-framework[]== 3.1 @Django_REST.framework == 3.1",
                "a[]>=1 @a (>=1",
                "b[] @b",
                "c[] @c",
                "flower[y] @flower[y]",
                "d[]==1! @d==1"
            ]
        );
        let comments = lower("x", text, FileId(0)).comments;
        assert_eq!(comments.iter().map(|span| &text[span.range()]).collect::<Vec<_>>(), ["# c", "# d"]);
    }

    #[test]
    fn nothing_makes_the_reader_panic() {
        for text in ["[", "a[", "é", "a\\", "-e ", "a(", "#", "a@", "==1", "a []", "a --hash", "egg=://"] {
            show(text);
        }
    }
}
