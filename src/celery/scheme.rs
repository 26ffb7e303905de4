//! What a URL's scheme says about whose URL it is.

use super::transports::base_scheme;

/// What a URL's scheme says about whose URL it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SchemeClass {
    /// By itself a message broker or a Celery backend: `amqp://`, `redis://`, `db+mysql://` …
    Own,
    /// Ours only where it reaches a Celery setting: `postgresql://`, `mongodb://`, `https://` …
    Shared,
    Foreign,
}

/// Schemes (before the `+`) of the class `Own`.
const OWN: &[&str] = &[
    "amqp",
    "amqps",
    "pyamqp",
    "librabbitmq",
    "redis",
    "rediss",
    "sentinel",
    "sqs",
    "slmq",
    "qpid",
    "pgmq",
    "sqla",
    "sqlalchemy",
    "db",
    "database",
    "cache",
    "rpc",
    "confluentkafka",
    "azureservicebus",
    "azurestoragequeues",
    "azureblockblob",
    "cosmosdbsql",
    "dynamodb",
    "gcpubsub",
    "pyro",
];
/// Schemes (before the `+`) that Celery takes and others use as well.
const SHARED: &[&str] = &[
    "mongodb",
    "postgresql",
    "postgres",
    "mysql",
    "mariadb",
    "oracle",
    "mssql",
    "sqlite",
    "cockroachdb",
    "http",
    "https",
    "elasticsearch",
    "couchdb",
    "couchbase",
    "couchbases",
    "arangodb",
    "cassandra",
    "etcd",
    "consul",
    "zookeeper",
    "kafka",
    "memcached",
    "memcache",
    "memory",
    "filesystem",
    "file",
    "s3",
    "gs",
    "riak",
    "unix",
    "valkey",
    "valkeys",
];
/// The class of a scheme, composites included.
pub fn class_of(scheme: &str) -> SchemeClass {
    let base = base_scheme(scheme).to_ascii_lowercase();
    if OWN.contains(&base.as_str()) {
        SchemeClass::Own
    } else if SHARED.contains(&base.as_str()) {
        SchemeClass::Shared
    } else {
        SchemeClass::Foreign
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_of_celery_has_a_class() {
        let transports = crate::celery::transports::all().iter().map(|transport| transport.alias.as_str());
        let backends = crate::celery::backends::all().iter().map(|backend| backend.alias.as_str());
        for alias in transports.chain(backends).filter(|alias| *alias != "disabled") {
            assert_ne!(class_of(alias), SchemeClass::Foreign, "{alias}");
        }
    }
}
