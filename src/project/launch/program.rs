//! Which word of a command is the program that starts Celery. Whatever runs it is seen through; a word that only says
//! `celery` (a package, a user, a service, an image) is no program, because no sub-command follows it.

use super::line::{self, Line};
use crate::files::{Word, shell};
use crate::source::{Loc, Piece, Span, Text};

/// Programs that run the rest of their words (or a part of them) as a command.
const RUNNERS: &[&str] = &[
    "authbind",
    "call",
    "catatonit",
    "catchsegv",
    "chpst",
    "chroot",
    "chronic",
    "chrt",
    "cmd",
    "command",
    "conda",
    "coverage",
    "cpulimit",
    "ddprof",
    "ddtrace-run",
    "debugpy",
    "dockerize",
    "doas",
    "dotenv",
    "dumb-init",
    "env",
    "envdir",
    "exec",
    "fg",
    "gosu",
    "hatch",
    "hivemind",
    "honcho",
    "hupper",
    "ionice",
    "mamba",
    "micromamba",
    "newrelic-admin",
    "nice",
    "nodemon",
    "nohup",
    "numactl",
    "opentelemetry-instrument",
    "pdm",
    "pipenv",
    "pixi",
    "poetry",
    "py-spy",
    "reflex",
    "runuser",
    "rye",
    "s6-setuidgid",
    "scalene",
    "screen",
    "scout-apm",
    "script",
    "setpriv",
    "setsid",
    "setuidgid",
    "sentry",
    "start",
    "start-stop-daemon",
    "stdbuf",
    "strace",
    "su-exec",
    "sudo",
    "systemd-run",
    "taskset",
    "tee",
    "time",
    "timeout",
    "tini",
    "tini-static",
    "tmux",
    "unbuffer",
    "uv",
    "uvx",
    "wait-for-it",
    "wait-for-it.sh",
    "wait-for",
    "watch",
    "watchfiles",
    "watchgod",
    "watchmedo",
    "wrapper",
    "xargs",
    "xvfb-run",
    "yarn",
    "memray",
    "chamber",
    "aws-vault",
    "doppler",
    "infisical",
    "op",
    "sops",
    "vault",
    "envconsul",
    "teller",
    "elastic-apm",
    "splunk-py-trace",
    "appsignal-wrap",
    "lumigo_tracer",
];

/// Programs whose `celery` is never a program.
const NEVER: &[&str] = &[
    "adduser",
    "addgroup",
    "apk",
    "apt",
    "apt-get",
    "brew",
    "cat",
    "cd",
    "chgrp",
    "chmod",
    "chown",
    "chpasswd",
    "cp",
    "curl",
    "cut",
    "dnf",
    "echo",
    "easy_install",
    "egrep",
    "expr",
    "find",
    "getent",
    "git",
    "grep",
    "groupadd",
    "head",
    "id",
    "install",
    "journalctl",
    "kill",
    "killall",
    "less",
    "ln",
    "log",
    "ls",
    "mkdir",
    "mv",
    "oc",
    "pgrep",
    "pidof",
    "pip",
    "pip3",
    "pkill",
    "printf",
    "ps",
    "rabbitmqctl",
    "rm",
    "rsync",
    "scp",
    "sed",
    "service",
    "supervisorctl",
    "systemctl",
    "tail",
    "tar",
    "touch",
    "type",
    "update-rc.d",
    "useradd",
    "usermod",
    "wget",
    "which",
    "yum",
    "zypper",
    "[",
    "test",
    "hash",
    "set",
    "export",
    "alias",
    "heroku-ps",
];

/// Programs that run a command in some place, with one of these words before it.
const INSIDE: &[&str] = &[
    "docker",
    "docker-compose",
    "podman",
    "podman-compose",
    "nerdctl",
    "kubectl",
    "oc",
    "heroku",
    "fly",
    "flyctl",
    "dokku",
    "railway",
    "ecs-cli",
    "lando",
    "ddev",
    "nomad",
];
const INSIDE_VERBS: &[&str] = &["run", "exec", "run:detached"];

/// Ends of the names of programs that run Django's commands, as `manage.py` does.
const MANAGERS: &[&str] = &["-server", "-manage", "-admin"];

/// The words from the program on, and what they say.
pub(super) fn celery(words: &[Word]) -> Option<(Vec<Word>, Line)> {
    if !words.iter().any(|word| speaks(&word.text)) {
        return None;
    }
    let words = &joined(words);
    let first = basename(&words.first()?.text).unwrap_or_default();
    if NEVER.contains(&first.trim_start_matches('@')) {
        return None;
    }
    for (at, word) in words.iter().enumerate() {
        let hatched = first == "hatch" && basename(&word.text).is_some_and(|name| name.ends_with(":celery"));
        let Some(program) = program(word).or(hatched.then_some(Program::Celery)) else { continue };
        let rest = words.get(at + 1..).unwrap_or_default();
        let found = match program {
            Program::Celery => line::parse(rest),
            Program::Flower => line::options("flower", rest),
        };
        if let Some(line) = found.filter(|line| is_run(words, at, line)) {
            return Some((words[at..].to_vec(), line));
        }
    }
    watched(words)
}

/// `{{ name }}` of a template is one word.
fn joined(words: &[Word]) -> Vec<Word> {
    let count = |word: &Word, mark: &str| -> usize {
        let literals = word.text.pieces.iter().map(|piece| match piece {
            Piece::Literal { text, .. } => text.matches(mark).count(),
            _ => 0,
        });
        literals.sum()
    };
    let mut found: Vec<Word> = Vec::new();
    let mut open = 0;
    for word in words {
        match found.last_mut().filter(|last| open > 0 && last.at.file == word.at.file) {
            Some(last) => {
                let blank = Loc::new(word.at.file, Span::new(word.at.span.start, word.at.span.start));
                last.text.push(Text::literal(" ", blank));
                last.text.push(word.text.clone());
                last.at = Loc::new(last.at.file, last.at.span.cover(word.at.span));
            }
            None => found.push(word.clone()),
        }
        open = (open + count(word, "{{")).saturating_sub(count(word, "}}"));
    }
    found
}

#[derive(Clone, Copy, PartialEq)]
enum Program {
    Celery,
    Flower,
}

/// A cheap look before anything is taken apart.
fn speaks(text: &Text) -> bool {
    text.pieces.iter().any(|piece| match piece {
        Piece::Literal { text, .. } => text.contains("celery") || text.contains("flower"),
        Piece::Env { keys, .. } => keys.iter().any(|key| key.contains("CELERY")),
        Piece::Unknown { .. } => false,
    })
}

fn program(word: &Word) -> Option<Program> {
    if let [Piece::Env { keys, .. }] = word.text.pieces.as_slice() {
        // `${CELERY_BIN}` of the units in Celery's documentation.
        let named = |key: &String| matches!(key.as_str(), "CELERY_BIN" | "CELERY_CMD" | "CELERY" | "CELERYBIN");
        return keys.iter().any(named).then_some(Program::Celery);
    }
    match basename(&word.text)? {
        "celery" | "celery.exe" => Some(Program::Celery),
        "flower" | "flower.exe" => Some(Program::Flower),
        _ => None,
    }
}

/// The last component of a word's path; the word may start with something unknown (`"$DIR"/bin/celery`).
fn basename(text: &Text) -> Option<&str> {
    let Some(Piece::Literal { text: last, .. }) = text.pieces.last() else { return None };
    let known = text.pieces.len() == 1 || last.contains('/');
    // systemd and make put marks before a program.
    let name = last.rsplit(['/', '\\']).next().unwrap_or(last).trim_start_matches(['@', '-', '+', '!', ':']);
    known.then_some(name)
}

/// Whether the words before the program run it.
fn is_run(words: &[Word], at: usize, line: &Line) -> bool {
    let before = &words[..at];
    let Some(last) = before.last() else { return true };
    if matches!(last.text.as_literal().as_deref(), Some("-m" | "--")) {
        return true;
    }
    let first = before.first().and_then(|word| basename(&word.text)).unwrap_or_default();
    if INSIDE.contains(&first) {
        let verb = |word: &Word| word.text.as_literal().is_some_and(|word| INSIDE_VERBS.contains(&word.as_str()));
        return before.iter().any(verb);
    }
    let interpreter = first.starts_with("python") || first == "py" || first.starts_with("pypy");
    let script =
        before.first().is_some_and(|word| is_path(&word.text)) || first.ends_with(".sh") || first.ends_with(".py");
    let app = line.options.iter().any(|option| matches!(option.name.as_str(), "app" | "broker" | "config" | "workdir"));
    let manager = at == 1 && (first == "manage" || MANAGERS.iter().any(|end| first.ends_with(end)));
    RUNNERS.contains(&first) || interpreter || script || app || manager
}

fn is_path(text: &Text) -> bool {
    text.pieces.iter().any(|piece| matches!(piece, Piece::Literal { text, .. } if text.contains('/')))
}

/// `watchfiles celery.__main__.main --args '-A proj worker'`: a function of Celery's and its arguments in one word.
fn watched(words: &[Word]) -> Option<(Vec<Word>, Line)> {
    const MAINS: &[&str] = &["celery.__main__.main", "celery.bin.celery.main"];
    let main =
        words.iter().position(|word| word.text.as_literal().is_some_and(|word| MAINS.contains(&word.as_str())))?;
    let arguments = words.iter().enumerate().find_map(|(at, word)| match word.text.pieces.first()? {
        Piece::Literal { text, .. } if text == "--args" => words.get(at + 1).map(|next| next.text.clone()),
        Piece::Literal { text, .. } if text.starts_with("--args=") => Some(shell::without_prefix(&word.text, 7)),
        _ => None,
    })?;
    let line = line::parse(&shell::words_of(&arguments))?;
    Some((words[main..].to_vec(), line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_in_one_list_only() {
        let twice: Vec<_> = RUNNERS.iter().filter(|name| NEVER.contains(name) || INSIDE.contains(name)).collect();
        assert_eq!(twice, [&""; 0]);
    }
}
