//! Django: views and their patterns beside the URL configuration of the site, and the entry that includes them.

use super::context::Context;
use super::names::{directory, is_free, join};
use super::routes;
use crate::fix::Fix;
use crate::generate::insert::{self, Import};
use crate::generate::render;
use crate::generate::style::Style;
use crate::project::Project;
use crate::project::wiring::Urls;
use crate::python::ir::{BindingKind, Module};
use crate::source::{Loc, Span};

pub fn add(project: &Project, urls: &Urls, mut context: Context, fix: Fix) -> Option<Fix> {
    let module = project.modules.get(&project.sources, urls.module);
    let (path, text) = (project.sources.path(urls.file), &project.sources.get(urls.file).text);
    let folder = directory(path);
    let free = |word: &&&str| ["views", "urls"].iter().all(|it| is_free(project, folder, &format!("{word}_{it}")));
    let word = ["task", "celery_task"].iter().find(free)?;
    let package = match urls.dotted.rsplit_once('.') {
        Some((package, _)) => package.to_owned(),
        None => String::new(),
    };
    let dotted = |name: &str| if package.is_empty() { name.to_owned() } else { format!("{package}.{name}") };

    routes::choose(project, &mut context, "")?;
    context.slash = if routes::ends_with_slash(project) { "/" } else { "" };
    context.views_package = if package.is_empty() { return None } else { package.clone() };
    context.views_name = format!("{word}_views");
    let style = Style::of(&project.sources, path);
    let kind = if urls.drf { "drf" } else { "django" };
    let views = render::python(&format!("{kind}/views.py"), &context, style).ok()?;
    let patterns = render::python(&format!("{kind}/urls.py"), &context, style).ok()?;
    let fix = fix
        .create(join(folder, &format!("{word}_views.py")), views)
        .create(join(folder, &format!("{word}_urls.py")), patterns);

    let quote = if text.matches('\'').count() > text.matches('"').count() { '\'' } else { '"' };
    let include = format!("{quote}{}{quote}", dotted(&format!("{word}_urls")));
    let entry = format!("path({quote}{quote}, include({include}))");
    let fix = imports(module, text, style, urls, fix)?;
    entered(project, urls, text, &entry, fix)
}

/// `path` and `include`, as far as they are not imported.
fn imports(module: &Module, text: &str, style: Style, urls: &Urls, mut fix: Fix) -> Option<Fix> {
    const NEEDED: &[&str] = &["include", "path"];
    let mut missing = Vec::new();
    for name in NEEDED {
        match module.scope.names.get(*name) {
            None => missing.push(*name),
            Some(bound) => {
                let of_django = |kind: &BindingKind| {
                    matches!(kind, BindingKind::ImportFrom { module, name: imported }
                        if (&*module.name == "django.urls" || &*module.name == "django.conf.urls") && &**imported == *name)
                };
                if !bound.iter().all(|it| of_django(&it.kind)) {
                    return None;
                }
            }
        }
    }
    let (first, more) = missing.split_first().map_or((None, [].as_slice()), |(first, more)| (Some(*first), more));
    if let Some(first) = first {
        let name = more.iter().fold(first.to_owned(), |all, name| format!("{all}, {name}"));
        let import = Import { module: "django.urls".to_owned(), name, alias: None };
        let inserted = insert::import(module, text, &import, &|top| top == "django", style);
        fix = fix.replace(Loc::new(urls.file, inserted.at), inserted.text);
    }
    Some(fix)
}

/// The entry in the list, before one that takes every path; or behind the module's end.
fn entered(project: &Project, urls: &Urls, text: &str, entry: &str, fix: Fix) -> Option<Fix> {
    let at = |offset: u32| Loc::new(urls.file, Span::new(offset, offset));
    let Some(list) = urls.list else {
        return Some(fix.append(urls.file, format!("\nurlpatterns += [{entry}]\n")));
    };
    if let Some(before) = urls.before {
        let indent = insert::indentation(text, before.start);
        return Some(fix.replace(at(before.start), format!("{entry},\n{indent}")));
    }
    let Some(last) = urls.items.last() else {
        return Some(fix.replace(Loc::new(urls.file, list), format!("[\n    {entry},\n]")));
    };
    let indent = insert::indentation(text, last.start);
    let behind = project.sources.snippet(Loc::new(urls.file, Span::new(last.end, list.end)));
    let comma = behind.trim_start().starts_with(',');
    // Behind the comma and a comment on the same line.
    let line = behind.find('\n').map_or(0, |newline| newline as u32);
    if comma && line > 0 {
        return Some(fix.replace(at(last.end + line), format!("\n{indent}{entry},")));
    }
    let skipped = if comma { behind.find(',').map_or(0, |comma| comma as u32 + 1) } else { 0 };
    let separator = if comma { "" } else { "," };
    let is_one_line = !project.sources.snippet(Loc::new(urls.file, list)).contains('\n');
    let text = if is_one_line { format!("{separator} {entry}") } else { format!("{separator}\n{indent}{entry},") };
    Some(fix.replace(at(last.end + skipped), text))
}
