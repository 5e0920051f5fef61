//! What is to be said of a server.

use super::contacts::{ended, is_down};
use super::others::self_called;
use super::{Account, Why, at};
use crate::ensemble::{Ended, Ensemble, Node, NodeId, Process};
use crate::view::{Names, in_a_row};
use zablab_protocol::{MainWrite, Phase, QuorumVerifier, ServerState, Sid, Status, Waits};

impl Why {
    /// What is to be said of a server.
    pub(super) fn server(&self, ensemble: &Ensemble, id: NodeId) -> Account {
        let node = ensemble.node(id);
        let mut account = match (&node.process, node.status()) {
            (Process::Up(_), Some(status)) => self.up(ensemble, id, node, &status),
            _ => self.not_up(ensemble, id, node),
        };
        // What stands still says so before all else; for the others it is no news that it does nothing.
        if let Some(hindrance) = self.hindered(ensemble, id) {
            account.why.insert(0, sentence(&hindrance));
        }
        account
    }

    fn not_up(&self, ensemble: &Ensemble, id: NodeId, node: &Node) -> Account {
        let (name, since) = (&node.name, at(self.contacts.party(id).process));
        if !is_down(ensemble, id) {
            return Account {
                is: vec![format!("{name} boots since {since}.")],
                why: vec![
                    "It reads its files; until then it listens on no port and votes for nobody.".into(),
                ],
                needs: Vec::new(),
            };
        }
        let (is, needs) = match node.ended {
            Ended::Never => {
                (format!("{name} is down: {}.", ended(&node.ended, None)), "It has to be started.")
            }
            _ => (
                format!("{name} is down since {since}: {}.", ended(&node.ended, None)),
                "It has to be started again; what is on its disk is still there.",
            ),
        };
        Account {
            is: vec![is],
            why: vec!["No process: it neither votes nor acknowledges nor answers.".to_owned()],
            needs: vec![needs.to_owned()],
        }
    }

    fn up(&self, ensemble: &Ensemble, id: NodeId, node: &Node, status: &Status) -> Account {
        let since = at(self.contacts.party(id).role);
        let name = &node.name;
        let waits = node.peer().map_or(Waits::Nothing, |peer| peer.waits());
        let whom = |sid: Sid| Names(ensemble).of(sid);
        let leaves = node.peer().is_some_and(|peer| peer.phase() == Phase::Leaving);
        if status.standalone {
            let is = format!("{name} serves alone since {since}: it is the only server in its list.");
            return Account { is: vec![is], ..Account::default() };
        }
        if let Waits::Disk(MainWrite::FirstFiles) = waits {
            let is = format!("{name} boots since {since}.");
            return Account {
                is: vec![is],
                why: vec![waits_for_itself(&waits, self.contacts.party(id).waits)],
                ..Account::default()
            };
        }
        if leaves {
            return self.leaving(id, node, status);
        }
        match status.state {
            ServerState::Looking => self.looking(ensemble, id, node, status, &waits),
            ServerState::Leading if status.serving => self.reigning(ensemble, id, node, status),
            ServerState::Leading => self.to_lead(ensemble, id, node, &waits),
            state if status.serving => {
                let leader = status.leader.unwrap_or(Sid::NONE);
                let epoch = status.current_epoch;
                let verb = if state == ServerState::Observing { "observing" } else { "following" };
                let is = format!("{name} serves since {since}, {verb} {} in epoch {epoch}.", whom(leader));
                Account { is: vec![is], why: self.leaderless(ensemble, id, leader), needs: Vec::new() }
            }
            state => {
                let leader = status.leader.unwrap_or(Sid::NONE);
                let is = format!(
                    "{name} is {state} {} since {since} and not synchronized yet: it serves nobody.",
                    whom(leader)
                );
                self.to_follow(ensemble, id, node, leader, &waits, is)
            }
        }
    }

    fn leaving(&self, id: NodeId, node: &Node, status: &Status) -> Account {
        let (when, why) = self.contacts.party(id).gave_up.unwrap_or_default();
        Account {
            is: vec![format!("{} stopped {} at {}: {why}.", node.name, status.state, at(when))],
            why: vec![
                "It puts its role down: what is in its queues goes to disk, its clients are dropped."
                    .to_owned(),
            ],
            needs: vec!["Then it is LOOKING.".to_owned()],
        }
    }

    /// Who else could make a quorum of those that count already.
    pub(super) fn missing(&self, ensemble: &Ensemble, node: &Node, have: &[Sid], what: &str) -> Vec<String> {
        let verifier = &node.config.verifier;
        let can_come = |sid: &Sid| !have.contains(sid) && self_called(ensemble, *sid).is_none();
        let absent: Vec<Sid> = verifier.voters().filter(can_come).collect();
        let Some(more) = more(verifier, have, &absent) else { return Vec::new() };
        let all: Vec<String> = absent.iter().map(|sid| Names(ensemble).of(*sid)).collect();
        if !verifier.groups().is_empty() {
            let needs = verifier.needs();
            return vec![format!("Enough of {} must {what}: {needs}.", in_a_row(&all, "and"))];
        }
        vec![match (more, all.len()) {
            (0, _) => return Vec::new(),
            (1, 1) => format!("{} must {what}.", in_a_row(&all, "and")),
            (1, _) => format!("One more must {what}: {}.", in_a_row(&all, "or")),
            (n, all_of) if n == all_of => format!("{} must {what}.", in_a_row(&all, "and")),
            (n, _) => format!("{n} more must {what}, of {}.", in_a_row(&all, "and")),
        }]
    }
}

pub(super) fn waits_for_itself(waits: &Waits, since: u64) -> String {
    let what = match waits {
        Waits::Disk(MainWrite::FirstFiles) => "the first files of its data directory",
        Waits::Disk(MainWrite::Snapshot) => "a snapshot",
        Waits::Disk(MainWrite::AcceptedEpoch) => "acceptedEpoch, which must be on disk before it answers",
        Waits::Disk(MainWrite::CurrentEpoch) => "currentEpoch",
        Waits::Disk(MainWrite::LogCut) => "a log from which the tail is cut off",
        Waits::Disk(MainWrite::History) => "the transactions that it was sent",
        Waits::Disk(MainWrite::LogQueue) => "what its log writer still has",
        _ => return "It is about to make its next step.".to_owned(),
    };
    format!("Since {} its disk writes {what}.", at(since))
}

/// How many more of the absent it takes, taking them in order; `None` where all of them are not enough.
fn more(verifier: &QuorumVerifier, have: &[Sid], absent: &[Sid]) -> Option<usize> {
    (0..=absent.len()).find(|count| {
        let with = have.iter().chain(&absent[..*count]).copied();
        verifier.contains_quorum(verifier.set_of(with))
    })
}

pub(super) fn names(ensemble: &Ensemble, sids: &[Sid]) -> String {
    in_a_row(&sids.iter().map(|sid| Names(ensemble).of(*sid)).collect::<Vec<_>>(), "and")
}

/// With a capital where it begins with a word that is no name, and a full stop.
pub(super) fn sentence(text: &str) -> String {
    const WORDS: [&str; 6] = ["nothing", "nobody", "never", "everything", "the", "it"];
    let first = text.split(' ').next().unwrap_or_default();
    if WORDS.contains(&first) {
        let (head, tail) = text.split_at(1);
        return format!("{}{tail}.", head.to_uppercase());
    }
    format!("{text}.")
}
