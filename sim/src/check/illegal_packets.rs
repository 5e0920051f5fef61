//! What can never happen, if every server keeps to the protocol: a packet that its receiver's state has no place for, a
//! proposal that is not next, a COMMIT or an ACK of something unknown.

use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, Dropped, GaveUp, Zxid};

/// Remembers nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct IllegalPackets;

impl Monitor for IllegalPackets {
    const PROPERTY: Property = Property {
        name: "nothing-illegal-arrives",
        says: "no server receives a packet that its state has no place for, a proposal out of order, or a COMMIT or ACK of something unknown",
        source: "protocol reference §10.1, ShouldNotBeTriggered (ZkV3_7_0.tla); P-SANE, I-11 to I-14 of EuroSys'25",
        test: "sim/src/check/illegal_packets.rs::speaks_at_every_member_of_the_family",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        let name = view.name(node);
        let (zxids, what): (Vec<Zxid>, String) = match decision {
            Decision::GaveUp { why: GaveUp::UnexpectedPacket { packet }, state } => {
                (vec![], format!("{name}, {state}, gets {packet} where it has no place"))
            }
            Decision::LearnerDropped { why: Dropped::UnexpectedPacket { packet }, .. } => {
                (vec![], format!("{name} gets {packet} from a learner where it has no place"))
            }
            Decision::GaveUp { why: GaveUp::HoleInStream { last, got }, .. } => {
                (vec![*last, *got], format!("{name} is sent {got} behind {last}"))
            }
            Decision::UnmatchedCommit { zxid } => {
                (vec![*zxid], format!("{name} gets a COMMIT of {zxid}, which is not the next proposal"))
            }
            Decision::CommitWithoutProposal { zxid } => {
                (vec![*zxid], format!("{name} gets a COMMIT of {zxid} without a proposal"))
            }
            Decision::AckOfFuture { sid, zxid } => {
                (vec![*zxid], format!("{name} gets an ACK of {zxid} from server {sid}, and has not proposed it"))
            }
            Decision::NewLeaderAckOfOtherEpoch { sid, zxid } => {
                (vec![*zxid], format!("{name} gets an ACK of {zxid} from server {sid} in place of NEWLEADER's"))
            }
            _ => return None,
        };
        Some(view.broken(&Self::PROPERTY, &[node], &zxids, what))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, zxid};
    use zablab_protocol::{Decision, Dropped, GaveUp, ServerState, Sid};

    #[test]
    fn speaks_at_every_member_of_the_family() {
        let (state, sid, zxid, packet) = (ServerState::Following, Sid(1), zxid(1, 2), "COMMIT");
        for (decision, wrong) in [
            (Decision::GaveUp { state, why: GaveUp::UnexpectedPacket { packet } }, true),
            (Decision::GaveUp { state, why: GaveUp::LeaderGone { leader: sid } }, false),
            (Decision::GaveUp { state, why: GaveUp::HoleInStream { last: zxid, got: zxid } }, true),
            (Decision::LearnerDropped { sid: Some(sid), why: Dropped::UnexpectedPacket { packet } }, true),
            (Decision::LearnerDropped { sid: Some(sid), why: Dropped::Closed }, false),
            (Decision::UnmatchedCommit { zxid }, true),
            (Decision::CommitWithoutProposal { zxid }, true),
            (Decision::AckOfFuture { sid, zxid }, true),
            (Decision::NewLeaderAckOfOtherEpoch { sid, zxid }, true),
        ] {
            let mut trial = Trial::new("nothing-illegal-arrives");
            assert_eq!(trial.decide(0, decision.clone()), wrong, "{decision:?}");
        }
    }
}
