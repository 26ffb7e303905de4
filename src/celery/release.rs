//! Releases of Celery: the minor ones that the facts know, sets of them, and the words for such a set.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use pep440_rs::{Version, VersionSpecifiers};
use serde::Deserialize;

/// A minor release of Celery, such as 5.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minor(pub u16, pub u16);

/// Every minor release that the facts know, oldest first.
pub const ALL: [Minor; 13] = [
    Minor(4, 0),
    Minor(4, 1),
    Minor(4, 2),
    Minor(4, 3),
    Minor(4, 4),
    Minor(5, 0),
    Minor(5, 1),
    Minor(5, 2),
    Minor(5, 3),
    Minor(5, 4),
    Minor(5, 5),
    Minor(5, 6),
    Minor(5, 7),
];

impl Minor {
    /// The oldest and the newest release that the facts know.
    pub const OLDEST: Minor = ALL[0];
    pub const NEWEST: Minor = ALL[ALL.len() - 1];

    /// Its row in the table of releases. None for a release that the facts do not know.
    pub fn row(self) -> Option<&'static Release> {
        releases().iter().find(|release| release.minor.parse() == Ok(self))
    }

    /// The known release that stands for this one: a newer one counts as the newest, an older one as the oldest.
    fn clamped(self) -> Minor {
        ALL.into_iter().rfind(|known| *known <= self).unwrap_or(Minor::OLDEST)
    }
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl FromStr for Minor {
    type Err = ();

    /// Reads `5.6`, and `5.6.3` as well; a text without a minor part is an error.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('.');
        let mut number = || parts.next().and_then(|part| part.parse().ok()).ok_or(());
        Ok(Minor(number()?, number()?))
    }
}

/// One row of the table of releases.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Release {
    pub minor: String,
    /// The last patch release, and the kombu that was installed with it.
    pub celery: String,
    pub kombu: String,
    pub requires_python: Option<String>,
    pub requires: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Table {
    release: Vec<Release>,
}

/// The table of releases, oldest first.
pub fn releases() -> &'static [Release] {
    static TABLE: LazyLock<Table> = LazyLock::new(|| super::table(include_str!("data/releases.toml")));
    &TABLE.release
}

/// A set of minor releases; bit `n` stands for `ALL[n]`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Releases(u16);

impl Releases {
    pub const fn none() -> Self {
        Releases(0)
    }

    pub const fn all() -> Self {
        Releases((1 << ALL.len()) - 1)
    }

    /// The set of one release; one that the facts do not know counts as the nearest that they do.
    pub fn one(minor: Minor) -> Self {
        let minor = minor.clamped();
        Self::matching(|known| known == minor)
    }

    pub fn at_least(minor: Minor) -> Self {
        Self::matching(|known| known >= minor)
    }

    /// That release and all older ones.
    pub fn up_to(minor: Minor) -> Self {
        Self::matching(|known| known <= minor)
    }

    /// The releases for which something holds.
    pub fn matching(mut holds: impl FnMut(Minor) -> bool) -> Self {
        let bits = ALL.into_iter().enumerate().filter(|(_, minor)| holds(*minor)).map(|(at, _)| 1 << at);
        Releases(bits.sum())
    }

    /// From a pinned version. Newer than all that are known counts as the newest, older as the oldest.
    pub fn pinned(version: &Version) -> Self {
        Self::one(minor_of(version))
    }

    /// Every minor release of which some patch release satisfies the specifiers. Empty only if nothing can satisfy them.
    pub fn satisfying(specifiers: &VersionSpecifiers) -> Self {
        let known = Self::matching(|minor| patches(minor).any(|patch| specifiers.contains(&patch)));
        if !known.is_empty() {
            return known;
        }
        // Only releases outside the table satisfy them, or a pre-release: `==5.0.0rc1`, `>=6`, `<4`.
        let named = specifiers.iter().flat_map(|specifier| around(specifier.version()));
        let outside = [Version::new([3, 1, 26]), Version::new([9999])];
        named
            .chain(outside)
            .filter(|version| specifiers.contains(version))
            .fold(Self::none(), |set, version| set.union(Self::pinned(&version)))
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn contains(self, minor: Minor) -> bool {
        ALL.iter().position(|known| *known == minor).is_some_and(|at| self.0 & (1 << at) != 0)
    }

    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Releases(self.0 & other.0)
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Releases(self.0 | other.0)
    }

    /// Those of `self` that `other` has not.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Releases(self.0 & !other.0)
    }

    pub fn oldest(self) -> Option<Minor> {
        self.iter().next()
    }

    pub fn newest(self) -> Option<Minor> {
        self.iter().next_back()
    }

    /// Its releases, oldest first.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Minor> {
        ALL.into_iter().enumerate().filter(move |(at, _)| self.0 & (1 << at) != 0).map(|(_, minor)| minor)
    }

    /// The words that say for which releases of a range something holds, `self` being those for which it does:
    /// `up to 5.6`, `since 5.7`, `in 5.3 and 5.4`, `from 5.3 to 5.5`; nothing when it holds for all of the range.
    pub fn describe(self, range: Releases) -> String {
        let holds: Vec<Minor> = self.intersection(range).iter().collect();
        let range: Vec<Minor> = range.iter().collect();
        let (Some(first), Some(last)) = (holds.first(), holds.last()) else { return String::new() };
        if holds.len() == range.len() {
            String::new()
        } else if range.starts_with(&holds) {
            format!("up to {last}")
        } else if range.ends_with(&holds) {
            format!("since {first}")
        } else if holds.len() > 2 && range.windows(holds.len()).any(|part| part == holds) {
            format!("from {first} to {last}")
        } else {
            format!("in {}", listed(&holds))
        }
    }
}

impl fmt::Debug for Releases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|minor| minor.to_string())).finish()
    }
}

/// `5.3`, `5.3 and 5.4`, `4.4, 5.3 and 5.4`.
fn listed(minors: &[Minor]) -> String {
    let words: Vec<String> = minors.iter().map(Minor::to_string).collect();
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => words.concat(),
    }
}

fn minor_of(version: &Version) -> Minor {
    let part = |at: usize| version.release().get(at).map_or(0, |part| u16::try_from(*part).unwrap_or(u16::MAX));
    Minor(part(0), part(1))
}

/// Every patch release of a minor one, up to the last that is known; of the newest minor also a later one.
fn patches(minor: Minor) -> impl Iterator<Item = Version> {
    let known = minor.row().and_then(|row| row.celery.rsplit('.').next()).and_then(|patch| patch.parse().ok());
    let later = (minor == Minor::NEWEST).then_some(9999);
    (0..=known.unwrap_or(0u64))
        .chain(later)
        .map(move |patch| Version::new([u64::from(minor.0), u64::from(minor.1), patch]))
}

/// A version that a specifier names, and the one right after it.
fn around(version: &Version) -> [Version; 2] {
    let mut parts: Vec<u64> = version.release().to_vec();
    parts.resize(parts.len().max(3), 0);
    if let Some(last) = parts.last_mut() {
        *last = last.saturating_add(1);
    }
    [version.clone(), Version::new(parts)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: &str, last: &str) -> Releases {
        Releases::at_least(first.parse().unwrap()).intersection(Releases::up_to(last.parse().unwrap()))
    }

    #[test]
    fn the_constant_is_the_table() {
        let table: Vec<Minor> = releases().iter().map(|row| row.minor.parse().unwrap()).collect();
        assert_eq!(table, ALL);
        assert_eq!(Minor(5, 7).row().unwrap().celery, "5.7.0");
        assert_eq!(Minor(5, 7).row().unwrap().requires_python.as_deref(), Some(">=3.10"));
        assert!(Minor(3, 1).row().is_none());
    }

    #[test]
    fn a_minor_release_is_read_and_shown() {
        assert_eq!("5.6".parse(), Ok(Minor(5, 6)));
        assert_eq!("5.6.3".parse(), Ok(Minor(5, 6)));
        assert_eq!("5".parse::<Minor>(), Err(()));
        assert_eq!("five.six".parse::<Minor>(), Err(()));
        assert_eq!(Minor(5, 6).to_string(), "5.6");
        assert!(Minor(5, 10) > Minor(5, 7) && Minor(4, 4) < Minor(5, 0));
    }

    #[test]
    fn sets_know_their_members() {
        let set = range("5.3", "5.6");
        assert_eq!(format!("{set:?}"), r#"{"5.3", "5.4", "5.5", "5.6"}"#);
        assert_eq!((set.oldest(), set.newest()), (Some(Minor(5, 3)), Some(Minor(5, 6))));
        assert!(set.contains(Minor(5, 4)) && !set.contains(Minor(5, 7)) && !set.contains(Minor(6, 0)));
        assert_eq!(set.without(Releases::one(Minor(5, 3))), range("5.4", "5.6"));
        assert!(set.intersection(Releases::one(Minor(5, 7))).is_empty());
        assert_eq!(Releases::all().iter().count(), ALL.len());
    }

    #[test]
    fn a_specifier_takes_every_minor_of_which_one_patch_release_fits() {
        let cases = [
            ("==5.2.3", range("5.2", "5.2")),
            ("~=5.3", range("5.3", "5.7")),
            ("~=5.3.4", range("5.3", "5.3")),
            ("==5.4.*", range("5.4", "5.4")),
            (">=5.2.6,<5.5", range("5.2", "5.4")),
            (">5.6.3", range("5.7", "5.7")),
            (">5.6.2", range("5.6", "5.7")),
            ("<5", range("4.0", "4.4")),
            (">=4.0,!=5.0.*,<5.2", range("4.0", "5.1").without(Releases::one(Minor(5, 0)))),
            (">=5.7.3", range("5.7", "5.7")),
            (">=6", range("5.7", "5.7")),
            ("==6.1.2", range("5.7", "5.7")),
            ("<4", range("4.0", "4.0")),
            ("==5.0.0rc1", range("5.0", "5.0")),
            (">=5.3,<5.3", Releases::none()),
            (">=5.3.7,<5.4", range("5.3", "5.3")),
        ];
        for (text, expected) in cases {
            assert_eq!(Releases::satisfying(&text.parse().unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn a_pinned_version_is_clamped_to_what_is_known() {
        let cases = [("5.4.0", "5.4"), ("5.9.1", "5.7"), ("6.0", "5.7"), ("3.1.25", "4.0"), ("5", "5.0")];
        for (text, expected) in cases {
            assert_eq!(Releases::pinned(&text.parse().unwrap()), Releases::one(expected.parse().unwrap()), "{text}");
        }
        assert_eq!(Releases::one(Minor(4, 9)), Releases::one(Minor(4, 4)));
    }

    #[test]
    fn a_part_of_a_range_is_told_in_words() {
        let project = range("5.4", "5.7");
        let cases = [
            (range("4.0", "5.6"), project, "up to 5.6"),
            (range("5.7", "5.7"), project, "since 5.7"),
            (range("5.3", "5.7"), project, ""),
            (range("5.5", "5.5"), project, "in 5.5"),
            (range("5.5", "5.6"), project, "in 5.5 and 5.6"),
            (range("5.3", "5.5"), Releases::all(), "from 5.3 to 5.5"),
            (Releases::one(Minor(4, 1)).union(range("5.3", "5.4")), Releases::all(), "in 4.1, 5.3 and 5.4"),
            (range("4.0", "4.4"), project, ""),
        ];
        for (holds, range, expected) in cases {
            assert_eq!(holds.describe(range), expected, "{holds:?} of {range:?}");
        }
    }
}
