//! Conclusions until nothing new follows, then an order.

use super::super::view::{View, finding};
use super::Answer;
use super::graph::{Graph, Why};
use super::problem::{NEVER, Problem};
use super::search::{self, Found};
use super::windows::{Windows, first};

/// How often the graph is drawn anew. Each time something that was not known is.
const ROUNDS: usize = 40;

/// How often windows are drawn closer.
const SPREADS: usize = 1000;

/// A history's order, or why there is none.
pub(super) fn solve(view: &View<'_>, problem: &Problem, property: &'static str) -> Answer {
    let solver = Solver { view, problem, property };
    let mut edges = solver.known();
    let known = edges.len();
    let fixed = problem.items.len() + problem.blocks.len() + problem.moments.len();
    let mut windows = Windows::of(problem);
    let (mut joints, mut spread) = (0, 0);
    for _ in 0..ROUNDS {
        let graph = Graph::new(fixed + joints, &edges);
        let order = match graph.sorted() {
            Ok(order) => order,
            Err(cycle) => return Answer::Violated(solver.cycle(&cycle)),
        };
        loop {
            if let Some(node) = windows.spread(&graph, &order) {
                return Answer::Violated(solver.squeezed(&windows, node));
            }
            if !windows.part(problem) {
                break;
            }
            spread += 1;
            if spread == SPREADS {
                return Answer::Unknown("conclusions from one another were too many".to_owned());
            }
        }
        let before = edges.split_off(known);
        joints = solver.rows(&windows, fixed as u32, &mut edges);
        if edges[known..] == before {
            return solver.order(&graph, &windows);
        }
    }
    Answer::Unknown(format!("conclusions still followed after {ROUNDS} rounds of drawing them"))
}

/// So many operations of a cycle are told; the finding has all.
const TOLD: usize = 8;

struct Solver<'s, 'h> {
    view: &'s View<'h>,
    problem: &'s Problem,
    property: &'static str,
}

impl Solver<'_, '_> {
    fn end(&self, block: u32) -> u32 {
        self.problem.items.len() as u32 + block
    }

    /// Where an item belongs: its block, and the one that it makes another of.
    fn block(&self, item: u32) -> Option<u32> {
        let item = &self.problem.items[item as usize];
        item.makes.or(item.shows).map(|cluster| self.problem.clusters[cluster as usize].block)
    }

    /// What is known from the start.
    fn known(&self) -> Vec<(u32, u32, Why)> {
        let problem = self.problem;
        let mut edges = Vec::with_capacity(problem.items.len() * 4);
        for (at, item) in (0..).zip(&problem.items) {
            edges.extend(item.previous.map(|previous| (previous, at, Why::Session)));
            edges.extend(self.block(at).map(|block| (at, self.end(block), Why::Part)));
        }
        for cluster in &problem.clusters {
            for reader in cluster.readers.iter().copied().chain(cluster.cas) {
                edges.extend(cluster.write.map(|write| (write, reader, Why::Shown)));
            }
            if let Some(cas) = cluster.cas {
                edges.extend(cluster.readers.iter().map(|reader| (*reader, cas, Why::Over)));
            }
        }
        for key in &problem.keys {
            for block in &key[1..] {
                edges.extend(first(problem, *block).map(|write| (self.end(key[0]), write, Why::Over)));
            }
        }
        self.sessions(&mut edges);
        self.moments(&mut edges);
        edges
    }

    /// What must see a moment comes behind all writes that were acknowledged before it.
    fn moments(&self, edges: &mut Vec<(u32, u32, Why)>) {
        let problem = self.problem;
        let Some(last) = problem.moments.len().checked_sub(1) else { return };
        let node = |at: usize| (problem.items.len() + problem.blocks.len() + at) as u32;
        edges.extend((0..last).map(|at| (node(at), node(at + 1), Why::Time)));
        for (at, item) in (0..).zip(&problem.items) {
            let next = problem.moments.partition_point(|moment| *moment <= item.before);
            if item.makes.is_some() && next <= last {
                edges.push((at, node(next), Why::Time));
            }
            if let Some(Ok(own)) = item.moment.map(|moment| problem.moments.binary_search(&moment)) {
                edges.push((node(own), at, Why::Time));
            }
        }
    }

    /// What a session sees of a key, one after the other, is one after the other.
    fn sessions(&self, edges: &mut Vec<(u32, u32, Why)>) {
        let problem = self.problem;
        let mut session = vec![0u32; problem.items.len()];
        let mut sessions = 0u32;
        let mut key_of = vec![0u32; problem.blocks.len()];
        for (key, blocks) in (0..).zip(&problem.keys) {
            blocks.iter().for_each(|block| key_of[*block as usize] = key);
        }
        // The block that a session saw last of a key, and by what.
        let mut last: indexmap::IndexMap<(u32, u32), (u32, u32), rustc_hash::FxBuildHasher> =
            indexmap::IndexMap::default();
        for at in 0..problem.items.len() {
            session[at] = match problem.items[at].previous {
                Some(previous) => session[previous as usize],
                None => {
                    sessions += 1;
                    sessions
                }
            };
            let Some(block) = self.block(at as u32) else { continue };
            let previous = last.insert((session[at], key_of[block as usize]), (block, at as u32));
            if let (Some((previous, by)), Some(write)) =
                (previous.filter(|(previous, _)| *previous != block), first(problem, block))
            {
                edges.push((self.end(previous), write, Why::Seen(by, at as u32)));
            }
        }
    }

    /// The blocks of each key, as far as their windows put them in a row. Gives back how many nodes join the edges.
    fn rows(&self, windows: &Windows, fixed: u32, edges: &mut Vec<(u32, u32, Why)>) -> usize {
        let problem = self.problem;
        let mut joint = fixed;
        for key in problem.keys.iter().filter(|key| key.len() > 2) {
            let mut row: Vec<(u32, u32, u32)> = key[1..]
                .iter()
                .map(|block| {
                    (windows.begins(problem, *block).place, windows.ends(problem, *block).place, *block)
                })
                .collect();
            row.sort_unstable();
            for (at, (_, end, block)) in row.iter().enumerate() {
                edges.push((self.end(*block), joint + at as u32, Why::Part));
                if at > 0 {
                    edges.push((joint + at as u32 - 1, joint + at as u32, Why::Part));
                }
                let Some(write) = first(problem, *block) else { continue };
                let earlier = row.partition_point(|(begin, ..)| begin < end);
                // Itself may be among them, and then what begins at the same place.
                if let Some(last) = earlier.min(at).checked_sub(1) {
                    edges.push((joint + last as u32, write, Why::Over));
                }
                let others = row.get(at + 1..earlier).unwrap_or_default();
                edges.extend(others.iter().take(8).map(|(_, _, other)| (self.end(*other), write, Why::Over)));
            }
            joint += row.len() as u32;
        }
        (joint - fixed) as usize
    }

    /// Nothing more follows: an order is built.
    fn order(&self, graph: &Graph, windows: &Windows) -> Answer {
        match search::search(self.problem, graph, windows) {
            Found::Order => Answer::Holds,
            Found::None(stuck) => {
                let operations: Vec<usize> = stuck.iter().map(|item| self.op(*item)).collect();
                let told = operations.first().map_or(String::new(), |at| self.view.told(*at));
                let sentence = format!(
                    "in no order can all be placed: {told} is left over in the one that goes furthest"
                );
                Answer::Violated(finding(self.property, operations, sentence))
            }
            Found::GaveUp(steps) => {
                Answer::Unknown(format!("no order was found in {steps} steps, nor that there is none"))
            }
        }
    }

    fn op(&self, item: u32) -> usize {
        self.problem.items[item as usize].op as usize
    }

    /// In words, each operation once.
    fn cycle(&self, cycle: &[(u32, Why)]) -> crate::consistency::Finding {
        let is_item = |node: u32| (node as usize) < self.problem.items.len();
        // The sentence begins with a write, where one is there.
        let begin = cycle
            .iter()
            .position(|(node, _)| is_item(*node) && self.problem.items[*node as usize].makes.is_some())
            .or_else(|| cycle.iter().position(|(node, _)| is_item(*node)))
            .unwrap_or_default();
        let round: Vec<(u32, Why)> = cycle[begin..].iter().chain(&cycle[..begin]).copied().collect();
        let mut operations = Vec::new();
        let mut text = "no order is left, since these go round in a circle: ".to_owned();
        let (mut why, mut told) = (None, 0);
        for (node, next) in &round {
            if is_item(*node) {
                let op = self.op(*node);
                if told < TOLD {
                    text.push_str(&why.map_or(String::new(), |why| self.words(why)));
                    text.push_str(&self.view.told(op));
                }
                told += 1;
                operations.push(op);
                why = Some(*next);
            } else if !matches!(why, Some(Why::Time | Why::Seen(..))) {
                // Whatever leads through an end, or along a row, leads to what overwrites.
                why = Some(if matches!(next, Why::Seen(..)) { *next } else { Why::Over });
            }
            if let Why::Seen(earlier, later) = next {
                operations.extend([self.op(*earlier), self.op(*later)]);
            }
        }
        if told > TOLD {
            text.push_str(&format!(", then {} more", told - TOLD));
        }
        text.push_str(&why.map_or(String::new(), |why| self.words(why)));
        text.push_str("the first again");
        let mut seen = std::collections::BTreeSet::new();
        operations.retain(|operation| seen.insert(*operation));
        finding(self.property, operations, text)
    }

    /// An item must happen after one event and before another, and the one is behind the other.
    fn squeezed(&self, windows: &Windows, node: u32) -> crate::consistency::Finding {
        let (after, before) = (windows.after[node as usize], windows.before[node as usize]);
        let mut operations = Vec::new();
        if (node as usize) < self.problem.items.len() {
            operations.push(self.op(node));
        }
        for bound in [after, before] {
            if bound.by != NEVER && !operations.contains(&self.op(bound.by)) {
                operations.push(self.op(bound.by));
            }
        }
        let told = |item: u32| if item == NEVER { String::new() } else { self.view.told(self.op(item)) };
        let (late, early) = (told(after.by), told(before.by));
        let between = match operations.first().filter(|_| (node as usize) < self.problem.items.len()) {
            Some(at) if node != after.by && node != before.by => {
                format!("; {} would have to be between them", self.view.told(*at))
            }
            _ => String::new(),
        };
        let sentence = format!(
            "by what was read {late} comes before {early}, yet it began after that had ended{between}"
        );
        finding(self.property, operations, sentence)
    }

    fn words(&self, why: Why) -> String {
        match why {
            Why::Time => ", then, behind a sync that was sent later, ".to_owned(),
            Why::Session => ", then, later in its session, ".to_owned(),
            Why::Shown => ", then, which shows it, ".to_owned(),
            Why::Seen(earlier, later) => {
                let told = |item| self.view.told(self.op(item));
                format!(", then, since the session of {} goes on to {}, ", told(earlier), told(later))
            }
            Why::Over | Why::Part => ", then, which overwrites what that one saw or wrote, ".to_owned(),
        }
    }
}
