//! How a request gets to what its code does with Celery: on the event loop or not, and past what may catch that the broker
//! does not answer. The functions were all looked at by [`Graph::follow`]; this walks over what is remembered of them.

use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::graph::{Graph, How, Node, NodeKey, key_of};
use crate::project::endpoint::{Act, ActKind, Way};
use crate::source::Loc;

/// How many ways to functions are followed for one route: what is further away is nobody's fault who wrote the handler.
const MAX_STATES: usize = 600;
/// How many places are kept for one route.
const MAX_ACTS: usize = 256;

/// A function, and how the request got there.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    key: NodeKey,
    way: Way,
    guarded: bool,
}

/// The places that run from some functions on, each by the shortest way: unguarded before guarded, by calls before handed on.
pub fn acts(graph: &Graph, starts: &[Node]) -> Vec<Act> {
    let mut best: FxHashMap<(Loc, ActKind), Act> = FxHashMap::default();
    let mut seen: FxHashSet<State> = FxHashSet::default();
    let mut open: VecDeque<(State, Rc<Node>)> = starts.iter().map(|node| begin(graph, node)).collect();
    while let Some((state, node)) = open.pop_front() {
        if seen.len() >= MAX_STATES || !seen.insert(state) {
            continue;
        }
        let reached = graph.expand(state.key, &node);
        for act in &reached.effects.acts {
            let act = Act { way: state.way, guarded: act.guarded || state.guarded, ..*act };
            let known = best.entry((act.at, act.kind)).or_insert(act);
            if (act.guarded, act.way) < (known.guarded, known.way) {
                *known = act;
            }
        }
        let next = reached.edges.iter().map(|(key, node, how)| (step(graph, state, *key, node, *how), node.clone()));
        open.extend(next.filter(|(state, _)| !seen.contains(state)));
    }
    let mut all: Vec<Act> = best.into_values().collect();
    all.sort_unstable();
    all.truncate(MAX_ACTS);
    all
}

fn begin(graph: &Graph, node: &Node) -> (State, Rc<Node>) {
    let is_async = graph.eval.modules.get(node.module).function(node.function).is_async;
    let guarded = graph.guards.is_wrapped(graph.eval, node.module, node.function);
    let way = if is_async { Way::Loop } else { Way::Plain };
    (State { key: key_of(node), way, guarded }, Rc::new(node.clone()))
}

fn step(graph: &Graph, from: State, key: NodeKey, node: &Node, how: How) -> State {
    let wrapped = graph.guards.is_wrapped(graph.eval, node.module, node.function);
    let is_async = graph.eval.modules.get(node.module).function(node.function).is_async;
    // What stands between may run a plain function elsewhere.
    let elsewhere = wrapped && !is_async || how.fired && from.way == Way::Loop;
    let way = if !how.called || elsewhere { Way::Handed } else { from.way };
    State { key, way, guarded: from.guarded || how.guarded || wrapped }
}
