//! What a YAML file of any kind says: every scalar is an entry, known keys hold environment variables and commands.

use rustc_hash::FxHashSet;

use super::{NodeId, Style, Value, embedded};
use crate::files::interpolate::{Syntax, interpolate, is_name};
use crate::files::mapped::Mapped;
use crate::files::{Entry, EnvUse, FileError, FileFacts, Need, Role, Word, command};
use crate::source::{FileId, Loc, Span, Text};

/// How many pairs and items one file may have, merge keys followed: more than any real file, less than an alias bomb.
const MAX_VISITS: usize = 500_000;

/// Keys whose values set environment variables, in lower case and without `-` and `_`.
const ENVIRONMENT_KEYS: &[&str] = &[
    "env",
    "envs",
    "environment",
    "environments",
    "envvars",
    "envvariables",
    "environmentvariables",
    "variables",
    "configvars",
];

/// Endings of longer keys that do (`extraEnv`, `x-celery-environment`).
const ENVIRONMENT_ENDINGS: &[&str] = &["env", "envs", "envvars", "environment", "environmentvariables"];

/// Keys whose values are shell scripts or commands, in lower case and without `-` and `_`.
const COMMAND_KEYS: &[&str] = &[
    "command",
    "commands",
    "cmd",
    "cmds",
    "args",
    "entrypoint",
    "run",
    "script",
    "beforescript",
    "afterscript",
    "bash",
    "shell",
    "startcommand",
    "dockercommand",
    "buildcommand",
    "predeploycommand",
    "releasecommand",
    "runcommand",
    "shellcommand",
    "panes",
    "ansible.builtin.shell",
    "ansible.builtin.command",
];

/// Commands that a list gives word by word (`["celery", "-A", "p"]`); other lists hold one script per item.
const EXEC_KEYS: &[&str] = &["command", "cmd", "args", "entrypoint"];

/// Keys of which a mapping with a `name` has one when that is the name of what it runs.
const RUN_KEYS: &[&str] = &["image", "command", "args", "startCommand", "dockerCommand", "run_command"];

/// Keys whose values only say where a value is kept, or are encrypted.
const REFERENCE_KEYS: &[&str] = &[
    "valuefrom",
    "envfrom",
    "secretkeyref",
    "configmapkeyref",
    "secretref",
    "configmapref",
    "fieldref",
    "resourcefieldref",
    "imagepullsecrets",
    "encrypteddata",
    "sops",
    "fromsecret",
    "fromdatabase",
    "fromservice",
];

/// Tags whose text is the value all the same; any other local tag (`!vault`, `!Ref`, `!ENV`) computes one.
const PLAIN_TAGS: &[&str] = &["Sub", "unsafe", "str"];

/// Where a walk stands.
#[derive(Debug, Clone)]
pub struct Scope {
    pub path: Vec<String>,
    /// The place of the last key.
    pub key_at: Option<Span>,
    pub role: Role,
    pub service: Option<String>,
    /// The value is an item of a list of variables.
    pub listed: bool,
}

impl Default for Scope {
    fn default() -> Self {
        Self { path: Vec::new(), key_at: None, role: Role::Setting, service: None, listed: false }
    }
}

impl Scope {
    /// The scope below a key.
    pub fn below(&self, key: Value<'_>) -> Self {
        let mut below = self.clone();
        below.path.push(key.as_str().unwrap_or_default().to_owned());
        below.key_at = Some(key.at());
        below.listed = false;
        below
    }

    pub fn with_role(self, role: Role) -> Self {
        Self { role, ..self }
    }
}

/// Collects the facts of one file. Each node is looked at once, so that an anchor's content is reported once.
pub struct Walker {
    pub file: FileId,
    pub syntax: Syntax,
    pub facts: FileFacts,
    seen: FxHashSet<NodeId>,
    visits: usize,
}

impl Walker {
    pub fn new(file: FileId, syntax: Syntax) -> Self {
        Self { file, syntax, facts: FileFacts::default(), seen: FxHashSet::default(), visits: 0 }
    }

    /// Counts pairs and items that were copied; whether the file has not shown more of them than any real one.
    pub fn charge(&mut self, copied: usize) -> bool {
        self.visits = self.visits.saturating_add(copied);
        self.visits < MAX_VISITS
    }

    /// The facts in source order.
    pub fn finish(self, comments: Vec<Span>, mut errors: Vec<FileError>) -> FileFacts {
        if self.visits >= MAX_VISITS {
            let message = "aliases repeat too much of the file: only a part was read".to_owned();
            errors.push(FileError { message, at: Span::new(0, 0), doubtful: false });
        }
        let mut facts = self.facts;
        facts.entries.sort_by_key(|entry| (entry.key_at, entry.value_at));
        facts.commands.sort_by_key(|command| command.at);
        facts.env_uses.sort_by_key(|found| found.at);
        facts.env_uses.dedup_by_key(|found| found.at);
        facts.env_file_refs.sort_by_key(|found| found.at);
        facts.comments = comments;
        facts.errors = errors;
        facts
    }

    /// Whether this is the first look at a node.
    pub fn enter(&mut self, value: Value<'_>) -> bool {
        self.visits += 1;
        self.visits < MAX_VISITS && self.seen.insert(value.id)
    }

    /// The pairs of a mapping; none once the file has shown more than any real one.
    pub fn pairs<'t>(&mut self, value: Value<'t>) -> Vec<(Value<'t>, Value<'t>)> {
        if self.visits >= MAX_VISITS {
            return Vec::new();
        }
        let pairs = value.pairs();
        self.visits += pairs.len();
        pairs
    }

    pub fn loc(&self, span: Span) -> Loc {
        Loc::new(self.file, span)
    }

    /// A scalar's text; unknown when it is encrypted or computed.
    pub fn text(&self, value: Value<'_>) -> Text {
        let Some(scalar) = value.scalar() else { return Text::default() };
        if is_opaque(value, scalar.text.as_str()) {
            return Text::unknown(Some(self.loc(scalar.at)));
        }
        self.interpolated(&scalar.text)
    }

    pub fn interpolated(&self, text: &Mapped) -> Text {
        interpolate(text, self.syntax, self.file, &mut Vec::new())
    }

    /// Records a scalar as the value of the scope's last key.
    pub fn entry(&mut self, value: Value<'_>, scope: &Scope) {
        let value_at = value.at();
        let entry = Entry {
            path: scope.path.clone(),
            key_at: self.loc(scope.key_at.unwrap_or(Span::new(value_at.start, value_at.start))),
            value: self.text(value),
            value_at: self.loc(value_at),
            role: scope.role,
            commented: false,
        };
        self.facts.entries.push(entry);
    }

    /// Records a text that is a part of a scalar, under a key that is another part.
    fn part_entry(&mut self, key: &Mapped, value: &Mapped, value_at: Span, scope: &Scope) {
        let mut path = scope.path.clone();
        path.push(key.as_str().to_owned());
        let key_at = self.loc(key.span(0..key.as_str().len()));
        let value_at = self.loc(value_at);
        let value = self.interpolated(value);
        self.facts.entries.push(Entry { path, key_at, value, value_at, role: Role::Environment, commented: false });
    }

    /// Everything below a value.
    pub fn walk(&mut self, value: Value<'_>, scope: &Scope) {
        if !self.enter(value) {
            return;
        }
        if value.is_mapping() {
            return self.mapping(value, scope);
        }
        let listed = Scope { listed: scope.role == Role::Environment, ..scope.clone() };
        for item in value.items() {
            match item.scalar() {
                Some(_) if listed.listed => self.assignment(item, scope),
                _ => self.walk(item, &listed),
            }
        }
        if value.scalar().is_some() && !value.is_null() {
            self.entry(value, scope);
        }
    }

    fn mapping(&mut self, value: Value<'_>, scope: &Scope) {
        let pairs = self.pairs(value);
        if pairs.is_empty() {
            return;
        }
        let named = named_value(value);
        // GitLab's `KEY: {value: x, description: y}`.
        if let Some(item) = value.get("value").filter(|_| named.is_none() && scope.role == Role::Environment) {
            return self.walk(item, scope);
        }
        let mut scope = scope.clone();
        if let Some(name) = value.get_str("name").filter(|_| RUN_KEYS.iter().any(|key| value.get(key).is_some())) {
            scope.service = Some(name.to_owned());
        }
        self.exec_command(value, &scope);
        for (key, item) in pairs {
            if self.seen.contains(&item.id) {
                continue;
            }
            let name = normalise(key.as_str().unwrap_or_default());
            match named {
                Some((named_key, _)) if item.id == named_key.id => {}
                Some((named_key, named_item)) if item.id == named_item.id => self.walk(item, &scope.below(named_key)),
                // A variable whose value is kept elsewhere (`valueFrom`).
                None if scope.listed && matches!(name.as_str(), "name" | "key") => {}
                _ if REFERENCE_KEYS.contains(&name.as_str()) => {}
                _ if COMMAND_KEYS.contains(&name.as_str()) && !item.is_mapping() => self.command(item, &name, &scope),
                _ if is_environment_key(&name) => self.walk(item, &scope.below(key).with_role(Role::Environment)),
                _ => self.walk(item, &scope.below(key)),
            }
        }
    }

    /// `command:` and `args:` of a container, both lists, are one command.
    fn exec_command(&mut self, value: Value<'_>, scope: &Scope) {
        let lists: Vec<Value<'_>> = ["command", "args"]
            .into_iter()
            .filter_map(|key| value.get(key))
            .filter(|list| list.is_sequence())
            .collect();
        let lists: Vec<Value<'_>> = lists.into_iter().filter(|list| self.enter(*list)).collect();
        let words: Vec<Word> = lists.iter().flat_map(|list| self.exec_words(*list)).collect();
        command::exec(words, scope.service.as_deref(), &mut self.facts);
    }

    fn command(&mut self, value: Value<'_>, key: &str, scope: &Scope) {
        if !self.enter(value) {
            return;
        }
        if value.is_sequence() && EXEC_KEYS.contains(&key) {
            let words = self.exec_words(value);
            return command::exec(words, scope.service.as_deref(), &mut self.facts);
        }
        if value.scalar().is_some() {
            return self.script(value, scope.service.as_deref());
        }
        for item in value.items() {
            match item.scalar() {
                Some(_) => self.script(item, scope.service.as_deref()),
                None if item.is_mapping() => self.walk(item, scope),
                // GitLab flattens lists in lists; CircleCI and others have steps there.
                None => self.command(item, "script", scope),
            }
        }
    }

    /// `tasks: {x: celery …}` and `tasks: {x: [celery …]}` of a Taskfile.
    pub fn short_tasks(&mut self, document: Value<'_>) {
        let tasks = document.get("tasks").map(|tasks| self.pairs(tasks)).unwrap_or_default();
        for (name, task) in tasks.into_iter().filter(|(_, task)| !task.is_mapping()) {
            let scope = Scope { service: name.as_str().map(str::to_owned), ..Scope::default() };
            self.command(task, "script", &scope);
        }
    }

    /// The words of an exec-form list.
    pub fn exec_words(&self, list: Value<'_>) -> Vec<Word> {
        let scalars = list.items().filter(|item| item.scalar().is_some());
        scalars.map(|item| Word { text: self.text(item), at: self.loc(with_quotes(item)) }).collect()
    }

    /// Reads a scalar as a shell script.
    pub fn script(&mut self, value: Value<'_>, service: Option<&str>) {
        if let Some(scalar) = value.scalar().filter(|_| !value.is_null()) {
            command::script(&scalar.text, self.file, service, &mut self.facts);
        }
    }

    /// `- NAME=value` in a list of environment variables. What has no `=` is no assignment.
    fn assignment(&mut self, item: Value<'_>, scope: &Scope) {
        if self.enter(item) {
            self.split_assignment(item, scope);
        }
    }

    /// Records `NAME=value`; gives the name back when there is no value.
    pub fn split_assignment(&mut self, item: Value<'_>, scope: &Scope) -> Option<Mapped> {
        let scalar = item.scalar()?;
        let text = scalar.text.as_str();
        let Some((name, value)) = text.split_once('=') else { return Some(scalar.text.clone()) };
        if is_name(name) {
            let start = name.len() + 1;
            let value_at = Span::new(scalar.text.span(start..text.len()).start, scalar.at.end);
            let value_at = if value.is_empty() { scalar.text.span(start..start) } else { value_at };
            self.part_entry(&scalar.text.slice(0..name.len()), &scalar.text.slice(start..text.len()), value_at, scope);
        }
        None
    }

    /// A read of a variable that the file hands on.
    pub fn pass_through(&mut self, name: &str, at: Span) {
        if is_name(name) {
            self.facts.env_uses.push(EnvUse { key: name.to_owned(), at: self.loc(at), need: Need::Required });
        }
    }

    /// A file inside a scalar (`celeryconfig.py: |`): what its own reader finds, or the text as one value.
    pub fn embedded_file(&mut self, key: Value<'_>, value: Value<'_>, scope: &Scope) {
        if !self.enter(value) {
            return;
        }
        let found = value.scalar().and_then(|scalar| embedded(key.as_str()?, &scalar.text, self.file));
        let Some(mut found) = found else { return self.entry(value, scope) };
        for entry in &mut found.entries {
            entry.path.splice(0..0, scope.path.iter().cloned());
        }
        self.facts.entries.append(&mut found.entries);
        self.facts.commands.append(&mut found.commands);
        self.facts.env_uses.append(&mut found.env_uses);
    }
}

/// The scalar `name` (or `key`) of a mapping that also has a `value`: a variable in list form.
fn named_value(value: Value<'_>) -> Option<(Value<'_>, Value<'_>)> {
    let item = value.get("value")?;
    let name = value.get("name").or_else(|| value.get("key"))?;
    name.scalar().is_some().then_some((name, item))
}

/// A key in lower case, without the signs that projects spell differently.
fn normalise(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

fn is_environment_key(name: &str) -> bool {
    ENVIRONMENT_KEYS.contains(&name) || ENVIRONMENT_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Encrypted text (ansible-vault, SOPS) and values that a tag computes.
fn is_opaque(value: Value<'_>, text: &str) -> bool {
    let computed = value.tag().is_some_and(|tag| !PLAIN_TAGS.contains(&tag));
    computed || text.starts_with("$ANSIBLE_VAULT;") || (text.starts_with("ENC[") && text.trim_end().ends_with(']'))
}

/// The place of a scalar, its quotes included.
pub fn with_quotes(value: Value<'_>) -> Span {
    let at = value.at();
    match value.scalar().map(|scalar| scalar.style) {
        Some(Style::Single | Style::Double) => Span::new(at.start.saturating_sub(1), at.end + 1),
        _ => at,
    }
}
