//! What the variables of the environment hold where the doctor runs: the process's own first, then env files, as a loader
//! of env files does it that changes nothing that is set.

use std::path::Path;

use crate::files::FileFacts;
use crate::files::dotenv::{lex, python_dotenv_values};
use crate::files::{Entry, Role};
use crate::project::environment::is_of_tests;
use crate::project::{EnvFile, Project};
use crate::source::{FileId, FileKind, Loc, Text};

/// A variable that is set.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    pub value: Setting,
    /// Where, for people.
    pub from: String,
}

/// The value, as far as it is known at once.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting {
    Plain(String),
    /// With other variables in it.
    Text(Text),
    /// Env files of which nothing tells which one counts give it different values.
    Contradictory(Vec<String>),
}

/// An env file that the command line names.
struct Given {
    path: String,
    /// Name, value and line.
    values: Vec<(String, String, u32)>,
}

/// All variables that are known.
pub struct Environment<'p> {
    project: &'p Project,
    process: &'p (dyn Fn(&str) -> Option<String> + Sync),
    given: Vec<Given>,
}

impl<'p> Environment<'p> {
    /// # Errors
    /// When a file that the command line names cannot be read; with its path.
    pub fn new(
        project: &'p Project,
        process: &'p (dyn Fn(&str) -> Option<String> + Sync),
        files: &[std::path::PathBuf],
    ) -> Result<Self, (std::path::PathBuf, std::io::Error)> {
        let given = files.iter().map(|path| given(path).map_err(|error| (path.clone(), error)));
        Ok(Self { project, process, given: given.collect::<Result<_, _>>()? })
    }

    /// The variable of that name; with `any_case` also one that differs in case only.
    pub fn get(&self, name: &str, any_case: bool) -> Option<Variable> {
        let upper = name.to_ascii_uppercase();
        let lower = name.to_ascii_lowercase();
        let names = if any_case { vec![name, upper.as_str(), lower.as_str()] } else { vec![name] };
        names
            .iter()
            .find_map(|name| self.of_process(name))
            .or_else(|| names.iter().find_map(|name| self.of_files(name)))
    }

    fn of_process(&self, name: &str) -> Option<Variable> {
        let value = (self.process)(name)?;
        Some(Variable { value: Setting::Plain(value), from: format!("`{name}` of the environment") })
    }

    fn of_files(&self, name: &str) -> Option<Variable> {
        if !self.given.is_empty() {
            return self.given.iter().find_map(|file| {
                let (_, value, line) = file.values.iter().find(|(key, _, _)| key == name)?;
                let from = format!("`{name}` of {}:{line}", file.path);
                Some(Variable { value: Setting::Plain(value.clone()), from })
            });
        }
        let (sure, others) = self.env_files();
        let found = sure.iter().find_map(|file| self.entry(*file, name));
        found.map(|entry| self.variable(name, entry)).or_else(|| self.agreed(name, &others))
    }

    /// Of files that services load, any may be the one; what they agree on is known.
    fn agreed(&self, name: &str, files: &[FileId]) -> Option<Variable> {
        let entries: Vec<&Entry> = files.iter().filter_map(|file| self.entry(*file, name)).collect();
        let first = entries.first()?;
        let literal = |entry: &&Entry| entry.value.as_literal();
        let same = entries.iter().all(|entry| literal(entry).is_some() && literal(entry) == literal(first));
        if same || entries.len() == 1 {
            return Some(self.variable(name, first));
        }
        let places = entries.iter().map(|entry| self.place(entry.key_at)).collect();
        Some(Variable { value: Setting::Contradictory(places), from: format!("`{name}` of several env files") })
    }

    fn variable(&self, name: &str, entry: &Entry) -> Variable {
        let from = format!("`{name}` of {}", self.place(entry.key_at));
        Variable { value: Setting::Text(entry.value.clone()), from }
    }

    /// What is written there.
    pub fn snippet(&self, at: Loc) -> &str {
        self.project.sources.snippet(at)
    }

    /// `path:line`.
    pub fn place(&self, at: Loc) -> String {
        format!("{}:{}", self.project.sources.path(at.file), self.project.sources.line(at))
    }

    /// Env files that Python code loads and the one at the top; and those that services and scripts name.
    fn env_files(&self) -> (Vec<FileId>, Vec<FileId>) {
        let kind = |loc: Loc| self.project.sources.get(loc.file).kind;
        let (mut sure, mut others) = (Vec::new(), Vec::new());
        for EnvFile { path, file, named_at, .. } in &self.project.env_files {
            let Some(file) = file.filter(|_| !is_of_tests(path)) else { continue };
            match named_at {
                Some(at) if kind(*at) == FileKind::Python => sure.insert(0, file),
                _ if path == ".env" => sure.push(file),
                Some(_) => others.push(file),
                None if path.ends_with("/.env") => others.push(file),
                None => {}
            }
        }
        (sure, others)
    }

    fn entry(&self, file: FileId, name: &str) -> Option<&'p Entry> {
        let facts: &FileFacts = self.project.facts.iter().find(|(id, _)| *id == file).map(|(_, facts)| facts)?;
        let ours = |entry: &&Entry| entry.role == Role::Environment && !entry.commented && entry.key() == name;
        facts.entries.iter().rev().find(ours)
    }

    /// Where a deployment gives the variable a value.
    pub fn deployed(&self, name: &str) -> Option<String> {
        self.project.env_deployed.get(name).map(|at| self.place(*at))
    }
}

fn given(path: &Path) -> std::io::Result<Given> {
    let text = std::fs::read_to_string(path)?;
    let records = lex(&text).records;
    let line = |key: &str| records.iter().rev().find(|record| !record.commented && record.key == key);
    let values = python_dotenv_values(&records).into_iter().filter_map(|(key, value)| {
        let at = line(&key).map_or(1, |record| line_of(&text, record.key_at.start));
        Some((key, value?, at))
    });
    Ok(Given { path: path.display().to_string(), values: values.collect() })
}

fn line_of(text: &str, offset: u32) -> u32 {
    let before = text.get(..offset as usize).unwrap_or_default();
    u32::try_from(before.matches('\n').count()).unwrap_or(u32::MAX).saturating_add(1)
}
