//! Which connections the workers of a project would make: every app's broker and result backend, as its settings and the
//! environment have them.

use std::path::PathBuf;

use super::address::{Hider, shown};
use super::check::{Check, Step};
use super::environment::{Environment, Setting};
use super::probe::{Asked, Probe, Role, Settings};
use super::resolve::{Plain, Resolved};
use crate::celery::release::Minor;
use crate::project::configuration::Entry;
use crate::project::link::is_test_path;
use crate::project::production::is_shown;
use crate::project::{Configuration, Project};

/// URLs that the command line gives instead of those of the project.
#[derive(Debug, Clone, Default)]
pub struct Given {
    pub broker: Option<String>,
    pub backend: Option<String>,
}

/// One connection.
pub struct Target {
    pub role: Role,
    /// The apps as `celery -A` names them.
    pub apps: Vec<String>,
    /// Where the URL comes from.
    pub from: Vec<String>,
    /// The URL without its password; none when it is not known.
    pub url: Option<String>,
    /// Which of several it is, for failover: from 1, and of how many.
    pub part: Option<(usize, usize)>,
    pub probe: Probe,
    pub hider: Hider,
    /// The URL as it is, to know it again.
    raw: String,
}

/// Everything that would be tested.
pub struct Plan {
    pub targets: Vec<Target>,
    /// How many more there would be: nobody's workers connect to that many.
    pub left_out: usize,
    /// The directory of the project: relative paths are taken from here.
    pub root: PathBuf,
}

/// The value of a setting of one app.
enum Read {
    Known {
        text: String,
        from: Vec<String>,
    },
    Unknown {
        why: String,
        help: Option<String>,
    },
    /// It is not set, or is `None` or empty; with where that is written.
    Nothing(Option<String>),
}

/// Connections of one project, at most.
const MAX_TARGETS: usize = 64;

/// What is tested when no app says anything.
const DEFAULT_BROKER: &str = "amqp://guest:guest@localhost:5672//";

impl Plan {
    pub fn of(project: &Project, environment: &Environment, given: &Given) -> Self {
        let mut plan = Self { targets: Vec::new(), left_out: 0, root: project.sources.root.clone() };
        let release = project.releases.newest().unwrap_or(Minor(5, 7));
        let nothing = Configuration::default();
        let mut all = configurations(project, environment);
        if all.is_empty() && (given.broker.is_some() || given.backend.is_some()) {
            all.push(&nothing);
        }
        for configuration in all {
            let app = App { project, environment, given, configuration, release };
            app.add_to(&mut plan);
        }
        plan
    }

    fn add(&mut self, target: Target) {
        let same =
            |known: &&mut Target| known.role == target.role && known.raw == target.raw && known.from == target.from;
        let is_full = self.targets.len() >= MAX_TARGETS;
        match self.targets.iter_mut().find(same) {
            Some(known) => {
                known.apps.extend(target.apps.into_iter().filter(|app| !known.apps.contains(app)).collect::<Vec<_>>())
            }
            None if is_full => self.left_out += 1,
            None => self.targets.push(target),
        }
    }
}

/// The configurations of all apps that are meant to run; of several Django settings modules the one that the environment
/// names, if it names one.
fn configurations<'p>(project: &'p Project, environment: &Environment) -> Vec<&'p Configuration> {
    let runs = |configuration: &&Configuration| {
        let app = configuration.app.and_then(|app| project.apps.get(app));
        // Without an app of its own a process has Celery's, which a module configures.
        let own = app.is_none_or(|app| !app.in_test && !is_shown(project.sources.path(app.at.file)));
        let file = configuration.object.as_ref().and_then(|object| object.file);
        own && !file.is_some_and(|file| is_test_path(project.sources.path(file)))
    };
    let all: Vec<&Configuration> = project.configurations.iter().filter(runs).collect();
    let Some(chosen) = environment.get("DJANGO_SETTINGS_MODULE", false) else { return all };
    let module = match &chosen.value {
        Setting::Plain(module) => module.clone(),
        Setting::Text(text) => text.as_literal().unwrap_or_default(),
        Setting::Contradictory(_) => String::new(),
    };
    let is_chosen = |configuration: &&Configuration| {
        let file = configuration.object.as_ref().and_then(|object| object.file);
        file.is_some_and(|file| {
            let path = project.sources.path(file);
            let dotted = path.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
            dotted == module || dotted.ends_with(&format!(".{module}"))
        })
    };
    let is_django = |configuration: &&Configuration| configuration.object.as_ref().is_some_and(|object| object.django);
    if !all.iter().any(|it| is_django(it) && is_chosen(it)) {
        return all;
    }
    all.into_iter().filter(|it| !is_django(it) || is_chosen(it)).collect()
}

/// One configuration of one app.
struct App<'a> {
    project: &'a Project,
    environment: &'a Environment<'a>,
    given: &'a Given,
    configuration: &'a Configuration,
    release: Minor,
}

impl App<'_> {
    fn add_to(&self, plan: &mut Plan) {
        let settings = self.settings();
        let read = self.read("broker_read_url", "CELERY_BROKER_READ_URL");
        let write = self.read("broker_write_url", "CELERY_BROKER_WRITE_URL");
        let broker = || match &self.given.broker {
            Some(url) => vec![Read::Known { text: url.clone(), from: vec!["`--broker`".to_owned()] }],
            None => or_default(self.read("broker_url", "CELERY_BROKER_URL")),
        };
        let given = self.given.broker.is_some();
        let is_set = |found: &[Read]| !given && !found.iter().all(|one| matches!(one, Read::Nothing(_)));
        if !is_set(&read) && !is_set(&write) {
            self.add_all(plan, Role::Broker, broker(), &settings);
        } else {
            let to_read = if is_set(&read) { read } else { broker() };
            self.add_all(plan, Role::BrokerToRead, to_read, &settings);
            let to_write = if is_set(&write) { write } else { broker() };
            self.add_all(plan, Role::BrokerToWrite, to_write, &settings);
        }
        let backend = match &self.given.backend {
            Some(url) => vec![Read::Known { text: url.clone(), from: vec!["`--backend`".to_owned()] }],
            None => self.read("result_backend", "CELERY_RESULT_BACKEND"),
        };
        self.add_all(plan, Role::ResultBackend, backend, &settings);
    }

    fn add_all(&self, plan: &mut Plan, role: Role, found: Vec<Read>, settings: &Settings) {
        let several = (found.len() > 1).then(|| format!(" (one of {} values)", found.len()));
        for read in found {
            match read {
                Read::Nothing(_) => {}
                Read::Unknown { why, help } => {
                    let mut check = Check::untested(Step::Address, format!("the URL is not known: {why}"));
                    check.help = help;
                    plan.add(self.target(role, Vec::new(), None, Probe::Ended(Box::new(check))));
                }
                Read::Known { text, mut from } => {
                    from.first_mut()
                        .into_iter()
                        .for_each(|place| place.push_str(several.as_deref().unwrap_or_default()));
                    self.add_urls(plan, role, &text, &from, settings);
                }
            }
        }
    }

    /// `a;b` are two brokers, of which the second is for when the first is down.
    fn add_urls(&self, plan: &mut Plan, role: Role, text: &str, from: &[String], settings: &Settings) {
        let divided =
            text.contains(';') && (role.is_broker() || text.starts_with("sentinel")) && !text.contains("azure");
        let urls: Vec<&str> =
            if divided { text.split(';').filter(|url| !url.is_empty()).collect() } else { vec![text] };
        let is_sentinel = urls.first().is_some_and(|url| url.starts_with("sentinel"));
        for (at, url) in urls.iter().enumerate() {
            // Sentinels are several servers that know one.
            if is_sentinel && at > 0 {
                break;
            }
            let asked = Asked { url, role, settings, release: self.release, all: &urls };
            let mut target = self.target(role, from.to_vec(), Some(url), Probe::of(&asked));
            target.part = (urls.len() > 1 && !is_sentinel).then_some((at + 1, urls.len()));
            plan.add(target);
        }
    }

    fn target(&self, role: Role, from: Vec<String>, url: Option<&str>, probe: Probe) -> Target {
        let app = self.configuration.app.and_then(|app| self.project.apps.get(app));
        let name = app.map(|app| app.target.clone().unwrap_or_else(|| app.module.clone()));
        Target {
            role,
            apps: name.into_iter().collect(),
            from,
            url: url.map(shown),
            part: None,
            probe,
            hider: url.map(Hider::of).unwrap_or_default(),
            raw: url.unwrap_or_default().to_owned(),
        }
    }

    /// What a setting is: Celery's own variable counts first, then the configuration.
    fn read(&self, setting: &str, variable: &str) -> Vec<Read> {
        if let Some(found) = self.environment.get(variable, false) {
            let text = match &found.value {
                Setting::Plain(text) => Resolved::Text { text: text.clone(), from: Vec::new() },
                Setting::Text(text) => self.environment.text(text),
                Setting::Contradictory(places) => Resolved::Unknown(format!("{} differ", places.join(" and "))),
            };
            match text {
                Resolved::Text { text, .. } if text.is_empty() => {}
                Resolved::Text { text, from } => {
                    return vec![Read::Known { text, from: [found.from].into_iter().chain(from).collect() }];
                }
                other => return vec![self.told(other, "")],
            }
        }
        if self.configuration.outcomes(self.release).is_err() {
            let why =
                format!("Celery {} refuses the configuration, which mixes old and new names of settings", self.release);
            return vec![Read::Unknown {
                why,
                help: Some("run `celery-lint --select mixed-setting-styles`".to_owned()),
            }];
        }
        let found = self.configuration.found(self.release, setting);
        // Celery takes `broker_url` for these two where they are not set.
        let of_broker = self.configuration.found(self.release, "broker_url").map(|entry| entry.at);
        let is_side = matches!(setting, "broker_read_url" | "broker_write_url");
        match found.filter(|entry| !is_side || Some(entry.at) != of_broker) {
            None if self.configuration.open && self.configuration.app.is_some() && !is_side => {
                let why = format!("nothing that is known sets `{setting}`, and the configuration may hold more");
                vec![Read::Unknown { why, help: Some(format!("give it: `{}`", flag(setting))) }]
            }
            None => vec![Read::Nothing(None)],
            Some(entry) if entry.none => vec![Read::Nothing(None)],
            Some(entry) => {
                let place = format!("`{}` of {}", entry.written, self.environment.place(entry.at));
                let value = entry.setting.and_then(|setting| self.project.settings.get(setting)).map(|it| &it.value);
                let found = value.map(|value| self.environment.value(value)).unwrap_or_default();
                if found.is_empty() && value.is_none() {
                    return vec![Read::Unknown { why: format!("{place} is not followed"), help: None }];
                }
                let found = found.into_iter().filter(|one| !may_be_skipped(entry, setting, one));
                let mut all: Vec<Read> = found.map(|one| self.told(one, &place)).collect();
                all.retain(|one| !matches!(one, Read::Known { text, .. } if text.is_empty()));
                if all.is_empty() { vec![Read::Nothing(Some(place))] } else { all }
            }
        }
    }

    fn told(&self, found: Resolved, place: &str) -> Read {
        match found {
            Resolved::Text { text, from } => {
                let place = Some(place.to_owned()).filter(|place| !place.is_empty());
                Read::Known { text, from: place.into_iter().chain(from).collect() }
            }
            Resolved::Missing(names) => {
                let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                let deployed = names.iter().find_map(|name| self.environment.deployed(name));
                let help = match deployed {
                    Some(at) => format!("set it, or run the doctor where {at} sets it"),
                    None => "set it, or name a file that does with `--env-file`".to_owned(),
                };
                let verb = if names.len() == 1 { "is" } else { "are" };
                let needs = if place.is_empty() { String::new() } else { format!(", which {place} needs") };
                Read::Unknown { why: format!("{} {verb} not set{needs}", listed.join(" and ")), help: Some(help) }
            }
            Resolved::Unknown(why) => Read::Unknown { why, help: None },
        }
    }

    fn settings(&self) -> Settings {
        let option = |name: &str| -> Option<Plain> {
            let entry = self.configuration.found(self.release, name)?;
            let value = &self.project.settings.get(entry.setting?)?.value;
            let plain = self.environment.plain(value);
            // What may not be set at all is not known.
            Some(if entry.conditional && plain != Plain::None { Plain::Unknown } else { plain })
        };
        let queue = option("task_default_queue");
        Settings {
            use_ssl: option("broker_use_ssl"),
            backend_use_ssl: option("redis_backend_use_ssl"),
            transport_options: option("broker_transport_options"),
            backend_transport_options: option("result_backend_transport_options"),
            table_names: option("database_table_names"),
            table_schemas: option("database_table_schemas"),
            queue: queue.as_ref().and_then(Plain::text).map(str::to_owned),
        }
    }
}

/// A backend that is set under a condition, from a variable that is not set: who has none has no such variable.
fn may_be_skipped(entry: &Entry, setting: &str, found: &Resolved) -> bool {
    entry.conditional && setting == "result_backend" && matches!(found, Resolved::Missing(_))
}

/// An app without a broker has RabbitMQ on this machine.
fn or_default(found: Vec<Read>) -> Vec<Read> {
    let place = match found.as_slice() {
        [] => None,
        [Read::Nothing(place)] => place.clone(),
        _ => return found,
    };
    let empty = place.map_or(String::new(), |place| format!(", because {place} is empty"));
    vec![Read::Known { text: DEFAULT_BROKER.to_owned(), from: vec![format!("Celery's default{empty}")] }]
}

fn flag(setting: &str) -> &'static str {
    if setting == "result_backend" { "--backend URL" } else { "--broker URL" }
}
