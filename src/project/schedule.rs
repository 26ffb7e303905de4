//! One entry of a beat schedule: from a setting, `add_periodic_task`, or an object that a scheduler keeps in a database.

pub mod made;
mod overwritten;
mod stored;

use super::link::Linking;
use super::objects::{Sure, conf_of};
use super::submission::TaskIndex;
use super::task_name::{NameTarget, TaskNames};
use super::{IgnoreRules, Setting, Submission, Task, display};
use crate::celery::settings;
use crate::python::ir::{ExprId, ExprKind, Module};
use crate::python::{Args, Dict, Eval, ModuleId, Site, Value, ValueKind};
use crate::source::{Loc, Text};

#[derive(Debug, Clone)]
pub struct Schedule {
    /// The entry's name; of `add_periodic_task` without a name the task's, empty when that is not known either.
    pub entry: String,
    /// The task name it sends, if known.
    pub task: Option<String>,
    /// Index into `Project::tasks`, when resolved.
    pub resolved: Option<usize>,
    /// Where the task's name or signature stands.
    pub task_at: Option<Loc>,
    /// The entry's key, or the call.
    pub at: Loc,
    /// `crontab(…)`, a number of seconds, `timedelta(…)`; none when the entry has none.
    pub schedule: Option<Value>,
    pub args: Option<Value>,
    pub kwargs: Option<Value>,
    pub options: Option<Value>,
    /// Index into `Project::settings`, when it stands in the setting's own value.
    pub setting: Option<usize>,
    /// Where the task's name leads, when no task is known to have it.
    pub leads_to: Option<NameTarget>,
    pub origin: Origin,
    /// The whole entry, of one in a dictionary of entries.
    pub value: Option<Value>,
    /// What surely replaces it before beat sees it: a later entry with the same name.
    pub overwritten_by: Option<Loc>,
    /// What the name of an entry of `add_periodic_task` is made of, if it is known.
    key: Option<String>,
}

/// Where an entry comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A dictionary of entries: the setting or a part of it.
    Setting,
    /// `add_periodic_task`.
    Periodic,
    /// `PeriodicTask` of django-celery-beat.
    Database,
    /// `RedBeatSchedulerEntry`.
    RedBeat,
}

impl Schedule {
    fn new(entry: String, at: Loc, origin: Origin) -> Self {
        Self {
            entry,
            task: None,
            resolved: None,
            task_at: None,
            at,
            schedule: None,
            args: None,
            kwargs: None,
            options: None,
            setting: None,
            leads_to: None,
            origin,
            value: None,
            overwritten_by: None,
            key: None,
        }
    }
}

/// Every entry of the project, in (file, position) order.
pub fn find(linking: &Linking, all: &[Setting], tasks: &[Task], submissions: &[Submission]) -> Vec<Schedule> {
    let finder = Finder { index: TaskIndex::new(tasks), submissions };
    let mut found = Vec::new();
    for (index, setting) in all.iter().enumerate().filter(|(_, setting)| setting.name == "beat_schedule") {
        finder.mapping(&setting.value, Some(index), &mut found);
    }
    found.extend(linking.per_module(|eval, id| finder.in_module(linking, eval, id)));
    found.sort_by(|a, b| (a.at, &a.entry).cmp(&(b.at, &b.entry)));
    found.dedup_by(|later, earlier| later.at == earlier.at && later.entry == earlier.entry);
    overwritten::mark(linking, &mut found);
    found
}

/// Looks up the names of tasks that are not known.
pub fn look_up(linking: &Linking, ignore: &IgnoreRules, tasks: &[Task], schedules: &mut [Schedule]) {
    let names = TaskNames::new(linking, ignore, tasks);
    let eval = linking.eval();
    for schedule in schedules.iter_mut().filter(|schedule| schedule.resolved.is_none()) {
        let (Some(name), Some(from)) = (&schedule.task, linking.modules.of_file(schedule.at.file)) else { continue };
        schedule.leads_to = Some(names.lookup(&eval, from, name));
    }
}

struct Finder<'t> {
    index: TaskIndex<'t>,
    submissions: &'t [Submission],
}

impl Finder<'_> {
    /// The entries of a dictionary of entries.
    fn mapping(&self, value: &Value, setting: Option<usize>, found: &mut Vec<Schedule>) {
        for alternative in value.alternatives() {
            let ValueKind::Dict(dict) = &alternative.kind else { continue };
            for (key, entry) in &dict.entries {
                for entry in entry.alternatives() {
                    found.extend(self.entry(key, entry, setting));
                }
            }
        }
    }

    fn entry(&self, key: &Value, entry: &Value, setting: Option<usize>) -> Option<Schedule> {
        let none = Dict::default();
        let dict = match &entry.kind {
            ValueKind::Dict(dict) => dict,
            ValueKind::None => return None,
            _ => &none,
        };
        let written = dict.get("task");
        let (task, resolved) = written.map_or((None, None), |task| self.task(task));
        Some(Schedule {
            task,
            resolved,
            task_at: written.and_then(|task| task.at),
            schedule: dict.get("schedule").cloned(),
            args: dict.get("args").cloned(),
            kwargs: dict.get("kwargs").cloned(),
            options: dict.get("options").cloned(),
            setting,
            value: Some(entry.clone()),
            ..Schedule::new(display::text(&key.to_text()), key.at.or(entry.at)?, Origin::Setting)
        })
    }

    /// A task by its name as text, as `task.name`, or by itself.
    fn task(&self, value: &Value) -> (Option<String>, Option<usize>) {
        if let Some(name) = value.as_literal() {
            let resolved = self.index.named(&name);
            return (Some(name), resolved);
        }
        let object = match &value.kind {
            ValueKind::Method { of, name } if name == "name" => of,
            _ => value,
        };
        let resolved = self.index.of(object);
        (resolved.and_then(|task| self.index.name(task)), resolved)
    }

    /// What calls and item stores of one module add.
    fn in_module(&self, linking: &Linking, eval: &Eval, id: ModuleId) -> Vec<Schedule> {
        let module = linking.modules.get(id);
        let mut found = Vec::new();
        for store in &module.stores {
            let ExprKind::Subscript { value, index } = module.expr(store.target).kind else { continue };
            if is_schedule(eval, id, module, store.scope, value) {
                let (key, entry) = (eval.expr(id, store.scope, index), eval.expr(id, store.scope, store.value));
                found.extend(self.entry(&key, &entry, None));
            }
        }
        for fact in &module.calls {
            let Some(call) = module.call(fact.call) else { continue };
            let site = Site { module: id, scope: fact.context.scope, expr: fact.call };
            if module.last_name(call.func).is_some_and(|name| stored::CLASSES.contains(&&**name)) {
                found.extend(self.stored(eval, module, site));
            }
            let ExprKind::Attribute { value, attr, .. } = &module.expr(call.func).kind else { continue };
            match &**attr {
                "add_periodic_task" => found.extend(self.periodic(eval, module, site)),
                "create" | "get_or_create" | "update_or_create" => found.extend(self.stored(eval, module, site)),
                "update" if is_schedule(eval, id, module, site.scope, *value) => {
                    let args = eval.arguments(site);
                    args.positional.iter().for_each(|mapping| self.mapping(mapping, None, &mut found));
                }
                _ => {}
            }
        }
        found
    }

    /// `add_periodic_task(schedule, signature, args, kwargs, name)`.
    fn periodic(&self, eval: &Eval, module: &Module, site: Site) -> Option<Schedule> {
        let call = module.call(site.expr)?;
        let argument = call.keyword("sig").or_else(|| call.positional().nth(1));
        let args = eval.arguments(site);
        let (task, resolved) = argument.map_or((None, None), |sig| self.signature(eval, module, site, sig.value));
        let key = overwritten::key(eval, module, site, &args, argument.map(|sig| sig.value), task.as_deref());
        let name = args.get(4, "name").map(|name| display::text(&name.to_text()));
        let entry = name.or_else(|| task.clone()).unwrap_or_default();
        Some(Schedule {
            task,
            resolved,
            task_at: argument.map(|sig| Loc::new(module.file, module.span(sig.value))),
            schedule: args.get(0, "schedule").cloned(),
            args: args.get(2, "args").cloned(),
            kwargs: args.get(3, "kwargs").cloned(),
            options: Some(options(&args)),
            key,
            ..Schedule::new(entry, Loc::new(module.file, module.span(site.expr)), Origin::Periodic)
        })
    }

    /// The task of `task`, `task.s(…)`, `task.s(…).set(…)`, `signature("name")`, or of a name that is one of these.
    fn signature(&self, eval: &Eval, module: &Module, site: Site, sig: ExprId) -> (Option<String>, Option<usize>) {
        let inner = below_set(module, sig);
        let value = eval.expr(site.module, site.scope, inner);
        // A task stands for its signature without arguments.
        if let Some(task) = self.index.of(&value).filter(|_| value.made().is_none()) {
            return (self.index.name(task), Some(task));
        }
        let places = [Some(Loc::new(module.file, module.span(inner))), value.at];
        for at in places.into_iter().flatten() {
            if let Ok(index) = self.submissions.binary_search_by(|known| known.at.cmp(&at)) {
                let known = &self.submissions[index];
                let name = known.task_name.clone().or_else(|| self.index.name(known.task?));
                return (name, known.task);
            }
        }
        let made = value.alternatives().iter().find_map(Value::made);
        let by_name =
            made.filter(|made| ["signature", "Signature", "subtask"].iter().any(|it| made.callee.ends_with(it)));
        by_name.and_then(|made| made.args.get(0, "task")).map_or((None, None), |task| self.task(task))
    }
}

/// What `add_periodic_task` passes on as options of the call.
fn options(args: &Args) -> Value {
    const OWN: &[&str] = &["schedule", "sig", "args", "kwargs", "name"];
    let others = args.named.iter().filter(|(name, _, _)| !OWN.contains(&name.as_str()));
    let entries = others
        .map(|(name, value, at)| (Value::new(ValueKind::Text(Text::literal(name.as_str(), *at)), *at), value.clone()));
    let dict = Dict { entries: entries.collect(), open: args.open };
    Value { kind: ValueKind::Dict(dict), ..Value::unknown() }
}

/// The call below `.set(…)`, `.clone(…)` and the like, which give the same signature.
fn below_set(module: &Module, mut expr: ExprId) -> ExprId {
    for _ in 0..8 {
        let Some(call) = module.call(expr) else { break };
        let ExprKind::Attribute { value, attr, .. } = &module.expr(call.func).kind else { break };
        if !matches!(&**attr, "set" | "clone" | "on_error") {
            break;
        }
        expr = *value;
    }
    expr
}

/// `app.conf.beat_schedule`, `app.conf["beat_schedule"]`, `settings.CELERY_BEAT_SCHEDULE`.
fn is_schedule(eval: &Eval, id: ModuleId, module: &Module, scope: crate::python::ir::Scope, expr: ExprId) -> bool {
    let (object, name) = match &module.expr(expr).kind {
        ExprKind::Attribute { value, attr, .. } => (*value, attr.to_string()),
        ExprKind::Subscript { value, index } => {
            let Some(name) = eval.expr(id, scope, *index).as_literal() else { return false };
            (*value, name)
        }
        _ => return false,
    };
    if settings::canonical(&name, Some("CELERY")) == Some("beat_schedule") {
        return true;
    }
    settings::canonical(&name, None) == Some("beat_schedule") && conf_of(&eval.expr(id, scope, object)).0 != Sure::No
}

#[cfg(test)]
mod tests;
