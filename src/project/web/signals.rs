//! Code that runs because something else happens: Django's signals, overridden model methods, serializers, ORM events.

use rustc_hash::FxHashSet;

use super::graph::{Graph, Node};
use crate::python::eval::Given;
use crate::python::ir::*;
use crate::python::{Args, Eval, ModuleId, Ref, Value, ValueKind};

/// A function that waits for a signal.
#[derive(Debug)]
struct Receiver {
    signal: Signal,
    /// The class it waits for; none when any sender will do.
    sender: Option<(ModuleId, ClassId)>,
    module: ModuleId,
    function: FunctionId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Signal {
    /// A signal of Django by its last name (`post_save`), or an event of SQLAlchemy.
    Known(String),
    /// A signal that the project makes, by the call that makes it.
    Own(ModuleId, ExprId),
}

#[derive(Debug, Default)]
pub struct Signals {
    receivers: Vec<Receiver>,
}

/// Methods that write a row.
pub(in crate::project) const SAVING: &[&str] = &[
    "abulk_create",
    "acreate",
    "asave",
    "bulk_create",
    "bulk_update",
    "create",
    "get_or_create",
    "save",
    "update_or_create",
];
const DELETING: &[&str] = &["adelete", "delete"];
const SENDING: &[&str] = &["asend", "asend_robust", "send", "send_async", "send_robust"];

impl Signals {
    /// The receivers in modules that run.
    pub fn new(eval: &Eval, runs: &FxHashSet<ModuleId>) -> Self {
        let mut signals = Self::default();
        let mut modules: Vec<ModuleId> = runs.iter().copied().filter(|id| eval.modules.is_relevant(*id)).collect();
        modules.sort_unstable();
        for id in modules {
            signals.learn(eval, id);
        }
        signals
    }

    /// The functions that wait for some signal.
    pub fn receivers(&self) -> FxHashSet<(ModuleId, FunctionId)> {
        self.receivers.iter().map(|one| (one.module, one.function)).collect()
    }

    fn learn(&mut self, eval: &Eval, id: ModuleId) {
        let module = eval.modules.get(id);
        for (index, function) in module.functions.iter().enumerate() {
            for decorator in &function.decorators {
                let function = (id, FunctionId(index as u32));
                self.decorator(eval, id, module.function(function.1).parent, decorator.value, function);
            }
        }
        // `post_save.connect(handler, sender=Model)`.
        for fact in &module.calls {
            let Some(call) = module.call(fact.call) else { continue };
            let ExprKind::Attribute { value, attr, .. } = &module.expr(call.func).kind else { continue };
            if &**attr != "connect" || fact.context.in_decorator {
                continue;
            }
            let signal = eval.expr(id, fact.context.scope, *value);
            let site = crate::python::Site { module: id, scope: fact.context.scope, expr: fact.call };
            let Some(handler) = eval.argument(site, 0, "receiver") else { continue };
            if let ValueKind::Ref(Ref::Function(module, function)) = handler.kind {
                let sender = eval.argument(site, 1, "sender");
                self.add(&signal, sender.as_ref(), (module, function));
            }
        }
    }

    /// `@receiver(post_save, sender=Model)`, `@signal.connect`, `@event.listens_for(Model, "after_insert")`.
    fn decorator(
        &mut self,
        eval: &Eval,
        id: ModuleId,
        scope: Scope,
        decorator: ExprId,
        function: (ModuleId, FunctionId),
    ) {
        let module = eval.modules.get(id);
        let call = module.call(decorator);
        let func = call.map_or(decorator, |call| call.func);
        let site = crate::python::Site { module: id, scope, expr: decorator };
        if let ExprKind::Attribute { value, attr, .. } = &module.expr(func).kind
            && matches!(&**attr, "connect" | "connect_via")
        {
            self.add(&eval.expr(id, scope, *value), None, function);
            return;
        }
        let callee = eval.expr(id, scope, func);
        let Some(path) = callee.external() else { return };
        let args = if call.is_some() { eval.arguments(site) } else { Args::default() };
        match path {
            "django.dispatch.receiver" | "django.dispatch.dispatcher.receiver" => {
                let sender = args.named("sender");
                let Some(signal) = args.positional.first() else { return };
                match &signal.kind {
                    ValueKind::List { items, .. } => items.iter().for_each(|signal| self.add(signal, sender, function)),
                    _ => self.add(signal, sender, function),
                }
            }
            "sqlalchemy.event.listens_for" => {
                let sender = args.positional.first();
                if let Some(ValueKind::Ref(Ref::Class(module, class))) = sender.map(|value| &value.kind) {
                    let (signal, sender) = (Signal::Known("orm".to_owned()), Some((*module, *class)));
                    self.receivers.push(Receiver { signal, sender, module: function.0, function: function.1 });
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, signal: &Value, sender: Option<&Value>, (module, function): (ModuleId, FunctionId)) {
        let senders: Vec<Option<(ModuleId, ClassId)>> = match sender.map(|value| &value.kind) {
            None | Some(ValueKind::None) => vec![None],
            Some(ValueKind::Ref(Ref::Class(module, class))) => vec![Some((*module, *class))],
            // `settings.AUTH_USER_MODEL` and others: whose it is, is not known.
            Some(_) => return,
        };
        let Some(signal) = signal_of(signal) else { return };
        for sender in senders {
            self.receivers.push(Receiver { signal: signal.clone(), sender, module, function });
        }
    }

    /// What runs when a method of an object is called.
    pub fn fired(&self, graph: &Graph, receiver: &Value, method: &str) -> Vec<Node> {
        let mut found = Vec::new();
        if SENDING.contains(&method)
            && let Some(signal) = signal_of(receiver)
        {
            found.extend(self.receivers.iter().filter(|one| one.signal == signal).map(|one| node(graph, one)));
        }
        let saves = SAVING.contains(&method);
        if !saves && !DELETING.contains(&method) && method != "__init__" {
            return found;
        }
        for (module, class) in written(graph, receiver) {
            found.extend(self.row_events(graph, module, class, method));
        }
        if saves {
            found.extend(serializer_methods(graph, receiver));
        }
        found
    }

    /// What runs when rows of a model are written or deleted.
    pub fn row_events(&self, graph: &Graph, module: ModuleId, class: ClassId, method: &str) -> Vec<Node> {
        let names: &[&str] = match method {
            "__init__" => &["orm"],
            name if DELETING.contains(&name) => &["pre_delete", "post_delete", "orm"],
            _ => &["pre_save", "post_save", "m2m_changed", "orm"],
        };
        let chain = graph.eval.classes(module, class);
        let waits = |one: &&Receiver| {
            let known = matches!(&one.signal, Signal::Known(name) if names.contains(&name.as_str()));
            known && one.sender.is_none_or(|sender| chain.contains(&sender))
        };
        let mut found: Vec<Node> = self.receivers.iter().filter(waits).map(|one| node(graph, one)).collect();
        let own = if DELETING.contains(&method) { "delete" } else { "save" };
        if method != "__init__" && is_model(graph.eval, module, class) {
            let this = super::views::instance(module, class);
            found.extend(graph.eval.method_of(&this, own).map(|(module, function, this)| {
                graph.node(module, function, &Args { open: true, ..Args::default() }, this.as_ref(), &Given::default())
            }));
        }
        found
    }
}

fn node(graph: &Graph, receiver: &Receiver) -> Node {
    let args = Args { open: true, ..Args::default() };
    graph.node(receiver.module, receiver.function, &args, None, &Given::default())
}

fn signal_of(value: &Value) -> Option<Signal> {
    match &value.kind {
        ValueKind::Ref(Ref::External(path)) if path.contains("signals.") => {
            path.rsplit('.').next().map(|last| Signal::Known(last.to_owned()))
        }
        ValueKind::Made(made) if made.callee.ends_with("Signal") || made.callee.ends_with(".signal") => {
            Some(Signal::Own(made.site.module, made.site.expr))
        }
        _ => None,
    }
}

fn is_model(eval: &Eval, module: ModuleId, class: ClassId) -> bool {
    eval.external_bases(module, class).iter().any(|base| base.starts_with("django") || base.ends_with("Model"))
}

/// The model classes whose rows a call on an object writes.
fn written(graph: &Graph, receiver: &Value) -> Vec<(ModuleId, ClassId)> {
    if let Some(found) = row_class(receiver) {
        return vec![found];
    }
    match &receiver.kind {
        ValueKind::Instance(instance) => {
            let own = (instance.module, instance.class);
            let meta = meta_model(graph.eval, own.0, own.1);
            std::iter::once(own).chain(meta).collect()
        }
        ValueKind::Ref(Ref::Class(module, class)) => vec![(*module, *class)],
        _ => Vec::new(),
    }
}

/// `class Meta: model = X` of serializers and forms.
pub fn meta_model(eval: &Eval, module: ModuleId, class: ClassId) -> Option<(ModuleId, ClassId)> {
    let ValueKind::Ref(Ref::Class(m, meta)) = eval.member(module, class, "Meta")?.kind else { return None };
    match eval.member(m, meta, "model")?.kind {
        ValueKind::Ref(Ref::Class(module, class)) => Some((module, class)),
        _ => None,
    }
}

/// `serializer.save()` calls `create` or `update` of its class.
fn serializer_methods(graph: &Graph, receiver: &Value) -> Vec<Node> {
    let ValueKind::Instance(instance) = &receiver.kind else { return Vec::new() };
    methods_named(graph, instance.module, instance.class, &["create", "update", "save"])
}

/// Those methods of a class, as they run on an instance.
pub fn methods_named(graph: &Graph, module: ModuleId, class: ClassId, names: &[&str]) -> Vec<Node> {
    let this = super::views::instance(module, class);
    let find = |name: &&str| {
        let (module, function, this) = graph.eval.method_of(&this, name)?;
        let args = Args { open: true, ..Args::default() };
        Some(graph.node(module, function, &args, this.as_ref(), &Given::default()))
    };
    names.iter().filter_map(find).collect()
}

/// The model class of a view's `model` or `queryset`.
pub fn model_of(value: &Value) -> Option<(ModuleId, ClassId)> {
    match value.kind {
        ValueKind::Ref(Ref::Class(module, class)) => Some((module, class)),
        _ => row_class(value),
    }
}

/// The model class of a row that a query gives (`Model.objects.get(…)`, `get_object_or_404(Model)`, `session.get(Model, 1)`).
pub fn row_class(value: &Value) -> Option<(ModuleId, ClassId)> {
    let class = |value: &Value| match value.kind {
        ValueKind::Ref(Ref::Class(module, class)) => Some((module, class)),
        _ => None,
    };
    let mut at = value;
    for _ in 0..12 {
        match &at.kind {
            ValueKind::Made(made) => {
                if let Some(found) = made.args.positional.iter().take(2).find_map(class) {
                    return Some(found);
                }
                let receiver = made.receiver.as_ref()?;
                if let Some(found) = class(receiver) {
                    return Some(found);
                }
                at = receiver;
            }
            ValueKind::Method { of, .. } => {
                if let Some(found) = class(of) {
                    return Some(found);
                }
                at = of;
            }
            _ => return None,
        }
    }
    None
}
