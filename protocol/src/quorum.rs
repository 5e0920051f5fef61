//! Who makes a quorum (protocol reference §1.1; `QuorumMaj`, `QuorumHierarchical`).

mod apart;

use crate::ids::Sid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What a server may do in the ensemble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeerType {
    /// Votes, can lead.
    Participant,
    /// Learns everything, never votes.
    Observer,
}

/// One group of a hierarchical configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Group {
    weights: Vec<(usize, u64)>,
    total: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Rule {
    Majority,
    Hierarchical(Vec<Group>),
    /// Any so many voters: ZooKeeper has no such rule.
    Unsafe(usize),
}

/// A set of members, one bit each, in the order of their sids. Small enough to hang on every proposal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MemberSet(u128);

impl MemberSet {
    /// Whether nobody is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many are in it.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    fn has(self, index: usize) -> bool {
        self.0 >> index & 1 == 1
    }
}

/// The members of an ensemble and the rule that says which sets of them are quorums.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QuorumVerifier {
    members: Vec<(Sid, PeerType)>,
    voters: MemberSet,
    rule: Rule,
}

/// Why a set of members, weights and groups makes no ensemble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuorumError {
    /// Nobody can vote.
    NoParticipants,
    /// More members than a [`MemberSet`] can hold (128).
    TooMany(usize),
    /// A group names a server that is not a participant.
    NotAParticipant(Sid),
    /// `Server <n> is in multiple groups`.
    InSeveralGroups(Sid),
    /// `Server <n> is not in a group`.
    InNoGroup(Sid),
    /// Weights were given without groups.
    WeightWithoutGroups(Sid),
    /// A size that no quorum of so many voters can have.
    UnsafeSize {
        /// How many voters were to be a quorum.
        size: usize,
        /// How many there are.
        voters: usize,
    },
    /// A size was given beside groups.
    UnsafeGroups,
}

impl fmt::Display for QuorumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QuorumError::NoParticipants => f.write_str("no participant among the servers: nobody could vote"),
            QuorumError::TooMany(n) => {
                write!(f, "{n} servers are more than the 128 that an ensemble may have here")
            }
            QuorumError::NotAParticipant(sid) => {
                write!(f, "server {sid} has a group or weight but is no participant")
            }
            QuorumError::InSeveralGroups(sid) => write!(f, "server {sid} is in several groups"),
            QuorumError::InNoGroup(sid) => write!(f, "server {sid} is not in a group"),
            QuorumError::WeightWithoutGroups(sid) => {
                write!(f, "server {sid} has a weight, but there are no groups")
            }
            QuorumError::UnsafeSize { size, voters } => {
                write!(f, "a quorum cannot have {size} of {voters} voters")
            }
            QuorumError::UnsafeGroups => f.write_str("quorums are of groups, and have no size"),
        }
    }
}

impl std::error::Error for QuorumError {}

impl QuorumVerifier {
    /// Every participant weighs the same; more than half of them is a quorum.
    pub fn majority(
        members: impl IntoIterator<Item = (Sid, PeerType)>,
    ) -> Result<QuorumVerifier, QuorumError> {
        let members: BTreeMap<_, _> = members.into_iter().collect();
        if members.len() > 128 {
            return Err(QuorumError::TooMany(members.len()));
        }
        let mut voters = MemberSet::default();
        for (index, peer_type) in members.values().enumerate() {
            if *peer_type == PeerType::Participant {
                voters.0 |= 1 << index;
            }
        }
        if voters.is_empty() {
            return Err(QuorumError::NoParticipants);
        }
        Ok(QuorumVerifier { members: members.into_iter().collect(), voters, rule: Rule::Majority })
    }

    /// More than half of the groups must each hold more than half of their own weight. A participant without
    /// an entry in `weights` weighs 1; groups of total weight 0 do not count.
    pub fn hierarchical(
        members: impl IntoIterator<Item = (Sid, PeerType)>,
        groups: &[Vec<Sid>],
        weights: &BTreeMap<Sid, u64>,
    ) -> Result<QuorumVerifier, QuorumError> {
        let mut verifier = QuorumVerifier::majority(members)?;
        if groups.is_empty() {
            return match weights.keys().next() {
                Some(sid) => Err(QuorumError::WeightWithoutGroups(*sid)),
                None => Ok(verifier),
            };
        }
        let mut seen = MemberSet::default();
        let mut built = Vec::new();
        for group in groups {
            let mut of_group = Vec::new();
            for sid in group {
                let Some(index) = verifier.voter_index(*sid) else {
                    return Err(QuorumError::NotAParticipant(*sid));
                };
                if seen.has(index) {
                    return Err(QuorumError::InSeveralGroups(*sid));
                }
                seen.0 |= 1 << index;
                of_group.push((index, weights.get(sid).copied().unwrap_or(1)));
            }
            let total = of_group.iter().map(|(_, weight)| weight).sum();
            if total > 0 {
                built.push(Group { weights: of_group, total });
            }
        }
        if let Some(sid) = verifier.sids(MemberSet(verifier.voters.0 & !seen.0)).first() {
            return Err(QuorumError::InNoGroup(*sid));
        }
        if let Some(sid) = weights.keys().find(|sid| !verifier.is_voter(**sid)) {
            return Err(QuorumError::NotAParticipant(*sid));
        }
        verifier.rule = Rule::Hierarchical(built);
        Ok(verifier)
    }

    /// The same members, any `size` of whose voters are a quorum. ZooKeeper has no such rule: where two quorums need not
    /// meet, its promises break.
    pub fn with_unsafe_size(mut self, size: usize) -> Result<QuorumVerifier, QuorumError> {
        let voters = self.voters.len();
        if matches!(self.rule, Rule::Hierarchical(_)) {
            return Err(QuorumError::UnsafeGroups);
        }
        if !(1..=voters).contains(&size) {
            return Err(QuorumError::UnsafeSize { size, voters });
        }
        self.rule = Rule::Unsafe(size);
        Ok(self)
    }

    /// How many voters are a quorum, where that is not ZooKeeper's rule.
    pub fn unsafe_size(&self) -> Option<usize> {
        match self.rule {
            Rule::Unsafe(size) => Some(size),
            Rule::Majority | Rule::Hierarchical(_) => None,
        }
    }

    fn index(&self, sid: Sid) -> Option<usize> {
        self.members.binary_search_by_key(&sid, |(member, _)| *member).ok()
    }

    fn voter_index(&self, sid: Sid) -> Option<usize> {
        self.index(sid).filter(|index| self.voters.has(*index))
    }

    /// Puts `sid` into `set`; a server that does not vote is left out (`SyncedLearnerTracker.addAck`).
    pub fn add(&self, set: &mut MemberSet, sid: Sid) {
        if let Some(index) = self.voter_index(sid) {
            set.0 |= 1 << index;
        }
    }

    /// Takes `sid` out of `set`.
    pub fn remove(&self, set: &mut MemberSet, sid: Sid) {
        if let Some(index) = self.index(sid) {
            set.0 &= !(1 << index);
        }
    }

    /// Whether `sid` is in `set`.
    pub fn has(&self, set: MemberSet, sid: Sid) -> bool {
        self.index(sid).is_some_and(|index| set.has(index))
    }

    /// The voters among `sids`.
    pub fn set_of(&self, sids: impl IntoIterator<Item = Sid>) -> MemberSet {
        let mut set = MemberSet::default();
        for sid in sids {
            self.add(&mut set, sid);
        }
        set
    }

    /// The servers in `set`, in ascending order.
    pub fn sids(&self, set: MemberSet) -> Vec<Sid> {
        self.members
            .iter()
            .enumerate()
            .filter(|(index, _)| set.has(*index))
            .map(|(_, (sid, _))| *sid)
            .collect()
    }

    /// Whether `set` is a quorum (`containsQuorum`).
    pub fn contains_quorum(&self, set: MemberSet) -> bool {
        match &self.rule {
            Rule::Majority => MemberSet(set.0 & self.voters.0).len() > self.voters.len() / 2,
            Rule::Unsafe(size) => MemberSet(set.0 & self.voters.0).len() >= *size,
            Rule::Hierarchical(groups) => {
                let won = groups
                    .iter()
                    .filter(|group| {
                        let held = group.weights.iter().filter(|(index, _)| set.has(*index));
                        held.map(|(_, weight)| weight).sum::<u64>() > group.total / 2
                    })
                    .count();
                won > groups.len() / 2
            }
        }
    }

    /// The weight of a voter; 0 means that nobody may adopt it as a candidate.
    pub fn weight(&self, sid: Sid) -> u64 {
        match &self.rule {
            Rule::Majority | Rule::Unsafe(_) => 1,
            Rule::Hierarchical(groups) => self
                .index(sid)
                .and_then(|index| {
                    groups.iter().flat_map(|group| &group.weights).find(|(member, _)| *member == index)
                })
                .map_or(0, |(_, weight)| *weight),
        }
    }

    /// The groups of a hierarchical configuration, each with its voters; those that weigh nothing together are none of them.
    pub fn groups(&self) -> Vec<Vec<Sid>> {
        let sids = |group: &Group| group.weights.iter().map(|(member, _)| self.members[*member].0).collect();
        match &self.rule {
            Rule::Majority | Rule::Unsafe(_) => Vec::new(),
            Rule::Hierarchical(groups) => groups.iter().map(sids).collect(),
        }
    }

    /// Whether `sid` votes.
    pub fn is_voter(&self, sid: Sid) -> bool {
        self.voter_index(sid).is_some()
    }

    /// Whether `sid` is in the configuration at all.
    pub fn is_member(&self, sid: Sid) -> bool {
        self.index(sid).is_some()
    }

    /// The voters, in ascending order of sid.
    pub fn voters(&self) -> impl Iterator<Item = Sid> + '_ {
        self.members.iter().filter(|(_, t)| *t == PeerType::Participant).map(|(sid, _)| *sid)
    }

    /// Every member with its type, in ascending order of sid.
    pub fn members(&self) -> impl ExactSizeIterator<Item = (Sid, PeerType)> + '_ {
        self.members.iter().copied()
    }

    /// In words: `2 of 3` for a majority, `1 of 3 (unsafe)` for a size that ZooKeeper would not take.
    pub fn needs(&self) -> String {
        match &self.rule {
            Rule::Majority => format!("{} of {}", self.voters.len() / 2 + 1, self.voters.len()),
            Rule::Unsafe(size) => format!("{size} of {} (unsafe)", self.voters.len()),
            Rule::Hierarchical(groups) => {
                format!("more than half the weight in {} of {} groups", groups.len() / 2 + 1, groups.len())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn participants(n: i64) -> Vec<(Sid, PeerType)> {
        (1..=n).map(|sid| (Sid(sid), PeerType::Participant)).collect()
    }

    #[test]
    fn four_need_three_and_two_need_two() {
        for (n, need) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)] {
            let verifier = QuorumVerifier::majority(participants(n)).unwrap();
            let all: Vec<Sid> = (1..=n).map(Sid).collect();
            let quorum = |sids: &[Sid]| verifier.contains_quorum(verifier.set_of(sids.iter().copied()));
            assert!(quorum(&all[..need]), "{need} of {n}");
            assert!(!quorum(&all[..need - 1]), "{} of {n}", need - 1);
        }
    }

    #[test]
    fn observers_and_strangers_do_not_count() {
        let mut members = participants(3);
        members.push((Sid(4), PeerType::Observer));
        let verifier = QuorumVerifier::majority(members).unwrap();
        assert!(!verifier.contains_quorum(verifier.set_of([1, 4, 9].map(Sid))));
        assert!(verifier.contains_quorum(verifier.set_of([1, 2].map(Sid))));
    }

    #[test]
    fn groups_need_more_than_half_of_their_weight_in_more_than_half_of_them() {
        let groups = [vec![Sid(1), Sid(2), Sid(3)], vec![Sid(4), Sid(5), Sid(6)], vec![Sid(7)]];
        let weights = BTreeMap::from([(Sid(7), 0), (Sid(1), 3)]);
        let verifier = QuorumVerifier::hierarchical(participants(7), &groups, &weights).unwrap();
        assert!(
            verifier.contains_quorum(verifier.set_of([1, 4, 5].map(Sid))),
            "1 alone outweighs 2 and 3; the empty group is dropped"
        );
        assert!(!verifier.contains_quorum(verifier.set_of([2, 3, 4, 5, 6].map(Sid))));
        assert_eq!(verifier.weight(Sid(7)), 0);
    }

    #[test]
    fn an_unsafe_size_counts_voters_and_says_that_it_is_none_of_zookeepers() {
        let mut members = participants(3);
        members.push((Sid(4), PeerType::Observer));
        let verifier = QuorumVerifier::majority(members).unwrap();
        assert_eq!(verifier.unsafe_size(), None);
        let one = verifier.clone().with_unsafe_size(1).unwrap();
        assert!(one.contains_quorum(one.set_of([Sid(2)])));
        assert!(!one.contains_quorum(one.set_of([4, 9].map(Sid))));
        assert_eq!((one.needs().as_str(), one.unsafe_size()), ("1 of 3 (unsafe)", Some(1)));
        let all = verifier.clone().with_unsafe_size(3).unwrap();
        assert!(!all.contains_quorum(all.set_of([1, 2].map(Sid))));
        for size in [0, 4] {
            let refused = verifier.clone().with_unsafe_size(size);
            assert_eq!(refused, Err(QuorumError::UnsafeSize { size, voters: 3 }));
        }
        let groups = [vec![Sid(1), Sid(2), Sid(3)]];
        let grouped = QuorumVerifier::hierarchical(participants(3), &groups, &BTreeMap::new()).unwrap();
        assert_eq!(grouped.with_unsafe_size(1), Err(QuorumError::UnsafeGroups));
    }

    #[test]
    fn wrong_groups_are_refused() {
        let participants = participants(3);
        let check = |groups: &[Vec<Sid>]| {
            QuorumVerifier::hierarchical(participants.clone(), groups, &BTreeMap::new())
        };
        assert_eq!(
            check(&[vec![Sid(1)], vec![Sid(1), Sid(2), Sid(3)]]),
            Err(QuorumError::InSeveralGroups(Sid(1)))
        );
        assert_eq!(check(&[vec![Sid(1), Sid(2)]]), Err(QuorumError::InNoGroup(Sid(3))));
        assert_eq!(check(&[vec![Sid(1), Sid(9)]]), Err(QuorumError::NotAParticipant(Sid(9))));
    }

    proptest! {
        #[test]
        fn two_quorums_always_meet(
            n in 1..=7i64,
            split in proptest::collection::vec(0..3usize, 7),
            weights in proptest::collection::vec(0..4u64, 7),
            a: u8,
            b: u8,
            grouped: bool,
        ) {
            let verifier = if grouped {
                let mut groups = vec![Vec::new(), Vec::new(), Vec::new()];
                for sid in 1..=n {
                    groups[split[sid as usize - 1]].push(Sid(sid));
                }
                groups.retain(|group| !group.is_empty());
                let weights = (1..=n).map(|sid| (Sid(sid), weights[sid as usize - 1])).collect();
                QuorumVerifier::hierarchical(participants(n), &groups, &weights).unwrap()
            } else {
                QuorumVerifier::majority(participants(n)).unwrap()
            };
            let pick = |bits: u8| (1..=n).filter(move |sid| bits & (1 << (sid - 1)) != 0).map(Sid);
            let (a, b) = (verifier.set_of(pick(a)), verifier.set_of(pick(b)));
            if verifier.contains_quorum(a) && verifier.contains_quorum(b) {
                prop_assert!(a.0 & b.0 != 0);
            }
        }
    }
}
