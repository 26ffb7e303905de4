//! `task.map(items)`, `task.starmap(items)` and `task.chunks(items, n)`: the calls that a worker makes of the items, as far as
//! they are written out.

use super::{Finder, Method, Submission};
use crate::python::ir::{CallFact, ExprId, ExprKind, Scope};
use crate::source::Loc;

/// How many items are looked at.
const MAX_ITEMS: usize = 50;

impl Finder<'_> {
    /// One call for every number of arguments that the items give.
    pub(super) fn of_items(&self, fact: &CallFact) -> Vec<Submission> {
        self.items(fact).unwrap_or_default()
    }

    fn items(&self, fact: &CallFact) -> Option<Vec<Submission>> {
        let call = self.module.call(fact.call)?;
        let ExprKind::Attribute { value, attr, .. } = &self.module.expr(call.func).kind else { return None };
        let whole = match &**attr {
            "map" => true,
            "starmap" | "chunks" => false,
            _ => return None,
        };
        let items = call.positional().next().or_else(|| call.keyword("it"))?;
        let scope = fact.context.scope;
        self.task_of(*value, scope, &self.eval.expr(self.id, scope, *value))?;
        let (list, home) = self.place(scope).origin(items.value);
        let written: Vec<ExprId> = match &self.module.expr(list).kind {
            ExprKind::List(items) | ExprKind::Tuple(items) => items.iter().copied().take(MAX_ITEMS).collect(),
            // The names of a comprehension are not known outside: how many arguments there are is.
            ExprKind::Comprehension(whole) => vec![whole.element],
            ExprKind::Call(zip) if !whole && self.module.last_name(zip.func).is_some_and(|it| &**it == "zip") => {
                let plain = zip.args.iter().all(|it| it.name.is_none() && it.splat.is_none());
                let iterables: Vec<ExprId> = zip.args.iter().map(|it| it.value).collect();
                return plain.then(|| self.each(fact, *value, list, &iterables, home)).flatten().map(|one| vec![one]);
            }
            _ => return None,
        };
        let mut found: Vec<Submission> = Vec::new();
        for item in written {
            let arguments: &[ExprId] = match &self.module.expr(item).kind {
                ExprKind::Starred(_) => continue,
                _ if whole => &[item],
                ExprKind::List(parts) | ExprKind::Tuple(parts) => parts,
                _ => continue,
            };
            if arguments.iter().any(|it| matches!(self.module.expr(*it).kind, ExprKind::Starred(_))) {
                continue;
            }
            let known = |one: &Submission| one.passed.as_ref().is_some_and(|it| it.positional.len() == arguments.len());
            if !found.iter().any(known) {
                found.extend(self.each(fact, *value, item, arguments, home));
            }
        }
        Some(found)
    }

    fn each(&self, fact: &CallFact, task: ExprId, at: ExprId, arguments: &[ExprId], home: Scope) -> Option<Submission> {
        let scope = fact.context.scope;
        let reached = self.task_of(task, scope, &self.eval.expr(self.id, scope, task))?;
        let mut made = self.reaching(fact, Method::Each, reached);
        made.at = Loc::new(self.module.file, self.module.span(at));
        let mut passed = self.place(scope).listed(arguments, home);
        // The elements of iterables, or what a comprehension makes of its names.
        if matches!(self.module.expr(at).kind, ExprKind::Call(_)) {
            passed.each_of_its_own();
        }
        made.passed = Some(passed);
        Some(made)
    }
}
