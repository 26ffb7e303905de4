//! The heights: the taller of the first two columns is stacked, and everything else comes as near to what it is connected
//! with as the order and the gaps allow.

use super::super::{Link, Picture};
use super::order::Order;
use super::{Area, FRAME_GAP, FRAME_PAD, FRAME_TITLE, GAP, Layout, SOURCES, TOP, column};

pub fn down(picture: &Picture, order: &Order, layout: &mut Layout) {
    let neighbours = Neighbours::of(picture);
    for (group, frame) in picture.groups.iter().zip(&mut layout.frames) {
        let tasks: f64 = group.tasks.iter().map(|task| layout.nodes[*task].height + GAP).sum();
        frame.height = FRAME_TITLE + tasks - GAP + FRAME_PAD;
    }
    let total = |heights: &mut dyn Iterator<Item = f64>, gap: f64| heights.map(|height| height + gap).sum::<f64>();
    let sources = total(&mut order.sources.iter().map(|node| layout.nodes[*node].height), GAP);
    let frames = total(&mut order.groups.iter().map(|group| layout.frames[*group].height), FRAME_GAP);
    stack_frames(order, layout);
    if sources > frames {
        stack(&order.sources, &mut layout.nodes);
        let wanted = |tasks: &[usize], nodes: &[Area]| {
            let middles = tasks.iter().flat_map(|task| &neighbours.sources[*task]).map(|node| nodes[*node].middle());
            mean(middles)
        };
        let middles: Vec<Option<f64>> = order.tasks.iter().map(|tasks| wanted(tasks, &layout.nodes)).collect();
        settle(&order.groups, &mut layout.frames, FRAME_GAP, &|group, _| middles[group]);
        inside(order, layout);
    } else {
        let nodes = layout.nodes.clone();
        let to_middles = |ends: &[usize]| mean(ends.iter().map(|end| nodes[*end].middle()));
        settle(&order.sources, &mut layout.nodes, GAP, &|source, _| to_middles(&neighbours.targets[source]));
    }
    let frames = layout.frames.clone();
    settle(&order.queues, &mut layout.nodes, GAP, &|queue, _| {
        mean(neighbours.groups[queue].iter().map(|group| frames[*group].middle()))
    });
    let nodes = layout.nodes.clone();
    settle(&order.workers, &mut layout.nodes, GAP, &|worker, _| {
        mean(neighbours.sources[worker].iter().map(|queue| nodes[*queue].middle()))
    });
    let top = layout.nodes.iter().chain(&layout.frames).map(|area| area.y).fold(f64::INFINITY, f64::min);
    for area in layout.nodes.iter_mut().chain(&mut layout.frames) {
        area.y = (area.y - top + TOP).round();
    }
}

/// Who stands beside whom, by node.
struct Neighbours {
    /// What a task is sent by, and the queues that a worker reads.
    sources: Vec<Vec<usize>>,
    /// The tasks that a schedule, an endpoint or a file sends.
    targets: Vec<Vec<usize>>,
    /// The groups whose messages go to a queue.
    groups: Vec<Vec<usize>>,
}

impl Neighbours {
    fn of(picture: &Picture) -> Self {
        let none = || vec![Vec::new(); picture.nodes.len()];
        let mut found = Self { sources: none(), targets: none(), groups: none() };
        for edge in &picture.edges {
            let from_source = column(picture.nodes[edge.from].kind) == SOURCES;
            if from_source || edge.kind == Link::Feeds {
                found.sources[edge.to].push(edge.from);
            }
            if from_source {
                found.targets[edge.from].push(edge.to);
            }
        }
        for (index, group) in picture.groups.iter().enumerate() {
            group.queues.iter().for_each(|queue| found.groups[*queue].push(index));
        }
        found
    }
}

fn stack(nodes: &[usize], areas: &mut [Area]) {
    let mut y = 0.0;
    for node in nodes {
        areas[*node].y = y;
        y += areas[*node].height + GAP;
    }
}

fn stack_frames(order: &Order, layout: &mut Layout) {
    let mut y = 0.0;
    for group in &order.groups {
        layout.frames[*group].y = y;
        y += layout.frames[*group].height + FRAME_GAP;
    }
    inside(order, layout);
}

/// The tasks of each frame, below its title.
fn inside(order: &Order, layout: &mut Layout) {
    for (frame, tasks) in layout.frames.iter().zip(&order.tasks) {
        let mut y = frame.y + FRAME_TITLE;
        for task in tasks {
            layout.nodes[*task].y = y;
            y += layout.nodes[*task].height + GAP;
        }
    }
}

fn mean(of: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = of.fold((0.0, 0_u32), |(sum, count), one| (sum + one, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// Moves the things of a column as near to where they want to be as their order allows: neighbours that would overlap become
/// one block, which stands at the mean of what its parts want (isotonic regression). What wants nothing follows the one above.
fn settle(things: &[usize], areas: &mut [Area], gap: f64, middle: &dyn Fn(usize, &[Area]) -> Option<f64>) {
    struct Block {
        sum: f64,
        count: f64,
        things: usize,
    }
    let mut blocks: Vec<Block> = Vec::new();
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(things.len());
    let mut last = 0.0;
    for thing in things {
        let wanted = middle(*thing, areas).map(|middle| middle - areas[*thing].height / 2.0 - offset);
        last = wanted.unwrap_or(last);
        let mut block = Block { sum: last, count: 1.0, things: 1 };
        while let Some(above) = blocks.last().filter(|above| above.sum / above.count >= block.sum / block.count) {
            block.sum += above.sum;
            block.count += above.count;
            block.things += above.things;
            blocks.pop();
        }
        blocks.push(block);
        offsets.push(offset);
        offset += areas[*thing].height + gap;
    }
    let mut next = things.iter().zip(offsets);
    for block in blocks {
        for (thing, offset) in next.by_ref().take(block.things) {
            areas[*thing].y = block.sum / block.count + offset;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(wanted: &[Option<f64>]) -> Vec<f64> {
        let mut areas: Vec<Area> = wanted.iter().map(|_| Area { height: 10.0, ..Area::default() }).collect();
        let things: Vec<usize> = (0..wanted.len()).collect();
        settle(&things, &mut areas, 2.0, &|thing, _| wanted[thing]);
        areas.iter().map(|area| area.y).collect()
    }

    #[test]
    fn things_stand_where_they_want_to_unless_they_would_overlap() {
        assert_eq!(settled(&[Some(5.0), Some(105.0)]), [0.0, 100.0]);
        assert_eq!(settled(&[Some(50.0), Some(50.0)]), [39.0, 51.0]);
        assert_eq!(settled(&[Some(5.0), None, Some(105.0)]), [0.0, 12.0, 100.0]);
    }
}
