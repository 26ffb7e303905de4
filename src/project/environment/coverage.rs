//! What reads and templates have to do with each other: keys that no template documents, documented keys that nothing reads.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use super::known::{is_read_elsewhere, is_system};
use super::{EnvRead, EnvTemplate};
use crate::files::Need;
use crate::project::Project;
use crate::python::Module;
use crate::python::ir::{ExprKind, StrPart};
use crate::python::modules::is_below;
use crate::source::{FileId, FileKind, Loc};

/// A key that is read and that no template of its code root documents.
#[derive(Debug)]
pub struct Undocumented<'p> {
    pub name: &'p str,
    /// Every read that asks for it, the one to show first.
    pub reads: Vec<&'p EnvRead>,
    pub need: Need,
    pub connects: bool,
    /// Where a Dockerfile, a compose file or another deployment gives it a value.
    pub deployed: Option<Loc>,
    /// The nearest template; none when the code root has no template.
    pub template: Option<&'p EnvTemplate>,
    /// The code root, for a template that is still to be made.
    pub root: String,
}

impl Undocumented<'_> {
    /// Where the key is read first.
    pub fn at(&self) -> Loc {
        self.reads[0].at
    }

    /// The program does not run well without the variable.
    pub fn is_required(&self) -> bool {
        self.need == Need::Required && self.deployed.is_none()
    }

    /// Whether the read to show gives another value when the variable is not set.
    pub fn has_default(&self) -> bool {
        self.reads[0].has_default
    }

    /// The default of the code, when there is one that can be written down.
    pub fn default(&self) -> Option<&str> {
        self.reads.iter().find_map(|read| read.default.as_deref())
    }
}

/// Every undocumented key, one entry per key and template (or code root), ordered by the place to show.
pub fn undocumented(project: &Project) -> Vec<Undocumented<'_>> {
    let celery_itself = celery_itself(project);
    let mut groups: BTreeMap<(Option<FileId>, String, &str), Vec<&EnvRead>> = BTreeMap::new();
    for read in project.env_reads.iter().filter(|read| asks(project, read)) {
        let path = project.sources.path(read.at.file);
        let around = templates_around(project, path);
        if is_far_from(project, read, &around) || celery_itself.iter().any(|top| path.starts_with(top)) {
            continue;
        }
        let looked_at = if around.is_empty() { project.env_templates.iter().collect() } else { around.clone() };
        if looked_at.iter().any(|template| documents(template, read)) {
            continue;
        }
        let nearest = nearest(project, path, &around);
        let root = nearest.map_or_else(|| code_root(project, path), |template| template.root.clone());
        groups.entry((nearest.map(|template| template.file), root, read.key.name())).or_default().push(read);
    }
    let mut found: Vec<Undocumented> = groups
        .into_iter()
        .map(|((template, root, name), reads)| joined(project, name, reads, template, root))
        // A committed env file is no documentation: it need not hold what the code does well without.
        .filter(|key| (key.is_required() && key.connects) || key.template.is_none_or(|template| !template.live))
        .collect();
    found.sort_by_key(|group| (group.at(), group.name));
    found
}

/// Whether a read asks for a variable that a template should show.
fn asks(project: &Project, read: &EnvRead) -> bool {
    let names = &read.key.names;
    let own = |name: &String| is_system(name) || project.env_written.contains(name) || is_of_cluster(project, name);
    !(read.in_test || read.aside || read.implicit || names.iter().any(own))
        && crate::files::interpolate::is_name(read.key.name())
}

/// Whether Kubernetes gives the variable to every container, because there is a service of that name (`MQ_SERVICE_HOST` for the
/// service `mq`: <https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>).
fn is_of_cluster(project: &Project, key: &str) -> bool {
    let service =
        ["_SERVICE_HOST", "_SERVICE_PORT"].iter().find_map(|end| Some(key.split_once(end)?.0)).or_else(|| {
            let (service, port) = key.split_once("_PORT_")?;
            (port.starts_with(|c: char| c.is_ascii_digit()) && port.contains("_TCP")).then_some(service)
        });
    service.is_some_and(|service| {
        let name = service.to_ascii_lowercase().replace('_', "-");
        project.sources.of_kind(FileKind::Kubernetes).any(|file| file.text.contains(&name))
    })
}

/// Compose files and scripts deep below a template are variants of a deployment, with env files of their own: compose
/// reads the `.env` beside it.
fn is_far_from(project: &Project, read: &EnvRead, around: &[&EnvTemplate]) -> bool {
    let source = project.sources.get(read.at.file);
    let near = |template: &&EnvTemplate| {
        let below = source.dir().strip_prefix(template.root.as_str()).unwrap_or(source.dir());
        let depth = below.split('/').filter(|part| !part.is_empty()).count();
        depth <= 1 || project.sources.get(template.file).dir() == source.dir()
    };
    source.kind != FileKind::Python && !around.is_empty() && !around.iter().any(near)
}

/// Where Celery's own source lies, which reads its own variables: an empty prefix for the whole run.
fn celery_itself(project: &Project) -> Vec<&str> {
    project.sources.files.iter().filter_map(|file| file.path.strip_suffix("celery/app/base.py")).collect()
}

fn joined<'p>(
    project: &'p Project,
    name: &'p str,
    mut reads: Vec<&'p EnvRead>,
    template: Option<FileId>,
    root: String,
) -> Undocumented<'p> {
    let need = reads.iter().map(|read| read.need).max().unwrap_or(Need::Optional);
    // The place to show: one that needs the key, in Python before other files.
    let is_python = |read: &EnvRead| project.sources.get(read.at.file).kind == FileKind::Python;
    reads.sort_by_key(|read| (read.need != need, !is_python(read), read.at));
    Undocumented {
        name,
        need,
        connects: reads.iter().any(|read| read.connects),
        // What compose interpolates, no container's environment answers.
        deployed: if reads.iter().any(|read| project.sources.get(read.at.file).kind == FileKind::Compose) {
            None
        } else {
            reads[0].key.names.iter().find_map(|name| project.env_deployed.get(name)).copied()
        },
        reads,
        template: project.env_templates.iter().find(|known| Some(known.file) == template),
        root,
    }
}

fn documents(template: &EnvTemplate, read: &EnvRead) -> bool {
    template.keys.iter().any(|(name, _)| read.key.accepts(name))
}

/// The templates whose code root holds a path.
fn templates_around<'p>(project: &'p Project, path: &str) -> Vec<&'p EnvTemplate> {
    project.env_templates.iter().filter(|template| is_below(path, &template.root)).collect()
}

/// The one to extend: the deepest root, a real template before an env file, the one that shares most of its way with the
/// file that reads, the one with the shortest path (`.env.example` before `.env.dev.example`).
fn nearest<'p>(project: &Project, reader: &str, around: &[&'p EnvTemplate]) -> Option<&'p EnvTemplate> {
    around.iter().copied().max_by_key(|template| {
        let path = project.sources.path(template.file);
        let shared = shared_directories(reader, path);
        (template.root.len(), !template.live, shared, std::cmp::Reverse((path.len(), template.file)))
    })
}

/// How many directories two files have in common, from the top.
fn shared_directories(one: &str, other: &str) -> usize {
    let directories = |path: &'_ str| path.rsplit_once('/').map_or(String::new(), |(dir, _)| dir.to_owned());
    let (one, other) = (directories(one), directories(other));
    one.split('/').zip(other.split('/')).take_while(|(one, other)| one == other && !one.is_empty()).count()
}

/// The code root of a file without a template: the project around it, or the root of the run where its env file lies.
fn code_root(project: &Project, path: &str) -> String {
    let root = project.layout.root_of(path);
    let at_top = project.facts.iter().any(|(file, facts)| {
        let source = project.sources.get(*file);
        let named = |path: &str| matches!(path, ".env" | "./.env");
        source.path == ".env"
            || (source.dir().is_empty()
                && facts.env_file_refs.iter().any(|found| found.path.as_literal().is_some_and(|path| named(&path))))
    });
    if at_top { String::new() } else { root.to_owned() }
}

/// Keys that a template documents and that nothing can read, with their places.
pub fn unused(project: &Project) -> Vec<(&str, Loc)> {
    let explained = project.env_open.iter().any(|open| open.prefix.is_empty())
        || !project.incomplete.is_empty()
        || feeds_unknown_image(project);
    if explained || project.env_templates.iter().all(|template| template.live) {
        return Vec::new();
    }
    let mut found: Vec<(&str, Loc)> = Vec::new();
    for template in project.env_templates.iter().filter(|template| !template.live) {
        // What a distribution reads that has nothing to do with Celery is not known.
        let other = project.foreign_parts.iter().any(|part| is_below(part, &template.root) || *part == template.root);
        if other || project.layout.has_foreign_code(&template.root) {
            continue;
        }
        for (name, at) in &template.keys {
            let known = found.iter().any(|(known, place)| known == name && place.file == template.file);
            if !known && !is_commented(project, *at) && !may_be_read(project, name) {
                found.push((name, *at));
            }
        }
    }
    let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
    let mentioned = mentioned(project, &names);
    found.retain(|(name, _)| !mentioned.contains(name));
    found.sort_by_key(|(_, at)| *at);
    found
}

fn may_be_read(project: &Project, name: &str) -> bool {
    is_read_elsewhere(name)
        || project.env_reads.iter().any(|read| read.key.accepts(name))
        || project.env_open.iter().any(|open| starts_with(name, &open.prefix))
}

fn starts_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn is_commented(project: &Project, at: Loc) -> bool {
    let source = project.sources.get(at.file);
    let line = source.lines().line_span(source.lines().line_of(at.span.start), &source.text);
    let before = source.text.get(line.start as usize..at.span.start as usize).unwrap_or_default();
    before.contains('#')
}

/// Images whose variables are known; their names end like this.
const KNOWN_IMAGES: &[&str] = &[
    "postgres",
    "postgis",
    "postgresql",
    "timescaledb",
    "pgvector",
    "redis",
    "valkey",
    "rabbitmq",
    "mysql",
    "mariadb",
    "mongo",
    "memcached",
    "nginx",
    "traefik",
    "caddy",
    "flower",
    "pgadmin4",
    "adminer",
    "mailhog",
    "mailpit",
    "minio",
    "elasticsearch",
    "grafana",
    "prometheus",
    "localstack",
    "redis-commander",
    "redisinsight",
    "keydb",
    "dragonfly",
];

/// Whether a service of somebody else's image gets a whole env file: it could read any key.
fn feeds_unknown_image(project: &Project) -> bool {
    let facts = || project.facts.iter().map(|(_, facts)| facts);
    let built_here =
        |name: &str| facts().flat_map(|facts| &facts.images).any(|image| image.built && image.name == name);
    facts().any(|facts| {
        facts.images.iter().filter(|image| !image.built).any(|image| {
            let fed = || facts.env_file_refs.iter().any(|found| found.service.as_deref() == Some(&image.service));
            !is_known_image(&image.name) && !built_here(&image.name) && fed()
        })
    })
}

fn is_known_image(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split([':', '@']).next().unwrap_or(name);
    KNOWN_IMAGES.contains(&name)
}

/// Which of the names stand somewhere else in the project where they may name a variable.
fn mentioned<'n>(project: &Project, names: &[&'n str]) -> Vec<&'n str> {
    let Ok(finder) = AhoCorasick::builder().match_kind(aho_corasick::MatchKind::Standard).build(names) else {
        return names.to_vec();
    };
    let mut found = Vec::new();
    for source in &project.sources.files {
        if matches!(source.kind, FileKind::EnvTemplate | FileKind::Env | FileKind::Python | FileKind::Lock) {
            continue;
        }
        for hit in finder.find_overlapping_iter(&*source.text) {
            if is_word(&source.text, hit.start(), hit.end()) {
                found.push(names[hit.pattern().as_usize()]);
            }
        }
    }
    let mut known: Vec<Loc> = project.env_reads.iter().map(|read| read.named_at).collect();
    known.sort();
    for id in 0..project.modules.len() {
        let text = &*project.sources.get(project.modules.file(id)).text;
        if finder.find_overlapping_iter(text).any(|hit| is_word(text, hit.start(), hit.end())) {
            in_strings(&known, project.modules.get(&project.sources, id), names, &finder, &mut found);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn is_word(text: &str, start: usize, end: usize) -> bool {
    let part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let bytes = text.as_bytes();
    !part(start.checked_sub(1).and_then(|before| bytes.get(before))) && !part(bytes.get(end))
}

/// Names that are a whole string of Python, or that a string refers to (`${X}`, `%(X)s`, `{X}`), besides `known` reads (in order).
fn in_strings<'n>(known: &[Loc], module: &Module, names: &[&'n str], finder: &AhoCorasick, found: &mut Vec<&'n str>) {
    let read_here = |at: Loc| {
        let start = known.partition_point(|read| *read < Loc::new(at.file, crate::source::Span::new(at.span.start, 0)));
        known.get(start..).is_some_and(|known| {
            let mut here = known.iter().take_while(|read| read.file == at.file && read.span.start <= at.span.end);
            here.any(|read| at.span.contains(read.span))
        })
    };
    for expr in &module.exprs {
        let ExprKind::Str(parts) = &expr.kind else { continue };
        for part in parts {
            let StrPart::Literal { text, span } = part else { continue };
            if text.len() > 4_000 || read_here(Loc::new(module.file, *span)) {
                continue;
            }
            for hit in finder.find_overlapping_iter(&**text) {
                let whole = hit.start() == 0 && hit.end() == text.len();
                let before = hit.start().checked_sub(1).and_then(|at| text.as_bytes().get(at));
                if whole || (matches!(before, Some(b'$' | b'{' | b'(' | b'%')) && is_word(text, hit.start(), hit.end()))
                {
                    found.push(names[hit.pattern().as_usize()]);
                }
            }
        }
    }
}
