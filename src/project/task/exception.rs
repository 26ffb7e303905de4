//! Exception classes as `except` clauses and `autoretry_for` name them, and which of them are of which.

use crate::python::{Eval, Ref, Value, ValueKind};

/// One exception class, as far as its bases are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionClass {
    /// The dotted path (`requests.exceptions.Timeout`), or the bare name of a built-in one.
    pub name: String,
    /// The names of the class itself and of its bases.
    lineage: Vec<String>,
    /// There are no other bases.
    complete: bool,
}

/// Other names of a class.
const ALIASES: &[(&str, &str)] = &[
    ("EnvironmentError", "OSError"),
    ("IOError", "OSError"),
    ("select.error", "OSError"),
    ("socket.error", "OSError"),
    ("socket.timeout", "TimeoutError"),
    ("requests.ConnectTimeout", "requests.exceptions.ConnectTimeout"),
    ("requests.ConnectionError", "requests.exceptions.ConnectionError"),
    ("requests.HTTPError", "requests.exceptions.HTTPError"),
    ("requests.ReadTimeout", "requests.exceptions.ReadTimeout"),
    ("requests.RequestException", "requests.exceptions.RequestException"),
    ("requests.Timeout", "requests.exceptions.Timeout"),
    ("requests.TooManyRedirects", "requests.exceptions.TooManyRedirects"),
    ("billiard.exceptions.SoftTimeLimitExceeded", SOFT_TIME_LIMIT),
    ("billiard.SoftTimeLimitExceeded", SOFT_TIME_LIMIT),
    ("billiard.exceptions.TimeLimitExceeded", "celery.exceptions.TimeLimitExceeded"),
    ("billiard.TimeLimitExceeded", "celery.exceptions.TimeLimitExceeded"),
    ("billiard.exceptions.WorkerLostError", "celery.exceptions.WorkerLostError"),
    ("billiard.WorkerLostError", "celery.exceptions.WorkerLostError"),
    ("billiard.exceptions.Terminated", "celery.exceptions.Terminated"),
    ("billiard.Terminated", "celery.exceptions.Terminated"),
    ("celery.exceptions.RetryTaskError", RETRY),
];

/// What `self.retry()` raises.
pub const RETRY: &str = "celery.exceptions.Retry";
/// What the soft time limit raises in a task.
pub const SOFT_TIME_LIMIT: &str = "celery.exceptions.SoftTimeLimitExceeded";

/// Classes and one of their bases; a class with two bases stands twice.
const BASES: &[(&str, &str)] = &[
    ("ArithmeticError", "Exception"),
    ("AssertionError", "Exception"),
    ("AttributeError", "Exception"),
    ("BlockingIOError", "OSError"),
    ("BrokenPipeError", "ConnectionError"),
    ("BufferError", "Exception"),
    ("ChildProcessError", "OSError"),
    ("ConnectionAbortedError", "ConnectionError"),
    ("ConnectionError", "OSError"),
    ("ConnectionRefusedError", "ConnectionError"),
    ("ConnectionResetError", "ConnectionError"),
    ("EOFError", "Exception"),
    ("Exception", "BaseException"),
    ("FileExistsError", "OSError"),
    ("FileNotFoundError", "OSError"),
    ("FloatingPointError", "ArithmeticError"),
    ("GeneratorExit", "BaseException"),
    ("ImportError", "Exception"),
    ("IndexError", "LookupError"),
    ("InterruptedError", "OSError"),
    ("IsADirectoryError", "OSError"),
    ("KeyError", "LookupError"),
    ("KeyboardInterrupt", "BaseException"),
    ("LookupError", "Exception"),
    ("MemoryError", "Exception"),
    ("ModuleNotFoundError", "ImportError"),
    ("NameError", "Exception"),
    ("NotADirectoryError", "OSError"),
    ("NotImplementedError", "RuntimeError"),
    ("OSError", "Exception"),
    ("OverflowError", "ArithmeticError"),
    ("PermissionError", "OSError"),
    ("ProcessLookupError", "OSError"),
    ("RecursionError", "RuntimeError"),
    ("ReferenceError", "Exception"),
    ("RuntimeError", "Exception"),
    ("StopIteration", "Exception"),
    ("SystemError", "Exception"),
    ("SystemExit", "BaseException"),
    ("TimeoutError", "OSError"),
    ("TypeError", "Exception"),
    ("UnboundLocalError", "NameError"),
    ("UnicodeDecodeError", "UnicodeError"),
    ("UnicodeEncodeError", "UnicodeError"),
    ("UnicodeError", "ValueError"),
    ("ValueError", "Exception"),
    ("ZeroDivisionError", "ArithmeticError"),
    ("celery.exceptions.CeleryError", "Exception"),
    ("celery.exceptions.Ignore", "celery.exceptions.TaskPredicate"),
    ("celery.exceptions.MaxRetriesExceededError", "celery.exceptions.TaskError"),
    ("celery.exceptions.Reject", "celery.exceptions.TaskPredicate"),
    (RETRY, "celery.exceptions.TaskPredicate"),
    (SOFT_TIME_LIMIT, "Exception"),
    ("celery.exceptions.TaskError", "celery.exceptions.CeleryError"),
    ("celery.exceptions.TaskPredicate", "celery.exceptions.CeleryError"),
    ("celery.exceptions.Terminated", "Exception"),
    ("celery.exceptions.TimeLimitExceeded", "Exception"),
    ("celery.exceptions.WorkerLostError", "Exception"),
    ("requests.exceptions.ConnectTimeout", "requests.exceptions.ConnectionError"),
    ("requests.exceptions.ConnectTimeout", "requests.exceptions.Timeout"),
    ("requests.exceptions.ConnectionError", "requests.exceptions.RequestException"),
    ("requests.exceptions.HTTPError", "requests.exceptions.RequestException"),
    ("requests.exceptions.ProxyError", "requests.exceptions.ConnectionError"),
    ("requests.exceptions.ReadTimeout", "requests.exceptions.Timeout"),
    ("requests.exceptions.RequestException", "OSError"),
    ("requests.exceptions.SSLError", "requests.exceptions.ConnectionError"),
    ("requests.exceptions.Timeout", "requests.exceptions.RequestException"),
    ("requests.exceptions.TooManyRedirects", "requests.exceptions.RequestException"),
];

const ROOT: &str = "BaseException";

impl ExceptionClass {
    /// The class of that dotted path, outside the project.
    pub fn external(path: &str) -> Self {
        let name = canonical(path).to_owned();
        let mut class = Self { lineage: vec![name.clone()], name, complete: true };
        class.climb();
        class
    }

    /// Adds the bases of all that is in the lineage. A class of another package that is not in the table surely is an
    /// `Exception`, and may have other bases.
    fn climb(&mut self) {
        let mut at = 0;
        while let Some(name) = self.lineage.get(at).cloned() {
            at += 1;
            let bases: Vec<&str> = BASES.iter().filter(|(class, _)| *class == name).map(|(_, base)| *base).collect();
            self.complete &= !bases.is_empty() || name == ROOT || name.starts_with(PROJECT);
            let unknown = bases.is_empty() && name != ROOT && !name.starts_with(PROJECT);
            for base in bases.into_iter().chain(unknown.then_some("Exception")) {
                if !self.lineage.iter().any(|known| known == base) {
                    self.lineage.push(base.to_owned());
                }
            }
        }
    }

    /// Whether it is that class or derives from it; none when that is not known.
    pub fn is_a(&self, other: &Self) -> Option<bool> {
        let found = self.lineage.contains(&other.name);
        if found || self.complete { Some(found) } else { None }
    }

    /// The name without its module.
    pub fn last(&self) -> &str {
        self.name.rsplit(['.', ':']).next().unwrap_or_default()
    }

    /// Whether the project defines it.
    pub fn is_own(&self) -> bool {
        self.name.starts_with(PROJECT)
    }

    /// Whether it is surely a class: a known one, one of the project, or one that is called like one.
    pub fn is_sure(&self) -> bool {
        let known = BASES.iter().any(|(class, _)| *class == self.name) || self.name == ROOT;
        known || self.is_own() || self.last().ends_with("Error") || self.last().ends_with("Exception")
    }
}

/// Begins the names of the project's own classes.
const PROJECT: &str = ":";

fn canonical(path: &str) -> &str {
    let path = path.strip_prefix("builtins.").unwrap_or(path);
    ALIASES.iter().find(|(alias, _)| *alias == path).map_or(path, |(_, name)| *name)
}

/// The exception class that a value is.
pub fn class(eval: &Eval, value: &Value) -> Option<ExceptionClass> {
    match &value.kind {
        ValueKind::Ref(Ref::External(path)) => Some(ExceptionClass::external(path)),
        ValueKind::Ref(Ref::Class(module, class)) => {
            let chain = eval.class_bases(*module, *class);
            let named = |(module, class): &(usize, crate::python::ir::ClassId)| {
                format!("{PROJECT}{module}:{}", eval.modules.get(*module).class(*class).name)
            };
            let outside = eval.external_bases(*module, *class);
            let mut lineage: Vec<String> = chain.iter().map(named).collect();
            let name = lineage.first()?.clone();
            let complete = !outside.is_empty();
            lineage.extend(outside.iter().map(|path| canonical(path).to_owned()));
            let mut class = ExceptionClass { name, lineage, complete };
            class.climb();
            Some(class)
        }
        _ => None,
    }
}

/// The classes of a tuple or list of them, or a single one; none when one of them is not known.
pub fn classes(eval: &Eval, value: &Value) -> Option<Vec<ExceptionClass>> {
    match &value.kind {
        ValueKind::List { items, open: false } => items.iter().map(|item| class(eval, item)).collect(),
        _ => class(eval, value).map(|class| vec![class]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_know_their_bases() {
        let is = |class: &str, base: &str| ExceptionClass::external(class).is_a(&ExceptionClass::external(base));
        assert_eq!(is(RETRY, "Exception"), Some(true));
        assert_eq!(is(RETRY, "celery.exceptions.Ignore"), Some(false));
        assert_eq!(is("requests.ConnectTimeout", "requests.Timeout"), Some(true));
        assert_eq!(is("requests.HTTPError", "IOError"), Some(true));
        assert_eq!(is("ValueError", "OSError"), Some(false));
        assert_eq!(is("KeyboardInterrupt", "Exception"), Some(false));
        assert_eq!(is("kombu.exceptions.OperationalError", "Exception"), Some(true));
        assert_eq!(is("kombu.exceptions.OperationalError", "OSError"), None);
    }
}
