//! How long the parts of a run take, for `--timings`.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Parts with the time that each took, in the order in which they ended. Parts may overlap: some run at the same time.
#[derive(Debug, Default)]
pub struct Clock(Mutex<Vec<(&'static str, Duration)>>);

impl Clock {
    /// Does work, and notes how long it took.
    pub fn time<T>(&self, part: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.note(part, start.elapsed());
        result
    }

    pub fn note(&self, part: &'static str, spent: Duration) {
        if let Ok(mut parts) = self.0.lock() {
            parts.push((part, spent));
        }
    }

    /// All parts, the longest first; parts of one name together.
    pub fn parts(&self) -> Vec<(&'static str, Duration)> {
        let mut found: Vec<(&'static str, Duration)> = Vec::new();
        for (part, spent) in self.0.lock().map(|parts| parts.clone()).unwrap_or_default() {
            match found.iter_mut().find(|(name, _)| *name == part) {
                Some((_, total)) => *total += spent,
                None => found.push((part, spent)),
            }
        }
        found.sort_by_key(|(part, spent)| (std::cmp::Reverse(*spent), *part));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_one_name_are_added_up_and_the_longest_comes_first() {
        let clock = Clock::default();
        for (part, spent) in [("walk", 2), ("rules", 3), ("walk", 4)] {
            clock.note(part, Duration::from_millis(spent));
        }
        let milliseconds: Vec<_> = clock.parts().iter().map(|(part, spent)| (*part, spent.as_millis())).collect();
        assert_eq!(milliseconds, [("walk", 6), ("rules", 3)]);
        assert_eq!(clock.time("more", || 1), 1);
        assert_eq!(clock.parts().len(), 3);
    }
}
