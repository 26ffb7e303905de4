//! A service of a compose file as a whole: what it is made of, who reaches it, who runs it.

use rustc_hash::FxHashSet;

use super::{Compose, join};
use crate::files::service::{Build, Extends, Health, Origin, Port, Service};
use crate::files::yaml::{Style, Value};
use crate::files::{Word, command};
use crate::source::{Loc, Piece, Text};

impl Compose<'_> {
    /// Records a service. Values that an anchor shares belong to each service that has them.
    pub(super) fn record(&mut self, name: Value<'_>, service: Value<'_>) {
        // A template's services stand in for others.
        let Some(own) = name.as_str().filter(|name| !name.contains('{')) else { return };
        let variables = service.get("environment").map(|value| self.names(value)).unwrap_or_default();
        // What an anchor holds is copied for each service that has it.
        if !self.walker.charge(2 * variables.len() + service.pairs().len()) {
            return;
        }
        let built_from = service.get("build").map(|build| self.build_parts(build)).unwrap_or_default();
        let tagged = service.pairs().into_iter().filter(|(_, value)| matches!(value.tag(), Some("reset" | "override")));
        let found = Service {
            origin: Origin::Compose,
            name: own.to_owned(),
            at: self.walker.loc(name.at()),
            extent: self.walker.loc(service.at()),
            first: service.pairs().first().map(|(key, _)| self.walker.loc(key.at())),
            image: self.placed(service.get("image")),
            build: service.get("build").and_then(|build| self.build_of(build)),
            built: service.get("build").is_some(),
            extends: service.get("extends").and_then(|extends| self.extends(extends)),
            ports: service.get("ports").map(|ports| self.ports(ports)).unwrap_or_default(),
            variables,
            values: service.get("environment").map(|value| self.values(value)).unwrap_or_default(),
            has_env_file: service.get("env_file").is_some_and(|files| !files.is_null()),
            entrypoint: self.words_of(service.get("entrypoint")),
            command: self.words_of(service.get("command")),
            volumes: service.get("volumes").map(|volumes| self.mounts(volumes)).unwrap_or_default(),
            user: self.placed(service.get("user")),
            working_dir: service.get("working_dir").and_then(|value| self.known(value)),
            replicas: self.placed(service.get("deploy").and_then(|it| it.get("replicas")).or(service.get("scale"))),
            health: service.get("healthcheck").and_then(|health| self.health_of(health)),
            labels: service.get("labels").map(|it| self.labels(it)).unwrap_or_default(),
            host_network: service.get_str("network_mode") == Some("host"),
            profiles: service.get("profiles").map(|it| texts(it).collect()).unwrap_or_default(),
            built_from,
            replaced: tagged.filter_map(|(key, _)| key.as_str().map(str::to_owned)).collect(),
        };
        self.walker.facts.services.push(found);
    }

    /// A scalar whose variables have defaults, or that has none.
    fn known(&self, value: Value<'_>) -> Option<String> {
        value.scalar()?;
        self.walker.text(value).known()
    }

    /// A scalar in which variables without a default stand as `${NAME}`.
    fn written(&self, value: Value<'_>) -> Option<String> {
        value.scalar()?;
        let pieces = self.walker.text(value).pieces.into_iter();
        let piece = |piece: Piece| match piece {
            Piece::Literal { text, .. } => text,
            Piece::Env { default: Some(default), .. } => default.known().unwrap_or_else(|| "$".to_owned()),
            Piece::Env { keys, .. } => keys.first().map(|key| format!("${{{key}}}")).unwrap_or_default(),
            Piece::Unknown { .. } => "$".to_owned(),
        };
        Some(pieces.map(piece).collect())
    }

    fn placed(&self, value: Option<Value<'_>>) -> Option<(Text, Loc)> {
        let value = value.filter(|value| value.scalar().is_some() && !value.is_null())?;
        Some((self.walker.text(value), self.walker.loc(value.at())))
    }

    fn names(&self, value: Value<'_>) -> Vec<(String, Loc)> {
        let listed = value.items().filter_map(|item| {
            let text = &item.scalar()?.text;
            let name = text.as_str().split('=').next()?;
            Some((name.to_owned(), self.walker.loc(text.span(0..name.len()))))
        });
        let keyed = value.pairs().into_iter();
        let keyed = keyed.filter_map(|(key, _)| Some((key.as_str()?.to_owned(), self.walker.loc(key.at()))));
        listed.chain(keyed).collect()
    }

    fn values(&self, value: Value<'_>) -> Vec<(String, Text)> {
        let listed = value.items().filter_map(|item| {
            let text = &item.scalar()?.text;
            let (name, _) = text.as_str().split_once('=')?;
            let value = self.walker.interpolated(&text.slice(name.len() + 1..text.as_str().len()));
            Some((name.to_owned(), value))
        });
        // Of items with the same name the last counts.
        let mut found: Vec<(String, Text)> = Vec::new();
        for (name, value) in listed {
            match found.iter_mut().find(|(known, _)| *known == name) {
                Some((_, held)) => *held = value,
                None => found.push((name, value)),
            }
        }
        // Of a key that stands twice (a merged one) the first counts.
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        for (key, value) in value.pairs() {
            let Some(name) = key.as_str().filter(|name| seen.insert(name)) else { continue };
            if !value.is_null() && value.scalar().is_some() {
                found.push((name.to_owned(), self.given(value)));
            }
        }
        found
    }

    /// A value as the container gets it: `True` is `true` there.
    fn given(&self, value: Value<'_>) -> Text {
        let plain = value.scalar().filter(|scalar| scalar.style == Style::Plain).map(|scalar| scalar.text.as_str());
        match plain {
            Some("True" | "TRUE") => Text::literal("true", self.walker.loc(value.at())),
            Some("False" | "FALSE") => Text::literal("false", self.walker.loc(value.at())),
            _ => self.walker.text(value),
        }
    }

    /// Context, Dockerfile and target as far as `build:` says them.
    fn build_parts(&self, value: Value<'_>) -> [Option<String>; 3] {
        let context = if value.is_mapping() { value.get("context") } else { Some(value) };
        let text = |key: &str| value.get(key).and_then(|value| self.known(value));
        let context = context.and_then(|value| self.known(value)).and_then(|context| join(self.directory, &context));
        [context, text("dockerfile"), text("target")]
    }

    fn words_of(&self, value: Option<Value<'_>>) -> Vec<Word> {
        match value.filter(|value| !value.is_null()) {
            Some(value) if value.scalar().is_some() => command::words(&self.walker.text(value)),
            Some(value) => self.walker.exec_words(value),
            None => Vec::new(),
        }
    }

    fn build_of(&self, value: Value<'_>) -> Option<Build> {
        let written = if value.is_mapping() { value.get("context") } else { Some(value) };
        let written = written.map_or_else(|| Some(".".to_owned()), |value| self.known(value))?;
        let context = join(self.directory, &written)?;
        let file = value.get("dockerfile").map_or_else(|| Some("Dockerfile".to_owned()), |value| self.known(value))?;
        let dockerfile = join(&context, &file)?;
        Some(Build { context, dockerfile, target: value.get("target").and_then(|value| self.known(value)) })
    }

    fn extends(&self, value: Value<'_>) -> Option<Extends> {
        if let Some(name) = value.as_str() {
            return Some(Extends { file: None, service: name.to_owned() });
        }
        let file = value.get_str("file").and_then(|file| join(self.directory, file));
        Some(Extends { file, service: value.get_str("service")?.to_owned() })
    }

    fn ports(&self, value: Value<'_>) -> Vec<Port> {
        value.items().filter_map(|item| self.port(item)).collect()
    }

    fn port(&self, item: Value<'_>) -> Option<Port> {
        if !item.is_mapping() {
            return Port::of_text(&self.walker.text(item), self.walker.loc(item.scalar()?.at));
        }
        let target = item.get("target")?;
        // Without `published` the host chooses a port.
        item.get("published")?;
        let number: u16 = self.walker.text(target).as_literal()?.parse().ok()?;
        let at = self.walker.loc(target.at());
        let mut port = Port { address: None, target: number, last: number, at, short: false };
        port.address = match item.get("host_ip") {
            Some(address) => Some(self.walker.text(address).as_literal()?),
            None => None,
        };
        (item.get_str("protocol").unwrap_or("tcp") == "tcp").then_some(port)
    }

    fn mounts(&self, value: Value<'_>) -> Vec<(String, String)> {
        let placed = |source: &str| match source.starts_with('.') {
            true => join(self.directory, source).unwrap_or_else(|| source.to_owned()),
            false => source.to_owned(),
        };
        let mount = |volume: Value<'_>| {
            if let Some(text) = self.written(volume) {
                let mut parts = text.split(':');
                return Some((placed(parts.next()?), parts.next()?.to_owned()));
            }
            let part = |key: &str| volume.get(key).and_then(|value| self.written(value));
            Some((placed(&part("source")?), part("target")?))
        };
        value.items().filter_map(mount).collect()
    }

    /// Each as `name=value`.
    fn labels(&self, value: Value<'_>) -> Vec<String> {
        let listed = value.items().filter_map(|item| self.written(item));
        let listed = listed.map(|label| if label.contains('=') { label } else { format!("{label}=") });
        let keyed = value.pairs().into_iter();
        let keyed = keyed
            .filter_map(|(key, value)| Some(format!("{}={}", key.as_str()?, self.written(value).unwrap_or_default())));
        listed.chain(keyed).collect()
    }

    fn health_of(&self, value: Value<'_>) -> Option<Health> {
        let test = value.get("test");
        let none = test.is_some_and(|test| texts(test).next().as_deref() == Some("NONE"));
        let off = value.get_str("disable") == Some("true");
        let at = test.or_else(|| value.get("disable"))?;
        Some(Health { at: self.walker.loc(at.at()), disabled: none || off, by_test: none && !off })
    }
}

fn texts(value: Value<'_>) -> impl Iterator<Item = String> {
    value.items_or_self().into_iter().filter_map(|item| item.as_str().map(str::to_owned))
}
