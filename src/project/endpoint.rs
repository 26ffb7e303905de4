//! Web routes: full path, method, handler, and what the handler does with Celery.

use super::link::Linking;
use super::wiring::Wiring;
use crate::python::ModuleId;
use crate::python::ir::FunctionId;
use crate::source::Loc;

#[derive(Debug, Clone)]
pub struct Endpoint {
    /// `GET`, `POST`, … , `ANY` or `WS`.
    pub method: String,
    /// The full route, prefixes joined, in the framework's own placeholder syntax.
    pub route: String,
    /// The decorator, or the entry of the route table, that makes it reachable.
    pub at: Loc,
    pub handler: Option<String>,
    /// The definition of the handler, when it is one of the project.
    pub handler_at: Option<Loc>,
    pub does: Vec<Does>,
    /// The functions that run for it and send tasks or make signatures, in order.
    pub senders: Vec<(ModuleId, FunctionId)>,
    /// The framework of its application.
    pub framework: &'static str,
    /// The handler, where it is a function.
    pub function: Option<(ModuleId, FunctionId)>,
    /// What runs for it and has to do with Celery, in order.
    pub acts: Vec<Act>,
}

/// One place in the code that runs for a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Act {
    pub at: Loc,
    pub kind: ActKind,
    /// The function it stands in.
    pub module: ModuleId,
    pub function: FunctionId,
    pub way: Way,
    /// Something between it and the framework may catch that the broker does not answer.
    pub guarded: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActKind {
    /// Sends a task, as far as names tell.
    Sends,
    /// Reads the state or the value of a task.
    Reads,
    /// Asks workers or the broker.
    Asks,
    /// Calls a task like a function.
    Calls,
}

/// How a request gets to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// By calls, from a function that the event loop runs.
    Loop,
    /// By calls, from a plain function.
    Plain,
    /// Through something that may run it later, or elsewhere.
    Handed,
}

/// What a handler does, itself or through functions it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    SubmitsTask,
    ReadsStatus,
    ReturnsResult,
    PingsCelery,
}

/// One web application (FastAPI, Flask, Django …) and what it offers.
#[derive(Debug, Clone)]
pub struct WebApp {
    pub framework: String,
    /// Where the app is made (or the URL configuration).
    pub at: Loc,
    /// The first place where web code sends a task, and through which route if known.
    pub submits: Option<Loc>,
    pub submits_route: Option<String>,
    pub has_status: bool,
    pub has_result: bool,
    pub has_health: bool,
    /// A health route that never asks Celery.
    pub static_health: Option<Loc>,
    /// It answers with rows of the project's own that tasks write their state to.
    pub shows_rows: bool,
    /// Something about the routes is not known, so that an endpoint may exist that was not seen.
    pub uncertain: bool,
    /// Where it takes new routes, when it lacks some and sends tasks, and the place is known.
    pub wiring: Option<Box<Wiring>>,
    /// The modules that run with it, sorted.
    pub modules: Vec<ModuleId>,
}

/// The endpoints and web applications of the project, in (file, position) order.
pub fn endpoints(linking: &Linking) -> (Vec<Endpoint>, Vec<WebApp>) {
    super::web::find(linking)
}
