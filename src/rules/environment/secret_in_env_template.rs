//! `secret-in-env-template`: see its page.

use crate::celery::url;
use crate::files::Entry;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::secret::{SecretKind, Weight};
use crate::project::{Project, Secret};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/secret-in-env-template.md"), Check::Project(check));

/// What stands in the place of a secret afterwards: every grader takes it for a placeholder.
const PLACEHOLDER: &str = "change-me";

fn check(project: &Project, out: &mut Report) {
    let exposed = |secret: &&Secret| {
        secret.in_template && secret.weight == Weight::Real && !secret.in_test && !is_shown_twice(project, secret)
    };
    for secret in project.secrets.iter().filter(exposed) {
        out.push(describe(secret));
    }
}

/// A password that is also the user's name (or the database's, the virtual host's) next to it is a sample.
fn is_shown_twice(project: &Project, secret: &Secret) -> bool {
    let file = secret.at[0].file;
    let Some((_, facts)) = project.facts.iter().find(|(known, _)| *known == file) else { return false };
    let in_url = |entry: &Entry| {
        let mut found = url::secrets(&entry.value).into_iter();
        found.any(|found| found.at == secret.at && found.user.as_deref() == Some(&*secret.value))
    };
    let names = ["USER", "USERNAME", "VHOST", "DB", "DATABASE", "NAME"];
    facts.entries.iter().any(|entry| {
        let last = entry.key().rsplit('_').next().unwrap_or_default().to_ascii_uppercase();
        in_url(entry) || (names.contains(&last.as_str()) && entry.value.as_literal().as_deref() == Some(&secret.value))
    })
}

fn describe(secret: &Secret) -> Finding {
    let what = match secret.kind {
        SecretKind::UrlPassword | SecretKind::Password => "password",
        SecretKind::Key => "key",
    };
    let message = format!("A {} {what} stands in a template that is meant to be shared", secret.opens);
    let mut finding = Finding::new(&RULE, message, secret.at[0], "looks like a real one");
    let mut fix = Fix::new("Replace it by a placeholder", Applicability::Unsafe).replace(secret.at[0], PLACEHOLDER);
    for part in &secret.at[1..] {
        finding = finding.related(*part, "and the rest of it is here");
        fix = fix.replace(*part, "");
    }
    for (place, words) in &secret.trail {
        finding = finding.related(*place, words.as_str());
    }
    finding
        .help("Put a placeholder here and, if the value is in use, change it: it is in the history of the repository")
        .fix(fix)
        .symbol(secret.carrier.clone().unwrap_or_default())
}
