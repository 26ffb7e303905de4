//! Linking: lowered files become the project. Each part of the model is found by its own file; this one only says in
//! which order, and gives them what they need.

use rayon::prelude::*;

use super::{
    IgnoreRules, Project, app, dependency, env_loads, environment, launch, schedule, secret, setting, submission, task,
};
use crate::config::Settings;
use crate::files::{self, FileFacts};
use crate::python::eval::CallSites;
use crate::python::{self, Eval, Module, ModuleId, Modules};
use crate::source::{FileId, FileKind, Sources};

/// What every part of linking may look at.
pub struct Linking<'a> {
    pub sources: &'a Sources,
    pub modules: &'a Modules<'a>,
    pub sites: &'a CallSites,
    /// What the files that are not Python say, in file order.
    pub facts: &'a [(FileId, FileFacts)],
}

impl Linking<'_> {
    /// Runs `work` for every module in parallel, each thread with an evaluator of its own; results in module order. What an
    /// evaluator remembers of one module serves the next, and changes no answer.
    pub fn per_module<T: Send>(&self, work: impl Fn(&Eval, ModuleId) -> Vec<T> + Sync) -> Vec<T> {
        let found: Vec<Vec<T>> = (0..self.modules.all.len())
            .into_par_iter()
            .map_init(
                || self.eval(),
                |eval, id| {
                    eval.begin();
                    work(eval, id)
                },
            )
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
        let modules = lower_python(&sources);
        let facts = lower_files(&sources);
        let mut project = Project::default();
        {
            let table = Modules::new(&modules, &sources);
            let sites = CallSites::new(&modules);
            let linking = Linking { sources: &sources, modules: &table, sites: &sites, facts: &facts };
            project.connect(&linking);
        }
        project.note_syntax(&modules, &facts);
        let named = project.dependencies.iter().any(|it| dependency::is_of_celery(&it.name));
        project.uses_celery = named || speaks_of_celery(&sources);
        let listed = dependency::has_manifest(&sources, &project.dependencies);
        project.is_foreign = listed && !project.uses_celery;
        project.target_celery.clone_from(&settings.target_celery);
        project.sources = sources;
        project.modules = modules;
        project.facts = facts;
        project
    }

    /// Syntax errors (the first of a file: the others mostly follow from it), incomplete files and comments.
    fn note_syntax(&mut self, modules: &[Module], facts: &[(FileId, FileFacts)]) {
        for module in modules {
            self.comments.extend(module.comments.iter().map(|at| (module.file, *at)));
            if let Some(error) = module.errors.first() {
                self.syntax_errors.push((module.file, error.span, sentence(&error.message)));
                self.incomplete.push(module.file);
            }
        }
        for (file, facts) in facts {
            self.comments.extend(facts.comments.iter().map(|at| (*file, *at)));
            if let Some(error) = facts.errors.first() {
                self.syntax_errors.push((*file, error.at, sentence(&error.message)));
                self.incomplete.push(*file);
            }
        }
        self.comments.sort();
        self.incomplete.sort();
        self.syntax_errors.sort();
    }

    fn connect(&mut self, linking: &Linking) {
        self.ignore = IgnoreRules::load(linking.sources);
        self.env_files = environment::env_files(linking.sources, linking.facts, &self.ignore, env_loads::find(linking));
        self.dependencies = dependency::find(linking);
        self.apps = app::find(linking);
        self.tasks = task::find(linking);
        self.submissions = submission::find(linking, &self.tasks);
        self.settings = setting::find(linking, &self.apps);
        self.launches = launch::find(linking);
        self.schedules = schedule::find(linking, &self.settings, &self.tasks, &self.submissions);
        self.secrets = secret::find(linking, &self.settings, &self.ignore);
        self.env_templates = environment::templates(linking, &self.ignore);
        let uses = environment::uses(linking, &self.settings);
        self.env_reads = uses.reads;
        self.env_open = uses.open;
        self.env_written = uses.written;
        self.env_deployed = uses.deployed;
        (self.endpoints, self.web) = super::endpoint::endpoints(linking);
    }
}

/// Sentence case, without a full stop.
fn sentence(message: &str) -> String {
    let message = message.trim().trim_end_matches('.');
    let mut chars = message.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn lower_python(sources: &Sources) -> Vec<Module> {
    let files: Vec<_> = sources.of_kind(FileKind::Python).collect();
    files.into_par_iter().map(|file| python::lower::lower(file.id, &file.text)).collect()
}

fn lower_files(sources: &Sources) -> Vec<(FileId, FileFacts)> {
    let files: Vec<_> = sources.files.iter().filter(|file| file.kind != FileKind::Python).collect();
    files.into_par_iter().map(|file| (file.id, files::lower(file.kind, &file.path, &file.text, file.id))).collect()
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

/// Whether a path belongs to tests: its findings are weaker, its tasks do not count.
pub fn is_test_path(path: &str) -> bool {
    path.split('/').any(|part| {
        matches!(part, "tests" | "test" | ".test" | "testing" | "conftest.py" | "fixtures" | "e2e")
            || part.starts_with("test_")
            || part.ends_with("_test.py")
            || part.ends_with("_tests.py")
            || part == "tests.py"
    })
}
