//! What becomes of given keys, in words.

use super::*;

const CELERY: Given<'static> = Given::Object { namespace: Some("CELERY") };
const PLAIN: Given<'static> = Given::Object { namespace: None };

fn key(written: &str) -> Given<'_> {
    Given::Key(written.into())
}

fn change(written: &str) -> Given<'_> {
    Given::Change(written.into())
}

fn argument(written: &str) -> Given<'_> {
    Given::Argument(written.into())
}

/// One word for each key: `broker_url` it is effective as, `<3` the place of the key that shadows it, or why it is ignored.
fn told(release: Minor, given: &[Given<'_>]) -> String {
    let configuration = configure(release, None, given).unwrap();
    let word = |outcome: &Outcome| match outcome {
        Outcome::Effective(setting) => Some(setting.name.clone()),
        Outcome::Shadowed { by, .. } => Some(format!("<{by}")),
        Outcome::Ignored { why, meant } => {
            Some(format!("{why:?}{}", meant.map(|fact| format!("({})", fact.name)).unwrap_or_default()))
        }
        Outcome::NotAKey => None,
    };
    configuration.outcomes().iter().filter_map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_key_is_effective_shadowed_or_ignored_for_a_reason() {
    let old = Minor(5, 6);
    let cases: &[(Minor, &[Given<'_>], &str)] = &[
        (old, &[PLAIN, key("CELERY_BROKER_URL")], "NamespaceMissing(broker_url)"),
        (old, &[PLAIN, key("TASK_SERIALIZER")], "UpperCaseNew(task_serializer)"),
        (old, &[PLAIN, key("CELERY_FOO"), key("__name__")], "UnknownName UnknownName"),
        (old, &[PLAIN, key("BROKER_URL"), key("CELERYD_TIME_LIMIT")], "broker_url OnlyDocumented(task_time_limit)"),
        (old, &[PLAIN, key("CELERY_ENABLE_UTC")], "NamespaceMissing(enable_utc)"),
        (old, &[CELERY, key("CELERY_BROKER_URL"), key("BROKER_URL")], "broker_url LegacyUnderNamespace(broker_url)"),
        (Minor(5, 7), &[CELERY, key("CELERY_BROKER_URL"), key("BROKER_URL")], "broker_url <1"),
        (Minor(5, 7), &[CELERY, key("BROKER_URL")], "broker_url"),
        (old, &[CELERY, key("CELERY_ACKS_LATE")], "LegacyUnderNamespace(task_acks_late)"),
        (old, &[CELERY, key("CELERY_broker_url")], "NamespaceCase(broker_url)"),
        (old, &[CELERY, key("celery_broker_url"), key("broker_url")], "NamespaceCase(broker_url) broker_url"),
        (
            old,
            &[CELERY, key("CELERY"), key("CELERY_CELERY_TASK_SERIALIZER")],
            "DictUnderNamespaceKey DoublePrefix(task_serializer)",
        ),
        (old, &[CELERY, key("CELERY_CELERYD_CONCURRENCY")], "DoublePrefix(worker_concurrency)"),
        (old, &[CELERY, key("CELERY_ONCE"), key("CELERY_REDBEAT_REDIS_URL")], "ONCE redbeat_redis_url"),
        (old, &[CELERY, key("CELERY_WORKER_POOL_START_METHOD")], "NotInRelease(worker_pool_start_method)"),
        (old, &[CELERY, key("TIME_ZONE")], "timezone"),
        (old, &[CELERY, key("TIME_ZONE"), key("CELERY_TIMEZONE")], "<2 timezone"),
        (Minor(5, 2), &[CELERY, key("TIME_ZONE")], "UnknownName"),
        (
            old,
            &[Given::Object { namespace: Some("JOBS") }, key("CELERY_TASK_SERIALIZER")],
            "LegacyUnderNamespace(task_serializer)",
        ),
        (old, &[Given::Object { namespace: Some("JOBS") }, key("CELERY_BROKER_URL")], "OtherNamespace(broker_url)"),
        (old, &[Given::Object { namespace: Some("JOBS") }, key("CELERY_RESULT_BACKEND")], "result_backend"),
        (old, &[argument("broker"), CELERY, key("CELERY_BROKER_URL")], "<2 broker_url"),
        (Minor(5, 7), &[argument("broker"), CELERY, key("CELERY_BROKER_URL")], "broker_url <0"),
        (old, &[argument("broker"), PLAIN, key("broker_url")], "broker_url <0"),
        (old, &[argument("main"), argument("timezone"), argument("tsk")], "NotASettingHere timezone UnknownName"),
        (Minor(5, 0), &[argument("timezone"), argument("backend")], "ArgumentNotTaken(timezone) result_backend"),
        (old, &[change("broker_url"), change("broker_url"), PLAIN, key("broker_url")], "<1 broker_url <1"),
        (
            old,
            &[PLAIN, key("BROKER_URL"), key("BROKER_URL"), PLAIN],
            "ObjectReplaced(broker_url) ObjectReplaced(broker_url)",
        ),
        (old, &[PLAIN, Given::Key(Key { written: "broker_read_url", none: true })], "broker_read_url"),
        (
            old,
            &[change("timezone"), Given::Read, change("timezone"), change("timezone"), PLAIN],
            "timezone LostOnReload(timezone) LostOnReload(timezone)",
        ),
        (old, &[PLAIN, key("a"), PLAIN, key("broker_url")], "ObjectReplaced broker_url"),
        (
            old,
            &[PLAIN, key("broker_url"), Given::Read, change("timezone"), PLAIN, key("timezone")],
            "ObjectReplaced(broker_url) LostOnReload(timezone) timezone",
        ),
        (old, &[PLAIN, key("broker_url"), Given::Read, change("CELERY_TIMEZONE")], "broker_url OldAmongNew(timezone)"),
        (Minor(5, 7), &[PLAIN, key("broker_url"), Given::Read, change("CELERY_TIMEZONE")], "broker_url timezone"),
        (old, &[PLAIN, key("timezone"), key("CELERY_TIMEZONE")], "timezone <1"),
        (old, &[PLAIN, key("timezone"), Given::Defaults, key("timezone")], "<3 timezone"),
        (old, &[PLAIN, key("broker_url"), Given::Environment("CELERY_BROKER_URL")], "<2 broker_url"),
        (
            old,
            &[Given::Environment("CELERY_TASK_SERIALIZER"), Given::Environment("HOME")],
            "NotReadFromEnvironment(task_serializer) NotReadFromEnvironment",
        ),
        (Minor(4, 1), &[Given::Environment("CELERY_RESULT_BACKEND")], "NotReadFromEnvironment(result_backend)"),
        (old, &[CELERY, key("CELERY_RESULT_EXPIRES")], "result_expires"),
        (
            old,
            &[PLAIN, key("worker_send_task_events"), key("CELERYD_SEND_EVENTS")],
            "worker_send_task_events NotInRelease(worker_send_task_events)",
        ),
    ];
    for (release, given, expected) in cases {
        assert_eq!(told(*release, given), *expected, "{given:?} on {release}");
    }
}

#[test]
fn settings_fall_back_to_others() {
    let none = Given::Key(Key { written: "CELERY_BROKER_URL", none: true });
    let given = [CELERY, none, key("CELERY_BROKER_HOST"), key("CELERY_TASK_DEFAULT_QUEUE")];
    let configuration = configure(Minor(5, 6), None, &given).unwrap();
    let cases = [
        ("broker_url", Found::Given(2)),
        ("broker_read_url", Found::Given(2)),
        ("broker_write_url", Found::Given(2)),
        ("task_default_exchange", Found::Given(3)),
        ("task_default_routing_key", Found::Given(3)),
        ("timezone", Found::Default),
        ("task_serializer", Found::Default),
        ("redbeat_redis_url", Found::Missing),
    ];
    for (setting, expected) in cases {
        assert_eq!(configuration.lookup(setting), expected, "{setting}");
    }
}

#[test]
fn mixed_styles_are_refused_with_the_renames_of_the_smaller_group() {
    let given = [
        PLAIN,
        key("BROKER_URL"),
        key("CELERYD_CONCURRENCY"),
        key("task_serializer"),
        key("timezone"),
        key("CELERY_TIMEZONE"),
    ];
    let Err(mixed) = configure(Minor(5, 6), None, &given) else { panic!("accepted") };
    let rename = Rename { written: "task_serializer".to_owned(), to: "CELERY_TASK_SERIALIZER", given: 3 };
    assert_eq!(mixed, Mixed { style: Style::Old, renames: vec![rename] });
}

#[test]
fn the_style_is_decided_at_the_first_read() {
    let early = [change("timezone"), change("CELERY_TASK_SERIALIZER")];
    assert!(configure(Minor(5, 7), None, &early).is_err());
    let late = [change("timezone"), Given::Read, change("CELERY_TASK_SERIALIZER")];
    assert_eq!(told(Minor(5, 7), &late), "timezone task_serializer");
    let before_an_object = [change("CELERY_TASK_SERIALIZER"), PLAIN, key("timezone")];
    assert_eq!(told(Minor(5, 6), &before_an_object), "task_serializer timezone");
}

#[test]
fn names_that_only_the_documentation_has_are_never_effective() {
    let all = crate::celery::settings::all();
    let documented: Vec<&str> = all.iter().flat_map(|fact| &fact.doc_only_old_names).map(String::as_str).collect();
    assert_eq!(documented.len(), 16);
    for written in documented {
        let outcome = told(Minor(5, 7), &[PLAIN, key(written)]);
        assert!(
            outcome.starts_with("OnlyDocumented(") || outcome.starts_with("NamespaceMissing("),
            "{written}: {outcome}"
        );
    }
}

#[test]
fn every_old_and_new_name_is_effective_alone() {
    for release in crate::celery::release::ALL {
        for fact in crate::celery::settings::all().iter().filter(|fact| fact.declared_in(release)) {
            let old = fact.old_name(release).unwrap();
            let prefixed = format!("CELERY_{}", fact.name.to_uppercase());
            for given in
                [[PLAIN, key(old)], [PLAIN, key(&fact.name)], [CELERY, key(&prefixed)], [CELERY, key(&fact.name)]]
            {
                assert_eq!(told(release, &given), fact.name, "{given:?} on {release}");
            }
        }
    }
}

#[test]
fn odd_names_do_no_harm() {
    let odd = ["", "_", "CELERY", "CELERY_", "ÉÉÉ_BROKER", "CELERYß", "\u{130}broker", "celery_ı"];
    for namespace in odd {
        for written in odd {
            let given =
                [Given::Object { namespace: Some(namespace) }, key(written), change(written), argument(written)];
            for release in [Minor(5, 6), Minor(5, 7)] {
                assert_eq!(configure(release, Some(namespace), &given).map(|all| all.outcomes().len()).ok(), Some(4));
            }
        }
    }
}
