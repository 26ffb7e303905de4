//! The command line's grammar.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::FailOn;
use crate::config::selector::Selector;
use crate::finding::Severity;
use crate::generate::scaffold::Framework;
use crate::report::OutputFormat;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
Exit codes (the same for every format):
  0  nothing at or above --fail-on
  1  findings
  2  could not run: bad arguments, bad configuration, or a bug of celery-lint";

const AFTER_DOCTOR: &str = "\
Exit codes:
  0  a worker would connect; without --connect: the connections were listed
  1  a worker would fail
  2  could not run, or it is not known where a worker would connect";

/// Lints Python projects that use Celery: reads the whole tree, and never imports or runs it
#[derive(Debug, Parser)]
#[command(name = "celery-lint", version, styles = STYLES, args_conflicts_with_subcommands = true, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub check: CheckArgs,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lint a project (the default command)
    #[command(after_help = AFTER_HELP)]
    Check(CheckArgs),
    /// Explain a rule, or list all of them
    Rule(RuleArgs),
    /// Show what celery-lint understood of a project
    Inspect(InspectArgs),
    /// Tell where workers would connect; with --connect, try it
    #[command(after_help = AFTER_DOCTOR)]
    Doctor(DoctorArgs),
    /// Write a commented celery-lint.toml, or begin a project
    Init(InitArgs),
    /// Describe the configuration
    Config(ConfigArgs),
    /// Show where the cache of a project lies, or remove it
    Cache(CacheArgs),
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// A project's directory; with files, their project is linted and only they are reported
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,

    /// Apply safe fixes
    #[arg(long, help_heading = "Fixes")]
    pub fix: bool,
    /// Apply fixes that may change what the program does too (with --fix or --diff)
    #[arg(long, help_heading = "Fixes")]
    pub unsafe_fixes: bool,
    /// Show what --fix would change, and change nothing
    #[arg(long, help_heading = "Fixes", conflicts_with = "fix")]
    pub diff: bool,

    #[command(flatten)]
    pub rules: RuleSelection,
    #[command(flatten)]
    pub files: FileSelection,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub struct RuleSelection {
    /// Run these rules only: names, areas or ALL, comma-separated
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = selector)]
    pub select: Option<Vec<Selector>>,
    /// Do not run these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = selector)]
    pub ignore: Vec<Selector>,
    /// Run these rules besides the default or configured ones
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = selector)]
    pub extend_select: Vec<Selector>,
    /// Run rules that are not stable yet too
    #[arg(long)]
    pub preview: bool,
    /// The severity from which on the exit code is 1 [default: warning]
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// Do not show findings below this severity; they still count for --fail-on
    #[arg(long, value_name = "SEVERITY")]
    pub min_severity: Option<Level>,
    /// Exit with 0 although there are findings
    #[arg(long)]
    pub exit_zero: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Files and configuration")]
pub struct FileSelection {
    /// Use this configuration file
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Use no configuration file
    #[arg(long)]
    pub isolated: bool,
    /// Leave out files and directories that match this glob
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Do not read or write the cache
    #[arg(long)]
    pub no_cache: bool,
    /// List the files that would be read, and stop
    #[arg(long)]
    pub show_files: bool,
    /// Show the settings that would be used, and stop
    #[arg(long, conflicts_with = "show_files")]
    pub show_settings: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// How findings are written [default: full]; repeatable, each may be followed by its --output-file
    #[arg(long, value_name = "FORMAT")]
    pub output_format: Vec<OutputFormat>,
    /// Write the preceding --output-format to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output_file: Vec<PathBuf>,
    /// Only findings: no summary, no progress
    #[arg(long, short)]
    pub quiet: bool,
    /// Count findings by rule
    #[arg(long)]
    pub statistics: bool,
    /// Say what took how long, on standard error
    #[arg(long)]
    pub timings: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
    /// Show no progress
    #[arg(long)]
    pub no_progress: bool,
    /// Lint again whenever something changes, until Ctrl+C
    #[arg(long, conflicts_with_all = ["fix", "diff", "show_files", "show_settings"])]
    pub watch: bool,
}

#[derive(Debug, Args)]
pub struct RuleArgs {
    /// The rule's name
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub name: Option<String>,
    /// List every rule
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub output: DocumentArgs,
}

#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The project's directory
    #[arg(default_value = ".")]
    pub path: PathBuf,
    #[command(flatten)]
    pub files: InspectFiles,
    #[command(flatten)]
    pub output: InspectOutput,
}

#[derive(Debug, Args)]
pub struct InspectFiles {
    /// Use this configuration file
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Use no configuration file
    #[arg(long)]
    pub isolated: bool,
    /// Leave out files and directories that match this glob
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub exclude: Vec<String>,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The project's directory
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Open connections to the brokers and result backends, and test what a worker needs of them
    #[arg(long)]
    pub connect: bool,
    /// Seconds that one step may take: connecting, a handshake, an answer
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    pub timeout: f64,
    /// Take variables from this file instead of the project's env files; repeatable, the first that has one counts
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<PathBuf>,
    /// Test this broker instead of the project's; a password given here stays in the shell's history
    #[arg(long, value_name = "URL")]
    pub broker: Option<String>,
    /// Test this result backend instead of the project's
    #[arg(long, value_name = "URL")]
    pub backend: Option<String>,
    #[command(flatten)]
    pub files: InspectFiles,
    #[command(flatten)]
    pub output: DocumentArgs,
}

#[derive(Debug, Args)]
pub struct DocumentArgs {
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output_format: DocumentFormat,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
}

#[derive(Debug, Args)]
pub struct InspectOutput {
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "tree")]
    pub output_format: InspectFormat,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
}

#[derive(Debug, Args)]
pub struct InitArgs {
    /// The directory to write it to
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Begin a project instead: a Celery app, a task, endpoints, environment and services
    #[arg(long, value_name = "FRAMEWORK")]
    pub framework: Option<Framework>,
}

#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Print the JSON schema of celery-lint.toml
    #[arg(long, required = true)]
    pub schema: bool,
}

#[derive(Debug, Args)]
pub struct CacheArgs {
    #[command(subcommand)]
    pub command: CacheCommand,
}

#[derive(Debug, Subcommand)]
pub enum CacheCommand {
    /// Remove the cache
    Clean(CachePath),
    /// Print its directory
    Dir(CachePath),
}

#[derive(Debug, Args)]
pub struct CachePath {
    /// The project's directory
    #[arg(default_value = ".")]
    pub path: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DocumentFormat {
    /// For people
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InspectFormat {
    /// For people
    #[value(alias = "text")]
    Tree,
    /// One JSON document, with what sends what as a graph
    Json,
    /// The graph as a Mermaid flowchart, for Markdown
    Mermaid,
    /// The graph for Graphviz
    Dot,
    /// The graph as one page that needs no network
    Html,
}

/// [`Severity`] as the command line spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    Note,
    Warning,
    Error,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Note => Self::Note,
            Level::Warning => Self::Warning,
            Level::Error => Self::Error,
        }
    }
}

/// A time that is long enough for a network and short enough to wait for.
fn seconds(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|seconds| (0.05..=60.0).contains(seconds))
        .ok_or_else(|| "a number from 0.05 to 60".to_owned())
}

fn selector(name: &str) -> Result<Selector, String> {
    Selector::parse(name).map_err(|error| match error.similar {
        Some(known) => format!("{error}; did you mean `{known}`?"),
        None => format!("{error}; `celery-lint rule --all` shows every rule"),
    })
}
