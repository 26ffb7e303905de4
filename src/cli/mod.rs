//! The command line.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::config::Settings;
use crate::engine::{self, Status};
use crate::report::{self, OutputFormat, RenderInput, RenderOptions, Summary};
use crate::source;

/// Runs one command line; the exit code is 0, 1 (findings) or 2 (could not run).
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let paths: Vec<OsString> = args.into_iter().skip(1).filter(|arg| arg != "check").collect();
    let root = paths.first().map_or(Path::new("."), Path::new);
    let settings = Settings::default();
    let Ok(sources) = source::load(root, &settings.walk) else { return ExitCode::from(2) };
    let outcome = engine::lint(sources, &settings);
    let summary = Summary::default();
    let options = RenderOptions { color: false, links: false, width: 100, quiet: false };
    let input = RenderInput { project: &outcome.project, findings: &outcome.findings, summary: &summary, options };
    let mut out = std::io::stdout().lock();
    let _ = report::render(OutputFormat::Concise, &input, &mut out).and_then(|()| out.flush());
    match outcome.status {
        Status::Clean => ExitCode::SUCCESS,
        Status::Findings => ExitCode::from(1),
        Status::Failed => ExitCode::from(2),
    }
}
