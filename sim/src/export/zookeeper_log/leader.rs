//! A leader's way to broadcast, and the handlers of its learners (`Leader`, `LearnerHandler`).

use super::line::Thread::{Handler, Peer};
use super::server::{LearnerHandler, Scene, Server};
use super::thrown::Thrown;
use std::fmt::Write;
use zablab_protocol::{Decision, Dropped, PeerType, ServerState, Sid, Zxid};

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
                let port = self.port_of(scene, *sid);
                let what = format!("Trying to commit future proposal: zxid {zxid} from /127.0.0.1:{port}");
                self.log.warn(Handler(port), "Leader@1035", what);
            }
            Decision::LearnerDropped { sid, why } => self.drops_learner(scene, *sid, why),
            _ => return false,
        }
        true
    }

    /// The handler that speaks of a learner: that of the connection at hand, if it is the learner's, else the newest.
    pub(super) fn handler_of(&self, scene: &Scene<'_>, learner: Sid) -> Option<LearnerHandler> {
        let of_learner = || self.course.handlers.iter().rev().filter(|handler| handler.sid == learner);
        of_learner().find(|handler| Some(handler.conn) == scene.conn).or_else(|| of_learner().next()).copied()
    }

    pub(super) fn port_of(&self, scene: &Scene<'_>, learner: Sid) -> u16 {
        self.handler_of(scene, learner).map_or(0, |handler| handler.port)
    }

    fn learner_arrives(&mut self, scene: &Scene<'_>, sid: Sid) {
        let port = scene.port.unwrap_or_default();
        if let Some(conn) = scene.conn {
            self.course.handlers.push(LearnerHandler { conn, port, sid });
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
        let handlers = &mut self.course.handlers;
        let at = match (sid, why) {
            // The oldest connection goes.
            (Some(sid), Dropped::Superseded) => handlers.iter().position(|handler| handler.sid == sid),
            (Some(sid), _) => {
                let here = handlers.iter().rposition(|h| h.sid == sid && Some(h.conn) == scene.conn);
                here.or_else(|| handlers.iter().rposition(|handler| handler.sid == sid))
            }
            (None, _) => None,
        };
        let port = at.map_or(scene.port.unwrap_or_default(), |at| handlers.remove(at).port);
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
