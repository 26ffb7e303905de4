//! Which serializer writes the arguments of a call, as far as it is known.

use crate::project::submission::Passed;
use crate::project::{Project, Task};
use crate::python::{Value, ValueKind};
use crate::source::FileKind;

/// Words of projects that teach the encoder types of their own, or have serializers of their own.
const OWN: &[&str] =
    &["enable_insecure_serializers", "register_type", "registry.register", "serialization.register", "setup_security"];

/// Whether nothing in the project speaks of another serializer of tasks than JSON.
pub fn is_json_everywhere(project: &Project) -> bool {
    let settings = project.settings.iter().filter(|setting| setting.name == "task_serializer");
    let json = |value: &Value| value.as_literal().is_some_and(|it| it == "json" || it == "application/json");
    let all = settings.flat_map(|setting| setting.value.alternatives()).all(json);
    all && !project.sources.speak_of(OWN, |file| file.kind == FileKind::Python)
}

/// Whether the call says that it is JSON; none when it says nothing.
pub fn of_call(passed: &Passed) -> Option<bool> {
    let given = passed.options.iter().find(|it| it.name.as_deref() == Some("serializer"))?;
    Some(is_json(&given.value))
}

/// Whether the task says that it is JSON; none when it says nothing.
pub fn of_task(task: &Task) -> Option<bool> {
    task.options.iter().find(|(name, ..)| name == "serializer").map(|(_, value, _)| is_json(value))
}

fn is_json(value: &Value) -> bool {
    !matches!(value.kind, ValueKind::Unknown) && value.as_literal().is_some_and(|it| it == "json")
}
