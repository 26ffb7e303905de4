//! From steps to configurations: one for each app and each object that it may load.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use super::django::{self, Entries};
use super::source::{Name, Names, Source};
use super::steps::{Namespace, Step, What};
use super::{Configuration, Entry, Kind, Object, names};
use crate::project::link::Linking;
use crate::project::{App, Setting};
use crate::python::ir::Scope;
use crate::python::{Eval, ModuleId};
use crate::source::{FileId, Loc};

/// The configurations of every app outside tests; of the app of the process only when the project makes none.
pub(super) fn configurations(
    linking: &Linking,
    apps: &[App],
    settings: &[Setting],
    steps: &[Step],
) -> Vec<Configuration> {
    let mut builder =
        Builder { linking, eval: linking.eval(), settings: FxHashMap::default(), entries: OnceCell::new() };
    let mut found = Vec::new();
    for (index, setting) in settings.iter().enumerate() {
        builder.settings.entry((setting.at.file, &setting.written)).or_default().push((setting.at, index));
    }
    let own: Vec<usize> = (0..apps.len()).filter(|index| apps.get(*index).is_some_and(|app| !app.in_test)).collect();
    for index in &own {
        found.extend(builder.app(Some(*index), apps.get(*index), steps));
    }
    if own.is_empty() {
        found.extend(builder.app(None, None, steps));
    }
    found
}

struct Builder<'a> {
    linking: &'a Linking<'a>,
    eval: Eval<'a>,
    /// The settings by file and name as written.
    settings: FxHashMap<(FileId, &'a str), Vec<(Loc, usize)>>,
    entries: OnceCell<Entries>,
}

/// What one object holds.
struct Loaded {
    names: Names,
    object: Object,
    known: bool,
}

impl<'a> Builder<'a> {
    fn app(&self, index: Option<usize>, app: Option<&App>, steps: &[Step]) -> Vec<Configuration> {
        let mut own: Vec<(&Step, bool)> = steps
            .iter()
            .filter(|step| step.apps.contains(&index))
            .map(|step| (step, step.conditional || app.is_some_and(|app| !surely_runs(step, app))))
            .collect();
        let home = app.map(|app| app.site.module).or_else(|| own.first().map(|(step, _)| step.module));
        let Some(home) = home else { return Vec::new() };
        own.sort_by_key(|(step, _)| (step.module != home, step.at));
        // Steps on the app of the process may be steps on this one.
        let open = index.is_some() && steps.iter().any(|step| step.apps.contains(&None));
        let objects: Vec<usize> = (0..own.len())
            .filter(|at| own.get(*at).is_some_and(|it| matches!(it.0.what, What::Object { .. })))
            .collect();
        // An object replaces the one before it, unless it may not be loaded.
        let last_sure = objects.iter().rposition(|at| own.get(*at).is_some_and(|it| !it.1)).unwrap_or(0);
        let objects = objects.get(last_sure..).unwrap_or_default();
        if objects.is_empty() {
            return self.variant(index, &own, None, open).into_iter().collect();
        }
        let mut found = Vec::new();
        for at in objects {
            let Some((step, _)) = own.get(*at) else { continue };
            let What::Object { sources, .. } = &step.what else { continue };
            let loaded = sources.iter().flat_map(|source| self.load(source, home, step.at));
            found.extend(loaded.filter_map(|loaded| self.variant(index, &own, Some((*at, loaded)), open)));
        }
        found
    }

    /// What a source holds: one for each settings module that may be Django's.
    fn load(&self, source: &Source, home: ModuleId, loaded_at: Loc) -> Vec<Loaded> {
        let object = Object { loaded_at, file: None, django: false, installed: None };
        match source {
            Source::Unknown => {
                let names = Names { open: true, ..Names::default() };
                vec![Loaded { names, object, known: false }]
            }
            Source::Names(names) => vec![Loaded { names: names.clone(), object, known: true }],
            Source::Module(module) => {
                let file = Some(self.linking.modules.file(*module));
                let (names, _) = names::of_module(self.linking, *module);
                vec![Loaded { names, object: Object { file, ..object }, known: true }]
            }
            Source::Django => {
                let entries = self.entries.get_or_init(|| Entries::find(self.linking)).of(self.linking, home);
                if entries.is_empty() {
                    let object = Object { django: true, ..object };
                    return vec![Loaded { names: Names { open: true, ..Names::default() }, object, known: false }];
                }
                entries.into_iter().map(|module| self.django(module, &object)).collect()
            }
        }
    }

    fn django(&self, module: ModuleId, object: &Object) -> Loaded {
        let (mut names, _) = names::of_module(self.linking, module);
        names.keys.retain(|name| is_upper(&name.written));
        let file = Some(self.linking.modules.file(module));
        let installed = django::installed(&self.eval, module);
        Loaded { names, object: Object { file, django: true, installed, ..object.clone() }, known: true }
    }

    /// The configuration with one of the objects; nothing when its namespace is not known.
    fn variant(
        &self,
        app: Option<usize>,
        steps: &[(&Step, bool)],
        object: Option<(usize, Loaded)>,
        open: bool,
    ) -> Option<Configuration> {
        let mut made = Configuration { app, open, ..Configuration::default() };
        let mut object = object;
        for (at, (step, conditional)) in steps.iter().enumerate() {
            match &step.what {
                What::Arguments { names, namespace } => {
                    match namespace {
                        Namespace::Known(name) => made.namespace = Some(name.clone()),
                        Namespace::Unknown => return None,
                        Namespace::None => {}
                    }
                    self.add(&mut made, Kind::Argument, names, *conditional);
                }
                What::Change(names) => self.add(&mut made, Kind::Change, names, *conditional),
                What::Defaults(names) => {
                    made.entries.push(marker(Kind::Defaults, "", step.at));
                    self.add(&mut made, Kind::Key, names, *conditional);
                }
                What::Object { namespace, .. } => {
                    let Some((_, loaded)) = object.take_if(|(chosen, _)| *chosen == at) else { continue };
                    let namespace = match namespace {
                        Namespace::Known(name) => name.clone(),
                        Namespace::Unknown => return None,
                        Namespace::None => String::new(),
                    };
                    if !namespace.is_empty() {
                        made.namespace = Some(namespace.clone());
                    }
                    if loaded.known && !loaded.names.keys.is_empty() {
                        made.entries.push(marker(Kind::Object, &namespace, step.at));
                    }
                    self.add(&mut made, Kind::Key, &loaded.names, false);
                    made.object = Some(loaded.object);
                }
            }
        }
        Some(made)
    }

    fn add(&self, to: &mut Configuration, kind: Kind, names: &Names, conditional: bool) {
        to.open |= names.open;
        to.entries.extend(names.keys.iter().map(|name| self.entry(kind, name, conditional)));
    }

    fn entry(&self, kind: Kind, name: &Name, conditional: bool) -> Entry {
        // Some arguments of `Celery()` are settings under another name.
        let written = match (kind, name.written.as_str()) {
            (Kind::Argument, "broker") => "broker_url",
            (Kind::Argument, "backend") => "result_backend",
            (_, written) => written,
        };
        let same = self.settings.get(&(name.at.file, written));
        let exact = same.and_then(|same| same.iter().find(|(at, _)| *at == name.at).or(same.last()));
        Entry {
            kind,
            written: name.written.clone(),
            at: name.at,
            none: name.none,
            conditional: conditional || name.conditional,
            lost: name.lost,
            setting: exact.map(|(_, index)| *index),
        }
    }
}

fn marker(kind: Kind, written: &str, at: Loc) -> Entry {
    Entry { kind, written: written.to_owned(), at, none: false, conditional: false, lost: None, setting: None }
}

/// Whether a step runs whenever the app is made: it stands beside it, or at the top of its module.
fn surely_runs(step: &Step, app: &App) -> bool {
    step.module == app.site.module && (step.scope == app.site.scope || step.scope == Scope::Module)
}

/// Django takes upper-case names only.
fn is_upper(name: &str) -> bool {
    name.chars().any(char::is_uppercase) && !name.chars().any(char::is_lowercase)
}
