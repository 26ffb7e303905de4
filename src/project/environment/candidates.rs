//! Which calls and items can have to do with the environment, told by names alone: evaluating every call of a large
//! project would take too long.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::python::ir::{BindingKind, ExprId, ExprKind, Module, Name, Scope, ScopeBindings, StrPart};
use crate::python::{ModuleId, Modules};
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
    /// Functions, classes and variables that any module offers to others.
    offered: FxHashSet<Name>,
}

#[derive(Default)]
struct Names {
    /// Names for the module `os`.
    os: FxHashSet<Name>,
    readers: FxHashSet<Name>,
    methods: FxHashSet<Name>,
    /// One of [`METHODS`] stands in the text.
    asks: bool,
}

impl Candidates {
    pub fn of(modules: &Modules, ids: &[ModuleId]) -> Self {
        let mut all: Vec<(ModuleId, Names)> =
            ids.par_iter().map(|id| (*id, Names::imported(modules.get(*id), modules.text(*id)))).collect();
        let mut offered: FxHashSet<Name> = FxHashSet::default();
        let mut new = offered.clone();
        for round in 0..ROUNDS {
            // What every module makes of the names that the round before brought.
            let made: Vec<Vec<Name>> = all
                .par_iter_mut()
                .map(|(id, own)| {
                    let takes = || words(modules.text(*id)).any(|word| new.contains(word));
                    if if round == 0 { own.is_empty() } else { !takes() } {
                        return Vec::new();
                    }
                    let module = modules.get(*id);
                    own.take_offered(module, &offered);
                    own.grow(module, &offered);
                    own.definitions(module)
                })
                .collect();
            new = made.into_iter().flatten().filter(|name| !offered.contains(name)).collect();
            if new.is_empty() {
                break;
            }
            offered.extend(new.iter().cloned());
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
    let mut names = Candidates::of(modules, ids).offered;
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
                    }
                }
                BindingKind::ImportFrom { module: from, name: what } if from.level == 0 && offers(&from.name, what) => {
                    names.readers.insert(name.clone());
                }
                _ => {}
            }
        }
        names
    }

    /// Whether nothing of the module can read anything by itself.
    fn is_empty(&self) -> bool {
        self.os.is_empty() && self.readers.is_empty() && !self.asks
    }

    /// Names imported from other modules of the project that offer readers.
    fn take_offered(&mut self, module: &Module, offered: &FxHashSet<Name>) {
        for (name, bindings) in scopes(module).flat_map(|scope| &scope.names) {
            let takes = bindings.iter().any(|binding| match &binding.kind {
                BindingKind::ImportFrom { name: what, .. } => offered.contains(what),
                _ => false,
            });
            if takes {
                self.readers.insert(name.clone());
            }
        }
        if scopes(module).any(|scope| !scope.stars.is_empty()) {
            self.readers.extend(offered.iter().cloned());
        }
    }

    /// Adds what the module makes of its readers: variables, functions, methods, classes.
    fn grow(&mut self, module: &Module, offered: &FxHashSet<Name>) {
        for _ in 0..ROUNDS {
            let before = self.readers.len() + self.methods.len();
            self.add_variables(module, offered);
            self.add_functions(module, offered);
            self.add_classes(module);
            if self.readers.len() + self.methods.len() == before {
                break;
            }
        }
    }

    fn add_variables(&mut self, module: &Module, offered: &FxHashSet<Name>) {
        let mut found = Vec::new();
        for (name, bindings) in scopes(module).flat_map(|scope| &scope.names) {
            let reads = bindings.iter().any(|binding| match binding.kind {
                BindingKind::Value(value) | BindingKind::Context(value) => {
                    !is_read(module, value) && self.is_reader(module, value, offered, 0)
                }
                _ => false,
            });
            if reads {
                found.push(name.clone());
            }
        }
        self.readers.extend(found);
    }

    fn add_functions(&mut self, module: &Module, offered: &FxHashSet<Name>) {
        let calls = module.calls.iter().map(|fact| (fact.call, fact.context.scope));
        let items = module.reads.iter().map(|read| (read.expr, read.context.scope));
        let mut found = Vec::new();
        for (expr, scope) in calls.chain(items) {
            let Scope::Function(id) = scope else { continue };
            let function = module.function(id);
            if !function.params.is_empty() && !is_read(module, expr) && self.reads(module, expr, offered) {
                found.push(id);
            }
        }
        for id in found {
            let function = module.function(id);
            match function.parent {
                Scope::Class(class) => {
                    self.methods.insert(function.name.clone());
                    self.readers.insert(module.class(class).name.clone());
                }
                _ => {
                    self.readers.insert(function.name.clone());
                }
            }
        }
    }

    fn add_classes(&mut self, module: &Module) {
        let derived = module.classes.iter().filter(|class| {
            class.bases.iter().any(|base| module.last_name(*base).is_some_and(|name| self.readers.contains(name)))
        });
        let derived: Vec<Name> = derived.map(|class| class.name.clone()).collect();
        self.readers.extend(derived);
    }

    /// What the module defines at its top, of its readers.
    fn definitions(&self, module: &Module) -> Vec<Name> {
        let own = |bindings: &[crate::python::ir::Binding]| {
            bindings.iter().any(|binding| {
                matches!(binding.kind, BindingKind::Value(_) | BindingKind::Function(_) | BindingKind::Class(_))
            })
        };
        let names = module.scope.names.iter().filter(|(name, bindings)| self.readers.contains(*name) && own(bindings));
        names.map(|(name, _)| name.clone()).collect()
    }

    /// Whether a value can be a reader: `os.environ`, `environ.Env()`, `partial(os.getenv)`, `{**os.environ}`.
    fn is_reader(&self, module: &Module, value: ExprId, offered: &FxHashSet<Name>, depth: u32) -> bool {
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

    fn reads(&self, module: &Module, expr: ExprId, offered: &FxHashSet<Name>) -> bool {
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
    fn names_reader(&self, module: &Module, expr: ExprId, offered: &FxHashSet<Name>, depth: u32) -> bool {
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
                    return self.readers.contains(root)
                        || lasts.into_iter().any(|last| {
                            METHODS.contains(&&**last)
                                || (is_self && (self.methods.contains(last) || self.readers.contains(last)))
                                || (!is_self && last != root && offered.contains(last))
                        });
                }
                _ => return false,
            }
        }
        false
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
