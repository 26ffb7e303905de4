//! Tests of the ignore rules: what they say beside what the real git says, on repositories made for it.

use std::process::Command;

use super::*;

struct Repository {
    dir: tempfile::TempDir,
}

impl Repository {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let repository = Self::bare(files);
        repository.git(&["init", "-q"]);
        repository
    }

    fn bare(files: &[(&str, &[u8])]) -> Self {
        let repository = Self { dir: tempfile::tempdir().unwrap() };
        files.iter().for_each(|(path, bytes)| repository.write(path, bytes));
        repository
    }

    fn root(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn git_in(&self, dir: &str, args: &[&str]) -> String {
        let out = Command::new("git")
            .args(args)
            .current_dir(self.root().join(dir))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_AUTHOR_NAME", "a")
            .env("GIT_AUTHOR_EMAIL", "a@b")
            .env("GIT_COMMITTER_NAME", "a")
            .env("GIT_COMMITTER_EMAIL", "a@b")
            .output()
            .unwrap();
        String::from_utf8(out.stdout).unwrap()
    }

    fn git(&self, args: &[&str]) -> String {
        self.git_in("", args)
    }

    /// What the linter would load with its root at `dir`.
    fn rules_in(&self, dir: &str, in_git: bool) -> IgnoreRules {
        let root = self.root().join(dir);
        let mut files = Vec::new();
        collect(&root, &root, &mut files);
        IgnoreRules::load(&Sources::new(root, in_git.then(|| self.root().to_owned()), files))
    }

    fn rules(&self) -> IgnoreRules {
        self.rules_in("", true)
    }
}

fn collect(root: &Path, dir: &Path, files: &mut Vec<SourceFile>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with(".git") {
            collect(root, &path, files);
        } else if path.ends_with(".gitignore") {
            let text = std::fs::read_to_string(&path).unwrap();
            let relative = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.push(SourceFile::new(relative, FileKind::GitIgnore, text.trim_start_matches('\u{feff}')));
        }
    }
}

const PATHS: &[&str] = &[
    ".env",
    ".env.local",
    ".env.production",
    ".env.example",
    ".envrc",
    "prod.env",
    "sub/.env",
    "sub/.env.local",
    "config/.env",
    "services/api/.env",
    "services/api/.env.example",
    "env/x",
    "a/b/c/.env",
    ".envs/.local/.django",
    "x y",
    "foo,bar",
    "{foo,bar}",
];

/// Asks both about every path, seen from `dir`.
fn compare(repository: &Repository, dir: &str, what: &str) {
    let rules = repository.rules_in(dir, true);
    let mut arguments = vec!["check-ignore", "--no-index", "-v", "-n"];
    arguments.extend(PATHS);
    let answers = repository.git_in(dir, &arguments);
    let lines: Vec<&str> = answers.lines().collect();
    assert_eq!(lines.len(), PATHS.len(), "{what}");
    for (path, answer) in PATHS.iter().zip(lines) {
        // `file:line:pattern<TAB>path`, all empty when nothing matches.
        let (decided, _) = answer.rsplit_once('\t').unwrap();
        let mut parts = decided.splitn(3, ':');
        let (file, line, pattern) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let ours = rules.is_ignored(path, false);
        let theirs = !file.is_empty() && !pattern.starts_with('!');
        assert_eq!(ours.ignored, theirs, "{what}: {path} by {answer:?}, ours {ours:?}");
        let ours_line = ours.by.map_or(String::new(), |by| by.line.to_string());
        assert_eq!(ours_line, line, "{what}: {path} by {answer:?}");
    }
}

#[test]
fn single_patterns_mean_what_they_mean_to_git() {
    let patterns = [
        ".env",
        ".env*",
        "*.env",
        "**/.env",
        ".env/",
        "sub/.env",
        "/.env",
        "# .env",
        "\\#x",
        ".env   ",
        " .env",
        ".en[v]",
        ".en?",
        ".ENV",
        "*",
        ".*",
        "sub/",
        "sub/**",
        "**/sub/**",
        "a/**/.env",
        "a**/.env",
        "a/**b/.env",
        "**",
        "**env",
        ".e**v",
        "/**",
        ".env{,.local}",
        "{foo,bar}",
        "foo,bar",
        "[!.]env",
        "[[:punct:]]env",
        "\\.env",
        "x\\ y",
        "x y",
        "services",
        "services/api/",
        "services/*/.env",
        "/services/.env",
        ".env.local ",
        ".env\\ ",
        "!.env",
        ".envs",
        ".envs/.local",
        "env",
        "env/",
        "\\",
        "a/b",
        "*.example",
        ".env.*",
        "/sub/*",
        "[.]env",
        "[a-",
        "./.env",
        "sub/../.env",
        "//.env",
        "/*/.env",
        "***",
        "a/***/.env",
        "!",
        "\\!x",
        "$env",
        "x*y",
        "**/",
        "**/*",
        "*/",
        "*/.env",
    ];
    let repository = Repository::new(&[]);
    for pattern in patterns {
        for ending in ["\n", "\r\n", ""] {
            repository.write(".gitignore", format!("{pattern}{ending}").as_bytes());
            compare(&repository, "", &format!("{pattern:?}{ending:?}"));
        }
    }
}

#[test]
fn later_lines_nested_files_and_excluded_parents_decide_as_in_git() {
    let sets: &[&[(&str, &[u8])]] = &[
        &[(".gitignore", b".env\n!.env\n")],
        &[(".gitignore", b"!.env\n.env\n")],
        &[(".gitignore", b".env*\n!.env.example\n")],
        &[(".gitignore", b".env*\n!.env.*\n.env.local\n")],
        &[(".gitignore", b"*\n!.gitignore\n")],
        &[(".gitignore", b"*\n!*/\n!.env.example\n")],
        &[(".gitignore", b"sub/\n!sub/.env\n")],
        &[(".gitignore", b"sub/*\n!sub/.env\n")],
        &[(".gitignore", b"services/\n"), ("services/.gitignore", b"!api/\n!.env\n")],
        &[(".gitignore", b"*.pyc\n"), ("sub/.gitignore", b".env\n")],
        &[(".gitignore", b".env\n"), ("sub/.gitignore", b"!.env\n")],
        &[(".gitignore", b".env\n"), ("services/.gitignore", b"!.env\n"), ("services/api/.gitignore", b".env*\n")],
        &[("services/.gitignore", b"/.env\n/api/.env\n")],
        &[(".gitignore", b"\xef\xbb\xbf.env\n")],
        &[(".gitignore", b"\n\n# x\n\n.env\n\n")],
        &[(".git/info/exclude", b".env\n")],
        &[(".git/info/exclude", b".env\n"), (".gitignore", b"!.env\n")],
        &[(".git/info/exclude", b"!.env\n"), (".gitignore", b".env\n")],
        &[(".git/info/exclude", b"# none\n/sub\n")],
    ];
    for files in sets {
        let repository = Repository::new(&[("sub/x", b""), ("services/api/x", b"")]);
        files.iter().for_each(|(path, bytes)| repository.write(path, bytes));
        for dir in ["", "sub", "services", "services/api"] {
            compare(&repository, dir, &format!("{files:?} in {dir:?}"));
        }
    }
}

#[test]
fn the_line_that_decides_is_told_with_its_place() {
    let rules = Repository::bare(&[(".gitignore", b"*.pyc\n.env  \n")]).rules_in("", false);
    let by = rules.is_ignored(".env", false).by.unwrap();
    assert_eq!((by.file.as_str(), by.line, by.pattern.as_str()), (".gitignore", 2, ".env"));
    assert_eq!(by.at.unwrap().span, Span::new(6, 10));
    assert!(!rules.has_repository());
    assert!(!rules.is_tracked(".env"));
}

#[test]
fn paths_that_leave_the_work_tree_are_not_judged() {
    let rules = Repository::bare(&[(".gitignore", b"*\n")]).rules_in("", false);
    assert!(!rules.is_ignored("../.env", false).ignored);
    assert!(rules.is_ignored("a/../.env", false).ignored);
    assert!(rules.is_ignored("./.env", false).ignored);
}

#[test]
fn tracked_paths_are_those_of_ls_files_in_every_index_version() {
    for format in ["sha1", "sha256"] {
        for version in ["2", "3", "4"] {
            let repository = Repository::bare(&[]);
            repository.git(&["init", "-q", "--object-format", format]);
            for path in [".env", "sub/.env", "sub/a/very/long/path/that/goes/on/.env.production", "Ünïcode/.env", "b"]
            {
                repository.write(path, b"K=1\n");
            }
            repository.git(&["add", "-f", ".env", "sub", "Ünïcode"]);
            repository.git(&["add", "-N", "b"]);
            repository.git(&["update-index", "--index-version", version]);
            let listed = repository.git(&["ls-files", "-z"]);
            let mut listed: Vec<&str> = listed.split_terminator('\0').collect();
            listed.sort_unstable();
            let own = repository.root().join(".git");
            let mut ours: Vec<String> = git_index::tracked(&own, &own, &Witness::default()).into_iter().collect();
            ours.sort_unstable();
            assert_eq!(ours, listed, "{format} {version}");
            assert!(repository.rules_in("sub", true).is_tracked(".env"));
            assert!(!repository.rules_in("sub", true).is_tracked(".env.local"));
        }
    }
}

#[test]
fn linked_work_trees_have_their_own_index_and_the_common_exclude() {
    let repository = Repository::new(&[("a", b"")]);
    repository.git(&["add", "a"]);
    repository.git(&["commit", "-qm", "a"]);
    repository.write(".git/info/exclude", b".env\n");
    let tree = tempfile::tempdir().unwrap();
    let path = tree.path().join("tree");
    repository.git(&["worktree", "add", "-q", path.to_str().unwrap()]);
    let rules = IgnoreRules::load(&Sources::new(path.clone(), Some(path), Vec::new()));
    assert!(rules.has_repository());
    assert!(rules.is_tracked("a"));
    assert!(rules.is_ignored(".env", false).ignored);
}

#[test]
fn a_repository_that_is_damaged_tracks_nothing() {
    let repository = Repository::new(&[]);
    repository.write(".git/index", b"DIRC\0\0\0\x02\0\0\xff\xffgarbage");
    assert!(!repository.rules().is_tracked(".env"));
}

/// Parts that random patterns are put together from.
const PARTS: &[&str] = &[
    ".env",
    "env",
    "*",
    "**",
    "/",
    "?",
    "[!a]",
    "[.]",
    "sub",
    "services",
    "api",
    ".local",
    "!",
    "#",
    "\\",
    " ",
    "a",
    "b",
    "{",
    "}",
    "[",
    ".",
    ".e*",
    "*.env",
    "[a-z]",
    "[[:alpha:]]",
    "\\*",
    "\n",
    "\n",
];

#[test]
fn random_patterns_mean_what_they_mean_to_git() {
    let repository = Repository::new(&[]);
    let mut state = 7u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..100 {
        let text: String = (0..random(12) + 1).map(|_| PARTS[random(PARTS.len())]).collect();
        repository.write(".gitignore", text.as_bytes());
        compare(&repository, "", &format!("{text:?}"));
    }
}
