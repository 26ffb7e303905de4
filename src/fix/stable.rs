//! Fixing until nothing changes: a fix may uncover or allow another one.

use crate::finding::Finding;
use crate::source::{FileKind, Sources};

use super::Applicability;
use super::apply::{Plan, plan};

/// Fixes that still change something after this many rounds undo each other.
pub const MOST_ROUNDS: usize = 10;

/// What the rounds came to.
#[derive(Debug)]
pub struct Fixed<T> {
    /// The outcome before anything was fixed.
    pub first: T,
    /// The outcome on the fixed texts; none when nothing was fixed.
    pub last: Option<T>,
    /// From the texts of the first outcome to those of the last.
    pub plan: Plan,
    /// How many rounds changed something.
    pub rounds: usize,
    /// False when the fixes would have gone on.
    pub stable: bool,
}

/// How the loop looks at the outcome of linting, and what it needs to know about files.
pub struct Rounds<T> {
    pub level: Applicability,
    /// The sources that were linted and what was found in them.
    pub found: fn(&T) -> (&Sources, &[Finding]),
    /// Whether Python text has no syntax error.
    pub parses: fn(&str) -> bool,
    /// What a file is, by its path and text.
    pub kind: fn(&str, &str) -> Option<FileKind>,
}

/// Fixes in memory, round by round: `lint` sees every tree as it would be on disk. Nothing is written.
pub fn fix_until_stable<T>(first: T, rounds: &Rounds<T>, mut lint: impl FnMut(Sources) -> T) -> Fixed<T> {
    let mut fixed = Fixed { first, last: None, plan: Plan::default(), rounds: 0, stable: false };
    for _ in 0..=MOST_ROUNDS {
        let (sources, findings) = (rounds.found)(fixed.last.as_ref().unwrap_or(&fixed.first));
        let next = plan(findings, sources, rounds.level, rounds.parses);
        fixed.plan.skipped = next.skipped.clone();
        fixed.stable = next.changes.is_empty();
        if fixed.stable || fixed.rounds == MOST_ROUNDS {
            break;
        }
        let outcome = lint(next.sources(sources, rounds.kind));
        fixed.plan.absorb(next);
        fixed.last = Some(outcome);
        fixed.rounds += 1;
    }
    fixed.plan.changes.retain(|change| change.before.as_deref() != Some(&*change.after));
    fixed
}
