//! What becomes of each given key: effective, shadowed by another, or ignored.

use super::super::settings::{self, SettingFact};
use super::ignored::why_ignored;
use super::keys::{self, CHAINS, Chain};
use super::{Configuration, Found, Given, Outcome, Why};

/// Where the lookup of a setting meets a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    BeforeDefault,
    AfterDefault,
    Never,
}

impl Configuration<'_> {
    /// What becomes of every entry of the list, in its order.
    pub fn outcomes(&self) -> Vec<Outcome> {
        (0..self.given.len()).map(|at| self.outcome(at)).collect()
    }

    fn outcome(&self, at: usize) -> Outcome {
        let Some(key) = self.key(at) else { return Outcome::NotAKey };
        if let Some(why) = self.dropped.get(&self.last_written(at)) {
            return Outcome::Ignored { why: *why, meant: self.settings_of(key.written).first().copied() };
        }
        let environment = matches!(self.given.get(at), Some(Given::Environment(_)));
        let meant = if environment { self.settings_of_variable(key.written) } else { self.settings_of(self.name(at)) };
        if environment && meant.is_empty() {
            let meant = settings::lookup(key.written).or_else(|| lower_case_setting(key.written));
            return Outcome::Ignored { why: Why::NotReadFromEnvironment, meant };
        }
        let outcomes = meant.iter().filter_map(|setting| self.as_setting(at, setting));
        outcomes.min_by_key(|outcome| matches!(outcome, Outcome::Shadowed { .. })).unwrap_or_else(|| {
            let (why, meant) = why_ignored(self.name(at), self.prefix.as_deref(), self.release);
            Outcome::Ignored { why, meant }
        })
    }

    /// The name of a key; for the arguments of `Celery()` that of their setting.
    fn name(&self, at: usize) -> &str {
        let written = self.key(at).map_or("", |key| key.written);
        match (self.given.get(at), written) {
            (Some(Given::Argument(_)), "broker") => "broker_url",
            (Some(Given::Argument(_)), "backend") => "result_backend",
            _ => written,
        }
    }

    /// Effective or shadowed as that setting. None when Celery never gets to it.
    fn as_setting(&self, at: usize, setting: &'static SettingFact) -> Option<Outcome> {
        let found = self.lookup(&setting.name);
        if found == Found::Given(at) {
            return Some(Outcome::Effective(setting));
        }
        let winner = self.winner(setting, found);
        match self.met(at, setting) {
            // Its value is `None`, and so is that of everything the setting falls back to.
            Met::BeforeDefault if winner.is_none_or(|by| by == at) => Some(Outcome::Effective(setting)),
            // Both names of a setting: the old one would count without the new one, but not under a namespace.
            Met::AfterDefault if self.prefix.is_some() => None,
            Met::BeforeDefault | Met::AfterDefault => winner.map(|by| Outcome::Shadowed { setting, by }),
            Met::Never => None,
        }
    }

    /// The key that stands before all others of a setting: a variable, else the first under its own name even if that is
    /// `None`, else what it falls back to.
    fn winner(&self, setting: &SettingFact, found: Found) -> Option<usize> {
        let given = |found: Found| match found {
            Found::Given(at) => Some(at),
            Found::Default | Found::Missing => None,
        };
        let variable = given(found).filter(|at| matches!(self.given.get(*at), Some(Given::Environment(_))));
        let own = keys::chain(&setting.name).and_then(|chain| chain.names(self.release).next());
        let first = self.trail(own.unwrap_or(&setting.name)).first().copied();
        variable.or_else(|| first.and_then(given)).or(given(found))
    }

    fn met(&self, at: usize, setting: &SettingFact) -> Met {
        let at = self.last_written(at);
        if matches!(self.given.get(at), Some(Given::Environment(_))) {
            return Met::BeforeDefault;
        }
        let own = [setting.name.as_str()];
        let names: Vec<&str> =
            keys::chain(&setting.name).map_or(own.to_vec(), |chain| chain.names(self.release).collect());
        let mut met = Met::Never;
        for name in names {
            let trail = self.trail(name);
            let Some(place) = trail.iter().position(|found| *found == Found::Given(at)) else { continue };
            let default = trail.iter().position(|found| *found == Found::Default).unwrap_or(trail.len());
            if place < default {
                return Met::BeforeDefault;
            }
            met = Met::AfterDefault;
        }
        met
    }

    /// The settings that this release may read from a key of that name: declared by it, or never declared by Celery.
    fn settings_of(&self, written: &str) -> Vec<&'static SettingFact> {
        let mut found: Vec<&'static SettingFact> = Vec::new();
        let direct = settings::lookup(written)
            .filter(|fact| fact.name == written || fact.old_name(self.release) == Some(written) || !fact.declared());
        let prefixed = self.prefix.as_deref().and_then(|prefix| under(written, prefix));
        let aliases = CHAINS.iter().filter(|chain| self.is_alias(chain, written));
        let aliases = aliases.filter_map(|chain| settings::lookup(chain.setting));
        for fact in prefixed.into_iter().chain(direct).chain(aliases) {
            let here = fact.declared_in(self.release) || !fact.declared();
            if here && !found.iter().any(|known| known.name == fact.name) {
                found.push(fact);
            }
        }
        found
    }

    /// Whether a chain looks a name up that is no setting, bare or with the prefix: `TIME_ZONE`.
    fn is_alias(&self, chain: &Chain, written: &str) -> bool {
        chain.names(self.release).filter(|name| settings::lookup(name).is_none_or(|fact| fact.name != *name)).any(
            |name| {
                name == written || self.prefix.as_deref().is_some_and(|prefix| keys::prefixed(name, prefix) == written)
            },
        )
    }

    fn settings_of_variable(&self, name: &str) -> Vec<&'static SettingFact> {
        let chains = CHAINS.iter().filter(|chain| chain.variable(self.release) == Some(name));
        chains.filter_map(|chain| settings::lookup(chain.setting)).collect()
    }
}

/// The setting that is looked up under that key first when there is a prefix.
pub(super) fn under(written: &str, prefix: &str) -> Option<&'static SettingFact> {
    let by_name = |name: &str| settings::lookup(name).filter(|fact| fact.name == name);
    let folded = written.get(prefix.len()..).filter(|_| written.is_char_boundary(prefix.len()))?;
    let same_prefix = written.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    let candidates = [folded.to_lowercase(), folded.to_owned(), written.to_owned()];
    let mut facts = candidates.iter().filter_map(|name| by_name(name));
    facts.find(|fact| same_prefix && keys::prefixed(&fact.name, prefix) == written)
}

fn lower_case_setting(variable: &str) -> Option<&'static SettingFact> {
    let name = variable.strip_prefix("CELERY_")?.to_ascii_lowercase();
    settings::lookup(&name).filter(|fact| fact.name == name)
}
