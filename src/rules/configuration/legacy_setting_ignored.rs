//! `legacy-setting-ignored`: see its page.

use super::keys::{self, Story};
use crate::celery::configuration::Why;
use crate::celery::release::Releases;
use crate::celery::settings::SettingFact;
use crate::finding::{Finding, Severity};
use crate::project::Project;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/legacy-setting-ignored.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for story in keys::stories(project) {
        if let Some(ignored) = ignored(project, &story) {
            out.push(finding(project, &story, &ignored));
        }
    }
}

struct Ignored {
    setting: &'static SettingFact,
    why: Why,
    releases: Releases,
    /// The setting is given under its new name as well.
    dead: bool,
}

fn ignored(project: &Project, story: &Story) -> Option<Ignored> {
    let (releases, why, meant) = story.ignored(|why| matches!(why, Why::LegacyUnderNamespace | Why::OnlyDocumented))?;
    let setting = meant?;
    if keys::is_read(project, &story.entry.written) {
        return None;
    }
    Some(Ignored { setting, why, releases, dead: story.is_given_otherwise(setting, releases) })
}

fn finding(project: &Project, story: &Story, ignored: &Ignored) -> Finding {
    let (entry, configuration) = (story.entry, story.configuration);
    let name = configuration.name_for(ignored.setting);
    let mut when = keys::in_releases(project, ignored.releases);
    if let Some(first) = project.releases.without(ignored.releases).oldest().filter(|_| when.starts_with(" up to")) {
        when.push_str(&format!(", and reads it since {first}"));
    }
    let message = format!("Celery ignores `{}`{when}", entry.written);
    let label = match &configuration.namespace {
        _ if ignored.dead => format!("`{name}` is set as well, and is the one that counts"),
        Some(namespace) if ignored.why == Why::LegacyUnderNamespace => {
            format!("an old name; with the namespace `{namespace}` Celery reads `{name}`")
        }
        _ => format!("only the documentation has this name; Celery reads `{name}`"),
    };
    let mut finding = Finding::new(&RULE, message, keys::shown(project, entry), label).symbol(&entry.written);
    if let (Some(object), Why::LegacyUnderNamespace) = (&configuration.object, ignored.why) {
        finding = finding.related(object.loaded_at, "loaded with a namespace here");
    }
    if ignored.dead {
        return finding.severity(Severity::Note).help(format!("Remove it: `{name}` says what holds"));
    }
    let finding =
        finding.help(format!("Rename it to `{name}`, which every release reads; the value takes effect then"));
    match story.rename(project, &name) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}
