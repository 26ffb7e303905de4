//! `celery-lint inspect`: the model of a project, as a tree for people, as JSON, and as a picture.

use std::io::{self, Write};

use super::args::{InspectArgs, InspectFormat};
use super::error::CliError;
use super::target;
use super::terminal::Progress;
use super::{Exit, note, to_stdout};
use crate::engine::{self, Status};
use crate::finding::Finding;
use crate::picture::{self, Picture};
use crate::project::Project;
use crate::report::mask::MaskWriter;
use crate::report::{Mask, clean, write_json};
use crate::rules::files::internal_error;
use crate::source;

mod configurations;
mod tree;
mod value;
mod view;

pub(super) fn run(args: &InspectArgs) -> Result<Exit, CliError> {
    let target = target::resolve(std::slice::from_ref(&args.path))?;
    let settings = target::settings(&target, &args.files)?;
    let progress = Progress::start(true, "Reading the project");
    let sources = source::load(&target.root, &settings.walk)?;
    let format = args.output.output_format;
    // The tree shows the model alone; pictures mark what rules find.
    let (project, findings) = if format == InspectFormat::Tree {
        let linked = engine::link(sources, &settings);
        (linked.map_err(|place| CliError::bug(format!("linking the project failed at {place}")))?, Vec::new())
    } else {
        let outcome = engine::lint(sources, &settings);
        let nothing = outcome.status == Status::Failed && outcome.project.sources.files.is_empty();
        if let Some(bug) = outcome.findings.iter().find(|finding| nothing && finding.rule == &internal_error::RULE) {
            return Err(CliError::bug(bug.message.clone()));
        }
        (outcome.project, outcome.findings)
    };
    let written = engine::with_threads(&settings, || to_stdout(|out| write(out, &project, &findings, format)));
    drop(progress);
    let whole = tell_failures(&project);
    // The process ends here: giving a large project's memory back piece by piece would only take time.
    std::mem::forget(project);
    written.map(|()| if whole { Exit::Clean } else { Exit::Failed })
}

/// Says which files a bug of ours kept from being understood; whether there were none.
fn tell_failures(project: &Project) -> bool {
    let mask = Mask::new(project);
    let failures = engine::failures(project);
    for finding in &failures {
        note(&format!("{}: {}: this is a bug of celery-lint", mask.text(&finding.path).map(clean), finding.message));
    }
    failures.is_empty()
}

/// Everything goes through the mask: names, routes and arguments come from the project's sources.
pub fn write(out: &mut dyn Write, project: &Project, findings: &[Finding], format: InspectFormat) -> io::Result<()> {
    let mask = Mask::new(project);
    if format == InspectFormat::Tree {
        let mut out = MaskWriter::for_text(&mask, out);
        tree::write(&mut out, &view::Document::of(project), &mask)?;
        return out.finish();
    }
    let picture = Picture::of(project, findings, &mask);
    let mut out = MaskWriter::new(&mask, out);
    match format {
        InspectFormat::Tree => {}
        InspectFormat::Json => {
            let document = view::Document::of(project).masked(&mask)?.with("graph", &picture.document())?;
            write_json(&mut out, &document)?;
        }
        InspectFormat::Mermaid => picture::mermaid::write(&mut out, &picture)?,
        InspectFormat::Dot => picture::dot::write(&mut out, &picture)?,
        InspectFormat::Html => picture::html::write(&mut out, &picture)?,
    }
    out.finish()
}
