//! `mixed-setting-styles`: see its page.

use super::keys;
use crate::celery::configuration::{Mixed, Style};
use crate::celery::release::{Minor, Releases};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::configuration::{Configuration, Entry};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/mixed-setting-styles.md"), Check::Project(check));

/// How many of the other keys a finding shows.
const SHOWN: usize = 3;

fn check(project: &Project, out: &mut Report) {
    let mut seen = Vec::new();
    for configuration in &project.configurations {
        let range = project.releases;
        let refuses = Releases::matching(|release| range.contains(release) && is_refused(configuration, release));
        let Some(mixed) = refuses.newest().and_then(|release| configuration.outcomes(release).err()) else { continue };
        if let Some(finding) = finding(project, configuration, mixed, refuses)
            && !seen.contains(&finding.primary)
        {
            seen.push(finding.primary.clone());
            out.push(finding);
        }
    }
}

/// Whether a release refuses the configuration, whatever of it that may not be there is there.
fn is_refused(configuration: &Configuration, release: Minor) -> bool {
    !configuration.open && configuration.outcomes(release).is_err() && configuration.accepts_sure(release).is_err()
}

fn finding(project: &Project, configuration: &Configuration, mixed: &Mixed, releases: Releases) -> Option<Finding> {
    let keys: Vec<(&Entry, &str)> =
        mixed.renames.iter().filter_map(|rename| Some((configuration.entries.get(rename.given)?, rename.to))).collect();
    let ((first, to), others) = keys.split_first()?;
    let (own, other) = match mixed.style {
        Style::New => ("old", "new"),
        Style::Old => ("new", "old"),
    };
    let when = keys::in_releases(project, releases);
    let message = format!("Old and new names of settings are mixed, which Celery refuses{when}");
    let label = format!("the {own} name among {other} ones; here it is `{to}`");
    let mut finding = Finding::new(&RULE, message, keys::shown(project, first), label).symbol(&first.written);
    for (entry, to) in others.iter().take(SHOWN) {
        finding = finding.related(keys::shown(project, entry), format!("`{to}`"));
    }
    let help =
        format!("Use the {other} names only; Celery raises `ImproperlyConfigured` at its first look at the settings");
    let finding = finding.help(help);
    Some(match fix(project, &keys) {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}

fn fix(project: &Project, keys: &[(&Entry, &str)]) -> Option<Fix> {
    let fix = Fix::new("Give all settings names of one kind", Applicability::Unsafe);
    keys.iter().try_fold(fix, |fix, (entry, to)| {
        let at = keys::place(project, entry)?;
        (!keys::is_read(project, &entry.written)).then(|| fix.replace(at, *to))
    })
}
