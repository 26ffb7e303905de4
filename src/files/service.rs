//! What a deployment says about one of its services, beside its commands and variables.

use super::Word;
use super::compose::join;
use crate::source::{Loc, Piece, Text};

/// What kind of file a service stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    #[default]
    Compose,
    /// A container of a Kubernetes manifest.
    Kubernetes,
}

/// One service of a compose file, merge keys followed, or one container of a Kubernetes manifest.
#[derive(Debug, Clone)]
pub struct Service {
    pub origin: Origin,
    pub name: String,
    /// The key that names it.
    pub at: Loc,
    /// All of it; what anchors and merge keys bring may stand elsewhere.
    pub extent: Loc,
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
    /// Their values, in the order of their names; those that are handed on have none.
    pub values: Vec<(String, Text)>,
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
    /// What `build:` itself says of context, Dockerfile and target, for when it adds to another.
    pub built_from: [Option<String>; 3],
    /// Keys that take the place of those below them instead of adding to them (`!override`, `!reset`).
    pub replaced: Vec<String>,
}

/// A Kubernetes `Service`: the pods that it leads to.
#[derive(Debug, Clone)]
pub struct Exposure {
    pub service: String,
    /// The labels that a pod must have, as `name=value`.
    pub selector: Vec<String>,
    /// The ports of the container.
    pub ports: Vec<(u16, Loc)>,
    /// It is given an address of its own that everybody may use.
    pub public: bool,
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
    /// Its test says so (`NONE`), which another test takes back; `disable: true` stays.
    pub by_test: bool,
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
        if rest.is_empty() || rest.ends_with(':') {
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

    /// A port of a container that others reach.
    pub fn of_container(port: u16, at: Loc) -> Self {
        Self { address: None, target: port, last: port, at, short: false }
    }

    /// Whether compose takes both for one: the same ports on the same address.
    fn is_same(&self, other: &Self) -> bool {
        (&self.address, self.target, self.last) == (&other.address, other.target, other.last)
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

    /// The value of a variable of its own.
    pub fn value(&self, name: &str) -> Option<&Text> {
        self.values.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// This service laid over one that it extends or overrides, as compose merges them.
    pub fn over(mut self, base: &Self) -> Self {
        let keeps = |key: &str| !self.replaced.iter().any(|replaced| replaced == key);
        let (ports, volumes, variables, labels) =
            (keeps("ports"), keeps("volumes"), keeps("environment"), keeps("labels"));
        let single = [keeps("image"), keeps("entrypoint"), keeps("command"), keeps("user"), keeps("healthcheck")];
        let [image, entrypoint, command, user, health] = single;
        self.image = self.image.or_else(|| base.image.clone().filter(|_| image));
        if self.entrypoint.is_empty() && entrypoint {
            self.entrypoint.clone_from(&base.entrypoint);
        }
        if self.command.is_empty() && command {
            self.command.clone_from(&base.command);
        }
        self.user = self.user.or_else(|| base.user.clone().filter(|_| user));
        self.working_dir = self.working_dir.or_else(|| base.working_dir.clone());
        self.replicas = self.replicas.or_else(|| base.replicas.clone());
        self.health = match (self.health, base.health.filter(|_| health)) {
            (Some(own), Some(below)) => {
                Some(Health { disabled: own.disabled || below.disabled && !below.by_test, ..own })
            }
            (own, below) => own.or(below),
        };
        self.host_network |= base.host_network;
        self.has_env_file |= base.has_env_file && keeps("env_file");
        self.build_over(base);
        if ports {
            let more = base.ports.iter().filter(|port| !self.ports.iter().any(|own| own.is_same(port)));
            self.ports = more.cloned().chain(self.ports.clone()).collect();
        }
        if volumes {
            let more = base.volumes.iter().filter(|(_, target)| !self.volumes.iter().any(|(_, own)| own == target));
            self.volumes = more.cloned().chain(self.volumes.clone()).collect();
        }
        if variables {
            let known: Vec<String> = self.variables.iter().map(|(name, _)| name.clone()).collect();
            let new = |name: &String| !known.contains(name);
            self.variables.extend(base.variables.iter().filter(|(name, _)| new(name)).cloned());
            self.values.extend(base.values.iter().filter(|(name, _)| new(name)).cloned());
        }
        if labels {
            let name = |label: &str| label.split('=').next().unwrap_or_default().to_owned();
            let known: Vec<String> = self.labels.iter().map(|label| name(label)).collect();
            self.labels.extend(base.labels.iter().filter(|label| !known.contains(&name(label))).cloned());
        }
        let more = base.profiles.iter().filter(|profile| !self.profiles.contains(profile));
        self.profiles = more.cloned().chain(self.profiles.clone()).collect();
        self
    }

    fn build_over(&mut self, base: &Self) {
        if !self.built {
            self.build.clone_from(&base.build);
            self.built = base.built;
            self.built_from.clone_from(&base.built_from);
            return;
        }
        for (own, below) in self.built_from.iter_mut().zip(&base.built_from) {
            if own.is_none() {
                own.clone_from(below);
            }
        }
        let [context, dockerfile, target] = self.built_from.clone();
        let below = base.build.as_ref().map(|build| build.context.clone());
        let Some(context) = context.or(below).or_else(|| self.build.as_ref().map(|build| build.context.clone())) else {
            return;
        };
        let name = dockerfile.unwrap_or_else(|| "Dockerfile".to_owned());
        self.build = join(&context, &name).map(|dockerfile| Build { context, dockerfile, target });
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
            ("127.0.0.1::6379", None),
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
