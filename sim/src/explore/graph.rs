//! The steps between states, kept to look back from where all is settled.

/// The property of an exploration alone: from every state one can be reached where all is as it should be in the end.
pub const SETTLES: &str = "settles";

/// States in the order in which they were looked at, each with where its steps lead.
#[derive(Default)]
pub(super) struct Graph {
    steps: Vec<u32>,
    /// How many steps each state has.
    degrees: Vec<u16>,
    settled: Bits,
    /// States from which something leads beyond the bounds.
    open: Bits,
    /// States in which a LOOKING server would wait once more, and the bounds let it not.
    waits: Bits,
    last: usize,
}

/// What of a state that is not settled may yet lead to one that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ways {
    /// A step leads beyond the bounds.
    pub(super) beyond: bool,
    /// A notification time-out would.
    pub(super) waits: bool,
}

impl Graph {
    /// A step of the state that is looked at.
    pub(super) fn step(&mut self, to: u32) {
        self.steps.push(to);
    }

    /// All steps of the state are there.
    pub(super) fn close(&mut self, settled: bool, ways: Ways) {
        let degree = self.steps.len() - self.last;
        self.last = self.steps.len();
        let at = self.degrees.len();
        for (bits, is) in
            [(&mut self.settled, settled), (&mut self.open, ways.beyond), (&mut self.waits, ways.waits)]
        {
            if is {
                bits.set(at);
            }
        }
        self.degrees.push(u16::try_from(degree).unwrap_or(u16::MAX));
    }

    /// The first state from which no settled one can be reached. What leads beyond the bounds, or was not looked at, counts
    /// as if it could.
    pub(super) fn stuck(&self) -> Option<usize> {
        let reaches = self.reaching(|at| self.settled.get(at) || self.open.get(at) || self.waits.get(at));
        (0..self.degrees.len()).find(|at| !reaches.get(*at))
    }

    /// How many states lead to a settled one by one more notification time-out at best.
    pub(super) fn waiting(&self) -> usize {
        let reaches = self.reaching(|at| self.settled.get(at) || self.open.get(at));
        (0..self.degrees.len()).filter(|at| !reaches.get(*at)).count()
    }

    /// Who reaches one of these, or what was not looked at.
    fn reaching(&self, these: impl Fn(usize) -> bool) -> Bits {
        let count = self.degrees.len();
        let mut reaches = Bits::default();
        (0..count).filter(|at| these(*at)).for_each(|at| reaches.set(at));
        loop {
            let mut changed = false;
            // What the state under way leads to stands behind it.
            let mut end = self.last;
            for at in (0..count).rev() {
                let begin = end - usize::from(self.degrees[at]);
                let can = |to: &u32| *to as usize >= count || reaches.get(*to as usize);
                if !reaches.get(at) && self.steps[begin..end].iter().any(can) {
                    reaches.set(at);
                    changed = true;
                }
                end = begin;
            }
            if !changed {
                return reaches;
            }
        }
    }

    /// States that nothing leads out of, within the bounds or beyond.
    pub(super) fn ends(&self) -> impl Iterator<Item = usize> + '_ {
        let degrees = self.degrees.iter().enumerate();
        let is_open = |at: usize| self.open.get(at) || self.waits.get(at);
        degrees.filter(move |(at, degree)| **degree == 0 && !is_open(*at)).map(|(at, _)| at)
    }

    pub(super) fn bytes(&self) -> usize {
        self.steps.capacity() * 4
            + self.degrees.capacity() * 2
            + self.settled.bytes()
            + self.open.bytes()
            + self.waits.bytes()
    }
}

/// A bit for each state. Those behind the last that is set take no room.
#[derive(Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn get(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    fn set(&mut self, at: usize) {
        if self.0.len() <= at / 64 {
            self.0.resize(at / 64 + 1, 0);
        }
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn bytes(&self) -> usize {
        self.0.capacity() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(states: &[(&[u32], bool, bool)]) -> Graph {
        let mut graph = Graph::default();
        for (steps, settled, open) in states {
            steps.iter().for_each(|to| graph.step(*to));
            graph.close(*settled, Ways { beyond: *open, waits: false });
        }
        graph
    }

    #[test]
    fn who_cannot_reach_a_settled_state_is_found_first_come_first() {
        let all =
            graph(&[(&[1, 2], false, false), (&[3], false, false), (&[2], false, false), (&[], true, false)]);
        assert_eq!(all.stuck(), Some(2), "a round that nothing leads out of");
        let out = graph(&[
            (&[1, 2], false, false),
            (&[3], false, false),
            (&[2, 0], false, false),
            (&[], true, false),
        ]);
        assert_eq!(out.stuck(), None);
        assert_eq!(out.ends().collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn a_state_under_way_moves_no_other() {
        let mut all = graph(&[(&[1, 2], false, false), (&[], true, false), (&[], false, false)]);
        all.step(1);
        assert_eq!(all.stuck(), Some(2));
    }

    #[test]
    fn what_was_not_looked_at_may_be_settled() {
        assert_eq!(graph(&[(&[1], false, false)]).stuck(), None);
        assert_eq!(graph(&[(&[1], false, false), (&[], false, true)]).stuck(), None);
        assert_eq!(graph(&[(&[1], false, false), (&[], false, false)]).stuck(), Some(0));
    }

    #[test]
    fn who_needs_one_more_time_out_is_counted() {
        let mut all = Graph::default();
        all.step(1);
        all.step(2);
        all.close(false, Ways::default());
        all.close(true, Ways::default());
        all.close(false, Ways { beyond: false, waits: true });
        assert_eq!((all.stuck(), all.waiting()), (None, 1));
        assert_eq!(all.ends().collect::<Vec<_>>(), [1]);
    }
}
