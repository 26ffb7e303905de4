//! How a Python file reads the environment: its own idiom, or `os.environ`.

use crate::python::ir::BindingKind;
use crate::python::{Eval, ModuleId, Ref, ValueKind};

/// An expression that reads a variable, with the import it needs.
pub(super) struct Reader {
    /// The text before and after the quoted key.
    before: String,
    after: &'static str,
    pub import: Option<String>,
}

impl Reader {
    pub fn read(&self, key: &str, quote: char) -> String {
        format!("{}{quote}{key}{quote}{}", self.before, self.after)
    }
}

/// Objects of environment libraries that are called with the key.
const CALLABLE: &[&str] = &[
    "environ.Env",
    "environ.FileAwareEnv",
    "environs.Env",
    "decouple.AutoConfig",
    "decouple.Config",
    "starlette.config.Config",
];

/// The reader of a module at an offset: an object or function it has bound by then, before `os.environ`.
pub(super) fn reader_of(eval: &Eval, id: ModuleId, at: u32) -> Option<Reader> {
    let module = eval.modules.get(id);
    let mut names: Vec<_> = module.scope.names.iter().collect();
    names.sort_by(|a, b| a.0.cmp(b.0));
    let mut fallback = None;
    for (name, bindings) in names {
        let bound = bindings.first().is_some_and(|first| {
            let plain =
                matches!(first.kind, BindingKind::Value(_) | BindingKind::Import(_) | BindingKind::ImportFrom { .. });
            plain && !first.conditional && first.at.end <= at
        });
        if !bound {
            continue;
        }
        let Some(value) = eval.global(id, name) else { continue };
        let called = |after| Some(Reader { before: format!("{name}("), after, import: None });
        match &value.kind {
            ValueKind::Made(made) if CALLABLE.contains(&made.callee.as_str()) => return called(")"),
            ValueKind::Ref(Ref::External(path)) if path == "decouple.config" => return called(")"),
            ValueKind::Ref(Ref::External(path)) if path == "os" => {
                fallback = Some(Reader { before: format!("{name}.environ["), after: "]", import: None });
            }
            ValueKind::Ref(Ref::External(path)) if path == "os.environ" && fallback.is_none() => {
                fallback = Some(Reader { before: format!("{name}["), after: "]", import: None });
            }
            _ => {}
        }
    }
    // A module that binds `os` to something else cannot be helped this way.
    if fallback.is_none() && module.scope.names.contains_key("os") {
        return None;
    }
    Some(fallback.unwrap_or(Reader {
        before: "os.environ[".to_owned(),
        after: "]",
        import: Some("import os".to_owned()),
    }))
}
