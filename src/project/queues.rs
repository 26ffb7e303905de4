//! Which queues the messages of a task go to, and which queues a worker reads, by the settings of the project.

use super::production;
use super::{Launch, Project, Submission, Task};
use crate::python::{Value, ValueKind};

/// A queue that a message may go to, or that a worker may read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    Named(String),
    /// Something computes it: a router, or a value that is not known.
    Computed,
}

/// The name of the queue when no setting gives another.
const DEFAULT: &str = "celery";

/// What the settings say about queues. Where several settings may hold, all of them count.
#[derive(Debug)]
pub struct Queues {
    /// `task_default_queue`.
    pub default: Vec<Queue>,
    /// `task_queues`; empty when there are none.
    pub declared: Vec<Queue>,
    /// Each `task_routes`: its routers in order.
    routes: Vec<Vec<Router>>,
}

#[derive(Debug)]
enum Router {
    Table(Table),
    /// A function or an object: what it decides is not known.
    Code,
}

#[derive(Debug, Default)]
struct Table {
    /// A key with `*` is a pattern; exact names come first, whatever the order.
    rows: Vec<(String, Vec<Queue>)>,
    /// There may be more rows.
    open: bool,
}

impl Queues {
    pub fn of(project: &Project) -> Self {
        let values = |name| production::named(project, name).map(|setting| &setting.value);
        let mut default = sorted(values(&["task_default_queue"]).flat_map(names));
        if default.is_empty() {
            default.push(Queue::Named(DEFAULT.to_owned()));
        }
        Self {
            default,
            declared: sorted(values(&["task_queues"]).flat_map(declared)),
            routes: values(&["task_routes"]).flat_map(Value::alternatives).map(routers).collect(),
        }
    }

    /// Where a message goes: the options of the call come first, then those of the task, then the routes, then the default.
    pub fn of_message(&self, name: Option<&str>, task: Option<&Task>, given: Given) -> Vec<Queue> {
        match given {
            Given::Queues(queues) => return queues,
            Given::Nothing => {}
        }
        let own = task.map_or(Given::Nothing, |task| {
            let option = |name: &str| task.options.iter().find(|(known, ..)| known == name).map(|(_, value, _)| value);
            Given::of(option("queue"), option("exchange").or_else(|| option("routing_key")))
        });
        match (own, name) {
            (Given::Queues(queues), _) => queues,
            (Given::Nothing, Some(name)) => self.routed(name),
            (Given::Nothing, None) if self.routes.is_empty() => self.default.clone(),
            (Given::Nothing, None) => vec![Queue::Computed],
        }
    }

    fn routed(&self, name: &str) -> Vec<Queue> {
        if self.routes.is_empty() {
            return self.default.clone();
        }
        sorted(self.routes.iter().flat_map(|routers| self.by_routers(routers, name)))
    }

    fn by_routers(&self, routers: &[Router], name: &str) -> Vec<Queue> {
        let mut found = Vec::new();
        for router in routers {
            match router {
                Router::Code => found.push(Queue::Computed),
                Router::Table(table) => {
                    if let Some(queues) = table.find(name) {
                        found.extend(if queues.is_empty() { &self.default } else { queues }.iter().cloned());
                        return found;
                    }
                    if table.open {
                        found.push(Queue::Computed);
                    }
                }
            }
        }
        found.extend(self.default.iter().cloned());
        found
    }

    /// The queues that a worker reads: those of `-Q`, else the declared ones, else the default; without those of `-X`.
    pub fn of_worker(&self, launch: &Launch) -> Vec<Queue> {
        let mut read = if launch.is_open("queues") {
            vec![Queue::Computed]
        } else if !launch.queues.is_empty() {
            launch.queues.iter().cloned().map(Queue::Named).collect()
        } else if !self.declared.is_empty() {
            self.declared.clone()
        } else {
            self.default.clone()
        };
        let excluded = launch.option("exclude-queues").and_then(|option| option.value.as_ref()?.known());
        if let Some(excluded) = excluded {
            let out =
                |queue: &Queue| matches!(queue, Queue::Named(name) if excluded.split(',').any(|it| it.trim() == name));
            read.retain(|queue| !out(queue));
        }
        sorted(read)
    }
}

/// What somebody gives as destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    Nothing,
    Queues(Vec<Queue>),
}

impl Given {
    fn of(queue: Option<&Value>, other: Option<&Value>) -> Self {
        let set = |value: &&Value| !matches!(value.kind, ValueKind::None);
        match (queue.filter(set), other.filter(set)) {
            (Some(queue), _) => Self::Queues(names(queue)),
            (None, Some(_)) => Self::Queues(vec![Queue::Computed]),
            (None, None) => Self::Nothing,
        }
    }

    /// By the options of a call.
    pub fn by_call(call: &Submission) -> Self {
        let Some(passed) = &call.passed else { return Self::Nothing };
        let option = |name: &str| {
            passed.options.iter().find(|given| given.name.as_deref() == Some(name)).map(|given| &given.value)
        };
        Self::of(option("queue"), option("exchange").or_else(|| option("routing_key")))
    }

    /// By the options of an entry of a schedule.
    pub fn by_options(options: Option<&Value>) -> Self {
        let Some(ValueKind::Dict(dict)) = options.map(|value| &value.kind) else { return Self::Nothing };
        Self::of(dict.get("queue"), dict.get("exchange").or_else(|| dict.get("routing_key")))
    }
}

fn sorted(queues: impl IntoIterator<Item = Queue>) -> Vec<Queue> {
    let mut queues: Vec<Queue> = queues.into_iter().collect();
    queues.sort();
    queues.dedup();
    queues
}

/// The queues that a value may name: a text, or a `kombu.Queue`.
fn names(value: &Value) -> Vec<Queue> {
    let set = value.alternatives().iter().filter(|value| !matches!(value.kind, ValueKind::None));
    set.map(name).collect()
}

fn name(value: &Value) -> Queue {
    let name = match &value.kind {
        ValueKind::Made(made) if made.callee.ends_with("Queue") => made.args.get(0, "name").and_then(text),
        _ => text(value),
    };
    name.filter(|name| !name.is_empty()).map_or(Queue::Computed, Queue::Named)
}

fn text(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::Env(env) => env.default.as_ref()?.as_literal(),
        _ => value.as_literal().or_else(|| value.to_text().known().filter(|name| !name.is_empty())),
    }
}

/// `task_queues`: a list of queues, or a dictionary by name.
fn declared(value: &Value) -> Vec<Queue> {
    let of = |value: &Value| match &value.kind {
        ValueKind::List { items, open } => {
            let more = open.then_some(Queue::Computed);
            items.iter().flat_map(names).chain(more).collect()
        }
        ValueKind::Dict(dict) => dict.entries.iter().flat_map(|(key, _)| names(key)).collect(),
        ValueKind::None => Vec::new(),
        _ => vec![Queue::Computed],
    };
    value.alternatives().iter().flat_map(of).collect()
}

/// `task_routes`: one router, or a list of them.
fn routers(value: &Value) -> Vec<Router> {
    match &value.kind {
        ValueKind::List { items, open } => {
            let more = open.then_some(Router::Code);
            items.iter().flat_map(Value::alternatives).filter_map(router).chain(more).collect()
        }
        _ => router(value).into_iter().collect(),
    }
}

fn router(value: &Value) -> Option<Router> {
    let pair = |item: &Value| match &item.kind {
        ValueKind::List { items, .. } => Some((items.first()?.clone(), items.get(1)?.clone())),
        _ => None,
    };
    match &value.kind {
        ValueKind::None => None,
        ValueKind::Dict(dict) => Some(Router::Table(table(&dict.entries, dict.open))),
        ValueKind::List { items, open } => {
            let entries: Vec<(Value, Value)> = items.iter().filter_map(pair).collect();
            Some(Router::Table(table(&entries, *open)))
        }
        _ => Some(Router::Code),
    }
}

fn table(entries: &[(Value, Value)], open: bool) -> Table {
    let mut table = Table { rows: Vec::new(), open };
    for (key, route) in entries {
        match key.as_literal() {
            Some(key) => table.rows.push((key, route.alternatives().iter().flat_map(destination).collect())),
            None => table.open = true,
        }
    }
    table
}

/// `"queue"`, or `{"queue": "…"}`.
fn destination(route: &Value) -> Vec<Queue> {
    match &route.kind {
        ValueKind::Dict(dict) => {
            match Given::of(dict.get("queue"), dict.get("exchange").or_else(|| dict.get("routing_key"))) {
                Given::Queues(queues) => queues,
                // It says nothing of a destination.
                Given::Nothing => Vec::new(),
            }
        }
        _ => names(route),
    }
}

impl Table {
    fn find(&self, name: &str) -> Option<&Vec<Queue>> {
        let exact = self.rows.iter().rfind(|(key, _)| key == name);
        let found = exact.or_else(|| self.rows.iter().find(|(key, _)| key.contains('*') && matches(key, name)));
        found.map(|(_, queues)| queues)
    }
}

/// `fnmatch`, as far as patterns of tasks use it: `*` and `?`. Takes time proportional to both lengths at most.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(next) = name.get(n) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(one) if one == next || *one == '?' => {
                p += 1;
                n += 1;
            }
            _ => {
                // The last star takes one more character.
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                p = at + 1;
                n = taken + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileKind, SourceFile, Sources};

    fn project(python: &str, compose: &str) -> Project {
        let files = vec![
            SourceFile::new(
                "shop.py",
                FileKind::Python,
                format!("from celery import Celery\nfrom kombu import Queue\napp = Celery('shop')\n{python}"),
            ),
            SourceFile::new("compose.yml", FileKind::Compose, compose),
        ];
        Project::link(Sources::new("/p".into(), None, files), &Default::default())
    }

    fn routed(python: &str) -> Vec<String> {
        let project = project(python, "");
        let queues = Queues::of(&project);
        let of = |task: &Task| queues.of_message(task.name.as_deref(), Some(task), Given::Nothing);
        let shown = |queue: Queue| match queue {
            Queue::Named(name) => name,
            Queue::Computed => "?".to_owned(),
        };
        project.tasks.iter().map(|task| of(task).into_iter().map(shown).collect::<Vec<_>>().join("|")).collect()
    }

    const TASKS: &str = "@app.task\ndef pay(): pass\n@app.task(queue='own')\ndef mail(): pass\n";

    #[test]
    fn tasks_go_to_the_default_queue_when_nothing_else_is_said() {
        assert_eq!(routed(TASKS), ["celery", "own"]);
        assert_eq!(routed(&format!("app.conf.task_default_queue = 'shop'\n{TASKS}")), ["shop", "own"]);
    }

    #[test]
    fn an_exact_route_comes_before_a_pattern_and_a_task_before_both() {
        let routes = "app.conf.task_routes = {'shop.*': {'queue': 'all'}, 'shop.pay': 'pay', 'shop.mail': 'mail'}\n";
        assert_eq!(routed(&format!("{routes}{TASKS}")), ["pay", "own"]);
        let routes = "app.conf.task_routes = ([('shop.p*', {'queue': 'all'})],)\n";
        assert_eq!(routed(&format!("{routes}{TASKS}")), ["all", "own"]);
    }

    #[test]
    fn what_code_decides_is_not_known() {
        assert_eq!(routed(&format!("app.conf.task_routes = ('shop.routers.Router',)\n{TASKS}")), ["celery|?", "own"]);
        assert_eq!(
            routed(&format!("import os\napp.conf.task_routes = {{'shop.pay': {{'queue': os.environ['Q']}}}}\n{TASKS}")),
            ["?", "own"]
        );
    }

    #[test]
    fn a_worker_reads_its_queues_or_the_declared_ones() {
        let compose = "services:\n  a:\n    command: celery -A shop worker -Q fast,slow\n  b:\n    command: celery -A shop worker\n  c:\n    command: celery -A shop worker -Q ${QUEUES}\n  d:\n    command: celery -A shop worker -X slow\n";
        let read = |python: &str| -> Vec<Vec<Queue>> {
            let project = project(python, compose);
            let queues = Queues::of(&project);
            project.launches.iter().map(|launch| queues.of_worker(launch)).collect()
        };
        let named = |names: &[&str]| names.iter().map(|name| Queue::Named((*name).to_owned())).collect::<Vec<_>>();
        let declared = "app.conf.task_queues = [Queue('fast'), Queue(name='slow')]\n";
        let expected =
            vec![named(&["fast", "slow"]), named(&["fast", "slow"]), vec![Queue::Computed], named(&["fast"])];
        assert_eq!(read(declared), expected);
        assert_eq!(read("")[1], named(&["celery"]));
    }

    #[test]
    fn patterns_match_like_those_of_the_shell() {
        for (pattern, name, expected) in [
            ("a.*", "a.b", true),
            ("*.b", "a.b", true),
            ("a.*.c", "a.b.c", true),
            ("a.*", "b.a.c", false),
            ("*a*b*", "xaybz", true),
            ("a?c*", "abc", true),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
