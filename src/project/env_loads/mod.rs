//! The env files that Python code loads: `load_dotenv()`, `env.read_env(…)`, `SettingsConfigDict(env_file=…)` and the like.

mod path;

use super::environment::roots::Layout;
use super::link::{Linking, is_test_path};
use crate::files::dotenv::{Dialect, env_kind};
use crate::python::ir::{BindingKind, Call, ExprId, ExprKind, Module, Scope};
use crate::python::{Eval, ModuleId, Ref, Value, ValueKind};
use crate::source::{FileKind, Loc, Sources};

use path::{Place, place};

/// Where a loader looks for a file of that name.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Looks {
    /// In the working directory: the root of the code, as far as anybody can tell.
    Working,
    /// In the directory of the file that calls it.
    Beside,
}

/// An env file that Python code loads.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Relative to the root of the run.
    pub path: String,
    /// The place that names it.
    pub at: Loc,
    /// How it is read; none for a reader whose ways are not known.
    pub reader: Option<Dialect>,
}

/// A function that loads an env file.
struct Loader {
    /// Last names of the paths it is known under.
    names: &'static [&'static str],
    /// The libraries' packages.
    packages: &'static [&'static str],
    /// The argument with the file's path: position and name.
    argument: Option<(usize, &'static str)>,
    /// Whether it loads `.env` when that argument is not given.
    usual: Option<Looks>,
    reader: Option<Dialect>,
}

const fn loader(
    names: &'static [&'static str],
    packages: &'static [&'static str],
    argument: Option<(usize, &'static str)>,
    usual: Option<Looks>,
    reader: Option<Dialect>,
) -> Loader {
    Loader { names, packages, argument, usual, reader }
}

const PYTHON_DOTENV: Option<Dialect> = Some(Dialect::PythonDotenv);

const LOADERS: &[Loader] = &[
    loader(
        &["load_dotenv", "dotenv_values"],
        &["dotenv"],
        Some((0, "dotenv_path")),
        Some(Looks::Working),
        PYTHON_DOTENV,
    ),
    loader(&["read_dotenv"], &["dotenv"], Some((0, "dotenv")), Some(Looks::Beside), None),
    loader(
        &["read_env", "read_envfile"],
        &["environ"],
        Some((0, "env_file")),
        Some(Looks::Beside),
        Some(Dialect::DjangoEnviron),
    ),
    loader(&["read_env", "read_envfile"], &["environs"], Some((0, "path")), Some(Looks::Working), PYTHON_DOTENV),
    loader(&["Config"], &["starlette"], Some((0, "env_file")), None, None),
    loader(&["RepositoryEnv"], &["decouple"], Some((0, "source")), None, Some(Dialect::Decouple)),
    loader(&["SettingsConfigDict"], &["pydantic_settings"], Some((usize::MAX, "env_file")), None, PYTHON_DOTENV),
    loader(&["ConfigDict"], &["pydantic"], Some((usize::MAX, "env_file")), None, PYTHON_DOTENV),
];

/// Libraries that load `.env` when they are told to with this keyword.
const LOADS_ON_DEMAND: &[(&str, &str)] =
    &[("Dynaconf", "load_dotenv"), ("LazySettings", "load_dotenv"), ("FlaskDynaconf", "load_dotenv")];

/// The loads of the project, in (file, position) order.
pub fn find(linking: &Linking) -> Vec<Load> {
    let mut found = linking.per_module(|eval, id| in_module(linking, eval, id));
    found.sort_by(|a, b| (a.at, &a.path).cmp(&(b.at, &b.path)));
    found.dedup();
    found
}

fn in_module(linking: &Linking, eval: &Eval, id: ModuleId) -> Vec<Load> {
    let module = linking.modules.get(id);
    let file = linking.sources.get(module.file);
    let speaks = |word: &str| memchr::memmem::find(file.text.as_bytes(), word.as_bytes()).is_some();
    if is_test_path(&file.path) || !["env", "Repository"].iter().any(|word| speaks(word)) {
        return Vec::new();
    }
    let mut loads = Loads {
        sources: linking.sources,
        eval,
        id,
        module,
        layout: linking.layout,
        reader: PYTHON_DOTENV,
        found: Vec::new(),
    };
    for fact in &module.calls {
        if let Some(call) = module.call(fact.call) {
            loads.call(fact.context.scope, fact.call, call);
        }
    }
    loads.classes();
    loads.found
}

struct Loads<'a> {
    sources: &'a Sources,
    eval: &'a Eval<'a>,
    id: ModuleId,
    module: &'a Module,
    layout: &'a Layout,
    reader: Option<Dialect>,
    found: Vec<Load>,
}

impl Loads<'_> {
    fn call(&mut self, scope: Scope, expr: ExprId, call: &Call) {
        let Some(name) = self.module.last_name(call.func) else { return };
        let at = Loc::new(self.module.file, self.module.span(expr));
        if let Some((_, keyword)) = LOADS_ON_DEMAND.iter().find(|(known, _)| **known == **name) {
            let on = call.keyword(keyword).map(|argument| &self.module.expr(argument.value).kind);
            self.reader = PYTHON_DOTENV;
            if matches!(on, Some(ExprKind::Bool(true))) {
                self.usual(Looks::Working, at);
            }
            return;
        }
        // An alias may hide the name: `from dotenv import load_dotenv as load`.
        let aliased = self.module.scope.names.get(name).is_some_and(|bindings| {
            bindings
                .iter()
                .any(|binding| matches!(&binding.kind, BindingKind::ImportFrom { name: own, .. } if own != name))
        });
        if !aliased && !LOADERS.iter().any(|loader| loader.names.contains(&&**name)) {
            return;
        }
        let callee = self.eval.expr(self.id, scope, call.func);
        let Some(loader) = callee.alternatives().iter().find_map(loader_of) else { return };
        self.reader = loader.reader;
        let given = loader.argument.and_then(|(position, name)| {
            let argument = call.keyword(name).or_else(|| call.positional().nth(position))?;
            Some(argument.value)
        });
        match (given, loader.usual) {
            (Some(path), _) => self.given(scope, path),
            // `load_dotenv(stream=…)` reads no file.
            (None, Some(looks)) if !call.has_splat() && call.keyword("stream").is_none() => self.usual(looks, at),
            _ => {}
        }
    }

    /// `class Config: env_file = ".env"`, `model_config = {"env_file": ".env"}`, `class Settings(BaseSettings, env_file=".env")`.
    fn classes(&mut self) {
        self.reader = PYTHON_DOTENV;
        for class in &self.module.classes {
            for keyword in class.keywords.iter().filter(|keyword| keyword.name.as_deref() == Some("env_file")) {
                self.given(class.parent, keyword.value);
            }
            let bound = |name: &str| {
                let binding = class.scope.names.get(name).and_then(|bindings| bindings.last())?;
                if let BindingKind::Value(value) = binding.kind { Some(value) } else { None }
            };
            if &*class.name == "Config"
                && let (Scope::Class(_), Some(value)) = (class.parent, bound("env_file"))
            {
                self.given(class.parent, value);
            }
            let Some(config) = bound("model_config") else { continue };
            let ExprKind::Dict(items) = &self.module.expr(config).kind else { continue };
            for (key, value) in items {
                let key = key.map(|key| self.eval.expr(self.id, class.parent, key));
                if key.and_then(|key| key.as_literal()).as_deref() == Some("env_file") {
                    self.given(class.parent, *value);
                }
            }
        }
    }

    /// `.env` without a path.
    fn usual(&mut self, looks: Looks, at: Loc) {
        let own = self.sources.get(self.module.file);
        let path = match looks {
            Looks::Beside => join(own.dir(), ".env"),
            Looks::Working => self.nearest(".env"),
        };
        self.found.push(Load { path, at, reader: self.reader });
    }

    /// A path that is an argument, or several in a tuple.
    fn given(&mut self, scope: Scope, expr: ExprId) {
        if let ExprKind::Tuple(items) | ExprKind::List(items) = &self.module.expr(expr).kind {
            for item in items.iter().take(8) {
                self.given(scope, *item);
            }
            return;
        }
        let at = Loc::new(self.module.file, self.module.span(expr));
        let path = match place(self.eval, self.id, scope, expr) {
            Some(Place::Found) => self.nearest(".env"),
            Some(Place::Exact(path)) => path,
            Some(Place::Relative(path)) if path.contains('/') => {
                join(self.layout.root_of(&self.sources.get(self.module.file).path), &path)
            }
            Some(Place::Relative(name) | Place::Below(name)) => self.nearest(&name),
            None => return,
        };
        self.found.push(Load { path, at, reader: self.reader });
    }

    /// The nearest directory upward that has a file of that name, else the nearest that documents one, else the root of
    /// the code.
    fn nearest(&self, name: &str) -> String {
        let own = self.sources.get(self.module.file);
        let above = || {
            std::iter::successors(Some(own.dir()), |dir| {
                (!dir.is_empty()).then(|| dir.rsplit_once('/').map_or("", |(above, _)| above))
            })
        };
        let exists = above().find(|dir| self.sources.by_path(&join(dir, name)).is_some());
        let documents = || {
            let templates =
                self.sources.files.iter().filter(|file| env_kind(&file.path) == Some(FileKind::EnvTemplate));
            let dirs: Vec<&str> = templates.map(|file| file.dir()).collect();
            above().find(|dir| dirs.contains(dir))
        };
        let dir = exists.or_else(documents).unwrap_or_else(|| self.layout.root_of(&own.path));
        join(dir, name)
    }
}

/// The loader that a called value is: a function of a library, or a method of an object or class of it.
fn loader_of(callee: &Value) -> Option<&'static Loader> {
    let (path, name) = match &callee.kind {
        ValueKind::Ref(Ref::External(path)) => (path.as_str(), path.rsplit('.').next()?),
        ValueKind::Method { of, name } => (of.made()?.callee.as_str(), name.as_str()),
        _ => return None,
    };
    let package = path.split('.').next()?;
    LOADERS.iter().find(|loader| loader.packages.contains(&package) && loader.names.contains(&name))
}

fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

#[cfg(test)]
mod tests;
