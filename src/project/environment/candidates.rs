//! Which calls and items can have to do with the environment, told by names alone: evaluating every call of a large
//! project would take too long.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::python::ir::{
    Binding, BindingKind, ExprId, ExprKind, FunctionId, Module, Name, Scope, ScopeBindings, StrPart,
};
use crate::python::{ModuleId, Modules, derived};
use crate::source::words::words;

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

/// How often names are passed on from module to module.
const ROUNDS: usize = 5;

/// The names that can read the environment.
pub(super) struct Candidates {
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
}

impl Offered {
    fn holds(&self, other: &Name) -> bool {
        self.readers.contains(other) || self.objects.contains(other) || self.methods.contains(other)
    }
}

/// Methods that run where only the object itself is named.
const UNNAMED: &[&str] = &["__call__", "__contains__", "__getitem__", "__init__"];

#[derive(Default)]
struct Names {
    /// Names for the module `os`.
    os: FxHashSet<Name>,
    readers: FxHashSet<Name>,
    /// Those of them that come from libraries in which declarations alone read.
    declaring: FxHashSet<Name>,
    objects: FxHashSet<Name>,
    methods: FxHashSet<Name>,
    /// One of [`METHODS`] stands in the text.
    asks: bool,
}

impl Candidates {
    pub fn of(modules: &Modules, ids: &[ModuleId]) -> Self {
        let mut all: Vec<(ModuleId, Names)> =
            ids.par_iter().map(|id| (*id, Names::imported(modules.get(*id), modules.text(*id)))).collect();
        let mut offered = Offered::default();
        let mut new: FxHashSet<Name> = FxHashSet::default();
        for round in 0..ROUNDS {
            // What every module makes of the names that the round before brought.
            let made: Vec<Offered> = all
                .par_iter_mut()
                .map(|(id, own)| {
                    let takes = || words(modules.text(*id)).any(|word| new.contains(word));
                    if if round == 0 { own.is_empty() } else { !takes() } {
                        return Offered::default();
                    }
                    let module = modules.get(*id);
                    own.take_offered(module, &offered);
                    own.grow(module, &offered);
                    own.definitions(module)
                })
                .collect();
            new.clear();
            for made in made {
                let names = made.readers.iter().chain(&made.objects).chain(&made.methods);
                new.extend(names.filter(|name| !offered.holds(name)).cloned());
                offered.readers.extend(made.readers);
                offered.objects.extend(made.objects);
                offered.methods.extend(made.methods);
            }
            if new.is_empty() {
                break;
            }
        }
        Self { modules: all.into_iter().collect(), offered }
    }

    /// Whether a call, an item or a comparison of a module can read the environment.
    pub fn may_read(&self, id: ModuleId, module: &Module, expr: ExprId) -> bool {
        self.modules.get(&id).is_none_or(|names| names.reads(module, expr, &self.offered))
    }
}

/// The names by which modules offer readers of the environment to others: functions, objects, classes of settings.
pub fn reader_names(modules: &Modules, ids: &[ModuleId]) -> FxHashSet<String> {
    let offered = Candidates::of(modules, ids).offered;
    let mut names = offered.readers;
    names.extend(offered.objects);
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
    names.extend(classes.into_iter().map(Name::from));
    names.into_iter().map(|name| name.to_string()).collect()
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
    fn take_offered(&mut self, module: &Module, offered: &Offered) {
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
        }
        if scopes(module).any(|scope| !scope.stars.is_empty()) {
            self.readers.extend(offered.readers.iter().cloned());
            self.objects.extend(offered.objects.iter().cloned());
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
                if module.last_name(made).is_some_and(|name| self.objects.contains(name)) {
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
                    self.objects.insert(module.class(class).name.clone());
                }
                _ => {
                    self.readers.insert(function.name.clone());
                }
            }
        }
    }

    /// Whether a call can make a reader of the function around it, or of the variable that keeps what it gives. Making an object does not
    /// read by itself.
    fn passes_on(&self, module: &Module, expr: ExprId) -> bool {
        let ExprKind::Call(call) = &module.expr(expr).kind else { return true };
        let makes =
            module.last_name(call.func).is_some_and(|name| name.starts_with(|first: char| first.is_uppercase()));
        !makes && self.is_no_mere_declaration(module, call.func)
    }

    /// Of the libraries for command lines, what declares options reads the environment.
    fn is_no_mere_declaration(&self, module: &Module, expr: ExprId) -> bool {
        let declares = || module.last_name(expr).is_some_and(|name| DECLARATIONS.contains(&&**name));
        !module.root_name(expr).is_some_and(|root| self.declaring.contains(root)) || declares()
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
        let (readers, objects) = (derived(&self.readers), derived(&self.objects));
        self.readers.extend(readers);
        self.objects.extend(objects);
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
        Offered { readers: defined(&self.readers), objects: defined(&self.objects), methods: self.methods.clone() }
    }

    /// Whether a value can be a reader: `os.environ`, `environ.Env()`, `partial(os.getenv)`, `{**os.environ}`.
    fn is_reader(&self, module: &Module, value: ExprId, offered: &Offered, depth: u32) -> bool {
        if depth > 3 {
            return false;
        }
        match &module.expr(value).kind {
            ExprKind::Call(call) if module.last_name(call.func).is_some_and(|name| HIGHER.contains(&&**name)) => {
                call.args.iter().any(|argument| self.is_reader(module, argument.value, offered, depth + 1))
            }
            ExprKind::Dict(items) => {
                items.iter().any(|(key, value)| key.is_none() && self.is_reader(module, *value, offered, depth + 1))
            }
            ExprKind::Lambda(function) => {
                let inside = |span: crate::source::Span| module.function(*function).span.contains(span);
                module.calls.iter().any(|fact| {
                    inside(module.span(fact.call)) && self.names_reader(module, fact.call, offered, depth + 1)
                })
            }
            ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Call(_) => {
                self.names_reader(module, value, offered, depth)
            }
            _ => false,
        }
    }

    /// Whether objects of the project's classes may read without a method's name beside them.
    fn reads_unnamed(&self, offered: &Offered) -> bool {
        UNNAMED.iter().any(|name| self.methods.contains(*name) || offered.methods.contains(*name))
    }

    fn reads(&self, module: &Module, expr: ExprId, offered: &Offered) -> bool {
        match &module.expr(expr).kind {
            ExprKind::Call(call) => {
                let higher = module.last_name(call.func).is_some_and(|name| HIGHER.contains(&&**name))
                    && call.args.iter().any(|argument| self.is_reader(module, argument.value, offered, 0));
                higher || self.names_reader(module, call.func, offered, 0)
            }
            ExprKind::Subscript { value, .. } => self.names_reader(module, *value, offered, 0),
            ExprKind::Compare { rest, .. } => {
                matches!(rest.as_slice(), [(_, right)] if self.names_reader(module, *right, offered, 0))
            }
            _ => false,
        }
    }

    /// Whether a chain of names, attributes and calls begins or ends with a reader.
    fn names_reader(&self, module: &Module, expr: ExprId, offered: &Offered, depth: u32) -> bool {
        let (mut current, mut above) = (expr, None);
        let mut lasts: Vec<&Name> = module.last_name(expr).into_iter().collect();
        for _ in 0..20 {
            match &module.expr(current).kind {
                ExprKind::Attribute { value, attr, .. } => {
                    above = Some(attr);
                    current = *value;
                }
                ExprKind::Subscript { value, .. } => current = *value,
                ExprKind::Call(call) => {
                    let inner = module.last_name(call.func).filter(|_| current != expr);
                    // `dict(os.environ).get`
                    let higher = inner.is_some_and(|name| HIGHER.contains(&&**name));
                    if higher && call.args.iter().any(|it| self.is_reader(module, it.value, offered, depth + 1)) {
                        return true;
                    }
                    lasts.extend(inner);
                    current = call.func;
                }
                ExprKind::Name(root) => {
                    if self.os.contains(root) {
                        return above.is_some_and(|attr| OF_OS.contains(&&**attr));
                    }
                    let is_self = matches!(&**root, "self" | "cls");
                    let is_object = self.objects.contains(root);
                    return self.readers.contains(root)
                        || (is_object && self.reads_unnamed(offered))
                        || lasts.into_iter().any(|last| {
                            METHODS.contains(&&**last)
                                || (is_self && (self.methods.contains(last) || self.readers.contains(last)))
                                || (is_object && (self.methods.contains(last) || offered.methods.contains(last)))
                                || (!is_self && last != root && offered.readers.contains(last))
                                || (!is_self
                                    && last != root
                                    && offered.objects.contains(last)
                                    && self.reads_unnamed(offered))
                        });
                }
                _ => return false,
            }
        }
        false
    }
}

/// Whether what a call, an item or a comparison asks for is made from one of the names, or it takes the environment as a whole.
fn is_keyed_by(module: &Module, expr: ExprId, names: &FxHashSet<&Name>) -> bool {
    match &module.expr(expr).kind {
        ExprKind::Call(call) => {
            let higher = module.last_name(call.func).is_some_and(|name| HIGHER.contains(&&**name));
            higher
                || call.args.is_empty()
                || call.args.iter().any(|argument| derived::mentions(module, argument.value, names))
        }
        ExprKind::Subscript { index, .. } => derived::mentions(module, *index, names),
        ExprKind::Compare { left, .. } => derived::mentions(module, *left, names),
        _ => true,
    }
}

/// Whether an expression gives what a variable holds, not something to read others with: `env("KEY")`, `environ["KEY"]`.
fn is_read(module: &Module, value: ExprId) -> bool {
    let key = match &module.expr(value).kind {
        ExprKind::Call(call) => call.positional().next().map(|argument| argument.value),
        ExprKind::Subscript { index, .. } => Some(*index),
        _ => None,
    };
    let is_key = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte == b'_' || byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    match key.map(|key| &module.expr(key).kind) {
        Some(ExprKind::Str(parts)) => matches!(parts.as_slice(), [StrPart::Literal { text, .. }] if is_key(text)),
        _ => false,
    }
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
