//! What a line says, in the words of a story.

use super::event::{Entry, Event, ZabState};
use zablab_protocol::{Sid, Zxid};

/// A line in words; `None` where the story is better without it.
pub(super) fn words(entry: &Entry) -> Option<String> {
    let cause = entry.cause.as_deref().map_or(String::new(), |cause| format!(": {cause}"));
    Some(match &entry.event {
        Event::StartingPeer { .. } => "starts".to_owned(),
        Event::DatabaseLoaded { zxid } => format!("has loaded its database: zxid {zxid}"),
        Event::CannotLoad => format!("cannot load its database{cause}"),
        Event::Exiting { code: Some(code) } => format!("exits with {code}"),
        Event::Standalone => "is the only server in its list".to_owned(),
        Event::NewElection { zxid, .. } => format!("LOOKING: proposes itself with zxid {zxid}"),
        Event::Heard { from, said, .. } => format!("hears server {from}: {said}"),
        Event::NotificationTimeout { next } => format!("hears nothing new; next time-out {next} ms"),
        Event::CannotOpenChannel { to } => format!("cannot open a channel to server {to}{cause}"),
        Event::ChannelBroken { with } => format!("loses its channel to server {with}"),
        Event::OwnIdCalls => "is called by a server with its own id".to_owned(),
        Event::Role { state } => state.to_string(),
        Event::StateChanged { zab: Some(ZabState::Broadcast), .. } => "is in broadcast".to_owned(),
        Event::CannotReachLeader { tries, .. } => format!("cannot reach its leader (tries before: {tries})"),
        Event::GaveUpConnecting => "gives up to reach its leader".to_owned(),
        Event::Synced { mode, zxid } if *zxid == Zxid::NONE => format!("gets {mode}"),
        Event::Synced { mode, zxid } => format!("gets {mode} {zxid}"),
        Event::FirstProposal { zxid, .. } => format!("gets its first proposal: {zxid}"),
        Event::NewLeader => "gets NEWLEADER".to_owned(),
        Event::UpToDate => "gets UPTODATE".to_owned(),
        Event::EpochTooOld { epoch, accepted } => {
            format!("refuses epoch {epoch}: it has accepted {accepted}")
        }
        Event::LearnerFailed => format!("stops to follow{cause}"),
        Event::LearnerArrived { sid, .. } => format!("is joined by server {sid}"),
        Event::Synchronizing { sid, peer, .. } => format!("brings server {sid} up to date, which has {peer}"),
        Event::Sending { sid, mode, zxid } => format!("sends server {sid} {mode} {zxid}"),
        Event::SendingSnapshot { db, .. } => format!("sends a snapshot of {db}"),
        Event::Supporters { sids, zxid } => {
            let sids: Vec<String> = sids.iter().map(Sid::to_string).collect();
            format!("has a quorum of supporters: {}; from {zxid} on", sids.join(", "))
        }
        Event::LeaderShutdown { reason, .. } => format!("stops to lead: {reason}"),
        Event::SessionOpened { session } => format!("opens session {session}"),
        Event::SessionExpiring { session } => format!("expires session {session}"),
        Event::Severe => format!("meets what it cannot bear{cause}"),
        _ => return None,
    })
}
