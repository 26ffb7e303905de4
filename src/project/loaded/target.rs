//! What stands under a dotted name that Celery imports: a module of the project, surely nothing, or something that is not
//! known (a library, or a module that a build makes).

use crate::project::IgnoreRules;
use crate::project::link::Linking;
use crate::project::production::is_shown;
use crate::python::{ModuleId, Ref};
use crate::source::Sources;
use crate::source::files::ReadError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Module(ModuleId),
    /// A directory without an `__init__.py`.
    Namespace,
    Missing(Missing),
    Unknown,
}

/// Why there surely is no such module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The package of that name has no such sub-module.
    Child(String),
    /// The module of that name is no package, so that nothing is below it.
    Below(String),
    /// No module can have such a name: a path of a file, or several names in one text.
    NoName,
}

impl Target {
    pub fn module(&self) -> Option<ModuleId> {
        match self {
            Self::Module(id) => Some(*id),
            _ => None,
        }
    }
}

/// What is found under the name by code that is imported like the module `from`.
pub(in crate::project) fn of(linking: &Linking, ignore: &IgnoreRules, from: ModuleId, name: &str) -> Target {
    let modules = linking.modules;
    match modules.find(from, 0, name) {
        Ref::Module(id) => return Target::Module(id),
        Ref::Namespace(_) => return Target::Namespace,
        _ => {}
    }
    if name.contains(['/', ',', ' ', '\\']) {
        return Target::Missing(Missing::NoName);
    }
    if !name.split('.').all(is_identifier) || modules.is_somewhere(name) {
        return Target::Unknown;
    }
    let ends = name.match_indices('.').map(|(at, _)| at).collect::<Vec<usize>>();
    let parents = ends.iter().rev().filter_map(|end| Some((name.get(..*end)?, name.get(end + 1..)?)));
    for (parent, rest) in parents {
        let child = rest.split('.').next().unwrap_or_default();
        let folder = match modules.find(from, 0, parent) {
            Ref::Module(id) if !modules.is_package(id) => return Target::Missing(Missing::Below(parent.to_owned())),
            Ref::Module(id) if extends_path(modules.text(id)) => return Target::Unknown,
            Ref::Module(id) => modules.path(id).trim_end_matches("/__init__.py").to_owned(),
            // A directory at the top may have the name of a library only by chance.
            Ref::Namespace(path) if parent.contains('.') => path,
            Ref::Namespace(_) => return Target::Unknown,
            _ => continue,
        };
        let (file, inner) = (format!("{folder}/{child}.py"), format!("{folder}/{child}"));
        // A build may make what git does not keep.
        let made = ignore.is_ignored(&file, false).ignored || ignore.is_ignored(&inner, true).ignored;
        return if made || is_unread(linking.sources, ignore, &file, &inner) {
            Target::Unknown
        } else {
            Target::Missing(Missing::Child(parent.to_owned()))
        };
    }
    Target::Unknown
}

/// Whether something stands there that was not read, or could stand in a folder that nobody may list.
fn is_unread(sources: &Sources, ignore: &IgnoreRules, file: &str, folder: &str) -> bool {
    let inside = |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let seen = |path: &str| sources.seen.binary_search_by(|seen| seen.as_str().cmp(path)).is_ok();
    // What was seen and is no module of ours is a link.
    seen(file)
        || seen(folder)
        || sources.unreadable.iter().any(|(path, error)| {
            let hidden =
                matches!(error, ReadError::Unlisted(_)) && !is_shown(path) && !ignore.tracks_nothing_below(path);
            path == file || inside(path) || hidden
        })
}

/// Packages whose parts lie in several places.
fn extends_path(text: &str) -> bool {
    ["__path__", "extend_path", "declare_namespace"].iter().any(|word| text.contains(word))
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty()
        && !part.starts_with(|c: char| c.is_ascii_digit())
        && part.chars().all(|c| c.is_alphanumeric() || c == '_')
}
