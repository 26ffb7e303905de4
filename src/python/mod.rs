//! Python: the parser, lowering to [`ir`], names and values. Only this folder knows the parser crate.

mod blocks;
pub mod derived;
pub mod eval;
pub mod ir;
pub mod lower;
pub mod modules;
pub mod scopes;
pub mod value;

pub use eval::Eval;
pub use ir::Module;
pub use modules::{ModuleId, Modules, Ref, Store};
pub use value::{Args, Dict, EnvValue, Instance, Made, Shared, Site, Value, ValueKind};
