//! JSON files, with comments and trailing commas where editors write them.

use jsonc_parser::ast::{self, ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use super::tree::{self, Member, Node};
use super::{FileError, FileFacts, exec_form};
use crate::source::{FileId, Loc, Span, Text};

/// Bigger files are data, not configuration, unless they name Celery.
const DATA_SIZE: usize = 1 << 19;

/// A file with none of these (translations, fixtures, compiler settings) sets and starts nothing.
const TELLING: &[&[u8]] = &[
    b"\"env",
    b"\"containerEnv",
    b"\"remoteEnv",
    b"\"Variables",
    b"\"value",
    b"ommand\"",
    b"\"cmd",
    b"\"scripts\"",
    b"assw",
    b"ASSW",
    b"edis",
    b"EDIS",
    b"amqp",
    b"roker",
    b"ROKER",
];

pub fn lower(_path: &str, text: &str, file: FileId) -> FileFacts {
    let mut facts = FileFacts::default();
    let named = memchr::memmem::find(text.as_bytes(), b"elery").is_some();
    if !named
        && (text.len() > DATA_SIZE || !TELLING.iter().any(|part| memchr::memmem::find(text.as_bytes(), part).is_some()))
    {
        return facts;
    }
    match parse(text, file, &mut facts.comments) {
        Ok(Some(root)) => tree::read(&root, &mut facts),
        Ok(None) => {}
        // Data that is broken on purpose, or is no JSON at all, is nobody's concern here.
        Err(error) if named => facts.errors.push(error),
        Err(_) => {}
    }
    facts
}

/// The document as a tree; None for an empty one.
pub fn parse(text: &str, file: FileId, comments: &mut Vec<Span>) -> Result<Option<Node>, FileError> {
    let collect = CollectOptions { comments: CommentCollectionStrategy::Separate, tokens: false };
    let parsed = parse_to_ast(text, &collect, &ParseOptions::default()).map_err(|error| {
        let range = error.range();
        FileError { message: error.kind().to_string(), at: Span::of(range.start, range.end), doubtful: false }
    })?;
    let found = parsed.comments.iter().flat_map(|map| map.values()).flat_map(|list| list.iter());
    comments.extend(found.map(|comment| Span::of(comment.start(), comment.end())));
    comments.sort_by_key(|span| span.start);
    comments.dedup();
    Ok(parsed.value.map(|value| Tree { text, file }.node(&value)))
}

struct Tree<'t> {
    text: &'t str,
    file: FileId,
}

impl Tree<'_> {
    fn node(&self, value: &Value) -> Node {
        match value {
            Value::Object(object) => {
                Node::Map(object.properties.iter().map(|property| self.member(property)).collect())
            }
            Value::Array(array) => Node::List(array.elements.iter().map(|element| self.node(element)).collect()),
            Value::StringLit(string) => self.string(string.range(), &string.value),
            other => {
                let at = self.loc(other.range());
                Node::Scalar(Text::literal(self.text.get(at.span.range()).unwrap_or_default(), at), at)
            }
        }
    }

    fn loc(&self, range: jsonc_parser::common::Range) -> Loc {
        Loc::new(self.file, Span::of(range.start, range.end))
    }

    fn inside(&self, range: jsonc_parser::common::Range) -> Loc {
        Loc::new(self.file, Span::of(range.start + 1, range.end - 1))
    }

    fn string(&self, range: jsonc_parser::common::Range, decoded: &str) -> Node {
        let at = self.inside(range);
        let exact = exec_form::string(self.text, range.start, 0, self.file);
        let text = match exact.filter(|_| self.text.as_bytes()[range.start] == b'"') {
            Some((text, _)) => text,
            None => Text::literal(decoded, at),
        };
        Node::Scalar(text, at)
    }

    fn member(&self, property: &ast::ObjectProp) -> Member {
        let (key, at) = match &property.name {
            ObjectPropName::String(name) => (name.value.to_string(), self.inside(name.range())),
            ObjectPropName::Word(name) => (name.value.to_owned(), self.loc(name.range())),
        };
        Member { key, at, value: self.node(&property.value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Role;

    fn entries(text: &str) -> Vec<String> {
        let facts = lower("x.json", text, FileId(0));
        let show = |it: &crate::files::Entry| {
            let mark = if it.role == Role::Environment { "$" } else { "" };
            assert_eq!(&text[it.key_at.span.range()], it.key());
            format!(
                "{mark}{}={} @{}",
                it.path.join("/"),
                it.value.as_literal().unwrap(),
                &text[it.value_at.span.range()]
            )
        };
        facts.entries.iter().map(show).collect()
    }

    #[test]
    fn name_and_value_pairs_are_keys() {
        let text = r#"{"containerDefinitions": [{"name": "w", "command": ["celery", "-A", "p"], "environment": [{"name": "URL", "value": "amqp://a:b@h"}]}]}"#;
        assert_eq!(
            entries(text),
            [
                "containerDefinitions/name=w @w",
                "containerDefinitions/command=celery @celery",
                "containerDefinitions/command=-A @-A",
                "containerDefinitions/command=p @p",
                "$containerDefinitions/environment/URL=amqp://a:b@h @amqp://a:b@h"
            ]
        );
        let facts = lower("x.json", text, FileId(0));
        assert_eq!((facts.commands[0].words.len(), facts.commands[0].service.as_deref()), (3, Some("w")));
    }

    #[test]
    fn editors_start_programs_with_an_environment() {
        let text = "{// c\n\"configurations\": [{\"name\": \"n\", \"module\": \"celery\", \"args\": [\"-A\", \"p\", \"worker\"],\n \"env\": {\"URL\": \"redis://:p\\\"w@h\",},\n \"envFile\": \"${workspaceFolder}/.env\"}]}";
        let facts = lower(".vscode/launch.json", text, FileId(0));
        assert_eq!(facts.commands[0].words.len(), 4);
        assert_eq!(facts.comments.len(), 1);
        assert_eq!(facts.env_file_refs.len(), 1);
        let env: Vec<_> =
            facts.entries.iter().filter(|it| it.role == Role::Environment).map(|it| it.value.as_literal()).collect();
        assert_eq!(env, [Some("redis://:p\"w@h".to_owned())]);
    }

    #[test]
    fn platforms_keep_start_commands() {
        let text =
            r#"{"deploy": {"startCommand": "celery -A p worker && x"}, "scripts": {"w": "celery -A \"$APP\" beat"}}"#;
        let facts = lower("railway.json", text, FileId(0));
        assert_eq!(facts.commands.iter().map(|it| it.words.len()).collect::<Vec<_>>(), [4, 1, 4]);
        assert_eq!(facts.env_uses[0].key, "APP");
    }

    #[test]
    fn a_broken_file_is_an_error() {
        assert_eq!(lower("x.json", "{\"celery\": ", FileId(0)).errors.len(), 1);
        assert_eq!(lower("x.json", "{\"a\": ", FileId(0)).errors.len(), 0);
        assert!(parse(&"[".repeat(100_000), FileId(0), &mut Vec::new()).is_err());
        assert_eq!(lower("x.json", "", FileId(0)).errors.len(), 0);
        lower("x.json", "{'éenv': 'ü', é: \"\\u12\", \"env\": ''}", FileId(0));
    }
}
