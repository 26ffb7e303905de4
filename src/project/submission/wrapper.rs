//! Functions of the project that send the task they are given, with the arguments that they are given:
//! `def enqueue(task, *args, **kwargs): task.delay(*args, **kwargs)`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Finder, Form, Method, Submission};
use crate::project::link::Linking;
use crate::project::task::reach;
use crate::python::ir::{
    Argument, BindingKind, Call, CallFact, ClassId, ExprId, ExprKind, Function, FunctionId, Module, Name, ParamKind,
    Scope, Splat,
};
use crate::python::{ModuleId, Ref, ValueKind};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wrapper {
    /// Which parameter is the task; its first is not counted where it is a method.
    task: usize,
    /// The names of the plain parameters, in order.
    plain: Vec<Name>,
    keyword_only: Vec<Name>,
    keywords: bool,
    method: Method,
}

/// All of a project.
#[derive(Debug, Default)]
pub(super) struct Wrappers {
    found: FxHashMap<(ModuleId, FunctionId), Wrapper>,
    names: FxHashSet<Name>,
}

impl Wrappers {
    pub fn find(linking: &Linking) -> Self {
        let mut all = Self::default();
        for id in linking.modules.relevant.iter().copied() {
            let module = linking.modules.get(id);
            let mut own: FxHashMap<FunctionId, Option<Wrapper>> = FxHashMap::default();
            let mut times: FxHashMap<FunctionId, usize> = FxHashMap::default();
            for fact in &module.calls {
                let Some((function, found)) = passing(module, fact) else { continue };
                *times.entry(function).or_default() += 1;
                let known = own.entry(function).or_insert_with(|| found.clone());
                if *known != found {
                    *known = None;
                }
            }
            for (function, wrapper) in own {
                let passed = times.get(&function).copied().unwrap_or_default();
                let Some(wrapper) = wrapper.filter(|_| !is_used_otherwise(module, function, passed)) else { continue };
                all.names.insert(module.function(function).name.clone());
                all.found.insert((id, function), wrapper);
            }
        }
        all
    }
}

/// Whether the function does more with its arguments than to pass them on so many times: it may change them.
fn is_used_otherwise(module: &Module, id: FunctionId, passed: usize) -> bool {
    let function = module.function(id);
    let mut splatted = function.params.iter().filter(|it| matches!(it.kind, ParamKind::Rest | ParamKind::Keywords));
    splatted.any(|param| {
        let uses = module.exprs.iter().filter(|expr| {
            function.span.contains(expr.span) && matches!(&expr.kind, ExprKind::Name(name) if *name == param.name)
        });
        uses.count() != passed
    })
}

/// A call that sends a parameter of the function around it; the wrapper, when it passes on exactly what is given.
fn passing(module: &Module, fact: &CallFact) -> Option<(FunctionId, Option<Wrapper>)> {
    let call = module.call(fact.call)?;
    let (method, task, args) = sent(module, call)?;
    let ExprKind::Name(name) = &module.expr(task).kind else { return None };
    let id = reach::owner(module, fact.context.scope)?;
    let function = module.function(id);
    let place = function.params.iter().position(|it| it.name == *name)?;
    Some((id, wrapper(module, function, place, method, args)))
}

/// `task.delay(…)` or `partial(task.delay, …)`: the method, the task, and the arguments.
fn sent<'m>(module: &Module, call: &'m Call) -> Option<(Method, ExprId, &'m [Argument])> {
    let of = |expr: ExprId| match &module.expr(expr).kind {
        ExprKind::Attribute { value, attr, .. } => match &**attr {
            "delay" => Some((Method::Delay, *value)),
            "apply_async" => Some((Method::ApplyAsync, *value)),
            _ => None,
        },
        _ => None,
    };
    if module.last_name(call.func).is_some_and(|name| &**name == "partial") {
        let (first, rest) = call.args.split_first()?;
        let (method, task) = of(first.value)?;
        return Some((method, task, rest));
    }
    let (method, task) = of(call.func)?;
    Some((method, task, &call.args))
}

fn wrapper(module: &Module, function: &Function, task: usize, method: Method, args: &[Argument]) -> Option<Wrapper> {
    let of_kind = |kind: ParamKind| function.params.iter().find(move |it| it.kind == kind).map(|it| &it.name);
    let (rest, keywords) = (of_kind(ParamKind::Rest)?, of_kind(ParamKind::Keywords));
    let once = |name: &Name| function.scope.names.get(name).is_some_and(|it| it.len() == 1);
    let is = |expr: ExprId, name: &Name| matches!(&module.expr(expr).kind, ExprKind::Name(found) if found == name);
    let passes = match method {
        Method::Delay => {
            let splats = |it: &Argument| match it.splat {
                Some(Splat::Positional) => is(it.value, rest),
                Some(Splat::Keyword) => keywords.is_some_and(|name| is(it.value, name)),
                None => false,
            };
            args.iter().all(splats) && args.len() == 1 + usize::from(keywords.is_some())
        }
        _ => {
            let given = |name: &str| args.iter().find(|it| it.name.as_deref() == Some(name)).map(|it| it.value);
            let splatted = args.iter().any(|it| it.splat.is_some() || it.name.is_none());
            let kwargs = match (given("kwargs"), keywords) {
                (Some(expr), Some(name)) => is(expr, name),
                (None, None) => true,
                _ => false,
            };
            !splatted && kwargs && given("args").is_some_and(|expr| is(expr, rest))
        }
    };
    let unchanged = once(rest) && keywords.is_none_or(once) && once(&function.params.get(task)?.name);
    let transparent = function
        .decorators
        .iter()
        .all(|it| module.last_name(it.value).is_some_and(|name| matches!(&**name, "staticmethod" | "classmethod")));
    if !passes || !unchanged || !transparent || function.is_generator {
        return None;
    }
    let is_plain = |kind| matches!(kind, ParamKind::Normal | ParamKind::PositionalOnly);
    let names = |wanted: &dyn Fn(ParamKind) -> bool| -> Vec<Name> {
        function.params.iter().filter(|it| wanted(it.kind)).map(|it| it.name.clone()).collect()
    };
    let mut plain = names(&is_plain);
    let is_static =
        function.decorators.iter().any(|it| module.last_name(it.value).is_some_and(|n| &**n == "staticmethod"));
    let own = usize::from(matches!(function.parent, Scope::Class(_)) && !is_static);
    let task = task.checked_sub(own).filter(|at| at + own < plain.len())?;
    plain.drain(..own);
    let keyword_only = names(&|kind| kind == ParamKind::KeywordOnly);
    Some(Wrapper { task, plain, keyword_only, keywords: keywords.is_some(), method })
}

impl Finder<'_> {
    /// `enqueue(task, 1, 2)`
    pub(super) fn of_wrapper(&self, fact: &CallFact, call: &Call) -> Option<Submission> {
        let scope = fact.context.scope;
        self.module.last_name(call.func).filter(|name| self.wrappers.names.contains(*name))?;
        let wrapper = self.wrappers.found.get(&self.called(call, scope)?)?;
        let given = call.keyword(wrapper.plain.get(wrapper.task)?).or_else(|| call.positional().nth(wrapper.task))?;
        let base = self.eval.expr(self.id, scope, given.value);
        let reached = self.task_of(given.value, scope, &base)?;
        let positional = call.positional().count().min(wrapper.plain.len());
        let taken = |name: &Name| wrapper.plain.contains(name) || wrapper.keyword_only.contains(name);
        let passed_on = |(at, it): (usize, &Argument)| match (&it.name, it.splat) {
            (Some(name), _) => !taken(name),
            _ => at >= positional,
        };
        let args: Box<[Argument]> =
            call.args.iter().enumerate().filter(|(at, it)| passed_on((*at, it))).map(|(_, it)| it.clone()).collect();
        if !wrapper.keywords && args.iter().any(|it| it.name.is_some()) {
            return None;
        }
        // What a splat fills first is not known.
        let filled = positional == wrapper.plain.len() || !call.has_splat();
        let inner = Call { func: call.func, args };
        let mut made = self.reaching(fact, wrapper.method, reached);
        made.handed = true;
        made.passed = Some(self.place(scope).passed(&inner, Form::Own, false)).filter(|_| filled);
        Some(made)
    }

    /// The function that a call surely calls: by its name, or as a method of `self` that no other class has.
    fn called(&self, call: &Call, scope: Scope) -> Option<(ModuleId, FunctionId)> {
        if let ExprKind::Attribute { value, attr, .. } = &self.module.expr(call.func).kind {
            if let Some(around) = self.place(scope).own_class(*value) {
                return self.own_method(around, attr);
            }
            let base = self.eval.expr(self.id, scope, *value);
            if let Some((module, function, _)) = self.eval.method_of(&base, attr) {
                return Some((module, function));
            }
        }
        match self.eval.expr(self.id, scope, call.func).kind {
            ValueKind::Ref(Ref::Function(module, function)) => Some((module, function)),
            _ => None,
        }
    }

    fn own_method(&self, class: ClassId, name: &Name) -> Option<(ModuleId, FunctionId)> {
        let modules = self.eval.modules.relevant.iter().map(|id| self.eval.modules.get(*id));
        let having = modules.flat_map(|module| &module.classes).filter(|class| class.scope.names.contains_key(name));
        if having.count() != 1 {
            return None;
        }
        match self.module.class(class).scope.names.get(name)?.as_slice() {
            [only] => match only.kind {
                BindingKind::Function(function) => Some((self.id, function)),
                _ => None,
            },
            _ => None,
        }
    }
}
