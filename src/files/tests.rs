//! The readers together: hostile bytes, and places that always lie inside the text.

use proptest::prelude::*;

use super::*;

const KINDS: &[(FileKind, &str)] = &[
    (FileKind::Dockerfile, "Dockerfile"),
    (FileKind::Procfile, "Procfile"),
    (FileKind::Systemd, "x.service"),
    (FileKind::Supervisor, "supervisord.conf"),
    (FileKind::Shell, "x.sh"),
    (FileKind::Makefile, "Makefile"),
    (FileKind::Makefile, "justfile"),
    (FileKind::Requirements, "requirements.txt"),
    (FileKind::Manifest, "pyproject.toml"),
    (FileKind::Manifest, "setup.cfg"),
    (FileKind::Lock, "uv.lock"),
    (FileKind::Lock, "Pipfile.lock"),
    (FileKind::Toml, "x.toml"),
    (FileKind::Json, "x.json"),
    (FileKind::Ini, "x.ini"),
    (FileKind::Conf, "x.conf"),
    (FileKind::Conf, "x.tf"),
];

/// Every place of the facts.
fn places(facts: &FileFacts) -> Vec<Span> {
    let mut found: Vec<Span> = facts.comments.clone();
    found.extend(facts.entries.iter().flat_map(|it| [it.key_at.span, it.value_at.span]));
    found.extend(facts.commands.iter().flat_map(|it| it.words.iter().map(|word| word.at.span)));
    found.extend(facts.commands.iter().map(|it| it.at.span));
    found.extend(facts.env_uses.iter().map(|it| it.at.span));
    found.extend(facts.env_file_refs.iter().map(|it| it.at.span));
    found.extend(facts.dependencies.iter().map(|it| it.at.span));
    found.extend(facts.errors.iter().map(|it| it.at));
    found
}

fn check(text: &str) {
    for (kind, path) in KINDS {
        for place in places(&lower(*kind, path, text, FileId(0))) {
            assert!(text.get(place.range()).is_some(), "{kind:?}: {place:?} in {text:?}");
        }
    }
}

const UNITS: &[&str] = &[
    "RUN <<A\n",
    "ENV A=",
    "CMD [\"sh\", \"-c\", \"",
    "\\\n",
    "\"",
    "'",
    "é",
    "$(",
    "${X:-",
    "`",
    "[program:x]\n",
    "environment=",
    "command=",
    "Environment=",
    "ExecStart=",
    "%(",
    "%%",
    "\t",
    "X := ",
    "$$",
    "$(X)",
    "{{",
    "}}",
    "}",
    "{",
    "[",
    "]",
    "env = ",
    "\"name\": ",
    ",",
    ":",
    "=",
    "\n",
    "\r\n",
    " ",
    "#",
    ";",
    "|",
    "&&",
    "if ",
    "case x in ",
    "sh -c '",
    "<<",
    "export ",
    "a",
    "\\u00e9",
    "[[package]]\n",
    "name = \"",
    "-e ",
    "\0",
    "@format {env[",
];

proptest! {
    #[test]
    fn places_lie_inside_the_text(picks in proptest::collection::vec(0..UNITS.len(), 0..24)) {
        check(&picks.into_iter().map(|pick| UNITS[pick]).collect::<String>());
    }
}

#[test]
fn repetition_costs_linear_time() {
    let start = std::time::Instant::now();
    for unit in UNITS {
        let text = unit.repeat(5_000);
        for (kind, path) in KINDS {
            lower(*kind, path, &text, FileId(0));
        }
    }
    // Quadratic readers need minutes for this.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
