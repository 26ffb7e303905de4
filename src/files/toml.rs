//! TOML files.

use toml_edit::{Document, InlineTable, Item, Key, Table, Value};

use super::tree::{self, Member, Node};
use super::{FileError, FileFacts, conf};
use crate::source::{FileId, Loc, Span, Text};

pub fn lower(path: &str, text: &str, file: FileId) -> FileFacts {
    let mut facts = FileFacts::default();
    match parse(text, file) {
        Ok(root) => {
            comments(text, &mut facts.comments);
            tree::read(&root, &mut facts);
        }
        Err(error) => {
            facts = conf::lower(path, text, file);
            // What a template engine writes later is no TOML yet.
            if !text.contains("{{") && !text.contains("{%") {
                facts.errors.push(error);
            }
        }
    }
    facts
}

/// The whole document as a tree.
pub fn parse(text: &str, file: FileId) -> Result<Node, FileError> {
    let document = Document::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        FileError { message: error.message().to_owned(), at: Span::of(span.start, span.end), doubtful: false }
    })?;
    Ok(Tree { text, file }.table(document.as_table()))
}

struct Tree<'t> {
    text: &'t str,
    file: FileId,
}

impl Tree<'_> {
    fn loc(&self, span: Option<std::ops::Range<usize>>) -> Loc {
        let span = span.unwrap_or(0..0);
        Loc::new(self.file, Span::of(span.start, span.end))
    }

    fn table(&self, table: &Table) -> Node {
        let keys = table.iter().filter_map(|(key, _)| table.get_key_value(key));
        Node::Map(keys.map(|(key, item)| self.member(key, self.item(item))).collect())
    }

    fn inline(&self, table: &InlineTable) -> Node {
        let keys = table.iter().filter_map(|(key, _)| table.get_key_value(key));
        Node::Map(keys.map(|(key, item)| self.member(key, self.item(item))).collect())
    }

    fn member(&self, key: &Key, value: Node) -> Member {
        let span = self.loc(key.span()).span;
        let written = self.text.get(span.range()).unwrap_or_default();
        let quoted = written.len() >= 2 && written.starts_with(['"', '\'']);
        let span = if quoted { Span::new(span.start + 1, span.end - 1) } else { span };
        Member { key: key.get().to_owned(), at: Loc::new(self.file, span), value }
    }

    fn item(&self, item: &Item) -> Node {
        match item {
            Item::Table(table) => self.table(table),
            Item::ArrayOfTables(tables) => Node::List(tables.iter().map(|table| self.table(table)).collect()),
            Item::Value(value) => self.value(value),
            Item::None => Node::List(Vec::new()),
        }
    }

    fn value(&self, value: &Value) -> Node {
        let at = self.loc(value.span());
        match value {
            Value::InlineTable(table) => self.inline(table),
            Value::Array(items) => Node::List(items.iter().map(|item| self.value(item)).collect()),
            Value::String(string) => {
                let at = self.inside(at);
                Node::Scalar(
                    if string.value().is_empty() {
                        Text::default()
                    } else {
                        Text::literal(string.value().as_str(), at)
                    },
                    at,
                )
            }
            _ => {
                let written = self.text.get(at.span.range()).unwrap_or_default();
                Node::Scalar(Text::literal(written, at), at)
            }
        }
    }

    /// A string's place without its quotes, and without the newline that a multi-line string drops.
    fn inside(&self, at: Loc) -> Loc {
        let written = self.text.get(at.span.range()).unwrap_or_default();
        let triple = written.starts_with("\"\"\"") || written.starts_with("'''");
        let quotes = if triple { 3 } else { 1 };
        if written.len() < 2 * quotes {
            return at;
        }
        let inner = &written[quotes..written.len() - quotes];
        let dropped = if !triple {
            0
        } else {
            ["\r\n", "\n"].iter().find(|end| inner.starts_with(**end)).map_or(0, |end| end.len())
        };
        let start = at.span.start + (quotes + dropped) as u32;
        Loc::new(self.file, Span::new(start, at.span.end - quotes as u32))
    }
}

/// Comments of a document that parses: `#` outside strings.
fn comments(text: &str, found: &mut Vec<Span>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(next) = memchr::memchr3(b'#', b'"', b'\'', &bytes[at..]).map(|next| at + next) {
        if bytes[next] == b'#' {
            let end = memchr::memchr(b'\n', &bytes[next..]).map_or(text.len(), |end| next + end);
            found.push(Span::of(next, next + text[next..end].trim_end().len()));
            at = end;
        } else {
            at = string_end(text, next);
        }
    }
}

/// The offset behind the string that starts at `start`.
fn string_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let quote = bytes[start];
    let triple = bytes[start..].starts_with(&[quote; 3]);
    let width = if triple { 3 } else { 1 };
    let mut at = start + width;
    while at < bytes.len() {
        if bytes[at] == b'\\' && quote == b'"' {
            at += 2;
        } else if bytes[at..].starts_with(&[quote; 3][..width]) {
            // A multi-line string may end in up to two quotes of its own.
            let own = bytes[at + width..].iter().take(2).take_while(|byte| triple && **byte == quote).count();
            return at + width + own;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Role;
    use crate::source::Piece;

    fn entries(text: &str) -> Vec<String> {
        let facts = lower("x.toml", text, FileId(0));
        let show = |it: &crate::files::Entry| {
            let mark = if it.role == Role::Environment { "$" } else { "" };
            let value = it.value.as_literal().unwrap_or_else(|| "?".to_owned());
            format!("{mark}{}={value} @{}", it.path.join("/"), &text[it.value_at.span.range()])
        };
        facts.entries.iter().map(show).collect()
    }

    #[test]
    fn keys_and_values_have_their_places() {
        let text = "app = \"w\" # c\n[celery]\n\"broker_url\" = 'redis://:p@h/0'\nn = 1\n[[x.y]]\na.b = \"\"\"\ntwo\nlines\"\"\"\nc = \"q\\\"q\"\nd = [\"#\", 2]\n";
        assert_eq!(
            entries(text),
            [
                "app=w @w",
                "celery/broker_url=redis://:p@h/0 @redis://:p@h/0",
                "celery/n=1 @1",
                "x/y/a/b=two\nlines @two\nlines",
                "x/y/c=q\"q @q\\\"q",
                "x/y/d=# @#",
                "x/y/d=2 @2"
            ]
        );
        let facts = lower("x.toml", text, FileId(0));
        assert_eq!(&text[facts.entries[1].key_at.span.range()], "broker_url");
        assert_eq!(facts.comments.iter().map(|span| &text[span.range()]).collect::<Vec<_>>(), ["# c"]);
    }

    #[test]
    fn environments_are_known_by_their_tables() {
        let text = "[env]\n  A = \"b\"\n[tool.pytest_env]\nC = \"d\"\nE = {value = \"f\", transform = true}\n[tool.pytest.ini_options]\nenv = [\"D:G=h\", \"I\"]\n[tool.tox.env_run_base.set_env]\nJ = \"k\"\n";
        assert_eq!(
            entries(text),
            [
                "$env/A=b @b",
                "$tool/pytest_env/C=d @d",
                "$tool/pytest_env/E=f @f",
                "$tool/pytest_env/E/transform=true @true",
                "$tool/pytest/ini_options/env/G=h @h",
                "$tool/tox/env_run_base/set_env/J=k @k"
            ]
        );
    }

    #[test]
    fn commands_are_found_where_platforms_keep_them() {
        let text = "[processes]\nworker = \"celery -A p worker\"\n[deploy]\nstartCommand = \"sh -c 'x && y'\"\n[project.scripts]\nz = \"a:b\"\n[tool.poe.tasks.w]\ncmd = \"celery -A ${APP:-p} w\"\nenvfile = 1\n";
        let facts = lower("fly.toml", text, FileId(0));
        let found: Vec<_> = facts.commands.iter().map(|it| (it.service.as_deref(), it.words.len())).collect();
        assert_eq!(found, [(Some("worker"), 4), (None, 3), (None, 1), (None, 1), (Some("w"), 4)]);
        assert_eq!(facts.env_uses[0].key, "APP");
    }

    #[test]
    fn lazy_values_of_dynaconf_read_the_environment() {
        let text = "a = \"@format redis://:{env[PW]}@{this.host}/0\"\nb = \"@env X y\"\nc = \"@jinja {{ env.Z }}\"\n";
        let facts = lower("settings.toml", text, FileId(0));
        let uses: Vec<_> = facts.env_uses.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(uses, ["PW", "X"]);
        let Piece::Literal { text: first, at } = &facts.entries[0].value.pieces[0] else { panic!("a literal") };
        assert_eq!(&text[at.span.range()], first);
    }

    #[test]
    fn a_broken_file_is_an_error_and_still_read_line_by_line() {
        let text = "[celery]\nbroker_url = \"redis://:p@h/0\"\n[celery\n";
        let facts = lower("x.toml", text, FileId(0));
        assert_eq!(facts.errors.len(), 1);
        assert_eq!(facts.entries[0].value.as_literal().as_deref(), Some("redis://:p@h/0"));
    }

    #[test]
    fn nothing_makes_the_reader_panic() {
        for text in
            ["a = \"\"\"\"\"\"", "a = \"\"\"\"a\"\"\"\"\"", "\"\" = ''", "a=[[[[", "[é]\nü='é'", "a.\"b\".c={d=1}"]
        {
            lower("x.toml", text, FileId(0));
            lower("x.toml", &text.repeat(300), FileId(0));
        }
        assert_eq!(lower("x", &"[".repeat(100_000), FileId(0)).errors.len(), 1);
    }
}
