//! The search: level by level, so that what is found first is found on a shortest path.

use super::ample;
use super::facts::Standing;
use super::graph::{Graph, Ways};
use super::model::Model;
use super::moves::{Move, Waits, moves};
use super::space::Space;
use super::store::Store;
use super::world::{World, is_beyond, is_settled};
use crate::check::Violation;

/// What is broken, and how it is come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What is broken.
    pub violation: Violation,
    /// The steps from the start.
    pub path: Vec<Move>,
}

/// A search under way.
pub struct Search<'m> {
    space: Space<'m>,
    store: Store,
    graph: Graph,
    /// The first state of each level.
    levels: Vec<usize>,
    /// The next state to look at.
    next: usize,
    generated: u64,
    beyond: u64,
    /// Fewer orders are looked at where that is enough.
    reduces: bool,
    /// Some were left out.
    reduced: bool,
    found: Option<(usize, Move, Violation)>,
}

impl<'m> Search<'m> {
    /// From a state.
    pub fn from(world: &World, model: &'m Model) -> Search<'m> {
        let mut space = Space::of(world, model);
        let row = space.row(world);
        let mut store = Store::of(space.width());
        store.find(&row, 0);
        Search {
            space,
            store,
            graph: Graph::default(),
            levels: vec![0],
            next: 0,
            generated: 0,
            beyond: 0,
            reduces: ample::applies(model),
            reduced: false,
            found: None,
        }
    }

    /// Every step is looked at, also where fewer would do.
    pub fn in_full(mut self) -> Search<'m> {
        self.reduces = false;
        self
    }

    /// Looks at so many more states; says whether there is more to look at.
    pub fn advance(&mut self, states: usize) -> bool {
        let model = self.space.model;
        let mut all: Vec<Move> = Vec::new();
        let mut row = vec![0u32; self.space.width()];
        for _ in 0..states {
            if self.found.is_some() || self.next == self.store.len() {
                return false;
            }
            if self.levels.last() == Some(&self.next) {
                if self.levels.len() as u64 > u64::from(model.bounds.depth) {
                    return false;
                }
                self.levels.push(self.store.len());
            }
            let at = self.next;
            let view = self.space.view(self.store.row(at));
            let waits = moves(&view, model, &mut all);
            if self.reduces {
                self.reduced |= ample::reduce(&view, model, &mut all);
            }
            let settled = is_settled(&view, model);
            let mut ways = Ways { beyond: false, waits: waits == Waits::Beyond };
            for step in &all {
                row.copy_from_slice(self.store.row(at));
                self.generated += 1;
                match self.space.go(&mut row, *step) {
                    Err(violation) => {
                        self.found = Some((at, *step, violation));
                        return false;
                    }
                    Ok(false) => {}
                    Ok(true) if is_beyond(&self.space.view(&row), model) => {
                        self.beyond += 1;
                        ways.beyond = true;
                    }
                    Ok(true) => {
                        let (to, _) = self.store.find(&row, at);
                        self.graph.step(to as u32);
                    }
                }
            }
            self.graph.close(settled, ways);
            self.next += 1;
        }
        true
    }

    /// Every state within the bounds was looked at.
    pub fn is_complete(&self) -> bool {
        self.found.is_none() && self.next == self.store.len()
    }

    /// Different states that were reached.
    pub fn states(&self) -> usize {
        self.store.len()
    }

    /// Those whose steps were all taken.
    pub fn looked_at(&self) -> usize {
        self.next
    }

    /// Steps that were taken.
    pub fn generated(&self) -> u64 {
        self.generated
    }

    /// Steps that lead beyond the bounds.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// The steps of the longest of all shortest paths.
    pub fn depth(&self) -> usize {
        // What comes behind the last state that was looked at may be nothing, but for what is found broken there.
        let is_empty = self.found.is_none() && self.levels.last() == Some(&self.store.len());
        self.levels.len() - 1 - usize::from(is_empty)
    }

    /// Whether some steps were left out, since fewer orders are enough.
    pub fn is_reduced(&self) -> bool {
        self.reduced
    }

    /// Different states of servers, of connections between two, and of the monitors' memory.
    pub fn parts(&self) -> [usize; 3] {
        self.space.parts()
    }

    /// Bytes that states take, and their steps for looking back from where all is settled.
    pub fn bytes(&self) -> usize {
        self.store.bytes() + self.graph.bytes()
    }

    /// Every state that was reached, in the order in which they were found.
    pub fn worlds(&self) -> impl Iterator<Item = World> + '_ {
        (0..self.store.len()).map(|at| self.space.world(self.store.row(at)))
    }

    /// What was found broken.
    pub fn found(&mut self) -> Option<Found> {
        let (at, step, violation) = self.found.clone()?;
        let mut path = self.path_to(at);
        path.push(step);
        Some(Found { violation, path })
    }

    /// The first state, if any, from which none that is settled can be reached: the steps to it.
    pub fn stuck(&mut self) -> Option<Vec<Move>> {
        let at = self.graph.stuck()?;
        Some(self.path_to(at))
    }

    /// How many states that were looked at lead to a settled one by one more notification time-out at best than the bounds allow.
    pub fn waiting(&self) -> usize {
        self.graph.waiting()
    }

    /// States that nothing leads out of: how the servers stand there, and how many there are of each kind.
    pub fn ends(&self) -> Vec<(Vec<Standing>, u64)> {
        let mut all: std::collections::BTreeMap<Vec<Standing>, u64> = Default::default();
        for at in self.graph.ends() {
            let view = self.space.view(self.store.row(at));
            let standing = view.nodes.iter().map(Standing::of).collect();
            *all.entry(standing).or_default() += 1;
        }
        all.into_iter().collect()
    }

    /// The steps to a state.
    fn path_to(&mut self, at: usize) -> Vec<Move> {
        let mut states = vec![at];
        let mut last = at;
        while last != 0 {
            last = self.store.parent(last);
            states.push(last);
        }
        states.reverse();
        states.windows(2).filter_map(|pair| self.step_between(pair[0], pair[1])).collect()
    }

    /// The first step that leads from one state to another.
    fn step_between(&mut self, from: usize, to: usize) -> Option<Move> {
        let mut all = Vec::new();
        moves(&self.space.view(self.store.row(from)), self.space.model, &mut all);
        let wanted = self.store.row(to).to_vec();
        all.into_iter().find(|step| {
            let mut row = self.store.row(from).to_vec();
            self.space.go(&mut row, *step) == Ok(true) && row == wanted
        })
    }

    /// The world that a path leads to.
    pub fn world(&mut self, path: &[Move]) -> World {
        let mut row = self.store.row(0).to_vec();
        for step in path {
            // What breaks at its last step has no state behind it.
            let _ = self.space.go(&mut row, *step);
        }
        self.space.world(&row)
    }
}
