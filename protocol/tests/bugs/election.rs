//! FastLeaderElection: the order of votes, who joins whom, and when an election is over.

use crate::cluster;
use crate::harness::*;
use zablab_protocol::ServerState::{Following, Leading, Looking};
use zablab_protocol::{Decision, Defect, ElectedBy, Epoch, Packet, ServerState, Sid, Zxid};

/// What a server has become, and how.
fn elected(c: &Cluster, sid: Sid) -> Option<(ServerState, ElectedBy)> {
    c.decisions(sid).into_iter().rev().find_map(|d| match d {
        Decision::Elected { state, by, .. } => Some((*state, *by)),
        _ => None,
    })
}

#[test]
fn zk_1419_the_sid_decides_before_the_epoch() {
    for faulty in [false, true] {
        let mut c = cluster(3, faulty, &[Defect::VoteOrderUnguarded]);
        c.puppets(&[S1, S3]);
        c.set_disk(S2, disk(&[(1, 1)], 1, 1));
        c.start(S2);
        c.link(S1, S2);
        c.link(S3, S2);
        let (mine, other) = (vote(S2, z(1, 1), 1), vote(S3, z(1, 1), 0));
        for _ in 0..3 {
            c.say(S3, S2, note(Looking, other, 1));
            c.run();
            assert_eq!(c.status(S2).vote, if faulty { other } else { mine }, "of equal zxids");
            c.say(S1, S2, note(Looking, mine, 1));
            c.run();
            assert_eq!(c.status(S2).vote, mine, "the epoch still wins the other way: round and round");
            c.fire_if_armed(S2, zablab_protocol::Timer::Notification);
        }
    }
}

#[test]
fn zk_1732_votes_for_one_leader_that_differ_in_round_or_zxid_are_no_quorum() {
    for faulty in [false, true] {
        for (zxid, round) in [(Zxid::ZERO, 7), (z(1, 9), 6)] {
            let mut c = cluster(3, faulty, &[Defect::JoinerComparesFullVote]);
            c.puppets(&[S2, S3]);
            c.start(S1);
            c.link(S2, S1);
            c.link(S3, S1);
            for _ in 0..3 {
                c.say(S2, S1, note(Following, vote(S3, Zxid::ZERO, 2), 6));
                c.say(S3, S1, note(Leading, vote(S3, zxid, 2), round));
                c.run();
            }
            let joined = elected(&c, S1) == Some((Following, ElectedBy::Settled));
            assert_eq!(joined, !faulty, "zxid {zxid}, round {round}");
        }
    }
}

#[test]
fn zk_1732_a_server_that_serves_goes_on_showing_the_epoch_of_the_election() {
    for faulty in [false, true] {
        let mut c = cluster(3, faulty, &[Defect::NoVoteRefresh]);
        c.puppets(&[S1, S2]);
        c.set_disk(S3, disk(&[(1, 1)], 4, 1));
        c.make_lead(S3, &[S1]);
        c.join(S1, S3, z(1, 1), 1);
        c.link(S2, S3);
        c.forget();
        c.say(S2, S3, note(Looking, vote(S2, Zxid::ZERO, 0), 7));
        c.run();
        let shown = if faulty { 1 } else { 5 };
        assert_eq!(c.sent(S3, S2), [note(Leading, vote(S3, z(1, 1), shown), 1)]);

        let mut c = cluster(3, faulty, &[Defect::NoVoteRefresh]);
        c.puppets(&[S2, S3]);
        c.make_follow(S1, S3);
        c.establish(S3, S1, 4);
        c.say(S3, S1, Packet::Diff { zxid: Zxid::ZERO });
        c.say(S3, S1, Packet::NewLeader { zxid: z(4, 0) });
        c.say(S3, S1, Packet::UpToDate);
        c.run();
        assert!(c.status(S1).serving);
        assert_eq!(c.status(S1).vote.peer_epoch, Epoch(if faulty { 0 } else { 4 }));
    }
}

#[test]
fn zk_1514_a_server_takes_a_lead_that_was_given_to_it_in_another_round() {
    for faulty in [false, true] {
        let mut c = cluster(3, faulty, &[Defect::SelfLeaderIgnoresRound]);
        c.puppets(&[S1, S2]);
        c.start(S3);
        c.link(S1, S3);
        c.link(S2, S3);
        for sid in [S1, S2] {
            c.say(sid, S3, note(Following, vote(S3, Zxid::ZERO, 0), 5));
        }
        c.run();
        assert_eq!(elected(&c, S3), faulty.then_some((Leading, ElectedBy::Settled)));
    }
}

#[test]
fn zk_975_all_have_voted_and_no_two_alike() {
    for faulty in [false, true] {
        let mut c = cluster(3, faulty, &[Defect::LeaveWhenAllVoted]);
        c.puppets(&[S1, S2]);
        c.start(S3);
        for sid in [S1, S2] {
            c.link(sid, S3);
            c.say(sid, S3, note(Looking, vote(sid, Zxid::ZERO, 0), 1));
            c.run();
        }
        assert_eq!(elected(&c, S3), faulty.then_some((Leading, ElectedBy::AllVoted)));
        assert!(!c.decided(S3, |d| matches!(d, Decision::QuorumAgrees { .. })));
    }
}

#[test]
fn zk_975_one_leader_of_the_same_round_is_believed() {
    for faulty in [false, true] {
        for round in [1, 2] {
            let mut c = cluster(3, faulty, &[Defect::TrustSingleLeading]);
            c.puppets(&[S2, S3]);
            c.start(S1);
            c.link(S3, S1);
            c.say(S3, S1, note(Leading, vote(S3, Zxid::ZERO, 0), round));
            c.run();
            let believes = faulty && round == 1;
            assert_eq!(elected(&c, S1), believes.then_some((Following, ElectedBy::SameRound)));
        }
    }
}

#[test]
fn zk_3537_the_leaders_own_word_is_looked_up_where_it_is_not_yet() {
    // Servers 1 and 4 of five vote for 5 in round 1, and 5 leads already.
    for faulty in [false, true] {
        let mut c = cluster(5, faulty, &[Defect::CheckLeaderWrongTally]);
        c.puppets(&[S2, S3, S4, S5]);
        c.start(S1);
        c.link(S4, S1);
        c.link(S5, S1);
        let v = vote(S5, Zxid::ZERO, 0);
        c.say(S4, S1, note(Looking, v, 1));
        c.run();
        c.say(S5, S1, note(Leading, v, 1));
        c.run();
        assert_eq!(elected(&c, S1), (!faulty).then_some((Following, ElectedBy::SameRound)));
        c.say(S5, S1, note(Leading, v, 1));
        c.run();
        assert_eq!(elected(&c, S1), Some((Following, ElectedBy::SameRound)), "said twice it is heard");
    }
}
