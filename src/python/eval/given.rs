//! Questions that take something for granted: the values of parameters and of loop variables.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Eval, Frame, Locals, names};
use crate::python::ir::*;
use crate::python::modules::ModuleId;
use crate::python::value::{Args, Site, Value};
use crate::source::Loc;

/// Known values of the names of one scope.
#[derive(Debug, Clone)]
pub struct GivenFrame {
    pub module: ModuleId,
    pub scope: Scope,
    pub values: Vec<(Name, Value)>,
    /// Loop variables: they hold even where the scope binds the name itself.
    pub fixed: bool,
}

/// What a question takes for granted, the innermost scope first.
#[derive(Debug, Clone, Default)]
pub struct Given {
    frames: Arc<[GivenFrame]>,
    /// Tells it apart from all others, so that answers under it can be remembered; 0 when nothing is given.
    id: u32,
}

/// Marks the ids of locals that mean the same in every question.
pub(super) const STABLE: u32 = 1 << 31;
/// How many scopes may be given at once; each has an id of its own.
const MAX_FRAMES: usize = 8;
static NEXT: AtomicU32 = AtomicU32::new(0);

impl Given {
    /// Scopes and what is known of them, the innermost first.
    pub fn new(frames: impl IntoIterator<Item = GivenFrame>) -> Self {
        let frames: Arc<[GivenFrame]> = frames.into_iter().take(MAX_FRAMES).collect();
        let next = || NEXT.fetch_add(MAX_FRAMES as u32, Ordering::Relaxed) | STABLE;
        let id = if frames.is_empty() { 0 } else { next() };
        Self { frames, id }
    }

    /// The same with one more scope inside.
    pub fn with(&self, frame: GivenFrame) -> Self {
        Self::new(std::iter::once(frame).chain(self.frames.iter().cloned()))
    }

    pub fn frames(&self) -> &[GivenFrame] {
        &self.frames
    }
}

impl Eval<'_> {
    /// What an expression evaluates to when some names are known beforehand.
    pub fn expr_given(&self, module: ModuleId, scope: Scope, id: ExprId, given: &Given) -> Value {
        if given.frames.is_empty() {
            return self.expr(module, scope, id);
        }
        let key = (module, id, given.id);
        if let Some(answer) = self.memory.answers.borrow().get(&key) {
            return answer.clone();
        }
        let answer = self.with_locals(given.id, &given.frames, None, &|locals| {
            self.question(|| self.eval(Frame { module, scope, locals }, id))
        });
        self.memory.answers.borrow_mut().insert(key, answer.clone());
        answer
    }

    /// What an expression evaluates to, where that is the same whatever is given to the functions around it.
    pub fn settled(&self, module: ModuleId, scope: Scope, id: ExprId) -> Option<Value> {
        self.work.probe(|| self.eval(Frame { module, scope, locals: None }, id))
    }

    /// All arguments of a call, when some names are known beforehand.
    pub fn arguments_given(&self, site: Site, given: &Given) -> Args {
        let Some(call) = self.modules.get(site.module).call(site.expr) else { return Args::default() };
        self.with_locals(given.id, &given.frames, None, &|locals| {
            self.question(|| self.args(Frame { module: site.module, scope: site.scope, locals }, call))
        })
    }

    /// Pairs the parameters of a function with arguments; what is not passed takes its default.
    pub fn bind(
        &self,
        module: ModuleId,
        function: FunctionId,
        args: &Args,
        this: Option<&Value>,
    ) -> Vec<(Name, Value)> {
        self.question(|| self.bind_arguments(module, self.modules.get(module).function(function), args, this))
    }

    /// What calling a value gives.
    pub fn call_value(&self, callee: &Value, args: &Args, site: Site, at: Loc) -> Value {
        let frame = Frame { module: site.module, scope: site.scope, locals: None };
        self.question(|| self.apply(frame, callee, args, site, at))
    }

    /// What iterating over a value yields; unknown elements included.
    pub fn elements(&self, value: &Value) -> Vec<Value> {
        names::elements_of(value)
    }

    /// Pairs the names of a loop target with the parts of an element.
    pub fn destructured(&self, module: ModuleId, target: ExprId, item: &Value) -> Vec<(Name, Value)> {
        let mut values = Vec::new();
        self.destructure(module, target, item, &mut values);
        values
    }

    /// An attribute of a class, looked up along the project's bases.
    pub fn member(&self, module: ModuleId, class: ClassId, name: &str) -> Option<Value> {
        self.question(|| self.class_member(module, class, name))
    }

    /// The class and its project bases, the nearest first.
    pub fn classes(&self, module: ModuleId, class: ClassId) -> Vec<(ModuleId, ClassId)> {
        self.question(|| self.class_chain(module, class).to_vec())
    }

    fn with_locals<T>(
        &self,
        id: u32,
        frames: &[GivenFrame],
        outer: Option<&Locals>,
        work: &dyn Fn(Option<&Locals>) -> T,
    ) -> T {
        let Some((last, inner)) = frames.split_last() else { return work(outer) };
        let locals = Locals {
            scope: last.scope,
            module: last.module,
            values: Cow::Borrowed(&last.values),
            outer,
            id: id + frames.len() as u32 - 1,
            fixed: last.fixed,
            known: RefCell::default(),
        };
        self.with_locals(id, inner, Some(&locals), work)
    }
}
