//! Which variables Celery reads, and what names say about what they hold.

use super::*;

#[test]
fn the_table_is_complete() {
    assert_eq!(all().len(), 40);
}

#[test]
fn celery_reads_its_own_variables_and_its_options() {
    for key in
        ["CELERY_BROKER_URL", "CELERY_RESULT_BACKEND", "C_FORCE_ROOT", "CELERY_WORKER_CONCURRENCY", "FLOWER_PORT"]
    {
        assert!(is_read_by_celery(key), "{key}");
    }
    for key in ["CELERY_TASK_SERIALIZER", "BROKER_URL", "FLOWER_", "DEBUG"] {
        assert!(!is_read_by_celery(key), "{key}");
    }
}

#[test]
fn names_of_our_passwords_are_told_by_their_words() {
    let cases = [
        ("RABBITMQ_DEFAULT_PASS", Some(Service::RabbitMq)),
        ("RABBITMQ_PASSWORD", Some(Service::RabbitMq)),
        ("REDIS_PASSWORD", Some(Service::Redis)),
        ("SHOP_REDIS_PASSWORD", Some(Service::Redis)),
        ("CELERY_REDIS_PASSWORD", Some(Service::Redis)),
        ("REDIS_PASSWORD_PROD", Some(Service::Redis)),
        ("MQ_PASSWORD_PRODUCTION", Some(Service::Broker)),
        ("CELERY_BROKER_PASSWORD", Some(Service::Broker)),
        ("DJANGO_BROKER_PASS", Some(Service::Broker)),
        ("CELERY_S3_SECRET_ACCESS_KEY", Some(Service::Broker)),
        ("CELERY_SECRET_KEY", None),
        ("BROKER_PASS", Some(Service::Broker)),
        ("CELERY_RESULT_BACKEND_PASSWORD", Some(Service::ResultBackend)),
        ("CELERY_FLOWER_PASSWORD", Some(Service::Flower)),
        ("FLOWER_BASIC_AUTH", Some(Service::Flower)),
        ("requirepass", Some(Service::Redis)),
        ("masterauth", Some(Service::Redis)),
        ("default_pass", Some(Service::RabbitMq)),
        ("redisPassword", Some(Service::Redis)),
        ("REDISCLI_AUTH", Some(Service::Redis)),
        ("POSTGRES_PASSWORD", None),
        ("CELERY_DB_PASSWORD", None),
        ("EMAIL_PASSWORD", None),
        ("SECRET_KEY", None),
        ("REDIS_PASSWORD_FILE", None),
        ("REDIS_KEY_PREFIX", None),
        ("PASSWORD_HASHERS", None),
        ("RABBITMQ_DEFAULT_USER", None),
        ("REDIS_URL", None),
        ("PASSWORD", None),
        ("CELERY_TASK_RESET_PASSWORD_ENABLED", None),
    ];
    for (key, expected) in cases {
        assert_eq!(password_role(key).map(|role| role.service), expected, "{key}");
    }
}

#[test]
fn outer_keys_may_name_the_service() {
    let cases: &[(&[&str], Option<Service>)] = &[
        (&["redis", "auth", "password"], Some(Service::Redis)),
        (&["rabbitmq", "password"], Some(Service::RabbitMq)),
        (&["celery", "broker_password"], Some(Service::Broker)),
        (&["postgresql", "auth", "password"], None),
        (&["redis", "auth", "existingSecret"], None),
        (&["password"], None),
    ];
    for (path, expected) in cases {
        assert_eq!(password_role_at(path).map(|role| role.service), *expected, "{path:?}");
    }
}

#[test]
fn outer_keys_may_name_the_service_of_a_url() {
    let cases: &[(&[&str], Option<Service>)] = &[
        (&["celery", "backendUrl"], Some(Service::Broker)),
        (&["celery", "backend"], Some(Service::ResultBackend)),
        (&["celery", "broker", "url"], Some(Service::Broker)),
        (&["celery", "database_url"], None),
        (&["worker", "url"], None),
        (&["url"], None),
    ];
    for (path, expected) in cases {
        assert_eq!(url_role_at(path), *expected, "{path:?}");
    }
}

#[test]
fn names_of_our_urls_are_told_by_their_words() {
    let cases = [
        ("CELERY_BROKER_URL", Some(Service::Broker)),
        ("SHOP_CELERY__RESULT_BACKEND", Some(Service::ResultBackend)),
        ("CELERY_BACKEND", Some(Service::ResultBackend)),
        ("BROKER", Some(Service::Broker)),
        ("RABBITMQ_URL", Some(Service::RabbitMq)),
        ("REDIS_URL", Some(Service::Redis)),
        ("REDIS_URL_2", Some(Service::Redis)),
        ("FLOWER_BROKER_API", Some(Service::Flower)),
        ("broker_api", Some(Service::Flower)),
        ("DATABASE_URL", None),
        ("SHOP_API", None),
        ("EMAIL_BACKEND", None),
        ("CELERY_EMAIL_BACKEND", None),
    ];
    for (key, expected) in cases {
        assert_eq!(url_role(key), expected, "{key}");
    }
}
