//! What names of small projects are worth, written as short texts (see [`show`]).

use super::{CallSites, Eval};
use crate::python::ir::Scope;
use crate::python::modules::{Modules, Ref, Store};
use crate::python::value::{Args, Dict, EnvValue, Value, ValueKind};
use crate::source::{FileKind, Piece, SourceFile, Sources, Text};

mod classes;
mod functions;
mod imports;
mod names;
mod texts;

/// The value of the module-level name `x` in the first file.
fn project(files: &[(&str, &str)]) -> String {
    let sources = files.iter().map(|(path, text)| SourceFile::new(*path, FileKind::Python, *text)).collect();
    let sources = Sources::new("/nowhere".into(), None, sources);
    let store = Store::new(&sources);
    let table = Modules::new(&store, &sources);
    let sites = CallSites::new(&table, |_| true);
    let eval = Eval::new(&table, &sites);
    let main = sources.by_path(files[0].0).map_or(0, |file| file.id.0 as usize);
    eval.global(main, "x").map_or_else(|| "no such name".to_owned(), |value| Show(&table).value(&value))
}

/// Compares each text of a table with what its `x` is worth.
fn check(table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(text, expected)| {
            let actual = project(&[("main.py", text)]);
            (actual != *expected).then(|| format!("{text}\n  expected: {expected}\n  actual:   {actual}\n"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Writes values as short texts: `'abc'`, `$KEY` and `${KEY:-default}` for the environment, `?` for what is not known,
/// `a | b` for alternatives, `…` where a list or mapping may hold more.
struct Show<'a>(&'a Modules<'a>);

impl Show<'_> {
    fn value(&self, value: &Value) -> String {
        match &value.kind {
            ValueKind::Text(text) => format!("'{}'", self.text(text)),
            ValueKind::Int(number) => number.to_string(),
            ValueKind::Float(number) => format!("{number:?}"),
            ValueKind::Bool(boolean) => if *boolean { "True" } else { "False" }.to_owned(),
            ValueKind::None => "None".to_owned(),
            ValueKind::List { items, open } => {
                let items = items.iter().map(|item| self.value(item));
                format!("[{}]", join(items, *open))
            }
            ValueKind::Dict(dict) => self.dict(dict),
            ValueKind::Env(env) => self.env(env),
            ValueKind::Ref(to) => self.reference(to),
            ValueKind::Method { of, name } => format!("{}.{name}", self.value(of)),
            ValueKind::Made(made) => {
                let set: String =
                    made.attrs.iter().map(|(name, value)| format!(".{name}={}", self.value(value))).collect();
                format!("{}({}){set}", made.callee, self.args(&made.args))
            }
            ValueKind::Instance(instance) => {
                let class = self.0.get(instance.module).class(instance.class);
                format!("{}({})", class.name, self.args(&instance.args))
            }
            ValueKind::OneOf(values) => values.iter().map(|value| self.value(value)).collect::<Vec<_>>().join(" | "),
            ValueKind::Unknown => "?".to_owned(),
        }
    }

    fn dict(&self, dict: &Dict) -> String {
        let entries = dict.entries.iter().map(|(key, value)| format!("{}: {}", self.value(key), self.value(value)));
        format!("{{{}}}", join(entries, dict.open))
    }

    fn args(&self, args: &Args) -> String {
        let named = args.named.iter().map(|(name, value, _)| format!("{name}={}", self.value(value)));
        join(args.positional.iter().map(|value| self.value(value)).chain(named), args.open)
    }

    fn env(&self, env: &EnvValue) -> String {
        let keys = env.keys.join("|");
        match &env.default {
            Some(default) => format!("${{{keys}:-{}}}", self.value(default)),
            None => format!("${keys}"),
        }
    }

    fn text(&self, text: &Text) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal { text, .. } => text.clone(),
            Piece::Env { keys, default: None, .. } => format!("${}", keys.join("|")),
            Piece::Env { keys, default: Some(default), .. } => {
                format!("${{{}:-{}}}", keys.join("|"), self.text(default))
            }
            Piece::Unknown { .. } => "?".to_owned(),
        };
        text.pieces.iter().map(piece).collect()
    }

    fn reference(&self, to: &Ref) -> String {
        match to {
            Ref::Module(id) => format!("<{}>", self.0.path(*id)),
            Ref::Namespace(path) => format!("<{path}/>"),
            Ref::Function(module, id) => format!("<def {}>", self.0.get(*module).function(*id).name),
            Ref::Class(module, id) => format!("<class {}>", self.0.get(*module).class(*id).name),
            Ref::External(path) => format!("<{path}>"),
        }
    }
}

fn join(parts: impl Iterator<Item = String>, open: bool) -> String {
    parts.chain(open.then(|| "…".to_owned())).collect::<Vec<_>>().join(", ")
}

/// The value of an expression of the one module, where its statement stands.
#[test]
fn a_value_remembers_the_literal_and_the_names_it_came_through() {
    let files = [("main.py", "from conf import URL as url\nx = url\n"), ("conf.py", "RAW = 'a'\nURL = RAW\n")];
    let sources = files.iter().map(|(path, text)| SourceFile::new(*path, FileKind::Python, *text)).collect();
    let sources = Sources::new("/nowhere".into(), None, sources);
    let store = Store::new(&sources);
    let table = Modules::new(&store, &sources);
    let sites = CallSites::new(&table, |_| true);
    let eval = Eval::new(&table, &sites);
    let value = eval.global(1, "x").unwrap_or_else(Value::unknown);
    let told: Vec<String> = value
        .at
        .iter()
        .chain(&value.trail)
        .map(|loc| format!("{}:{} {}", sources.path(loc.file), sources.line(*loc), sources.snippet(*loc)))
        .collect();
    assert_eq!(told, ["conf.py:1 'a'", "conf.py:2 RAW", "main.py:2 url"]);
    assert_eq!(eval.expr(1, Scope::Module, crate::python::ir::ExprId(0)).kind, value.kind);
}
