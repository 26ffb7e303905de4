//! `hardcoded-credentials`: see its page.

use crate::finding::Finding;
use crate::project::secret::SecretKind;
use crate::project::{Project, Secret};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/hardcoded-credentials.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for secret in project.secrets.iter().filter(|secret| secret.is_exposed()) {
        out.push(describe(project, secret));
    }
}

fn describe(_project: &Project, secret: &Secret) -> Finding {
    let what = match secret.kind {
        SecretKind::UrlPassword | SecretKind::Password => "password",
        SecretKind::Key => "key",
    };
    let whose = sentence_start(&secret.opens);
    let message = if secret.in_default {
        format!("{whose} {what} is the default of an environment variable")
    } else {
        format!("{whose} {what} is written in the source")
    };
    let mut finding = Finding::new(&RULE, message, secret.at[0], "anyone who can read the repository has it");
    for part in &secret.at[1..] {
        finding = finding.related(*part, "and the rest of it is here");
    }
    for (place, words) in &secret.trail {
        finding = finding.related(*place, words.as_str());
    }
    finding
        .help("Read it from the environment, and change it: it is in the history of the repository")
        .symbol(secret.carrier.clone().unwrap_or_default())
}

fn sentence_start(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
