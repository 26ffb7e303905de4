//! Classes: their bases in the project and outside, and what they and their bases define.
//!
//! One attribute of one object asks five times what its class derives from; so everything here is worked out once for a
//! class, and afterwards charged what it has cost.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::work::Known;
use super::{Eval, Frame};
use crate::python::ir::*;
use crate::python::modules::{ModuleId, Ref};
use crate::python::value::{Args, Value, ValueKind};

/// How many classes of an inheritance chain are followed.
const MAX_BASES: usize = 12;

type Class = (ModuleId, ClassId);

/// What is remembered of classes.
#[derive(Default)]
pub(super) struct Classes {
    chains: Remembered<Arc<[Class]>>,
    outside: Remembered<Arc<[String]>>,
    records: Remembered<bool>,
    members: RefCell<FxHashMap<Class, Members>>,
}

/// Attributes of a class by name.
type Members = FxHashMap<Box<str>, Known<Option<Value>>>;
type Remembered<T> = RefCell<FxHashMap<Class, Known<T>>>;

impl Eval<'_> {
    /// What `work` gives for a class, from memory where working it out anew would come to the same.
    fn of_class<T: Clone>(&self, memory: &Remembered<T>, class: Class, work: impl FnOnce() -> T) -> T {
        if let Some(known) = memory.borrow().get(&class)
            && self.work.afford(known.spent)
        {
            return known.value.clone();
        }
        let (value, spent) = self.work.measured(work);
        if let Some(spent) = spent {
            memory.borrow_mut().insert(class, Known { value: value.clone(), spent });
        }
        value
    }

    /// The class and its project bases, nearest first.
    pub(super) fn class_chain(&self, module: ModuleId, class: ClassId) -> Arc<[Class]> {
        self.of_class(&self.memory.classes.chains, (module, class), || self.follow_bases(module, class).into())
    }

    fn follow_bases(&self, module: ModuleId, class: ClassId) -> Vec<Class> {
        let mut chain = vec![(module, class)];
        let mut next = 0;
        while next < chain.len() && chain.len() < MAX_BASES {
            let (module, class) = chain[next];
            next += 1;
            for base in self.bases(module, class) {
                if let ValueKind::Ref(Ref::Class(m, c)) = base.kind
                    && !chain.contains(&(m, c))
                {
                    chain.push((m, c));
                }
            }
        }
        chain
    }

    fn bases(&self, module: ModuleId, class: ClassId) -> Vec<Value> {
        let definition = self.modules.get(module).class(class);
        let frame = Frame { module, scope: definition.parent, locals: None };
        let values = definition.bases.iter().map(|base| self.eval(frame, self.plain_base(module, *base)));
        values.flat_map(|base| base.alternatives().to_vec()).collect()
    }

    /// `Generic[T]` and `Base[T]` count as their name.
    fn plain_base(&self, module: ModuleId, base: ExprId) -> ExprId {
        match &self.modules.get(module).expr(base).kind {
            ExprKind::Subscript { value, .. } => *value,
            _ => base,
        }
    }

    /// The dotted paths of all bases outside the project, of the class itself and of its project bases.
    pub fn external_bases(&self, module: ModuleId, class: ClassId) -> Arc<[String]> {
        let outside = || self.bases_outside(module, class);
        self.question(|| self.of_class(&self.memory.classes.outside, (module, class), outside))
    }

    fn bases_outside(&self, module: ModuleId, class: ClassId) -> Arc<[String]> {
        let chain = self.class_chain(module, class);
        let bases = chain.iter().flat_map(|(module, class)| self.bases(*module, *class));
        bases
            .filter_map(|base| match base.kind {
                ValueKind::Ref(Ref::External(path)) => Some(path),
                ValueKind::Made(made) => Some(made.callee.clone()),
                _ => None,
            })
            .collect()
    }

    pub(super) fn external_base(&self, module: ModuleId, class: ClassId, among: &[&str]) -> Option<String> {
        self.external_bases(module, class).iter().find(|base| among.contains(&base.as_str())).cloned()
    }

    /// A class attribute, looked up along the project's bases.
    pub(super) fn class_member(&self, module: ModuleId, class: ClassId, attr: &str) -> Option<Value> {
        let members = &self.memory.classes.members;
        if let Some(known) = members.borrow().get(&(module, class)).and_then(|own| own.get(attr))
            && self.work.afford(known.spent)
        {
            return known.value.clone();
        }
        let (value, spent) = self.work.measured(|| self.find_member(module, class, attr));
        if let Some(spent) = spent {
            let known = Known { value: value.clone(), spent };
            members.borrow_mut().entry((module, class)).or_default().insert(attr.into(), known);
        }
        value
    }

    fn find_member(&self, module: ModuleId, class: ClassId, attr: &str) -> Option<Value> {
        for (module, class) in self.class_chain(module, class).iter().copied() {
            let scope = Scope::Class(class);
            let definition = self.modules.get(module).class(class);
            let Some(bindings) = definition.scope.names.get(attr) else { continue };
            if bindings.iter().all(|binding| matches!(binding.kind, BindingKind::Annotation(_))) {
                continue;
            }
            let value = self.fold(Frame { module, scope, locals: None }, attr, bindings, None);
            return Some(self.field_default(value));
        }
        None
    }

    /// The default that the value of a class's field gives; any other value as it is.
    pub fn field_value(&self, value: &Value) -> Value {
        self.question(|| self.field_default(value.clone()))
    }

    /// `field(default=…)`, `attr.ib(default=…)`, `Field(…)`: the default they give.
    pub(super) fn field_default(&self, value: Value) -> Value {
        let Some(made) = value.made() else { return value };
        const FIELD_MAKERS: &[&str] = &["field", "ib", "Field", "attrib"];
        if !made.callee.rsplit('.').next().is_some_and(|name| FIELD_MAKERS.contains(&name)) {
            return value;
        }
        let default = made.args.named("default").or_else(|| made.args.positional.first());
        if let Some(default) = default {
            return default.clone();
        }
        let factory = made.args.named("default_factory").or_else(|| made.args.named("factory"));
        match factory.map(|factory| &factory.kind) {
            Some(ValueKind::Ref(Ref::Function(module, function))) => {
                let at = value.at.unwrap_or(self.loc(*module, self.modules.get(*module).function(*function).span));
                self.inline(*module, *function, &Args::default(), None, at)
            }
            _ => Value::unknown(),
        }
    }

    /// Whether instances take their annotated fields as arguments (dataclasses, attrs, NamedTuple, pydantic models).
    pub(super) fn is_record(&self, module: ModuleId, class: ClassId) -> bool {
        self.of_class(&self.memory.classes.records, (module, class), || {
            let chain = self.class_chain(module, class);
            let mut scopes = chain.iter().map(|(module, class)| &self.modules.get(*module).class(*class).scope.names);
            !scopes.clone().any(|names| names.contains_key("__init__"))
                && scopes.any(|names| names.values().flatten().any(|b| matches!(b.kind, BindingKind::Annotation(_))))
        })
    }
}
