//! The leader in broadcast: the end of the counter, and a log writer that dies.

use crate::harness::*;
use zablab_protocol::{
    Decision, Defect, DiskOp, Epoch, GaveUp, Packet, Port, ServerState, Settings, Timer, Writer, Zxid,
};

fn settings(faulty: bool, defects: &[Defect]) -> Settings {
    Settings { defects: defects.iter().copied().filter(|_| faulty).collect(), ..Settings::default() }
}

#[test]
fn zk_1277_the_counter_runs_over_into_an_epoch_that_nobody_chose() {
    for faulty in [false, true] {
        let initial_counter = Some(Zxid::LAST_COUNTER - 1);
        let mut c =
            Cluster::with(3, 0, Settings { initial_counter, ..settings(faulty, &[Defect::NoRolloverGuard]) });
        for sid in [S1, S2, S3] {
            c.start(sid);
        }
        c.settle();
        for path in ["/a", "/b", "/c", "/d"] {
            c.client(S3, create(path));
        }
        let gave_up = |d: &Decision| matches!(d, Decision::GaveUp { why: GaveUp::CounterExhausted, .. });
        assert_eq!(c.decided(S3, gave_up), !faulty);
        let beyond = |d: &Decision| matches!(d, Decision::Proposed { zxid, .. } if zxid.epoch() > Epoch(1));
        assert_eq!(c.decided(S3, beyond), faulty);
        if !faulty {
            continue;
        }
        assert_eq!((c.status(S3).serving, c.status(S3).current_epoch), (true, Epoch(1)));
        assert!(c.shows(S1, "/a"));
        assert!(!c.shows(S1, "/d"), "the zxid of a new epoch is never committed, nor what comes behind it");
        assert!(c.logged(S1).contains(&z(2, 0)));
    }
}

/// Server 3 leads, followed by puppet 1, and its write of /a has failed.
fn failed_write(faulty: bool) -> Cluster {
    let mut c = Cluster::with(3, 0, settings(faulty, &[Defect::LogThreadDiesAlone]));
    c.puppets(&[S1, S2]);
    c.make_lead(S3, &[S1]);
    c.join(S1, S3, Zxid::ZERO, 0);
    c.ask(S3, create("/a"));
    c.fail_disk(S3, Writer::Log);
    c.run();
    c
}

#[test]
fn zk_2247_a_leader_whose_log_writer_has_ended_leads_on() {
    let failed =
        |d: &Decision| matches!(d, Decision::GaveUp { why: GaveUp::DiskFailed { writer: Writer::Log }, .. });
    assert!(failed_write(false).decided(S3, failed));

    let mut c = failed_write(true);
    assert!(!c.decided(S3, failed));
    c.forget();
    for _ in 0..4 {
        c.fire(S3, Timer::HalfTick);
        c.say(S1, S3, Packet::Ping { zxid: z(1, 1), touched: Vec::new() });
        c.run();
    }
    assert_eq!((c.status(S3).state, c.status(S3).serving), (ServerState::Leading, false));
    assert!(c.sent(S3, S1).iter().any(|packet| matches!(packet, Packet::Ping { .. })));
    let origin = zablab_protocol::Origin { session: zablab_protocol::SessionId(77), cxid: 1 };
    c.say(S1, S3, Packet::Request { origin, op: create("/b") });
    c.run();
    assert!(!c.decided(S3, |d| matches!(d, Decision::Proposed { .. })), "nobody takes a request");

    // The next role has a log writer of its own, and reads the disk again.
    c.hang_up(S1, S3, Port::Quorum);
    c.run();
    c.fire(S3, Timer::HalfTick);
    c.fire(S3, Timer::HalfTick);
    c.run();
    assert!(c.decided(S3, |d| matches!(d, Decision::LeftRole { reloaded: true, .. })));
    assert_eq!(c.status(S3).state, ServerState::Looking);
}

#[test]
fn zk_4882_a_follower_claims_what_it_never_logged() {
    for faulty in [false, true] {
        let mut c = Cluster::with(3, 0, settings(faulty, &[Defect::NoMemoryAheadOfDiskCheck]));
        for sid in [S1, S2, S3] {
            c.start(sid);
        }
        c.settle();
        c.client(S3, create("/a"));
        c.hold_disk(S1, |op| *op == DiskOp::Sync);
        c.client(S3, create("/b"));
        assert!(c.shows(S1, "/b"), "the others have committed it");
        // Nothing of it has reached the disk.
        c.fail_disk(S1, Writer::Log);
        c.lose_unsynced(S1);
        assert_eq!(c.logged(S1), [z(1, 1)]);
        c.release_disk(S1);
        c.settle();
        assert_eq!((c.status(S1).leader, c.status(S1).serving), (Some(S3), true));
        c.client(S3, create("/c"));
        let whole = [z(1, 1), z(1, 2), z(1, 3)];
        let hole = [z(1, 1), z(1, 3)];
        assert_eq!(c.logged(S1), if faulty { &hole[..] } else { &whole[..] });
    }
}
