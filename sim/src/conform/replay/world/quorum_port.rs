//! Connections between a leader and its learners, from either end.

use super::World;
use zablab_protocol::{ConnId, Decision, Input, Packet, Port, Sid, Storage, Task};

impl World {
    /// It reaches the leader.
    pub(crate) fn reach_leader(&mut self) -> Vec<Decision> {
        let Some(leader) = self.leader() else { return Vec::new() };
        let conn = self.free_conn();
        self.dials_leader = false;
        self.leader_conn = Some(conn);
        self.feed(Input::Connected { port: Port::Quorum, to: leader, conn })
    }

    pub(crate) fn cannot_reach_leader(&mut self) -> Vec<Decision> {
        let Some(leader) = self.leader() else { return Vec::new() };
        self.dials_leader = false;
        self.feed(Input::ConnectFailed { port: Port::Quorum, to: leader })
    }

    pub(crate) fn dials_leader(&self) -> bool {
        self.dials_leader
    }

    pub(crate) fn has_leader_conn(&self) -> bool {
        self.leader_conn.is_some()
    }

    /// A packet of the leader's, and all that comes of it.
    pub(crate) fn leader_sends(&mut self, packet: Packet) -> Vec<Decision> {
        let Some(conn) = self.leader_conn else { return Vec::new() };
        let mut decisions = self.feed(Input::Received { conn, packet });
        decisions.extend(self.run_learner());
        decisions
    }

    /// The leader's end of the connection is gone.
    pub(crate) fn leader_gone(&mut self) -> Vec<Decision> {
        let Some(conn) = self.leader_conn else { return Vec::new() };
        let mut decisions = self.feed(Input::Closed { conn });
        decisions.extend(self.run_learner());
        decisions
    }

    pub(crate) fn learner(&self, sid: Sid) -> Option<ConnId> {
        self.learners.get(&sid).copied()
    }

    pub(crate) fn learners(&self) -> Vec<Sid> {
        self.learners.keys().copied().collect()
    }

    /// A learner connects, and says who it is.
    pub(crate) fn learner_arrives(&mut self, sid: Sid, packet: Packet) -> Vec<Decision> {
        let conn = self.free_conn();
        self.learners.insert(sid, conn);
        self.course.chosen.remove(&sid);
        self.course.snapped.remove(&sid);
        let mut decisions = self.feed(Input::Accepted { conn, port: Port::Quorum });
        decisions.extend(self.learner_sends(sid, packet));
        decisions
    }

    /// A packet of a learner's, and its handler's step.
    pub(crate) fn learner_sends(&mut self, sid: Sid, packet: Packet) -> Vec<Decision> {
        let Some(conn) = self.learner(sid) else { return Vec::new() };
        let mut decisions = self.feed(Input::Received { conn, packet });
        decisions.extend(self.run_handler(sid));
        decisions
    }

    /// A learner's connection is gone.
    pub(crate) fn learner_gone(&mut self, sid: Sid) -> Vec<Decision> {
        let Some(conn) = self.learner(sid) else { return Vec::new() };
        let mut decisions = self.feed(Input::Closed { conn });
        while self.learner(sid) == Some(conn) && self.is_ready(Task::Handler(conn)) {
            decisions.extend(self.feed(Input::Run(Task::Handler(conn))));
        }
        self.learners.remove(&sid);
        decisions
    }

    /// One step of a handler.
    pub(crate) fn run_handler(&mut self, sid: Sid) -> Vec<Decision> {
        match self.learner(sid) {
            Some(conn) if self.is_ready(Task::Handler(conn)) => self.feed(Input::Run(Task::Handler(conn))),
            _ => Vec::new(),
        }
    }

    /// All steps that a handler can do.
    pub(crate) fn settle_handler(&mut self, sid: Sid) {
        while let Some(conn) = self.learner(sid).filter(|conn| self.is_ready(Task::Handler(*conn))) {
            self.feed(Input::Run(Task::Handler(conn)));
        }
    }

    /// The same with another disk to read.
    pub(crate) fn run_handler_reading(&mut self, sid: Sid, disk: &Storage) -> Vec<Decision> {
        match self.learner(sid) {
            Some(conn) if self.is_ready(Task::Handler(conn)) => {
                self.feed_reading(Input::Run(Task::Handler(conn)), disk)
            }
            _ => Vec::new(),
        }
    }
}
