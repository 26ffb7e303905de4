//! Credentials in settings: URLs, passwords, and what stands inside dictionaries of options.

use super::{Secret, SecretKind, weight_of};
use crate::celery::secret_paths::{self, Carries};
use crate::celery::{GradeContext, grade, url};
use crate::project::Setting;
use crate::project::setting::How;
use crate::python::{Value, ValueKind};
use crate::source::{Loc, Piece, Text};

pub(super) fn find(settings: &[Setting]) -> Vec<Secret> {
    let mut found = Vec::new();
    for setting in settings.iter().filter(|setting| secret_paths::may_carry(&setting.name)) {
        let mut own = Vec::new();
        walk(&setting.name, &setting.value, &mut Vec::new(), &mut own);
        for mut secret in own {
            secret.trail = trail(setting, &secret);
            found.push(secret.carried_by(&setting.name));
        }
    }
    found
}

/// The credentials in a value that is as good as that setting's.
pub(super) fn in_options(setting: &str, value: &Value) -> Vec<Secret> {
    let mut found = Vec::new();
    walk(setting, value, &mut Vec::new(), &mut found);
    found
}

fn walk(setting: &str, value: &Value, path: &mut Vec<String>, found: &mut Vec<Secret>) {
    if path.len() > 6 {
        return;
    }
    match &value.kind {
        ValueKind::OneOf(values) => values.iter().for_each(|value| walk(setting, value, path, found)),
        ValueKind::Dict(dict) => {
            for (key, value) in &dict.entries {
                let Some(key) = key.as_literal() else { continue };
                path.push(key);
                walk(setting, value, path, found);
                path.pop();
            }
        }
        ValueKind::List { items, .. } => {
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                walk(setting, item, path, found);
                path.pop();
            }
        }
        ValueKind::Text(_) | ValueKind::Env(_) => {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            if let Some(carries) = secret_paths::carries(setting, &path) {
                let opens = opens(setting);
                found.extend(at_place(&value.to_text(), carries, opens));
            }
        }
        _ => {}
    }
}

/// The credentials of a text that stands where `carries` says.
pub(super) fn at_place(text: &Text, carries: Carries, opens: &str) -> Vec<Secret> {
    match carries {
        Carries::Url => url::secrets(text).into_iter().filter_map(|found| Secret::from_url(found, opens)).collect(),
        Carries::Secret(kind) => plain(text, kind, opens, GradeContext::default()).into_iter().collect(),
        Carries::UserPassword => user_password(text, opens),
    }
}

/// A text that is a credential as a whole: literal pieces only, or the literal default of an environment read.
pub(super) fn plain(text: &Text, kind: SecretKind, opens: &str, context: GradeContext<'_>) -> Option<Secret> {
    let mut value = String::new();
    let mut at = Vec::new();
    let mut in_default = false;
    for piece in &text.pieces {
        match piece {
            Piece::Literal { text, at: place } => {
                value.push_str(text);
                at.push(*place);
            }
            Piece::Env { default: Some(default), .. } if text.pieces.len() == 1 => {
                in_default = true;
                value = default.as_literal()?;
                at.extend(default.pieces.iter().filter_map(literal_at));
            }
            Piece::Env { .. } | Piece::Unknown { .. } => return None,
        }
    }
    let weight = weight_of(grade(&value, context))?;
    Some(Secret {
        at,
        value,
        kind,
        weight,
        opens: opens.to_owned(),
        trail: Vec::new(),
        carrier: None,
        in_default,
        in_test: false,
        in_template: false,
        repair: None,
    })
}

/// `user:password`, perhaps several with commas.
pub(super) fn user_password(text: &Text, opens: &str) -> Vec<Secret> {
    let literal = match text.pieces.as_slice() {
        [Piece::Literal { text, at }] => Some((text.as_str(), *at)),
        [Piece::Env { default: Some(default), .. }] => match default.pieces.as_slice() {
            [Piece::Literal { text, at }] => Some((text.as_str(), *at)),
            _ => None,
        },
        _ => None,
    };
    let Some((literal, at)) = literal else { return Vec::new() };
    let mut found = Vec::new();
    let mut start = 0;
    for pair in literal.split(',') {
        if let Some((user, password)) = pair.split_once(':') {
            let from = start + user.len() + 1;
            let place = crate::source::text::place_in_literal(literal, at, from..from + password.len());
            let context = GradeContext { user: Some(user), ..GradeContext::default() };
            let text = Text::literal(password, place);
            found.extend(plain(&text, SecretKind::Password, opens, context));
        }
        start += pair.len() + 1;
    }
    found
}

fn literal_at(piece: &Piece) -> Option<Loc> {
    match piece {
        Piece::Literal { at, .. } => Some(*at),
        _ => None,
    }
}

/// What a setting's credential opens.
pub(super) fn opens(setting: &str) -> &'static str {
    match setting {
        "redis_password"
        | "redbeat_redis_url"
        | "redbeat_redis_options"
        | "singleton_backend_url"
        | "ONCE"
        | "singleton_backend_kwargs" => "Redis",
        "basic_auth" | "broker_api" => "Flower",
        "security_key_password" => "message signing key",
        name if name.starts_with("broker") => "broker",
        _ => "result backend",
    }
}

/// The way from the secret to Celery, as far as it leads over other lines.
fn trail(setting: &Setting, secret: &Secret) -> Vec<(Loc, String)> {
    let mut trail = Vec::new();
    let own = secret.at.first().map(|at| at.file);
    let far = |at: Loc| secret.at.iter().all(|secret| secret.file != at.file || !near(*secret, at));
    if far(setting.at) && setting.how != How::Loose {
        trail.push((setting.at, format!("reaches Celery here as `{}`", setting.name)));
    } else if far(setting.at) {
        trail.push((setting.at, format!("becomes `{}` here", setting.written)));
    }
    if let Some(enters) = setting.enters.filter(|at| Some(at.file) != own || far(*at)) {
        trail.push((enters, "Celery takes its configuration from there".to_owned()));
    }
    trail
}

/// On about the same line: nothing to tell.
fn near(a: Loc, b: Loc) -> bool {
    let gap = a.span.start.saturating_sub(b.span.end).max(b.span.start.saturating_sub(a.span.end));
    a.file == b.file && gap < 60
}
