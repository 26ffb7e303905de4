//! What manifests and charts say.

use super::*;
use crate::files::testing::{commands, entries};

const FILE: FileId = FileId(0);
const SAMPLE: &str = include_str!("yaml/tests/chart.yaml");

#[test]
fn variables_files_and_base64_are_told_apart() {
    let facts = lower("chart/templates/x.yaml", SAMPLE, FILE);
    let entries = entries(&facts, SAMPLE);
    let kept: Vec<&str> = entries.iter().map(String::as_str).filter(|entry| !entry.starts_with("set spec")).collect();
    let expected = [
        "env data/REDIS_URL = redis://:<?>@h/0",
        "env data/app.env/A = 1",
        "env data/app.env/B = redis://:q@h",
        "set data/redis.conf/requirepass = foo",
        "set data/celeryconfig.py/broker_url = redis://:zz@h/0",
        "set data/celeryconfig.py/result_backend = redis://:yy@h",
        "set data/celeryconfig.py/x = redis://:<?>@h",
        "set apiVersion = apps/v1",
        "set kind = Deployment",
        "env FOO = 1",
        "env spec/template/spec/containers/env/URL = redis://<?>/0",
        "b64 data/A = aGk=",
        "env stringData/REDIS_PASSWORD = pw",
        "set stringData/celery.json/broker_url = redis://:j@h",
    ];
    assert_eq!(kept, expected);
}

#[test]
fn command_and_arguments_are_one_command() {
    let commands = commands(&lower("x.yaml", SAMPLE, FILE));
    assert_eq!(commands[1..], ["worker: celery -A p worker -b redis://:k@h"]);
}

#[test]
fn sealed_secrets_say_nothing_and_lists_are_opened() {
    let text = "kind: SealedSecret\nspec: {encryptedData: {A: AgBy}}\n---\nkind: List\nitems:\n  - kind: Secret\n    stringData: {A: b}\n";
    assert_eq!(entries(&lower("x.yaml", text, FILE), text), ["env stringData/A = b"]);
}

#[test]
fn the_name_of_an_object_says_whose_its_keys_are() {
    let text = "kind: Secret\nmetadata: {name: rabbitmq-auth}\nstringData: {password: b}\n";
    assert_eq!(entries(&lower("x.yaml", text, FILE), text)[..], ["env stringData/rabbitmq-auth/password = b"]);
}

#[test]
fn kustomizations_generate_variables() {
    let text = "kind: Kustomization\nconfigMapGenerator:\n  - name: c\n    envs: [prod.env]\n    literals: [A=b]\n";
    let facts = lower("kustomization.yaml", text, FILE);
    assert_eq!(entries(&facts, text), ["env configMapGenerator/A = b"]);
    assert_eq!(facts.env_file_refs.len(), 1);
}
