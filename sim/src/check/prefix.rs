//! Prefix consistency: what any two servers have delivered are prefixes of one another; and an established leader's
//! history holds everything delivered before.

use super::{Seen, Violation};
use crate::ensemble::NodeId;
use std::collections::BTreeMap;
use zablab_protocol::{Decision, Epoch, Zxid, extend_history};

pub(super) const NAME: &str = "committed-prefix";
pub(super) const SOURCE: &str =
    "protocol reference §10.1, PrefixConsistency, TotalOrder, leader completeness; P-PFX, P-INIT";

/// A zxid, and the digest of the history up to it.
type Point = (Zxid, u64);

/// Before every transaction.
const NOTHING: Point = (Zxid(i64::MIN), 0);

/// What the leader of an epoch proposed, on top of the history it began with.
#[derive(Clone, Debug)]
struct Course {
    base: Point,
    proposed: Vec<Point>,
}

/// The one sequence of everything committed: what established leaders began with and what they committed since.
#[derive(Clone, Debug, Default)]
pub(super) struct Prefix {
    committed: Vec<Point>,
    /// Every epoch's course: through them a history is followed back without looking at any disk.
    courses: BTreeMap<Epoch, Course>,
    /// Where the established leader's history ended, until it has its supporters.
    history_to: BTreeMap<NodeId, Zxid>,
}

impl Prefix {
    fn last(&self) -> Point {
        self.committed.last().copied().unwrap_or(NOTHING)
    }

    /// The point before one in its history; `None` at the empty history, and where no such point was ever proposed.
    fn before(&self, (zxid, history): Point) -> Option<Point> {
        let course = self.courses.get(&zxid.epoch())?;
        if zxid.is_new_epoch() {
            return Some(course.base).filter(|base| base.1 == history);
        }
        let at = course.proposed.binary_search(&(zxid, history)).ok()?;
        Some(at.checked_sub(1).map_or(course.base, |at| course.proposed[at]))
    }

    pub(super) fn decided(
        &mut self,
        seen: &Seen<'_>,
        node: NodeId,
        decision: &Decision,
    ) -> Option<Violation> {
        match decision {
            Decision::EpochEstablished { history_to, .. } => {
                self.history_to.insert(node, *history_to);
                None
            }
            Decision::Proposed { zxid, digest, .. } => {
                let course = self.courses.get_mut(&zxid.epoch())?;
                let before = course.proposed.last().unwrap_or(&course.base).1;
                course.proposed.push((*zxid, extend_history(before, *digest)));
                None
            }
            Decision::Supporters { zxid, .. } => self.established(seen, node, zxid.epoch()),
            Decision::Committed { zxid, digest } => self.commits(seen, node, *zxid, *digest),
            Decision::Applied { zxid, history } => self.applied(seen, node, *zxid, *history),
            Decision::Serving { .. } => self.serves(seen, node),
            Decision::Standalone { .. } => self.serves_alone(seen, node),
            _ => None,
        }
    }

    /// A leader's initial history is committed as a whole (protocol reference §6.3): it must extend everything committed
    /// in earlier epochs, and joins the sequence. A leader that stood still in between may come late: then the epochs after
    /// its own have begun with all of its history, and it adds nothing.
    fn established(&mut self, seen: &Seen<'_>, node: NodeId, epoch: Epoch) -> Option<Violation> {
        let history = seen.ensemble.node(node).status()?.history;
        let base = (self.history_to.remove(&node).unwrap_or(Zxid::ZERO), history);
        self.courses.insert(epoch, Course { base, proposed: Vec::new() });
        let earlier = self.committed.partition_point(|(zxid, _)| zxid.epoch() < epoch);
        let last = earlier.checked_sub(1).map_or(NOTHING, |at| self.committed[at]);
        let mut point = base;
        let mut newer = Vec::new();
        while point.0 > last.0 {
            let Some(before) = self.before(point) else { break };
            if !point.0.is_new_epoch() {
                newer.push(point);
            }
            point = before;
        }
        let name = seen.name(node);
        let what = if point.1 != last.1 {
            format!("{name} leads with a history that lacks what was committed up to {}", last.0)
        } else if let Some((first, _)) = newer.last().filter(|_| earlier < self.committed.len()) {
            format!("{name} leads epoch {epoch} with {first}, which later epochs have begun without")
        } else {
            self.committed.extend(newer.into_iter().rev());
            return None;
        };
        Some(seen.violation(NAME, &[node], what))
    }

    fn commits(&mut self, seen: &Seen<'_>, node: NodeId, zxid: Zxid, digest: u64) -> Option<Violation> {
        let (last, history) = self.last();
        if zxid > last {
            self.committed.push((zxid, extend_history(history, digest)));
            return None;
        }
        // A deposed leader may hear late that a quorum had logged what the next epoch began with.
        let at = self.committed.partition_point(|(committed, _)| *committed < zxid);
        let before = at.checked_sub(1).map_or(0, |at| self.committed[at].1);
        (self.committed[at] != (zxid, extend_history(before, digest))).then(|| {
            let what =
                format!("{} commits {zxid}, which is not the committed one up to {last}", seen.name(node));
            seen.violation(NAME, &[node], what)
        })
    }

    /// What a serving server applies is visible to clients. (Before it serves, a learner applies what its leader has,
    /// which may not be committed yet.)
    fn applied(&self, seen: &Seen<'_>, node: NodeId, zxid: Zxid, history: u64) -> Option<Violation> {
        if !seen.ensemble.node(node).status()?.serving {
            return None;
        }
        // Most likely one of the last.
        let (last, _) = self.last();
        let back = usize::try_from(last.0.wrapping_sub(zxid.0)).ok();
        let guess = back.and_then(|back| self.committed.len().checked_sub(back.checked_add(1)?));
        if guess.is_some_and(|at| self.committed[at] == (zxid, history)) {
            return None;
        }
        let what = match self.committed.binary_search_by_key(&zxid, |(zxid, _)| *zxid) {
            Ok(at) if self.committed[at].1 == history => return None,
            Ok(_) => format!("{} delivers {zxid} on another history than the committed one", seen.name(node)),
            Err(_) => format!("{} delivers {zxid}, which is not committed", seen.name(node)),
        };
        Some(seen.violation(NAME, &[node], what))
    }

    /// A server without others has committed whatever it has logged, also what it had not told anybody when it ended.
    fn serves_alone(&mut self, seen: &Seen<'_>, node: NodeId) -> Option<Violation> {
        let (last, mut history) = self.last();
        for txn in seen.ensemble.node(node).disk.storage().log.after(last) {
            history = extend_history(history, txn.digest);
            self.committed.push((txn.zxid, history));
        }
        self.serves(seen, node)
    }

    /// From here on clients see what the server has.
    fn serves(&self, seen: &Seen<'_>, node: NodeId) -> Option<Violation> {
        let status = seen.ensemble.node(node).status()?;
        let up_to = self.committed.partition_point(|(zxid, _)| *zxid <= status.last_processed);
        let history = up_to.checked_sub(1).map_or(0, |at| self.committed[at].1);
        (history != status.history).then(|| {
            let what = format!(
                "{} serves at {} with a history that is not the committed one",
                seen.name(node),
                status.last_processed
            );
            seen.violation(NAME, &[node], what)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::test_support::{Scene, txn};

    fn committed(counter: u32) -> Decision {
        let txn = txn(1, counter);
        Decision::Committed { zxid: txn.zxid, digest: txn.digest }
    }

    #[test]
    fn speaks_when_something_is_committed_out_of_order() {
        let scene = Scene::new();
        let mut monitor = Prefix::default();
        for (counter, wrong) in [(1, false), (3, false), (3, false), (1, false), (2, true), (4, false)] {
            let spoke = monitor.decided(&scene.seen(), NodeId(0), &committed(counter)).is_some();
            assert_eq!(spoke, wrong, "{counter}");
        }
    }

    #[test]
    fn speaks_when_a_serving_server_delivers_another_history() {
        let scene = Scene::serving();
        let mut monitor = Prefix::default();
        let history = extend_history(0, txn(1, 1).digest);
        let applied = |c, history| Decision::Applied { zxid: Zxid::new(Epoch(1), c), history };
        monitor.decided(&scene.seen(), NodeId(0), &committed(1));
        for (decision, wrong) in
            [(applied(1, history), false), (applied(1, 7), true), (applied(2, history), true)]
        {
            let spoke = monitor.decided(&scene.seen(), NodeId(0), &decision).is_some();
            assert_eq!(spoke, wrong, "{decision:?}");
        }
    }

    #[test]
    fn speaks_when_a_server_leads_or_serves_without_what_was_committed() {
        let scene = Scene::serving();
        let supporters = Decision::Supporters { sids: Vec::new(), zxid: Zxid::new(Epoch(2), 0) };
        let serving = Decision::Serving { epoch: Epoch(2) };
        let mut monitor = Prefix::default();
        assert_eq!(monitor.decided(&scene.seen(), NodeId(1), &supporters), None);
        assert_eq!(monitor.decided(&scene.seen(), NodeId(1), &serving), None);
        monitor.committed.push((Zxid::new(Epoch(0), 1), 77));
        assert!(monitor.decided(&scene.seen(), NodeId(1), &supporters).is_some());
        assert!(monitor.decided(&scene.seen(), NodeId(1), &serving).is_some());
    }
}
