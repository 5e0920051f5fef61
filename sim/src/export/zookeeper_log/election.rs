//! An election, and the connections it is held over (`FastLeaderElection`, `QuorumCnxManager`).

use super::line::Thread::{Dialler, Listener, Peer, Receiver, RecvWorker, SendWorker};
use super::server::{Course, Scene, Server};
use super::thrown::Thrown;
use zablab_protocol::{Decision, Notification, Port, ServerState, Sid};

impl Server {
    pub(super) fn election_decision(&mut self, scene: &Scene<'_>, decision: &Decision) -> bool {
        match decision {
            Decision::NewElection { vote, .. } => {
                self.course = Course::looking(self.log.now);
                self.log.info(Peer, "QuorumPeer@1455", "LOOKING");
                if std::mem::take(&mut self.reloads) {
                    self.restores(scene, Peer);
                }
                let (me, zxid) = (self.log.sid.0, vote.zxid);
                let what = format!("New election. My id = {me}, proposed zxid={zxid}");
                self.log.info(Peer, "FastLeaderElection@946", what);
            }
            Decision::Heard { from, notification, my_state } => self.heard(*from, notification, *my_state),
            Decision::NotificationTimeout { next, .. } => {
                let what = format!("Notification time out: {} ms", next.0);
                self.log.info(Peer, "FastLeaderElection@996", what);
            }
            Decision::Elected { state, vote, .. } => self.elected(*state, vote.leader),
            Decision::CannotOpenChannel { to, unanswered } => self.cannot_open(*to, *unanswered),
            Decision::ConnectionRequest => {
                let port = scene.port.unwrap_or_default();
                let what = format!("Received connection request from /127.0.0.1:{port}");
                self.log.info(Listener, "QuorumCnxManager$Listener$ListenerHandler@1076", what);
            }
            Decision::DroppedConnection { to } => {
                let (me, to) = (self.log.sid.0, *to);
                let what = format!(
                    "Have smaller server identifier, so dropping the connection: (myId:{me} --> sid:{})",
                    to.0
                );
                self.log.info(Dialler(to), "QuorumCnxManager@514", what);
            }
            Decision::ChannelBroken { with } => self.channel_breaks(*with),
            Decision::OwnIdCalls => {
                let what = "We got a connection request from a server with our own ID. This should be either \
                            a configuration error, or a bug.";
                self.log.warn(Listener, "QuorumCnxManager@663", what);
            }
            _ => return false,
        }
        true
    }

    fn heard(&mut self, from: Sid, said: &Notification, my_state: ServerState) {
        let (round, vote, version) = (said.round.0, said.vote, Notification::VERSION);
        let what = format!(
            "Notification: my state:{my_state}; n.sid:{}, n.state:{}, n.leader:{}, n.round:{round:#x}, \
             n.peerEpoch:{:#x}, n.zxid:{}, message format version:{version:#x}, n.config version:0x0",
            from.0, said.state, vote.leader.0, vote.peer_epoch.0, vote.zxid
        );
        self.log.info(Receiver, "FastLeaderElection$Messenger$WorkerReceiver@391", what);
    }

    /// `QuorumPeer.setPeerState`, and the head of the role's branch in `QuorumPeer.run`.
    fn elected(&mut self, state: ServerState, leader: Sid) {
        let (name, place) = match state {
            ServerState::Looking => return,
            ServerState::Following => ("following", "QuorumPeer@1537"),
            ServerState::Leading => ("leading", "QuorumPeer@1549"),
            ServerState::Observing => ("observing", "QuorumPeer@1518"),
        };
        let since = self.course.looks_since;
        self.course =
            Course { state, entering: true, leader, looks_since: since, ..Course::looking(self.log.now) };
        self.log.info(Peer, "QuorumPeer@903", format_args!("Peer state changed: {name}"));
        self.log.info(Peer, place, state);
    }

    fn cannot_open(&mut self, to: Sid, unanswered: bool) {
        let address = self.address(to, Port::Election);
        let what = format!("Cannot open channel to {} at election address {address}", to.0);
        self.log.warn(Dialler(to), "QuorumCnxManager@401", what);
        let thrown = if unanswered { Thrown::Unanswered } else { Thrown::Refused };
        let frame = "org.apache.zookeeper.server.quorum.QuorumCnxManager.initiateConnection\
                     (QuorumCnxManager.java:384)";
        self.log.thrown(&thrown, frame);
    }

    /// `RecvWorker` sees the end first and stops `SendWorker`.
    fn channel_breaks(&mut self, with: Sid) {
        const RECEIVES: &str =
            "org.apache.zookeeper.server.quorum.QuorumCnxManager$RecvWorker.run(QuorumCnxManager.java:1390)";
        const SENDS: &str =
            "org.apache.zookeeper.server.quorum.QuorumCnxManager$SendWorker.run(QuorumCnxManager.java:1277)";
        let (me, peer, log) = (self.log.sid.0, with.0, &mut self.log);
        let what = format!("Connection broken for id {peer}, my id = {me}");
        log.warn(RecvWorker(with), "QuorumCnxManager$RecvWorker@1402", what);
        log.thrown(&Thrown::EndOfFile, RECEIVES);
        let what = format!("Interrupting SendWorker thread from RecvWorker. sid: {peer}. myId: {me}");
        log.warn(RecvWorker(with), "QuorumCnxManager$RecvWorker@1408", what);
        let what = "Interrupted while waiting for message on queue";
        log.warn(SendWorker(with), "QuorumCnxManager$SendWorker@1288", what);
        log.thrown(&Thrown::Interrupted(None), SENDS);
        let what = format!("Send worker leaving thread id {peer} my id = {me}");
        log.warn(SendWorker(with), "QuorumCnxManager$SendWorker@1300", what);
    }
}
