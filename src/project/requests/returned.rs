//! What a handler answers with, as far as it has to become JSON: results of tasks in dictionaries, lists and responses.

use super::super::Project;
use crate::project::submission::Method;
use crate::python::ModuleId;
use crate::python::ir::{Binding, BindingKind, Block, Call, ExprId, ExprKind, FunctionId, Module, StmtKind};
use crate::source::Loc;

/// Something that JSON does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returned {
    pub what: What,
    /// Where it is put into the answer.
    pub at: Loc,
    /// The answer is made by a class of the framework that writes JSON there and then.
    pub written: bool,
    /// It is the whole answer.
    pub whole: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// What sending a task gives: the index into `Project::submissions`.
    Result(usize),
    /// The value of a task, or its exception: the index into `Project::result_uses`.
    Value(usize),
}

/// Calls that turn what they are given into JSON.
const RESPONSES: &[&str] =
    &["JSONResponse", "JsonResponse", "ORJSONResponse", "UJSONResponse", "dumps", "jsonify", "make_response"];
/// Keywords of these that are no part of the answer.
const ASIDE: &[&str] = &["background", "content_type", "headers", "media_type", "safe", "status", "status_code"];

const MAX_DEPTH: u32 = 8;

/// What one function answers with; `rest` where the class `Response` is the one of Django REST framework, which writes JSON.
pub fn of(project: &Project, id: ModuleId, function: FunctionId, rest: bool) -> Vec<Returned> {
    let module = project.modules.get(&project.sources, id);
    let mut look = Look { project, module, function, rest, found: Vec::new() };
    look.block(&module.function(function).body, MAX_DEPTH);
    look.found.sort_by_key(|it| it.at);
    look.found.dedup_by_key(|it| it.at);
    look.found
}

struct Look<'p> {
    project: &'p Project,
    module: &'p Module,
    function: FunctionId,
    rest: bool,
    found: Vec<Returned>,
}

/// How a value gets into the answer.
#[derive(Clone, Copy)]
struct Way {
    /// Where it is put: the name, when it comes through one.
    shown: Option<ExprId>,
    written: bool,
    whole: bool,
    depth: u32,
}

impl Look<'_> {
    fn block(&mut self, block: &Block, depth: u32) {
        for stmt in block.iter().filter(|_| depth > 0) {
            if let StmtKind::Return(Some(value)) = stmt.kind {
                self.value(value, Way { shown: None, written: false, whole: true, depth: MAX_DEPTH });
            }
            stmt.blocks().into_iter().for_each(|block| self.block(block, depth - 1));
        }
    }

    fn value(&mut self, expr: ExprId, way: Way) {
        if way.depth == 0 || self.found.len() > 32 {
            return;
        }
        let way = Way { depth: way.depth - 1, ..way };
        let part = Way { whole: false, shown: None, ..way };
        match &self.module.expr(expr).kind {
            ExprKind::Dict(items) => items.iter().for_each(|(_, value)| self.value(*value, part)),
            ExprKind::List(items) | ExprKind::Set(items) => items.iter().for_each(|item| self.value(*item, part)),
            // `return answer, 202`
            ExprKind::Tuple(items) if way.whole => items.iter().take(1).for_each(|item| self.value(*item, way)),
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.value(*item, part)),
            ExprKind::If { body, orelse, .. } => [*body, *orelse].into_iter().for_each(|it| self.value(it, way)),
            ExprKind::Name(name) => self.name(expr, name, way),
            ExprKind::Attribute { attr, .. } if matches!(&**attr, "result" | "info") => self.read(expr, way),
            ExprKind::Call(call) => self.call(expr, call, way),
            _ => {}
        }
    }

    /// A name of the function: what it is given, and what is put into it.
    fn name(&mut self, expr: ExprId, name: &str, way: Way) {
        let shown = Some(way.shown.unwrap_or(expr));
        let Some(bindings) = self.module.function(self.function).scope.names.get(name) else { return };
        for Binding { kind, .. } in bindings {
            match kind {
                BindingKind::Value(value) => self.value(*value, Way { shown, ..way }),
                BindingKind::ItemStore { value, .. } => self.value(*value, Way { shown: None, whole: false, ..way }),
                _ => {}
            }
        }
    }

    fn call(&mut self, expr: ExprId, call: &Call, way: Way) {
        let last = self.module.last_name(call.func).map_or("", |name| name);
        if RESPONSES.contains(&last) || last == "dict" || self.rest && last == "Response" {
            let inner = Way { shown: None, written: way.written || last != "dict", whole: false, ..way };
            call.positional().take(1).for_each(|it| self.value(it.value, inner));
            let named = call.args.iter().filter(|it| it.name.as_deref().is_some_and(|name| !ASIDE.contains(&name)));
            named.for_each(|it| self.value(it.value, inner));
            return;
        }
        let at = self.loc(expr);
        let Ok(index) = self.project.submissions.binary_search_by(|it| it.at.cmp(&at)) else { return };
        let sure = self.project.submissions.get(index).is_some_and(|it| {
            it.task.is_some() && matches!(it.method, Method::Delay | Method::ApplyAsync) && !it.handed
        });
        if sure {
            self.push(What::Result(index), expr, way);
        }
    }

    /// `result.result`: what is read of the result of a task.
    fn read(&mut self, expr: ExprId, way: Way) {
        let at = self.loc(expr);
        if let Some(index) = self.project.result_uses.iter().position(|used| used.at == at && used.call.is_none()) {
            self.push(What::Value(index), expr, way);
        }
    }

    fn push(&mut self, what: What, expr: ExprId, way: Way) {
        let at = self.loc(way.shown.unwrap_or(expr));
        self.found.push(Returned { what, at, written: way.written, whole: way.whole });
    }

    fn loc(&self, expr: ExprId) -> Loc {
        Loc::new(self.module.file, self.module.span(expr))
    }
}
