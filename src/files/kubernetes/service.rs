//! Containers of Kubernetes workloads as services, and the objects that publish them.

use crate::files::Word;
use crate::files::service::{Exposure, Health, Origin, Service};
use crate::files::yaml::{Value, Walker};
use crate::source::{Loc, Text};

/// Workloads that keep their containers running, with the path to the pod.
const WORKLOADS: &[(&str, &[&str])] = &[
    ("Deployment", &["spec", "template"]),
    ("StatefulSet", &["spec", "template"]),
    ("DaemonSet", &["spec", "template"]),
    ("ReplicaSet", &["spec", "template"]),
    ("ReplicationController", &["spec", "template"]),
    ("Pod", &[]),
];

/// Keys that watch a container.
const PROBES: &[&str] = &["livenessProbe", "readinessProbe", "startupProbe"];

/// Words of annotations that ask for a password, or keep others out.
const GUARDS: &[&str] = &["auth", "whitelist", "allowlist", "internal", "middleware", "private", "ranges"];

/// Records the containers of a workload, or what a `Service` or `Ingress` publishes.
pub(super) fn record(resource: Value<'_>, walker: &mut Walker) {
    let kind = resource.get_str("kind").unwrap_or_default();
    if let Some((_, path)) = WORKLOADS.iter().find(|(known, _)| *known == kind) {
        let pod = path.iter().try_fold(resource, |value, key| value.get(key));
        pod.into_iter().for_each(|pod| containers(resource, pod, walker));
    } else if kind == "Service" {
        published(resource, walker);
    } else if kind == "Ingress" {
        ingress(resource, walker);
    }
}

fn containers(resource: Value<'_>, pod: Value<'_>, walker: &mut Walker) {
    let Some(spec) = pod.get("spec") else { return };
    let labels = pod.get("metadata").and_then(|it| it.get("labels")).map(pairs).unwrap_or_default();
    let replicas = resource.get("spec").and_then(|it| it.get("replicas"));
    for container in spec.get("containers").into_iter().flat_map(Value::items) {
        let Some(name) = container.get("name").filter(|name| name.scalar().is_some()) else { continue };
        let own = name.as_str().unwrap_or_default().to_owned();
        let env: Vec<(Value<'_>, Value<'_>)> = container
            .get("env")
            .into_iter()
            .flat_map(Value::items)
            .filter_map(|it| Some((it.get("name")?, it)))
            .collect();
        let reader = Reader { walker, container, spec };
        let found = Service {
            origin: Origin::Kubernetes,
            name: own,
            at: reader.loc(name),
            extent: reader.loc(container),
            first: None,
            image: reader.placed(container.get("image")),
            build: None,
            built: false,
            extends: None,
            ports: Vec::new(),
            variables: env
                .iter()
                .filter_map(|(name, _)| Some((name.as_str()?.to_owned(), reader.loc(*name))))
                .collect(),
            values: env.iter().filter_map(|(name, it)| reader.variable(*name, *it)).collect(),
            has_env_file: container.get("envFrom").is_some(),
            entrypoint: reader.words("command"),
            command: reader.words("args"),
            volumes: reader.mounts(),
            user: reader.user(),
            working_dir: container.get_str("workingDir").map(str::to_owned),
            replicas: reader.placed(replicas),
            health: reader.health(),
            labels: labels.clone(),
            host_network: spec.get_str("hostNetwork") == Some("true"),
            profiles: Vec::new(),
            built_from: Default::default(),
            replaced: Vec::new(),
        };
        walker.facts.services.push(found);
    }
}

struct Reader<'r, 't> {
    walker: &'r Walker,
    container: Value<'t>,
    spec: Value<'t>,
}

impl Reader<'_, '_> {
    fn loc(&self, value: Value<'_>) -> Loc {
        self.walker.loc(value.at())
    }

    fn placed(&self, value: Option<Value<'_>>) -> Option<(Text, Loc)> {
        let value = value.filter(|value| value.scalar().is_some() && !value.is_null())?;
        Some((self.walker.text(value), self.loc(value)))
    }

    fn variable(&self, name: Value<'_>, item: Value<'_>) -> Option<(String, Text)> {
        let value = item.get("value").filter(|value| value.scalar().is_some())?;
        Some((name.as_str()?.to_owned(), self.walker.text(value)))
    }

    fn words(&self, key: &str) -> Vec<Word> {
        self.container.get(key).map(|list| self.walker.exec_words(list)).unwrap_or_default()
    }

    /// Name of the volume, and where it is mounted.
    fn mounts(&self) -> Vec<(String, String)> {
        let mounts = self.container.get("volumeMounts").into_iter().flat_map(Value::items);
        mounts.filter_map(|it| Some((it.get_str("name")?.to_owned(), it.get_str("mountPath")?.to_owned()))).collect()
    }

    /// `runAsUser` of the container or of its pod; any other user where only `runAsNonRoot` says that it is not root.
    fn user(&self) -> Option<(Text, Loc)> {
        let contexts = [self.container.get("securityContext"), self.spec.get("securityContext")];
        let find = |key: &str| contexts.iter().flatten().find_map(|context| context.get(key));
        let flag = find("runAsNonRoot").filter(|flag| flag.as_str() != Some("false"));
        let nobody = flag.map(|flag| (Text::unknown(Some(self.loc(flag))), self.loc(flag)));
        self.placed(find("runAsUser")).or(nobody)
    }

    fn health(&self) -> Option<Health> {
        let probe = PROBES.iter().find_map(|key| self.container.get(key)).filter(|probe| !probe.is_null())?;
        Some(Health { at: self.loc(probe), disabled: false, by_test: false })
    }
}

/// Labels as `name=value`.
fn pairs(value: Value<'_>) -> Vec<String> {
    let pairs = value.pairs().into_iter();
    pairs.filter_map(|(key, value)| Some(format!("{}={}", key.as_str()?, value.as_str()?))).collect()
}

/// `kind: Service`: which pods it leads to, and whether the world reaches it.
fn published(resource: Value<'_>, walker: &mut Walker) {
    let Some(spec) = resource.get("spec") else { return };
    let selector = spec.get("selector").map(pairs).unwrap_or_default();
    let Some(name) = resource.get("metadata").and_then(|it| it.get_str("name")) else { return };
    let public = spec.get_str("type") == Some("LoadBalancer")
        && spec.get("loadBalancerSourceRanges").is_none()
        && !is_guarded(resource);
    let ports = spec.get("ports").into_iter().flat_map(Value::items).filter_map(|it| {
        let target = it.get("targetPort").or_else(|| it.get("port"))?;
        Some((target.as_str()?.parse().ok()?, walker.loc(target.at())))
    });
    let ports: Vec<(u16, Loc)> = ports.collect();
    if !selector.is_empty() {
        walker.facts.exposures.push(Exposure { service: name.to_owned(), selector, ports, public });
    }
}

/// `kind: Ingress`: the services that it leads to.
fn ingress(resource: Value<'_>, walker: &mut Walker) {
    if is_guarded(resource) {
        return;
    }
    let rules = resource.get("spec").and_then(|it| it.get("rules")).into_iter().flat_map(Value::items);
    let paths = rules.filter_map(|rule| rule.get("http")?.get("paths")).flat_map(Value::items);
    let backends = paths.filter_map(|path| path.get("backend")).filter_map(|backend| {
        let name = backend.get("service").and_then(|it| it.get("name")).or_else(|| backend.get("serviceName"))?;
        Some((name.as_str()?.to_owned(), walker.loc(name.at())))
    });
    let backends: Vec<(String, Loc)> = backends.collect();
    walker.facts.ingresses.extend(backends);
}

/// Whether annotations or the class may keep others out.
fn is_guarded(resource: Value<'_>) -> bool {
    let annotations = resource.get("metadata").and_then(|it| it.get("annotations")).map(pairs).unwrap_or_default();
    let class = resource.get("spec").and_then(|it| it.get_str("ingressClassName")).unwrap_or_default();
    let says = |text: &str| GUARDS.iter().any(|word| text.to_ascii_lowercase().contains(word));
    annotations.iter().any(|text| says(text)) || says(class)
}
