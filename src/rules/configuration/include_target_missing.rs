//! `include-target-missing`: see its page.

use strsim::osa_distance;

use super::taken;
use crate::finding::Finding;
use crate::project::loaded::{Include, Missing, Target};
use crate::project::{Project, production};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, Loc};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/include-target-missing.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let mut seen: Vec<Loc> = Vec::new();
    for include in &project.loading.includes {
        let (Target::Missing(missing), Some(at)) = (&include.module.target, include.module.at) else { continue };
        if !seen.contains(&at)
            && !production::is_shown(project.sources.path(at.file))
            && taken::is_taken(project, include.setting)
        {
            seen.push(at);
            out.push(finding(project, include, missing, at));
        }
    }
}

fn finding(project: &Project, include: &Include, missing: &Missing, at: Loc) -> Finding {
    let name = &include.module.name;
    let (label, help) = match missing {
        Missing::Child(parent) => {
            let near = nearest(project, parent, name);
            let help = near.map_or("Name a module of the project".to_owned(), |near| format!("Write `{near}`"));
            (format!("`{parent}` has no such module"), help)
        }
        Missing::Below(parent) => {
            (format!("`{parent}` is a module, and nothing is below it"), format!("Name the module alone: `{parent}`"))
        }
        Missing::NoName if name.contains(',') => {
            ("the whole text counts as one name".to_owned(), "Write a list with one text for each module".to_owned())
        }
        Missing::NoName => {
            ("not the name of a module".to_owned(), "Name the module with dots, without `.py`".to_owned())
        }
    };
    Finding::new(&RULE, format!("There is no module `{name}`: workers do not start"), at, label).help(help).symbol(name)
}

/// The module of the package whose name is nearest to the one that is written, if one is near.
fn nearest(project: &Project, parent: &str, name: &str) -> Option<String> {
    let wanted = name.strip_prefix(parent)?.strip_prefix('.')?;
    let folder = format!("{}/", parent.replace('.', "/"));
    let inside = project.sources.of_kind(FileKind::Python).filter_map(|file| {
        let (before, rest) = file.path.rsplit_once(folder.as_str())?;
        let rest = rest.trim_end_matches(".py").trim_end_matches("/__init__");
        let whole = before.is_empty() || before.ends_with('/');
        (whole && rest != "__init__" && !rest.contains('/')).then_some(rest)
    });
    let near = inside.map(|module| (osa_distance(module, wanted), module)).min()?;
    (near.0 <= 2 && near.0 * 3 <= wanted.len()).then(|| format!("{parent}.{}", near.1))
}
