//! Votes, their order and their two equalities (protocol reference §4.2; `Vote`, `FastLeaderElection`).

use crate::ids::{Round, ServerState, Sid};
use crate::zxid::{Epoch, Zxid};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whom a server proposes, and why that one deserves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vote {
    /// The proposed leader.
    pub leader: Sid,
    /// The proposed leader's last logged zxid.
    pub zxid: Zxid,
    /// The proposed leader's currentEpoch; once the election is over and synchronization complete, the epoch
    /// it established (ZOOKEEPER-1732).
    pub peer_epoch: Epoch,
}

/// Which field made one vote better than another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Because {
    /// The larger peerEpoch wins first.
    PeerEpoch,
    /// Then the larger zxid.
    Zxid,
    /// Then the larger sid.
    Sid,
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Because::PeerEpoch => "epoch",
            Because::Zxid => "zxid",
            Because::Sid => "sid",
        })
    }
}

impl Vote {
    /// Why `self` beats `other`, if it does: peerEpoch, then zxid, then sid
    /// (`FastLeaderElection.totalOrderPredicate`, without its test of the weight).
    pub fn beats(&self, other: &Vote) -> Option<Because> {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let by = [
            (self.peer_epoch.cmp(&other.peer_epoch), Because::PeerEpoch),
            (self.zxid.cmp(&other.zxid), Because::Zxid),
            (self.leader.cmp(&other.leader), Because::Sid),
        ];
        for (order, because) in by {
            match order {
                Greater => return Some(because),
                Less => return None,
                Equal => {}
            }
        }
        None
    }
}

impl fmt::Display for Vote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(leader {}, zxid {}, epoch {})", self.leader, self.zxid, self.peer_epoch)
    }
}

/// A vote as it lies in a tally: with the round and state it came with, and the format version of the message
/// (`recvset` forgets it and stores 0; `outOfElection` keeps it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ballot {
    /// The vote.
    pub vote: Vote,
    /// The round it was cast in.
    pub round: Round,
    /// The state of the server that cast it.
    pub state: ServerState,
    /// 0, or the format version of the notification.
    pub version: u32,
}

impl Ballot {
    /// `Vote.equals`. As soon as one side is LOOKING everything must agree. Two settled ballots agree by leader
    /// alone where only one of them carries a version, else by leader and peerEpoch (ZOOKEEPER-1805, 1732).
    pub fn agrees(&self, other: &Ballot) -> bool {
        if self.state == ServerState::Looking || other.state == ServerState::Looking {
            self.is_same(other)
        } else if (self.version > 0) != (other.version > 0) {
            self.vote.leader == other.vote.leader
        } else {
            self.vote.leader == other.vote.leader && self.vote.peer_epoch == other.vote.peer_epoch
        }
    }

    /// Whether leader, zxid, peerEpoch and round are the same.
    pub fn is_same(&self, other: &Ballot) -> bool {
        self.vote == other.vote && self.round == other.round
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vote(leader: i64, zxid: i64, epoch: i64) -> Vote {
        Vote { leader: Sid(leader), zxid: Zxid(zxid), peer_epoch: Epoch(epoch) }
    }

    #[test]
    fn the_reason_is_the_first_field_that_differs() {
        assert_eq!(vote(1, 0, 2).beats(&vote(3, 9, 1)), Some(Because::PeerEpoch));
        assert_eq!(vote(1, 9, 1).beats(&vote(3, 0, 1)), Some(Because::Zxid));
        assert_eq!(vote(3, 9, 1).beats(&vote(1, 9, 1)), Some(Because::Sid));
        assert_eq!(vote(3, 9, 1).beats(&vote(3, 9, 1)), None);
    }

    proptest! {
        #[test]
        fn the_order_is_total(a in (0..4i64, 0..4i64, 0..4i64), b in (0..4i64, 0..4i64, 0..4i64)) {
            let (x, y) = (vote(a.0, a.1, a.2), vote(b.0, b.1, b.2));
            let wins = usize::from(x.beats(&y).is_some()) + usize::from(y.beats(&x).is_some());
            prop_assert_eq!(wins, usize::from(x != y));
        }
    }
}
