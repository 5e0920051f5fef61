//! The model as stateright takes one.

use crate::Verdict;
use stateright::{Checker, Property};
use zablab_sim::explore::{Model, Move, Start, Taken, World};

/// Something is found broken on a step, so there is a state behind it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    World(World),
    Broken(&'static str),
}

struct Adapter {
    world: World,
    model: Model,
}

impl stateright::Model for Adapter {
    type State = State;
    type Action = Move;

    fn init_states(&self) -> Vec<State> {
        vec![State::World(self.world.clone())]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Move>) {
        if let State::World(world) = state {
            actions.extend(world.moves(&self.model));
        }
    }

    fn next_state(&self, state: &State, step: Move) -> Option<State> {
        let State::World(world) = state else { return None };
        match world.take(step, &self.model) {
            Taken::To(next) => Some(State::World(next)),
            Taken::Broken(violation) => Some(State::Broken(violation.property)),
            Taken::Beyond | Taken::Nowhere => None,
        }
    }

    fn properties(&self) -> Vec<Property<Adapter>> {
        vec![Property::always("nothing is broken", |_, state| matches!(state, State::World(_)))]
    }
}

/// What stateright makes of it, breadth first. What is broken at the very last step of a bound depth it does not see.
pub(crate) fn explored(start: &Start) -> Verdict {
    use stateright::Model as _;
    let adapter = Adapter { world: start.world.clone(), model: start.model.clone() };
    let builder = adapter.checker();
    let checker = match start.model.bounds.depth {
        u32::MAX => builder,
        // It counts states rather than steps.
        depth => builder.target_max_depth(depth as usize + 1),
    };
    let checker = checker.spawn_bfs().join();
    let broken = checker.discovery("nothing is broken").map(|path| {
        let (property, steps) = match path.last_state() {
            State::Broken(property) => (*property, path.into_actions().len()),
            State::World(_) => unreachable!("the property speaks of states behind a violation"),
        };
        (property, steps)
    });
    Verdict { states: broken.is_none().then(|| checker.unique_state_count()), broken }
}
