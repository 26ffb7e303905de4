//! Values that stand for another value: template grammars, masks, and words like `changeme`.

use super::filler::is_filler;

/// Whether the value stands for one that somebody or something fills in.
pub fn is_placeholder(value: &str) -> bool {
    is_template(value)
        || is_mask(value)
        || is_published_example(value)
        || is_boolean(value)
        || is_filler(unframed(value))
        || says_so(value)
        || is_constant_name(value)
        || is_pattern(value)
        || is_sentence(value)
}

/// The value without the marks that people put around a word: `xxPASSWORDxx`, `**password**`, `'password'`.
fn unframed(value: &str) -> &str {
    let value = value.trim_matches(|c: char| "*_-#~.\"'".contains(c));
    value.strip_prefix("xx").and_then(|rest| rest.strip_suffix("xx")).map_or(value, |rest| rest.trim_matches('x'))
}

/// One of the parts is a word that nobody puts into a password (`p4ssw0rd-placeholder`, `CHANGE-ME-BROKER-TOKEN`).
fn says_so(value: &str) -> bool {
    const WORDS: &[&str] = &["placeholder", "redacted", "changeme", "replaceme"];
    let parts: Vec<String> = value.split(['-', '_', ' ', '.']).map(str::to_ascii_lowercase).collect();
    let asks = |pair: &[String]| matches!(pair, [verb, me] if me == "me" && matches!(&**verb, "change" | "replace"));
    (parts.iter().any(|part| WORDS.contains(&&**part)) || parts.windows(2).any(asks))
        && value.chars().filter(char::is_ascii_digit).count() < 4
}

/// `STORAGE_ACCOUNT_ACCESS_KEY`: the name of a variable, not its value.
fn is_constant_name(value: &str) -> bool {
    const ENDS: &[&str] = &["PASSWORD", "PASSWD", "PASS", "PASSPHRASE", "PWD", "PW", "SECRET", "KEY", "TOKEN", "AUTH"];
    value.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        && value.rsplit_once('_').is_some_and(|(start, last)| !start.is_empty() && ENDS.contains(&last))
}

/// A regular expression for a password: `.*`, `[^@]+`, `(\S+)`.
fn is_pattern(value: &str) -> bool {
    let value = wrapped(value, "(", ")").unwrap_or(value);
    let value = value.strip_prefix("?:").unwrap_or(value).trim_end_matches('?');
    let Some(one) = value.strip_suffix(['*', '+']).or_else(|| value.strip_suffix("{1,}")) else { return false };
    one == "." || wrapped(one, "[", "]").is_some() || matches!(one, r"\S" | r"\w" | r"\d" | r"\W" | r"\s")
}

/// A label or a message: `Redis password must be 8+ characters`, `What the broker expects`. Not a passphrase, which has
/// no small words.
fn is_sentence(value: &str) -> bool {
    let about = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        ["password", "passwords", "passphrase", "passwort", "contraseña", "senha"]
            .iter()
            .any(|known| word.to_lowercase() == *known)
    };
    const SMALL: &[&str] =
        &["a", "an", "at", "be", "e.g.", "for", "in", "is", "must", "of", "or", "the", "to", "what", "with", "your"];
    let small = |word: &str| SMALL.iter().any(|known| word.eq_ignore_ascii_case(known));
    let mut words = value.split_whitespace();
    value.len() <= 400
        && words.clone().count() > 1
        && (words.clone().any(about) || words.clone().count() > 2 && words.any(small))
}

/// What opens and closes a part that another program fills in; such a part makes the whole value dynamic.
const BRACKETS: &[(&str, &str)] = &[
    ("${", "}"),
    ("$(", ")"),
    ("{{", "}}"),
    ("{%", "%}"),
    ("<%", "%>"),
    ("#{", "}"),
    ("((", "))"),
    ("`", "`"),
    ("[[", "]]"),
    // cookiecutter-django: `!!!SET DJANGO_SECRET_KEY!!!`
    ("!!!", "!!!"),
];

fn is_template(value: &str) -> bool {
    BRACKETS.iter().any(|(open, close)| has_bracketed(value, open, close))
        || has_named_braces(value)
        || has_angle_words(value)
        || is_percent_format(value)
        || is_shell_variable(value)
        || wrapped(value, "__", "__").is_some_and(is_name)
        || wrapped(value, "%", "%").is_some_and(is_name)
        || wrapped(value, "@", "@").is_some_and(is_name)
        || wrapped(value, "#", "#").is_some_and(is_name)
        || wrapped(value, "[", "]").is_some_and(is_phrase)
}

fn has_bracketed(value: &str, open: &str, close: &str) -> bool {
    value.find(open).is_some_and(|at| value.get(at + open.len()..).is_some_and(|rest| rest.contains(close)))
}

fn wrapped<'a>(value: &'a str, open: &str, close: &str) -> Option<&'a str> {
    value.strip_prefix(open)?.strip_suffix(close)
}

/// `{password}`, `{0}`, `{}`, `{user[password]!r:>10}`; in the middle of a value only a name of three letters or more.
fn has_named_braces(value: &str) -> bool {
    if let Some(inner) = wrapped(value, "{", "}") {
        return !inner.contains(['{', '}']);
    }
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('{') {
        let Some(end) = after.find(['{', '}']) else { return false };
        let (inner, next) = after.split_at(end);
        if next.starts_with('}') && inner.len() >= 3 && is_name(inner) {
            return true;
        }
        rest = next;
    }
    false
}

/// `<password>`, `<your password here>`, `prefix-<name>`.
fn has_angle_words(value: &str) -> bool {
    value.split_once('<').and_then(|(_, after)| after.split_once('>')).is_some_and(|(inner, _)| is_phrase(inner))
}

/// `%s`, `%d`, `%(name)s`, whole; `%(name)s` also inside, as an INI interpolation.
fn is_percent_format(value: &str) -> bool {
    matches!(value, "%s" | "%r" | "%d" | "%v") || has_bracketed(value, "%(", ")s")
}

/// `$REDIS_PASSWORD`, `$redis_password`, `$redisPassword`, `$1`, `%env:NAME%`; not `$Tr0ngP4ss`.
fn is_shell_variable(value: &str) -> bool {
    let Some(name) = value.strip_prefix("$$").or_else(|| value.strip_prefix('$')) else { return false };
    let word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.is_empty();
    let upper = name.chars().any(|c| c.is_ascii_uppercase());
    let lower = name.chars().any(|c| c.is_ascii_lowercase());
    let digit = name.chars().any(|c| c.is_ascii_digit());
    word && !(upper && lower && digit)
}

fn is_name(text: &str) -> bool {
    text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | ':'))
}

/// Words, at least one letter.
fn is_phrase(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ' ' | '\'' | ':' | '/' | '…'))
}

/// `***`, `xxxxxxxx`, `...`, `XXXX-XXXX`, `????`, `0000`, an all-zero UUID.
fn is_mask(value: &str) -> bool {
    let mut marks = value.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase());
    let Some(first) = marks.next() else { return true };
    if !marks.all(|c| c == first) {
        return false;
    }
    match first {
        '*' | '.' | '_' | '?' | '#' | '•' | '●' | '…' | '█' | '~' | '=' => true,
        'x' => value.chars().count() >= 2,
        '0' => value.chars().count() >= 4,
        _ => false,
    }
}

/// The keys of Amazon's documentation (`…EXAMPLE`, `…EXAMPLEKEY`).
fn is_published_example(value: &str) -> bool {
    value.len() >= 16 && (value.ends_with("EXAMPLE") || value.ends_with("EXAMPLEKEY"))
}

/// Switches (`REDIS_AUTH=false`) are not passwords.
fn is_boolean(value: &str) -> bool {
    const SWITCHES: &[&str] =
        &["true", "false", "yes", "no", "on", "off", "none", "null", "nil", "undefined", "nan", "n/a"];
    SWITCHES.iter().any(|word| value.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_grammar_stands_for_a_value() {
        let values = [
            "<your-rabbit-password>",
            "<password>",
            "${MQ_PASS}",
            "$MQ_PASS",
            "$redis_password",
            "{password}",
            "{}",
            "{0}",
            "{{ redis_password }}",
            "{{redis_password}}",
            "%s",
            "%(password)s",
            "__MQ_PASS__",
            "%REDIS_PASSWORD%",
            "$(MQ_PASS)",
            "#{RedisPassword}#",
            "#{pw}",
            "${X:-changeme}",
            "$$(cat /run/secrets/kv_pass)",
            "${{ secrets.MQ_PASS }}",
            "((redis-pw))",
            "@REDIS_PASSWORD@",
            "[your password]",
            "<%= ENV['PW'] %>",
            "`cat pw`",
            "pre-${X}-post",
            "a-{redis_password}",
            "#PW#",
            "!!!SET MQ_PASSWORD!!!",
        ];
        for value in values {
            assert!(is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn published_keys_and_switches_stand_for_nothing_secret() {
        for value in ["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AKIAIOSFODNN7EXAMPLE", "false", "none", "changeme"] {
            assert!(is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn names_patterns_and_sentences_are_no_values() {
        let values = [
            "STORAGE_ACCOUNT_ACCESS_KEY",
            "MQ_PASS",
            r"\S+",
            "[^@]+",
            "(.*?)",
            "(?:[^:]+)",
            "xxPASSWORDxx",
            "**password**",
            "p4ssw0rd-placeholder",
            "CHANGE-ME-BOROGOVE-PASSWORD",
            "n/a",
            "Redis password must be 8+ characters",
            "Password 1:",
            "Secret for Redis, 16+ chars",
        ];
        for value in values {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["STORAGE_9_KEY", "KEY", "A+", "x.y+", "[a]b+", "correct horse battery", "Xplaceholder9"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn masks_stand_for_a_value() {
        for value in
            ["***", "XXXX", "xxxxxxxx", "...", "…", "????", "xxxx-xxxx", "----", "00000000-0000-0000-0000-000000000000"]
        {
            assert!(is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn a_password_that_contains_such_words_is_none() {
        let values = [
            "password123",
            "changemaker-Borogove-12",
            "Password.Toves",
            "pass$word9",
            "myhorse",
            "x",
            "secret",
            "redis",
            "admin",
            "mimsy$Wabe42",
            "a{b}c",
            "50%off",
            "key",
            "token",
            "Tr0ub4dor&3",
            "setup9Wabe",
            "password-Wabe",
            "rootpassword",
            "my-secret",
            "example",
        ];
        for value in values {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn long_and_hostile_values_are_cheap() {
        let long = "changeme".repeat(20_000);
        assert!(!is_placeholder(&long));
        assert!(!is_placeholder(&"{".repeat(200_000)));
    }
}
