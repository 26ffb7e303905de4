//! What JSON makes of an argument that it can hold, but not as what it is (`json_types.json`: what does not come back).

use super::passed::Place;
use crate::project::task::annotation::{Expected, is_valued_enum};
use crate::python::ir::{ExprId, ExprKind};
use crate::python::{Ref, ValueKind};

impl Place<'_> {
    /// What an argument surely is, of the types that come back as others.
    pub(super) fn changed(&self, expr: ExprId) -> Option<Expected> {
        let (origin, scope) = self.origin(expr);
        let inner = Place { scope, ..*self };
        match &self.module.expr(origin).kind {
            ExprKind::Tuple(_) => Some(Expected::Tuple),
            ExprKind::Dict(entries) => {
                let is_number = |key: ExprId| matches!(self.module.expr(key).kind, ExprKind::Int(_));
                entries.iter().any(|(key, _)| key.is_some_and(is_number)).then_some(Expected::NumberKeys)
            }
            ExprKind::Call(call) => match inner.eval.expr(self.id, scope, call.func).external()? {
                "tuple" => Some(Expected::Tuple),
                "collections.OrderedDict" => Some(Expected::Mapping("OrderedDict")),
                "collections.defaultdict" => Some(Expected::Mapping("defaultdict")),
                "collections.Counter" => Some(Expected::Mapping("Counter")),
                _ => None,
            },
            ExprKind::Attribute { value, attr, .. } => {
                let ValueKind::Ref(Ref::Class(home, class)) = inner.eval.expr(self.id, scope, *value).kind else {
                    return None;
                };
                let own = self.eval.modules.get(home).class(class).scope.names.contains_key(attr);
                (own && is_valued_enum(self.eval, home, class)).then_some(Expected::Member(home, class))
            }
            _ => None,
        }
    }
}
