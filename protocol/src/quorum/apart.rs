//! Whether quorums by two rules have somebody in common.

use super::QuorumVerifier;
use crate::Sid;

/// So many common voters are told apart one by one, where they do not count alike.
const MOST: usize = 16;

impl QuorumVerifier {
    /// Whether a quorum by this rule and one by the other can have no member in common. Two rules with groups that share
    /// more than 16 voters are not searched: it is not ruled out.
    pub fn can_miss(&self, other: &QuorumVerifier) -> bool {
        let common: Vec<Sid> = self.voters().filter(|sid| other.is_voter(*sid)).collect();
        let own: Vec<Sid> = self.voters().filter(|sid| !common.contains(sid)).collect();
        let others: Vec<Sid> = other.voters().filter(|sid| !common.contains(sid)).collect();
        if self.groups().is_empty() && other.groups().is_empty() {
            // Only their number counts, so whom the rules share can be dealt out in any order.
            return (0..=common.len()).any(|mine| {
                let (mine, theirs) = common.split_at(mine);
                self.is_quorum(&own, mine) && other.is_quorum(&others, theirs)
            });
        }
        // Two quorums by the same groups have both won some group, and share a server of it.
        self != other && (common.len() > MOST || self.deal(&common, &mut (own, others), other))
    }

    /// Whether the common voters can be dealt out to two sides so that both are quorums.
    fn deal(&self, common: &[Sid], sides: &mut (Vec<Sid>, Vec<Sid>), other: &QuorumVerifier) -> bool {
        if !self.is_quorum(&sides.0, common) || !other.is_quorum(&sides.1, common) {
            return false;
        }
        let Some((sid, rest)) = common.split_first() else { return true };
        sides.0.push(*sid);
        let mine = self.deal(rest, sides, other);
        sides.0.pop();
        if mine {
            return true;
        }
        sides.1.push(*sid);
        let theirs = self.deal(rest, sides, other);
        sides.1.pop();
        theirs
    }

    fn is_quorum(&self, some: &[Sid], more: &[Sid]) -> bool {
        self.contains_quorum(self.set_of(some.iter().chain(more).copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PeerType;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Any rule for some of six servers.
    fn rule() -> impl Strategy<Value = QuorumVerifier> {
        let members = prop::collection::btree_set(1_i64..=6, 1..=6);
        let weights = prop::collection::vec(0_u64..4, 6);
        (members, 0_usize..9, weights).prop_map(|(members, kind, weights)| {
            let listed: Vec<Sid> = members.into_iter().map(Sid).collect();
            let voters = listed.iter().map(|sid| (*sid, PeerType::Participant));
            let majority = QuorumVerifier::majority(voters.clone()).unwrap();
            match kind {
                0..3 => majority,
                3..6 => majority.clone().with_unsafe_size(kind - 2).unwrap_or(majority),
                _ => {
                    let groups: Vec<Vec<Sid>> = listed.chunks(kind - 5).map(<[Sid]>::to_vec).collect();
                    let weights: BTreeMap<Sid, u64> = listed.iter().copied().zip(weights).collect();
                    QuorumVerifier::hierarchical(voters, &groups, &weights).unwrap()
                }
            }
        })
    }

    proptest! {
        #[test]
        fn two_rules_miss_each_other_where_some_two_quorums_do((one, two) in (rule(), rule()), same in any::<bool>()) {
            let two = if same { one.clone() } else { two };
            let side = |bits: u32, one: bool| (1..=6).map(Sid).filter(move |sid| ((bits >> sid.0) & 1 == 1) == one);
            let parted = (0..128).any(|bits| {
                one.contains_quorum(one.set_of(side(bits, true))) && two.contains_quorum(two.set_of(side(bits, false)))
            });
            prop_assert_eq!(one.can_miss(&two), parted);
        }
    }
}
