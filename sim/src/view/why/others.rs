//! Why another server does not count: it is not there, or out of sight, or busy with something else.

use super::contacts::{ended, is_down};
use super::{Why, at};
use crate::ensemble::{Ended, Ensemble, NodeId, Process};
use zablab_protocol::{Phase, Port, ServerState, Sid};

impl Why {
    /// Why a server hears nothing, or nothing of use, from another one on a port.
    pub(super) fn not_heard(&self, ensemble: &Ensemble, me: NodeId, sid: Sid, port: Port) -> String {
        let unseen = self.unseen(ensemble, me, sid, port);
        unseen.or_else(|| Some(self.elsewhere(ensemble, me, ensemble.by_sid(sid)?))).unwrap_or_default()
    }

    /// What keeps a server from another one on a port; `None` where that is in sight, and can act.
    pub(super) fn unseen(&self, ensemble: &Ensemble, me: NodeId, sid: Sid, port: Port) -> Option<String> {
        let Some(other) = ensemble.by_sid(sid) else {
            return Some(format!("server {sid} of its list does not exist"));
        };
        if let Some(called) = self_called(ensemble, sid) {
            let machine = if other == me { "this one".to_owned() } else { ensemble.name(other).to_owned() };
            return Some(format!(
                "nobody is server {sid}: its machine, {machine}, calls itself server {called}"
            ));
        }
        self.gone(ensemble, me, other, port)
            .or_else(|| self.out_of_sight(ensemble, me, other, port))
            .or_else(|| self.hindered(ensemble, other))
    }

    /// Nobody is there, or not yet.
    pub(super) fn gone(&self, ensemble: &Ensemble, me: NodeId, other: NodeId, port: Port) -> Option<String> {
        let (name, node) = (ensemble.name(other), ensemble.node(other));
        let since = self.contacts.party(other).process;
        if let Process::Booting = node.process {
            return Some(format!("{name} reads its files since {}, and listens on no port yet", at(since)));
        }
        if !is_down(ensemble, other) {
            return None;
        }
        if node.ended == Ended::Never {
            return Some(format!("{name} has not been started"));
        }
        let failed = self.contacts.link(me, other).failed(port).filter(|(when, _)| *when >= since);
        let when = at(since);
        Some(match failed {
            Some((_, false)) => format!("{name} refused the connection: {}", ended(&node.ended, Some(&when))),
            Some((_, true)) => format!("{name} does not answer: {}", ended(&node.ended, Some(&when))),
            None => format!("{name} is down since {when}: {}", ended(&node.ended, None)),
        })
    }

    /// The network is in the way.
    pub(super) fn out_of_sight(
        &self,
        ensemble: &Ensemble,
        me: NodeId,
        other: NodeId,
        port: Port,
    ) -> Option<String> {
        let name = ensemble.name(other);
        let (from, to) = (self.contacts.link(other, me), self.contacts.link(me, other));
        if let Some(cut) = from.cut(port) {
            let both = if to.cut(port).is_some() { "the link is cut" } else { "the link from it is cut" };
            return Some(match from.heard(port) {
                Some(heard) if heard < cut => {
                    format!("nothing from {name} since {}: {both} since {}", at(heard), at(cut))
                }
                Some(_) => format!("nothing from {name}: {both} since {}", at(cut)),
                None => format!("never a word from {name}: {both} since {}", at(cut)),
            });
        }
        if let Some(cut) = to.cut(port) {
            return Some(format!(
                "{name} hears nothing from it: the link to {name} is cut since {}",
                at(cut)
            ));
        }
        let refused = to.refused(port).map(|since| (since, format!("{name} refuses its connections")));
        let refuses = from.refused(port).map(|since| (since, format!("it refuses connections of {name}")));
        if let Some((since, what)) = refused.or(refuses) {
            return Some(format!("{what} since {}: a firewall, say", at(since)));
        }
        let held = from.held().map(|held| (held, "from")).or(to.held().map(|held| (held, "to")));
        held.map(|((since, packet), way)| {
            let what = packet.unwrap_or("everything");
            format!("{what} {way} {name} is held back since {}", at(since))
        })
    }

    /// It is there, and cannot act.
    pub(super) fn hindered(&self, ensemble: &Ensemble, id: NodeId) -> Option<String> {
        let (name, node, party) = (ensemble.name(id), ensemble.node(id), self.contacts.party(id));
        if let Some(since) = party.paused.filter(|_| node.paused) {
            return Some(format!("{name} stands still since {}: its process is stopped", at(since)));
        }
        if let Some((part, since)) = party.held.first() {
            return Some(format!("the {part} of {name} is held since {}", at(*since)));
        }
        party.disk.filter(|_| node.disk.is_bad()).map(|since| {
            let what = if node.disk.is_full() { "is full" } else { "fails to write" };
            format!("the disk of {name} {what} since {}", at(since))
        })
    }

    /// It is there, in sight, and busy with something else.
    fn elsewhere(&self, ensemble: &Ensemble, me: NodeId, other: NodeId) -> String {
        let (name, node) = (ensemble.name(other), ensemble.node(other));
        let since = at(self.contacts.party(other).role);
        let Some(status) = node.status() else { return format!("{name} does not run") };
        let whom = |sid: Sid| ensemble.by_sid(sid).map_or("nobody", |id| ensemble.name(id));
        let vote = whom(status.vote.leader);
        let leaves = node.peer().is_some_and(|peer| peer.phase() == Phase::Leaving);
        match status.state {
            _ if leaves => format!("{name} gave up its role and is about to look for a leader itself"),
            _ if status.standalone => format!("{name} serves alone since {since}, and does not vote"),
            ServerState::Looking => {
                let mine = ensemble.node(me).status();
                let round = match mine.filter(|mine| mine.state == ServerState::Looking) {
                    Some(mine) if mine.round != status.round => format!(" in round {}", status.round),
                    _ => String::new(),
                };
                format!("{name} is LOOKING{round} and votes for {vote}")
            }
            ServerState::Leading if status.serving => {
                format!("{name} leads epoch {} since {since}", status.current_epoch)
            }
            ServerState::Leading => format!("{name} is LEADING since {since} and does not serve yet"),
            state if status.serving => format!("{name} is {state} {} since {since}", whom(leader(&status))),
            state => {
                format!("{name} is {state} {} since {since} and not synchronized yet", whom(leader(&status)))
            }
        }
    }
}

/// The other id that the machine with a server's address goes by, where no machine goes by this one.
pub(super) fn self_called(ensemble: &Ensemble, sid: Sid) -> Option<Sid> {
    let own = ensemble.node(ensemble.by_sid(sid)?).sid();
    ensemble.ids().all(|id| ensemble.node(id).sid() != sid).then_some(own)
}

fn leader(status: &zablab_protocol::Status) -> Sid {
    status.leader.unwrap_or(Sid::NONE)
}
