//! pydantic-settings: which environment variable each field of a `BaseSettings` class reads.

use super::{Eval, Frame};
use crate::files::Need;
use crate::python::ir::*;
use crate::python::modules::{ModuleId, Ref};
use crate::python::value::{EnvValue, Instance, Made, Value, ValueKind};
use crate::source::Loc;

/// One field of a settings class.
#[derive(Debug, Clone)]
pub struct SettingsField {
    pub name: String,
    /// The variables it reads, any one of which suffices.
    pub keys: Vec<String>,
    pub key_at: Loc,
    pub default: Option<Value>,
    pub ignore_case: bool,
}

/// What `model_config` (or `class Config`) says.
#[derive(Debug, Clone, Default)]
struct ModelConfig {
    prefix: String,
    nested: Option<String>,
    case_sensitive: bool,
    populate_by_name: bool,
}

const SETTINGS_BASES: &[&str] = &[
    "pydantic_settings.BaseSettings",
    "pydantic.BaseSettings",
    "pydantic.env_settings.BaseSettings",
    "pydantic.v1.BaseSettings",
    "pydantic_settings.main.BaseSettings",
];

const MODEL_BASES: &[&str] = &["pydantic.BaseModel", "pydantic.main.BaseModel", "pydantic.v1.BaseModel"];

impl Eval<'_> {
    /// Whether a class derives from pydantic's `BaseSettings`.
    pub fn is_settings_class(&self, module: ModuleId, class: ClassId) -> bool {
        self.question(|| self.external_base(module, class, SETTINGS_BASES).is_some())
    }

    /// The fields of a settings class, inherited ones included, in order of definition.
    pub fn settings_fields(&self, module: ModuleId, class: ClassId) -> Vec<SettingsField> {
        self.question(|| {
            let config = self.model_config(module, class);
            let mut fields = Vec::new();
            for (module, class) in self.class_chain(module, class) {
                self.own_fields(module, class, &config, &mut fields);
            }
            fields
        })
    }

    /// The value of a field of a settings instance.
    pub(super) fn settings_value(&self, instance: &Instance, attr: &str) -> Option<Value> {
        self.external_base(instance.module, instance.class, SETTINGS_BASES)?;
        let config = self.model_config(instance.module, instance.class);
        for (module, class) in self.class_chain(instance.module, instance.class) {
            let Some(field) = self.field(module, class, attr, &config) else { continue };
            let need = if field.default.is_some() { Need::Optional } else { Need::Required };
            let read = EnvValue {
                keys: field.keys,
                key_at: field.key_at,
                default: field.default,
                need,
                ignore_case: field.ignore_case,
                how: "pydantic-settings",
            };
            return Some(Value::new(ValueKind::Env(Box::new(read)), field.key_at));
        }
        None
    }

    fn own_fields(&self, module: ModuleId, class: ClassId, config: &ModelConfig, into: &mut Vec<SettingsField>) {
        let definition = self.modules.get(module).class(class);
        let mut names: Vec<(&Name, u32)> = definition
            .scope
            .names
            .iter()
            .filter_map(|(name, bindings)| Some((name, bindings.first()?.at.start)))
            .collect();
        names.sort_by_key(|(_, at)| *at);
        for (name, _) in names {
            if into.iter().any(|known| known.name == **name) {
                continue;
            }
            if let Some(nested) = self.nested_fields(module, class, name, config) {
                into.extend(nested);
            } else {
                into.extend(self.field(module, class, name, config));
            }
        }
    }

    /// The field of that name that a class itself defines.
    fn field(&self, module: ModuleId, class: ClassId, name: &str, config: &ModelConfig) -> Option<SettingsField> {
        let bindings = self.modules.get(module).class(class).scope.names.get(name)?;
        if name.starts_with('_') || matches!(name, "model_config" | "Config") {
            return None;
        }
        let annotation = bindings.iter().find_map(|binding| match binding.kind {
            BindingKind::Annotation(annotation) => Some(annotation),
            _ => None,
        });
        let value = bindings.iter().rev().find_map(|binding| match binding.kind {
            BindingKind::Value(value) => Some(value),
            _ => None,
        });
        let frame = Frame { module, scope: Scope::Class(class), locals: None };
        if annotation.is_some_and(|annotation| self.is_class_var(module, annotation)) {
            return None;
        }
        let value = value.map(|value| self.eval(frame, value));
        // A name without annotation is a field only in pydantic v1, and only when it is upper case by custom.
        if annotation.is_none() && !name.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit()) {
            return None;
        }
        if annotation.is_none() && value.is_none() {
            return None;
        }
        let at = self.loc(module, bindings.first()?.at);
        let at = Loc::new(at.file, crate::source::Span::new(at.span.start, at.span.start + name.len() as u32));
        let annotated = annotation.and_then(|annotation| self.annotated_field(frame, annotation));
        Some(self.described(name, at, value, annotated, config))
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
    ) -> SettingsField {
        let call = value.as_ref().and_then(field_call).or_else(|| annotated.as_ref().and_then(field_call));
        let mut field = SettingsField {
            name: name.to_owned(),
            keys: vec![cased(&format!("{}{name}", config.prefix), config)],
            key_at: at,
            default: value.clone().filter(|value| field_call(value).is_none()),
            ignore_case: !config.case_sensitive,
        };
        let Some(made) = call else { return field };
        if field.default.is_none() {
            field.default = field_default(made);
        }
        let alias = ["validation_alias", "alias", "env"].iter().find_map(|key| made.args.named(key));
        if let Some(alias) = alias {
            let (keys, key_at) = alias_names(alias);
            if !keys.is_empty() {
                let own = config.populate_by_name.then(|| field.keys[0].clone());
                field.keys = keys.into_iter().map(|key| cased(&key, config)).chain(own).collect();
                field.key_at = key_at.unwrap_or(at);
            }
        }
        field
    }

    /// With a nested delimiter, the fields of a sub-model read `PARENT__CHILD`, or JSON from `PARENT`.
    fn nested_fields(
        &self,
        module: ModuleId,
        class: ClassId,
        name: &str,
        config: &ModelConfig,
    ) -> Option<Vec<SettingsField>> {
        let delimiter = config.nested.as_ref()?;
        let outer = self.field(module, class, name, config)?;
        let bindings = self.modules.get(module).class(class).scope.names.get(name)?;
        let annotation = bindings.iter().find_map(|binding| match binding.kind {
            BindingKind::Annotation(annotation) => Some(annotation),
            _ => None,
        })?;
        let frame = Frame { module, scope: Scope::Class(class), locals: None };
        let ValueKind::Ref(Ref::Class(inner_module, inner_class)) = self.eval(frame, annotation).kind else {
            return None;
        };
        self.external_base(inner_module, inner_class, MODEL_BASES)?;
        let parent = outer.keys.first()?.clone();
        let plain = ModelConfig { case_sensitive: true, ..ModelConfig::default() };
        let mut inner = Vec::new();
        for (module, class) in self.class_chain(inner_module, inner_class) {
            self.own_fields(module, class, &plain, &mut inner);
        }
        let defaulted = outer.default.is_some();
        Some(
            inner
                .into_iter()
                .map(|field| {
                    let own = field.keys.first().cloned().unwrap_or_default();
                    let key = cased(&format!("{parent}{delimiter}{own}"), config);
                    SettingsField {
                        name: format!("{name}.{}", field.name),
                        keys: vec![key, parent.clone()],
                        key_at: field.key_at,
                        default: field.default.or_else(|| defaulted.then(Value::unknown)),
                        ignore_case: !config.case_sensitive,
                    }
                })
                .collect(),
        )
    }

    fn is_class_var(&self, module: ModuleId, annotation: ExprId) -> bool {
        let module = self.modules.get(module);
        let base = match &module.expr(annotation).kind {
            ExprKind::Subscript { value, .. } => *value,
            _ => annotation,
        };
        module.dotted(base).is_some_and(|name| name.rsplit('.').next() == Some("ClassVar"))
    }

    fn model_config(&self, module: ModuleId, class: ClassId) -> ModelConfig {
        let mut config = ModelConfig::default();
        let mut chain = self.class_chain(module, class);
        chain.reverse();
        for (module, class) in chain {
            let frame = Frame { module, scope: Scope::Class(class), locals: None };
            let definition = self.modules.get(module).class(class);
            for keyword in &definition.keywords {
                if let Some(name) = &keyword.name {
                    let frame = Frame { scope: definition.parent, ..frame };
                    config.set(name, &self.eval(frame, keyword.value));
                }
            }
            if let Some(bindings) = definition.scope.names.get("model_config") {
                match self.fold(frame, "model_config", bindings, None).kind {
                    ValueKind::Made(made) => {
                        made.args.named.iter().for_each(|(name, value, _)| config.set(name, value))
                    }
                    ValueKind::Dict(dict) => dict.entries.iter().for_each(|(key, value)| {
                        if let Some(name) = key.as_literal() {
                            config.set(&name, value);
                        }
                    }),
                    _ => {}
                }
            }
            if let Some(Value { kind: ValueKind::Ref(Ref::Class(m, c)), .. }) =
                definition.scope.names.get("Config").map(|bindings| self.fold(frame, "Config", bindings, None))
            {
                for (name, bindings) in &self.modules.get(m).class(c).scope.names {
                    let inner = Frame { module: m, scope: Scope::Class(c), locals: None };
                    config.set(name, &self.fold(inner, name, bindings, None));
                }
            }
        }
        config
    }
}

impl ModelConfig {
    fn set(&mut self, name: &str, value: &Value) {
        match name {
            "env_prefix" => self.prefix = value.as_literal().unwrap_or_default(),
            "env_nested_delimiter" => self.nested = value.as_literal(),
            "case_sensitive" => self.case_sensitive = matches!(value.kind, ValueKind::Bool(true)),
            "populate_by_name" | "validate_by_name" => {
                self.populate_by_name = matches!(value.kind, ValueKind::Bool(true))
            }
            _ => {}
        }
    }
}

/// Variables are documented in upper case when any case is read.
fn cased(key: &str, config: &ModelConfig) -> String {
    if config.case_sensitive { key.to_owned() } else { key.to_uppercase() }
}

fn field_call(value: &Value) -> Option<&Made> {
    value.made().filter(|made| made.callee.rsplit('.').next() == Some("Field"))
}

fn field_default(made: &Made) -> Option<Value> {
    let given = made.args.named("default").or_else(|| made.args.positional.first());
    match given {
        Some(Value { kind: ValueKind::Unknown, .. }) => None,
        Some(value) => Some(value.clone()),
        None => made.args.named("default_factory").map(|_| Value::unknown()),
    }
}

/// The names of `alias="X"`, `AliasChoices("X", "Y")`, `env=["X", "Y"]`.
fn alias_names(alias: &Value) -> (Vec<String>, Option<Loc>) {
    match &alias.kind {
        ValueKind::Text(_) => (alias.as_literal().into_iter().collect(), alias.at),
        ValueKind::List { items, .. } => {
            (items.iter().filter_map(Value::as_literal).collect(), items.first().and_then(|item| item.at))
        }
        ValueKind::Made(made) if made.callee.ends_with("AliasChoices") => (
            made.args.positional.iter().filter_map(Value::as_literal).collect(),
            made.args.positional.first().and_then(|item| item.at),
        ),
        _ => (Vec::new(), None),
    }
}
