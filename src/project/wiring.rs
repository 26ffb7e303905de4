//! Where new routes of a web application go, and how they get the Celery app.

use crate::python::ModuleId;
use crate::source::{FileId, Loc, Span};

/// Where new routes of an application go.
#[derive(Debug, Clone)]
pub struct Wiring {
    pub place: Place,
    pub celery: CeleryHome,
}

#[derive(Debug, Clone)]
pub enum Place {
    /// FastAPI and Flask.
    Routers(Routers),
    /// Django.
    Urls(Urls),
}

/// The object that routers are registered on, and those that are.
#[derive(Debug, Clone)]
pub struct Routers {
    pub mount: Mount,
    /// Calls of `include_router` or `register_blueprint` on that object, in order.
    pub inclusions: Vec<Inclusion>,
}

#[derive(Debug, Clone)]
pub struct Mount {
    pub module: ModuleId,
    pub file: FileId,
    /// The module as it is imported.
    pub dotted: String,
    /// How the module names the object: `app`, `api_router`.
    pub object: String,
    /// The statement behind which a registration goes.
    pub after: Span,
    /// What the routes of the object begin with.
    pub prefix: String,
    pub in_function: bool,
}

#[derive(Debug, Clone)]
pub struct Inclusion {
    /// The call.
    pub at: Loc,
    /// The module that makes the router, and the router's name there; no name when it has none.
    pub child: Option<(ModuleId, String)>,
    /// The value of `dependencies=`.
    pub dependencies: Option<Span>,
    /// The prefix that it is given: as written, and what it is.
    pub prefix: Option<(Span, String)>,
}

/// The patterns of a Django site.
#[derive(Debug, Clone)]
pub struct Urls {
    pub module: ModuleId,
    pub file: FileId,
    /// The module as it is imported.
    pub dotted: String,
    /// The views of the site are those of Django REST framework.
    pub drf: bool,
    /// `urlpatterns`, when it is a list.
    pub list: Option<Span>,
    pub items: Vec<Span>,
    /// The entry that may match every path.
    pub before: Option<Span>,
}

/// How web code gets the Celery app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CeleryHome {
    Variable {
        /// As it is imported.
        dotted: String,
        name: String,
        /// The module runs the one that routes are registered in, so that it cannot be imported from there at the top.
        circular: bool,
    },
    /// `current_app.extensions["celery"]`.
    FlaskExtension,
}
