//! Credentials on command lines that Python code runs: `app.worker_main([…])`, `subprocess.run([…])`, `os.system("…")`.

use super::Secret;
use super::commands::of_words;
use crate::files::{Word, command};
use crate::project::link::Linking;
use crate::python::{Eval, ModuleId, Site, Value, ValueKind};
use crate::source::{Loc, Text};

/// Last names of functions that take a command as a list of words, as one line, or word by word.
const RUNS: &[&str] = &[
    "Popen",
    "call",
    "check_call",
    "check_output",
    "create_subprocess_exec",
    "create_subprocess_shell",
    "execlp",
    "execvp",
    "getoutput",
    "local",
    "popen",
    "run",
    "start",
    "sudo",
    "system",
    "worker_main",
];

/// Those that take the words after `celery`.
const OF_APP: &[&str] = &["start", "worker_main"];

/// Programs that take a credential on their command line.
const PROGRAMS: &[&str] = &["celery", "flower", "redis-", "rabbitmq", "valkey"];

pub(super) fn in_module(linking: &Linking, eval: &Eval, id: ModuleId) -> Vec<Secret> {
    let module = linking.modules.get(id);
    let text = linking.sources.get(module.file).text.as_bytes();
    if PROGRAMS.iter().all(|word| memchr::memmem::find(text, word.as_bytes()).is_none()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for fact in &module.calls {
        let Some(call) = module.call(fact.call) else { continue };
        let Some(last) = module.last_name(call.func) else { continue };
        if !RUNS.contains(&&**last) {
            continue;
        }
        let args = eval.arguments(Site { module: id, scope: fact.context.scope, expr: fact.call });
        let line = args.positional.first().or_else(|| args.named("argv")).or_else(|| args.named("args"));
        let line = line.map(unsplit);
        let at = Loc::new(module.file, module.span(fact.call));
        let mut words: Vec<Word> =
            OF_APP.contains(&&**last).then(|| word(Text::literal("celery", at), at)).into_iter().collect();
        match line.map(|line| &line.kind) {
            Some(ValueKind::List { items, .. }) => words.extend(items.iter().map(|item| of_value(item, at))),
            Some(ValueKind::Text(text)) if args.positional.len() == 1 => words.extend(command::words(text)),
            Some(_) => words.extend(args.positional.iter().flat_map(|value| spread(value, at))),
            None => continue,
        }
        found.extend(of_words(&words, 0));
    }
    found
}

/// `shlex.split("…")` is its line.
fn unsplit(line: &Value) -> &Value {
    let made = line.made().filter(|made| made.callee == "shlex.split");
    made.and_then(|made| made.args.positional.first()).unwrap_or(line)
}

/// The words of an argument: a text, or a list of them.
fn spread(value: &Value, at: Loc) -> Vec<Word> {
    match &value.kind {
        ValueKind::List { items, .. } => items.iter().map(|item| of_value(item, at)).collect(),
        _ => vec![of_value(value, at)],
    }
}

fn of_value(value: &Value, at: Loc) -> Word {
    word(value.to_text(), value.at.unwrap_or(at))
}

fn word(text: Text, at: Loc) -> Word {
    Word { text, at }
}
