//! Names that the packages register: serializers, compressions, pools, log levels, states, solar events, digests.

use std::sync::LazyLock;

use serde::Deserialize;

use super::release::Releases;

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameKind {
    Serializers,
    ContentTypes,
    Compressions,
    CompressionTypes,
    Pools,
    LogLevels,
    States,
    SolarEvents,
    Digests,
    FailoverStrategies,
}

/// One registered name.
#[derive(Debug, Clone, Deserialize)]
pub struct Name {
    pub kind: NameKind,
    pub name: String,
    /// First minor release that has it; not known for digests, which are those of the package `cryptography`.
    pub since: Option<String>,
    pub last: String,
}

impl Name {
    /// The releases that know it.
    pub fn releases(&self) -> Releases {
        super::between(self.since.as_deref(), Some(&self.last))
    }
}

#[derive(Default, Deserialize)]
struct Table {
    name: Vec<Name>,
}

/// Every name.
pub fn all() -> &'static [Name] {
    static TABLE: LazyLock<Table> = LazyLock::new(|| super::table(include_str!("data/names.toml")));
    &TABLE.name
}

/// The names of one kind.
pub fn of(kind: NameKind) -> impl Iterator<Item = &'static Name> {
    all().iter().filter(move |name| name.kind == kind)
}

/// The name as registered; case counts.
pub fn find(kind: NameKind, name: &str) -> Option<&'static Name> {
    of(kind).find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use super::super::release::Minor;
    use super::*;

    #[test]
    fn every_row_is_read() {
        use NameKind::*;
        let kinds = [
            (CompressionTypes, 3),
            (Compressions, 6),
            (ContentTypes, 4),
            (Digests, 17),
            (FailoverStrategies, 2),
            (LogLevels, 8),
            (Pools, 7),
            (Serializers, 4),
            (SolarEvents, 9),
            (States, 7),
        ];
        for (kind, rows) in kinds {
            assert_eq!(of(kind).count(), rows, "{kind:?}");
        }
        assert_eq!(all().len(), 67);
    }

    #[test]
    fn names_are_found_by_kind_and_case() {
        assert!(find(NameKind::Serializers, "json").is_some());
        assert!(find(NameKind::Serializers, "JSON").is_none());
        assert!(find(NameKind::Compressions, "json").is_none());
        assert_eq!(find(NameKind::Compressions, "xz").unwrap().releases(), Releases::at_least(Minor(4, 3)));
        assert_eq!(find(NameKind::Digests, "sha256").unwrap().releases(), Releases::all());
        assert!(find(NameKind::Pools, "threads").is_some());
    }
}
