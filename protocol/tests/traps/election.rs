//! Traps 1 to 5: FastLeaderElection and its connections.

use crate::harness::*;
use zablab_protocol::ServerState::{Following, Leading, Looking};
use zablab_protocol::{
    Adopted, Because, Decision, DiskOp, ElectedBy, GaveUp, Ignored, Millis, Notification, OnTimeout, Packet,
    Port, Round, ServerState, Sid, Task, Timer, Vote, Zxid,
};

/// The notifications among some packets.
fn notes(packets: &[Packet]) -> Vec<Notification> {
    packets
        .iter()
        .filter_map(|packet| match packet {
            Packet::Notification(notification) => Some(*notification),
            _ => None,
        })
        .collect()
}

fn elected(cluster: &Cluster, sid: Sid) -> Option<(ServerState, Vote, ElectedBy)> {
    cluster.decisions(sid).into_iter().rev().find_map(|d| match d {
        Decision::Elected { state, vote, by, .. } => Some((*state, *vote, *by)),
        _ => None,
    })
}

/// Who agreed when a quorum did, or `None` if none did.
fn agreed(cluster: &Cluster, sid: Sid) -> Option<Vec<Sid>> {
    cluster.decisions(sid).into_iter().rev().find_map(|d| match d {
        Decision::QuorumAgrees { supporters, .. } => Some(supporters.clone()),
        _ => None,
    })
}

/// Three servers on these disks, all at once: who leads, and why others gave up their own vote.
fn elect(disks: [(&[(i64, u32)], i64); 3]) -> (Sid, Vec<Because>) {
    let mut c = Cluster::new(3);
    for (sid, (log, epoch)) in [S1, S2, S3].into_iter().zip(disks) {
        c.set_disk(sid, disk(log, epoch, epoch));
        c.start(sid);
    }
    c.settle();
    let leader = c.status(S1).leader.unwrap();
    let mut why: Vec<Because> = [S1, S2, S3]
        .iter()
        .flat_map(|sid| c.decisions(*sid))
        .filter_map(|decision| match decision {
            Decision::AdoptedVote { vote, because: Adopted::Better(why), .. } if vote.leader == leader => {
                Some(*why)
            }
            _ => None,
        })
        .collect();
    why.dedup();
    assert!([S1, S2, S3].iter().all(|sid| c.status(*sid).serving && c.status(*sid).leader == Some(leader)));
    (leader, why)
}

#[test]
fn trap_01_votes_compare_current_epoch_then_zxid_then_sid() {
    // Server 1 has a newer currentEpoch and an empty log; server 2 the larger zxid; server 3 the largest sid.
    let log: &[(i64, u32)] = &[(1, 1), (1, 2)];
    assert_eq!(
        elect([(&[], 4), (log, 3), (&log[..1], 3)]),
        (S1, vec![Because::PeerEpoch]),
        "currentEpoch goes first, and it is the file's, not that of the last zxid"
    );
    assert_eq!(elect([(log, 3), (&log[..1], 3), (&[], 3)]).0, S1, "then the zxid");
    assert_eq!(elect([(log, 1), (log, 1), (log, 1)]), (S3, vec![Because::Sid]), "then the sid");
}

#[test]
fn trap_01_a_vote_carries_the_current_epoch_file_and_not_the_epoch_of_the_zxid() {
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S3]);
    c.set_disk(S2, disk(&[(1, 1)], 7, 5));
    c.start(S2);
    c.run();
    assert_eq!(
        notes(&c.heard(S1)),
        [Notification { state: Looking, vote: vote(S2, z(1, 1), 5), round: Round(1) }]
    );
}

#[test]
fn trap_02_own_vote_counts_only_after_its_loopback() {
    let mut c = Cluster::new(3);
    c.puppets(&[S2, S3]);
    c.start(S1);
    c.link(S3, S1);
    c.forget();
    c.hold_task(S1, |task| *task == Task::Main);
    c.say(S3, S1, note(Looking, vote(S3, Zxid::ZERO, 0), 1));
    c.run();
    c.run_task(S1, Task::Main);
    assert!(c.decided(S1, |d| matches!(d, Decision::AdoptedVote { from: S3, .. })));
    assert_eq!(agreed(&c, S1), None, "server 1 has adopted the vote and has not heard itself");
    assert!(c.armed(S1, Timer::FinalizeWait).is_none());
    c.run_task(S1, Task::Main);
    assert_eq!(agreed(&c, S1), Some(vec![S1, S3]));
    assert!(c.armed(S1, Timer::FinalizeWait).is_some());
}

/// Server 1 of three is LOOKING in round 1; 2 says that it follows 3, then 3 that it leads, in this round and with
/// these peerEpochs.
fn join_settled(round: u64, epochs: (i64, i64)) -> Cluster {
    let mut c = Cluster::new(3);
    c.puppets(&[S2, S3]);
    c.start(S1);
    c.link(S2, S1);
    c.link(S3, S1);
    c.say(S2, S1, note(Following, vote(S3, Zxid::ZERO, epochs.0), round));
    c.run();
    assert_eq!(elected(&c, S1), None, "one follower is no quorum");
    c.say(S3, S1, note(Leading, vote(S3, z(1, 1), epochs.1), round));
    c.run();
    c
}

#[test]
fn trap_02_settled_votes_of_the_same_round_agree_by_leader_alone() {
    let c = join_settled(1, (1, 2));
    let (state, vote_of, by) = elected(&c, S1).expect("zxid and peerEpoch do not matter");
    assert_eq!((state, by), (Following, ElectedBy::SameRound));
    assert_eq!(vote_of, vote(S3, z(1, 1), 2), "the vote that finished it is taken over");
}

#[test]
fn trap_02_settled_votes_of_another_round_agree_by_leader_and_epoch() {
    let mut c = join_settled(6, (1, 2));
    assert_eq!(elected(&c, S1), None, "epoch 1 is not epoch 2");
    c.say(S2, S1, note(Following, vote(S3, z(1, 9), 2), 6));
    c.run();
    let (state, _, by) = elected(&c, S1).expect("the zxid does not matter");
    assert_eq!((state, by), (Following, ElectedBy::Settled));
    assert_eq!(c.status(S1).round, Round(6), "its clock is the ensemble's now");
}

#[test]
fn trap_02_a_leading_vote_needs_a_quorum_and_a_quorum_needs_the_leaders_own_word() {
    let mut c = Cluster::new(5);
    c.puppets(&[S2, S3, S4, S5]);
    c.start(S1);
    [S2, S3, S4, S5].iter().for_each(|sid| c.link(*sid, S1));
    let v = vote(S5, Zxid::ZERO, 1);
    for sid in [S2, S3, S4] {
        c.say(sid, S1, note(Following, v, 9));
    }
    c.run();
    assert_eq!(elected(&c, S1), None, "three say so, but 5 does not");
    c.say(S5, S1, note(Leading, v, 9));
    c.run();
    assert!(elected(&c, S1).is_some());

    let c = {
        let mut c = Cluster::new(5);
        c.puppets(&[S2, S3, S4, S5]);
        c.start(S1);
        c.link(S5, S1);
        c.say(S5, S1, note(Leading, v, 9));
        c.run();
        c
    };
    assert_eq!(elected(&c, S1), None, "5 says so, but nobody else");
}

#[test]
fn trap_02_a_looking_vote_supports_a_settled_one_only_if_equal_in_full() {
    // Server 1 has adopted 5's LOOKING vote; then 5 leads and 4 follows, before or after the sync raised peerEpoch.
    for (epoch, joins) in [(0, true), (1, false)] {
        let mut c = Cluster::new(5);
        c.puppets(&[S2, S3, S4, S5]);
        c.start(S1);
        c.link(S4, S1);
        c.link(S5, S1);
        c.say(S5, S1, note(Looking, vote(S5, Zxid::ZERO, 0), 1));
        c.run();
        assert_eq!(c.status(S1).vote, vote(S5, Zxid::ZERO, 0));
        let v = vote(S5, Zxid::ZERO, epoch);
        c.say(S4, S1, note(Following, v, 1));
        c.say(S5, S1, note(Leading, v, 1));
        c.run();
        assert_eq!(elected(&c, S1).is_some(), joins, "votes of epoch {epoch}: server 1's own is for epoch 0");
    }
}

#[test]
fn trap_02_a_settled_vote_shows_the_new_epoch_with_the_old_zxid_and_round() {
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.set_disk(S3, disk(&[(1, 1)], 4, 1));
    c.make_lead(S3, &[S1]);
    c.link(S2, S3);
    for (serving, epoch) in [(false, 1), (true, 5)] {
        if serving {
            c.join(S1, S3, z(1, 1), 1);
        }
        c.forget();
        c.say(S2, S3, note(Looking, vote(S2, Zxid::ZERO, 0), 7));
        c.run();
        let answer = Notification { state: Leading, vote: vote(S3, z(1, 1), epoch), round: Round(1) };
        assert_eq!(notes(&c.sent(S3, S2)), [answer], "serving: {serving}");
    }
}

#[test]
fn trap_03_an_inferior_vote_of_the_same_round_gets_no_reply() {
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.set_disk(S3, disk(&[], 0, 0));
    c.start(S3);
    c.link(S1, S3);
    c.forget();
    c.say(S1, S3, note(Looking, vote(S1, Zxid::ZERO, 0), 1));
    c.run();
    assert!(c.decided(S3, |d| matches!(d, Decision::KeptVote { from: S1, .. })));
    assert_eq!(c.sent(S3, S1), [], "the same round, however inferior");

    // A sender whose round is over is told at once, before its vote is even looked at.
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.start(S3);
    c.link(S1, S3);
    c.say(S1, S3, note(Looking, vote(S1, Zxid::ZERO, 0), 4));
    c.run();
    c.forget();
    c.hold_task(S3, |_| true);
    c.say(S1, S3, note(Looking, vote(S1, Zxid::ZERO, 0), 3));
    c.run();
    assert_eq!(
        notes(&c.sent(S3, S1)),
        [Notification { state: Looking, vote: vote(S3, Zxid::ZERO, 0), round: Round(4) }]
    );
}

#[test]
fn trap_03_the_back_off_doubles_and_is_never_reset() {
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.start(S3);
    c.link(S1, S3);
    assert_eq!(c.armed(S3, Timer::Notification), Some(Millis(200)));
    for next in [400, 800, 1600] {
        c.fire(S3, Timer::Notification);
        c.run();
        assert_eq!(c.armed(S3, Timer::Notification), Some(Millis(next)));
    }
    c.say(S1, S3, note(Looking, vote(S1, Zxid::ZERO, 0), 1));
    c.run();
    assert_eq!(
        c.armed(S3, Timer::Notification),
        Some(Millis(1600)),
        "a message starts the wait again and does not shorten it"
    );
    c.say(S1, S3, note(Looking, vote(S1, Zxid::ZERO, 0), 2));
    c.run();
    assert_eq!(c.armed(S3, Timer::Notification), Some(Millis(1600)), "nor does a newer round");
    for _ in 0..9 {
        c.fire(S3, Timer::Notification);
        c.run();
    }
    assert_eq!(c.armed(S3, Timer::Notification), Some(Millis(60_000)));
}

#[test]
fn trap_03_the_timer_either_sends_again_or_connects_again() {
    let did = |c: &Cluster| {
        c.decisions(S3).into_iter().find_map(|d| match d {
            Decision::NotificationTimeout { did, .. } => Some(*did),
            _ => None,
        })
    };
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.deaf(S1, true);
    c.deaf(S2, true);
    c.start(S3);
    c.run();
    c.forget();
    c.fire(S3, Timer::Notification);
    c.run();
    assert_eq!(did(&c), Some(OnTimeout::ConnectedAgain));
    let dials =
        |c: &Cluster| c.events(S3).filter(|event| matches!(event, Event::Dialled(Port::Election, _))).count();
    assert_eq!(dials(&c), 2);
    assert!(!c.decided(S3, |d| matches!(d, Decision::Heard { .. })), "nothing was sent, not even to itself");

    // Server 1 takes what is sent; server 2 stays away.
    c.deaf(S1, false);
    c.link(S1, S3);
    c.forget();
    c.fire(S3, Timer::Notification);
    c.run();
    assert_eq!(did(&c), Some(OnTimeout::SentAgain));
    assert_eq!(notes(&c.sent(S3, S1)).len(), 1);
    assert!(c.decided(S3, |d| matches!(d, Decision::Heard { from: S3, .. })));

    // With both linked and a message taken by each, nobody is dialled.
    c.deaf(S2, false);
    c.link(S2, S3);
    c.forget();
    c.fire(S3, Timer::Notification);
    c.run();
    assert_eq!(dials(&c), 0);
    assert_eq!((c.sent(S3, S1).len(), c.sent(S3, S2).len()), (1, 1));
}

/// Server 1 follows puppet 3 and loses it; the teardown of its role is held.
fn leaving_follower() -> Cluster {
    let mut c = Cluster::new(3);
    c.puppets(&[S2, S3]);
    c.make_follow(S1, S3);
    c.hold_task(S1, |task| *task == Task::Main);
    c.hang_up(S3, S1, Port::Quorum);
    c.run();
    c.run_task(S1, Task::Main);
    assert!(c.decided(S1, |d| matches!(d, Decision::GaveUp { why: GaveUp::LeaderGone { leader: S3 }, .. })));
    c.forget();
    c
}

#[test]
fn trap_04_a_server_that_shuts_its_role_down_answers_and_queues_nothing() {
    let mut c = leaving_follower();
    let better = vote(S2, z(1, 9), 9);
    c.say(S2, S1, note(Looking, better, 8));
    c.run();
    assert_eq!(
        notes(&c.sent(S1, S2)),
        [Notification { state: Following, vote: vote(S3, Zxid::ZERO, 0), round: Round(1) }],
        "it answers with the vote of its last election, in its last state"
    );
    c.release_task(S1);
    c.run();
    let status = c.status(S1);
    assert_eq!((status.state, status.round), (Looking, Round(2)));
    assert_eq!(status.vote, vote(S1, Zxid::ZERO, 0), "the better vote was not kept for the new election");
    c.say(S2, S1, note(Looking, better, 8));
    c.run();
    assert_eq!(c.status(S1).vote, better, "said again, it counts: only now is the server LOOKING");
}

#[test]
fn trap_04_a_leader_answers_and_queues_nothing_while_it_shuts_down() {
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.make_lead(S3, &[S1]);
    c.hold_task(S3, |task| *task == Task::Main);
    c.fire(S3, Timer::LeaderWait);
    c.forget();
    c.say(S1, S3, note(Looking, vote(S1, z(4, 4), 4), 9));
    c.run();
    assert_eq!(notes(&c.sent(S3, S1)).len(), 1);
    assert_eq!(notes(&c.sent(S3, S1))[0].state, Leading);
    c.release_task(S3);
    c.run();
    assert_eq!((c.status(S3).state, c.status(S3).vote.leader), (Looking, S3));
}

#[test]
fn trap_04_what_was_queued_when_the_election_ended_is_forgotten() {
    let mut c = Cluster::new(3);
    c.puppets(&[S2, S3]);
    c.start(S1);
    c.link(S2, S1);
    c.link(S3, S1);
    c.hold_task(S1, |task| *task == Task::Main);
    let v = vote(S3, Zxid::ZERO, 0);
    c.say(S2, S1, note(Following, v, 1));
    c.run();
    c.say(S3, S1, note(Leading, v, 1));
    c.run();
    c.say(S2, S1, note(Looking, vote(S2, z(9, 9), 9), 7));
    c.run();
    c.run_task(S1, Task::Main);
    c.run_task(S1, Task::Main);
    assert!(elected(&c, S1).is_some());
    c.release_task(S1);
    c.run();
    c.hang_up(S3, S1, Port::Quorum);
    c.run();
    let status = c.status(S1);
    assert_eq!((status.state, status.round), (Looking, Round(2)));
    assert_eq!(status.vote, vote(S1, Zxid::ZERO, 0));
}

#[test]
fn finalize_wait_asks_only_whether_a_vote_is_better() {
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S3]);
    c.start(S2);
    c.link(S1, S2);
    c.say(S1, S2, note(Looking, vote(S2, Zxid::ZERO, 0), 1));
    c.run();
    assert_eq!(agreed(&c, S2), Some(vec![S1, S2]));
    c.forget();
    c.say(S1, S2, note(Looking, vote(S1, Zxid::ZERO, 0), 5));
    c.run();
    assert!(c.decided(S2, |d| matches!(
        d,
        Decision::IgnoredNotification { from: S1, why: Ignored::Finalizing, .. }
    )));
    assert_eq!(c.status(S2).round, Round(1), "an inferior vote of a newer round is dropped");
    assert!(c.armed(S2, Timer::FinalizeWait).is_some());
    c.link(S3, S2);
    c.say(S3, S2, note(Looking, vote(S3, Zxid::ZERO, 0), 1));
    c.run();
    assert_eq!(c.status(S2).vote.leader, S3);
}

#[test]
fn trap_05_larger_sid_keeps_the_link() {
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S3]);
    c.start(S2);
    c.run();
    assert!(c.decided(S2, |d| matches!(d, Decision::DroppedConnection { to: S3, .. })));
    assert!(!c.peer_linked(S2, S3), "2 dialled 3, said hello and hung up");
    assert_eq!(c.heard(S3), [Packet::Hello { sid: S2 }]);
    assert!(c.peer_linked(S2, S1), "2 dialled 1 and keeps the link");

    // 3 calls back, and that link stands; it replaces an older one.
    c.link(S3, S2);
    assert!(c.peer_linked(S2, S3));
    assert_eq!(notes(&c.heard(S3)).len(), 1);
    let old = c.conn(S2, S3, Port::Election);
    c.dial(S3, S2, Port::Election);
    c.say(S3, S2, Packet::Hello { sid: S3 });
    c.run();
    assert!(c.peer_linked(S2, S3));
    assert_ne!(c.conn(S2, S3, Port::Election), old, "the newer link replaces it");

    // A call of 1 kills the working link with 1, and 2 calls back.
    c.forget();
    c.dial(S1, S2, Port::Election);
    c.say(S1, S2, Packet::Hello { sid: S1 });
    c.run();
    let events: Vec<&Event> =
        c.events(S2).filter(|event| matches!(event, Event::Closed(..) | Event::Dialled(..))).collect();
    assert_eq!(
        events,
        [
            &Event::Closed(S1, Port::Election),
            &Event::Closed(S1, Port::Election),
            &Event::Dialled(Port::Election, S1)
        ]
    );
    assert!(c.peer_linked(S2, S1));
    assert_eq!(c.sent(S2, S1).len(), 2, "hello, and the last message once more: {:?}", c.sent(S2, S1));
}

#[test]
fn trap_05_a_queue_of_one_survives_disconnects() {
    let mut c = Cluster::new(3);
    c.puppets(&[S2, S3]);
    c.deaf(S3, true);
    c.start(S1);
    c.link(S2, S1);
    // Server 1 changes its mind twice while 3 cannot be reached.
    c.say(S2, S1, note(Looking, vote(S2, Zxid::ZERO, 0), 1));
    c.run();
    c.say(S2, S1, note(Looking, vote(S2, z(1, 1), 1), 3));
    c.run();
    c.deaf(S3, false);
    c.forget();
    c.dial(S3, S1, Port::Election);
    c.say(S3, S1, Packet::Hello { sid: S3 });
    c.run();
    let newest = Notification { state: Looking, vote: vote(S2, z(1, 1), 1), round: Round(3) };
    assert_eq!(notes(&c.sent(S1, S3)), [newest], "only the newest vote has waited");

    // The link breaks: the last message is sent once more on the next one.
    c.hang_up(S3, S1, Port::Election);
    c.run();
    c.forget();
    c.link(S3, S1);
    assert_eq!(notes(&c.sent(S1, S3)), [newest]);
}

#[test]
fn trap_05_a_broken_link_is_mended_only_by_the_next_message() {
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.make_lead(S3, &[S1]);
    c.forget();
    c.hang_up(S1, S3, Port::Election);
    c.run();
    assert!(c.decided(S3, |d| matches!(d, Decision::ChannelBroken { with: S1, .. })));
    assert!(
        !c.events(S3).any(|event| matches!(event, Event::Dialled(..))),
        "an idle server does not reconnect"
    );
}

#[test]
fn trap_05_stale_looking_votes_greet_late_joiners() {
    let mut c = Cluster::new(3);
    c.start(S2);
    c.start(S3);
    c.settle();
    assert_eq!(c.status(S2).leader, Some(S3));
    // Their votes for server 1 still wait in the queues: it was down.
    c.forget();
    c.start(S1);
    c.settle();
    for (sid, state) in [(S2, Following), (S3, Leading)] {
        let states: Vec<ServerState> = notes(&c.sent(sid, S1)).iter().map(|n| n.state).collect();
        assert_eq!(states[0], Looking, "{sid} greets with its vote of the past: {states:?}");
        assert!(states.contains(&state), "{sid} answers with its state: {states:?}");
    }
    assert!(c.status(S1).serving && c.status(S1).leader == Some(S3));

    // Now the last messages were answers, but the last message is sent again on any new link.
    c.kill(S1);
    c.run();
    c.forget();
    c.start(S1);
    c.settle();
    for sid in [S2, S3] {
        assert!(notes(&c.sent(sid, S1)).len() >= 2, "the last message, then the answer");
    }
    assert_eq!(c.status(S1).leader, Some(S3));
    assert!(c.disk(S1).current_epoch >= c.disk(S3).current_epoch);
    assert!(!c.events(S1).any(|event| matches!(event, Event::Asked(DiskOp::Truncate { .. }))));
}
