//! A loop over plain values: every state in a set, level by level.

use crate::Verdict;
use indexmap::IndexSet;
use std::collections::BTreeMap;
use zablab_sim::explore::{Move, Standing, Start, Taken, World};

/// Every state that was reached, and what became of it.
pub(crate) struct Plain {
    pub(crate) worlds: IndexSet<World>,
    pub(crate) broken: Option<(&'static str, usize)>,
    /// The steps to the states that are furthest from the first one.
    pub(crate) depth: usize,
    /// How the servers stand where no step can be taken, and how many states of each kind there are.
    pub(crate) ends: BTreeMap<Vec<Standing>, u64>,
}

impl Plain {
    /// Of all steps that can be taken, `choose` keeps those that are.
    pub(crate) fn explored(start: &Start, choose: impl Fn(&mut Vec<Move>)) -> Plain {
        let model = &start.model;
        let worlds = IndexSet::from([start.world.clone()]);
        let mut plain = Plain { worlds, broken: None, depth: 0, ends: BTreeMap::new() };
        let mut level = 0..1;
        while !level.is_empty() && plain.depth < model.bounds.depth as usize {
            for at in level.clone() {
                let world = plain.worlds[at].clone();
                let mut moves = world.moves(model);
                choose(&mut moves);
                if moves.is_empty() {
                    *plain.ends.entry(world.standings(model)).or_default() += 1;
                }
                for step in moves {
                    match world.take(step, model) {
                        Taken::To(to) => {
                            plain.worlds.insert(to);
                        }
                        Taken::Broken(violation) => {
                            plain.broken = Some((violation.property, plain.depth + 1));
                            return plain;
                        }
                        Taken::Beyond | Taken::Nowhere => {}
                    }
                }
            }
            level = level.end..plain.worlds.len();
            plain.depth += usize::from(!level.is_empty());
        }
        plain
    }

    pub(crate) fn verdict(&self) -> Verdict {
        Verdict { states: self.broken.is_none().then(|| self.worlds.len()), broken: self.broken }
    }
}
