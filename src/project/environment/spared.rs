//! Reads that are none, and variables that stand in for each other.

use rustc_hash::FxHashSet;

use super::python::Reading;
use crate::python::ir::{Block, ExprId, ExprKind, Module, StmtKind};

/// `get("A") or get("B")`, `get("A", get("B"))`: any one of the variables suffices. An item is no part of it: it raises when
/// its variable is not set, whatever stands before it.
pub(super) fn alternatives(module: &Module, readings: &mut [Reading]) {
    let calls: Vec<ExprId> =
        readings.iter().map(|reading| reading.expr).filter(|expr| module.call(*expr).is_some()).collect();
    for group in groups(module, &calls) {
        let of_group = |reading: &&mut Reading| group.contains(&reading.expr);
        let mut names: Vec<String> = Vec::new();
        for reading in readings.iter_mut().filter(of_group) {
            let keys = reading.accesses.iter().flat_map(|access| &access.keys);
            names.extend(keys.flat_map(|key| key.names.clone()));
        }
        for reading in readings.iter_mut().filter(of_group) {
            for key in reading.accesses.iter_mut().flat_map(|access| &mut access.keys) {
                let new: Vec<String> = names.iter().filter(|name| !key.names.contains(name)).cloned().collect();
                key.names.extend(new);
            }
        }
    }
}

/// The calls that stand in for each other.
fn groups(module: &Module, calls: &[ExprId]) -> Vec<Vec<ExprId>> {
    let mut groups = Vec::new();
    for expr in &module.exprs {
        if let ExprKind::Logic { any: true, values } = &expr.kind {
            groups.push(values.iter().copied().filter(|value| calls.contains(value)).collect::<Vec<_>>());
        }
    }
    for outer in calls {
        let arguments = module.call(*outer).map(|call| call.args.iter().skip(1)).into_iter().flatten();
        let inner = arguments.map(|argument| argument.value).filter(|value| calls.contains(value));
        groups.push(std::iter::once(*outer).chain(inner).collect());
    }
    groups.retain(|group| group.len() > 1);
    groups
}

/// Targets of `del`.
pub(super) fn deleted(module: &Module) -> FxHashSet<ExprId> {
    let mut targets = FxHashSet::default();
    let mut blocks: Vec<&Block> = std::iter::once(&module.body)
        .chain(module.functions.iter().map(|function| &function.body))
        .chain(module.classes.iter().map(|class| &class.body))
        .collect();
    while let Some(block) = blocks.pop() {
        for stmt in block {
            if let StmtKind::Delete(found) = &stmt.kind {
                targets.extend(found.iter().copied());
            }
            blocks.extend(stmt.blocks());
        }
    }
    targets
}
