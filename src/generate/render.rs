//! Fills templates, and formats what is Python.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use ruff_python_formatter::format_module_source;
use serde::Serialize;

use super::style::Style;
use super::templates::TEMPLATES;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let lines = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(lines.unwrap_or_default());
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    for (name, text) in TEMPLATES {
        // A template that is wrong is found by the test below; the others still work.
        let _ = environment.add_template(name, text);
    }
    environment
});

/// Why nothing came out; always a mistake in this program.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the template cannot be filled: {0}")]
    Template(#[from] minijinja::Error),
    #[error("what the template makes is not Python: {0}")]
    Python(String),
}

/// The text that a template makes.
///
/// # Errors
/// When there is no such template, or it names something that `context` does not hold.
pub fn text(template: &str, context: impl Serialize) -> Result<String, RenderError> {
    Ok(ENVIRONMENT.get_template(template)?.render(Value::from(Serde(context)))?)
}

/// The Python that a template makes, laid out in a style.
///
/// # Errors
/// As [`text`], and when it is not Python.
pub fn python(template: &str, context: impl Serialize, style: Style) -> Result<String, RenderError> {
    formatted(&text(template, context)?, style)
}

/// Python source laid out in a style.
///
/// # Errors
/// When it is not Python.
pub fn formatted(source: &str, style: Style) -> Result<String, RenderError> {
    let printed = format_module_source(source, style.options()).map_err(|it| RenderError::Python(it.to_string()))?;
    Ok(printed.into_code())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::style::Quotes;

    #[test]
    fn every_file_of_templates_is_embedded() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generate/templates");
        let mut open = vec![root.clone()];
        let mut found = Vec::new();
        while let Some(directory) = open.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => open.push(path),
                    false => found.push(path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/")),
                }
            }
        }
        found.sort();
        assert_eq!(found, TEMPLATES.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>());
    }

    #[test]
    fn every_template_is_one() {
        for (name, text) in TEMPLATES {
            Environment::new().add_template(name, text).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        }
    }

    #[test]
    fn python_is_laid_out_in_the_style() {
        let source = "def f(first, second):\n    return {'a':first,\"b\":  second}\n";
        let narrow = Style { line_length: 30, quotes: Quotes::Single, ..Style::default() };
        assert_eq!(
            formatted(source, narrow).unwrap(),
            "def f(first, second):\n    return {\n        'a': first,\n        'b': second,\n    }\n"
        );
        assert_eq!(
            formatted(source, Style::default()).unwrap(),
            "def f(first, second):\n    return {\"a\": first, \"b\": second}\n"
        );
        assert!(formatted("def f(:\n", narrow).is_err());
    }
}
