//! A literal credential of the broker or the result backend, and the way it takes to Celery.

pub use crate::celery::SecretKind;
use crate::source::Loc;

#[derive(Debug, Clone)]
pub struct Secret {
    /// The characters of the secret only; several places when it is written in parts.
    pub at: Vec<Loc>,
    /// The decoded value: for masking and for fixes, never for output.
    pub value: String,
    pub kind: SecretKind,
    pub weight: Weight,
    /// What it opens, for messages: "broker", "result backend", "Redis", "RabbitMQ", "Flower".
    pub opens: String,
    /// The places it goes through, in order, each with its own words ("reaches Celery here as `broker_url`").
    pub trail: Vec<(Loc, String)>,
    /// The setting, variable or option that carries it.
    pub carrier: Option<String>,
    /// The expression that a fix would replace (the whole URL or password literal), if there is one.
    pub replace: Option<Loc>,
    pub in_test: bool,
}

/// How sure and how grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Well-known or inert values: `guest:guest` on another host, `admin:admin`, tests, comments, other services.
    Weak,
    Real,
}
