//! What Django brings into a worker: Celery calls `django.setup()`, which imports every app, and then runs Django's checks,
//! which import the URLs.

use super::target::Target;
use crate::project::configuration::{django_settings, installed_apps, parts_of_settings};
use crate::project::link::Linking;
use crate::python::{Eval, ModuleId, Modules, Ref, Value};
use crate::source::Sources;

/// Modules of an app that Django, or a library that many projects use, imports by their names.
const BY_NAME: &[&str] = &[
    "admin",
    "apps",
    "checks",
    "cms_apps",
    "cms_plugins",
    "documents",
    "handlers",
    "jinja2",
    "lookups",
    "models",
    "panels",
    "receivers",
    "rules",
    "schema",
    "search_indexes",
    "signals",
    "templatetags",
    "translation",
    "urls",
    "wagtail_hooks",
];

/// What the settings modules that an app may load install.
pub(super) struct Installed {
    /// As written in `INSTALLED_APPS`.
    pub written: Vec<String>,
    /// The packages of the apps, as Django names them.
    pub names: Vec<String>,
    /// The settings, and the modules that are imported because of them.
    pub roots: Vec<ModuleId>,
    /// There may be more.
    pub open: bool,
}

/// None when no Django settings are in sight.
pub(super) fn installed(linking: &Linking, eval: &Eval, home: ModuleId) -> Option<Installed> {
    let modules = linking.modules;
    let settings = django_settings(linking, home);
    if settings.is_empty() {
        return None;
    }
    let mut found = Installed { written: Vec::new(), names: Vec::new(), roots: Vec::new(), open: false };
    for id in settings {
        let (parts, open) = parts_of_settings(linking, id);
        found.roots.extend(parts);
        found.open |= open;
        let Some(installed) = installed_apps(eval, id) else {
            found.open = true;
            continue;
        };
        found.open |= installed.open;
        for written in installed.apps {
            found.app(eval, modules, id, &written);
        }
    }
    found.roots.sort_unstable();
    found.roots.dedup();
    Some(found)
}

/// Whether anything in the tree names Django's settings, by which Celery knows that it runs with Django.
pub fn is_spoken_of(sources: &Sources) -> bool {
    let says = |text: &str| memchr::memmem::find(text.as_bytes(), b"DJANGO_SETTINGS_MODULE").is_some();
    sources.files.iter().any(|file| says(&file.text))
}

impl Installed {
    fn app(&mut self, eval: &Eval, modules: &Modules, from: ModuleId, written: &str) {
        if self.written.iter().any(|known| known == written) {
            return;
        }
        let package = name_of(eval, modules, from, written);
        let target = modules.find(from, 0, &package);
        // A name that begins from a directory which is not known.
        self.open |= target.external().is_some() && modules.is_somewhere(&package);
        let module = |to: &Ref| match to {
            Ref::Module(id) => Target::Module(*id).module(),
            _ => None,
        };
        self.roots.extend(module(&target));
        self.roots.extend(module(&modules.find(from, 0, written.rsplit_once('.').map_or(written, |(above, _)| above))));
        self.roots.extend(BY_NAME.iter().filter_map(|name| module(&modules.child(&target, name)?)));
        self.names.push(package);
        self.written.push(written.to_owned());
    }
}

/// The `name` of an app: that of its `AppConfig` when such a class is listed.
fn name_of(eval: &Eval, modules: &Modules, from: ModuleId, written: &str) -> String {
    if matches!(modules.find(from, 0, written), Ref::Module(_) | Ref::Namespace(_)) {
        return written.to_owned();
    }
    let Some((module, class)) = written.rsplit_once('.') else { return written.to_owned() };
    let Ref::Module(id) = modules.find(from, 0, module) else { return written.to_owned() };
    let named = eval.global(id, class).map(|class| eval.attribute(&class, "name"));
    let named = named.as_ref().and_then(Value::as_literal);
    named.unwrap_or_else(|| module.rsplit_once('.').map_or(module, |(package, _)| package).to_owned())
}
