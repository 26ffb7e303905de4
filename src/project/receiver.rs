//! Functions that are connected to Celery's signals.

use super::link::{Linking, is_test_path};
use super::objects::{Sure, is_app};
use super::production::is_shown;
use crate::python::ir::{Argument, Call, ExprId, ExprKind, Function, FunctionId, Module, ParamKind, Scope};
use crate::python::{Eval, ModuleId, Ref, ValueKind};
use crate::source::{Loc, Span};

/// One function that receives a signal, outside tests and examples.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// The signal's name (`worker_ready`, `on_after_configure`).
    pub signal: String,
    /// The decorator, or the call of `connect`.
    pub at: Loc,
    /// The function's name; a lambda as a whole.
    pub name: String,
    pub name_at: Loc,
    /// It takes `**kwargs`.
    pub takes_keywords: bool,
    /// Where `**kwargs` can be written, and what stands before it there; none when that is not certain.
    pub keywords_at: Option<(Loc, &'static str)>,
    /// The function around it, when nothing but the signal's weak reference keeps it once that has returned; its name.
    pub lost: Option<Lost>,
    /// Where `weak=False` can be written: in parentheses that hold arguments, in empty ones, or behind `connect`.
    pub weak_at: Option<(Loc, &'static str)>,
}

/// Why a receiver is gone before the signal is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// It is defined in this function.
    Local(String),
    /// It is a lambda.
    Lambda,
}

/// Signals of an app.
const APP_SIGNALS: &[&str] = &["on_after_configure", "on_after_finalize", "on_after_fork", "on_configure"];
/// What keeps a function from returning, as far as a program for workers is concerned.
const RUNNING: &[&str] = &["worker_main(", ".start(", ".run(", ".Worker(", "run_forever(", "yield", ".main("];

pub fn find(linking: &Linking) -> Vec<Receiver> {
    linking.per_module(|eval, id| {
        let (path, text) = (linking.modules.path(id), linking.modules.text(id));
        if memchr::memmem::find(text.as_bytes(), b".connect").is_none() || is_test_path(path) || is_shown(path) {
            return Vec::new();
        }
        let module = linking.modules.get(id);
        let mut found = decorated(eval, id, module, text);
        found.extend(connected(eval, id, module, text));
        found.sort_by_key(|receiver| receiver.at);
        found
    })
}

/// `@worker_ready.connect`, `@worker_ready.connect(sender=…)`
fn decorated(eval: &Eval, id: ModuleId, module: &Module, text: &str) -> Vec<Receiver> {
    let mut found = Vec::new();
    for (index, function) in module.functions.iter().enumerate() {
        let [decorator] = &*function.decorators else { continue };
        let call = module.call(decorator.value);
        let callee = call.map_or(decorator.value, |call| call.func);
        let Some(signal) = signal(eval, id, module, function.parent, callee) else { continue };
        let at = Loc::new(module.file, decorator.span);
        let mut receiver = describe(module, text, FunctionId(index as u32), at, signal);
        receiver.lost = local(module, text, function).filter(|_| is_weak(module, call));
        receiver.weak_at = weak_at(module, text, call, decorator.span);
        found.push(receiver);
    }
    found
}

/// `worker_ready.connect(function)`
fn connected(eval: &Eval, id: ModuleId, module: &Module, text: &str) -> Vec<Receiver> {
    let mut found = Vec::new();
    for fact in module.calls.iter().filter(|fact| !fact.context.in_decorator) {
        let Some(call) = module.call(fact.call) else { continue };
        let Some(first) = call.positional().next().filter(|_| is_connect(module, call.func)) else { continue };
        let scope = fact.context.scope;
        let Some(signal) = signal(eval, id, module, scope, call.func) else { continue };
        let ValueKind::Ref(Ref::Function(home, function)) = eval.expr(id, scope, first.value).kind else { continue };
        let lowered = eval.modules.get(home).function(function);
        // What decorators make of it is not known; methods are given their object.
        if home != id || !lowered.decorators.is_empty() || matches!(lowered.parent, Scope::Class(_)) {
            continue;
        }
        let at = Loc::new(module.file, module.span(fact.call));
        let mut receiver = describe(module, text, function, at, signal);
        let is_lambda = matches!(module.expr(first.value).kind, ExprKind::Lambda(_));
        receiver.lost = match is_lambda {
            true => Some(Lost::Lambda),
            false => local_once(module, text, lowered, 2),
        };
        receiver.lost = receiver.lost.filter(|_| is_weak(module, Some(call)));
        receiver.weak_at = weak_at(module, text, Some(call), module.span(fact.call));
        found.push(receiver);
    }
    found
}

fn is_connect(module: &Module, callee: ExprId) -> bool {
    matches!(&module.expr(callee).kind, ExprKind::Attribute { attr, .. } if &**attr == "connect")
}

/// The signal of Celery whose `connect` an expression is.
fn signal(eval: &Eval, id: ModuleId, module: &Module, scope: Scope, callee: ExprId) -> Option<String> {
    let ExprKind::Attribute { value, attr, .. } = &module.expr(callee).kind else { return None };
    if &**attr != "connect" {
        return None;
    }
    let of = eval.expr(id, scope, *value);
    if let Some(path) = of.external() {
        let own = path.strip_prefix("celery.signals.").or_else(|| {
            let (app, signal) = path.rsplit_once('.')?;
            (APP_SIGNALS.contains(&signal) && app.starts_with("celery.")).then_some(signal)
        })?;
        return (!own.contains('.')).then(|| own.to_owned());
    }
    match of.kind {
        ValueKind::Method { of, name } if APP_SIGNALS.contains(&name.as_str()) && is_app(&of) == Sure::Yes => {
            Some(name)
        }
        _ => None,
    }
}

fn describe(module: &Module, text: &str, id: FunctionId, at: Loc, signal: String) -> Receiver {
    let function = module.function(id);
    Receiver {
        signal,
        at,
        name: function.name.to_string(),
        name_at: Loc::new(module.file, function.name_span),
        takes_keywords: function.params.iter().any(|param| param.kind == ParamKind::Keywords),
        keywords_at: keywords_at(module, text, function),
        lost: None,
        weak_at: None,
    }
}

/// Behind the last parameter.
fn keywords_at(module: &Module, text: &str, function: &Function) -> Option<(Loc, &'static str)> {
    if &*function.name == "<lambda>" || function.params.iter().any(|param| &*param.name == "kwargs") {
        return None;
    }
    let Some(last) = function.params.last() else {
        let open = function.name_span.end + 1;
        let empty = text.get(function.name_span.end as usize..)?.starts_with("()");
        return empty.then(|| (Loc::new(module.file, Span::new(open, open)), ""));
    };
    let ends = last.default.or(last.annotation).map(|expr| module.span(expr).end);
    let end = ends.unwrap_or(last.span.end).max(last.span.end);
    let plain = text.get(end as usize..)?.starts_with("):") || text.get(end as usize..)?.starts_with(") ->");
    let bare = !text.get(..end as usize)?.trim_end().ends_with('(');
    (plain && bare).then(|| (Loc::new(module.file, Span::new(end, end)), ", "))
}

/// A function that is defined in another and named nowhere else there.
fn local(module: &Module, text: &str, function: &Function) -> Option<Lost> {
    local_once(module, text, function, 1)
}

/// The same for one that is named so many times, its definition included.
fn local_once(module: &Module, text: &str, function: &Function, times: usize) -> Option<Lost> {
    let Scope::Function(outer) = function.parent else { return None };
    let outer = module.function(outer);
    let around = text.get(outer.span.range())?;
    let runs = RUNNING.iter().any(|word| around.contains(word));
    let kept = words(around, &function.name) > times;
    (!runs && !kept && !outer.is_generator && !outer.is_async).then(|| Lost::Local(outer.name.to_string()))
}

/// How often a text holds a word.
fn words(text: &str, word: &str) -> usize {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let whole = |start: &usize| {
        let before = text.get(..*start).and_then(|it| it.chars().next_back());
        let after = text.get(start + word.len()..).and_then(|it| it.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    };
    text.match_indices(word).map(|(start, _)| start).filter(whole).count()
}

/// Whether a connection surely holds its receiver weakly. With `retry=True` Celery keeps it.
fn is_weak(module: &Module, call: Option<&Call>) -> bool {
    let Some(call) = call else { return true };
    let off = |argument: &Argument| matches!(module.expr(argument.value).kind, ExprKind::Bool(false));
    let on = |argument: &Argument| matches!(module.expr(argument.value).kind, ExprKind::Bool(true));
    !call.has_splat() && call.keyword("weak").is_none_or(on) && call.keyword("retry").is_none_or(off)
}

fn weak_at(module: &Module, text: &str, call: Option<&Call>, whole: Span) -> Option<(Loc, &'static str)> {
    let at = |end: u32| Loc::new(module.file, Span::new(end, end));
    let Some(call) = call else { return Some((at(whole.end), "(weak=False)")) };
    if call.keyword("weak").is_some() || !text.get(whole.range())?.ends_with(')') {
        return None;
    }
    let close = whole.end - 1;
    let before = text.get(..close as usize)?;
    match before.chars().next_back()? {
        '(' if call.args.is_empty() => Some((at(close), "weak=False")),
        c if !c.is_whitespace() && c != ',' && !call.args.is_empty() => Some((at(close), ", weak=False")),
        _ => None,
    }
}
