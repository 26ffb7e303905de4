//! The order in each column: everything moves to the mean height of its neighbours a few times (the barycentre method), and
//! the order with the fewest crossings is kept.

use super::super::{Link, Picture};
use super::{QUEUES, SOURCES, WORKERS, column};

/// How often the columns are gone through.
const ROUNDS: usize = 8;

#[derive(Debug, Clone, Default)]
pub struct Order {
    pub sources: Vec<usize>,
    pub groups: Vec<usize>,
    /// By group.
    pub tasks: Vec<Vec<usize>>,
    pub queues: Vec<usize>,
    pub workers: Vec<usize>,
}

/// What is connected with what.
struct Ends {
    /// By node: its neighbours in the columns beside it (for tasks: what sends them, other tasks among it).
    around: Vec<Vec<usize>>,
    /// By group: nodes of queues; by queue and worker as above.
    queues_of: Vec<Vec<usize>>,
    /// By node of a queue.
    groups_of: Vec<Vec<usize>>,
}

impl Order {
    pub fn of(picture: &Picture) -> Self {
        let nodes = |wanted: usize| -> Vec<usize> {
            let all = picture.nodes.iter().enumerate();
            all.filter(|(_, node)| column(node.kind) == wanted).map(|(index, _)| index).collect()
        };
        let mut order = Self {
            sources: nodes(SOURCES),
            groups: (0..picture.groups.len()).collect(),
            tasks: picture.groups.iter().map(|group| group.tasks.clone()).collect(),
            queues: nodes(QUEUES),
            workers: nodes(WORKERS),
        };
        let ends = Ends::of(picture);
        let mut best: Option<(usize, Self)> = None;
        for _ in 0..ROUNDS {
            order.round(picture, &ends);
            let crossings = order.crossings(picture);
            if best.as_ref().is_none_or(|(fewest, _)| crossings < *fewest) {
                best = Some((crossings, order.clone()));
            }
        }
        best.map_or(order, |(_, best)| best)
    }

    /// From the left to the right and back.
    fn round(&mut self, picture: &Picture, ends: &Ends) {
        let mut at = self.positions(picture);
        sort(&mut self.sources, |node| mean(&ends.around[node], &at));
        at = self.positions(picture);
        let mut wanted: Vec<Option<f64>> = Vec::with_capacity(self.tasks.len());
        for (group, tasks) in self.tasks.iter_mut().enumerate() {
            sort(tasks, |task| mean(&ends.around[task], &at));
            let of_tasks = tasks.iter().filter_map(|task| mean(&ends.around[*task], &at));
            let of_queues = mean(&ends.queues_of[group], &at);
            let all: Vec<f64> = of_tasks.chain(of_queues).collect();
            wanted.push((!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64));
        }
        sort(&mut self.groups, |group| wanted[group]);
        at = self.positions(picture);
        let groups_at = self.heights_of_groups(&at);
        sort(&mut self.queues, |queue| mean(&ends.groups_of[queue], &groups_at));
        at = self.positions(picture);
        sort(&mut self.workers, |worker| mean(&ends.around[worker], &at));
    }

    /// The place of each node in its column, from 0 to 1.
    fn positions(&self, picture: &Picture) -> Vec<f64> {
        let mut at = vec![0.5; picture.nodes.len()];
        let mut fill = |nodes: &mut dyn Iterator<Item = usize>, count: usize| {
            for (index, node) in nodes.enumerate() {
                at[node] = (index as f64 + 0.5) / count.max(1) as f64;
            }
        };
        fill(&mut self.sources.iter().copied(), self.sources.len());
        let count = self.tasks.iter().map(Vec::len).sum();
        fill(&mut self.groups.iter().flat_map(|group| self.tasks[*group].iter().copied()), count);
        fill(&mut self.queues.iter().copied(), self.queues.len());
        fill(&mut self.workers.iter().copied(), self.workers.len());
        at
    }

    fn heights_of_groups(&self, at: &[f64]) -> Vec<f64> {
        self.tasks.iter().map(|tasks| mean(tasks, at).unwrap_or(0.5)).collect()
    }

    /// How many arrows between neighbouring columns cross.
    fn crossings(&self, picture: &Picture) -> usize {
        let at = self.positions(picture);
        let groups = self.heights_of_groups(&at);
        let (mut left, mut middle, mut right) = (Vec::new(), Vec::new(), Vec::new());
        for edge in &picture.edges {
            let ends = (at[edge.from], at[edge.to]);
            match (column(picture.nodes[edge.from].kind), edge.kind) {
                (SOURCES, _) => left.push(ends),
                (_, Link::Feeds) => right.push(ends),
                _ => {}
            }
        }
        for (group, height) in picture.groups.iter().zip(&groups) {
            middle.extend(group.queues.iter().map(|queue| (*height, at[*queue])));
        }
        [left, middle, right].into_iter().map(inversions).sum()
    }
}

impl Ends {
    fn of(picture: &Picture) -> Self {
        let mut around = vec![Vec::new(); picture.nodes.len()];
        for edge in picture.edges.iter().filter(|edge| edge.kind != Link::Goes && edge.from != edge.to) {
            let (from, to) = (column(picture.nodes[edge.from].kind), column(picture.nodes[edge.to].kind));
            around[edge.to].push(edge.from);
            // What a task sends stands near it; a queue is drawn to its tasks alone.
            if from != QUEUES || to != WORKERS {
                around[edge.from].push(edge.to);
            }
        }
        let mut groups_of = vec![Vec::new(); picture.nodes.len()];
        for (index, group) in picture.groups.iter().enumerate() {
            group.queues.iter().for_each(|queue| groups_of[*queue].push(index));
        }
        let queues_of = picture.groups.iter().map(|group| group.queues.clone()).collect();
        Self { around, queues_of, groups_of }
    }
}

/// Sorts by where something wants to be; what does not care keeps its place among the others.
fn sort(things: &mut [usize], wanted: impl Fn(usize) -> Option<f64>) {
    let count = things.len().max(1) as f64;
    let place =
        |(index, thing): (usize, &usize)| (wanted(*thing).unwrap_or((index as f64 + 0.5) / count), index, *thing);
    let mut keyed: Vec<(f64, usize, usize)> = things.iter().enumerate().map(place).collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    for (thing, (.., sorted)) in things.iter_mut().zip(keyed) {
        *thing = sorted;
    }
}

fn mean(of: &[usize], at: &[f64]) -> Option<f64> {
    let found = of.iter().filter_map(|index| at.get(*index));
    (!of.is_empty()).then(|| found.sum::<f64>() / of.len() as f64)
}

/// Pairs of arrows whose ends are in opposite orders, counted with a tree of sums.
fn inversions(mut arrows: Vec<(f64, f64)>) -> usize {
    arrows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut ends: Vec<f64> = arrows.iter().map(|(_, to)| *to).collect();
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    let mut sums = vec![0_usize; ends.len() + 1];
    let mut crossings = 0;
    for (seen, (_, to)) in arrows.iter().enumerate() {
        let rank = ends.partition_point(|end| end <= to);
        let mut not_above = 0;
        let mut at = rank;
        while at > 0 {
            not_above += sums[at];
            at &= at - 1;
        }
        crossings += seen - not_above;
        let mut at = rank;
        while at < sums.len() {
            sums[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    crossings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossings_are_counted_as_one_sees_them() {
        assert_eq!(inversions(vec![(0.0, 0.0), (1.0, 1.0)]), 0);
        assert_eq!(inversions(vec![(0.0, 1.0), (1.0, 0.0)]), 1);
        assert_eq!(inversions(vec![(0.0, 2.0), (1.0, 1.0), (2.0, 0.0)]), 3);
        assert_eq!(inversions(vec![(0.0, 1.0), (0.0, 0.0), (1.0, 1.0)]), 0);
    }

    #[test]
    fn what_does_not_care_keeps_its_place() {
        let mut things = vec![0, 1, 2];
        sort(&mut things, |thing| if thing == 0 { Some(0.9) } else { None });
        assert_eq!(things, [1, 2, 0]);
    }
}
