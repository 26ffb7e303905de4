//! `tls-verification-disabled`: see its page.

use crate::finding::Finding;
use crate::project::{Project, Setting, production};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::rules::configuration::urls;
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/tls-verification-disabled.md"), Check::Project(check));

/// Settings that hold TLS options.
const OPTIONS: &[&str] = &["broker_use_ssl", "redis_backend_use_ssl", "redbeat_redis_use_ssl"];
/// Their keys that ask for a check of the certificate: redis-py's, and py-amqp's.
const KEYS: &[&str] = &["ssl_cert_reqs", "cert_reqs"];
/// The parameter of a URL, and the values that ask for none (celery/backends/redis.py, kombu/transport/redis.py).
const OFF: &[&str] = &["CERT_NONE", "none"];

fn check(project: &Project, out: &mut Report) {
    let mut seen: Vec<Loc> = Vec::new();
    for setting in production::named(project, OPTIONS) {
        for value in setting.value.alternatives() {
            let ValueKind::Dict(dict) = &value.kind else { continue };
            for at in dict.entries.iter().filter_map(|(key, value)| off_at(key, value)) {
                report(project, out, &mut seen, setting, at);
            }
        }
    }
    for url in urls::written(project) {
        if url.parameter("ssl_cert_reqs").is_some_and(|value| OFF.contains(&value)) {
            report(project, out, &mut seen, url.setting, url.at);
        }
    }
}

/// Where an entry of the options says that nothing is checked: at its value, or at its key when that is a name.
fn off_at(key: &Value, value: &Value) -> Option<Loc> {
    let named = key.as_literal().is_some_and(|key| KEYS.contains(&key.as_str()));
    let ways = value.alternatives();
    (named && ways.iter().all(is_off)).then(|| ways.first()?.at.or(key.at)).flatten()
}

/// `ssl.CERT_NONE`, `"none"`, and the number of `CERT_NONE`.
fn is_off(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Int(0) => true,
        ValueKind::Text(_) => value.as_literal().is_some_and(|text| OFF.contains(&text.as_str())),
        _ => value.external().is_some_and(|path| path == "ssl.CERT_NONE" || path == "ssl.VerifyMode.CERT_NONE"),
    }
}

fn report(project: &Project, out: &mut Report, seen: &mut Vec<Loc>, setting: &Setting, at: Loc) {
    if seen.contains(&at) || !production::is_production(project, at) {
        return;
    }
    seen.push(at);
    let whom = if setting.name.starts_with("broker") { "broker" } else { "result backend" };
    let message = format!("The {whom}'s certificate is not checked");
    let finding = Finding::new(&RULE, message, at, "anybody between the two can read and change the messages");
    let help = "Ask for `CERT_REQUIRED`, and give the authority's certificate as `ssl_ca_certs` if it is your own";
    out.push(finding.help(help).symbol(setting.name.as_str()));
}
