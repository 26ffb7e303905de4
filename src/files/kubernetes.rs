//! Kubernetes manifests, Helm templates of them, and kustomizations.

mod service;

use super::interpolate::{Syntax, is_name};
use super::yaml::{Scope, Value, Walker, parse};
use super::{EnvFileRef, FileFacts, Role};
use crate::source::FileId;

pub fn lower(_path: &str, text: &str, file: FileId) -> FileFacts {
    let tree = parse(text);
    let mut walker = Walker::new(file, Syntax::Settings);
    for document in tree.documents() {
        resource(document, &Scope::default(), &mut walker);
    }
    walker.finish(tree.comments, tree.errors)
}

fn resource(value: Value<'_>, scope: &Scope, walker: &mut Walker) {
    match value.get_str("kind").unwrap_or_default() {
        "ConfigMap" | "Secret" => data(value, scope, walker),
        "Kustomization" | "Component" => kustomization(value, scope, walker),
        "List" => value.get("items").into_iter().flat_map(Value::items).for_each(|item| resource(item, scope, walker)),
        // Sealed with the cluster's key.
        "SealedSecret" => {}
        _ => {
            service::record(value, walker);
            walker.walk(value, scope);
        }
    }
}

/// `data:` and `stringData:`: variables by their names, files by theirs, base64 in a Secret's `data:`.
fn data(value: Value<'_>, scope: &Scope, walker: &mut Walker) {
    let secret = value.get_str("kind") == Some("Secret");
    let own = value.get("metadata").and_then(|metadata| metadata.get_str("name"));
    let own = own.filter(|name| !name.contains('{'));
    for (section, items) in value.pairs() {
        let base64 = secret && section.as_str() == Some("data");
        if !matches!(section.as_str(), Some("data" | "stringData")) {
            continue;
        }
        for (key, item) in items.pairs() {
            let mut scope = scope.below(section).below(key);
            // `password` in a Secret named `rabbitmq-auth`: the object's name says whose it is.
            if let Some(own) = own {
                let last = scope.path.len().saturating_sub(1);
                scope.path.insert(last, own.to_owned());
            }
            let name = key.as_str().unwrap_or_default();
            if base64 {
                plain(item, &scope.with_role(Role::Base64), walker);
            } else if is_name(name) {
                plain(item, &scope.with_role(Role::Environment), walker);
            } else {
                walker.embedded_file(key, item, &scope);
            }
        }
    }
}

fn plain(value: Value<'_>, scope: &Scope, walker: &mut Walker) {
    if !value.is_null() && value.scalar().is_some() && walker.enter(value) {
        walker.entry(value, scope);
    }
}

/// `configMapGenerator` and `secretGenerator`: `literals: [A=b]` and `envs: [x.env]`.
fn kustomization(value: Value<'_>, scope: &Scope, walker: &mut Walker) {
    for (key, generators) in value.pairs() {
        if !matches!(key.as_str(), Some("configMapGenerator" | "secretGenerator")) {
            continue;
        }
        let below = scope.below(key).with_role(Role::Environment);
        for generator in generators.items() {
            generator.get("literals").into_iter().for_each(|literals| walker.walk(literals, &below));
            for path in ["envs", "env"].into_iter().filter_map(|key| generator.get(key)).flat_map(Value::items_or_self)
            {
                let (text, at) = (walker.text(path), walker.loc(path.at()));
                walker.facts.env_file_refs.push(EnvFileRef { path: text, at, required: true, service: None });
            }
        }
    }
}

#[cfg(test)]
#[path = "kubernetes_tests.rs"]
mod tests;
