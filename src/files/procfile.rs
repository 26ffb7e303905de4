//! Procfiles: one process a line, `name: command`.

use super::lines::lines;
use super::{FileFacts, shell};
use crate::source::{FileId, Span};

pub fn lower(_path: &str, text: &str, file: FileId) -> FileFacts {
    let mut facts = FileFacts::default();
    for line in lines(text) {
        let range = line.trimmed();
        if text[range.clone()].starts_with('#') {
            facts.comments.push(Span::of(range.start, range.end));
            continue;
        }
        let Some((name, command)) = text[range.clone()].split_once(':') else { continue };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if !name.is_empty() && name.bytes().all(is_name) {
            shell::script(command, (range.end - command.len()) as u32, file, Some(name), &mut facts);
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_runs_a_command_with_its_own_environment() {
        let text =
            "# x\nweb: gunicorn p\nworker:  BROKER_URL=amqp://a:b@h celery -A p worker -c ${N:-2}\r\nnot a process\n";
        let facts = lower("Procfile", text, FileId(0));
        let services: Vec<_> = facts.commands.iter().map(|it| (it.service.as_deref(), it.words.len())).collect();
        assert_eq!(services, [(Some("web"), 2), (Some("worker"), 6)]);
        assert_eq!(&text[facts.entries[0].value_at.span.range()], "amqp://a:b@h");
        assert_eq!(facts.env_uses[0].key, "N");
        assert_eq!(facts.comments, [Span::new(0, 3)]);
    }
}
