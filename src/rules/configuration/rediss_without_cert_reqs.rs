//! `rediss-without-cert-reqs`: see its page.

use super::urls::{self, Side, Written};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::{Project, production};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/rediss-without-cert-reqs.md"), Check::Project(check));

/// What Celery takes (celery/backends/redis.py); anything else raises the same error.
const TAKEN: &[&str] = &["CERT_REQUIRED", "CERT_OPTIONAL", "CERT_NONE", "required", "optional", "none"];

fn check(project: &Project, out: &mut Report) {
    // The options may say it instead, wherever they are set.
    if project.settings.iter().any(|setting| setting.name == "redis_backend_use_ssl") {
        return;
    }
    for url in urls::written(project) {
        let secure = url.side == Side::Backend && url.scheme() == Some("rediss");
        let said = || url.parameter("ssl_cert_reqs").is_some_and(|value| TAKEN.contains(&value));
        if secure && url.is_known() && !said() && !speaks_of_it(project) {
            out.push(describe(&url));
        }
    }
}

/// Whether code adds the parameter in a way that is not followed.
fn speaks_of_it(project: &Project) -> bool {
    project.sources.files.iter().any(|file| {
        let code = file.kind == crate::source::FileKind::Python && !production::is_shown(&file.path);
        code && ["ssl_cert_reqs=", "redis_backend_use_ssl", "REDIS_BACKEND_USE_SSL"]
            .iter()
            .any(|word| file.text.contains(word) && !only_in_urls(&file.text, word))
    })
}

/// Whether every mention is a part of a whole URL, which is looked at by itself.
fn only_in_urls(text: &str, word: &str) -> bool {
    word.ends_with('=')
        && text.match_indices(word).all(|(at, _)| {
            let line = text.get(..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
            line.contains("rediss://")
        })
}

fn describe(url: &Written<'_>) -> Finding {
    let label = "creating the backend raises `ValueError: A rediss:// URL must have parameter ssl_cert_reqs`";
    let finding = Finding::new(&RULE, "The result backend's URL lacks `ssl_cert_reqs`", url.at, label)
        .help("Add `?ssl_cert_reqs=CERT_REQUIRED`")
        .symbol(url.setting.name.as_str());
    match fix(url) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

fn fix(url: &Written<'_>) -> Option<Fix> {
    let text = url.text();
    if text.contains("ssl_cert_reqs") || text.contains('#') {
        return None;
    }
    let joint = if text.contains('?') { '&' } else { '?' };
    let start = text.char_indices().next_back()?.0;
    let (last, at) = (text.get(start..)?, url.place(start..text.len())?);
    let title = "Ask for a valid certificate";
    Some(Fix::new(title, Applicability::Unsafe).replace(at, format!("{last}{joint}ssl_cert_reqs=CERT_REQUIRED")))
}
