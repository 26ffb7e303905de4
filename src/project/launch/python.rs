//! Launches in Python: `app.worker_main(…)`, `app.start(argv=…)`, and command lines given to `subprocess` and `os`.

use super::{Launch, line, of_facts, program};
use crate::files::{FileFacts, Word, command, shell};
use crate::project::app::variable_of;
use crate::project::link::Linking;
use crate::project::objects::{Sure, app_call, is_app};
use crate::python::ir::{ExprId, ExprKind, Module, Scope};
use crate::python::{Eval, ModuleId, Site, Value, ValueKind};
use crate::source::{Loc, Span, Text};

/// Functions that take a command as a list of words, or as one line.
const RUNS: &[&str] = &[
    "asyncio.create_subprocess_shell",
    "os.popen",
    "os.system",
    "pexpect.spawn",
    "subprocess.Popen",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "subprocess.run",
];

/// Those that take the words as arguments of their own, and how many arguments stand before them.
const SPREADS: &[(&str, usize)] = &[
    ("asyncio.create_subprocess_exec", 0),
    ("os.execl", 1),
    ("os.execlp", 1),
    ("os.execlpe", 1),
    ("os.execv", 1),
    ("os.execvp", 1),
    ("os.execvpe", 1),
    ("os.spawnlp", 2),
    ("os.spawnvp", 2),
    ("django.core.management.call_command", 0),
];

/// What runs a function on its own: the function is `target`, its arguments are `args`.
const STARTERS: &[&str] = &["multiprocessing.Process", "multiprocessing.context.Process", "threading.Thread"];

/// Methods of objects that tasks and sessions are given (invoke, fabric, nox) that run a command: a line, or words.
const METHODS: &[&str] = &["local", "run", "run_install", "sudo"];

/// Last names of all of them, for a look before anything is evaluated.
const NAMES: &[&str] = &[
    "Popen",
    "Process",
    "Thread",
    "call",
    "call_command",
    "check_call",
    "check_output",
    "create_subprocess_exec",
    "create_subprocess_shell",
    "execl",
    "execlp",
    "execlpe",
    "execv",
    "execvp",
    "execvpe",
    "getoutput",
    "getstatusoutput",
    "local",
    "popen",
    "run",
    "run_install",
    "spawn",
    "spawnlp",
    "spawnvp",
    "sudo",
    "system",
];

pub(super) fn in_module(linking: &Linking, eval: &Eval, id: ModuleId) -> Vec<Launch> {
    let module = linking.modules.get(id);
    let text = linking.sources.get(module.file).text.as_bytes();
    if ["elery", "flower", "worker_main"].iter().all(|word| memchr::memmem::find(text, word.as_bytes()).is_none()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for fact in &module.calls {
        let Some(call) = module.call(fact.call) else { continue };
        let (object, name) = match &module.expr(call.func).kind {
            ExprKind::Attribute { value, attr, .. } => (Some(*value), attr),
            ExprKind::Name(name) => (None, name),
            _ => continue,
        };
        let site = Site { module: id, scope: fact.context.scope, expr: fact.call };
        match (object, &**name) {
            (Some(object), "worker_main" | "start") => {
                found.extend(app_method(linking, eval, site, object, name));
            }
            (_, name) if NAMES.contains(&name) => found.extend(commands(eval, module, site)),
            _ => {}
        }
    }
    found
}

/// `app.worker_main(["worker", "-l", "info"])`, `app.start(argv=["beat"])`.
fn app_method(linking: &Linking, eval: &Eval, site: Site, object: ExprId, name: &str) -> Option<Launch> {
    let app = eval.expr(site.module, site.scope, object);
    let sure = is_app(&app);
    let argv = eval.argument(site, 0, "argv");
    if sure == Sure::No || (name == "start" && sure != Sure::Yes) {
        return None;
    }
    let module = linking.modules.get(site.module);
    let at = Loc::new(module.file, module.span(site.expr));
    let words = argv.as_ref().map(|argv| words(argv, at)).unwrap_or_default();
    // Celery 4 takes the program's name first, 5 does not.
    let named = words.first().and_then(|word| word.text.as_literal()).is_some_and(|word| word.ends_with("celery"));
    let words = if named { words.get(1..).unwrap_or_default() } else { &words };
    let line = line::parse(words).or_else(|| {
        let assumed = if name == "worker_main" { "worker" } else { "" };
        (name == "worker_main" || argv.is_none()).then(|| line::options(assumed, words))?
    })?;
    let mut launch = Launch::new(line, words, at, None);
    if launch.app_at.is_none() {
        launch.app = app_call(&app).and_then(|made| target(linking, made.site));
    }
    Some(launch)
}

/// What `-A` would be for the app that is made there.
fn target(linking: &Linking, site: Site) -> Option<String> {
    let module = linking.modules.get(site.module);
    let variable = variable_of(module, site)?;
    let plain = site.scope == Scope::Module;
    plain.then(|| format!("{}:{variable}", linking.modules.dotted(site.module, &[])))
}

/// The launches among the commands that a call of `subprocess` or `os` runs.
fn commands(eval: &Eval, module: &Module, site: Site) -> Vec<Launch> {
    let Some(call) = module.call(site.expr) else { return Vec::new() };
    let callee = eval.expr(site.module, site.scope, call.func);
    let at = Loc::new(module.file, module.span(site.expr));
    let Some(path) = callee.external() else { return by_method(eval, module, site, at) };
    if RUNS.contains(&path) {
        if let Some(line) = split_line(eval, module, site) {
            return of_value(&line, at);
        }
        let Some(command) = eval.argument(site, 0, "args").or_else(|| eval.argument(site, 0, "cmd")) else {
            return Vec::new();
        };
        return command.alternatives().iter().flat_map(|command| of_value(command, at)).collect();
    }
    if STARTERS.contains(&path) {
        return started(eval, site, at);
    }
    let Some((_, before)) = SPREADS.iter().find(|(name, _)| *name == path) else { return Vec::new() };
    let arguments = eval.arguments(site).positional;
    let spread = arguments.get(*before..).unwrap_or_default();
    let words: Vec<Word> = spread.iter().flat_map(|value| words(value, at)).collect();
    of_words(&words, at).into_iter().collect()
}

/// `line.split()` as the command, whatever is not known of the line.
fn split_line(eval: &Eval, module: &Module, site: Site) -> Option<Value> {
    let call = module.call(site.expr)?;
    let inner = module.call(call.args.first()?.value)?;
    let ExprKind::Attribute { value, attr, .. } = &module.expr(inner.func).kind else { return None };
    let line = (&**attr == "split").then(|| eval.expr(site.module, site.scope, *value))?;
    matches!(line.kind, ValueKind::Text(_)).then_some(line)
}

/// `Process(target=subprocess.run, args=(["celery", …],))`
fn started(eval: &Eval, site: Site, at: Loc) -> Vec<Launch> {
    let target = eval.argument(site, 1, "target");
    let runs = target.is_some_and(|target| target.external().is_some_and(|path| RUNS.contains(&path)));
    match eval.argument(site, 3, "args").map(|args| args.kind) {
        Some(ValueKind::List { items, .. }) if runs => items.first().map(|it| of_value(it, at)).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// `c.run("celery …")` of invoke, `session.run("celery", "-A", …)` of nox.
fn by_method(eval: &Eval, module: &Module, site: Site, at: Loc) -> Vec<Launch> {
    let Some(call) = module.call(site.expr) else { return Vec::new() };
    match &module.expr(call.func).kind {
        ExprKind::Attribute { attr, .. } if METHODS.contains(&&**attr) => {}
        _ => return Vec::new(),
    }
    let arguments = eval.arguments(site).positional;
    match arguments.as_slice() {
        [] => Vec::new(),
        [line] => of_value(line, at),
        several => {
            let words: Vec<Word> = several.iter().flat_map(|value| words(value, at)).collect();
            of_words(&words, at).into_iter().collect()
        }
    }
}

/// A list of words, `shlex.split("…")`, or a whole line.
fn of_value(command: &Value, at: Loc) -> Vec<Launch> {
    match &command.kind {
        ValueKind::List { .. } => of_words(&words(command, at), command.at.unwrap_or(at)).into_iter().collect(),
        ValueKind::Made(made) if matches!(made.callee.as_str(), "shlex.split" | "str.split") => {
            made.args.positional.first().map(|line| of_value(line, at)).unwrap_or_default()
        }
        ValueKind::Text(text) => {
            let mut facts = FileFacts::default();
            shell::read(text, None, &mut facts);
            // A text that was put together from several places is no script, but has words.
            match facts.commands.is_empty() {
                true => of_words(&file_words(text, at), at).into_iter().collect(),
                false => of_facts(&facts),
            }
        }
        _ => Vec::new(),
    }
}

/// The words of a text, each in the file of the call.
fn file_words(text: &Text, at: Loc) -> Vec<Word> {
    let words = command::words(text).into_iter();
    words.map(|word| if word.at.file == at.file { word } else { Word { at, ..word } }).collect()
}

fn of_words(words: &[Word], at: Loc) -> Option<Launch> {
    let (words, line) = program::celery(words)?;
    Some(Launch::new(line, words.get(1..).unwrap_or_default(), at, None))
}

/// A list as the words of a command; a single text is one word, what is not known is an unknown word.
fn words(value: &Value, at: Loc) -> Vec<Word> {
    match &value.kind {
        ValueKind::List { items, open } => {
            let mut found: Vec<Word> = items.iter().map(|item| word(item, at)).collect();
            if *open {
                let end = Span::new(at.span.end, at.span.end);
                found.push(Word { text: Text::unknown(None), at: Loc::new(at.file, end) });
            }
            found
        }
        _ => vec![word(value, at)],
    }
}

fn word(value: &Value, at: Loc) -> Word {
    // `sys.executable` is a Python.
    let text = match value.external() {
        Some("sys.executable") => Text::literal("python", value.at.unwrap_or(at)),
        _ => value.to_text(),
    };
    Word { text, at: value.at.unwrap_or(at) }
}
