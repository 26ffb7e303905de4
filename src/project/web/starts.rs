//! Where a request begins: the functions that run for a route, and what dependency injection gives them.

use super::celery_use::{Uses, names_stored_row};
use super::graph::{Effects, Graph, Node};
use super::handler::Handler;
use super::registry::Registry;
use super::scan::Scan;
use super::{signals, views};
use crate::python::eval::{Given, GivenFrame};
use crate::python::ir::*;
use crate::python::{Args, ModuleId, Ref, Site, Value, ValueKind};

const MAX_DEPTH: u32 = 4;

/// Dependencies that applications and routers of Litestar give by name.
pub struct Provided(Vec<(String, Value)>);

impl Provided {
    pub fn of(registry: &Registry) -> Self {
        let given = registry.objects.values().filter_map(|object| object.made.args.named("dependencies"));
        Self(given.flat_map(named_dependencies).collect())
    }
}

/// Views of libraries that answer for tasks.
const LIBRARY_VIEWS: &[(&str, Uses)] = &[
    ("celery_progress.views.get_progress", Uses { status: true, result: true, ..Uses::NONE }),
    ("django_celery_results.views.group_status", Uses { status: true, ..Uses::NONE }),
    ("django_celery_results.views.is_group_successful", Uses { status: true, ..Uses::NONE }),
    ("django_celery_results.views.is_task_successful", Uses { status: true, ..Uses::NONE }),
    ("django_celery_results.views.task_status", Uses { status: true, result: true, ..Uses::NONE }),
];

/// The functions that run when a handler answers a verb, and what is known without looking at code.
pub fn starts(scan: &Scan, graph: &Graph, provided: &Provided, handler: &Handler, verb: &str) -> (Vec<Node>, Effects) {
    let mut effects = Effects::default();
    let nodes = match handler {
        Handler::Function { module, function, this } => {
            let mut by_name = by_name(graph, *module, *function);
            by_name.extend(provided.0.iter().cloned());
            injected(graph, *module, *function, this.as_ref(), &by_name, MAX_DEPTH)
        }
        Handler::Class { module, class, with } => {
            let mut nodes: Vec<Node> = views::running(scan, *module, *class, with.as_ref(), verb)
                .iter()
                .flat_map(|handler| starts(scan, graph, provided, handler, verb).0)
                .collect();
            nodes.extend(generic(graph, *module, *class, verb, &mut effects));
            nodes
        }
        Handler::Library { path, value } => {
            effects.uses = library(path, value);
            Vec::new()
        }
        Handler::Unknown => Vec::new(),
    };
    (nodes, effects)
}

fn library(path: &str, value: &Value) -> Uses {
    if let Some((_, uses)) = LIBRARY_VIEWS.iter().find(|(known, _)| *known == path) {
        return *uses;
    }
    let checks = value.made().and_then(|made| made.args.named("checks"));
    if path.starts_with("health_check.") && checks.is_some_and(|checks| names_celery(checks, 6)) {
        return Uses::HEALTH;
    }
    Uses::NONE
}

/// Whether one of the checks of a health view is Celery's.
fn names_celery(value: &Value, depth: u32) -> bool {
    if depth == 0 {
        return false;
    }
    match &value.kind {
        ValueKind::List { items, .. } | ValueKind::OneOf(items) => {
            items.iter().any(|item| names_celery(item, depth - 1))
        }
        ValueKind::Text(_) => value.as_literal().is_some_and(|text| text.contains("celery")),
        ValueKind::Ref(Ref::External(path)) => path.contains("celery"),
        ValueKind::Made(made) => made.callee.contains("celery"),
        _ => false,
    }
}

/// What generic views do without code of the project: serializers, forms and models that they name.
fn generic(graph: &Graph, module: ModuleId, class: ClassId, verb: &str, effects: &mut Effects) -> Vec<Node> {
    let member = |name: &str| graph.eval.member(module, class, name);
    let queryset = member("queryset").or_else(|| member("model"));
    if queryset.as_ref().is_some_and(|value| names_stored_row(&super::celery_use::path_of(value))) {
        effects.uses = effects.uses.and(Uses { status: true, result: true, ..Uses::NONE });
    }
    let helper = ["serializer_class", "form_class"].into_iter().find_map(|name| match member(name)?.kind {
        ValueKind::Ref(Ref::Class(module, class)) => Some((module, class)),
        _ => None,
    });
    let writes = !matches!(verb, "GET" | "WS");
    let mut nodes = Vec::new();
    if let Some((module, class)) = helper {
        let names: &[&str] = if writes {
            &["create", "update", "save", "validate", "to_internal_value"]
        } else {
            &["to_representation"]
        };
        nodes.extend(signals::methods_named(graph, module, class, names));
        nodes.extend(computed_fields(graph, module, class));
    }
    if !is_generic(graph, module, class) {
        return nodes;
    }
    let by_helper = helper.and_then(|(module, class)| signals::meta_model(graph.eval, module, class));
    if let Some((module, class)) = by_helper.or_else(|| signals::model_of(queryset.as_ref()?)) {
        if !writes {
            effects.uses = effects.uses.and(super::rows::of_class(graph.eval, module, class));
            return nodes;
        }
        let method = if verb == "DELETE" { "delete" } else { "save" };
        nodes.extend(graph.signals.row_events(graph, module, class, method));
    }
    nodes
}

fn is_generic(graph: &Graph, module: ModuleId, class: ClassId) -> bool {
    let bases = graph.eval.external_bases(module, class);
    let is = |base: &String| {
        base.contains("generic")
            || base.contains("viewsets.")
            || base.contains("mixins.")
            || base.ends_with("ModelViewSet")
    };
    bases.iter().any(is)
}

/// `get_state` of a serializer's `SerializerMethodField`.
fn computed_fields(graph: &Graph, module: ModuleId, class: ClassId) -> Vec<Node> {
    let lowered = graph.eval.modules.get(module);
    let own = lowered.functions.iter().filter(|function| function.parent == Scope::Class(class));
    let names: Vec<&str> = own.map(|function| &*function.name).filter(|name| name.starts_with("get_")).collect();
    signals::methods_named(graph, module, class, &names)
}

/// A function with its dependencies: theirs come first.
fn injected(
    graph: &Graph,
    module: ModuleId,
    function: FunctionId,
    this: Option<&Value>,
    provided: &[(String, Value)],
    depth: u32,
) -> Vec<Node> {
    let (values, mut nodes) = parameters(graph, module, function, provided, depth);
    let mut node = graph.node(module, function, &Args { open: true, ..Args::default() }, this, &Given::default());
    if !values.is_empty() {
        let scope = Scope::Function(function);
        let (own, outer): (Vec<GivenFrame>, Vec<GivenFrame>) =
            node.given.frames().iter().cloned().partition(|frame| (frame.scope, frame.module) == (scope, module));
        let known = own.into_iter().flat_map(|frame| frame.values);
        let kept: Vec<_> = known.filter(|(name, _)| values.iter().all(|(given, _)| given != name)).collect();
        let values = kept.into_iter().chain(values).collect();
        let frame = GivenFrame { module, scope, values, fixed: false };
        node.given = Given::new(std::iter::once(frame).chain(outer));
    }
    nodes.extend(decorator_nodes(graph, module, function, depth));
    nodes.insert(0, node);
    nodes
}

/// What the parameters of a function are given by their dependencies, and the functions that run for that.
fn parameters(
    graph: &Graph,
    module: ModuleId,
    function: FunctionId,
    provided: &[(String, Value)],
    depth: u32,
) -> (Vec<(Name, Value)>, Vec<Node>) {
    let (mut values, mut nodes) = (Vec::new(), Vec::new());
    if depth == 0 {
        return (values, nodes);
    }
    let definition = graph.eval.modules.get(module).function(function);
    for param in &definition.params {
        let given = param.default.and_then(|id| target(&graph.eval.expr(module, definition.parent, id)));
        let annotated = || param.annotation.and_then(|id| annotated(graph, module, definition.parent, id, 4));
        let by_name = || provided.iter().find(|(name, _)| **name == *param.name).map(|(_, value)| value.clone());
        let Some(dependency) = given.or_else(annotated).or_else(by_name) else { continue };
        let typed = param.annotation.and_then(|id| graph.typed(module, definition.parent, id));
        let (value, more) = resolved(graph, &dependency, typed, depth);
        nodes.extend(more);
        if let Some(value) = value {
            values.push((param.name.clone(), value));
        }
    }
    (values, nodes)
}

/// `Depends(f)`, `Security(f)`, `Provide(f)`: `f`; `Depends()` stands for the annotation.
fn target(value: &Value) -> Option<Value> {
    let made = value.made()?;
    let (package, last) = (made.callee.split('.').next()?, made.callee.rsplit('.').next()?);
    let known = matches!(package, "fastapi" | "litestar" | "starlite" | "ninja" | "fast_depends");
    if !known || !matches!(last, "Depends" | "Security" | "Provide") {
        return None;
    }
    Some(made.args.get(0, "dependency").cloned().unwrap_or_else(Value::unknown))
}

/// `Annotated[X, Depends(f)]`, also under a name of its own.
fn annotated(graph: &Graph, module: ModuleId, scope: Scope, annotation: ExprId, depth: u32) -> Option<Value> {
    if depth == 0 {
        return None;
    }
    let lowered = graph.eval.modules.get(module);
    match &lowered.expr(annotation).kind {
        ExprKind::Subscript { index, .. } => {
            let ExprKind::Tuple(items) = &lowered.expr(*index).kind else { return None };
            items.iter().skip(1).find_map(|item| target(&graph.eval.expr(module, scope, *item)))
        }
        ExprKind::Name(name) => {
            let (module, value) = definition(graph, module, name, 5)?;
            annotated(graph, module, Scope::Module, value, depth - 1)
        }
        ExprKind::Attribute { value, attr, .. } => {
            let ValueKind::Ref(Ref::Module(id)) = graph.eval.expr(module, scope, *value).kind else { return None };
            let (module, value) = definition(graph, id, attr, 5)?;
            annotated(graph, module, Scope::Module, value, depth - 1)
        }
        _ => None,
    }
}

/// The expression that a module-level name is bound to, through imports.
fn definition(graph: &Graph, module: ModuleId, name: &str, depth: u32) -> Option<(ModuleId, ExprId)> {
    if depth == 0 {
        return None;
    }
    let lowered = graph.eval.modules.get(module);
    let Some(bindings) = lowered.scope.names.get(name) else {
        return lowered.scope.stars.iter().find_map(|star| match graph.eval.modules.resolve(module, star) {
            Ref::Module(id) => definition(graph, id, name, depth - 1),
            _ => None,
        });
    };
    bindings.iter().rev().find_map(|binding| match &binding.kind {
        BindingKind::Value(value) => Some((module, *value)),
        BindingKind::ImportFrom { module: import, name } => match graph.eval.modules.resolve(module, import) {
            Ref::Module(id) => definition(graph, id, name, depth - 1),
            _ => None,
        },
        _ => None,
    })
}

/// What a dependency gives, and what runs for it.
fn resolved(graph: &Graph, dependency: &Value, typed: Option<Value>, depth: u32) -> (Option<Value>, Vec<Node>) {
    let open = Args { open: true, ..Args::default() };
    for alternative in dependency.alternatives() {
        let (module, function, this) = match &alternative.kind {
            ValueKind::Ref(Ref::Function(module, function)) => (*module, *function, None),
            ValueKind::Ref(Ref::Class(module, class)) => {
                let this = views::instance(*module, *class);
                let nodes = signals::methods_named(graph, *module, *class, &["__init__"]);
                return (Some(this), nodes);
            }
            ValueKind::Method { of, name } => match graph.eval.method_of(of, name) {
                Some(found) => found,
                None => continue,
            },
            ValueKind::Instance(_) => match graph.eval.method_of(alternative, "__call__") {
                Some(found) => found,
                None => continue,
            },
            _ => continue,
        };
        let (values, mut nodes) = parameters(graph, module, function, &[], depth - 1);
        let mut node = graph.node(module, function, &open, this.as_ref(), &Given::default());
        if !values.is_empty() {
            node.given = node.given.with(GivenFrame { module, scope: Scope::Function(function), values, fixed: false });
        }
        let value = Some(returned(graph, &node)).filter(|value| !value.is_unknown()).or(typed);
        nodes.push(node);
        return (value, nodes);
    }
    (typed, Vec::new())
}

/// What a function returns or yields.
fn returned(graph: &Graph, node: &Node) -> Value {
    let lowered = graph.eval.modules.get(node.module);
    let scope = Scope::Function(node.function);
    let mut found = Vec::new();
    let mut blocks = vec![&lowered.function(node.function).body];
    while let Some(block) = blocks.pop() {
        for stmt in block {
            let value = match &stmt.kind {
                StmtKind::Return(Some(value)) => Some(*value),
                StmtKind::Expr(value) => match lowered.expr(*value).kind {
                    ExprKind::Yield(inner) => inner,
                    _ => None,
                },
                _ => None,
            };
            found.extend(value.map(|value| graph.eval.expr_given(node.module, scope, value, &node.given)));
            blocks.extend(stmt.blocks());
        }
    }
    Value::one_of(found.into_iter().take(8))
}

/// What a route's decorators bring along: `dependencies=[Depends(f)]`, and the project's own decorators.
fn decorator_nodes(graph: &Graph, module: ModuleId, function: FunctionId, depth: u32) -> Vec<Node> {
    let lowered = graph.eval.modules.get(module);
    let definition = lowered.function(function);
    let mut nodes = Vec::new();
    for decorator in &definition.decorators {
        let call = lowered.call(decorator.value);
        let func = call.map_or(decorator.value, |call| call.func);
        let scope = definition.parent;
        if let ValueKind::Ref(Ref::Function(m, f)) = graph.eval.expr(module, scope, func).kind {
            nodes.extend(wrappers(graph, m, f));
        }
        let Some(call) = call else { continue };
        let Some(listed) = call.keyword("dependencies") else { continue };
        for value in graph.eval.elements(&graph.eval.expr(module, scope, listed.value)) {
            if let Some(dependency) = target(&value) {
                nodes.extend(resolved(graph, &dependency, None, depth.min(2)).1);
            }
        }
    }
    nodes
}

/// A project's decorator, with the functions inside it that replace what it decorates.
fn wrappers(graph: &Graph, module: ModuleId, decorator: FunctionId) -> Vec<Node> {
    let lowered = graph.eval.modules.get(module);
    let span = lowered.function(decorator).span;
    let inside = lowered.functions.iter().enumerate().filter(|(_, function)| span.contains(function.span));
    let open = Args { open: true, ..Args::default() };
    inside.map(|(id, _)| graph.node(module, FunctionId(id as u32), &open, None, &Given::default())).collect()
}

/// What `dependencies={"name": Provide(f)}` of a handler gives by name.
fn by_name(graph: &Graph, module: ModuleId, function: FunctionId) -> Vec<(String, Value)> {
    let lowered = graph.eval.modules.get(module);
    let definition = lowered.function(function);
    let of_class = match definition.parent {
        Scope::Class(class) => graph.eval.member(module, class, "dependencies"),
        _ => None,
    };
    let of_decorators = definition.decorators.iter().filter_map(|decorator| {
        lowered.call(decorator.value)?;
        let site = Site { module, scope: definition.parent, expr: decorator.value };
        graph.eval.arguments(site).named("dependencies").cloned()
    });
    of_decorators.chain(of_class).flat_map(|value| named_dependencies(&value)).collect()
}

/// The entries of a `dependencies` dictionary.
fn named_dependencies(value: &Value) -> Vec<(String, Value)> {
    let ValueKind::Dict(dict) = &value.kind else { return Vec::new() };
    let entry =
        |(name, value): &(Value, Value)| Some((name.as_literal()?, target(value).unwrap_or_else(|| value.clone())));
    dict.entries.iter().filter_map(entry).collect()
}
