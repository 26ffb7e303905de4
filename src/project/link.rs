//! Linking: lowered files become the project. Each part of the model is found by its own file; this one only says in
//! which order, and gives them what they need.

use std::sync::Mutex;

use rayon::prelude::*;

use super::environment::Candidates;
use super::environment::roots::Layout;
use super::parts::Parts;
use super::unseen::Unseen;
use super::{
    IgnoreRules, Project, app, canvas, configuration, crontab, delay, dependency, env_loads, environment, flask,
    import, launch, loaded, rate_limit, receiver, relevant, requests, result_use, routing, schedule, secret, setting,
    submission, task, task_wait, transaction,
};
use crate::clock::Clock;
use crate::config::Settings;
use crate::drill;
use crate::files::{self, FileFacts};
use crate::isolate::isolated;
use crate::python::eval::{CallSites, Memory};
use crate::python::ir::SyntaxError;
use crate::python::lower::first_error;
use crate::python::{Eval, ModuleId, Modules, Store};
use crate::source::{FileId, FileKind, SourceFile, Sources};

/// How many bytes of Python that cannot matter are parsed for their syntax errors alone.
const MAX_PARSED: usize = 4 << 20;

/// What every part of linking may look at.
pub struct Linking<'a> {
    pub sources: &'a Sources,
    pub layout: &'a Layout,
    pub modules: &'a Modules<'a>,
    pub sites: &'a CallSites<'a>,
    /// What the files that are not Python say, in file order.
    pub facts: &'a [(FileId, FileFacts)],
    /// What can read the environment.
    pub candidates: &'a Candidates,
    pub memories: Memories,
    pub clock: &'a Clock,
}

/// What the evaluators of all threads remember, between the modules and the parts of linking.
#[derive(Default)]
pub struct Memories {
    idle: Mutex<Vec<Memory>>,
}

impl Memories {
    fn take(&self) -> Memory {
        self.idle.lock().ok().and_then(|mut idle| idle.pop()).unwrap_or_default()
    }

    fn put(&self, memory: Memory) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(memory);
        }
    }
}

impl Linking<'_> {
    /// Runs `work` for every relevant module in parallel, each with an evaluator of its own; results in module order. What
    /// an evaluator remembers of one module serves the next, and changes no answer.
    pub fn per_module<T: Send>(&self, work: impl Fn(&Eval, ModuleId) -> Vec<T> + Sync) -> Vec<T> {
        let relevant = &self.modules.relevant;
        let found: Vec<Vec<T>> = relevant
            .par_iter()
            .map(|id| {
                let eval = self.eval().with_memory(self.memories.take());
                eval.begin();
                let found = work(&eval, *id);
                self.memories.put(eval.into_memory());
                found
            })
            .collect();
        found.into_iter().flatten().collect()
    }

    pub fn eval(&self) -> Eval<'_> {
        Eval::new(self.modules, self.sites)
    }
}

impl Project {
    /// Lowers and links all files of a run.
    pub fn link(sources: Sources, settings: &Settings) -> Self {
        let project_clock = Clock::default();
        let store = Store::new(&sources);
        let layout = Layout::of(&sources);
        let mut project = Project::default();
        let (facts, failures);
        {
            let (modules, candidates, foreign);
            let clock = &project_clock;
            ((facts, failures), (modules, candidates, foreign)) = rayon::join(
                || clock.time("reading configuration files", || lower_files(&sources)),
                || clock.time("finding relevant modules", || with_relevant(Modules::new(&store, &sources))),
            );
            let sites = clock.time("call sites", || CallSites::new(&modules, |id| !is_test_path(modules.path(id))));
            let linking = Linking {
                sources: &sources,
                layout: &layout,
                modules: &modules,
                sites: &sites,
                facts: &facts,
                candidates: &candidates,
                memories: Memories::default(),
                clock,
            };
            assert!(!drill::is("link"), "a drill");
            project.connect(&linking);
            clock.time("syntax errors", || project.note_syntax(&modules, &facts));
            project.foreign_parts = foreign;
        }
        project.incomplete.extend(failures.iter().chain(&store.failures()).map(|(file, _)| *file));
        project.incomplete.sort();
        project.failures = failures;
        project.unseen = Unseen::of(&sources, &project.incomplete, &project.ignore);
        let named = project.dependencies.iter().any(|it| dependency::is_of_celery(&it.name));
        project.uses_celery = named || speaks_of_celery(&sources);
        let listed = dependency::has_manifest(&sources, &project.dependencies);
        project.is_foreign = listed && !project.uses_celery;
        project.target_celery.clone_from(&settings.target_celery);
        project.sources = sources;
        project.layout = layout;
        project.modules = store;
        project.facts = facts;
        project.clock = project_clock;
        project.releases = dependency::celery_releases(&project);
        project
    }

    /// Asks a project that is linked already something more.
    pub fn relinked<T>(&self, work: impl FnOnce(&Linking) -> T) -> T {
        let (modules, candidates, _) = with_relevant(Modules::new(&self.modules, &self.sources));
        let sites = CallSites::new(&modules, |id| !is_test_path(modules.path(id)));
        work(&Linking {
            sources: &self.sources,
            layout: &self.layout,
            modules: &modules,
            sites: &sites,
            facts: &self.facts,
            candidates: &candidates,
            memories: Memories::default(),
            clock: &self.clock,
        })
    }

    /// Syntax errors (the first of a file: the others mostly follow from it), incomplete files and comments.
    fn note_syntax(&mut self, modules: &Modules, facts: &[(FileId, FileFacts)]) {
        for module in modules.relevant.iter().map(|id| modules.get(*id)) {
            self.comments.extend(module.comments.iter().map(|at| (module.file, *at)));
            if let Some(error) = module.errors.first() {
                self.note_error(module.file, error);
            }
        }
        for (file, error) in other_errors(modules) {
            self.note_error(file, &error);
        }
        for (file, facts) in facts {
            self.comments.extend(facts.comments.iter().map(|at| (*file, *at)));
            if let Some(error) = facts.errors.first() {
                self.incomplete.push(*file);
                if !error.doubtful {
                    self.syntax_errors.push((*file, error.at, sentence(&error.message)));
                }
            }
        }
        self.comments.sort();
        self.incomplete.sort();
        self.syntax_errors.sort();
    }

    fn note_error(&mut self, file: FileId, error: &SyntaxError) {
        self.syntax_errors.push((file, error.span, sentence(&error.message)));
        self.incomplete.push(file);
    }

    /// Fills in the parts of the model. What web code does is asked of nothing else, and takes long: it is found meanwhile.
    fn connect(&mut self, linking: &Linking) {
        let (web, ()) = rayon::join(
            || linking.clock.time("web endpoints", || super::endpoint::endpoints(linking)),
            || self.connect_celery(linking),
        );
        (self.endpoints, self.web) = web;
    }

    fn connect_celery(&mut self, linking: &Linking) {
        let clock = linking.clock;
        self.ignore = clock.time("ignore rules", || IgnoreRules::load(linking.sources));
        let loads = clock.time("env files", || env_loads::find(linking));
        let loaded = loads.iter().map(|load| (load.path.clone(), load.at)).collect();
        self.env_files =
            clock.time("env files", || environment::env_files(linking.sources, linking.facts, &self.ignore, loaded));
        self.dependencies = clock.time("dependencies", || dependency::find(linking));
        self.apps = clock.time("apps", || app::find(linking));
        self.task_class = clock.time("tasks", || task::signature::whole(linking));
        self.tasks = clock.time("tasks", || task::find(linking, self.task_class));
        clock.time("names of tasks", || task::names::fill(linking, &self.apps, &mut self.tasks));
        self.unregistered = clock.time("tasks", || task::unregistered::find(linking, &self.tasks));
        self.imports = clock.time("imports", || import::find(linking));
        self.submissions = clock.time("submissions", || submission::find(linking, &self.tasks, &self.ignore));
        self.canvas = clock.time("canvases", || canvas::find(linking, &self.tasks, &self.submissions));
        self.transactions = clock.time("transactions", || transaction::find(linking, &self.submissions, &self.tasks));
        self.task_waits = clock.time("waiting in tasks", || task_wait::find(linking, &self.tasks));
        self.result_uses = clock.time("uses of results", || result_use::find(linking, &self.tasks));
        self.task_details =
            clock.time("details of tasks", || task::detail::find(linking, &self.tasks, &self.result_uses));
        self.lookups = clock.time("look-ups in requests", || requests::lookup::find(linking));
        self.answers_exceptions = clock.time("exception handlers", || requests::handlers::any(linking));
        self.receivers = clock.time("receivers", || receiver::find(linking));
        let flask = clock.time("flask applications", || flask::find(linking));
        self.settings = clock.time("settings", || setting::find(linking, &self.apps, &flask));
        self.configurations =
            clock.time("configurations", || configuration::find(linking, &self.apps, &self.settings, &flask));
        self.launches = clock.time("launches", || launch::find(linking));
        self.schedules =
            clock.time("schedules", || schedule::find(linking, &self.settings, &self.tasks, &self.submissions));
        clock.time("schedules", || schedule::look_up(linking, &self.ignore, &self.tasks, &mut self.schedules));
        self.crontabs = clock.time("crontabs", || crontab::find(linking));
        self.delays = clock.time("delays", || delay::find(linking, &self.tasks, &self.submissions));
        self.rate_limits = clock.time("rate limits", || rate_limit::find(linking, &self.tasks, &self.settings));
        self.loading = clock.time("modules that workers load", || loaded::find(linking, self));
        self.routing = clock.time("routing", || routing::find(linking, self));
        self.secrets = clock.time("credentials", || secret::find(linking, &self.settings, &self.ignore));
        self.env_templates = clock.time("env templates", || environment::templates(linking, &self.ignore));
        let uses = clock.time("reads of the environment", || environment::uses(linking, &self.settings));
        self.env_reads = uses.reads;
        self.env_open = uses.open;
        self.env_written = uses.written;
        self.env_deployed = uses.deployed;
        self.env_conflicts =
            clock.time("conflicts of env files", || environment::conflicts(linking, &loads, &self.env_reads));
    }
}

/// The modules with what is known of which of them matter, what reads the environment, and the directories of what is not our
/// business.
fn with_relevant(mut modules: Modules) -> (Modules, Candidates, Vec<String>) {
    let Parts { foreign, outside, libraries } = Parts::of(&modules);
    (modules.outside, modules.libraries) = (outside, libraries);
    let candidates;
    (modules.relevant, candidates) = relevant::find(&modules);
    (modules, candidates, foreign)
}

/// Syntax errors of the files that cannot matter: told where it costs little, not in large projects.
fn other_errors(modules: &Modules) -> Vec<(FileId, SyntaxError)> {
    let others: Vec<ModuleId> = modules.others().collect();
    if others.iter().map(|id| modules.text(*id).len()).sum::<usize>() > MAX_PARSED {
        return Vec::new();
    }
    // A bug of ours costs no more here than the error of a file that cannot matter.
    let error = |id: ModuleId| isolated(|| first_error(modules.text(id))).ok().flatten();
    others.into_par_iter().filter_map(|id| Some((modules.file(id), error(id)?))).collect()
}

/// Sentence case, without a full stop.
fn sentence(message: &str) -> String {
    let message = message.trim().trim_end_matches('.');
    let mut chars = message.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// What files say, and where in our source a bug is that kept others from being read.
type Lowered = (Vec<(FileId, FileFacts)>, Vec<(FileId, String)>);

/// Reads the files that are not Python.
fn lower_files(sources: &Sources) -> Lowered {
    let files: Vec<_> = sources.files.iter().filter(|file| file.kind != FileKind::Python).collect();
    let lower = |file: &SourceFile| {
        drill::file(&file.path, &file.text);
        files::lower(file.kind, &file.path, &file.text, file.id)
    };
    let lowered: Vec<_> = files.into_par_iter().map(|file| (file.id, isolated(|| lower(file)))).collect();
    let failures = lowered.iter().filter_map(|(id, facts)| Some((*id, facts.as_ref().err()?.clone()))).collect();
    (lowered.into_iter().map(|(id, facts)| (id, facts.unwrap_or_default())).collect(), failures)
}

/// Whether anything in the tree has to do with Celery. Ignore files do not count: the usual template for Python names
/// `celerybeat-schedule` in every project.
fn speaks_of_celery(sources: &Sources) -> bool {
    let says = |text: &str| {
        ["elery", "CELERY", "kombu"].iter().any(|it| memchr::memmem::find(text.as_bytes(), it.as_bytes()).is_some())
    };
    let counted = sources.files.par_iter().filter(|file| file.kind != FileKind::GitIgnore);
    counted.into_par_iter().any(|file| file.path.to_ascii_lowercase().contains("celery") || says(&file.text))
}

/// Whether a path belongs to tests, or is code of a tool (`.semgrep/rule.py`, `.github/scripts/release.py`): its findings are
/// weaker, its tasks do not count.
pub fn is_test_path(path: &str) -> bool {
    const NAMES: &[&str] =
        &[".test", "conftest.py", "e2e", "fixtures", "test", "testdata", "testing", "tests", "tests.py", "unittests"];
    const ENDS: &[&str] = &["_test.py", "_tests.py", "_tests", "-tests", ".env.test", ".env.testing", ".env.ci"];
    let of_tool = path.ends_with(".py") && (path.starts_with('.') || path.contains("/.")) && !path.starts_with("./");
    of_tool
        || path.split('/').any(|part| {
            NAMES.contains(&part) || part.starts_with("test_") || ENDS.iter().any(|end| part.ends_with(end))
        })
}

#[cfg(test)]
mod tests {
    use super::is_test_path;

    #[test]
    fn tests_and_scripts_of_tools_are_known_by_their_path() {
        let aside = [
            "tests/tasks.py",
            "shop/test_tasks.py",
            "shop/tasks_test.py",
            ".semgrep/rules/celery.py",
            "a/.github/release.py",
        ];
        for path in aside {
            assert!(is_test_path(path), "{path}");
        }
        for path in ["deploy/.env.testing", ".env.test", "app.env.ci"] {
            assert!(is_test_path(path), "{path}");
        }
        for path in
            ["shop/tasks.py", "./shop/tasks.py", ".env", ".env.prod", ".github/workflows/ci.yml", "contest/tasks.py"]
        {
            assert!(!is_test_path(path), "{path}");
        }
    }
}
