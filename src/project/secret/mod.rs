//! A literal credential of the broker or the result backend, and the way it takes to Celery.

mod argv;
mod clients;
mod commands;
mod files;
mod literals;
mod named;
mod place;
mod reader;
mod repair;
mod settings;
mod variables;

pub use repair::Repair;
use rustc_hash::FxHashMap;

use super::link::Linking;
use super::{IgnoreRules, Setting};
use crate::celery::Grade;
pub use crate::celery::SecretKind;
use crate::celery::url::UrlSecret;
use crate::source::{FileId, FileKind, Loc};

#[derive(Debug, Clone)]
pub struct Secret {
    /// The characters of the secret only; several places when it is written in parts.
    pub at: Vec<Loc>,
    /// The value as written: for masking and for fixes, never for output.
    pub value: String,
    pub kind: SecretKind,
    pub weight: Weight,
    /// What it opens, for messages: "broker", "result backend", "Redis", "RabbitMQ", "Flower".
    pub opens: String,
    /// The places it goes through, in order, each with its own words ("reaches Celery here as `broker_url`").
    pub trail: Vec<(Loc, String)>,
    /// The setting, variable or option that carries it.
    pub carrier: Option<String>,
    /// It is the default of an environment read.
    pub in_default: bool,
    pub in_test: bool,
    /// It stands in an env template.
    pub in_template: bool,
    /// How it could be taken out of the source, when that is sure.
    pub repair: Option<Repair>,
}

/// How sure and how grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Well-known or inert values (`guest:guest` on another host, `admin:admin`), tests, files that git ignores.
    Weak,
    Real,
}

impl Secret {
    /// Whether it is one to report: a real credential that the repository gives away.
    pub fn is_exposed(&self) -> bool {
        self.weight == Weight::Real && !self.in_test && !self.in_template
    }

    fn from_url(found: UrlSecret, opens: &str) -> Option<Self> {
        let weight = weight_of(found.grade)?;
        Some(Self {
            at: found.at,
            value: found.value,
            kind: found.kind,
            weight,
            opens: opens.to_owned(),
            trail: Vec::new(),
            carrier: None,
            in_default: found.in_default,
            in_test: false,
            in_template: false,
            repair: None,
        })
    }

    fn carried_by(mut self, carrier: &str) -> Self {
        self.carrier = Some(carrier.to_owned());
        self
    }
}

/// How much a grade weighs; none when the value is no credential.
fn weight_of(grade: Grade) -> Option<Weight> {
    match grade {
        Grade::Real => Some(Weight::Real),
        Grade::Weak => Some(Weight::Weak),
        Grade::Placeholder | Grade::Reference | Grade::Empty | Grade::LoopbackGuest => None,
    }
}

/// Every credential of the project, one per place, in (file, position) order.
pub fn find(linking: &Linking, all: &[Setting], ignore: &IgnoreRules) -> Vec<Secret> {
    let mut found = settings::find(all);
    found.extend(linking.per_module(|eval, id| {
        let mut found = clients::in_module(linking, eval, id);
        found.extend(argv::in_module(linking, eval, id));
        found.extend(named::in_module(linking, eval, id));
        found.extend(literals::in_module(linking, eval, id));
        found
    }));
    found.extend(files::find(linking));
    found.retain(|secret| !secret.at.is_empty());
    for secret in &mut found {
        place::refine(secret, linking);
    }
    let mut found = merge(found);
    for secret in &mut found {
        let file = linking.sources.get(secret.at[0].file);
        secret.in_test = match file.kind {
            FileKind::Env => super::environment::is_shared(&file.path),
            _ => super::link::is_test_path(&file.path),
        };
        secret.in_template = file.kind == FileKind::EnvTemplate;
        let hidden = file.kind == FileKind::Env && ignore.is_ignored(&file.path, false).ignored;
        if hidden && !ignore.is_tracked(&file.path) {
            secret.weight = Weight::Weak;
        }
    }
    found.sort_by(|a, b| a.at.cmp(&b.at));
    repair::plan(linking, &mut found);
    found
}

/// One finding per secret: what several ways found is joined, the first (and surest) way tells the story.
fn merge(found: Vec<Secret>) -> Vec<Secret> {
    let mut merged: Vec<Secret> = Vec::new();
    let mut by_place: FxHashMap<Loc, usize> = FxHashMap::default();
    for secret in found {
        match secret.at.iter().find_map(|at| by_place.get(at)) {
            Some(&known) => {
                let known = &mut merged[known];
                known.weight = known.weight.max(secret.weight);
                if known.trail.is_empty() {
                    known.trail = secret.trail;
                }
                known.carrier = known.carrier.take().or(secret.carrier);
            }
            None => {
                for at in &secret.at {
                    by_place.insert(*at, merged.len());
                }
                merged.push(secret);
            }
        }
    }
    merged
}

/// Whether a file speaks of Celery at all: in other files a Redis URL may be somebody else's.
fn speaks_of_celery(linking: &Linking, file: FileId) -> bool {
    let file = linking.sources.get(file);
    let has = |word: &str| memchr::memmem::find(file.text.as_bytes(), word.as_bytes()).is_some();
    const WORDS: &[&str] = &["elery", "CELERY", "broker", "BROKER", "result_backend", "RESULT_BACKEND", "kombu"];
    file.path.to_ascii_lowercase().contains("celery") || WORDS.iter().any(|word| has(word))
}
