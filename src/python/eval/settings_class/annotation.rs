//! What the annotation of a settings field says.

use super::super::{Eval, Frame};
use super::Style;
use super::config::ModelConfig;
use crate::python::ir::*;
use crate::python::modules::ModuleId;

/// pydantic's classes of URLs. In pydantic 1 they are texts, in pydantic 2 they are not.
const URLS: &[&str] = &[
    "AmqpDsn",
    "AnyHttpUrl",
    "AnyUrl",
    "ClickHouseDsn",
    "CockroachDsn",
    "FileUrl",
    "HttpUrl",
    "KafkaDsn",
    "MariaDBDsn",
    "MongoDsn",
    "MySQLDsn",
    "NatsDsn",
    "PostgresDsn",
    "RedisDsn",
    "SnowflakeDsn",
];
/// Decorators of functions that may make something else of a field.
const VALIDATORS: &[&str] = &["field_validator", "model_validator", "root_validator", "validator"];

impl Eval<'_> {
    /// The class of pydantic 2 that a field surely holds an object of, when that is no text.
    pub(super) fn object_of_field(
        &self,
        module: ModuleId,
        class: ClassId,
        name: &str,
        config: &ModelConfig,
    ) -> Option<Box<str>> {
        let own = self.modules.get(module);
        let definition = own.class(class);
        let is_stored = definition.self_stores.iter().any(|store| &*store.attr == name);
        if config.style == Style::First || is_stored || has_validators(own, definition) {
            return None;
        }
        let annotation = only_kind(own, annotation_of(definition.scope.names.get(name)?)?)?;
        let value = self.eval(Frame { module, scope: Scope::Class(class), locals: None }, annotation);
        let path = value.external()?;
        let url = path.strip_prefix("pydantic.networks.").or_else(|| path.strip_prefix("pydantic."))?;
        URLS.contains(&url).then(|| format!("pydantic.{url}").into())
    }
}

fn has_validators(module: &Module, class: &Class) -> bool {
    let decorators = class.body.iter().filter_map(|stmt| match stmt.kind {
        StmtKind::Function(function) => Some(&module.function(function).decorators),
        _ => None,
    });
    decorators.flatten().any(|decorator| {
        let callee = module.call(decorator.value).map_or(decorator.value, |call| call.func);
        module.last_name(callee).is_some_and(|name| VALIDATORS.contains(&&**name))
    })
}

/// The annotation besides `None`, when there is just one: `X`, `Optional[X]`, `X | None`.
fn only_kind(module: &Module, annotation: ExprId) -> Option<ExprId> {
    let is_none = |id: ExprId| matches!(module.expr(id).kind, ExprKind::None);
    let plain =
        |id: ExprId| matches!(module.expr(id).kind, ExprKind::Name(_) | ExprKind::Attribute { .. }).then_some(id);
    match &module.expr(annotation).kind {
        ExprKind::Subscript { value, index } => {
            let optional = module.dotted(*value).is_some_and(|name| name.rsplit('.').next() == Some("Optional"));
            if optional { plain(*index) } else { None }
        }
        ExprKind::Binary { op: BinaryOp::Or, left, right } if is_none(*right) => plain(*left),
        ExprKind::Binary { op: BinaryOp::Or, left, right } if is_none(*left) => plain(*right),
        _ => plain(annotation),
    }
}

pub(super) fn annotation_of(bindings: &[Binding]) -> Option<ExprId> {
    bindings.iter().find_map(|binding| match binding.kind {
        BindingKind::Annotation(annotation) => Some(annotation),
        _ => None,
    })
}

/// `ClassVar`, and `Final` with a value: no fields.
pub(super) fn is_class_level(module: &Module, annotation: ExprId, has_value: bool) -> bool {
    let base = match &module.expr(annotation).kind {
        ExprKind::Subscript { value, .. } => *value,
        _ => annotation,
    };
    match module.dotted(base).as_deref().and_then(|name| name.rsplit('.').next()) {
        Some("ClassVar") => true,
        Some("Final") => has_value,
        _ => false,
    }
}

/// `Optional[…]`, `… | None`, `Union[…, None]`, `Any`.
pub(super) fn is_optional(module: &Module, annotation: ExprId) -> bool {
    match &module.expr(annotation).kind {
        ExprKind::Subscript { value, index } => {
            match module.dotted(*value).as_deref().and_then(|n| n.rsplit('.').next()) {
                Some("Optional") => true,
                Some("Union") => match &module.expr(*index).kind {
                    ExprKind::Tuple(items) => {
                        items.iter().any(|item| matches!(module.expr(*item).kind, ExprKind::None))
                    }
                    _ => false,
                },
                _ => false,
            }
        }
        ExprKind::Binary { op: BinaryOp::Or, left, right } => [*left, *right]
            .iter()
            .any(|side| matches!(module.expr(*side).kind, ExprKind::None) || is_optional(module, *side)),
        _ => module.dotted(annotation).is_some_and(|name| name == "Any" || name == "typing.Any"),
    }
}
