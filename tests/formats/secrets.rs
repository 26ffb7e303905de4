//! No format prints a secret, however odd it is and wherever it occurs.

use celery_lint::finding::Finding;
use celery_lint::fix::{Applicability, Fix};
use celery_lint::project::Project;
use celery_lint::report::OutputFormat;
use celery_lint::source::FileKind;
use clap::ValueEnum;
use proptest::prelude::*;

use crate::sample::{CREDENTIALS, Sample, at, secret, sources};
use crate::{plain, rendered};

/// As the value stands in the source, and the value.
static ODD: &[(&str, &str)] = &[
    ("Wabe-403-Ümläut", "Wabe-403-Ümläut"),
    ("quo\\\"te'd7", "quo\"te'd7"),
    ("back\\\\slash9", "back\\slash9"),
    ("<xml>&amp;8", "<xml>&amp;8"),
    ("per%40cent5", "per@cent5"),
    ("日本語の鍵", "日本語の鍵"),
    ("😀pass😀", "😀pass😀"),
    ("two\nlines1", "two\nlines1"),
    ("1234567890", "1234567890"),
    ("message", "message"),
    ("]](1)[x](2)", "]](1)[x](2)"),
    ("a:b,c=d::e", "a:b,c=d::e"),
];

/// A project that says the secret everywhere: in the source, in another finding's snippet, in messages, paths and fixes.
fn telling(written: &str, value: &str) -> Sample {
    let text = format!("broker = '''redis://:{written}@cache/0'''\n# was: {written}\nother = '{value}'\n");
    let path = format!("conf/{}.py", value.replace(['/', '\n'], "_"));
    let sources = sources(vec![("settings.py", FileKind::Python, &text), (&path, FileKind::Python, &text)]);
    let place = |needle: &str| at(&sources, "settings.py", needle);
    let finding = Finding::new(&CREDENTIALS, format!("Found {value} here"), place(written), format!("this is {value}"))
        .related(place("other ="), format!("also {written}"))
        .help(format!("Remove {value} and {written}"))
        .symbol(value)
        .fix(
            Fix::new(format!("Drop {value}"), Applicability::Safe)
                .replace(place(written), value)
                .append(place(written).file, written)
                .create(path.clone(), format!("X={value}\n")),
        );
    let again = Finding::new(&CREDENTIALS, "Comment", place("# was"), "");
    let elsewhere = Finding::new(&CREDENTIALS, "Other file", at(&sources, &path, "other ="), "");
    let whole = Finding::on_path(&CREDENTIALS, format!("Cannot read {written}"), path.clone());
    let secrets = vec![secret(vec![place(written)], value)];
    let findings = vec![finding, again, elsewhere, whole];
    Sample { project: Project { sources, secrets, ..Project::default() }, findings }
}

/// How a format would spell the value if it let it through.
fn spellings(value: &str) -> Vec<String> {
    let json = serde_json::to_string(value).unwrap();
    let xml = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let percent = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string();
    vec![value.to_string(), json.trim_matches('"').to_string(), xml, percent]
}

#[test]
fn no_format_prints_a_secret() {
    for (written, value) in ODD {
        let sample = telling(written, value);
        for format in OutputFormat::value_variants() {
            let text = rendered(&sample, *format, plain());
            // `message` is also a word of the formats themselves, and stands nowhere else.
            let text = text.replace("\"message\":", "").replace(" message=\"", "");
            for spelled in spellings(value).iter().chain(spellings(written).iter()) {
                assert!(!text.contains(spelled.as_str()), "{format:?} prints {spelled}:\n{text}");
            }
        }
    }
}

#[test]
fn a_secret_in_parts_is_hidden_in_each() {
    let text = "user = 1\nbroker = ('redis://:Gim' 'ble-77'\n    'xyzzy@cache')\n";
    let sources = sources(vec![("settings.py", FileKind::Python, text)]);
    let parts: Vec<_> = ["Gim", "ble-77", "xyzzy"].iter().map(|part| at(&sources, "settings.py", part)).collect();
    let finding = Finding::new(&CREDENTIALS, "Split", parts[0], "here").related(parts[2], "and here");
    let secrets = vec![secret(parts, "Gimble-77xyzzy")];
    let sample = Sample { project: Project { sources, secrets, ..Project::default() }, findings: vec![finding] };
    let full = rendered(&sample, OutputFormat::Full, plain());
    assert!(full.contains("broker = ('redis://:•••' '••••••'\n"), "{full}");
    assert!(full.contains("    '•••••@cache')\n"), "{full}");
}

#[test]
fn the_documents_stay_valid() {
    for (written, value) in ODD {
        let sample = telling(written, value);
        for format in [OutputFormat::Json, OutputFormat::Sarif, OutputFormat::Gitlab] {
            let text = rendered(&sample, format, plain());
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{format:?} of {value}:\n{text}");
        }
        let text = rendered(&sample, OutputFormat::Junit, plain());
        assert!(roxmltree::Document::parse(&text).is_ok(), "JUnit of {value}:\n{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_format_prints_any_secret(tail in "[a-cX-Z0-9é日😀\"'\\\\<>&%:@/ \n\t{}\\[\\]$+=-]{3,12}", lead in "[ab]{0,3}") {
        let value = format!("Zq{tail}7w");
        let sample = telling(&format!("{lead}{value}"), &value);
        for format in OutputFormat::value_variants() {
            let text = rendered(&sample, *format, plain());
            for spelled in spellings(&value) {
                prop_assert!(!text.contains(&spelled), "{format:?} prints {spelled}:\n{text}");
            }
        }
    }
}
