//! `unhandled-broker-error`: see its page.

use crate::finding::Finding;
use crate::project::endpoint::Way;
use crate::project::requests::{self, Sent, outage};
use crate::project::{Project, production};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/unhandled-broker-error.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    if project.answers_exceptions || production::runs_eagerly(project) {
        return;
    }
    let sent = requests::sent(project);
    let open = |sent: &&Sent| {
        !sent.act.guarded && sent.act.way != Way::Handed && production::is_production(project, sent.act.at)
    };
    // Who answers for it in one place knows of it, and leaves the others as they are.
    if sent.iter().any(|sent| answers_by_name(project, sent)) {
        return;
    }
    let mut places: Vec<&Sent> = sent.iter().filter(open).collect();
    places.dedup_by_key(|sent| sent.act.at);
    if let Some((first, others)) = places.split_first() {
        out.push(describe(project, first, others));
    }
}

/// Whether a function that sends a task speaks of the error.
fn answers_by_name(project: &Project, sent: &Sent) -> bool {
    let text = requests::text_of(project, sent.act);
    ["OperationalError", "KombuError"].iter().any(|word| text.contains(word))
}

fn describe(project: &Project, first: &Sent, others: &[&Sent]) -> Finding {
    let label = outage::of(project).map_or_else(
        || "waits, then raises `kombu.exceptions.OperationalError`".to_owned(),
        |outage| outage.describe(),
    );
    let message = match others.len() {
        0 => "Nothing answers for a broker that is down where a request sends a task".to_owned(),
        count => format!("Nothing answers for a broker that is down where requests send tasks ({} places)", count + 1),
    };
    let mut finding = Finding::new(&RULE, message, first.act.at, label);
    if let Some(at) = first.endpoint.handler_at.filter(|_| !requests::is_in_handler(project, first.endpoint, first.act))
    {
        finding = finding.related(at, format!("{} ends with status 500", requests::route(first.endpoint)));
    }
    finding
        .help(
            "Catch `kombu.exceptions.OperationalError`, here or in a handler for the whole application, and answer 503",
        )
        .symbol("broker")
}
