//! `missing-transport-extra`: see its page.

use super::declared::{self, Declared, Driver};
use crate::celery::url;
use crate::files::Role;
use crate::finding::{Finding, Severity};
use crate::project::{Project, production};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::rules::configuration::urls::{self, Side};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/missing-transport-extra.md"), Check::Project(check));

/// Schemes (before the `+`) and the package that speaks them. Without it the real packages raise an error.
const DRIVERS: &[(&[&str], Side, Driver)] = &[
    (&["redis", "rediss", "sentinel"], Side::Broker, REDIS),
    (&["redis", "rediss", "sentinel"], Side::Backend, REDIS),
    (&["sqs"], Side::Broker, Driver { extra: "sqs", brought_by: &["boto3", "sqs"], module: "boto3" }),
    (&["sqla", "sqlalchemy"], Side::Broker, SQLALCHEMY),
    (&["db", "database"], Side::Backend, SQLALCHEMY),
    (&["mongodb"], Side::Broker, MONGODB),
    (&["mongodb"], Side::Backend, MONGODB),
    (
        &["s3", "dynamodb"],
        Side::Backend,
        Driver { extra: "dynamodb", brought_by: &["boto3", "s3", "dynamodb"], module: "boto3" },
    ),
    (
        &["elasticsearch"],
        Side::Backend,
        Driver { extra: "elasticsearch", brought_by: &["elastic"], module: "elasticsearch" },
    ),
];
const REDIS: Driver =
    Driver { extra: "redis", brought_by: &["redis", "redbeat", "redlock", "walrus", "rq"], module: "redis" };
const SQLALCHEMY: Driver = Driver {
    extra: "sqlalchemy",
    brought_by: &["sqlalchemy", "sqlmodel", "alembic", "pandera", "flask-migrate"],
    module: "sqlalchemy",
};
const MONGODB: Driver =
    Driver { extra: "mongodb", brought_by: &["mongo", "motor", "beanie", "odmantic", "djongo"], module: "pymongo" };

fn check(project: &Project, out: &mut Report) {
    let mut told: Vec<&str> = Vec::new();
    for (base, side, at) in schemes(project) {
        let Some((_, _, driver)) = DRIVERS.iter().find(|(bases, of, _)| *of == side && bases.contains(&base.as_str()))
        else {
            continue;
        };
        if told.contains(&driver.extra) {
            continue;
        }
        let severity = match declared::of(project, driver) {
            Some(Declared::No) => Severity::Error,
            Some(Declared::Apart) => Severity::Note,
            _ => continue,
        };
        told.push(driver.extra);
        if let Some(finding) = describe(project, driver, severity, &base, at) {
            out.push(finding);
        }
    }
}

/// The schemes of the brokers and backends: written as URLs, and as values of the variables that they are read from.
fn schemes(project: &Project) -> Vec<(String, Side, Loc)> {
    let mut found: Vec<(String, Side, Loc)> =
        urls::written(project).iter().filter_map(|url| Some((url.base()?, url.side, url.at))).collect();
    for setting in production::settings(project) {
        let side = match setting.name.as_str() {
            "result_backend" => Side::Backend,
            "broker_url" => Side::Broker,
            _ => continue,
        };
        let keys = setting.value.alternatives().iter().flat_map(variables).collect::<Vec<&str>>();
        let entries = project.facts.iter().flat_map(|(_, facts)| &facts.entries);
        for entry in
            entries.filter(|entry| entry.role == Role::Environment && !entry.commented && keys.contains(&entry.key()))
        {
            let shown = production::is_shown(project.sources.path(entry.key_at.file));
            if let Some(scheme) = url::scheme_name(&entry.value).filter(|_| !shown) {
                let base = scheme.split('+').next().unwrap_or_default().to_owned();
                found.push((base, side, entry.value_at));
            }
        }
    }
    found
}

fn variables(value: &Value) -> Vec<&str> {
    match &value.kind {
        ValueKind::Env(env) => env.keys.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

fn describe(project: &Project, driver: &Driver, severity: Severity, base: &str, at: Loc) -> Option<Finding> {
    let celery = declared::celery(project)?;
    let Driver { extra, module, .. } = driver;
    let (message, label) = match severity {
        Severity::Error => (
            format!("No requirement brings the driver for `{base}://`"),
            format!("without `{module}`, neither sending a task nor starting a worker works"),
        ),
        _ => (
            format!("`{module}` is required apart from `celery[{extra}]`"),
            "nothing keeps the versions of the two together".to_owned(),
        ),
    };
    let finding = Finding::new(&RULE, message, celery.at, label)
        .severity(severity)
        .related(at, "is connected to here")
        .help(format!("Require `celery[{extra}]`"))
        .symbol(*extra);
    Some(match declared::add_extra(project, celery, extra) {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}
