//! The command line: one file per sub-command.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

pub mod args;
mod begin;
mod cache;
mod check;
mod config;
mod doctor;
mod error;
mod fixes;
mod init;
pub mod inspect;
mod kept;
mod output;
mod rule;
mod target;
mod terminal;
mod watch;

use crate::drill;
use crate::isolate::{self, isolated};
use crate::report::{clean, clean_lines, is_obeyed};
use args::{Cli, ColorWhen, Command};
use error::CliError;
use terminal::Colors;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Clean,
    Findings,
    /// The command could not run.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::SUCCESS,
            Exit::Findings => Self::from(1),
            Exit::Failed => Self::from(2),
        }
    }
}

/// Runs one command line; the exit code is 0, 1 (findings) or 2 (could not run).
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let colors = Colors::of(ColorWhen::Auto);
    let choice = if colors.out { clap::ColorChoice::Always } else { clap::ColorChoice::Never };
    let args: Vec<OsString> = args.into_iter().collect();
    let harmless = !args.iter().any(|arg| arg.to_string_lossy().chars().any(is_obeyed));
    let parsed = Cli::command().color(choice).try_get_matches_from(args);
    let (cli, matches) = match parsed.and_then(|matches| Cli::from_arg_matches(&matches).map(|cli| (cli, matches))) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version are no errors; writing them may fail, which is nobody's concern.
            let plain = || write!(io::stderr(), "{}", clean_lines(&error.render().to_string()));
            let _ = if harmless { error.print() } else { plain() };
            return if error.use_stderr() { Exit::Failed.into() } else { Exit::Clean.into() };
        }
    };
    let color = cli.color();
    drill::prepare();
    isolate::quiet();
    // Bugs in rules and in the reading of files are findings; this is for all that is left.
    isolated(|| dispatch(cli, &matches))
        .unwrap_or_else(|place| Err(CliError::Bug { place }))
        .unwrap_or_else(|error| {
            let _ = write!(io::stderr(), "{}", error.render(Colors::of(color).err, terminal::width()));
            Exit::Failed
        })
        .into()
}

impl Cli {
    fn color(&self) -> ColorWhen {
        match &self.command {
            None => self.check.output.color,
            Some(Command::Check(args)) => args.output.color,
            Some(Command::Rule(args)) => args.output.color,
            Some(Command::Inspect(args)) => args.output.color,
            Some(Command::Doctor(args)) => args.output.color,
            Some(Command::Init(_) | Command::Config(_) | Command::Cache(_)) => ColorWhen::Auto,
        }
    }
}

fn dispatch(cli: Cli, matches: &ArgMatches) -> Result<Exit, CliError> {
    match &cli.command {
        None => check::run(&cli.check, matches),
        Some(Command::Check(args)) => check::run(args, matches.subcommand_matches("check").unwrap_or(matches)),
        Some(Command::Rule(args)) => rule::run(args),
        Some(Command::Inspect(args)) => inspect::run(args),
        Some(Command::Doctor(args)) => doctor::run(args),
        Some(Command::Init(args)) => init::run(args),
        Some(Command::Config(_)) => config::run(),
        Some(Command::Cache(args)) => cache::run(args),
    }
}

/// Writes to standard output. A reader that went away (`| head`) is no error.
fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let result = write(&mut out).and_then(|()| out.flush());
    // What is left in the buffer must not be written again when it is dropped.
    let (_, _) = out.into_parts();
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::stdout(error)),
        _ => Ok(()),
    }
}

/// Writes a line to standard error, as well as it goes; names in it may hold anything.
fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{}", clean(text));
}
