//! Broker transports by URL scheme (`kombu.transport.TRANSPORT_ALIASES`) and what each can do.

use std::sync::LazyLock;

use serde::Deserialize;

use super::release::Releases;

/// One alias of a broker transport. Capabilities are those of kombu 5.7.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Transport {
    /// The scheme as kombu spells it (`SQS` and `sqs` are two aliases of one class).
    pub alias: String,
    pub class: String,
    /// First and last minor release of Celery that know it (`4.0` means that or before).
    #[serde(rename = "celery_since")]
    pub since: String,
    #[serde(rename = "celery_last")]
    pub last: String,
    /// First and last release of kombu that lists it.
    pub kombu_since: String,
    pub kombu_last: String,
    /// What importing it raised where the capabilities were read.
    pub import_error: Option<String>,
    pub driver_type: Option<String>,
    pub driver_name: Option<String>,
    pub default_port: Option<u16>,
    pub exchange_types: Vec<String>,
    /// `celery inspect` and `control` work.
    pub remote_control: bool,
    pub events: bool,
    /// `yes`, `no`, or `option` (SQS with `supports_fanout`).
    pub fanout: String,
    pub visibility_timeout: bool,
    pub native_delayed_delivery: bool,
    /// Emulated by kombu over a store that is no message broker.
    #[serde(rename = "virtual")]
    pub emulated: bool,
    /// The worker can use its event loop.
    pub asynchronous: bool,
    pub heartbeats: bool,
    /// Seconds between two looks at the queue.
    pub polling_interval: Option<f64>,
    /// The driver reads the URL itself.
    pub can_parse_url: bool,
    /// What the transport's own documentation states (`yes`, `no` …).
    pub doc_priority: Option<String>,
    pub doc_ttl: Option<String>,
    /// What the manual's table of brokers states.
    pub doc_status: Option<String>,
    pub doc_monitoring: Option<bool>,
    pub doc_remote_control: Option<bool>,
    /// The extra of `kombu` that installs its client.
    pub kombu_extra: Option<String>,
    /// The extra of the `celery` distribution that installs its client.
    pub celery_extra: Option<String>,
    pub requires: Vec<String>,
}

impl Transport {
    /// The releases of Celery whose kombu lists it.
    pub fn releases(&self) -> Releases {
        super::between(Some(&self.since), Some(&self.last))
    }
}

#[derive(Default, Deserialize)]
struct Table {
    transport: Vec<Transport>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| super::table(include_str!("data/transports.toml")));

/// Every transport, by alias.
pub fn all() -> &'static [Transport] {
    &TABLE.transport
}

/// The transport of a URL scheme. The part before the first `+` decides (`sqla+postgresql` is `sqla`); case does not
/// count, as kombu looks the lower-cased scheme up too.
pub fn by_scheme(scheme: &str) -> Option<&'static Transport> {
    let base = base_scheme(scheme);
    all()
        .iter()
        .find(|transport| transport.alias == base)
        .or_else(|| all().iter().find(|transport| transport.alias.eq_ignore_ascii_case(base)))
}

/// The part of a composite scheme that names the transport or backend: all before the first `+`.
pub fn base_scheme(scheme: &str) -> &str {
    scheme.split('+').next().unwrap_or(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_every_alias_of_kombu() {
        assert_eq!(all().len(), 27);
    }

    #[test]
    fn every_column_is_read() {
        let count = |has: fn(&Transport) -> bool| all().iter().filter(|transport| has(transport)).count();
        assert_eq!((count(|row| row.import_error.is_some()), count(|row| row.driver_type.is_some())), (1, 26));
        assert_eq!((count(|row| row.polling_interval.is_some()), count(|row| row.default_port.is_some())), (19, 17));
        assert_eq!((count(|row| row.doc_status.is_some()), count(|row| row.doc_monitoring.is_some())), (12, 12));
        assert_eq!((count(|row| row.doc_priority.is_some()), count(|row| row.doc_ttl.is_some())), (25, 22));
        assert_eq!((count(|row| row.kombu_extra.is_some()), count(|row| row.doc_remote_control.is_some())), (21, 12));
        let amqp = by_scheme("amqp").unwrap();
        assert!(amqp.heartbeats && amqp.asynchronous && !amqp.emulated && !amqp.can_parse_url);
        assert_eq!(amqp.releases(), Releases::all());
    }

    #[test]
    fn the_part_before_the_plus_names_the_transport_in_any_case() {
        let cases = [("sqla+postgresql", Some("sqla")), ("AMQP", Some("amqp")), ("SQS", Some("SQS")), ("db", None)];
        for (scheme, expected) in cases {
            assert_eq!(by_scheme(scheme).map(|transport| transport.alias.as_str()), expected, "{scheme}");
        }
    }
}
