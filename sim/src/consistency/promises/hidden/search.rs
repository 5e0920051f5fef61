//! An order, built step by step. What is read goes to its place as soon as it can, which costs nobody anything. Which write
//! is next is a choice; a write whose value somebody has yet to read keeps its key until they have.

use super::graph::Graph;
use super::problem::{NEVER, Problem};
use super::windows::Windows;
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use std::collections::BTreeSet;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// There is an order.
    Order,
    /// There is none; what cannot be placed in the one that goes furthest, the most urgent first.
    None(Vec<u32>),
    /// So many steps were not enough.
    GaveUp(u64),
}

/// So many of the writes that are ready are looked at.
const LOOK: usize = 256;

/// Steps for every operation, and some for a short history.
const STEPS: (u64, u64) = (10, 200_000);

/// What a write changes beside the trail.
#[derive(Clone, Copy)]
struct Before {
    key: u32,
    held: u32,
    next_urgent: usize,
}

struct Search<'s> {
    problem: &'s Problem,
    graph: &'s Graph,
    windows: &'s Windows,
    degrees: Vec<u32>,
    placed: Vec<bool>,
    /// Nodes in the order in which they were placed.
    trail: Vec<u32>,
    /// Of each key the cluster that is there now.
    current: Vec<u32>,
    /// Of each cluster, who has yet to see it.
    unread: Vec<u32>,
    /// Writes that nothing but time or their key keeps back.
    ready: BTreeSet<(u32, u32)>,
    /// Items by when they must have happened.
    urgent: Vec<u32>,
    /// The first of them that is not placed.
    next_urgent: usize,
    key_of: Vec<u32>,
    /// A digest of the state.
    mark: [u64; 2],
    /// Not every choice was looked at.
    cut: bool,
}

/// A write that was chosen, and what else could have been.
struct Choice {
    /// How long the trail was before it.
    trail: usize,
    /// The key that it changed, what was there, and what was urgent.
    before: Before,
    others: Vec<u32>,
}

pub(super) fn search(problem: &Problem, graph: &Graph, windows: &Windows) -> Found {
    let mut search = Search::new(problem, graph, windows);
    let limit = STEPS.0 * problem.items.len() as u64 + STEPS.1;
    let mut steps = 0;
    let mut visited: IndexSet<[u64; 2], FxBuildHasher> = IndexSet::default();
    let mut choices: Vec<Choice> = Vec::new();
    let mut stuck = (0, Vec::new());
    let roots: Vec<u32> =
        (0..graph.len() as u32).filter(|node| search.degrees[*node as usize] == 0).collect();
    let mut options = {
        search.release(roots);
        search.options()
    };
    loop {
        if search.is_done() {
            return Found::Order;
        }
        if let Some(write) = options.pop() {
            steps += 1;
            if steps > limit {
                return Found::GaveUp(limit);
            }
            let trail = search.trail.len();
            let before = search.write(write);
            if visited.insert(search.mark) {
                choices.push(Choice { trail, before, others: options });
                options = search.options();
            } else {
                search.undo(trail, before);
            }
            continue;
        }
        if search.trail.len() >= stuck.0 {
            stuck = (search.trail.len(), search.left());
        }
        let Some(choice) = choices.pop() else {
            return if search.cut { Found::GaveUp(steps) } else { Found::None(stuck.1) };
        };
        search.undo(choice.trail, choice.before);
        options = choice.others;
    }
}

impl<'s> Search<'s> {
    fn new(problem: &'s Problem, graph: &'s Graph, windows: &'s Windows) -> Search<'s> {
        let unread =
            problem.clusters.iter().map(|c| c.readers.len() as u32 + u32::from(c.cas.is_some())).collect();
        let mut urgent: Vec<u32> = (0..problem.items.len() as u32).collect();
        urgent.sort_by_key(|item| windows.before[*item as usize].place);
        let mut key_of = vec![0; problem.clusters.len()];
        let mut current = Vec::new();
        for (key, blocks) in (0..).zip(&problem.keys) {
            current.push(problem.blocks[blocks[0] as usize].clusters[0]);
            for cluster in blocks.iter().flat_map(|block| &problem.blocks[*block as usize].clusters) {
                key_of[*cluster as usize] = key;
            }
        }
        Search {
            problem,
            graph,
            windows,
            degrees: graph.degrees(),
            placed: vec![false; graph.len()],
            trail: Vec::new(),
            current,
            unread,
            ready: BTreeSet::new(),
            urgent,
            next_urgent: 0,
            key_of,
            mark: [0; 2],
            cut: false,
        }
    }

    /// The place of a write among those that are ready: the most urgent first.
    fn rank(&self, item: u32) -> (u32, u32) {
        (self.windows.before[item as usize].place, item)
    }

    fn makes(&self, node: u32) -> Option<u32> {
        self.problem.items.get(node as usize).and_then(|item| item.makes)
    }

    fn shows(&self, node: u32) -> Option<u32> {
        self.problem.items.get(node as usize).and_then(|item| item.shows)
    }

    /// Nodes that nothing is before any more: writes become ready, others go to their place at once, and what that
    /// releases. What is shown is there, since its key waits for those who read it.
    fn release(&mut self, mut nodes: Vec<u32>) {
        while let Some(node) = nodes.pop() {
            if self.makes(node).is_some() {
                self.ready.insert(self.rank(node));
            } else {
                self.place(node, &mut nodes);
            }
        }
        while self.urgent.get(self.next_urgent).is_some_and(|item| self.placed[*item as usize]) {
            self.next_urgent += 1;
        }
    }

    fn place(&mut self, node: u32, released: &mut Vec<u32>) {
        self.placed[node as usize] = true;
        self.trail.push(node);
        self.toggle(u64::from(node) << 1);
        if let Some(shown) = self.shows(node) {
            self.unread[shown as usize] -= 1;
        }
        for (to, _) in self.graph.after(node) {
            self.degrees[*to as usize] -= 1;
            if self.degrees[*to as usize] == 0 {
                released.push(*to);
            }
        }
    }

    /// What was placed tells two states apart, and what each key holds.
    fn toggle(&mut self, what: u64) {
        for (half, salt) in self.mark.iter_mut().zip([0x9e37_79b9_7f4a_7c15u64, 0xd1b5_4a32_d192_ed03]) {
            let mut mixed = what.wrapping_add(1).wrapping_mul(salt);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *half ^= mixed ^ (mixed >> 31);
        }
    }

    /// Writes that may be next, the best last.
    fn options(&mut self) -> Vec<u32> {
        let due =
            self.urgent.get(self.next_urgent).map_or(NEVER, |item| self.windows.before[*item as usize].place);
        let mut options: Vec<u32> = Vec::new();
        for (_, item) in self.ready.iter().take(LOOK) {
            let made = self.makes(*item).unwrap_or_default();
            let held = self.current[self.key_of[made as usize] as usize];
            let waits = self.unread[held as usize];
            let free = match self.shows(*item) {
                Some(shown) => shown == held && waits == 1,
                None => waits == 0,
            };
            if !free || self.windows.after[*item as usize].place > due {
                continue;
            }
            // Nobody reads it later: it is out of the way.
            if self.unread[made as usize] == 0 && self.shows(*item).is_none() {
                return vec![*item];
            }
            options.push(*item);
        }
        self.cut |= self.ready.len() > LOOK;
        options.reverse();
        options
    }

    /// Places a write.
    fn write(&mut self, item: u32) -> Before {
        let made = self.makes(item).unwrap_or_default();
        let key = self.key_of[made as usize];
        self.ready.remove(&self.rank(item));
        let mut released = Vec::new();
        self.place(item, &mut released);
        let held = std::mem::replace(&mut self.current[key as usize], made);
        let before = Before { key, held, next_urgent: self.next_urgent };
        self.toggle(u64::from(held) << 1 | 1);
        self.toggle(u64::from(made) << 1 | 1);
        self.release(released);
        before
    }

    /// Back to when the trail was so long.
    fn undo(&mut self, trail: usize, before: Before) {
        for node in self.trail.split_off(trail).into_iter().rev() {
            self.placed[node as usize] = false;
            self.toggle(u64::from(node) << 1);
            if let Some(shown) = self.shows(node) {
                self.unread[shown as usize] += 1;
            }
            for (to, _) in self.graph.after(node) {
                if self.degrees[*to as usize] == 0 && self.makes(*to).is_some() {
                    self.ready.remove(&self.rank(*to));
                }
                self.degrees[*to as usize] += 1;
            }
            if self.makes(node).is_some() {
                self.ready.insert(self.rank(node));
            }
        }
        let made = std::mem::replace(&mut self.current[before.key as usize], before.held);
        self.toggle(u64::from(before.held) << 1 | 1);
        self.toggle(u64::from(made) << 1 | 1);
        self.next_urgent = before.next_urgent;
    }

    fn is_done(&self) -> bool {
        self.next_urgent == self.urgent.len()
    }

    /// What is not placed, the most urgent first.
    fn left(&self) -> Vec<u32> {
        self.urgent.iter().copied().filter(|item| !self.placed[*item as usize]).take(4).collect()
    }
}
