//! The extras of the distributions `celery` and `kombu`, and what each installs.

use std::sync::LazyLock;

use serde::Deserialize;

use super::release::Releases;

/// One extra in the metadata of a distribution.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Extra {
    /// `celery` or `kombu`.
    pub package: String,
    pub extra: String,
    /// First and last minor release of Celery that has it, for kombu: that installs a kombu that has it.
    pub since: String,
    pub last: String,
    /// PEP 508 requirements, as of the last release that has it.
    pub requires: Vec<String>,
    /// The same in kombu's own releases.
    pub package_since: Option<String>,
    pub package_last: Option<String>,
}

impl Extra {
    /// The releases of Celery that know it.
    pub fn releases(&self) -> Releases {
        super::between(Some(&self.since), Some(&self.last))
    }
}

#[derive(Default, Deserialize)]
struct Table {
    extra: Vec<Extra>,
}

/// Every extra, those of `celery` first.
pub fn all() -> &'static [Extra] {
    static TABLE: LazyLock<Table> = LazyLock::new(|| super::table(include_str!("data/extras.toml")));
    &TABLE.extra
}

/// The extra of that name of a distribution, both in their normal form (lower case).
pub fn find(package: &str, extra: &str) -> Option<&'static Extra> {
    all().iter().find(|row| row.package == package && row.extra == extra)
}

#[cfg(test)]
mod tests {
    use super::super::release::Minor;
    use super::*;

    #[test]
    fn every_row_is_read() {
        assert_eq!(all().len(), 53);
        assert_eq!(all().iter().filter(|row| row.package == "kombu").count(), 17);
    }

    #[test]
    fn an_extra_says_what_it_installs_and_since_when() {
        let gcs = find("celery", "gcs").unwrap();
        assert_eq!(gcs.releases(), Releases::at_least(Minor(5, 4)));
        assert!(gcs.requires.iter().any(|requirement| requirement.starts_with("google-cloud-storage")));
        assert_eq!(
            find("celery", "lzma").unwrap().releases(),
            Releases::up_to(Minor(5, 0)).intersection(Releases::at_least(Minor(4, 3)))
        );
        assert_eq!(find("kombu", "sqs").unwrap().package_since.as_deref(), Some("4.0.2"));
        assert!(find("celery", "nonsense").is_none());
    }
}
