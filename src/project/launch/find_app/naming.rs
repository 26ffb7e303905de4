//! What the names of a module lead to.

use super::{Place, Process, Symbol, stem};
use crate::project::launch::Lookup;
use crate::project::objects::{Sure, is_app};
use crate::python::ir::{Binding, BindingKind};
use crate::python::{ModuleId, Ref, Value, ValueKind};

impl<'a> Process<'a> {
    /// The path of a module's package without `__init__.py`, or of a module without `.py`.
    pub(super) fn folder<'p>(&self, place: &'p Place) -> &'p str
    where
        'a: 'p,
    {
        match place {
            Place::Module(id) => stem(self.linking.modules.path(*id)),
            Place::Namespace(path) | Place::Outside(path) => path,
        }
    }

    /// An attribute of a module; none when there surely is none.
    pub(super) fn attribute(&self, place: &Place, name: &str) -> Option<Symbol> {
        let bound = match place {
            Place::Module(id) => self.bound(*id, name),
            Place::Namespace(_) => None,
            // Of the library, `app` is a module and `celery` is not there.
            Place::Outside(path) if path == "celery" && name == "app" => return Some(Symbol::Module(place.clone())),
            Place::Outside(path) if path == "celery" && name == "celery" => return None,
            Place::Outside(_) => return Some(Symbol::Unknown),
        };
        let below = format!("{}/{name}", self.folder(place));
        let Some(inner) = self.place_at(&below).ok().flatten().filter(|_| self.is_package(place)) else { return bound };
        match bound {
            None if self.lenient || self.attached.contains(&below) => Some(Symbol::Module(inner)),
            None => self.open.then_some(Symbol::Unknown),
            Some(Symbol::Module(found)) if found == inner => Some(Symbol::Module(found)),
            // `from .app import app` puts the name where the module was.
            Some(bound) if matches!(place, Place::Module(id) if self.is_taken_from(*id, name, &inner)) => Some(bound),
            Some(bound) if !self.open && !self.attached.contains(&below) => Some(bound),
            // The later of the two counts.
            Some(_) => Some(Symbol::Unknown),
        }
    }

    /// Whether a module takes the name from that module of its own.
    fn is_taken_from(&self, id: ModuleId, name: &str, inner: &Place) -> bool {
        let bindings = self.linking.modules.get(id).scope.names.get(name);
        let last = bindings.and_then(|bindings| bindings.last());
        last.is_some_and(|binding| match &binding.kind {
            BindingKind::ImportFrom { module, .. } => {
                matches!((self.linking.modules.resolve(id, module), inner), (Ref::Module(from), Place::Module(to)) if from == *to)
            }
            _ => false,
        })
    }

    /// What a module binds to a name itself.
    pub(super) fn bound(&self, id: ModuleId, name: &str) -> Option<Symbol> {
        let module = self.linking.modules.get(id);
        let value = self.eval.global(id, name);
        match module.scope.names.get(name) {
            // A star may take the place of what is bound before it.
            Some(_) if !module.scope.stars.is_empty() && self.stars_have(id, name, &mut vec![id]) => {
                Some(Symbol::Unknown)
            }
            Some(bindings) => Some(match value.map_or(Symbol::Unknown, |value| symbol(value, bindings)) {
                Symbol::Module(Place::Module(inner)) if self.is_hidden(inner) => Symbol::Unknown,
                symbol => symbol,
            }),
            None if self.may_have(id, name, &mut Vec::new()) => Some(Symbol::Perhaps),
            None => None,
        }
    }

    /// Whether the package of a module binds the module's name to something of its own (`import a.b as c` takes that).
    fn is_hidden(&self, id: ModuleId) -> bool {
        let path = stem(self.linking.modules.path(id));
        let package = path.rsplit_once('/').and_then(|(folder, name)| Some((self.place_at(folder).ok()??, name)));
        let Some((Place::Module(package), name)) = package else { return false };
        let bound = self.linking.modules.get(package).scope.names.contains_key(name);
        bound && !self.eval.global(package, name).is_some_and(|value| value.kind == ValueKind::Ref(Ref::Module(id)))
    }

    /// Whether a module may have a name from something else than importing it from itself.
    pub(super) fn has_otherwise(&self, id: ModuleId, name: &str) -> bool {
        let from_itself = |binding: &Binding| match &binding.kind {
            BindingKind::ImportFrom { module, name: taken } => {
                let path = self.absolute(id, module).map(|dotted| self.below(&dotted.replace('.', "/")));
                let place = path.and_then(|path| self.place_at(&path).ok().flatten());
                **taken == *name && place == Some(Place::Module(id))
            }
            _ => false,
        };
        let bindings = self.linking.modules.get(id).scope.names.get(name);
        let bound = bindings.is_some_and(|bindings| !bindings.iter().all(from_itself));
        bound || self.stars_have(id, name, &mut vec![id])
    }

    /// Whether a module may have a name.
    fn may_have(&self, id: ModuleId, name: &str, seen: &mut Vec<ModuleId>) -> bool {
        if seen.contains(&id) {
            return false;
        }
        seen.push(id);
        let own = seen.len() > 1 && self.linking.modules.get(id).scope.names.contains_key(name);
        own || self.is_open(id) || self.stars_have(id, name, seen)
    }

    /// Whether an `import *` of a module may bring a name.
    fn stars_have(&self, id: ModuleId, name: &str, seen: &mut Vec<ModuleId>) -> bool {
        let modules = self.linking.modules;
        modules.get(id).scope.stars.iter().any(|star| match modules.resolve(id, star) {
            Ref::External(path) => path != "celery",
            target => {
                let child = modules.child(&target, name).is_some();
                child || matches!(target, Ref::Module(inner) if self.may_have(inner, name, seen))
            }
        })
    }

    /// Code that may give a module names which are not seen.
    pub(super) fn is_open(&self, id: ModuleId) -> bool {
        let text = self.linking.modules.text(id);
        !self.linking.modules.get(id).errors.is_empty()
            || ["__getattr__", "globals()", "setattr(", "exec("].iter().any(|word| text.contains(word))
    }

    /// Whether a value counts as an app.
    pub(super) fn is_found(&self, value: &Value) -> bool {
        let mut values = value.alternatives().iter().map(|value| is_app(value) == Sure::Yes);
        if self.lenient { values.any(|found| found) } else { values.all(|found| found) }
    }

    pub(super) fn classify(&self, value: &Value) -> Lookup {
        if self.is_found(value) {
            return Lookup::App;
        }
        match &value.kind {
            ValueKind::None => Lookup::Other("None"),
            ValueKind::Ref(Ref::Function(..)) => Lookup::Other("a function"),
            ValueKind::Ref(Ref::Module(_)) => Lookup::Other("a module"),
            ValueKind::Made(made) if is_web_app(&made.callee) => Lookup::Other("a web application"),
            ValueKind::Instance(_) if self.is_no_app(value) => Lookup::Other("an object of another class"),
            ValueKind::Text(_) => Lookup::Other("a text"),
            ValueKind::Int(_) | ValueKind::Float(_) | ValueKind::Bool(_) => Lookup::Other("a number"),
            _ => Lookup::Unknown,
        }
    }

    /// Whether a value is known well enough to be no app.
    pub(super) fn is_no_app(&self, value: &Value) -> bool {
        const OTHERS: &[&str] =
            &["logging", "os", "sys", "re", "pathlib", "json", "datetime", "time", "flask", "fastapi", "dotenv"];
        let other = |path: &str| OTHERS.iter().any(|top| path.split('.').next() == Some(top));
        match &value.kind {
            ValueKind::Ref(Ref::External(path)) => other(path) || path.starts_with("celery.") || !path.contains('.'),
            ValueKind::Made(made) => other(&made.callee),
            ValueKind::Instance(instance) => {
                let class = self.linking.modules.get(instance.module).class(instance.class);
                let plain = class.bases.is_empty() && class.keywords.is_empty() && class.decorators.is_empty();
                let clever = ["__getattr__", "__class__", "__new__"];
                let clever = clever.iter().any(|name| class.scope.names.contains_key(*name));
                // The command line asks every app for this.
                let behaves = class.self_stores.iter().any(|store| &*store.attr == "user_options");
                plain && !clever && !behaves
            }
            ValueKind::Ref(_) | ValueKind::Text(_) | ValueKind::None | ValueKind::Bool(_) | ValueKind::Int(_) => true,
            ValueKind::Float(_) | ValueKind::List { .. } | ValueKind::Dict(_) | ValueKind::Env(_) => true,
            _ => false,
        }
    }
}

/// `import celery` binds a module; what is imported from one may be anything.
fn symbol(value: Value, bindings: &[Binding]) -> Symbol {
    let whole = |binding: &Binding| matches!(&binding.kind, BindingKind::Import(_));
    match value.kind {
        ValueKind::Ref(Ref::Module(inner)) => Symbol::Module(Place::Module(inner)),
        ValueKind::Ref(Ref::Namespace(path)) => Symbol::Module(Place::Namespace(path)),
        ValueKind::Ref(Ref::External(path)) if bindings.iter().all(whole) && !bindings.is_empty() => {
            Symbol::Module(Place::Outside(path))
        }
        ValueKind::Unknown => Symbol::Unknown,
        _ => Symbol::Value(Box::new(value)),
    }
}

fn is_web_app(callee: &str) -> bool {
    matches!(
        callee,
        "flask.Flask" | "fastapi.FastAPI" | "flask.app.Flask" | "quart.Quart" | "fastapi.applications.FastAPI"
    )
}
