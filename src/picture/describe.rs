//! What a node says of itself: names, notes and details, masked.

use super::{Kind, Node, Place};
use crate::project::queues::Queue;
use crate::project::schedule::Origin;
use crate::project::task::Definition;
use crate::project::{Endpoint, Launch, Project, Schedule, Task};
use crate::python::ir::{Function, ParamKind};
use crate::report::Mask;
use crate::report::mask::Masked;
use crate::source::Loc;

/// How many characters of a text from the source are shown.
const MAX_TEXT: usize = 200;

/// Writes nodes of one project.
pub struct Writer<'a> {
    pub project: &'a Project,
    pub mask: &'a Mask<'a>,
}

impl Writer<'_> {
    fn node(&self, kind: Kind, label: &str, note: &str, name: &str, at: Option<Loc>) -> Node {
        Node {
            kind,
            label: self.mask.text(label),
            note: self.mask.text(note),
            name: self.mask.text(name),
            place: at.map(|at| self.place(at)),
            known: true,
            group: None,
            details: Vec::new(),
            findings: Vec::new(),
        }
    }

    pub fn place(&self, at: Loc) -> Place {
        Place { path: self.mask.text(self.project.sources.path(at.file)), line: self.project.sources.line(at) }
    }

    /// A part of the source, masked, in one line.
    fn source(&self, at: Loc) -> Masked {
        let window = self.mask.window(at).text;
        let line = window.split_whitespace().collect::<Vec<_>>().join(" ");
        // What was broken over several lines.
        let line = line.replace("( ", "(").replace(", )", ")").replace(" )", ")");
        let short: String = line.chars().take(MAX_TEXT).collect();
        self.mask.text(&if short.len() < line.len() { format!("{short}…") } else { short })
    }

    pub fn task(&self, task: &Task) -> Node {
        let own = format!("{}.{}", task.module, task.function);
        let (label, name) = match &task.name {
            Some(name) if *name == own => (task.function.as_str(), name.as_str()),
            Some(name) => (name.as_str(), name.as_str()),
            None => (task.function.as_str(), own.as_str()),
        };
        let mut node = self.node(Kind::Task, label, "", name, Some(task.name_at));
        if task.name.is_none() {
            node.details.push(("name", "not known".into()));
        }
        if let Some(Definition::Function(module, function)) = task.definition {
            let function = self.project.modules.get(&self.project.sources, module).function(function);
            node.details.push(("signature", self.mask.text(&signature(function))));
        }
        let options = task.options.iter().filter(|(name, ..)| name != "name");
        let options = options.map(|(name, value, _)| match (value.as_literal(), value.at) {
            (Some(text), _) => format!("{name}={text:?}"),
            (None, Some(at)) if task.at.file == at.file => format!("{name}={}", self.source(at)),
            _ => format!("{name}=…"),
        });
        let options: Vec<String> = options.collect();
        if !options.is_empty() {
            node.details.push(("options", self.mask.text(&options.join(", "))));
        }
        node
    }

    /// A task that is sent, and that no code of the project has.
    pub fn foreign_task(&self, name: Option<&str>) -> Node {
        let label = name.unwrap_or("unknown task");
        let mut node = self.node(Kind::Task, label, "", label, None);
        node.known = false;
        let words = match name {
            Some(_) => "no task of this project has this name",
            None => "which task is sent is not known",
        };
        node.details.push(("unknown", words.into()));
        node
    }

    pub fn schedule(&self, schedule: &Schedule) -> Node {
        let due = schedule.schedule.as_ref().and_then(|value| value.at).map(|at| self.source(at));
        let name = match schedule.entry.as_str() {
            "" => "unnamed entry",
            "…" => "computed entry",
            name => name,
        };
        let mut node = self.node(Kind::Schedule, name, "", name, Some(schedule.at));
        node.note = due.clone().unwrap_or_default();
        node.details.extend(due.map(|due| ("due", due)));
        let origin = match schedule.origin {
            Origin::Setting => "beat_schedule",
            Origin::Periodic => "add_periodic_task",
            Origin::Database => "a row of django-celery-beat",
            Origin::RedBeat => "an entry of RedBeat",
        };
        node.details.push(("from", origin.into()));
        if let Some(later) = schedule.overwritten_by {
            let place = self.place(later);
            node.details.push(("replaced by", self.mask.text(&format!("{}:{}", place.path, place.line))));
        }
        node
    }

    pub fn endpoint(&self, endpoint: &Endpoint) -> Node {
        let label = format!("{} {}", endpoint.method, endpoint.route);
        let handler = endpoint.handler.as_deref().unwrap_or_default();
        let mut node = self.node(Kind::Endpoint, &label, handler, &label, Some(endpoint.at));
        if !handler.is_empty() {
            node.details.push(("handler", self.mask.text(handler)));
        }
        node
    }

    /// A file, by the first of its calls.
    pub fn code(&self, first: Loc) -> Node {
        let path = self.project.sources.path(first.file);
        self.node(Kind::Code, path, "", path, Some(first))
    }

    pub fn queue(&self, queue: &Queue, is_default: bool) -> Node {
        let label = match queue {
            Queue::Named(name) => name.as_str(),
            Queue::Computed => "computed queue",
        };
        let mut node = self.node(Kind::Queue, label, if is_default { "default" } else { "" }, label, None);
        node.known = matches!(queue, Queue::Named(_));
        if !node.known {
            node.details.push(("unknown", "code or the environment decides which queue it is".into()));
        }
        if is_default {
            node.details.push(("default", "for messages that nothing else routes".into()));
        }
        node
    }

    pub fn worker(&self, launch: &Launch) -> Node {
        let path = self.project.sources.path(launch.at.file);
        let file = path.rsplit('/').next().unwrap_or(path);
        // A file that is the service alone has a name that tells little: `celery/run`.
        let parent = path.rsplit('/').nth(1).map(|parent| format!("{parent}/{file}"));
        let hostname = launch.option("hostname").and_then(|option| option.value.as_ref()?.known());
        let own = launch.service.clone().or_else(|| hostname.filter(|name| !name.is_empty()));
        let (label, note) = match &own {
            Some(own) => (own.as_str(), file),
            None => (parent.as_deref().unwrap_or(file), ""),
        };
        let mut node = self.node(Kind::Worker, label, note, label, Some(launch.at));
        let line = format!("celery {}", launch.arguments.join(" "));
        node.details.push(("command", self.mask.text(&line.split_whitespace().collect::<Vec<_>>().join(" "))));
        node
    }

    /// The name of the project's directory.
    pub fn title(&self) -> Masked {
        let root = self.project.sources.root.file_name().and_then(|name| name.to_str());
        self.mask.text(root.unwrap_or("project"))
    }
}

/// `send(order_id, retries=…, *, force)`: names only, as defaults may hold anything.
fn signature(function: &Function) -> String {
    let mut parts: Vec<String> = Vec::new();
    let kinds: Vec<ParamKind> = function.params.iter().map(|param| param.kind).collect();
    for (index, param) in function.params.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| kinds.get(before));
        if before == Some(&ParamKind::PositionalOnly) && param.kind != ParamKind::PositionalOnly {
            parts.push("/".to_owned());
        }
        if param.kind == ParamKind::KeywordOnly && !matches!(before, Some(ParamKind::KeywordOnly | ParamKind::Rest)) {
            parts.push("*".to_owned());
        }
        let default = if param.default.is_some() { "=…" } else { "" };
        parts.push(match param.kind {
            ParamKind::Rest => format!("*{}", param.name),
            ParamKind::Keywords => format!("**{}", param.name),
            _ => format!("{}{default}", param.name),
        });
    }
    if kinds.last() == Some(&ParamKind::PositionalOnly) {
        parts.push("/".to_owned());
    }
    let word = if function.is_async { "async " } else { "" };
    format!("{word}{}({})", function.name, parts.join(", "))
}
