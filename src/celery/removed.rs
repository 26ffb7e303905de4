//! What Celery had and has no more: modules and names that cannot be imported since some release.

use std::sync::LazyLock;

use serde::Deserialize;

use super::release::{ALL, Minor, Releases};

/// A module, or a name of a module that is still there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Removed {
    pub path: String,
    /// All below it is gone as well.
    pub module: bool,
    /// The last minor release that has it; `3.1` when none of those that the facts know does.
    pub last: String,
    /// What does the same; for a module, the module that has the same names.
    pub instead: Option<String>,
    /// `instead` is called differently, or does a little less or more.
    pub differs: bool,
    /// The module of Celery that another package cannot work without.
    pub needs: Option<String>,
    /// What to do, where nothing does the same; starts with a verb.
    pub help: Option<String>,
}

impl Removed {
    /// The releases that do not have it. The oldest that the facts know stands for all before it too, so that what no known
    /// release has counts as missing since the one after that.
    pub fn missing_in(&self) -> Releases {
        let last = self.last.parse().unwrap_or(Minor::OLDEST).max(Minor::OLDEST);
        Releases::matching(|minor| minor > last)
    }

    /// The first release without it.
    pub fn since(&self) -> Minor {
        let last = self.last.parse().unwrap_or(Minor::OLDEST);
        ALL.into_iter().find(|minor| *minor > last).unwrap_or(Minor::NEWEST)
    }
}

#[derive(Default, Deserialize)]
struct Table {
    removed: Vec<Removed>,
}

/// Every row.
pub fn all() -> &'static [Removed] {
    static TABLE: LazyLock<Table> = LazyLock::new(|| super::table(include_str!("data/removed.toml")));
    &TABLE.removed
}

/// Why an import fails, and what there is in place of the name.
#[derive(Debug, Clone)]
pub struct Missing {
    /// The module or name that is not there.
    pub row: &'static Removed,
    /// What does the same as the imported name: a dotted path.
    pub instead: Option<String>,
    pub differs: bool,
    pub help: Option<&'static str>,
}

/// What is missing for `from module import name`, or for `import module`.
pub fn find(module: &str, name: Option<&str>) -> Option<Missing> {
    let path = name.map_or_else(|| module.to_owned(), |name| format!("{module}.{name}"));
    let exact = all().iter().find(|row| row.path == path && (name.is_some() && !row.module));
    let gone = module_around(module);
    let missing = gone.or(exact).or_else(|| all().iter().find(|row| row.module && row.path == path))?;
    let nearest = exact.unwrap_or(missing);
    let instead = match (&nearest.instead, name) {
        (Some(instead), Some(name)) if nearest.module && nearest.path == module => Some(format!("{instead}.{name}")),
        (Some(instead), _) if nearest.path == path => Some(instead.clone()),
        _ => None,
    };
    let help = nearest.help.as_deref().or_else(|| below(module, &path).find_map(|row| row.help.as_deref()));
    Some(Missing { row: missing, differs: nearest.differs, instead, help })
}

/// The outermost removed module that a module is or is in, of those that went first.
fn module_around(module: &str) -> Option<&'static Removed> {
    let rows = all().iter().filter(|row| row.module && is_in(module, &row.path));
    rows.min_by_key(|row| (row.since(), row.path.len()))
}

/// Removed modules around a path, the nearest first.
fn below<'p>(module: &'p str, path: &'p str) -> impl Iterator<Item = &'static Removed> {
    let mut rows: Vec<&Removed> =
        all().iter().filter(|row| row.module && (is_in(module, &row.path) || is_in(path, &row.path))).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.path.len()));
    rows.into_iter()
}

fn is_in(module: &str, package: &str) -> bool {
    module.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn statement(path: &str, module: bool) -> String {
        match path.rsplit_once('.') {
            Some((package, name)) if !module => format!("from {package} import {name}"),
            _ => format!("import {path}"),
        }
    }

    #[test]
    fn the_real_packages_say_the_same() {
        let tables: Value = serde_json::from_str(include_str!("../../fixtures/facts/removed_imports.json")).unwrap();
        let tables = tables.as_array().unwrap();
        let releases: Vec<Minor> = tables.iter().map(|it| it["release"].as_str().unwrap().parse().unwrap()).collect();
        assert_eq!(releases, ALL);
        for (table, release) in tables.iter().zip(releases) {
            let works = |statement: &str| table["answers"][statement].as_str().unwrap_or("not asked").is_empty();
            for row in all() {
                let import = statement(row.needs.as_ref().unwrap_or(&row.path), row.module);
                assert_eq!(works(&import), release < row.since(), "{import} on {release}");
                if let Some(instead) = row.instead.as_deref().filter(|_| release >= row.since()) {
                    assert!(works(&statement(instead, row.module)), "{instead} on {release}");
                }
            }
        }
    }

    #[test]
    fn the_table_is_whole() {
        assert_eq!(all().len(), 72);
        assert!(all().iter().all(|row| row.last.parse::<Minor>().is_ok()));
    }

    #[test]
    fn imports_find_what_is_missing_and_what_there_is_instead() {
        let cases = [
            ("celery.task", Some("task"), "celery.task 5.0 celery.shared_task"),
            ("celery", Some("task"), "celery.task 5.0 celery.shared_task"),
            ("celery.task.schedules", Some("crontab"), "celery.task 5.0 celery.schedules.crontab"),
            ("celery.task", None, "celery.task 5.0 -"),
            ("celery.task.sets", Some("TaskSet"), "celery.task.sets 4.0 -"),
            ("celery.utils.encoding", Some("safe_str"), "celery.utils.encoding 5.0 kombu.utils.encoding.safe_str"),
            ("celery.utils", Some("encoding"), "celery.utils.encoding 5.0 kombu.utils.encoding"),
            ("celery.contrib.batches", Some("Batches"), "celery.contrib.batches 4.0 -"),
            ("celery.decorators", Some("task"), "celery.decorators 5.2 celery.shared_task"),
        ];
        for (module, name, expected) in cases {
            let missing = find(module, name).unwrap();
            let shown =
                format!("{} {} {}", missing.row.path, missing.row.since(), missing.instead.as_deref().unwrap_or("-"));
            assert_eq!(shown, expected, "{module} {name:?}");
        }
        assert!(find("celery", Some("shared_task")).is_none());
        assert!(find("celery.tasks", None).is_none());
        assert!(find("celery.bin.worker", Some("worker")).is_none());
    }
}
