//! The project as a picture: what sends which task, to which queue it goes, and who works on it, with the findings at the
//! things they are about. One graph ([`Picture`]); [`mermaid`], [`dot`] and [`html`] write it down, `inspect`'s JSON holds it.
//!
//! Every text in it is masked. What is not known (a task that no code of the project has, a queue that is computed) is a
//! node of its own that says so.

mod build;
mod describe;
pub mod dot;
mod escape;
pub mod html;
mod layout;
pub mod mermaid;
mod remarks;
mod sends;

use serde::Serialize;

use crate::finding::{Finding, Severity};
use crate::project::Project;
use crate::report::Mask;
use crate::report::mask::Masked;

/// The graph.
#[derive(Debug, Default)]
pub struct Picture {
    /// The name of the project's directory.
    pub title: Masked,
    pub nodes: Vec<Node>,
    /// In the order of their ends.
    pub edges: Vec<Edge>,
    /// Tasks of one module that go to the same queues.
    pub groups: Vec<Group>,
    /// Findings about nothing that is drawn.
    pub elsewhere: Vec<Remark>,
    /// Tasks in tests, which are not drawn.
    pub in_tests: usize,
    /// Endpoints that send nothing, which are not drawn.
    pub idle_endpoints: usize,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Schedule,
    Endpoint,
    /// A file whose code sends tasks, and is reached from none of the others.
    Code,
    Task,
    Queue,
    Worker,
}

#[derive(Debug)]
pub struct Node {
    pub kind: Kind,
    /// What stands in the picture.
    pub label: Masked,
    /// A second, smaller text: when a schedule is due, the handler of an endpoint.
    pub note: Masked,
    /// The whole name.
    pub name: Masked,
    pub place: Option<Place>,
    /// Whether it is certain what it is.
    pub known: bool,
    /// Index into [`Picture::groups`], for tasks.
    pub group: Option<usize>,
    pub details: Vec<(&'static str, Masked)>,
    pub findings: Vec<Remark>,
}

/// A place in the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Relative to the root, with forward slashes.
    pub path: Masked,
    /// 1-based.
    pub line: u32,
}

/// A finding as the picture tells it.
#[derive(Debug, Clone, Serialize)]
pub struct Remark {
    pub rule: &'static str,
    pub severity: Severity,
    pub message: Masked,
    #[serde(flatten)]
    pub place: Option<Place>,
    /// The address of the rule's page, if it has one.
    pub page: Option<String>,
}

#[derive(Debug)]
pub struct Edge {
    /// Indexes into [`Picture::nodes`].
    pub from: usize,
    pub to: usize,
    pub kind: Link,
    /// The call that sends.
    pub place: Option<Place>,
}

/// How one thing leads to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Link {
    /// A schedule is due.
    Starts,
    /// `delay`, `apply_async`, `send_task`, a signature.
    Sends,
    /// The next part of a chain.
    Chain,
    /// From the header of a chord to its body.
    Chord,
    /// `link=…`
    Callback,
    /// `link_error=…`
    Errback,
    /// `apply(…)`: without a message, where it is called.
    Runs,
    /// `self.retry(args=…)`
    Retries,
    /// A task's messages go to a queue.
    Goes,
    /// A worker reads a queue.
    Feeds,
}

/// Tasks that stand together.
#[derive(Debug)]
pub struct Group {
    /// The module; of tasks that the project does not have, words that say so.
    pub title: Masked,
    /// Nodes of queues, in order.
    pub queues: Vec<usize>,
    /// Nodes of tasks, in order.
    pub tasks: Vec<usize>,
}

impl Picture {
    /// The picture of a project with what rules found in it.
    pub fn of(project: &Project, findings: &[Finding], mask: &Mask) -> Self {
        build::picture(project, findings, mask)
    }

    /// How many nodes there are of a kind.
    pub fn count(&self, kind: Kind) -> usize {
        self.nodes.iter().filter(|node| node.kind == kind).count()
    }

    /// Nothing is drawn.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The name of a node in files: a letter for its kind, and its number.
    pub fn id(&self, node: usize) -> String {
        let letter = self.nodes.get(node).map_or('n', |node| match node.kind {
            Kind::Schedule => 's',
            Kind::Endpoint => 'e',
            Kind::Code => 'c',
            Kind::Task => 't',
            Kind::Queue => 'q',
            Kind::Worker => 'w',
        });
        format!("{letter}{node}")
    }

    /// The graph as a part of `inspect`'s document. The names are a promise to readers of the JSON.
    pub fn document(&self) -> impl Serialize + use<> {
        let node = |(index, node): (usize, &Node)| {
            serde_json::json!({
                "id": self.id(index),
                "kind": node.kind,
                "name": node.name,
                "known": node.known,
                "path": node.place.as_ref().map(|place| &place.path),
                "line": node.place.as_ref().map(|place| place.line),
                "details": node.details.iter().map(|(name, text)| (*name, text)).collect::<std::collections::BTreeMap<_, _>>(),
                "findings": node.findings,
            })
        };
        let edge = |edge: &Edge| {
            serde_json::json!({
                "from": self.id(edge.from),
                "to": self.id(edge.to),
                "kind": edge.kind,
                "path": edge.place.as_ref().map(|place| &place.path),
                "line": edge.place.as_ref().map(|place| place.line),
            })
        };
        serde_json::json!({
            "nodes": self.nodes.iter().enumerate().map(node).collect::<Vec<_>>(),
            "edges": self.edges.iter().map(edge).collect::<Vec<_>>(),
        })
    }
}

impl Node {
    /// The worst of its findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

impl Kind {
    /// One of them, in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Endpoint => "endpoint",
            Self::Code => "other code",
            Self::Task => "task",
            Self::Queue => "queue",
            Self::Worker => "worker",
        }
    }

    /// The heading of all of them.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Schedule => "Schedules",
            Self::Endpoint => "Endpoints",
            Self::Code => "Other code that sends tasks",
            Self::Task => "Tasks",
            Self::Queue => "Queues",
            Self::Worker => "Workers",
        }
    }

    pub const ALL: [Self; 6] = [Self::Schedule, Self::Endpoint, Self::Code, Self::Task, Self::Queue, Self::Worker];
}

impl Link {
    /// What the first does to the second.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Starts => "starts",
            Self::Sends => "sends",
            Self::Chain => "then, in a chain,",
            Self::Chord => "then, in a chord,",
            Self::Callback => "calls back",
            Self::Errback => "calls on failure",
            Self::Runs => "runs, without a message,",
            Self::Retries => "retries",
            Self::Goes => "goes to",
            Self::Feeds => "feeds",
        }
    }

    /// What the second is to the first.
    pub fn passive(self) -> &'static str {
        match self {
            Self::Starts => "started by",
            Self::Sends => "sent by",
            Self::Chain => "in a chain after",
            Self::Chord => "body of a chord after",
            Self::Callback => "callback of",
            Self::Errback => "called when this fails:",
            Self::Runs => "run, without a message, by",
            Self::Retries => "retried by",
            Self::Goes => "takes messages of",
            Self::Feeds => "reads",
        }
    }

    /// The word on an arrow; the plain ones have none.
    pub fn mark(self) -> Option<&'static str> {
        match self {
            Self::Chain => Some("chain"),
            Self::Chord => Some("chord"),
            Self::Callback => Some("callback"),
            Self::Errback => Some("errback"),
            Self::Runs => Some("runs"),
            Self::Retries => Some("retries"),
            _ => None,
        }
    }
}

/// What a picture of nothing says.
const NOTHING: &str = "Nothing to draw: no tasks, schedules or workers of Celery were found";

/// The marks of severities: their shapes differ, not only their colours.
const MARKS: &[(Severity, &str, &str)] =
    &[(Severity::Error, "✖", "error"), (Severity::Warning, "▲", "warning"), (Severity::Note, "●", "note")];

/// How many findings of each severity a node has, worst first: `✖ 1 error, ▲ 2 warnings`.
fn findings_in_words(node: &Node) -> Option<String> {
    let parts = MARKS.iter().filter_map(|(severity, mark, word)| {
        let count = node.findings.iter().filter(|finding| finding.severity == *severity).count();
        (count > 0).then(|| format!("{mark} {count} {word}{}", if count == 1 { "" } else { "s" }))
    });
    let words = parts.collect::<Vec<_>>().join(", ");
    (!words.is_empty()).then_some(words)
}
