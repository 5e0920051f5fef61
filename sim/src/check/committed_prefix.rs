//! Prefix consistency: what any two servers have delivered, one begins the other. So they agree, and in one order.

use super::ledger::NOTHING;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, Zxid, extend_history};

/// Remembers nothing beside the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct CommittedPrefix;

impl Monitor for CommittedPrefix {
    const PROPERTY: Property = Property {
        name: "committed-prefix",
        says: "of what any two servers have delivered, one is the beginning of the other",
        source: "protocol reference §10.1, PrefixConsistency, Agreement, TotalOrder (Zab.tla); P-PFX",
        test: "sim/src/check/committed_prefix.rs::speaks_when_a_serving_server_delivers_another_history",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        match decision {
            Decision::Committed { zxid, digest } => commits(view, node, *zxid, *digest),
            // What a serving server applies, clients see. (Before it serves, a learner applies what its leader has, which may
            // not be committed yet.)
            Decision::Applied { zxid, history, .. } if view.is_serving(node) => {
                let other = view.ledger.committed.find(*zxid).is_some_and(|committed| committed != history);
                other.then(|| {
                    let name = view.name(node);
                    let what = format!("{name} delivers {zxid} on another history than the committed one");
                    view.broken(&Self::PROPERTY, &[node], &[*zxid], what)
                })
            }
            Decision::Serving { .. } => serves(view, node),
            _ => None,
        }
    }
}

fn commits(view: &View<'_>, node: NodeId, zxid: Zxid, digest: u64) -> Option<Violation> {
    let last = view.ledger.last().0;
    if zxid > last {
        return None;
    }
    // A deposed leader may hear late that a quorum had logged what the next epoch began with.
    let entries = view.ledger.committed.entries();
    let there = view.ledger.committed.place(zxid).ok().is_some_and(|at| {
        let before = at.checked_sub(1).map_or(0, |at| entries[at].1);
        entries[at].1 == extend_history(before, digest)
    });
    (!there).then(|| {
        let name = view.name(node);
        let what = format!("{name} commits {zxid}, which is not the committed one up to {last}");
        view.broken(&CommittedPrefix::PROPERTY, &[node], &[zxid, last], what)
    })
}

/// From here on clients see what the server has.
fn serves(view: &View<'_>, node: NodeId) -> Option<Violation> {
    let status = view.status(node)?;
    let entries = view.ledger.committed.entries();
    let up_to = entries.partition_point(|(zxid, _)| *zxid <= status.last_processed);
    let (zxid, history) = up_to.checked_sub(1).map_or(NOTHING, |at| entries[at]);
    (history != status.history).then(|| {
        let (name, last) = (view.name(node), status.last_processed);
        let what = format!("{name} serves at {last} with a history that is not the committed one");
        view.broken(&CommittedPrefix::PROPERTY, &[node], &[last, zxid], what)
    })
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, applied, committed, other_txn, txn};
    use zablab_protocol::{Decision, Epoch, ErrorCode, Zxid};

    #[test]
    fn speaks_when_a_serving_server_delivers_another_history() {
        let (a, b) = (txn(1, 1), txn(1, 2));
        let mut trial = Trial::serving("committed-prefix");
        trial.decide(0, committed(&a));
        trial.decide(0, committed(&b));
        assert!(!trial.decide(0, applied(&[&a])));
        assert!(!trial.decide(0, applied(&[&a, &b])));
        assert!(trial.decide(0, applied(&[&other_txn(1, 1, ErrorCode::BadVersion)])));
        assert!(trial.decide(0, applied(&[&b])), "a hole before it");
        assert!(!trial.decide(2, applied(&[&b])), "nobody sees it");
    }

    #[test]
    fn speaks_when_something_else_is_committed() {
        let mut trial = Trial::new("committed-prefix");
        for (counter, wrong) in [(1, false), (3, false), (3, false), (1, false), (2, true), (4, false)] {
            assert_eq!(trial.decide(0, committed(&txn(1, counter))), wrong, "{counter}");
        }
        assert!(trial.decide(1, committed(&other_txn(1, 3, ErrorCode::BadVersion))));
    }

    #[test]
    fn speaks_when_a_server_serves_without_what_was_committed() {
        let mut trial = Trial::serving("committed-prefix");
        let serving = Decision::Serving { epoch: Epoch(1) };
        assert!(!trial.decide(1, serving.clone()));
        let early = txn(0, 1);
        trial.course(0, 2, (Zxid::ZERO, 0), &[&early]);
        trial.decide(2, committed(&early));
        assert!(trial.decide(1, serving));
    }
}
