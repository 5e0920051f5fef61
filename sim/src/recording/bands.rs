//! What each party was, from when to when.

use super::Instant;
use crate::ensemble::{Ensemble, Node, NodeId, Process};
use serde::Serialize;
use std::fmt;
use zablab_protocol::{ClientState, Epoch, ServerState};

/// What a party is, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// No process.
    Down,
    /// A server reads its files.
    Booting,
    /// A server elects.
    Looking,
    /// A server follows, or is about to.
    Following,
    /// A server leads, or is about to.
    Leading,
    /// A server observes, or is about to.
    Observing,
    /// A server serves alone, without an election.
    Standalone,
    /// A client has a connection and a session.
    Connected,
    /// A client has no connection.
    Disconnected,
    /// A client's session has expired.
    Expired,
    /// A client has ended its session.
    Closed,
}

impl Role {
    /// What a server is.
    pub(super) fn of_server(node: &Node) -> Role {
        match (&node.process, node.status()) {
            (Process::Booting, _) => Role::Booting,
            (Process::Up(_), Some(status)) => match status.state {
                _ if status.standalone => Role::Standalone,
                ServerState::Looking => Role::Looking,
                ServerState::Following => Role::Following,
                ServerState::Leading => Role::Leading,
                ServerState::Observing => Role::Observing,
            },
            _ => Role::Down,
        }
    }

    /// What a client is; without a process it has no state.
    pub(super) fn of_client(state: Option<ClientState>) -> Role {
        match state {
            None => Role::Down,
            Some(ClientState::Connected) => Role::Connected,
            Some(ClientState::Expired) => Role::Expired,
            Some(ClientState::Closed) => Role::Closed,
            Some(_) => Role::Disconnected,
        }
    }

    /// The word that stands for it: a server's states as ZooKeeper writes them.
    pub fn word(self) -> &'static str {
        match self {
            Role::Down => "down",
            Role::Booting => "boots",
            Role::Looking => "LOOKING",
            Role::Following => "FOLLOWING",
            Role::Leading => "LEADING",
            Role::Observing => "OBSERVING",
            Role::Standalone => "standalone",
            Role::Connected => "connected",
            Role::Disconnected => "disconnected",
            Role::Expired => "expired",
            Role::Closed => "closed",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A stretch of time in which a party was one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Band {
    /// Who.
    pub lane: usize,
    /// What it was.
    pub role: Role,
    /// Whether it served clients.
    pub serving: bool,
    /// Whether it stood still.
    pub paused: bool,
    /// The epoch that a serving server is of.
    pub epoch: Option<Epoch>,
    /// Since when.
    pub from: Instant,
    /// Until when.
    pub to: Instant,
}

impl Band {
    /// What a party is now.
    fn of(ensemble: &Ensemble, id: NodeId, now: Instant) -> Band {
        let is = match ensemble.client(id) {
            Some(client) => {
                let state = client.process.as_ref().map(|machine| machine.state());
                (Role::of_client(state), false, client.paused, None)
            }
            None => {
                let node = ensemble.node(id);
                let serving = node.status().is_some_and(|status| status.serving);
                let epoch = node.disk.storage().current_epoch.filter(|_| serving);
                (Role::of_server(node), serving, node.paused, epoch)
            }
        };
        let (role, serving, paused, epoch) = is;
        Band { lane: id.index(), role, serving, paused, epoch, from: now, to: now }
    }

    fn is_like(&self, other: &Band) -> bool {
        (self.role, self.serving, self.paused, self.epoch)
            == (other.role, other.serving, other.paused, other.epoch)
    }
}

/// Makes bands as states change.
#[derive(Clone, Debug, Default)]
pub(super) struct Bands {
    all: Vec<Band>,
    /// The band that each lane is in, by its place.
    open: Vec<Option<usize>>,
}

impl Bands {
    /// What a party is now may be something new.
    pub(super) fn look(&mut self, ensemble: &Ensemble, id: NodeId, now: Instant) {
        let band = Band::of(ensemble, id, now);
        if self.open.len() <= band.lane {
            self.open.resize(band.lane + 1, None);
        }
        if let Some(place) = self.open[band.lane] {
            if self.all[place].is_like(&band) {
                return;
            }
            self.all[place].to = now;
        }
        self.open[band.lane] = Some(self.all.len());
        self.all.push(band);
    }

    /// All bands from `from` to `end`, those still open included, by lane and time.
    pub(super) fn finish(mut self, from: u64, end: Instant) -> Vec<Band> {
        for place in self.open.into_iter().flatten() {
            self.all[place].to = end;
        }
        self.all.retain(|band| band.to.at >= from && band.from.at <= end.at);
        for band in &mut self.all {
            band.from.at = band.from.at.max(from);
        }
        self.all.sort_by_key(|band| (band.lane, band.from));
        self.all
    }
}
