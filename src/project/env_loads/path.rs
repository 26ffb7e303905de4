//! Paths as Python code puts them together: `BASE_DIR / ".env"`, `os.path.join(os.path.dirname(__file__), ".env")`.

use crate::python::ir::{BinaryOp, BindingKind, Call, ExprId, ExprKind, Scope};
use crate::python::{Eval, ModuleId, Ref};

/// Where a path leads.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// From the root of the run.
    Exact(String),
    /// From the working directory.
    Relative(String),
    /// This name in some directory of the project that is not known.
    Below(String),
    /// Whatever `find_dotenv()` finds.
    Found,
}

/// How many names and calls are followed.
const MAX_DEPTH: u32 = 24;

/// Calls that give the path they are given.
const SAME: &[&str] = &[
    "Path",
    "PosixPath",
    "PurePath",
    "str",
    "fspath",
    "abspath",
    "realpath",
    "normpath",
    "expanduser",
    "resolve",
    "absolute",
    "as_posix",
    "path",
];

/// Where an expression leads; none for absolute paths, and when nothing is known.
pub fn place(eval: &Eval, module: ModuleId, scope: Scope, expr: ExprId) -> Option<Place> {
    follow(eval, module, scope, expr, 0)
}

fn follow(eval: &Eval, id: ModuleId, scope: Scope, expr: ExprId, depth: u32) -> Option<Place> {
    if depth > MAX_DEPTH {
        return None;
    }
    let module = eval.modules.get(id);
    match &module.expr(expr).kind {
        ExprKind::Name(name) if &**name == "__file__" => Some(Place::Exact(eval.modules.path(id).to_owned())),
        ExprKind::Binary { op: BinaryOp::Divide, left, right } => {
            let base = follow(eval, id, scope, *left, depth + 1);
            below(base, &part(eval, id, scope, *right)?)
        }
        ExprKind::Binary { op: BinaryOp::Add, left, right } => {
            let base = follow(eval, id, scope, *left, depth + 1);
            let rest = part(eval, id, scope, *right)?;
            // `DIR + "/.env"`; without the slash it is some other name.
            rest.starts_with('/').then(|| below(base, rest.trim_start_matches('/')))?
        }
        ExprKind::Attribute { value, attr, .. } if &**attr == "parent" => {
            parent(follow(eval, id, scope, *value, depth + 1)?)
        }
        ExprKind::Subscript { value, index } => {
            let ExprKind::Attribute { value, attr, .. } = &module.expr(*value).kind else { return None };
            let ExprKind::Int(count @ 0..=16) = module.expr(*index).kind else { return None };
            let found = follow(eval, id, scope, *value, depth + 1).filter(|_| &**attr == "parents")?;
            (0..=count).try_fold(found, |found, _| parent(found))
        }
        ExprKind::Call(call) => called(eval, id, scope, call, depth),
        ExprKind::Name(name) => named(eval, id, scope, name, depth).or_else(|| literal(eval, id, scope, expr)),
        _ => literal(eval, id, scope, expr),
    }
}

/// The last part of a path as text; a variable's default stands for it.
fn part(eval: &Eval, id: ModuleId, scope: Scope, expr: ExprId) -> Option<String> {
    eval.expr(id, scope, expr).to_text().known().filter(|text| !text.is_empty())
}

fn literal(eval: &Eval, id: ModuleId, scope: Scope, expr: ExprId) -> Option<Place> {
    let value = eval.expr(id, scope, expr);
    let text = value.alternatives().iter().find_map(|value| value.to_text().known())?;
    (!text.is_empty() && !text.starts_with(['/', '~'])).then_some(Place::Relative(text))
}

fn called(eval: &Eval, id: ModuleId, scope: Scope, call: &Call, depth: u32) -> Option<Place> {
    let module = eval.modules.get(id);
    let (object, name) = match &module.expr(call.func).kind {
        ExprKind::Name(name) => (None, name),
        ExprKind::Attribute { value, attr, .. } => (Some(*value), attr),
        _ => return None,
    };
    let arguments: Vec<ExprId> = call.positional().map(|argument| argument.value).collect();
    let joined = |base: Option<Place>, parts: &[ExprId]| {
        parts.iter().try_fold(base, |base, next| Some(below(base, &part(eval, id, scope, *next)?))).flatten()
    };
    let first = || arguments.first().and_then(|first| follow(eval, id, scope, *first, depth + 1));
    let object = || object.and_then(|object| follow(eval, id, scope, object, depth + 1));
    match &**name {
        "find_dotenv" => match arguments.first() {
            Some(name) => Some(Place::Below(part(eval, id, scope, *name)?)),
            None if call.args.iter().all(|argument| argument.name.as_deref() == Some("usecwd")) => Some(Place::Found),
            None => None,
        },
        "dirname" => parent(first()?),
        "getcwd" | "cwd" => Some(Place::Relative(String::new())),
        "join" => joined(first(), arguments.get(1..)?),
        // django-environ's `root("..", ".env")` and `Path(a, b)`.
        "joinpath" => joined(object(), &arguments),
        name if SAME.contains(&name) && arguments.len() > 1 => joined(first(), &arguments[1..]),
        name if SAME.contains(&name) && !arguments.is_empty() => first(),
        name if SAME.contains(&name) => object(),
        _ => literal_call(eval, id, scope, call),
    }
}

/// A call whose value the evaluator knows (`os.getenv("ENV_FILE", ".env")`), or an object of paths that is called.
fn literal_call(eval: &Eval, id: ModuleId, scope: Scope, call: &Call) -> Option<Place> {
    let module = eval.modules.get(id);
    let expr = module.calls.iter().find(|fact| module.call(fact.call).is_some_and(|it| std::ptr::eq(it, call)))?;
    literal(eval, id, scope, expr.call)
}

/// What a name is bound to: in its own scope or the module, or in the module it is imported from.
fn named(eval: &Eval, id: ModuleId, scope: Scope, name: &str, depth: u32) -> Option<Place> {
    let module = eval.modules.get(id);
    let mut scopes = std::iter::successors(Some(scope), |scope| module.parent(*scope));
    let (scope, binding) = scopes.find_map(|scope| Some((scope, module.bindings(scope).names.get(name)?.last()?)))?;
    match &binding.kind {
        BindingKind::Value(value) => follow(eval, id, scope, *value, depth + 1),
        BindingKind::ImportFrom { module: import, name } => {
            let Ref::Module(from) = eval.modules.resolve(id, import) else { return None };
            named(eval, from, Scope::Module, name, depth + 1)
        }
        _ => None,
    }
}

/// A part below a place; an unknown place is some directory of the project.
fn below(base: Option<Place>, part: &str) -> Option<Place> {
    if part.starts_with(['/', '~']) {
        return None;
    }
    let join = |dir: &str| if dir.is_empty() { part.to_owned() } else { format!("{dir}/{part}") };
    Some(match base {
        Some(Place::Exact(dir)) => Place::Exact(join(&dir)),
        Some(Place::Relative(dir)) => Place::Relative(join(&dir)),
        Some(Place::Below(_) | Place::Found) | None => Place::Below(part.rsplit('/').next().unwrap_or(part).to_owned()),
    })
}

fn parent(place: Place) -> Option<Place> {
    match place {
        Place::Exact(path) => (!path.is_empty())
            .then(|| Place::Exact(path.rsplit_once('/').map_or(String::new(), |(dir, _)| dir.to_owned()))),
        _ => None,
    }
}
