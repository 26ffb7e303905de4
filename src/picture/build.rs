//! From the project to the graph.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::describe::Writer;
use super::remarks::Areas;
use super::sends::{Canvases, Target, target};
use super::{Edge, Group, Link, Picture, Place};
use crate::finding::Finding;
use crate::project::flow::{self, Submissions};
use crate::project::link::is_test_path;
use crate::project::queues::{Given, Queue, Queues};
use crate::project::submission::Method;
use crate::project::task::Definition;
use crate::project::{Does, Project, Schedule, Task};
use crate::report::Mask;
use crate::source::{FileId, Loc};

pub fn picture(project: &Project, findings: &[Finding], mask: &Mask) -> Picture {
    let writer = Writer { project, mask };
    let mut builder = Builder {
        writer: &writer,
        project,
        queues: Queues::of(project),
        picture: Picture { title: writer.title(), ..Picture::default() },
        tasks: FxHashMap::default(),
        by_queue: BTreeMap::default(),
        edges: BTreeMap::default(),
        destinations: BTreeMap::default(),
        areas: Areas::default(),
    };
    builder.sources();
    builder.tasks();
    builder.sending();
    builder.routes();
    builder.workers();
    builder.finish(findings)
}

struct Builder<'a> {
    writer: &'a Writer<'a>,
    project: &'a Project,
    queues: Queues,
    picture: Picture,
    /// Nodes of tasks.
    tasks: FxHashMap<Target, usize>,
    by_queue: BTreeMap<Queue, usize>,
    /// Each arrow once, with the first place that makes it.
    edges: BTreeMap<(usize, usize, Link), Option<Place>>,
    /// Where the messages of each task go, by its node.
    destinations: BTreeMap<usize, Vec<Queue>>,
    areas: Areas,
}

impl Builder<'_> {
    fn add(&mut self, node: super::Node) -> usize {
        self.picture.nodes.push(node);
        self.picture.nodes.len() - 1
    }

    fn connect(&mut self, from: usize, to: usize, kind: Link, at: Option<Loc>) {
        let writer = self.writer;
        self.edges.entry((from, to, kind)).or_insert_with(|| at.map(|at| writer.place(at)));
    }

    /// The schedules, which know their tasks themselves.
    fn sources(&mut self) {
        let project = self.project;
        for schedule in project.schedules.iter().filter(|it| !is_test_path(project.sources.path(it.at.file))) {
            let node = self.add(self.writer.schedule(schedule));
            self.areas.add(area_of_schedule(schedule), node);
            let target = match (schedule.resolved, &schedule.task) {
                (Some(task), _) => Target::Task(task),
                (None, Some(name)) => Target::Named(name.clone()),
                (None, None) => Target::Unknown,
            };
            let to = self.target(&target);
            self.connect(node, to, Link::Starts, Some(schedule.task_at.unwrap_or(schedule.at)));
            self.message(&target, to, Given::by_options(schedule.options.as_ref()));
        }
    }

    fn tasks(&mut self) {
        let project = self.project;
        for (index, task) in project.tasks.iter().enumerate() {
            if task.in_test {
                self.picture.in_tests += 1;
                continue;
            }
            let node = self.target(&Target::Task(index));
            area_of_task(project, index, task).into_iter().for_each(|at| self.areas.add(at, node));
        }
    }

    /// The node of what is sent.
    fn target(&mut self, target: &Target) -> usize {
        if let Some(known) = self.tasks.get(target) {
            return *known;
        }
        let task = match target {
            Target::Task(index) => self.project.tasks.get(*index),
            _ => None,
        };
        let node = match (task, target) {
            (Some(task), _) => self.writer.task(task),
            (None, Target::Named(name)) => self.writer.foreign_task(Some(name)),
            (None, _) => self.writer.foreign_task(None),
        };
        let node = self.add(node);
        self.tasks.insert(target.clone(), node);
        node
    }

    /// Who sends: endpoints, tasks, and whatever other code there is.
    fn sending(&mut self) {
        let project = self.project;
        let canvases = Canvases::of(project);
        let by_function = Submissions::of(project);
        let mut covered: FxHashSet<usize> = FxHashSet::default();
        for endpoint in &project.endpoints {
            let calls = by_function.within(&endpoint.senders);
            if calls.is_empty() {
                self.picture.idle_endpoints += usize::from(!endpoint.does.contains(&Does::SubmitsTask));
                if !endpoint.does.contains(&Does::SubmitsTask) {
                    continue;
                }
            }
            let node = self.add(self.writer.endpoint(endpoint));
            [Some(endpoint.at), endpoint.handler_at].into_iter().flatten().for_each(|at| self.areas.add(at, node));
            covered.extend(&calls);
            self.sends(node, &calls, &canvases);
        }
        for (index, functions) in flow::senders_of_tasks(project).iter().enumerate() {
            let calls = by_function.within(functions);
            if let Some(node) = self.tasks.get(&Target::Task(index)).copied() {
                covered.extend(&calls);
                self.sends(node, &calls, &canvases);
            }
        }
        self.other_code(&covered, &canvases);
        for then in &canvases.then {
            let (from, to) = (self.target(&then.from), self.target(&then.to));
            self.connect(from, to, then.kind, Some(then.at));
            self.message(&then.to, to, Given::Nothing);
        }
    }

    /// Calls that no endpoint and no task leads to, by file.
    fn other_code(&mut self, covered: &FxHashSet<usize>, canvases: &Canvases) {
        let project = self.project;
        let in_schedule = |at: Loc| {
            project.schedules.iter().any(|it| it.at.file == at.file && it.at.span.contains(at.span))
                || project.schedules.iter().any(|it| it.task_at.is_some_and(|task| task == at))
        };
        let mut files: BTreeMap<FileId, Vec<usize>> = BTreeMap::new();
        for (index, call) in project.submissions.iter().enumerate() {
            let drawn = covered.contains(&index) || call.in_test || canvases.led.contains(&index);
            if !drawn && target(project, index).is_some() && !in_schedule(call.at) {
                files.entry(call.at.file).or_default().push(index);
            }
        }
        for calls in files.values() {
            let first = calls.first().and_then(|index| project.submissions.get(*index));
            let Some(first) = first.map(|call| call.at) else { continue };
            let node = self.add(self.writer.code(first));
            self.sends(node, calls, canvases);
        }
    }

    fn sends(&mut self, from: usize, calls: &[usize], canvases: &Canvases) {
        let project = self.project;
        for index in calls {
            let Some(call) = project.submissions.get(*index) else { continue };
            self.areas.add(call.at, from);
            let Some(target) = target(project, *index) else { continue };
            let to = self.target(&target);
            let kind = match call.method {
                Method::Apply => Link::Runs,
                Method::Retry => Link::Retries,
                _ => Link::Sends,
            };
            if kind != Link::Runs {
                self.message(&target, to, Given::by_call(call));
            }
            if !canvases.led.contains(index) {
                self.connect(from, to, kind, Some(call.at));
            }
        }
    }

    /// One message more for a task.
    fn message(&mut self, target: &Target, node: usize, given: Given) {
        let task = match target {
            Target::Task(index) => self.project.tasks.get(*index),
            _ => None,
        };
        let name = match target {
            Target::Named(name) => Some(name.as_str()),
            _ => task.and_then(|task| task.name.as_deref()),
        };
        let queues = match target {
            Target::Unknown if given == Given::Nothing => Vec::new(),
            _ => self.queues.of_message(name, task, given),
        };
        self.destinations.entry(node).or_default().extend(queues);
    }

    fn queue(&mut self, queue: &Queue) -> usize {
        if let Some(known) = self.by_queue.get(queue) {
            return *known;
        }
        let is_default = self.queues.default.contains(queue);
        let node = self.add(self.writer.queue(queue, is_default));
        self.by_queue.insert(queue.clone(), node);
        node
    }

    /// From tasks to queues. A task that nobody is seen to send goes where it would go.
    fn routes(&mut self) {
        let targets: BTreeMap<usize, Target> =
            self.tasks.iter().map(|(target, node)| (*node, target.clone())).collect();
        for (node, target) in &targets {
            if !self.destinations.contains_key(node) {
                self.message(target, *node, Given::Nothing);
            }
        }
        for (node, mut queues) in std::mem::take(&mut self.destinations) {
            queues.sort();
            queues.dedup();
            let queues: Vec<usize> = queues.iter().map(|queue| self.queue(queue)).collect();
            for queue in &queues {
                self.connect(node, *queue, Link::Goes, None);
            }
        }
        self.groups();
    }

    fn groups(&mut self) {
        let mut goes: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (from, to, _) in self.edges.keys().filter(|(_, _, kind)| *kind == Link::Goes) {
            goes.entry(*from).or_default().push(*to);
        }
        let mut known: BTreeMap<(bool, String, Vec<usize>), usize> = BTreeMap::new();
        let mut nodes: Vec<(usize, Target)> = self.tasks.iter().map(|(target, node)| (*node, target.clone())).collect();
        nodes.sort();
        for (node, target) in nodes {
            let module = match &target {
                Target::Task(index) => self.project.tasks.get(*index).map(|task| task.module.as_str()),
                _ => None,
            };
            let queues = goes.remove(&node).unwrap_or_default();
            let key = (module.is_some(), module.unwrap_or_default().to_owned(), queues.clone());
            let group = *known.entry(key).or_insert_with(|| {
                let title = module.map_or_else(|| "not in this project".into(), |module| self.writer.mask.text(module));
                self.picture.groups.push(Group { title, queues, tasks: Vec::new() });
                self.picture.groups.len() - 1
            });
            self.picture.groups[group].tasks.push(node);
            self.picture.nodes[node].group = Some(group);
        }
    }

    fn workers(&mut self) {
        let project = self.project;
        let works = |command: &str| matches!(command, "worker" | "multi");
        // A compose file and its copies often start the same worker.
        for launch in project.launches.iter().filter(|it| works(&it.command)) {
            if is_test_path(project.sources.path(launch.at.file)) {
                continue;
            }
            let node = self.add(self.writer.worker(launch));
            self.areas.add(launch.at, node);
            for queue in self.queues.of_worker(launch) {
                let queue = self.queue(&queue);
                self.connect(queue, node, Link::Feeds, Some(launch.at));
            }
        }
        for queue in self.queues.declared.clone() {
            if matches!(queue, Queue::Named(_)) {
                self.queue(&queue);
            }
        }
    }

    fn finish(mut self, findings: &[Finding]) -> Picture {
        let edges = std::mem::take(&mut self.edges);
        self.picture.edges =
            edges.into_iter().map(|((from, to, kind), place)| Edge { from, to, kind, place }).collect();
        let areas = std::mem::take(&mut self.areas);
        self.picture.elsewhere = areas.place(self.writer, findings, &mut self.picture.nodes);
        self.picture
    }
}

/// From the key to the end of the entry.
fn area_of_schedule(schedule: &Schedule) -> Loc {
    let value = schedule.value.as_ref().and_then(|value| value.at).filter(|at| at.file == schedule.at.file);
    value.map_or(schedule.at, |at| Loc::new(at.file, at.span.cover(schedule.at.span)))
}

/// The decorator and the definition.
fn area_of_task(project: &Project, index: usize, task: &Task) -> Vec<Loc> {
    let definition = match task.definition {
        Some(Definition::Class(module, class)) => {
            let lowered = project.modules.get(&project.sources, module);
            Some(Loc::new(lowered.file, lowered.class(class).span))
        }
        _ => project.task_details.get(index).and_then(|detail| detail.body.at),
    };
    [Some(task.at), definition].into_iter().flatten().collect()
}
