//! `missing-endpoint-types`: see its page.

use crate::finding::Finding;
use crate::project::{Endpoint, Project, production};
use crate::python::Module;
use crate::python::ir::Function;
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/missing-endpoint-types.md"), Check::Project(check));

/// Arguments of a route that say what it answers with.
const SAYING: &[&str] = &["response_model", "response_class", "responses"];

fn check(project: &Project, out: &mut Report) {
    let mut seen: Vec<Loc> = Vec::new();
    for endpoint in project.endpoints.iter().filter(|it| it.framework == "FastAPI" && !it.does.is_empty()) {
        let Some((id, function)) = endpoint.function else { continue };
        let module = project.modules.get(&project.sources, id);
        let function = module.function(function);
        let at = Loc::new(module.file, function.name_span);
        let shown = production::is_shown(project.sources.path(module.file));
        if !shown && endpoint.method != "WS" && !says(module, function) && !seen.contains(&at) {
            seen.push(at);
            out.push(describe(endpoint, at));
        }
    }
}

fn says(module: &Module, function: &Function) -> bool {
    let calls = function.decorators.iter().filter_map(|decorator| module.call(decorator.value));
    let of_route = |name: &&str| calls.clone().any(|call| call.keyword(name).is_some());
    // A route that is registered elsewhere says it there.
    let registered = calls.clone().any(|call| !call.args.is_empty());
    function.returns.is_some() || !registered || SAYING.iter().any(of_route)
}

fn describe(endpoint: &Endpoint, at: Loc) -> Finding {
    let label = "has neither a return annotation nor a `response_model`: OpenAPI does not say what it answers";
    Finding::new(&RULE, "An endpoint for tasks does not say what it answers with", at, label)
        .help("Annotate what it returns with a model, for example `-> TaskStatus`")
        .symbol(&endpoint.route)
}
