//! When a connection has TLS, and with which options: as kombu, py-amqp, redis-py and libpq read settings and URLs.

use std::path::PathBuf;

use super::address::Address;
use super::check::{Check, Step};
use super::resolve::Plain;
use super::tls::{TlsOptions, Verify};
use crate::celery::release::Minor;

/// Whether there is TLS; or why a worker does not even try.
pub type Tls = Result<Option<TlsOptions>, Box<Check>>;

/// The releases from which on the redis-py that Celery asks for checks host names by default.
const CHECKS_NAMES: Minor = Minor(5, 6);

/// TLS of a Redis broker: options in the URL win over `broker_use_ssl`, and what is no dictionary counts for nothing.
pub fn redis_broker(address: &Address, setting: Option<&Plain>, release: Minor) -> Tls {
    let of_url = of_query(address);
    if let Some(wrong) = of_url.iter().find(|(key, value)| key == "ssl_cert_reqs" && required(value).is_none()) {
        return Err(Box::new(
            Check::failed(Step::Address, format!("`{}` is no value of `ssl_cert_reqs`", words(&wrong.1)))
                .worker("ends with `KeyError` when it reads the URL")
                .help("use `required`, `optional` or `none`"),
        ));
    }
    if !of_url.is_empty() {
        return Ok(Some(redis(&of_url, release)));
    }
    match setting {
        Some(Plain::Dict(options)) if !options.is_empty() => Ok(Some(redis(options, release))),
        Some(Plain::Unknown) => Err(unknown("broker_use_ssl")),
        // `True` cannot be put into the arguments of a connection, and kombu goes on without TLS.
        Some(Plain::Bool(true)) => Ok(None),
        _ if address.scheme == "rediss" => Ok(Some(TlsOptions { check: Verify::Nothing, ..TlsOptions::default() })),
        _ => Ok(None),
    }
}

/// TLS of a Redis result backend.
pub fn redis_backend(address: &Address, setting: Option<&Plain>, release: Minor) -> Tls {
    let own = ["ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs"];
    let of_url: Vec<_> = of_query(address).into_iter().filter(|(key, _)| own.contains(&key.as_str())).collect();
    if address.scheme == "redis" && !of_url.is_empty() {
        return Err(Box::new(
            Check::failed(Step::Address, "the URL has options of TLS and the scheme `redis`")
                .worker("ends with `ValueError: SSL connection parameters have been provided but the specified URL scheme is redis://. A Redis SSL connection URL should use the scheme rediss://.`")
                .help("write `rediss://`"),
        ));
    }
    let mut options = match setting {
        Some(Plain::Dict(options)) => options.clone(),
        Some(Plain::Unknown) => return Err(unknown("redis_backend_use_ssl")),
        _ => Vec::new(),
    };
    let secured = address.scheme == "rediss" || !options.is_empty();
    options.extend(of_url);
    if !secured {
        return Ok(None);
    }
    let given = options.iter().rev().find(|(key, _)| key == "ssl_cert_reqs").map(|(_, value)| value);
    if given.is_none_or(|value| required(value).is_none() && *value != Plain::Unknown) {
        return Err(Box::new(
            Check::failed(Step::Address, "nothing says how the certificate is checked (`ssl_cert_reqs`)")
                .worker("ends with `ValueError: A rediss:// URL must have parameter ssl_cert_reqs and this must be set to CERT_REQUIRED, CERT_OPTIONAL, or CERT_NONE`")
                .help("add `?ssl_cert_reqs=required` to the URL"),
        ));
    }
    Ok(Some(redis(&options, release)))
}

fn redis(options: &[(String, Plain)], release: Minor) -> TlsOptions {
    let get = |key: &str| options.iter().rev().find(|(known, _)| known == key).map(|(_, value)| value);
    let checks_name = match get("ssl_check_hostname") {
        Some(Plain::Bool(checks)) => *checks,
        Some(Plain::Text(text)) => !text.eq_ignore_ascii_case("false"),
        _ => release >= CHECKS_NAMES,
    };
    TlsOptions {
        check: verify(get("ssl_cert_reqs"), checks_name),
        ca: path(get("ssl_ca_certs")),
        certificate: path(get("ssl_certfile")),
        key: path(get("ssl_keyfile")),
        name: None,
    }
}

/// TLS of RabbitMQ. py-amqp looks at the host name only when it is given one.
pub fn amqp(address: &Address, setting: Option<&Plain>) -> Tls {
    let of_url = of_query(address);
    let of_setting = match setting {
        Some(Plain::Dict(options)) => options.as_slice(),
        Some(Plain::Unknown) => return Err(unknown("broker_use_ssl")),
        _ => &[],
    };
    let options = if of_url.is_empty() { of_setting } else { of_url.as_slice() };
    if let Some((key, _)) = options.iter().find(|(key, _)| key.starts_with("ssl_") && key != "ssl_version") {
        return Err(Box::new(
            Check::failed(
                Step::Address,
                format!("`{key}` is an option of Redis, which RabbitMQ's client does not take"),
            )
            .worker(format!(
                "ends with `Unrecoverable error: TypeError: SSLTransport._wrap_socket_sni() got an unexpected keyword argument '{key}'`"
            ))
            .help(format!("give `{}` in `broker_use_ssl`", key.trim_start_matches("ssl_"))),
        ));
    }
    let secured = address.scheme == "amqps" || !options.is_empty() || setting == Some(&Plain::Bool(true));
    if !secured {
        return Ok(None);
    }
    let get = |key: &str| options.iter().rev().find(|(known, _)| known == key).map(|(_, value)| value);
    if get("context").is_some() {
        return Err(unknown("broker_use_ssl[\"context\"]"));
    }
    let name = get("server_hostname");
    Ok(Some(TlsOptions {
        check: verify(get("cert_reqs"), name.is_some()),
        ca: path(get("ca_certs")),
        certificate: path(get("certfile")),
        key: path(get("keyfile")),
        name: name.and_then(Plain::text).map(str::to_owned),
    }))
}

/// The `ssl_…` parameters of a URL.
fn of_query(address: &Address) -> Vec<(String, Plain)> {
    let options = address.query.iter().filter(|(key, _)| key.starts_with("ssl_"));
    options.map(|(key, value)| (key.clone(), Plain::Text(value.clone()))).collect()
}

fn verify(cert_reqs: Option<&Plain>, checks_name: bool) -> Verify {
    match cert_reqs.and_then(required) {
        Some(false) => Verify::Nothing,
        _ if checks_name => Verify::All,
        _ => Verify::Signature,
    }
}

/// Whether a certificate is required: `ssl.CERT_NONE`, `"none"`, `CERT_REQUIRED`, … A client that takes it for optional
/// checks it all the same.
fn required(value: &Plain) -> Option<bool> {
    match value {
        Plain::Text(text) | Plain::Name(text) => match text.rsplit('.').next().unwrap_or(text) {
            "CERT_NONE" | "none" | "0" => Some(false),
            "CERT_OPTIONAL" | "optional" | "CERT_REQUIRED" | "required" | "1" | "2" => Some(true),
            _ => None,
        },
        Plain::None => Some(false),
        _ => None,
    }
}

fn path(value: Option<&Plain>) -> Option<PathBuf> {
    value.and_then(Plain::text).map(PathBuf::from)
}

fn words(value: &Plain) -> &str {
    value.text().unwrap_or("this")
}

fn unknown(setting: &str) -> Box<Check> {
    Box::new(Check::untested(
        Step::Tls,
        format!("`{setting}` is made in a way that is not followed, so that nobody knows how to connect"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWEST: Minor = Minor(5, 7);

    fn dict(entries: &[(&str, Plain)]) -> Plain {
        Plain::Dict(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    }

    fn name(text: &str) -> Plain {
        Plain::Name(text.to_owned())
    }

    /// What is checked; none without TLS, an error where a worker does not even try.
    fn checks(tls: Tls) -> Result<Option<Verify>, String> {
        tls.map(|tls| tls.map(|tls| tls.check)).map_err(|check| check.worker.unwrap_or(check.found))
    }

    #[test]
    fn redis_brokers_take_tls_from_urls_and_settings() {
        let none = dict(&[("ssl_cert_reqs", name("ssl.CERT_NONE"))]);
        let required = dict(&[("ssl_cert_reqs", name("ssl.CERT_REQUIRED"))]);
        for (url, setting, expected) in [
            ("redis://h", None, None),
            ("redis://h", Some(&Plain::Bool(true)), None),
            ("rediss://h", Some(&Plain::Bool(true)), None),
            ("rediss://h", None, Some(Verify::Nothing)),
            ("rediss://h?ssl_cert_reqs=required", None, Some(Verify::All)),
            ("rediss://h?ssl_cert_reqs=CERT_OPTIONAL&ssl_check_hostname=false", None, Some(Verify::Signature)),
            ("rediss://h?ssl_cert_reqs=required", Some(&none), Some(Verify::All)),
            ("redis://h", Some(&none), Some(Verify::Nothing)),
            ("rediss://h", Some(&required), Some(Verify::All)),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(checks(redis_broker(&address, setting, NEWEST)), Ok(expected), "{url} {setting:?}");
        }
        let address = Address::parse("rediss://h?ssl_cert_reqs=required").unwrap();
        assert_eq!(checks(redis_broker(&address, None, Minor(5, 4))), Ok(Some(Verify::Signature)));
        let wrong = Address::parse("rediss://h?ssl_cert_reqs=yes").unwrap();
        assert!(checks(redis_broker(&wrong, None, NEWEST)).unwrap_err().contains("KeyError"));
    }

    #[test]
    fn redis_backends_have_to_say_what_they_check() {
        let address = |url: &str| Address::parse(url).unwrap();
        let none = dict(&[("ssl_cert_reqs", name("ssl.CERT_NONE"))]);
        let of = |url: &str, setting: Option<&Plain>| checks(redis_backend(&address(url), setting, NEWEST));
        assert_eq!(of("redis://h", None), Ok(None));
        assert_eq!(of("rediss://h?ssl_cert_reqs=none", None), Ok(Some(Verify::Nothing)));
        assert_eq!(of("rediss://h", Some(&none)), Ok(Some(Verify::Nothing)));
        assert_eq!(of("rediss://h?ssl_cert_reqs=required", Some(&none)), Ok(Some(Verify::All)));
        assert!(of("rediss://h", None).unwrap_err().contains("must have parameter ssl_cert_reqs"));
        assert!(of("redis://h?ssl_cert_reqs=none", None).unwrap_err().contains("scheme is redis://"));
    }

    #[test]
    fn rabbitmq_looks_at_names_when_it_is_told_to() {
        let of = |url: &str, setting: Option<&Plain>| checks(amqp(&Address::parse(url).unwrap(), setting));
        let named = dict(&[("server_hostname", Plain::None), ("ca_certs", Plain::Text("/ca.pem".to_owned()))]);
        let unchecked = dict(&[("cert_reqs", name("ssl.CERT_NONE"))]);
        assert_eq!(of("amqp://h", None), Ok(None));
        assert_eq!(of("amqp://h", Some(&Plain::Bool(false))), Ok(None));
        assert_eq!(of("amqp://h", Some(&Plain::Bool(true))), Ok(Some(Verify::Signature)));
        assert_eq!(of("amqps://h", None), Ok(Some(Verify::Signature)));
        assert_eq!(of("amqp://h", Some(&named)), Ok(Some(Verify::All)));
        assert_eq!(of("amqps://h", Some(&unchecked)), Ok(Some(Verify::Nothing)));
        assert!(of("amqps://h?ssl_cert_reqs=none", None).unwrap_err().contains("TypeError"));
    }
}
