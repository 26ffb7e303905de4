//! Which modules a worker imports to find tasks: `autodiscover_tasks`, `imports` and `include`, as
//! `celery/loaders/base.py` of each release does it. The caller says what importing a module does.

use super::release::Minor;

/// From this release on only a missing module is forgiven, before any `ImportError`.
const STRICT: Minor = Minor(5, 3);

/// What an import raises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raised {
    /// `ModuleNotFoundError`, with the module that was not found.
    ModuleNotFound(String),
    /// Another `ImportError`, with the module that it names, if any: `from os import nonsense`.
    Import(Option<String>),
    /// Any other exception.
    Other(String),
}

/// What becomes of the body of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Module {
    Loads,
    /// There is no such module.
    Absent,
    Raises(Raised),
}

/// The packages given to `autodiscover_tasks`; what a callable returns counts as given. None or an empty list asks the
/// fix-ups instead: with Django these are the `INSTALLED_APPS`.
#[derive(Debug, Clone, Copy)]
pub enum Packages<'a> {
    List(&'a [&'a str]),
    /// A string is iterated, letter by letter.
    Text(&'a str),
}

/// The argument `related_name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Related<'a> {
    Name(&'a str),
    /// None: only the package itself is imported.
    None,
    /// A list or anything else that is no text: no module has such a name, and nothing is said about it.
    Other,
}

/// A worker that imports its modules.
pub struct Worker<F> {
    release: Minor,
    module: F,
    /// What was imported, each once, in order; parents come before their children.
    pub imported: Vec<String>,
}

impl<F: FnMut(&str) -> Module> Worker<F> {
    /// A worker of that release, in a world where `module` says what the body of a module does.
    pub fn new(release: Minor, module: F) -> Self {
        Worker { release, module, imported: Vec::new() }
    }

    /// `importlib.import_module`: all parents, then the module.
    ///
    /// # Errors
    /// What the first of them raises that does not load.
    pub fn import(&mut self, name: &str) -> Result<(), Raised> {
        let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
        for part in ends.filter_map(|end| name.get(..end)) {
            if self.imported.iter().any(|known| known == part) {
                continue;
            }
            match (self.module)(part) {
                Module::Loads => self.imported.push(part.to_owned()),
                // The import system names the part that is missing, and for a parent without children the whole.
                Module::Absent => return Err(Raised::ModuleNotFound(part.to_owned())),
                Module::Raises(raised) => return Err(raised),
            }
        }
        Ok(())
    }

    /// One call of `autodiscover_tasks`, at the time when a worker imports its modules (or at once with `force=True`).
    ///
    /// # Errors
    /// What is raised out of it; packages after the one that raised are not looked at.
    pub fn autodiscover(&mut self, packages: Packages<'_>, related: Related<'_>) -> Result<(), Raised> {
        match packages {
            Packages::List(names) => names.iter().try_for_each(|name| self.find_related(name, related)),
            Packages::Text(text) => {
                let mut letter = [0; 4];
                text.chars().try_for_each(|name| self.find_related(name.encode_utf8(&mut letter), related))
            }
        }
    }

    /// The modules of `imports`, or of `include`; a text stands for one module. All of `imports` come first.
    ///
    /// # Errors
    /// What the first of them raises; the modules after it are not imported.
    pub fn import_all(&mut self, names: &[&str]) -> Result<(), Raised> {
        names.iter().try_for_each(|name| self.import(name))
    }

    /// `find_related_module`
    fn find_related(&mut self, package: &str, related: Related<'_>) -> Result<(), Raised> {
        let nothing = matches!(related, Related::None | Related::Name(""));
        let package = match self.import(package) {
            Ok(()) if nothing => return Ok(()),
            Ok(()) => package,
            // `INSTALLED_APPS` may name a class of configuration: the package around it is meant.
            Err(raised) if self.is_forgiven(&raised) => match package.rsplit_once('.') {
                Some((around, _)) if !around.is_empty() => around,
                _ => return Err(raised),
            },
            Err(raised) => return Err(raised),
        };
        let module = match related {
            Related::Name(name) => format!("{package}.{name}"),
            Related::None => format!("{package}.None"),
            Related::Other => return self.import(package),
        };
        match self.import(&module) {
            Err(raised) if self.is_absence(&raised, &module) => Ok(()),
            result => result,
        }
    }

    fn is_forgiven(&self, raised: &Raised) -> bool {
        match raised {
            Raised::ModuleNotFound(_) => true,
            Raised::Import(_) => self.release < STRICT,
            Raised::Other(_) => false,
        }
    }

    /// Whether an error says no more than that the related module is not there.
    fn is_absence(&self, raised: &Raised, module: &str) -> bool {
        match raised {
            Raised::ModuleNotFound(name) => name == module,
            Raised::Import(name) => self.release < STRICT && name.as_deref().is_none_or(|name| name == module),
            Raised::Other(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// What a statement of the table asks for.
    enum Step {
        Autodiscover(Packages<'static>, Related<'static>),
        Import(&'static [&'static str]),
    }

    const TASKS: Related<'static> = Related::Name("tasks");

    const fn list(names: &'static [&'static str]) -> Step {
        Step::Autodiscover(Packages::List(names), TASKS)
    }

    const fn related(names: &'static [&'static str], related: Related<'static>) -> Step {
        Step::Autodiscover(Packages::List(names), related)
    }

    const STATEMENTS: &[(&str, Step)] = &[
        ("autodiscover_tasks(['one', 'two'])", list(&["one", "two"])),
        ("autodiscover_tasks(['one'], related_name='jobs')", related(&["one"], Related::Name("jobs"))),
        ("autodiscover_tasks(['one'], 'jobs')", related(&["one"], Related::Name("jobs"))),
        ("autodiscover_tasks(['one'], related_name=None)", related(&["one"], Related::None)),
        ("autodiscover_tasks(['one'], related_name='')", related(&["one"], Related::Name(""))),
        ("autodiscover_tasks(['one'], related_name='nope')", related(&["one"], Related::Name("nope"))),
        ("autodiscover_tasks(['one'], related_name=['tasks', 'jobs'])", related(&["one"], Related::Other)),
        ("autodiscover_tasks(['one.sub'])", list(&["one.sub"])),
        ("autodiscover_tasks(['one.tasks'])", list(&["one.tasks"])),
        ("autodiscover_tasks(['one.apps.OneConfig'])", list(&["one.apps.OneConfig"])),
        ("autodiscover_tasks(['one.OneConfig'])", list(&["one.OneConfig"])),
        ("autodiscover_tasks(['three'])", list(&["three"])),
        ("autodiscover_tasks(['three.tasks'], related_name='a')", related(&["three.tasks"], Related::Name("a"))),
        ("autodiscover_tasks(['plain'])", list(&["plain"])),
        ("autodiscover_tasks(['plain'], related_name=None)", related(&["plain"], Related::None)),
        ("autodiscover_tasks(['ns'])", list(&["ns"])),
        ("autodiscover_tasks('one')", Step::Autodiscover(Packages::Text("one"), TASKS)),
        ("autodiscover_tasks('p')", Step::Autodiscover(Packages::Text("p"), TASKS)),
        ("autodiscover_tasks(('one'))", Step::Autodiscover(Packages::Text("one"), TASKS)),
        ("autodiscover_tasks(['nosuch'])", list(&["nosuch"])),
        ("autodiscover_tasks(['nosuch.deep'])", list(&["nosuch.deep"])),
        ("autodiscover_tasks(['bad'])", list(&["bad"])),
        ("autodiscover_tasks(['bad2'])", list(&["bad2"])),
        ("autodiscover_tasks(['bad3'])", list(&["bad3"])),
        ("autodiscover_tasks([])", list(&[])),
        ("autodiscover_tasks()", list(&[])),
        ("autodiscover_tasks(lambda: ['one'])", list(&["one"])),
        ("autodiscover_tasks(['one'], force=True)", list(&["one"])),
        ("autodiscover_tasks(['bad'], force=True)", list(&["bad"])),
        ("autodiscover_tasks(['one', 'bad', 'p'])", list(&["one", "bad", "p"])),
        ("autodiscover_tasks(packages=['one', 'three', 'p'])", list(&["one", "three", "p"])),
        ("conf.imports = ('one.tasks',)", Step::Import(&["one.tasks"])),
        ("conf.imports = 'one.tasks'", Step::Import(&["one.tasks"])),
        ("conf.imports = ('nosuch.tasks',)", Step::Import(&["nosuch.tasks"])),
        ("conf.imports = ['one']", Step::Import(&["one"])),
        ("conf.include = ['one.tasks', 'one.jobs']", Step::Import(&["one.tasks", "one.jobs"])),
        ("conf.include = 'one.tasks'", Step::Import(&["one.tasks"])),
        ("conf.include = 'one.tasks,one.jobs'", Step::Import(&["one.tasks,one.jobs"])),
        ("conf.include = ('one.tasks')", Step::Import(&["one.tasks"])),
        ("conf.update(imports=['one.tasks'], include=['one.jobs'])", Step::Import(&["one.tasks", "one.jobs"])),
        ("conf.include = ['one/tasks.py']", Step::Import(&["one/tasks.py"])),
    ];

    fn table() -> Value {
        serde_json::from_str(include_str!("../../fixtures/facts/autodiscover.json")).unwrap()
    }

    /// The files of the table as importable modules.
    fn module(files: &Value, name: &str) -> Module {
        let path = name.replace('.', "/");
        let exists = |path: &str| files.get(path).is_some();
        let package = files.as_object().unwrap().keys().any(|file| file.starts_with(&format!("{path}/")));
        match name {
            _ if name.contains('/') => Module::Absent,
            "bad.tasks" => Module::Raises(Raised::ModuleNotFound("nosuchthing".to_owned())),
            "bad2.tasks" => Module::Raises(Raised::Import(Some("os".to_owned()))),
            "bad3.tasks" => Module::Raises(Raised::Other("RuntimeError".to_owned())),
            _ if package || exists(&format!("{path}.py")) => Module::Loads,
            _ => Module::Absent,
        }
    }

    fn error(raised: &Raised) -> &str {
        match raised {
            Raised::ModuleNotFound(_) => "ModuleNotFoundError",
            Raised::Import(_) => "ImportError",
            Raised::Other(name) => name,
        }
    }

    /// The modules in which the table found tasks.
    fn modules_with_tasks(row: &Value) -> BTreeSet<&str> {
        let tasks = row["tasks"].as_array().unwrap().iter().map(|task| task.as_str().unwrap());
        tasks.map(|task| task.rsplit_once('.').unwrap().0).collect()
    }

    #[test]
    fn every_statement_imports_what_the_real_package_imports() {
        let table = table();
        let rows = table["cases"].as_array().unwrap();
        assert_eq!((rows.len(), STATEMENTS.len()), (41, 41));
        let releases = table["compared"].as_array().unwrap().iter().map(|minor| minor.as_str().unwrap());
        for release in releases.map(|minor| minor.parse::<Minor>().unwrap()) {
            for (row, (statement, step)) in rows.iter().zip(STATEMENTS) {
                assert_eq!(row["statement"], format!("app.{statement}"));
                let row = row["differs"].get(release.to_string()).unwrap_or(row);
                if row["error"] == "AttributeError" {
                    // No package and no fix-up: up to 4.4 a bug of Celery outside of what is modelled here.
                    assert!(matches!(step, Step::Autodiscover(Packages::List([]), _)));
                    continue;
                }
                let mut worker = Worker::new(release, |name: &str| module(&table["files"], name));
                let result = match step {
                    Step::Autodiscover(packages, related) => worker.autodiscover(*packages, *related),
                    Step::Import(names) => worker.import_all(names),
                };
                assert_eq!(result.as_ref().err().map(error), row["error"].as_str(), "{statement} on {release}");
                let with_tasks =
                    ["one", "one.tasks", "one.jobs", "one.sub.tasks", "ns.tasks", "p.tasks", "plain", "three.tasks.a"];
                let imported: BTreeSet<&str> = worker.imported.iter().map(String::as_str).collect();
                let imported: BTreeSet<&str> = imported.into_iter().filter(|name| with_tasks.contains(name)).collect();
                assert_eq!(imported, modules_with_tasks(row), "{statement} on {release}");
            }
        }
    }

    #[test]
    fn an_import_error_in_a_package_is_forgiven_up_to_5_2_only() {
        let world = |name: &str| match name {
            "app" | "app.sub" => Module::Loads,
            "app.broken" => Module::Raises(Raised::Import(None)),
            "app.sub.tasks" => Module::Raises(Raised::Import(None)),
            _ => Module::Absent,
        };
        for (packages, old) in [(["app.broken"], Ok(())), (["app.sub"], Ok(()))] {
            assert_eq!(Worker::new(Minor(5, 2), world).autodiscover(Packages::List(&packages), TASKS), old);
            let raised = Err(Raised::Import(None));
            assert_eq!(Worker::new(Minor(5, 3), world).autodiscover(Packages::List(&packages), TASKS), raised);
        }
    }
}
