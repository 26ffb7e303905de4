//! What CI definitions say.

use super::*;
use crate::files::testing::{commands, entries, uses};

const FILE: FileId = FileId(0);

#[test]
fn github_sets_variables_at_every_level_and_runs_scripts() {
    let text = "\
on: push
env: {TOP: 1}
jobs:
  t:
    env:
      URL: amqp://u:${{ secrets.PW }}@mq//
    services:
      mq:
        image: rabbitmq
        env: {RABBITMQ_DEFAULT_PASS: x}
    steps:
      - run: |
          celery -A p inspect ping
          pytest \"$TARGET\"
        env: {STEP: $HOME}
";
    let facts = lower(".github/workflows/ci.yml", text, FILE);
    let entries = entries(&facts, text);
    let variables: Vec<&str> = entries.iter().filter_map(|entry| entry.strip_prefix("env ")).collect();
    let expected = [
        "env/TOP = 1",
        "jobs/t/env/URL = amqp://u:<?>@mq//",
        "jobs/t/services/mq/env/RABBITMQ_DEFAULT_PASS = x",
        "jobs/t/steps/env/STEP = $HOME",
    ];
    assert_eq!(variables, expected);
    assert_eq!(commands(&facts), ["-: celery -A p inspect ping", "-: pytest <TARGET>"]);
    assert_eq!(uses(&facts), ["TARGET!"]);
}

#[test]
fn gitlab_expands_variables_and_nests_scripts() {
    let text = "\
variables:
  A: {value: x, description: d}
  B: 'amqp://u:$PW@h'
.base: &base [pip install x]
t:
  before_script:
    - *base
    - [echo one, echo two]
  script: celery -A p report
";
    let facts = lower(".gitlab-ci.yml", text, FILE);
    assert_eq!(
        entries(&facts, text),
        ["env variables/A = x", "env variables/B = amqp://u:<PW>@h", "set .base = pip install x"]
    );
    assert_eq!(commands(&facts), ["-: echo one", "-: echo two", "-: celery -A p report"]);
}

#[test]
fn other_services_use_the_same_words() {
    let text = "\
version: 2.1
jobs:
  build:
    docker: [{image: x, environment: {A: 1}}]
    steps:
      - run: {name: n, command: celery -A p worker}
      - bash: celery report
        env: {B: 2}
variables:
  - name: C
    value: 3
env: {global: [D=4]}
";
    let facts = lower("azure-pipelines.yml", text, FILE);
    let entries = entries(&facts, text);
    let variables: Vec<&str> = entries.iter().filter_map(|entry| entry.strip_prefix("env ")).collect();
    assert_eq!(
        variables,
        ["jobs/build/docker/environment/A = 1", "jobs/build/steps/env/B = 2", "variables/C = 3", "env/global/D = 4"]
    );
    assert_eq!(commands(&facts), ["n: celery -A p worker", "-: celery report"]);
}
