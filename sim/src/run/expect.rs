//! What a scenario expects, held against the ensemble.

mod clients;

pub(crate) use clients::client_words;

use super::Run;
use crate::ensemble::{Ensemble, Node, NodeId, Process};
use crate::scenario::{Claim, ElectionState, Expectation, ServerRef, State, SyncMode as Mode};
use zablab_protocol::{Notification, Port, ServerState, Sid, SyncMode, Zxid};

/// What servers did that their state does not show: the last synchronization of each, the notifications they heard.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub(super) synced: Vec<Option<(SyncMode, Zxid, Sid)>>,
    /// Kept only where the scenario asks about them.
    pub(super) heard: Vec<(NodeId, Sid, Notification)>,
}

impl Memory {
    /// A new process knows nothing of the one before.
    pub(super) fn forget(&mut self, node: NodeId) {
        self.synced[node.index()] = None;
        self.heard.retain(|(at, _, _)| *at != node);
    }

    pub(super) fn heard(&mut self, at: NodeId, from: Sid, notification: Notification) {
        let said = (at, from, notification);
        if !self.heard.contains(&said) {
            self.heard.push(said);
        }
    }
}

/// The server a reference means in an ensemble as it stands.
pub(super) fn resolve(ensemble: &Ensemble, server: &ServerRef) -> Result<NodeId, String> {
    match server {
        ServerRef::Name(name) => {
            super::setup::by_name(ensemble, name).ok_or_else(|| format!("there is no server {name}"))
        }
        ServerRef::Leader => leader(ensemble).ok_or_else(|| "nobody leads".to_owned()),
        ServerRef::Follower => {
            let follows = |id: &NodeId| {
                let status = ensemble.node(*id).status();
                status.is_some_and(|status| status.state == ServerState::Following && status.serving)
            };
            ensemble.ids().find(follows).ok_or_else(|| "nobody follows".to_owned())
        }
    }
}

/// The serving leader; where a deposed one still believes, the one with the newest epoch.
pub(super) fn leader(ensemble: &Ensemble) -> Option<NodeId> {
    let leads = |id: &NodeId| {
        let status = ensemble.node(*id).status();
        status.filter(|status| status.state == ServerState::Leading && status.serving && !status.standalone)
    };
    ensemble
        .ids()
        .filter(|id| leads(id).is_some())
        .max_by_key(|id| leads(id).map(|status| status.current_epoch))
}

/// Whether a write sent now would be committed: a leader serves, and with it a quorum of servers that follow it, none of
/// which is paused or held, over connections that nothing cuts or holds.
pub(crate) fn is_available(ensemble: &Ensemble) -> bool {
    ensemble.ids().any(|id| {
        let node = ensemble.node(id);
        let leads = node.status().is_some_and(|s| s.state == ServerState::Leading && s.serving)
            && node.is_unhindered();
        let verifier = &node.config.verifier;
        let followers = ensemble.ids().filter(|other| follows(ensemble, *other, id));
        let with = followers.map(|other| ensemble.node(other).sid()).chain([node.sid()]);
        leads && verifier.contains_quorum(verifier.set_of(with))
    })
}

/// Whether a server follows another, able to acknowledge what that proposes.
pub(crate) fn follows(ensemble: &Ensemble, follower: NodeId, leader: NodeId) -> bool {
    let node = ensemble.node(follower);
    let Some(status) = node.status().filter(|status| status.serving && node.is_unhindered()) else {
        return false;
    };
    let linked = status.quorum_link.filter(|conn| ensemble.net.stands(*conn));
    let other = linked.and_then(|conn| ensemble.net.other_end(conn, follower));
    other.is_some_and(|(_, other)| other == leader)
        && ensemble.net.lets_through(follower, leader, Port::Quorum)
        && ensemble.net.lets_through(leader, follower, Port::Quorum)
}

/// A server's state as a scenario words it.
pub(crate) fn state_word(node: &Node) -> &'static str {
    match &node.process {
        Process::Down => "down",
        Process::Booting => "booting",
        Process::Up(peer) if peer.status().standalone => "standalone",
        Process::Up(peer) => match peer.status().state {
            ServerState::Looking => "looking",
            ServerState::Following => "following",
            ServerState::Leading => "leading",
            ServerState::Observing => "observing",
        },
    }
}

impl Run {
    /// The server a reference means now.
    pub(super) fn resolve(&self, server: &ServerRef) -> Result<NodeId, String> {
        resolve(&self.timed.ensemble, server)
    }

    pub(super) fn sid(&self, server: &ServerRef) -> Option<Sid> {
        self.resolve(server).ok().map(|id| self.timed.ensemble.node(id).sid())
    }

    fn answered(&self) -> u64 {
        self.users.answered
    }

    fn failed(&self) -> u64 {
        self.users.failed
    }

    fn pending(&self) -> u64 {
        self.users.pending()
    }

    /// Whether an expectation holds now.
    pub(super) fn holds(&self, expectation: &Expectation) -> bool {
        let ensemble = &self.timed.ensemble;
        match expectation {
            Expectation::Leader(name) => leader(ensemble).is_some_and(|id| *ensemble.node(id).name == **name),
            Expectation::NoLeader => leader(ensemble).is_none(),
            Expectation::Available => is_available(ensemble),
            Expectation::Unavailable => !is_available(ensemble),
            Expectation::Answered(n) => self.answered() == *n,
            Expectation::Failed(n) => self.failed() == *n,
            Expectation::Pending(n) => self.pending() == *n,
            // Decided when the run has ended.
            Expectation::NoViolation(property) => {
                self.violations.iter().all(|violation| violation.property != *property)
            }
            Expectation::Violation(property) => {
                self.violations.iter().any(|violation| violation.property == *property)
            }
            Expectation::Client { client, claim } => self.client_claim_holds(client, claim),
            Expectation::Holders { path, min, max } => {
                (*min as usize..=*max as usize).contains(&self.holders(path).len())
            }
            Expectation::Server { server, claim } => {
                self.resolve(server).is_ok_and(|id| self.claim_holds(id, claim))
            }
        }
    }

    fn claim_holds(&self, id: NodeId, claim: &Claim) -> bool {
        let node = self.timed.ensemble.node(id);
        let status = node.status();
        let files = node.disk.storage();
        let zxid = |bits: &u64| Zxid(*bits as i64);
        match claim {
            Claim::State(state) => match state {
                State::Down => node.process == Process::Down,
                State::Serving => status.is_some_and(|status| status.serving),
                State::Refusing => status.is_some_and(|status| !status.serving),
                other => state_word(node) == other.word(),
            },
            Claim::Epoch(epoch) => files.current_epoch.is_some_and(|e| e.0 == i64::from(*epoch)),
            Claim::AcceptedEpoch(epoch) => files.accepted_epoch.is_some_and(|e| e.0 == i64::from(*epoch)),
            Claim::Round(round) => status.is_some_and(|status| status.round.0 == *round),
            Claim::Zxid(bits) => status.is_some_and(|status| status.last_processed == zxid(bits)),
            Claim::Logged(bits) => files.log.last().unwrap_or(Zxid::ZERO) == zxid(bits),
            Claim::Vote(server) => {
                self.sid(server).is_some_and(|sid| status.is_some_and(|status| status.vote.leader == sid))
            }
            Claim::Synced { mode, zxid: of, from } => {
                let wanted = match mode {
                    Mode::Diff => SyncMode::Diff,
                    Mode::Trunc => SyncMode::Trunc,
                    Mode::Snap => SyncMode::Snap,
                };
                self.memory.synced[id.index()].is_some_and(|(mode, at, leader)| {
                    mode == wanted
                        && of.as_ref().is_none_or(|bits| zxid(bits) == at)
                        && from.as_ref().is_none_or(|server| self.sid(server) == Some(leader))
                })
            }
            Claim::Data { path, data, version } => {
                status.is_some()
                    && node.peer().and_then(|peer| peer.tree().get(path)).is_some_and(|znode| {
                        *znode.data == **data && version.is_none_or(|version| version == znode.stat.version)
                    })
            }
            Claim::NoNode(path) => node.peer().is_some_and(|peer| peer.tree().get(path).is_none()),
            Claim::Stat { path, facts } => {
                let znode = node.peer().and_then(|peer| peer.tree().get(path));
                znode.is_some_and(|znode| self.facts_hold(facts, &znode.stat, Some(&znode.data)))
            }
            Claim::Sessions(count) => node.peer().is_some_and(|peer| peer.sessions().len() as u64 == *count),
            Claim::Heard { from, state, leader, round, epoch, zxid: at } => {
                let wanted = match state {
                    ElectionState::Looking => ServerState::Looking,
                    ElectionState::Following => ServerState::Following,
                    ElectionState::Leading => ServerState::Leading,
                    ElectionState::Observing => ServerState::Observing,
                };
                let from = self.sid(from);
                let leader = leader.as_ref().map(|server| self.sid(server));
                self.memory.heard.iter().any(|(node, sender, n)| {
                    *node == id
                        && Some(*sender) == from
                        && n.state == wanted
                        && leader.is_none_or(|sid| sid == Some(n.vote.leader))
                        && round.is_none_or(|round| round == n.round.0)
                        && epoch.is_none_or(|epoch| i64::from(epoch) == n.vote.peer_epoch.0)
                        && at.as_ref().is_none_or(|bits| zxid(bits) == n.vote.zxid)
                })
            }
        }
    }

    /// What is the case instead, in a few words.
    pub(super) fn instead(&self, expectation: &Expectation) -> String {
        let ensemble = &self.timed.ensemble;
        match expectation {
            Expectation::Leader(_)
            | Expectation::NoLeader
            | Expectation::Available
            | Expectation::Unavailable => ensemble
                .nodes
                .iter()
                .map(|node| format!("{} is {}", node.name, state_word(node)))
                .collect::<Vec<_>>()
                .join(", "),
            Expectation::Answered(_) | Expectation::Failed(_) | Expectation::Pending(_) => {
                let (answered, failed, pending) = (self.answered(), self.failed(), self.pending());
                format!("{answered} answered, {failed} failed, {pending} pending")
            }
            Expectation::NoViolation(_) => "it is broken".to_owned(),
            Expectation::Violation(_) => "nothing was broken".to_owned(),
            Expectation::Client { client, claim } => self.client_instead(client, claim),
            Expectation::Holders { path, .. } => match self.holders(path).as_slice() {
                [] => format!("nobody holds {path}"),
                [one] => format!("{one} holds {path}"),
                several => format!("{} hold {path}", several.join(", ")),
            },
            Expectation::Server { server, claim } => match self.resolve(server) {
                Err(why) => why,
                Ok(id) => self.claim_instead(id, claim),
            },
        }
    }

    fn claim_instead(&self, id: NodeId, claim: &Claim) -> String {
        let node = self.timed.ensemble.node(id);
        let files = node.disk.storage();
        let name = &node.name;
        let epoch =
            |epoch: Option<zablab_protocol::Epoch>| epoch.map_or("none".to_owned(), |e| e.to_string());
        let Some(status) = node.status() else {
            return format!(
                "{name} is {}, acceptedEpoch {}, currentEpoch {}, logged {}",
                state_word(node),
                epoch(files.accepted_epoch),
                epoch(files.current_epoch),
                files.log.last().unwrap_or(Zxid::ZERO)
            );
        };
        match claim {
            Claim::Synced { .. } => match self.memory.synced[id.index()] {
                Some((mode, zxid, leader)) => {
                    format!("{name} was synchronized by {mode} {zxid} from server {leader}")
                }
                None => format!("{name} was never synchronized"),
            },
            Claim::Data { path, .. } | Claim::NoNode(path) => {
                match node.peer().and_then(|peer| peer.tree().get(path)) {
                    Some(znode) => {
                        format!("{name} has {path} = {:?}, version {}", znode.data, znode.stat.version)
                    }
                    None => format!("{name} has no {path}"),
                }
            }
            Claim::Stat { path, .. } => match node.peer().and_then(|peer| peer.tree().get(path)) {
                Some(znode) => {
                    format!("{name} has {path} {}", clients::stat_words(&znode.stat, Some(&znode.data)))
                }
                None => format!("{name} has no {path}"),
            },
            Claim::Sessions(_) => {
                let sessions = node.peer().map_or(0, |peer| peer.sessions().len());
                format!("{name} has {sessions} sessions")
            }
            Claim::Heard { from, .. } => {
                let sid = self.sid(from);
                let heard: Vec<String> = self
                    .memory
                    .heard
                    .iter()
                    .filter(|(at, sender, _)| *at == id && Some(*sender) == sid)
                    .map(|(_, _, n)| n.to_string())
                    .collect();
                if heard.is_empty() { format!("{name} heard nothing from it") } else { heard.join("; ") }
            }
            _ => format!(
                "{name} is {}{}, round {}, vote for {}, acceptedEpoch {}, currentEpoch {}, zxid {}, logged {}",
                state_word(node),
                if status.serving { "" } else { " and refuses clients" },
                status.round,
                status.vote.leader,
                epoch(files.accepted_epoch),
                epoch(files.current_epoch),
                status.last_processed,
                files.log.last().unwrap_or(Zxid::ZERO)
            ),
        }
    }
}
