//! How a worker calls the task that is given as `link_error` (celery/backends/base.py, `_call_task_errbacks`): a function with
//! several parameters is called at once, with the request, the error and the traceback; any other is sent, with the id of the failed task.

use super::arguments::{Checker, Given, Mismatch, Signature};
use super::release::Minor;

/// What the task gets before the arguments of its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Called {
    /// `(request, exc, traceback)`
    AtOnce,
    /// `(task_id)`
    Sent,
}

impl Called {
    pub fn count(self) -> usize {
        match self {
            Self::AtOnce => 3,
            Self::Sent => 1,
        }
    }

    pub fn checker(self) -> Checker {
        match self {
            Self::AtOnce => Checker::Python,
            Self::Sent => Checker::Celery,
        }
    }
}

/// How a release calls a task by its parameters and those that the signature holds.
pub fn called(signature: &Signature, held: Given, immutable: bool, release: Minor) -> Called {
    if signature.bound && release >= Minor(4, 2) {
        return Called::Sent;
    }
    let own = signature.positional.len().saturating_sub(usize::from(signature.bound));
    let (count, rest) = Some(())
        .filter(|()| !immutable && release >= Minor(5, 7))
        .and_then(|()| left(signature, held))
        .unwrap_or((own, signature.rest));
    if rest || count > 1 { Called::AtOnce } else { Called::Sent }
}

/// How many positional parameters `functools.partial` leaves, and whether any number more; none where the arguments do not fit.
fn left(signature: &Signature, held: Given) -> Option<(usize, bool)> {
    if signature.mismatch(Given { open: true, ..held }, Checker::Celery).is_some() {
        return None;
    }
    // From the first one that is given by its name on, all are keyword-only.
    let named = signature.positional.iter().position(|it| held.named.contains(&it.name.as_str()));
    let count = named.unwrap_or(signature.positional.len()).saturating_sub(held.positional);
    Some((count, signature.rest && named.is_none()))
}

/// What is wrong with a signature as `link_error` in a release; `held` are its own arguments.
pub fn mismatch(signature: &Signature, held: Given, immutable: bool, release: Minor) -> Option<(Mismatch, Called)> {
    let called = called(signature, held, immutable, release);
    let before = if immutable { 0 } else { called.count() };
    let given = Given { positional: held.positional + before, ..held };
    signature.mismatch(given, called.checker()).map(|wrong| (wrong, called))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::celery::release::Releases;
    use crate::project::Project;
    use crate::source::{FileKind, SourceFile, Sources};
    use serde_json::Value;

    #[test]
    fn every_row_of_the_table_of_real_errbacks_agrees() {
        let table: Value = serde_json::from_str(include_str!("../../fixtures/facts/errbacks.json")).unwrap();
        let cases = table["cases"].as_array().unwrap();
        let mut text = "from celery import Celery\napp = Celery('shop')\n".to_owned();
        for (index, row) in cases.iter().enumerate() {
            let (head, call) = (row["def"].as_str().unwrap(), row["call"].as_str().unwrap());
            let own = if row["bind"] == true { "self, " } else { "" };
            let bind = if row["bind"] == true { "(bind=True)" } else { "" };
            text += &format!("@app.task{bind}\ndef f{index}({own}{head}): ...\nf{index}.{call}\n");
        }
        let file = SourceFile::new("shop/tasks.py", FileKind::Python, text);
        let project = Project::link(Sources::new("/p".into(), None, vec![file]), &Default::default());
        let mut wrong = Vec::new();
        for ((row, task), sent) in cases.iter().zip(&project.tasks).zip(&project.submissions) {
            let signature = &task.signature.as_ref().unwrap().parameters;
            let passed = sent.passed.as_ref().unwrap();
            let named: Vec<&str> = passed.named.iter().filter_map(|it| it.name.as_deref()).collect();
            let held = Given { positional: passed.positional.len(), named: &named, open: false };
            for release in Releases::all().iter() {
                let immutable = !passed.partial;
                let ours = match mismatch(signature, held, immutable, release) {
                    Some((wrong, _)) => format!("TypeError: f() {}", wrong.words()),
                    None if called(signature, held, immutable, release) == Called::AtOnce => "called".to_owned(),
                    None => "sent".to_owned(),
                };
                let is = |releases: &Value| releases.as_array().unwrap().iter().any(|it| *it == release.to_string());
                let real = row["outcomes"].as_object().unwrap().iter().find(|(_, releases)| is(releases)).unwrap().0;
                if *real != ours {
                    wrong.push(format!("{row} in {release}: {ours}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
        assert!(cases.len() >= 700);
    }
}
