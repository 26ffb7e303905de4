//! A service of a compose file as a whole: what it is made of, who reaches it, who runs it.

use super::{Compose, join};
use crate::files::service::{Build, Extends, Health, Port, Service};
use crate::files::yaml::Value;
use crate::files::{Word, command};
use crate::source::{Loc, Text};

impl Compose<'_> {
    /// Records a service. Values that an anchor shares belong to each service that has them.
    pub(super) fn record(&mut self, name: Value<'_>, service: Value<'_>) {
        // A template's services stand in for others.
        let Some(own) = name.as_str().filter(|name| !name.contains('{')) else { return };
        let variables = service.get("environment").map(|value| self.names(value)).unwrap_or_default();
        let found = Service {
            name: own.to_owned(),
            at: self.walker.loc(name.at()),
            first: service.pairs().first().map(|(key, _)| self.walker.loc(key.at())),
            image: self.placed(service.get("image")),
            build: service.get("build").and_then(|build| self.build_of(build)),
            built: service.get("build").is_some(),
            extends: service.get("extends").and_then(|extends| self.extends(extends)),
            ports: service.get("ports").map(|ports| self.ports(ports)).unwrap_or_default(),
            variables,
            has_env_file: service.get("env_file").is_some_and(|files| !files.is_null()),
            entrypoint: self.words_of(service.get("entrypoint")),
            command: self.words_of(service.get("command")),
            volumes: service.get("volumes").map(|volumes| self.mounts(volumes)).unwrap_or_default(),
            user: self.placed(service.get("user")),
            working_dir: service.get_str("working_dir").map(str::to_owned),
            replicas: self.placed(service.get("deploy").and_then(|it| it.get("replicas")).or(service.get("scale"))),
            health: service.get("healthcheck").and_then(|health| self.health_of(health)),
            labels: service.get("labels").map(labels).unwrap_or_default(),
            host_network: service.get_str("network_mode") == Some("host"),
            profiles: service.get("profiles").map(|it| texts(it).collect()).unwrap_or_default(),
        };
        self.walker.facts.services.push(found);
    }

    fn placed(&self, value: Option<Value<'_>>) -> Option<(Text, Loc)> {
        let value = value.filter(|value| value.scalar().is_some() && !value.is_null())?;
        Some((self.walker.text(value), self.walker.loc(value.at())))
    }

    fn names(&self, value: Value<'_>) -> Vec<(String, Loc)> {
        let listed = value.items().filter_map(|item| {
            let name = item.as_str()?.split('=').next()?;
            Some((name.to_owned(), self.walker.loc(item.at())))
        });
        let keyed = value.pairs().into_iter();
        let keyed = keyed.filter_map(|(key, _)| Some((key.as_str()?.to_owned(), self.walker.loc(key.at()))));
        listed.chain(keyed).collect()
    }

    fn words_of(&self, value: Option<Value<'_>>) -> Vec<Word> {
        match value.filter(|value| !value.is_null()) {
            Some(value) if value.scalar().is_some() => command::words(&self.walker.text(value)),
            Some(value) => self.walker.exec_words(value),
            None => Vec::new(),
        }
    }

    fn build_of(&self, value: Value<'_>) -> Option<Build> {
        let written = if value.is_mapping() { value.get_str("context").unwrap_or(".") } else { value.as_str()? };
        let context = join(self.directory, written)?;
        let file = value.get_str("dockerfile").unwrap_or("Dockerfile");
        let dockerfile = join(&context, file)?;
        Some(Build { context, dockerfile, target: value.get_str("target").map(str::to_owned) })
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
            if let Some(text) = volume.as_str() {
                let mut parts = text.split(':');
                return Some((placed(parts.next()?), parts.next()?.to_owned()));
            }
            Some((placed(volume.get_str("source")?), volume.get_str("target")?.to_owned()))
        };
        value.items().filter_map(mount).collect()
    }

    fn health_of(&self, value: Value<'_>) -> Option<Health> {
        let test = value.get("test");
        let none = test.is_some_and(|test| texts(test).next().as_deref() == Some("NONE"));
        let disabled = none || value.get_str("disable") == Some("true");
        let at = test.or_else(|| value.get("disable"))?;
        Some(Health { at: self.walker.loc(at.at()), disabled })
    }
}

fn texts(value: Value<'_>) -> impl Iterator<Item = String> {
    value.items_or_self().into_iter().filter_map(|item| item.as_str().map(str::to_owned))
}

fn labels(value: Value<'_>) -> Vec<String> {
    let keyed = value
        .pairs()
        .into_iter()
        .filter_map(|(key, value)| Some(format!("{}={}", key.as_str()?, value.as_str().unwrap_or_default())));
    texts(value).chain(keyed).collect()
}
