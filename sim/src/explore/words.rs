//! Steps, paths and how servers stand, in words: those of the scenario language, where it has them.

use super::actions::actions;
use super::facts::Standing;
use super::model::Model;
use super::moves::Move;
use super::world::{Taken, World};
use crate::ensemble::{Action, Ensemble, Network, NodeId};
use crate::run::describe;
use crate::view::in_a_row;
use std::sync::Arc;
use zablab_protocol::Op;

impl World {
    /// The names of the servers.
    pub fn names(&self) -> Vec<Arc<str>> {
        self.nodes.iter().map(|node| node.name.clone()).collect()
    }

    /// The steps of a path that begins here, each in words. After one that leads nowhere nothing more is told.
    pub fn tell(&self, path: &[Move], model: &Model) -> Vec<String> {
        let mut told = Vec::with_capacity(path.len());
        let mut world = self.clone();
        for step in path {
            let words = world.words(*step, model);
            match world.take(*step, model) {
                Taken::To(next) => {
                    told.push(words + &next.outcome(*step, model));
                    world = next;
                }
                Taken::Beyond | Taken::Nowhere | Taken::Broken(_) => {
                    told.push(words);
                    break;
                }
            }
        }
        told
    }

    /// One of [`World::moves`] in words.
    pub fn words(&self, step: Move, model: &Model) -> String {
        if let Move::Elect(set) = step {
            let members: Vec<&str> = model.members(set).map(|id| &*self.nodes[id.index()].name).collect();
            return format!("{} hold their election", in_a_row(&members, "and"));
        }
        let first = actions(self, step, model).into_iter().next();
        let said = first.and_then(|action| said(&self.ensemble(), &action));
        said.unwrap_or_else(|| "something that has no words".to_owned())
    }

    /// What came of a step that says nothing of it, in the world behind it.
    fn outcome(&self, step: Move, model: &Model) -> String {
        let Move::Elect(_) = step else { return String::new() };
        format!(": {}", standing(&self.names(), &self.standings(model)))
    }

    fn ensemble(&self) -> Ensemble {
        let nodes = self.nodes.iter().map(|node| (**node).clone()).collect();
        Ensemble::of(nodes, Network::join(self.nodes.len(), self.links.iter().map(|link| &**link)))
    }
}

/// An action in the words of the scenario language, where it has any: what happens by itself without its `next`. One line cuts
/// both ways, and the first of both directions says it.
pub(super) fn said(ensemble: &Ensemble, action: &Action) -> Option<String> {
    let name = |id: &NodeId| ensemble.name(*id);
    Some(match action {
        Action::Start(id) => format!("start {}", name(id)),
        Action::Kill(id) => format!("kill {}", name(id)),
        Action::PowerOff(id, _) => format!("power-off {} losing unsynced", name(id)),
        Action::Client { node, op: Op::Create { path, .. }, .. } => {
            format!("create {path} at {}", name(node))
        }
        Action::Cut { from, to, on, .. } if from < to => {
            format!("{} {} from {}", if *on { "cut" } else { "heal" }, name(from), name(to))
        }
        Action::Reset { a, b, .. } => format!("reset {} from {}", name(a), name(b)),
        action => describe(ensemble, action)?.to_string(),
    })
}

/// How servers stand, in words: `zk3 leads, zk1 and zk2 follow it`.
pub fn standing(names: &[Arc<str>], all: &[Standing]) -> String {
    let those = |is: &dyn Fn(Standing) -> bool| -> Vec<&str> {
        names.iter().zip(all).filter(|(_, how)| is(**how)).map(|(name, _)| &**name).collect()
    };
    let mut parts = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let with = those(&|how| how == Standing::Follows(at as u16));
        let verb = if with.len() == 1 { "follows" } else { "follow" };
        match (all.get(at) == Some(&Standing::Leads), with.is_empty()) {
            (true, true) => parts.push(format!("{name} leads")),
            (true, false) => parts.push(format!("{name} leads, {} {verb} it", in_a_row(&with, "and"))),
            (false, true) => {}
            (false, false) => {
                parts.push(format!("{} {verb} {name}, which does not lead", in_a_row(&with, "and")))
            }
        }
    }
    let looking = those(&|how| how == Standing::Looking);
    let down = those(&|how| how == Standing::Down);
    let each = |those: &[&str], one: &str, several: &str| {
        let verb = if those.len() == 1 { one } else { several };
        (!those.is_empty()).then(|| format!("{} {verb}", in_a_row(those, "and")))
    };
    parts.extend(each(&looking, "looks for a leader", "look for a leader"));
    parts.extend(each(&down, "is down", "are down"));
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_servers_stand_is_a_sentence() {
        use Standing::{Down, Follows, Leads, Looking};
        let names: Vec<Arc<str>> = ["zk1", "zk2", "zk3"].into_iter().map(Arc::from).collect();
        for (all, words) in [
            ([Follows(2), Follows(2), Leads], "zk3 leads, zk1 and zk2 follow it"),
            ([Leads, Follows(0), Looking], "zk1 leads, zk2 follows it; zk3 looks for a leader"),
            ([Down, Looking, Looking], "zk2 and zk3 look for a leader; zk1 is down"),
            (
                [Follows(1), Looking, Leads],
                "zk1 follows zk2, which does not lead; zk3 leads; zk2 looks for a leader",
            ),
            ([Down, Down, Down], "zk1, zk2 and zk3 are down"),
        ] {
            assert_eq!(standing(&names, &all), words);
        }
    }
}
