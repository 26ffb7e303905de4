//! Fixes: what is chosen, what becomes of the texts, and that nothing is written that should not be.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;
use std::path::Path;

use celery_lint::finding::Finding;
use celery_lint::fix::{Applicability, Edit, Fix, Plan, Rounds, Skip, WriteError, diff, fix_until_stable, plan, write};
use celery_lint::project::Project;
use celery_lint::project::secret::{Secret, SecretKind, Weight};
use celery_lint::rules;
use celery_lint::source::files::{Charset, Encoding};
use celery_lint::source::{FileKind, Loc, SourceFile, Sources, Span};

fn kind(path: &str, _: &str) -> Option<FileKind> {
    match path {
        path if path.ends_with(".py") => Some(FileKind::Python),
        ".env" => Some(FileKind::Env),
        ".env.example" => Some(FileKind::EnvTemplate),
        _ => None,
    }
}

fn sources(files: &[(&str, &str)]) -> Sources {
    let files =
        files.iter().map(|(path, text)| SourceFile::new(*path, kind(path, text).unwrap_or(FileKind::Conf), *text));
    Sources::new("/nowhere".into(), None, files.collect())
}

fn at(sources: &Sources, path: &str, needle: &str) -> Loc {
    let file = sources.by_path(path).unwrap();
    let start = file.text.find(needle).unwrap();
    Loc::new(file.id, Span::of(start, start + needle.len()))
}

/// A finding with that one fix.
fn finding(sources: &Sources, fix: Fix) -> Finding {
    let at = fix.edits.iter().find_map(|edit| match edit {
        Edit::Replace { at, .. } => Some(*at),
        _ => None,
    });
    let at = at.unwrap_or(Loc::new(sources.files[0].id, Span::default()));
    Finding::new(rules::by_name("unused-suppression").unwrap(), "Wrong", at, "").fix(fix)
}

fn safe(title: &str) -> Fix {
    Fix::new(title, Applicability::Safe)
}

fn replace(sources: &Sources, path: &str, old: &str, new: &str) -> Finding {
    finding(sources, safe(new).replace(at(sources, path, old), new))
}

/// Text with a closing bracket too many or too few is what these tests call a syntax error.
fn parses(text: &str) -> bool {
    text.matches('(').count() == text.matches(')').count()
}

fn planned(sources: &Sources, findings: &[Finding]) -> Plan {
    plan(findings, sources, Applicability::Safe, parses)
}

fn after<'a>(plan: &'a Plan, path: &str) -> &'a str {
    plan.changes.iter().find(|change| change.path == path).map_or("(unchanged)", |change| &change.after)
}

#[test]
fn the_first_fix_that_is_safe_enough_is_chosen() {
    let sources = sources(&[("a.py", "x = 1\n")]);
    let place = at(&sources, "a.py", "1");
    let mut both = finding(&sources, Fix::new("show", Applicability::DisplayOnly).replace(place, "0"));
    both =
        both.fix(Fix::new("unsafe", Applicability::Unsafe).replace(place, "2")).fix(safe("safe").replace(place, "3"));
    let findings = [both];
    assert_eq!(after(&plan(&findings, &sources, Applicability::Safe, parses), "a.py"), "x = 3\n");
    assert_eq!(after(&plan(&findings, &sources, Applicability::Unsafe, parses), "a.py"), "x = 2\n");
}

#[test]
fn a_fix_that_cannot_be_applied_in_one_file_is_applied_in_none() {
    let sources = sources(&[("a.py", "abc def\n"), ("b.py", "xyz\n")]);
    let place = |path: &str, needle: &str| at(&sources, path, needle);
    let first = safe("first").replace(place("a.py", "abc"), "1").replace(place("b.py", "xy"), "1");
    let second = safe("second").replace(place("a.py", "def"), "2").replace(place("b.py", "yz"), "2");
    let plan = planned(&sources, &[finding(&sources, second), finding(&sources, first)]);
    assert_eq!((after(&plan, "a.py"), after(&plan, "b.py")), ("1 def\n", "1z\n"));
    assert_eq!(plan.skipped.len(), 1);
    assert_eq!(plan.skipped[0].why, Skip::Overlap);
}

#[test]
fn touching_fixes_wait_for_the_next_round() {
    let sources = sources(&[("a.py", "abcd\n")]);
    let findings = [replace(&sources, "a.py", "cd", "2"), replace(&sources, "a.py", "ab", "1")];
    let plan = planned(&sources, &findings);
    assert_eq!(after(&plan, "a.py"), "1cd\n");
    assert_eq!(plan.skipped.iter().map(|it| it.title.as_str()).collect::<Vec<_>>(), ["2"]);
}

#[test]
fn fixes_share_an_import_and_a_template() {
    let sources = sources(&[("a.py", "x = 1\ny = 2\n")]);
    let top = Loc::new(sources.files[0].id, Span::new(0, 0));
    let one = |old: &str, key: &str| {
        let fix =
            safe(key).replace(top, "import os\n").replace(at(&sources, "a.py", old), format!("os.environ[{key:?}]"));
        finding(&sources, fix.create(".env.example", format!("# Celery\n{key}=\n")))
    };
    let plan = planned(&sources, &[one("1", "A"), one("2", "B"), one("2", "B")]);
    assert_eq!(after(&plan, "a.py"), "import os\nx = os.environ[\"A\"]\ny = os.environ[\"B\"]\n");
    assert_eq!(after(&plan, ".env.example"), "# Celery\nA=\nB=\n");
    assert_eq!((plan.applied.len(), plan.skipped.len()), (3, 0));
}

#[test]
fn line_ends_are_those_of_the_file() {
    let sources = sources(&[("a.py", "x = 1\r\ny = 2")]);
    let fix = safe("fix").replace(at(&sources, "a.py", "1"), "(\n    1\n)").append(sources.files[0].id, "z = 3\n");
    assert_eq!(
        after(&planned(&sources, &[finding(&sources, fix)]), "a.py"),
        "x = (\r\n    1\r\n)\r\ny = 2\r\nz = 3\r\n"
    );
}

#[test]
fn a_fix_that_breaks_the_syntax_is_not_applied() {
    let sources = sources(&[("a.py", "f()\n"), ("b.py", "f((\n"), ("c.py", "x\n")]);
    let findings = [
        replace(&sources, "a.py", "()", "("),
        replace(&sources, "b.py", "((", "("),
        replace(&sources, "c.py", "x", "y"),
    ];
    let plan = planned(&sources, &findings);
    let paths: Vec<&str> = plan.changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["c.py"]);
    // In a file that does not parse, what stands where is a guess.
    assert_eq!([plan.skipped[0].why, plan.skipped[1].why], [Skip::Breaks, Skip::Unparsed]);
}

#[test]
fn nothing_is_written_in_other_charsets_or_outside() {
    let mut latin = SourceFile::new("a.py", FileKind::Python, "x");
    latin.encoding = Encoding { charset: Charset::Other(encoding_rs::WINDOWS_1252), bom: false };
    let sources = Sources::new("/nowhere".into(), None, vec![latin]);
    let whys: Vec<Skip> = ["../x", "/etc/x", "a/../../x", ""]
        .iter()
        .map(|path| safe("out").create(*path, "x"))
        .chain([safe("charset").append(sources.files[0].id, "x")])
        .map(|fix| planned(&sources, &[finding(&sources, fix)]).skipped[0].why)
        .collect();
    assert_eq!(whys, [Skip::Outside, Skip::Outside, Skip::Outside, Skip::Outside, Skip::Charset]);
}

/// Reports every `old` with the fix that makes it `new`.
fn turns(sources: &Sources, pairs: &[(&str, &str)]) -> Vec<Finding> {
    let found = |(old, new): &(&str, &str)| {
        let file = &sources.files[0];
        let places = file.text.match_indices(old).map(|(start, _)| Span::of(start, start + old.len()));
        places.map(|span| finding(sources, safe(new).replace(Loc::new(file.id, span), *new))).collect::<Vec<_>>()
    };
    pairs.iter().flat_map(found).collect()
}

fn rounds() -> Rounds<(Sources, Vec<Finding>)> {
    Rounds { level: Applicability::Safe, found: |(sources, findings)| (sources, findings), parses, kind }
}

fn stable(
    text: &str,
    pairs: &'static [(&'static str, &'static str)],
) -> celery_lint::fix::Fixed<(Sources, Vec<Finding>)> {
    let lint = |sources: Sources| {
        let findings = turns(&sources, pairs);
        (sources, findings)
    };
    fix_until_stable(lint(sources(&[("a.py", text)])), &rounds(), lint)
}

#[test]
fn fixing_goes_on_until_nothing_is_left() {
    let fixed = stable("aab", &[("a", "b"), ("b", "c")]);
    assert_eq!((after(&fixed.plan, "a.py"), fixed.stable), ("ccc", true));
    assert!(fixed.last.unwrap().1.is_empty());
    let again = stable("ccc", &[("a", "b"), ("b", "c")]);
    assert_eq!((again.plan.changes.len(), again.rounds), (0, 0));
}

#[test]
fn fixes_that_undo_each_other_come_to_an_end() {
    let fixed = stable("a", &[("a", "b"), ("b", "a")]);
    assert_eq!((fixed.rounds, fixed.stable, fixed.plan.changes.len()), (10, false, 0));
}

#[test]
fn a_made_file_is_part_of_the_next_round() {
    let lint = |sources: Sources| {
        let missing = sources.by_path(".env.example").is_none();
        let findings = missing.then(|| finding(&sources, safe("make").create(".env.example", "A=\n")));
        (sources, findings.into_iter().collect::<Vec<_>>())
    };
    let fixed = fix_until_stable(lint(sources(&[("a.py", "x")])), &rounds(), lint);
    assert_eq!((fixed.rounds, fixed.stable), (1, true));
    assert_eq!(after(&fixed.plan, ".env.example"), "A=\n");
    assert_eq!(fixed.last.unwrap().0.seen, [".env.example"]);
}

fn secret(at: Vec<Loc>, value: &str) -> Secret {
    Secret {
        at,
        value: value.to_string(),
        kind: SecretKind::Password,
        weight: Weight::Real,
        opens: "broker".to_string(),
        trail: Vec::new(),
        carrier: None,
        in_default: false,
        in_template: false,
        repair: None,
        in_test: false,
    }
}

#[test]
fn a_diff_shows_no_secret_in_what_goes_and_what_comes() {
    let sources = sources(&[("a.py", "import os\n\nBROKER = 'redis://:Wabe-403@c'\nOTHER = 'pw'\nx = 1")]);
    let secrets = vec![
        secret(vec![at(&sources, "a.py", "Wabe-403")], "Wabe-403"),
        secret(vec![at(&sources, "a.py", "pw")], "pw"),
    ];
    let fix = safe("move")
        .replace(at(&sources, "a.py", "'redis://:Wabe-403@c'"), "os.environ['BROKER']")
        .replace(at(&sources, "a.py", "x = 1"), "x = 2")
        .create(".env", "BROKER=redis://:Wabe-403@c\nOTHER=pw\n");
    let plan = planned(&sources, &[finding(&sources, fix)]);
    let after = Project { sources: plan.sources(&sources, kind), ..Project::default() };
    let before = Project { sources, secrets, ..Project::default() };
    let want = "\
--- /dev/null
+++ b/.env
@@ -0,0 +1,2 @@
+BROKER=redis://:••••••••@c
+OTHER=••
--- a/a.py
+++ b/a.py
@@ -1,5 +1,5 @@
 import os
 
-BROKER = 'redis://:••••••••@c'
+BROKER = os.environ['BROKER']
 OTHER = '••'
-x = 1
\\ No newline at end of file
+x = 2
\\ No newline at end of file
";
    assert_eq!(diff(&plan, &before, &after), want);
}

/// A tree on disk and its sources.
fn on_disk(files: &[(&str, &[u8], Encoding)]) -> (tempfile::TempDir, Sources) {
    let directory = tempfile::tempdir().unwrap();
    let mut read = Vec::new();
    for (path, bytes, encoding) in files {
        fs::write(directory.path().join(path), bytes).unwrap();
        let text = match encoding.charset {
            Charset::Utf16Le => encoding_rs::UTF_16LE.decode(bytes).0.into_owned(),
            _ => String::from_utf8(bytes.to_vec()).unwrap().trim_start_matches('\u{feff}').to_string(),
        };
        let mut file = SourceFile::new(*path, FileKind::Conf, text);
        file.encoding = *encoding;
        read.push(file);
    }
    let sources = Sources::new(directory.path().to_path_buf(), None, read);
    (directory, sources)
}

const UTF8: Encoding = Encoding { charset: Charset::Utf8, bom: false };

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

#[test]
fn files_are_written_with_their_encoding_and_mode() {
    let utf16 = Encoding { charset: Charset::Utf16Le, bom: true };
    let marked = Encoding { charset: Charset::Utf8, bom: true };
    let (directory, sources) =
        on_disk(&[("a", b"\xff\xfex\0\n\0", utf16), ("b", b"\xef\xbb\xbfx\n", marked), ("c", b"x\n", UTF8)]);
    let path = |name: &str| directory.path().join(name);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path("c"), fs::Permissions::from_mode(0o750)).unwrap();
    }
    let fix = sources.files.iter().fold(safe("all"), |fix, file| fix.append(file.id, "é"));
    let written = write(&planned(&sources, &[finding(&sources, fix.create("new/d", "é"))]));
    assert_eq!(written.files, ["a", "b", "c", "new/d"]);
    assert_eq!(fs::read(path("a")).unwrap(), b"\xff\xfex\0\n\0\xe9\0\n\0");
    assert_eq!(fs::read(path("b")).unwrap(), "\u{feff}x\né\n".as_bytes());
    assert_eq!(fs::read(path("new/d")).unwrap(), "é\n".as_bytes());
    assert_eq!(names(directory.path()), ["a", "b", "c", "new"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(path("c")).unwrap().permissions().mode() & 0o777, 0o750);
        let fresh = path("fresh");
        fs::write(&fresh, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path("new/d")), mode(&fresh));
    }
}

#[test]
fn a_file_that_changed_keeps_its_text_and_so_do_its_companions() {
    let (directory, sources) = on_disk(&[("a", b"1\n", UTF8), ("b", b"1\n", UTF8), ("c", b"1\n", UTF8)]);
    let file = |index: usize| sources.files[index].id;
    let findings = [
        finding(&sources, safe("both").append(file(0), "2").append(file(1), "2")),
        finding(&sources, safe("one").append(file(2), "2")),
    ];
    let plan = planned(&sources, &findings);
    fs::write(directory.path().join("b"), "mine\n").unwrap();
    let written = write(&plan);
    assert_eq!(written.files, ["c"]);
    let refused: Vec<String> = written.refused.iter().map(|it| format!("{}: {}", it.path, it.why)).collect();
    assert_eq!(
        refused,
        [
            "a: a fix also edits `b`, which cannot be written",
            "b: the file changed since it was read; run celery-lint again"
        ]
    );
    let texts = ["a", "b", "c"].map(|name| fs::read_to_string(directory.path().join(name)).unwrap());
    assert_eq!(texts, ["1\n", "mine\n", "1\n2\n"]);
    assert_eq!(names(directory.path()), ["a", "b", "c"]);
}

#[test]
fn a_file_that_exists_is_not_made_over() {
    let (directory, sources) = on_disk(&[("a", b"1\n", UTF8)]);
    let plan = planned(&sources, &[finding(&sources, safe("make").create("new", "2"))]);
    fs::write(directory.path().join("new"), "mine\n").unwrap();
    let written = write(&plan);
    assert!(matches!(written.refused[0].why, WriteError::Exists));
    assert_eq!(fs::read_to_string(directory.path().join("new")).unwrap(), "mine\n");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let (outside, _) = on_disk(&[("target", b"1\n", UTF8)]);
    let (directory, _) = on_disk(&[]);
    std::os::unix::fs::symlink(outside.path().join("target"), directory.path().join("a")).unwrap();
    std::os::unix::fs::symlink(outside.path(), directory.path().join("sub")).unwrap();
    let files = ["a", "sub/target"].map(|path| SourceFile::new(path, FileKind::Conf, "1\n"));
    let sources = Sources::new(directory.path().to_path_buf(), None, files.into());
    for id in [sources.files[0].id, sources.files[1].id] {
        let written = write(&planned(&sources, &[finding(&sources, safe("x").append(id, "2"))]));
        assert!(matches!(written.refused[0].why, WriteError::Link));
    }
    let made = write(&planned(&sources, &[finding(&sources, safe("x").create("sub/new", "2"))]));
    assert!(matches!(made.refused[0].why, WriteError::Link));
    assert_eq!(fs::read_to_string(outside.path().join("target")).unwrap(), "1\n");
    assert_eq!(names(outside.path()), ["target"]);
}

#[cfg(unix)]
#[test]
fn a_read_only_file_is_left_alone() {
    let (directory, sources) = on_disk(&[("a", b"1\n", UTF8)]);
    let path = directory.path().join("a");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let written = write(&planned(&sources, &[finding(&sources, safe("x").append(sources.files[0].id, "2"))]));
    assert!(matches!(written.refused[0].why, WriteError::ReadOnly));
    assert_eq!(fs::read_to_string(&path).unwrap(), "1\n");
}
