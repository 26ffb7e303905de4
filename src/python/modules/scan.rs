//! Imports read from the text alone, for files that are not worth parsing: which modules a file names is asked of every
//! file of a project, to know its import roots and which modules run together.

use memchr::memmem;

/// One `import …` or `from … import …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextImport<'t> {
    /// Leading dots.
    pub level: u32,
    pub module: &'t str,
    /// What a `from` import takes; empty for a plain import.
    pub names: Vec<&'t str>,
    /// `from … import *`.
    pub is_star: bool,
}

impl TextImport<'_> {
    /// An absolute import of whole modules: `import …`, `from … import *`.
    pub fn is_whole(&self) -> bool {
        self.names.is_empty() && self.level == 0
    }
}

/// Every import of a text, in order. Lines of documentation that look like one count as well.
pub fn imports(text: &str) -> Vec<TextImport<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for at in memmem::find_iter(bytes, b"import") {
        if bytes.get(at + 6).is_none_or(|next| !matches!(next, b' ' | b'\t' | b'(' | b'\\')) {
            continue;
        }
        let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |end| end + 1);
        let (Some(head), Some(tail)) = (text.get(start..at), text.get(at + 6..)) else { continue };
        match head.trim() {
            "" => plain(tail, &mut found),
            head => found.extend(head.strip_prefix("from").and_then(|module| from(module, tail))),
        }
    }
    found
}

/// `import a.b as c, d`.
fn plain<'t>(tail: &'t str, found: &mut Vec<TextImport<'t>>) {
    let line = tail.split(['\n', '\r', '#', ';']).next().unwrap_or_default();
    for part in line.split(',') {
        let name = part.split_whitespace().next().unwrap_or_default();
        if is_dotted(name) {
            found.push(TextImport { level: 0, module: name, names: Vec::new(), is_star: false });
        }
    }
}

/// `from ..a.b import (c, d as e)`; what stands between `from` and `import`, and what comes after.
fn from<'t>(module: &'t str, tail: &'t str) -> Option<TextImport<'t>> {
    let written = module.trim();
    let name = written.trim_start_matches('.');
    let level = (written.len() - name.len()) as u32;
    let separated = module.starts_with([' ', '\t']) || level > 0;
    if !separated || !(is_dotted(name) || (name.is_empty() && level > 0)) {
        return None;
    }
    let tail = tail.trim_start_matches([' ', '\t']);
    let names = match tail.strip_prefix('(') {
        Some(listed) => listed.split(')').next().unwrap_or_default(),
        None => tail.split(['\n', '\r', ';']).next().unwrap_or_default(),
    };
    let names = names.lines().map(|line| line.split('#').next().unwrap_or_default()).flat_map(|line| line.split(','));
    let names: Vec<&str> = names.filter_map(|part| part.split_whitespace().next()).collect();
    let is_star = names == ["*"];
    let names = names.into_iter().filter(|name| is_dotted(name)).collect();
    Some(TextImport { level, module: name, names, is_star })
}

fn is_dotted(name: &str) -> bool {
    let part = |part: &str| {
        let mut chars = part.chars();
        chars.next().is_some_and(|first| first == '_' || first.is_alphabetic())
            && chars.all(|c| c == '_' || c.is_alphanumeric())
    };
    !name.is_empty() && name.split('.').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_of_every_form_are_read() {
        let text = "import os, a.b as c  # why\nfrom x.y import (\n    one, # first\n    two as zwei,\n)\nfrom . import z\n\
                    from ..up import w as v\nfrom .t import *\n    import late\nimportant = 1\nx = 'import'\nfrom nothing\n\
                    reimport os\nfrom 1 import x\nimport (\n";
        let shown: Vec<String> = imports(text)
            .iter()
            .map(|it| format!("{}{} [{}]", ".".repeat(it.level as usize), it.module, it.names.join(" ")))
            .collect();
        assert_eq!(shown, ["os []", "a.b []", "x.y [one two]", ". [z]", "..up [w]", ".t []", "late []"]);
    }
}
