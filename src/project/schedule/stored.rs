//! Entries that a scheduler keeps in a database: `PeriodicTask` of django-celery-beat, `RedBeatSchedulerEntry`.

use super::{Finder, Origin, Schedule};
use crate::project::display;
use crate::python::ir::Module;
use crate::python::{Args, Eval, Site, Value, ValueKind};
use crate::source::Loc;

/// The classes whose constructor makes an entry.
pub(super) const CLASSES: &[&str] = &["PeriodicTask", "RedBeatSchedulerEntry"];

const MODEL: &str = "django_celery_beat.models.PeriodicTask";
const REDBEAT: &[&str] = &["redbeat.RedBeatSchedulerEntry", "redbeat.schedulers.RedBeatSchedulerEntry"];
/// The fields of a `PeriodicTask` that hold its schedule.
const SCHEDULES: &[&str] = &["crontab", "interval", "solar", "clocked"];

impl Finder<'_> {
    /// The entry that a call makes, if it is one of those.
    pub(super) fn stored(&self, eval: &Eval, module: &Module, site: Site) -> Option<Schedule> {
        let callee = eval.expr(site.module, site.scope, module.call(site.expr)?.func);
        let path = callee.external()?;
        let redbeat = REDBEAT.contains(&path);
        let method = path.strip_prefix(MODEL);
        let made = method.is_some_and(|rest| {
            matches!(rest, "" | ".objects.create" | ".objects.get_or_create" | ".objects.update_or_create")
        });
        if !redbeat && !made {
            return None;
        }
        let args = eval.arguments(site);
        // Positional arguments of a model are its columns, which nobody counts.
        let at = |position: usize| if redbeat { position } else { usize::MAX };
        let get = |position: usize, name: &str| argument(&args, at(position), name);
        // An entry that is turned off is sent when somebody turns it on in the database, with what stands there by then.
        if get(usize::MAX, "enabled").is_some_and(|it| matches!(it.kind, ValueKind::Bool(false))) {
            return None;
        }
        let written = get(1, "task");
        let (task, resolved) = written.map_or((None, None), |task| self.task(task));
        let name = get(0, "name").map(|name| display::text(&name.to_text())).unwrap_or_default();
        let schedule = if redbeat { get(2, "schedule") } else { SCHEDULES.iter().find_map(|name| get(0, name)) };
        let origin = if redbeat { Origin::RedBeat } else { Origin::Database };
        Some(Schedule {
            task,
            resolved,
            task_at: written.and_then(|task| task.at),
            schedule: schedule.cloned(),
            args: get(3, "args").map(of_json),
            kwargs: get(4, "kwargs").map(of_json),
            ..Schedule::new(name, Loc::new(module.file, module.span(site.expr)), origin)
        })
    }
}

/// An argument, or a key of the `defaults` of `get_or_create`.
fn argument<'a>(args: &'a Args, position: usize, name: &str) -> Option<&'a Value> {
    let of_defaults = |key: &str| match &args.named(key)?.kind {
        ValueKind::Dict(dict) => dict.get(name),
        _ => None,
    };
    args.get(position, name).or_else(|| of_defaults("defaults")).or_else(|| of_defaults("create_defaults"))
}

/// What `json.dumps(…)` was given; any other text is not looked into.
fn of_json(value: &Value) -> Value {
    let dumped = value.made().filter(|made| made.callee == "json.dumps");
    dumped.and_then(|made| made.args.positional.first()).unwrap_or(value).clone()
}
