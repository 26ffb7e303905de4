//! The fix of a hardcoded credential: `.gitignore` first, then the value into `.env`, its key into the template, and at
//! last the source. One transaction: nothing is lost, the value is always still on disk.

use crate::fix::{Applicability, Fix};
use crate::project::secret::Repair;
use crate::project::{Project, Secret};
use crate::rules::environment::ignore_line;
use crate::source::FileKind;

/// The fix and the path of the file that will hold the value; none when it would not be sure that nothing is lost.
pub(super) fn fix(project: &Project, secret: &Secret) -> Option<(Fix, String)> {
    let repair = secret.repair.as_ref()?;
    let source = project.sources.get(secret.at.first()?.file);
    let dir = env_dir(project, source.dir());
    let env = join(&dir, ".env");
    if project.ignore.is_tracked(&env) {
        return None;
    }
    let title = format!("Read it from the environment as `{}`, and keep the value in `{env}`", repair.key);
    let mut fix = Fix::new(title, Applicability::Unsafe);
    if !project.ignore.is_ignored(&env, false).ignored {
        let target = ignore_line::target(project, &env);
        let lines = [ignore_line::pattern(".env")];
        fix.edits.extend(ignore_line::fix(project, &target, &lines, "").edits);
    }
    fix = keep_value(project, fix, &env, repair)?;
    fix = document(project, fix, &dir, repair);
    for (at, text) in &repair.edits {
        fix = fix.replace(*at, text.as_str());
    }
    Some((fix, env))
}

/// Adds the value to the env file; none when the key has another value there already.
fn keep_value(project: &Project, fix: Fix, env: &str, repair: &Repair) -> Option<Fix> {
    let line = format!("{}={}\n", repair.key, quoted(&repair.value)?);
    let Some(file) = project.sources.by_path(env) else { return Some(fix.create(env, line)) };
    match entry(project, file.id, &repair.key) {
        Some(value) if value.as_deref() == Some(repair.value.as_str()) => Some(fix),
        Some(_) => None,
        None => Some(fix.append(file.id, line)),
    }
}

/// Adds the key to the template, which is made when there is none.
fn document(project: &Project, fix: Fix, dir: &str, repair: &Repair) -> Fix {
    let line = format!("{}={}\n", repair.key, repair.placeholder);
    let template = project.sources.of_kind(FileKind::EnvTemplate).find(|file| file.dir() == dir);
    match template {
        Some(file) if documents(project, file.id, &repair.key) => fix,
        Some(file) => fix.append(file.id, line),
        None => fix.create(join(dir, ".env.example"), line),
    }
}

/// The value that an env file gives a key: the outer option says whether the key is there.
fn entry(project: &Project, file: crate::source::FileId, key: &str) -> Option<Option<String>> {
    let facts = &project.facts.iter().find(|(id, _)| *id == file)?.1;
    let entry = facts.entries.iter().find(|entry| !entry.commented && entry.key() == key)?;
    Some(entry.value.as_literal())
}

fn documents(project: &Project, file: crate::source::FileId, key: &str) -> bool {
    let facts = project.facts.iter().find(|(id, _)| *id == file);
    facts.is_some_and(|(_, facts)| facts.entries.iter().any(|entry| entry.key() == key))
}

/// The directory of the env file: the nearest one above the source that has an env file or template of its own, else the
/// root of the run.
fn env_dir(project: &Project, from: &str) -> String {
    let has_env = |dir: &str| {
        project.sources.files.iter().any(|file| {
            matches!(file.kind, FileKind::Env | FileKind::EnvTemplate)
                && file.dir() == dir
                && file.name().starts_with(".env")
        })
    };
    let mut dir = from;
    loop {
        if dir.is_empty() || has_env(dir) {
            return dir.to_owned();
        }
        dir = dir.rsplit_once('/').map_or("", |(dir, _)| dir);
    }
}

fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

/// The value as python-dotenv reads it back; none for values that it cannot hold (`${…}` is expanded even in quotes).
fn quoted(value: &str) -> Option<String> {
    if value.contains("${") || value.contains(['\n', '\r', '\0']) {
        return None;
    }
    let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "_./:@%+,=~-?&;[]{}()*!^".contains(c));
    if plain {
        return Some(value.to_owned());
    }
    Some(format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_where_an_env_file_would_cut_them() {
        assert_eq!(quoted("redis://:a@b/0").as_deref(), Some("redis://:a@b/0"));
        assert_eq!(quoted("a #b").as_deref(), Some("'a #b'"));
        assert_eq!(quoted("it's").as_deref(), Some("'it\\'s'"));
        assert_eq!(quoted("a${b}"), None);
    }
}
