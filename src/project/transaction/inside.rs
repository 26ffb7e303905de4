//! Tasks that are sent while a transaction is open that has changed something: a worker may look before the change is there, and
//! runs even when the change is taken back.

use super::{Finder, Sent};
use crate::project::link::{Linking, is_test_path};
use crate::project::submission::{Method, Submission};
use crate::project::task::Definition;
use crate::project::web::signals::SAVING;
use crate::python::ir::{Block, CallFact, Class, ExprId, ExprKind, Function, FunctionId, Scope, Stmt, StmtKind};
use crate::source::{Loc, Span};

/// One of them.
#[derive(Debug, Clone)]
pub struct Inside {
    pub sent: Sent,
    pub by: By,
    /// What opens the transaction.
    pub by_at: Option<Loc>,
    /// What is changed in it before.
    pub write: Loc,
    /// How the file names Django's module `transaction`; none where it does not, or where another database is meant.
    pub module: Option<String>,
    /// Nothing is done with what the call gives.
    pub dropped: bool,
    /// A task that sends itself again.
    pub again: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// `with transaction.atomic():`
    Block,
    /// `@transaction.atomic`
    Decorator,
    /// `with session.begin():`
    Session,
    /// `ATOMIC_REQUESTS`
    Request,
}

/// Whether some settings say that every request is a transaction, and none that it is not.
pub(super) fn has_atomic_requests(linking: &Linking) -> bool {
    let mut found = (false, false);
    for id in linking.modules.relevant.iter().copied() {
        let text = linking.modules.text(id);
        if memchr::memmem::find(text.as_bytes(), b"ATOMIC_REQUESTS").is_none() || is_test_path(linking.modules.path(id))
        {
            continue;
        }
        let module = linking.modules.get(id);
        let is_key = |expr: ExprId| module.plain_text(expr) == Some("ATOMIC_REQUESTS");
        let mut note = |value: ExprId| match module.expr(value).kind {
            ExprKind::Bool(true) => found.0 = true,
            _ => found.1 = true,
        };
        for expr in &module.exprs {
            if let ExprKind::Dict(entries) = &expr.kind {
                entries.iter().filter(|(key, _)| key.is_some_and(is_key)).for_each(|(_, value)| note(*value));
            }
        }
        for store in &module.stores {
            if let ExprKind::Subscript { index, .. } = module.expr(store.target).kind
                && is_key(index)
            {
                note(store.value);
            }
        }
    }
    found == (true, false)
}

/// Methods that change what is stored, besides those that save.
const CHANGING: &[&str] = &["delete", "update"];
const SESSION: &[&str] = &["add", "add_all", "flush", "merge"];

impl Finder<'_> {
    pub(super) fn inside(&self) -> Vec<Inside> {
        let mut found: Vec<Inside> = self.module.calls.iter().filter_map(|fact| self.of_call(fact)).collect();
        found.sort_by_key(|inside| inside.sent.at);
        found
    }

    fn of_call(&self, fact: &CallFact) -> Option<Inside> {
        let sent = self.sent(fact.call)?;
        let submission = self.submissions.get(sent.submission)?;
        let waits = submission.task.and_then(|task| self.tasks.get(task)).is_some_and(|task| task.on_commit);
        let counts =
            matches!(submission.method, Method::Delay | Method::ApplyAsync) && !is_delayed(submission) && !waits;
        let function = self.function(fact.context.scope).filter(|_| counts)?;
        let (by, by_at, path, region) = self.transaction(fact, function)?;

        if self.is_given_to_on_commit(fact.call) {
            return None;
        }
        let own = &self.module.function(function).body;
        let write = self.write(own, function, region, by, sent.at.span)?;
        Some(Inside {
            sent,
            by,
            by_at,
            write,
            module: path,
            dropped: fact.context.dropped,
            again: self.is_again(submission, function),
        })
    }

    /// What opens a transaction around a call: how, where, the name of the module, and the part of the function that is in it.
    pub(super) fn transaction(
        &self,
        fact: &CallFact,
        function: FunctionId,
    ) -> Option<(By, Option<Loc>, Option<String>, Span)> {
        let module = self.module;
        let scope = fact.context.scope;
        let mut with = fact.context.with;
        while let Some(item) = with.and_then(|index| module.withs.get(index as usize)) {
            if let Some((path, given)) = self.atomic(item.context, scope) {
                let by = if path == "session.begin" { By::Session } else { By::Block };
                let span = Span::new(module.span(item.context).end, module.span(fact.call).end);
                let name = self.module_name(item.context, &path).filter(|_| !given && by == By::Block);
                return Some((by, Some(self.loc(item.context)), name, span));
            }
            with = item.outer;
        }
        let lowered = module.function(function);
        let region = lowered.span;
        for decorator in &lowered.decorators {
            if let Some((path, given)) = self.atomic(decorator.value, lowered.parent)
                && path.starts_with("django")
            {
                let at = Loc::new(module.file, decorator.span);
                let name = self.module_name(decorator.value, &path).filter(|_| !given);
                return Some((By::Decorator, Some(at), name, region));
            }
        }
        (self.requests && self.is_request(function)).then(|| (By::Request, None, self.transaction_name(), region))
    }

    /// `transaction` of `transaction.atomic(…)`, or where the file imports it.
    fn module_name(&self, atomic: ExprId, path: &str) -> Option<String> {
        let callee = self.module.call(atomic).map_or(atomic, |call| call.func);
        match &self.module.expr(callee).kind {
            ExprKind::Attribute { value, .. } if path == "django.db.transaction.atomic" => self.module.dotted(*value),
            _ => self.transaction_name(),
        }
    }

    /// `transaction`, where the file imports it.
    fn transaction_name(&self) -> Option<String> {
        let value = self.eval.global(self.id, "transaction")?;
        (value.external() == Some("django.db.transaction")).then(|| "transaction".to_owned())
    }

    /// Whether a function answers a request of Django.
    fn is_request(&self, id: FunctionId) -> bool {
        let function = self.module.function(id);
        let text = |span: Span| self.eval.modules.text(self.id).get(span.range()).unwrap_or_default();
        let apart = |decorators: &[crate::python::ir::Decorator]| {
            decorators.iter().any(|it| text(it.span).contains("non_atomic") || text(it.span).contains("task"))
        };
        if function.is_async || apart(&function.decorators) {
            return false;
        }
        match function.parent {
            Scope::Class(class) => {
                let bases = self.eval.external_bases(self.id, class);
                let of_django =
                    |path: &String| path.starts_with("django.views.") || path.starts_with("rest_framework.");
                let own: &Class = self.module.class(class);
                bases.iter().any(of_django) && !apart(&own.decorators)
            }
            _ => is_view(function, self.eval.modules.path(self.id)),
        }
    }

    /// `on_commit(task.delay())` is another mistake.
    fn is_given_to_on_commit(&self, sent: ExprId) -> bool {
        self.module.calls.iter().any(|fact| {
            self.on_commit(fact).is_some_and(|call| call.args.iter().any(|argument| argument.value == sent))
        })
    }

    /// The last change before the task is sent, on the way there.
    fn write(&self, body: &Block, function: FunctionId, region: Span, by: By, sent: Span) -> Option<Loc> {
        let writes = |fact: &&CallFact| {
            fact.context.scope == Scope::Function(function) && !fact.context.in_decorator && self.changes(fact, by)
        };
        let spans = self.module.calls.iter().filter(writes).map(|fact| self.module.span(fact.call));
        let before = spans.filter(|span| region.contains(*span) && span.end <= sent.end && *span != sent);
        let last = before.filter(|span| leads_to(body, *span, sent, 0)).max_by_key(|span| span.start)?;
        Some(Loc::new(self.module.file, last))
    }

    fn changes(&self, fact: &CallFact, by: By) -> bool {
        let Some(call) = self.module.call(fact.call) else { return false };
        let ExprKind::Attribute { value, attr, .. } = &self.module.expr(call.func).kind else { return false };
        match by {
            By::Session => {
                let base = self.module.last_name(*value);
                SESSION.contains(&&**attr) && base.is_some_and(|name| name.to_ascii_lowercase().contains("session"))
            }
            _ => {
                let changing = SAVING.contains(&&**attr) || CHANGING.contains(&&**attr);
                changing && self.is_stored(*value, attr, call)
            }
        }
    }

    /// Not files, forms that are not saved, or objects of other libraries.
    fn is_stored(&self, base: ExprId, method: &str, call: &crate::python::ir::Call) -> bool {
        let off = |name: &str| {
            call.keyword(name).is_some_and(|it| matches!(self.module.expr(it.value).kind, ExprKind::Bool(false)))
        };
        let name = self.module.dotted(base).unwrap_or_default().to_ascii_lowercase();
        let foreign = [
            "client", "image", "img", "wb", "workbook", "file", "storage", "cache", "stripe", "session", "fig", "doc",
            "pdf",
        ];
        let last = name.rsplit('.').next().unwrap_or_default();
        let known = !last.is_empty() && !foreign.iter().any(|it| last.contains(it));
        match method {
            "save" | "asave" => {
                !off("commit") && call.positional().count() == 0 && !foreign.iter().any(|it| last.contains(it))
            }
            "delete" => call.args.is_empty() && (known || self.is_query(base)),
            "update" => call.positional().count() == 0 && self.is_query(base),
            "create" | "acreate" => last == "objects" || last.ends_with("_set") || last.ends_with("objects"),
            _ => true,
        }
    }

    /// `Order.objects.filter(…)`
    fn is_query(&self, expr: ExprId) -> bool {
        let mut expr = expr;
        for _ in 0..16 {
            match &self.module.expr(expr).kind {
                ExprKind::Attribute { attr, .. } if attr.ends_with("objects") => return true,
                ExprKind::Attribute { value, .. } => expr = *value,
                ExprKind::Call(call) => expr = call.func,
                _ => return false,
            }
        }
        false
    }

    fn is_again(&self, submission: &Submission, function: FunctionId) -> bool {
        let task = submission.task.and_then(|index| self.tasks.get(index));
        task.is_some_and(|task| task.definition == Some(Definition::Function(self.id, function)))
    }
}

fn is_view(function: &Function, path: &str) -> bool {
    let file = path.rsplit('/').take(2).any(|part| part.trim_end_matches(".py").ends_with("views"));
    let first = function.params.first().is_some_and(|it| &*it.name == "request");
    file && first && function.parent == Scope::Module
}

/// The task is sent for later: somebody has thought of the transaction.
fn is_delayed(submission: &Submission) -> bool {
    let Some(passed) = &submission.passed else { return false };
    passed.options.iter().any(|it| matches!(it.name.as_deref(), Some("countdown" | "eta")))
}

/// How deep blocks are followed.
const MAX_DEPTH: u32 = 40;

/// Whether what stands at `first` has run when `then` is reached, as far as blocks tell: not in another branch, and not before
/// the function is left.
fn leads_to(block: &Block, first: Span, then: Span, depth: u32) -> bool {
    let holding = |place: Span| block.iter().position(|stmt| stmt.span.contains(place));
    let (Some(a), Some(b)) = (holding(first), holding(then)) else { return false };
    let Some(stmt) = block.get(a).filter(|_| depth < MAX_DEPTH) else { return false };
    if a != b {
        return a < b && !leaves(stmt, first, depth);
    }
    let blocks = stmt.blocks();
    let inner = |place: Span| blocks.iter().position(|block| block.iter().any(|stmt| stmt.span.contains(place)));
    match (inner(first), inner(then)) {
        (Some(a), Some(b)) if a == b => blocks.get(a).is_some_and(|block| leads_to(block, first, then, depth + 1)),
        (Some(0), Some(other)) => match &stmt.kind {
            StmtKind::Try(whole) => other > whole.handlers.len(),
            _ => false,
        },
        (None, _) => true,
        _ => false,
    }
}

/// Whether the block of a statement in which a place stands ends by leaving.
fn leaves(stmt: &Stmt, place: Span, depth: u32) -> bool {
    if depth > MAX_DEPTH {
        return true;
    }
    let blocks = stmt.blocks();
    let Some(block) = blocks.into_iter().find(|block| block.iter().any(|it| it.span.contains(place))) else {
        return false;
    };
    let last = block.last().is_some_and(|it| match it.kind {
        StmtKind::Return(_) | StmtKind::Raise(_) => true,
        StmtKind::Other => it.span.len() > 4,
        _ => false,
    });
    last || block.iter().find(|it| it.span.contains(place)).is_some_and(|it| leaves(it, place, depth + 1))
}
