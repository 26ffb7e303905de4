//! How many parts a value has, and the parts that many values hold together.
//!
//! The evaluator asks for the size of every value that it makes. So what is shared is counted once, when it is made:
//! values that grow out of one another would otherwise be counted again from their beginnings at every step.

use std::ops::Deref;
use std::sync::Arc;

use super::{Args, Instance, Made, Value, ValueKind};
use crate::source::{Piece, Text};

/// How many parts a value may have before it counts as large.
const LARGE: u32 = 300;
/// How many parts a value may have at all; nothing is counted further.
const MAX_PARTS: u32 = 8_000;
/// Long texts count as several parts.
const BYTES_PER_PART: usize = 4096;

/// Something that many values hold together, with the number of its parts.
#[derive(Debug)]
pub struct Shared<T> {
    held: Arc<T>,
    parts: u32,
}

/// What has parts.
pub trait Parts {
    /// Counts the parts down from `left`.
    fn count(&self, left: &mut u32);
}

impl<T: Parts> Shared<T> {
    pub fn new(held: T) -> Self {
        let parts = parts_of(&held);
        Self { held: Arc::new(held), parts }
    }

    /// Whether both are the same place in memory.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.held, &other.held)
    }

    /// Changes it for this holder alone.
    pub fn change(&mut self, change: impl FnOnce(&mut T))
    where
        T: Clone,
    {
        let held = Arc::make_mut(&mut self.held);
        change(held);
        self.parts = parts_of(held);
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self { held: self.held.clone(), parts: self.parts }
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.held
    }
}

impl<T: Eq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts && self.held == other.held
    }
}

impl Value {
    /// Whether the value holds so many parts that it is not worth being carried around.
    pub fn is_large(&self) -> bool {
        self.parts() >= LARGE
    }

    /// How many parts the value holds, counted as far as [`MAX_PARTS`].
    pub fn parts(&self) -> u32 {
        parts_of(self)
    }

    /// The value, or unknown when it holds more than anybody wrote: repeated doubling and the like.
    pub fn bounded(self) -> Self {
        if self.parts() < MAX_PARTS { self } else { Self { kind: ValueKind::Unknown, ..self } }
    }
}

fn parts_of(counted: &impl Parts) -> u32 {
    let mut left = MAX_PARTS;
    counted.count(&mut left);
    MAX_PARTS - left
}

impl<T> Shared<T> {
    fn count(&self, left: &mut u32) {
        *left = left.saturating_sub(self.parts);
    }
}

impl Parts for Value {
    fn count(&self, left: &mut u32) {
        *left = left.saturating_sub(1);
        if *left == 0 {
            return;
        }
        match &self.kind {
            ValueKind::Text(text) => count_text(text, left),
            ValueKind::Env(env) => env.default.iter().for_each(|value| value.count(left)),
            ValueKind::List { items, .. } | ValueKind::OneOf(items) => items.iter().for_each(|value| value.count(left)),
            ValueKind::Dict(dict) => dict.entries.iter().for_each(|(_, value)| value.count(left)),
            ValueKind::Method { of, .. } => of.count(left),
            ValueKind::Made(made) => made.count(left),
            ValueKind::Instance(instance) => instance.count(left),
            _ => {}
        }
    }
}

impl Parts for Made {
    fn count(&self, left: &mut u32) {
        self.receiver.iter().for_each(|value| value.count(left));
        self.args.count(left);
        self.attrs.iter().for_each(|(_, value)| value.count(left));
    }
}

impl Parts for Instance {
    fn count(&self, left: &mut u32) {
        self.args.count(left);
        self.attrs.iter().for_each(|(_, value)| value.count(left));
    }
}

impl Parts for Args {
    fn count(&self, left: &mut u32) {
        self.positional.iter().for_each(|value| value.count(left));
        self.named.iter().for_each(|(_, value, _)| value.count(left));
    }
}

fn count_text(text: &Text, left: &mut u32) {
    for piece in &text.pieces {
        let parts = match piece {
            Piece::Literal { text, .. } => 1 + (text.len() / BYTES_PER_PART) as u32,
            Piece::Env { .. } | Piece::Unknown { .. } => 1,
        };
        *left = left.saturating_sub(parts);
        if let Piece::Env { default: Some(default), .. } = piece
            && *left > 0
        {
            count_text(default, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::Site;
    use crate::python::ir::{ExprId, Scope};

    fn made(receiver: Option<Value>, args: Args) -> Value {
        let site = Site { module: 0, scope: Scope::Module, expr: ExprId(0) };
        let made = Made::call("f".to_owned(), receiver, args, site);
        Value { kind: ValueKind::Made(Shared::new(made)), at: None, trail: Vec::new() }
    }

    #[test]
    fn shared_parts_count_as_often_as_they_are_held() {
        let inner = made(None, Args::default());
        let twice = Args { positional: vec![inner.clone(), inner.clone()], ..Args::default() };
        assert_eq!(made(Some(inner), twice).parts(), 4);
    }

    #[test]
    fn what_is_doubled_again_and_again_is_unknown_in_the_end() {
        let double =
            |value: Value, _| made(None, Args { positional: vec![value.clone(), value], ..Args::default() }).bounded();
        assert_eq!((0..11).fold(Value::unknown(), double).parts(), 4095);
        assert!((0..12).fold(Value::unknown(), double).is_unknown());
    }

    #[test]
    fn a_change_is_counted() {
        let mut value = made(None, Args::default());
        let before = value.clone();
        if let ValueKind::Made(made) = &mut value.kind {
            made.change(|made| made.attrs.push(("a".to_owned(), Value::unknown())));
        }
        assert_eq!((before.parts(), value.parts()), (1, 2));
    }
}
