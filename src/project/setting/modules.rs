//! Settings that stand in modules, classes and objects: what `config_from_object` takes, Django settings, and loose
//! constants that only look like configuration.

use super::{How, Route, Setting, push, push_mapping};
use crate::celery::secret_paths;
use crate::celery::settings;
use crate::project::link::{Linking, is_test_path};
use crate::python::ir::{BindingKind, Class, ClassId, ScopeBindings};
use crate::python::{Eval, ModuleId, Ref, Value, ValueKind};
use crate::source::{Loc, Span};

/// What an object given to `config_from_object` holds.
pub(super) fn config_object(
    linking: &Linking,
    eval: &Eval,
    from: ModuleId,
    source: &Value,
    route: &Route,
    found: &mut Vec<Setting>,
) {
    for alternative in source.alternatives() {
        match &alternative.kind {
            ValueKind::Text(_) => {
                if let Some(name) = alternative.as_literal() {
                    named_object(linking, eval, from, &name, route, found);
                }
            }
            ValueKind::Ref(Ref::External(path)) if path == "django.conf.settings" => {
                django(linking, eval, route, found);
            }
            ValueKind::Dict(_) => push_mapping(found, alternative, route),
            ValueKind::Ref(Ref::Module(module)) => module_settings(eval, *module, route, found),
            _ => config_object_of_update(eval, alternative, route, found),
        }
    }
}

/// What a class, an instance or a namespace object holds.
pub(super) fn config_object_of_update(eval: &Eval, source: &Value, route: &Route, found: &mut Vec<Setting>) {
    let route = Route { how: How::ConfigClass, ..route.clone() };
    match &source.kind {
        ValueKind::Ref(Ref::Class(module, class)) => class_settings(eval, *module, *class, source, &route, found),
        ValueKind::Instance(instance) => {
            class_settings(eval, instance.module, instance.class, source, &route, found);
        }
        ValueKind::Made(made) if made.callee == "types.SimpleNamespace" => {
            for (name, value, at) in &made.args.named {
                push(found, name, value.clone(), *at, &route);
            }
        }
        _ => {}
    }
}

/// `config_from_object("proj.celeryconfig")`, `"proj.config:CeleryConfig"`, `"proj.config.CeleryConfig"`,
/// `"django.conf:settings"`.
fn named_object(linking: &Linking, eval: &Eval, from: ModuleId, name: &str, route: &Route, found: &mut Vec<Setting>) {
    if name.replace(':', ".") == "django.conf.settings" {
        return django(linking, eval, route, found);
    }
    if let Some(module) = linking.modules.by_dotted(from, &name.replace(':', ".")) {
        return module_settings(eval, module, route, found);
    }
    let Some((module, attr)) = name.rsplit_once(':').or_else(|| name.rsplit_once('.')) else { return };
    let Some(module) = linking.modules.by_dotted(from, module) else { return };
    if let Some(value) = eval.global(module, attr) {
        config_object(linking, eval, from, &value, route, found);
    }
}

fn module_settings(eval: &Eval, module: ModuleId, route: &Route, found: &mut Vec<Setting>) {
    let lowered = eval.modules.get(module);
    for (name, at) in ordered(&lowered.scope) {
        if name.starts_with('_') || settings::canonical(name, route.namespace.as_deref()).is_none() {
            continue;
        }
        if let Some(value) = eval.global(module, name) {
            push(found, name, value, Loc::new(lowered.file, at), route);
        }
    }
}

fn class_settings(
    eval: &Eval,
    module: ModuleId,
    class: ClassId,
    source: &Value,
    route: &Route,
    found: &mut Vec<Setting>,
) {
    let mut seen: Vec<&str> = Vec::new();
    for (module, class) in eval.class_bases(module, class) {
        let lowered = eval.modules.get(module);
        let definition = lowered.class(class);
        for (name, at) in class_names(lowered, definition) {
            if name.starts_with('_') || settings::canonical(name, route.namespace.as_deref()).is_none() {
                continue;
            }
            // What a nearer class overrides keeps its own value where it stands.
            let own = Value::reference(Ref::Class(module, class));
            let value = eval.attribute(if seen.contains(&name) { &own } else { source }, name);
            seen.push(name);
            push(found, name, value, Loc::new(lowered.file, at), route);
        }
    }
}

/// Names a class defines, in its body and on `self`.
fn class_names<'m>(module: &crate::python::Module, class: &'m Class) -> Vec<(&'m str, Span)> {
    let mut names = ordered(&class.scope);
    for store in &class.self_stores {
        if !names.iter().any(|(name, _)| *name == &*store.attr) {
            names.push((&store.attr, module.span(store.value)));
        }
    }
    names
}

/// The names of a scope with the place of their last plain binding, in order.
fn ordered(scope: &ScopeBindings) -> Vec<(&str, Span)> {
    let mut names: Vec<(&str, Span)> = scope
        .names
        .iter()
        .filter_map(|(name, bindings)| {
            let binding = bindings.iter().rev().find(|binding| {
                !matches!(
                    binding.kind,
                    BindingKind::Import(_)
                        | BindingKind::ImportFrom { .. }
                        | BindingKind::Annotation(_)
                        | BindingKind::Class(_)
                )
            })?;
            Some((&**name, binding.name_at(name)))
        })
        .collect();
    names.sort_by_key(|(_, at)| *at);
    names
}

/// Every Django settings module of the project.
fn django(linking: &Linking, eval: &Eval, route: &Route, found: &mut Vec<Setting>) {
    let route = Route { how: How::DjangoNamespace, sure: false, ..route.clone() };
    for id in linking.modules.relevant.iter().copied() {
        if is_django_settings(linking, id) {
            module_settings(eval, id, &route, found);
        }
    }
}

/// A settings module by its name and place, or by the names that every Django project sets.
pub(in crate::project) fn is_django_settings(linking: &Linking, id: ModuleId) -> bool {
    let path = linking.modules.path(id);
    let scope = &linking.modules.get(id).scope.names;
    let tells = ["INSTALLED_APPS", "ROOT_URLCONF", "MIDDLEWARE", "DATABASES", "SECRET_KEY", "WSGI_APPLICATION"];
    let defines = tells.iter().any(|name| scope.contains_key(*name));
    let named = path.split('/').any(|part| part == "settings" || part.starts_with("settings"));
    !is_test_path(path) && (defines || named)
}

/// Constants that look like Celery's configuration although nothing shows how they reach an app.
pub(super) fn loose(linking: &Linking, eval: &Eval, id: ModuleId) -> Vec<Setting> {
    let mut found = Vec::new();
    let module = linking.modules.get(id);
    let path = linking.modules.path(id);
    let configures = is_config_path(path);
    let route = Route { sure: false, namespace: Some("CELERY".to_owned()), ..Route::new(How::Loose) };
    for (name, at) in ordered(&module.scope) {
        let loc = Loc::new(module.file, at);
        if name == "CELERY" || name == "CELERY_CONFIG" {
            if let Some(value) = eval.global(id, name) {
                push_mapping(&mut found, &value, &Route { how: How::FlaskConfig, ..Route::new(How::FlaskConfig) });
            }
        } else if speaks_of_celery(name, configures)
            && let Some(value) = eval.global(id, name)
        {
            push(&mut found, name, value, loc, &route);
        }
    }
    for (index, class) in module.classes.iter().enumerate() {
        let source = Value::reference(Ref::Class(id, ClassId(index as u32)));
        let configures = ["Config", "Settings", "Conf", "Celery"].iter().any(|word| class.name.contains(word));
        for (name, at) in class_names(module, class) {
            let loc = Loc::new(module.file, at);
            if name == "CELERY" || name == "CELERY_CONFIG" {
                push_mapping(&mut found, &eval.attribute(&source, name), &Route::new(How::FlaskConfig));
            } else if speaks_of_celery(name, configures) {
                push(&mut found, name, eval.attribute(&source, name), loc, &route);
            }
        }
    }
    found
}

fn is_config_path(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ["celery", "config", "settings", "conf"].iter().any(|word| path.contains(word))
}

/// Upper-case names of Celery's families anywhere; lower-case ones only where configuration is written.
fn speaks_of_celery(name: &str, configures: bool) -> bool {
    const UPPER: &[&str] = &["CELERY_", "CELERYD_", "CELERYBEAT_", "BROKER_", "REDBEAT_"];
    const LOWER: &[&str] = &["broker_", "result_", "task_", "worker_", "beat_", "accept_content", "redbeat_"];
    if UPPER.iter().any(|prefix| name.starts_with(prefix)) {
        return true;
    }
    // Settings of extensions have names of their own kind: `redbeat_…` tells, `ONCE` does not.
    let extension = ["redbeat_", "singleton_"].iter().any(|prefix| name.starts_with(prefix));
    let known = settings::lookup(&name.to_ascii_lowercase()).filter(|fact| fact.since.is_some() || extension);
    let carries = known.is_some_and(|fact| {
        !matches!(fact.name.as_str(), "database_url" | "cache_backend") && secret_paths::may_carry(&fact.name)
    });
    let lower = LOWER.iter().any(|prefix| name.starts_with(prefix)) || name.starts_with("celery_");
    configures && known.is_some() && (lower || carries)
}
