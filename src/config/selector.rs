//! Selectors: a rule's name, an area, or `ALL`; and which rules a stack of selections turns on.

use crate::rule::{Rule, Status};
use crate::rules;

/// The areas of the catalogue, in its order.
pub const AREAS: &[&str] = &[
    "security",
    "environment",
    "configuration",
    "tasks",
    "calls",
    "canvas",
    "schedule",
    "web",
    "deployment",
    "dependencies",
    "files",
];

/// What one selector names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selector {
    All,
    Area(&'static str),
    Rule(&'static Rule),
}

/// A name that selects nothing, with the closest one that would.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a rule or an area")]
pub struct UnknownSelector {
    pub name: String,
    pub similar: Option<&'static str>,
}

impl Selector {
    /// # Errors
    /// [`UnknownSelector`] with a suggestion.
    pub fn parse(name: &str) -> Result<Self, UnknownSelector> {
        if name == "ALL" {
            return Ok(Self::All);
        }
        if let Some(area) = AREAS.iter().find(|area| **area == name) {
            return Ok(Self::Area(area));
        }
        match rules::by_name(name) {
            Some(rule) => Ok(Self::Rule(rule)),
            None => {
                let names = rules::all().into_iter().map(|rule| rule.name).chain(AREAS.iter().copied()).chain(["ALL"]);
                Err(UnknownSelector { name: name.to_owned(), similar: similar(name, names) })
            }
        }
    }

    /// How exactly it names `rule`: 0 not at all, up to 3 for its own name. `ALL` leaves out what is not stable yet or any
    /// more, unless `preview`.
    fn precision(self, rule: &Rule, preview: bool) -> u8 {
        let open = match rule.status {
            Status::Stable => true,
            Status::Preview => preview,
            Status::Deprecated => false,
        };
        match self {
            Self::All => u8::from(open),
            Self::Area(area) => 2 * u8::from(open && area == rule.area),
            Self::Rule(named) => 3 * u8::from(named == rule),
        }
    }
}

/// Every rule that one of the selectors names.
pub fn named(selectors: &[Selector]) -> Vec<&'static Rule> {
    let names = |rule: &&Rule| selectors.iter().any(|selector| selector.precision(rule, true) > 0);
    rules::all().into_iter().filter(names).collect()
}

/// The name that looks most like `name`, if any looks alike at all.
pub fn similar<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&name.to_lowercase(), &known.to_lowercase()), known))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// One source of selections: a configuration file, or the command line.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Starts anew when given.
    pub select: Option<Vec<Selector>>,
    pub extend: Vec<Selector>,
    pub ignore: Vec<Selector>,
    pub preview: Option<bool>,
}

/// The rules that a stack of selections turns on, the weakest source first. Inside one source the more exact selector
/// wins, and `ignore` wins a tie; a later source wins over an earlier one.
pub fn enabled(stack: &[Selection]) -> Vec<&'static Rule> {
    let preview = stack.iter().rev().find_map(|selection| selection.preview).unwrap_or(false);
    rules::all().into_iter().filter(|rule| is_enabled(rule, stack, preview)).collect()
}

fn is_enabled(rule: &Rule, stack: &[Selection], preview: bool) -> bool {
    let best =
        |selectors: &[Selector]| selectors.iter().map(|selector| selector.precision(rule, preview)).max().unwrap_or(0);
    let mut on = rule.on_by_default() || (preview && rule.status == Status::Preview);
    for selection in stack {
        let chosen = best(selection.select.as_deref().unwrap_or(&[])).max(best(&selection.extend));
        let ignored = best(&selection.ignore);
        // A file or a comment must not fail silently because some other rule was asked for.
        on &= selection.select.is_none() || stays_on(rule);
        if chosen > ignored {
            on = true;
        } else if ignored > 0 {
            on = false;
        }
    }
    on || rule.name == "internal-error"
}

fn stays_on(rule: &Rule) -> bool {
    ["invalid-syntax", "unreadable-file", "internal-error"].contains(&rule.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(stack: &[Selection]) -> Vec<&'static str> {
        enabled(stack).into_iter().filter(|rule| rule.area == "files").map(|rule| rule.name).collect()
    }

    fn parse(names: &[&str]) -> Vec<Selector> {
        names.iter().map(|name| Selector::parse(name).unwrap()).collect()
    }

    const ALL: [&str; 4] = ["internal-error", "invalid-syntax", "unreadable-file", "unused-suppression"];

    #[test]
    fn stable_rules_are_on_when_nothing_selects() {
        assert_eq!(names(&[]), ALL);
    }

    #[test]
    fn selecting_one_rule_leaves_broken_files_on() {
        let selection = Selection { select: Some(parse(&["security"])), ..Selection::default() };
        assert_eq!(names(&[selection]), ALL[..3]);
    }

    #[test]
    fn the_more_exact_selector_wins_and_ignore_wins_a_tie() {
        let selection = |select: &[&str], ignore: &[&str]| Selection {
            select: Some(parse(select)),
            ignore: parse(ignore),
            ..Selection::default()
        };
        assert_eq!(names(&[selection(&["ALL"], &["files"])]), ["internal-error"]);
        assert_eq!(names(&[selection(&["unused-suppression"], &["files"])]), ["internal-error", "unused-suppression"]);
        assert_eq!(names(&[selection(&["files"], &["files"])]), ["internal-error"]);
    }

    #[test]
    fn a_later_source_wins() {
        let file = Selection { ignore: parse(&["unused-suppression"]), ..Selection::default() };
        let line = Selection { extend: parse(&["files"]), ..Selection::default() };
        assert_eq!(names(std::slice::from_ref(&file)), ALL[..3]);
        assert_eq!(names(&[file, line]), ALL);
    }

    #[test]
    fn an_unknown_name_suggests_a_known_one() {
        let error = Selector::parse("unused-supression").unwrap_err();
        assert_eq!(error.similar, Some("unused-suppression"));
        assert_eq!(Selector::parse("all").unwrap_err().similar, Some("ALL"));
        assert_eq!(Selector::parse("zzz").unwrap_err().similar, None);
    }
}
