//! Which settings count: not those of tests and examples; and of the rest, which are for production, as far as names tell
//! (`settings/local.py`, `class TestConfig`, `if DEBUG:`).

use super::link::is_test_path;
use super::parts::is_manifest;
use super::setting::{How, Setting};
use crate::project::Project;
use crate::python::ir::{Block, ExprId, Module, StmtKind};
use crate::python::{Value, ValueKind};
use crate::source::{FileKind, Loc};

/// Directories whose code shows or measures something.
const SHOWN: &[&str] =
    &["docs", "doc", "examples", "example", "samples", "snippets", "benchmarks", "t", "site-packages", "templates"];
/// Words of files, classes, functions and conditions that are for development only.
const DEVELOPMENT: &[&str] =
    &["debug", "dev", "devel", "develop", "development", "local", "test", "tests", "testing", "ci", "eager", "pytest"];
const PRODUCTION: &[&str] = &["prod", "production", "live", "staging"];

/// The settings that surely reach Celery, outside tests and examples.
pub fn settings(project: &Project) -> impl Iterator<Item = &Setting> {
    project.settings.iter().filter(move |setting| {
        setting.how != How::Loose && !is_shown(project.sources.path(setting.at.file)) && {
            let app = setting.app.and_then(|app| project.apps.get(app));
            app.is_none_or(|app| !app.in_test)
        }
    })
}

/// Those of a name.
pub fn named<'p>(project: &'p Project, names: &'p [&str]) -> impl Iterator<Item = &'p Setting> {
    settings(project).filter(|setting| names.contains(&setting.name.as_str()))
}

/// Whether the project is a package whose views and tasks run in the projects of others: it makes no Celery app but for its
/// tests.
pub fn is_reusable(project: &Project) -> bool {
    let own = |path: &str| !is_shown(path);
    let apps = project.apps.iter().any(|app| !app.in_test && own(project.sources.path(app.at.file)));
    !apps && project.sources.files.iter().any(|file| own(&file.path) && is_manifest(file))
}

/// Whether tasks may run where they are called: `task_always_eager` is, or may be, on outside tests.
pub fn runs_eagerly(project: &Project) -> bool {
    named(project, &["task_always_eager"]).any(|setting| {
        let off = |value: &Value| matches!(value.kind, ValueKind::Bool(false) | ValueKind::None | ValueKind::Int(0));
        let unset = match &setting.value.kind {
            ValueKind::Env(env) => env.default.as_ref().is_some_and(off),
            _ => off(&setting.value),
        };
        !unset && is_production(project, setting.at)
    })
}

/// Whether a path is of a test, an example or documentation.
pub fn is_shown(path: &str) -> bool {
    let tests = ["test", "tests", "testing", "testsettings"];
    let hidden = |part: &str| SHOWN.contains(&part) || part.contains("{{") || speaks_of(part, &tests);
    is_test_path(path) || path.split('/').any(hidden)
}

/// Whether nothing says that a place in a Python file is for development only.
pub fn is_production(project: &Project, at: Loc) -> bool {
    let file = project.sources.get(at.file);
    let names = file.path.rsplit('/').take(2).any(|part| speaks_of(part, DEVELOPMENT));
    if is_shown(&file.path) || names {
        return false;
    }
    file.kind != FileKind::Python || module(project, at).is_none_or(|module| is_taken(project, module, at))
}

/// The lowered file of a place.
pub fn module(project: &Project, at: Loc) -> Option<&Module> {
    Some(project.modules.get(&project.sources, project.modules.of_file(at.file)?))
}

/// Whether the classes, functions and branches around a place are not only for development.
fn is_taken(project: &Project, module: &Module, at: Loc) -> bool {
    let around = |span: crate::source::Span| span.contains(at.span);
    let classes = module.classes.iter().filter(|class| around(class.span));
    let functions = module.functions.iter().filter(|function| around(function.span));
    let named = classes.clone().map(|class| &class.name).chain(functions.clone().map(|function| &function.name));
    if named.into_iter().any(|name| speaks_of(name, DEVELOPMENT)) {
        return false;
    }
    let bodies = classes.map(|class| &class.body).chain(functions.map(|function| &function.body));
    bodies.chain([&module.body]).all(|body| !is_guarded(project, module, body, at, 0))
}

/// Whether an `if` of a block leads to the place only in development.
fn is_guarded(project: &Project, module: &Module, block: &Block, at: Loc, depth: u32) -> bool {
    let Some(stmt) = block.iter().find(|stmt| stmt.span.contains(at.span)).filter(|_| depth < 32) else { return false };
    let StmtKind::If(branches) = &stmt.kind else {
        return stmt.blocks().into_iter().any(|block| is_guarded(project, module, block, at, depth + 1));
    };
    let mut before: Vec<ExprId> = Vec::new();
    for (test, body) in branches {
        if body.iter().any(|stmt| stmt.span.contains(at.span)) {
            let says = |test: &ExprId| meaning(project.sources.snippet(Loc::new(at.file, module.span(*test))));
            let own = test.as_ref().is_some_and(|test| says(test) == Some(false));
            let other = before.iter().any(|test| says(test) == Some(true));
            return own || other || is_guarded(project, module, body, at, depth + 1);
        }
        before.extend(*test);
    }
    false
}

/// What a condition asks: `Some(true)` whether this is production, `Some(false)` whether it is development.
fn meaning(test: &str) -> Option<bool> {
    let negated = test.trim_start().starts_with("not ") || test.contains("!=");
    if speaks_of(test, PRODUCTION) { Some(!negated) } else { speaks_of(test, DEVELOPMENT).then_some(negated) }
}

/// Whether one of the words of a name or a condition is one of the list: `TestingConfig`, `IS_DEV`, `settings_local.py`.
fn speaks_of(text: &str, words: &[&str]) -> bool {
    let mut word = String::new();
    let mut previous = ' ';
    for c in text.chars().chain([' ']) {
        let next = !c.is_ascii_alphanumeric() || c.is_ascii_uppercase() && previous.is_ascii_lowercase();
        if next {
            if words.contains(&word.as_str()) {
                return true;
            }
            word.clear();
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
        previous = c;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::kind::by_name;
    use crate::source::{SourceFile, Sources};

    /// Whether the `here` of a Python file is for production.
    fn produces(path: &str, text: &str) -> bool {
        let file = SourceFile::new(path, by_name(path).unwrap(), text);
        let project = Project::link(Sources::new("/p".into(), None, vec![file]), &Default::default());
        let start = text.find("here").unwrap();
        is_production(&project, Loc::new(project.sources.files[0].id, crate::source::Span::of(start, start + 4)))
    }

    #[test]
    fn names_of_files_and_classes_tell() {
        let cases = [
            ("shop/settings/base.py", true),
            ("shop/settings/production.py", true),
            ("shop/settings/local.py", false),
            ("shop/settings_dev.py", false),
            ("config/test.py", false),
            ("examples/settings.py", false),
            ("shop/latest.py", true),
        ];
        for (path, expected) in cases {
            assert_eq!(produces(path, "x = 'here'\n"), expected, "{path}");
        }
        assert!(!produces("a.py", "class TestingConfig:\n    x = 'here'\n"));
        assert!(produces("a.py", "class Config:\n    x = 'here'\n"));
    }

    #[test]
    fn conditions_tell() {
        let cases = [
            ("if DEBUG:\n    x = 'here'\n", false),
            ("if not DEBUG:\n    x = 'here'\n", true),
            ("if not DEBUG:\n    pass\nelse:\n    x = 'here'\n", false),
            ("if DEBUG:\n    pass\nelse:\n    x = 'here'\n", true),
            ("if env == 'production':\n    pass\nelse:\n    x = 'here'\n", false),
            ("def make():\n    if settings.TESTING:\n        x = 'here'\n", false),
            ("if HAS_REDIS:\n    x = 'here'\n", true),
        ];
        for (text, expected) in cases {
            assert_eq!(produces("a.py", text), expected, "{text}");
        }
    }
}
