//! The model as a tree for people.

use std::io::{self, Write};

use super::view::{Document, Placed};

/// Writes each group with its items; empty groups are one line.
pub fn write(out: &mut dyn Write, document: &Document) -> io::Result<()> {
    group(out, "Apps", &document.apps, |app| {
        let name = app.target.as_ref().or(app.name.as_ref()).unwrap_or(&app.module);
        app.factory.as_ref().map_or_else(|| name.clone(), |factory| format!("{name} (made by {factory})"))
    })?;
    group(out, "Settings", &document.settings, |setting| format!("{} = {}", setting.name, setting.value))?;
    group(out, "Tasks", &document.tasks, |task| task.name.clone().unwrap_or_else(|| task.function.clone()))?;
    group(out, "Submissions", &document.submissions, |call| {
        format!("{} {}", word(&call.method), call.task.as_deref().unwrap_or("(unknown task)"))
    })?;
    group(out, "Schedules", &document.schedules, |schedule| {
        format!("{} sends {}", schedule.entry, schedule.task.as_deref().unwrap_or("(unknown task)"))
    })?;
    group(out, "Endpoints", &document.endpoints, |endpoint| {
        let does: Vec<String> = endpoint.does.iter().map(|does| word(does).replace('_', " ")).collect();
        let does = if does.is_empty() { String::new() } else { format!(" ({})", does.join(", ")) };
        format!("{} {}{does}", endpoint.method, endpoint.route)
    })?;
    group(out, "Environment", &document.environment, |read| {
        let need = if read.required { ", required" } else { "" };
        format!("{} ({}{need})", read.key, read.how)
    })?;
    group(out, "Launches", &document.launches, |launch| {
        launch
            .service
            .as_ref()
            .map_or_else(|| launch.command.clone(), |service| format!("{} in {service}", launch.command))
    })?;
    group(out, "Dependencies", &document.dependencies, |dependency| {
        let extras =
            if dependency.extras.is_empty() { String::new() } else { format!("[{}]", dependency.extras.join(",")) };
        format!("{}{extras}{}", dependency.name, dependency.specifier)
    })
}

fn group<T>(out: &mut dyn Write, title: &str, items: &[Placed<T>], text: impl Fn(&T) -> String) -> io::Result<()> {
    writeln!(out, "{title} ({})", items.len())?;
    let texts: Vec<String> = items.iter().map(|placed| text(&placed.item)).collect();
    let width = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0).min(60);
    for (index, (placed, text)) in items.iter().zip(&texts).enumerate() {
        let branch = if index + 1 == items.len() { "└──" } else { "├──" };
        let pad = " ".repeat(width.saturating_sub(text.chars().count()));
        writeln!(out, "{branch} {text}{pad}  {}:{}", placed.path, placed.line)?;
    }
    Ok(())
}

/// An enum's name as JSON has it.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stand_in_one_column() {
        let item = |name: &str, line| Placed { item: name.to_owned(), path: "a.py".to_owned(), line };
        let mut out = Vec::new();
        group(&mut out, "Tasks", &[item("add", 3), item("multiply", 12)], Clone::clone).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "Tasks (2)\n├── add       a.py:3\n└── multiply  a.py:12\n");
    }
}
