//! `unserialisable-endpoint-response`: see its page.

use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::requests::{
    self,
    returned::{self, Returned, What},
};
use crate::project::{Endpoint, Project, ResultUse, production};
use crate::python::ir::Function;
use crate::python::ir::FunctionId;
use crate::python::{Module, ModuleId};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/unserialisable-endpoint-response.md"), Check::Project(check));

/// Words of functions that tell a result from an exception, or make a text of either.
const TELLING: &[&str] =
    &["successful", "failed(", "SUCCESS", "FAILURE", "isinstance", "states.", "traceback", "safe_", "default=str"];

fn check(project: &Project, out: &mut Report) {
    if production::runs_eagerly(project) {
        return;
    }
    let mut seen: Vec<(ModuleId, FunctionId)> = Vec::new();
    for endpoint in &project.endpoints {
        for (id, function) in handlers(project, endpoint) {
            let module = project.modules.get(&project.sources, id);
            if seen.contains(&(id, function)) || production::is_shown(project.sources.path(module.file)) {
                continue;
            }
            seen.push((id, function));
            let handler = Handler { project, endpoint, module, function: module.function(function) };
            if !handler.is_converted() {
                let rest = endpoint.framework == "Django";
                let found = returned::of(project, id, function, rest);
                out.findings.extend(found.iter().filter_map(|it| handler.describe(it)));
            }
        }
    }
}

/// The functions that answer a route and have to do with Celery: the handler, or methods of its class.
fn handlers(project: &Project, endpoint: &Endpoint) -> Vec<(ModuleId, FunctionId)> {
    let own = endpoint.acts.iter().filter(|act| requests::is_in_handler(project, endpoint, act));
    let mut found: Vec<(ModuleId, FunctionId)> = own.map(|act| (act.module, act.function)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// A handler whose answer becomes JSON.
struct Handler<'p> {
    project: &'p Project,
    endpoint: &'p Endpoint,
    module: &'p Module,
    function: &'p Function,
}

impl Handler<'_> {
    /// Whether something makes another thing of the answer: a response model, or a decorator of the project.
    fn is_converted(&self) -> bool {
        let known = |name: &str| {
            matches!(name, "get" | "post" | "put" | "patch" | "delete" | "route" | "api_route" | "api_view" | "action")
        };
        self.function.decorators.iter().any(|decorator| {
            let call = self.module.call(decorator.value);
            let name = self.module.last_name(call.map_or(decorator.value, |call| call.func));
            let model = call.is_some_and(|call| call.keyword("response_model").is_some());
            model || name.is_none_or(|name| !known(name) && name.contains("json"))
        }) || self.function.returns.is_some_and(|it| {
            let text = self.text(self.module.span(it));
            !matches!(text, "dict" | "Any" | "JSONResponse" | "Response" | "JsonResponse")
                && !text.starts_with("dict[")
                && !text.starts_with("Dict[")
        })
    }

    fn text(&self, span: Span) -> &str {
        self.project.sources.snippet(Loc::new(self.module.file, span))
    }

    fn describe(&self, found: &Returned) -> Option<Finding> {
        match found.what {
            What::Result(index) => self.result(found, self.project.submissions.get(index)?.task_name.as_deref()),
            What::Value(index) => self.value(found, self.project.result_uses.get(index)?),
        }
    }

    /// The `AsyncResult` itself.
    fn result(&self, found: &Returned, task: Option<&str>) -> Option<Finding> {
        let asgi = matches!(self.endpoint.framework, "FastAPI");
        // Other frameworks may have encoders of their own, or want another kind of answer altogether.
        let known = asgi || matches!(self.endpoint.framework, "Flask" | "Django") && (found.written || !found.whole);
        if !known {
            return None;
        }
        let label = match asgi && !found.written {
            true => "cannot be turned into JSON: the request fails with status 500",
            false => "raises `TypeError: Object of type AsyncResult is not JSON serializable`",
        };
        let end = Loc::new(found.at.file, Span::new(found.at.span.end, found.at.span.end));
        let applicability = if found.whole { Applicability::Unsafe } else { Applicability::Safe };
        Some(
            Finding::new(&RULE, "The answer holds the `AsyncResult` of the task that was sent", found.at, label)
                .help("Answer with its id: `.id`")
                .symbol(task.unwrap_or_default())
                .fix(Fix::new("Answer with the id of the task", applicability).replace(end, ".id")),
        )
    }

    /// What the task returned, or raised.
    fn value(&self, found: &Returned, used: &ResultUse) -> Option<Finding> {
        let text = self.text(self.function.span);
        if TELLING.iter().any(|word| text.contains(word)) {
            return None;
        }
        let fast = self.endpoint.framework == "FastAPI";
        let typed = self.function.returns.is_some();
        let label = match (found.written, fast) {
            (false, true) if typed => "is an exception when the task failed: the request fails with status 500",
            (false, true) => "is an exception when the task failed, of which FastAPI makes `{}`: nobody learns why",
            (false, false) if !matches!(self.endpoint.framework, "Flask" | "Django") => return None,
            _ => "is an exception when the task failed: raises `TypeError`, as it is not JSON serializable",
        };
        let read = self.project.sources.snippet(used.at);
        let mut finding =
            Finding::new(&RULE, "The answer holds the exception when the task has failed", found.at, label)
                .severity(Severity::Warning)
                .help("Look at the state first, and answer with `str(…)` of an exception")
                .symbol(&used.word);
        // Long expressions that send or look up are not repeated.
        if found.at == used.at && !read.contains('(') {
            let text = format!("str({read}) if isinstance({read}, Exception) else {read}");
            finding = finding
                .fix(Fix::new("Answer with the text of the exception", Applicability::Unsafe).replace(used.at, text));
        }
        Some(finding)
    }
}
