//! Changes to a file that keep much of its grammar: lines moved, indented and doubled, brackets and quotes around something,
//! words replaced by others, a part of another file of its kind; and changes to single bytes. The same for the same seed.

/// Marsaglia's xorshift: enough for variety, and the same on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// A part of `0..length`, of at most `most`.
    fn range(&mut self, length: usize, most: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        start..(start + self.below(most + 1)).min(length)
    }
}

/// Pieces that are special to some reader.
const TOKENS: &[&str] = &[
    "'",
    "\"",
    "'''",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "{{",
    "}}",
    "${",
    "${X:-",
    "$(",
    "`",
    "\\",
    "\\\n",
    "\n",
    "\r",
    "\t",
    "\0",
    "#",
    ":",
    ": ",
    ";",
    "@",
    "%",
    "%s",
    "%(a)s",
    "f'{",
    "*",
    "**",
    "=",
    ":=",
    "->",
    "|",
    "|\n",
    ">-\n",
    "&",
    "*a",
    "&a ",
    "<<: ",
    "<<: [*a, *a]\n",
    "- ",
    "? ",
    "---\n",
    "...\n",
    "!",
    "!!binary ",
    "lambda: ",
    "async ",
    "await ",
    "def f(",
    "class C(",
    "import ",
    "from . import *\n",
    "redis://:p@h",
    "://",
    "é",
    "\u{feff}",
    "🎉",
    "\u{2028}",
    "\u{85}",
    "celery -A x worker",
    "# celery-lint: ignore[",
    "{% if %}",
    "<<<<<<< HEAD\n",
    "<<EOF\n",
    "EOF\n",
    "os.environ[",
    "[[a]]\n",
    "[a.b]\n",
    "a.b.c = ",
    "\"\"\"",
    "export ",
    "set -a\n",
    "FROM x AS y\n",
    "RUN ",
    "ENV A=",
    "CMD [",
    "services:\n",
    "environment:\n",
    "99999999999999999999",
    "-1",
    "1e999",
    "\x1b[0m",
];

/// Around something: brackets, quotes, and what opens a block.
const PAIRS: &[(&str, &str)] = &[
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("'", "'"),
    ("\"", "\""),
    ("f'{", "}'"),
    ("${", "}"),
    ("$(", ")"),
    ("{{ ", " }}"),
    ("if x:\n    ", "\n"),
    ("lambda a: ", ""),
    ("[x for x in ", "]"),
    ("os.getenv('A', ", ")"),
    ("&a ", " *a"),
    ("<!--", "-->"),
];

/// A change; `other` is a file of the same kind.
type Mutation = fn(&mut Random, &mut Vec<u8>, &[u8]);

const MUTATIONS: &[Mutation] = &[
    remove_bytes,
    repeat_bytes,
    cut_off,
    copy_to_end,
    change_byte,
    insert_token,
    remove_lines,
    double_lines,
    swap_lines,
    shift_lines,
    splice_lines,
    replace_word,
    surround,
];

/// One change of the table.
pub fn mutate(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    if let Some(mutation) = random.choose(MUTATIONS) {
        mutation(random, bytes, other);
    }
}

fn remove_bytes(random: &mut Random, bytes: &mut Vec<u8>, _: &[u8]) {
    bytes.drain(random.range(bytes.len(), 60));
}

fn repeat_bytes(random: &mut Random, bytes: &mut Vec<u8>, _: &[u8]) {
    let range = random.range(bytes.len(), 60);
    let repeated = bytes[range.clone()].repeat(1 + random.below(20));
    bytes.splice(range.start..range.start, repeated);
}

fn cut_off(random: &mut Random, bytes: &mut Vec<u8>, _: &[u8]) {
    bytes.truncate(random.below(bytes.len() + 1));
}

fn copy_to_end(random: &mut Random, bytes: &mut Vec<u8>, _: &[u8]) {
    bytes.extend_from_within(random.range(bytes.len(), 60));
}

/// Another byte in the place of one, or one more.
fn change_byte(random: &mut Random, bytes: &mut Vec<u8>, _: &[u8]) {
    let place = random.range(bytes.len(), 1);
    bytes.splice(place, [random.below(256) as u8]);
}

fn insert_token(random: &mut Random, bytes: &mut Vec<u8>, _: &[u8]) {
    let at = random.below(bytes.len() + 1);
    let token = random.choose(TOKENS).copied().unwrap_or_default();
    bytes.splice(at..at, token.bytes());
}

/// Lines with their ends.
fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn remove_lines(random: &mut Random, bytes: &mut Vec<u8>, _: &[u8]) {
    let mut lines = lines(bytes);
    lines.drain(random.range(lines.len(), 4));
    *bytes = lines.concat();
}

fn double_lines(random: &mut Random, bytes: &mut Vec<u8>, _: &[u8]) {
    let mut lines = lines(bytes);
    let (range, at) = (random.range(lines.len(), 6), random.below(lines.len() + 1));
    let copied = lines[range].to_vec();
    lines.splice(at..at, copied);
    *bytes = lines.concat();
}

fn swap_lines(random: &mut Random, bytes: &mut Vec<u8>, _: &[u8]) {
    let mut lines = lines(bytes);
    let (first, second) = (random.below(lines.len()), random.below(lines.len()));
    if first < lines.len() && second < lines.len() {
        lines.swap(first, second);
    }
    *bytes = lines.concat();
}

/// Indents or dedents: what belongs to what changes in Python and YAML.
fn shift_lines(random: &mut Random, bytes: &mut Vec<u8>, _: &[u8]) {
    let mut lines = lines(bytes);
    let (range, by) = (random.range(lines.len(), 8), random.below(9));
    for line in &mut lines[range] {
        match by.checked_sub(4) {
            Some(deeper) => drop(line.splice(0..0, b" ".repeat(deeper))),
            None => drop(line.drain(..line.iter().take_while(|byte| **byte == b' ').count().min(4 - by))),
        }
    }
    *bytes = lines.concat();
}

fn splice_lines(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    let (mut own, others) = (lines(bytes), lines(other));
    let (range, to) = (random.range(others.len(), 12), random.range(own.len(), 3));
    own.splice(to, others[range].iter().cloned());
    *bytes = own.concat();
}

/// The ranges of the words of a text.
fn words(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut words = Vec::new();
    let mut at = 0;
    for part in bytes.split(|byte| !is_word(byte)) {
        if !part.is_empty() {
            words.push(at..at + part.len());
        }
        at += part.len() + 1;
    }
    words
}

/// A name becomes another one, of this file or of the other.
fn replace_word(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    let own = words(bytes);
    let from = if random.below(2) == 0 { bytes.clone() } else { other.to_vec() };
    let others = words(&from);
    if let (Some(old), Some(new)) = (random.choose(&own), random.choose(&others)) {
        bytes.splice(old.clone(), from[new.clone()].iter().copied());
    }
}

fn surround(random: &mut Random, bytes: &mut Vec<u8>, _: &[u8]) {
    let words = words(bytes);
    let (Some(word), Some((open, close))) = (random.choose(&words), random.choose(PAIRS)) else { return };
    let depth = [1, 1, 1, 3, 40][random.below(5)];
    bytes.splice(word.end..word.end, close.repeat(depth).bytes());
    bytes.splice(word.start..word.start, open.repeat(depth).bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutation_takes_every_text() {
        for (index, mutation) in MUTATIONS.iter().enumerate() {
            for text in ["", "\n", "a", "a: b\n  c d\n", "é\n"] {
                for seed in 1..40 {
                    let mut bytes = text.as_bytes().to_vec();
                    mutation(&mut Random(seed), &mut bytes, b"x y\nz\n");
                    assert!(bytes.len() < 3_000, "{index}");
                }
            }
        }
    }
}
