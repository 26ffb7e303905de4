//! How much work one question may be, and what a remembered value stands for.
//!
//! A value is remembered only when nothing about it was cut short, and is used again only where working it out anew would
//! not be cut short either; it is charged what it has cost. So answers never depend on what was asked before, on the
//! order of modules or on the number of threads: remembering makes them come sooner, nothing else.
//!
//! Within one function under one set of values a little more is remembered: a value that was cut short only where
//! something in it led back to itself (`x = f(x)` in a loop). All that grows out of such a name would otherwise be worked
//! out anew wherever it is used, and again wherever that is used.

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
    /// How often a bound did it.
    bounds: Cell<u32>,
    /// The outermost evaluation under way, counted from outside, that a circle within the innermost one led back to.
    circle: Cell<Option<u32>>,
    /// How often a parameter was asked for.
    asked: Cell<u32>,
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
    bounds: u32,
    circle: Option<u32>,
    asked: u32,
    now: Levels,
    peak: Levels,
}

/// What an evaluation takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    fuel: u32,
    height: Levels,
    /// Something within it leads back to itself and was cut short there.
    circles: bool,
    /// It asked for a parameter.
    asks: bool,
}

/// What an evaluation was.
pub(super) struct Done {
    pub spent: Spent,
    bounded: bool,
    circle: Option<u32>,
}

impl Done {
    /// What it took, when nothing about it was cut short.
    pub(super) fn complete(&self) -> Option<Spent> {
        (!self.bounded && !self.spent.circles).then_some(self.spent)
    }

    /// What it took, when it comes to the same wherever its frame holds: no bound cut it short, and whatever led back to
    /// itself did so within.
    pub(super) fn closed(&self) -> Option<Spent> {
        (!self.bounded && self.circle.is_none()).then_some(self.spent)
    }
}

impl Spent {
    /// Whether it is worth being remembered where little else is.
    pub(super) fn is_much(&self) -> bool {
        self.fuel > 3
    }
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

    /// A question that nobody asked for: it is none where another is being answered, and running out of fuel does not
    /// count. None also when a bound or a circle cut it short, or when it asked for a parameter.
    pub(super) fn probe<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        if self.asking.get() {
            return None;
        }
        let starved = self.starved.get();
        let (cuts, asked) = (self.cuts.get(), self.asked.get());
        let result = self.question(work);
        let ran_out = self.starved.replace(starved) != starved;
        (!ran_out && (cuts, asked) == (self.cuts.get(), self.asked.get())).then_some(result)
    }

    /// Runs another question in the middle of one, which then goes on as if nothing had been.
    pub(super) fn apart<T>(&self, work: impl FnOnce() -> T) -> T {
        let mark = self.mark();
        let (fuel, now) = (self.fuel.replace(FUEL), self.now.take());
        self.peak.take();
        let outer = self.asking.replace(true);
        let result = work();
        self.asking.set(outer);
        self.fuel.set(fuel);
        self.cuts.set(mark.cuts);
        self.bounds.set(mark.bounds);
        self.circle.set(mark.circle);
        self.now.set(now);
        self.peak.set(mark.peak);
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
        let mark = self.mark();
        self.fuel.set(fuel - 1);
        self.go(Level::Nested);
        self.peak.set(self.now.get());
        Some(mark)
    }

    fn mark(&self) -> Mark {
        Mark {
            fuel: self.fuel.get(),
            cuts: self.cuts.get(),
            bounds: self.bounds.get(),
            circle: self.circle.take(),
            asked: self.asked.get(),
            now: self.now.get(),
            peak: self.peak.get(),
        }
    }

    /// Ends an evaluation that `around` others are around, and says what it was.
    pub(super) fn finish(&self, mark: &Mark, around: u32) -> Done {
        let peak = self.peak.get();
        self.now.set(mark.now);
        self.peak.set(each(mark.peak, peak, u32::max));
        // What leads back here concerns nobody further out.
        let circle = self.circle.take();
        self.circle.set(outer(mark.circle, circle.filter(|to| *to < around)));
        let spent = Spent {
            fuel: mark.fuel - self.fuel.get(),
            height: each(peak, mark.now, u32::saturating_sub),
            circles: self.cuts.get() != mark.cuts,
            asks: self.asked.get() != mark.asked,
        };
        Done { spent, bounded: self.bounds.get() != mark.bounds, circle }
    }

    /// Runs a part of an evaluation, and says what it took when nothing about it was cut short.
    pub(super) fn measured<T>(&self, work: impl FnOnce() -> T) -> (T, Option<Spent>) {
        let mark = self.mark();
        self.peak.set(mark.now);
        let result = work();
        (result, self.finish(&mark, u32::MAX).complete())
    }

    /// Takes the price of a remembered value; false when working it out here would be cut short.
    pub(super) fn afford(&self, spent: Spent) -> bool {
        let reached = each(self.now.get(), spent.height, u32::saturating_add);
        let fits = spent.fuel <= self.fuel.get() && reached.iter().zip(MOST).all(|(level, most)| *level <= most);
        if fits {
            self.charge(spent.fuel);
            self.cuts.set(self.cuts.get() + u32::from(spent.circles));
            self.asked.set(self.asked.get() + u32::from(spent.asks));
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
        self.bounds.set(self.bounds.get() + 1);
    }

    /// Something leads back to an evaluation under way, the one that `around` others are around.
    pub(super) fn cut_by_circle(&self, around: u32) {
        self.cuts.set(self.cuts.get() + 1);
        self.circle.set(outer(self.circle.get(), Some(around)));
    }

    /// A parameter is asked for.
    pub(super) fn ask(&self) {
        self.asked.set(self.asked.get() + 1);
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

/// The outermost of two places that circles lead back to.
fn outer(left: Option<u32>, right: Option<u32>) -> Option<u32> {
    left.into_iter().chain(right).min()
}

fn each(left: Levels, right: Levels, of: fn(u32, u32) -> u32) -> Levels {
    std::array::from_fn(|index| of(left[index], right[index]))
}
