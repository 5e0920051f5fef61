//! What a fault meets: where the server was on its way, and what its disk had not made durable.

use super::{Probes, probe};
use crate::check::Seen;
use crate::ensemble::{Action, Ensemble, NodeId};
use zablab_protocol::{Phase, SyncMode};

/// What ends a process, or makes it stand still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Kill,
    PowerOff,
    Pause,
    DiskLoss,
}

/// A server as a fault finds it.
#[derive(Clone, Debug)]
pub(super) struct Before {
    node: NodeId,
    /// How much of the log there was, and how much of it was durable.
    logged: usize,
    synced: usize,
    snapshots: usize,
}

impl Probes {
    /// A fault is about to hit a server that runs.
    pub(super) fn strike(&mut self, action: &Action, node: NodeId, ensemble: &Ensemble) {
        if ensemble.client(node).is_some() {
            return;
        }
        let server = ensemble.node(node);
        let Some(peer) = server.peer() else { return };
        let fault = match action {
            Action::Kill(_) => Fault::Kill,
            Action::PowerOff(..) => Fault::PowerOff,
            _ => Fault::Pause,
        };
        match (fault, peer.phase()) {
            (Fault::Kill, Phase::Election) => probe!(self, KilledInElection),
            (Fault::Kill, Phase::LeaderDiscovery) => probe!(self, KilledInLeaderDiscovery),
            (Fault::Kill, Phase::LeaderSynchronization) => probe!(self, KilledInLeaderSynchronization),
            (Fault::Kill, Phase::LeaderBroadcast) => probe!(self, KilledInLeaderBroadcast),
            (Fault::Kill, Phase::Discovery) => probe!(self, KilledInDiscovery),
            (Fault::Kill, Phase::Synchronization(Some(SyncMode::Diff))) => probe!(self, KilledInDiff),
            (Fault::Kill, Phase::Synchronization(Some(SyncMode::Trunc))) => probe!(self, KilledInTrunc),
            (Fault::Kill, Phase::Synchronization(Some(SyncMode::Snap))) => probe!(self, KilledInSnap),
            (Fault::Kill, Phase::AwaitUpToDate) => probe!(self, KilledInAwaitUpToDate),
            (Fault::Kill, Phase::Broadcast) => probe!(self, KilledInBroadcast),
            (Fault::Kill, Phase::Observation) => probe!(self, KilledInObservation),
            (Fault::Kill, Phase::Leaving) => probe!(self, KilledInLeaving),
            (Fault::PowerOff, Phase::Election) => probe!(self, PowerLostInElection),
            (Fault::PowerOff, Phase::LeaderDiscovery) => probe!(self, PowerLostInLeaderDiscovery),
            (Fault::PowerOff, Phase::LeaderSynchronization) => probe!(self, PowerLostInLeaderSynchronization),
            (Fault::PowerOff, Phase::LeaderBroadcast) => probe!(self, PowerLostInLeaderBroadcast),
            (Fault::PowerOff, Phase::Discovery) => probe!(self, PowerLostInDiscovery),
            (Fault::PowerOff, Phase::Synchronization(Some(SyncMode::Diff))) => probe!(self, PowerLostInDiff),
            (Fault::PowerOff, Phase::Synchronization(Some(SyncMode::Trunc))) => {
                probe!(self, PowerLostInTrunc)
            }
            (Fault::PowerOff, Phase::Synchronization(Some(SyncMode::Snap))) => probe!(self, PowerLostInSnap),
            (Fault::PowerOff, Phase::AwaitUpToDate) => probe!(self, PowerLostInAwaitUpToDate),
            (Fault::PowerOff, Phase::Broadcast) => probe!(self, PowerLostInBroadcast),
            (Fault::PowerOff, Phase::Observation) => probe!(self, PowerLostInObservation),
            (Fault::PowerOff, Phase::Leaving) => probe!(self, PowerLostInLeaving),
            (Fault::Pause, Phase::Election) => probe!(self, PausedInElection),
            (Fault::Pause, Phase::LeaderDiscovery) => probe!(self, PausedInLeaderDiscovery),
            (Fault::Pause, Phase::LeaderSynchronization) => probe!(self, PausedInLeaderSynchronization),
            (Fault::Pause, Phase::LeaderBroadcast) => probe!(self, PausedInLeaderBroadcast),
            (Fault::Pause, Phase::Discovery) => probe!(self, PausedInDiscovery),
            (Fault::Pause, Phase::Synchronization(Some(SyncMode::Diff))) => probe!(self, PausedInDiff),
            (Fault::Pause, Phase::Synchronization(Some(SyncMode::Trunc))) => probe!(self, PausedInTrunc),
            (Fault::Pause, Phase::Synchronization(Some(SyncMode::Snap))) => probe!(self, PausedInSnap),
            (Fault::Pause, Phase::AwaitUpToDate) => probe!(self, PausedInAwaitUpToDate),
            (Fault::Pause, Phase::Broadcast) => probe!(self, PausedInBroadcast),
            (Fault::Pause, Phase::Observation) => probe!(self, PausedInObservation),
            (Fault::Pause, Phase::Leaving) => probe!(self, PausedInLeaving),
            _ => {}
        }
        if fault == Fault::Pause {
            return;
        }
        *self.ended(node) = Some(fault);
        let storage = server.disk.storage();
        if storage.accepted_epoch > storage.current_epoch {
            probe!(self, CrashBetweenEpochs);
        }
        if fault == Fault::PowerOff {
            let log = storage.log.txns();
            let first = server.disk.first_unsynced();
            let synced = first.map_or(log.len(), |first| log.partition_point(|txn| txn.zxid < first));
            let snapshots = storage.snapshots.len();
            self.before = Some(Before { node, logged: log.len(), synced, snapshots });
        }
    }

    /// What a power failure has left.
    pub(super) fn struck(&mut self, seen: &Seen<'_>) {
        let Some(Before { node, logged, synced, snapshots }) = self.before.take() else { return };
        let storage = seen.ensemble.node(node).disk.storage();
        let left = storage.log.txns().len();
        if left < logged {
            probe!(self, PowerTookLog);
            if left > synced {
                probe!(self, PowerTookPartOfLog);
            }
        } else if left > logged {
            probe!(self, PowerBroughtCutBack);
        } else if synced < logged {
            probe!(self, PowerTookNothing);
        }
        if storage.snapshots.len() < snapshots {
            probe!(self, PowerTookSnapshot);
        }
    }
}
