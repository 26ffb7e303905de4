//! How a project formats its Python: what ruff and Black are told there.

use ruff_formatter::{IndentStyle, IndentWidth, LineWidth};
use ruff_python_formatter::{MagicTrailingComma, PyFormatOptions, QuoteStyle};
use toml::{Table, Value};

use crate::source::Sources;

/// What decides how code is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// In characters.
    pub line_length: u16,
    pub quotes: Quotes,
    pub tabs: bool,
    /// In characters.
    pub indent_width: u8,
    /// A comma after the last element keeps a list on several lines.
    pub magic_trailing_comma: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    Double,
    Single,
    /// As they are written.
    Preserve,
}

impl Default for Style {
    /// What ruff and Black do when nobody tells them otherwise.
    fn default() -> Self {
        Self { line_length: 88, quotes: Quotes::Double, tabs: false, indent_width: 4, magic_trailing_comma: true }
    }
}

impl Style {
    /// The style of a file: that of the closest configuration at or above it.
    pub fn of(sources: &Sources, path: &str) -> Self {
        let mut directory = path;
        while let Some((above, _)) = directory.rsplit_once('/') {
            if let Some(style) = in_directory(sources, above) {
                return style;
            }
            directory = above;
        }
        in_directory(sources, "").unwrap_or_default()
    }

    pub(super) fn options(self) -> PyFormatOptions {
        let quotes = match self.quotes {
            Quotes::Double => QuoteStyle::Double,
            Quotes::Single => QuoteStyle::Single,
            Quotes::Preserve => QuoteStyle::Preserve,
        };
        let comma = if self.magic_trailing_comma { MagicTrailingComma::Respect } else { MagicTrailingComma::Ignore };
        PyFormatOptions::default()
            .with_line_width(LineWidth::try_from(self.line_length).unwrap_or_default())
            .with_indent_width(IndentWidth::try_from(self.indent_width).unwrap_or_default())
            .with_indent_style(if self.tabs { IndentStyle::Tab } else { IndentStyle::Space })
            .with_quote_style(quotes)
            .with_magic_trailing_comma(comma)
    }
}

/// ruff's own files come before `pyproject.toml`, as ruff reads them.
fn in_directory(sources: &Sources, directory: &str) -> Option<Style> {
    let table = |name: &str| {
        let path = if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
        sources.by_path(&path)?.text.parse::<Table>().ok()
    };
    for name in [".ruff.toml", "ruff.toml"] {
        if let Some(ruff) = table(name) {
            return Some(ruff_style(&ruff));
        }
    }
    let tools = table("pyproject.toml")?;
    let tools = tools.get("tool")?.as_table()?;
    match (tools.get("ruff").and_then(Value::as_table), tools.get("black").and_then(Value::as_table)) {
        (Some(ruff), black) if ruff.contains_key("format") || black.is_none() => Some(ruff_style(ruff)),
        (_, Some(black)) => Some(black_style(black)),
        _ => None,
    }
}

fn ruff_style(ruff: &Table) -> Style {
    let default = Style::default();
    let format = ruff.get("format").and_then(Value::as_table);
    let told = |name: &str| format.and_then(|format| format.get(name));
    Style {
        line_length: number(ruff, "line-length").unwrap_or(default.line_length),
        quotes: match told("quote-style").and_then(Value::as_str) {
            Some("single") => Quotes::Single,
            Some("preserve") => Quotes::Preserve,
            _ => Quotes::Double,
        },
        tabs: told("indent-style").and_then(Value::as_str) == Some("tab"),
        indent_width: number(ruff, "indent-width")
            .and_then(|width| u8::try_from(width).ok())
            .unwrap_or(default.indent_width),
        magic_trailing_comma: told("skip-magic-trailing-comma").and_then(Value::as_bool) != Some(true),
    }
}

fn black_style(black: &Table) -> Style {
    let says = |name: &str| black.get(name).and_then(Value::as_bool) == Some(true);
    let default = Style::default();
    Style {
        line_length: number(black, "line-length")
            .or_else(|| number(black, "line_length"))
            .unwrap_or(default.line_length),
        quotes: if says("skip-string-normalization") { Quotes::Preserve } else { Quotes::Double },
        magic_trailing_comma: !says("skip-magic-trailing-comma"),
        ..default
    }
}

/// A number that makes sense as a width; ruff takes 1 to 320.
fn number(table: &Table, name: &str) -> Option<u16> {
    let number = table.get(name)?.as_integer()?;
    u16::try_from(number).ok().filter(|number| (1..=320).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileKind, SourceFile};

    fn style(files: &[(&str, &str)]) -> Style {
        let file = |(path, text): &(&str, &str)| SourceFile::new(*path, FileKind::Toml, *text);
        Style::of(&Sources::new("/".into(), None, files.iter().map(file).collect()), "src/shop/main.py")
    }

    #[test]
    fn the_closest_configuration_tells_the_style() {
        let default = Style::default();
        let cases: &[(&[(&str, &str)], Style)] = &[
            (&[], default),
            (&[("pyproject.toml", "[project]\nname = 'x'\n")], default),
            (
                &[("pyproject.toml", "[tool.ruff]\nline-length = 100\n[tool.ruff.format]\nquote-style = 'single'\n")],
                Style { line_length: 100, quotes: Quotes::Single, ..default },
            ),
            (&[("pyproject.toml", "[tool.black]\nline-length = 79\n")], Style { line_length: 79, ..default }),
            (
                &[("pyproject.toml", "[tool.black]\nline-length = 79\n"), ("ruff.toml", "line-length = 120\n")],
                Style { line_length: 120, ..default },
            ),
            (
                &[("ruff.toml", "line-length = 120\n"), ("src/ruff.toml", "indent-width = 2\n")],
                Style { indent_width: 2, ..default },
            ),
            (&[("ruff.toml", "line-length = 0\n")], default),
            (&[("ruff.toml", "line-length = ")], default),
        ];
        for (files, expected) in cases {
            assert_eq!(style(files), *expected, "{files:?}");
        }
    }
}
