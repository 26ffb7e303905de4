//! `broker-url-not-loaded`: see its page.

use super::keys::{self, Story};
use super::unknown_setting::is_misspelt;
use crate::celery::configuration::{Outcome, Why, suggest};
use crate::celery::settings::SettingFact;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::configuration::{Configuration, Kind};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/broker-url-not-loaded.md"), Check::Project(check));

/// What Celery reads from the environment by itself.
const VARIABLE: &str = "CELERY_BROKER_URL";

/// Keyword arguments of `Celery()` that are written for `broker`.
const ARGUMENTS: &[&str] = &["brokers", "broker_uri", "brokerurl", "brokers_url", "broker_urls"];

fn check(project: &Project, out: &mut Report) {
    if comes_from_elsewhere(project) {
        return;
    }
    for story in keys::stories(project) {
        if let Some((why, setting)) = lost(&story) {
            out.push(finding(project, &story, why, setting));
        }
    }
}

/// Whether the environment or a command may say which broker it is.
fn comes_from_elsewhere(project: &Project) -> bool {
    let named = |name: &str| name == VARIABLE;
    let commanded =
        project.launches.iter().any(|launch| launch.option("broker").is_some() || launch.option("config").is_some());
    let documented = project.env_templates.iter().flat_map(|template| &template.keys).any(|(key, _)| named(key));
    let set = project.facts.iter().flat_map(|(_, facts)| &facts.entries).any(|entry| named(entry.key()));
    let read = project.env_reads.iter().any(|read| read.key.accepts(VARIABLE));
    commanded || documented || set || read || project.env_deployed.contains_key(VARIABLE)
}

/// The key that was meant to be the broker's URL, where every configuration with it is left without a broker.
fn lost<'s>(story: &Story<'s>) -> Option<(Why, &'static SettingFact)> {
    let entry = story.entry;
    let (releases, why, meant) = story.ignored(|why| why == Why::UnknownName || is_misspelt(why))?;
    let setting = match why {
        Why::UnknownName if entry.kind == Kind::Argument && ARGUMENTS.contains(&entry.written.as_str()) => {
            crate::celery::settings::lookup("broker_url")?
        }
        Why::UnknownName => suggest(&entry.written, story.configuration.namespace.as_deref())?,
        _ => meant?,
    };
    let lost = setting.name == "broker_url"
        && !story.is_open()
        && !story.may_be_given_otherwise(setting, releases)
        && !entry.conditional;
    lost.then_some((why, setting))
}

fn finding(project: &Project, story: &Story, why: Why, setting: &SettingFact) -> Finding {
    let (entry, configuration) = (story.entry, story.configuration);
    let name = if entry.kind == Kind::Argument { "broker".to_owned() } else { configuration.name_for(setting) };
    let namespace = configuration.namespace.as_deref();
    let label = match (why, namespace) {
        (Why::NamespaceMissing, _) => "read only with `namespace=\"CELERY\"`".to_owned(),
        (_, Some(namespace)) => format!("with the namespace `{namespace}` Celery reads `{name}`"),
        _ => format!("Celery reads `{name}`"),
    };
    let message = format!("Celery does not read `{}`, and connects to `amqp://localhost`", entry.written);
    let mut finding = Finding::new(&RULE, message, keys::shown(project, entry), label).symbol(&entry.written);
    let loaded = configuration.object.as_ref().filter(|_| entry.kind == Kind::Key);
    if let Some(object) = loaded {
        let text = if namespace.is_some() { "loaded with a namespace here" } else { "loaded without a namespace here" };
        finding = finding.related(object.loaded_at, text);
    }
    if why == Why::NamespaceMissing
        && let Some(object) = loaded
    {
        let fix = namespace_fix(project, configuration, object.loaded_at);
        let finding = finding.help("Give `config_from_object` the argument `namespace=\"CELERY\"`");
        return fix.into_iter().fold(finding, Finding::fix);
    }
    let finding = finding.help(format!("Rename it to `{name}`"));
    story.rename(project, &name).into_iter().fold(finding, Finding::fix)
}

/// Adds the namespace to the call, if no key is read without it: that one would be lost then.
fn namespace_fix(project: &Project, configuration: &Configuration, call: Loc) -> Option<Fix> {
    let reads_others = project.releases.iter().any(|release| {
        configuration.read(release).any(|(entry, outcome)| {
            entry.kind == Kind::Key
                && matches!(outcome, Outcome::Effective(fact) if !is_namespaced(&entry.written, fact))
        })
    });
    let text = project.sources.snippet(call);
    let inner = text.strip_suffix(')')?.trim_end();
    if reads_others || !text.contains("config_from_object") || inner.contains('\n') {
        return None;
    }
    let end = call.span.start + inner.len() as u32;
    let added = if inner.ends_with(',') { " namespace=\"CELERY\"" } else { ", namespace=\"CELERY\"" };
    let fix = Fix::new("Load the settings with the namespace", Applicability::Unsafe);
    Some(fix.replace(Loc::new(call.file, Span::new(end, end)), added))
}

/// Names that mean the same with and without the namespace: `CELERY_RESULT_BACKEND`; and Django's own `TIME_ZONE`.
fn is_namespaced(written: &str, fact: &SettingFact) -> bool {
    written == "TIME_ZONE" || written.strip_prefix("CELERY_").is_some_and(|rest| rest.eq_ignore_ascii_case(&fact.name))
}
