//! What the INI reader understands.

use super::*;

fn show(text: &Text) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Literal { text, .. } => text.clone(),
        Piece::Env { keys, default, .. } => {
            format!("{{{}{}}}", keys[0], default.as_ref().map_or(String::new(), |text| format!(":{}", show(text))))
        }
        Piece::Unknown { .. } => "{?}".to_owned(),
    };
    text.pieces.iter().map(piece).collect()
}

fn entries(source: &str) -> Vec<String> {
    let entry = |it: &Entry| {
        let mark = if it.role == Role::Environment { "$" } else { "" };
        format!("{mark}{}={} @{}", it.path.join("/"), show(&it.value), &source[it.value_at.span.range()])
    };
    lower("x.ini", source, FileId(0)).entries.iter().map(entry).collect()
}

fn commands(source: &str) -> Vec<String> {
    let facts = lower("x.ini", source, FileId(0));
    let words =
        |it: &super::super::Command| it.words.iter().map(|word| show(&word.text)).collect::<Vec<_>>().join(" · ");
    facts.commands.iter().map(|it| format!("{}: {}", it.service.as_deref().unwrap_or("-"), words(it))).collect()
}

#[test]
fn supervisor_environment_spans_lines_and_holds_commas_in_quotes() {
    let source = "[program:beat]\nenvironment =\n    PYTHONPATH=\"/srv\",\n    URL=\"redis://:a,b@h/1\", ; why\n    X='%(ENV_Y)s',Z=1\n\
                  command = celery -A %(ENV_APP)s beat ; no\nuser=u\n";
    assert_eq!(
        entries(source),
        [
            "$program:beat/environment/PYTHONPATH=/srv @/srv",
            "$program:beat/environment/URL=redis://:a,b@h/1 @redis://:a,b@h/1",
            "$program:beat/environment/X={Y} @'%(ENV_Y)s'",
            "$program:beat/environment/Z=1 @1",
            "program:beat/command=celery -A {APP} beat @celery -A %(ENV_APP)s beat",
            "program:beat/user=u @u",
        ]
    );
    assert_eq!(commands(source), ["beat: celery · -A · {APP} · beat"]);
    let uses: Vec<_> = lower("x", source, FileId(0)).env_uses.into_iter().map(|it| it.key).collect();
    assert_eq!(uses, ["Y", "APP"]);
}

#[test]
fn supervisor_commands_go_on_over_lines_and_through_shells() {
    let source = "[program:w]\ncommand=bash -c \"a ; celery -A p\n  worker\"\n";
    assert_eq!(
        commands(source),
        ["w: bash · -c · a ; celery -A p\n  worker", "w: a", "w: celery · -A · p", "w: worker"]
    );
}

#[test]
fn test_tools_set_variables() {
    let source = "[testenv]\nsetenv =\n    URL = redis://:p@h/0\n    B = {env:C:d}{posargs}\ncommands =\n    unit,py3: - celery -A p worker\n    x {toxinidir}\n\
                  [pytest]\nenv =\n    D:E=f\n    R:G=h:i\n";
    assert_eq!(
        entries(source),
        [
            "$testenv/setenv/URL=redis://:p@h/0 @redis://:p@h/0",
            "$testenv/setenv/B={C:d}{?} @{env:C:d}{posargs}",
            "testenv/commands=unit,py3: - celery -A p worker\nx {?} @unit,py3: - celery -A p worker\n    x {toxinidir}",
            "$pytest/env/E=f @f",
            "$pytest/env/G=h:i @h:i",
        ]
    );
    assert_eq!(commands(source), ["-: celery · -A · p · worker", "-: x · {?}"]);
}

#[test]
fn interpolation_is_followed_where_it_leads_to_a_value() {
    let source = "[DEFAULT]\npw = s3 # c\n[celery]\nhost: h\nurl = redis://:%(pw)s@%(host)s/%%2\nother = %(nope)s %d ${x:y}\nquoted = \"v\"\n";
    assert_eq!(
        entries(source),
        [
            "DEFAULT/pw=s3 @s3",
            "celery/host=h @h",
            "celery/url=redis://:s3@h/%2 @redis://:%(pw)s@%(host)s/%%2",
            "celery/other={?} %d {?} @%(nope)s %d ${x:y}",
            "celery/quoted=v @v",
        ]
    );
}

#[test]
fn uwsgi_attaches_daemons() {
    let source = "[uwsgi]\nenv = A=b\nenv = C=$(D)\nattach-daemon = celery -A p worker\n";
    assert_eq!(entries(source)[..2], ["$uwsgi/env/A=b @b", "$uwsgi/env/C={D} @$(D)"]);
    assert_eq!(commands(source), ["-: celery · -A · p · worker"]);
}

#[test]
fn nothing_makes_the_reader_panic() {
    for text in [
        "[",
        "=\n",
        " =x\n",
        "[é]\né\n ü;\n",
        "%(",
        "[uwsgi]\nenv=$(\n",
        "[testenv]\nsetenv=\n {env:=\n",
        "environment=\"\n",
    ] {
        lower("x", &text.repeat(100), FileId(0));
    }
}
