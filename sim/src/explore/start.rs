//! Where an exploration starts: the state that a scenario reaches, or servers that have never run.

use super::model::{Bounds, Grain, Model};
use super::moves::MOST_SERVERS;
use super::world::World;
use crate::ensemble::{Action, Ensemble, Node, NodeId};
use crate::judges::Judges;
use crate::run::{Handles, NotReached, Reached, Run};
use crate::scenario::{Diagnostic, Scenario};
use zablab_protocol::Port;

/// A world to explore, and the model of its steps.
pub struct Start {
    /// The world.
    pub world: World,
    /// Its bounds and grain.
    pub model: Model,
    /// The scenario that leads there.
    pub(super) scenario: Scenario,
    pub(super) seed: u64,
    pub(super) reached: Reached,
}

impl Start {
    /// When the scenario has come to its end, in virtual nanoseconds.
    pub fn at(&self) -> u64 {
        self.reached.at
    }
}

/// Why there is nothing to explore.
#[derive(Clone, Debug, PartialEq)]
pub enum NoStart {
    /// The scenario asks for what cannot be.
    Scenario(Box<Diagnostic>),
    /// A property is broken before it is there.
    Broken(String),
    /// What stands in the way.
    Other(String),
}

impl Start {
    /// The state that a scenario reaches with a seed, as these judges see it. What it holds is let go there.
    pub fn of(
        name: &str,
        text: &str,
        scenario: &Scenario,
        seed: u64,
        judges: &Judges,
        bounds: Bounds,
        grain: Grain,
    ) -> Result<Start, NoStart> {
        let mut run =
            Run::new(name, text, scenario, seed).map_err(|error| NoStart::Scenario(Box::new(error)))?;
        let (servers, clients) = (run.ensemble().nodes.len(), run.ensemble().clients.len());
        if !(2..=MOST_SERVERS).contains(&servers) {
            let most = MOST_SERVERS;
            return Err(NoStart::Other(format!("it takes 2 to {most} servers; {name} has {servers}")));
        }
        if clients > 0 {
            return Err(NoStart::Other(format!(
                "{name} has clients of its own; what they ask for is decided by whoever sits behind them, and that is no part of a state"
            )));
        }
        let is_misled = |node: &&Node| node.listed != node.sid();
        if let Some(node) = run.ensemble().nodes.iter().find(is_misled) {
            let (name, sid, listed) = (&node.name, node.sid().0, node.listed.0);
            return Err(NoStart::Other(format!(
                "{name} takes itself for server {sid}; it is {listed} in the lists, and might dial its own address"
            )));
        }
        run.judge_by(judges.clone());
        let mut reached = run.reach(Handles::ByPair).map_err(|why| match why {
            NotReached::Broken(_) => NoStart::Broken(why.words()),
            NotReached::Other(what) => NoStart::Other(what),
        })?;
        reached.ensemble.apply(&Action::ReleaseAll, &mut Vec::new());
        if let Some(what) = unmended(&reached.ensemble) {
            return Err(NoStart::Other(format!(
                "{what} where {name} ends, and no step of a search mends that"
            )));
        }
        let model = Model::of(&reached.ensemble, reached.at, bounds, grain);
        let world = World::of(&reached.ensemble, reached.checks.clone());
        Ok(Start { world, model, scenario: scenario.clone(), seed, reached })
    }
}

/// What is wrong with an ensemble that no step ends. Cuts are healed, and who is down starts.
fn unmended(ensemble: &Ensemble) -> Option<String> {
    if let Some(node) = ensemble.nodes.iter().find(|node| node.paused) {
        return Some(format!("{} stands still", node.name));
    }
    let ids = || (0..ensemble.nodes.len() as u16).map(NodeId);
    let refused = |from, to| {
        from != to
            && [Port::Election, Port::Quorum].iter().any(|port| ensemble.net.is_refused(from, to, *port))
    };
    let (from, to) = ids().find_map(|from| Some((from, ids().find(|to| refused(from, *to))?)))?;
    Some(format!("{} is refused by {}", ensemble.name(from), ensemble.name(to)))
}
