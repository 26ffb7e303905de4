//! What code does with Celery, through the functions it calls: a breadth-first walk over functions, each looked at
//! with the arguments that matter.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::celery_use::{self, Uses};
use super::guards::Guards;
use super::hot::Hot;
use super::signals::Signals;
use super::tasks::Celery;
use super::visit::Visit;
use crate::project::endpoint::Act;
use crate::project::link::is_test_path;
use crate::python::eval::{Given, GivenFrame};
use crate::python::ir::*;
use crate::python::{Args, Eval, Made, ModuleId, Ref, Shared, Value, ValueKind};
use crate::source::Loc;

/// How many functions are looked at for one route.
const MAX_NODES: usize = 2_000;

/// A function and what is known of its parameters.
#[derive(Debug, Clone)]
pub struct Node {
    pub module: ModuleId,
    pub function: FunctionId,
    pub given: Given,
}

/// What happens, and where a task is sent first.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    pub uses: Uses,
    pub submits: Option<Loc>,
    /// The functions that send tasks or make signatures.
    pub senders: Vec<(ModuleId, FunctionId)>,
    /// The places.
    pub acts: Vec<Act>,
}

/// How a function gets to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct How {
    /// It calls it, here and now; otherwise the function is only handed on.
    pub called: bool,
    /// A signal leads there. Django's are never sent on the event loop, where its database cannot be asked.
    pub fired: bool,
    /// Something around the call may catch that the broker does not answer.
    pub guarded: bool,
}

impl Effects {
    pub fn add(&mut self, other: &Self) {
        self.uses = self.uses.and(other.uses);
        self.submits = self.submits.or(other.submits);
        self.senders.extend(&other.senders);
        self.acts.extend(&other.acts);
    }
}

/// One function by itself, and where it leads.
#[derive(Debug, Default)]
pub struct Expansion {
    pub effects: Effects,
    pub edges: Vec<(Node, How)>,
}

pub type NodeKey = (ModuleId, FunctionId, u64);

/// What is kept of an expansion: each edge that can matter, once.
#[derive(Debug)]
pub struct Reached {
    pub effects: Effects,
    pub edges: Vec<(NodeKey, Rc<Node>, How)>,
}

pub struct Graph<'g> {
    pub eval: &'g Eval<'g>,
    pub celery: &'g Celery,
    pub signals: &'g Signals,
    /// Methods of the project's classes by name; for calls on objects that are not known.
    methods: FxHashMap<&'g str, Vec<(ModuleId, FunctionId, ClassId)>>,
    /// Which method names other modules have as well, as far as somebody asked.
    elsewhere: RefCell<FxHashMap<String, bool>>,
    memo: RefCell<FxHashMap<NodeKey, Rc<Reached>>>,
    pub guards: Guards,
    hot: Hot<'g>,
}

impl<'g> Graph<'g> {
    pub fn new(eval: &'g Eval<'g>, celery: &'g Celery, signals: &'g Signals) -> Self {
        let mut methods: FxHashMap<&'g str, Vec<_>> = FxHashMap::default();
        for id in eval.modules.relevant.iter().copied().filter(|id| !is_test_path(eval.modules.path(*id))) {
            let module = eval.modules.get(id);
            for (index, function) in module.functions.iter().enumerate() {
                if let Scope::Class(class) = function.parent {
                    let found = (id, FunctionId(index as u32), class);
                    methods.entry(&*function.name).or_default().push(found);
                }
            }
        }
        let hot = Hot::new(eval.modules, &signals.receivers());
        Self {
            eval,
            celery,
            signals,
            methods,
            elsewhere: RefCell::default(),
            memo: RefCell::default(),
            guards: Guards::default(),
            hot,
        }
    }

    /// Everything that happens from some functions on.
    pub fn follow(&self, starts: &[Node]) -> Effects {
        let mut effects = Effects::default();
        let mut seen: FxHashSet<NodeKey> = FxHashSet::default();
        let mut open: VecDeque<(NodeKey, Rc<Node>)> =
            starts.iter().map(|node| (key_of(node), Rc::new(node.clone()))).collect();
        while let Some((key, node)) = open.pop_front() {
            if seen.len() >= MAX_NODES || !seen.insert(key) {
                continue;
            }
            let reached = self.expand(key, &node);
            effects.add(&reached.effects);
            let new = reached.edges.iter().filter(|(key, ..)| !seen.contains(key));
            open.extend(new.map(|(key, node, _)| (*key, node.clone())));
        }
        effects.senders.sort_unstable();
        effects.senders.dedup();
        effects
    }

    /// Whether a function may do something with Celery, or is given something of it.
    fn can_matter(&self, node: &Node) -> bool {
        let values = || node.given.frames().iter().flat_map(|frame| &frame.values);
        self.hot.contains(node.module, node.function) || values().any(|(_, value)| is_of_celery(self, value, 2))
    }

    pub fn expand(&self, key: NodeKey, node: &Node) -> Rc<Reached> {
        if let Some(known) = self.memo.borrow().get(&key) {
            return known.clone();
        }
        self.eval.begin();
        let Expansion { effects, edges } = Visit::new(self, node.clone()).run();
        let edges = edges.into_iter().filter(|(edge, _)| self.can_matter(edge));
        let mut edges: Vec<_> = edges.map(|(edge, how)| (key_of(&edge), Rc::new(edge), how)).collect();
        let mut known = FxHashSet::default();
        edges.retain(|(key, _, how)| known.insert((*key, *how)));
        let reached = Rc::new(Reached { effects, edges });
        self.memo.borrow_mut().insert(key, reached.clone());
        reached
    }

    /// A method that only one class of the project has, by a name that is not everyone's.
    pub fn only_method(&self, name: &str) -> Option<Node> {
        const COMMON: &[&str] =
            &["close", "create", "delete", "execute", "filter", "update", "commit", "publish", "process"];
        if name.len() < 5 || name.starts_with("__") || COMMON.contains(&name) {
            return None;
        }
        let [(module, function, class)] = self.methods.get(name)?.as_slice() else { return None };
        if !self.hot.contains(*module, *function) || self.is_defined_elsewhere(name) {
            return None;
        }
        let this = super::views::instance(*module, *class);
        Some(self.node(*module, *function, &Args { open: true, ..Args::default() }, Some(&this), &Given::default()))
    }

    /// Whether a module that is not relevant by itself has a function of that name.
    fn is_defined_elsewhere(&self, name: &str) -> bool {
        if let Some(known) = self.elsewhere.borrow().get(name) {
            return *known;
        }
        let modules = self.eval.modules;
        let definition = format!("def {name}(");
        let finder = memchr::memmem::Finder::new(definition.as_bytes());
        let mut others = modules.others().filter(|id| !is_test_path(modules.path(*id)));
        let found = others.any(|id| finder.find(modules.text(id).as_bytes()).is_some());
        self.elsewhere.borrow_mut().insert(name.to_owned(), found);
        found
    }

    /// A call of a function: what matters of its arguments becomes known.
    pub fn node(
        &self,
        module: ModuleId,
        function: FunctionId,
        args: &Args,
        this: Option<&Value>,
        around: &Given,
    ) -> Node {
        let lowered = self.eval.modules.get(module);
        let definition = lowered.function(function);
        let mut values = self.eval.bind(module, function, args, this);
        for (param, (_, value)) in definition.params.iter().zip(&mut values) {
            if !matters(value, 2)
                && let Some(typed) = param.annotation.and_then(|id| self.typed(module, definition.parent, id))
            {
                *value = typed;
            }
        }
        values.retain(|(_, value)| matters(value, 2));
        let mut given = enclosing(around, lowered, module, definition.parent);
        if !values.is_empty() {
            given = given.with(GivenFrame { module, scope: Scope::Function(function), values, fixed: false });
        }
        Node { module, function, given }
    }

    /// What an annotation says about a value: an instance of a project class, or the result of a task.
    pub fn typed(&self, module: ModuleId, scope: Scope, annotation: ExprId) -> Option<Value> {
        let lowered = self.eval.modules.get(module);
        match &lowered.expr(annotation).kind {
            ExprKind::Binary { left, right, .. } => {
                return self.typed(module, scope, *left).or_else(|| self.typed(module, scope, *right));
            }
            // `Optional[X]`, `Annotated[X, …]`.
            ExprKind::Subscript { index, .. } => {
                let inner = match &lowered.expr(*index).kind {
                    ExprKind::Tuple(items) => *items.first()?,
                    _ => *index,
                };
                return self.typed(module, scope, inner);
            }
            ExprKind::Name(_) | ExprKind::Attribute { .. } => {}
            _ => return None,
        }
        match self.eval.expr(module, scope, annotation).kind {
            ValueKind::Ref(Ref::Class(module, class)) => Some(super::views::instance(module, class)),
            ValueKind::Ref(Ref::External(path)) if is_result_class(&path) => {
                Some(self.result(module, scope, annotation, path))
            }
            _ => None,
        }
    }

    fn result(&self, module: ModuleId, scope: Scope, expr: ExprId, path: String) -> Value {
        let site = crate::python::Site { module, scope, expr };
        let made = Made::call(path, None, Args::default(), site);
        Value { kind: ValueKind::Made(Shared::new(made)), at: None, trail: Vec::new() }
    }
}

fn is_result_class(path: &str) -> bool {
    path.starts_with("celery.")
        && matches!(path.rsplit('.').next(), Some("AsyncResult" | "GroupResult" | "EagerResult"))
}

/// The frames of the functions around a nested one.
fn enclosing(around: &Given, lowered: &Module, module: ModuleId, parent: Scope) -> Given {
    let mut scopes = Vec::new();
    let mut scope = Some(parent);
    while let Some(current) = scope {
        scopes.push(current);
        scope = lowered.parent(current);
    }
    let inside = |frame: &&GivenFrame| frame.module == module && scopes.contains(&frame.scope);
    if around.frames().iter().all(|frame| inside(&frame)) {
        return around.clone();
    }
    Given::new(around.frames().iter().filter(inside).cloned())
}

/// Whether a value can change what a function does with Celery.
fn matters(value: &Value, depth: u32) -> bool {
    match &value.kind {
        ValueKind::Made(made) => {
            made.callee.contains("elery")
                || made.callee.starts_with("?.")
                || made.is_signature()
                || made.args.positional.iter().any(|value| depth > 0 && matters(value, depth - 1))
        }
        ValueKind::Ref(Ref::Function(..) | Ref::Class(..)) | ValueKind::Instance(_) => true,
        ValueKind::Method { of, .. } => depth > 0 && matters(of, depth - 1),
        ValueKind::List { items, .. } => depth > 0 && items.iter().take(8).any(|item| matters(item, depth - 1)),
        ValueKind::OneOf(values) => values.iter().any(|value| matters(value, depth)),
        _ => false,
    }
}

/// A task, a result, or an application.
fn is_of_celery(graph: &Graph, value: &Value, depth: u32) -> bool {
    match &value.kind {
        ValueKind::Made(made) => made.callee.contains("elery") || made.callee.starts_with("?.") || made.is_signature(),
        ValueKind::Ref(Ref::Function(module, function)) => {
            graph.hot.contains(*module, *function) || graph.celery.is_task(graph.eval, *module, *function)
        }
        ValueKind::Method { of, .. } => depth > 0 && is_of_celery(graph, of, depth - 1),
        ValueKind::List { items, .. } => {
            depth > 0 && items.iter().take(8).any(|item| is_of_celery(graph, item, depth - 1))
        }
        ValueKind::OneOf(values) => values.iter().any(|value| is_of_celery(graph, value, depth)),
        _ => false,
    }
}

/// Whether of a value nothing can be seen but that a call on something unknown gave it (`self.request.data.get("x")`):
/// wherever that call stands, a function that is given it does the same.
fn is_opaque(value: &Value, made: &Made) -> bool {
    let Some(path) = made.callee.strip_prefix("?.") else { return false };
    let args = &made.args;
    args.positional.is_empty()
        && args.named.is_empty()
        && made.attrs.is_empty()
        && !made.is_signature()
        && !celery_use::names_celery(path)
        && !path.split('.').any(super::hot::is_mark)
        && super::signals::row_class(value).is_none()
}

pub fn key_of(node: &Node) -> NodeKey {
    let mut print = Print(0xcbf2_9ce4_8422_2325);
    for frame in node.given.frames() {
        print.number(frame.module as u64);
        for (name, value) in &frame.values {
            print.text(name);
            print.value(value, 4);
        }
    }
    (node.module, node.function, print.0)
}

/// A fingerprint of what is given.
struct Print(u64);

impl Print {
    fn number(&mut self, number: u64) {
        self.text(&number.to_string());
    }

    fn text(&mut self, text: &str) {
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn value(&mut self, value: &Value, depth: u32) {
        if depth == 0 {
            return;
        }
        match &value.kind {
            ValueKind::Made(made) if is_opaque(value, made) => self.text("?."),
            ValueKind::Made(made) => {
                self.text(&made.callee);
                self.number(made.site.module as u64);
                self.number(u64::from(made.site.expr.0));
            }
            ValueKind::Ref(Ref::Function(module, function)) => {
                self.number(*module as u64);
                self.number(u64::from(function.0));
            }
            ValueKind::Ref(Ref::Class(module, class)) => {
                self.number(*module as u64);
                self.number(u64::from(class.0) + (1 << 40));
            }
            ValueKind::Instance(instance) => {
                self.number(instance.module as u64);
                self.number(u64::from(instance.class.0) + (1 << 41));
                let named = instance.args.named.iter().map(|(_, value, _)| value);
                instance.args.positional.iter().chain(named).for_each(|value| self.value(value, depth - 1));
            }
            ValueKind::Method { of, name } => {
                self.text(name);
                self.value(of, depth - 1);
            }
            ValueKind::List { items, .. } | ValueKind::OneOf(items) => {
                items.iter().take(8).for_each(|item| self.value(item, depth - 1));
            }
            _ => self.text("?"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(callee: &str, at: u32) -> NodeKey {
        let site = crate::python::Site { module: 0, scope: Scope::Module, expr: ExprId(at) };
        let made = Made::call(callee.to_owned(), None, Args::default(), site);
        let value = Value { kind: ValueKind::Made(Shared::new(made)), at: None, trail: Vec::new() };
        let scope = Scope::Function(FunctionId(0));
        let frame = GivenFrame { module: 0, scope, values: vec![("x".into(), value)], fixed: false };
        key_of(&Node { module: 0, function: FunctionId(0), given: Given::new([frame]) })
    }

    #[test]
    fn values_of_which_nothing_is_known_are_one_for_a_function() {
        assert_eq!(given("?.data.get", 1), given("?.data.get.decode", 2));
        assert_ne!(given("?.delay", 1), given("?.delay", 2));
        assert_ne!(given("celery.result.AsyncResult", 1), given("celery.result.AsyncResult", 2));
    }
}
