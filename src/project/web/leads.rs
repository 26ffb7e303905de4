//! Where one function leads: what it calls, makes, fires and hands on; and the places in it that have to do with Celery.

use super::celery_use::{self, Read, Uses};
use super::graph::{How, Node};
use super::visit::{Open, Visit};
use super::words::text_of;
use crate::project::endpoint::{Act, ActKind, Way};
use crate::python::eval::Given;
use crate::python::ir::*;
use crate::python::{Args, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::Loc;

/// How many places of one function are kept.
const MAX_ACTS: usize = 64;

impl Visit<'_, '_> {
    /// Methods and properties of instances, rows and unknown objects.
    pub(super) fn member(&mut self, of: &Value, attr: &str, at: Open, call: Option<&Call>) {
        for receiver in of.alternatives() {
            if matches!(receiver.kind, ValueKind::Instance(_))
                && call.is_none()
                && let Some((module, function, this)) = self.graph.eval.method_of(receiver, attr)
            {
                let called = call.is_some() || self.is_property(module, function);
                self.lead(module, function, &Args::default(), this.as_ref(), at, called);
            }
            if call.is_some() {
                let fired = self.graph.signals.fired(self.graph, receiver, attr);
                self.found.edges.extend(fired.into_iter().map(|node| (node, How { fired: true, ..at.calls() })));
            }
            if let Some((module, class)) = super::signals::row_class(receiver)
                && let Some((module, function, this)) =
                    self.graph.eval.method_of(&super::views::instance(module, class), attr)
            {
                let called = call.is_some() || self.is_property(module, function);
                self.lead(module, function, &Args::default(), this.as_ref(), at, called);
            }
        }
        if call.is_some() && of.is_unknown() {
            self.found.edges.extend(self.graph.only_method(attr).map(|node| (node, How::default())));
        }
        if let ValueKind::Made(made) = &of.kind
            && made.callee == "super"
        {
            self.found.edges.extend(self.super_method(attr).map(|node| (node, at.calls())));
        }
    }

    /// Whether a method runs when it is only named.
    fn is_property(&self, module: ModuleId, function: FunctionId) -> bool {
        let lowered = self.graph.eval.modules.get(module);
        let names = lowered.function(function).decorators.iter().filter_map(|it| lowered.last_name(it.value));
        names.into_iter().any(|name| name.contains("property"))
    }

    /// `super().method`: the next class that defines it, seen from the class of `self`.
    fn super_method(&self, name: &str) -> Option<Node> {
        let function = self.module().function(self.node.function);
        let Scope::Class(own) = function.parent else { return None };
        let this = self.node.given.frames().iter().find(|frame| frame.scope == self.scope).and_then(|frame| {
            let first = function.params.first()?;
            frame.values.iter().find(|(name, _)| *name == first.name).map(|(_, value)| value.clone())
        });
        let (module, class) = match this.as_ref().map(|value| &value.kind) {
            Some(ValueKind::Instance(instance)) => (instance.module, instance.class),
            _ => (self.node.module, own),
        };
        let chain = self.graph.eval.classes(module, class);
        let here = chain.iter().position(|found| *found == (self.node.module, own))?;
        let next = chain[here + 1..].iter().find_map(|(module, class)| {
            let lowered = self.graph.eval.modules.get(*module);
            let defines = |f: &Function| f.parent == Scope::Class(*class) && &*f.name == name;
            lowered.functions.iter().position(defines).map(|index| (*module, FunctionId(index as u32)))
        });
        let (module, function) = next?;
        let args = Args { open: true, ..Args::default() };
        Some(self.graph.node(module, function, &args, this.as_ref(), &Given::default()))
    }

    /// What a call leads to.
    pub(super) fn called(&mut self, callee: &Value, at: Open, call: &Call) {
        for callee in callee.alternatives().iter().take(6) {
            match &callee.kind {
                ValueKind::Ref(Ref::Function(module, function)) => {
                    let args = self.args(at);
                    self.calls_task(*module, *function, at);
                    self.lead(*module, *function, &args, None, at, true);
                }
                ValueKind::Ref(Ref::Class(module, class)) => self.made(*module, *class, callee, at),
                ValueKind::Method { of, name } => {
                    if let Some((module, function, this)) = self.graph.eval.method_of(of, name) {
                        let args = self.args(at);
                        self.lead(module, function, &args, this.as_ref(), at, true);
                    }
                }
                ValueKind::Instance(_) => {
                    if let Some((module, function, this)) = self.graph.eval.method_of(callee, "__call__") {
                        let args = self.args(at);
                        self.lead(module, function, &args, this.as_ref(), at, true);
                    }
                }
                ValueKind::Made(made) if made.callee.starts_with("celery.") && is_canvas(&made.callee) => {
                    self.note(Uses::SUBMITS, at);
                }
                ValueKind::Ref(Ref::External(path)) => self.outside(path, at, call),
                _ => {}
            }
        }
    }

    /// An instance is made: its constructor runs.
    fn made(&mut self, module: ModuleId, class: ClassId, callee: &Value, at: Open) {
        let this = match self.graph.eval.member(module, class, "__init__").map(|value| value.kind) {
            Some(ValueKind::Ref(Ref::Function(m, f))) => {
                let args = self.args(at);
                let lowered = self.module();
                let site = Site { module: self.node.module, scope: self.scope, expr: at.expr };
                let loc = Loc::new(lowered.file, lowered.span(at.expr));
                let this = self.graph.eval.call_value(callee, &args, site, loc);
                self.lead(m, f, &args, Some(&this), at, true);
                this
            }
            _ => super::views::instance(module, class),
        };
        let fired = self.graph.signals.fired(self.graph, &this, "__init__");
        self.found.edges.extend(fired.into_iter().map(|node| (node, How { fired: true, ..at.calls() })));
    }

    /// Functions outside the project that matter by what they are given.
    fn outside(&mut self, path: &str, at: Open, call: &Call) {
        let module = self.module();
        if path == "getattr"
            && let [object, name, ..] = call.positional().collect::<Vec<_>>().as_slice()
            && let Some(name) = self.value(name.value, at.given).as_literal()
        {
            let of = self.value(object.value, at.given);
            let read = Read { receiver: &of, written: None, attr: &name, tested: at.tested, in_loop: at.in_loop };
            let uses = celery_use::of_attribute(self.graph.celery, self.graph.eval, &read);
            self.note(uses, at);
        }
        if path.starts_with("subprocess.") || path == "os.system" || path.starts_with("asyncio.create_subprocess") {
            let written: String =
                call.args.iter().map(|argument| text_of(module, argument.value)).collect::<Vec<_>>().join(" ");
            let words: Vec<&str> = written.split_whitespace().collect();
            if words.contains(&"celery") && (words.contains(&"inspect") || words.contains(&"status")) {
                self.note(Uses::HEALTH, at);
            }
        }
    }

    /// A value that is passed on may be called.
    pub(super) fn passed(&mut self, value: &Value, at: Open) {
        for alternative in value.alternatives().iter().take(6) {
            match &alternative.kind {
                ValueKind::Ref(Ref::Function(module, function))
                    if !self.graph.celery.is_task(self.graph.eval, *module, *function) =>
                {
                    self.lead(*module, *function, &Args { open: true, ..Args::default() }, None, at, false);
                }
                ValueKind::Method { of, name } => {
                    if let Some((module, function, this)) = self.graph.eval.method_of(of, name) {
                        self.lead(module, function, &Args { open: true, ..Args::default() }, this.as_ref(), at, false);
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn args(&self, at: Open) -> Args {
        let site = Site { module: self.node.module, scope: self.scope, expr: at.expr };
        self.graph.eval.arguments_given(site, &self.given[at.given])
    }

    fn lead(
        &mut self,
        module: ModuleId,
        function: FunctionId,
        args: &Args,
        this: Option<&Value>,
        at: Open,
        called: bool,
    ) {
        let node = self.graph.node(module, function, args, this, &self.given[at.given]);
        self.found.edges.push((node, How { called: called && !at.moved, fired: false, guarded: at.guarded }));
    }

    /// A task that is called like a function.
    fn calls_task(&mut self, module: ModuleId, function: FunctionId, at: Open) {
        if self.graph.celery.is_task(self.graph.eval, module, function) {
            self.act(ActKind::Calls, at);
        }
    }

    /// Keeps the place of what asks something of Celery.
    pub(super) fn acts(&mut self, uses: Uses, at: Open) {
        let kinds = [
            (uses.submits, ActKind::Sends),
            (uses.status || uses.result || uses.tested || uses.waits, ActKind::Reads),
            (uses.health, ActKind::Asks),
        ];
        kinds.into_iter().filter(|(does, _)| *does).for_each(|(_, kind)| self.act(kind, at));
    }

    fn act(&mut self, kind: ActKind, at: Open) {
        let lowered = self.module();
        let at_loc = Loc::new(lowered.file, lowered.span(at.expr));
        let Node { module, function, .. } = self.node;
        let acts = &mut self.found.effects.acts;
        if acts.len() < MAX_ACTS {
            acts.push(Act { at: at_loc, kind, module, function, way: Way::Handed, guarded: at.guarded });
        }
    }
}

impl Open {
    fn calls(self) -> How {
        How { called: true, fired: false, guarded: self.guarded }
    }
}

fn is_canvas(path: &str) -> bool {
    matches!(path.rsplit('.').next(), Some("chain" | "group" | "chord" | "xmap" | "chunks"))
}
