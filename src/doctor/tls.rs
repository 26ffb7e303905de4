//! TLS as Python's `ssl` would have it: which certificates are trusted, what is checked, and what a failure means.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// What is checked of the server, and what is shown to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsOptions {
    pub check: Verify,
    /// Files with the certificates that are trusted; without one those of the system are.
    pub ca: Option<PathBuf>,
    /// The client's own certificate, and its key where that is another file.
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// Another name than the host that the certificate has to be for.
    pub name: Option<String>,
}

/// How much of a certificate is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verify {
    Nothing,
    /// Who signed it and when, but not whose it is.
    Signature,
    #[default]
    All,
}

impl Verify {
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "TLS, certificate not checked",
            Self::Signature => "TLS, host name not checked",
            Self::All => "TLS",
        }
    }
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("`{path}` {problem}")]
    File { path: String, problem: String },
    #[error("{0}")]
    Name(String),
    #[error("{0}")]
    Own(Error),
    #[error("{0}")]
    Handshake(Box<io::Error>),
}

/// Why a handshake failed, as far as that can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The server does not speak TLS, or closed the connection at once.
    NotTls,
    Silent,
    Untrusted,
    Expired,
    NotYetValid,
    WrongName,
    /// The server wants a certificate of the client, or refuses the one it got.
    ClientCertificate,
    Other(String),
}

/// A TLS client for one connection.
///
/// # Errors
/// When a file of the options cannot be used.
pub fn client(host: &str, options: &TlsOptions) -> Result<ClientConnection, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let roots = Arc::new(roots(options)?);
    let inner = WebPkiServerVerifier::builder_with_provider(roots.clone(), provider.clone()).build();
    let verifier = Verifier { check: options.check, roots, inner: inner.ok(), provider: provider.clone() };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Own)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let config = match &options.certificate {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let key = options.key.as_ref().unwrap_or(path);
            readable(key)?;
            let chain = certificates(path)?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| file(key, &error.to_string()))?;
            builder.with_client_auth_cert(chain, key).map_err(TlsError::Own)?
        }
    };
    let name = options.name.as_deref().unwrap_or(host).to_owned();
    let name = ServerName::try_from(name.clone()).map_err(|_| TlsError::Name(format!("`{name}` is no host name")))?;
    ClientConnection::new(Arc::new(config), name).map_err(TlsError::Own)
}

/// The certificates that are trusted.
fn roots(options: &TlsOptions) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    if options.check == Verify::Nothing {
        return Ok(store);
    }
    let trusted = match &options.ca {
        Some(path) => certificates(path)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    store.add_parsable_certificates(trusted);
    Ok(store)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    readable(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    match found {
        Ok(certificates) if certificates.is_empty() => Err(file(path, "holds no certificate")),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(file(path, &format!("cannot be used: {error}"))),
    }
}

/// Bytes that a file of certificates may have.
const MAX_FILE: u64 = 4 << 20;

/// What is no file, or far too long, is not read: a pipe would be waited for.
fn readable(path: &Path) -> Result<(), TlsError> {
    match path.metadata() {
        Ok(there) if there.is_file() && there.len() <= MAX_FILE => Ok(()),
        Ok(_) => Err(file(path, "is no file of certificates")),
        Err(error) => Err(file(path, &format!("cannot be read: {}", super::wire::plain(&error)))),
    }
}

fn file(path: &Path, problem: &str) -> TlsError {
    TlsError::File { path: path.display().to_string(), problem: problem.to_owned() }
}

impl TlsError {
    pub fn reason(&self) -> Reason {
        match self {
            Self::File { .. } | Self::Name(_) => Reason::Other(self.to_string()),
            Self::Own(error) => of_error(error),
            Self::Handshake(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
                Some(inner) => of_error(inner),
                None => match error.kind() {
                    io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Reason::Silent,
                    _ => Reason::NotTls,
                },
            },
        }
    }
}

fn of_error(error: &Error) -> Reason {
    use rustls::AlertDescription as Alert;
    match error {
        Error::InvalidCertificate(problem) => match problem {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Reason::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Reason::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Reason::WrongName,
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Reason::Untrusted,
            other => Reason::Other(format!("the certificate is not valid: {other:?}")),
        },
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => Reason::NotTls,
        Error::AlertReceived(Alert::CertificateRequired | Alert::BadCertificate | Alert::UnknownCA) => {
            Reason::ClientCertificate
        }
        Error::AlertReceived(alert) => Reason::Other(format!("the server refuses the handshake ({alert:?})")),
        other => Reason::Other(other.to_string()),
    }
}

/// Checks as much as the options say. What signs itself is trusted when it is among the trusted, as OpenSSL has it.
#[derive(Debug)]
struct Verifier {
    check: Verify,
    roots: Arc<RootCertStore>,
    inner: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn verdict(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<(), Error> {
        let untrusted = || Error::InvalidCertificate(CertificateError::UnknownIssuer);
        // Without a single trusted certificate there is nothing to check against.
        let inner = self.inner.as_ref().ok_or_else(untrusted)?;
        match inner.verify_server_cert(certificate, chain, name, ocsp, now) {
            Err(Error::InvalidCertificate(problem)) if is_of_name(&problem) && self.check == Verify::Signature => {
                Ok(())
            }
            Err(Error::InvalidCertificate(CertificateError::Other(_))) => {
                self.trusts_itself(certificate, name).ok_or_else(untrusted)?
            }
            other => other.map(|_| ()),
        }
    }

    /// A certificate of an authority in the place of a server's, which OpenSSL takes when it is trusted itself.
    fn trusts_itself(&self, certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> Option<Result<(), Error>> {
        self.roots.roots.iter().find(|root| contains(certificate, root.subject_public_key_info.as_ref()))?;
        let parsed = ParsedCertificate::try_from(certificate).ok()?;
        Some(match self.check {
            Verify::All => rustls::client::verify_server_name(&parsed, name),
            Verify::Signature | Verify::Nothing => Ok(()),
        })
    }
}

fn is_of_name(problem: &CertificateError) -> bool {
    matches!(problem, CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. })
}

fn contains(certificate: &CertificateDer<'_>, key: &[u8]) -> bool {
    memchr::memmem::find(certificate.as_ref(), key).is_some()
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.check != Verify::Nothing {
            self.verdict(certificate, chain, name, ocsp, now)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
