//! Which Django settings modules an app may load: those named by `DJANGO_SETTINGS_MODULE`, and their siblings, one for each
//! environment.

use rustc_hash::FxHashSet;

use super::Installed;
use super::names;
use crate::project::link::Linking;
use crate::project::setting::is_django_settings;
use crate::python::ir::{BindingKind, ExprKind};
use crate::python::{Eval, ModuleId, ValueKind};
use crate::source::Loc;

/// How many settings modules of one app are looked at.
const MAX_ENTRIES: usize = 16;

const VARIABLE: &str = "DJANGO_SETTINGS_MODULE";

/// The settings modules that a process may be started with.
pub(super) struct Entries {
    /// The modules, and whether code names them.
    entries: Vec<ModuleId>,
}

impl Entries {
    pub fn find(linking: &Linking) -> Self {
        let relevant = &linking.modules.relevant;
        let candidates: Vec<ModuleId> = relevant
            .iter()
            .copied()
            .filter(|id| is_django_settings(linking, *id) && !is_for_tests(linking, *id))
            .collect();
        let named: FxHashSet<ModuleId> = relevant.iter().flat_map(|id| named_by(linking, *id)).collect();
        let mut inner: FxHashSet<ModuleId> = FxHashSet::default();
        let mut whole: Vec<ModuleId> = Vec::new();
        for id in &candidates {
            let (found, seen) = names::of_module(linking, *id);
            inner.extend(seen.into_iter().skip(1));
            if found
                .keys
                .iter()
                .any(|name| matches!(name.written.as_str(), "INSTALLED_APPS" | "ROOT_URLCONF" | "DATABASES"))
            {
                whole.push(*id);
            }
        }
        whole.retain(|id| named.contains(id) || !inner.contains(id));
        whole.extend(named.iter().filter(|id| !candidates.contains(id) && !is_for_tests(linking, **id)));
        whole.sort_unstable();
        whole.dedup();
        Self { entries: whole }
    }

    /// Those that an app of that module may load.
    pub fn of(&self, linking: &Linking, app: ModuleId) -> Vec<ModuleId> {
        let path = |id: ModuleId| linking.modules.path(id);
        let named = named_by(linking, app);
        let folder = |id: ModuleId| path(id).rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut found: Vec<ModuleId> = if named.is_empty() {
            let near = |id: &ModuleId| common(path(*id), path(app));
            let nearest = self.entries.iter().map(near).max();
            self.entries.iter().copied().filter(|id| Some(near(id)) == nearest).collect()
        } else {
            let beside =
                |id: &ModuleId| named.iter().any(|named| folder(*named) == folder(*id) && is_package(folder(*id)));
            self.entries
                .iter()
                .copied()
                .filter(|id| named.contains(id) || beside(id))
                .chain(named.iter().copied())
                .collect()
        };
        found.sort_unstable();
        found.dedup();
        found.truncate(MAX_ENTRIES);
        found
    }
}

/// Words in the names of settings that only tests load, and of those that nobody loads as they are.
const ASIDE: &[&str] =
    &["ci", "dist", "e2e", "example", "pytest", "sample", "template", "test", "testing", "tests", "unittest"];

/// Settings that only tests load, or that are there to be copied.
fn is_for_tests(linking: &Linking, id: ModuleId) -> bool {
    let name = linking.modules.path(id).rsplit('/').next().unwrap_or_default().trim_end_matches(".py");
    name.split(['_', '-', '.']).any(|word| ASIDE.contains(&word))
}

/// Whether a folder holds nothing but settings.
fn is_package(folder: &str) -> bool {
    folder.rsplit('/').next().is_some_and(|name| name.contains("settings") || name.contains("conf"))
}

/// How many folders two paths share.
fn common(left: &str, right: &str) -> usize {
    left.split('/').zip(right.split('/')).take_while(|(left, right)| left == right).count()
}

/// The settings modules that a module's code names: `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")`.
fn named_by(linking: &Linking, id: ModuleId) -> Vec<ModuleId> {
    if memchr::memmem::find(linking.modules.text(id).as_bytes(), VARIABLE.as_bytes()).is_none() {
        return Vec::new();
    }
    let module = linking.modules.get(id);
    let calls = module.calls.iter().filter_map(|fact| {
        let call = module.call(fact.call)?;
        let mut arguments = call.args.iter().map(|argument| module.plain_text(argument.value));
        (arguments.next()? == Some(VARIABLE)).then(|| arguments.next().flatten()).flatten()
    });
    let stores = module.stores.iter().filter_map(|store| match &module.expr(store.target).kind {
        ExprKind::Subscript { index, .. } if module.plain_text(*index) == Some(VARIABLE) => {
            module.plain_text(store.value)
        }
        _ => None,
    });
    calls.chain(stores).filter_map(|dotted| linking.modules.by_dotted(id, dotted)).collect()
}

/// `INSTALLED_APPS` of a settings module.
pub(super) fn installed(eval: &Eval, id: ModuleId) -> Option<Installed> {
    let value = eval.global(id, "INSTALLED_APPS")?;
    let ValueKind::List { items, open } = &value.kind else { return None };
    let apps: Vec<String> = items.iter().filter_map(|item| item.as_literal()).collect();
    let open = *open || apps.len() != items.len();
    let module = eval.modules.get(id);
    let own = module.scope.names.get("INSTALLED_APPS").and_then(|bindings| bindings.last());
    let at = own.map(|binding| Loc::new(module.file, binding.name_at("INSTALLED_APPS"))).or(value.at)?;
    let written = own.and_then(|binding| match binding.kind {
        BindingKind::Value(value) => Some(value),
        _ => None,
    });
    let last = written.and_then(|value| match &module.expr(value).kind {
        ExprKind::List(items) | ExprKind::Tuple(items) => items.last(),
        _ => None,
    });
    let last = last.map(|last| Loc::new(module.file, module.span(*last)));
    Some(Installed { apps, open, at, last })
}
