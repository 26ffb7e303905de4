//! The settings that an app has in the end: which key gives each, in which releases, and what else it overrides.

use super::{Configuration, Entry, Kind};
use crate::celery::configuration::{Outcome, Why};
use crate::celery::release::{Minor, Releases};
use crate::celery::settings::SettingFact;

/// One setting, and the key that gives it.
#[derive(Debug)]
pub struct Effective<'c> {
    pub setting: &'static SettingFact,
    pub entry: &'c Entry,
    /// The releases in which that key is the one.
    pub releases: Releases,
    /// The keys that it keeps from counting, in order.
    pub overrides: Vec<&'c Entry>,
}

/// A key that looks like one of Celery's and is not read.
#[derive(Debug)]
pub struct NotRead<'c> {
    pub entry: &'c Entry,
    pub why: Why,
    pub releases: Releases,
    pub meant: Option<&'static SettingFact>,
}

impl Configuration {
    /// What the releases of a range read, in the order of the settings' names.
    pub fn effective(&self, range: Releases) -> Vec<Effective<'_>> {
        let mut found: Vec<Effective> = Vec::new();
        for (release, entry, outcome) in self.all_outcomes(range) {
            if let Outcome::Effective(setting) = outcome {
                let same = |known: &&mut Effective| known.setting.name == setting.name && same(known.entry, entry);
                match found.iter_mut().find(same) {
                    Some(known) => known.releases = known.releases.union(Releases::one(release)),
                    None => found.push(Effective {
                        setting,
                        entry,
                        releases: Releases::one(release),
                        overrides: Vec::new(),
                    }),
                }
            }
        }
        for (release, entry, outcome) in self.all_outcomes(range) {
            let Outcome::Shadowed { setting, by } = outcome else { continue };
            let Some(by) = self.entries.get(by) else { continue };
            let winners = found.iter_mut().filter(|it| it.setting.name == setting.name && same(it.entry, by));
            for winner in winners.filter(|it| it.releases.contains(release)) {
                if !winner.overrides.iter().any(|known| same(known, entry)) {
                    winner.overrides.push(entry);
                }
            }
        }
        found.sort_by(|a, b| (&a.setting.name, a.entry.at).cmp(&(&b.setting.name, b.entry.at)));
        found
    }

    /// The keys that releases of a range do not read although they look like Celery's.
    pub fn not_read(&self, range: Releases) -> Vec<NotRead<'_>> {
        let mut found: Vec<NotRead> = Vec::new();
        for (release, entry, outcome) in self.all_outcomes(range) {
            let Outcome::Ignored { why, meant } = outcome else { continue };
            if why == Why::UnknownName && meant.is_none() {
                continue;
            }
            match found.iter_mut().find(|known| same(known.entry, entry) && known.why == why) {
                Some(known) => known.releases = known.releases.union(Releases::one(release)),
                None => found.push(NotRead { entry, why, releases: Releases::one(release), meant }),
            }
        }
        found
    }

    /// The releases of a range that refuse the configuration.
    pub fn refused(&self, range: Releases) -> Releases {
        Releases::matching(|release| range.contains(release) && self.outcomes(release).is_err())
    }

    fn all_outcomes(&self, range: Releases) -> impl Iterator<Item = (Minor, &Entry, Outcome)> {
        let of_release = move |release| self.read(release).map(move |(entry, outcome)| (release, entry, outcome));
        range.iter().flat_map(of_release).filter(|(_, entry, _)| !matches!(entry.kind, Kind::Object | Kind::Defaults))
    }
}

fn same(one: &Entry, other: &Entry) -> bool {
    one.at == other.at && one.written == other.written
}
