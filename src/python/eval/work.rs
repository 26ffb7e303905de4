//! How much work one question may be, and what a remembered value stands for.
//!
//! A value is remembered only when nothing about it was cut short, and is used again only where working it out anew would
//! not be cut short either; it is charged what it has cost. So answers never depend on what was asked before, on the
//! order of modules or on the number of threads: remembering makes them come sooner, nothing else.

use std::cell::Cell;

use crate::python::value::Value;

/// How many expressions one question may evaluate.
const FUEL: u32 = 2_000;
/// How many questions about one module may run out of fuel before the others get less.
const MAX_STARVED: u32 = 8;
const SHORT_FUEL: u32 = 200;

/// What can nest: evaluations, calls of project functions one inside the other, and steps back to callers for the value
/// of a parameter.
#[derive(Debug, Clone, Copy)]
pub(super) enum Level {
    Nested,
    Inlined,
    Passed,
}

type Levels = [u32; 3];

/// How deep each level may go.
const MOST: Levels = [60, 8, 2];

#[derive(Debug, Default)]
pub(super) struct Work {
    fuel: Cell<u32>,
    /// How often something was cut short, by a circle or a bound.
    cuts: Cell<u32>,
    now: Cell<Levels>,
    /// The deepest that the innermost evaluation went so far.
    peak: Cell<Levels>,
    asking: Cell<bool>,
    starved: Cell<u32>,
}

/// Where an evaluation began.
pub(super) struct Mark {
    fuel: u32,
    cuts: u32,
    now: Levels,
    peak: Levels,
}

/// What a complete evaluation takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    fuel: u32,
    height: Levels,
}

/// A value and what it takes to work it out.
#[derive(Debug)]
pub(super) struct Known<T = Value> {
    pub value: T,
    pub spent: Spent,
}

impl Work {
    /// Runs one question with its own measure; inside another question it is a part of that.
    pub(super) fn question<T>(&self, work: impl FnOnce() -> T) -> T {
        if self.asking.replace(true) {
            return work();
        }
        self.fuel.set(if self.starved.get() < MAX_STARVED { FUEL } else { SHORT_FUEL });
        let result = work();
        if self.fuel.get() == 0 {
            self.starved.set(self.starved.get() + 1);
        }
        self.asking.set(false);
        result
    }

    /// Runs another question in the middle of one, which then goes on as if nothing had been.
    pub(super) fn apart<T>(&self, work: impl FnOnce() -> T) -> T {
        let saved = (self.fuel.replace(FUEL), self.cuts.get(), self.now.take(), self.peak.take());
        let outer = self.asking.replace(true);
        let result = work();
        self.asking.set(outer);
        self.fuel.set(saved.0);
        self.cuts.set(saved.1);
        self.now.set(saved.2);
        self.peak.set(saved.3);
        result
    }

    /// Whether a question is being answered.
    pub(super) fn is_asking(&self) -> bool {
        self.asking.get()
    }

    /// Begins with a module: the questions about each have the same chances.
    pub(super) fn begin(&self) {
        self.starved.set(0);
    }

    /// Begins an evaluation; none when it would be too deep or too much.
    pub(super) fn start(&self) -> Option<Mark> {
        let (fuel, now) = (self.fuel.get(), self.now.get());
        if fuel == 0 || now[0] >= MOST[0] {
            self.cut_short();
            return None;
        }
        let mark = Mark { fuel, cuts: self.cuts.get(), now, peak: self.peak.get() };
        self.fuel.set(fuel - 1);
        self.go(Level::Nested);
        self.peak.set(self.now.get());
        Some(mark)
    }

    /// Ends an evaluation, and says what it took when nothing was cut short.
    pub(super) fn finish(&self, mark: &Mark) -> Option<Spent> {
        let peak = self.peak.get();
        self.now.set(mark.now);
        self.peak.set(each(mark.peak, peak, u32::max));
        let spent = Spent { fuel: mark.fuel - self.fuel.get(), height: each(peak, mark.now, u32::saturating_sub) };
        (self.cuts.get() == mark.cuts).then_some(spent)
    }

    /// Runs a part of an evaluation, and says what it took when nothing about it was cut short.
    pub(super) fn measured<T>(&self, work: impl FnOnce() -> T) -> (T, Option<Spent>) {
        let mark = Mark { fuel: self.fuel.get(), cuts: self.cuts.get(), now: self.now.get(), peak: self.peak.get() };
        self.peak.set(mark.now);
        let result = work();
        (result, self.finish(&mark))
    }

    /// Takes the price of a remembered value; false when working it out here would be cut short.
    pub(super) fn afford(&self, spent: Spent) -> bool {
        let reached = each(self.now.get(), spent.height, u32::saturating_add);
        let fits = spent.fuel <= self.fuel.get() && reached.iter().zip(MOST).all(|(level, most)| *level <= most);
        if fits {
            self.charge(spent.fuel);
            self.peak.set(each(self.peak.get(), reached, u32::max));
        }
        fits
    }

    /// Takes one unit of fuel; false (and the value counts as cut short) when there is none.
    pub(super) fn spend(&self) -> bool {
        let fuel = self.fuel.get();
        if fuel == 0 {
            self.cut_short();
        }
        self.fuel.set(fuel.saturating_sub(1));
        fuel > 0
    }

    /// Uses up fuel for a large result.
    pub(super) fn charge(&self, units: u32) {
        self.fuel.set(self.fuel.get().saturating_sub(units));
    }

    pub(super) fn cut_short(&self) {
        self.cuts.set(self.cuts.get() + 1);
    }

    /// Runs `work` one level deeper; none (and the value counts as cut short) when that is too deep.
    pub(super) fn deeper<T>(&self, level: Level, work: impl FnOnce() -> T) -> Option<T> {
        let now = self.now.get();
        if now[level as usize] >= MOST[level as usize] {
            self.cut_short();
            return None;
        }
        self.go(level);
        let result = work();
        self.now.set(now);
        Some(result)
    }

    fn go(&self, level: Level) {
        let mut now = self.now.get();
        now[level as usize] += 1;
        self.now.set(now);
        self.peak.set(each(self.peak.get(), now, u32::max));
    }
}

fn each(left: Levels, right: Levels, of: fn(u32, u32) -> u32) -> Levels {
    std::array::from_fn(|index| of(left[index], right[index]))
}
