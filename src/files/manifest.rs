//! What a project says it depends on: `pyproject.toml`, `Pipfile`, `setup.cfg`.

use super::requirements::{normalised, requirement};
use super::tree::{Member, Node};
use super::{Dependency, FileFacts, ini, toml};
use crate::source::{FileId, Loc, Text};

/// Tables of a TOML manifest whose value lists requirements; `*` is any key.
const LISTS: &[&[&str]] = &[
    &["project", "dependencies"],
    &["project", "optional-dependencies", "*"],
    &["dependency-groups", "*"],
    &["tool", "uv", "dev-dependencies"],
    &["tool", "uv", "constraint-dependencies"],
    &["tool", "pdm", "dev-dependencies", "*"],
    &["tool", "hatch", "envs", "*", "dependencies"],
    &["tool", "hatch", "envs", "*", "extra-dependencies"],
    &["tool", "flit", "metadata", "requires"],
    &["tool", "flit", "metadata", "requires-extra", "*"],
];

/// Tables whose keys are the names.
const MAPS: &[&[&str]] = &[
    &["tool", "poetry", "dependencies"],
    &["tool", "poetry", "dev-dependencies"],
    &["tool", "poetry", "group", "*", "dependencies"],
    &["tool", "pixi", "pypi-dependencies"],
    &["tool", "pixi", "dependencies"],
    &["tool", "pixi", "feature", "*", "pypi-dependencies"],
    &["pypi-dependencies"],
    &["packages"],
    &["dev-packages"],
];

pub fn lower(path: &str, text: &str, file: FileId) -> FileFacts {
    if path.ends_with(".cfg") {
        return setup_cfg(path, text, file);
    }
    let mut facts = toml::lower(path, text, file);
    if facts.errors.is_empty()
        && let Ok(root) = toml::parse(text, file)
    {
        LISTS.iter().for_each(|path| walk(&root, path, &mut |node| list(node, &mut facts.dependencies)));
        MAPS.iter().for_each(|path| walk(&root, path, &mut |node| map(node, &mut facts.dependencies)));
        facts.dependencies.sort_by_key(|found| found.at.span.start);
    }
    facts
}

/// Calls `found` for every node under a path.
fn walk(node: &Node, path: &[&str], found: &mut dyn FnMut(&Node)) {
    match path.split_first() {
        None => found(node),
        Some((&"*", rest)) => node.members().iter().for_each(|member| walk(&member.value, rest, found)),
        Some((key, rest)) => {
            if let Some(inner) = node.get(key) {
                walk(inner, rest, found);
            }
        }
    }
}

fn list(node: &Node, found: &mut Vec<Dependency>) {
    for (text, at) in node.items().iter().filter_map(Node::scalar) {
        found.extend(parsed(text, at));
    }
}

/// A requirement in a string; placed at the string when it holds escapes.
fn parsed(text: &Text, at: Loc) -> Option<Dependency> {
    let written = text.as_literal()?;
    let exact = written.len() == at.span.len() as usize;
    let found = requirement(&written, at.span.start as usize, at.file)?;
    Some(if exact { found } else { Dependency { at, ..found } })
}

/// `name = "^1"`, `name = {version = "^1", extras = ["x"]}`, or a list of such.
fn map(node: &Node, found: &mut Vec<Dependency>) {
    for member in node.members().iter().filter(|member| member.key != "python") {
        let value = member.value.items().first().unwrap_or(&member.value);
        let version = value.scalar().or_else(|| value.get("version").and_then(Node::scalar));
        let extras = value.get("extras").map_or(&[][..], Node::items);
        found.push(named(member, version, extras));
    }
}

fn named(member: &Member, version: Option<(&Text, Loc)>, extras: &[Node]) -> Dependency {
    let specifier = version.and_then(|(text, _)| text.as_literal()).filter(|text| text != "*").unwrap_or_default();
    let end = version.map_or(member.at.span, |(_, at)| member.at.span.cover(at.span));
    Dependency {
        name: normalised(&member.key),
        extras: extras
            .iter()
            .filter_map(Node::scalar)
            .filter_map(|(text, _)| text.as_literal())
            .map(|extra| normalised(&extra))
            .collect(),
        specifier,
        at: Loc::new(member.at.file, end),
        locked: false,
    }
}

fn setup_cfg(path: &str, text: &str, file: FileId) -> FileFacts {
    let mut facts = ini::lower(path, text, file);
    for item in ini::items(text, &mut Vec::new()) {
        let requires = match item.section.as_str() {
            "options" => matches!(item.key.as_str(), "install_requires" | "tests_require"),
            "options.extras_require" => true,
            _ => false,
        };
        let lines = item.lines.iter().filter(|_| requires);
        facts.dependencies.extend(lines.filter_map(|span| requirement(&text[span.range()], span.start as usize, file)));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(path: &str, text: &str) -> Vec<String> {
        let facts = lower(path, text, FileId(0));
        let one = |it: &Dependency| {
            format!("{}[{}]{} @{}", it.name, it.extras.join(","), it.specifier, &text[it.at.span.range()])
        };
        facts.dependencies.iter().map(one).collect()
    }

    #[test]
    fn standard_tables_list_requirements() {
        let text = "[project]\nname = \"x\"\ndependencies = [\"Celery[redis]>=5\", \"a; extra == 'b'\"]\n[project.optional-dependencies]\nw = [\"flower\"]\n\
                    [dependency-groups]\ndev = [\"pytest-celery ~= 1.0\", {include-group = \"x\"}]\n[tool.uv]\ndev-dependencies = [\"c\"]\n";
        assert_eq!(
            show("pyproject.toml", text),
            [
                "celery[redis]>=5 @Celery[redis]>=5",
                "a[] @a",
                "flower[] @flower",
                "pytest-celery[]~= 1.0 @pytest-celery ~= 1.0",
                "c[] @c"
            ]
        );
    }

    #[test]
    fn poetry_and_pipenv_name_them_by_key() {
        let text = "[tool.poetry.dependencies]\npython = \"^3.12\"\ncelery = {version = \"^5.3\", extras = [\"Redis\"]}\nredis = \"*\"\n[tool.poetry.group.dev.dependencies]\nflower = [{version = \"2\"}]\n";
        assert_eq!(
            show("pyproject.toml", text),
            [
                "celery[redis]^5.3 @celery = {version = \"^5.3",
                "redis[] @redis = \"*",
                "flower[]2 @flower = [{version = \"2"
            ]
        );
        assert_eq!(
            show("Pipfile", "[packages]\ncelery = \"==5.4\"\n[dev-packages]\nx = {git = \"y\"}\n"),
            ["celery[]==5.4 @celery = \"==5.4", "x[] @x"]
        );
    }

    #[test]
    fn setup_cfg_lists_them_by_line() {
        let text =
            "[options]\ninstall_requires =\n    celery>=5 # c\n    redis\n[options.extras_require]\nw = flower; x\n";
        assert_eq!(show("setup.cfg", text), ["celery[]>=5 @celery>=5", "redis[] @redis", "flower[] @flower"]);
    }
}
