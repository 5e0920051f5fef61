//! Sessions and the clients behind them (`SessionTrackerImpl`, `NIOServerCnxn`).

use super::line::Thread::{Client, Commit, Sessions, Throttler};
use super::server::{Scene, Server};
use super::thrown::Thrown;
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, Refused, ServerState, SessionId};

impl Server {
    pub(super) fn session_decision(&mut self, scene: &Scene<'_>, decision: &Decision) -> bool {
        match decision {
            Decision::SessionOpened { session, .. } => {
                let place = match self.course.state {
                    _ if self.node(scene).config.is_standalone() => return true,
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

    /// A session has come to a learner, and its leader has to say whether it is alive (`Learner.validateSession`).
    pub(super) fn revalidates(&mut self, session: SessionId) {
        self.log.info(Client, "Learner@161", format_args!("Revalidating client: {session}"));
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
