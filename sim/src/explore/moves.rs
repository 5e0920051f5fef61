//! Which steps can be taken in a state.

use super::facts::{Guard, Life, LinkFacts, NodeFacts};
use super::model::{Elections, Model, Patience, Servers, Used};
use crate::ensemble::NodeId;
use zablab_protocol::{Phase, Port};

/// A step. Acts, streams and attempts are named by their place in the facts of the state, which says nothing in another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Move {
    /// Something happens to a server by itself: boot, timer, disk, task.
    Own {
        /// Whose.
        node: NodeId,
        /// Which of its acts.
        nth: u16,
    },
    /// The next segment of a stream arrives.
    Deliver {
        /// Between which pair.
        pair: u16,
        /// Which of its streams.
        nth: u16,
    },
    /// A connection attempt reaches its target.
    Arrive {
        /// Between which pair.
        pair: u16,
        /// Which of the attempts.
        nth: u16,
    },
    /// A process ends.
    Kill(NodeId),
    /// A machine loses power, and all that was not synced.
    PowerOff(NodeId),
    /// A process starts.
    Start(NodeId),
    /// A client asks the leader for a write.
    Write(NodeId),
    /// The connections of a pair are cut.
    Cut(u16),
    /// They are healed.
    Heal(u16),
    /// These servers hold their election.
    Elect(Servers),
}

/// What of a state the choice looks at.
pub(super) struct View<'a> {
    pub(super) nodes: Few<'a, NodeFacts, MOST_SERVERS>,
    pub(super) links: Few<'a, LinkFacts, MOST_PAIRS>,
    pub(super) used: Used,
}

/// The most servers that an exploration takes.
pub(super) const MOST_SERVERS: usize = 5;
const MOST_PAIRS: usize = MOST_SERVERS * (MOST_SERVERS - 1) / 2;

/// So many at most, without memory of their own.
pub(super) struct Few<'a, T, const MOST: usize> {
    all: [Option<&'a T>; MOST],
    count: usize,
}

impl<'a, T, const MOST: usize> FromIterator<&'a T> for Few<'a, T, MOST> {
    fn from_iter<I: IntoIterator<Item = &'a T>>(items: I) -> Self {
        let mut few = Few { all: [None; MOST], count: 0 };
        for item in items.into_iter().take(MOST) {
            few.all[few.count] = Some(item);
            few.count += 1;
        }
        few
    }
}

impl<'a, T, const MOST: usize> Few<'a, T, MOST> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a T> + '_ {
        self.all[..self.count].iter().filter_map(|item| *item)
    }
}

impl<T, const MOST: usize> std::ops::Index<usize> for Few<'_, T, MOST> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        self.all[at].unwrap_or_else(|| unreachable!("there are only {} of them", self.count))
    }
}

impl View<'_> {
    fn node(&self, id: NodeId) -> &NodeFacts {
        &self.nodes[id.index()]
    }

    /// Whether an act of a server is a notification time-out, of which there are only so many.
    pub(super) fn is_notification(&self, id: NodeId, nth: u16) -> bool {
        self.node(id).acts[usize::from(nth)].1 == Guard::Notification
    }

    /// Servers that are with a leader: itself, and who follows it over connections that stand or come to be.
    fn supporters(&self, model: &Model, leader: NodeId) -> Servers {
        model.those(|id| {
            let facts = self.node(id);
            id == leader
                || (facts.runs && facts.leader == Some(leader) && {
                    let link = &self.links[model.pairs.number(id, leader)];
                    link.joins && !link.is_cut
                })
        })
    }

    /// Whether nothing is under way among these servers, over quorum connections or within them.
    fn is_silent_among(&self, model: &Model, set: Servers) -> bool {
        let mut links = self.links.iter().zip(&model.ends).filter(|(_, ends)| set.has_both(**ends));
        model.members(set).all(|id| self.node(id).is_idle())
            && links.all(|(link, _)| {
                link.heads.iter().all(|head| head.port != Port::Quorum)
                    && link.dials.iter().all(|dial| dial.1 != Port::Quorum)
            })
    }

    /// Whether a guard lets an act of a server happen.
    fn passes(&self, model: &Model, id: NodeId, guard: Guard) -> bool {
        let any = model.grain.patience == Patience::Any;
        match guard {
            Guard::Free => true,
            Guard::Notification => self.used.timeouts(id) < model.bounds.timeouts,
            _ if any => true,
            Guard::Silence(pair, conn) => !self.links[pair].may_speak(conn, id),
            Guard::Count => !model.is_quorum(self.supporters(model, id)),
            Guard::NoQuorum => {
                let with = self.supporters(model, id);
                !model.is_quorum(with) || self.is_silent_among(model, with)
            }
            Guard::NoWay(to) => {
                let facts = self.node(to);
                let leads = facts.runs && facts.leader == Some(to);
                !leads || self.links[model.pairs.number(id, to)].is_cut
            }
        }
    }

    /// Whether an attempt can arrive and something comes of it.
    fn arrives(&self, model: &Model, pair: usize, port: Port, to: NodeId) -> bool {
        if model.grain.patience == Patience::Any {
            return true;
        }
        let facts = self.node(to);
        let silent = facts.target.is_silent();
        let decided = port != Port::Quorum || facts.takes_learners || facts.life == Life::Down;
        !self.links[pair].is_cut && !silent && decided
    }

    /// Whether a server acts by itself rather than within an election.
    fn acts(&self, model: &Model, id: NodeId) -> bool {
        match model.grain.elections {
            Elections::StepByStep => true,
            Elections::AtOnce => self.node(id).phase != Some(Phase::Election),
            Elections::Only => matches!(self.node(id).phase, None | Some(Phase::Booting | Phase::Election)),
        }
    }

    fn takes(&self, model: &Model, port: Port) -> bool {
        match model.grain.elections {
            Elections::StepByStep => true,
            Elections::AtOnce => port != Port::Election,
            Elections::Only => port == Port::Election,
        }
    }
}

/// Whether something is kept from happening by the bounds alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    /// Nothing is.
    Not,
    /// A LOOKING server's notification time-out would pass.
    Beyond,
}

/// Every step that can be taken, in an order that is always the same: first what happens by itself, server by server and
/// pair by pair, then what is done to the world.
pub(super) fn moves(view: &View<'_>, model: &Model, all: &mut Vec<Move>) -> Waits {
    all.clear();
    let mut waits = Waits::Not;
    for id in model.ids().filter(|id| view.acts(model, *id)) {
        for (nth, (_, guard)) in view.node(id).acts.iter().enumerate() {
            if view.passes(model, id, *guard) {
                all.push(Move::Own { node: id, nth: nth as u16 });
            } else if *guard == Guard::Notification {
                waits = Waits::Beyond;
            }
        }
    }
    for (pair, link) in view.links.iter().enumerate() {
        for (nth, head) in link.heads.iter().enumerate() {
            if view.node(head.to).runs && view.takes(model, head.port) {
                all.push(Move::Deliver { pair: pair as u16, nth: nth as u16 });
            }
        }
        for (nth, (from, port, to)) in link.dials.iter().enumerate() {
            let takes = view.takes(model, *port) && view.arrives(model, pair, *port, *to);
            if takes && view.node(*from).runs {
                all.push(Move::Arrive { pair: pair as u16, nth: nth as u16 });
            }
        }
    }
    faults(view, model, all);
    if model.grain.elections == Elections::AtOnce {
        elections(view, model, all);
    }
    waits
}

fn faults(view: &View<'_>, model: &Model, all: &mut Vec<Move>) {
    for id in model.ids() {
        let facts = view.node(id);
        if facts.life == Life::Down {
            all.push(Move::Start(id));
        } else if view.used.crashes() < model.bounds.crashes {
            all.push(Move::Kill(id));
            if facts.loose || !model.grain.plain_crashes {
                all.push(Move::PowerOff(id));
            }
        }
        let leads = facts.serves && facts.runs && facts.leader == Some(id);
        if leads && view.used.writes() < model.bounds.writes {
            all.push(Move::Write(id));
        }
    }
    for (pair, link) in view.links.iter().enumerate() {
        if link.is_hurt {
            all.push(Move::Heal(pair as u16));
        } else if view.used.cuts() < model.bounds.cuts {
            all.push(Move::Cut(pair as u16));
        }
    }
}

/// Every quorum of servers that can hear each other and of which one is LOOKING.
fn elections(view: &View<'_>, model: &Model, all: &mut Vec<Move>) {
    let runs = model.those(|id| view.node(id).runs && view.node(id).phase.is_some());
    let looking = model.those(|id| view.node(id).is_looking());
    if looking == Servers::default() {
        return;
    }
    let apart = |set: Servers| {
        view.links.iter().zip(&model.ends).any(|(link, ends)| link.is_hurt && set.has_both(*ends))
    };
    for bits in 1..=runs.0 {
        let set = Servers(bits);
        if bits & !runs.0 == 0 && bits & looking.0 != 0 && model.is_quorum(set) && !apart(set) {
            all.push(Move::Elect(set));
        }
    }
}
