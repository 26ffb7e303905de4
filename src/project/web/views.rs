//! Django's class views and view functions: which verbs they answer, and which of their methods run for one.

use super::handler::Handler;
use super::scan::Scan;
use crate::python::ir::*;
use crate::python::{Args, Instance, ModuleId, Ref, Shared, Site, Value, ValueKind};

/// HTTP verbs in the order in which they are listed.
pub const VERBS: &[&str] = &["get", "post", "put", "patch", "delete"];

/// What classes of Django, DRF, Flask … answer by themselves, by the end of their name.
const ANSWERED: &[(&str, &[&str])] = &[
    ("ReadOnlyModelViewSet", &["list", "retrieve"]),
    ("ModelViewSet", &["list", "create", "retrieve", "update", "partial_update", "destroy"]),
    ("ListModelMixin", &["list"]),
    ("CreateModelMixin", &["create"]),
    ("RetrieveModelMixin", &["retrieve"]),
    ("UpdateModelMixin", &["update", "partial_update"]),
    ("DestroyModelMixin", &["destroy"]),
    ("RetrieveUpdateDestroyAPIView", &["get", "put", "patch", "delete"]),
    ("RetrieveUpdateAPIView", &["get", "put", "patch"]),
    ("RetrieveDestroyAPIView", &["get", "delete"]),
    ("ListCreateAPIView", &["get", "post"]),
    ("ListAPIView", &["get"]),
    ("CreateAPIView", &["post"]),
    ("RetrieveAPIView", &["get"]),
    ("UpdateAPIView", &["put", "patch"]),
    ("DestroyAPIView", &["delete"]),
    ("FormView", &["get", "post"]),
    ("CreateView", &["get", "post"]),
    ("UpdateView", &["get", "post"]),
    ("DeleteView", &["get", "post"]),
    ("ListView", &["get"]),
    ("DetailView", &["get"]),
    ("TemplateView", &["get"]),
    ("RedirectView", &["get"]),
    ("ArchiveView", &["get"]),
];

/// Methods of generic views that run when something is written.
const WRITING: &[&str] = &[
    "create",
    "delete",
    "destroy",
    "form_invalid",
    "form_valid",
    "partial_update",
    "perform_create",
    "perform_destroy",
    "perform_update",
    "save",
    "update",
];

/// Methods of generic views that run for every request.
const ALWAYS: &[&str] = &["dispatch", "get_object", "get_queryset", "initial", "perform_authentication", "setup"];

/// Methods of generic views that run when something is shown.
const READING: &[&str] = &["get_context_data", "get_redirect_url", "list", "render_to_response", "retrieve"];

/// An instance of a view class, of whose arguments nothing is known.
pub fn instance(module: ModuleId, class: ClassId) -> Value {
    let args = Args { open: true, ..Args::default() };
    let instance = Instance { module, class, args, attrs: Vec::new() };
    Value { kind: ValueKind::Instance(Shared::new(instance)), at: None, trail: Vec::new() }
}

/// `http_method_names`, upper case; empty when the class does not restrict them.
pub fn allowed(scan: &Scan, module: ModuleId, class: ClassId) -> Vec<String> {
    let names = scan.eval.member(module, class, "http_method_names");
    names.map(|names| super::collect::methods_of(&names)).unwrap_or_default()
}

/// A method of the class or its project bases.
pub fn method(scan: &Scan, module: ModuleId, class: ClassId, name: &str) -> Option<Handler> {
    let value = scan.eval.member(module, class, name)?;
    let function = value.alternatives().iter().find_map(|value| match value.kind {
        ValueKind::Ref(Ref::Function(module, function)) => Some((module, function)),
        _ => None,
    });
    let (owner, function) = function?;
    Some(Handler::Function { module: owner, function, this: Some(instance(module, class)) })
}

/// What answers an action of a view set, if it has that action.
pub fn action(scan: &Scan, module: ModuleId, class: ClassId, name: &str) -> Option<Handler> {
    if let Some(own) = method(scan, module, class, name) {
        return Some(own);
    }
    inherited(scan, module, class).contains(&name).then_some(Handler::Class { module, class, with: None })
}

fn inherited(scan: &Scan, module: ModuleId, class: ClassId) -> Vec<&'static str> {
    let bases = scan.eval.external_bases(module, class);
    let of_base = |base: &String| ANSWERED.iter().find(|(name, _)| base.ends_with(name)).map(|(_, verbs)| *verbs);
    bases.iter().filter_map(of_base).flatten().copied().collect()
}

/// The verbs that a class view answers, upper case; empty when it does not say.
pub fn verbs(scan: &Scan, module: ModuleId, class: ClassId, with: Option<&Value>) -> Vec<String> {
    if let Some(actions) = actions(with) {
        return actions.into_iter().map(|(verb, _)| verb).collect();
    }
    let inherited = inherited(scan, module, class);
    let allowed = allowed(scan, module, class);
    let answers = |verb: &&&str| inherited.contains(*verb) || method(scan, module, class, verb).is_some();
    let own = VERBS.iter().filter(answers).map(|verb| verb.to_uppercase());
    let own: Vec<String> = own.filter(|verb| allowed.is_empty() || allowed.contains(verb)).collect();
    // Flask's plain `View` says its verbs itself, or answers GET.
    if own.is_empty() && method(scan, module, class, "dispatch_request").is_some() {
        let listed = scan.eval.member(module, class, "methods").map(|listed| super::collect::methods_of(&listed));
        return listed.filter(|listed| !listed.is_empty()).unwrap_or_else(|| vec!["GET".to_owned()]);
    }
    own
}

/// `ViewSet.as_view({"get": "list"})`: verbs with the methods they run.
pub fn actions(with: Option<&Value>) -> Option<Vec<(String, String)>> {
    let made = with?.made()?;
    let ValueKind::Dict(dict) = &made.args.get(0, "actions")?.kind else { return None };
    let pair = |(verb, action): &(Value, Value)| Some((verb.as_literal()?.to_uppercase(), action.as_literal()?));
    Some(dict.entries.iter().filter_map(pair).collect())
}

/// What runs when a class view answers a verb (upper case; `ANY` and `WS` run everything).
pub fn running(scan: &Scan, module: ModuleId, class: ClassId, with: Option<&Value>, verb: &str) -> Vec<Handler> {
    let lower = verb.to_lowercase();
    let find = |name: &str| method(scan, module, class, name);
    if matches!(verb, "WS" | "ANY") || !VERBS.contains(&lower.as_str()) {
        return all_methods(scan, module, class);
    }
    let action = actions(with).and_then(|all| all.into_iter().find(|(known, _)| known == verb));
    let main = action.map_or(lower, |(_, action)| action);
    let mut found: Vec<Handler> = find(&main).into_iter().collect();
    found.extend(ALWAYS.iter().filter_map(|name| find(name)));
    let hooks = if verb == "GET" { READING } else { WRITING };
    found.extend(hooks.iter().filter_map(|name| find(name)));
    found
}

/// All methods that a class and its project bases define.
pub fn all_methods(scan: &Scan, module: ModuleId, class: ClassId) -> Vec<Handler> {
    let this = instance(module, class);
    let of_class = |(module, class): (ModuleId, ClassId)| {
        let functions = scan.module(module).functions.iter().enumerate();
        let own = functions.filter(move |(_, function)| function.parent == Scope::Class(class));
        own.map(|(id, _)| (module, FunctionId(id as u32))).collect::<Vec<_>>()
    };
    let all = scan.eval.classes(module, class).into_iter().flat_map(of_class);
    all.map(|(module, function)| Handler::Function { module, function, this: Some(this.clone()) }).collect()
}

/// The verbs that decorators leave to a view function; empty when they do not say.
pub fn function_verbs(scan: &Scan, module: ModuleId, function: FunctionId) -> Vec<String> {
    let lowered = scan.module(module);
    let definition = lowered.function(function);
    for decorator in &definition.decorators {
        let call = lowered.call(decorator.value);
        let callee = scan.eval.expr(module, definition.parent, call.map_or(decorator.value, |call| call.func));
        let path = match callee.external() {
            Some(path) => path.to_owned(),
            None => continue,
        };
        match path.rsplit('.').next().unwrap_or_default() {
            "require_POST" => return vec!["POST".to_owned()],
            "require_GET" | "require_safe" => return vec!["GET".to_owned()],
            "require_http_methods" | "api_view" => {
                let site = Site { module, scope: definition.parent, expr: decorator.value };
                let args = scan.eval.arguments(site);
                let listed =
                    args.positional.first().or_else(|| args.named("http_method_names")).map(super::collect::methods_of);
                return listed.filter(|verbs| !verbs.is_empty()).unwrap_or_else(|| vec!["GET".to_owned()]);
            }
            _ => {}
        }
    }
    Vec::new()
}
