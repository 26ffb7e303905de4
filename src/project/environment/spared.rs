//! Reads that the code can do without: values that are tested before use, variables that stand in for each other.

use rustc_hash::FxHashSet;

use super::python::Reading;
use crate::python::ir::{BindingKind, Block, ExprId, ExprKind, Module, Name, StmtKind};

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

/// Values of names that the code can do without: `if NAME:`, `NAME or …`, `… if NAME else …`, `if not NAME: NAME = …`.
pub(super) fn tested_values(module: &Module) -> FxHashSet<ExprId> {
    let mut names = FxHashSet::default();
    for expr in &module.exprs {
        match &expr.kind {
            ExprKind::If { test, .. } => positive_names(module, *test, &mut names),
            ExprKind::Call(call) if module.dotted(call.func).as_deref() == Some("bool") => {
                call.args.iter().for_each(|argument| positive_names(module, argument.value, &mut names));
            }
            ExprKind::Logic { values, .. } => {
                let rest = values.len().saturating_sub(1);
                values.iter().take(rest).for_each(|value| positive_names(module, *value, &mut names));
            }
            _ => {}
        }
    }
    for block in std::iter::once(&module.body)
        .chain(module.functions.iter().map(|function| &function.body))
        .chain(module.classes.iter().map(|class| &class.body))
    {
        tested_in_block(module, block, &mut names, 0);
    }
    let scopes = std::iter::once(&module.scope)
        .chain(module.functions.iter().map(|function| &function.scope))
        .chain(module.classes.iter().map(|class| &class.scope));
    let bindings = scopes.flat_map(|scope| &scope.names).filter(|(name, _)| names.contains(*name));
    let values = bindings.flat_map(|(_, bindings)| bindings).filter_map(|binding| match binding.kind {
        BindingKind::Value(value) => Some(value),
        _ => None,
    });
    values.collect()
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

fn tested_in_block(module: &Module, block: &Block, names: &mut FxHashSet<Name>, depth: u32) {
    if depth > 20 {
        return;
    }
    for stmt in block {
        if let StmtKind::If(branches) = &stmt.kind {
            for (test, body) in branches.iter().filter_map(|(test, body)| Some(((*test)?, body))) {
                positive_names(module, test, names);
                names.extend(replaced_name(module, test, body));
            }
        }
        stmt.blocks().into_iter().for_each(|inner| tested_in_block(module, inner, names, depth + 1));
    }
}

/// `if NAME`, `if NAME is not None`, `if A and B`.
fn positive_names(module: &Module, test: ExprId, names: &mut FxHashSet<Name>) {
    match &module.expr(test).kind {
        ExprKind::Name(name) => {
            names.insert(name.clone());
        }
        ExprKind::Logic { any: false, values } => {
            for value in values {
                if let ExprKind::Name(name) = &module.expr(*value).kind {
                    names.insert(name.clone());
                }
            }
        }
        _ => {}
    }
}

/// `if not NAME: NAME = …`: the name that gets another value.
fn replaced_name(module: &Module, test: ExprId, body: &Block) -> Option<Name> {
    let ExprKind::Not(operand) = module.expr(test).kind else { return None };
    let ExprKind::Name(name) = &module.expr(operand).kind else { return None };
    let assigns = body.iter().any(|stmt| match &stmt.kind {
        StmtKind::Assign { targets, .. } => {
            targets.iter().any(|target| matches!(&module.expr(*target).kind, ExprKind::Name(target) if target == name))
        }
        _ => false,
    });
    assigns.then(|| name.clone())
}
