//! The `try` statements of a task's body: what each handler catches, in order, and whether it lets the error out.

use super::exception::{self, ExceptionClass};
use super::reach::{Calls, callee};
use crate::python::ir::{Block, ExprId, ExprKind, FunctionId, Handler as Clause, Module, Stmt, StmtKind};
use crate::python::{Eval, ModuleId};
use crate::source::{Loc, Span};

/// One `try` with handlers.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The word `try`.
    pub at: Loc,
    /// What it guards.
    pub body: Span,
    pub handlers: Vec<Handler>,
    pub place: Place,
}

/// Where a `try` stands in its function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nothing else in the function can fail.
    Whole,
    /// All that a loop does, which goes on after the error.
    Loop,
    Part,
}

#[derive(Debug, Clone)]
pub struct Handler {
    /// `except X`.
    pub at: Loc,
    /// All of it, with its block.
    pub whole: Loc,
    /// What it calls the error.
    pub name: Option<String>,
    pub caught: Caught,
    /// It surely neither raises nor retries nor leaves the program.
    pub swallows: bool,
    /// It ends the loop or the function.
    pub leaves: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caught {
    Everything,
    Classes(Vec<ExceptionClass>),
    Unknown,
}

impl Caught {
    /// Whether it catches an error of the class; none when that is not known.
    pub fn catches(&self, class: &ExceptionClass) -> Option<bool> {
        match self {
            Self::Everything => Some(true),
            Self::Unknown => None,
            Self::Classes(classes) => {
                let answers: Vec<Option<bool>> = classes.iter().map(|caught| class.is_a(caught)).collect();
                if answers.contains(&Some(true)) {
                    return Some(true);
                }
                answers.iter().all(|answer| *answer == Some(false)).then_some(false)
            }
        }
    }

    /// Whether it catches `Exception`, or all there is.
    pub fn is_broad(&self) -> bool {
        self.catches(&ExceptionClass::external("Exception")) == Some(true)
    }
}

impl Attempt {
    /// The handler that an error of the class reaches; none when it gets past all of them, or nobody knows.
    pub fn handler_of(&self, class: &ExceptionClass) -> Option<&Handler> {
        for handler in &self.handlers {
            match handler.caught.catches(class) {
                Some(true) => return Some(handler),
                Some(false) => {}
                None => return None,
            }
        }
        None
    }
}

/// What a function's `try` statements are looked up with.
pub struct Search<'a> {
    pub eval: &'a Eval<'a>,
    pub id: ModuleId,
    pub function: FunctionId,
    pub calls: &'a Calls<'a>,
}

/// Names of functions and methods that let nobody else's error out.
const HARMLESS: &[&str] = &[
    "add_note",
    "append",
    "capture_exception",
    "critical",
    "debug",
    "dict",
    "error",
    "exception",
    "format",
    "getattr",
    "info",
    "isinstance",
    "log",
    "print",
    "repr",
    "str",
    "type",
    "update_state",
    "warn",
    "warning",
];

impl Search<'_> {
    fn module(&self) -> &Module {
        self.eval.modules.get(self.id)
    }

    /// All of them, in source order.
    pub fn find(&self) -> Vec<Attempt> {
        let body = &self.module().function(self.function).body;
        let whole = self.only_try(body);
        let mut found = Vec::new();
        self.block(body, whole.map(|it| (it, Place::Whole)), &mut found);
        found
    }

    /// `sole` is the `try` of the block that is all it does.
    fn block(&self, block: &Block, sole: Option<(Span, Place)>, out: &mut Vec<Attempt>) {
        for stmt in block {
            if let StmtKind::Try(attempt) = &stmt.kind
                && !attempt.handlers.is_empty()
            {
                let place = sole.filter(|(span, _)| *span == stmt.span).map_or(Place::Part, |(_, place)| place);
                let at = self.loc(Span::new(stmt.span.start, stmt.span.start + "try".len() as u32));
                let handlers = attempt.handlers.iter().map(|clause| self.handler(clause)).collect();
                out.push(Attempt { at, body: cover(&attempt.body), handlers, place });
            }
            if let StmtKind::For { body, orelse, .. } | StmtKind::While { body, orelse, .. } = &stmt.kind {
                self.block(body, self.only_try(body).map(|it| (it, Place::Loop)), out);
                self.block(orelse, None, out);
                continue;
            }
            stmt.blocks().into_iter().for_each(|block| self.block(block, None, out));
        }
    }

    /// The `try` beside which nothing in the function can fail: its `else` and `finally` included.
    fn only_try(&self, body: &Block) -> Option<Span> {
        let mut others = body.iter().filter(|stmt| !self.is_idle(stmt));
        let only = others.next().filter(|_| others.next().is_none())?;
        let StmtKind::Try(attempt) = &only.kind else { return None };
        attempt.orelse.iter().chain(&attempt.finally).all(|stmt| self.is_idle(stmt)).then_some(only.span)
    }

    /// Whether a statement does nothing that can fail: docstrings, plain assignments, logging.
    fn is_idle(&self, stmt: &Stmt) -> bool {
        let logs = |expr: ExprId| match &self.module().expr(expr).kind {
            ExprKind::Call(call) => self.module().last_name(call.func).is_some_and(|it| HARMLESS.contains(&&**it)),
            _ => false,
        };
        let calls = self.calls.within(self.function, stmt.span);
        match &stmt.kind {
            StmtKind::Import | StmtKind::Function(_) => true,
            StmtKind::Expr(expr) => calls.is_empty() || logs(*expr),
            StmtKind::Assign { .. } | StmtKind::Annotated { .. } | StmtKind::Return(_) => calls.is_empty(),
            StmtKind::Other => !self.text(stmt.span).starts_with("assert"),
            _ => false,
        }
    }

    fn handler(&self, clause: &Clause) -> Handler {
        let scope = crate::python::ir::Scope::Function(self.function);
        let caught = match clause.class {
            None => Caught::Everything,
            Some(class) => {
                let classes = exception::classes(self.eval, &self.eval.expr(self.id, scope, class));
                classes.map_or(Caught::Unknown, Caught::Classes)
            }
        };
        let head =
            clause.class.map_or(clause.span.start + "except".len() as u32, |class| self.module().span(class).end);
        let leaves =
            matches!(clause.body.last().map(|stmt| &stmt.kind), Some(StmtKind::Return(_) | StmtKind::Raise(_)))
                || clause.body.last().is_some_and(|last| self.text(last.span) == "break");
        Handler {
            at: self.loc(Span::new(clause.span.start, head)),
            whole: self.loc(clause.span),
            name: clause.name.as_ref().map(|name| name.to_string()),
            caught,
            swallows: !self.may_raise(&clause.body, clause.name.as_deref()),
            leaves,
        }
    }

    /// Whether a handler may let an error out: by `raise`, by retrying, by ending the program, or by what it calls.
    fn may_raise(&self, body: &Block, name: Option<&str>) -> bool {
        if has_raise(body) {
            return true;
        }
        let calls = self.calls.within(self.function, cover(body));
        calls.iter().any(|(_, fact)| {
            let module = self.module();
            let Some(call) = module.call(fact.call) else { return true };
            let last = module.last_name(call.func).map_or("", |name| &**name);
            if matches!(last, "retry" | "exit" | "_exit" | "abort" | "reraise" | "Reject" | "Ignore" | "Retry") {
                return true;
            }
            if let Some((module, function)) = callee(self.eval, self.id, fact) {
                let body = &self.eval.modules.get(module).function(function).body;
                return has_raise(body) || last.contains("retry") || last.contains("raise");
            }
            let passes = |value: ExprId| match &module.expr(value).kind {
                ExprKind::Name(passed) => Some(&**passed) == name,
                _ => false,
            };
            !HARMLESS.contains(&last) && call.args.iter().any(|arg| passes(arg.value))
        })
    }

    fn text(&self, span: Span) -> &str {
        self.eval.modules.text(self.id).get(span.range()).unwrap_or_default()
    }

    fn loc(&self, span: Span) -> Loc {
        Loc::new(self.module().file, span)
    }
}

fn has_raise(block: &Block) -> bool {
    block.iter().any(|stmt| matches!(stmt.kind, StmtKind::Raise(_)) || stmt.blocks().into_iter().any(has_raise))
}

/// From the first statement to the end of the last.
fn cover(block: &Block) -> Span {
    match (block.first(), block.last()) {
        (Some(first), Some(last)) => first.span.cover(last.span),
        _ => Span::new(0, 0),
    }
}
