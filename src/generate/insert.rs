//! Text that is put into files that exist: import statements where their like stand, and statements behind others.

use super::render::formatted;
use super::style::Style;
use crate::python::ir::{Module, StmtKind};
use crate::source::Span;

/// `from module import name as alias`, at the top of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// With its leading dots.
    pub module: String,
    pub name: String,
    pub alias: Option<String>,
}

/// A text and the place that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    pub at: Span,
    pub text: String,
}

impl Import {
    pub fn statement(&self) -> String {
        format!("from {} import {}", self.module, self.imported())
    }

    fn imported(&self) -> String {
        match &self.alias {
            Some(alias) => format!("{} as {alias}", self.name),
            None => self.name.clone(),
        }
    }
}

/// One `from … import …` at the top of a module.
struct From<'m> {
    span: Span,
    module: String,
    names: Vec<&'m str>,
}

/// The edit that adds an import to a module: to a statement that imports from the same module, else before the first one of
/// the same kind that sorts after it.
/// `is_like` says of a top-level package whether its imports stand in the same section.
pub fn import(module: &Module, text: &str, import: &Import, is_like: &dyn Fn(&str) -> bool, style: Style) -> Insertion {
    let statements = top_level(module, text);
    let same = statements.iter().find(|it| it.module == import.module && !it.names.contains(&"*"));
    if let Some(same) = same
        && !text.get(same.span.range()).unwrap_or_default().contains('#')
        && let Some(merged) = merged(module, text, same, import, style)
    {
        return merged;
    }
    let is_relative = import.module.starts_with('.');
    let is_like = |it: &&From| match it.module.split('.').next().unwrap_or_default() {
        "" => is_relative,
        top => !is_relative && is_like(top),
    };
    let like: Vec<&From> = statements.iter().filter(is_like).collect();
    let line = import.statement();
    if let Some(later) = like.iter().find(|it| it.module > import.module) {
        return Insertion { at: Span::new(later.span.start, later.span.start), text: format!("{line}\n") };
    }
    match (like.last(), last_import(module)) {
        (Some(before), _) => behind(text, before.span.end, &line),
        (None, Some(end)) => behind(text, end, &format!("\n{line}")),
        (None, None) => first(module, text, &line),
    }
}

/// A line behind the one that holds a place.
fn behind(text: &str, end: u32, line: &str) -> Insertion {
    let at = line_end(text, end);
    Insertion { at: Span::new(at, at), text: format!("\n{line}") }
}

fn first(module: &Module, text: &str, line: &str) -> Insertion {
    let at = Span::new(module.import_at, module.import_at);
    if module.import_at > 0 {
        return Insertion { at, text: format!("\n\n{line}") };
    }
    let gap = if text.trim().is_empty() { "\n" } else { "\n\n" };
    Insertion { at, text: format!("{line}{gap}") }
}

fn top_level<'m>(module: &'m Module, text: &str) -> Vec<From<'m>> {
    let mut found: Vec<From> = Vec::new();
    for statement in module.body.iter().filter(|it| matches!(it.kind, StmtKind::Import)) {
        let names: Vec<_> = module.imports.iter().filter(|it| it.statement == statement.span).collect();
        let Some(one) = names.first().filter(|it| it.name.is_some() && !it.guarded) else { continue };
        if !text.get(statement.span.range()).is_some_and(|it| it.starts_with("from")) {
            continue;
        }
        let module = format!("{}{}", ".".repeat(one.module.level as usize), one.module.name);
        found.push(From {
            span: statement.span,
            module,
            names: names.iter().filter_map(|it| it.name.as_deref()).collect(),
        });
    }
    found
}

/// Where the last import of the module's head ends.
fn last_import(module: &Module) -> Option<u32> {
    let imports = module.body.iter().filter(|it| matches!(it.kind, StmtKind::Import));
    // Imports far below are there for a reason.
    let head = imports
        .take_while(|it| !module.body.iter().any(|other| other.span.end <= it.span.start && is_code(&other.kind)));
    head.map(|it| it.span.end).last()
}

fn is_code(kind: &StmtKind) -> bool {
    matches!(kind, StmtKind::Function(_) | StmtKind::Class(_) | StmtKind::Assign { .. } | StmtKind::For { .. })
}

/// The statement with one more name, in its place among the others.
fn merged(module: &Module, text: &str, from: &From, import: &Import, style: Style) -> Option<Insertion> {
    let all = module.imports.iter().filter(|it| it.statement == from.span);
    let mut names: Vec<String> = Vec::new();
    for imported in all {
        let name = imported.name.as_deref()?;
        let alias = imported.bound.as_deref().filter(|bound| *bound != name);
        names.push(alias.map_or_else(|| name.to_owned(), |alias| format!("{name} as {alias}")));
    }
    let own = import.imported();
    if names.contains(&own) {
        return None;
    }
    let at = names.iter().position(|name| key(name) > key(&own)).unwrap_or(names.len());
    names.insert(at, own);
    let source = format!("from {} import {}\n", from.module, names.join(", "));
    text.get(from.span.range())?;
    let text = formatted(&source, style).ok()?.trim_end().to_owned();
    Some(Insertion { at: from.span, text })
}

/// isort's order: constants, classes, everything else.
fn key(name: &str) -> (u8, &str) {
    let has_lower = name.chars().any(char::is_lowercase);
    let rank = match name.starts_with(char::is_uppercase) {
        true if has_lower => 1,
        true => 0,
        false => 2,
    };
    (rank, name)
}

/// A statement behind another one of its block, with the same indentation.
pub fn statement(text: &str, after: Span, code: &str) -> Insertion {
    let indent = indentation(text, after.start);
    let indented = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("\n{indent}{line}") };
    let code: String = code.lines().map(indented).collect();
    let at = line_end(text, after.end);
    Insertion { at: Span::new(at, at), text: code }
}

/// What stands before the code of a line.
pub fn indentation(text: &str, at: u32) -> &str {
    let start = text.get(..at as usize).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let line = text.get(start..).unwrap_or_default();
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The end of the line that holds a place, without its line end.
fn line_end(text: &str, at: u32) -> u32 {
    let rest = text.get(at as usize..).unwrap_or_default();
    let length = rest.find('\n').unwrap_or(rest.len());
    at + rest[..length].trim_end_matches('\r').len() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::lower::lower;
    use crate::source::FileId;

    /// The text with `from app.routers import tasks` added.
    fn imported(text: &str) -> String {
        let import = Import { module: "app.routers".to_owned(), name: "tasks".to_owned(), alias: None };
        let module = lower(FileId(0), text);
        let Insertion { at, text: new } = super::import(&module, text, &import, &|top| top == "app", Style::default());
        let mut text = text.to_owned();
        text.replace_range(at.range(), &new);
        text
    }

    #[test]
    fn imports_go_where_they_belong() {
        let new = "from app.routers import tasks\n";
        let cases = [
            // To the statement that imports from there, in order.
            ("from app.routers import reports, users\n", "from app.routers import reports, tasks, users\n".to_owned()),
            ("from app.routers import LIMIT, Users\n", "from app.routers import LIMIT, Users, tasks\n".to_owned()),
            ("from app.routers import users as u\n", "from app.routers import tasks, users as u\n".to_owned()),
            // Beside its like.
            (
                "import os\n\nfrom app.db import b\nfrom app.zoo import z\n",
                format!("import os\n\nfrom app.db import b\n{new}from app.zoo import z\n"),
            ),
            (
                "import os\n\nfrom app.db import b  # why\n\nx = 1\n",
                format!("import os\n\nfrom app.db import b  # why\n{new}\nx = 1\n"),
            ),
            // A comment belongs to its statement.
            (
                "from app.routers import (  # why\n    users,\n)\n",
                format!("from app.routers import (  # why\n    users,\n)\n{new}"),
            ),
            // A section of its own, behind all others.
            (
                "import os\nfrom fastapi import FastAPI\n\napp = FastAPI()\n",
                format!("import os\nfrom fastapi import FastAPI\n\n{new}\napp = FastAPI()\n"),
            ),
            // None is there.
            ("\"\"\"Words.\"\"\"\n\nx = 1\n", format!("\"\"\"Words.\"\"\"\n\n{new}\nx = 1\n")),
            ("x = 1\n", format!("{new}\nx = 1\n")),
            ("", new.to_owned()),
        ];
        for (text, expected) in cases {
            assert_eq!(imported(text), expected, "{text}");
        }
    }

    #[test]
    fn a_long_import_is_broken_as_the_formatter_does() {
        let names: Vec<String> = (0..20).map(|number| format!("name{number:02}")).collect();
        let text = format!("from app.routers import {}\n", names.join(", "));
        assert!(imported(&text).starts_with("from app.routers import (\n    name00,\n"));
        assert!(imported(&text).ends_with("    name19,\n    tasks,\n)\n"));
    }

    #[test]
    fn statements_follow_others_with_their_indentation() {
        let text = "def create():\n\tapp = Flask()  # here\n\treturn app\n";
        let start = text.find("app").map_or(0, |at| at as u32);
        let Insertion { at, text: new } = statement(text, Span::new(start, start + 13), "import x\n\napp.add(x)");
        let mut after = text.to_owned();
        after.replace_range(at.range(), &new);
        assert_eq!(after, "def create():\n\tapp = Flask()  # here\n\timport x\n\n\tapp.add(x)\n\treturn app\n");
    }
}
