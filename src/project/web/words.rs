//! What the texts and names of a function say by themselves, where values are not known.

use crate::python::ir::*;

/// Words that stand in a function's texts.
#[derive(Default)]
pub struct Words {
    pub status: bool,
    pub result: bool,
    /// Words of a state: what is only tested is told on.
    pub tells: bool,
}

impl Words {
    pub fn hear(&mut self, text: &str) {
        const TELLING: &[&str] = &[
            "status",
            "state",
            "ready",
            "done",
            "finished",
            "complete",
            "completed",
            "pending",
            "processing",
            "progress",
            "running",
            "in progress",
            "in_progress",
            "failed",
            "failure",
            "success",
            "waiting",
            "queued",
            "not ready",
            "not finished",
            "still",
            "started",
        ];
        let lower = text.to_lowercase();
        self.tells |= lower.len() < 60
            && TELLING.iter().any(|word| {
                lower.split(|c: char| !c.is_alphanumeric() && c != ' ' && c != '_').any(|part| part.trim() == *word)
            });
        self.status |= lower == "status" || lower == "state";
        self.result |= lower == "result";
    }
}

/// The texts of a list or string, for command lines.
pub fn text_of(module: &Module, expr: ExprId) -> String {
    match &module.expr(expr).kind {
        ExprKind::Str(parts) => parts
            .iter()
            .map(|part| match part {
                StrPart::Literal { text, .. } => text.to_string(),
                StrPart::Hole { .. } => "…".to_owned(),
            })
            .collect(),
        ExprKind::List(items) | ExprKind::Tuple(items) => {
            items.iter().map(|item| text_of(module, *item)).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

/// A receiver with its calls left out: `app.control.inspect(timeout=1)` is `app.control.inspect`.
pub fn written(module: &Module, expr: ExprId) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut at = expr;
    for _ in 0..24 {
        match &module.expr(at).kind {
            ExprKind::Call(call) => at = call.func,
            ExprKind::Subscript { value, .. } => at = *value,
            ExprKind::Await(inner) => at = *inner,
            ExprKind::Attribute { value, attr, .. } => {
                parts.push(attr.to_string());
                at = *value;
            }
            ExprKind::Name(name) => {
                parts.push(name.to_string());
                parts.reverse();
                return Some(parts.join("."));
            }
            _ => return None,
        }
    }
    None
}
