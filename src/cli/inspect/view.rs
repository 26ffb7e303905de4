//! The model as a document: what each thing of the project shows of itself.

use serde::{Serialize, Serializer};

use super::configurations::{self, ConfigurationView};
use super::value::{ValueView, one_line};
use crate::files::{self, Need};
use crate::project::submission::Method;
use crate::project::{App, Does, Endpoint, EnvRead, Launch, Project, Schedule, Setting, Submission, Task, setting};
use crate::report::Mask;
use crate::source::Loc;

/// The names are a promise to readers of the JSON.
#[derive(Debug)]
pub struct Document {
    pub apps: Vec<Placed<AppView>>,
    pub settings: Vec<Placed<SettingView>>,
    pub configurations: Vec<Placed<ConfigurationView>>,
    pub tasks: Vec<Placed<TaskView>>,
    pub submissions: Vec<Placed<SubmissionView>>,
    pub schedules: Vec<Placed<ScheduleView>>,
    pub endpoints: Vec<Placed<EndpointView>>,
    pub environment: Vec<Placed<EnvironmentView>>,
    pub launches: Vec<Placed<LaunchView>>,
    pub dependencies: Vec<Placed<DependencyView>>,
}

/// Something with the place it stands at.
#[derive(Debug, Serialize)]
pub struct Placed<T> {
    #[serde(flatten)]
    pub item: T,
    /// Relative to the root, with forward slashes.
    pub path: String,
    /// 1-based.
    pub line: u32,
}

#[derive(Debug, Serialize)]
pub struct AppView {
    pub name: Option<String>,
    pub module: String,
    pub variable: Option<String>,
    pub factory: Option<String>,
    pub target: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct SettingView {
    pub name: String,
    pub written: String,
    pub how: setting::How,
    pub value: ValueView,
    /// Index into `apps`.
    pub app: Option<usize>,
}

#[derive(Debug, Serialize)]
pub struct TaskView {
    pub name: Option<String>,
    pub function: String,
    pub module: String,
    pub bind: bool,
    pub shared: bool,
    #[serde(rename = "async")]
    pub is_async: bool,
    pub test: bool,
}

#[derive(Debug, Serialize)]
pub struct SubmissionView {
    pub method: Method,
    pub task: Option<String>,
    /// Index into `tasks`.
    pub resolved: Option<usize>,
    pub test: bool,
}

#[derive(Debug, Serialize)]
pub struct ScheduleView {
    pub entry: String,
    pub task: Option<String>,
    /// Index into `tasks`.
    pub resolved: Option<usize>,
    /// As it is written (`crontab(hour=7)`), in one line.
    pub schedule: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct EndpointView {
    pub method: String,
    pub route: String,
    pub handler: Option<String>,
    pub does: Vec<Does>,
}

#[derive(Debug, Serialize)]
pub struct EnvironmentView {
    pub key: String,
    /// Other names that would do as well.
    pub aliases: Vec<String>,
    pub how: &'static str,
    pub required: bool,
    pub connects: bool,
    pub test: bool,
    /// Templates that document the key.
    pub documented: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct LaunchView {
    pub command: String,
    pub app: Option<String>,
    /// Whether that path leads to a Celery app of the project; none when it is not known.
    pub app_found: Option<bool>,
    pub queues: Vec<String>,
    pub service: Option<String>,
    pub arguments: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct DependencyView {
    pub name: String,
    pub extras: Vec<String>,
    pub specifier: String,
    pub locked: bool,
}

impl Document {
    pub fn of(project: &Project) -> Self {
        Self {
            apps: placed(project, &project.apps, |app| (app_view(app), app.at)),
            settings: placed(project, &project.settings, |setting| (setting_view(setting), setting.at)),
            configurations: placed_all(project, configurations::of(project)),
            tasks: placed(project, &project.tasks, |task| (task_view(task), task.at)),
            submissions: placed(project, &project.submissions, |call| (submission_view(project, call), call.at)),
            schedules: placed(project, &project.schedules, |schedule| (schedule_view(project, schedule), schedule.at)),
            endpoints: placed(project, &project.endpoints, |endpoint| (endpoint_view(endpoint), endpoint.at)),
            environment: placed(project, &project.env_reads, |read| (environment_view(project, read), read.at)),
            launches: placed(project, &project.launches, |launch| (launch_view(launch), launch.at)),
            dependencies: placed(project, &project.dependencies, |dependency| {
                (dependency_view(dependency), dependency.at)
            }),
        }
    }

    /// # Errors
    /// Never in practice: when a part cannot be JSON.
    pub fn masked(&self, mask: &Mask) -> serde_json::Result<MaskedDocument> {
        Ok(MaskedDocument(vec![
            ("apps", mask.document(&self.apps)?),
            ("settings", mask.document(&self.settings)?),
            ("configurations", mask.document(&self.configurations)?),
            ("tasks", mask.document(&self.tasks)?),
            ("submissions", mask.document(&self.submissions)?),
            ("schedules", mask.document(&self.schedules)?),
            ("endpoints", mask.document(&self.endpoints)?),
            ("environment", mask.document(&self.environment)?),
            ("launches", mask.document(&self.launches)?),
            ("dependencies", mask.document(&self.dependencies)?),
        ]))
    }
}

/// The parts of the document in their order, every text in them masked.
pub struct MaskedDocument(Vec<(&'static str, serde_json::Value)>);

impl MaskedDocument {
    /// One part more, behind the others; its texts are masked already.
    ///
    /// # Errors
    /// Never in practice: when the part cannot be JSON.
    pub fn with(mut self, name: &'static str, part: &impl Serialize) -> serde_json::Result<Self> {
        self.0.push((name, serde_json::to_value(part)?));
        Ok(self)
    }
}

impl Serialize for MaskedDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, part)| (name, part)))
    }
}

fn placed<T, V>(project: &Project, things: &[T], view: impl Fn(&T) -> (V, Loc)) -> Vec<Placed<V>> {
    placed_all(project, things.iter().map(view).collect())
}

fn placed_all<V>(project: &Project, views: Vec<(V, Loc)>) -> Vec<Placed<V>> {
    let path = |at: Loc| project.sources.path(at.file).to_owned();
    views.into_iter().map(|(item, at)| Placed { item, path: path(at), line: project.sources.line(at) }).collect()
}

fn app_view(app: &App) -> AppView {
    AppView {
        name: app.main.clone(),
        module: app.module.clone(),
        variable: app.variable.clone(),
        factory: app.factory.clone(),
        target: app.target.clone(),
    }
}

fn setting_view(setting: &Setting) -> SettingView {
    SettingView {
        name: setting.name.clone(),
        written: setting.written.clone(),
        how: setting.how,
        value: ValueView::of(&setting.value, &setting.name),
        app: setting.app,
    }
}

fn task_view(task: &Task) -> TaskView {
    TaskView {
        name: task.name.clone(),
        function: task.function.clone(),
        module: task.module.clone(),
        bind: task.bind,
        shared: task.shared,
        is_async: task.is_async,
        test: task.in_test,
    }
}

fn submission_view(project: &Project, call: &Submission) -> SubmissionView {
    let resolved = call.task.and_then(|index| project.tasks.get(index)).and_then(|task| task.name.clone());
    SubmissionView {
        method: call.method,
        task: call.task_name.clone().or(resolved),
        resolved: call.task,
        test: call.in_test,
    }
}

fn schedule_view(project: &Project, schedule: &Schedule) -> ScheduleView {
    let written = schedule.schedule.as_ref().and_then(|value| value.at);
    ScheduleView {
        entry: schedule.entry.clone(),
        task: schedule.task.clone(),
        resolved: schedule.resolved,
        schedule: written.map(|at| one_line(project.sources.snippet(at))),
    }
}

fn endpoint_view(endpoint: &Endpoint) -> EndpointView {
    EndpointView {
        method: endpoint.method.clone(),
        route: endpoint.route.clone(),
        handler: endpoint.handler.clone(),
        does: endpoint.does.clone(),
    }
}

fn environment_view(project: &Project, read: &EnvRead) -> EnvironmentView {
    let mut names = read.key.names.iter().cloned();
    let same = |a: &str, b: &str| if read.key.ignore_case { a.eq_ignore_ascii_case(b) } else { a == b };
    let documents = |key: &str| read.key.names.iter().any(|name| same(name, key));
    let templates = project.env_templates.iter();
    EnvironmentView {
        key: names.next().unwrap_or_default(),
        aliases: names.collect(),
        how: read.how,
        required: read.need == Need::Required,
        connects: read.connects,
        test: read.in_test,
        documented: templates
            .filter(|template| template.keys.iter().any(|(key, _)| documents(key)))
            .map(|template| project.sources.path(template.file).to_owned())
            .collect(),
    }
}

fn launch_view(launch: &Launch) -> LaunchView {
    LaunchView {
        command: launch.command.clone(),
        app: launch.app.clone(),
        app_found: launch.lookup.found(),
        queues: launch.queues.clone(),
        service: launch.service.clone(),
        arguments: launch.arguments.clone(),
    }
}

fn dependency_view(dependency: &files::Dependency) -> DependencyView {
    DependencyView {
        name: dependency.name.clone(),
        extras: dependency.extras.clone(),
        specifier: dependency.specifier.clone(),
        locked: dependency.locked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, FileKind, SourceFile, Sources, Span};

    #[test]
    fn the_document_has_the_promised_keys_in_order() {
        let project = Project::default();
        let text = serde_json::to_string(&Document::of(&project).masked(&Mask::new(&project)).unwrap()).unwrap();
        let expected = "{\"apps\":[],\"settings\":[],\"configurations\":[],\"tasks\":[],\"submissions\":[],\"schedules\":[],\"endpoints\":[],\
                        \"environment\":[],\"launches\":[],\"dependencies\":[]}";
        assert_eq!(text, expected);
    }

    #[test]
    fn an_endpoint_says_where_it_is_and_what_it_does() {
        let file = SourceFile::new("web/api.py", FileKind::Python, "\n@app.get('/t')\n");
        let mut project = Project { sources: Sources::new("/p".into(), None, vec![file]), ..Project::default() };
        project.endpoints.push(Endpoint {
            method: "GET".into(),
            route: "/t".into(),
            at: Loc::new(FileId(0), Span::new(1, 5)),
            handler: None,
            handler_at: None,
            does: vec![Does::ReadsStatus],
            senders: Vec::new(),
            framework: "FastAPI",
            function: None,
            acts: Vec::new(),
        });
        let value = serde_json::to_value(&Document::of(&project).endpoints).unwrap();
        let expected = serde_json::json!([{
            "method": "GET", "route": "/t", "handler": null, "does": ["reads_status"], "path": "web/api.py", "line": 2,
        }]);
        assert_eq!(value, expected);
    }

    #[test]
    fn the_spine_of_a_project_is_shown_without_its_secrets() {
        let python = "from celery import Celery\nfrom celery.schedules import crontab\n\
                      app = Celery('shop', broker='amqp://shop:Whiffle-403@mq//')\n\
                      app.conf.task_time_limit = 60\napp.conf.broker_password = 'abc'\n\
                      app.conf.broker_transport_options = {'master_name': 'm', 'sentinel_kwargs': {'password': 'Whiffle-404'}}\n\
                      app.conf.beat_schedule = {'nightly': {'task': 'shop.clean', 'schedule': crontab(hour=3,\n    minute=0)}}\n\
                      @app.task\ndef clean(): pass\n";
        let compose =
            "services:\n  worker:\n    image: x\n    command: celery -A shop worker -Q a -b redis://:Whiffle-405@r/0\n";
        let files = vec![
            SourceFile::new("shop.py", FileKind::Python, python),
            SourceFile::new("compose.yml", FileKind::Compose, compose),
            SourceFile::new("requirements.txt", FileKind::Requirements, "celery[redis]>=5.3\n"),
        ];
        let project = Project::link(Sources::new("/p".into(), None, files), &Default::default());
        let value = serde_json::to_value(Document::of(&project).masked(&Mask::new(&project)).unwrap()).unwrap();
        let text = value.to_string();
        assert!(!text.contains("Whiffle") && !text.contains("abc"), "{text}");
        let settings: Vec<_> = value["settings"].as_array().unwrap().iter().map(|it| it["value"].clone()).collect();
        let expected = serde_json::json!([
            { "kind": "literal", "value": "amqp://shop:•••••••••••@mq//" },
            { "kind": "number", "value": 60 },
            { "kind": "literal" },
            { "kind": "dict" },
            { "kind": "dict" },
        ]);
        assert_eq!(serde_json::Value::Array(settings), expected);
        let rest = serde_json::json!([value["schedules"], value["launches"], value["dependencies"]]);
        let expected = serde_json::json!([
            [{ "entry": "nightly", "task": "shop.clean", "resolved": 0, "schedule": "crontab(hour=3, minute=0)", "path": "shop.py", "line": 7 }],
            [{
                "command": "worker", "app": "shop", "app_found": true, "queues": ["a"], "service": "worker",
                "arguments": ["-A", "shop", "worker", "-Q", "a", "-b", "redis://:•••••••••••@r/0"], "path": "compose.yml", "line": 4,
            }],
            [{ "name": "celery", "extras": ["redis"], "specifier": ">=5.3", "locked": false, "path": "requirements.txt", "line": 1 }],
        ]);
        assert_eq!(rest, expected);
    }
}
