//! Prefix consistency: what any two servers have delivered are prefixes of one another; and an established leader's
//! history holds everything delivered before.

use super::{Seen, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, Zxid, extend_history};

pub(super) const NAME: &str = "committed-prefix";
pub(super) const SOURCE: &str =
    "protocol reference §10.1, PrefixConsistency, TotalOrder, leader completeness; P-PFX, P-INIT";

/// The one sequence of everything delivered anywhere, each with the digest of the history up to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Prefix {
    delivered: Vec<(Zxid, u64)>,
}

impl Prefix {
    fn last(&self) -> (Zxid, u64) {
        self.delivered.last().copied().unwrap_or((Zxid(i64::MIN), 0))
    }

    pub(super) fn decided(
        &mut self,
        seen: &Seen<'_>,
        node: NodeId,
        decision: &Decision,
    ) -> Option<Violation> {
        match decision {
            Decision::Applied { zxid, history } => self.applied(seen, node, *zxid, *history),
            Decision::Supporters { .. } => self.established(seen, node),
            _ => None,
        }
    }

    fn applied(&mut self, seen: &Seen<'_>, node: NodeId, zxid: Zxid, history: u64) -> Option<Violation> {
        if zxid > self.last().0 {
            self.delivered.push((zxid, history));
            return None;
        }
        let at = self.delivered.binary_search_by_key(&zxid, |(zxid, _)| *zxid);
        match at {
            Ok(at) if self.delivered[at].1 == history => None,
            Ok(_) => {
                let what = format!(
                    "{} delivers {zxid} on another history than the servers before it",
                    seen.name(node)
                );
                Some(seen.violation(NAME, &[node], what))
            }
            Err(_) => {
                let last = self.last().0;
                let what = format!(
                    "{} delivers {zxid}, which is not in the sequence delivered up to {last}",
                    seen.name(node)
                );
                Some(seen.violation(NAME, &[node], what))
            }
        }
    }

    /// A leader's initial history is committed as a whole (protocol reference §6.3): it must extend everything
    /// delivered before, and joins the sequence.
    fn established(&mut self, seen: &Seen<'_>, node: NodeId) -> Option<Violation> {
        let server = seen.ensemble.node(node);
        let leads_with = server.status()?.history;
        let (last, mut history) = self.last();
        for txn in server.disk.storage().log.after(last) {
            history = extend_history(history, txn);
            self.delivered.push((txn.zxid, history));
        }
        (history != leads_with).then(|| {
            let what = format!(
                "{} leads with a history that lacks what was delivered up to {last}",
                seen.name(node)
            );
            seen.violation(NAME, &[node], what)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::test_support::Scene;
    use zablab_protocol::Epoch;

    #[test]
    fn speaks_when_two_servers_deliver_different_histories() {
        let scene = Scene::new();
        let mut monitor = Prefix::default();
        let applied = |c, history| Decision::Applied { zxid: Zxid::new(Epoch(1), c), history };
        for (node, decision, wrong) in [
            (0, applied(1, 11), false),
            (0, applied(3, 33), false),
            (1, applied(1, 11), false),
            (1, applied(2, 22), true),
            (1, applied(3, 34), true),
        ] {
            let spoke = monitor.decided(&scene.seen(), NodeId(node), &decision).is_some();
            assert_eq!(spoke, wrong, "{decision:?} at {node}");
        }
    }

    #[test]
    fn speaks_when_a_leader_lacks_what_was_delivered() {
        let scene = Scene::booted();
        let mut monitor = Prefix::default();
        let supporters = Decision::Supporters { sids: Vec::new(), zxid: Zxid::new(Epoch(1), 0) };
        assert_eq!(monitor.decided(&scene.seen(), NodeId(0), &supporters), None);
        monitor.delivered.push((Zxid::new(Epoch(1), 1), 77));
        assert!(monitor.decided(&scene.seen(), NodeId(0), &supporters).is_some());
    }
}
