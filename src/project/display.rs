//! Texts of the project as people may see them: variables by name, and the password of every URL hidden.

use crate::celery::{Grade, url};
use crate::source::{Piece, Text};

/// What stands for one character of a secret; the reports have the same.
const BULLET: char = '•';

/// The text in one line of characters: `${KEY}` for what the environment holds, `…` for what is not known.
pub fn text(text: &Text) -> String {
    let mut shown = String::new();
    for piece in &text.pieces {
        match piece {
            Piece::Literal { text, .. } => shown.push_str(text),
            Piece::Env { keys, .. } => shown.push_str(&format!("${{{}}}", keys.first().map_or("", String::as_str))),
            Piece::Unknown { .. } => shown.push('…'),
        }
    }
    if !shown.contains("://") {
        return shown;
    }
    for secret in url::secrets(text) {
        if matches!(secret.grade, Grade::Real | Grade::Weak) && !secret.value.is_empty() {
            shown = shown.replace(&secret.value, &hidden(&secret.value));
        }
    }
    shown
}

/// One bullet for each character.
pub fn hidden(text: &str) -> String {
    text.chars().map(|_| BULLET).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Loc, Span};

    #[test]
    fn passwords_of_urls_are_hidden_and_variables_have_their_names() {
        let at = Loc::new(FileId(0), Span::new(0, 1));
        let mut value = Text::literal("redis://:Brillig-77@", at);
        value.pieces.push(Piece::Env { keys: vec!["HOST".into()], default: None, at });
        value.push(Text::unknown(None));
        assert_eq!(text(&value), "redis://:••••••••••@${HOST}…");
        assert_eq!(text(&Text::literal("amqp://user:password@host//", at)), "amqp://user:password@host//");
    }
}
