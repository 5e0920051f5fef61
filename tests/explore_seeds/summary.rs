//! What is compared of a global state.

use zablab_protocol::{Epoch, Phase, ServerState, Sid, Task, Vote, Zxid};
use zablab_sim::ensemble::{Action, Ensemble, Node, NodeId, Process};

/// Of one server: what its files hold, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Server {
    accepted: Option<Epoch>,
    current: Option<Epoch>,
    /// The zxids of its log.
    log: Vec<Zxid>,
    /// The first of them that a power failure could take.
    unsynced: Option<Zxid>,
    snapshots: Vec<Zxid>,
    stands: Stands,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Stands {
    /// Down, or started and without its data yet.
    Down,
    /// LOOKING or in discovery, where that is one.
    Electing,
    Up {
        phase: Phase,
        state: ServerState,
        serves: bool,
        accepted: Epoch,
        current: Epoch,
        /// Of an election that is one step, whom it is for: what else it says depends on which notification came last.
        vote: Result<Vote, Sid>,
        leader: Option<Sid>,
    },
}

/// What two states are not told apart by: what a search's grain lets nobody see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Only what the main threads and a leader's handlers have not yet done of what they could do at once.
    Rest,
    /// Nothing.
    Exact,
    /// As [`Rule::Rest`], and how far an election has come, with its discovery: that is one step.
    Elected,
}

fn elects(phase: Phase) -> bool {
    matches!(phase, Phase::Election | Phase::Discovery | Phase::LeaderDiscovery)
}

/// Whether each is electing: LOOKING, in discovery, or waiting for a leader that is.
pub(crate) fn electing(nodes: &[&Node]) -> Vec<bool> {
    let alone = |node: &Node| node.peer().is_some_and(|peer| elects(peer.phase()));
    let awaits = |node: &Node| {
        let synchronizes = node.peer().is_some_and(|peer| peer.phase() == Phase::Synchronization(None));
        node.status().and_then(|status| status.leader).filter(|_| synchronizes)
    };
    let mut all: Vec<bool> = nodes.iter().map(|node| alone(node)).collect();
    // A leader that has crashed may itself wait for another one by now.
    for _ in nodes {
        let with = |node: &Node| {
            awaits(node)
                .is_some_and(|leader| nodes.iter().zip(&all).any(|(other, is)| other.sid() == leader && *is))
        };
        all = nodes.iter().zip(&all).map(|(node, is)| *is || with(node)).collect();
    }
    all
}

/// Whether it looks for a leader.
pub(crate) fn looks(node: &Node) -> bool {
    node.peer().is_some_and(|peer| peer.phase() == Phase::Election)
}

impl Server {
    /// `electing` is what [`electing`] says of it.
    pub(crate) fn of(node: &Node, rule: Rule, electing: bool) -> Server {
        let files = node.disk.storage();
        let coarse = rule == Rule::Elected;
        let stands = match &node.process {
            Process::Down | Process::Booting => Stands::Down,
            Process::Up(_) if coarse && electing => Stands::Electing,
            Process::Up(peer) => {
                let status = peer.status();
                Stands::Up {
                    phase: peer.phase(),
                    state: status.state,
                    serves: status.serving,
                    accepted: status.accepted_epoch,
                    current: status.current_epoch,
                    vote: if coarse { Err(status.vote.leader) } else { Ok(status.vote) },
                    leader: status.leader,
                }
            }
        };
        let snapshots = files.snapshots.iter().filter(|_| !coarse);
        Server {
            accepted: files.accepted_epoch.filter(|_| stands != Stands::Electing),
            current: files.current_epoch,
            log: files.log.txns().iter().map(|txn| txn.zxid).collect(),
            unsynced: node.disk.first_unsynced(),
            snapshots: snapshots.map(|file| file.snapshot.zxid).collect(),
            stands,
        }
    }
}

/// Of these servers together.
pub(crate) fn summaries(nodes: &[&Node], rule: Rule) -> Vec<Server> {
    nodes.iter().zip(electing(nodes)).map(|(node, electing)| Server::of(node, rule, electing)).collect()
}

/// What a server's main thread or one of its handlers can do at once.
pub(crate) fn prompt_task(node: &Node, rule: Rule) -> Option<Task> {
    let sees = |phase| rule == Rule::Exact || rule == Rule::Elected && elects(phase);
    let peer = node.peer().filter(|peer| !sees(peer.phase()))?;
    peer.ready().into_iter().find(|task| matches!(task, Task::Main | Task::Handler(_)))
}

/// The ensemble when its main threads and handlers have done what they can do at once; `None` if they have already, or if the
/// rule sees between their steps.
pub(crate) fn at_rest(ensemble: &Ensemble, rule: Rule) -> Option<Ensemble> {
    let next = |ensemble: &Ensemble| {
        let mut all = ensemble.nodes.iter().enumerate();
        all.find_map(|(at, node)| {
            Some(Action::Run { node: NodeId(at as u16), task: prompt_task(node, rule)? })
        })
    };
    let mut action = next(ensemble)?;
    let mut folded = ensemble.clone();
    loop {
        folded.apply(&action, &mut Vec::new());
        match next(&folded) {
            Some(more) => action = more,
            None => return Some(folded),
        }
    }
}
