//! State that travels: SNAP, DIFF, and a disk read again give the same tree, sessions and ephemerals.

use crate::alike::Beside;
use crate::harness::*;
use crate::requests::{cases, moves};
use crate::user::User;
use proptest::prelude::*;
use zablab_protocol::{Decision, Op, Settings, Sid, SyncMode};

/// Server 3 leads servers 2 and 4; server 1 is off.
fn without_one(settings: Settings) -> Cluster {
    let mut c = Cluster::with(3, 1, settings);
    [S2, S3].iter().for_each(|sid| c.start(*sid));
    c.settle();
    c.start(S4);
    c.settle();
    assert!([S2, S3, S4].iter().all(|sid| c.status(*sid).serving));
    c.forget();
    c
}

fn synced_by(c: &Cluster, sid: Sid) -> Option<SyncMode> {
    c.decisions(sid).into_iter().find_map(|decision| match decision {
        Decision::Synced { mode, .. } => Some(*mode),
        _ => None,
    })
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn a_late_server_gets_the_same_state(before in moves(), after in moves(), snap in prop::bool::ANY) {
        let settings = Settings { force_snapshot_sync: snap, ..Settings::default() };
        let mut beside = Beside::new(without_one(settings), &[S2, S3, S4], z(1, 0));
        beside.make(before.clone());
        beside.c.start(S1);
        beside.c.settle();
        if snap {
            prop_assert_eq!(synced_by(&beside.c, S1), Some(SyncMode::Snap));
        }
        beside.model.assert_is(beside.c.server(S1));
        // And goes on from there; then its disk gives the state again, and is brought up by a DIFF.
        beside.make(before);
        beside.model.assert_is(beside.c.server(S1));
        beside.c.power_off(S1);
        beside.c.run();
        beside.c.start(S1);
        beside.model.assert_is(beside.c.server(S1));
        beside.make(after);
    }

    #[test]
    fn a_disk_read_again_gives_the_same_state(
        moves in moves(),
        snap_count in prop_oneof![3..12u64, Just(100_000)],
    ) {
        let c = without_one(Settings { snap_count, ..Settings::default() });
        let mut beside = Beside::new(c, &[S2, S3, S4], z(1, 0));
        beside.make(moves.clone());
        for sid in [S2, S3, S4] {
            beside.c.power_off(sid);
        }
        beside.c.run();
        for sid in [S2, S3, S4] {
            beside.c.start(sid);
            beside.model.assert_is(beside.c.server(sid));
        }
    }
}

#[test]
fn a_session_and_its_ephemerals_outlive_every_server() {
    let mut c = without_one(Settings::default());
    let mut user = User::open(&mut c, 1, S2);
    user.must(&mut c, crate::user::ephemeral("/e"));
    for sid in [S2, S3, S4] {
        c.power_off(sid);
    }
    c.run();
    c.pass(100_000);
    [S2, S3].iter().for_each(|sid| c.start(*sid));
    c.settle();
    assert_eq!(user.move_to(&mut c, S3), Some(crate::user::TIMEOUT));
    let stat = c.server(S2).tree().get("/e").unwrap().stat;
    assert_eq!(stat.ephemeral_owner, user.session);
    user.must(&mut c, Op::CloseSession);
    assert!(!c.shows(S2, "/e") && !c.shows(S3, "/e"));
    assert!(c.server(S2).sessions().is_empty());
}
