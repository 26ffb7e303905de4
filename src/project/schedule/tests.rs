//! Entries in every form.

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

#[test]
fn objects_of_other_schedulers_are_entries() {
    let text = "import json\nfrom django_celery_beat.models import PeriodicTask\nfrom redbeat import RedBeatSchedulerEntry\n\
                PeriodicTask.objects.create(name='a', task='tasks.add', interval=1, args=json.dumps([1]))\n\
                PeriodicTask.objects.update_or_create(name='b', defaults={'task': 'x'})\n\
                PeriodicTask.objects.get(name='c', task='y')\n\
                RedBeatSchedulerEntry('d', 'tasks.add', 60, args=[2], app=app)\n";
    let expected = ["9: a tasks.add* 1", "10: b x -", "12: d tasks.add* 60"];
    assert_eq!(show(&format!("{HEAD}{text}")), expected);
}

#[test]
fn a_task_itself_can_be_scheduled() {
    let text = "def setup(sender):\n    sender.add_periodic_task(10, add)\n    sender.add_periodic_task(20, add, name='often')\n";
    assert_eq!(show(&format!("{HEAD}{text}")), ["7: tasks.add tasks.add* 10", "8: often tasks.add* 20"]);
}
