//! What a party is at a moment, as monitoring and a look into its files would show it.

use super::{Instant, Role};
use crate::ensemble::{Ensemble, NodeId, Process};
use crate::view::Names;
use serde::Serialize;
use zablab_protocol::{ClientState, Epoch, SessionId, Sid, Zxid};

/// How many of the last records of a log are shown.
const LOG_TAIL: usize = 8;

/// A party from one moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Since when.
    pub when: Instant,
    /// Who.
    pub lane: usize,
    /// What it is, if it is a server.
    pub server: Option<ServerShown>,
    /// What it is, if it is a client.
    pub client: Option<ClientShown>,
}

impl State {
    /// Why it waits, a sentence each; empty where nothing is in its way.
    pub fn why(&self) -> &[String] {
        match (&self.server, &self.client) {
            (Some(server), _) => &server.why,
            (None, Some(client)) => &client.why,
            (None, None) => &[],
        }
    }

    /// What it is in one word, and whether it serves.
    pub fn role(&self) -> Role {
        match (&self.server, &self.client) {
            (Some(server), _) => server.role,
            (None, Some(client)) => client.role,
            (None, None) => Role::Down,
        }
    }
}

/// A vote that a server holds from another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldVote {
    /// Whose vote it is.
    pub from: String,
    /// Whom it is for.
    pub leader: String,
    /// Its peerEpoch.
    pub epoch: Epoch,
    /// Its zxid.
    pub zxid: Zxid,
    /// Whether it counts for the holder's own proposal.
    pub counts: bool,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerShown {
    /// What it is.
    pub role: Role,
    /// Whether it answers clients.
    pub serving: bool,
    /// It stands still.
    pub paused: bool,
    /// How its last process ended, while none runs.
    pub ended: Option<String>,
    /// The election round.
    pub round: u64,
    /// Whom it votes for, or voted for last; `None` for nobody.
    pub vote: Option<String>,
    /// The votes that its election holds, in ascending order of sid; empty unless it is LOOKING.
    pub votes: Vec<HeldVote>,
    /// How many votes or acknowledgements make a quorum: `2 of 3`.
    pub needs: String,
    /// Whom it follows; itself if it leads.
    pub leader: Option<String>,
    /// acceptedEpoch, on disk.
    pub accepted_epoch: Option<Epoch>,
    /// currentEpoch, on disk.
    pub current_epoch: Option<Epoch>,
    /// The last transaction that its memory has; `None` while it does not run.
    pub zxid: Option<Zxid>,
    /// The label of its newest snapshot.
    pub snapshot: Option<Zxid>,
    /// How many transactions its log holds.
    pub logged: usize,
    /// The last of them, oldest first, at most eight.
    pub log: Vec<Zxid>,
    /// Up to where the log is durable.
    pub durable: Option<Zxid>,
    /// Why it does not serve and what it waits for, a sentence each; empty while it serves and nothing is in its way.
    pub why: Vec<String>,
}

/// A client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientShown {
    /// What it is.
    pub role: Role,
    /// It stands still.
    pub paused: bool,
    /// The server it is connected to.
    pub server: Option<String>,
    /// Its session.
    pub session: Option<SessionId>,
    /// What it waits for and why it has to, a sentence each; empty while it lacks nothing.
    pub why: Vec<String>,
}

pub(super) fn called(ensemble: &Ensemble, sid: Sid) -> Option<String> {
    (sid != Sid::NONE).then(|| Names(ensemble).of(sid))
}

/// The votes that a server's election holds.
pub(super) fn votes(ensemble: &Ensemble, id: NodeId) -> Vec<HeldVote> {
    let tally = ensemble.node(id).peer().map(|peer| peer.tally()).unwrap_or_default();
    let votes = tally.into_iter().map(|(from, vote, counts)| HeldVote {
        from: called(ensemble, from).unwrap_or_default(),
        leader: called(ensemble, vote.leader).unwrap_or_else(|| "nobody".to_owned()),
        epoch: vote.peer_epoch,
        zxid: vote.zxid,
        counts,
    });
    votes.collect()
}

/// A server as it stands; `why` says why it does not serve.
pub(super) fn server(ensemble: &Ensemble, id: NodeId, why: Vec<String>) -> ServerShown {
    let node = ensemble.node(id);
    let files = node.disk.storage();
    let status = node.status();
    let txns = files.log.txns();
    let gone = matches!(node.process, Process::Down).then(|| node.ended.to_string());
    ServerShown {
        role: Role::of_server(node),
        serving: status.is_some_and(|status| status.serving),
        paused: node.paused,
        ended: gone,
        round: status.map_or(0, |status| status.round.0),
        vote: status.and_then(|status| called(ensemble, status.vote.leader)),
        votes: votes(ensemble, id),
        needs: node.config.verifier.needs(),
        leader: status.and_then(|status| status.leader).and_then(|sid| called(ensemble, sid)),
        accepted_epoch: files.accepted_epoch,
        current_epoch: files.current_epoch,
        zxid: status.map(|status| status.last_processed),
        snapshot: files.snapshots.last().map(|file| file.snapshot.zxid),
        logged: txns.len(),
        log: txns[txns.len().saturating_sub(LOG_TAIL)..].iter().map(|txn| txn.zxid).collect(),
        durable: node.disk.last_durable(),
        why,
    }
}

/// A client as it stands, and why it waits; `None` if that is none.
pub(super) fn client(ensemble: &Ensemble, id: NodeId, why: Vec<String>) -> Option<ClientShown> {
    let client = ensemble.client(id)?;
    let machine = client.process.as_ref();
    let state = machine.map(|machine| machine.state());
    let connected = machine.filter(|machine| machine.state() == ClientState::Connected);
    Some(ClientShown {
        role: Role::of_client(state),
        paused: client.paused,
        server: connected.and_then(|machine| called(ensemble, machine.server())),
        session: machine.map(|machine| machine.session()).filter(|session| *session != SessionId::NONE),
        why,
    })
}
