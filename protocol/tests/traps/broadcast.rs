//! Traps 13 to 16: proposals, acknowledgements, commits, and the leader's count of who is still there.

use crate::harness::*;
use zablab_protocol::{
    Change, Decision, DiskOp, ErrorCode, GaveUp, Op, Packet, Port, ServerState, Settings, Sid, Task, Timer,
    Zxid,
};

/// Server 3 leads puppets 1 and 2 in epoch 1, all in broadcast.
fn leader_of_two(settings: Settings) -> Cluster {
    let mut c = Cluster::with(3, 0, settings);
    c.puppets(&[S1, S2]);
    c.make_lead(S3, &[S1]);
    c.join(S1, S3, Zxid::ZERO, 0);
    let last = c.status(S3).last_processed;
    c.join(S2, S3, last, 1);
    c.forget();
    c
}

/// Server 1 follows puppet 3 in epoch 1, in broadcast.
fn follower() -> Cluster {
    let mut c = Cluster::new(3);
    c.puppets(&[S2, S3]);
    c.make_follow(S1, S3);
    c.establish(S3, S1, 1);
    c.say(S3, S1, Packet::Diff { zxid: Zxid::ZERO });
    c.say(S3, S1, Packet::NewLeader { zxid: z(1, 0) });
    c.say(S3, S1, Packet::UpToDate);
    c.run();
    assert!(c.status(S1).serving);
    c.forget();
    c
}

fn committed(c: &Cluster, sid: Sid) -> Vec<Zxid> {
    c.decisions(sid)
        .into_iter()
        .filter_map(|d| match d {
            Decision::Committed { zxid, .. } => Some(*zxid),
            _ => None,
        })
        .collect()
}

fn is_sync(op: &DiskOp) -> bool {
    *op == DiskOp::Sync
}

#[test]
fn trap_13_commits_go_in_order_and_each_needs_its_own_quorum() {
    let mut c = leader_of_two(Settings::default());
    c.hold_disk(S3, is_sync);
    c.client(S3, create("/a"));
    c.client(S3, create("/b"));
    // ACKs do not come in this order from a real follower.
    c.ack(S1, S3, z(1, 2));
    c.ack(S2, S3, z(1, 2));
    assert_eq!(
        committed(&c, S3),
        [],
        "/b has its quorum, but /a is outstanding, and an ACK of /b is none of /a"
    );
    c.ack(S1, S3, z(1, 1));
    assert_eq!(committed(&c, S3), []);
    c.ack(S2, S3, z(1, 1));
    assert_eq!(committed(&c, S3), [z(1, 1)], "the commit does not look at the next proposal again");
    assert!(!c.shows(S3, "/b"));
    c.release_disk(S3);
    c.run();
    assert_eq!(committed(&c, S3), [z(1, 1), z(1, 2)], "the next ACK of it does: here the leader's own");
    for sid in [S1, S2] {
        let commits: Vec<Packet> =
            c.sent(S3, sid).into_iter().filter(|p| matches!(p, Packet::Commit { .. })).collect();
        assert_eq!(commits, [Packet::Commit { zxid: z(1, 1) }, Packet::Commit { zxid: z(1, 2) }]);
    }
}

#[test]
fn trap_13_a_minority_commits_nothing_and_nobody_counts_twice() {
    let mut c = Cluster::new(5);
    c.puppets(&[S1, S2, S4, S5]);
    c.make_lead(S3, &[S1, S2]);
    for sid in [S1, S2] {
        c.info(sid, S3, 0, false);
    }
    for sid in [S1, S2] {
        c.ack_epoch(sid, S3, Zxid::ZERO, Some(0));
    }
    for sid in [S1, S2] {
        c.ack(sid, S3, z(1, 0));
    }
    c.client(S3, create("/a"));
    for _ in 0..3 {
        c.ack(S1, S3, z(1, 1));
    }
    assert_eq!(committed(&c, S3), [], "1 and 3 of five");
    c.ack(S2, S3, z(1, 1));
    assert_eq!(committed(&c, S3), [z(1, 1)]);
    c.ack(S1, S3, z(1, 1));
    c.client(S3, create("/b"));
    c.ack(S1, S3, z(1, 7));
    assert!(
        c.decided(S3, |d| matches!(d, Decision::AckOfFuture { sid: S1, zxid, .. } if *zxid == z(1, 7))),
        "an ACK of what was not proposed is passed over"
    );
    assert_eq!(committed(&c, S3), [z(1, 1)], "as is one of what is committed");
}

#[test]
fn trap_13_a_commit_out_of_order_ends_the_follower() {
    let mut c = follower();
    for counter in [1, 2] {
        c.say(S3, S1, Packet::Proposal(txn(1, counter)));
    }
    c.say(S3, S1, Packet::Commit { zxid: z(1, 2) });
    c.run();
    let exit = c.exit_of(S1).expect("it must not apply /b before /a");
    assert_eq!(exit.code(), 12);
}

#[test]
fn trap_14_a_follower_acknowledges_after_the_fsync() {
    let mut c = follower();
    c.hold_disk(S1, is_sync);
    c.say(S3, S1, Packet::Proposal(txn(1, 1)));
    c.say(S3, S1, Packet::Commit { zxid: z(1, 1) });
    c.run();
    assert_eq!(c.course(S1), ["append 0x100000001", "fsync log"], "written, but it would not survive");
    assert!(c.shows(S1, &path_of(1, 1)), "a quorum has it: applying does not wait for the own fsync");
    c.release_disk(S1);
    c.run();
    assert_eq!(c.course(S1)[2..], ["+fsync log", "ACK 0x100000001"]);

    // And indeed: what is not acknowledged is gone after a power failure.
    c.hold_disk(S1, is_sync);
    c.say(S3, S1, Packet::Proposal(txn(1, 2)));
    c.run();
    assert_eq!(c.logged(S1).len(), 2);
    c.power_off(S1);
    assert_eq!(c.logged(S1), [z(1, 1)]);
}

#[test]
fn trap_14_one_fsync_acknowledges_a_batch_in_order_and_delays_the_next() {
    let mut c = follower();
    c.hold_task(S1, |task| *task == Task::Log);
    c.hold_disk(S1, is_sync);
    for counter in 1..=3 {
        c.say(S3, S1, Packet::Proposal(txn(1, counter)));
    }
    c.run();
    for _ in 1..=3 {
        c.run_task(S1, Task::Log);
    }
    c.release_task(S1);
    c.say(S3, S1, Packet::Proposal(txn(1, 4)));
    c.run();
    let batch = ["append 0x100000001", "append 0x100000002", "append 0x100000003", "fsync log"];
    assert_eq!(c.course(S1), batch, "the fourth waits for the fsync under way");
    c.release_disk(S1);
    c.run();
    assert_eq!(
        c.course(S1)[4..],
        [
            "+fsync log",
            "ACK 0x100000001",
            "ACK 0x100000002",
            "ACK 0x100000003",
            "append 0x100000004",
            "fsync log",
            "+fsync log",
            "ACK 0x100000004"
        ]
    );
}

#[test]
fn trap_14_a_full_batch_is_flushed_though_more_is_queued() {
    let mut c = Cluster::with(3, 0, Settings { max_batch_size: 2, ..Settings::default() });
    c.puppets(&[S1, S2]);
    c.make_lead(S3, &[S1]);
    c.join(S1, S3, Zxid::ZERO, 0);
    c.forget();
    for path in ["/a", "/b", "/c"] {
        c.ask(S3, create(path));
    }
    c.run();
    let disk: Vec<String> = c.course(S3).into_iter().filter(|text| !text.starts_with("PROPOSAL")).collect();
    assert_eq!(
        disk,
        [
            "append 0x100000001",
            "append 0x100000002",
            "fsync log",
            "+fsync log",
            "append 0x100000003",
            "fsync log",
            "+fsync log"
        ]
    );
}

#[test]
fn trap_14_the_leaders_own_ack_is_one_among_the_others() {
    let mut c = leader_of_two(Settings::default());
    c.hold_disk(S3, is_sync);
    let origin = c.client(S3, create("/a"));
    c.ack(S1, S3, z(1, 1));
    assert_eq!(
        committed(&c, S3),
        [],
        "one follower, and the leader has not fsynced: its own does not count yet"
    );
    c.ack(S2, S3, z(1, 1));
    assert_eq!(committed(&c, S3), [z(1, 1)], "two followers are a quorum without it");
    assert_eq!(c.outcome(origin), Some((z(1, 1), Ok(()))));
    assert_eq!(c.durable(S3), 0);

    let origin = c.client(S3, create("/b"));
    c.ack(S1, S3, z(1, 2));
    assert_eq!(c.outcome(origin), None);
    c.release_disk(S3);
    c.run();
    assert_eq!(c.outcome(origin), Some((z(1, 2), Ok(()))), "one follower and the leader");
}

/// initLimit 2 and syncLimit 1: a learner counts for three ticks after it was accepted.
fn impatient() -> Settings {
    Settings { init_limit: 2, sync_limit: 1, ..Settings::default() }
}

fn half_ticks(c: &mut Cluster, n: usize) {
    for _ in 0..n {
        c.fire(S3, Timer::HalfTick);
        c.run();
    }
}

fn leads(c: &Cluster) -> bool {
    c.status(S3).state == ServerState::Leading
}

fn lost_quorum(c: &Cluster) -> bool {
    c.decided(S3, |d| {
        matches!(
            d,
            Decision::GaveUp { why: GaveUp::LostQuorum { only, .. }, .. } if *only == [S3]
        )
    })
}

#[test]
fn trap_15_a_handler_counts_as_synced_from_accept_until_its_deadline() {
    let mut c = Cluster::with(3, 0, impatient());
    c.puppets(&[S1, S2]);
    c.make_lead(S3, &[S1]);
    c.join(S1, S3, Zxid::ZERO, 0);
    // Server 2 sends FOLLOWERINFO and then nothing; server 1 goes.
    half_ticks(&mut c, 2);
    c.info(S2, S3, 0, false);
    c.hang_up(S1, S3, Port::Quorum);
    c.run();
    for tick in 1..=3 {
        half_ticks(&mut c, 2);
        assert!(leads(&c), "tick {tick}: 2 is in discovery, and counts");
    }
    half_ticks(&mut c, 1);
    assert!(leads(&c), "half a tick does not count");
    half_ticks(&mut c, 1);
    assert!(!leads(&c) && lost_quorum(&c));
}

#[test]
fn trap_15_after_uptodate_every_packet_moves_the_deadline() {
    let pong = Packet::Ping { zxid: z(1, 0), touched: Vec::new() };
    let mut c = Cluster::with(3, 0, impatient());
    c.puppets(&[S1, S2]);
    c.make_lead(S3, &[S1]);
    c.join(S1, S3, Zxid::ZERO, 0);
    for _ in 0..8 {
        c.say(S1, S3, pong.clone());
        half_ticks(&mut c, 2);
        assert!(leads(&c), "it answers within every tick");
    }
    half_ticks(&mut c, 1);
    assert!(leads(&c));
    half_ticks(&mut c, 1);
    assert!(lost_quorum(&c), "syncLimit ticks after its last packet, and not initLimit + syncLimit");
}

#[test]
fn trap_15_quorum_loss_is_tested_on_every_second_half_tick() {
    for before in [0, 1, 2, 3] {
        let mut c = leader_of_two(Settings::default());
        half_ticks(&mut c, before);
        c.hang_up(S1, S3, Port::Quorum);
        c.hang_up(S2, S3, Port::Quorum);
        c.run();
        assert!(leads(&c), "closed connections alone change nothing");
        half_ticks(&mut c, 1);
        assert_eq!(leads(&c), before % 2 == 0, "after {before} half-ticks the next one tests, or does not");
        if leads(&c) {
            half_ticks(&mut c, 1);
        }
        assert!(lost_quorum(&c));
    }
}

#[test]
fn trap_15_every_half_tick_pings() {
    let mut c = leader_of_two(Settings::default());
    c.client(S3, create("/a"));
    c.forget();
    for n in 1..=3 {
        half_ticks(&mut c, 1);
        assert_eq!(
            c.sent(S3, S1),
            vec![Packet::Ping { zxid: z(1, 1), touched: Vec::new() }; n],
            "with the last proposed zxid"
        );
    }

    // A follower answers with the same packet, from UPTODATE on.
    let mut c = follower();
    c.say(S3, S1, Packet::Ping { zxid: z(1, 4), touched: Vec::new() });
    c.run();
    assert_eq!(c.sent(S1, S3), [Packet::Ping { zxid: z(1, 4), touched: Vec::new() }]);
}

#[test]
fn trap_16_failed_writes_consume_zxids_and_reads_do_not() {
    let mut c = Cluster::new(3);
    [S1, S2, S3].iter().for_each(|sid| c.start(*sid));
    c.settle();
    let set = |version| Op::SetData { path: "/a".into(), data: "x".into(), version };
    let read = |path: &str| Op::get(path);
    let outcome = |c: &mut Cluster, sid, op| {
        let origin = c.client(sid, op);
        let (zxid, result) = c.outcome(origin).expect("answered");
        (zxid, result.map(|_| ()))
    };
    assert_eq!(outcome(&mut c, S3, create("/a")), (z(1, 1), Ok(())));
    assert_eq!(outcome(&mut c, S1, create("/a")), (z(1, 2), Err(ErrorCode::NodeExists)));
    assert_eq!(outcome(&mut c, S2, set(Some(7))), (z(1, 3), Err(ErrorCode::BadVersion)));
    assert_eq!(outcome(&mut c, S2, read("/a")), (z(1, 3), Ok(())));
    assert_eq!(outcome(&mut c, S2, read("/b")), (z(1, 3), Err(ErrorCode::NoNode)));
    assert_eq!(outcome(&mut c, S3, read("/a")), (z(1, 3), Ok(())));
    assert_eq!(outcome(&mut c, S1, set(Some(0))), (z(1, 4), Ok(())));
    for sid in [S1, S2, S3] {
        let log = c.disk(sid).log.txns();
        assert_eq!(c.logged(sid), [z(1, 1), z(1, 2), z(1, 3), z(1, 4)]);
        assert_eq!(
            log[1].change,
            Change::Error { code: ErrorCode::NodeExists },
            "a failed write is logged like any other"
        );
        assert!(matches!(log[2].change, Change::Error { .. }));
        assert_eq!(c.status(sid).last_processed, z(1, 4));
    }
}
