//! Members that the test plays.

use super::*;

impl Cluster {
    /// Lets the test play these servers. They take every connection.
    pub(crate) fn puppets(&mut self, sids: &[Sid]) {
        for sid in sids {
            let node = self.node(*sid);
            node.puppet = true;
            node.listening = [Port::Election, Port::Quorum].into();
        }
    }

    /// A puppet stops (or starts again) to take connections.
    pub(crate) fn deaf(&mut self, puppet: Sid, deaf: bool) {
        self.node(puppet).listening =
            if deaf { BTreeSet::new() } else { [Port::Election, Port::Quorum].into() };
    }

    /// A puppet connects to a server.
    pub(crate) fn dial(&mut self, puppet: Sid, to: Sid, port: Port) {
        assert!(self.nodes[&to].listening.contains(&port), "{to} listens");
        let [_, theirs] = self.open_link(puppet, to, port);
        self.step(to, Input::Accepted { conn: theirs, port });
    }

    /// A puppet sends a packet on its newest connection of the packet's port. It arrives with the next [`Cluster::run`].
    pub(crate) fn say(&mut self, puppet: Sid, to: Sid, packet: Packet) {
        assert!(self.nodes[&puppet].puppet);
        let conn = self
            .conn(puppet, to, port_of(&packet))
            .unwrap_or_else(|| panic!("{puppet} and {to} are not connected for {}", packet.name()));
        let (at, side) = self.end(puppet, conn).unwrap();
        self.links[at].ends[1 - side].inbound.push_back(Item::Packet(packet));
    }

    /// A puppet closes its connection.
    pub(crate) fn hang_up(&mut self, puppet: Sid, with: Sid, port: Port) {
        let conn = self.conn(puppet, with, port).expect("they are connected");
        let (at, _) = self.end(puppet, conn).unwrap();
        close_end(&mut self.links[at], puppet, Some(conn));
    }

    /// What a puppet was sent since the last time this was asked.
    pub(crate) fn heard(&mut self, puppet: Sid) -> Vec<Packet> {
        std::mem::take(&mut self.node(puppet).heard)
    }

    /// Makes sure that a puppet has an election link with a server.
    pub(crate) fn link(&mut self, puppet: Sid, with: Sid) {
        self.run();
        if self.conn(puppet, with, Port::Election).is_none() {
            self.dial(puppet, with, Port::Election);
            self.say(puppet, with, Packet::Hello { sid: puppet });
            self.run();
        }
    }

    /// Starts a server and has it follow a puppet; the other puppets do so too. It has sent FOLLOWERINFO after this.
    pub(crate) fn make_follow(&mut self, sid: Sid, leader: Sid) {
        self.start(sid);
        self.run();
        self.rejoin(sid, leader);
    }

    /// The same for a server that is LOOKING already.
    pub(crate) fn rejoin(&mut self, sid: Sid, leader: Sid) {
        let round = self.status(sid).round.0;
        let puppets: Vec<Sid> = self.nodes.iter().filter(|(_, n)| n.puppet).map(|(s, _)| *s).collect();
        for puppet in puppets {
            self.link(puppet, sid);
            let state = if puppet == leader { ServerState::Leading } else { ServerState::Following };
            self.say(puppet, sid, note(state, vote(leader, Zxid::ZERO, 0), round));
        }
        self.run();
        assert_eq!(self.status(sid).leader, Some(leader));
    }

    /// A puppet leader establishes `epoch` with its follower, which has sent FOLLOWERINFO. ACKEPOCH is sent after this.
    pub(crate) fn establish(&mut self, leader: Sid, follower: Sid, epoch: i64) {
        self.say(leader, follower, Packet::LeaderInfo { zxid: z(epoch, 0) });
        self.run();
    }

    /// Starts a server and has the puppets elect it. It waits for FOLLOWERINFO after this.
    pub(crate) fn make_lead(&mut self, sid: Sid, voters: &[Sid]) {
        self.start(sid);
        self.run();
        for puppet in voters {
            self.link(*puppet, sid);
            let Status { vote, round, .. } = self.status(sid);
            self.say(*puppet, sid, note(ServerState::Looking, vote, round.0));
        }
        self.run();
        self.fire(sid, Timer::FinalizeWait);
        self.run();
        assert_eq!(self.status(sid).state, ServerState::Leading);
    }

    /// A puppet connects to a leader and sends FOLLOWERINFO.
    pub(crate) fn info(&mut self, puppet: Sid, leader: Sid, accepted: i64, observer: bool) {
        self.dial(puppet, leader, Port::Quorum);
        let packet = Packet::FollowerInfo { sid: puppet, accepted_epoch: Epoch(accepted), observer };
        self.say(puppet, leader, packet);
        self.run();
    }

    /// A puppet answers LEADERINFO.
    pub(crate) fn ack_epoch(&mut self, puppet: Sid, leader: Sid, zxid: Zxid, current: Option<i64>) {
        let current_epoch = current.map(Epoch);
        self.say(puppet, leader, Packet::AckEpoch { zxid, current_epoch });
        self.run();
    }

    pub(crate) fn ack(&mut self, puppet: Sid, leader: Sid, zxid: Zxid) {
        self.say(puppet, leader, Packet::Ack { zxid });
        self.run();
    }

    /// A puppet goes all the way to broadcast with a leader that has `zxid` and `current` at this moment.
    pub(crate) fn join(&mut self, puppet: Sid, leader: Sid, zxid: Zxid, current: i64) {
        self.info(puppet, leader, current, false);
        self.ack_epoch(puppet, leader, zxid, Some(current));
        let epoch = self.status(leader).accepted_epoch;
        self.ack(puppet, leader, Zxid::new_epoch(epoch));
        assert!(self.status(leader).serving, "{leader} serves");
        assert!(self.sent(leader, puppet).contains(&Packet::UpToDate), "{puppet} is up to date");
    }
}
