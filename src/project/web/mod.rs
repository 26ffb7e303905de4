//! Web routes: each framework's registrations ([`fastapi`], [`flask`], …) become one table ([`registry`]) from which the
//! reachable routes follow; [`graph`] then asks what their code does with Celery.

mod acts;
mod aiohttp;
mod celery_use;
mod collect;
mod django;
mod drf;
mod fastapi;
mod flask;
mod graph;
pub(super) mod guards;
mod handler;
mod hot;
pub(super) mod imports;
mod kinds;
mod leads;
mod litestar;
mod mentions;
mod ninja;
mod reach;
mod registry;
mod rows;
mod sanic;
mod scan;
mod settings;
mod sight;
pub(super) mod signals;
mod sites;
mod starts;
mod tasks;
mod views;
mod visit;
mod wiring;
mod words;
mod written;

pub use reach::senders;
pub use sites::find;
