//! For tests of readers: facts as short lines.

use super::{FileFacts, Need, Role};
use crate::source::{Piece, Span, Text};

/// A text: literals as they are, variables as `<NAME>` or `<NAME:default>`, `<?>` for what is unknown.
pub fn show(text: &Text) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Literal { text, .. } => text.clone(),
        Piece::Env { keys, default: None, .. } => format!("<{}>", keys.join("|")),
        Piece::Env { keys, default: Some(default), .. } => format!("<{}:{}>", keys.join("|"), show(default)),
        Piece::Unknown { .. } => "<?>".to_owned(),
    };
    text.pieces.iter().map(piece).collect()
}

/// Entries as `role path = value`, after a check that every literal stands where it says.
pub fn entries(facts: &FileFacts, source: &str) -> Vec<String> {
    check(facts, source);
    let entry = facts.entries.iter().map(|entry| {
        let role = match entry.role {
            Role::Environment => "env",
            Role::Setting => "set",
            Role::Base64 => "b64",
        };
        format!("{role} {} = {}", entry.path.join("/"), show(&entry.value))
    });
    entry.collect()
}

/// Commands as `service: word word`.
pub fn commands(facts: &FileFacts) -> Vec<String> {
    let command = facts.commands.iter().map(|command| {
        let words: Vec<String> = command.words.iter().map(|word| show(&word.text)).collect();
        format!("{}: {}", command.service.as_deref().unwrap_or("-"), words.join(" "))
    });
    command.collect()
}

/// Uses of the environment as `KEY!` (required) and `KEY?`.
pub fn uses(facts: &FileFacts) -> Vec<String> {
    let need = |need| if need == Need::Required { "!" } else { "?" };
    facts.env_uses.iter().map(|found| format!("{}{}", found.key, need(found.need))).collect()
}

/// Panics when a span leaves the text, cuts a character, or shows something else than it should.
pub fn check(facts: &FileFacts, source: &str) {
    let slice = |span: Span| source.get(span.range()).unwrap_or_else(|| panic!("{span:?} in {source:?}"));
    for entry in &facts.entries {
        slice(entry.key_at.span);
        slice(entry.value_at.span);
        check_text(&entry.value, source);
    }
    for command in &facts.commands {
        slice(command.at.span);
        for word in &command.words {
            slice(word.at.span);
            check_text(&word.text, source);
        }
    }
    facts.env_file_refs.iter().for_each(|found| check_text(&found.path, source));
    facts.comments.iter().for_each(|comment| assert!(slice(*comment).starts_with('#'), "{comment:?} in {source:?}"));
    for span in facts.env_uses.iter().map(|found| found.at.span).chain(facts.errors.iter().map(|error| error.at)) {
        slice(span);
    }
}

fn check_text(text: &Text, source: &str) {
    for piece in &text.pieces {
        match piece {
            Piece::Literal { at, .. } => assert!(source.get(at.span.range()).is_some(), "{at:?} in {source:?}"),
            Piece::Env { at, default, .. } => {
                assert!(source.get(at.span.range()).is_some(), "{at:?} in {source:?}");
                default.iter().for_each(|default| check_text(default, source));
            }
            Piece::Unknown { at } => {
                assert!(at.is_none_or(|at| source.get(at.span.range()).is_some()), "{at:?} in {source:?}");
            }
        }
    }
}
