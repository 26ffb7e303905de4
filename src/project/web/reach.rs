//! Which functions run when others do: the walk over web code, begun anywhere.

use rustc_hash::FxHashSet;

use super::graph::{Graph, Node};
use super::signals::Signals;
use super::tasks::Celery;
use super::views;
use crate::project::link::{Linking, is_test_path};
use crate::project::task::Definition;
use crate::python::ir::{FunctionId, Scope};
use crate::python::{Args, Eval, ModuleId};

/// For each definition the functions that run with it and send tasks or make signatures, in order.
pub fn senders(linking: &Linking, starts: &[Option<Definition>]) -> Vec<Vec<(ModuleId, FunctionId)>> {
    let is_test = |id: ModuleId| is_test_path(linking.modules.path(id));
    let eval = linking.eval();
    let running: FxHashSet<ModuleId> = linking.modules.relevant.iter().copied().filter(|id| !is_test(*id)).collect();
    let (celery, signals) = (Celery::new(&eval, is_test), Signals::new(&eval, &running));
    let graph = Graph::new(&eval, &celery, &signals);
    let follow = |start: &Option<Definition>| {
        eval.begin();
        let start = start.and_then(|definition| node(&eval, &graph, definition));
        graph.follow(start.as_slice()).senders
    };
    starts.iter().map(follow).collect()
}

/// The function, or the method `run` of the class.
fn node(eval: &Eval, graph: &Graph, definition: Definition) -> Option<Node> {
    let open = Args { open: true, ..Args::default() };
    let (module, function, this) = match definition {
        Definition::Function(module, function) => (module, function, None),
        Definition::Class(module, class) => {
            let (home, function, this) = eval.method_of(&views::instance(module, class), "run")?;
            (home, function, this)
        }
    };
    let this = this.or_else(|| match eval.modules.get(module).function(function).parent {
        Scope::Class(class) => Some(views::instance(module, class)),
        _ => None,
    });
    Some(graph.node(module, function, &open, this.as_ref(), &Default::default()))
}
