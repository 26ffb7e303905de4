//! What `model_config`, `class Config`, class keywords and customised sources say about a settings class.

use super::Style;
use crate::python::eval::{Eval, Frame};
use crate::python::ir::{ClassId, ExprKind, FunctionId, Module, Scope};
use crate::python::modules::{ModuleId, Ref};
use crate::python::value::{Args, Value, ValueKind};

/// How the fields of one class find their variables.
#[derive(Debug, Clone, Default)]
pub(super) struct ModelConfig {
    pub style: Style,
    pub prefix: String,
    /// The prefix stands before aliases too (`env_prefix_target="all"`, and inside nested models).
    pub prefixes_aliases: bool,
    pub nested: Option<String>,
    pub case_sensitive: bool,
    pub by_name: bool,
    pub alias_generator: Option<Value>,
    /// pydantic 1: `class Config: fields = {"x": {"env": "X"}}`.
    pub fields: Option<Value>,
    /// Other sources (a YAML file, a secret store) may give values too.
    pub other_sources: bool,
    /// The environment is no source at all.
    pub no_environment: bool,
}

impl ModelConfig {
    fn set(&mut self, name: &str, value: &Value) {
        match name {
            "env_prefix" => self.prefix = value.as_literal().unwrap_or_default(),
            "env_prefix_target" => {
                self.prefixes_aliases = matches!(value.as_literal().as_deref(), Some("all" | "alias"));
            }
            "env_nested_delimiter" => self.nested = value.as_literal(),
            "case_sensitive" => self.case_sensitive = is_true(value),
            "populate_by_name" | "validate_by_name" | "allow_population_by_field_name" => self.by_name = is_true(value),
            "alias_generator" => {
                self.alias_generator = Some(value.clone()).filter(|value| !matches!(value.kind, ValueKind::None));
            }
            "fields" => self.fields = Some(value.clone()),
            "yaml_file" | "toml_file" | "json_file" | "pyproject_toml_table_header" => self.other_sources = true,
            _ => {}
        }
    }

    /// Variables are documented in upper case when any case is read.
    pub fn cased(&self, key: &str) -> String {
        if self.case_sensitive { key.to_owned() } else { key.to_uppercase() }
    }

    /// The variable of a plain field.
    pub fn plain_key(&self, name: &str) -> String {
        self.cased(&format!("{}{name}", self.prefix))
    }

    /// The variable of an alias: prefixes do not apply to it, as a rule.
    pub fn alias_key(&self, alias: &str) -> String {
        let prefix = if self.prefixes_aliases { self.prefix.as_str() } else { "" };
        self.cased(&format!("{prefix}{alias}"))
    }

    /// For the fields of a model that stands in the field with the key `parent`.
    pub fn inside(&self, parent: &str, delimiter: &str) -> Self {
        Self {
            prefix: format!("{parent}{delimiter}"),
            prefixes_aliases: true,
            alias_generator: None,
            fields: None,
            ..self.clone()
        }
    }
}

impl Eval<'_> {
    pub(super) fn model_config(&self, module: ModuleId, class: ClassId) -> ModelConfig {
        let mut config = ModelConfig { style: self.settings_style(module, class), ..ModelConfig::default() };
        for (module, class) in self.class_chain(module, class).iter().copied().rev() {
            self.class_config(module, class, &mut config);
        }
        config
    }

    fn class_config(&self, module: ModuleId, class: ClassId, config: &mut ModelConfig) {
        let frame = Frame { module, scope: Scope::Class(class), locals: None };
        let definition = self.modules.get(module).class(class);
        for keyword in &definition.keywords {
            if let Some(name) = &keyword.name {
                let frame = Frame { scope: definition.parent, ..frame };
                config.set(name, &self.eval(frame, keyword.value));
            }
        }
        if let Some(bindings) = definition.scope.names.get("model_config") {
            set_all(config, &self.fold(frame, "model_config", bindings, None));
        }
        let inner = definition.scope.names.get("Config").map(|bindings| self.fold(frame, "Config", bindings, None));
        if let Some(ValueKind::Ref(Ref::Class(m, c))) = inner.map(|inner| inner.kind) {
            for (m, c) in self.class_chain(m, c).iter().copied().rev() {
                self.inner_config(m, c, config);
            }
        }
        for name in ["settings_customise_sources", "customise_sources"] {
            if let Some(function) = function_of(self.modules.get(module), class, name) {
                customised(self.modules.get(module), function, config);
            }
        }
    }

    fn inner_config(&self, module: ModuleId, class: ClassId, config: &mut ModelConfig) {
        let frame = Frame { module, scope: Scope::Class(class), locals: None };
        let names = &self.modules.get(module).class(class).scope.names;
        for (name, bindings) in names {
            config.set(name, &self.fold(frame, name, bindings, None));
        }
        if let Some(function) = function_of(self.modules.get(module), class, "customise_sources") {
            customised(self.modules.get(module), function, config);
        }
    }

    /// The alias that the class's generator makes for a field; an error when it is not known.
    pub(super) fn generated_alias(
        &self,
        config: &ModelConfig,
        name: &str,
        at: crate::source::Loc,
    ) -> Result<Option<String>, ()> {
        let Some(generator) = &config.alias_generator else { return Ok(None) };
        match &generator.kind {
            ValueKind::Ref(Ref::External(path)) => match path.as_str() {
                "str.upper" => Ok(Some(name.to_uppercase())),
                "str.lower" => Ok(Some(name.to_lowercase())),
                _ => Err(()),
            },
            ValueKind::Ref(Ref::Function(module, function)) => {
                let name = Value::new(ValueKind::Text(crate::source::Text::literal(name, at)), at);
                let args = Args { positional: vec![name], ..Args::default() };
                self.inline(*module, *function, &args, None, at).as_literal().map(Some).ok_or(())
            }
            _ => Err(()),
        }
    }
}

fn set_all(config: &mut ModelConfig, value: &Value) {
    match &value.kind {
        ValueKind::Made(made) => made.args.named.iter().for_each(|(name, value, _)| config.set(name, value)),
        ValueKind::Dict(dict) => dict.entries.iter().for_each(|(key, value)| {
            if let Some(name) = key.as_literal() {
                config.set(&name, value);
            }
        }),
        _ => {}
    }
}

fn is_true(value: &Value) -> bool {
    matches!(value.kind, ValueKind::Bool(true))
}

fn function_of(module: &Module, class: ClassId, name: &str) -> Option<FunctionId> {
    let found = module
        .functions
        .iter()
        .position(|function| &*function.name == name && function.parent == Scope::Class(class))?;
    Some(FunctionId(found as u32))
}

/// Customised sources: which of pydantic's own are kept, and whether there are others.
fn customised(module: &Module, function: FunctionId, config: &mut ModelConfig) {
    const ENVIRONMENT: &[&str] = &["env_settings", "dotenv_settings"];
    let mut returns = Vec::new();
    crate::python::eval::calls::collect_returns(&module.function(function).body, &mut returns, 0);
    let inside = |span: crate::source::Span| returns.iter().any(|value| module.span(*value).contains(span));
    let mut keeps = false;
    for expr in module.exprs.iter().filter(|expr| inside(expr.span)) {
        match &expr.kind {
            ExprKind::Name(name) => keeps |= ENVIRONMENT.contains(&&**name),
            ExprKind::Call(_) | ExprKind::Starred(_) => config.other_sources = true,
            _ => {}
        }
    }
    config.no_environment = !keeps && !returns.is_empty() && !config.other_sources;
}
