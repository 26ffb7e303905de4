//! `celery-lint inspect`: the model of a project, as a tree for people and as JSON.

use std::io::{self, Write};

use super::args::{DocumentFormat, InspectArgs};
use super::error::CliError;
use super::target;
use super::terminal::Progress;
use super::{Exit, to_stdout};
use crate::config::{Overrides, resolve};
use crate::engine;
use crate::project::Project;
use crate::report::Mask;
use crate::report::mask::MaskWriter;
use crate::source;
use crate::source::walk::git_root;

mod configurations;
mod tree;
mod value;
mod view;

pub fn run(args: &InspectArgs) -> Result<Exit, CliError> {
    let target = target::resolve(std::slice::from_ref(&args.path))?;
    let overrides = Overrides {
        config: args.files.config.clone(),
        isolated: args.files.isolated,
        exclude: args.files.exclude.clone(),
        ..Overrides::default()
    };
    let settings = resolve(&target.root, git_root(&target.root).as_deref(), &overrides)?.settings;
    let progress = Progress::start(true, "Reading the project");
    let sources = source::load(&target.root, &settings.walk)?;
    let project = engine::link(sources, &settings).map_err(|place| CliError::Usage {
        message: format!("linking the project failed at {place}"),
        help: "this is a bug of celery-lint; report it with the lines that cause it".to_owned(),
    })?;
    drop(progress);
    to_stdout(|out| write(out, &project, args.output.output_format))?;
    Ok(Exit::Clean)
}

/// Everything goes through the mask: names, routes and arguments come from the project's sources.
fn write(out: &mut dyn Write, project: &Project, format: DocumentFormat) -> io::Result<()> {
    let mask = Mask::new(project);
    let document = view::Document::of(project);
    if format == DocumentFormat::Json {
        serde_json::to_writer_pretty(&mut *out, &document.masked(&mask)?)?;
        return writeln!(out);
    }
    let mut out = MaskWriter::for_text(&mask, out);
    tree::write(&mut out, &document, &mask)?;
    out.finish()
}
