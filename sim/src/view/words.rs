//! Decisions in words, for a story.

use super::clients::span;
use crate::ensemble::Ensemble;
use std::borrow::Borrow;
use std::collections::BTreeMap;
use zablab_protocol::{
    Adopted, Because, Decision, Dropped, ElectedBy, GaveUp, OnTimeout, Refused, ServerState, Sid, SyncMode,
    SyncRule, Vote, Zxid,
};

/// What servers are called.
pub(crate) trait Naming {
    /// The name of a server, if it has one.
    fn called(&self, sid: Sid) -> Option<&str>;
}

impl Naming for Ensemble {
    fn called(&self, sid: Sid) -> Option<&str> {
        self.by_sid(sid).map(|id| self.name(id))
    }
}

impl Naming for BTreeMap<Sid, String> {
    fn called(&self, sid: Sid) -> Option<&str> {
        self.get(&sid).map(String::as_str)
    }
}

/// Names in a row: `zk1`, `zk1 and zk2`, `zk1, zk2 and zk3`, with the word that stands before the last.
pub(crate) fn in_a_row<S: Borrow<str>>(names: &[S], word: &str) -> String {
    match names {
        [] => "nobody".to_owned(),
        [one] => one.borrow().to_owned(),
        [first @ .., last] => format!("{} {word} {}", first.join(", "), last.borrow()),
    }
}

/// Turns decisions into words, with these names for the servers.
pub(crate) struct Names<'a>(pub(crate) &'a dyn Naming);

impl Names<'_> {
    pub(crate) fn of(&self, sid: Sid) -> String {
        self.0.called(sid).map_or_else(|| format!("server {sid}"), str::to_owned)
    }

    pub(crate) fn all(&self, sids: &[Sid]) -> String {
        match sids {
            [] => "nobody".to_owned(),
            sids => sids.iter().map(|sid| self.of(*sid)).collect::<Vec<_>>().join(", "),
        }
    }

    fn vote(&self, vote: &Vote) -> String {
        if vote.leader == Sid::NONE {
            return "nobody".to_owned();
        }
        format!("{} (epoch {}, zxid {})", self.of(vote.leader), vote.peer_epoch, vote.zxid)
    }

    /// Which field decides between two votes, with its numbers.
    fn because(&self, because: Because, wins: &Vote, loses: &Vote) -> String {
        match because {
            Because::PeerEpoch => format!("epoch {} > {}", wins.peer_epoch, loses.peer_epoch),
            Because::Zxid => format!("zxid {} > {}", wins.zxid, loses.zxid),
            Because::Sid if loses.leader == Sid::NONE => "it proposes somebody".to_owned(),
            Because::Sid => format!("same epoch and zxid, sid {} > {}", wins.leader, loses.leader),
        }
    }

    /// A decision in words; `None` where the story is better without it.
    pub(crate) fn tell(&self, decision: &Decision) -> Option<String> {
        Some(match decision {
            Decision::Booted { zxid, accepted_epoch, current_epoch, replayed } => {
                let log = match replayed {
                    0 => String::new(),
                    1 => ", 1 transaction replayed".to_owned(),
                    n => format!(", {n} transactions replayed"),
                };
                format!(
                    "is up: acceptedEpoch {accepted_epoch}, currentEpoch {current_epoch}, zxid {zxid}{log}"
                )
            }
            Decision::EpochRaised { from, to } => {
                format!("raises currentEpoch from {from} to {to}: its log is of that epoch")
            }
            Decision::NewElection { round, vote } => {
                format!("LOOKING, round {round}: proposes {}", self.vote(vote))
            }
            Decision::RoundRaised { from, old, round } => {
                format!("leaves round {old} for {}'s round {round}", self.of(*from))
            }
            Decision::AdoptedVote { vote, over, because, .. } => {
                let (Adopted::Better(why) | Adopted::NewerRound(why)) = because;
                format!("now votes for {}: {}", self.vote(vote), self.because(*why, vote, over))
            }
            Decision::QuorumAgrees { vote, supporters, needs } => format!(
                "sees {} agree on {} (needs {needs}); listens 200 ms more",
                self.all(supporters),
                self.of(vote.leader)
            ),
            Decision::Reconsidered { from, vote } => {
                format!("hears of a better vote from {}: {}", self.of(*from), self.vote(vote))
            }
            Decision::NotificationTimeout { next, did, supporters, needs } => {
                let did = match did {
                    OnTimeout::SentAgain => "sends its vote again",
                    OnTimeout::ConnectedAgain => "tries to connect again",
                };
                format!(
                    "hears nothing new, holds votes of {} and needs {needs}; {did}, next time-out {next}",
                    self.all(supporters)
                )
            }
            Decision::Elected { state, vote, by, supporters, .. } => {
                let why = match by {
                    ElectedBy::FinalizeWait | ElectedBy::AllVoted => {
                        format!("elected by {}", self.all(supporters))
                    }
                    ElectedBy::SameRound | ElectedBy::Settled => {
                        format!("{} follow it and it says so itself", self.all(supporters))
                    }
                };
                match state {
                    ServerState::Leading => format!("LEADING: {why}"),
                    state => format!("{state} {}: {why}", self.of(vote.leader)),
                }
            }
            Decision::CannotOpenChannel { to, unanswered } => {
                let why = if *unanswered { "no answer" } else { "refused" };
                format!("cannot open a channel to {}: {why}", self.of(*to))
            }
            Decision::DroppedConnection { to } => {
                format!("drops its connection to {}: the smaller sid does not keep it", self.of(*to))
            }
            Decision::OwnIdCalls => "is called by a server with its own id".to_owned(),
            Decision::CannotReachLeader { leader, tries } => {
                format!("cannot reach {} (tries before: {tries})", self.of(*leader))
            }
            Decision::EpochChosen { epoch, from } => {
                format!("chooses epoch {epoch}, above all that {} had accepted", self.all(from))
            }
            Decision::EpochAccepted { epoch } => format!("accepts epoch {epoch}"),
            Decision::EpochAcceptedBefore { epoch } => {
                format!("had accepted epoch {epoch} before; its answer will not count")
            }
            Decision::EpochAckNotCounted { sid } => {
                format!("does not count {}: it had accepted this epoch before", self.of(*sid))
            }
            Decision::EpochEstablished { epoch, history_to } => {
                format!("establishes epoch {epoch}; its history ends at {history_to}")
            }
            Decision::SyncChosen {
                learner, mode, rule, zxid, peer_last, last_processed, proposals, ..
            } => format!(
                "synchronizes {} by {}: {}",
                self.of(*learner),
                sync_words(*mode, *zxid, *proposals),
                rule_words(*rule, *peer_last, *last_processed)
            ),
            Decision::Synced { mode, zxid, leader } => {
                format!("gets {mode} {zxid} from {}", self.of(*leader))
            }
            Decision::NewLeaderAcked { epoch } => {
                format!("has it on disk, with currentEpoch {epoch}; acknowledges NEWLEADER")
            }
            Decision::Supporters { sids, zxid } => {
                format!("has a quorum of supporters: {}; last processed zxid becomes {zxid}", self.all(sids))
            }
            Decision::Serving { epoch } => format!("serves, epoch {epoch}"),
            Decision::LearnerDropped { sid, why } => {
                let who = sid.map_or_else(|| "a learner".to_owned(), |sid| self.of(sid));
                format!("drops {who}: {}", dropped_words(why))
            }
            Decision::GaveUp { state, why } => format!("stops {state}: {}", self.gave_up(why)),
            Decision::LeftRole { zxid, fast_forwarded, reloaded } => {
                if *fast_forwarded > 0 {
                    let plural = if *fast_forwarded == 1 { "" } else { "s" };
                    format!(
                        "applies {fast_forwarded} logged transaction{plural} nobody committed; zxid {zxid}"
                    )
                } else if *reloaded {
                    format!("reads its disk again, which memory may be ahead of; zxid {zxid}")
                } else {
                    return None;
                }
            }
            Decision::AckOfFuture { sid, zxid } => {
                format!("gets an ACK of {zxid} from {} too early", self.of(*sid))
            }
            Decision::UnmatchedCommit { zxid } | Decision::CommitWithoutProposal { zxid } => {
                format!("gets COMMIT {zxid} without its proposal")
            }
            Decision::NewLeaderAckOfOtherEpoch { sid, zxid } => {
                format!("gets an ACK of NEWLEADER from {} for another epoch: {zxid}", self.of(*sid))
            }
            Decision::Heard { .. }
            | Decision::KeptVote { .. }
            | Decision::IgnoredNotification { .. }
            | Decision::ConnectionRequest
            | Decision::CallsBack { .. }
            | Decision::ChannelOpen { .. }
            | Decision::ChannelBroken { .. }
            | Decision::ReachedLeader { .. }
            | Decision::LearnerArrived { .. }
            | Decision::EpochAcked { .. }
            | Decision::SnapshotSent { .. }
            | Decision::NewLeader { .. }
            | Decision::Proposed { .. }
            | Decision::Committed { .. }
            | Decision::Forwarded { .. }
            | Decision::SessionOpened { .. }
            | Decision::SessionReturns { valid: true, .. }
            | Decision::Applied { .. } => return None,
            Decision::Standalone { zxid } => {
                format!("is the only server in its list: serves alone, from {zxid} on")
            }
            Decision::ClientRefused { why } => match why {
                Refused::NotServing => "sends a client away: it does not serve".to_owned(),
                Refused::HasSeenMore { seen, last } => {
                    format!("sends a client away: it has seen {seen}, and this server only has {last}")
                }
            },
            Decision::SessionReturns { session, valid: false } => {
                format!("tells a client that its session {session} is over")
            }
            Decision::SessionExpiring { session, timeout } => {
                format!("expires session {session}: not heard of for {}", span(*timeout))
            }
            Decision::SessionClosed { session, ephemerals } => match ephemerals {
                0 => format!("closes session {session}"),
                1 => format!("closes session {session}; its ephemeral znode goes with it"),
                n => format!("closes session {session}; its {n} ephemeral znodes go with it"),
            },
        })
    }

    /// Why a role was given up; `None` for any other decision.
    pub(crate) fn reason(&self, decision: &Decision) -> Option<String> {
        match decision {
            Decision::GaveUp { why, .. } => Some(self.gave_up(why)),
            _ => None,
        }
    }

    fn gave_up(&self, why: &GaveUp) -> String {
        match why {
            GaveUp::CannotConnect { leader } => format!("{} cannot be reached", self.of(*leader)),
            GaveUp::LeaderGone { leader } => format!("the connection to {} ended", self.of(*leader)),
            GaveUp::LeaderSilent { leader, after } => {
                format!("{} was silent for {}", self.of(*leader), span(*after))
            }
            GaveUp::EpochTooOld { epoch, accepted } => {
                format!("the leader's epoch {epoch} is below {accepted}, which it has accepted")
            }
            GaveUp::HoleInStream { last, got } => format!("{got} came after {last}"),
            GaveUp::CannotTruncate { zxid } => format!("its log cannot be cut to {zxid}; it needs a SNAP"),
            GaveUp::UnexpectedPacket { packet } => format!("{packet} came out of place"),
            GaveUp::CannotListen => "it cannot open its quorum port".to_owned(),
            GaveUp::EpochWait { only, needs } => format!("only {} came, it needs {needs}", self.all(only)),
            GaveUp::EpochAckWait { only, needs } => {
                format!("only {} acknowledged the epoch, it needs {needs}", self.all(only))
            }
            GaveUp::NewLeaderWait { only, needs } => {
                format!("only {} acknowledged NEWLEADER, it needs {needs}", self.all(only))
            }
            GaveUp::LostQuorum { only, needs } => format!("only {} left, it needs {needs}", self.all(only)),
            GaveUp::VotersChangedMind { sid } => format!("{} is LOOKING again", self.of(*sid)),
            GaveUp::DiskFailed { .. } => "a write to its disk failed".to_owned(),
            GaveUp::CounterExhausted => "the counter of this epoch is used up".to_owned(),
            GaveUp::EpochExhausted => "no epoch is left".to_owned(),
        }
    }
}

fn sync_words(mode: SyncMode, zxid: Zxid, proposals: usize) -> String {
    match (mode, proposals) {
        (SyncMode::Snap, _) => "SNAP".to_owned(),
        (SyncMode::Diff, 0) => format!("an empty DIFF at {zxid}"),
        (SyncMode::Diff, 1) => format!("DIFF to {zxid}, 1 transaction"),
        (SyncMode::Diff, n) => format!("DIFF to {zxid}, {n} transactions"),
        (SyncMode::Trunc, 0) => format!("TRUNC to {zxid}"),
        (SyncMode::Trunc, 1) => format!("TRUNC to {zxid}, then 1 transaction"),
        (SyncMode::Trunc, n) => format!("TRUNC to {zxid}, then {n} transactions"),
    }
}

fn rule_words(rule: SyncRule, peer: Zxid, last: Zxid) -> String {
    match rule {
        SyncRule::Forced => "forceSnapshotSync is on".to_owned(),
        SyncRule::InSync => format!("both are at {peer}"),
        SyncRule::LearnerAhead => format!("it has logged up to {peer}, which was never committed"),
        SyncRule::Window => format!("its {peer} is within the transactions kept in memory"),
        SyncRule::WindowDiverges => format!("its {peer} is not in the history here"),
        SyncRule::OtherEpoch => {
            format!("its {peer} is not in the history here, and what follows is of another epoch")
        }
        SyncRule::LogOnDisk => format!("its {peer} is older than what memory keeps, the log on disk has it"),
        SyncRule::LogTooShort => format!("its {peer} is below {last}, and the log does not reach back to it"),
        SyncRule::LogTooLarge => format!("its {peer} lies too far back in the log"),
        SyncRule::Gap => format!("the log on disk leaves a gap after {peer}"),
        SyncRule::Unhandled => format!("its {peer} is in no history kept here"),
    }
}

fn dropped_words(why: &Dropped) -> String {
    match why {
        Dropped::Closed => "its connection ended".to_owned(),
        Dropped::Silent { after } => format!("silent for {}", span(*after)),
        Dropped::WaitedInVain => "it waited in vain for a quorum of others".to_owned(),
        Dropped::Ahead { epoch, zxid } => format!("it is ahead of the leader: epoch {epoch}, zxid {zxid}"),
        Dropped::ProposalOverdue { zxid } => format!("it did not acknowledge {zxid} in time"),
        Dropped::UnexpectedPacket { packet } => format!("{packet} came out of place"),
        Dropped::Superseded => "it has connected again".to_owned(),
    }
}
