//! Compose files, overrides and stacks: environment in both forms, env files, commands, import roots and every `${VAR}`.
//!
//! Compose replaces variables in values before anything else reads them, so `$$VAR` is text for the container. A variable
//! that is only named (`- KEY`, `KEY:`) is handed on from the caller's environment, and counts as read.

mod service;

use super::command;
use super::interpolate::{Syntax, interpolate, name_length};
use super::yaml::{Scope, Value, Walker, parse};
use super::{EnvFileRef, FileFacts, Image, Role, Word};
use crate::source::{FileId, Loc, Piece, Span, Text};

/// Keys that only a service has.
const SERVICE_KEYS: &[&str] = &["image", "build", "environment", "env_file", "command", "entrypoint", "extends"];

pub fn lower(path: &str, text: &str, file: FileId) -> FileFacts {
    let tree = parse(text);
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut compose = Compose { walker: Walker::new(file, Syntax::Compose), directory };
    for document in tree.documents() {
        compose.document(document);
    }
    let mut uses = Vec::new();
    for value in tree.scalars() {
        let Some(scalar) = value.scalar().filter(|scalar| scalar.text.as_str().contains('$')) else { continue };
        interpolate(&scalar.text, Syntax::Compose, file, &mut uses);
    }
    compose.walker.facts.env_uses.append(&mut uses);
    compose.walker.finish(tree.comments, tree.errors)
}

struct Compose<'a> {
    walker: Walker,
    /// The directory of the file, which relative paths start from.
    directory: &'a str,
}

impl Compose<'_> {
    /// Services first, so that what they take from anchors is known for what it is.
    fn document(&mut self, top: Value<'_>) {
        let scope = Scope::default();
        if let Some((key, services)) = top.pairs().into_iter().find(|(key, _)| key.as_str() == Some("services")) {
            self.services(services, &scope.below(key), true);
        } else {
            self.services(top, &scope, false);
        }
        for (key, value) in top.pairs() {
            let below = scope.below(key);
            match key.as_str().unwrap_or_default() {
                "configs" => {
                    value.pairs().into_iter().for_each(|(name, config)| self.config(config, &below.below(name)))
                }
                "secrets" => value.pairs().into_iter().for_each(|(_, secret)| self.secret(secret)),
                "include" => {
                    value.items_or_self().into_iter().for_each(|item| self.env_files(item.get("env_file"), None))
                }
                name if name.starts_with("x-") && self.is_service(value) => self.service(value, &below),
                name if name.starts_with("x-") => self.extension(value, name, &below),
                _ => {}
            }
        }
    }

    /// Below `services:` everything is one, also what adds nothing but a port to another file's.
    fn services(&mut self, services: Value<'_>, scope: &Scope, all: bool) {
        for (name, service) in self.walker.pairs(services) {
            // Each look at a service costs what it merges.
            if !self.walker.charge(0) {
                return;
            }
            if all && service.is_mapping() || self.is_service(service) {
                self.record(name, service);
                let service_name = name.as_str().map(str::to_owned);
                self.service(service, &Scope { service: service_name, ..scope.below(name) });
            }
        }
    }

    /// `configs: x: content:`, a file in place.
    fn config(&mut self, config: Value<'_>, scope: &Scope) {
        for (key, value) in config.pairs() {
            if key.as_str() == Some("content") && self.walker.enter(value) {
                self.walker.entry(value, &scope.below(key));
            }
        }
    }

    /// `secrets: x: environment: NAME` reads the caller's environment.
    fn secret(&mut self, secret: Value<'_>) {
        if let Some(name) = secret.get("environment").filter(|name| self.walker.enter(*name)) {
            self.walker.pass_through(name.as_str().unwrap_or_default(), name.at());
        }
    }

    /// An `x-` key that is no service: environment if it is called so, else settings.
    fn extension(&mut self, value: Value<'_>, name: &str, scope: &Scope) {
        for (key, item) in self.walker.pairs(value) {
            if self.is_service(item) {
                self.service(item, &scope.below(key));
            }
        }
        let named = name.ends_with("env") || name.ends_with("environment") || name.ends_with("envs");
        let role = if named { Role::Environment } else { Role::Setting };
        self.walker.walk(value, &scope.clone().with_role(role));
    }

    fn is_service(&mut self, value: Value<'_>) -> bool {
        self.walker.pairs(value).iter().any(|(key, _)| SERVICE_KEYS.contains(&key.as_str().unwrap_or_default()))
    }

    fn service(&mut self, service: Value<'_>, scope: &Scope) {
        for (key, value) in self.walker.pairs(service) {
            let below = scope.below(key);
            match key.as_str().unwrap_or_default() {
                "environment" => self.environment(value, &below),
                "env_file" => self.env_files(Some(value), scope.service.as_deref()),
                "healthcheck" => self.health(value, scope),
                "build" => self.build(value, &below),
                "post_start" | "pre_stop" => value.items().for_each(|hook| self.hook(hook, scope)),
                _ => {}
            }
        }
        if let (Some(image), Some(name)) = (service.get_str("image"), &scope.service) {
            let built = service.get("build").is_some();
            self.walker.facts.images.push(Image { service: name.clone(), name: image.to_owned(), built });
        }
        self.commands(service, scope);
        self.roots(service);
    }

    /// `KEY: value` or `- KEY=value`; without a value the variable is handed on.
    fn environment(&mut self, value: Value<'_>, scope: &Scope) {
        let scope = scope.clone().with_role(Role::Environment);
        for (key, item) in self.walker.pairs(value) {
            if !self.walker.enter(item) {
                continue;
            }
            match item.is_null() {
                true => self.walker.pass_through(key.as_str().unwrap_or_default(), key.at()),
                false if item.scalar().is_some() => self.walker.entry(item, &scope.below(key)),
                false => {}
            }
        }
        for item in value.items() {
            if !self.walker.enter(item) {
                continue;
            }
            if let Some(name) = self.walker.split_assignment(item, &scope) {
                self.walker.pass_through(name.as_str(), item.at());
            }
        }
    }

    /// A path, a list of paths, or a list of `path:` with `required:`.
    fn env_files(&mut self, value: Option<Value<'_>>, service: Option<&str>) {
        let Some(value) = value else { return };
        for item in value.items_or_self() {
            let path = if item.is_mapping() { item.get("path") } else { Some(item) };
            let Some(path) = path.filter(|path| path.scalar().is_some() && self.walker.enter(*path)) else { continue };
            let required = item.get_str("required") != Some("false");
            let (at, service) = (self.walker.loc(path.at()), service.map(str::to_owned));
            let path = self.walker.text(path);
            self.walker.facts.env_file_refs.push(EnvFileRef { path, at, required, service });
        }
    }

    fn health(&mut self, value: Value<'_>, scope: &Scope) {
        let Some(test) = value.get("test").filter(|test| self.walker.enter(*test)) else { return };
        let mut words = self.walker.exec_words(test);
        let form = words.first().and_then(|word| word.text.as_literal());
        match form.as_deref() {
            Some("CMD") => {
                words.remove(0);
                self.exec(words, scope);
            }
            Some("CMD-SHELL") => words.drain(1..).for_each(|word| {
                command::script_text(&shell_variables(word.text), scope.service.as_deref(), &mut self.walker.facts);
            }),
            Some(_) => {}
            None => {
                let text = shell_variables(self.walker.text(test));
                command::script_text(&text, scope.service.as_deref(), &mut self.walker.facts);
            }
        }
    }

    fn hook(&mut self, hook: Value<'_>, scope: &Scope) {
        let words = self.command_words(hook.get("command"));
        self.exec(words, scope);
    }

    /// `entrypoint` and `command`. An entry point that is Celery itself takes the command as its arguments; any other (a script
    /// that ends in `exec "$@"`) leads to the command.
    fn commands(&mut self, service: Value<'_>, scope: &Scope) {
        let mut entrypoint = self.command_words(service.get("entrypoint"));
        let command = self.command_words(service.get("command"));
        let is_celery =
            entrypoint.iter().any(|word| word.text.as_literal().is_some_and(|text| text.ends_with("celery")));
        if is_celery {
            entrypoint.extend(command);
            return self.exec(entrypoint, scope);
        }
        self.exec(entrypoint, scope);
        self.exec(command, scope);
    }

    fn command_words(&mut self, value: Option<Value<'_>>) -> Vec<Word> {
        match value.filter(|value| !value.is_null() && self.walker.enter(*value)) {
            Some(value) if value.scalar().is_some() => command::words(&shell_variables(self.walker.text(value))),
            Some(value) => self.walker.exec_words(value),
            None => Vec::new(),
        }
    }

    fn exec(&mut self, words: Vec<Word>, scope: &Scope) {
        // Words that no shell reads stand for themselves, dollar signs included.
        let reads = |word: &Word| word.text.as_literal().is_none_or(|word| is_shell(&word) || word.contains(' '));
        let shell = words.iter().any(reads);
        let told = |text: Text| if shell { shell_variables(text) } else { text };
        let words = words.into_iter().map(|word| Word { text: told(word.text), ..word }).collect();
        command::exec(words, scope.service.as_deref(), &mut self.walker.facts);
    }

    /// `build: ./x`, or a mapping with `context:` and `args:`.
    fn build(&mut self, value: Value<'_>, scope: &Scope) {
        let context = if value.is_mapping() { value.get("context") } else { Some(value) };
        if let Some(root) = context.and_then(Value::as_str).and_then(|context| join(self.directory, context)) {
            self.add_root(root);
        }
        if let Some((key, args)) = value.pairs().into_iter().find(|(key, _)| key.as_str() == Some("args")) {
            self.environment(args, &scope.below(key));
        }
    }

    /// Directories that are mounted into the container, and the working directory inside them.
    fn roots(&mut self, service: Value<'_>) {
        let working = service.get_str("working_dir");
        let volumes: Vec<Value<'_>> =
            service.get("volumes").map(|volumes| volumes.items().collect()).unwrap_or_default();
        for volume in volumes {
            let short = volume.as_str().and_then(|text| {
                let mut parts = text.split(':');
                Some((parts.next()?, parts.next()?))
            });
            let long = volume.get_str("source").zip(volume.get_str("target"));
            let Some((source, target)) = short.or(long).filter(|(source, _)| source.starts_with('.')) else { continue };
            let Some(root) = join(self.directory, source) else { continue };
            let inside = working.and_then(|working| working.strip_prefix(target.trim_end_matches('/')));
            if let Some(inner) =
                inside.and_then(|inside| inside.strip_prefix('/')).and_then(|inside| join(&root, inside))
            {
                self.add_root(inner);
            }
            self.add_root(root);
        }
    }

    fn add_root(&mut self, root: String) {
        let roots = &mut self.walker.facts.roots;
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
}

fn is_shell(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("sh" | "ash" | "bash" | "dash" | "zsh"))
}

/// In a command, `$$X`, `$${X}` and `$$(…)` are for the container's shell: what they stand for is not known here.
fn shell_variables(text: Text) -> Text {
    let mut out = Text::default();
    let mut pieces = text.pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        match (&piece, pieces.peek_mut()) {
            (Piece::Literal { text: dollar, at }, Some(Piece::Literal { text: rest, at: rest_at }))
                if dollar == "$" && at.span.len() == 2 && rest_at.span.len() as usize == rest.len() =>
            {
                let length = expansion_length(rest);
                let end = rest_at.span.start + length as u32;
                let at = Loc::new(at.file, Span::new(at.span.start, end));
                rest.replace_range(..length, "");
                rest_at.span.start = end;
                out.pieces.push(if length == 0 { piece } else { Piece::Unknown { at: Some(at) } });
            }
            _ => out.pieces.push(piece),
        }
    }
    out.pieces.retain(|piece| !matches!(piece, Piece::Literal { text, .. } if text.is_empty()));
    out
}

/// How much of `text` belongs to the `$` before it.
fn expansion_length(text: &str) -> usize {
    let close = |sign: char| text.find(sign).map_or(text.len(), |at| at + 1);
    match text.as_bytes().first() {
        Some(b'{') => close('}'),
        Some(b'(') => close(')'),
        _ => name_length(text),
    }
}

/// `path` seen from `directory`, without `.` and `..`; None when it is absolute, a URL, computed, or leads out of the project.
pub(super) fn join(directory: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains("://") || path.contains(['$', '~', '{']) {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
#[path = "compose_tests.rs"]
mod tests;
