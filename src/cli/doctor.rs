//! `celery-lint doctor`: what a worker would find at its broker and result backend. Opens connections with `--connect` only.

use std::time::Duration;

use super::args::{DoctorArgs, DocumentFormat};
use super::error::CliError;
use super::target;
use super::terminal::{self, Colors, Progress};
use super::{Exit, to_stdout};
use crate::doctor::environment::Environment;
use crate::doctor::plan::{Given, Plan};
use crate::doctor::report::{self, Style};
use crate::doctor::{self, Verdict};
use crate::engine;
use crate::report::Mask;
use crate::report::mask::MaskWriter;
use crate::source;

pub fn run(args: &DoctorArgs) -> Result<Exit, CliError> {
    let target = target::resolve(std::slice::from_ref(&args.path))?;
    let settings = target::settings(&target, &args.files)?;
    let progress = Progress::start(true, "Reading the project");
    let sources = source::load(&target.root, &settings.walk)?;
    let project = engine::link(sources, &settings)
        .map_err(|place| CliError::bug(format!("linking the project failed at {place}")))?;
    let process = |name: &str| std::env::var(name).ok();
    let environment =
        Environment::new(&project, &process, &args.env_file).map_err(|(path, error)| CliError::path(&path, &error))?;
    let given = Given { broker: args.broker.clone(), backend: args.backend.clone() };
    let plan = engine::with_threads(&settings, || Plan::of(&project, &environment, &given));
    drop(progress);
    if plan.targets.is_empty() {
        return Err(CliError::Usage {
            message: "no Celery app was found, so that nothing tells where a worker would connect".to_owned(),
            help: "name the project's directory, or give the URLs: `--broker URL --backend URL`".to_owned(),
        });
    }
    let all = if args.connect {
        let _progress = Progress::start(true, "Asking the servers");
        doctor::run(&plan, Duration::from_secs_f64(args.timeout))
    } else {
        doctor::known(&plan)
    };
    let style = Style {
        color: Colors::of(args.output.color).out,
        width: terminal::width(),
        unicode: terminal::shows_unicode(),
        connected: args.connect,
    };
    let mask = Mask::new(&project);
    to_stdout(|out| match args.output.output_format {
        DocumentFormat::Text => {
            let mut out = MaskWriter::for_text(&mask, out);
            report::text(&mut out, &plan, &all, style)?;
            out.finish()
        }
        DocumentFormat::Json => {
            let mut out = MaskWriter::new(&mask, out);
            report::json(&mut out, &plan, &all, args.connect)?;
            out.finish()
        }
    })?;
    Ok(match doctor::verdict(&plan, &all) {
        _ if !args.connect => Exit::Clean,
        Verdict::Healthy => Exit::Clean,
        Verdict::Ill => Exit::Findings,
        Verdict::Unknown => Exit::Failed,
    })
}
