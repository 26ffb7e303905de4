//! What the shell reader understands, as exact output.

use super::*;

/// A text as the reader knows it: literals as they are (checked against the source), `{KEY}`, `{KEY:default}`, `{?}`.
fn show(text: &Text, source: &str) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Literal { text, at } => {
            if at.span.len() as usize == text.len() {
                assert_eq!(&source[at.span.range()], text, "a literal's place");
            }
            text.clone()
        }
        Piece::Env { keys, default: Some(default), .. } => format!("{{{}:{}}}", keys.join("|"), show(default, source)),
        Piece::Env { keys, default: None, .. } => format!("{{{}}}", keys.join("|")),
        Piece::Unknown { .. } => "{?}".to_owned(),
    };
    text.pieces.iter().map(piece).collect()
}

fn facts(source: &str) -> FileFacts {
    let mut out = FileFacts::default();
    script(source, 0, FileId(0), None, &mut out);
    out
}

fn commands(source: &str) -> Vec<String> {
    let words =
        |command: &Command| -> Vec<String> { command.words.iter().map(|word| show(&word.text, source)).collect() };
    facts(source).commands.iter().map(|command| words(command).join(" · ")).collect()
}

fn entries(source: &str) -> Vec<String> {
    let facts = facts(source);
    let show = |entry: &crate::files::Entry| {
        assert_eq!(&source[entry.key_at.span.range()], entry.key());
        format!("{}={} @{}", entry.key(), show(&entry.value, source), &source[entry.value_at.span.range()])
    };
    facts.entries.iter().map(show).collect()
}

fn uses(source: &str) -> Vec<String> {
    let mark = |need: Need| if need == Need::Required { "!" } else { "?" };
    facts(source).env_uses.iter().map(|read| format!("{}{}", read.key, mark(read.need))).collect()
}

#[test]
fn words_lose_their_quotes_and_keep_their_places() {
    let source = "celery --broker=\"amqp://a:b@h\" -A 'p q'\\ r \"x\\\"y\" $'a\\tb'\n";
    assert_eq!(commands(source), ["celery · --broker=amqp://a:b@h · -A · p q r · x\"y · a\tb"]);
    let facts = facts(source);
    let word = &facts.commands[0].words[1];
    assert_eq!(&source[word.at.span.range()], "--broker=\"amqp://a:b@h\"");
}

#[test]
fn operators_newlines_and_comments_end_commands() {
    let source = "a b && c || d; e | f & # no\n(g; h)\n# yes\n{ i; } 2>/dev/null > x\n";
    assert_eq!(commands(source), ["a · b", "c", "d", "e", "f", "g", "h", "i"]);
    let comments: Vec<_> = facts(source).comments.iter().map(|span| &source[span.range()]).collect();
    assert_eq!(comments, ["# no", "# yes"]);
}

#[test]
fn a_backslash_at_the_end_of_a_line_joins_lines() {
    assert_eq!(commands("celery \\\n  -A p \\\r\n  wor\\\nker\n"), ["celery · -A · p · worker"]);
}

#[test]
fn compound_commands_hold_commands() {
    let source = "if [ -f x ]; then a; elif b; then c; else d; fi\nfor i in 1 2; do e $i; done\n\
                  while f; do g; done\ncase $1 in x|y) h ;; (*) i ;; esac\nfun() { j \"$1\"; }\nfunction k { l; }\nm\n";
    assert_eq!(commands(source), ["a", "b", "c", "d", "e · {?}", "f", "g", "h", "i", "j · {?}", "l", "m"]);
    assert_eq!(uses(source), [""; 0]);
}

#[test]
fn assignments_are_entries() {
    let source = "A=1\nexport B=\"x y\" C=z D\nE=f cmd G=h\nenv I='j' cmd2\nlocal K=$1\nL=\n";
    assert_eq!(entries(source), ["A=1 @1", "B=x y @x y", "C=z @z", "E=f @f", "I=j @j", "K={?} @$1", "L= @"]);
    assert_eq!(commands(source), ["cmd · G=h", "cmd2"]);
}

#[test]
fn a_default_that_is_assigned_is_an_entry() {
    let source = ": \"${BROKER_URL:=amqp://svc:pw@h//}\"\nexport BROKER_URL\necho $BROKER_URL\n";
    assert_eq!(entries(source), ["BROKER_URL=amqp://svc:pw@h// @amqp://svc:pw@h//"]);
    assert_eq!(uses(source), ["BROKER_URL?"]);
}

#[test]
fn variables_that_the_script_sets_are_not_read_from_the_environment() {
    let source = "L=1\necho $L $1 \"$@\" $? ${#} $$ $! $PWD\nread -r A\necho $A\nfor i in x; do echo $i; done\n\
                  while getopts ab opt; do echo $opt; done\nlist=(a b)\necho ${list[@]} ${list[0]}\n";
    assert_eq!(uses(source), [""; 0]);
}

#[test]
fn reads_tell_whether_they_have_something_to_fall_back_on() {
    let source = "echo $A ${B} ${C:-d} ${D-} ${E:?no} ${F:+x} ${G%/*} ${#H} ${I:=j} \"${K:-${L}}\" '$M' \\$N\n";
    assert_eq!(uses(source), ["A!", "B!", "C?", "D?", "E!", "F?", "G!", "H?", "I?", "K?", "L!"]);
}

#[test]
fn a_variable_assigned_from_itself_is_a_read() {
    let source = "X=${X:-d}\nexport Y=\"$Y\"\necho $X $Y\n";
    assert_eq!(uses(source), ["X?", "Y!"]);
    assert_eq!(commands(source), ["echo · {X:d} · {Y}"]);
}

#[test]
fn tests_only_ask() {
    let source = "if [ -n \"$A\" ] && [[ $B == 1 ]]; then c $A $B; fi\nif [ -z \"$D\" ]; then exit 1; fi\nd $D\n\
                  [ \"$E\" ] && e $E\ne $E\n${F:+f $F}\n";
    assert_eq!(uses(source), ["A?", "B?", "A?", "B?", "D?", "D!", "E?", "E?", "E!", "F?", "F?"]);
}

#[test]
fn known_variables_are_replaced() {
    let source = "APP=proj\nCMD=\"celery -A $APP\"\nPW=s3cr3t\nexec $CMD worker -b \"redis://:$PW@h\" \"$CMD\"\n";
    assert_eq!(commands(source), ["celery · -A · proj · worker · -b · redis://:s3cr3t@h · celery -A proj"]);
    assert_eq!(commands("A=(-A p)\nA+=(-l info)\ncelery \"${A[@]}\" w\n"), ["celery · -A · p · -l · info · w"]);
}

#[test]
fn what_a_branch_sets_is_not_known_after_it() {
    assert_eq!(commands("A=1\nif x; then A=2; y $A; fi\nz $A\n"), ["x", "y · 2", "z · {?}"]);
    assert_eq!(uses("f() { echo $A $B; }\nA=1\nf\n"), ["B!"]);
}

#[test]
fn substitutions_hold_commands() {
    let source =
        "A=$(get \"$K\" | cut -f1)\nx \"$(y \"z )\" # )\n)\" `w`\nexec env $(grep -v '^#' .env | xargs) celery\n";
    assert_eq!(
        commands(source),
        ["get · {K}", "cut · -f1", "x · {?} · {?}", "y · z )", "w", "{?} · celery", "grep · -v · ^# · .env", "xargs"]
    );
}

#[test]
fn here_documents_are_text() {
    let source = "cat <<EOF > f\n$A celery\nEOF\ncat <<-'X'\n\t$B\n\tX\nnext\n";
    assert_eq!(commands(source), ["cat", "cat", "next"]);
    assert_eq!(uses(source), ["A!"]);
}

#[test]
fn lines_of_a_here_document_that_set_something_are_words() {
    let source = "cat > .env <<'EOF'\n# c\nA=1\nB=$X 2\nEOF\n";
    assert_eq!(commands(source), ["cat", "A=1 · B=$X 2"]);
}

#[test]
fn commands_inside_words_are_seen_with_their_places() {
    let source = "exec /bin/sh -ec 'A=1 celery -A p'\nbash -o pipefail -c \"celery -A \\\"$APP\\\" && x\"\n\
                  su app -c \"celery w\"\nwatchfiles --filter python 'celery -A q'\neval \"celery $X\"\n";
    let found = commands(source);
    assert_eq!(
        found,
        [
            "/bin/sh · -ec · A=1 celery -A p",
            "celery · -A · p",
            "bash · -o · pipefail · -c · celery -A \"{APP}\" && x",
            "celery · -A · {APP}",
            "x",
            "su · app · -c · celery w",
            "celery · w",
            "watchfiles · --filter · python · celery -A q",
            "celery · -A · q",
            "eval · celery {X}",
            "celery · {X}",
        ]
    );
    assert_eq!(uses(source), ["APP!", "X!"]);
    assert_eq!(entries(source), ["A=1 @1"]);
}

#[test]
fn env_files_are_references() {
    let source = "set -a; . ./.env; set +a\n[ -f .env.local ] && source .env.local\ndocker run --env-file prod.env x\n\
                  export $(cat .env | xargs)\n. venv/bin/activate\n";
    let facts = facts(source);
    let refs: Vec<_> = facts.env_file_refs.iter().map(|found| (show(&found.path, source), found.required)).collect();
    let expected = [("./.env", true), (".env.local", false), ("prod.env", true), (".env", true)];
    assert_eq!(refs, expected.map(|(path, required)| (path.to_owned(), required)));
}

#[test]
fn containers_have_an_environment_of_their_own() {
    let source = "docker run --rm -e URL=\"redis://:p@h\" -e K=$K img sh -c 'x ${URL} $Z'\n";
    assert_eq!(entries(source), ["URL=redis://:p@h @redis://:p@h", "K={K} @$K"]);
    assert_eq!(uses(source), ["K!", "Z!"]);
}

#[test]
fn a_sourced_script_may_set_what_is_read_after_it() {
    let source = "echo $A\nlocal B\necho $B\n. venv/bin/activate\necho $C\nsource \"$d/constants.sh\"\necho $E\n";
    assert_eq!(uses(source), ["A!", "C!", "d!", "E?"]);
}

#[test]
fn exec_lines_have_no_operators() {
    let source = "/bin/sh -c 'a; b' ; x && \"y z\" ${A}";
    let found = words(source, 10, FileId(0));
    let texts: Vec<_> = found.iter().map(|word| word.at.span).collect();
    assert_eq!(texts[0], Span::new(10, 17));
    assert_eq!(found.len(), 8);
    assert_eq!(reads(&found).len(), 1);
}

#[test]
fn nul_bytes_are_nothing() {
    let source = "a\0b \0\"c\0 d\0\"\n";
    let mut out = FileFacts::default();
    script(source, 0, FileId(0), None, &mut out);
    let texts: Vec<_> = out.commands[0].words.iter().map(|word| word.text.as_literal().unwrap()).collect();
    assert_eq!(texts, ["ab", "c d"]);
}

#[test]
fn a_text_with_a_coarse_place_keeps_inside_it() {
    let at = Loc::new(FileId(0), Span::new(100, 140));
    let mut out = FileFacts::default();
    read(&Text::literal("celery -A p worker", at), Some("worker"), &mut out);
    assert_eq!(out.commands[0].at, at);
    assert_eq!(out.commands[0].words[2].at, at);
    assert_eq!(out.commands[0].service.as_deref(), Some("worker"));
}

#[test]
fn other_interpreters_are_left_alone() {
    assert_eq!(lower("start", "#!/usr/bin/env python3\nimport os\n", FileId(0)).commands.len(), 0);
    assert_eq!(lower("start", "#!/usr/bin/env bash\nimport os\n", FileId(0)).commands.len(), 1);
}

#[test]
fn nothing_makes_the_reader_panic_or_hang() {
    for unit in [
        "$(",
        "${a:-",
        "\"$(",
        "`",
        "((",
        "<<x\n",
        "case x in ",
        "f() {",
        "sh -c \"",
        "\\",
        "é$'\\u",
        "[[ ",
        "A=(",
        "X=$X$X;",
    ] {
        let text = unit.repeat(20_000);
        facts(&text);
        words(&text, 0, FileId(0));
    }
}

proptest::proptest! {
    #[test]
    fn places_lie_on_character_boundaries(text in "[a-zé$(){}\"'`\\\\ \n;|&<>=:#\\[\\]0!-]{0,80}") {
        let found = facts(&text);
        for command in &found.commands {
            for word in &command.words {
                assert!(text.get(word.at.span.range()).is_some());
                show(&word.text, &text);
            }
        }
        for entry in &found.entries {
            assert!(text.get(entry.value_at.span.range()).is_some());
        }
    }

    /// What was blanked for the script inside is in no word of it.
    #[test]
    fn scripts_in_strings_have_their_places(text in "(sh -c |eval )[a-zé$(){}\"'`\\\\ \n;|&<>=:#\\[\\]0!-]{0,60}") {
        let found = facts(&text);
        for word in found.commands.iter().flat_map(|command| &command.words) {
            assert!(text.get(word.at.span.range()).is_some());
            let literal = |piece: &Piece| matches!(piece, Piece::Literal { text, .. } if text.contains('\0'));
            assert!(!word.text.pieces.iter().any(literal), "{word:?}");
        }
    }
}
