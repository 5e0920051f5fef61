//! One server: its log, what of its course the next lines depend on, and who writes which decision's lines.

use super::addresses::Addresses;
use super::line::{Log, Thread};
use crate::ensemble::{Action, Ensemble, Node, NodeId};
use std::collections::VecDeque;
use std::sync::Arc;
use zablab_protocol::{ConnId, Decision, Packet, Port, ServerState, Sid, SyncMode, Writer, Zxid};

/// What surrounds a decision.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) ensemble: &'a Ensemble,
    /// Virtual nanoseconds.
    pub(super) at: u64,
    pub(super) action: &'a Action,
    /// The connection that the action is about.
    pub(super) conn: Option<ConnId>,
    /// The local port of the side that opened it.
    pub(super) port: Option<u16>,
}

/// What a learner has been sent and its main thread has not read for sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    Txn { zxid: Zxid, informed: bool },
    NewLeader,
    UpToDate,
}

/// A learner's connection, at its leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LearnerHandler {
    pub(super) conn: ConnId,
    /// The learner's own port, by which the handler's thread is called.
    pub(super) port: u16,
    pub(super) sid: Sid,
}

/// What of its role a server's next lines depend on.
#[derive(Clone, Debug)]
pub(super) struct Course {
    pub(super) state: ServerState,
    /// The election is over and the role not entered yet.
    pub(super) entering: bool,
    /// When the election began, and when the role was entered.
    pub(super) looks_since: u64,
    pub(super) entered: u64,
    /// Whom a learner follows, and since when it is connected.
    pub(super) leader: Sid,
    pub(super) connected: Option<u64>,
    pub(super) mode: Option<(SyncMode, Zxid)>,
    pub(super) serves: bool,
    pub(super) unread: VecDeque<Unread>,
    /// A learner's tries to reach the leader.
    pub(super) tries: u32,
    /// What a leader's handlers wait for in vain, in Java's words.
    pub(super) awaited: &'static str,
    /// `lastQueued` of `Learner.syncWithLeader`, then that of `Follower`.
    pub(super) last_queued: Zxid,
    /// A leader's learners, in the order in which they said who they are.
    pub(super) handlers: Vec<LearnerHandler>,
}

impl Course {
    pub(super) fn looking(now: u64) -> Course {
        Course {
            state: ServerState::Looking,
            entering: false,
            looks_since: now,
            entered: now,
            leader: Sid::NONE,
            connected: None,
            mode: None,
            serves: false,
            unread: VecDeque::new(),
            tries: 0,
            awaited: "Timeout while waiting for epoch from quorum",
            last_queued: Zxid::ZERO,
            handlers: Vec::new(),
        }
    }
}

/// One server.
pub(super) struct Server {
    pub(super) id: NodeId,
    pub(super) log: Log,
    pub(super) course: Course,
    /// Whether the process is still loading its data.
    pub(super) boots: bool,
    /// Since when a snapshot is being written, by the snapshot thread and by the main thread.
    pub(super) snapshots: [Option<u64>; 2],
    /// The newest file of its transaction log.
    pub(super) newest_file: Option<Zxid>,
    /// The last write that failed: whose, and what the system said of it.
    pub(super) disk_error: (Writer, &'static str),
    /// Whether this process has led before: some settings are read once.
    pub(super) has_led: bool,
    /// Memory is given up, and loaded again when the next election begins.
    pub(super) reloads: bool,
}

impl Server {
    pub(super) fn new(id: NodeId, ensemble: &Ensemble, addresses: Arc<Addresses>) -> Server {
        let sid = ensemble.node(id).sid();
        Server {
            id,
            log: Log { sid, addresses, now: 0, knows_id: false, text: String::new() },
            course: Course::looking(0),
            boots: true,
            snapshots: [None; 2],
            newest_file: None,
            disk_error: (Writer::Log, ""),
            has_led: false,
            reloads: false,
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.log.text
    }

    pub(super) fn into_text(self) -> String {
        self.log.text
    }

    pub(super) fn node<'a>(&self, scene: &Scene<'a>) -> &'a Node {
        scene.ensemble.node(self.id)
    }

    pub(super) fn address(&self, sid: Sid, port: Port) -> String {
        self.log.addresses.socket(sid, port)
    }

    /// The path of a file in its data directory.
    pub(super) fn data_file(&self, name: &str) -> String {
        format!("/var/lib/zookeeper/{}/version-2/{name}", self.log.sid.0)
    }

    pub(super) fn look_at_clock(&mut self, scene: &Scene<'_>) {
        self.log.now = self.node(scene).clock.read(scene.at).0;
    }

    /// The thread that does what the machine's main thread does.
    pub(super) fn main_thread(&self) -> Thread {
        if self.boots { Thread::Boot } else { Thread::Peer }
    }

    /// A process is gone, and all it knew.
    pub(super) fn is_killed(&mut self) {
        self.course = Course::looking(self.log.now);
        self.boots = true;
        self.snapshots = [None; 2];
        self.reloads = false;
        self.has_led = false;
    }

    /// A packet of the leader's stream has arrived. When it is read, later lines tell.
    pub(super) fn stream_packet(&mut self, packet: &Packet) {
        let course = &mut self.course;
        if course.connected.is_none() {
            return;
        }
        course.unread.push_back(match packet {
            Packet::Proposal(txn) => Unread::Txn { zxid: txn.zxid, informed: false },
            Packet::Inform(txn) => Unread::Txn { zxid: txn.zxid, informed: true },
            Packet::NewLeader { .. } => Unread::NewLeader,
            _ => Unread::UpToDate,
        });
        if course.serves {
            self.reads_broadcast();
        }
    }

    /// The lines of a decision. Those that a real server keeps to itself have none.
    pub(super) fn decided(&mut self, scene: &Scene<'_>, decision: &Decision) {
        let _ = self.boot_decision(scene, decision)
            || self.election_decision(scene, decision)
            || self.learner_decision(scene, decision)
            || self.leader_decision(scene, decision)
            || self.session_decision(scene, decision)
            || self.end_decision(scene, decision);
    }
}
