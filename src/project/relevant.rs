//! Which Python files can matter at all. The text of a file tells: it names something of Celery, of a broker, of the
//! environment or of a web framework, or it mentions what a file that does so defines for others. The other files of a
//! project are lowered only when an import, a call or a route leads to them.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::packed::Searcher;
use aho_corasick::{AhoCorasick, AhoCorasickKind, Input};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::environment::{self, Candidates};
use super::link::is_test_path;
use super::task;
use crate::python::ir::Name;
use crate::python::{ModuleId, Modules};
use crate::source::words::words;

/// What stands in files that matter, besides [what reads the environment](environment::MARKERS).
const ANYWHERE: &[&str] =
    &["from celery", "import celery", "celery-lint", "shared_task", "putenv", "starlette", "dj_search_url"];

/// The same for code that runs in production: not for tests and migrations, which mock and call everything. What Celery talks to, and
/// what reads the environment.
const IN_LIBRARY: &[&str] = &[
    "amqp",
    "broker",
    "env(",
    "env.",
    "env[",
    "pika",
    "rabbit",
    "redis",
    "sentinel://",
    "sentinel_kwargs",
    "sentinels",
    "sqs",
    "valkey",
];

/// The same for code of the project itself, not for libraries that lie beside it: those have neither tasks nor routes of the project.
const IN_CODE: &[&str] = &[
    "celery",
    "kombu",
    "periodic",
    "crontab",
    "redbeat",
    "flower",
    "worker_main",
    "result_backend",
    ".task(",
    ".task\n",
    ".task\r",
    ".delay",
    "apply_async",
    "send_task",
    ".s(",
    ".si(",
    "signature(",
    "asyncresult",
    "config(",
    // The web.
    "fastapi",
    "flask",
    "aiohttp",
    "sanic",
    "litestar",
    "starlite",
    "quart",
    "ninja",
    "socketio",
    "urlpatterns",
    "django.urls",
    "django.conf.urls",
    "urlrouter",
    "defaultrouter",
    "simplerouter",
    "apirouter",
    "blueprint",
    "add_url_rule",
    "add_resource",
    "include_router",
    // What makes other code run.
    "@receiver",
    ".connect(",
    "connect_via",
    "listens_for",
];

/// Where one of those words stands by chance: what is before it, the word, what comes behind it. Licences alone would make every file
/// of a project matter ("you can redistribute it").
const BY_CHANCE: &[(&str, &str, &str)] = &[
    ("", "redis", "cover"),
    ("", "redis", "play"),
    ("", "redis", "trib"),
    ("", "quart", "er"),
    ("", "quart", "ile"),
    ("", "periodic", "ally"),
    ("", "periodic", "ity"),
    ("over", "flower", "ror"),
    ("inspect.", "signature(", ""),
];

/// Schemes of transports and backends that none of those words is a part of.
const SCHEMES: &[&str] = &[
    "arangodb://",
    "azureblockblob://",
    "azureservicebus://",
    "azurestoragequeues://",
    "cache://",
    "cassandra://",
    "confluentkafka://",
    "consul://",
    "cosmosdbsql://",
    "couchbase://",
    "couchdb://",
    "database://",
    "db://",
    "disabled://",
    "dynamodb://",
    "elasticsearch://",
    "etcd://",
    "file://",
    "filesystem://",
    "gcpubsub://",
    "gs://",
    "kafka://",
    "memory://",
    "mongodb://",
    "pgmq://",
    "pyro://",
    "qpid://",
    "riak://",
    "rpc://",
    "s3://",
    "slmq://",
    "sqla://",
    "sqlalchemy://",
    "zookeeper://",
    "cache+",
    "db+",
    "sqla+",
];

/// Names of Django's settings: a module that has one of them is a settings module.
const DJANGO: &[&str] =
    &["INSTALLED_APPS", "ROOT_URLCONF", "WSGI_APPLICATION", "SECRET_KEY =", "DATABASES =", "MIDDLEWARE ="];

/// Methods whose use as a decorator registers a route or a hook, whatever the object is called.
const DECORATORS: &[&str] = &[
    "after_request",
    "api_operation",
    "api_route",
    "before_request",
    "delete",
    "event",
    "exception_handler",
    "get",
    "head",
    "middleware",
    "on",
    "on_event",
    "on_request",
    "on_response",
    "options",
    "patch",
    "post",
    "put",
    "route",
    "task",
    "teardown_request",
    "trace",
    "view",
    "websocket",
    "websocket_route",
];

/// How often what relevant modules define makes others relevant.
const ROUNDS: usize = 4;

fn anywhere() -> impl Iterator<Item = &'static &'static str> {
    ANYWHERE.iter().chain(environment::MARKERS)
}

/// Finds a word that tells in tests and migrations: in the case it is usually written in, and fast.
static ASIDE: LazyLock<Option<Searcher>> = LazyLock::new(|| Searcher::new(anywhere()));

/// Finds a word that tells in code of the project.
static CODE: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| finder(IN_CODE));

/// The same for a library.
static LIBRARY: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| finder(&[]));

fn finder(more: &'static [&'static str]) -> Option<AhoCorasick> {
    let words = anywhere().chain(IN_LIBRARY).chain(more).chain(SCHEMES).chain(DJANGO);
    AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(words).ok()
}

/// The modules to look at by themselves, in order, and what in them can read the environment.
pub fn find(modules: &Modules) -> (Vec<ModuleId>, Candidates) {
    let inside: Vec<ModuleId> = (0..modules.len()).filter(|id| modules.outside.binary_search(id).is_err()).collect();
    let is_own_seed = |id: &ModuleId| is_seed(modules.path(*id), modules.text(*id), modules.is_library(*id));
    let mut new: Vec<ModuleId> = inside.par_iter().copied().filter(is_own_seed).collect();
    let mut relevant = vec![false; modules.len()];
    let mut offers = Offers::default();
    for round in 0..ROUNDS {
        new.iter().for_each(|id| relevant[*id] = true);
        let ids: Vec<ModuleId> = (0..modules.len()).filter(|id| relevant[*id]).collect();
        new.par_iter().for_each(|id| {
            modules.get(*id);
        });
        offers.candidates.extend(modules, &new);
        if new.is_empty() || !offers.renew(modules, &ids) {
            break;
        }
        if round + 1 == ROUNDS {
            break;
        }
        let others = inside.par_iter().copied().filter(|id| !relevant[*id]);
        new = others.filter(|id| offers.reach(modules, *id)).collect();
    }
    ((0..modules.len()).filter(|id| relevant[*id]).collect(), offers.candidates)
}

/// Names that relevant modules define for others, and who has them.
#[derive(Default)]
struct Offers {
    names: FxHashSet<String>,
    candidates: Candidates,
    /// The modules that bind one of the names at their top, sorted: whoever imports one may take it.
    carriers: FxHashMap<String, Vec<ModuleId>>,
    carrying: FxHashSet<ModuleId>,
    /// Names that are no module's own (methods, nested functions), and the modules that define them or import those: the object comes
    /// from there.
    inner: FxHashSet<String>,
    around: FxHashSet<ModuleId>,
}

impl Offers {
    /// Looks through all relevant modules again; false when there is nothing that was not there before.
    fn renew(&mut self, modules: &Modules, ids: &[ModuleId]) -> bool {
        let before = (self.names.len(), self.carriers.values().map(Vec::len).sum::<usize>());
        self.names.extend(self.candidates.names(modules, ids));
        self.names.extend(task::maker_names(modules, ids));
        let names = &self.names;
        let bound: Vec<(ModuleId, Vec<&Name>)> = ids
            .par_iter()
            .map(|id| (*id, modules.get(*id).scope.names.keys().filter(|name| names.contains(&***name)).collect()))
            .collect();
        let mut carriers: FxHashMap<String, Vec<ModuleId>> = FxHashMap::default();
        for (id, names) in bound {
            for name in names {
                carriers.entry(name.to_string()).or_default().push(id);
            }
        }
        self.inner = names.iter().filter(|name| !carriers.contains_key(*name)).cloned().collect();
        self.carrying = carriers.values().flatten().copied().collect();
        self.carriers = carriers;
        self.around = modules.importing(defining(modules, ids, &self.inner));
        before != (self.names.len(), self.carriers.values().map(Vec::len).sum::<usize>())
    }

    /// Whether a module imports one that has a name, and mentions it.
    fn reach(&self, modules: &Modules, id: ModuleId) -> bool {
        let targets = &modules.edges[id].targets;
        let around = self.around.contains(&id);
        if !around && !targets.iter().any(|target| self.carrying.contains(target)) {
            return false;
        }
        let takes = |name: &str| {
            let carriers = self.carriers.get(name);
            carriers.is_some_and(|all| targets.iter().any(|target| all.binary_search(target).is_ok()))
                || (around && self.inner.contains(name))
        };
        words(modules.text(id)).any(takes)
    }
}

/// The modules that define one of the names anywhere.
fn defining(modules: &Modules, ids: &[ModuleId], names: &FxHashSet<String>) -> Vec<ModuleId> {
    let defines = |id: &&ModuleId| {
        let module = modules.get(**id);
        let mut functions = module.functions.iter().map(|function| &function.name);
        functions.any(|name| names.contains(&**name)) || module.classes.iter().any(|it| names.contains(&*it.name))
    };
    if names.is_empty() { Vec::new() } else { ids.par_iter().filter(defines).copied().collect() }
}

fn is_seed(path: &str, text: &str, is_library: bool) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let named = matches!(name, "setup.py" | "tasks.py")
        || name.starts_with("flowerconfig")
        || ["celery", "settings"].iter().any(|word| path.contains(word));
    let is_code = !is_aside(path);
    if !is_code {
        return match ASIDE.as_ref() {
            Some(finder) => finder.find(text).is_some(),
            // Not every processor has what that search needs.
            None => anywhere().any(|word| text.contains(word)),
        };
    }
    let finder = if is_library { &LIBRARY } else { &CODE };
    named || finder.as_ref().is_none_or(|finder| speaks(finder, text)) || (!is_library && has_decorator(text))
}

/// Whether a word that tells stands anywhere, and not by chance.
fn speaks(finder: &AhoCorasick, text: &str) -> bool {
    let mut from = 0;
    while let Some(found) = finder.find(Input::new(text).range(from..)) {
        if !is_by_chance(text.as_bytes(), found.range()) {
            return true;
        }
        from = found.start() + 1;
    }
    false
}

fn is_by_chance(text: &[u8], word: Range<usize>) -> bool {
    let same = |place: Option<&[u8]>, with: &str| place.is_some_and(|it| it.eq_ignore_ascii_case(with.as_bytes()));
    BY_CHANCE.iter().any(|(before, it, behind)| {
        let starts = word.start.checked_sub(before.len());
        same(text.get(word.clone()), it)
            && starts.is_some_and(|start| same(text.get(start..word.start), before))
            && same(text.get(word.end..word.end + behind.len()), behind)
    })
}

fn is_aside(path: &str) -> bool {
    is_test_path(path) || path.split('/').any(|part| part == "migrations")
}

/// `@anything.route(…)`.
fn has_decorator(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'@', bytes).any(|at| {
        let starts = bytes[..at].iter().rev().take_while(|byte| **byte != b'\n').all(u8::is_ascii_whitespace);
        let line = text[at + 1..].split(['(', '\n', '\r', '#']).next().unwrap_or_default();
        let attribute = line.trim_end().rsplit_once('.').map(|(_, attribute)| attribute);
        starts && attribute.is_some_and(|attribute| DECORATORS.binary_search(&attribute).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::celery::{backends, transports};

    #[test]
    fn every_scheme_tells() {
        let aliases = transports::all().iter().map(|it| &it.alias).chain(backends::all().iter().map(|it| &it.alias));
        let silent: Vec<&String> = aliases.filter(|it| !is_seed("a.py", &format!("'{it}://host'"), true)).collect();
        assert_eq!(silent, [""; 0]);
    }

    #[test]
    fn decorators_are_sorted_for_the_binary_search() {
        assert!(DECORATORS.is_sorted());
    }

    #[test]
    fn a_text_tells_whether_it_can_matter() {
        let cases = [
            ("a.py", "import os\nx = os.path", false),
            ("a.py", "import os\nx = os.environ['A']", true),
            ("a.py", "from . import bp\n\n@bp.route('/x')\ndef x(): ...", true),
            ("a.py", "x = {}\nx.get('a')\n@cached\ndef f(): ...", false),
            ("a.py", "from .app import app\n\n@app.task\ndef f(): ...", true),
            ("a.py", "URL = 'sqla+sqlite:///x'", true),
            ("proj/celery.py", "", true),
            ("tests/test_a.py", "@client.get('/x')\ndef x(): ...", false),
            ("a.py", "# You can Redistribute it.\ntry: quarter()\nexcept OverflowError: inspect.signature(x)", false),
            ("a.py", "# You can redistribute it.\nimport redis", true),
            ("a.py", "signature(x)", true),
            ("a.py", "URL = 'sentinel://'", true),
        ];
        for (path, text, expected) in cases {
            assert_eq!(is_seed(path, text, false), expected, "{path}: {text}");
        }
        let of_a_library = [
            ("import os\nx = os.environ['A']", true),
            ("BROKER = 'x'", true),
            ("from fastapi import APIRouter", false),
            ("@app.route('/x')\ndef x(): ...", false),
            ("engine.connect()", false),
        ];
        for (text, expected) in of_a_library {
            assert_eq!(is_seed("lib/a.py", text, true), expected, "{text}");
        }
    }
}
