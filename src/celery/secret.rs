//! How grave a value in the place of a password is: the grading policy.
//!
//! A literal that reaches a broker or backend is a real credential whatever its strength and whatever its host. What is
//! never one: nothing, placeholders, masks, documented identities, references to a secret store, and RabbitMQ's
//! `guest:guest` on the loopback, the only host that RabbitMQ accepts it from.

use super::{filler, placeholder};

/// What kind of credential stands in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretKind {
    /// The password (or key) part of a URL.
    UrlPassword,
    /// A password on its own.
    Password,
    /// An access key, account key, token or connection string.
    Key,
}

/// What a value in the place of a password is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grade {
    /// A credential.
    Real,
    /// Well-known or empty of meaning (`admin:admin`, `secret`, `guest:guest` on another host): worth a note.
    Weak,
    /// Stands for a value that somebody fills in.
    Placeholder,
    /// Names the place of the secret, or a documented identity.
    Reference,
    Empty,
    /// `guest:guest` on the loopback.
    LoopbackGuest,
}

impl Grade {
    /// Whether a value of this grade is a credential at all.
    pub fn leaks(self) -> bool {
        matches!(self, Self::Real | Self::Weak)
    }
}

/// What stands around the value. None means not known; an empty host means the default one, which is the loopback.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GradeContext<'a> {
    pub user: Option<&'a str>,
    pub host: Option<&'a str>,
    pub scheme: Option<&'a str>,
}

/// Values that documentation, images and emulators publish as their default, and words that nobody means as a secret.
const WEAK: &[&str] = &["administrator", "foobared", "letmein", "minioadmin", "tester", "testing"];

/// Prefixes of the keys that emulators publish (Azurite, Cosmos DB): they open nothing.
const EMULATOR_KEYS: &[&str] = &["Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1", "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEH"];

/// Azure identities that stand in the place of a key and are none.
const IDENTITIES: &[&str] = &["defaultazurecredential", "managedidentitycredential", "workloadidentitycredential"];

/// How references to a secret store begin (compared in lower case).
const REFERENCES: &[&str] = &[
    "op://",
    "vault:",
    "vault://",
    "arn:",
    "aws-sm://",
    "aws-ssm://",
    "awssm:",
    "ssm:",
    "ssm://",
    "secretsmanager:",
    "secretsmanager://",
    "gcp-secret",
    "gcpsm:",
    "gcpsm://",
    "sm://",
    "azurekv",
    "akv:",
    "akvs:",
    "azkv:",
    "keyvault:",
    "@microsoft.keyvault(",
    "ref+",
    "secret://",
    "secret:",
    "file:",
    "env:",
    "env://",
    "keyring:",
    "bws:",
    "doppler:",
    "infisical:",
    "sops:",
    "enc[",
    "enc(",
    "!vault",
    "$ansible_vault",
    "{cipher}",
    "pkcs7[",
    "/run/",
    "/var/run/",
    "/etc/",
    "/mnt/",
    "/secrets/",
    "/vault/",
    "/opt/",
    "/home/",
    "./",
    "../",
    "~/",
    "@format ",
    "@jinja ",
    "@get ",
    "@file ",
    "os.environ",
    "os.getenv",
    "process.env",
    "getenv(",
];

/// Grades a value as written; percent-encoding is to be removed before.
pub fn grade(value: &str, context: GradeContext<'_>) -> Grade {
    let value = value.trim();
    if value.is_empty() {
        return Grade::Empty;
    }
    if is_reference(value) {
        return Grade::Reference;
    }
    if placeholder::is_placeholder(value) || EMULATOR_KEYS.iter().any(|key| value.starts_with(key)) {
        return Grade::Placeholder;
    }
    if value == "guest" && context.user.is_none_or(|user| user == "guest") && context.host.is_some_and(is_loopback) {
        return Grade::LoopbackGuest;
    }
    if is_weak(value) { Grade::Weak } else { Grade::Real }
}

/// The user's name is no excuse: `shop:shop` is the account's real password wherever it is used.
fn is_weak(value: &str) -> bool {
    WEAK.iter().any(|word| value.eq_ignore_ascii_case(word)) || filler::is_only_words(value)
}

fn is_reference(value: &str) -> bool {
    let start: String = value.chars().take(24).collect::<String>().to_ascii_lowercase();
    IDENTITIES.contains(&value.to_ascii_lowercase().as_str())
        || REFERENCES.iter().any(|prefix| start.starts_with(prefix))
        || (start.starts_with("projects/") && value.contains("/secrets/"))
}

/// Whether a host is this machine; the empty host is Celery's default, `localhost`.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.is_empty() || host.eq_ignore_ascii_case("localhost") || host == "::1" || is_loopback_v4(host)
}

fn is_loopback_v4(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(value: &str) -> Grade {
        grade(value, GradeContext::default())
    }

    #[test]
    fn real_passwords_are_real_however_weak() {
        let values = [
            "hunter2",
            "8830417265",
            "password123",
            "password1",
            "Whiffle-Uffish-403",
            "mimsy$Wabe42",
            "p@ss",
            "P4ssw0rd!",
            "Snark@Gyre31",
            "Gümble-Wäbe-73",
            "bitnami",
            "changemaker-Borogove-12",
            "a{b",
            "100%sure",
            "x",
            "xX9$kk",
            "my-horse-staple",
            "12525330a17755baa02b9bc2f8399d55",
            "Toves<Raths",
            "yourself-Mimsy-77",
            "replaceable42Toves",
            "a0227f42-2172-2668-72a1-4f1fc18280a8",
            "todoist-Raths-12",
            "e.x.t.r.a",
            "pass-the-Borogove",
            "$Tr0ngP4ss",
            "12345",
        ];
        for value in values {
            assert_eq!(alone(value), Grade::Real, "{value}");
        }
    }

    #[test]
    fn nothing_is_no_credential() {
        assert_eq!(alone(""), Grade::Empty);
        assert_eq!(alone("  "), Grade::Empty);
    }

    #[test]
    fn references_and_identities_are_not_credentials() {
        let values = [
            "op://prod/celery/password",
            "vault:secret/data/redis#password",
            "arn:aws:secretsmanager:eu-west-1:1:secret:x",
            "/run/secrets/redis_password",
            "/var/run/secrets/mq-password",
            "projects/p/secrets/redis/versions/latest",
            "ENC[AES256_GCM,data:c3ludGg=]",
            "!vault |",
            "$ANSIBLE_VAULT;1.1;AES256",
            "{cipher}6331",
            "ref+vault://a#/b",
            "DefaultAzureCredential",
            "managedidentitycredential",
            "@format {env[X]}",
        ];
        for value in values {
            assert_eq!(alone(value), Grade::Reference, "{value}");
        }
    }

    #[test]
    fn well_known_values_are_weak() {
        for value in [
            "secret",
            "guest",
            "admin",
            "test",
            "top-secret",
            "foobared",
            "mysecretpassword",
            "rootpassword",
            "example",
        ] {
            assert_eq!(alone(value), Grade::Weak, "{value}");
        }
    }

    #[test]
    fn a_password_that_is_the_users_name_is_real_unless_everybody_knows_it() {
        for (user, expected) in [("shop", Grade::Real), ("admin", Grade::Weak), ("guest", Grade::Weak)] {
            let context = GradeContext { user: Some(user), host: Some("mq"), scheme: Some("amqp") };
            assert_eq!(grade(user, context), expected, "{user}");
        }
    }

    #[test]
    fn guest_is_accepted_on_the_loopback_only() {
        let cases = [
            (Some("localhost"), Grade::LoopbackGuest),
            (Some("127.0.0.1"), Grade::LoopbackGuest),
            (Some("127.0.1.1"), Grade::LoopbackGuest),
            (Some("[::1]"), Grade::LoopbackGuest),
            (Some(""), Grade::LoopbackGuest),
            (Some("rabbitmq"), Grade::Weak),
            (Some("127.0.0.1.nip.io"), Grade::Weak),
            (None, Grade::Weak),
        ];
        for (host, expected) in cases {
            let context = GradeContext { user: Some("guest"), host, scheme: Some("amqp") };
            assert_eq!(grade("guest", context), expected, "{host:?}");
        }
    }

    #[test]
    fn published_emulator_keys_open_nothing() {
        assert_eq!(alone("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq"), Grade::Placeholder);
    }
}
