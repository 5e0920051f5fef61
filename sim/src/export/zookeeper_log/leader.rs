//! A leader's way, its handlers, and sessions (`Leader`, `LearnerHandler`, `SessionTrackerImpl`).

use super::line::Thread::{Client, Commit, Handler, Peer, Sessions, Throttler};
use super::server::{Scene, Server};
use super::thrown::Thrown;
use crate::ensemble::NodeId;
use std::fmt::Write;
use zablab_protocol::{
    ConnId, Decision, Dropped, Packet, PeerType, Refused, ServerState, SessionId, Sid, Zxid,
};

impl Server {
    pub(super) fn leader_decision(&mut self, scene: &Scene<'_>, decision: &Decision) -> bool {
        match decision {
            Decision::LearnerArrived { sid, .. } => self.learner_arrives(scene, *sid),
            Decision::EpochChosen { .. } => {
                self.course.awaited = "Timeout while waiting for epoch to be acked by quorum";
                self.no_reconfiguration();
            }
            Decision::EpochAcked { .. } => {
                self.course.awaited = "Timeout while waiting for NEWLEADER to be acked by quorum";
            }
            Decision::EpochEstablished { .. } => self.reaches("synchronization"),
            Decision::SyncChosen { .. } => self.chooses_sync(scene, decision),
            Decision::SnapshotSent { learner, peer_last, last_proposed, zxid } => {
                self.sends_snapshot(scene, *learner, [*peer_last, *last_proposed, *zxid]);
            }
            Decision::Supporters { sids, zxid } => self.has_supporters(sids, *zxid),
            Decision::Serving { .. } if self.course.state == ServerState::Leading => {
                self.course.serves = true;
                self.reaches("broadcast");
            }
            Decision::AckOfFuture { sid, zxid } => {
                let port = self.port_of(*sid);
                let what = format!("Trying to commit future proposal: zxid {zxid} from /127.0.0.1:{port}");
                self.log.warn(Handler(port), "Leader@1035", what);
            }
            Decision::LearnerDropped { sid, why } => self.drops_learner(scene, *sid, why),
            _ => return false,
        }
        true
    }

    /// The learner's own port, by which its handler's thread is called.
    pub(super) fn port_of(&self, learner: Sid) -> u16 {
        let mut handlers = self.course.handlers.values();
        handlers.rfind(|(_, sid)| *sid == Some(learner)).map_or(0, |(port, _)| *port)
    }

    fn learner_arrives(&mut self, scene: &Scene<'_>, sid: Sid) {
        let port = scene.port.unwrap_or_default();
        if let Some(conn) = scene.conn {
            // The same learner may have come before.
            self.course.handlers.retain(|_, (_, known)| *known != Some(sid));
            self.course.handlers.insert(conn, (port, Some(sid)));
        }
        let members = self.node(scene).config.verifier.clone();
        let peer_type = members.members().find(|(member, _)| *member == sid).map(|(_, peer_type)| peer_type);
        let listed = self.log.addresses.listed(sid);
        let what = match peer_type {
            Some(PeerType::Participant) => format!("Follower sid: {} : info : {listed}:participant", sid.0),
            Some(PeerType::Observer) => format!("Follower sid: {} : info : {listed}:observer", sid.0),
            None => format!("Follower sid: {} not in the current config 0", sid.0),
        };
        let place = if peer_type.is_some() { "LearnerHandler@510" } else { "LearnerHandler@505" };
        self.log.info(Handler(port), place, what);
    }

    fn has_supporters(&mut self, sids: &[Sid], zxid: Zxid) {
        let what = format!(
            "Have quorum of supporters, sids: [[{}]]; starting up and setting last processed zxid: {zxid}",
            listed(sids)
        );
        self.log.info(Peer, "Leader@1519", what);
        let what = "Dynamic reconfig feature is disabled, skip designatedLeader calculation and reconfig \
                    processing.";
        self.log.info(Peer, "Leader@1541", what);
        self.processors();
    }

    /// A handler ends (`LearnerHandler.run`, its last part).
    fn drops_learner(&mut self, scene: &Scene<'_>, sid: Option<Sid>, why: &Dropped) {
        let known = sid.and_then(|sid| {
            let mut handlers = self.course.handlers.iter();
            handlers.rfind(|(_, (_, known))| *known == Some(sid)).map(|(conn, (port, _))| (*conn, *port))
        });
        let (conn, port) = known.or(scene.conn.zip(scene.port)).unwrap_or((ConnId(0), 0));
        self.course.handlers.remove(&conn);
        let thrown = match why {
            Dropped::Closed => Thrown::EndOfFile,
            Dropped::Silent { .. } => Thrown::ReadTimedOut,
            Dropped::WaitedInVain => {
                let what = "Unexpected exception in LearnerHandler.";
                self.log.error(Handler(port), "LearnerHandler@722", what);
                self.log.thrown(&Thrown::Interrupted(Some(self.course.awaited)), HANDLES);
                return self.goodbye(port);
            }
            Dropped::Ahead { .. } => Thrown::Io(self.ahead(scene)),
            Dropped::ProposalOverdue { .. } => {
                let what = "Closing connection to peer due to transaction timeout.";
                self.log.warn(Peer, "LearnerHandler@1078", what);
                Thrown::Closed
            }
            // Its connection is closed from this side.
            Dropped::Superseded | Dropped::UnexpectedPacket { .. } => Thrown::Closed,
        };
        self.handler_ends(port, sid, &thrown, Handler(port));
    }

    /// The handler's thread finds its socket at an end; `closer` is the thread that closes it.
    pub(super) fn handler_ends(
        &mut self,
        port: u16,
        sid: Option<Sid>,
        thrown: &Thrown,
        closer: super::line::Thread,
    ) {
        let learner = sid.map_or(0, |sid| sid.0);
        let close = format!("Synchronously closing socket to learner {learner}.");
        if closer == Peer {
            self.log.info(closer, "LearnerHandler@1159", &close);
        }
        self.log.error(Handler(port), "LearnerHandler@719", "Unexpected exception in LearnerHandler: ");
        self.log.thrown(thrown, HANDLES);
        if closer != Peer {
            self.log.info(closer, "LearnerHandler@1159", &close);
        }
        self.goodbye(port);
    }

    fn goodbye(&mut self, port: u16) {
        let what = format!("******* GOODBYE /127.0.0.1:{port} ********");
        self.log.warn(Handler(port), "LearnerHandler@735", what);
    }

    fn ahead(&self, scene: &Scene<'_>) -> String {
        let status = self.node(scene).status();
        let (epoch, zxid) = status.map(|s| (s.current_epoch, s.last_processed)).unwrap_or_default();
        let (epoch, zxid) = (epoch.0, zxid.0);
        format!(
            "Follower is ahead of the leader, leader summary: {epoch} (current epoch), {zxid} (last zxid)"
        )
    }

    pub(super) fn session_decision(&mut self, scene: &Scene<'_>, decision: &Decision) -> bool {
        match decision {
            Decision::SessionOpened { session, .. } => {
                let place = match self.course.state {
                    ServerState::Leading if self.node(scene).config.is_standalone() => return true,
                    ServerState::Leading => "LeaderSessionTracker@104",
                    _ => "LearnerSessionTracker@116",
                };
                self.log.info(Commit, place, format_args!("Committing global session {session}"));
            }
            Decision::SessionExpiring { session, timeout } => {
                let what = format!("Expiring session {session}, timeout of {}ms exceeded", timeout.0);
                self.log.info(Sessions, "ZooKeeperServer@632", what);
                self.submits_close(*session);
            }
            Decision::ClientRefused { why: Refused::NotServing } => {
                self.log.warn(Client, "NIOServerCnxn@383", "Close of session 0x0");
                let thrown = Thrown::Io("ZooKeeperServer not running".to_owned());
                self.log.thrown(
                    &thrown,
                    "org.apache.zookeeper.server.NIOServerCnxn.readLength(NIOServerCnxn.java:557)",
                );
            }
            Decision::ClientRefused { why: Refused::HasSeenMore { seen, last } } => {
                let port = scene.port.unwrap_or_default();
                let what = format!(
                    "Refusing session request for client /127.0.0.1:{port} as it has seen zxid {seen} our last \
                     zxid is {last} client must try another server"
                );
                self.log.info(Client, "ZooKeeperServer@1426", what);
            }
            _ => return false,
        }
        true
    }

    /// A packet is on its way: ACKEPOCH ends a learner's discovery, and of a session that has come to it the leader has to say
    /// whether it is alive (`Learner.validateSession`).
    pub(super) fn sent(&mut self, packet: &Packet) {
        match packet {
            Packet::AckEpoch { .. } => self.reaches("synchronization"),
            Packet::Revalidate { session, .. } => {
                self.log.info(Client, "Learner@161", format_args!("Revalidating client: {session}"));
            }
            _ => {}
        }
    }

    /// A client closes its session.
    pub(super) fn closes_session(&mut self, scene: &Scene<'_>, client: NodeId) {
        let client = scene.ensemble.client(client).and_then(|client| client.process.as_deref());
        if let Some(client) = client.filter(|_| self.course.serves) {
            self.submits_close(client.session());
        }
    }

    fn submits_close(&mut self, session: SessionId) {
        let what = format!("Submitting global closeSession request for session {session}");
        self.log.info(Throttler, "QuorumZooKeeperServer@163", what);
    }
}

/// Ids as Java prints a set of them: `1, 2`.
pub(super) fn listed(sids: &[Sid]) -> String {
    let mut text = String::new();
    for (at, sid) in sids.iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        // A string takes everything.
        let _ = write!(text, "{comma}{}", sid.0);
    }
    text
}

const HANDLES: &str = "org.apache.zookeeper.server.quorum.LearnerHandler.run(LearnerHandler.java:656)";
