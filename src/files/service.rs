//! What a deployment says about one of its services, beside its commands and variables.

use super::Word;
use crate::source::{Loc, Piece, Text};

/// One service of a compose file, merge keys followed.
#[derive(Debug, Clone)]
pub struct Service {
    pub name: String,
    /// The key that names it.
    pub at: Loc,
    /// Its first key.
    pub first: Option<Loc>,
    /// The image as written.
    pub image: Option<(Text, Loc)>,
    /// Where it is built: the build context and the Dockerfile in it, relative to the project. None when it is not built, or
    /// from something that is no directory of the project.
    pub build: Option<Build>,
    pub built: bool,
    pub extends: Option<Extends>,
    pub ports: Vec<Port>,
    /// The variables of `environment:`, by name.
    pub variables: Vec<(String, Loc)>,
    /// It has env files, whose variables are not among these.
    pub has_env_file: bool,
    pub entrypoint: Vec<Word>,
    pub command: Vec<Word>,
    /// Source (relative to the project where it starts with a dot) and target of each mount.
    pub volumes: Vec<(String, String)>,
    pub user: Option<(Text, Loc)>,
    pub working_dir: Option<String>,
    /// `deploy.replicas` or `scale`.
    pub replicas: Option<(Text, Loc)>,
    pub health: Option<Health>,
    /// It is reached through a proxy's labels.
    pub labels: Vec<String>,
    pub host_network: bool,
    pub profiles: Vec<String>,
}

/// What an image is built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    pub context: String,
    /// The path of the Dockerfile.
    pub dockerfile: String,
    pub target: Option<String>,
}

/// One stage of a Dockerfile.
#[derive(Debug, Clone)]
pub struct Stage {
    pub name: Option<String>,
    /// The image or stage that it starts from, as far as it is known.
    pub from: Option<String>,
    /// The words of `FROM`.
    pub at: Loc,
    /// The last `USER`.
    pub user: Option<(Text, Loc)>,
}

/// `extends: {service: x, file: y}`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extends {
    /// Relative to the project; none for the same file.
    pub file: Option<String>,
    pub service: String,
}

/// A health check; `at` is the place of its test, or of `disable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    pub at: Loc,
    pub disabled: bool,
}

/// A port of the container that the host publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// The address of the host; none for all of its interfaces.
    pub address: Option<String>,
    /// The first port of the container.
    pub target: u16,
    /// The last one: the same but for ranges.
    pub last: u16,
    /// The item without its quotes; of the long form, the value of `target`.
    pub at: Loc,
    /// `HOST:CONTAINER`, into which an address can be put.
    pub short: bool,
}

impl Port {
    /// `127.0.0.1:6379:6379`, `8000-8010:8000-8010/tcp`. None when a variable without a default leaves something open.
    pub fn of_text(text: &Text, at: Loc) -> Option<Self> {
        let whole = text.known()?;
        let (ports, protocol) = whole.split_once('/').unwrap_or((&whole, "tcp"));
        let (rest, target) = ports.rsplit_once(':').unwrap_or(("", ports));
        // Of a port alone the host chooses its own.
        if rest.is_empty() {
            return None;
        }
        let (target, last) = target.split_once('-').unwrap_or((target, target));
        let address = rest.rsplit_once(':').map(|(address, _)| address.trim_matches(['[', ']']).to_owned());
        let port = Self {
            address: address.filter(|address| !address.is_empty()),
            target: target.trim().parse().ok()?,
            last: last.trim().parse().ok()?,
            at,
            short: !rest.contains(':'),
        };
        (protocol == "tcp").then_some(port)
    }

    pub fn holds(&self, port: u16) -> bool {
        self.target <= port && port <= self.last
    }

    /// Whether other machines may reach it.
    pub fn is_public(&self) -> bool {
        self.address.as_deref().is_none_or(|address| matches!(address, "0.0.0.0" | "::" | "*"))
    }
}

impl Service {
    /// The image's name without registry, user and tag (`redis` of `docker.io/library/redis:7`).
    pub fn image_name(&self) -> Option<String> {
        let image = self.image_text()?;
        let name = image.rsplit('/').next()?.split(['@', ':']).next()?;
        Some(name.to_ascii_lowercase())
    }

    /// The image as written, as far as it is known: a tag from a variable is left out.
    pub fn image_text(&self) -> Option<String> {
        let (text, _) = self.image.as_ref()?;
        let mut whole = String::new();
        for piece in &text.pieces {
            match piece {
                Piece::Literal { text, .. } => whole.push_str(text),
                Piece::Env { default: Some(default), .. } => whole.push_str(&default.as_literal()?),
                // `redis:${TAG}`
                _ if whole.ends_with(':') => break,
                _ => return None,
            }
        }
        Some(whole)
    }

    /// Whether it sets a variable of such a name itself.
    pub fn sets(&self, named: impl Fn(&str) -> bool) -> bool {
        self.variables.iter().any(|(name, _)| named(name))
    }

    /// Whether the file alone makes a container of it.
    pub fn is_whole(&self) -> bool {
        self.image.is_some() || self.built
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Span};

    #[test]
    fn ports_say_who_reaches_them() {
        let at = Loc::new(FileId(0), Span::new(0, 1));
        let read = |text: &str| {
            let port = Port::of_text(&Text::literal(text, at), at)?;
            Some((port.target, port.last, port.is_public(), port.short))
        };
        let table = [
            ("6379:6379", Some((6379, 6379, true, true))),
            ("6379", None),
            ("127.0.0.1:6379:6379", Some((6379, 6379, false, false))),
            ("0.0.0.0:6380:6379/tcp", Some((6379, 6379, true, false))),
            ("[::1]:6379:6379", Some((6379, 6379, false, false))),
            ("5672-5673:5672-5673", Some((5672, 5673, true, true))),
            ("53:53/udp", None),
            ("http", None),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
