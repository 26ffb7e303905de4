//! What a layout never does: overlap, run through boxes, take long.

use std::time::{Duration, Instant};

use super::super::{Edge, Group, Node};
use super::*;

fn node(kind: Kind, group: Option<usize>) -> Node {
    Node {
        kind,
        label: "a name of some length".into(),
        note: Default::default(),
        name: "a name".into(),
        place: None,
        known: true,
        group,
        details: Vec::new(),
        findings: Vec::new(),
    }
}

/// Schedules that send tasks in groups, which go to one of a few queues, with arrows between tasks, by a fixed pattern.
fn picture(tasks: usize) -> Picture {
    let groups = (tasks / 7).max(1);
    let mut picture = Picture::default();
    picture.nodes.extend((0..3).map(|_| node(Kind::Queue, None)));
    picture.nodes.push(node(Kind::Worker, None));
    picture.groups.extend((0..groups).map(|group| Group {
        title: "shop.tasks".into(),
        queues: vec![group % 3],
        tasks: Vec::new(),
    }));
    for index in 0..tasks {
        let group = index * 31 % groups;
        let (source, task) = (picture.nodes.len(), picture.nodes.len() + 1);
        picture.nodes.push(node(Kind::Schedule, None));
        picture.nodes.push(node(Kind::Task, Some(group)));
        picture.groups[group].tasks.push(task);
        let edge = |from, to, kind| Edge { from, to, kind, place: None };
        picture.edges.push(edge(source, task, Link::Starts));
        picture.edges.push(edge(task, group % 3, Link::Goes));
        if index > 10 {
            picture.edges.push(edge(source, task - 20, Link::Sends));
            picture.edges.push(edge(task, task - 8, Link::Sends));
        }
    }
    picture.edges.extend((0..3).map(|queue| Edge { from: queue, to: 3, kind: Link::Feeds, place: None }));
    picture
}

#[test]
fn boxes_do_not_overlap() {
    let picture = picture(83);
    let layout = layout(&picture);
    let apart = |a: &Area, b: &Area| {
        a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
    };
    for (index, area) in layout.nodes.iter().enumerate() {
        assert!(area.x >= 0.0 && area.y >= TOP && area.x + area.width <= layout.width, "{area:?}");
        assert!(layout.nodes[..index].iter().all(|other| apart(area, other)), "{index} overlaps");
        let frames = picture.groups.iter().zip(&layout.frames).filter(|(group, _)| !group.tasks.contains(&index));
        assert!(frames.into_iter().all(|(_, frame)| apart(area, frame)), "{index} is in a frame of others");
    }
    assert_eq!(layout.reading.len(), picture.nodes.len());
}

#[test]
fn five_thousand_tasks_take_no_time() {
    let picture = picture(5_000);
    let start = Instant::now();
    let layout = layout(&picture);
    // Far more than it takes, far less than anything quadratic would.
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(layout.nodes.len(), 10_004);
}

#[test]
fn nothing_has_a_layout_too() {
    let layout = layout(&Picture::default());
    assert!(layout.nodes.is_empty() && layout.width > 0.0 && layout.height > 0.0);
}
