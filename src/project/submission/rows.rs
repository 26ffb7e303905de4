//! Rows of a database: which names and calls surely give an object of a Django model.

use super::passed::Place;
use crate::python::ir::{Binding, BindingKind, Call, ClassId, ExprId, ExprKind, Function, Scope};

/// Methods of a query that give one row.
const ROW_METHODS: &[&str] = &["create", "earliest", "first", "get", "last", "latest"];
/// Methods of a query that give another query, of the same rows.
const QUERY_METHODS: &[&str] = &[
    "all",
    "annotate",
    "defer",
    "distinct",
    "exclude",
    "filter",
    "iterator",
    "only",
    "order_by",
    "prefetch_related",
    "reverse",
    "select_for_update",
    "select_related",
    "using",
];
/// Signals whose receivers get the row as `instance`. Of a row that is deleted a task needs the copy, where the serializer makes one.
const ROW_SIGNALS: &[&str] = &["m2m_changed", "post_init", "post_save", "pre_save"];
/// How long a chain of calls is followed.
const MAX_CHAIN: usize = 16;

impl Place<'_> {
    /// `Order.objects.get(…)`, `get_object_or_404(…)`, `self.get_object()` of a view, `serializer.save()`.
    pub(super) fn is_row_call(&self, call: &Call) -> bool {
        let ExprKind::Attribute { value, attr, .. } = &self.module.expr(call.func).kind else {
            let callee = self.eval.expr(self.id, self.scope, call.func);
            return callee.external() == Some("django.shortcuts.get_object_or_404");
        };
        match &**attr {
            "save" => self.module.last_name(*value).is_some_and(|name| &**name == "serializer"),
            "get_object" => self.module.dotted(*value).as_deref() == Some("self") && self.is_in_view(),
            method => ROW_METHODS.contains(&method) && self.is_query(*value),
        }
    }

    /// A query of whole rows: a chain of calls that begins with `Order.objects`.
    fn is_query(&self, expr: ExprId) -> bool {
        let mut expr = expr;
        for _ in 0..MAX_CHAIN {
            match &self.module.expr(expr).kind {
                ExprKind::Attribute { value, attr, .. } if &**attr == "objects" => {
                    let class = self.module.last_name(*value);
                    return class.is_some_and(|name| name.starts_with(|first: char| first.is_ascii_uppercase()));
                }
                ExprKind::Call(call) => {
                    let ExprKind::Attribute { value, attr, .. } = &self.module.expr(call.func).kind else {
                        return false;
                    };
                    if !QUERY_METHODS.contains(&&**attr) {
                        return false;
                    }
                    expr = *value;
                }
                _ => return false,
            }
        }
        false
    }

    /// Whether everything that a name is bound to is a row.
    pub(super) fn is_row_name(&self, name: &str) -> bool {
        let mut scope = Some(self.scope);
        while let Some(current) = scope {
            if let Some(bindings) = self.module.bindings(current).names.get(name) {
                let home = Place { scope: current, ..*self };
                let sets =
                    |it: &&Binding| !matches!(it.kind, BindingKind::AttrStore { .. } | BindingKind::Annotation(_));
                let mut all = bindings.iter().filter(sets).peekable();
                return all.peek().is_some() && all.all(|binding| home.is_row_binding(name, binding));
            }
            scope = self.module.parent(current);
        }
        false
    }

    fn is_row_binding(&self, name: &str, binding: &Binding) -> bool {
        match &binding.kind {
            BindingKind::Value(value) => {
                matches!(&self.module.expr(*value).kind, ExprKind::Call(call) if self.is_row_call(call))
            }
            BindingKind::Element { iter, path } if path.is_empty() => self.is_query(self.origin(*iter).0),
            BindingKind::Param(index) => self.is_row_param(name, *index),
            _ => false,
        }
    }

    /// `self` in a model, `instance` in a receiver of a model's signal.
    fn is_row_param(&self, name: &str, index: u32) -> bool {
        let Scope::Function(id) = self.scope else { return false };
        let function = self.module.function(id);
        match name {
            "instance" => self.receives_rows(function),
            "self" if index == 0 => self.class_of(function).is_some_and(|class| self.is_model(class)),
            _ => false,
        }
    }

    /// `@receiver(post_save, sender=Order)`
    fn receives_rows(&self, function: &Function) -> bool {
        function.decorators.iter().any(|decorator| {
            let Some(call) = self.module.call(decorator.value) else { return false };
            let Some(signal) = call.positional().next() else { return false };
            let path = |expr: ExprId| self.eval.expr(self.id, function.parent, expr);
            let signal = path(signal.value);
            let of_models = signal.external().and_then(|path| path.strip_prefix("django.db.models.signals."));
            path(call.func).external() == Some("django.dispatch.receiver")
                && of_models.is_some_and(|signal| ROW_SIGNALS.contains(&signal))
        })
    }

    /// The class that a plain method belongs to.
    fn class_of(&self, function: &Function) -> Option<ClassId> {
        match function.parent {
            Scope::Class(class) if function.decorators.is_empty() => Some(class),
            _ => None,
        }
    }

    fn is_in_view(&self) -> bool {
        let Scope::Function(id) = self.scope else { return false };
        let class = self.class_of(self.module.function(id));
        class.is_some_and(|class| {
            self.has_base(class, |path| path.starts_with("rest_framework.") || path.starts_with("django.views."))
        })
    }

    fn is_model(&self, class: ClassId) -> bool {
        self.has_base(class, |path| {
            path == "django.db.models.Model" || path.starts_with("django.contrib.auth.models.Abstract")
        })
    }

    fn has_base(&self, class: ClassId, is_it: impl Fn(&str) -> bool) -> bool {
        self.eval.external_bases(self.id, class).iter().any(|path| is_it(path))
    }
}
