//! The model as a tree for people.

use std::io::{self, Write};

use super::configurations::ConfigurationView;
use super::view::{Document, Placed};
use crate::report::{Mask, clean};

/// Writes each group with its items; empty groups are one line.
pub fn write(out: &mut dyn Write, document: &Document, mask: &Mask) -> io::Result<()> {
    group(out, mask, "Apps", &document.apps, |app| {
        let name = app.target.as_ref().or(app.name.as_ref()).unwrap_or(&app.module);
        app.factory.as_ref().map_or_else(|| name.clone(), |factory| format!("{name} (made by {factory})"))
    })?;
    group(out, mask, "Settings", &document.settings, |setting| format!("{} = {}", setting.name, setting.value))?;
    configurations(out, mask, &document.configurations)?;
    group(out, mask, "Tasks", &document.tasks, |task| task.name.clone().unwrap_or_else(|| task.function.clone()))?;
    group(out, mask, "Submissions", &document.submissions, |call| {
        format!("{} {}", word(&call.method), call.task.as_deref().unwrap_or("(unknown task)"))
    })?;
    group(out, mask, "Schedules", &document.schedules, |schedule| {
        let at = schedule.schedule.as_ref().map_or(String::new(), |at| format!(" at {at}"));
        format!("{} sends {}{at}", schedule.entry, schedule.task.as_deref().unwrap_or("(unknown task)"))
    })?;
    group(out, mask, "Endpoints", &document.endpoints, |endpoint| {
        let does: Vec<String> = endpoint.does.iter().map(|does| word(does).replace('_', " ")).collect();
        let does = if does.is_empty() { String::new() } else { format!(" ({})", does.join(", ")) };
        format!("{} {}{does}", endpoint.method, endpoint.route)
    })?;
    group(out, mask, "Environment", &document.environment, |read| {
        let need = if read.required { ", required" } else { "" };
        format!("{} ({}{need})", read.key, read.how)
    })?;
    group(out, mask, "Launches", &document.launches, |launch| {
        let command = if launch.command.is_empty() { "celery" } else { launch.command.as_str() };
        let app = launch.app.as_ref().map_or(String::new(), |app| format!(" of {app}"));
        let queues =
            if launch.queues.is_empty() { String::new() } else { format!(" from {}", launch.queues.join(",")) };
        let service = launch.service.as_ref().map_or(String::new(), |service| format!(" in {service}"));
        format!("{command}{app}{queues}{service}")
    })?;
    group(out, mask, "Dependencies", &document.dependencies, |dependency| {
        let extras =
            if dependency.extras.is_empty() { String::new() } else { format!("[{}]", dependency.extras.join(",")) };
        format!("{}{extras}{}", dependency.name, dependency.specifier)
    })
}

/// Each configuration with what it comes to.
fn configurations(out: &mut dyn Write, mask: &Mask, all: &[Placed<ConfigurationView>]) -> io::Result<()> {
    writeln!(out, "Configurations ({})", all.len())?;
    for (index, configuration) in all.iter().enumerate() {
        let (branch, stem) = if index + 1 == all.len() { ("└──", "    ") } else { ("├──", "│   ") };
        writeln!(out, "{branch} {}", clean(mask.text(&configuration.item.title()).as_str()))?;
        branches(out, mask, stem, &configuration.item.lines())?;
    }
    Ok(())
}

fn group<T>(
    out: &mut dyn Write,
    mask: &Mask,
    title: &str,
    items: &[Placed<T>],
    text: impl Fn(&T) -> String,
) -> io::Result<()> {
    writeln!(out, "{title} ({})", items.len())?;
    let line = |placed: &Placed<T>| (text(&placed.item), format!("{}:{}", placed.path, placed.line));
    branches(out, mask, "", &items.iter().map(line).collect::<Vec<_>>())
}

/// One branch for each line, its place in a column of its own.
fn branches(out: &mut dyn Write, mask: &Mask, stem: &str, lines: &[(String, String)]) -> io::Result<()> {
    let texts: Vec<String> = lines.iter().map(|(text, _)| clean(mask.text(text).as_str())).collect();
    let width = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0).min(60);
    for (index, ((_, place), text)) in lines.iter().zip(&texts).enumerate() {
        let branch = if index + 1 == lines.len() { "└──" } else { "├──" };
        let pad = " ".repeat(width.saturating_sub(text.chars().count()));
        writeln!(out, "{stem}{branch} {text}{pad}  {}", clean(mask.text(place).as_str()))?;
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

    use crate::project::secret::{SecretKind, Weight};
    use crate::project::{Project, Secret};

    #[test]
    fn places_stand_in_one_column() {
        let item = |name: &str, line| Placed { item: name.to_owned(), path: "a.py".to_owned(), line };
        let project = Project::default();
        let mut out = Vec::new();
        group(&mut out, &Mask::new(&project), "Tasks", &[item("add", 3), item("multiply", 12)], Clone::clone).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "Tasks (2)\n├── add       a.py:3\n└── multiply  a.py:12\n");
    }

    #[test]
    fn a_secret_that_is_an_ordinary_word_is_hidden_where_it_is_a_password() {
        let secret = Secret {
            at: Vec::new(),
            value: "redis".to_owned(),
            kind: SecretKind::Password,
            weight: Weight::Real,
            opens: "broker".to_owned(),
            trail: Vec::new(),
            carrier: None,
            in_default: false,
            in_test: false,
            repair: Default::default(),
            in_template: false,
        };
        let project = Project { secrets: vec![secret], ..Project::default() };
        let item = Placed { item: "redis://:redis@redis/0".to_owned(), path: "a.py".to_owned(), line: 1 };
        let mut out = Vec::new();
        group(&mut out, &Mask::new(&project), "Settings", &[item], Clone::clone).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "Settings (1)\n└── redis://:•••••@redis/0  a.py:1\n");
    }
}
