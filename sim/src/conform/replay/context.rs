//! What a replay knows beside the line at hand: the rest of the log, and what other servers' logs say.

use crate::conform::event::{Entry, Event};
use std::collections::BTreeMap;
use std::sync::Arc;
use zablab_protocol::{
    Change, Epoch, ErrorCode, Millis, Notification, Origin, ServerState, Sid, SyncMode, Txn, Zxid,
};

/// A leadership that a log tells of.
#[derive(Clone, Copy, Debug)]
struct Reign {
    /// When the server began to lead.
    from: Option<i64>,
    /// When it began to look again, or to run; `None` if that is not told.
    to: Option<i64>,
    /// The epoch in which it had supporters.
    epoch: Option<Epoch>,
}

/// The leaderships that logs tell of: who, from when to when, which epoch.
#[derive(Clone, Debug, Default)]
pub struct Reigns(BTreeMap<Sid, Vec<Reign>>);

/// How far the clocks of two hosts may be apart, and lines of one event with them, ms.
const SKEW: i64 = 2_000;

impl Reigns {
    /// What one server's log says of its leaderships.
    pub fn add(&mut self, sid: Sid, entries: &[Entry]) {
        let reigns = self.0.entry(sid).or_default();
        let mut open: Option<Reign> = None;
        for entry in entries {
            match &entry.event {
                Event::Role { state: ServerState::Leading } => {
                    open = Some(Reign { from: entry.time, to: None, epoch: None });
                }
                Event::Supporters { zxid, .. } => {
                    let begun = Reign { from: None, to: None, epoch: None };
                    open.get_or_insert(begun).epoch = Some(zxid.epoch());
                }
                event if is_start(event) || matches!(event, Event::NewElection { .. }) => {
                    reigns.extend(open.take().map(|reign| Reign { to: entry.time, ..reign }));
                }
                _ => {}
            }
        }
        reigns.extend(open);
    }

    /// The epoch that `leader` led when somebody came to follow it.
    pub(super) fn epoch(&self, leader: Sid, time: Option<i64>) -> Option<Epoch> {
        let time = time?;
        let reigns = self.0.get(&leader)?;
        // With clocks that agree if that is enough.
        let then = |apart: i64| {
            reigns.iter().rfind(|reign| {
                reign.from.is_none_or(|from| from <= time + apart)
                    && reign.to.is_none_or(|to| time <= to + apart)
            })
        };
        [0, 50, SKEW].into_iter().find_map(then)?.epoch
    }
}

/// The rest of the log, from the line at hand on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub(super) sid: Sid,
    pub(super) entries: &'a [Entry],
    pub(super) at: usize,
    pub(super) reigns: &'a Reigns,
    /// Lines may be missing.
    pub(super) excerpt: bool,
    /// The lines `Peer state changed` exist (since 3.6).
    pub(super) tells_states: bool,
}

/// How a process starts in a log.
pub(super) fn is_start(event: &Event) -> bool {
    matches!(event, Event::ReadingConfig | Event::StartingPeer { .. })
}

impl<'a> Context<'a> {
    pub(super) fn time(&self) -> Option<i64> {
        self.entries.get(self.at).and_then(|entry| entry.time)
    }

    /// Entries behind this one.
    fn rest(&self) -> &'a [Entry] {
        &self.entries[(self.at + 1).min(self.entries.len())..]
    }

    /// This entry and those behind it, up to the end of the role: the next election or start.
    fn role(&self) -> impl Iterator<Item = &'a Entry> + use<'a> {
        self.entries[self.at..]
            .iter()
            .take_while(|entry| !is_start(&entry.event) && !matches!(entry.event, Event::NewElection { .. }))
    }

    /// Entries behind this one, up to the next start.
    fn process(&self) -> impl Iterator<Item = &'a Entry> + use<'a> {
        self.rest().iter().take_while(|entry| !is_start(&entry.event))
    }

    /// What the server has logged when it looks next, in this process or in the one that follows.
    pub(super) fn last_logged(&self) -> Option<Zxid> {
        let opens = |event: &Event| matches!(event, Event::ElectionPortOpen { .. });
        let mut started = is_start(&self.entries[self.at].event) || opens(&self.entries[self.at].event);
        for entry in self.rest() {
            match &entry.event {
                event if is_start(event) => started = true,
                Event::NewElection { zxid, .. } => return Some(*zxid),
                Event::DatabaseLoaded { zxid } if started => return Some(*zxid),
                // A new data directory.
                Event::CurrentEpochMade { .. } if started => return None,
                _ => {}
            }
        }
        None
    }

    /// The epoch in which this server, leading, finds its supporters.
    pub(super) fn epoch_to_come(&self) -> Option<Epoch> {
        self.role().find_map(|entry| match &entry.event {
            Event::Supporters { zxid, .. } => Some(zxid.epoch()),
            _ => None,
        })
    }

    /// What this server, following, will show of its epoch.
    pub(super) fn epoch_to_show(&self) -> Option<Epoch> {
        for entry in self.role() {
            match &entry.event {
                Event::FirstProposal { zxid, syncing: false, .. } => return Some(zxid.epoch()),
                Event::Synced { mode: SyncMode::Snap, zxid } => return Some(zxid.epoch()),
                Event::UpToDate => break,
                _ => {}
            }
        }
        let is_synced = self.role().any(|entry| matches!(entry.event, Event::UpToDate));
        self.process()
            .find_map(|entry| match &entry.event {
                Event::Heard { from, said, .. } if *from == self.sid && said.vote.leader == self.sid => {
                    Some(said.vote.peer_epoch)
                }
                _ => None,
            })
            .filter(|_| is_synced)
    }

    /// The first vote of its own in an election that is told of: the one with which it began, or one that is better.
    pub(super) fn first_own_vote(&self) -> Option<Notification> {
        self.entries[self.at..].iter().take_while(|entry| !is_start(&entry.event)).find_map(|entry| {
            match &entry.event {
                Event::Heard { from, said, .. }
                    if *from == self.sid && said.state == ServerState::Looking =>
                {
                    Some(*said)
                }
                _ => None,
            }
        })
    }

    /// The first window that this process shows, as a leader.
    pub(super) fn first_window(&self) -> Option<(Zxid, Zxid)> {
        self.process().find_map(|entry| match &entry.event {
            Event::Synchronizing { min, max, .. } if *max > Zxid::ZERO => Some((*min, *max)),
            _ => None,
        })
    }

    /// The mode and zxid of the next synchronization.
    pub(super) fn next_synced(&self) -> Option<(SyncMode, Zxid)> {
        self.role().find_map(|entry| match &entry.event {
            Event::Synced { mode, zxid } => Some((*mode, *zxid)),
            _ => None,
        })
    }

    /// What a learner will be found to have.
    pub(super) fn peer_last(&self, learner: Sid) -> Option<Zxid> {
        self.role().find_map(|entry| match &entry.event {
            Event::Synchronizing { sid, peer, .. } if *sid == learner => Some(*peer),
            _ => None,
        })
    }

    /// A stand-in for a transaction of which the log shows the zxid alone.
    pub(super) fn txn(&self, zxid: Zxid) -> Arc<Txn> {
        let change = Change::Error { code: ErrorCode::NoNode };
        Arc::new(Txn::new(zxid, Origin::default(), Millis(0), change))
    }
}
