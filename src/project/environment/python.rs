//! Reads in Python: calls, items, settings classes, attributes of dynaconf; and what the project's code sets itself.

use aho_corasick::AhoCorasick;
use rustc_hash::FxHashSet;

use super::candidates::Candidates;
use super::roots::is_aside;
use super::{EnvKey, EnvRead, Found, OpenRead, spared, tested, whole};
use crate::files::Need;
use crate::project::link::{Linking, is_test_path};
use crate::python::eval::Access;
use crate::python::ir::{CallFact, ClassId, CompareOp, ExprId, ExprKind, Module, Name, StmtKind};
use crate::python::modules::ModuleId;
use crate::python::scopes::ScopeIndex;
use crate::python::value::{Value, ValueKind};
use crate::python::{Eval, Ref};
use crate::source::{Loc, Span, Text};

/// Words without which a module does not read the environment by itself.
pub const MARKERS: &[&str] = &[
    "environ",
    "getenv",
    "decouple",
    "BaseSettings",
    "starlette.config",
    "dynaconf",
    "dotenv",
    "envvar",
    "prettyconf",
    "envparse",
    "dj_database_url",
    "dj_email_url",
    "django_cache_url",
    "from_prefixed_env",
    "env_prefix",
    "load_environment_vars",
    "pydantic_settings",
];

pub(super) fn find(linking: &Linking) -> Vec<Found> {
    let plan = Plan::of(linking);
    linking.per_module(|eval, id| module_uses(linking, eval, id, &plan))
}

/// Which modules and names can have to do with the environment at all.
struct Plan<'a> {
    marked: FxHashSet<ModuleId>,
    candidates: &'a Candidates,
    settings: bool,
    dynaconf: bool,
    /// Modules that a command of the project runs as a program.
    started: FxHashSet<ModuleId>,
    /// Names that are called somewhere: an instantiated settings class is one of them.
    called: FxHashSet<Name>,
}

impl<'a> Plan<'a> {
    fn of(linking: &Linking<'a>) -> Self {
        let finder = AhoCorasick::new(MARKERS).ok();
        let modules = linking.modules;
        let is_marked = |id: &ModuleId| finder.as_ref().is_none_or(|finder| finder.is_match(modules.text(*id)));
        let marked: FxHashSet<ModuleId> = modules.relevant.iter().copied().filter(is_marked).collect();
        let has = |word: &str| marked.iter().any(|id| modules.text(*id).contains(word));
        let (settings, dynaconf) = (has("BaseSettings"), has("dynaconf"));
        let relevant = || modules.relevant.iter().map(|id| modules.get(*id));
        let called = relevant().flat_map(|module| module.calls.iter().filter_map(|fact| called_name(module, fact)));
        let called = called.cloned().collect();
        Self { called, started: started(linking), marked, candidates: linking.candidates, settings, dynaconf }
    }
}

/// The modules that a command names as a file (`python worker.py`) or as a module (`python -m shop.worker`).
fn started(linking: &Linking) -> FxHashSet<ModuleId> {
    let words = linking.facts.iter().filter(|(file, _)| !is_aside(linking.sources.path(*file)));
    let words = words.flat_map(|(_, facts)| &facts.commands).flat_map(|command| &command.words);
    let names: FxHashSet<String> = words.filter_map(|word| word.text.as_literal()).filter_map(program).collect();
    let is_started = |id: &ModuleId| {
        let stem = linking.modules.path(*id).trim_end_matches(".py").trim_end_matches("/__main__");
        names.contains(stem.rsplit('/').next().unwrap_or(stem))
    };
    linking.modules.relevant.iter().copied().filter(is_started).collect()
}

/// The last part of what could be a program's file or module.
fn program(word: String) -> Option<String> {
    let stem = word.strip_suffix(".py").unwrap_or(&word);
    let name = stem.rsplit(['/', '.']).next().unwrap_or(stem);
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    (is_name && (word.ends_with(".py") || !word.contains('/'))).then(|| name.to_owned())
}

/// What runs only when somebody runs the module itself: the bodies of `if __name__ == "__main__":`.
fn run_by_hand(module: &Module) -> Vec<Span> {
    let is_main = |test: ExprId| {
        let ExprKind::Compare { left, rest } = &module.expr(test).kind else { return false };
        let [(CompareOp::Equal, right)] = &**rest else { return false };
        let names = |expr: ExprId| matches!(&module.expr(expr).kind, ExprKind::Name(name) if &**name == "__name__");
        names(*left) || names(*right)
    };
    let mut found = Vec::new();
    for stmt in &module.body {
        let StmtKind::If(branches) = &stmt.kind else { continue };
        for (_, body) in branches.iter().filter(|(test, _)| test.is_some_and(is_main)) {
            found.extend(body.first().zip(body.last()).map(|(first, last)| first.span.cover(last.span)));
        }
    }
    found
}

/// The last name of what a call calls.
fn called_name<'m>(module: &'m Module, fact: &CallFact) -> Option<&'m Name> {
    module.last_name(module.call(fact.call)?.func)
}

fn module_uses(linking: &Linking, eval: &Eval, id: ModuleId, plan: &Plan) -> Vec<Found> {
    let module = eval.modules.get(id);
    let mut scan = Scan { linking, eval, id, module, plan, found: Vec::new() };
    scan.calls_and_items();
    if plan.settings {
        scan.settings_classes();
    }
    if plan.dynaconf {
        scan.dynaconf();
    }
    if plan.marked.contains(&id) {
        whole::find(eval, id, &mut scan.found);
        scan.writes();
    }
    scan.found
}

/// What one expression reads.
pub(super) struct Reading {
    pub expr: ExprId,
    pub accesses: Vec<Access>,
}

struct Scan<'a> {
    linking: &'a Linking<'a>,
    eval: &'a Eval<'a>,
    id: ModuleId,
    module: &'a Module,
    plan: &'a Plan<'a>,
    found: Vec<Found>,
}

impl Scan<'_> {
    fn calls_and_items(&mut self) {
        let mut none = spared::deleted(self.module);
        none.extend(self.module.stores.iter().filter(|store| store.op.is_none()).map(|store| store.target));
        let mut found: Vec<Reading> = Vec::new();
        for fact in self.module.calls.iter().filter(|fact| self.may_read(fact.call)) {
            found.push(Reading { expr: fact.call, accesses: self.eval.read_at(self.id, fact.context, fact.call) });
        }
        for read in self.module.reads.iter().filter(|read| self.may_read(read.expr) && !none.contains(&read.expr)) {
            found.push(Reading { expr: read.expr, accesses: self.eval.read_at(self.id, read.context, read.expr) });
        }
        found.retain(|reading| !reading.accesses.is_empty());
        tested::correct(self.module, self.eval.modules.text(self.id), &mut found);
        spared::alternatives(self.module, &mut found);
        let by_hand = if self.plan.started.contains(&self.id) { Vec::new() } else { run_by_hand(self.module) };
        for reading in found {
            let span = self.module.span(reading.expr);
            let aside = by_hand.iter().any(|part| part.contains(span));
            reading.accesses.into_iter().for_each(|access| self.push(access, Some(span), aside));
        }
    }

    fn may_read(&self, expr: ExprId) -> bool {
        self.plan.candidates.may_read(self.id, self.module, expr)
    }

    /// `place` is the call or the item that reads; none for an attribute, whose name is the key.
    fn push(&mut self, access: Access, place: Option<Span>, aside: bool) {
        let path = self.eval.modules.path(self.id);
        if access.dynamic {
            let at = access.keys.first().map_or(Loc::new(self.module.file, Default::default()), |key| key.at);
            self.found.push(Found::Open(OpenRead { prefix: access.prefix.clone(), at }));
        }
        let file = self.module.file;
        let is_within = |at: Loc, place: Span| at.file == file && place.contains(at.span);
        let has_default = access.default.as_ref().is_some_and(is_something);
        let default = access.default.as_ref().and_then(plain_default);
        for key in access.keys {
            let home = self.linking.sources.path(key.at.file);
            self.found.push(Found::Read(EnvRead {
                key: EnvKey { names: key.names, ignore_case: access.ignore_case },
                need: access.need,
                // A name that is written elsewhere is not the place that reads.
                at: place.filter(|place| !is_within(key.at, *place)).map_or(key.at, |place| Loc::new(file, place)),
                named_at: key.at,
                how: access.how,
                connects: false,
                in_test: is_test_path(path),
                aside: aside || is_aside(path) || is_test_path(home),
                implicit: false,
                has_default,
                default: default.clone(),
            }));
        }
    }

    /// Settings classes that are used, or that no other settings class of the project derives from.
    fn settings_classes(&mut self) {
        let path = self.eval.modules.path(self.id);
        for index in 0..self.module.classes.len() {
            let class = ClassId(index as u32);
            if self.module.class(class).bases.is_empty() || !self.eval.is_settings_class(self.id, class) {
                continue;
            }
            let own = &self.module.class(class).name;
            if self.is_base(class) && !self.plan.called.contains(own) {
                continue;
            }
            for field in self.eval.settings_fields(self.id, class) {
                self.found.push(Found::Read(EnvRead {
                    key: EnvKey { names: field.keys, ignore_case: field.ignore_case },
                    need: if field.default.is_some() { Need::Optional } else { Need::Required },
                    at: field.key_at,
                    named_at: field.key_at,
                    how: "pydantic-settings",
                    connects: false,
                    in_test: is_test_path(path),
                    aside: is_aside(path),
                    implicit: field.implicit,
                    has_default: field.default.as_ref().is_some_and(is_something),
                    default: field.default.as_ref().and_then(plain_default),
                }));
            }
        }
    }

    /// Whether another class of the project derives from the class.
    fn is_base(&self, class: ClassId) -> bool {
        let own = (self.id, class);
        let name = &self.module.class(class).name;
        self.linking.modules.relevant.iter().any(|id| {
            let (id, module) = (*id, self.linking.modules.get(*id));
            module.classes.iter().enumerate().any(|(index, other)| {
                let derived = (id, ClassId(index as u32));
                let names = || other.bases.iter().any(|base| module.last_name(*base).is_some_and(|last| last == name));
                derived != own && names() && self.eval.settings_chain(derived.0, derived.1).contains(&own)
            })
        })
    }

    /// `settings.BROKER_URL` of a dynaconf object.
    fn dynaconf(&mut self) {
        let scopes = ScopeIndex::new(self.module);
        for (index, expr) in self.module.exprs.iter().enumerate() {
            let ExprKind::Attribute { value, attr } = &expr.kind else { continue };
            let upper = attr.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
            if !upper || !matches!(self.module.expr(*value).kind, ExprKind::Name(_) | ExprKind::Attribute { .. }) {
                continue;
            }
            let id = ExprId(index as u32);
            let value = self.eval.expr(self.id, scopes.of(self.module, expr.span), id);
            if let ValueKind::Env(read) = &value.kind
                && read.how == "dynaconf"
            {
                let mut access = Access::of_value(read);
                let at = Loc::new(self.module.file, self.module.attr_span(id));
                access.keys.iter_mut().for_each(|key| key.at = at);
                self.push(access, None, false);
            }
        }
    }

    /// `os.environ["X"] = …`, `os.environ.update(…)`, `os.putenv("X", …)`, `os.environ.setdefault("X", …)`.
    fn writes(&mut self) {
        if is_test_path(self.eval.modules.path(self.id)) {
            return;
        }
        for store in self.module.stores.iter().filter(|store| store.op.is_none()) {
            if let ExprKind::Subscript { value, index } = self.module.expr(store.target).kind
                && self.may_read(store.target)
                && is_os_environ(&self.eval.expr(self.id, store.scope, value))
            {
                let key = self.eval.expr(self.id, store.scope, index);
                self.found.extend(literals(&key).map(Found::Written));
            }
        }
        for fact in &self.module.calls {
            let Some(call) = self.module.call(fact.call).filter(|_| self.may_read(fact.call)) else { continue };
            let callee = self.eval.expr(self.id, fact.context.scope, call.func);
            let Some(path) = callee.external() else { continue };
            let first = call.positional().next().map(|first| self.eval.expr(self.id, fact.context.scope, first.value));
            match path {
                "os.putenv" => self.found.extend(first.iter().flat_map(literals).map(Found::Written)),
                "os.environ.setdefault" if fact.context.dropped => {
                    self.found.extend(first.iter().flat_map(literals).map(Found::Written));
                }
                "os.environ.update" => {
                    if let Some(ValueKind::Dict(dict)) = first.map(|first| first.kind) {
                        let keys = dict.entries.iter().filter_map(|(key, _)| key.as_literal());
                        self.found.extend(keys.map(Found::Written));
                    }
                    let named = call.args.iter().filter_map(|argument| argument.name.as_ref());
                    self.found.extend(named.map(|name| Found::Written(name.to_string())));
                }
                _ => {}
            }
        }
    }
}

/// Every text that a value may be (the names that a loop goes through).
fn literals(value: &Value) -> impl Iterator<Item = String> {
    value.alternatives().iter().filter_map(Value::as_literal)
}

fn is_os_environ(value: &Value) -> bool {
    matches!(&value.kind, ValueKind::Ref(Ref::External(path)) if path == "os.environ")
}

/// Whether a default is more than a way to say that there is none.
fn is_something(default: &Value) -> bool {
    !matches!(default.kind, ValueKind::None)
}

/// A default as an env file would write it: numbers, booleans and short plain words; never what could be a credential.
fn plain_default(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::Int(number) => Some(number.to_string()),
        ValueKind::Float(number) => Some(number.to_string()),
        ValueKind::Bool(true) => Some("true".to_owned()),
        ValueKind::Bool(false) => Some("false".to_owned()),
        ValueKind::Text(text) => plain_text(text),
        _ => None,
    }
}

fn plain_text(text: &Text) -> Option<String> {
    text.as_literal().filter(|text| !text.is_empty())
}
