//! What an env file's entries tell about it: whether it holds secrets, or nothing but harmless configuration.

use crate::celery::{Grade, GradeContext, env, grade, url};
use crate::files::{Entry, FileFacts};
use crate::project::{EnvFile, Project};

/// Entries that are in force (not commented); empty for a file that does not exist or was not read.
pub fn entries<'a>(project: &'a Project, file: &EnvFile) -> Vec<&'a Entry> {
    let facts: Option<&FileFacts> = file.file.and_then(|id| {
        let at = project.facts.binary_search_by_key(&id, |(file, _)| *file).ok()?;
        project.facts.get(at).map(|(_, facts)| facts)
    });
    facts.map_or(Vec::new(), |facts| facts.entries.iter().filter(|entry| !entry.commented).collect())
}

/// The entries that hold a real secret. A password that the file itself gives as a user's or a database's name is one for
/// development.
pub fn secrets<'a>(project: &'a Project, file: &EnvFile) -> Vec<&'a Entry> {
    const NAMES: &[&str] = &["USER", "USERNAME", "VHOST", "DB", "DATABASE", "NAME"];
    let entries = entries(project, file);
    let is_name = |entry: &&&Entry| {
        let last = entry.key().rsplit('_').next().unwrap_or_default().to_ascii_uppercase();
        NAMES.contains(&last.as_str())
    };
    let names: Vec<String> = entries.iter().filter(is_name).filter_map(|entry| entry.value.as_literal()).collect();
    let is_shown = |entry: &Entry| entry.value.as_literal().is_some_and(|value| names.contains(&value));
    entries.iter().copied().filter(|entry| is_secret(entry) && !is_shown(entry)).collect()
}

/// Last words of names that hold a secret of whatever service.
const SECRET_ENDS: &[&[&str]] = &[
    &["password"],
    &["passwd"],
    &["pass"],
    &["passphrase"],
    &["pwd"],
    &["secret"],
    &["token"],
    &["credentials"],
    &["secret", "key"],
    &["api", "key"],
    &["apikey"],
    &["access", "key"],
    &["private", "key"],
    &["signing", "key"],
    &["encryption", "key"],
    &["auth", "key"],
    &["account", "key"],
    &["license", "key"],
    &["webhook", "url"],
];

/// Marks of keys that frameworks make for development.
const FOR_DEVELOPMENT: &[&str] = &["insecure", "not-secret", "notsecret", "dev-only", "unsafe"];

/// Whether the entry holds a real secret, by its name or as a URL with a password.
pub fn is_secret(entry: &Entry) -> bool {
    // A password that is the user's name is one for development.
    let is_own = |secret: &url::UrlSecret| {
        secret.grade == Grade::Real
            && secret.user.as_deref().is_none_or(|user| !user.eq_ignore_ascii_case(&secret.value))
    };
    if url::secrets(&entry.value).iter().any(is_own) {
        return true;
    }
    let Some(value) = entry.value.as_literal() else { return false };
    let named = env::password_role(entry.key()).is_some() || ends_like_a_secret(entry.key());
    let lower = value.to_ascii_lowercase();
    named
        && value.trim().len() >= 4
        && grade(&value, GradeContext::default()) == Grade::Real
        && !FOR_DEVELOPMENT.iter().any(|mark| lower.contains(mark))
}

fn ends_like_a_secret(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(['_', '-', '.']).filter(|word| !word.is_empty()).collect();
    SECRET_ENDS.iter().any(|end| words.ends_with(end)) && !words.contains(&"public")
}

/// Names that a file may be committed with: which build, which ports, which containers.
const HARMLESS: &[&str] = &[
    "app_env",
    "appname",
    "app_name",
    "compose_file",
    "debug",
    "disable_new_jsx_transform",
    "django_debug",
    "django_settings_module",
    "env",
    "environment",
    "flask_app",
    "flask_debug",
    "flask_env",
    "generate_sourcemap",
    "gid",
    "host",
    "hostname",
    "lang",
    "lc_all",
    "log_level",
    "node_env",
    "pgid",
    "pip_no_cache_dir",
    "port",
    "project_name",
    "puid",
    "pythondontwritebytecode",
    "pythonpath",
    "pythonunbuffered",
    "skip_preflight_check",
    "stage",
    "tag",
    "timezone",
    "tz",
    "uid",
    "version",
];
/// What is compiled into a web page, or says how to build and start containers.
const HARMLESS_STARTS: &[&str] = &[
    "compose_",
    "docker_",
    "buildkit_",
    "next_public_",
    "nuxt_public_",
    "vite_",
    "react_app_",
    "gatsby_",
    "expo_public_",
    "public_",
];
const HARMLESS_ENDS: &[&str] = &[
    "_debug",
    "_gid",
    "_host",
    "_image",
    "_log_level",
    "_platform",
    "_port",
    "_ports",
    "_tag",
    "_timeout",
    "_timezone",
    "_uid",
    "_version",
    "_workers",
];

/// Whether the entry is known to be harmless: configuration, or a reference to a secret store (`op://…`), which is made
/// to be committed.
pub fn is_harmless(entry: &Entry) -> bool {
    let stored = |value: String| value.contains(':') && grade(&value, GradeContext::default()) == Grade::Reference;
    if entry.value.as_literal().is_some_and(stored) {
        return true;
    }
    let key = entry.key().to_ascii_lowercase();
    let known = HARMLESS.contains(&key.as_str())
        || HARMLESS_STARTS.iter().any(|start| key.starts_with(start))
        || HARMLESS_ENDS.iter().any(|end| key.ends_with(end));
    known && !is_secret(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Role;
    use crate::source::{FileId, Loc, Span, Text};

    fn entry(key: &str, value: &str) -> Entry {
        let at = Loc::new(FileId(0), Span::new(0, value.len() as u32));
        let value = Text::literal(value, at);
        Entry { path: vec![key.to_owned()], key_at: at, value, value_at: at, role: Role::Environment, commented: false }
    }

    #[test]
    fn secrets_are_told_by_name_and_value() {
        let cases = [
            ("SECRET_KEY", "9f8d7c6b5a4938271605", true),
            ("DATABASE_URL", "postgres://shop:Toves-403@pg/shop", true),
            ("REDIS_PASSWORD", "Toves-403", true),
            ("STRIPE_API_KEY", "sk_live_51Hxyz", true),
            ("SECRET_KEY", "django-insecure-9f8d7c6b5a", false),
            ("SECRET_KEY", "changeme", false),
            ("DATABASE_URL", "postgres://saleor:saleor@db/saleor", false),
            ("POSTGRES_PASSWORD", "postgres", false),
            ("CELERY_BROKER_URL", "redis://redis:6379/0", false),
            ("NEXT_PUBLIC_STRIPE_KEY", "pk_live_51Hxyz", false),
            ("K", "1", false),
        ];
        for (key, value, expected) in cases {
            assert_eq!(is_secret(&entry(key, value)), expected, "{key}={value}");
        }
    }

    #[test]
    fn harmless_configuration_is_told_by_name() {
        let cases = [
            ("COMPOSE_PROJECT_NAME", "paperless", true),
            ("PAPERLESS_VERSION", "2.1", true),
            ("NEXT_PUBLIC_API", "https://api", true),
            ("WEB_PORT", "80", true),
            ("SKIP_PREFLIGHT_CHECK", "true", true),
            ("CELERY_BROKER_URL", "op://prod/celery/broker-url", true),
            ("DATA", "/opt/data", false),
            ("K", "1", false),
            ("SECRET_KEY", "x", false),
            ("DOCKER_PASSWORD", "Toves-403", false),
        ];
        for (key, value, expected) in cases {
            assert_eq!(is_harmless(&entry(key, value)), expected, "{key}={value}");
        }
    }
}
