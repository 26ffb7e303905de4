//! pydantic-settings: which environment variable each field of a `BaseSettings` class reads.
//!
//! The two generations differ: pydantic 1 reads `Field(env=…)` and ignores aliases, takes fields without annotation, and
//! gives `Optional` fields the default `None`; pydantic-settings reads aliases and ignores `env=`.

mod annotation;
mod config;

use self::annotation::{annotation_of, is_class_level, is_optional};
use self::config::ModelConfig;

use super::environment::literal_places;
use super::{Eval, Frame};
use crate::files::Need;
use crate::python::ir::*;
use crate::python::modules::{ModuleId, Ref};
use crate::python::value::{EnvValue, Instance, Made, Shared, Value, ValueKind};
use crate::source::{Loc, Span};

/// One field of a settings class.
#[derive(Debug, Clone)]
pub struct SettingsField {
    pub name: String,
    /// The variables it reads, any one of which suffices.
    pub keys: Vec<String>,
    pub key_at: Loc,
    pub default: Option<Value>,
    pub ignore_case: bool,
    /// The variable would hold a whole model as JSON, and the field has a default: nobody sets it.
    pub implicit: bool,
}

/// Which generation of pydantic a class is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Style {
    /// pydantic 1.
    First,
    /// pydantic-settings.
    #[default]
    Second,
}

const SECOND_BASES: &[&str] = &["pydantic_settings.BaseSettings", "pydantic_settings.main.BaseSettings"];
const FIRST_BASES: &[&str] = &[
    "pydantic.BaseSettings",
    "pydantic.env_settings.BaseSettings",
    "pydantic.v1.BaseSettings",
    "pydantic.v1.env_settings.BaseSettings",
];
const MODEL_BASES: &[&str] = &["pydantic.BaseModel", "pydantic.main.BaseModel", "pydantic.v1.BaseModel"];

/// How deep models may nest.
const MAX_NESTING: u32 = 4;

impl Eval<'_> {
    /// Whether a class derives from pydantic's `BaseSettings`.
    pub fn is_settings_class(&self, module: ModuleId, class: ClassId) -> bool {
        self.question(|| self.derives_from_settings(module, class))
    }

    /// The fields of a settings class, inherited ones included, in order of definition.
    pub fn settings_fields(&self, module: ModuleId, class: ClassId) -> Vec<SettingsField> {
        self.question(|| {
            let config = self.model_config(module, class);
            let mut fields = Vec::new();
            if config.no_environment {
                return fields;
            }
            for (module, class) in self.class_chain(module, class).iter().copied() {
                self.own_fields(module, class, &config, &mut fields, 0);
            }
            for field in fields.iter_mut().filter(|field| config.other_sources && field.default.is_none()) {
                field.default = Some(Value::unknown());
            }
            fields
        })
    }

    /// The classes of a settings class's own chain, itself first: for telling bases from leaves.
    pub fn settings_chain(&self, module: ModuleId, class: ClassId) -> Vec<(ModuleId, ClassId)> {
        self.question(|| self.class_chain(module, class).to_vec())
    }

    fn derives_from_settings(&self, module: ModuleId, class: ClassId) -> bool {
        [SECOND_BASES, FIRST_BASES].iter().any(|bases| self.external_base(module, class, bases).is_some())
    }

    fn settings_style(&self, module: ModuleId, class: ClassId) -> Style {
        let second = self.external_base(module, class, SECOND_BASES).is_some();
        let first = self.external_base(module, class, FIRST_BASES).is_some();
        if first && !second { Style::First } else { Style::Second }
    }

    /// The value of a field of a settings instance.
    pub(super) fn settings_value(&self, instance: &Instance, attr: &str) -> Option<Value> {
        if !self.derives_from_settings(instance.module, instance.class) {
            return None;
        }
        let config = self.model_config(instance.module, instance.class);
        for (module, class) in self.class_chain(instance.module, instance.class).iter().copied() {
            let Some(field) = self.field(module, class, attr, &config) else { continue };
            let need = if field.default.is_some() { Need::Optional } else { Need::Required };
            let read = EnvValue {
                keys: field.keys,
                key_at: field.key_at,
                default: field.default,
                need,
                ignore_case: field.ignore_case,
                how: "pydantic-settings",
                object: self.object_of_field(module, class, attr, &config),
            };
            return Some(Value::new(ValueKind::Env(Box::new(read)), field.key_at));
        }
        None
    }

    fn own_fields(
        &self,
        module: ModuleId,
        class: ClassId,
        config: &ModelConfig,
        into: &mut Vec<SettingsField>,
        depth: u32,
    ) {
        let definition = self.modules.get(module).class(class);
        let mut names: Vec<(&Name, u32)> = definition
            .scope
            .names
            .iter()
            .filter_map(|(name, bindings)| Some((name, bindings.first()?.at.start)))
            .collect();
        names.sort_by_key(|(_, at)| *at);
        for (name, _) in names {
            if into.iter().any(|known| known.name == **name || known.name.starts_with(&format!("{name}."))) {
                continue;
            }
            let Some(field) = self.field(module, class, name, config) else { continue };
            match self.model_of_field(module, class, name) {
                Some(model) => self.nested_fields(field, model, config, into, depth),
                None => into.push(field),
            }
        }
    }

    /// The field of that name that a class itself defines.
    fn field(&self, module: ModuleId, class: ClassId, name: &str, config: &ModelConfig) -> Option<SettingsField> {
        let bindings = self.modules.get(module).class(class).scope.names.get(name)?;
        if name.starts_with('_') || matches!(name, "model_config" | "Config") {
            return None;
        }
        let annotation = annotation_of(bindings);
        let expr = bindings.iter().rev().find_map(|binding| match binding.kind {
            BindingKind::Value(value) => Some(value),
            _ => None,
        });
        let frame = Frame { module, scope: Scope::Class(class), locals: None };
        let own = self.modules.get(module);
        if annotation.is_some_and(|annotation| is_class_level(own, annotation, expr.is_some())) {
            return None;
        }
        let value = expr.map(|expr| self.eval(frame, expr));
        if annotation.is_none() {
            // Only pydantic 1 takes a name without annotation, and no functions or classes.
            let value = value.as_ref().filter(|_| config.style == Style::First)?;
            if matches!(value.kind, ValueKind::Ref(_)) {
                return None;
            }
        }
        let ellipsis = expr.is_some_and(|expr| matches!(own.expr(expr).kind, ExprKind::Ellipsis));
        let value = value.filter(|_| !ellipsis);
        let start = bindings.first()?.at.start;
        let at = self.loc(module, Span::new(start, start + name.len() as u32));
        let annotated = annotation.and_then(|annotation| self.annotated_field(frame, annotation));
        let mut field = self.described(name, at, value, annotated, config)?;
        let optional = annotation.is_some_and(|annotation| is_optional(own, annotation));
        if field.default.is_none() && optional && config.style == Style::First && !ellipsis {
            field.default = Some(Value::new(ValueKind::None, at));
        }
        Some(field)
    }

    /// `Annotated[str, Field(alias=…)]`: the `Field` call.
    fn annotated_field(&self, frame: Frame, annotation: ExprId) -> Option<Value> {
        let module = self.modules.get(frame.module);
        let ExprKind::Subscript { index, .. } = &module.expr(annotation).kind else { return None };
        let ExprKind::Tuple(items) = &module.expr(*index).kind else { return None };
        items.iter().skip(1).map(|item| self.eval(frame, *item)).find(|value| field_call(value).is_some())
    }

    fn described(
        &self,
        name: &str,
        at: Loc,
        value: Option<Value>,
        annotated: Option<Value>,
        config: &ModelConfig,
    ) -> Option<SettingsField> {
        let call = value.as_ref().and_then(field_call).or_else(|| annotated.as_ref().and_then(field_call));
        let mut field = SettingsField {
            name: name.to_owned(),
            keys: vec![config.plain_key(name)],
            key_at: at,
            default: value.clone().filter(|value| field_call(value).is_none()),
            ignore_case: !config.case_sensitive,
            implicit: false,
        };
        let mut alias = None;
        if let Some(made) = call {
            if field.default.is_none() {
                field.default = self.default_of_call(made);
            }
            let names: &[&str] = if config.style == Style::First { &["env"] } else { &["validation_alias", "alias"] };
            alias = names.iter().find_map(|key| made.args.named(key)).cloned();
        }
        if config.style == Style::First {
            alias = alias.or_else(|| configured_env(config, name));
        }
        let (aliases, key_at) = alias.as_ref().map(alias_names).unwrap_or_default();
        let own = config.by_name.then(|| field.keys[0].clone());
        if !aliases.is_empty() {
            field.keys = aliases.iter().map(|alias| config.alias_key(alias)).chain(own).collect();
            field.key_at = key_at.unwrap_or(at);
        } else if alias.is_some() {
            return None;
        } else if config.style == Style::Second
            && let Some(alias) = self.generated_alias(config, name, at).ok()?
        {
            field.keys = [config.alias_key(&alias)].into_iter().chain(own).collect();
        }
        Some(field)
    }

    /// The default that a `Field` call gives: `...` gives none.
    fn default_of_call(&self, made: &Made) -> Option<Value> {
        let module = self.modules.get(made.site.module);
        let call = module.call(made.site.expr);
        let written = call.and_then(|call| {
            let argument = call.keyword("default").or_else(|| call.positional().next())?;
            Some(&module.expr(argument.value).kind)
        });
        if matches!(written, Some(ExprKind::Ellipsis)) {
            return None;
        }
        let given = made.args.named("default").or_else(|| made.args.positional.first());
        given.cloned().or_else(|| {
            made.args.named("default_factory")?;
            let at = self.loc(made.site.module, module.span(made.site.expr));
            Some(self.field_default(Value::new(ValueKind::Made(Shared::new(made.clone())), at)))
        })
    }

    /// The project model (or settings class) that a field holds.
    fn model_of_field(&self, module: ModuleId, class: ClassId, name: &str) -> Option<(ModuleId, ClassId)> {
        let bindings = self.modules.get(module).class(class).scope.names.get(name)?;
        let frame = Frame { module, scope: Scope::Class(class), locals: None };
        let (module, class) = self.class_of_annotation(frame, annotation_of(bindings)?, 0)?;
        let is_model =
            self.external_base(module, class, MODEL_BASES).is_some() || self.derives_from_settings(module, class);
        is_model.then_some((module, class))
    }

    /// The class that an annotation names: `Broker`, `Optional[Broker]`, `Broker | None`, `Annotated[Broker, …]`.
    fn class_of_annotation(&self, frame: Frame, annotation: ExprId, depth: u32) -> Option<(ModuleId, ClassId)> {
        if depth > 4 {
            return None;
        }
        let module = self.modules.get(frame.module);
        let inner = |id: &ExprId| self.class_of_annotation(frame, *id, depth + 1);
        match &module.expr(annotation).kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } => match self.eval(frame, annotation).kind {
                ValueKind::Ref(Ref::Class(module, class)) => Some((module, class)),
                _ => None,
            },
            ExprKind::Subscript { value, index } => {
                let wrapper = module.dotted(*value)?;
                if !matches!(wrapper.rsplit('.').next(), Some("Optional" | "Union" | "Annotated")) {
                    return None;
                }
                match &module.expr(*index).kind {
                    ExprKind::Tuple(items) => items.iter().find_map(inner),
                    _ => inner(index),
                }
            }
            ExprKind::Binary { op: BinaryOp::Or, left, right } => inner(left).or_else(|| inner(right)),
            _ => None,
        }
    }

    /// With a nested delimiter, the fields of a model read `PARENT__CHILD`, or JSON from `PARENT`.
    fn nested_fields(
        &self,
        mut outer: SettingsField,
        model: (ModuleId, ClassId),
        config: &ModelConfig,
        into: &mut Vec<SettingsField>,
        depth: u32,
    ) {
        let parent = outer.keys.first().cloned().unwrap_or_default();
        let Some(delimiter) = config.nested.as_ref().filter(|_| depth < MAX_NESTING) else {
            outer.implicit = outer.default.is_some();
            into.push(outer);
            return;
        };
        let inner_config = config.inside(&parent, delimiter);
        let mut inner = Vec::new();
        for (module, class) in self.class_chain(model.0, model.1).iter().copied() {
            self.own_fields(module, class, &inner_config, &mut inner, depth + 1);
        }
        for mut field in inner {
            field.name = format!("{}.{}", outer.name, field.name);
            field.keys.extend(outer.keys.iter().cloned());
            if field.default.is_none() && outer.default.is_some() {
                field.default = Some(Value::unknown());
            }
            into.push(field);
        }
    }
}

fn field_call(value: &Value) -> Option<&Made> {
    value.made().filter(|made| made.callee.rsplit('.').next() == Some("Field"))
}

/// pydantic 1: what `Config.fields` says about a field.
fn configured_env(config: &ModelConfig, name: &str) -> Option<Value> {
    let ValueKind::Dict(fields) = &config.fields.as_ref()?.kind else { return None };
    match &fields.get(name)?.kind {
        ValueKind::Dict(field) => field.get("env").cloned(),
        _ => None,
    }
}

/// The names of `alias="X"`, `AliasChoices("X", "Y")`, `AliasPath("X", 0)`, `env=["X", "Y"]`.
fn alias_names(alias: &Value) -> (Vec<String>, Option<Loc>) {
    let mut names = Vec::new();
    collect_aliases(alias, &mut names, 0);
    let at = names.first().and_then(|(_, at)| *at);
    (names.into_iter().map(|(name, _)| name).collect(), at)
}

fn collect_aliases(alias: &Value, into: &mut Vec<(String, Option<Loc>)>, depth: u32) {
    match &alias.kind {
        ValueKind::Text(_) => into.extend(alias.as_literal().map(|name| (name, place(alias)))),
        ValueKind::List { items, .. } if depth < 3 => {
            items.iter().for_each(|item| collect_aliases(item, into, depth + 1));
        }
        ValueKind::Made(made) if made.callee.ends_with("AliasChoices") && depth < 3 => {
            made.args.positional.iter().for_each(|item| collect_aliases(item, into, depth + 1));
        }
        ValueKind::Made(made) if made.callee.ends_with("AliasPath") => {
            into.extend(made.args.positional.first().and_then(|first| Some((first.as_literal()?, place(first)))));
        }
        _ => {}
    }
}

/// The characters of a literal, without its quotes.
fn place(name: &Value) -> Option<Loc> {
    literal_places(name)?.last().copied()
}
