//! Path patterns of the configuration: globs that are relative to the file that states them.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Patterns with the directory they are relative to. A pattern without a slash matches a name at any depth, one with a
/// slash matches from the base; either also matches everything inside a directory it matches.
#[derive(Debug, Clone, Default)]
pub struct PathGlobs {
    base: PathBuf,
    names: GlobSet,
    paths: GlobSet,
}

impl PathGlobs {
    /// # Errors
    /// The pattern that is not a glob, and why.
    pub fn new<'a>(
        base: impl Into<PathBuf>,
        patterns: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, (String, globset::Error)> {
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in patterns {
            let open = pattern.trim_end_matches('/');
            let mut glob = GlobBuilder::new(open.trim_start_matches("./").trim_start_matches('/'));
            glob.literal_separator(true);
            let set = if open.contains('/') { &mut paths } else { &mut names };
            set.add(glob.build().map_err(|error| (pattern.to_owned(), error))?);
        }
        let build = |set: &GlobSetBuilder| set.build().map_err(|error| (String::new(), error));
        Ok(Self { base: base.into(), names: build(&names)?, paths: build(&paths)? })
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.paths.is_empty()
    }

    /// Whether an absolute path, or a directory above it inside the base, matches.
    pub fn matches(&self, path: &Path) -> bool {
        if self.is_empty() {
            return false;
        }
        let Ok(relative) = path.strip_prefix(&self.base) else { return false };
        relative.ancestors().filter(|part| !part.as_os_str().is_empty()).any(|part| self.matches_exactly(part))
    }

    fn matches_exactly(&self, relative: &Path) -> bool {
        self.paths.is_match(relative) || relative.file_name().is_some_and(|name| self.names.is_match(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(patterns: &[&str], path: &str) -> bool {
        PathGlobs::new("/p", patterns.iter().copied()).unwrap().matches(Path::new(path))
    }

    #[test]
    fn a_name_matches_at_any_depth_with_everything_inside() {
        assert!(matches(&["legacy"], "/p/a/legacy"));
        assert!(matches(&["legacy"], "/p/a/legacy/b/c.py"));
        assert!(matches(&["test_*.py"], "/p/a/test_x.py"));
        assert!(!matches(&["legacy"], "/p/a/legacy2"));
    }

    #[test]
    fn a_path_matches_from_the_base_only() {
        assert!(matches(&["a/legacy"], "/p/a/legacy/c.py"));
        assert!(!matches(&["a/legacy"], "/p/b/a/legacy/c.py"));
        assert!(matches(&["**/legacy/*.py"], "/p/b/a/legacy/c.py"));
        assert!(!matches(&["a/*.py"], "/p/a/b/c.py"));
        assert!(matches(&["./a/"], "/p/a/b.py"));
        assert!(matches(&["/a.py"], "/p/a.py") && !matches(&["/a.py"], "/p/b/a.py"));
    }

    #[test]
    fn a_path_outside_the_base_does_not_match() {
        assert!(!matches(&["*"], "/q/a.py"));
    }

    #[test]
    fn a_broken_pattern_is_named() {
        assert_eq!(PathGlobs::new("/p", ["a[", "b"]).unwrap_err().0, "a[");
    }
}
