//! A leader chooses an epoch above every acceptedEpoch that the quorum it counted has reported, and is one of them itself.

use super::per_server::PerServer;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use std::collections::BTreeMap;
use zablab_protocol::{Decision, Epoch, Sid};

/// The highest acceptedEpoch that each learner has reported to each leader in its present role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct ChosenEpoch {
    reported: PerServer<BTreeMap<Sid, Epoch>>,
}

impl Monitor for ChosenEpoch {
    const PROPERTY: Property = Property {
        name: "chosen-epoch-is-new",
        says: "a leader chooses an epoch above every acceptedEpoch of the quorum that it counted, its own among them",
        source: "protocol reference §10.1, epoch monotonicity; §5.3 (Leader.getEpochToPropose)",
        test: "sim/src/check/chosen_epoch.rs::speaks_when_an_epoch_was_accepted_before",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        match decision {
            Decision::Booted { .. } | Decision::LeftRole { .. } => self.reported.forget(node),
            Decision::LearnerArrived { sid, accepted_epoch, .. } => {
                let reported = self.reported.of(node).entry(*sid).or_insert(*accepted_epoch);
                *reported = (*reported).max(*accepted_epoch);
            }
            Decision::EpochChosen { epoch, from } => {
                // The leader's own stands in its file: it writes the new one only now.
                let own = view.node(node).disk.storage().accepted_epoch.unwrap_or(Epoch(0));
                let me = view.node(node).sid();
                let reported = self.reported.of(node);
                let of = |sid: &Sid| if *sid == me { Some(own) } else { reported.get(sid).copied() };
                let name = view.name(node);
                // Where nobody was asked, nothing was promised.
                if !from.is_empty() && !from.contains(&me) {
                    let what = format!("{name} chooses epoch {epoch} without itself, who had accepted {own}");
                    return Some(view.broken(&Self::PROPERTY, &[node], &[], what));
                }
                let (sid, accepted) = from
                    .iter().find_map(|sid| Some((sid, of(sid).filter(|accepted| accepted >= epoch)?)))?;
                let what = format!("{name} chooses epoch {epoch}, and server {sid} had accepted {accepted}");
                return Some(view.broken(&Self::PROPERTY, &[node], &[], what));
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::Trial;
    use zablab_protocol::{Decision, DiskOp, Epoch, Sid};

    fn chosen(epoch: i64) -> Decision {
        Decision::EpochChosen { epoch: Epoch(epoch), from: vec![Sid(1), Sid(2)] }
    }

    #[test]
    fn speaks_when_an_epoch_was_accepted_before() {
        for (reported, wrong) in [(1, false), (2, true), (3, true)] {
            let mut trial = Trial::new("chosen-epoch-is-new");
            let accepted_epoch = Epoch(reported);
            trial.decide(0, Decision::LearnerArrived { sid: Sid(2), accepted_epoch, observer: false });
            assert_eq!(trial.decide(0, chosen(2)), wrong, "{reported}");
        }
    }

    #[test]
    fn speaks_when_the_leader_itself_had_accepted_it() {
        let mut trial = Trial::new("chosen-epoch-is-new");
        trial.write(0, DiskOp::AcceptedEpoch { epoch: Epoch(2) });
        assert!(!trial.decide(0, chosen(3)));
        assert!(trial.decide(0, chosen(2)));
        let without_itself = Decision::EpochChosen { epoch: Epoch(3), from: vec![Sid(2), Sid(3)] };
        assert!(trial.decide(0, without_itself), "its own promise counts, whatever it is");
    }
}
