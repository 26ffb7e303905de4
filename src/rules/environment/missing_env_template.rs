//! `missing-env-template`: see its page.

use std::collections::BTreeMap;

use super::sample;
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::environment::coverage::{Undocumented, undocumented};
use crate::project::environment::library::is_for_others;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/missing-env-template.md"), Check::Project(check));

/// So many keys that all have defaults are worth a template too.
const MANY: usize = 8;
/// How long a message may be.
const MESSAGE: usize = 90;

fn check(project: &Project, out: &mut Report) {
    let mut roots: BTreeMap<String, Vec<Undocumented>> = BTreeMap::new();
    for key in undocumented(project).into_iter().filter(|key| key.template.is_none()) {
        roots.entry(key.root.clone()).or_default().push(key);
    }
    for (root, mut keys) in roots.into_iter().filter(|(root, _)| !is_for_others(project, root)) {
        let required = keys.iter().any(Undocumented::is_required);
        if required || (keys.len() >= MANY) {
            keys.sort_by_key(|key| (!key.is_required(), !key.connects, key.at()));
            out.push(describe(project, &root, &keys, required));
        }
    }
}

fn describe(project: &Project, root: &str, keys: &[Undocumented], required: bool) -> Finding {
    let path = if root.is_empty() { ".env.example".to_owned() } else { format!("{root}/.env.example") };
    let mut finding = Finding::new(&RULE, message(keys), keys[0].at(), "no template tells that this is needed");
    if !required {
        finding = finding.severity(Severity::Note);
    }
    for key in keys.iter().skip(1).filter(|key| key.is_required()).take(3) {
        finding = finding.related(key.at(), "nor this");
    }
    let fix = Fix::new(format!("Create `{path}` with every key"), Applicability::Safe);
    finding
        .help(format!("Add `{path}` with the keys that a new checkout needs, and commit it"))
        .fix(fix.create(path, template(project, keys)))
        .symbol(root)
}

/// Names as many keys as there is room for.
fn message(keys: &[Undocumented]) -> String {
    let text = |shown: usize| {
        let names: Vec<String> = keys[..shown].iter().map(|key| format!("`{}`", key.name)).collect();
        let (list, are) = match keys.len() - shown {
            0 if shown == 1 => (names.concat(), "is"),
            0 => (format!("{} and {}", names[..shown - 1].join(", "), names[shown - 1]), "are"),
            rest => (format!("{} and {rest} more keys", names.join(", ")), "are"),
        };
        format!("{list} {are} read and no template documents them")
            .replace("is read and no template documents them", "is read and no template documents it")
    };
    (1..=keys.len())
        .rev()
        .map(text)
        .find(|text| text.len() <= MESSAGE)
        .unwrap_or_else(|| format!("{} environment keys are read and no template documents them", keys.len()))
}

/// Required keys first, Celery's own before others; then those with a default, commented out.
fn template(project: &Project, keys: &[Undocumented]) -> String {
    let group = |key: &&Undocumented| match (key.is_required(), key.connects) {
        (true, true) => 0,
        (true, false) => 1,
        (false, _) => 2,
    };
    let mut text = "# Copy this file to .env and fill in the values\n".to_owned();
    for (index, title) in ["Celery's broker and result backend", "Required", "Optional"].into_iter().enumerate() {
        let keys: Vec<String> =
            keys.iter().filter(|key| group(key) == index).map(|key| sample::lines(project, key)).collect();
        if !keys.is_empty() {
            text.push_str(&format!("\n# --- {title} ---\n{}", keys.concat()));
        }
    }
    text
}
