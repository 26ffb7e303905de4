//! Runs one example of a page: its findings, its fixes, and that it teaches nothing that another rule flags.

use celery_lint::engine::Outcome;
use celery_lint::finding::{Finding, Severity};
use celery_lint::fix::Applicability;
use celery_lint::rule::Rule;

use crate::page::{Block, Caret, Role, Section};
use crate::project::{Enabled, Files, fix, lint};

/// Findings from this severity on must not occur in what documentation recommends.
const TAUGHT: Severity = Severity::Note;

/// What the findings of a rule's examples offered.
#[derive(Debug, Default)]
pub struct Seen {
    pub fixable: bool,
    pub not_fixable: bool,
    pub unsafe_fix: bool,
}

/// Everything that is wrong with one example. `teaches`: it is documentation, not a fixture.
pub fn problems(rule: &'static Rule, section: &Section, teaches: bool, seen: &mut Seen) -> Vec<String> {
    let config = section.blocks.iter().find(|block| block.role == Role::Config).map(|block| block.text.as_str());
    let before = files(section, None);
    let outcome = lint(&before, Enabled::Only(rule), config);
    let own: Vec<&Finding> = outcome.findings.iter().filter(|finding| finding.rule == rule).collect();
    note_fixes(&own, seen);
    let mut problems = differences(&outcome, &own, section, &[Role::Bad, Role::Good]);
    problems.extend(own.iter().flat_map(|finding| wording(finding, &outcome)));
    if teaches {
        problems.extend(others(&before, section, &[Role::Good], config));
    }
    for (role, unsafe_fixes) in [(Role::Fixed, false), (Role::FixedUnsafe, true)] {
        let shown = section.blocks.iter().any(|block| block.role == role);
        let after = match fix(&before, rule, config, unsafe_fixes) {
            Ok(after) => after,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        problems.extend(stability(&before, &after, rule, config, unsafe_fixes));
        if shown {
            problems.extend(tree_differences(&files(section, Some(role)), &after));
            let outcome = lint(&after, Enabled::Only(rule), config);
            let left: Vec<&Finding> = outcome.findings.iter().filter(|finding| finding.rule == rule).collect();
            problems.extend(differences(&outcome, &left, section, &[role]));
        }
        if shown && teaches {
            problems.extend(others(&after, section, &[Role::Good, role], config));
        }
    }
    problems
}

/// The example's project: as it is, or with the files of one kind of `fixed` blocks in their place.
fn files(section: &Section, fixed: Option<Role>) -> Files {
    let of = |wanted: fn(Role, Option<Role>) -> bool| {
        section
            .blocks
            .iter()
            .filter(move |block| wanted(block.role, fixed))
            .map(|block| (block.path.clone(), block.text.clone()))
    };
    let mut files: Files = of(|role, _| matches!(role, Role::Bad | Role::Good)).collect();
    files.extend(of(|role, fixed| Some(role) == fixed));
    files
}

fn note_fixes(findings: &[&Finding], seen: &mut Seen) {
    for finding in findings {
        let best = finding.fixes.iter().map(|fix| fix.applicability).max();
        let applied = best.is_some_and(|best| best > Applicability::DisplayOnly);
        seen.fixable |= applied;
        seen.not_fixable |= !applied;
        seen.unsafe_fix |= finding.fixes.iter().any(|fix| fix.applicability == Applicability::Unsafe);
    }
}

/// Compares findings with the carets of the blocks that have one of these roles.
fn differences(outcome: &Outcome, findings: &[&Finding], section: &Section, roles: &[Role]) -> Vec<String> {
    let blocks = section.blocks.iter().filter(|block| roles.contains(&block.role));
    let mut expected: Vec<(&Block, &Caret)> =
        blocks.flat_map(|block| block.carets.iter().map(move |caret| (block, caret))).collect();
    let mut problems = Vec::new();
    for finding in findings {
        match expected.iter().position(|(block, caret)| matches(outcome, finding, block, caret)) {
            Some(index) => {
                expected.remove(index);
            }
            None => problems.push(format!("not expected: {}", describe(outcome, finding))),
        }
    }
    problems.extend(expected.into_iter().map(|(block, caret)| {
        let marked = caret.range.clone().map_or("the file", |range| block.text.get(range).unwrap_or("(line end)"));
        format!("not found: {} (page line {}) `{marked}` {}", block.path, block.line, caret.text)
    }));
    problems
}

fn matches(outcome: &Outcome, finding: &Finding, block: &Block, caret: &Caret) -> bool {
    let says_so =
        finding.message == caret.text || finding.primary.as_ref().is_some_and(|label| label.text == caret.text);
    let stands_there = match (&finding.primary, &caret.range) {
        (None, None) => finding.path == block.path,
        (Some(label), Some(range)) => {
            let found = label.loc.span.range();
            let empty = found.is_empty()
                && range.start == found.start
                && block.text[..].get(range.clone()).is_none_or(one_char);
            outcome.project.sources.path(label.loc.file) == block.path && (found == *range || empty)
        }
        _ => false,
    };
    says_so && stands_there
}

fn one_char(text: &str) -> bool {
    text.chars().count() == 1
}

/// A finding as one line: where, which characters, what it says.
fn describe(outcome: &Outcome, finding: &Finding) -> String {
    let Some(label) = &finding.primary else {
        return format!("{}: {} [{}]", finding.path, finding.message, finding.rule.name);
    };
    let sources = &outcome.project.sources;
    let (place, snippet) = (sources.position(label.loc), sources.snippet(label.loc));
    let path = sources.path(label.loc.file);
    format!(
        "{path}:{}:{}: `{snippet}` {} | {} [{}]",
        place.line, place.column, finding.message, label.text, finding.rule.name
    )
}

/// How a finding must be worded.
fn wording(finding: &Finding, outcome: &Outcome) -> Vec<String> {
    let mut problems = Vec::new();
    let mut require = |holds: bool, what: &str, text: &str| {
        if !holds {
            problems.push(format!("{what}: {text}"));
        }
    };
    let capital = |text: &str| text.starts_with(|first: char| first.is_uppercase() || first == '`');
    let message = finding.message.as_str();
    require(capital(message), "a message is in sentence case", message);
    require(!message.ends_with('.'), "a message has no full stop", message);
    require(message.chars().count() <= 90, "a message has at most 90 characters", message);
    for label in finding.labels() {
        require(!label.text.ends_with('.'), "a label has no full stop", &label.text);
    }
    if let Some(help) = &finding.help {
        require(help.starts_with(char::is_uppercase), "a help starts with a verb", help);
    }
    for fix in &finding.fixes {
        require(
            capital(&fix.title) && !fix.title.ends_with('.'),
            "a fix's title is imperative, without a full stop",
            &fix.title,
        );
    }
    if ["credential", "secret"].iter().any(|word| finding.rule.name.contains(word)) {
        let secret = finding.primary.as_ref().map_or("", |label| outcome.project.sources.snippet(label.loc));
        let shown = secret.len() > 3 && texts(finding).any(|text| text.contains(secret));
        require(!shown, "a secret is shown", message);
    }
    problems
}

/// Every text of a finding that a report may show.
fn texts(finding: &Finding) -> impl Iterator<Item = &str> {
    let labels = finding.labels().map(|label| label.text.as_str());
    let fixes = finding.fixes.iter().map(|fix| fix.title.as_str());
    labels.chain(fixes).chain(finding.help.as_deref()).chain([finding.message.as_str(), finding.symbol.as_str()])
}

/// Fixing again changes nothing, and what could be parsed can still be.
fn stability(
    before: &Files,
    after: &Files,
    rule: &'static Rule,
    config: Option<&str>,
    unsafe_fixes: bool,
) -> Vec<String> {
    let again = fix(after, rule, config, unsafe_fixes).unwrap_or_else(|_| after.clone());
    let mut problems = tree_differences(after, &again);
    for problem in &mut problems {
        problem.insert_str(0, "fixing again changes something: ");
    }
    let broken = |files: &Files| lint(files, Enabled::Syntax, None).findings.len();
    if broken(after) > broken(before) {
        problems.push("a fixed file no longer parses".to_string());
    }
    problems
}

/// The first line that differs in each file that differs.
fn tree_differences(expected: &Files, actual: &Files) -> Vec<String> {
    let paths: std::collections::BTreeSet<&String> = expected.keys().chain(actual.keys()).collect();
    let mut problems = Vec::new();
    for path in paths.into_iter().filter(|path| expected.get(*path) != actual.get(*path)) {
        let text = |files: &Files| files.get(path).map_or("(no such file)".to_string(), |text| format!("{text:?}"));
        problems.push(format!("{path} after the fix\n    expected {}\n    actual   {}", text(expected), text(actual)));
    }
    problems
}

/// Findings of any default rule in files that the page recommends.
fn others(files: &Files, section: &Section, recommended: &[Role], config: Option<&str>) -> Vec<String> {
    let outcome = lint(files, Enabled::Default, config);
    let all_good = section.blocks.iter().all(|block| recommended.contains(&block.role) || block.role == Role::Config);
    let is_recommended = |finding: &&Finding| {
        all_good || section.blocks.iter().any(|block| recommended.contains(&block.role) && block.path == finding.path)
    };
    let findings = outcome.findings.iter().filter(|finding| finding.severity >= TAUGHT).filter(is_recommended);
    findings.map(|finding| format!("recommended, yet a finding: {}", describe(&outcome, finding))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use celery_lint::rules;

    /// What the harness says about one block of Python on the page of `unused-suppression`.
    fn run(block: &str) -> Vec<String> {
        let page = crate::page::parse(&format!("### A\n{block}")).unwrap();
        let rule = rules::by_name("unused-suppression").unwrap();
        problems(rule, &page.sections[0], true, &mut Seen::default())
    }

    #[test]
    fn an_exact_caret_is_no_problem() {
        let block = "```python bad\nx = 1  # celery-lint: ignore[nope]\n                             ^^^^ `nope` is not a rule\n```\n";
        assert_eq!(run(block), Vec::<String>::new());
    }

    #[test]
    fn a_moved_caret_is_a_problem() {
        let block = "```python bad\nx = 1  # celery-lint: ignore[nope]\n                              ^^^ `nope` is not a rule\n```\n";
        assert_eq!(
            run(block),
            [
                "not expected: tasks.py:1:30: `nope` `nope` is not a rule |  [unused-suppression]",
                "not found: tasks.py (page line 2) `ope` `nope` is not a rule",
            ]
        );
    }

    #[test]
    fn other_words_and_unmarked_findings_are_problems() {
        let block = "```python bad\nx = 1  # celery-lint: ignore[nope]\n                             ^^^^ `nope` is no rule\n```\n";
        assert_eq!(run(block).len(), 2);
        let block = "```python good\nx = 1  # celery-lint: ignore[nope]\n```\n";
        assert_eq!(
            run(block),
            [
                "not expected: tasks.py:1:30: `nope` `nope` is not a rule |  [unused-suppression]",
                "recommended, yet a finding: tasks.py:1:30: `nope` `nope` is not a rule |  [unused-suppression]",
            ]
        );
    }

    #[test]
    fn a_fixed_block_that_the_fixer_does_not_make_is_a_problem() {
        let block = "```python bad\nx = 1  # celery-lint: ignore[nope]\n                             ^^^^ `nope` is not a rule\n```\n\
                     ```python fixed\nx = 2\n```\n";
        assert!(run(block).iter().any(|problem| problem.starts_with("tasks.py after the fix")));
    }
}
