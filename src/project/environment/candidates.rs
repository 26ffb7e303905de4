//! Which calls and items can have to do with the environment, told by names alone: evaluating every call of a large
//! project would take too long.

mod asks;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::python::ir::{Binding, BindingKind, ExprId, ExprKind, FunctionId, Module, Name, Scope, ScopeBindings};
use crate::python::{ModuleId, Modules, Ref, derived};
use crate::source::words::{WordSet, words};
use asks::{is_keyed_by, is_read};

/// Modules from which everything imported may read the environment.
const LIBRARIES: &[&str] = &[
    "environ",
    "environs",
    "decouple",
    "starlette.config",
    "dotenv",
    "dynaconf",
    "prettyconf",
    "envparse",
    "dj_database_url",
    "dj_email_url",
    "dj_search_url",
    "django_cache_url",
    "click",
    "typer",
    "rich_click",
    "cloup",
    "asyncclick",
    "sanic",
];

/// Those of them in which only declarations of options read it, so that a function that calls anything else of them reads nothing.
const DECLARING: &[&str] = &["click", "typer", "rich_click", "cloup", "asyncclick"];
const DECLARATIONS: &[&str] = &["option", "argument", "Option", "Argument"];

/// What of `os` reads the environment.
const OF_OS: &[&str] = &["environ", "environb", "getenv", "getenvb", "putenv"];

/// Methods that read it, whatever they are called on.
const METHODS: &[&str] = &["from_envvar", "from_prefixed_env", "config_from_envvar", "load_environment_vars"];

/// Functions of the language that take a reader as an argument.
const HIGHER: &[&str] = &["map", "partial", "dict", "ChainMap", "MappingProxyType"];

/// How many modules are followed through `import *`.
const MAX_STARRED: usize = 50;

/// How often names are passed on from module to module.
const ROUNDS: usize = 5;

/// The names that can read the environment.
#[derive(Default)]
pub struct Candidates {
    /// Of each relevant module.
    modules: FxHashMap<ModuleId, Names>,
    offered: Offered,
}

/// What any module offers to others.
#[derive(Default)]
struct Offered {
    /// Functions, objects of libraries, classes derived from those of libraries.
    readers: FxHashSet<Name>,
    /// Classes of the project some of whose methods read, and their objects.
    objects: FxHashSet<Name>,
    /// Those methods.
    methods: FxHashSet<Name>,
    /// Those of the classes that read when an object is made.
    makers: FxHashSet<Name>,
}

impl Offered {
    /// The names that other modules may mention.
    fn all(&self) -> impl Iterator<Item = &Name> {
        self.readers.iter().chain(&self.objects).chain(&self.methods)
    }

    fn holds(&self, other: &Name) -> bool {
        self.readers.contains(other) || self.objects.contains(other) || self.methods.contains(other)
    }
}

/// Methods that run where only the object itself is named.
const UNNAMED: &[&str] = &["__call__", "__contains__", "__getitem__"];

#[derive(Default)]
struct Names {
    /// Names for the module `os`.
    os: FxHashSet<Name>,
    readers: FxHashSet<Name>,
    /// Those of them that come from libraries in which declarations alone read.
    declaring: FxHashSet<Name>,
    objects: FxHashSet<Name>,
    makers: FxHashSet<Name>,
    methods: FxHashSet<Name>,
    /// One of [`METHODS`] stands in the text.
    asks: bool,
}

impl Candidates {
    /// Takes more modules in: what they read, and what they and the others make of each other's readers.
    pub fn extend(&mut self, modules: &Modules, ids: &[ModuleId]) {
        let imported = ids.par_iter().map(|id| (*id, Names::imported(modules.get(*id), modules.text(*id))));
        let fresh: Vec<(ModuleId, Names)> = imported.collect();
        let mut all: Vec<(ModuleId, Names)> = self.modules.drain().chain(fresh).collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        let is_fresh: FxHashSet<ModuleId> = ids.iter().copied().collect();
        let mut new: Vec<Name> = self.offered.all().cloned().collect();
        for round in 0..ROUNDS {
            // What every module makes of the names that the round before brought.
            let offered = &self.offered;
            let telling: WordSet = new.iter().map(|name| &**name).collect();
            let made: Vec<Offered> = all
                .par_iter_mut()
                .map(|(id, own)| {
                    let first = round == 0;
                    let takes = || telling.is_in(modules.text(*id));
                    if (first && !is_fresh.contains(id)) || ((!first || own.is_empty()) && !takes()) {
                        return Offered::default();
                    }
                    let module = modules.get(*id);
                    own.take_offered(modules, *id, offered);
                    own.grow(module, offered);
                    own.definitions(module)
                })
                .collect();
            new = made.iter().flat_map(Offered::all).filter(|name| !self.offered.holds(name)).cloned().collect();
            for made in made {
                self.offered.readers.extend(made.readers);
                self.offered.objects.extend(made.objects);
                self.offered.methods.extend(made.methods);
                self.offered.makers.extend(made.makers);
            }
            if new.is_empty() {
                break;
            }
        }
        self.modules = all.into_iter().collect();
    }

    /// Whether a call, an item or a comparison of a module can read the environment.
    pub fn may_read(&self, id: ModuleId, module: &Module, expr: ExprId) -> bool {
        self.modules.get(&id).is_none_or(|names| names.reads(module, expr, &self.offered))
    }

    /// The names by which modules offer readers of the environment to others: functions, objects, classes of settings.
    pub fn names(&self, modules: &Modules, ids: &[ModuleId]) -> FxHashSet<String> {
        let mut names: FxHashSet<&str> =
            self.offered.readers.iter().chain(&self.offered.objects).map(|name| &**name).collect();
        names.extend(settings_classes(modules, ids));
        names.into_iter().map(str::to_owned).collect()
    }
}

/// Classes that derive from `BaseSettings`, by name.
fn settings_classes<'m>(modules: &Modules<'m>, ids: &[ModuleId]) -> FxHashSet<&'m str> {
    let mut classes: FxHashSet<&str> = FxHashSet::default();
    for _ in 0..ROUNDS {
        let before = classes.len();
        for id in ids {
            let module = modules.get(*id);
            let is_settings = |base: &ExprId| {
                module.last_name(*base).is_some_and(|base| base.ends_with("BaseSettings") || classes.contains(&**base))
            };
            let derived = module.classes.iter().filter(|class| class.bases.iter().any(is_settings));
            let derived: Vec<&str> = derived.map(|class| &*class.name).collect();
            classes.extend(derived);
        }
        if classes.len() == before {
            break;
        }
    }
    classes
}

impl Names {
    /// The names that imports from the libraries bind.
    fn imported(module: &Module, text: &str) -> Self {
        let asks = METHODS.iter().any(|method| memchr::memmem::find(text.as_bytes(), method.as_bytes()).is_some());
        let mut names = Self { asks, ..Self::default() };
        for (name, binding) in
            scopes(module).flat_map(|scope| &scope.names).flat_map(|(name, all)| all.iter().map(move |b| (name, b)))
        {
            match &binding.kind {
                BindingKind::Import(import) if import.level == 0 => {
                    if &*import.name == "os" || import.name.starts_with("os.") {
                        names.os.insert(name.clone());
                    } else if is_library(&import.name) {
                        names.readers.insert(name.clone());
                        names.note_declaring(&import.name, name);
                    }
                }
                BindingKind::ImportFrom { module: from, name: what } if from.level == 0 && offers(&from.name, what) => {
                    names.readers.insert(name.clone());
                    if !DECLARATIONS.contains(&&**what) {
                        names.note_declaring(&from.name, name);
                    }
                }
                _ => {}
            }
        }
        names
    }

    fn note_declaring(&mut self, library: &str, name: &Name) {
        if DECLARING.contains(&library.split('.').next().unwrap_or(library)) {
            self.declaring.insert(name.clone());
        }
    }

    /// Whether nothing of the module can read anything by itself.
    fn is_empty(&self) -> bool {
        self.os.is_empty() && self.readers.is_empty() && !self.asks
    }

    /// Names imported from other modules of the project that offer readers.
    fn take_offered(&mut self, modules: &Modules, id: ModuleId, offered: &Offered) {
        let module = modules.get(id);
        let taken = |from: &FxHashSet<Name>, bindings: &[Binding]| {
            bindings.iter().any(|it| matches!(&it.kind, BindingKind::ImportFrom { name, .. } if from.contains(name)))
        };
        for (name, bindings) in scopes(module).flat_map(|scope| &scope.names) {
            if taken(&offered.readers, bindings) {
                self.readers.insert(name.clone());
            }
            if taken(&offered.objects, bindings) {
                self.objects.insert(name.clone());
            }
            if taken(&offered.makers, bindings) {
                self.makers.insert(name.clone());
            }
        }
        for from in starred(modules, id) {
            for word in words(modules.text(from)) {
                self.readers.extend(offered.readers.get(word).cloned());
                self.objects.extend(offered.objects.get(word).cloned());
                self.makers.extend(offered.makers.get(word).cloned());
            }
        }
    }

    /// Adds what the module makes of its readers: variables, functions, methods, classes.
    fn grow(&mut self, module: &Module, offered: &Offered) {
        for _ in 0..ROUNDS {
            let before = self.readers.len() + self.objects.len() + self.methods.len();
            self.add_variables(module, offered);
            self.add_functions(module, offered);
            self.add_classes(module);
            if self.readers.len() + self.objects.len() + self.methods.len() == before {
                break;
            }
        }
    }

    fn add_variables(&mut self, module: &Module, offered: &Offered) {
        let (mut readers, mut objects) = (Vec::new(), Vec::new());
        for (name, bindings) in scopes(module).flat_map(|scope| &scope.names) {
            let values = bindings.iter().filter_map(|binding| match binding.kind {
                BindingKind::Value(value) | BindingKind::Context(value) => Some(value),
                _ => None,
            });
            for value in values {
                let made = module.call(value).map_or(value, |call| call.func);
                // `loaders.Loader()`
                let dotted = matches!(module.expr(made).kind, ExprKind::Attribute { .. });
                let is_object = |name: &Name| {
                    let own = self.objects.contains(name) && !self.readers.contains(name);
                    own || (dotted && offered.objects.contains(name) && !offered.readers.contains(name))
                };
                if module.last_name(made).is_some_and(is_object) {
                    objects.push(name.clone());
                } else if self.is_no_mere_declaration(module, made)
                    && !is_read(module, value)
                    && self.is_reader(module, value, offered, 0)
                {
                    readers.push(name.clone());
                }
            }
        }
        self.readers.extend(readers);
        self.objects.extend(objects);
    }

    fn add_functions(&mut self, module: &Module, offered: &Offered) {
        let calls = module.calls.iter().map(|fact| (fact.call, fact.context.scope));
        let items = module.reads.iter().map(|read| (read.expr, read.context.scope));
        let mut found: Vec<FunctionId> = Vec::new();
        let mut derived: FxHashMap<FunctionId, FxHashSet<&Name>> = FxHashMap::default();
        for (expr, scope) in calls.chain(items) {
            let Scope::Function(id) = scope else { continue };
            let is_new = !module.function(id).params.is_empty() && !found.contains(&id);
            if is_new && !is_read(module, expr) && self.passes_on(module, expr) && self.reads(module, expr, offered) {
                let names = derived.entry(id).or_insert_with(|| derived::names(module, id));
                if is_keyed_by(module, expr, names) {
                    found.push(id);
                }
            }
        }
        for id in found {
            let function = module.function(id);
            match function.parent {
                Scope::Class(class) => {
                    self.methods.insert(function.name.clone());
                    let name = module.class(class).name.clone();
                    match &*function.name {
                        "__init__" => {
                            self.makers.insert(name.clone());
                            self.objects.insert(name);
                        }
                        method if UNNAMED.contains(&method) => {
                            self.readers.insert(name);
                        }
                        _ => {
                            self.objects.insert(name);
                        }
                    }
                }
                _ => {
                    self.readers.insert(function.name.clone());
                }
            }
        }
    }

    fn add_classes(&mut self, module: &Module) {
        let derived = |names: &FxHashSet<Name>| -> Vec<Name> {
            let is_derived = |base: &ExprId| {
                module.last_name(*base).is_some_and(|name| names.contains(name))
                    && self.is_no_mere_declaration(module, *base)
            };
            let classes = module.classes.iter().filter(|class| class.bases.iter().any(is_derived));
            classes.map(|class| class.name.clone()).collect()
        };
        let (readers, objects, makers) = (derived(&self.readers), derived(&self.objects), derived(&self.makers));
        self.readers.extend(readers);
        self.objects.extend(objects);
        self.makers.extend(makers);
    }

    /// What the module defines at its top, of its readers.
    fn definitions(&self, module: &Module) -> Offered {
        let own = |bindings: &[Binding]| {
            bindings.iter().any(|binding| {
                matches!(binding.kind, BindingKind::Value(_) | BindingKind::Function(_) | BindingKind::Class(_))
            })
        };
        let defined = |names: &FxHashSet<Name>| -> FxHashSet<Name> {
            let found = module.scope.names.iter().filter(|(name, bindings)| names.contains(*name) && own(bindings));
            found.map(|(name, _)| name.clone()).collect()
        };
        Offered {
            readers: defined(&self.readers),
            objects: defined(&self.objects),
            methods: self.methods.clone(),
            makers: defined(&self.makers),
        }
    }
}

/// The modules whose names a module takes by `import *`, directly or through others.
fn starred(modules: &Modules, id: ModuleId) -> Vec<ModuleId> {
    let mut found = vec![id];
    let mut next = 0;
    while let Some(module) = found.get(next).copied().filter(|_| found.len() < MAX_STARRED) {
        next += 1;
        for star in scopes(modules.get(module)).flat_map(|scope| &scope.stars) {
            if let Ref::Module(from) = modules.resolve(module, star)
                && !found.contains(&from)
            {
                found.push(from);
            }
        }
    }
    found.split_off(1)
}

/// Whether a name of a module outside the project may read the environment.
fn offers(module: &str, name: &str) -> bool {
    (module == "os" && OF_OS.contains(&name)) || is_library(module) || (module == "starlette" && name == "config")
}

fn is_library(module: &str) -> bool {
    LIBRARIES
        .iter()
        .any(|library| module.strip_prefix(library).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

fn scopes(module: &Module) -> impl Iterator<Item = &ScopeBindings> {
    std::iter::once(&module.scope)
        .chain(module.classes.iter().map(|class| &class.scope))
        .chain(module.functions.iter().map(|function| &function.scope))
}
