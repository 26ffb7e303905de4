//! Environment reads that become a setting as they are: whether a conversion stands between is seen in the source only.

use crate::project::{Project, Setting};
use crate::python::{EnvValue, Value, ValueKind};
use crate::source::Loc;

/// Readers that always give a text when the variable is set, unless they are told otherwise.
const READERS: &[&str] = &["os.environ", "python-decouple", "django-environ", "environs", "python-dotenv"];

/// The read of an environment variable that surely gives a text, which becomes the setting without any conversion.
pub fn text_read<'v>(project: &Project, setting: &Setting, value: &'v Value) -> Option<(&'v EnvValue, Loc)> {
    let ValueKind::Env(env) = &value.kind else { return None };
    let at = value.at?;
    let whole = READERS.contains(&env.how) && is_whole(project, at);
    let named = value.trail.iter().all(|name| *name == setting.at || is_whole(project, *name));
    (whole && named && gives_text(project, env, at)).then_some((env, at))
}

/// Whether an expression is the whole right side of an assignment, a keyword argument or a dictionary's value.
pub fn is_whole(project: &Project, at: Loc) -> bool {
    let text = &project.sources.get(at.file).text;
    let before = text.get(..at.span.start as usize).unwrap_or_default().trim_end_matches([' ', '\t']);
    let after = text.get(at.span.end as usize..).unwrap_or_default().trim_start_matches([' ', '\t']);
    let assigned = before.strip_suffix('=').is_some_and(|rest| !rest.ends_with(['=', '!', '<', '>', '+', ':', '|']));
    let keyed = before.ends_with(':') && !before.ends_with("lambda:");
    let ends = after.is_empty() || after.starts_with(['\n', '\r', ',', '}', ')', '#']) || after.starts_with("or ");
    (assigned || keyed) && ends
}

/// Whether the call itself says nothing of another type: no `cast=`, no method such as `env.int`, no default that is a number
/// (django-environ takes its type).
fn gives_text(project: &Project, env: &EnvValue, at: Loc) -> bool {
    if env.how == "os.environ" || env.how == "python-dotenv" {
        return true;
    }
    let call = project.sources.snippet(at);
    let Some((callee, arguments)) = call.split_once('(') else { return false };
    let method = callee.rsplit_once('.').map_or("", |(_, method)| method);
    let plain = matches!(method, "" | "str") && !callee.contains("Csv") && !arguments.contains("cast");
    let typed = env.how == "django-environ"
        && env.default.as_ref().is_some_and(|it| !matches!(it.kind, ValueKind::None | ValueKind::Text(_)));
    plain && !typed && !has_scheme(project, env)
}

/// Whether `environ.Env(NAME=(int, 4))` gives the variable a type.
fn has_scheme(project: &Project, env: &EnvValue) -> bool {
    env.how == "django-environ"
        && env.keys.iter().any(|key| {
            let typed = |rest: &str| rest.trim_start_matches(' ').strip_prefix('=').is_some_and(opens);
            project.sources.files.iter().any(|file| {
                let ends = file.text.match_indices(key.as_str()).map(|(start, _)| start + key.len());
                ends.filter_map(|end| file.text.get(end..)).any(typed)
            })
        })
}

fn opens(value: &str) -> bool {
    value.trim_start_matches(' ').starts_with('(')
}
