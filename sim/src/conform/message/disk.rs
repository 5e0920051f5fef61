//! The log, the snapshots and the database over them: `FileTxnLog`, `FileSnap`, `FileTxnSnapLog`, `ZKDatabase`.

use super::why::{PIPELINE, REMARKS, SETTINGS, TREE};
use super::{Shape, says, skip};
use crate::conform::event::Event;
use crate::conform::fields::{Fields, hex, number, of_file};
use zablab_protocol::Zxid;

pub(super) const DATABASE: &[Shape] = &[
    says("Snapshot loaded in {} ms, highest zxid is 0x{}", |f| {
        Some(Event::DatabaseLoaded { zxid: hex(f[1])? })
    })
    .of((3, 6, 0), (3, 9, 99)),
    says("On disk txn sync enabled", |_| Some(Event::TxnLogSync { enabled: true })).of((3, 5, 0), (3, 9, 99)),
    says("On disk txn sync disabled", |_| Some(Event::TxnLogSync { enabled: false }))
        .of((3, 5, 0), (3, 9, 99)),
    says("Unable to find proposals from txnlog for zxid: 0x{}", |f| {
        Some(Event::NotInTxnLog { zxid: hex(f[0])? })
    })
    .of((3, 6, 0), (3, 9, 99)),
    says("Unable to find proposals from txnlog for zxid: {}", |f| {
        Some(Event::NotInTxnLog { zxid: Zxid(number(f[0])?) })
    })
    .of((3, 5, 0), (3, 5, 99)),
    says("Txnlog size: {} exceeds sizeLimit: {}", |f| {
        Some(Event::TxnLogTooLarge { size: number(f[0])?, limit: number(f[1])? })
    })
    .of((3, 5, 0), (3, 9, 99)),
    says("zookeeper.commitLogCount={}", |f| {
        Some(Event::Setting { key: "commitLogCount", value: number(f[0])? })
    })
    .of((3, 6, 0), (3, 9, 99)),
    says("zookeeper.snapshotSizeFactor = {}", factor).of((3, 5, 0), (3, 9, 99)),
    skip("The configured", REMARKS),
    skip("Error parsing", REMARKS),
    skip("Error closing file iterator", TREE),
    skip("Unable to get size of most recent snapshot", TREE),
    skip("Unable to read txnlog from disk", TREE),
    skip("This really should be impossible", TREE),
    skip("configuration znode missing", TREE),
    skip("Committed proposal cached out of order", REMARKS),
];

/// In thousandths.
fn factor(f: &Fields<'_>) -> Option<Event> {
    let factor: f64 = number(f[0])?;
    let sane = factor.is_finite() && factor.abs() < 1e12;
    sane.then(|| Event::Setting { key: "snapshotSizeFactor", value: (factor * 1000.0).round() as i64 })
}

pub(super) const FILES: &[Shape] = &[
    says("Snapshotting: 0x{} to {}", |f| Some(Event::Snapshotting { zxid: hex(f[0])? })),
    says("{} txns loaded in {} ms", |f| Some(Event::TxnsLoaded { count: number(f[0])? }))
        .of((3, 6, 0), (3, 9, 99)),
    skip("zookeeper.snapshot.trust.empty", SETTINGS),
    skip("Initialize file found", REMARKS),
    skip("Deleted empty snapshot file", TREE),
    skip("Could not delete empty snapshot file", TREE),
    skip("Highest txn zxid", TREE),
    skip("Unexpected empty data tree", TREE),
    skip("Unable to truncate Txn log", TREE),
    skip("No snapshot found, but there are log entries", TREE),
    skip("{}estZxid) > {}(next log)", TREE),
    skip("{}This should only be allowed during upgrading", TREE),
];

pub(super) const SNAPSHOT: &[Shape] = &[
    says("Reading snapshot {}", |f| Some(Event::ReadingSnapshot { zxid: of_file(f[0], "snapshot.")? })),
    skip("invalid snapshot", TREE),
    skip("problem reading snap file", TREE),
];

pub(super) const LOG: &[Shape] = &[
    says("Creating new log file: {}", |f| Some(Event::NewLogFile { zxid: of_file(f[0], "log.")? })),
    says("Current zxid {} is <= {} for {}", |f| {
        Some(Event::LogOutOfOrder { zxid: Zxid(number(f[0])?), last: Zxid(number(f[1])?) })
    }),
    skip("zookeeper.txnLogSizeLimit", SETTINGS),
    skip("{} is not a valid value for preAllocSize", SETTINGS),
    skip("fsync-ing the write ahead log", TREE),
    skip("Delete empty tail log file", TREE),
    skip("Error closing file iterator", TREE),
    skip("Ignoring exception during close", TREE),
    skip("Unable to truncate", TREE),
    skip("Unexpected exception", TREE),
    skip("EOF exception", TREE),
];

pub(super) const WRITER: &[Shape] = &[
    // 3.4.
    says("Severe unrecoverable error, exiting", |_| Some(Event::Severe)),
    skip("Too busy to snap, skipping", PIPELINE),
];
