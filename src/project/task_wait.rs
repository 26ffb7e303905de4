//! Where a task may wait for ever: a call of the network or of another program that has no timeout, in the task itself or in
//! a function of the project that it calls.

use std::sync::OnceLock;

use super::Task;
use super::link::Linking;
use super::task::{Definition, by_module};
use crate::python::ir::{BindingKind, Call, CallFact, ExprId, ExprKind, FunctionId, Module, Scope};
use crate::python::{Eval, ModuleId, Ref, Value, ValueKind};
use crate::source::Loc;

/// A call without a timeout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskWait {
    /// Index into `Project::tasks`.
    pub task: usize,
    /// The call.
    pub at: Loc,
    /// What is called (`requests.get`).
    pub callee: &'static str,
    /// It is another program that it waits for, not the network.
    pub program: bool,
}

/// A function that waits for ever unless it is given a timeout.
struct Waiting {
    path: &'static str,
    /// Where the timeout stands among the positional arguments.
    position: usize,
    program: bool,
}

const fn network(path: &'static str, position: usize) -> Waiting {
    Waiting { path, position, program: false }
}

const fn program(path: &'static str, position: usize) -> Waiting {
    Waiting { path, position, program: true }
}

/// No position that anybody uses.
const NAMED: usize = usize::MAX;

const WAITING: &[Waiting] = &[
    network("ftplib.FTP", 4),
    network("imaplib.IMAP4_SSL", NAMED),
    network("requests.Session.delete", NAMED),
    network("requests.Session.get", NAMED),
    network("requests.Session.head", NAMED),
    network("requests.Session.patch", NAMED),
    network("requests.Session.post", NAMED),
    network("requests.Session.put", NAMED),
    network("requests.Session.request", NAMED),
    network("requests.delete", NAMED),
    network("requests.get", NAMED),
    network("requests.head", NAMED),
    network("requests.options", NAMED),
    network("requests.patch", NAMED),
    network("requests.post", NAMED),
    network("requests.put", NAMED),
    network("requests.request", NAMED),
    network("smtplib.SMTP", 3),
    network("smtplib.SMTP_SSL", NAMED),
    network("socket.create_connection", 1),
    network("urllib.request.urlopen", 2),
    network("urllib.request.urlretrieve", NAMED),
    program("os.system", NAMED),
    program("subprocess.Popen.communicate", 1),
    program("subprocess.Popen.wait", 0),
    program("subprocess.call", NAMED),
    program("subprocess.check_call", NAMED),
    program("subprocess.check_output", NAMED),
    program("subprocess.run", NAMED),
];

/// Words that a module has which calls one of them.
const LIBRARIES: &[&str] = &["ftplib", "imaplib", "os.system", "requests", "smtplib", "socket", "subprocess", "urllib"];

/// How many calls of functions of the project are followed.
const MAX_LEVELS: u32 = 2;
/// How many functions are looked at for one task.
const MAX_FUNCTIONS: usize = 40;

/// The first such call of each task, in the order of the tasks.
pub fn find(linking: &Linking, tasks: &[Task]) -> Vec<TaskWait> {
    let spoken: Vec<OnceLock<bool>> = vec![OnceLock::new(); linking.modules.len()];
    let by_module = by_module(tasks, |task| task.definition.map(Definition::module).filter(|_| !task.in_test));
    linking.per_module(|eval, id| {
        let own = by_module.get(&id).into_iter().flatten();
        let found = own.filter_map(|(index, task)| {
            let Some(Definition::Function(module, function)) = task.definition else { return None };
            let (at, waiting) = Search { eval, spoken: &spoken, seen: Vec::new() }.function(module, function, 0)?;
            Some(TaskWait { task: *index, at, callee: waiting.path, program: waiting.program })
        });
        found.collect()
    })
}

struct Search<'a> {
    eval: &'a Eval<'a>,
    /// Which modules speak of waiting, once that was asked.
    spoken: &'a [OnceLock<bool>],
    seen: Vec<(ModuleId, FunctionId)>,
}

impl Search<'_> {
    /// The first call of a function that waits, itself or further down.
    fn function(&mut self, id: ModuleId, function: FunctionId, level: u32) -> Option<(Loc, &'static Waiting)> {
        if self.seen.contains(&(id, function)) || self.seen.len() >= MAX_FUNCTIONS {
            return None;
        }
        self.seen.push((id, function));
        let module = self.eval.modules.get(id);
        let own = module.calls.iter().filter(|fact| is_in(module, fact, function));
        own.into_iter().find_map(|fact| self.call(id, module, fact, level))
    }

    fn call(&mut self, id: ModuleId, module: &Module, fact: &CallFact, level: u32) -> Option<(Loc, &'static Waiting)> {
        let call = module.call(fact.call)?;
        if !self.may_matter(id, module, fact.context.scope, call.func, level) {
            return None;
        }
        let callee = self.eval.expr(id, fact.context.scope, call.func);
        if let ValueKind::Ref(Ref::Function(module, function)) = callee.kind {
            return if level < MAX_LEVELS { self.function(module, function, level + 1) } else { None };
        }
        let path = path(&callee)?;
        let waiting = WAITING.iter().find(|it| it.path == path)?;
        let given = |value: ExprId| !matches!(module.expr(value).kind, ExprKind::None);
        let named = call.keyword("timeout").map(|argument| argument.value);
        let timeout = named.or_else(|| call.positional().nth(waiting.position).map(|argument| argument.value));
        let waits = !call.has_splat() && !timeout.is_some_and(given) && connects(waiting, call);
        waits.then(|| (Loc::new(module.file, module.span(fact.call)), waiting))
    }

    /// A first look at the callee, without evaluation: it has the name of a function that waits, or may be one of the project
    /// in a module that speaks of waiting. To read a module for this that nothing else asks about is not worth its while.
    fn may_matter(&self, id: ModuleId, module: &Module, scope: Scope, callee: ExprId, level: u32) -> bool {
        let Some(last) = module.last_name(callee) else { return false };
        if WAITING.iter().any(|it| it.path.ends_with(&**last)) && self.speaks_of_waiting(id) {
            return true;
        }
        let (name, is_function) = match &module.expr(callee).kind {
            ExprKind::Name(name) => (name, true),
            ExprKind::Attribute { value, .. } => match &module.expr(*value).kind {
                ExprKind::Name(name) => (name, false),
                _ => return false,
            },
            _ => return false,
        };
        let bound = module.bindings(scope).names.get(name).or_else(|| module.scope.names.get(name));
        let Some(bound) = bound.filter(|_| level < MAX_LEVELS) else { return false };
        bound.iter().any(|binding| match &binding.kind {
            BindingKind::Import(imported) => self.leads_on(&self.eval.modules.resolve(id, imported), level),
            BindingKind::ImportFrom { module: from, name } => {
                let found = self.eval.modules.resolve(id, from);
                let child = self.eval.modules.child(&found, name);
                self.leads_on(child.as_ref().filter(|it| matches!(it, Ref::Module(_))).unwrap_or(&found), level)
            }
            BindingKind::Function(_) => is_function,
            _ => false,
        })
    }

    /// Whether a call of a function of that module may wait in the end.
    fn leads_on(&self, to: &Ref, level: u32) -> bool {
        let Ref::Module(id) = to else { return false };
        self.speaks_of_waiting(*id) || (level + 1 < MAX_LEVELS && self.eval.modules.is_relevant(*id))
    }

    fn speaks_of_waiting(&self, id: ModuleId) -> bool {
        let text = self.eval.modules.text(id).as_bytes();
        let speaks = || LIBRARIES.iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some());
        self.spoken.get(id).is_some_and(|known| *known.get_or_init(speaks))
    }
}

/// `SMTP()` without a host connects to nothing yet.
fn connects(waiting: &Waiting, call: &Call) -> bool {
    !matches!(waiting.path, "smtplib.SMTP" | "smtplib.SMTP_SSL" | "ftplib.FTP") || !call.args.is_empty()
}

/// Whether a call stands in the function itself; not in one that is defined in it, nor in its decorators.
fn is_in(module: &Module, fact: &CallFact, function: FunctionId) -> bool {
    let mut scope = fact.context.scope;
    while let Scope::Function(inner) = scope
        && inner != function
        && &*module.function(inner).name == "<lambda>"
    {
        scope = module.function(inner).parent;
    }
    scope == Scope::Function(function) && !fact.context.in_decorator
}

/// The dotted path of a function of a library, or of a method of an object that one made.
fn path(callee: &Value) -> Option<String> {
    let ValueKind::Method { of, name } = &callee.kind else {
        return callee.external().map(|path| path.replace("requests.api.", "requests."));
    };
    let made = of.made()?;
    let class = match made.callee.as_str() {
        "requests.session" | "requests.sessions.Session" => "requests.Session",
        class => class,
    };
    Some(format!("{class}.{name}"))
}
