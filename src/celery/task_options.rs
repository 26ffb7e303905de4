//! What tasks, calls, `retry()`, beat entries and `Celery()` take: every option with the releases that know it.

use std::sync::LazyLock;

use serde::Deserialize;

use super::release::Releases;

/// One option; which columns are filled depends on its table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TaskOption {
    pub name: String,
    /// Kinds of value, joined by `|`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// A Python expression.
    pub default: Option<String>,
    /// First and last minor release that has it (`4.0` means that or before); without them, every release.
    pub since: Option<String>,
    pub last: Option<String>,
    /// What it is for, in a few words.
    pub meaning: Option<String>,
    /// The setting that a task attribute takes its value from.
    pub from_setting: Option<String>,
    /// Since which release setting it as a task attribute warns.
    pub deprecated_attribute_since: Option<String>,
    /// Celery gives it itself; no caller does.
    pub internal: bool,
    /// Which functions take a calling option.
    pub taken_by: Vec<String>,
    /// Whether a user writes this key of a beat entry; the others Celery sets itself.
    pub user_key: Option<bool>,
    /// A beat entry without it loads, but cannot run.
    pub required_in_practice: bool,
}

impl TaskOption {
    /// The releases that know it.
    pub fn releases(&self) -> Releases {
        super::between(self.since.as_deref(), self.last.as_deref())
    }
}

/// The tables of options, each sorted by name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TaskOptions {
    /// Attributes of the class `Task`, which the decorator takes as well.
    #[serde(rename = "attribute")]
    pub attributes: Vec<TaskOption>,
    /// Arguments that only the decorator takes.
    #[serde(rename = "decorator")]
    pub decorator: Vec<TaskOption>,
    pub autoretry: Vec<TaskOption>,
    /// Calling options that may also stand as attributes of the task.
    #[serde(rename = "exec_attribute")]
    pub exec_attributes: Vec<TaskOption>,
    /// Options of `apply_async` and `send_task`.
    #[serde(rename = "exec_option")]
    pub exec_options: Vec<TaskOption>,
    #[serde(rename = "retry_parameter")]
    pub retry_parameters: Vec<TaskOption>,
    #[serde(rename = "retry_policy_key")]
    pub retry_policy_keys: Vec<TaskOption>,
    /// Named parameters of `Celery()`; since 5.1 it takes every setting as a keyword too.
    #[serde(rename = "celery_argument")]
    pub celery_arguments: Vec<TaskOption>,
    #[serde(rename = "beat_entry_key")]
    pub beat_entry_keys: Vec<TaskOption>,
    /// Methods of a task class that Celery calls.
    #[serde(rename = "handler")]
    pub handlers: Vec<TaskOption>,
}

/// All tables.
pub fn tables() -> &'static TaskOptions {
    static TABLES: LazyLock<TaskOptions> = LazyLock::new(|| super::table(include_str!("data/task_options.toml")));
    &TABLES
}

/// The option of that name in one of the tables.
pub fn find<'t>(table: &'t [TaskOption], name: &str) -> Option<&'t TaskOption> {
    table.iter().find(|option| option.name == name)
}

#[cfg(test)]
mod tests {
    use super::super::release::Minor;
    use super::*;

    #[test]
    fn every_row_is_read() {
        let all = tables();
        let counts = [
            &all.attributes,
            &all.autoretry,
            &all.beat_entry_keys,
            &all.celery_arguments,
            &all.decorator,
            &all.exec_attributes,
            &all.exec_options,
            &all.handlers,
            &all.retry_parameters,
            &all.retry_policy_keys,
        ]
        .map(Vec::len);
        assert_eq!(counts, [29, 6, 10, 19, 10, 7, 63, 10, 7, 7]);
    }

    #[test]
    fn options_say_since_when_and_where_they_count() {
        let all = tables();
        let acks = find(&all.attributes, "acks_late").unwrap();
        assert_eq!(acks.from_setting.as_deref(), Some("task_acks_late"));
        assert_eq!(acks.releases(), Releases::all());
        assert_eq!(find(&all.autoretry, "dont_autoretry_for").unwrap().releases(), Releases::at_least(Minor(5, 3)));
        assert_eq!(find(&all.attributes, "autoregister").unwrap().releases(), Releases::up_to(Minor(5, 0)));
        let queue = find(&all.exec_attributes, "queue").or_else(|| find(&all.exec_attributes, "exchange")).unwrap();
        assert_eq!(queue.deprecated_attribute_since.as_deref(), Some("5.7"));
        let args = find(&all.exec_options, "args").unwrap();
        assert_eq!(args.kind.as_deref(), Some("list|tuple"));
        assert_eq!(args.taken_by, ["AMQP.as_task_v2", "Celery.send_task", "Task.apply_async"]);
        assert_eq!(find(&all.beat_entry_keys, "app").unwrap().user_key, Some(false));
        assert!(find(&all.beat_entry_keys, "task").unwrap().required_in_practice);
        assert_eq!(find(&all.decorator, "bind").unwrap().meaning.as_deref(), Some("pass the task as first argument"));
        assert!(find(&all.exec_options, "retries_left").is_none());
    }
}
