//! Epoch files that a server cannot start with.

use std::sync::Arc;
use zablab_protocol::{
    Change, Config, Decision, Epoch, Millis, Origin, Output, Peer, PeerType, QuorumVerifier, SessionId,
    Settings, Sid, SnapshotFile, Storage, Txn, Zxid,
};

/// Boots a server on a disk with these epochs, and a transaction of epoch 1 in its log.
fn boot(accepted: i64, current: i64) -> Vec<Output> {
    let members = (1..=3).map(|sid| (Sid(sid), PeerType::Participant));
    let verifier = Arc::new(QuorumVerifier::majority(members).unwrap());
    let config = Arc::new(Config { sid: Sid(1), verifier, settings: Settings::default() });
    let mut disk = Storage {
        accepted_epoch: Some(Epoch(accepted)),
        current_epoch: Some(Epoch(current)),
        ..Storage::default()
    };
    disk.add_snapshot(SnapshotFile { snapshot: Arc::default(), from_leader: false });
    let change =
        Change::Create { path: "/a".into(), data: "".into(), parent_cversion: 1, owner: SessionId::NONE };
    disk.log.append(Arc::new(Txn::new(Zxid::new(Epoch(1), 5), Origin::default(), Millis(0), change)));
    let mut out = Vec::new();
    Peer::boot(config, Millis(0), &disk, &mut out);
    out
}

/// `damaged-epoch-files`.
#[test]
fn epochs_that_contradict_each_other_end_the_server_and_a_low_one_is_raised() {
    let exit = |out: &[Output]| {
        out.iter().find_map(|output| if let Output::Exit(exit) = output { Some(exit.code()) } else { None })
    };
    assert_eq!(exit(&boot(1, 7)), Some(1));
    assert_eq!(exit(&boot(1, 1)), None);
    let low = boot(1, 0);
    assert_eq!(exit(&low), None);
    let raised = Output::Decided(Decision::EpochRaised { from: Epoch(0), to: Epoch(1) });
    assert!(low.contains(&raised), "{low:?}");
}
