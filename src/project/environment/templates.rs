//! The files that document variables, and the code that each of them is about.

use super::EnvTemplate;
use super::roots::is_of_editor;
use crate::files::Role;
use crate::project::IgnoreRules;
use crate::project::link::{Linking, is_test_path};
use crate::source::{FileKind, SourceFile};

/// Every template of the project, in file order; the templates of programs in other languages are not among them.
/// Where a root has no template, committed env files show its keys.
pub fn find(linking: &Linking, ignore: &IgnoreRules) -> Vec<EnvTemplate> {
    let layout = linking.layout;
    let mut found: Vec<EnvTemplate> = Vec::new();
    for live in [false, true] {
        for (file, facts) in linking.facts {
            let source = linking.sources.get(*file);
            if source.kind != kind(live) || is_no_documentation(source) || layout.is_foreign(source.dir()) {
                continue;
            }
            let root = layout.documented_root(source.dir());
            if live && (!is_committed(source, ignore) || found.iter().any(|known| !known.live && known.root == root)) {
                continue;
            }
            let entries = facts.entries.iter().filter(|entry| entry.role == Role::Environment);
            let keys = entries.map(|entry| (entry.key().to_owned(), entry.key_at)).collect();
            found.push(EnvTemplate { file: *file, root, keys, live });
        }
    }
    found.sort_by_key(|template| template.file);
    found
}

fn is_no_documentation(file: &SourceFile) -> bool {
    is_test_path(&file.path) || is_of_editor(&file.path)
}

fn kind(live: bool) -> FileKind {
    if live { FileKind::Env } else { FileKind::EnvTemplate }
}

/// Whether the repository holds the env file. Without a repository only a file that is not called `.env` alone does.
fn is_committed(file: &SourceFile, ignore: &IgnoreRules) -> bool {
    if ignore.has_repository() {
        return ignore.is_tracked(&file.path) && file.name() != ".flaskenv";
    }
    !matches!(file.name(), ".env" | ".env.local" | ".envrc" | ".flaskenv")
        && !ignore.is_ignored(&file.path, false).ignored
}
