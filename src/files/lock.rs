//! Lock files. They are large and written by machines, so TOML locks are read line by line, for names and versions only.

use std::ops::Range;

use super::lines::lines;
use super::requirements::normalised;
use super::tree::Node;
use super::{Dependency, FileFacts, json};
use crate::source::{FileId, Loc, Span};

pub fn lower(path: &str, text: &str, file: FileId) -> FileFacts {
    if path.ends_with("Pipfile.lock") { pipfile_lock(text, file) } else { packages(text, file) }
}

/// `uv.lock`, `poetry.lock`, `pdm.lock`, `pylock.toml`: `[[package]]` tables.
fn packages(text: &str, file: FileId) -> FileFacts {
    let mut facts = FileFacts::default();
    let mut name: Option<Range<usize>> = None;
    let mut inside = false;
    for line in lines(text) {
        if line.text.starts_with('[') {
            inside = matches!(line.text.trim_end(), "[[package]]" | "[[packages]]");
            name = None;
        } else if line.text.starts_with('#') {
            facts.comments.push(Span::of(line.start, line.start + line.text.trim_end().len()));
        } else if inside && line.text.starts_with("name") {
            name = value(line.text, "name", line.start);
        } else if inside && line.text.starts_with("source") && is_local(line.text) {
            // The project itself is no dependency.
            facts.dependencies.pop();
        } else if inside && line.text.starts_with("version") {
            let version = value(line.text, "version", line.start);
            let found = name.take().zip(version);
            facts.dependencies.extend(found.map(|(name, version)| Dependency {
                name: normalised(&text[name.clone()]),
                extras: Vec::new(),
                specifier: format!("=={}", &text[version.clone()]),
                at: Loc::new(file, Span::of(name.start, version.end)),
                locked: true,
            }));
        }
    }
    facts
}

/// Whether a package is taken from the repository: `source = { virtual = "." }`.
fn is_local(line: &str) -> bool {
    let table = line.trim_start_matches("source").trim_start_matches([' ', '=', '{']);
    ["virtual", "editable"].iter().any(|key| table.starts_with(key))
}

/// The string behind `key =`, without quotes.
fn value(line: &str, key: &str, base: usize) -> Option<Range<usize>> {
    let rest = line[key.len()..].trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?;
    let start = line.len() - rest.len();
    let length = rest.find('"')?;
    Some(base + start..base + start + length)
}

fn pipfile_lock(text: &str, file: FileId) -> FileFacts {
    let mut facts = FileFacts::default();
    let root = match json::parse(text, file, &mut facts.comments) {
        Ok(root) => root,
        Err(error) => {
            facts.errors.push(error);
            None
        }
    };
    for section in ["default", "develop"] {
        let members = root.as_ref().and_then(|root| root.get(section)).map_or(&[][..], Node::members);
        for member in members {
            let Some((version, at)) = member.value.get("version").and_then(Node::scalar) else { continue };
            let extras = member.value.get("extras").map_or(&[][..], Node::items);
            facts.dependencies.push(Dependency {
                name: normalised(&member.key),
                extras: extras.iter().filter_map(Node::scalar).filter_map(|(text, _)| text.as_literal()).collect(),
                specifier: version.as_literal().unwrap_or_default(),
                at: Loc::new(file, member.at.span.cover(at.span)),
                locked: true,
            });
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(path: &str, text: &str) -> Vec<String> {
        let facts = lower(path, text, FileId(0));
        facts
            .dependencies
            .iter()
            .map(|it| format!("{}{} {} @{}", it.name, it.specifier, it.locked, &text[it.at.span.range()]))
            .collect()
    }

    #[test]
    fn the_project_itself_is_no_dependency() {
        let text = "[[package]]\nname = \"shop\"\nversion = \"1\"\nsource = { virtual = \".\" }\n[[package]]\nname = \"redis\"\nversion = \"5\"\n\
                    source = { registry = \"https://pypi.org/simple\" }\n";
        assert_eq!(show("uv.lock", text), ["redis==5 true @redis\"\nversion = \"5"]);
    }

    #[test]
    fn toml_locks_list_packages() {
        let text = "# by uv\nversion = 1\n[[package]]\nname = \"Celery\"\nversion = \"5.4.0\"\n[package.x]\nname = \"no\"\nversion = \"1\"\n[[package]]\nname = \"own\"\n[[package]]\nname=\"redis\"\r\nversion=\"5\"\r\n";
        assert_eq!(
            show("uv.lock", text),
            ["celery==5.4.0 true @Celery\"\nversion = \"5.4.0", "redis==5 true @redis\"\r\nversion=\"5"]
        );
        assert_eq!(show("poetry.lock", "[[package]]\nname\nname = \"\nversion =\n"), [""; 0]);
    }

    #[test]
    fn pipenv_locks_in_json() {
        let text = "{\"default\": {\"celery\": {\"version\": \"==5.4.0\"}, \"x\": {\"git\": \"y\"}}}";
        assert_eq!(show("Pipfile.lock", text), ["celery==5.4.0 true @celery\": {\"version\": \"==5.4.0"]);
    }
}
