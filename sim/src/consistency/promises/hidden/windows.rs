//! Between which events each operation must happen, and what follows from that.

use super::graph::Graph;
use super::problem::{NEVER, Problem};

/// A place among the events, and the item whose own invoke or completion it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) place: u32,
    pub(super) by: u32,
}

/// Of every node of the graph: items, then the ends of blocks, then what only joins edges.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    pub(super) after: Vec<Bound>,
    pub(super) before: Vec<Bound>,
}

impl Windows {
    pub(super) fn of(problem: &Problem) -> Windows {
        let none = |place| Bound { place, by: NEVER };
        let nodes = problem.items.len() + problem.blocks.len();
        let mut windows = Windows { after: vec![none(0); nodes], before: vec![none(NEVER); nodes] };
        for (at, item) in problem.items.iter().enumerate() {
            windows.after[at] = Bound { place: item.after, by: at as u32 };
            windows.before[at] = Bound { place: item.before, by: at as u32 };
        }
        windows
    }

    /// What comes behind another is no earlier. Gives back an item that has no place left.
    pub(super) fn spread(&mut self, graph: &Graph, order: &[u32]) -> Option<u32> {
        let own = self.after.len();
        self.after.resize(graph.len(), Bound { place: 0, by: NEVER });
        self.before.resize(graph.len(), Bound { place: NEVER, by: NEVER });
        for node in order {
            let after = self.after[*node as usize];
            for (to, _) in graph.after(*node) {
                if self.after[*to as usize].place < after.place {
                    self.after[*to as usize] = after;
                }
            }
        }
        for node in order.iter().rev() {
            for (to, _) in graph.after(*node) {
                let before = self.before[*to as usize];
                if before.place < self.before[*node as usize].place {
                    self.before[*node as usize] = before;
                }
            }
        }
        self.after.truncate(own);
        self.before.truncate(own);
        (0..own as u32).find(|node| self.after[*node as usize].place > self.before[*node as usize].place)
    }

    /// When a block's first write happens: no later than this. What was there at first has no write.
    pub(super) fn begins(&self, problem: &Problem, block: u32) -> Bound {
        match first(problem, block) {
            Some(write) => self.before[write as usize],
            None => Bound { place: 0, by: NEVER },
        }
    }

    /// When the last of a block happens: no earlier than this.
    pub(super) fn ends(&self, problem: &Problem, block: u32) -> Bound {
        self.after[problem.items.len() + block as usize]
    }

    /// Of two blocks of a key, the one that begins before the other has ended is before it as a whole. True if that says
    /// anything new.
    pub(super) fn part(&mut self, problem: &Problem) -> bool {
        let mut changed = false;
        for key in &problem.keys {
            let mut by_begin: Vec<(u32, u32)> =
                key.iter().map(|block| (self.begins(problem, *block).place, *block)).collect();
            let mut by_end: Vec<(u32, u32)> =
                key.iter().map(|block| (self.ends(problem, *block).place, *block)).collect();
            by_begin.sort_unstable();
            by_end.sort_unstable();
            changed |= self.raise(problem, &by_begin, &by_end);
            changed |= self.lower(problem, &by_begin, &by_end);
        }
        changed
    }

    /// A block begins after all that must be before it have ended.
    fn raise(&mut self, problem: &Problem, by_begin: &[(u32, u32)], by_end: &[(u32, u32)]) -> bool {
        let mut changed = false;
        // The two that end last, of those that begin before the end of the one in hand.
        let mut latest: [Option<(Bound, u32)>; 2] = [None, None];
        let mut begun = by_begin.iter().peekable();
        for (end, block) in by_end {
            while let Some((_, other)) = begun.next_if(|(begin, _)| begin < end) {
                let ends = (self.ends(problem, *other), *other);
                if latest[0].is_none_or(|(bound, _)| ends.0.place > bound.place) {
                    latest = [Some(ends), latest[0]];
                } else if latest[1].is_none_or(|(bound, _)| ends.0.place > bound.place) {
                    latest[1] = Some(ends);
                }
            }
            let other = latest.into_iter().flatten().find(|(_, other)| other != block);
            if let (Some((bound, _)), Some(write)) = (other, first(problem, *block))
                && self.after[write as usize].place < bound.place
            {
                self.after[write as usize] = bound;
                changed = true;
            }
        }
        changed
    }

    /// A block ends before all that must be behind it begin.
    fn lower(&mut self, problem: &Problem, by_begin: &[(u32, u32)], by_end: &[(u32, u32)]) -> bool {
        let mut changed = false;
        let mut earliest: [Option<(Bound, u32)>; 2] = [None, None];
        let mut ended = by_end.iter().rev().peekable();
        for (begin, block) in by_begin.iter().rev() {
            while let Some((_, other)) = ended.next_if(|(end, _)| end > begin) {
                // What was there at first is before all others anyway.
                if first(problem, *other).is_none() {
                    continue;
                }
                let begins = (self.begins(problem, *other), *other);
                if earliest[0].is_none_or(|(bound, _)| begins.0.place < bound.place) {
                    earliest = [Some(begins), earliest[0]];
                } else if earliest[1].is_none_or(|(bound, _)| begins.0.place < bound.place) {
                    earliest[1] = Some(begins);
                }
            }
            let other = earliest.into_iter().flatten().find(|(_, other)| other != block);
            let end = problem.items.len() + *block as usize;
            if let Some((bound, _)) = other
                && bound.place < self.before[end].place
            {
                self.before[end] = bound;
                changed = true;
            }
        }
        changed
    }
}

/// The first write of a block.
pub(super) fn first(problem: &Problem, block: u32) -> Option<u32> {
    problem.clusters[problem.blocks[block as usize].clusters[0] as usize].write
}
