//! Trap 19 again: snapshots are copied while transactions go on, on their way to a learner and on their way to disk.

use crate::harness::*;
use zablab_protocol::{DiskOp, Op, Packet, Settings, Sid, Snapshot, Task};

fn set(path: &str, data: &str) -> Op {
    Op::SetData { path: path.into(), data: data.into(), version: None }
}

/// The data of /a and /b in a snapshot.
fn data(snapshot: &Snapshot) -> [Option<&str>; 2] {
    ["/a", "/b"].map(|path| snapshot.tree.get(path).map(|node| &*node.data))
}

fn trees_agree(c: &Cluster, sids: &[Sid]) {
    for sid in sids {
        assert!(c.server(*sid).is_whole());
        assert_eq!(c.server(*sid).tree(), c.server(S3).tree(), "{sid}");
    }
}

#[test]
fn trap_19_a_snap_that_is_fuzzy_is_whole_at_newleader() {
    let mut c = Cluster::new(3);
    for sid in [S2, S3] {
        c.set_disk(sid, disk(&[(1, 1)], 1, 1));
        c.start(sid);
    }
    c.settle();
    ["/a", "/b"].into_iter().for_each(|path| {
        c.client(S2, create(path));
    });
    c.hold_packets(S1, S3, |p| matches!(p, Packet::AckEpoch { .. }));
    c.start(S1);
    c.settle();
    let of_one = Task::Handler(c.handler(S3, S1));
    let two = Task::Handler(c.handler(S3, S2));
    c.hold_task(S3, |task| matches!(task, Task::Handler(_)));
    c.release_packets(S1, S3);
    c.run();
    c.forget();
    (0..3).for_each(|_| c.run_task(S3, of_one)); // ACKEPOCH, the choice, the beginning of the SNAP

    // The first half has been copied, /a with it.
    for path in ["/a", "/b"] {
        c.client(S2, set(path, "new"));
        while c.owes(S3, two) {
            c.run_task(S3, two);
            c.run();
        }
    }
    assert_eq!(c.status(S3).last_processed, z(2, 4));
    c.run_task(S3, of_one);
    let sent = c.sent(S3, S1);
    let [Packet::Snap { snapshot }] = &*sent else { panic!("{sent:?}") };
    assert_eq!((snapshot.zxid, snapshot.newest()), (z(2, 2), z(2, 4)));
    assert_eq!(data(snapshot), [Some(""), Some("new")]);

    // With the link broken here, the learner has what its disk has; else all of it before it writes anything.
    c.run();
    assert!(!c.server(S1).is_whole());
    c.hold_disk(S1, |op| matches!(op, DiskOp::Snapshot { .. }));
    c.release_task(S3);
    c.run();
    assert_eq!(c.status(S1).last_processed, z(2, 4));
    trees_agree(&c, &[S1, S2]);
    c.release_disk(S1);
    c.run();
    let file = &c.disk(S1).snapshots.last().unwrap().snapshot;
    assert_eq!((file.zxid, data(file)), (z(2, 4), [Some("new"); 2]));
}

#[test]
fn trap_19_a_fuzzy_file_and_the_log_behind_it_give_the_tree() {
    let mut c = Cluster::with(3, 0, Settings { snap_count: 4, ..Settings::default() });
    [S1, S2, S3].into_iter().for_each(|sid| c.start(sid));
    c.settle();
    let is_part = |op: &DiskOp| matches!(op, DiskOp::SnapshotPart { .. });
    c.hold_disk(S1, is_part);
    ["/a", "/b", "/c", "/d"].into_iter().for_each(|path| {
        c.client(S3, create(path));
    });
    assert!(c.events(S1).any(|event| matches!(event, Event::Asked(op) if is_part(op))));
    let begun = c.status(S1).last_processed;
    let on_disk = |c: &Cluster| c.disk(S1).snapshots.last().unwrap().snapshot.clone();
    // Another beginning would need no other file.
    ["/a", "/d"].into_iter().for_each(|path| {
        c.client(S3, set(path, "new"));
    });
    assert!(on_disk(&c).zxid < z(1, 3), "no part of a file is a file");
    c.release_disk(S1);
    c.run();
    let file = on_disk(&c);
    assert!(file.zxid <= begun && file.zxid < file.newest(), "{} to {}", file.zxid, file.newest());
    assert_eq!(file.newest(), c.status(S1).last_processed);
    let of = |path: &str| file.tree.get(path).map(|node| node.data.to_string());
    assert_eq!(of("/a").as_deref(), Some(""), "of the first piece");
    assert_ne!(file.tree.digest(), c.server(S1).tree().digest());

    c.kill(S1);
    c.start(S1);
    c.run();
    trees_agree(&c, &[S1]);
    // Its log may be shorter than what the snapshot has: then a leader brings the rest before anybody sees the tree.
    let mut storage = c.disk(S1).clone();
    storage.log.truncate(file.zxid);
    c.kill(S1);
    c.set_disk(S1, storage);
    c.hold_packets(S3, S1, |p| matches!(p, Packet::NewLeader { .. }));
    c.start(S1);
    c.run();
    assert!(!c.server(S1).is_whole() && !c.status(S1).serving);
    c.release_packets(S3, S1);
    c.settle();
    assert!(c.status(S1).serving);
    trees_agree(&c, &[S1, S2]);
}
