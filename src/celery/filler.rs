//! Words that stand for a value (`changeme`, `your-password-here`), and nothing but words.
//!
//! A real password may contain such a word, so words count only when nothing else is left of the value.

use std::sync::LazyLock;

/// Words that ask for a value: one of them, and nothing but words of these lists, makes a filler.
const ASKING: &str = "\
    change changed changeme changeit changethis replace replaced replaceme insert enter fill fillin fillme put set \
    add paste provide todo fixme tbd tba redacted masked hidden removed omitted censored scrubbed sanitized \
    placeholder dummy fake sample your yours unset update edit override generate choose use notset notreal \
    dein deine votre jouw cambiar cambiame cámbiame alterar remplacer ändern aendern ersetzen вставьте ваш";

/// Words for the thing itself: alone they make a filler too.
const THINGS: &str = "\
    password passwd pass passwort passphrase pwd pw psw credential credentials passwords passe \
    contraseña contrasena clave senha motdepasse mdp kennwort wachtwoord parola hasło haslo heslo jelszó jelszo \
    lösenord losenord salasana adgangskode passord şifre sifre пароль 密码 密碼 口令 パスワード 비밀번호";

/// Words that make a published or lazy password of it (`rootpassword`, `secretpass`) rather than a filler.
const SERIOUS: &str = "\
    admin root secret secrets super test guest very top demo";

/// Words that may stand beside them.
const BESIDE: &str = "\
    a an the this that it me in on to for of with from and or at here now please must be before after deploy \
    deployment production prod staging dev local secure secured strong stronger random long some something value \
    values string text word own real actual new default generated later safe good complex unique very user username \
    name host db database redis rabbitmq rabbit amqp broker celery mq flower backend result sentinel cache queue \
    account access azure aws sas primary shared master connection app project service server key keys token api auth \
    id env up out off else is only not commit do sqs mongo mongodb postgres mysql goes ci my example development \
    docker kombu worker valkey bar foo baz qux storage namespace bus policy non mot aqui aquí hier \
    ici";

/// Words so short that they are looked for only where they stand alone.
const ALONE: &str = "tu su sua seu de du la le el mi uw no sk pk";

/// Longer values are not looked at: nobody writes a filler of this length.
const LONGEST_FILLER: usize = 80;

/// Every word with its class.
static WORDS: LazyLock<Vec<(u8, &str)>> = LazyLock::new(|| {
    let lists = [(ASKS, ASKING), (SERIOUSLY, SERIOUS), (THING, THINGS), (0, BESIDE)];
    lists.iter().flat_map(|(class, words)| words.split_whitespace().map(|word| (*class, word))).collect()
});

const THING: u8 = 1;
const SERIOUSLY: u8 = 2;
const ASKS: u8 = 4;

/// Whether the value asks for one, or only names what it stands for.
pub fn is_filler(value: &str) -> bool {
    words(value).is_some_and(|seen| seen.asks() || (seen.has(THING) && !seen.has(SERIOUSLY) && !seen.number))
}

/// Whether the value is nothing but words of these lists, without digits (`admin`, `redis-secret`): not a filler perhaps,
/// but nobody's secret either.
pub fn is_only_words(value: &str) -> bool {
    words(value).is_some_and(|seen| !seen.number)
}

#[derive(Default)]
struct Words {
    classes: u8,
    number: bool,
}

impl Words {
    fn has(&self, class: u8) -> bool {
        self.classes & class != 0
    }

    fn asks(&self) -> bool {
        self.has(ASKS)
    }
}

/// The classes of the words that the value is made of; none when something else is left.
fn words(value: &str) -> Option<Words> {
    if value.len() > LONGEST_FILLER {
        return None;
    }
    let mut seen = Words::default();
    let mut any = false;
    for run in value.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
        // Numbers may follow words (`changeme123`), and words may touch (`yourPassword`).
        let word = run.trim_end_matches(|c: char| c.is_ascii_digit());
        seen.number |= word.len() < run.len();
        seen.classes |= classes_of(&word.to_lowercase())?;
        any |= !word.is_empty();
    }
    any.then_some(seen)
}

/// Splits a run of lower-case letters into known words; of several ways the one that asks wins.
fn classes_of(run: &str) -> Option<u8> {
    if ALONE.split_whitespace().any(|word| word == run) {
        return Some(0);
    }
    // `best[i]`: the first i bytes can be split, into words of these classes.
    let mut best: Vec<Option<u8>> = vec![None; run.len() + 1];
    if let Some(start) = best.first_mut() {
        *start = Some(0);
    }
    for at in 0..run.len() {
        let (Some(Some(bits)), Some(rest)) = (best.get(at).copied(), run.get(at..)) else { continue };
        for (class, word) in WORDS.iter().filter(|(_, word)| rest.starts_with(word)) {
            if let Some(end) = best.get_mut(at + word.len()) {
                *end = (*end).max(Some(bits | class));
            }
        }
    }
    best.last().copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filler_words_stand_for_a_value() {
        let values = [
            "password",
            "PASSWORD",
            "pass",
            "passwd",
            "redis_password",
            "changeme",
            "CHANGE_ME",
            "change-me-in-production",
            "ChangeMe!",
            "changeme123",
            "your-password",
            "yourRedisPassword",
            "your_redis_password_here",
            "my-password",
            "mypassword",
            "REPLACE_ME",
            "replace-with-real-password",
            "INSERT_PASSWORD_HERE",
            "TODO",
            "REDACTED",
            "placeholder",
            "dummy",
            "example-password",
            "YOUR_SAS_KEY",
            "sk-YOUR_API_KEY",
            "set-me",
            "your-strong-password-1",
            "contraseña",
            "votre_mot_de_passe",
            "dein-passwort",
            "sua_senha",
            "пароль",
            "密码",
            "not-a-real-password",
        ];
        for value in values {
            assert!(is_filler(value), "{value}");
        }
    }

    #[test]
    fn words_that_nobody_fills_in_are_no_filler() {
        let values = [
            "password123",
            "changemaker-Borogove-12",
            "Password.Toves",
            "secret",
            "redis",
            "admin",
            "key",
            "setup9Wabe",
            "password-Wabe",
            "rootpassword",
            "my-secret",
            "example",
            "sulamide",
            "мой-пёс",
        ];
        for value in values {
            assert!(!is_filler(value), "{value}");
        }
    }

    #[test]
    fn only_words_means_no_digit_and_no_other_letter() {
        for (value, expected) in
            [("redis-secret", true), ("admin", true), ("admin1", false), ("hunter", false), ("--", false)]
        {
            assert_eq!(is_only_words(value), expected, "{value}");
        }
    }
}
