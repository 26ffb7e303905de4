//! FastAPI and Flask: a module with a router or blueprint, beside those that the project has, and its registration.

use std::collections::BTreeMap;

use super::context::Context;
use super::names::{self, Pattern, directory, join, stem};
use super::routes;
use crate::fix::Fix;
use crate::generate::insert::{self, Import};
use crate::generate::render;
use crate::generate::style::Style;
use crate::project::Project;
use crate::project::endpoint::WebApp;
use crate::project::wiring::{Inclusion, Mount, Routers};
use crate::python::ir::{Module, Scope};
use crate::source::{Loc, Span};

/// A module that is to be written.
struct Place {
    directory: String,
    stem: String,
    /// As it is imported from the import root.
    dotted: String,
    /// The directory is made for it, in a package.
    fresh_package: bool,
    /// The variable that holds the router.
    object: String,
}

pub fn add(project: &Project, app: &WebApp, routers: &Routers, mut context: Context, fix: Fix) -> Option<Fix> {
    let is_flask = app.framework == "Flask";
    if !is_flask && app.framework != "FastAPI" {
        return None;
    }
    let mount = &routers.mount;
    let module = project.modules.get(&project.sources, mount.module);
    let text = &project.sources.get(mount.file).text;
    let place = place(project, routers, is_flask)?;
    let below = shared_prefix(routers).map_or("", |(_, prefix)| prefix);
    routes::choose(project, &mut context, &format!("{}{below}", mount.prefix))?;
    context.router.clone_from(&place.object);
    context.tag = tag(project, is_flask)?;
    let style = Style::of(&project.sources, project.sources.path(mount.file));
    let template = if is_flask { "flask/blueprint.py" } else { "fastapi/router.py" };
    let code = render::python(template, &context, style).ok()?;

    let (import, expression) = reference(project, routers, module, &place)?;
    let call = registration(project, routers, &expression, is_flask);
    let call = render::formatted(&call, style).ok()?;
    let mut fix = fix.create(join(&place.directory, &format!("{}.py", place.stem)), code);
    if place.fresh_package {
        fix = fix.create(join(&place.directory, "__init__.py"), "");
    }
    let at = |span: Span| Loc::new(mount.file, span);
    if mount.in_function && imports_inside(module, mount) {
        let both = format!("\n{}\n\n{}", import.statement(), call.trim_end());
        let inserted = insert::statement(text, mount.after, &both);
        return Some(fix.replace(at(inserted.at), inserted.text));
    }
    let imported = insert::import(module, text, &import, &|top| names::is_own(project, top), style);
    let registered = insert::statement(text, mount.after, call.trim_end());
    Some(fix.replace(at(imported.at), imported.text).replace(at(registered.at), registered.text))
}

/// `api_router.include_router(tasks.router)`, with the prefix and the dependencies that all others are given.
fn registration(project: &Project, routers: &Routers, expression: &str, is_flask: bool) -> String {
    let (method, prefix) = if is_flask { ("register_blueprint", "url_prefix") } else { ("include_router", "prefix") };
    let text = |span: Span| project.sources.snippet(Loc::new(routers.mount.file, span));
    let mut call = format!("{}.{method}({expression}", routers.mount.object);
    if let Some((written, _)) = shared_prefix(routers) {
        call += &format!(", {prefix}={}", text(*written));
    }
    let given = |it: &Inclusion| it.dependencies.map(text);
    if let Some(same) = routers.inclusions.first().and_then(given)
        && routers.inclusions.iter().all(|it| given(it) == Some(same))
    {
        call += &format!(", dependencies={same}");
    }
    call + ")\n"
}

/// The prefix that all routers are given, when there are several.
fn shared_prefix(routers: &Routers) -> Option<&(Span, String)> {
    let first = routers.inclusions.first()?.prefix.as_ref()?;
    let same = |it: &Inclusion| it.prefix.as_ref().is_some_and(|(_, prefix)| *prefix == first.1);
    (routers.inclusions.len() > 1 && routers.inclusions.iter().all(same)).then_some(first)
}

/// The group's name. Flask refuses two blueprints of one name.
fn tag(project: &Project, is_flask: bool) -> Option<String> {
    let taken = |name: &str| {
        let texts = [format!("Blueprint(\"{name}\""), format!("Blueprint('{name}'")];
        is_flask && project.sources.files.iter().any(|file| texts.iter().any(|it| file.text.contains(it.as_str())))
    };
    ["tasks", "celery_tasks", "task_state"].into_iter().find(|name| !taken(name)).map(str::to_owned)
}

/// Beside the routers that are registered on the same object; without any, beside the module of the application.
fn place(project: &Project, routers: &Routers, is_flask: bool) -> Option<Place> {
    let mount = &routers.mount;
    let path = |module: usize| project.sources.path(project.modules.file(module));
    let mut children: Vec<(&str, &str)> = routers
        .inclusions
        .iter()
        .filter_map(|it| it.child.as_ref())
        .filter(|(module, _)| *module != mount.module)
        .map(|(module, object)| (path(*module), object.as_str()))
        .collect();
    children.sort_unstable();
    children.dedup();
    let own = path(mount.module);
    let root = root(own, &mount.dotted)?;
    let default = if is_flask { "bp" } else { "router" };
    if children.is_empty() {
        let stem =
            ["task_routes", "celery_routes"].into_iter().find(|it| names::is_free(project, directory(own), it))?;
        return finished(&root, directory(own).to_owned(), stem.to_owned(), default.to_owned(), false);
    }
    let stems: Vec<&str> = children.iter().map(|(path, _)| stem(path)).collect();
    let directories: Vec<&str> = children.iter().map(|(path, _)| directory(path)).collect();
    let by_feature = children.len() > 1
        && stems.iter().all(|it| *it == stems[0])
        && directories.iter().any(|it| *it != directories[0]);
    if by_feature {
        let above = directory(directories[0]);
        let name = ["tasks", "celery_tasks", "task_state"].into_iter().find(|it| names::is_free(project, above, it))?;
        let object = object(&children, name, default);
        let stem = if stems[0] == "__init__" { "routes" } else { stems[0] };
        return finished(&root, join(above, name), stem.to_owned(), object, true);
    }
    let directory = most_common(&directories)?;
    let beside: Vec<&str> =
        children.iter().filter(|(path, _)| names::directory(path) == directory).map(|(path, _)| stem(path)).collect();
    let pattern = Pattern::of(&beside);
    // A directory that holds other things than routers may have Celery's own tasks in `tasks.py`.
    let words: &[&str] = if pattern.is_plain() && !is_for_routes(directory) {
        &["task_routes", "celery_routes"]
    } else {
        &["tasks", "celery_tasks", "task_state"]
    };
    let word = words.iter().find(|word| names::is_free(project, directory, &pattern.filled(word)))?;
    let object = object(&children, word, default);
    finished(&root, directory.to_owned(), pattern.filled(word), object, false)
}

fn finished(root: &str, directory: String, stem: String, object: String, fresh_package: bool) -> Option<Place> {
    let path = join(&directory, &stem);
    let below = if root.is_empty() { path.as_str() } else { path.strip_prefix(root)?.strip_prefix('/')? };
    let dotted = below.replace('/', ".");
    Some(Place { directory, stem, dotted, fresh_package, object })
}

/// Whether a directory is named for what it holds: routers.
fn is_for_routes(directory: &str) -> bool {
    directory.rsplit('/').next().is_some_and(names::is_kind)
}

/// The directory that a dotted name begins in.
fn root(path: &str, dotted: &str) -> Option<String> {
    let module = path.strip_suffix(".py")?;
    let module = module.strip_suffix("/__init__").unwrap_or(module);
    let below = dotted.replace('.', "/");
    let root = module.strip_suffix(below.as_str())?;
    Some(root.trim_end_matches('/').to_owned())
}

fn most_common<'t>(all: &[&'t str]) -> Option<&'t str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    all.iter().for_each(|it| *counts.entry(it).or_default() += 1);
    // Of several the first one.
    counts.into_iter().max_by_key(|(name, count)| (*count, std::cmp::Reverse(*name))).map(|(name, _)| name)
}

/// The name of the router's variable: the one that all have, or one made as theirs are.
fn object(children: &[(&str, &str)], word: &str, default: &str) -> String {
    let named: Vec<&str> = children.iter().map(|(_, object)| *object).filter(|object| !object.is_empty()).collect();
    let Some(first) = named.first() else { return default.to_owned() };
    if named.iter().all(|it| it == first) && names::is_kind(first) {
        return (*first).to_owned();
    }
    let pattern = Pattern::of(&named);
    if pattern.is_plain() { default.to_owned() } else { pattern.filled(word) }
}

/// How the mounting module speaks of the router: what it imports, and the expression.
fn reference(project: &Project, routers: &Routers, module: &Module, place: &Place) -> Option<(Import, String)> {
    let mount = &routers.mount;
    let relative = module.imports.iter().any(|it| it.module.level > 0);
    let (package, stem) = place.dotted.rsplit_once('.').unwrap_or(("", &place.dotted));
    let by_module = routers.inclusions.iter().any(|it| is_attribute(project.sources.snippet(it.at)));
    let is_bound = |name: &str| {
        let inside = module.functions.iter().any(|function| function.scope.names.contains_key(name));
        module.scope.names.contains_key(name) || (mount.in_function && inside)
    };
    if by_module && !is_bound(stem) && !package.is_empty() && !place.fresh_package {
        let import = Import { module: source(project, mount, package, relative), name: stem.to_owned(), alias: None };
        return Some((import, format!("{stem}.{}", place.object)));
    }
    let word = if place.fresh_package { package.rsplit('.').next().unwrap_or(stem) } else { names::subject(stem) };
    let alias = if names::is_kind(&place.object) { format!("{word}_{}", place.object) } else { place.object.clone() };
    if is_bound(&alias) {
        return None;
    }
    let import = Import {
        module: source(project, mount, &place.dotted, relative),
        name: place.object.clone(),
        alias: (alias != place.object).then(|| alias.clone()),
    };
    Some((import, alias))
}

/// Whether a call includes `users.router`, by way of the module.
fn is_attribute(call: &str) -> bool {
    let argument = call.split_once('(').map_or("", |(_, rest)| rest).split([',', ')']).next().unwrap_or_default();
    argument.trim().matches('.').count() == 1
}

/// The module that an import names: absolute, or from the package of the mounting module.
fn source(project: &Project, mount: &Mount, dotted: &str, relative: bool) -> String {
    let is_package = project.sources.path(mount.file).ends_with("__init__.py");
    let package = if is_package { mount.dotted.as_str() } else { mount.dotted.rsplit_once('.').map_or("", |it| it.0) };
    match dotted.strip_prefix(package) {
        Some("") if relative && !package.is_empty() => ".".to_owned(),
        Some(rest) if relative && !package.is_empty() && rest.starts_with('.') => rest.to_owned(),
        _ => dotted.to_owned(),
    }
}

/// Whether the function that registers routers imports them itself.
fn imports_inside(module: &Module, mount: &Mount) -> bool {
    let holds = |span: Span| span.start <= mount.after.start && mount.after.end <= span.end;
    let mut around = module.functions.iter().filter(|it| holds(it.span) && !matches!(it.parent, Scope::Class(_)));
    around.next_back().is_some_and(|function| {
        module
            .imports
            .iter()
            .any(|it| function.span.start <= it.statement.start && it.statement.end <= function.span.end)
    })
}
