//! One entry of a beat schedule, from a setting or from `add_periodic_task`.

use super::link::Linking;
use super::objects::{Sure, conf_of};
use super::submission::TaskIndex;
use super::{Setting, Submission, Task, display};
use crate::celery::settings;
use crate::python::ir::{ExprId, ExprKind, Module};
use crate::python::{Dict, Eval, ModuleId, Site, Value, ValueKind};
use crate::source::Loc;

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
    found
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
            entry: display::text(&key.to_text()),
            task,
            resolved,
            task_at: written.and_then(|task| task.at),
            at: key.at.or(entry.at)?,
            schedule: dict.get("schedule").cloned(),
            args: dict.get("args").cloned(),
            kwargs: dict.get("kwargs").cloned(),
            options: dict.get("options").cloned(),
            setting,
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
            let ExprKind::Attribute { value, attr, .. } = &module.expr(call.func).kind else { continue };
            let site = Site { module: id, scope: fact.context.scope, expr: fact.call };
            match &**attr {
                "add_periodic_task" => found.extend(self.periodic(eval, module, site)),
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
        let name = args.get(4, "name").map(|name| display::text(&name.to_text()));
        Some(Schedule {
            entry: name.or_else(|| task.clone()).unwrap_or_default(),
            task,
            resolved,
            task_at: argument.map(|sig| Loc::new(module.file, module.span(sig.value))),
            at: Loc::new(module.file, module.span(site.expr)),
            schedule: args.get(0, "schedule").cloned(),
            args: args.get(2, "args").cloned(),
            kwargs: args.get(3, "kwargs").cloned(),
            options: None,
            setting: None,
        })
    }

    /// The task of `task.s(…)`, `task.s(…).set(…)`, `signature("name")`, or of a name that is one of these.
    fn signature(&self, eval: &Eval, module: &Module, site: Site, sig: ExprId) -> (Option<String>, Option<usize>) {
        let inner = below_set(module, sig);
        let value = eval.expr(site.module, site.scope, inner);
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
mod tests {
    use crate::project::Project;
    use crate::source::{FileKind, SourceFile, Sources};

    fn show(text: &str) -> Vec<String> {
        let file = SourceFile::new("shop/tasks.py", FileKind::Python, text);
        let project = Project::link(Sources::new("/p".into(), None, vec![file]), &Default::default());
        let one = |it: &super::Schedule| {
            let task = it.task.as_deref().unwrap_or("?");
            let schedule = it.schedule.as_ref().and_then(|value| value.at).map(|at| project.sources.snippet(at));
            let mark = if it.resolved.is_some() { "*" } else { "" };
            format!("{}: {} {task}{mark} {}", project.sources.line(it.at), it.entry, schedule.unwrap_or("-"))
        };
        project.schedules.iter().map(one).collect()
    }

    const HEAD: &str = "from celery import Celery, signature\nfrom celery.schedules import crontab\napp = Celery('shop')\n\
                        @app.task\ndef add(x): pass\n";

    #[test]
    fn entries_of_the_setting_in_every_form() {
        let text = "DAY = 24 * 3600\napp.conf.beat_schedule = {\n    'a': {'task': 'tasks.add', 'schedule': 5.0},\n    \
                    'b': {'task': add.name, 'schedule': crontab(hour=1)},\n    'c': dict(task='x', schedule=DAY),\n}\n\
                    app.conf.beat_schedule['d'] = {'task': 'y', 'schedule': 1}\n\
                    app.conf.beat_schedule.update({'e': {'task': 'z', 'schedule': 2}})\nother['f'] = {'task': 'no'}\n";
        let expected =
            ["8: a tasks.add* 5.0", "9: b tasks.add* crontab(hour=1)", "10: c x 24 * 3600", "12: d y 1", "13: e z 2"];
        assert_eq!(show(&format!("{HEAD}{text}")), expected);
    }

    #[test]
    fn periodic_tasks_are_entries_named_or_not() {
        let text = "later = add.s(3)\n@app.on_after_configure.connect\ndef setup(sender, **kwargs):\n    \
                    sender.add_periodic_task(10.0, add.s(1), name='every 10')\n    \
                    sender.add_periodic_task(crontab(), add.s(2).set(queue='q'))\n    \
                    sender.add_periodic_task(30, sig=later, name='thirty')\n    \
                    sender.add_periodic_task(40, signature('other.task'))\n    \
                    sender.add_periodic_task(50, unknown())\n";
        let expected = [
            "9: every 10 tasks.add* 10.0",
            "10: tasks.add tasks.add* crontab()",
            "11: thirty tasks.add* 30",
            "12: other.task other.task 40",
            "13:  ? 50",
        ];
        assert_eq!(show(&format!("{HEAD}{text}")), expected);
    }

    #[test]
    fn django_settings_classes_and_names_from_loops() {
        let text = "CELERY_BEAT_SCHEDULE: dict = {'a': {'task': 't', 'schedule': 1}}\n\
                    CELERY_BEAT_SCHEDULE['b'] = {'task': 'u', 'schedule': 2}\n\
                    class Config:\n    CELERY = {'beat_schedule': {'c': {'task': 'v', 'schedule': 3}}}\n";
        assert_eq!(show(text), ["1: a t 1", "2: b u 2", "4: c v 3"]);
    }
}
