//! Python from any bytes: decoded, parsed, lowered, and shown; every place lies in the text, and the same text lowers to the same module.
#![no_main]

use celery_lint::python::lower::lower;
use celery_lint::source::decode::decode;
use celery_lint::source::{FileId, FileKind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(decoded) = decode(data, FileKind::Python) else { return };
    celery_lint_fuzz::deep(|| {
        let text = decoded.text.as_str();
        let module = lower(FileId(0), text);
        let errors = module.errors.iter().map(|error| error.span);
        for span in errors.chain(module.comments.iter().copied()) {
            assert!(text.get(span.range()).is_some(), "{span:?} in {} bytes", text.len());
        }
        assert!(!format!("{module:?}").is_empty());
    });
});
