//! Which directory of the build context an image's code runs in: `COPY src /app` and `WORKDIR /app`.

/// The paths of an image that matter for imports, and what was copied where.
#[derive(Debug, Default)]
pub struct Layout {
    workdir: String,
    /// Directories that Python looks in, absolute.
    places: Vec<String>,
    /// Source directory in the context, absolute target directory.
    copies: Vec<(String, String)>,
}

impl Layout {
    /// A new stage starts at the root.
    pub fn stage(&mut self) {
        self.workdir.clear();
    }

    pub fn workdir(&mut self, path: Option<&str>) {
        if let Some(path) = path {
            self.workdir = self.absolute(path);
            self.places.push(self.workdir.clone());
        }
    }

    /// A directory of `PYTHONPATH`.
    pub fn path(&mut self, path: &str) {
        if path.starts_with('/') {
            self.places.push(normal(path));
        }
    }

    /// The words of `COPY`, flags included.
    pub fn copy(&mut self, words: &[String]) {
        let paths: Vec<&String> = words.iter().filter(|word| !word.starts_with("--")).collect();
        let foreign = words.iter().any(|word| word.starts_with("--from"));
        let Some((target, sources)) = paths.split_last().filter(|_| !foreign) else { return };
        let target = self.absolute(target);
        for source in sources.iter().filter(|source| !source.contains(['*', '<', ':'])) {
            self.copies.push((normal(source), target.clone()));
        }
    }

    fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') { normal(path) } else { normal(&format!("/{}/{path}", self.workdir)) }
    }

    /// The directories of the context that become a place where imports start: relative to the Dockerfile's directory,
    /// and to the project (the context may be either).
    pub fn roots(&self, path: &str) -> Vec<String> {
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        let mut found = Vec::new();
        for place in &self.places {
            for (source, target) in &self.copies {
                let Some(inside) = below(place, target) else { continue };
                let root = normal(&format!("{source}/{inside}"));
                for root in [normal(&format!("{directory}/{root}")), root] {
                    if !found.contains(&root) && found.len() < 32 {
                        found.push(root);
                    }
                }
            }
        }
        found
    }
}

/// `place` relative to `parent`, if it lies there.
fn below<'p>(place: &'p str, parent: &str) -> Option<&'p str> {
    let rest = place.strip_prefix(parent)?;
    (parent.is_empty() || rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/'))
}

/// A path without `.`, `..` and doubled slashes; empty for the top.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
