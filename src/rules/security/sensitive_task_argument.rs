//! `sensitive-task-argument`: see its page.

use crate::finding::Finding;
use crate::project::{Project, production};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/sensitive-task-argument.md"), Check::Project(check));

/// Names that say what a parameter holds. A plain `token` is none: it may be a device's or a confirmation's.
const SENSITIVE: &[&str] = &[
    "access_token",
    "api_key",
    "api_secret",
    "apikey",
    "auth_token",
    "bearer_token",
    "card_number",
    "client_secret",
    "credit_card",
    "credit_card_number",
    "cvc",
    "cvv",
    "new_password",
    "passphrase",
    "passwd",
    "password",
    "plain_password",
    "private_key",
    "raw_password",
    "refresh_token",
    "secret",
    "secret_key",
    "smtp_password",
    "ssn",
    "temp_password",
    "temporary_password",
    "user_password",
];

fn check(project: &Project, out: &mut Report) {
    for task in
        project.tasks.iter().filter(|task| !task.in_test && !production::is_shown(project.sources.path(task.at.file)))
    {
        let Some(signature) = &task.signature else { continue };
        for (name, at) in &signature.places {
            if SENSITIVE.contains(&name.to_ascii_lowercase().as_str()) {
                let label = "written to the broker, to logs and to events as it is";
                let finding = Finding::new(&RULE, format!("A task takes `{name}` as an argument"), *at, label)
                    .symbol(format!("{}.{name}", task.function))
                    .help(
                        "Pass an id and let the task look it up; or hide it from logs with `argsrepr` and `kwargsrepr`",
                    );
                out.push(finding);
            }
        }
    }
}
