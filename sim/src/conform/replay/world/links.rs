//! Election connections, as far as a log shows them, and votes that come back.

use super::World;
use zablab_protocol::{ConnId, Decision, Input, Notification, Packet, Port, ServerState, Sid, Timer};

/// How long a server's own vote may be on its way back to it, ms.
const OWN_VOTE: i64 = 3_000;
/// What happens at one moment, ms.
const JUST: i64 = 200;

impl World {
    /// Somebody connected.
    pub(crate) fn connection_request(&mut self) {
        if self.early_requests > 0 {
            self.early_requests -= 1;
            return;
        }
        self.accept();
    }

    fn accept(&mut self) -> ConnId {
        let conn = self.free_conn();
        self.handshakes.push(conn);
        self.feed(Input::Accepted { conn, port: Port::Election });
        conn
    }

    fn handshake(&mut self) -> ConnId {
        match self.handshakes.first() {
            Some(conn) => *conn,
            None => {
                self.early_requests += 1;
                self.accept()
            }
        }
    }

    /// Makes sure that a link with `sid` stands, by what must have happened unseen.
    fn link(&mut self, sid: Sid) -> Option<ConnId> {
        if let Some(conn) = self.links.get(&sid) {
            return Some(*conn);
        }
        if sid < self.config.sid {
            if !self.dialling.contains(&sid) {
                let conn = self.handshake();
                self.handshakes.retain(|open| *open != conn);
                self.feed(Input::Received { conn, packet: Packet::Hello { sid } });
            }
            if !self.dialling.remove(&sid) {
                return None;
            }
            let conn = self.free_conn();
            self.links.insert(sid, conn);
            self.feed(Input::Connected { port: Port::Election, to: sid, conn });
        } else {
            let conn = self.handshake();
            self.handshakes.retain(|open| *open != conn);
            self.links.insert(sid, conn);
            self.feed(Input::Received { conn, packet: Packet::Hello { sid } });
        }
        self.links.get(&sid).copied()
    }

    /// A notification comes from another server.
    pub(crate) fn hear(&mut self, from: Sid, said: Notification) -> Vec<Decision> {
        let Some(conn) = self.link(from) else { return Vec::new() };
        self.feed(Input::Received { conn, packet: Packet::Notification(said) })
    }

    /// In an order of their own: worlds that differ in it alone are one.
    pub(super) fn own_vote_goes(&mut self, said: Notification) {
        let key = |said: &Notification| (said.round, said.vote.peer_epoch, said.vote.zxid, said.vote.leader);
        let at = self.own_votes.partition_point(|(due, _)| key(due) <= key(&said));
        self.own_votes.insert(at, (said, self.record.now().time));
    }

    /// The line of its own vote; whether one was due.
    pub(crate) fn own_vote(&mut self, said: Notification, my_state: Option<ServerState>) -> bool {
        // It is FOLLOWING before its new vote is its current one (`QuorumPeer.setCurrentVote`): for that moment it
        // answers with the vote before, and the round of that.
        let early = |due: &Notification| {
            due.state != ServerState::Looking && due.state == said.state && self.before == Some(said.vote)
        };
        let exact = self.own_votes.iter().position(|due| due.0 == said);
        let now = self.record.now().time;
        let Some(at) = exact.or_else(|| self.own_votes.iter().position(|due| early(&due.0))) else {
            // Its last vote came back just as it left the election: it was logged before, and answered behind that.
            let just = self.came_back.zip(now).is_none_or(|(since, now)| now - since <= JUST);
            let status = self.status();
            return just
                && status.is_some_and(|status| {
                    status.state == said.state
                        && said.state != ServerState::Looking
                        && (status.vote == said.vote || self.before == Some(said.vote))
                });
        };
        self.came_back = now;
        self.own_votes.remove(at);
        // It has left the election meanwhile, and answers itself.
        if said.state == ServerState::Looking
            && my_state.is_some_and(|state| state != ServerState::Looking)
            && let Some(says) = self.says()
        {
            self.own_vote_goes(says);
        }
        true
    }

    /// A vote of its own whose line should have come by now.
    pub(crate) fn overdue(&self, now: Option<i64>) -> Option<Notification> {
        let late = |since: &Option<i64>| since.zip(now).is_some_and(|(since, now)| now - since > OWN_VOTE);
        self.own_votes.iter().find(|(_, since)| late(since)).map(|(said, _)| *said)
    }

    /// Lines of its own votes may be left out by an excerpt.
    pub(crate) fn forgive_own_votes(&mut self) {
        self.own_votes.iter_mut().for_each(|(_, since)| *since = None);
    }

    pub(crate) fn cannot_open(&mut self, to: Sid, unanswered: bool) {
        if !self.dialling.remove(&to) {
            return;
        }
        let input = if unanswered {
            Input::Timer(Timer::ElectionConnect(to))
        } else {
            Input::ConnectFailed { port: Port::Election, to }
        };
        self.feed(input);
    }

    /// It reached a server with a larger sid, which is to call back.
    pub(crate) fn dropped(&mut self, to: Sid) {
        if !self.dialling.remove(&to) {
            return;
        }
        let conn = self.free_conn();
        self.feed(Input::Connected { port: Port::Election, to, conn });
    }

    /// A link broke, if there was one.
    pub(crate) fn broken(&mut self, with: Sid) {
        let Some(conn) = self.links.get(&with).copied() else { return };
        self.feed(Input::Closed { conn });
        self.links.remove(&with);
    }
}
