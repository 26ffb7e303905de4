//! Why Celery never gets to a key.

use super::super::release::Minor;
use super::super::settings::{self, SettingFact};
use super::Why;
use super::keys::{self, by_old_name};
use super::outcome::under;

/// The namespace of nearly every Django project.
const USUAL: &str = "CELERY_";

type Reason = (Why, Option<&'static SettingFact>);

/// The reason why a release does not read a key that its lookups never meet, and the setting that was meant.
pub(super) fn why_ignored(written: &str, prefix: Option<&str>, release: Minor) -> Reason {
    let reason = match prefix {
        Some(prefix) => beside_namespace(written, prefix, release),
        None => without_namespace(written, release),
    };
    reason.or_else(|| in_no_release(written)).unwrap_or((Why::UnknownName, None))
}

fn beside_namespace(written: &str, prefix: &str, release: Minor) -> Option<Reason> {
    let namespace = prefix.trim_end_matches('_');
    if written.trim_end_matches('_').eq_ignore_ascii_case(namespace) {
        return Some((Why::DictUnderNamespaceKey, None));
    }
    if let Some(fact) = under(written, prefix) {
        return Some((Why::NotInRelease, Some(fact)));
    }
    if let Some(fact) = by_old_name(written, release) {
        return Some((Why::LegacyUnderNamespace, Some(fact)));
    }
    if let Some(rest) = without_prefix(written, prefix) {
        if let Some(fact) = new_name(&rest.to_lowercase()) {
            return Some((Why::NamespaceCase, Some(fact)));
        }
        let twice = without_prefix(rest, prefix).and_then(|rest| new_name(&rest.to_lowercase()));
        let old = settings::lookup(&rest.to_uppercase()).filter(|fact| fact.old_names.contains(&rest.to_uppercase()));
        if let Some(fact) = twice.or(old) {
            return Some((Why::DoublePrefix, Some(fact)));
        }
    }
    let usual = written.strip_prefix(USUAL).filter(|_| !prefix.eq_ignore_ascii_case(USUAL));
    usual.and_then(upper_case_new).map(|fact| (Why::OtherNamespace, Some(fact)))
}

fn without_namespace(written: &str, release: Minor) -> Option<Reason> {
    if let Some(fact) = by_old_name(written, release) {
        return Some((Why::OldAmongNew, Some(fact)));
    }
    if let Some(fact) = written.strip_prefix(USUAL).and_then(upper_case_new) {
        return Some((Why::NamespaceMissing, Some(fact)));
    }
    upper_case_new(written).map(|fact| (Why::UpperCaseNew, Some(fact)))
}

/// What holds with and without a namespace.
fn in_no_release(written: &str) -> Option<Reason> {
    let fact = settings::lookup(written)?;
    let documented = fact.doc_only_old_names.iter().any(|old| old == written);
    Some((if documented { Why::OnlyDocumented } else { Why::NotInRelease }, Some(fact)))
}

fn without_prefix<'w>(written: &'w str, prefix: &str) -> Option<&'w str> {
    let start = written.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| written.get(prefix.len()..)).flatten()
}

fn new_name(name: &str) -> Option<&'static SettingFact> {
    settings::lookup(name).filter(|fact| fact.name == name)
}

/// The setting whose new name this is in upper case.
fn upper_case_new(written: &str) -> Option<&'static SettingFact> {
    if keys::is_upper(written) { new_name(&written.to_ascii_lowercase()) } else { None }
}
