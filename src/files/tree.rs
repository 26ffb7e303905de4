//! What TOML and JSON have in common: a tree of keys, lists and scalars, and what its well-known keys are for.

use super::{Command, Entry, EnvFileRef, FileFacts, Role, Word, dynaconf, shell};
use crate::source::{Loc, Piece, Span, Text};

/// A value with its place.
#[derive(Debug)]
pub enum Node {
    Map(Vec<Member>),
    List(Vec<Node>),
    /// A string, or the characters of another scalar; the place is without quotes.
    Scalar(Text, Loc),
}

#[derive(Debug)]
pub struct Member {
    pub key: String,
    pub at: Loc,
    pub value: Node,
}

/// Keys whose map sets environment variables.
const ENVIRONMENTS: &[&str] = &[
    "env",
    "environ",
    "environment",
    "env-vars",
    "env_vars",
    "env_variables",
    "environment_variables",
    "environmentVariables",
    "aws_environment_variables",
    "Variables",
    "containerEnv",
    "remoteEnv",
    "runtimeEnv",
    "pytest_env",
    "set_env",
    "setenv",
];

/// Keys whose value is a command line, or a list of words.
const COMMANDS: &[&str] = &[
    "command",
    "cmd",
    "entryPoint",
    "entrypoint",
    "startCommand",
    "start_command",
    "buildCommand",
    "preDeployCommand",
    "release_command",
    "run_command",
    "healthcheckCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
    "run",
    "cmds",
    "shell",
    "composite",
    "sequence",
];

/// Keys whose map gives a command line for each name.
const COMMAND_MAPS: &[&str] = &["processes", "tasks", "scripts"];

/// Paths of command maps that hold entry points (`pkg.module:function`) instead.
const ENTRY_POINTS: &[&[&str]] = &[&["project", "scripts"], &["tool", "poetry", "scripts"]];

/// Keys that name an env file.
const ENV_FILES: &[&str] = &["envFile", "env_file", "env_files", "env-file", "dotenv"];

impl Node {
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().find(|member| member.key == key).map(|member| &member.value)
    }

    /// The node under a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    pub fn members(&self) -> &[Member] {
        if let Self::Map(members) = self { members } else { &[] }
    }

    pub fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    pub fn scalar(&self) -> Option<(&Text, Loc)> {
        if let Self::Scalar(text, at) = self { Some((text, *at)) } else { None }
    }
}

/// Lowers a tree to entries, commands and env files.
pub fn read(root: &Node, facts: &mut FileFacts) {
    let mut reader = Reader { facts, path: Vec::new(), service: None };
    reader.node(root, None, Role::Setting);
}

struct Reader<'r> {
    facts: &'r mut FileFacts,
    path: Vec<String>,
    service: Option<String>,
}

impl Reader<'_> {
    /// `key_at` is the place of the key that leads here.
    fn node(&mut self, node: &Node, key_at: Option<Loc>, role: Role) {
        match node {
            Node::Map(members) => self.map(members, role),
            Node::List(items) => {
                for item in items {
                    match (item, key_at) {
                        (Node::Scalar(text, at), Some(_)) if role == Role::Environment => self.assignment(text, *at),
                        _ => self.node(item, key_at, role),
                    }
                }
            }
            Node::Scalar(text, at) => {
                if let Some(key_at) = key_at.filter(|_| !self.path.is_empty()) {
                    self.entry(key_at, text, *at, role);
                }
            }
        }
    }

    fn map(&mut self, members: &[Member], role: Role) {
        if let Some((name, value)) = pair(members) {
            return self.pair(name, value, role);
        }
        let before = self.service.clone();
        if let Some(name) = service(members) {
            self.service = Some(name);
        }
        self.debugged(members);
        let joined = self.joined(members);
        let named = self.path.last().is_some_and(|key| COMMAND_MAPS.contains(&key.as_str()));
        for member in members {
            if named && matches!(member.value, Node::Map(_)) {
                self.service = Some(member.key.clone());
            }
            // `X = {value = "…"}` below an environment.
            if role == Role::Environment && member.key == "value" && !self.path.is_empty() {
                self.node(&member.value, Some(member.at), role);
                continue;
            }
            self.path.push(member.key.clone());
            let environment = ENVIRONMENTS.contains(&member.key.as_str());
            let inner = if environment || role == Role::Environment && !matches!(member.value, Node::List(_)) {
                Role::Environment
            } else {
                Role::Setting
            };
            if !(joined && COMMANDS.contains(&member.key.as_str())) {
                self.meaning(member);
            }
            self.node(&member.value, Some(member.at), inner);
            self.path.pop();
        }
        self.service = before;
    }

    /// `{"name": "X", "value": "…"}` sets X.
    fn pair(&mut self, (name, name_at): (String, Loc), value: &Node, role: Role) {
        let Some((text, at)) = value.scalar() else { return };
        let environment = self.path.iter().any(|key| ENVIRONMENTS.contains(&key.as_str()));
        self.path.push(name);
        self.entry(name_at, text, at, if environment { Role::Environment } else { role });
        self.path.pop();
    }

    /// `A=b` in a list of environment variables.
    fn assignment(&mut self, text: &Text, at: Loc) {
        let Some(Piece::Literal { text: first, at: first_at }) = text.pieces.first() else { return };
        let Some((name, _)) = first.split_once('=') else { return };
        let flags = name.rfind(':').map_or(0, |colon| colon + 1);
        let key = name[flags..].trim().to_owned();
        let place = |range| crate::source::text::place_in_literal(first, *first_at, range);
        let key_at = place(flags..name.len());
        let value = shell::without_prefix(text, name.len() + 1);
        let value_at = Loc::new(at.file, Span::new(place(name.len() + 1..first.len()).span.start, at.span.end));
        self.path.push(key);
        self.entry(key_at, &value, value_at, Role::Environment);
        self.path.pop();
    }

    fn entry(&mut self, key_at: Loc, text: &Text, value_at: Loc, role: Role) {
        let value = dynaconf::resolved(text).unwrap_or_else(|| text.clone());
        shell::text_reads(&value, &mut self.facts.env_uses);
        self.facts.entries.push(Entry { path: self.path.clone(), key_at, value, value_at, role, commented: false });
    }

    fn meaning(&mut self, member: &Member) {
        let key = member.key.as_str();
        if COMMANDS.contains(&key) {
            let service = self.service.clone();
            self.command(&member.value, service.as_deref());
        } else if COMMAND_MAPS.contains(&key) && !ENTRY_POINTS.iter().any(|path| self.path == *path) {
            for member in member.value.members().iter().filter(|member| !matches!(member.value, Node::Map(_))) {
                self.command(&member.value, Some(&member.key));
            }
        } else if ENV_FILES.contains(&key) {
            let files = std::iter::once(&member.value).chain(member.value.items()).filter_map(Node::scalar);
            for (path, at) in files.filter(|(text, _)| text.as_literal().is_none_or(|text| text.contains("env"))) {
                let service = self.service.clone();
                self.facts.env_file_refs.push(EnvFileRef { path: path.clone(), at, required: true, service });
            }
        }
    }

    /// A string is a command line, a list of strings is one command.
    fn command(&mut self, node: &Node, service: Option<&str>) {
        match node {
            Node::Scalar(text, _) => shell::read(text, service, self.facts),
            Node::List(items) => {
                let words: Vec<Word> = items.iter().filter_map(Node::scalar).map(word).collect();
                // A list of command lines, or the words of one.
                if words.len() == items.len() && words.first().is_some_and(|word| has_blank(&word.text)) {
                    words.iter().for_each(|word| shell::read(&word.text, service, self.facts));
                } else if words.len() == items.len() {
                    shell::command(words, service, self.facts);
                }
            }
            // A name for each of several commands.
            Node::Map(members) => {
                for member in members.iter().filter(|member| matches!(member.value, Node::Scalar(..))) {
                    self.command(&member.value, service.or(Some(&member.key)));
                }
            }
        }
    }

    /// `entryPoint` and `command` of a container, both lists of words: one command. Whether there are both.
    fn joined(&mut self, members: &[Member]) -> bool {
        let words = |names: [&str; 2]| {
            let list = members.iter().find(|member| names.contains(&member.key.as_str()))?;
            let words: Vec<Word> = list.value.items().iter().filter_map(Node::scalar).map(word).collect();
            (!words.is_empty()).then_some(words)
        };
        let (Some(mut entrypoint), Some(command)) = (words(["entryPoint", "entrypoint"]), words(["command", "cmd"]))
        else {
            return false;
        };
        let is_celery = entrypoint.iter().any(|it| it.text.as_literal().is_some_and(|word| word.ends_with("celery")));
        if is_celery {
            entrypoint.extend(command);
            shell::command(entrypoint, self.service.as_deref(), self.facts);
        }
        is_celery
    }

    /// `{"module": "celery", "args": […]}` and `{"command": "celery", "args": […]}` of an editor.
    fn debugged(&mut self, members: &[Member]) {
        let find = |key: &str| members.iter().find(|member| member.key == key).map(|member| &member.value);
        let Some(args) = find("args") else { return };
        let program = ["module", "command", "program"].iter().find_map(|key| find(key)).and_then(Node::scalar);
        let Some(program) = program else { return };
        let mut words = vec![word(program)];
        words.extend(args.items().iter().filter_map(Node::scalar).map(word));
        if let Some((text, at)) = args.scalar() {
            words.extend(shell::words_of(text).into_iter().filter(|word| word.at.file == at.file));
        }
        if words.len() > 1 {
            let at = Loc::new(program.1.file, words[0].at.span.cover(words[words.len() - 1].at.span));
            self.facts.commands.push(Command { words, at, service: self.service.clone() });
        }
    }
}

fn word((text, at): (&Text, Loc)) -> Word {
    Word { text: text.clone(), at }
}

fn has_blank(text: &Text) -> bool {
    text.pieces.iter().any(|piece| matches!(piece, Piece::Literal { text, .. } if text.contains(' ')))
}

/// The name of a container, task or process that also has a command.
fn service(members: &[Member]) -> Option<String> {
    let runs = members.iter().any(|member| COMMANDS.contains(&member.key.as_str()) || member.key == "args");
    let name = members.iter().find(|member| matches!(member.key.as_str(), "name" | "label"))?;
    name.value.scalar().filter(|_| runs)?.0.as_literal()
}

/// Name and value of a map that is nothing but such a pair.
fn pair(members: &[Member]) -> Option<((String, Loc), &Node)> {
    let find = |names: [&str; 3]| members.iter().find(|member| names.contains(&member.key.as_str()));
    let name = find(["name", "Name", "key"])?;
    let value = find(["value", "Value", "value"])?;
    let (text, at) = name.value.scalar()?;
    (members.len() <= 4).then_some(())?;
    Some(((text.as_literal()?, at), &value.value))
}
