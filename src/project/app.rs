//! Where a Celery application is made.

use super::link::Linking;
use super::objects::is_app_class;
use crate::python::ir::{BindingKind, ExprId, Module, Scope};
use crate::python::{Eval, ModuleId, Ref, Site, ValueKind};
use crate::source::Loc;

#[derive(Debug, Clone)]
pub struct App {
    /// The variable or attribute that holds it (`app`, `self.celery`), if it has one.
    pub variable: Option<String>,
    /// The name given to `Celery("name")`, if known.
    pub main: Option<String>,
    /// The dotted module it is made in, from its import root.
    pub module: String,
    /// The function that makes it, for factories.
    pub factory: Option<String>,
    /// What `celery -A` takes for it (`proj.celery:app`), when it is a module variable.
    pub target: Option<String>,
    /// The `Celery(...)` call.
    pub at: Loc,
    pub site: Site,
    pub in_test: bool,
}

/// Every app of the project.
pub fn find(linking: &Linking) -> Vec<App> {
    let classes = app_class_names(linking);
    linking.per_module(|eval, id| in_module(linking, eval, id, &classes))
}

/// Names under which the project may call an app class: `Celery`, subclasses of it, and import aliases.
fn app_class_names(linking: &Linking) -> Vec<String> {
    let mut names = vec!["Celery".to_owned(), "CeleryApp".to_owned()];
    for module in linking.modules.relevant.iter().map(|id| linking.modules.get(*id)) {
        for class in &module.classes {
            let derived = class.bases.iter().any(|base| {
                module
                    .dotted(*base)
                    .is_some_and(|base| base.rsplit('.').next().is_some_and(|last| last.ends_with("Celery")))
            });
            if derived {
                names.push(class.name.to_string());
            }
        }
        for (bound, bindings) in &module.scope.names {
            let aliased = bindings.iter().any(|binding| {
                matches!(&binding.kind, BindingKind::ImportFrom { name, .. } if &**name == "Celery" && **bound != **name)
            });
            if aliased {
                names.push(bound.to_string());
            }
        }
    }
    names.sort();
    names.dedup();
    names
}

fn in_module(linking: &Linking, eval: &Eval, id: ModuleId, classes: &[String]) -> Vec<App> {
    let module = linking.modules.get(id);
    let mut apps = Vec::new();
    for fact in &module.calls {
        let Some(call) = module.call(fact.call) else { continue };
        let Some(last) = module.last_name(call.func) else { continue };
        if classes.binary_search_by(|class| class.as_str().cmp(last)).is_err() {
            continue;
        }
        let site = Site { module: id, scope: fact.context.scope, expr: fact.call };
        let ValueKind::Made(made) = eval.site(site).kind else { continue };
        if is_app_class(&made.callee) {
            let main = made.args.get(0, "main").and_then(|value| value.as_literal());
            apps.push(describe(linking, module, site, main));
        }
    }
    apps
}

fn describe(linking: &Linking, module: &Module, site: Site, main: Option<String>) -> App {
    let variable = variable_of(module, site);
    let dotted = linking.modules.dotted(site.module, &[]);
    let factory = module.enclosing_function(site.scope).map(|function| module.function(function).name.to_string());
    let target = match (&variable, site.scope) {
        (Some(variable), Scope::Module) => Some(format!("{dotted}:{variable}")),
        _ => None,
    };
    let path = linking.sources.path(module.file);
    App {
        variable,
        main,
        module: dotted,
        factory,
        target,
        at: Loc::new(module.file, module.span(site.expr)),
        site,
        in_test: super::link::is_test_path(path),
    }
}

/// The apps (indices) that a method of a class which derives from Celery's speaks of, when it writes `self` or `self.conf`.
pub(super) fn of_self(
    linking: &Linking,
    eval: &Eval,
    apps: &[App],
    (id, scope, expr): (ModuleId, Scope, ExprId),
    written: &str,
) -> Vec<usize> {
    let module = linking.modules.get(id);
    let Scope::Function(function) = scope else { return Vec::new() };
    let Scope::Class(class) = module.function(function).parent else { return Vec::new() };
    if module.dotted(expr).is_none_or(|name| name != written) {
        return Vec::new();
    }
    let of_class = |app: &App| {
        let home = linking.modules.get(app.site.module);
        let call = home.call(app.site.expr)?;
        match eval.expr(app.site.module, app.site.scope, call.func).kind {
            ValueKind::Ref(Ref::Class(module, class)) => Some((module, class)),
            _ => None,
        }
    };
    let derives = |app: &App| of_class(app).is_some_and(|(m, c)| eval.class_bases(m, c).contains(&(id, class)));
    apps.iter().enumerate().filter(|(_, app)| derives(app)).map(|(index, _)| index).collect()
}

/// The name or attribute that the call is assigned to.
pub(super) fn variable_of(module: &Module, site: Site) -> Option<String> {
    let stored = module.stores.iter().find(|store| store.value == site.expr);
    if let Some(store) = stored {
        return module.dotted(store.target);
    }
    let bindings = &module.bindings(site.scope).names;
    let mut names = bindings.iter().filter(|(_, bindings)| {
        bindings.iter().any(|binding| matches!(binding.kind, BindingKind::Value(value) if value == site.expr))
    });
    names.next().map(|(name, _)| name.to_string())
}
