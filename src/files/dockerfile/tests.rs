//! What the Dockerfile reader understands.

use super::*;

fn show(text: &Text) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Literal { text, .. } => text.clone(),
        Piece::Env { keys, .. } => format!("{{{}}}", keys.join("|")),
        Piece::Unknown { .. } => "{?}".to_owned(),
    };
    text.pieces.iter().map(piece).collect()
}

fn entries(source: &str) -> Vec<String> {
    let facts = lower("Dockerfile", source, FileId(0));
    let entry =
        |entry: &Entry| format!("{}={} @{}", entry.key(), show(&entry.value), &source[entry.value_at.span.range()]);
    facts.entries.iter().map(entry).collect()
}

fn commands(source: &str) -> Vec<String> {
    let facts = lower("Dockerfile", source, FileId(0));
    let words = |words: &[Word]| words.iter().map(|word| show(&word.text)).collect::<Vec<_>>().join(" · ");
    facts.commands.iter().map(|command| words(&command.words)).collect()
}

#[test]
fn env_has_two_forms_and_many_lines() {
    let source = "FROM python\nENV TZ=UTC \\\n    # why\n\n    URL=\"redis://:p@h/1\" \\  \n    E=a\\ b\nenv BROKER_URL amqp://s:w@r//\nENV M a b  c\n";
    assert_eq!(
        entries(source),
        [
            "TZ=UTC @UTC",
            "URL=redis://:p@h/1 @redis://:p@h/1",
            "E=a b @a\\ b",
            "BROKER_URL=amqp://s:w@r// @amqp://s:w@r//",
            "M=a b  c @a b  c"
        ]
    );
    let comments = lower("Dockerfile", source, FileId(0)).comments;
    assert_eq!(comments.iter().map(|span| &source[span.range()]).collect::<Vec<_>>(), ["# why"]);
}

#[test]
fn build_arguments_are_no_environment() {
    let source =
        "FROM p\nARG URL\nARG PW=s3cret\nENV URL=$URL B=redis://:${PW}@h\nCMD celery -b $URL -A $APP\nRUN echo $X\n";
    assert_eq!(entries(source), ["PW=s3cret @s3cret", "URL={?} @$URL", "B=redis://:s3cret@h @redis://:${PW}@h"]);
    let uses = lower("Dockerfile", source, FileId(0)).env_uses;
    assert_eq!(uses.iter().map(|read| read.key.as_str()).collect::<Vec<_>>(), ["APP"]);
}

#[test]
fn commands_come_in_shell_and_exec_form() {
    let source = "FROM p\nRUN --mount=type=cache,target=/x pip install \\\n  # c\n  celery && y\n\
                  ENTRYPOINT [\"celery\", \"-A\", \"p\"]\nCMD [\"worker\", \"-l\", \"a\\\"b\"]\n\
                  HEALTHCHECK --interval=5s CMD celery inspect ping\nONBUILD CMD x\n";
    assert_eq!(
        commands(source),
        [
            "pip · install · celery",
            "y",
            "celery · -A · p",
            "celery · -A · p · worker · -l · a\"b",
            "celery · inspect · ping",
            "x"
        ]
    );
    assert_eq!(
        commands("FROM p\nCMD [\"sh\", \"-c\", \"celery -A \\\"$APP\\\" w\"]\nCMD ['a', b]\n"),
        ["sh · -c · celery -A \"$APP\" w", "celery · -A · {APP} · w", "[a, · b]"]
    );
}

#[test]
fn here_documents_are_scripts() {
    let source = "FROM p\nRUN <<EOF\npip install x\ncelery y\nEOF\nCOPY <<-X /f\n\tCMD no\n\tX\nRUN cat <<'A' > b\nno\nA\nCMD z\n";
    assert_eq!(commands(source), ["pip · install · x", "celery · y", "cat", "z"]);
}

#[test]
fn a_broken_instruction_costs_itself_only() {
    let source = "FRM x\nENV\nENV =\n???\nRUN [\"a\"\nENV A=\"b\nCMD celery w\n# escape=`\n";
    assert_eq!(commands(source).last().map(String::as_str), Some("celery · w"));
    assert_eq!(entries("# escape=`\nFROM p\nENV A=1 `\n  B=2\n"), ["A=1 @1", "B=2 @2"]);
}

#[test]
fn the_working_directory_leads_back_to_the_project() {
    let source = "FROM p\nWORKDIR /app\nCOPY requirements.txt /tmp/\nCOPY ./backend .\nWORKDIR src\n";
    assert_eq!(
        lower("docker/Dockerfile", source, FileId(0)).roots,
        ["docker/backend", "backend", "docker/backend/src", "backend/src"]
    );
    let source = "FROM p\nENV PYTHONPATH=/code/lib\nCOPY --from=b /x /code\nADD . /code/\n";
    assert_eq!(lower("Dockerfile", source, FileId(0)).roots, ["lib"]);
}

#[test]
fn nothing_makes_the_reader_panic() {
    for unit in
        ["RUN <<A\n", "ENV \\\n", "ONBUILD HEALTHCHECK CMD ", "CMD [\"\\u", "ENV é=\"ü \\\n# é\n", "RUN \\\r\n#\r\n"]
    {
        lower("Dockerfile", &unit.repeat(3000), FileId(0));
    }
}

#[test]
fn stages_know_where_they_start_and_who_runs_them() {
    let text =
        "FROM --platform=linux/amd64 python:3.12 AS base\nUSER app:app\nFROM base\nRUN x\nFROM $IMAGE\nUSER root\n";
    let facts = lower("Dockerfile", text, FileId(0));
    let user = |stage: &crate::files::service::Stage| stage.user.as_ref().and_then(|(text, _)| text.as_literal());
    let shown: Vec<_> =
        facts.stages.iter().map(|stage| (stage.name.as_deref(), stage.from.as_deref(), user(stage))).collect();
    let text = |text: &str| Some(text.to_owned());
    let expected =
        [(Some("base"), Some("python:3.12"), text("app:app")), (None, Some("base"), None), (None, None, text("root"))];
    assert_eq!(shown, expected);
}
