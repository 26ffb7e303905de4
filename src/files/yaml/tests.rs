//! The tree, its places, and what generic YAML files say.

use super::*;
use crate::files::testing::{check, commands, entries};
use crate::files::{FileFacts, lower as lower_kind};
use crate::source::FileKind;

const FILE: FileId = FileId(0);

fn facts(text: &str) -> FileFacts {
    lower("x.yml", text, FILE)
}

/// Every scalar as the source shows it at its place, and as it reads.
fn scalars(text: &str) -> Vec<(String, String)> {
    let tree = parse(text);
    let scalar = |value: Value<'_>| {
        let scalar = value.scalar().unwrap();
        (text[scalar.at.range()].to_owned(), scalar.text.as_str().to_owned())
    };
    tree.scalars().map(scalar).collect()
}

fn same(texts: &[&str]) -> Vec<(String, String)> {
    texts.iter().map(|text| ((*text).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn scalars_stand_between_their_quotes() {
    let text = "é: &a plain # c\n'k': !t \"v\"  # c\nl: ['', \"\"] # c\n";
    assert_eq!(scalars(text), same(&["é", "plain", "k", "v", "l", "", ""]));
}

#[test]
fn escapes_and_folded_lines_are_places_of_their_own() {
    let text = "a: \"x\\u00e9\\ny\n  z\"\nb: 'it''s'\nc: one\n  two\nd: |2\n   x\n  y\ne: >-\r\n  f\r\n  g\r\n";
    let tree = parse(text);
    let pieces: Vec<Vec<(&str, String)>> = tree
        .scalars()
        .map(|value| {
            let pieces = value.scalar().unwrap().text.to_text(FILE).pieces;
            let piece = |piece| match piece {
                crate::source::Piece::Literal { text: read, at } => (&text[at.span.range()], read),
                other => panic!("{other:?}"),
            };
            pieces.into_iter().map(piece).collect()
        })
        .collect();
    let row = |row: &[(&'static str, &str)]| row.iter().map(|(at, text)| (*at, (*text).to_owned())).collect::<Vec<_>>();
    assert_eq!(pieces[1], row(&[("x", "x"), ("\\u00e9", "é"), ("\\n", "\n"), ("y", "y"), ("\n  ", " "), ("z", "z")]));
    assert_eq!(pieces[3], row(&[("it", "it"), ("''", "'"), ("s", "s")]));
    assert_eq!(pieces[5], row(&[("one", "one"), ("\n", " "), ("two", "two")]));
    assert_eq!(pieces[7], row(&[(" x\n", " x\n"), ("y\n", "y\n")]));
    assert_eq!(pieces[9], row(&[("f", "f"), ("\n", " "), ("g", "g")]));
}

#[test]
fn comments_stand_outside_scalars() {
    let text = "# one\na: 'x # no' # two\nb: | # three\n  # no\nc: x#no\nd: [ # four\n  1]\n";
    let comments: Vec<&str> = facts(text).comments.iter().map(|span| &text[span.range()]).collect();
    assert_eq!(comments, ["# one", "# two", "# three", "# four"]);
}

#[test]
fn an_error_costs_only_what_stands_after_it_in_its_document() {
    let text = "a: 1\nb: [\n---\nc: 2\n";
    let facts = facts(text);
    assert_eq!(entries(&facts, text), ["set a = 1", "set c = 2"]);
    assert_eq!(facts.errors.len(), 1);
}

#[test]
fn merged_and_aliased_values_are_reported_once() {
    let text = "base: &b {url: 'redis://x', n: 1}\nprod:\n  <<: *b\n  n: 2\ntest: *b\n";
    assert_eq!(entries(&facts(text), text), ["set base/url = redis://x", "set base/n = 1", "set prod/n = 2"]);
    let tree = parse(text);
    let prod = tree.documents().next().unwrap().get("prod").unwrap();
    assert_eq!((prod.get_str("url"), prod.get_str("n")), (Some("redis://x"), Some("2")));
}

#[test]
fn a_key_may_stand_twice() {
    let text = "a: 1\na: 2\n";
    assert_eq!(entries(&facts(text), text), ["set a = 1", "set a = 2"]);
}

#[test]
fn environment_and_commands_are_known_by_their_keys() {
    let text = "\
w:
  extraEnvVars:
    - name: A
      value: x
    - name: B
      valueFrom: {secretKeyRef: {name: n, key: password}}
    - key: C
      value: y
    - D=z
  env: {E: 1, name: n}
  command: [celery, -A, p]
  args: [worker]
services:
  - startCommand: celery -A p beat && true
";
    let expected = [
        "env w/extraEnvVars/A = x",
        "env w/extraEnvVars/C = y",
        "env w/extraEnvVars/D = z",
        "env w/env/E = 1",
        "env w/env/name = n",
    ];
    assert_eq!(entries(&facts(text), text), expected);
    assert_eq!(commands(&facts(text)), ["-: celery -A p worker", "-: celery -A p beat", "-: true"]);
}

#[test]
fn encrypted_and_computed_values_are_unknown() {
    let text = "a: !vault |\n  $ANSIBLE_VAULT;1.1\n  12\nb: ENC[AES,data:x]\nc: !Ref X\nd: !Sub 'a${B}'\ne: '{{ x }}y'\nf: ${G:-h}$I\nsops: {mac: x}\n";
    assert_eq!(
        entries(&facts(text), text),
        ["set a = <?>", "set b = <?>", "set c = <?>", "set d = a<B>", "set e = <?>y", "set f = <G:h>$I"]
    );
    assert!(facts(text).env_uses.is_empty());
}

#[test]
fn templates_do_not_hide_the_rest() {
    let text = "{{- if .on }}\na: {{ .x | default \"y: z\" }}@h\n{{ .k }}: 1\n{{- end }}\nx: [\n";
    let facts = facts(text);
    assert_eq!(entries(&facts, text), ["set a = <?>@h", "set {{ .k }} = 1"]);
    assert!(facts.errors.is_empty());
}

#[test]
fn hostile_nesting_and_bombs_end_quickly() {
    let bomb: String =
        (1..60).map(|n| format!("a{n}: &a{n} {{<<: [*a{0}, *a{0}], l: [*a{0}, *a{0}]}}\n", n - 1)).collect();
    let keys = |indent: &str| (0..5_000).map(|n| format!("{indent}k{n}: 1\n")).collect::<String>();
    let services: String = (0..5_000).map(|n| format!("  s{n}: {{<<: *big, image: x, environment: *big}}\n")).collect();
    let texts = [
        "- ".repeat(20_000),
        "[".repeat(20_000),
        "{a: ".repeat(20_000),
        "? ".repeat(20_000),
        (0..1_000).map(|depth| " ".repeat(depth) + "a:\n").collect(),
        format!("a0: &a0 {{k: v}}\n{bomb}"),
        format!("x-big: &big\n{}services:\n{}", keys("  "), services),
        "a: &a [*a]\nb: &b {<<: *b, c: *b}\n".to_owned(),
        (0..5_000).map(|n| format!("k{n}:\n  a: [ # é ]\n x\n ]\n")).collect(),
        "a:\n  b: [ # é\n x ]\n  c: [\n # é".to_owned(),
        "---\n[\n".repeat(20_000),
        "a: \"\n".repeat(20_000),
        "{{ ".repeat(20_000),
    ];
    for text in texts {
        for kind in [FileKind::Yaml, FileKind::Compose, FileKind::Kubernetes, FileKind::Ci] {
            check(&lower_kind(kind, "x.yml", &text, FILE), &text);
        }
    }
}

#[test]
fn broken_files_neither_panic_nor_leave_their_text() {
    let seeds = [
        include_str!("tests/compose.yml"),
        include_str!("tests/chart.yaml"),
        "env: {A: \"x\\n\\u00e9\", B: 'it''s'}\nrun: |\n  echo $A\n  celery -A p\n",
    ];
    let inserted = [
        "{{", "}}", "\"", "'", "\\", "\n", "  ", "- ", ": ", "#", "é", "|\n", "&a ", "*a ", "!t ", "<<: *a\n", "---\n",
        "\t", "\r\n", "\0", "${A:-", "$$",
    ];
    let mut state = 20_u64;
    let mut random = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit
    };
    for _ in 0..400 {
        let mut text = seeds[random(seeds.len())].to_owned();
        for _ in 0..=random(5) {
            let at = text.floor_char_boundary(random(text.len() + 1));
            match random(3) {
                0 => text.truncate(at),
                _ => text.insert_str(at, inserted[random(inserted.len())]),
            }
        }
        for kind in [FileKind::Yaml, FileKind::Compose, FileKind::Kubernetes, FileKind::Ci] {
            check(&lower_kind(kind, "x.yml", &text, FILE), &text);
        }
    }
}

#[test]
fn text_in_brackets_and_quotes_may_be_indented_as_one_likes() {
    // PyYAML loads all of them.
    let texts = [
        "a:\n  b: [\n    x\n  ]\n  c: y\n",
        "a:\n  b: [ # it's ] open\n  x, # so is ] this\n]\n  c: y\n",
        "a:\n  b: {\n'it''s': [\"]\",\r\n\"\\\"}\"], é: ü }\n  c: y\n",
        "a:\n  - [[\n  x, y\n  ], [\nz\n]]\n  - c: y\n",
        "a:\n  b: \"x\n\n y\"\n  c: y\n",
        "a:\n  - b: 'x\n it''s'\n    c: y\n",
    ];
    for text in texts {
        let found = facts(text);
        assert!(found.errors.is_empty(), "{text}: {:?}", found.errors);
        assert!(
            entries(&found, text).iter().any(|entry| entry.ends_with("c = y")),
            "{text}: {:?}",
            entries(&found, text)
        );
        check(&found, text);
    }
    for broken in ["a: [1\n", "a:\n  b: [x,\n  c:\n    d: [1]\n", "a:\n  b: [\n  x\n  c: [1]\n"] {
        assert!(facts(broken).errors.iter().any(|error| !error.doubtful), "{broken}");
    }
}

#[test]
fn joined_lines_are_folded() {
    let text = "a:\n  b: [\n  one\n  two, \"three\n  four\", 'five'\n]\n";
    let wanted = [("a", "a"), ("b", "b"), ("one\n  two", "one two"), ("three\n  four", "three four"), ("five", "five")];
    assert_eq!(scalars(text), wanted.map(|(at, reads)| (at.to_owned(), reads.to_owned())));
}
