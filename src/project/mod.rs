//! The model: what a Celery developer would name, linked across all files. Rules look at this and at nothing else.

use environment::roots::Layout;

use crate::celery::release::Releases;
use crate::files::FileFacts;
use crate::python::Store;
use crate::source::{FileId, Sources, Span};

pub mod app;
pub mod broker;
pub mod canvas;
pub mod configuration;
pub mod crontab;
pub mod delay;
pub mod dependency;
pub mod display;
mod documents;
pub mod duration;
pub mod endpoint;
pub mod env_loads;
pub mod environment;
mod flask;
pub mod flow;
pub mod git_index;
pub mod ignore;
pub mod import;
pub mod launch;
pub mod link;
pub mod loaded;
pub mod objects;
mod parts;
pub mod production;
pub mod queues;
pub mod rate_limit;
pub mod receiver;
mod relevant;
pub mod requests;
pub mod result_backend;
pub mod result_use;
pub mod routing;
pub mod schedule;
pub mod secret;
pub mod setting;
pub mod submission;
pub mod task;
pub mod task_name;
pub mod task_wait;
pub mod transaction;
pub mod unseen;
mod web;
pub mod wiring;

pub use app::App;
pub use configuration::Configuration;
pub use dependency::{CeleryVersion, celery_releases, celery_version};
pub use endpoint::{Does, Endpoint};
pub use environment::{EnvFile, EnvKey, EnvRead, EnvTemplate};
pub use ignore::IgnoreRules;
pub use import::Import;
pub use launch::Launch;
pub use loaded::Loading;
pub use result_backend::ResultBackend;
pub use result_use::ResultUse;
pub use routing::Routing;
pub use schedule::Schedule;
pub use secret::Secret;
pub use setting::Setting;
pub use submission::Submission;
pub use task::Task;

/// The whole project, immutable once linked. Every list is in (file, position) order.
#[derive(Debug, Default)]
pub struct Project {
    /// How long the parts of linking and the rules took.
    pub clock: crate::clock::Clock,
    pub sources: Sources,
    pub layout: Layout,
    /// The Python files, lowered as far as they matter.
    pub modules: Store,
    /// What the other files say, by file id (sorted).
    pub facts: Vec<(FileId, FileFacts)>,
    pub apps: Vec<App>,
    pub settings: Vec<Setting>,
    /// What every app's configuration is made of, in the order of the apps.
    pub configurations: Vec<Configuration>,
    pub tasks: Vec<Task>,
    /// What the apps say about all of their tasks.
    pub task_class: task::signature::Whole,
    /// More about each task, in the order of `tasks`.
    pub task_details: Vec<task::detail::TaskDetail>,
    /// Classes of tasks that are sent and were never registered.
    pub unregistered: Vec<task::unregistered::Unregistered>,
    /// Imports of Celery's own modules.
    pub imports: Vec<Import>,
    pub submissions: Vec<Submission>,
    /// Canvases, and what nothing starts.
    pub canvas: canvas::Canvases,
    /// Tasks that are sent while a transaction is open, and what waits for its end.
    pub transactions: transaction::Transactions,
    /// Where tasks may wait for ever.
    pub task_waits: Vec<task_wait::TaskWait>,
    /// Where results are read and chords are started.
    pub result_uses: Vec<ResultUse>,
    /// Functions that are connected to Celery's signals.
    pub receivers: Vec<receiver::Receiver>,
    pub schedules: Vec<Schedule>,
    pub crontabs: Vec<crontab::CrontabCall>,
    /// Tasks that are sent for later.
    pub delays: Vec<delay::Delay>,
    pub rate_limits: Vec<rate_limit::RateLimit>,
    /// What workers import to find tasks, and what follows from it.
    pub loading: Loading,
    /// What routes and annotations name, and the routers.
    pub routing: Routing,
    pub endpoints: Vec<Endpoint>,
    /// What the web code offers and lacks, one per web application.
    pub web: Vec<endpoint::WebApp>,
    /// Results that are looked up without saying which app to ask.
    pub lookups: Vec<requests::lookup::Lookup>,
    /// Something may answer for what the handlers of requests raise.
    pub answers_exceptions: bool,
    pub env_reads: Vec<EnvRead>,
    /// Reads whose key is not known: any variable that starts like them could be meant.
    pub env_open: Vec<environment::OpenRead>,
    /// Variables that the project's Python sets itself.
    pub env_written: rustc_hash::FxHashSet<String>,
    /// Variables that a Dockerfile, a compose file or another deployment gives a value, and where.
    pub env_deployed: rustc_hash::FxHashMap<String, crate::source::Loc>,
    pub env_templates: Vec<EnvTemplate>,
    pub env_files: Vec<EnvFile>,
    /// Values of env files that two readers of the project read differently.
    pub env_conflicts: Vec<environment::EnvConflict>,
    pub launches: Vec<Launch>,
    pub dependencies: Vec<crate::files::Dependency>,
    pub ignore: IgnoreRules,
    pub secrets: Vec<Secret>,
    /// Files that matter and could not be read or parsed: a finding that one of them could explain away stays silent.
    pub incomplete: Vec<FileId>,
    /// Everything that was not seen, or not whole: what it could explain is not told.
    pub unseen: unseen::Unseen,
    /// Syntax errors, with a message in sentence case each.
    pub syntax_errors: Vec<(FileId, Span, String)>,
    /// Files that a bug of ours kept from being understood, and where in our source it is.
    pub failures: Vec<(FileId, String)>,
    /// Comments that may hold suppressions, in all kinds of files: from the marker to the end of the line.
    pub comments: Vec<(FileId, Span)>,
    /// Something in the tree has to do with Celery.
    pub uses_celery: bool,
    /// The requirements are known and Celery is none of them, nor does anything mention it: nothing here is our business.
    pub is_foreign: bool,
    /// Directories of distributions that have nothing to do with Celery, in a tree where others have.
    pub foreign_parts: Vec<String>,
    /// The Celery release that the configuration names.
    pub target_celery: Option<String>,
    /// The releases of Celery that it may run with ([`celery_releases`]).
    pub releases: Releases,
}
