//! What the machine decides, with each of its reasons.

use super::struck::Fault;
use super::{Probes, probe};
use crate::ensemble::{Ensemble, NodeId};
use zablab_protocol::{
    Adopted, Because, Change, Decision, Dropped, ElectedBy, Epoch, ErrorCode, GaveUp, Ignored, OnTimeout,
    Phase, Refused, ServerState, SyncMode, SyncRule, Zxid,
};

impl Probes {
    pub(super) fn decided(&mut self, ensemble: &Ensemble, node: NodeId, decision: &Decision) {
        match decision {
            Decision::Heard { .. } | Decision::Committed { .. } | Decision::Proposed { .. } => {}
            Decision::AdoptedVote { because, .. } => match because {
                Adopted::Better(Because::PeerEpoch) => probe!(self, AdoptedByPeerEpoch),
                Adopted::Better(Because::Zxid) => probe!(self, AdoptedByZxid),
                Adopted::Better(Because::Sid) => probe!(self, AdoptedBySid),
                Adopted::NewerRound(Because::PeerEpoch) => probe!(self, NewerRoundByPeerEpoch),
                Adopted::NewerRound(Because::Zxid) => probe!(self, NewerRoundByZxid),
                Adopted::NewerRound(Because::Sid) => probe!(self, NewerRoundBySid),
            },
            Decision::KeptVote { because, .. } => match because {
                Some(Because::PeerEpoch) => probe!(self, KeptByPeerEpoch),
                Some(Because::Zxid) => probe!(self, KeptByZxid),
                Some(Because::Sid) => probe!(self, KeptBySid),
                None => probe!(self, KeptEqual),
            },
            Decision::RoundRaised { .. } => probe!(self, RoundRaised),
            Decision::IgnoredNotification { why, .. } => match why {
                Ignored::OlderRound => probe!(self, OlderRoundTold),
                Ignored::Finalizing => probe!(self, FinalizingIgnored),
                Ignored::NotAVoter | Ignored::EmptyDatabase | Ignored::Observing => {}
            },
            Decision::Reconsidered { .. } => probe!(self, Reconsidered),
            Decision::QuorumAgrees { .. } => probe!(self, QuorumAgrees),
            Decision::Elected { state, by, .. } => {
                match by {
                    ElectedBy::FinalizeWait => probe!(self, ElectedByFinalizeWait),
                    ElectedBy::SameRound => probe!(self, ElectedInSameRound),
                    ElectedBy::Settled => probe!(self, ElectedBySettled),
                    ElectedBy::AllVoted => {}
                }
                match state {
                    ServerState::Leading => probe!(self, ElectedToLead),
                    ServerState::Following => probe!(self, ElectedToFollow),
                    ServerState::Observing => probe!(self, ElectedToObserve),
                    ServerState::Looking => {}
                }
            }
            Decision::NotificationTimeout { did, .. } => match did {
                OnTimeout::SentAgain => probe!(self, TimeoutSentAgain),
                OnTimeout::ConnectedAgain => probe!(self, TimeoutConnectedAgain),
            },
            Decision::CannotOpenChannel { unanswered: false, .. } => probe!(self, DialRefused),
            Decision::CannotOpenChannel { unanswered: true, .. } => probe!(self, DialUnanswered),
            Decision::CallsBack { .. } => probe!(self, CallsBack),
            Decision::DroppedConnection { .. } => probe!(self, DroppedForLargerSid),
            Decision::ChannelBroken { .. } => probe!(self, ChannelBroken),
            Decision::ReachedLeader { .. } => probe!(self, LeaderReached),
            Decision::CannotReachLeader { .. } => probe!(self, LeaderNotReached),
            Decision::LearnerArrived { observer, accepted_epoch, .. } => {
                if *observer {
                    probe!(self, ObserverArrived);
                }
                let own = ensemble.node(node).disk.storage().accepted_epoch;
                if own.is_some_and(|own| own < *accepted_epoch) {
                    probe!(self, AcceptedMoreThanLeader);
                }
            }
            Decision::EpochChosen { from, .. } => {
                probe!(self, EpochChosen);
                if from.len() > ensemble.nodes.len() / 2 + 1 {
                    probe!(self, EpochChosenByMoreThanQuorum);
                }
            }
            Decision::EpochAccepted { .. } => probe!(self, EpochAccepted),
            Decision::EpochAcceptedBefore { .. } => probe!(self, EpochAcceptedBefore),
            Decision::EpochAckNotCounted { .. } => probe!(self, EpochAckNotCounted),
            Decision::EpochAcked { .. } => probe!(self, EpochAcked),
            Decision::EpochEstablished { .. } => probe!(self, EpochEstablished),
            Decision::EpochRaised { .. } => probe!(self, EpochRaisedAtBoot),
            Decision::GaveUp { why, state } => self.gave_up(why, *state),
            Decision::LearnerDropped { why, .. } => self.dropped(ensemble, node, why),
            Decision::LeftRole { fast_forwarded, reloaded, .. } => {
                if *fast_forwarded > 0 {
                    probe!(self, LeftWithTail);
                }
                if *reloaded {
                    probe!(self, LeftAndReloaded);
                }
            }
            Decision::SyncChosen { mode, rule, proposals, .. } => self.sync_chosen(*mode, *rule, *proposals),
            Decision::SnapshotSent { .. } => probe!(self, SnapshotSent),
            Decision::Synced { mode, .. } => {
                if ensemble.node(node).peer().is_some_and(|peer| !peer.is_whole()) {
                    probe!(self, FuzzySnapshotSent);
                }
                self.synced(node, *mode);
            }
            Decision::NewLeader { committed, outstanding, .. } => {
                if *committed > 0 {
                    probe!(self, NewLeaderWithCommitted);
                }
                if *outstanding > 0 {
                    probe!(self, NewLeaderWithOutstanding);
                }
            }
            Decision::NewLeaderAcked { .. } => probe!(self, NewLeaderAcked),
            Decision::Supporters { .. } => probe!(self, Supporters),
            Decision::Serving { epoch } => self.serves(ensemble, node, *epoch),
            Decision::SessionOpened { .. } => probe!(self, SessionOpened),
            Decision::SessionClosed { ephemerals: 0, .. } => probe!(self, SessionClosedWithout),
            Decision::SessionClosed { .. } => probe!(self, SessionClosedWithEphemerals),
            Decision::SessionExpiring { .. } => probe!(self, SessionExpires),
            Decision::SessionReturns { valid: true, .. } => probe!(self, SessionReturns),
            Decision::SessionReturns { valid: false, .. } => probe!(self, SessionReturnsTooLate),
            Decision::ClientRefused { why: Refused::NotServing } => probe!(self, ClientRefusedNotServing),
            Decision::ClientRefused { why: Refused::HasSeenMore { .. } } => {
                probe!(self, ClientRefusedHasSeenMore)
            }
            Decision::Forwarded { .. } => probe!(self, RequestForwarded),
            Decision::Applied { txn, .. } => match txn.change {
                Change::Error { code: ErrorCode::SessionMoved } => probe!(self, SessionMoved),
                Change::Error { .. } => probe!(self, WriteFails),
                _ => {}
            },
            Decision::Booted { zxid, replayed, .. } => {
                match (*zxid, *replayed) {
                    (Zxid::ZERO, 0) => probe!(self, BootedFresh),
                    (_, 0) => probe!(self, BootedWithoutReplay),
                    _ => probe!(self, BootedWithReplay),
                }
                let disk = &ensemble.node(node).disk;
                if disk.is_full() {
                    probe!(self, BootedOnFullDisk);
                }
                if disk.storage().snapshots.last().is_some_and(|file| file.snapshot.is_fuzzy()) {
                    probe!(self, BootedFromFuzzySnapshot);
                }
            }
            _ => {}
        }
    }

    fn dropped(&mut self, ensemble: &Ensemble, node: NodeId, why: &Dropped) {
        match why {
            Dropped::Closed => probe!(self, LearnerClosed),
            Dropped::Silent { .. } => probe!(self, LearnerSilent),
            Dropped::WaitedInVain => probe!(self, LearnerWaitedInVain),
            Dropped::Ahead { .. } => probe!(self, LearnerAhead),
            Dropped::ProposalOverdue { .. } => probe!(self, ProposalOverdue),
            Dropped::Superseded => probe!(self, LearnerSuperseded),
            Dropped::UnexpectedPacket { .. } => {}
        }
        let serves = |id: NodeId| ensemble.node(id).status().filter(|status| status.serving);
        let Some(leader) = serves(node) else { return };
        let follows = |status: zablab_protocol::Status| {
            status.state == ServerState::Following && status.current_epoch == leader.current_epoch
        };
        if !ensemble.ids().any(|other| serves(other).is_some_and(follows)) {
            probe!(self, LeaderServesAlone);
        }
    }

    fn gave_up(&mut self, why: &GaveUp, state: ServerState) {
        match why {
            GaveUp::CannotConnect { .. } => probe!(self, CannotConnect),
            GaveUp::LeaderGone { .. } => {
                probe!(self, LeaderGone);
                match self.phase {
                    Some(Phase::Discovery | Phase::Synchronization(None)) => {
                        probe!(self, LeaderGoneInDiscovery)
                    }
                    Some(Phase::Synchronization(Some(_))) => probe!(self, LeaderGoneInSynchronization),
                    Some(Phase::AwaitUpToDate) => probe!(self, LeaderGoneBeforeUpToDate),
                    Some(Phase::Broadcast) => probe!(self, LeaderGoneInBroadcast),
                    _ => {}
                }
            }
            GaveUp::LeaderSilent { .. } => probe!(self, LeaderSilent),
            GaveUp::EpochTooOld { .. } => probe!(self, EpochTooOld),
            GaveUp::EpochWait { .. } => probe!(self, EpochWait),
            GaveUp::EpochAckWait { .. } => probe!(self, EpochAckWait),
            GaveUp::NewLeaderWait { .. } => probe!(self, NewLeaderWait),
            GaveUp::LostQuorum { .. } => probe!(self, LostQuorum),
            GaveUp::CannotTruncate { .. } => probe!(self, CannotTruncate),
            GaveUp::CounterExhausted => probe!(self, CounterUsedUp),
            GaveUp::DiskFailed { .. } => match state {
                ServerState::Leading => probe!(self, DiskFailedLeading),
                ServerState::Following => probe!(self, DiskFailedFollowing),
                ServerState::Observing => probe!(self, DiskFailedObserving),
                ServerState::Looking => {}
            },
            GaveUp::HoleInStream { .. }
            | GaveUp::UnexpectedPacket { .. }
            | GaveUp::VotersChangedMind { .. }
            | GaveUp::CannotListen
            | GaveUp::EpochExhausted => {}
        }
    }

    fn sync_chosen(&mut self, mode: SyncMode, rule: SyncRule, proposals: usize) {
        match rule {
            SyncRule::Forced => probe!(self, RuleForced),
            SyncRule::InSync => probe!(self, RuleInSync),
            SyncRule::LearnerAhead => probe!(self, RuleLearnerAhead),
            SyncRule::Window => probe!(self, RuleWindow),
            SyncRule::OtherEpoch => probe!(self, RuleOtherEpoch),
            SyncRule::LogOnDisk => probe!(self, RuleLogOnDisk),
            SyncRule::LogTooShort => probe!(self, RuleLogTooShort),
            SyncRule::LogTooLarge => probe!(self, RuleLogTooLarge),
            SyncRule::WindowDiverges | SyncRule::Gap | SyncRule::Unhandled => {}
        }
        match mode {
            SyncMode::Diff if proposals > 0 => probe!(self, DiffWithProposals),
            _ => {}
        }
    }

    /// By which mode, and after what.
    fn synced(&mut self, node: NodeId, mode: SyncMode) {
        match mode {
            SyncMode::Diff => probe!(self, SyncedByDiff),
            SyncMode::Trunc => probe!(self, SyncedByTrunc),
            SyncMode::Snap => probe!(self, SyncedBySnap),
        }
        match (mode, self.ended(node).take()) {
            (SyncMode::Diff, Some(Fault::Kill)) => probe!(self, DiffAfterKill),
            (SyncMode::Trunc, Some(Fault::Kill)) => probe!(self, TruncAfterKill),
            (SyncMode::Snap, Some(Fault::Kill)) => probe!(self, SnapAfterKill),
            (SyncMode::Diff, Some(Fault::PowerOff)) => probe!(self, DiffAfterPowerOff),
            (SyncMode::Trunc, Some(Fault::PowerOff)) => probe!(self, TruncAfterPowerOff),
            (SyncMode::Snap, Some(Fault::PowerOff)) => probe!(self, SnapAfterPowerOff),
            (SyncMode::Snap, Some(Fault::DiskLoss)) => probe!(self, SnapAfterLostDisk),
            (SyncMode::Diff, _) => probe!(self, DiffAfterRole),
            (SyncMode::Trunc, _) => probe!(self, TruncAfterRole),
            (SyncMode::Snap, _) => probe!(self, SnapAfterRole),
        }
    }

    fn serves(&mut self, ensemble: &Ensemble, node: NodeId, epoch: Epoch) {
        let leads = |status: &zablab_protocol::Status| status.state == ServerState::Leading && status.serving;
        match ensemble.node(node).status().map(|status| status.state) {
            Some(ServerState::Leading) => probe!(self, LeaderServes),
            Some(ServerState::Following) => probe!(self, FollowerServes),
            Some(ServerState::Observing) => probe!(self, ObserverServes),
            _ => {}
        }
        let other = ensemble.nodes.iter().filter_map(|node| node.status());
        let leading: Vec<Epoch> = other.filter(leads).map(|status| status.current_epoch).collect();
        if leading.contains(&epoch) && leading.iter().any(|other| *other != epoch) {
            probe!(self, TwoLeadersServe);
        }
    }
}
