//! What answers a route: functions, methods, view classes, and what wrappers hide.

use crate::python::ir::*;
use crate::python::{Eval, ModuleId, Ref, Value, ValueKind};
use crate::source::Loc;

#[derive(Debug, Clone)]
pub enum Handler {
    Function {
        module: ModuleId,
        function: FunctionId,
        /// What the first parameter is bound to, for methods.
        this: Option<Value>,
    },
    Class {
        module: ModuleId,
        class: ClassId,
        /// The call that made the view (`as_view(checks=[…])`, `as_view({"get": "list"})`).
        with: Option<Value>,
    },
    /// Something outside the project, by its dotted path, with the value that it is.
    Library {
        path: String,
        value: Value,
    },
    Unknown,
}

const MAX_DEPTH: u32 = 6;

impl Handler {
    /// What a value that is given as a handler answers with.
    pub fn of(eval: &Eval, value: &Value) -> Self {
        Self::unwrap(eval, value, MAX_DEPTH)
    }

    fn unwrap(eval: &Eval, value: &Value, depth: u32) -> Self {
        if depth == 0 {
            return Self::Unknown;
        }
        let mut library = Self::Unknown;
        for alternative in value.alternatives() {
            match Self::one(eval, alternative, depth) {
                Self::Unknown => {}
                Self::Library { path, value } => library = Self::Library { path, value },
                found => return found,
            }
        }
        library
    }

    fn one(eval: &Eval, value: &Value, depth: u32) -> Self {
        match &value.kind {
            ValueKind::Ref(Ref::Function(module, function)) => {
                Self::Function { module: *module, function: *function, this: None }
            }
            ValueKind::Ref(Ref::Class(module, class)) => Self::Class { module: *module, class: *class, with: None },
            ValueKind::Ref(Ref::External(path)) => Self::Library { path: path.clone(), value: value.clone() },
            ValueKind::Method { of, name } => match eval.method_of(of, name) {
                Some((module, function, this)) => Self::Function { module, function, this },
                None => Self::Unknown,
            },
            ValueKind::Instance(instance) => match eval.method_of(value, "__call__") {
                Some((module, function, this)) => Self::Function { module, function, this },
                None => Self::Class { module: instance.module, class: instance.class, with: None },
            },
            ValueKind::Made(_) => Self::made(eval, value, depth),
            _ => Self::Unknown,
        }
    }

    /// `View.as_view(…)`, `login_required(view)`, `cache_page(60)(view)`, `partial(view, …)`.
    fn made(eval: &Eval, value: &Value, depth: u32) -> Self {
        let Some(made) = value.made() else { return Self::Unknown };
        let last = made.callee.rsplit('.').next().unwrap_or_default();
        if matches!(last, "as_view" | "as_asgi" | "as_route")
            && let Some(receiver) = &made.receiver
        {
            let with = Some(value.clone());
            return match Self::unwrap(eval, receiver, depth - 1) {
                Self::Class { module, class, .. } => Self::Class { module, class, with },
                Self::Library { path, .. } => Self::Library { path, value: value.clone() },
                other => other,
            };
        }
        // What an unknown library is given is not evaluated on the way.
        let given = if made.args.open { eval.arguments(made.site) } else { made.args.clone() };
        let wrapped = given.positional.iter().chain(given.named.iter().map(|(_, value, _)| value));
        for argument in wrapped {
            if let found @ (Self::Function { .. } | Self::Class { .. }) = Self::unwrap(eval, argument, depth - 1) {
                return found;
            }
        }
        Self::Library { path: made.callee.clone(), value: value.clone() }
    }

    /// Its definition.
    pub fn at(&self, eval: &Eval) -> Option<Loc> {
        let (module, span) = match self {
            Self::Function { module, function, .. } => (*module, eval.modules.get(*module).function(*function).span),
            Self::Class { module, class, .. } => (*module, eval.modules.get(*module).class(*class).span),
            Self::Library { .. } | Self::Unknown => return None,
        };
        Some(Loc::new(eval.modules.file(module), span))
    }

    /// The name for people: `module.function` without the module.
    pub fn name(&self, eval: &Eval) -> Option<String> {
        match self {
            Self::Function { module, function, .. } => {
                let lowered = eval.modules.get(*module);
                let function = lowered.function(*function);
                Some(match function.parent {
                    Scope::Class(class) => format!("{}.{}", lowered.class(class).name, function.name),
                    _ => function.name.to_string(),
                })
            }
            Self::Class { module, class, .. } => Some(eval.modules.get(*module).class(*class).name.to_string()),
            Self::Library { path, .. } => Some(path.clone()),
            Self::Unknown => None,
        }
    }
}
