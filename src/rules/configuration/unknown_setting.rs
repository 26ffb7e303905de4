//! `unknown-setting`: see its page.

use super::keys::{self, Story};
use crate::celery::configuration::{Why, suggest};
use crate::celery::release::Releases;
use crate::celery::settings::SettingFact;
use crate::finding::Finding;
use crate::project::Project;
use crate::project::configuration::Kind;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/unknown-setting.md"), Check::Project(check));

/// First words of settings that are nothing but Celery's. `DATABASE_URL` or `TIMEZONE` may be anything's.
const CELERYS: &[&str] = &["accept", "beat", "broker", "result", "task", "worker"];

fn check(project: &Project, out: &mut Report) {
    for story in keys::stories(project) {
        if let Some((setting, why, releases)) = meant(project, &story) {
            out.push(finding(project, &story, setting, why, releases));
        }
    }
}

/// The setting that the key was meant to be, where nothing speaks for a name of the project's own.
fn meant(project: &Project, story: &Story) -> Option<(&'static SettingFact, Why, Releases)> {
    let (releases, why, meant) = story.ignored(|why| why == Why::UnknownName || is_misspelt(why))?;
    let setting = match why {
        Why::UnknownName => suggest(&story.entry.written, story.configuration.namespace.as_deref())?,
        _ => meant.filter(|setting| is_celerys(setting) && setting.name != "broker_url")?,
    };
    let argument = story.entry.kind == Kind::Argument && why != Why::UnknownName;
    let own = argument || keys::is_read(project, &story.entry.written);
    (!own && !story.may_be_given_otherwise(setting, releases)).then_some((setting, why, releases))
}

/// Reasons that leave no doubt about which setting was meant.
pub(super) fn is_misspelt(why: Why) -> bool {
    matches!(
        why,
        Why::UpperCaseNew | Why::NamespaceCase | Why::NamespaceMissing | Why::OtherNamespace | Why::DoublePrefix
    )
}

fn is_celerys(setting: &SettingFact) -> bool {
    setting.name.split('_').next().is_some_and(|word| CELERYS.contains(&word)) && setting.declared()
}

fn finding(project: &Project, story: &Story, setting: &SettingFact, why: Why, releases: Releases) -> Finding {
    let (entry, name) = (story.entry, story.configuration.name_for(setting));
    let (message, label) = match why {
        Why::UnknownName => (format!("Celery has no setting `{}`", entry.written), format!("did you mean `{name}`?")),
        Why::NamespaceMissing => {
            let message = format!("Celery does not read `{}` without a namespace", entry.written);
            (message, format!("the setting is `{name}` here"))
        }
        _ => {
            let when = keys::in_releases(project, releases);
            (format!("Celery does not read `{}`{when}", entry.written), format!("the setting is `{name}` here"))
        }
    };
    let mut finding = Finding::new(&RULE, message, keys::shown(project, entry), label).symbol(&entry.written);
    if let Some(object) = story.configuration.object.as_ref().filter(|_| entry.kind == Kind::Key) {
        finding = finding.related(object.loaded_at, "loaded as Celery's configuration here");
    }
    let finding = finding.help(format!("Rename it to `{name}`; the value takes effect then"));
    match story.rename(project, &name) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}
