//! Where an evaluation stands, and what is known there beforehand.

use std::borrow::Cow;
use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::work::Known;
use crate::python::ir::*;
use crate::python::modules::ModuleId;
use crate::python::value::Value;

/// Where an evaluation stands: a scope of a module, with the values of parameters and comprehension variables if known.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'f> {
    pub module: ModuleId,
    pub scope: Scope,
    pub locals: Option<&'f Locals<'f>>,
}

/// Known values of names of one scope.
pub(crate) struct Locals<'f> {
    pub scope: Scope,
    pub module: ModuleId,
    pub values: Cow<'f, [(Name, Value)]>,
    pub outer: Option<&'f Locals<'f>>,
    /// Tells apart two evaluations of the same expression under different locals.
    pub id: u32,
    /// The values hold wherever the names are read (loop and comprehension variables); those of parameters hold until
    /// the function binds the name anew.
    pub fixed: bool,
    /// What expressions are worth under them, where the id does not say enough for others to use it.
    pub(super) known: RefCell<FxHashMap<(ModuleId, ExprId), Known>>,
}

impl Locals<'_> {
    /// The values of a function's parameters in one call.
    pub(super) fn of_call(module: ModuleId, scope: Scope, values: Vec<(Name, Value)>, id: u32) -> Self {
        let values = Cow::Owned(values);
        Self { scope, module, values, outer: None, id, fixed: false, known: RefCell::default() }
    }
}
