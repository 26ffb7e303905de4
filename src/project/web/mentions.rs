//! What the definitions of a file mention, read from its text: for modules that have nothing to do with Celery or the web
//! by themselves, but may stand between a route and a task.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::project::link::is_test_path;
use crate::python::Modules;
use crate::source::words::{WordSet, places};

/// Sorted.
const COMMON: &[&str] = &[
    "apply", "check", "clean", "close", "commit", "copy", "create", "data", "delete", "execute", "filter", "form",
    "handle", "init", "items", "list", "load", "main", "name", "next", "open", "post", "process", "publish", "read",
    "remove", "render", "reset", "result", "retrieve", "run", "save", "search", "send", "setUp", "setup", "start",
    "status", "stop", "test", "update", "user", "validate", "value", "values", "view", "write",
];

/// The modules that are not relevant by themselves, libraries apart.
pub struct Texts<'t> {
    texts: Vec<&'t str>,
}

impl<'t> Texts<'t> {
    pub fn new(modules: &'t Modules<'t>) -> Self {
        let others = modules.others().filter(|id| !modules.is_library(*id) && !is_test_path(modules.path(*id)));
        Self { texts: others.map(|id| modules.text(id)).collect() }
    }

    /// Adds the names of the definitions that mention one of the names, `known` ones aside.
    pub fn spread(&self, names: &mut FxHashSet<&'t str>, known: &FxHashSet<&'t str>) {
        let new = names.iter().copied().filter(|name| !known.contains(name));
        let telling: WordSet = new.filter(|name| is_telling(name)).collect();
        if telling.is_empty() {
            return;
        }
        let found: Vec<Vec<&'t str>> = self.texts.par_iter().map(|text| definitions(text, &telling)).collect();
        names.extend(found.into_iter().flatten());
    }
}

/// Names that everybody uses tell nothing: what has one of them is found by its import or not at all.
fn is_telling(name: &str) -> bool {
    name.len() > 3 && !name.starts_with("__") && COMMON.binary_search(&name).is_err()
}

/// The functions and classes, and module-level names, whose lines mention one of the names.
fn definitions<'t>(text: &'t str, names: &WordSet) -> Vec<&'t str> {
    if !names.is_in(text) {
        return Vec::new();
    }
    let mut found = Vec::new();
    // The definitions around the line with their indentation, the outermost first, and how many of them are found.
    let mut around: Vec<(usize, &str)> = Vec::new();
    let mut told = 0;
    for line in text.lines().filter(|line| !line.trim_start().is_empty()) {
        let indent = indent_of(line);
        let closes = line[indent..].starts_with([')', ']', '}', '#']);
        while !closes && around.last().is_some_and(|(outer, _)| *outer >= indent) {
            around.pop();
        }
        told = told.min(around.len());
        if let Some(name) = defined(line) {
            around.push((indent, name));
        }
        if told == around.len() && !around.is_empty() || !names.is_in(line) {
            continue;
        }
        found.extend(around[told..].iter().map(|(_, name)| *name));
        told = around.len();
        if around.is_empty() {
            found.extend(assigned(line));
        }
    }
    found
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// The name that a `def` or `class` line defines.
fn defined(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("async ").map_or(line, str::trim_start);
    let rest = line.strip_prefix("def ").or_else(|| line.strip_prefix("class "))?;
    places(rest).next().filter(|word| rest[..word.start].trim().is_empty()).map(|word| &rest[word])
}

/// `name = …` at the top of a module.
fn assigned(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('=')?;
    let name = name.split(':').next().unwrap_or(name).trim();
    (!name.is_empty() && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_names_are_sorted_for_the_binary_search() {
        assert!(COMMON.is_sorted());
    }

    #[test]
    fn definitions_around_a_mention_are_found() {
        let text = "from a import send\n\nALIAS = send\n\nclass Box(Base):\n    @deco\n    async def put(\n        self,\n    ):\n                            if self:\n\n            send()\n\ndef other():\n    pass\n\ndef last(x): return send(x)\n";
        let names: WordSet = ["send"].into_iter().collect();
        assert_eq!(definitions(text, &names), ["ALIAS", "Box", "put", "last"]);
        assert_eq!(definitions("def a():\n    pass\n", &names), [""; 0]);
    }
}
