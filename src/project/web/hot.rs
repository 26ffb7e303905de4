//! Which functions can matter: those that name something of Celery, and those from which one of them may be called.
//! Names alone decide, so it is more than enough and never too little; the walk leaves out everything else.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::mentions;
use crate::project::link::is_test_path;
use crate::python::ir::*;
use crate::python::{ModuleId, Modules};

/// Names that only stand where Celery may be asked something.
const MARKS: &[&str] = &[
    "AsyncResult",
    "Celery",
    "EagerResult",
    "GroupResult",
    "Inspect",
    "ResultSet",
    "TaskResult",
    "apply_async",
    "apply_async_on_commit",
    "backend",
    "broker_connection",
    "chain",
    "chord",
    "connection",
    "connection_for_read",
    "connection_for_write",
    "connection_or_acquire",
    "control",
    "delay",
    "delay_on_commit",
    "ensure_connection",
    "from_url",
    "get_redis_connection",
    "get_task_meta",
    "inspect",
    "ping",
    "result_from_tuple",
    "send_task",
];

/// Whether a name only stands where Celery may be asked something.
pub fn is_mark(name: &str) -> bool {
    MARKS.binary_search(&name).is_ok()
}

/// Methods that run others by way of signals and serializers.
const WRITING: &[&str] = &[
    "abulk_create",
    "acreate",
    "adelete",
    "asave",
    "asend",
    "bulk_create",
    "create",
    "delete",
    "get_or_create",
    "save",
    "send",
    "send_async",
    "send_robust",
    "update_or_create",
];

/// How often names go from modules to others and back.
const ROUNDS: usize = 2;

/// Something with a name that is hot when what it mentions is: a function, a class, a module-level name.
struct Item<'h> {
    name: &'h str,
    function: Option<(ModuleId, FunctionId)>,
    /// The function or class around it: hot with it.
    outer: Option<usize>,
}

#[derive(Default)]
struct Items<'h> {
    all: Vec<Item<'h>>,
    /// The items that mention a name.
    mentions: FxHashMap<&'h str, Vec<usize>>,
    hot: Vec<usize>,
}

/// The functions that can matter.
pub struct Hot<'h> {
    modules: &'h Modules<'h>,
    functions: FxHashSet<(ModuleId, FunctionId)>,
    /// What is hot by its name.
    names: FxHashSet<&'h str>,
    /// The hot functions of modules that are not relevant by themselves, as far as somebody asked.
    others: RefCell<FxHashMap<ModuleId, FxHashSet<FunctionId>>>,
}

impl<'h> Hot<'h> {
    /// `receives` says which functions wait for signals.
    pub fn new(modules: &'h Modules<'h>, receives: &FxHashSet<(ModuleId, FunctionId)>) -> Self {
        let mut items = Items::default();
        for id in modules.relevant.iter().filter(|id| !is_test_path(modules.path(**id))) {
            items.module(*id, modules.get(*id));
        }
        let (mut hot, mut names) = items.spread(receives);
        let others = mentions::Texts::new(modules);
        let mut asked = FxHashSet::default();
        for _ in 0..ROUNDS {
            // What other modules define with a mention of something hot is hot by its name as well.
            let before = names.clone();
            others.spread(&mut names, &asked);
            if names.len() == before.len() {
                break;
            }
            asked = before;
            items.hot = hot.into_iter().chain(items.mentioning(&names)).collect();
            let more;
            (hot, more) = items.spread(receives);
            names.extend(more);
        }
        let functions = hot.into_iter().filter_map(|index| items.all[index].function).collect();
        Self { modules, functions, names, others: RefCell::default() }
    }

    pub fn contains(&self, module: ModuleId, function: FunctionId) -> bool {
        if self.modules.is_relevant(module) {
            return self.functions.contains(&(module, function));
        }
        self.others.borrow_mut().entry(module).or_insert_with(|| self.of_other(module)).contains(&function)
    }

    /// The functions of a module that mention something hot.
    fn of_other(&self, module: ModuleId) -> FxHashSet<FunctionId> {
        let mut items = Items::default();
        items.module(module, self.modules.get(module));
        let known = items.mentioning(&self.names);
        items.hot.extend(known);
        let (hot, _) = items.spread(&FxHashSet::default());
        hot.into_iter().filter_map(|index| items.all[index].function.map(|(_, function)| function)).collect()
    }
}

impl<'h> Items<'h> {
    fn module(&mut self, id: ModuleId, module: &'h Module) {
        let first = self.all.len();
        let classes = first + module.functions.len();
        for (index, function) in module.functions.iter().enumerate() {
            let outer = match function.parent {
                Scope::Function(outer) => Some(first + outer.0 as usize),
                // Making an instance runs its constructor.
                Scope::Class(class) if matches!(&*function.name, "__init__" | "__call__" | "__new__") => {
                    Some(classes + class.0 as usize)
                }
                _ => None,
            };
            self.all.push(Item { name: &function.name, function: Some((id, FunctionId(index as u32))), outer });
            for decorator in &function.decorators {
                let func = module.call(decorator.value).map_or(decorator.value, |call| call.func);
                self.mention(module, func, first + index);
            }
        }
        for (index, class) in module.classes.iter().enumerate() {
            self.all.push(Item { name: &class.name, function: None, outer: None });
            class.bases.iter().for_each(|base| self.mention(module, *base, classes + index));
        }
        for fact in &module.calls {
            let Some(function) = module.enclosing_function(fact.context.scope) else { continue };
            let Some(call) = module.call(fact.call) else { continue };
            let item = first + function.0 as usize;
            self.mention(module, call.func, item);
            call.args.iter().for_each(|argument| self.mention(module, argument.value, item));
        }
        self.names(module);
        self.marks(module, first);
    }

    /// Module-level names: imports under another name, and what is assigned.
    fn names(&mut self, module: &'h Module) {
        for (name, bindings) in &module.scope.names {
            for binding in bindings {
                let index = self.all.len();
                match &binding.kind {
                    BindingKind::ImportFrom { name: imported, .. } if imported != name => {
                        self.mentions.entry(imported).or_default().push(index);
                    }
                    BindingKind::Value(value) => match &module.expr(*value).kind {
                        ExprKind::Call(call) => {
                            self.mention(module, call.func, index);
                            call.args.iter().for_each(|argument| self.mention(module, argument.value, index));
                        }
                        ExprKind::Name(_) | ExprKind::Attribute { .. } => self.mention(module, *value, index),
                        _ => continue,
                    },
                    _ => continue,
                }
                self.all.push(Item { name, function: None, outer: None });
            }
        }
    }

    fn mention(&mut self, module: &'h Module, expr: ExprId, item: usize) {
        let Some(name) = module.last_name(expr) else { return };
        let items = self.mentions.entry(name).or_default();
        if items.last() != Some(&item) {
            items.push(item);
        }
    }

    /// The functions in which a mark stands are hot from the start.
    fn marks(&mut self, module: &'h Module, first: usize) {
        let mut places: Vec<u32> = Vec::new();
        for expr in &module.exprs {
            let marked = match &expr.kind {
                ExprKind::Name(name) => MARKS.binary_search(&&**name).is_ok() || &**name == "group",
                ExprKind::Attribute { attr, .. } => MARKS.binary_search(&&**attr).is_ok(),
                ExprKind::Str(parts) => parts.iter().any(
                    |part| matches!(part, StrPart::Literal { text, .. } if text.contains("celery") && text.len() < 200),
                ),
                _ => false,
            };
            if marked {
                places.push(expr.span.start);
            }
        }
        places.sort_unstable();
        let mut order: Vec<usize> = (0..module.functions.len()).collect();
        order.sort_by_key(|index| {
            (module.functions[*index].span.start, std::cmp::Reverse(module.functions[*index].span.end))
        });
        let (mut next, mut around) = (0, Vec::new());
        for place in places {
            while next < order.len() && module.functions[order[next]].span.start <= place {
                around.push(order[next]);
                next += 1;
            }
            while around.last().is_some_and(|index| module.functions[*index].span.end <= place) {
                around.pop();
            }
            if let Some(index) = around.last() {
                self.hot.push(first + index);
            }
        }
    }

    /// The items that mention one of those names.
    fn mentioning(&self, names: &FxHashSet<&str>) -> Vec<usize> {
        let known = self.mentions.iter().filter(|(name, _)| names.contains(*name)).flat_map(|(_, items)| items);
        known.copied().collect()
    }

    /// From the marked functions to everything that mentions them by name: the items, and their names.
    fn spread(&mut self, receives: &FxHashSet<(ModuleId, FunctionId)>) -> (FxHashSet<usize>, FxHashSet<&'h str>) {
        let mut hot: FxHashSet<usize> = FxHashSet::default();
        let mut names: FxHashSet<&'h str> = FxHashSet::default();
        let mut open = std::mem::take(&mut self.hot);
        while let Some(index) = open.pop() {
            if !hot.insert(index) {
                continue;
            }
            let item = &self.all[index];
            open.extend(item.outer);
            let mut reached: Vec<&'h str> = vec![item.name];
            if item.function.is_some_and(|function| receives.contains(&function)) {
                reached.extend(WRITING);
            }
            if matches!(item.name, "create" | "update") {
                reached.push("save");
            }
            for name in reached {
                if names.insert(name) {
                    open.extend(self.mentions.get(name).into_iter().flatten());
                }
            }
        }
        (hot, names)
    }
}

#[cfg(test)]
mod tests {
    use super::MARKS;

    #[test]
    fn names_are_sorted_for_the_binary_search() {
        assert!(MARKS.is_sorted());
    }
}
