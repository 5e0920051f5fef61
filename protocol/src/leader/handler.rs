//! What the leader keeps per learner (`LearnerHandler`): the connection, how far the conversation is, and how long
//! silence is borne.

use crate::ids::{ConnId, Millis, Sid};
use crate::input::Timer;
use crate::io::Io;
use crate::packet::Packet;
use crate::storage::Snapshot;
use crate::zxid::Zxid;
use std::collections::VecDeque;
use std::sync::Arc;

/// Where the conversation with a learner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Stage {
    /// FOLLOWERINFO or OBSERVERINFO is due.
    AwaitInfo,
    /// Waits until the epoch is chosen, then sends LEADERINFO.
    WaitEpoch,
    /// ACKEPOCH is due.
    AwaitAckEpoch,
    /// Waits until the epoch is acknowledged, then chooses how to synchronize.
    WaitEpochAcked,
    /// The choice is made and forwarding has begun; a SNAP is begun with the next step.
    BeginSync,
    /// The first part of the state is copied; the SNAP is complete and goes out with the next step.
    SendSnap,
    /// Queue and NEWLEADER go out with the next step, in which the sender starts.
    SendQueue,
    /// NEWLEADER's ACK is due.
    AwaitNewLeaderAck,
    /// Waits until NEWLEADER is acknowledged by a quorum.
    WaitSupporters,
    /// Waits until the leader serves, then sends UPTODATE.
    WaitServing,
    /// Broadcast.
    Serving,
}

impl Stage {
    /// Whether the handler waits for the others and does not read its connection.
    pub(crate) fn waits(self) -> bool {
        use Stage::{BeginSync, SendQueue, SendSnap, WaitEpoch, WaitEpochAcked, WaitServing, WaitSupporters};
        let sends = matches!(self, BeginSync | SendSnap | SendQueue);
        sends || matches!(self, WaitEpoch | WaitEpochAcked | WaitSupporters | WaitServing)
    }
}

/// What came on a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Incoming {
    Packet(Packet),
    Closed,
}

/// One learner's handler.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Handler {
    pub(crate) conn: ConnId,
    pub(crate) stage: Stage,
    /// Known from FOLLOWERINFO on.
    pub(crate) sid: Option<Sid>,
    pub(crate) observer: bool,
    /// The learner's last logged zxid, from ACKEPOCH.
    pub(crate) peer_last: Zxid,
    /// A SNAP is to be sent.
    pub(crate) snap: bool,
    /// The state with which it was begun.
    pub(crate) begun: Option<Arc<Snapshot>>,
    pub(crate) inbox: VecDeque<Incoming>,
    /// Queued before the sender starts.
    pub(crate) outbox: Vec<Packet>,
    /// Gets every live proposal and commit.
    pub(crate) forwarding: bool,
    /// The sender has started: packets go straight to the connection.
    pub(crate) sending: bool,
    /// Ticks until it no longer counts as synced, plus one; 0 = it does not count.
    pub(crate) ticks_left: u64,
    watch: ProposalWatch,
}

/// `SyncLimitCheck`: the oldest unacknowledged proposal and the newest, each with a timer of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct ProposalWatch {
    oldest: Option<Zxid>,
    newest: Option<Zxid>,
    /// Which of the two timers watches the oldest.
    slot: bool,
    /// Whose time is up, by slot.
    overdue: [bool; 2],
}

impl Handler {
    pub(crate) fn new(conn: ConnId, ticks_left: u64) -> Handler {
        Handler {
            conn,
            stage: Stage::AwaitInfo,
            sid: None,
            observer: false,
            peer_last: Zxid::ZERO,
            snap: false,
            begun: None,
            inbox: VecDeque::new(),
            outbox: Vec::new(),
            forwarding: false,
            sending: false,
            ticks_left,
            watch: ProposalWatch::default(),
        }
    }

    /// Queues a packet, or sends it if the sender runs.
    pub(crate) fn push(&mut self, packet: Packet, limit: Millis, io: &mut Io<'_>) {
        if !self.sending {
            self.outbox.push(packet);
            return;
        }
        // What a synchronization brings is acknowledged as a whole, by NEWLEADER's ACK.
        if self.stage >= Stage::WaitServing
            && let Packet::Proposal(txn) = &packet
        {
            self.watch_proposal(txn.zxid, limit, io);
        }
        io.send(self.conn, packet);
    }

    fn watch_proposal(&mut self, zxid: Zxid, limit: Millis, io: &mut Io<'_>) {
        let watch = &mut self.watch;
        if watch.oldest.is_none() {
            watch.oldest = Some(zxid);
            io.set(Timer::Proposal(self.conn, watch.slot), limit);
        } else {
            watch.newest = Some(zxid);
            watch.overdue[usize::from(!watch.slot)] = false;
            io.set(Timer::Proposal(self.conn, !watch.slot), limit);
        }
    }

    /// An ACK came: the newest becomes the oldest, with the time it was sent at.
    pub(crate) fn acknowledged(&mut self, zxid: Zxid, io: &mut Io<'_>) {
        let watch = &mut self.watch;
        if watch.oldest == Some(zxid) {
            io.cancel(Timer::Proposal(self.conn, watch.slot));
            watch.oldest = watch.newest.take();
            watch.overdue[usize::from(watch.slot)] = false;
            watch.slot = !watch.slot;
        } else if watch.newest == Some(zxid) {
            io.cancel(Timer::Proposal(self.conn, !watch.slot));
            watch.overdue[usize::from(!watch.slot)] = false;
            watch.newest = None;
        }
    }

    pub(crate) fn proposal_timed_out(&mut self, slot: bool) {
        self.watch.overdue[usize::from(slot)] = true;
    }

    /// The proposal that is overdue.
    pub(crate) fn overdue(&self) -> Option<Zxid> {
        self.watch.oldest.filter(|_| self.watch.overdue[usize::from(self.watch.slot)])
    }

    pub(crate) fn cancel_timers(&self, io: &mut Io<'_>) {
        io.cancel(Timer::HandlerRead(self.conn));
        io.cancel(Timer::HandlerWait(self.conn));
        io.cancel(Timer::Proposal(self.conn, false));
        io.cancel(Timer::Proposal(self.conn, true));
    }
}
