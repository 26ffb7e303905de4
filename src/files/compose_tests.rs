//! What compose files say.

use super::*;
use crate::files::testing::{commands, entries, show, uses};

const FILE: FileId = FileId(0);
const SAMPLE: &str = include_str!("yaml/tests/compose.yml");

fn facts(text: &str) -> FileFacts {
    lower("deploy/docker-compose.yml", text, FILE)
}

#[test]
fn both_forms_of_environment_are_entries_and_anchors_are_reported_once() {
    let expected = [
        "env services/web/environment/CELERY_BROKER_URL = redis://:not-a-real-one@redis:6379/0",
        "env services/web/environment/FLOWER = <FLOWER_PW>",
        "env services/web/build/args/VERSION = <VERSION:dev>",
        "env services/web/environment/LOG = x#y",
        "env services/redis/environment/A = b=c",
        "env services/redis/environment/B = x y",
    ];
    assert_eq!(entries(&facts(SAMPLE), SAMPLE), expected);
}

#[test]
fn every_variable_of_the_caller_is_a_use_and_an_escaped_one_is_none() {
    let expected = [
        "FLOWER_PW!",
        "PIP_TOKEN!",
        "VERSION?",
        "WEB_ENV_FILE?",
        "DEBUG!",
        "POOL?",
        "TAG?",
        "FLOWER_PW!",
        "REDIS_PASSWORD!",
        "TZ!",
        "TOKEN_ENV!",
    ];
    assert_eq!(uses(&facts(SAMPLE)), expected);
    let facts = facts(SAMPLE);
    assert!(facts.env_uses.iter().all(|found| SAMPLE[found.at.span.range()] == found.key));
}

#[test]
fn commands_are_words_and_shells_are_looked_into() {
    let expected = [
        "web: sh -c python manage.py migrate &&\n       celery -A proj worker -P <POOL:prefork> --pw <?>",
        "web: python manage.py migrate",
        "web: celery -A proj worker -P <POOL:prefork> --pw <?>",
        "web: celery -A proj inspect ping -d celery@<?>",
        "flower: celery --broker=redis://:s@h/0 flower --basic_auth=u:<FLOWER_PW>",
        "redis: redis-server --requirepass <REDIS_PASSWORD>",
    ];
    assert_eq!(commands(&facts(SAMPLE)), expected);
}

#[test]
fn env_files_and_roots_are_relative_to_the_file() {
    let facts = facts(SAMPLE);
    let files: Vec<_> =
        facts.env_file_refs.iter().map(|found| (show(&found.path), found.required, found.service.as_deref())).collect();
    let expected = [
        (".env", true, "web"),
        ("./.env.local", false, "web"),
        ("<WEB_ENV_FILE:sample.env>", true, "web"),
        (".env.flower", true, "flower"),
    ];
    assert_eq!(files, expected.map(|(path, required, service)| (path.to_owned(), required, Some(service))));
    assert_eq!(facts.roots, ["deploy/backend", "deploy/services/backend/src", "deploy/services/backend"]);
}

#[test]
fn paths_that_leave_the_project_are_no_roots() {
    assert_eq!(join("a/b", "../c/./d"), Some("a/c/d".to_owned()));
    assert_eq!(join("", "."), Some(String::new()));
    for path in ["../../..", "/abs", "https://x/y.git", "${DIR}", "~/x"] {
        assert_eq!(join("a", path), None, "{path}");
    }
}

#[test]
fn an_entry_point_that_is_a_script_leads_to_the_command() {
    let text = "worker:\n  image: x\n  entrypoint: /entry.sh\n  command: [celery, -A, p, worker]\n";
    assert_eq!(commands(&facts(text)), ["worker: /entry.sh", "worker: celery -A p worker"]);
}

#[test]
fn what_no_service_uses_is_still_read() {
    let text = "x-unused-env:\n  A: 'redis://:p@h'\nx-svc:\n  image: x\n  environment: [B=1, C]\nconfigs:\n  c:\n    content: text\n";
    let expected = ["env x-unused-env/A = redis://:p@h", "env x-svc/environment/B = 1", "set configs/c/content = text"];
    assert_eq!(entries(&facts(text), text), expected);
    assert_eq!(uses(&facts(text)), ["C!"]);
}

#[test]
fn keys_and_values_of_a_list_have_their_own_places() {
    let text = "services: {w: {image: x, environment: [\"URL=redis://:p@h\", 'E=']}}\n";
    let facts = facts(text);
    let shown: Vec<_> = facts
        .entries
        .iter()
        .map(|entry| (&text[entry.key_at.span.range()], &text[entry.value_at.span.range()]))
        .collect();
    assert_eq!(shown, [("URL", "redis://:p@h"), ("E", "")]);
}

#[test]
fn a_service_is_seen_as_a_whole() {
    let text = "x-base: &base\n  image: shop:1\n  environment:\n    A: 1\nservices:\n  worker:\n    <<: *base\n    command: celery -A p worker\n    ports:\n      - 127.0.0.1:5555:5555\n      - target: 6379\n        published: 6380\n      - \"8000\"\n    volumes: [\"./src:/app\"]\n    deploy: {replicas: 2}\n    healthcheck: {disable: true}\n  built:\n    build: {context: ./back, dockerfile: Other}\n    extends: {service: worker, file: base.yml}\n    user: \"1000\"\n";
    let facts = lower("deploy/docker-compose.yml", text, FileId(0));
    let [worker, built] = facts.services.as_slice() else { panic!("two services") };
    assert_eq!(worker.image_name().as_deref(), Some("shop"));
    assert_eq!((worker.variables[0].0.as_str(), worker.command.len()), ("A", 4));
    let ports: Vec<_> = worker.ports.iter().map(|port| (port.target, port.is_public())).collect();
    assert_eq!(ports, [(5555, false), (6379, true)]);
    assert_eq!(worker.volumes, [("deploy/src".to_owned(), "/app".to_owned())]);
    assert_eq!(worker.replicas.as_ref().unwrap().0.as_literal().as_deref(), Some("2"));
    assert!(worker.health.is_some_and(|health| health.disabled));
    let build = built.build.as_ref().unwrap();
    assert_eq!((build.context.as_str(), build.dockerfile.as_str()), ("deploy/back", "deploy/back/Other"));
    assert_eq!(built.extends.as_ref().unwrap().file.as_deref(), Some("deploy/base.yml"));
    assert!(built.user.is_some() && built.is_whole());
}
