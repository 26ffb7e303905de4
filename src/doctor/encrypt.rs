//! Connecting to a server, with TLS where it is asked for, and telling what is wrong when TLS does not begin.

use super::check::{Check, Done, Step};
use super::redis::unchecked;
use super::tls::{Reason, TlsOptions};
use super::wire::{self, Endpoint, Limits, Wire};

/// What is connected to.
pub struct Place<'a> {
    pub endpoint: &'a Endpoint,
    pub limits: Limits,
    pub product: &'static str,
    /// Whether a connection without TLS is understood.
    pub greets: fn(Wire) -> bool,
}

impl Place<'_> {
    fn host(&self) -> &str {
        match self.endpoint {
            Endpoint::Tcp { host, .. } => host,
            Endpoint::Unix { .. } => "localhost",
        }
    }

    fn understands_plain(&self) -> bool {
        Wire::open(self.endpoint, self.limits).is_ok_and(self.greets)
    }
}

/// What a worker does whose handshake is not answered.
const HANGS: &str = "waits for an answer for ever and says nothing, unless a timeout is set";

/// Connects, with TLS where there are options for it. `worker` tells what a worker does at an error, in Python's words.
///
/// # Errors
/// The check that failed.
pub fn connect(
    place: &Place,
    tls: Option<&TlsOptions>,
    worker: &dyn Fn(&str) -> String,
    checks: &mut Vec<Check>,
) -> Done<Wire> {
    let wire = wire::reach(place.endpoint, place.limits, worker, checks)?;
    match tls {
        Some(options) => secure(wire, place, options, worker, checks),
        None => Ok(wire),
    }
}

/// Begins TLS.
///
/// # Errors
/// The check that failed.
pub fn secure(
    wire: Wire,
    place: &Place,
    options: &TlsOptions,
    worker: &dyn Fn(&str) -> String,
    checks: &mut Vec<Check>,
) -> Done<Wire> {
    match wire.secure(place.host(), options) {
        Ok(wire) => {
            checks.push(Check::ok(Step::Tls, options.check.words().replacen("TLS", "begins", 1)));
            Ok(wire)
        }
        Err(error) => {
            let reason = error.reason();
            let (found, python, help) = told(&reason, place, options);
            let words = if reason == Reason::Silent { HANGS.to_owned() } else { worker(&python) };
            Err(Box::new(Check::failed(Step::Tls, found).worker(words).help(help)))
        }
    }
}

/// What was found, Python's words for it, and what to do.
fn told(reason: &Reason, place: &Place, options: &TlsOptions) -> (String, String, String) {
    let host = options.name.as_deref().unwrap_or_else(|| place.host());
    let what = if host.parse::<std::net::IpAddr>().is_ok() { "IP address" } else { "Hostname" };
    let refused = |words: &str| format!("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {words}");
    let (found, python, help): (String, String, &str) = match reason {
        Reason::NotTls if place.understands_plain() => (
            format!("{} at {} does not speak TLS", place.product, place.endpoint),
            "[SSL: WRONG_VERSION_NUMBER] wrong version number".to_owned(),
            "connect without TLS, or to the port that has it",
        ),
        Reason::NotTls => (
            format!("what answers at {} does not speak TLS", place.endpoint),
            "[SSL: WRONG_VERSION_NUMBER] wrong version number".to_owned(),
            "correct the host and the port",
        ),
        // Redis takes the beginning of a handshake for half a command, and waits for the rest.
        Reason::Silent if place.understands_plain() => (
            format!("{} at {} does not speak TLS, and waits", place.product, place.endpoint),
            "[SSL: WRONG_VERSION_NUMBER] wrong version number".to_owned(),
            "connect without TLS, or to the port that has it",
        ),
        Reason::Silent => (
            format!("{} does not answer the TLS handshake within {}", place.endpoint, place.limits.words()),
            "timed out".to_owned(),
            "look at the server, and at what stands between it and here",
        ),
        Reason::Untrusted => (
            "the certificate is signed by nobody who is trusted here".to_owned(),
            refused("self-signed certificate in certificate chain"),
            "name the file with the authority's certificate, or install it on this machine",
        ),
        Reason::Expired => {
            ("the certificate has expired".to_owned(), refused("certificate has expired"), "renew it on the server")
        }
        Reason::NotYetValid => (
            "the certificate is not valid yet".to_owned(),
            refused("certificate is not yet valid"),
            "check the clocks of the server and of this machine",
        ),
        Reason::WrongName => (
            format!("the certificate is not for `{host}`"),
            refused(&format!("{what} mismatch, certificate is not valid for '{host}'.")),
            "connect by the name in the certificate, or have one made for this name",
        ),
        Reason::ClientCertificate => (
            "the server wants a certificate of the client that it trusts".to_owned(),
            "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required".to_owned(),
            "name the client's certificate and key",
        ),
        Reason::Other(words) => (words.clone(), words.clone(), "look at the certificates on both sides"),
    };
    (found, python, help.to_owned())
}

/// Whether a server answers a TLS handshake, whatever its certificate.
pub fn speaks_tls(endpoint: &Endpoint, limits: Limits) -> bool {
    let place = Place { endpoint, limits, product: "", greets: |_| false };
    let Ok(wire) = Wire::open(endpoint, limits) else { return false };
    match wire.secure(place.host(), &unchecked()) {
        Ok(_) => true,
        // A server that refuses a handshake speaks TLS all the same.
        Err(error) => matches!(error.reason(), Reason::ClientCertificate | Reason::Other(_)),
    }
}

/// With TLS 1.3 a server refuses a client's certificate after the handshake: at the first answer.
pub fn refused_later(error: &std::io::Error, worker: &dyn Fn(&str) -> String) -> Option<Box<Check>> {
    let alert = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let rustls::Error::AlertReceived(_) = alert else { return None };
    Some(Box::new(
        Check::failed(Step::Tls, "the server wants a certificate of the client that it trusts")
            .worker(worker("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required"))
            .help("name the client's certificate and key"),
    ))
}
