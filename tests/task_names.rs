//! The names that tasks have (`fixtures/facts/task_naming.json`): what the real Celery printed for each small project, read as
//! Python reads its `print` calls, with the names and apps that our model knows.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

use celery_lint::project::task::names::Loaded;
use celery_lint::project::task::naming::Registry;
use celery_lint::project::{Project, Task};
use serde_json::Value;

#[path = "common/memory.rs"]
mod memory;

#[test]
fn every_case_prints_what_the_model_knows() {
    let table: Value = serde_json::from_str(include_str!("../fixtures/facts/task_naming.json")).unwrap();
    let mut wrong = Vec::new();
    let cases = table["cases"].as_array().unwrap();
    for case in cases {
        let given = case["files"].as_object().unwrap().iter();
        let files: Vec<(&str, &str)> = given.map(|(path, text)| (path.as_str(), text.as_str().unwrap())).collect();
        let project = memory::link(&files);
        let run: Vec<&str> = case["run"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        let printed: Vec<String> =
            loaded(&run).into_iter().flat_map(|load| Printer { project: &project, load }.file(&files)).collect();
        let expected: Vec<&str> = case["printed"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        if printed != expected {
            wrong.push(format!("{}: prints {expected:?}, and we say {printed:?}", case["case"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(cases.len(), 30);
}

/// A module that a command loads, and under which name.
#[derive(Clone, Copy)]
struct Load<'a> {
    module: &'a str,
    script: bool,
}

/// `python t.py`, `python -m pkg.t`, `python -c "import a; import b"`.
fn loaded<'a>(run: &[&'a str]) -> Vec<Load<'a>> {
    match run {
        [_, "-m", module] => vec![Load { module, script: true }],
        [_, "-c", code] => {
            let imports = code.split("; ").filter_map(|part| part.strip_prefix("import ")).filter(|it| *it != "sys");
            imports.map(|module| Load { module, script: false }).collect()
        }
        [_, path] => vec![Load { module: path.trim_end_matches(".py"), script: true }],
        _ => panic!("{run:?}"),
    }
}

struct Printer<'a> {
    project: &'a Project,
    load: Load<'a>,
}

impl Printer<'_> {
    /// The lines that the module prints.
    fn file(&self, files: &[(&str, &str)]) -> Vec<String> {
        let path = self.load.module.replace('.', "/");
        let is_it = |known: &str| known.trim_end_matches(".py").trim_end_matches("/__init__").ends_with(&path);
        let (_, text) = files.iter().find(|(known, _)| is_it(known)).unwrap();
        let calls = text.lines().filter_map(|line| line.strip_prefix("print(")?.strip_suffix(')'));
        calls.map(|arguments| self.line(arguments, text)).collect()
    }

    fn line(&self, arguments: &str, text: &str) -> String {
        // What is asked for first is registered first, and keeps its name.
        let mut first: Vec<(String, &Task)> = Vec::new();
        let parts = arguments.replace("), sorted", ")\nsorted").replace(", g", "\ng").replace(", f", "\nf");
        let words: Vec<String> = parts.lines().map(|part| self.value(part, text, &mut first)).collect();
        words.join(" ")
    }

    fn value<'s>(&'s self, part: &str, text: &str, first: &mut Vec<(String, &'s Task)>) -> String {
        if let Some(rest) = part.strip_prefix("sorted(n for n in ") {
            let mut names = self.on_app(rest.split('.').next().unwrap());
            names.sort();
            return format!("[{}]", names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", "));
        }
        if let Some((name, _)) = part.split_once(" in app.tasks") {
            let known = self.on_app("app").contains(&name.trim_matches('\'').to_owned());
            return if known { "True" } else { "False" }.to_owned();
        }
        let function = part.trim_end_matches(".name").trim_end_matches("()");
        let function = function.rsplit('.').next().unwrap();
        let function = function.strip_prefix("register_task(").unwrap_or(function).trim_end_matches([')', '(']);
        // `print(outer().name)` of a factory: the task that it makes.
        let task = self.project.tasks.iter().rfind(|task| task.function == function);
        let task = task.or_else(|| self.project.tasks.iter().find(|_| text.contains(&format!("def {function}():"))));
        let (task, name) = task.map(|task| (task, self.name(task))).unwrap();
        let winner = first.iter().find(|(known, _)| *known == name).map(|(_, task)| *task);
        if winner.is_none() {
            first.push((name.clone(), task));
        }
        match part.ends_with("()") {
            true => self.result(winner.unwrap_or(task)),
            false => name,
        }
    }

    /// What the function of a task returns.
    fn result(&self, task: &Task) -> String {
        let file = self.project.sources.get(task.name_at.file);
        let body = &file.text[task.name_at.span.end as usize..];
        body.split("return ").nth(1).unwrap().lines().next().unwrap().to_owned()
    }

    /// The name that a task has, loaded like this.
    fn name(&self, task: &Task) -> String {
        let known = task.name.clone().unwrap();
        let is_entry = self.load.script && self.load.module == task.module;
        let other = |loaded: Loaded| task.other_names.iter().filter(move |other| other.loaded == loaded);
        if is_entry {
            let scripts: Vec<&str> = other(Loaded::Script).filter_map(|other| other.name.as_deref()).collect();
            assert!(scripts.len() < 2, "{scripts:?}");
            return scripts.first().map_or(known, |name| (*name).to_owned());
        }
        let expected = format!("{}.{}", self.load.module, task.function);
        let rooted = other(Loaded::Root).any(|other| other.name.as_deref() == Some(&expected));
        if rooted && !known.starts_with(&expected) { expected } else { known }
    }

    /// The names that the app in a variable knows.
    fn on_app(&self, variable: &str) -> Vec<String> {
        let app = self.project.apps.iter().find(|app| app.variable.as_deref() == Some(variable)).unwrap();
        let has = |task: &&Task| match task.registry {
            Registry::Every | Registry::From(_) => true,
            Registry::One(site) => site == app.site,
            Registry::Unknown => panic!("{} may be anywhere", task.function),
        };
        self.project.tasks.iter().filter(has).map(|task| self.name(task)).collect()
    }
}
