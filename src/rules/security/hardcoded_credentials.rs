//! `hardcoded-credentials`: see its page.

use super::credential_fix;
use crate::finding::Finding;
use crate::project::secret::SecretKind;
use crate::project::{Project, Secret};
use crate::rule::{Check, Report, Rule};
use crate::rules::environment::tracked_env_file;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/hardcoded-credentials.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    // One finding per secret: a tracked env file is the graver matter, and its rule points at the same lines.
    let told = |secret: &&Secret| secret.at.first().is_some_and(|at| tracked_env_file::tells(project, *at));
    for secret in project.secrets.iter().filter(|secret| secret.is_exposed()).filter(|secret| !told(secret)) {
        out.push(describe(project, secret));
    }
}

fn describe(project: &Project, secret: &Secret) -> Finding {
    let (label, file) = (label(secret), project.sources.get(secret.at[0].file).name());
    let mut finding = Finding::new(&RULE, message(secret), secret.at[0], label);
    for part in &secret.at[1..] {
        finding = finding.related(*part, "and the rest of it is here");
    }
    for (place, words) in &secret.trail {
        finding = finding.related(*place, words.as_str());
    }
    finding = finding.symbol(secret.carrier.clone().unwrap_or_default());
    let change = "Change the value as well: the repository's history keeps it";
    match (credential_fix::fix(project, secret), &secret.repair) {
        (Some((fix, env)), Some(repair)) => {
            let help = format!(
                "Read it from the environment as `{}`; `--fix --unsafe-fixes` keeps the value in `{env}`, which git ignores, \
                 and adds the key to the template. {change}",
                repair.key
            );
            finding.help(help).fix(fix)
        }
        _ if file.starts_with(".env") || file.ends_with(".env") => {
            finding.help(format!("Keep `{file}` out of git and document its keys in a template. {change}"))
        }
        _ => finding.help(format!("Read it from the environment or from a secret store. {change}")),
    }
}

fn message(secret: &Secret) -> String {
    let what = match secret.kind {
        SecretKind::UrlPassword | SecretKind::Password => "password",
        SecretKind::Key => "key",
    };
    let whose = match secret.opens.as_str() {
        "message signing key" => "Signing".to_owned(),
        opens => sentence_start(opens),
    };
    if secret.in_default {
        format!("{whose} {what} is the default of an environment variable")
    } else {
        format!("{whose} {what} is written in the source")
    }
}

fn label(secret: &Secret) -> &'static str {
    if secret.in_default {
        "used wherever the variable is not set, and in the repository for everyone to read"
    } else {
        "anyone who can read the repository has it"
    }
}

fn sentence_start(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
