//! Where keys come from: what `config_from_object` and `conf.update` are given.

use crate::celery::settings;
use crate::project::flask::FlaskConfig;
use crate::project::link::Linking;
use crate::python::ir::ClassId;
use crate::python::{Dict, Eval, ModuleId, Ref, Value, ValueKind};
use crate::source::Loc;

use super::names;

/// Keys, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub keys: Vec<Name>,
    /// There may be more.
    pub open: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Name {
    pub written: String,
    pub at: Loc,
    pub none: bool,
    pub conditional: bool,
    /// The same name right before, with another value that nothing reads.
    pub lost: Option<Loc>,
}

/// What `config_from_object` loads.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Module(ModuleId),
    /// `django.conf.settings`, whichever module that is.
    Django,
    Names(Names),
    Unknown,
}

impl Names {
    pub fn push(&mut self, written: &str, value: &Value, at: Loc) {
        let none = matches!(value.kind, ValueKind::None);
        self.keys.push(Name { written: written.to_owned(), at, none, conditional: false, lost: None });
    }

    /// An argument of `Celery()` that is `None` is not given at all.
    pub fn push_argument(&mut self, written: &str, value: &Value, at: Loc) {
        if !matches!(value.kind, ValueKind::None) {
            self.push(written, value, at);
        }
    }

    pub fn extend(&mut self, other: Names) {
        self.open |= other.open;
        self.keys.extend(other.keys);
    }
}

/// What the object may be; several when it is one of several.
pub(super) fn sources(linking: &Linking, eval: &Eval, from: ModuleId, object: &Value) -> Vec<Source> {
    object.alternatives().iter().flat_map(|value| source(linking, eval, from, value, 0)).collect()
}

fn source(linking: &Linking, eval: &Eval, from: ModuleId, value: &Value, depth: u32) -> Vec<Source> {
    let one = match &value.kind {
        ValueKind::Text(_) => match value.as_literal() {
            Some(name) => return named(linking, eval, from, &name, depth),
            None => Source::Unknown,
        },
        // The name of the object can be chosen from outside; the default is one that it may be.
        ValueKind::Env(read) if depth < 4 => {
            let default = read.default.iter().flat_map(|value| source(linking, eval, from, value, depth + 1));
            return default.chain([Source::Unknown]).collect();
        }
        ValueKind::Ref(Ref::External(path)) if path == "django.conf.settings" => Source::Django,
        ValueKind::Ref(Ref::Module(module)) => Source::Module(*module),
        ValueKind::Dict(dict) => Source::Names(of_dict(dict)),
        ValueKind::Ref(Ref::Class(..)) | ValueKind::Instance(_) | ValueKind::Made(_) => {
            object(eval, value).map_or(Source::Unknown, Source::Names)
        }
        _ => Source::Unknown,
    };
    vec![one]
}

/// The keys of Flask's `app.config` that may be settings of Celery.
pub(super) fn of_flask(linking: &Linking, eval: &Eval, flask: &FlaskConfig) -> Names {
    let mut names = Names { open: flask.open || flask.is_empty(), ..Names::default() };
    let is_setting =
        |name: &str| settings::canonical(name, None).is_some() || settings::canonical(name, Some("CELERY")).is_some();
    for object in &flask.objects {
        let found = sources(linking, eval, object.module, &object.value);
        let several = object.conditional || found.len() > 1;
        for source in found {
            let mut held = match source {
                Source::Names(held) => held,
                Source::Module(module) => names::of_module(linking, module).0,
                Source::Django | Source::Unknown => Names { open: true, ..Names::default() },
            };
            // Flask takes upper-case names only.
            held.keys.retain(|name| !name.written.contains(char::is_lowercase) && is_setting(&name.written));
            held.keys.iter_mut().for_each(|name| name.conditional |= several);
            names.extend(held);
        }
    }
    for entry in flask.entries.iter().filter(|entry| is_setting(&entry.key)) {
        names.push(&entry.key, &entry.value, entry.at);
        names.keys.iter_mut().last().into_iter().for_each(|name| name.conditional = entry.conditional);
    }
    names
}

/// `"proj.celeryconfig"`, `"proj.config:CeleryConfig"`, `"proj.config.CeleryConfig"`, `"django.conf:settings"`
fn named(linking: &Linking, eval: &Eval, from: ModuleId, name: &str, depth: u32) -> Vec<Source> {
    let dotted = name.replace(':', ".");
    if dotted == "django.conf.settings" {
        return vec![Source::Django];
    }
    if let Some(module) = linking.modules.by_dotted(from, &dotted) {
        return vec![Source::Module(module)];
    }
    let attribute = name.rsplit_once(':').or_else(|| name.rsplit_once('.'));
    let value = attribute.filter(|_| depth < 4).and_then(|(module, attribute)| {
        let module = linking.modules.by_dotted(from, module)?;
        eval.global(module, attribute)
    });
    let Some(value) = value else { return vec![Source::Unknown] };
    value.alternatives().iter().flat_map(|value| source(linking, eval, from, value, depth + 1)).collect()
}

/// The keys of a mapping, or of a function's or object's attributes that stand for one; open when it is not known.
pub(super) fn mapping(value: &Value) -> Names {
    let several = value.alternatives().len() > 1;
    let mut names = Names::default();
    for alternative in value.alternatives() {
        match &alternative.kind {
            ValueKind::Dict(dict) => names.extend(of_dict(dict)),
            ValueKind::None => {}
            _ => names.open = true,
        }
    }
    names.keys.iter_mut().for_each(|name| name.conditional |= several);
    names
}

fn of_dict(dict: &Dict) -> Names {
    let mut names = Names { open: dict.open, ..Names::default() };
    for (key, value) in &dict.entries {
        let several = key.alternatives().len() > 1;
        for key in key.alternatives() {
            match (key.as_literal(), key.at) {
                (Some(written), Some(at)) => {
                    names.push(&written, value, at);
                    names.keys.iter_mut().last().into_iter().for_each(|name| name.conditional = several);
                }
                _ => names.open = true,
            }
        }
    }
    names
}

/// The attributes of a class, an instance or a namespace object; none for another object.
fn object(eval: &Eval, value: &Value) -> Option<Names> {
    let (module, class) = match &value.kind {
        ValueKind::Ref(Ref::Class(module, class)) => (*module, *class),
        ValueKind::Instance(instance) => (instance.module, instance.class),
        ValueKind::Made(made) if made.callee == "types.SimpleNamespace" => {
            let mut names = Names { open: made.args.open || !made.args.positional.is_empty(), ..Names::default() };
            made.args.named.iter().for_each(|(name, value, at)| names.push(name, value, *at));
            return Some(names);
        }
        _ => return None,
    };
    Some(of_class(eval, module, class, value))
}

fn of_class(eval: &Eval, module: ModuleId, class: ClassId, value: &Value) -> Names {
    let chain = eval.class_bases(module, class);
    let mut found = Names::default();
    for (module, class) in &chain {
        let lowered = eval.modules.get(*module);
        let definition = lowered.class(*class);
        let scope =
            definition.scope.names.contains_key("__getattr__") || definition.scope.names.contains_key("__dir__");
        // A base that is not among the project's classes may bring names of its own.
        let bases = definition.bases.iter().filter(|base| lowered.dotted(**base).as_deref() != Some("object")).count();
        let known = chain.len().saturating_sub(1);
        found.open |= scope || !definition.keywords.is_empty() || (bases > 0 && known == 0) || bases > known;
        for name in names::of_scope(lowered, &definition.scope, eval.modules.text(*module)) {
            if !found.keys.iter().any(|known| known.written == name.written) {
                found.keys.push(name);
            }
        }
        for store in &definition.self_stores {
            if !found.keys.iter().any(|known| *known.written == *store.attr) {
                let at = Loc::new(lowered.file, lowered.span(store.value));
                found.keys.push(Name {
                    written: store.attr.to_string(),
                    at,
                    none: false,
                    conditional: false,
                    lost: None,
                });
            }
        }
    }
    for name in &mut found.keys {
        name.none = matches!(eval.attribute(value, &name.written).kind, ValueKind::None);
    }
    found
}
