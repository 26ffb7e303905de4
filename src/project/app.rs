//! Where a Celery application is made.

use crate::source::Loc;

#[derive(Debug, Clone)]
pub struct App {
    /// The variable or attribute that holds it (`app`, `self.celery`), if it has one.
    pub variable: Option<String>,
    /// The name given to `Celery("name")`, if known.
    pub main: Option<String>,
    /// The dotted module it is made in, from its import root.
    pub module: String,
    /// The function that makes it, for factories.
    pub factory: Option<String>,
    /// What `celery -A` takes for it (`proj.celery:app`), when it is a module variable.
    pub target: Option<String>,
    /// The `Celery(...)` call.
    pub at: Loc,
}
