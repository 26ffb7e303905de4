//! The keys of a configuration file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use toml::Spanned;

use crate::finding::Severity;
use crate::report::OutputFormat;
use crate::rules;

use super::selector::AREAS;

/// From which severity on findings make the run fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    Note,
    Warning,
    Error,
    Never,
}

impl FailOn {
    pub fn includes(self, severity: Severity) -> bool {
        match self {
            Self::Note => true,
            Self::Warning => severity >= Severity::Warning,
            Self::Error => severity >= Severity::Error,
            Self::Never => false,
        }
    }
}

type Names = Vec<Spanned<String>>;

/// Configuration of celery-lint: `celery-lint.toml`, `.celery-lint.toml`, or `[tool.celery-lint]` of `pyproject.toml`.
///
/// The closest file at or above the linted directory is used, and no other one unless it is named in `extend`.
/// Globs are relative to the file that states them.
#[derive(Debug, Clone, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "celery-lint", rename_all = "kebab-case", deny_unknown_fields)]
pub struct FileConfig {
    /// Another configuration file to start from, relative to this one.
    #[schemars(with = "Option<String>")]
    pub extend: Option<Spanned<String>>,
    /// Rules that run, instead of the default ones: names, areas, or `ALL`.
    #[schemars(with = "Option<Vec<SelectorName>>")]
    pub select: Option<Names>,
    /// Rules that run besides the default or selected ones.
    #[schemars(with = "Vec<SelectorName>")]
    pub extend_select: Names,
    /// Rules that do not run. A more exact selector wins over a less exact one.
    #[schemars(with = "Vec<SelectorName>")]
    pub ignore: Names,
    /// Globs of files and directories that are left out.
    #[schemars(with = "Option<Vec<String>>")]
    pub exclude: Option<Names>,
    /// Globs that are left out besides those of an extended configuration.
    #[schemars(with = "Vec<String>")]
    pub extend_exclude: Names,
    /// The severity from which on the exit code is 1. Default: `warning`.
    pub fail_on: Option<FailOn>,
    /// Findings below this severity are not shown; they still count for `fail-on`. Default: `note`.
    pub min_severity: Option<Severity>,
    /// Rules that are off in some files, by glob.
    #[schemars(with = "BTreeMap<String, Vec<SelectorName>>")]
    pub per_file_ignores: BTreeMap<Spanned<String>, Names>,
    /// The version of Celery that the project runs on, instead of what its requirements say: `"5.3"`.
    #[schemars(with = "Option<String>")]
    pub target_celery: Option<Spanned<String>>,
    /// The version of Python that the project runs on: `"3.12"`.
    #[schemars(with = "Option<String>")]
    pub target_python: Option<Spanned<String>>,
    /// Whether rules that are not stable yet run too.
    pub preview: Option<bool>,
    /// How findings are written. Default: `full`.
    pub output_format: Option<OutputFormat>,
    /// Severity and options of single rules, by name.
    #[schemars(with = "BTreeMap<String, RuleKeys>")]
    pub rules: BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<toml::Value>>>,
}

/// How grave the findings of a rule are, or that it does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Off,
    Note,
    Warning,
    Error,
}

impl Level {
    /// None: off.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Note => Some(Severity::Note),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// Severity and options of one rule.
#[derive(JsonSchema)]
#[schemars(rename = "Rule")]
#[expect(dead_code, reason = "the shape of a table in the schema; its keys are read one by one")]
struct RuleKeys {
    /// `off` is the same as `ignore`.
    severity: Option<Level>,
}

/// In the schema, the names that a selector may have.
struct SelectorName;

impl JsonSchema for SelectorName {
    fn schema_name() -> Cow<'static, str> {
        "Selector".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let rules = rules::all().into_iter().map(|rule| rule.name);
        let names: Vec<&str> = ["ALL"].into_iter().chain(AREAS.iter().copied()).chain(rules).collect();
        json_schema!({ "type": "string", "description": "A rule, an area, or `ALL`", "enum": names })
    }
}

/// The JSON schema of a configuration file, as text with a final newline.
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(FileConfig).to_value();
    tidy(&mut schema);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// Sorts keys, and drops null: in TOML an optional key is there or it is not.
fn tidy(schema: &mut serde_json::Value) {
    use serde_json::Value;
    let is_null = |value: &Value| value == "null" || value["type"] == "null";
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(object) => {
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|item| !is_null(item));
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
                choices.retain(|item| !is_null(item));
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    object.remove("anyOf");
                    object.extend(only);
                }
            }
            object.values_mut().for_each(tidy);
            // The order must not depend on how the JSON library was built.
            let sorted: BTreeMap<String, Value> = std::mem::take(object).into_iter().collect();
            object.extend(sorted);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    /// The schema in the repository is what the program prints; `UPDATE=1` rewrites it.
    #[test]
    fn the_committed_schema_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/celery-lint.schema.json");
        let schema = super::schema();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &schema).unwrap();
        }
        assert!(std::fs::read_to_string(path).unwrap_or_default() == schema, "stale: run the tests with UPDATE=1");
    }
}
