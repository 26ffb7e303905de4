//! What a submission passes: the task's arguments and the options of the message, each with its place.

use crate::python::ir::{Argument, BindingKind, Call, ExprId, ExprKind, Module, ParamKind, Scope, Splat};
use crate::python::{Eval, ModuleId, Ref, Value, ValueKind};
use crate::source::Loc;

use super::TaskIndex;
use super::kinds::Kind;
use crate::project::task::annotation::Expected;

/// How a call takes the task's arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As its own: `delay(1, b=2)`.
    Own,
    /// As a list and a dictionary: `apply_async((1,), {"b": 2})`; where the list stands among the positional arguments.
    Containers { position: usize },
}

/// What a submission passes.
#[derive(Debug, Clone, PartialEq)]
pub struct Passed {
    pub form: Form,
    pub positional: Vec<Given>,
    /// The keyword arguments, in order.
    pub named: Vec<Given>,
    /// More may be passed than is known.
    pub open: bool,
    /// Others may add arguments later: a signature that is not started here.
    pub partial: bool,
    /// Options of the message.
    pub options: Vec<Given>,
    /// The list and the dictionary, where they are written.
    pub args: Container,
    pub kwargs: Container,
}

/// One argument or option.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// The keyword; none for positional arguments.
    pub name: Option<String>,
    /// The keyword with its value, or the value.
    pub at: Loc,
    /// The value alone.
    pub value_at: Loc,
    /// What it is worth where it is written, or where the one name is given its value that stands here; unknown when it
    /// depends on what somebody else passes.
    pub value: Value,
    /// What it is, or a part of it, that JSON cannot hold.
    pub refused: Option<Kind>,
    /// What it surely is, where JSON makes another type of it.
    pub changed: Option<Expected>,
}

/// How the list of arguments or the dictionary of keyword arguments is given.
#[derive(Debug, Clone, PartialEq)]
pub enum Container {
    Absent,
    /// Written out, or not known.
    Fits,
    /// Something else than a list, a tuple, or a dictionary.
    Wrong {
        at: Loc,
        kind: &'static str,
    },
}

/// Where a call stands.
pub(in crate::project) struct Place<'a> {
    pub eval: &'a Eval<'a>,
    pub id: ModuleId,
    pub module: &'a Module,
    pub scope: Scope,
    pub tasks: &'a TaskIndex<'a>,
}

/// How many names are followed to the expression that gives a value.
const MAX_NAMES: u32 = 4;

impl Place<'_> {
    /// What a call passes in one of the two forms; `skipped` positional arguments come before (the task's name).
    pub fn passed(&self, call: &Call, form: Form, partial: bool) -> Passed {
        let mut passed = Passed {
            form,
            positional: Vec::new(),
            named: Vec::new(),
            open: false,
            partial,
            options: Vec::new(),
            args: Container::Absent,
            kwargs: Container::Absent,
        };
        match form {
            Form::Own => self.own(call, &mut passed),
            Form::Containers { position } => self.containers(call, position, &mut passed),
        }
        passed
    }

    fn own(&self, call: &Call, passed: &mut Passed) {
        for argument in &call.args {
            match (argument.splat, &argument.name) {
                (Some(Splat::Positional), _) => self.items(argument.value, passed),
                (Some(Splat::Keyword), _) => self.entries(argument.value, passed),
                (None, Some(_)) => passed.named.push(self.given(argument)),
                (None, None) => passed.positional.push(self.given(argument)),
            }
        }
    }

    fn containers(&self, call: &Call, position: usize, passed: &mut Passed) {
        if call.has_splat() {
            passed.open = true;
        }
        let positional: Vec<&Argument> = call.positional().skip(position).collect();
        let args = call.keyword("args").or(positional.first().copied());
        let kwargs = call.keyword("kwargs").or(positional.get(1).copied());
        if let Some(args) = args {
            passed.args = self.wrong(args.value, LISTS);
            self.items(args.value, passed);
        }
        if let Some(kwargs) = kwargs {
            passed.kwargs = self.wrong(kwargs.value, DICTIONARIES);
            self.entries(kwargs.value, passed);
        }
        let is_option = |it: &&Argument| {
            it.name.as_deref().is_some_and(|name| !matches!(name, "args" | "kwargs" | "name" | "task" | "varies"))
        };
        passed.options = call.args.iter().filter(is_option).map(|it| self.given(it)).collect();
    }

    /// What a call passes whose positional arguments are these.
    pub fn listed(&self, items: &[ExprId], scope: Scope) -> Passed {
        let nothing = Call { func: ExprId(0), args: Box::default() };
        let mut passed = self.passed(&nothing, Form::Own, false);
        passed.positional = items.iter().map(|item| self.element(None, *item, scope)).collect();
        passed
    }

    /// The elements of a list or tuple that is written out.
    fn items(&self, list: ExprId, passed: &mut Passed) {
        let (list, scope) = self.origin(list);
        match &self.module.expr(list).kind {
            ExprKind::List(items) | ExprKind::Tuple(items) => {
                for item in items {
                    match self.module.expr(*item).kind {
                        ExprKind::Starred(_) => passed.open = true,
                        _ if passed.open => {}
                        _ => passed.positional.push(self.element(None, *item, scope)),
                    }
                }
            }
            ExprKind::None => {}
            _ => passed.open = true,
        }
    }

    /// The entries of a dictionary that is written out.
    fn entries(&self, dict: ExprId, passed: &mut Passed) {
        let (dict, scope) = self.origin(dict);
        match &self.module.expr(dict).kind {
            ExprKind::Dict(entries) => {
                for (key, value) in entries {
                    let name = key.and_then(|key| self.eval.expr(self.id, scope, key).as_literal());
                    match name {
                        Some(name) => passed.named.push(self.element(Some((name, key)), *value, scope)),
                        None => passed.open = true,
                    }
                }
            }
            ExprKind::Call(call) if self.is_dict(scope, call) => {
                passed.open |= call.has_splat() || call.positional().next().is_some();
                passed.named.extend(call.args.iter().filter(|it| it.name.is_some()).map(|it| self.given(it)));
            }
            ExprKind::None => {}
            _ => passed.open = true,
        }
    }

    fn is_dict(&self, scope: Scope, call: &Call) -> bool {
        self.eval.expr(self.id, scope, call.func).external() == Some("dict")
    }

    fn given(&self, argument: &Argument) -> Given {
        let at = Loc::new(self.module.file, argument.span);
        let value_at = Loc::new(self.module.file, self.module.span(argument.value));
        let at = match &argument.name {
            Some(_) => Loc::new(at.file, crate::source::Span::new(at.span.start, value_at.span.end)),
            None => value_at,
        };
        let (origin, scope) = self.origin(argument.value);
        let value = self.value(origin, scope);
        let name = argument.name.as_ref().map(|name| name.to_string());
        Given {
            name,
            at,
            value_at,
            value,
            refused: self.kind(argument.value, 0),
            changed: self.changed(argument.value),
        }
    }

    fn element(&self, key: Option<(String, &Option<ExprId>)>, value: ExprId, scope: Scope) -> Given {
        let value_at = Loc::new(self.module.file, self.module.span(value));
        let start = key.as_ref().and_then(|(_, key)| **key).map(|key| self.module.span(key).start);
        let at = crate::source::Span::new(start.unwrap_or(value_at.span.start), value_at.span.end);
        let inner = Place { scope, ..*self };
        let (refused, changed) = (inner.kind(value, 0), inner.changed(value));
        let (origin, scope) = inner.origin(value);
        let value = self.value(origin, scope);
        let name = key.map(|(name, _)| name);
        Given { name, at: Loc::new(self.module.file, at), value_at, value, refused, changed }
    }

    /// The value of an expression; not of one that is a name, which others may have given another value.
    fn value(&self, origin: ExprId, scope: Scope) -> Value {
        match &self.module.expr(origin).kind {
            ExprKind::Name(_) => match self.eval.expr(self.id, scope, origin) {
                value if matches!(value.kind, ValueKind::Ref(_)) && !self.is_parameter(origin, scope) => value,
                _ => Value::unknown(),
            },
            ExprKind::Subscript { .. } | ExprKind::Logic { .. } | ExprKind::If { .. } | ExprKind::Await(_) => {
                Value::unknown()
            }
            _ => self.eval.expr(self.id, scope, origin),
        }
    }

    pub fn is_parameter(&self, expr: ExprId, scope: Scope) -> bool {
        let ExprKind::Name(name) = &self.module.expr(expr).kind else { return false };
        let mut scope = Some(scope);
        while let Some(current) = scope {
            if let Some(bindings) = self.module.bindings(current).names.get(name) {
                return bindings.iter().any(|it| matches!(it.kind, BindingKind::Param(_)));
            }
            scope = self.module.parent(current);
        }
        false
    }

    /// The expression behind a name that is given a value once; the expression itself else.
    pub fn origin(&self, expr: ExprId) -> (ExprId, Scope) {
        let (mut expr, mut scope) = (expr, self.scope);
        for _ in 0..MAX_NAMES {
            let ExprKind::Name(name) = &self.module.expr(expr).kind else { break };
            let Some((value, home)) = self.only_value(name, scope) else { break };
            (expr, scope) = (value, home);
        }
        (expr, scope)
    }

    fn only_value(&self, name: &str, scope: Scope) -> Option<(ExprId, Scope)> {
        let mut scope = Some(scope);
        while let Some(current) = scope {
            if let Some(bindings) = self.module.bindings(current).names.get(name) {
                let [only] = bindings.as_slice() else { return None };
                let BindingKind::Value(value) = only.kind else { return None };
                // A list that is made in a loop, or that another function may change, is not known where it is read.
                return (!only.conditional).then_some((value, current));
            }
            scope = self.module.parent(current);
        }
        None
    }

    /// What a container is that is surely none of `fitting`.
    fn wrong(&self, expr: ExprId, fitting: &[&str]) -> Container {
        let at = Loc::new(self.module.file, self.module.span(expr));
        let (origin, scope) = self.origin(expr);
        let kind = match &self.module.expr(origin).kind {
            ExprKind::List(_) => "list",
            ExprKind::Tuple(_) => "tuple",
            ExprKind::Dict(_) => "dict",
            ExprKind::Set(_) => "set",
            ExprKind::Str(_) => "str",
            ExprKind::Int(_) => "int",
            ExprKind::Float(_) => "float",
            ExprKind::Bool(_) => "bool",
            ExprKind::Comprehension(whole) => super::kinds::of_comprehension(whole.kind),
            ExprKind::Call(call) => match self.eval.expr(self.id, scope, call.func).kind {
                ValueKind::Ref(Ref::External(path)) => {
                    ["str", "int", "float", "set", "dict"].into_iter().find(|it| *it == path).unwrap_or("?")
                }
                _ => "?",
            },
            _ => "?",
        };
        match kind {
            "?" => Container::Fits,
            kind if fitting.contains(&kind) => Container::Fits,
            kind => Container::Wrong { at, kind },
        }
    }

    /// The class around the method whose first parameter a name is.
    pub fn own_class(&self, expr: ExprId) -> Option<crate::python::ir::ClassId> {
        match self.module.function(self.own_task(expr)?).parent {
            Scope::Class(class) => Some(class),
            _ => None,
        }
    }

    /// The task whose own first parameter a name is: `self` in a task with `bind=True`, or in the `run` of a class.
    pub fn own_task(&self, expr: ExprId) -> Option<crate::python::ir::FunctionId> {
        let ExprKind::Name(name) = &self.module.expr(expr).kind else { return None };
        let mut scope = Some(self.scope);
        while let Some(current) = scope {
            if let Some(bindings) = self.module.bindings(current).names.get(name) {
                let Scope::Function(function) = current else { return None };
                let first = self.module.function(function).params.first()?;
                let is_first = matches!(bindings.as_slice(), [only] if matches!(only.kind, BindingKind::Param(0)));
                let plain = matches!(first.kind, ParamKind::Normal | ParamKind::PositionalOnly);
                return (is_first && plain && first.name == *name).then_some(function);
            }
            scope = self.module.parent(current);
        }
        None
    }
}

impl Passed {
    /// The arguments are iterables, of which each call gets an element: nothing is known of what it is.
    pub(super) fn each_of_its_own(&mut self) {
        for given in &mut self.positional {
            (given.value, given.refused) = (Value::unknown(), None);
        }
    }
}

const LISTS: &[&str] = &["list", "tuple"];
const DICTIONARIES: &[&str] = &["dict"];
