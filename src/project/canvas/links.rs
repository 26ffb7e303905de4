//! What is called when a task is done or has failed: `link`, `link_error`, `on_error`.

use super::{Canvas, Finder, Kind, What};
use crate::python::ir::{Call, ExprId, ExprKind, Scope};

/// Methods that take options of the message as keywords.
const WITH_OPTIONS: &[&str] = &["apply_async", "apply_async_on_commit", "send_task", "set"];

/// The options, and the methods of signatures of the same meaning.
const LINKS: &[(&str, Kind)] = &[("link", Kind::Link), ("link_error", Kind::Errback), ("on_error", Kind::Errback)];

impl Finder<'_> {
    /// What a call links.
    pub(super) fn links(&self, scope: Scope, expr: ExprId, call: &Call) -> Vec<Canvas> {
        let Some(name) = self.module.last_name(call.func) else { return Vec::new() };
        if WITH_OPTIONS.contains(&&**name) {
            let given = LINKS.iter().filter_map(|(option, kind)| Some((*kind, call.keyword(option)?.value)));
            return given.map(|(kind, value)| self.linked(scope, expr, kind, value)).collect();
        }
        let Some((_, kind)) = LINKS.iter().find(|(method, _)| *method == &**name) else { return Vec::new() };
        let method = || {
            let ExprKind::Attribute { value, .. } = &self.module.expr(call.func).kind else { return None };
            let on = self.part(scope, *value).what;
            call.positional().next().filter(|_| matches!(on, What::Signature(_) | What::Canvas(_)))
        };
        method().map(|argument| self.linked(scope, expr, *kind, argument.value)).into_iter().collect()
    }

    fn linked(&self, scope: Scope, expr: ExprId, kind: Kind, value: ExprId) -> Canvas {
        let items = self.elements(scope, value).unwrap_or_else(|| vec![value]);
        let parts = items.iter().map(|item| self.part(scope, *item)).collect();
        Canvas { kind, at: self.loc(expr), parts, has_body: false }
    }
}
