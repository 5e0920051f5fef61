//! Writes that are done and writes that fail, and disks that are lost: where the server was on its way.

use super::struck::Fault;
use super::{Probes, probe};
use crate::ensemble::{Action, Ensemble, NodeId};
use zablab_protocol::{DiskOp, Phase};

/// A log of which a write is about to fail.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failing {
    /// How many records there are, those that are being written included.
    records: usize,
    /// Whether some of them are being written now.
    writes: bool,
}

/// What is about to fail, if an action is a write that will.
pub(super) fn failing(action: &Action, ensemble: &Ensemble) -> Option<Failing> {
    let Action::DiskDone { node, writer } = action else { return None };
    let disk = &ensemble.node(*node).disk;
    let of_log = disk.will_fail(*writer) && disk.under_way(*writer) == Some(&DiskOp::Sync);
    of_log.then(|| Failing {
        records: disk.storage().log.txns().len(),
        writes: disk.first_unsynced().is_some(),
    })
}

impl Probes {
    pub(super) fn wrote(&mut self, op: &DiskOp) {
        if let DiskOp::Snapshot { file, .. } = op
            && file.snapshot.is_fuzzy()
        {
            probe!(self, FuzzySnapshotWritten);
        }
    }

    pub(super) fn write_failed(&mut self, ensemble: &Ensemble, node: NodeId, op: &DiskOp) {
        let phase = self.phase;
        match (op, phase) {
            (_, Some(Phase::Booting)) => probe!(self, BootFailed),
            (DiskOp::AcceptedEpoch { .. }, _) => probe!(self, AcceptedEpochFailed),
            (DiskOp::CurrentEpoch { .. }, _) => probe!(self, CurrentEpochFailed),
            (DiskOp::Truncate { .. }, _) => probe!(self, TruncationFailed),
            (DiskOp::Snapshot { .. }, Some(Phase::LeaderDiscovery)) => probe!(self, LeaderSnapshotFailed),
            (DiskOp::Snapshot { .. }, Some(Phase::Synchronization(_))) => probe!(self, LearnerSnapshotFailed),
            (DiskOp::SnapshotPart { .. } | DiskOp::Snapshot { .. }, _) => probe!(self, SnapshotThreadFailed),
            (_, Some(Phase::LeaderBroadcast)) => probe!(self, LogFailedInLeaderBroadcast),
            (_, Some(Phase::Broadcast)) => probe!(self, LogFailedInBroadcast),
            (_, Some(Phase::Observation)) => probe!(self, LogFailedInObservation),
            (_, Some(Phase::Synchronization(_))) => probe!(self, LogFailedInSynchronization),
            (_, Some(Phase::Leaving)) => probe!(self, LogFailedInLeaving),
            _ => {}
        }
        let Some(Failing { records, writes: true }) = self.failing.take() else { return };
        let disk = &ensemble.node(node).disk;
        let left = disk.storage().log.txns().len();
        if left == records {
            probe!(self, FailedLogWasThere);
        } else if disk.first_unsynced().is_some() {
            probe!(self, FailedLogWasTorn);
        }
    }

    pub(super) fn disk_lost(&mut self, node: NodeId) {
        match self.phase {
            Some(Phase::LeaderBroadcast) => probe!(self, DiskLostLeading),
            Some(Phase::Broadcast) => probe!(self, DiskLostFollowing),
            Some(Phase::Observation) => probe!(self, DiskLostObserving),
            _ => {}
        }
        *self.ended(node) = Some(Fault::DiskLoss);
    }
}
