//! The evaluator: what an expression is worth, followed on demand through names, modules, classes and simple functions.
//! Depth, breadth and work are bounded; whatever is not understood is unknown.

mod attrs;
mod calls;
mod changes;
mod classes;
mod environment;
mod external;
mod fields;
mod frame;
mod given;
mod interest;
mod memory;
mod names;
mod settings_class;
mod sites;
#[cfg(test)]
mod tests;
mod text;
mod work;

use std::cell::RefCell;
use std::collections::hash_map::Entry;

use super::ir::*;
use super::modules::{ModuleId, Modules, Ref};
use super::value::{Dict, Site, Value, ValueKind};
use crate::source::{Loc, Span, Text};

pub use environment::{Access, AccessKey};
pub(crate) use frame::{Frame, Locals};
pub use given::{Given, GivenFrame};
pub use memory::Memory;
pub use settings_class::SettingsField;
pub use sites::CallSites;
use work::{Known, Level, Work};

/// How many elements of a list, dictionary or comprehension are followed.
const MAX_ITEMS: usize = 400;

/// Evaluates expressions of the project's modules. Not shared between threads: each has its own.
pub struct Eval<'a> {
    pub modules: &'a Modules<'a>,
    /// Call sites by the last name of what they call, for parameters.
    sites: &'a CallSites<'a>,
    work: Work,
    memory: Memory,
}

impl<'a> Eval<'a> {
    pub fn new(modules: &'a Modules<'a>, sites: &'a CallSites<'a>) -> Self {
        Self { modules, sites, work: Work::default(), memory: Memory::default() }
    }

    /// The same with what another has remembered.
    pub fn with_memory(self, memory: Memory) -> Self {
        Self { memory, ..self }
    }

    pub fn into_memory(self) -> Memory {
        self.memory
    }

    /// What an expression of a module evaluates to.
    pub fn expr(&self, module: ModuleId, scope: Scope, id: ExprId) -> Value {
        let frame = Frame { module, scope, locals: None };
        if self.work.is_asking() {
            return self.eval(frame, id);
        }
        if let Some(answer) = self.memory.answers.borrow().get(&(module, id, 0)) {
            return answer.clone();
        }
        let answer = self.question(|| self.eval(frame, id));
        self.memory.answers.borrow_mut().insert((module, id, 0), answer.clone());
        answer
    }

    /// Begins with the questions about a module. What is remembered from before does not change any answer.
    pub fn begin(&self) {
        self.work.begin();
        self.memory.given.borrow_mut().clear();
        self.memory.answers.borrow_mut().clear();
    }

    pub fn site(&self, site: Site) -> Value {
        self.expr(site.module, site.scope, site.expr)
    }

    /// What a module-level name is worth once the module has run.
    pub fn global(&self, module: ModuleId, name: &str) -> Option<Value> {
        self.question(|| self.module_name(module, name))
    }

    /// What an attribute of a value is worth.
    pub fn attribute(&self, value: &Value, attr: &str) -> Value {
        self.question(|| self.attr(value, attr))
    }

    /// A class and its bases in the project, nearest first.
    pub fn class_bases(&self, module: ModuleId, class: ClassId) -> Vec<(ModuleId, ClassId)> {
        self.question(|| self.class_chain(module, class).to_vec())
    }

    /// What a function of the project returns when it is called without arguments.
    pub fn returned(&self, function: &Value) -> Value {
        let ValueKind::Ref(Ref::Function(module, id)) = function.kind else { return Value::unknown() };
        let at = self.loc(module, self.modules.get(module).function(id).span);
        self.question(|| self.inline(module, id, &super::value::Args::default(), None, at))
    }

    /// The value of a call's argument, evaluated where the call stands.
    pub fn argument(&self, site: Site, position: usize, name: &str) -> Option<Value> {
        let module = self.modules.get(site.module);
        let call = module.call(site.expr)?;
        let argument = call.keyword(name).or_else(|| call.positional().nth(position))?;
        Some(self.expr(site.module, site.scope, argument.value))
    }

    /// All arguments of a call, splats unpacked where they are known.
    pub fn arguments(&self, site: Site) -> super::value::Args {
        let module = self.modules.get(site.module);
        let Some(call) = module.call(site.expr) else { return super::value::Args::default() };
        self.question(|| self.args(Frame { module: site.module, scope: site.scope, locals: None }, call))
    }

    /// Runs one question with its own measure of work.
    fn question<T>(&self, work: impl FnOnce() -> T) -> T {
        self.work.question(work)
    }

    /// Answers a question of its own in the middle of another, as if it were the only one.
    fn apart<T>(&self, work: impl FnOnce() -> T) -> T {
        let (active, naming) = (self.memory.active.take(), self.memory.naming.take());
        let result = self.work.apart(work);
        self.memory.active.replace(active);
        self.memory.naming.replace(naming);
        result
    }

    pub(crate) fn eval(&self, frame: Frame, id: ExprId) -> Value {
        if self.modules.get(frame.module).expr(id).kind.is_constant() {
            return self.constant(frame, id);
        }
        let key = (frame.module, id, frame.locals.map_or(0, |locals| locals.id));
        if let Some(known) = self.known(frame, id) {
            return known;
        }
        let Some(mark) = self.work.start() else { return Value::unknown() };
        let around = match self.enter(key) {
            Ok(around) => around,
            Err(around) => {
                self.work.cut_by_circle(around);
                self.work.finish(&mark, u32::MAX);
                return Value::unknown();
            }
        };
        let value = self.worked_out(frame, id);
        self.memory.active.borrow_mut().remove(&key);
        let done = self.work.finish(&mark, around);
        self.remember(frame, id, &value, &done);
        value
    }

    /// What leads nowhere is as soon worked out as remembered.
    fn constant(&self, frame: Frame, id: ExprId) -> Value {
        let Some(mark) = self.work.start() else { return Value::unknown() };
        let value = self.worked_out(frame, id);
        self.work.finish(&mark, u32::MAX);
        value
    }

    fn worked_out(&self, frame: Frame, id: ExprId) -> Value {
        let mut value = self.eval_kind(frame, id).bounded();
        self.work.charge(value.parts() / 32);
        if value.at.is_none() && !matches!(value.kind, ValueKind::OneOf(_) | ValueKind::Ref(_)) {
            value.at = Some(self.loc(frame.module, self.modules.get(frame.module).span(id)));
        }
        value
    }

    /// Notes that an expression is being evaluated, and says how many others are around it; an error when it is one of
    /// them.
    fn enter(&self, key: (ModuleId, ExprId, u32)) -> Result<u32, u32> {
        let mut active = self.memory.active.borrow_mut();
        let around = active.len() as u32;
        match active.entry(key) {
            Entry::Occupied(known) => Err(*known.get()),
            Entry::Vacant(place) => Ok(*place.insert(around)),
        }
    }

    fn eval_kind(&self, frame: Frame, id: ExprId) -> Value {
        let module = self.modules.get(frame.module);
        let at = self.loc(frame.module, module.span(id));
        let made = |kind| Value::new(kind, at);
        match &module.expr(id).kind {
            ExprKind::Str(parts) => made(ValueKind::Text(self.string(frame, parts))),
            ExprKind::Int(number) => made(ValueKind::Int(*number)),
            ExprKind::Float(number) => made(ValueKind::Float(*number)),
            ExprKind::Bool(boolean) => made(ValueKind::Bool(*boolean)),
            ExprKind::None => made(ValueKind::None),
            ExprKind::Name(name) => self.name(frame, name, module.span(id)),
            ExprKind::Attribute { value, attr, .. } => self.attr(&self.eval(frame, *value), attr).through(at),
            ExprKind::Subscript { value, index } => self.subscript(frame, id, *value, *index),
            ExprKind::Call(call) => self.call(frame, id, call),
            ExprKind::Binary { op, left, right } => self.binary(frame, *op, *left, *right, at),
            ExprKind::Logic { any, values } => self.logic(frame, *any, values),
            ExprKind::Negative(operand) => match self.eval(frame, *operand).kind {
                ValueKind::Int(number) => made(ValueKind::Int(number.wrapping_neg())),
                ValueKind::Float(number) => made(ValueKind::Float(-number)),
                _ => Value::unknown(),
            },
            ExprKind::If { body, orelse, .. } => Value::one_of([self.eval(frame, *body), self.eval(frame, *orelse)]),
            ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Set(items) => self.sequence(frame, items, at),
            ExprKind::Dict(items) => self.dict(frame, items, at),
            ExprKind::Lambda(function) => Value::new(ValueKind::Ref(Ref::Function(frame.module, *function)), at),
            ExprKind::Comprehension(whole) => self.comprehension(frame, whole, at),
            ExprKind::Await(inner) => self.eval(frame, *inner),
            ExprKind::Walrus { value, .. } => self.eval(frame, *value),
            ExprKind::Starred(inner) => self.eval(frame, *inner),
            ExprKind::Ellipsis
            | ExprKind::Not(_)
            | ExprKind::Compare { .. }
            | ExprKind::Yield(_)
            | ExprKind::Slice { .. }
            | ExprKind::Other => Value::unknown(),
        }
    }

    pub(crate) fn loc(&self, module: ModuleId, span: Span) -> Loc {
        Loc::new(self.modules.get(module).file, span)
    }

    fn string(&self, frame: Frame, parts: &[StrPart]) -> Text {
        let mut text = Text::default();
        for part in parts {
            match part {
                StrPart::Literal { text: literal, span } => {
                    text.push(Text::literal(&**literal, self.loc(frame.module, *span)));
                }
                StrPart::Hole { value, has_format } => {
                    let value = self.eval(frame, *value);
                    // A format can pad or cut: only whole texts come through unchanged.
                    let text_of_hole = if *has_format && value.as_literal().is_none() {
                        Text::unknown(value.at)
                    } else {
                        self.text_of(&value)
                    };
                    text.push(text_of_hole);
                }
            }
        }
        text
    }

    /// `or` gives what may come out of it: the first operand when it is true, else the next.
    fn logic(&self, frame: Frame, any: bool, values: &[ExprId]) -> Value {
        let Some((first, rest)) = values.split_first() else { return Value::unknown() };
        let mut result = self.eval(frame, *first);
        for next in rest {
            let next = self.eval(frame, *next);
            result = if any { or_else(result, next) } else { Value::one_of([result, next]) };
        }
        result
    }

    fn sequence(&self, frame: Frame, items: &[ExprId], at: Loc) -> Value {
        let mut found = Vec::new();
        let mut open = items.len() > MAX_ITEMS;
        let module = self.modules.get(frame.module);
        for item in items.iter().take(MAX_ITEMS) {
            if !matches!(module.expr(*item).kind, ExprKind::Starred(_)) {
                found.push(self.eval(frame, *item));
                continue;
            }
            match self.eval(frame, *item).kind {
                ValueKind::List { items, open: more } => {
                    found.extend(items);
                    open |= more;
                }
                _ => open = true,
            }
        }
        Value::new(ValueKind::List { items: found, open }, at)
    }

    fn dict(&self, frame: Frame, items: &[(Option<ExprId>, ExprId)], at: Loc) -> Value {
        let mut dict = Dict { entries: Vec::new(), open: items.len() > MAX_ITEMS };
        let mut environments = Vec::new();
        for (key, value) in items.iter().take(MAX_ITEMS) {
            let value = self.eval(frame, *value);
            match key {
                Some(key) => dict.entries.push((self.eval(frame, *key), value)),
                // `{**dotenv_values(".env"), **os.environ}` is the environment.
                None if environment::is_environ(&value) => environments.push(value),
                None => changes::merge_dict(&mut dict, value),
            }
        }
        let own = (environments.is_empty() || !dict.entries.is_empty() || dict.open)
            .then(|| Value::new(ValueKind::Dict(dict), at));
        Value::one_of(environments.pop().into_iter().chain(own))
    }

    fn comprehension(&self, frame: Frame, whole: &Comprehension, at: Loc) -> Value {
        let Comprehension { kind, key, element, clauses } = whole;
        let mut rows: Vec<(Value, Value)> = Vec::new();
        let mut open = clauses.iter().any(|clause| !clause.conditions.is_empty());
        let [clause] = &**clauses else {
            return Value::new(ValueKind::List { items: vec![self.eval(frame, *element)], open: true }, at);
        };
        let iter = self.eval(frame, clause.iter);
        let items = match &iter.kind {
            ValueKind::List { items, open: more } => {
                open |= *more;
                items.clone()
            }
            _ => {
                open = true;
                vec![Value::unknown()]
            }
        };
        for (index, item) in items.iter().take(32).enumerate() {
            let mut values = Vec::new();
            self.destructure(frame.module, clause.target, item, &mut values);
            let id = (at.span.start << 6) + index as u32 + 1;
            let (scope, module) = (frame.scope, frame.module);
            let values = values.into();
            let locals =
                Locals { scope, module, values, outer: frame.locals, id, fixed: true, known: RefCell::default() };
            let inner = Frame { locals: Some(&locals), ..frame };
            let key = key.map_or_else(Value::unknown, |key| self.eval(inner, key));
            rows.push((key, self.eval(inner, *element)));
        }
        if *kind == ComprehensionKind::Dict {
            return Value::new(ValueKind::Dict(Dict { entries: rows, open }), at);
        }
        let items = rows.into_iter().map(|(_, value)| value).collect();
        Value::new(ValueKind::List { items, open }, at)
    }

    /// Pairs the names of a loop target with the parts of an element.
    fn destructure(&self, module: ModuleId, target: ExprId, item: &Value, into: &mut Vec<(Name, Value)>) {
        match &self.modules.get(module).expr(target).kind {
            ExprKind::Name(name) => into.push((name.clone(), item.clone())),
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                for (index, target) in targets.iter().enumerate() {
                    let part = match &item.kind {
                        ValueKind::List { items, .. } => items.get(index).cloned(),
                        _ => None,
                    };
                    self.destructure(module, *target, &part.unwrap_or_else(Value::unknown), into);
                }
            }
            _ => {}
        }
    }
}

/// `left or right`: an environment read takes `right` for its default; a value that is surely true hides it.
fn or_else(left: Value, right: Value) -> Value {
    match left.kind {
        _ if falsy(&left) => right,
        ValueKind::Text(ref text) if text.as_literal().is_some() => left,
        ValueKind::Int(_) | ValueKind::Bool(true) => left,
        ValueKind::Env(mut env) => {
            env.default = Some(match env.default {
                Some(default) => or_else(default, right),
                None => right,
            });
            Value { kind: ValueKind::Env(env), ..left }
        }
        _ => Value::one_of([left, right]),
    }
}

fn falsy(value: &Value) -> bool {
    match &value.kind {
        ValueKind::None | ValueKind::Bool(false) | ValueKind::Int(0) => true,
        ValueKind::Text(text) => text.is_empty(),
        ValueKind::List { items, open } => items.is_empty() && !open,
        ValueKind::Dict(dict) => dict.entries.is_empty() && !dict.open,
        _ => false,
    }
}
