//! CI definitions: GitHub, GitLab, Azure, CircleCI, Travis, Bitbucket, Drone and those like them. They share their words:
//! `env`, `environment` and `variables` set variables, `run`, `script`, `command` and `commands` hold shell.

use super::FileFacts;
use super::interpolate::Syntax;
use super::yaml::{Scope, Walker, parse};
use crate::source::FileId;

pub fn lower(path: &str, text: &str, file: FileId) -> FileFacts {
    let tree = parse(text);
    // GitLab expands `$X` in values and writes a dollar sign as `$$`, as compose does.
    let syntax = if path.contains("gitlab") { Syntax::Compose } else { Syntax::Settings };
    let mut walker = Walker::new(file, syntax);
    for document in tree.documents() {
        walker.walk(document, &Scope::default());
    }
    walker.finish(tree.comments, tree.errors)
}

#[cfg(test)]
#[path = "ci_tests.rs"]
mod tests;
