//! Broker transports by URL scheme (`kombu.transport.TRANSPORT_ALIASES`) and what each can do.

use std::sync::LazyLock;

use serde::Deserialize;

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
    pub default_port: Option<u16>,
    pub exchange_types: Vec<String>,
    /// `celery inspect` and `control` work.
    pub remote_control: bool,
    pub events: bool,
    /// `yes`, `no`, or `option` (SQS with `supports_fanout`).
    pub fanout: String,
    pub visibility_timeout: bool,
    pub native_delayed_delivery: bool,
    /// The extra of the `celery` distribution that installs its client.
    pub celery_extra: Option<String>,
    pub requires: Vec<String>,
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
    fn the_part_before_the_plus_names_the_transport_in_any_case() {
        let cases = [("sqla+postgresql", Some("sqla")), ("AMQP", Some("amqp")), ("SQS", Some("SQS")), ("db", None)];
        for (scheme, expected) in cases {
            assert_eq!(by_scheme(scheme).map(|transport| transport.alias.as_str()), expected, "{scheme}");
        }
    }
}
