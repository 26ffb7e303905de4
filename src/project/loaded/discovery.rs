//! The calls of `autodiscover_tasks`.

use super::{Named, target};
use crate::project::Project;
use crate::project::link::{Linking, is_test_path};
use crate::project::objects::{Sure, app_call, is_app};
use crate::python::ir::ExprKind;
use crate::python::{Args, Eval, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::Loc;

/// One call.
#[derive(Debug)]
pub struct Discovery {
    /// Index into `Project::apps`; none when it is not known whose.
    pub app: Option<usize>,
    /// The call.
    pub at: Loc,
    pub packages: Packages,
    /// What `related_name` may be.
    pub related: Vec<Related>,
}

/// The packages that are looked into.
#[derive(Debug)]
pub enum Packages {
    /// None are given, or an empty list: with Django those of its apps.
    None,
    /// What `INSTALLED_APPS` holds, as it is written there.
    Installed,
    List {
        names: Vec<Named>,
        open: bool,
    },
    /// A text, of which every letter counts as a package.
    Text(Named),
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Related {
    Name(String),
    /// Only the packages themselves are imported.
    None,
    /// A list or the like: nothing is found.
    Other,
    Unknown,
}

impl Discovery {
    /// Whether it may import modules that are not known.
    pub fn is_open(&self) -> bool {
        let packages = matches!(self.packages, Packages::Unknown | Packages::List { open: true, .. });
        packages || self.related.contains(&Related::Unknown)
    }
}

/// Every call outside tests, in (file, position) order.
pub(super) fn find(linking: &Linking, project: &Project) -> Vec<Discovery> {
    linking.per_module(|eval, id| {
        let spoken = memchr::memmem::find(linking.modules.text(id).as_bytes(), b"autodiscover_tasks").is_some();
        if spoken && !is_test_path(linking.modules.path(id)) {
            in_module(linking, project, eval, id)
        } else {
            Vec::new()
        }
    })
}

fn in_module(linking: &Linking, project: &Project, eval: &Eval, id: ModuleId) -> Vec<Discovery> {
    let module = linking.modules.get(id);
    let calls = module.calls.iter().filter_map(|fact| {
        let ExprKind::Attribute { value, attr, .. } = &module.expr(module.call(fact.call)?.func).kind else {
            return None;
        };
        if &**attr != "autodiscover_tasks" {
            return None;
        }
        let site = Site { module: id, scope: fact.context.scope, expr: fact.call };
        let app = eval.expr(id, site.scope, *value);
        // What is not known to be an app may well be one.
        let made = app_call(&app).filter(|_| is_app(&app) == Sure::Yes).map(|made| made.site);
        let app = made.and_then(|site| project.apps.iter().position(|app| app.site == site));
        let args = eval.arguments(site);
        let packages = packages(linking, project, eval, id, &args);
        let at = Loc::new(module.file, module.span(fact.call));
        Some(Discovery { app, at, packages, related: related(&args) })
    });
    calls.collect()
}

fn packages(linking: &Linking, project: &Project, eval: &Eval, id: ModuleId, args: &Args) -> Packages {
    if args.open {
        return Packages::Unknown;
    }
    let Some(given) = args.get(0, "packages") else { return Packages::None };
    let called = match &given.kind {
        ValueKind::Ref(Ref::Function(..)) => Some(eval.returned(given)),
        _ => None,
    };
    let value = called.as_ref().unwrap_or(given);
    let named = |value: &Value| {
        let name = value.as_literal()?;
        let target = target::of(linking, &project.ignore, id, &name);
        Some(Named { name, at: value.at, target })
    };
    match &value.kind {
        ValueKind::None => Packages::None,
        ValueKind::List { items, open: false } if items.is_empty() => Packages::None,
        ValueKind::List { items, open } => {
            let names: Vec<Named> = items.iter().filter_map(named).collect();
            Packages::List { open: *open || names.len() < items.len(), names }
        }
        ValueKind::Text(text) => match named(value) {
            Some(_) if text.is_empty() => Packages::None,
            Some(named) => Packages::Text(named),
            None => Packages::Unknown,
        },
        _ => unknown(linking, id, given, value),
    }
}

/// What is not evaluated: `settings.INSTALLED_APPS`, or the names of Django's apps.
fn unknown(linking: &Linking, id: ModuleId, given: &Value, value: &Value) -> Packages {
    if value.external().is_some_and(|path| path.ends_with("settings.INSTALLED_APPS")) {
        return Packages::Installed;
    }
    let written = match &given.kind {
        ValueKind::Ref(Ref::Function(module, function)) => {
            let lowered = linking.modules.get(*module);
            linking.sources.snippet(Loc::new(lowered.file, lowered.function(*function).span))
        }
        _ => given.at.filter(|at| at.file == linking.modules.file(id)).map_or("", |at| linking.sources.snippet(at)),
    };
    match written {
        _ if written.contains("get_app_configs()") && !written.contains('+') => Packages::None,
        _ if written.trim_end().ends_with("settings.INSTALLED_APPS") => Packages::Installed,
        _ => Packages::Unknown,
    }
}

fn related(args: &Args) -> Vec<Related> {
    let Some(given) = args.get(1, "related_name") else { return vec![Related::Name("tasks".to_owned())] };
    let one = |value: &Value| match (&value.kind, value.as_literal()) {
        (ValueKind::None, _) => Related::None,
        (_, Some(name)) if name.is_empty() => Related::None,
        (_, Some(name)) => Related::Name(name),
        (ValueKind::List { .. } | ValueKind::Dict(_), _) => Related::Other,
        _ => Related::Unknown,
    };
    given.alternatives().iter().map(one).collect()
}
