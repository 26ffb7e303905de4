//! What env files say, checked against answers of the real python-dotenv.

use serde_json::Value as Json;

use super::*;
use crate::source::Piece;

const FILE: FileId = FileId(0);

fn recorded() -> Vec<Json> {
    let rows = serde_json::from_str::<Json>(include_str!("../../../fixtures/dotenv/python-dotenv.json")).unwrap();
    rows.as_array().unwrap().clone()
}

#[test]
fn bindings_are_those_of_python_dotenv() {
    for row in recorded() {
        let text = row["input"].as_str().unwrap();
        let lexed = lex(text);
        let read = lexed.records.iter().filter(|record| !record.commented);
        let read: Vec<Json> = read
            .map(|record| serde_json::json!([record.key, record.value.as_ref().map(Mapped::as_str), record.line]))
            .collect();
        assert_eq!(Json::Array(read), row["bindings"], "{text:?}");
        assert_eq!(lexed.errors.len() as u64, row["errors"].as_u64().unwrap(), "{text:?}");
    }
}

#[test]
fn values_are_those_of_python_dotenv() {
    for row in recorded() {
        let text = row["input"].as_str().unwrap();
        let values = serde_json::to_value(python_dotenv_values(&lex(text).records)).unwrap();
        assert_eq!(values, row["values"], "{text:?}");
    }
}

#[test]
fn every_span_shows_what_it_is_for() {
    for row in recorded() {
        let text = row["input"].as_str().unwrap();
        for record in lex(text).records {
            assert_eq!(text[record.key_at.range()].replace("\r\n", "\n").replace('\r', "\n"), record.key);
            assert!(record.raw_at.contains(record.value_at), "{text:?}");
            assert!(record.comment.is_none_or(|at| text[at.range()].starts_with('#')), "{text:?}");
            let Some(value) = record.value else { continue };
            for piece in value.to_text(FILE).pieces {
                let Piece::Literal { text: part, at } = piece else { panic!("{text:?}") };
                assert!(
                    at.span.len() as usize != part.len() || text[at.span.range()].replace('\r', "\n") == part,
                    "{text:?}"
                );
            }
        }
    }
}

/// Entries as `key=value` with `#` before commented ones; a variable shows as `$NAME`.
fn entries(path: &str, text: &str) -> Vec<String> {
    let show = |text: &Text| {
        let piece = |piece: &Piece| match piece {
            Piece::Literal { text, .. } => text.clone(),
            Piece::Env { keys, .. } => format!("${}", keys[0]),
            Piece::Unknown { .. } => "?".to_owned(),
        };
        text.pieces.iter().map(piece).collect::<String>()
    };
    let facts = lower(path, text, FILE);
    let entry =
        |entry: &Entry| format!("{}{}={}", if entry.commented { "#" } else { "" }, entry.key(), show(&entry.value));
    facts.entries.iter().map(entry).collect()
}

#[test]
fn commented_assignments_are_told_from_prose() {
    let text = "# REDIS_PASSWORD=\n#SENTRY_DSN=https://x # or none\n# see the docs: a=b for details\n## export A='x y'\n#B = 1\n#'C'=1\n#D=\"x\n";
    assert_eq!(
        entries(".env.example", text),
        ["#REDIS_PASSWORD=", "#SENTRY_DSN=https://x", "#A=x y", "#C=1", "#D=\"x"]
    );
}

#[test]
fn quoted_keys_and_lines_inside_a_value_are_read_as_python_dotenv_does() {
    let text =
        "export A_ONE=1\nB_TWO = \"two words\" # note\n'C_THREE'='x'\nD_FOUR=\"multi\nE_FIVE=not-a-key\nline\"\n";
    let expected = ["A_ONE=1", "B_TWO=two words", "C_THREE=x", "D_FOUR=multi\nE_FIVE=not-a-key\nline"];
    assert_eq!(entries(".env", text), expected);
}

#[test]
fn only_variables_that_the_file_does_not_set_are_used() {
    let facts = lower(".env", "A=1\nB=${A}${C}${D:-x}\n#E=${F}\n", FILE);
    let uses: Vec<&str> = facts.env_uses.iter().map(|found| found.key.as_str()).collect();
    assert_eq!(uses, ["C", "D"]);
}

#[test]
fn dialects_differ_in_what_they_expand() {
    let text = "A='$X ${Y}'\nB=\"$X ${Y}\"\nC=$X # c\n";
    assert_eq!(entries(".env", text), ["A=$X $Y", "B=$X $Y", "C=$X"]);
    let read = |dialect| {
        let mut uses = Vec::new();
        lex(text).records.iter().for_each(|record| drop(value(record, text, dialect, FILE, &mut uses)));
        uses.into_iter().map(|found| found.key).collect::<String>()
    };
    assert_eq!(read(Dialect::PythonDotenv), "YY");
    assert_eq!(read(Dialect::DjangoEnviron), "");
    assert_eq!(read(Dialect::Compose), "XYX");
    assert_eq!(read(Dialect::Shell), "XYX");
    assert_eq!(
        value(&lex(text).records[2], text, Dialect::DjangoEnviron, FILE, &mut Vec::new()).as_literal().unwrap(),
        "$X # c"
    );
}

#[test]
fn prose_is_no_error_but_a_broken_assignment_is() {
    let errors = |text: &str| {
        let errors = lower(".env", text, FILE).errors;
        errors.iter().map(|error| text[error.at.range()].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(errors("some words\nKEY: value\nA=\"x\nB=1\nC='x' y\n"), ["A=\"x", "C='x' y"]);
    assert_eq!(entries(".envrc", "source_env ..\nif [ a = b ]; then\nexport A=1 # c\nfi\n"), ["A=1"]);
}

#[test]
fn a_file_of_broken_quotes_is_read_in_linear_time() {
    let text = "A=\"\\x\n".repeat(200_000);
    assert_eq!(lex(&text).errors.len(), 100_000);
}
