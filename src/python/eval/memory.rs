//! What evaluators remember, and when a remembered value stands for one that is worked out anew.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::classes::Classes;
use super::given::STABLE;
use super::work::{Done, Known, Spent};
use super::{Eval, Frame, environment};
use crate::python::ir::ExprId;
use crate::python::modules::ModuleId;
use crate::python::value::Value;

/// What evaluators remember. It changes no answer, and may pass from one evaluator of the same modules to another.
#[derive(Default)]
pub struct Memory {
    /// By module and expression.
    memo: RefCell<FxHashMap<(ModuleId, ExprId), Known>>,
    /// The same where something is given, with the id of what is: of use to the questions about one module only.
    pub(super) given: RefCell<FxHashMap<(ModuleId, ExprId, u32), Known>>,
    /// Module-level names, by the address of their bindings.
    pub(super) names: RefCell<FxHashMap<usize, Known>>,
    /// The answers to whole questions about expressions, complete or not.
    pub(super) answers: RefCell<FxHashMap<(ModuleId, ExprId, u32), Value>>,
    /// The expressions that are being evaluated, each with how many others are around it.
    pub(super) active: RefCell<FxHashMap<(ModuleId, ExprId, u32), u32>>,
    /// The module-level names that are being worked out, by the address of their bindings.
    pub(super) naming: RefCell<FxHashSet<usize>>,
    pub(super) classes: Classes,
    /// What of each function's body reads the environment with a parameter as the key.
    pub(super) wrappers: RefCell<environment::Wrappers>,
}

impl Eval<'_> {
    /// What is remembered of an expression, when working it out anew would come to the same.
    pub(super) fn known(&self, frame: Frame, id: ExprId) -> Option<Value> {
        let affordable = |known: &Known| self.work.afford(known.spent).then(|| known.value.clone());
        let key = (frame.module, id);
        match frame.locals {
            None => self.memory.memo.borrow().get(&key).and_then(affordable),
            Some(locals) if locals.id & STABLE != 0 => {
                self.memory.given.borrow().get(&(key.0, key.1, locals.id)).and_then(affordable)
            }
            Some(locals) => locals.known.borrow().get(&key).and_then(affordable),
        }
    }

    /// Remembers a value as widely as it holds. What outlives the questions about one module, and so may be met in any
    /// order, has to be complete.
    pub(super) fn remember(&self, frame: Frame, id: ExprId, value: &Value, done: &Done) {
        let known = |spent| Known { value: value.clone(), spent };
        let key = (frame.module, id);
        match frame.locals {
            None => {
                if let Some(spent) = done.complete() {
                    self.memory.memo.borrow_mut().insert(key, known(spent));
                }
            }
            Some(locals) if locals.id & STABLE != 0 => {
                if let Some(spent) = done.closed() {
                    self.memory.given.borrow_mut().insert((key.0, key.1, locals.id), known(spent));
                }
            }
            Some(locals) => {
                if let Some(spent) = done.closed().filter(Spent::is_much) {
                    locals.known.borrow_mut().insert(key, known(spent));
                }
            }
        }
    }
}
