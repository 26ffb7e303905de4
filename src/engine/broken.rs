//! Findings about files that could not be read, or not be parsed completely.

use crate::finding::{Finding, Severity};
use crate::project::Project;
use crate::project::link::is_test_path;
use crate::project::unseen::is_large_data;
use crate::rules::files::{invalid_syntax, unreadable_file};
use crate::source::files::ReadError;
use crate::source::{FileId, FileKind, Loc, SourceFile, Span};

pub(super) fn files(project: &Project) -> Vec<Finding> {
    let unreadable = project.sources.unreadable.iter().filter(|(path, error)| !is_of_no_interest(path, error));
    let unreadable = unreadable.map(|(path, error)| {
        let finding = Finding::on_path(&unreadable_file::RULE, unreadable_message(error), path.as_str());
        finding.severity(unreadable_severity(path, error)).help(unreadable_help(error)).symbol(path.as_str())
    });
    let errors = || {
        let all = project.syntax_errors.iter().filter(|(file, ..)| !is_test_data(project.sources.get(*file)));
        all.map(|(file, span, message)| (Loc::new(*file, *span), message))
    };
    let is_template = |at: Loc| is_template(project.sources.get(at.file), at.span);
    let syntax = errors().filter(|(at, _)| !is_template(*at)).map(|(at, message)| syntax(project, at, message));
    let templates: Vec<Loc> = errors().map(|(at, _)| at).filter(|at| is_template(*at)).collect();
    unreadable.chain(syntax).chain(in_templates(&templates)).chain(failures(project)).collect()
}

/// Bugs of ours that cost the understanding of a file.
pub fn failures(project: &Project) -> Vec<Finding> {
    let finding = |(file, place): &(FileId, String)| {
        let path = project.sources.path(*file);
        let message = format!("Reading the file failed at {place}");
        super::our_bug(&message, path).symbol(path)
    };
    let lowering = project.modules.failures();
    project.failures.iter().chain(&lowering).map(finding).collect()
}

/// More templates than these are only counted.
const MOST_RELATED: usize = 5;

/// What fills in a template, nobody can read before: one note for all of a project's.
fn in_templates(places: &[Loc]) -> Option<Finding> {
    let (first, others) = places.split_first()?;
    let message = match others.len() {
        0 => "The file is a template, of which only a part was understood".to_owned(),
        count => format!("{} files are templates, of which only a part was understood", count + 1),
    };
    let finding = Finding::new(&invalid_syntax::RULE, message, *first, "").severity(Severity::Note);
    let finding = finding.help("Leave them out with `exclude` if nothing in them matters here");
    let related = |finding: Finding, at: &Loc| finding.related(*at, "another one");
    Some(others.iter().take(MOST_RELATED).fold(finding, related))
}

fn unreadable_message(error: &ReadError) -> String {
    format!("The file was not read: {error}")
}

/// Data that tests feed to a program is not looked at, whatever its size.
fn is_of_no_interest(path: &str, error: &ReadError) -> bool {
    is_large_data(path, error) && is_test_path(path)
}

/// Data that tests feed to a program may well be broken on purpose.
fn is_test_data(file: &SourceFile) -> bool {
    matches!(file.kind, FileKind::Json | FileKind::Yaml) && is_test_path(&file.path)
}

/// Big files of data are left out on purpose: worth a note, no more.
fn unreadable_severity(path: &str, error: &ReadError) -> Severity {
    if is_large_data(path, error) { Severity::Note } else { unreadable_file::RULE.severity }
}

fn unreadable_help(error: &ReadError) -> &'static str {
    match error {
        ReadError::Io(_) | ReadError::Unlisted(_) => "Make the file readable, or leave it out with `exclude`",
        ReadError::TooLarge { .. } => "Leave the file out with `exclude`",
        ReadError::NotText { .. } => "Save the file as UTF-8, or leave it out with `exclude`",
        ReadError::UnknownEncoding(_) => "Name an encoding that Python knows, or save the file as UTF-8",
    }
}

/// Python that CPython would refuse is an error. What tests feed to a program, and readers of other notations, may well
/// accept more than we do: a note.
fn syntax(project: &Project, at: Loc, message: &str) -> Finding {
    let file = project.sources.get(at.file);
    let finding = Finding::new(&invalid_syntax::RULE, message, at, "");
    if file.kind == FileKind::Python && !is_test_path(&file.path) {
        return finding.help("Correct the syntax: only a part of the file was understood");
    }
    finding
        .severity(Severity::Note)
        .help("Correct the syntax, unless it is wrong on purpose: only a part was understood")
}

/// Marks that stand in templates for Jinja, cookiecutter and copier, and hardly anywhere else.
const MARKS: &[&str] = &["{%", "{#", "{{ cookiecutter", "{{cookiecutter", "{{ copier", "{{-", "<%"];

/// How many bytes around an error are looked at.
const NEAR: usize = 400;

fn is_template(file: &SourceFile, error: Span) -> bool {
    if file.path.contains("{{") || file.path.contains("{%") {
        return true;
    }
    let bytes = file.text.as_bytes();
    let start = (error.start as usize).saturating_sub(NEAR).min(bytes.len());
    let end = (error.end as usize).saturating_add(NEAR).min(bytes.len());
    let near = &bytes[start..end];
    let marked = MARKS.iter().any(|mark| memchr::memmem::find(near, mark.as_bytes()).is_some());
    // `{{ name }}` in the line itself: in Python a set in a set, which never works. `${name}` is no Python at all.
    let line_start =
        bytes[..(error.start as usize).min(bytes.len())].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = bytes[line_start..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    let holds = |mark: &str| memchr::memmem::find(line, mark.as_bytes()).is_some();
    let python = file.kind == FileKind::Python;
    marked || (holds("{{") && holds("}}")) || (python && holds("${") && holds("}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::kind::by_name;
    use crate::source::Sources;

    fn severities(files: &[(&str, &str)]) -> Vec<String> {
        let files = files.iter().map(|(path, text)| SourceFile::new(*path, by_name(path).unwrap(), *text)).collect();
        let project = Project::link(Sources::new("/p".into(), None, files), &Default::default());
        let one = |it: &Finding| {
            let at = it.primary.as_ref().map_or("", |label| project.sources.path(label.loc.file));
            format!("{:?} {at} {}", it.severity, it.message)
        };
        super::files(&project).iter().map(one).collect()
    }

    #[test]
    fn only_python_that_is_meant_to_run_is_an_error() {
        let found = severities(&[
            ("a.py", "def f(:\n"),
            ("tests/fixtures/b.py", "def f(:\n"),
            ("{{project}}/c.py", "def f(:\n"),
            ("d.py", "{% if x %}\nA = 1\n{% endif %}\n"),
            ("e.py", "import {{ name }}.tasks\n"),
            ("g.py", "from ${app_name} import views\n"),
            ("f.yaml", "a: [1\n"),
            ("tests/f.yaml", "a: [1\n"),
            ("tests/f.json", "{"),
        ]);
        let expected = [
            "Error a.py ",
            "Note f.yaml ",
            "Note tests/fixtures/b.py ",
            "Note d.py 4 files are templates, of which only a part was understood",
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(&expected) {
            assert!(found.starts_with(expected), "{found} / {expected}");
        }
    }

    #[test]
    fn large_data_of_tests_is_of_no_interest() {
        let large = ReadError::TooLarge { size: 3, limit: 2 };
        for (path, expected) in [("tests/scans/a.json", true), ("scans/a.json", false), ("tests/a.py", false)] {
            assert_eq!(is_of_no_interest(path, &large), expected, "{path}");
        }
        assert!(!is_of_no_interest("tests/a.json", &ReadError::Io("gone".to_owned())));
    }
}
