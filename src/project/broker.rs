//! How long the brokers of all apps wait before they hand an unfinished message to another worker, where that is known.

use super::{Configuration, Project, production};
use crate::celery::release::Minor;
use crate::celery::url;
use crate::files::Role;
use crate::python::{Value, ValueKind};
use crate::source::Loc;

/// The time after which a broker delivers a message again that nobody acknowledged.
#[derive(Debug, Clone, PartialEq)]
pub struct Visibility {
    pub seconds: f64,
    /// Where it is set; none when it is the transport's default.
    pub at: Option<Loc>,
    /// The scheme of the broker.
    pub scheme: String,
}

/// Schemes of transports with such a time, and its default in seconds (kombu).
const DEFAULTS: &[(&str, f64)] = &[("redis", 3_600.0), ("rediss", 3_600.0), ("sentinel", 3_600.0), ("sqs", 1_800.0)];

/// The longest of all configurations; none when one of them is not known or has another kind of broker.
pub fn visibility(project: &Project) -> Option<Visibility> {
    let own = |it: &&Configuration| {
        let app = it.app.and_then(|app| project.apps.get(app));
        app.is_some_and(|app| !app.in_test && !production::is_shown(project.sources.path(app.at.file)))
    };
    let release = project.releases.newest()?;
    let found: Option<Vec<Visibility>> =
        project.configurations.iter().filter(own).map(|it| of_configuration(project, it, release)).collect();
    let longest = found?.into_iter().max_by(|a, b| a.seconds.total_cmp(&b.seconds))?;
    // Somebody speaks of it where we do not see how it gets to Celery.
    let unseen =
        longest.at.is_none() && project.sources.files.iter().any(|file| file.text.contains("visibility_timeout"));
    (!unseen).then_some(longest)
}

fn of_configuration(project: &Project, configuration: &Configuration, release: Minor) -> Option<Visibility> {
    let value = |name: &str| {
        let entry = configuration.found(release, name)?;
        project.settings.get(entry.setting?).map(|setting| &setting.value)
    };
    let defaults: Option<Vec<(&str, f64)>> = schemes(project, value("broker_url")?)?
        .iter()
        .map(|scheme| DEFAULTS.iter().find(|(known, _)| known == scheme).copied())
        .collect();
    let (scheme, default) = defaults?.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let known = |seconds, at| Some(Visibility { seconds, at, scheme: scheme.to_owned() });
    match value("broker_transport_options") {
        None if configuration.open || configuration.found(release, "broker_transport_options").is_some() => None,
        None => known(default, None),
        Some(Value { kind: ValueKind::Dict(options), .. }) => match options.get("visibility_timeout") {
            Some(value) => known(super::duration::seconds(value)?, value.at),
            None if options.open => None,
            None => known(default, None),
        },
        Some(_) => None,
    }
}

/// Every scheme that a broker URL may have; none when one is not known.
fn schemes(project: &Project, value: &Value) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for way in value.alternatives() {
        match &way.kind {
            ValueKind::None => {}
            ValueKind::Text(text) => found.push(base(&url::scheme_name(text)?)),
            ValueKind::Env(env) => {
                for default in env.default.iter().flat_map(Value::alternatives) {
                    if let ValueKind::Text(text) = &default.kind {
                        found.push(base(&url::scheme_name(text)?));
                    }
                }
                found.extend(deployed(project, &env.keys));
            }
            _ => return None,
        }
    }
    (!found.is_empty()).then_some(found)
}

fn base(scheme: &str) -> String {
    scheme.split('+').next().unwrap_or_default().to_ascii_lowercase()
}

/// The schemes that environment files and deployments give those variables.
fn deployed(project: &Project, keys: &[String]) -> Vec<String> {
    let entries = project.facts.iter().flat_map(|(_, facts)| &facts.entries);
    let ours = entries.filter(|entry| {
        entry.role == Role::Environment && !entry.commented && keys.iter().any(|key| key == entry.key())
    });
    ours.filter_map(|entry| url::scheme_name(&entry.value)).map(|scheme| base(&scheme)).collect()
}
