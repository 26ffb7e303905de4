//! Django REST framework's routers: what `register` makes of a view set.

use super::collect::{Registration, methods_of};
use super::handler::Handler;
use super::kinds::{Object, path_text};
use super::registry::{Fact, Route};
use super::scan::Scan;
use super::views;
use crate::python::ir::*;
use crate::python::{ModuleId, Site, Value, ValueKind};
use crate::source::Loc;

/// An action of a view set, its verb, and whether it stands below one object.
const STANDARD: &[(&str, &str, bool)] = &[
    ("list", "GET", false),
    ("create", "POST", false),
    ("retrieve", "GET", true),
    ("update", "PUT", true),
    ("partial_update", "PATCH", true),
    ("destroy", "DELETE", true),
];

pub fn register(scan: &Scan, object: &Object, call: &Registration, facts: &mut Vec<Fact>) {
    match call.method {
        "register" => {
            let (Some(prefix), Some(value)) = (call.path(0, "prefix"), call.args.get(1, "viewset")) else { return };
            let nested = nested_prefix(object);
            let prefix = format!("{nested}{}", regex_text(prefix.trim_matches('/')));
            let set = ViewSet { object, prefix, slash: slash(object), at: call.at, module: call.site.module };
            match Handler::of(scan.eval, value) {
                Handler::Class { module, class, .. } => set.routes(scan, module, class, facts),
                other => facts.extend(set.route(Vec::new(), "", other, call.at)),
            }
        }
        // `router.registry.extend(other.registry)`
        "extend" => {
            if let Some(Value { kind: ValueKind::Method { of, name }, .. }) = call.args.positional.first()
                && name == "registry"
            {
                facts.extend(call.include(object, of, None, false));
            }
        }
        _ => {}
    }
}

/// `domains/{domain_pk}/` for nested routers.
fn nested_prefix(object: &Object) -> String {
    if !object.made.callee.contains("Nested") {
        return String::new();
    }
    let args = &object.made.args;
    let parent = args.get(1, "parent_prefix").and_then(path_text).unwrap_or_default();
    let lookup = args.get(2, "lookup").and_then(path_text).map_or("pk".to_owned(), |lookup| format!("{lookup}_pk"));
    format!("{}/{{{lookup}}}/", parent.trim_matches('/'))
}

fn slash(object: &Object) -> &'static str {
    match object.made.args.named("trailing_slash").map(|value| &value.kind) {
        Some(ValueKind::Bool(false)) => "",
        _ => "/",
    }
}

/// A registered view set.
struct ViewSet<'r> {
    object: &'r Object,
    prefix: String,
    slash: &'static str,
    at: Loc,
    module: ModuleId,
}

impl ViewSet<'_> {
    fn route(&self, methods: Vec<String>, below: &str, handler: Handler, at: Loc) -> Option<Fact> {
        let parts: Vec<&str> = [self.prefix.as_str(), below].into_iter().filter(|part| !part.is_empty()).collect();
        let path = format!("{}{}", parts.join("/"), if parts.is_empty() { "" } else { self.slash });
        let (owner, module) = (self.object.key, self.module);
        Some(Fact::Route(Route { owner, methods, path, version: None, handler, at, module }))
    }

    fn routes(&self, scan: &Scan, module: ModuleId, class: ClassId, facts: &mut Vec<Fact>) {
        let lookup = ["lookup_url_kwarg", "lookup_field"]
            .into_iter()
            .find_map(|name| scan.eval.member(module, class, name)?.as_literal())
            .unwrap_or_else(|| "pk".to_owned());
        let one = format!("{{{lookup}}}");
        let allowed = views::allowed(scan, module, class);
        let is_allowed = |verb: &str| allowed.is_empty() || allowed.iter().any(|known| known == verb);
        for (action, verb, detail) in STANDARD {
            if is_allowed(verb)
                && let Some(handler) = views::action(scan, module, class, action)
            {
                let below = if *detail { one.as_str() } else { "" };
                facts.extend(self.route(vec![(*verb).to_owned()], below, handler, self.at));
            }
        }
        for extra in extra_actions(scan, module, class) {
            let below = if extra.detail { format!("{one}/{}", extra.path) } else { extra.path.clone() };
            let methods: Vec<String> = extra.methods.into_iter().filter(|verb| is_allowed(verb)).collect();
            for verb in methods {
                facts.extend(self.route(vec![verb], &below, extra.handler.clone(), extra.at));
            }
        }
    }
}

struct Extra {
    methods: Vec<String>,
    path: String,
    detail: bool,
    handler: Handler,
    at: Loc,
}

/// The methods of a view set under `@action`.
fn extra_actions(scan: &Scan, module: ModuleId, class: ClassId) -> Vec<Extra> {
    let this = views::instance(module, class);
    let mut seen: Vec<Name> = Vec::new();
    let mut found = Vec::new();
    for (module, class) in scan.eval.classes(module, class) {
        let lowered = scan.module(module);
        for (id, function) in lowered.functions.iter().enumerate() {
            if function.parent != Scope::Class(class) || seen.contains(&function.name) {
                continue;
            }
            seen.push(function.name.clone());
            let handler = Handler::Function { module, function: FunctionId(id as u32), this: Some(this.clone()) };
            found.extend(function.decorators.iter().filter_map(|one| extra(scan, module, function, one, &handler)));
        }
    }
    found
}

fn extra(
    scan: &Scan,
    module: ModuleId,
    function: &Function,
    decorator: &Decorator,
    handler: &Handler,
) -> Option<Extra> {
    let lowered = scan.module(module);
    let call = lowered.call(decorator.value)?;
    let callee = scan.eval.expr(module, function.parent, call.func);
    let name = callee.external().filter(|path| path.starts_with("rest_framework"))?.rsplit('.').next()?.to_owned();
    let args = scan.eval.arguments(Site { module, scope: function.parent, expr: decorator.value });
    let detail = match name.as_str() {
        "detail_route" => true,
        "list_route" => false,
        "action" => matches!(args.get(1, "detail").map(|value| &value.kind), Some(ValueKind::Bool(true))),
        _ => return None,
    };
    let methods = args.get(0, "methods").map(methods_of).filter(|methods| !methods.is_empty());
    let path = args.named("url_path").and_then(path_text).unwrap_or_else(|| function.name.to_string());
    Some(Extra {
        methods: methods.unwrap_or_else(|| vec!["GET".to_owned()]),
        path: regex_text(path.trim_matches('/')),
        detail,
        handler: handler.clone(),
        at: scan.loc(module, decorator.span),
    })
}

/// A regular expression as a route: anchors gone, named groups as `<name>`.
pub fn regex_text(pattern: &str) -> String {
    let pattern = pattern.trim_start_matches('^').trim_end_matches("\\Z").trim_end_matches('$');
    let mut text = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find('(') {
        let (before, group) = rest.split_at(at);
        if before.ends_with('\\') || group.starts_with("(?:") {
            text.push_str(before);
            text.push('(');
            rest = &group[1..];
            continue;
        }
        text.push_str(before);
        let end = group_end(group);
        let name = group.strip_prefix("(?P<").and_then(|named| named.split_once('>')).map_or("arg", |(name, _)| name);
        text.push_str(&format!("<{name}>"));
        rest = &group[end..];
    }
    text.push_str(rest);
    text.replace("\\.", ".").replace("\\-", "-").replace("\\/", "/")
}

/// Where the group that the text starts with ends.
fn group_end(group: &str) -> usize {
    let (mut depth, mut escaped) = (0, false);
    for (at, character) in group.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    group.len()
}

#[cfg(test)]
mod tests {
    use super::regex_text;

    #[test]
    fn named_groups_become_placeholders_whatever_nests_in_them() {
        assert_eq!(regex_text(r"^tasks/(?P<task>[0-9a-f-]{36})/$"), "tasks/<task>/");
        assert_eq!(regex_text(r"^(?P<a>(x|y)\))/b\.json$"), "<a>/b.json");
        assert_eq!(regex_text(r"^((?:x/)?)$"), "<arg>");
    }
}
