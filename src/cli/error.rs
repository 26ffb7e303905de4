//! Why a command could not run: always exit code 2, always with what to do next.

use std::path::Path;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use crate::config::ConfigError;
use crate::report::clean_lines;
use crate::source::LoadError;

#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum CliError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Config(#[from] ConfigError),
    #[error("{message}")]
    #[diagnostic(help("{help}"))]
    Path { message: String, help: String },
    #[error("{0}")]
    #[diagnostic(help("check that the directory exists and may be read"))]
    Load(#[from] LoadError),
    #[error("cannot write {what}: {error}")]
    Write { what: String, error: std::io::Error },
    #[error("celery-lint failed at {place}")]
    #[diagnostic(help("this is a bug of celery-lint; report it with the lines that cause it"))]
    Bug { place: String },
    /// Arguments that do not fit together.
    #[error("{message}")]
    #[diagnostic(help("{help}"))]
    Usage { message: String, help: String },
}

impl CliError {
    pub fn path(path: &Path, error: &std::io::Error) -> Self {
        Self::Path {
            message: format!("cannot read `{}`: {error}", path.display()),
            help: "check the path; `celery-lint --help` shows the arguments".to_owned(),
        }
    }

    pub fn write_file(path: &Path, error: std::io::Error) -> Self {
        Self::Write { what: format!("`{}`", path.display()), error }
    }

    pub fn stdout(error: std::io::Error) -> Self {
        Self::Write { what: "to standard output".to_owned(), error }
    }

    /// Something that only we can mend.
    pub fn bug(message: String) -> Self {
        Self::Usage { message, help: "this is a bug of celery-lint; report it with the lines that cause it".to_owned() }
    }

    /// The error as people see it. If names or lines in it hold what a terminal would obey, it has no colours either, so
    /// that ours cannot be mixed up with theirs.
    pub fn render(&self, color: bool, width: usize) -> String {
        let plain = self.draw(false, width);
        let shown = clean_lines(&plain);
        if color && shown == plain { self.draw(true, width) } else { shown }
    }

    fn draw(&self, color: bool, width: usize) -> String {
        let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler =
            GraphicalReportHandler::new_themed(theme).with_context_lines(1).with_width(width).with_links(false);
        let mut text = String::new();
        match handler.render_report(&mut text, self) {
            Ok(()) => text,
            Err(_) => format!("error: {self}\n"),
        }
    }
}
