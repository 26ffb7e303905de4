use std::fs;

use super::*;

fn cache(root: &Path) -> Cache {
    Cache::of(root, None, &Question::new().with("a")).unwrap()
}

#[test]
fn an_answer_counts_for_its_question_only() {
    let folder = tempfile::tempdir().unwrap();
    cache(folder.path()).keep(7_u32);
    assert_eq!(cache(folder.path()).find(), Some(7_u32));
    for other in
        [Question::new(), Question::new().with("b"), Question::new().with("a").with(""), Question::default().with("a")]
    {
        assert_eq!(Cache::of(folder.path(), None, &other).unwrap().find::<u32>(), None);
    }
}

#[test]
fn parts_of_a_question_do_not_run_together() {
    let digest = |parts: &[&str]| parts.iter().fold(Question::default(), |it, part| it.with(*part)).digest();
    assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    assert_ne!(digest(&["ab"]), digest(&["ab", ""]));
}

#[test]
fn what_could_not_be_read_spoils_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    cache.witness().spoil();
    cache.keep(7_u32);
    assert_eq!(cache.find::<u32>(), None);
    assert!(!folder.path().join(DIRECTORY).exists());
}

type Change = fn(&Path);

#[test]
fn every_kind_of_look_is_compared() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir(root.join("a")).unwrap();
    fs::write(root.join("a/file"), "text").unwrap();
    let changes: [(&str, Change); 4] = [
        ("a file", |root| fs::write(root.join("a/file"), "next").unwrap()),
        ("what was not there", |root| fs::write(root.join("a/none"), "").unwrap()),
        ("what is something else", |root| fs::create_dir(root.join("a/none")).unwrap()),
        ("a file that is gone", |root| fs::remove_file(root.join("a/file")).unwrap()),
    ];
    for (what, change) in changes {
        let witness = Witness::watching();
        fs::write(root.join("a/file"), "text").unwrap();
        assert_eq!(witness.read(&root.join("a/file")).unwrap(), b"text");
        witness.kind(&root.join("a/none"));
        assert!(witness.read(&root.join("a/other")).is_err());
        let seen = Seen::of(&witness);
        assert!(seen.holds(), "{what}");
        change(root);
        assert!(!seen.holds(), "{what}");
        let _ = fs::remove_file(root.join("a/none"));
    }
}
