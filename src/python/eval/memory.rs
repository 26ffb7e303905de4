//! What evaluators remember, and when a remembered value stands for one that is worked out anew.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::classes::Classes;
use super::work::Known;
use super::{Eval, environment};
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
    pub(super) active: RefCell<FxHashSet<(ModuleId, ExprId, u32)>>,
    /// The module-level names that are being worked out, by the address of their bindings.
    pub(super) naming: RefCell<FxHashSet<usize>>,
    pub(super) classes: Classes,
    /// What of each function's body reads the environment with a parameter as the key.
    pub(super) wrappers: RefCell<environment::Wrappers>,
}

impl Eval<'_> {
    /// What is remembered of an expression, when working it out anew would come to the same.
    pub(super) fn known(&self, key: (ModuleId, ExprId, u32)) -> Option<Value> {
        let affordable = |known: &Known| self.work.afford(known.spent).then(|| known.value.clone());
        if key.2 == 0 {
            self.memory.memo.borrow().get(&(key.0, key.1)).and_then(affordable)
        } else {
            self.memory.given.borrow().get(&key).and_then(affordable)
        }
    }

    pub(super) fn remember(&self, key: (ModuleId, ExprId, u32), known: Known) {
        if key.2 == 0 {
            self.memory.memo.borrow_mut().insert((key.0, key.1), known);
        } else {
            self.memory.given.borrow_mut().insert(key, known);
        }
    }
}
