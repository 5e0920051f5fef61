//! What each line of a log asks of the machine: the states behind it.

use super::context::{Context, is_start};
use super::world::World;
use super::{Successors, boot, election, leader, learner};
use crate::conform::event::{Entry, Event, Thread};
use zablab_protocol::{Phase, ServerState, Zxid};

/// No ensemble has had more epochs.
const HIGHEST_EPOCH: i64 = 1 << 30;
/// A process that runs for this long has opened its election port, ms.
const YOUNG: i64 = 10_000;

/// Whether a line says what the server is: from the first one that the machine explains on, it must explain all.
pub(super) fn shows_state(event: &Event) -> bool {
    matches!(
        event,
        Event::NewElection { .. }
            | Event::Heard { .. }
            | Event::NotificationTimeout { .. }
            | Event::Role { .. }
            | Event::StateChanged { .. }
            | Event::ElectionTook { .. }
            | Event::Synced { .. }
    )
}

/// A zxid that is none: there is an epoch in it that no server reaches.
fn impossible(event: &Event) -> Option<Zxid> {
    let zxids: Vec<Zxid> = match event {
        // An observer proposes nobody, and says so with the least number.
        Event::NewElection { zxid, .. } | Event::Synced { zxid, .. } if *zxid == Zxid::NONE => Vec::new(),
        Event::NewElection { zxid, .. }
        | Event::Synced { zxid, .. }
        | Event::Snapshotting { zxid }
        | Event::ReadingSnapshot { zxid }
        | Event::DatabaseLoaded { zxid }
        | Event::NewLogFile { zxid }
        | Event::NotInTxnLog { zxid }
        | Event::Sending { zxid, .. }
        | Event::Supporters { zxid, .. } => vec![*zxid],
        Event::FirstProposal { zxid, expected, .. } => vec![*zxid, *expected],
        Event::LogOutOfOrder { zxid, last } => vec![*zxid, *last],
        Event::SendingSnapshot { peer, leader, db } => vec![*peer, *leader, *db],
        Event::Synchronizing { max, min, last, peer, .. } => {
            [*max, *min, *peer].into_iter().chain(*last).collect()
        }
        Event::Heard { said, .. } if said.vote.zxid.0 >= 0 => vec![said.vote.zxid],
        _ => Vec::new(),
    };
    zxids.into_iter().find(|zxid| zxid.0 < 0 || zxid.epoch().0 > HIGHEST_EPOCH)
}

/// The states behind one line.
pub(super) fn explain(context: &Context<'_>, world: &World, entry: &Entry) -> Successors {
    if let Some(zxid) = impossible(&entry.event) {
        return Err(format!("{zxid} is no zxid that a server can have"));
    }
    if let Some(said) = world.overdue(entry.time)
        && !context.excerpt
        && !is_start(&entry.event)
    {
        return Err(format!("the model's own vote has not come back to it: {said}"));
    }
    if let Some(found) = start(context, world, entry) {
        return found;
    }
    if world.peer.is_none() {
        // It runs, and no line has said that it starts.
        let mut world = world.clone();
        let (said, known) = (world.said, world.known);
        let unseen = !known && said == boot::Said::default() && context.excerpt;
        world.unseen = unseen;
        let mut worlds = boot::boots(context, &world)?;
        if unseen {
            worlds.iter_mut().for_each(|world| world.join_midway(context));
        }
        let mut found = Vec::new();
        let mut why = String::new();
        for world in worlds {
            match running(context, &world, entry) {
                Ok(worlds) => found.extend(worlds),
                Err(reason) => why = reason,
            }
        }
        return super::some(found, || why);
    }
    running(context, world, entry)
}

/// Lines of a process that starts or ends; `None` for others.
fn start(context: &Context<'_>, world: &World, entry: &Entry) -> Option<Successors> {
    let mut next = world.clone();
    let loads = matches!(
        entry.event,
        Event::ReadingSnapshot { .. }
            | Event::DatabaseLoaded { .. }
            | Event::CurrentEpochMade { .. }
            | Event::AcceptedEpochMade { .. }
    );
    if loads && entry.thread == Thread::Boot && world.peer.is_some() {
        return Some(Err("the model has read its disk before its first election".to_owned()));
    }
    let said = &mut next.said;
    match &entry.event {
        event if is_start(event) => return Some(boot::starts(context, world)),
        // It does so once a process: the line of its start is left out.
        Event::ElectionPortOpen { .. } if world.runs_for(entry.time, YOUNG) => {
            return Some(boot::starts(context, world));
        }
        Event::Setting { key, value } => {
            if next.peer.is_none() {
                next.set(key, *value);
            }
        }
        Event::Snapshotting { zxid } if entry.thread == Thread::Boot => said.made = Some(*zxid),
        Event::ReadingSnapshot { zxid } if entry.thread == Thread::Boot => said.snapshot = Some(*zxid),
        Event::TxnsLoaded { count } if entry.thread == Thread::Boot => said.replayed = Some(*count),
        Event::DatabaseLoaded { zxid } => said.loaded = Some(*zxid),
        Event::CurrentEpochMade { epoch } => said.current = Some(*epoch),
        Event::AcceptedEpochMade { epoch } => said.accepted = Some(*epoch),
        Event::ElectionPortOpen { .. } | Event::Standalone | Event::CannotLoad => {}
        Event::Exiting { .. } => next.kill(),
        _ => return None,
    }
    Some(Ok(vec![next]))
}

/// Lines of a server that runs.
fn running(context: &Context<'_>, world: &World, entry: &Entry) -> Successors {
    let as_it_is = || Ok(vec![world.clone()]);
    let handler = match entry.thread {
        Thread::Handler(number) => Some(number),
        _ => None,
    };
    let mut next = world.clone();
    match &entry.event {
        Event::Looking | Event::SetToLooking => election::looks(context, world),
        Event::NewElection { sid, zxid } => election::new_election(context, world, *sid, *zxid),
        Event::Heard { from, said, my_state } => election::heard(context, world, *from, *said, *my_state),
        Event::NotificationTimeout { next } => election::timeout(context, world, *next),
        Event::CannotOpenChannel { to } => {
            let unanswered = entry.cause.as_deref().is_some_and(|cause| cause.contains("timed out"));
            next.cannot_open(*to, unanswered);
            Ok(vec![next])
        }
        Event::ConnectionRequest => {
            next.connection_request();
            Ok(vec![next])
        }
        Event::DroppedConnection { to } => {
            next.dropped(*to);
            Ok(vec![next])
        }
        Event::ChannelBroken { with } => {
            next.broken(*with);
            Ok(vec![next])
        }
        Event::StateChanged { state, zab: None, .. } | Event::Role { state } => {
            election::enters(context, world, *state)
        }
        Event::ElectionTook { state } => {
            if world.unseen && world.is_looking() {
                return election::enters(context, world, *state);
            }
            if world.state() == Some(*state) { as_it_is() } else { Err(is(world)) }
        }
        Event::StateChanged { state, zab: Some(zab), mode } => {
            if world.state() != Some(*state) {
                return Err(is(world));
            }
            match state {
                ServerState::Leading => leader::state_changed(context, world, *zab),
                _ => learner::state_changed(context, world, *zab, *mode),
            }
        }
        Event::ReachedLeader { .. } => learner::reached(world),
        Event::CannotReachLeader { tries, .. } => learner::cannot_reach(world, *tries),
        Event::Synced { mode, zxid } => learner::synced(context, world, *mode, *zxid),
        Event::FirstProposal { zxid, expected, syncing } => {
            learner::first_proposal(context, world, *zxid, *expected, *syncing)
        }
        Event::NewLeader => learner::new_leader(context, world),
        Event::UpToDate => learner::up_to_date(world),
        Event::EpochTooOld { epoch, accepted } => learner::epoch_too_old(world, *epoch, *accepted),
        Event::LearnerFailed => learner::failed(context, world, entry.cause.as_deref()),
        Event::Disconnected { synced } => learner::disconnected(world, *synced),
        Event::LearnerShutdown => match world.phase() {
            Some(Phase::Leaving) => as_it_is(),
            _ => Err(is(world)),
        },
        Event::LearnerArrived { sid, observer } => leader::arrives(context, world, *sid, *observer, handler),
        Event::Synchronizing { sid, max, min, last, peer } => {
            leader::synchronizing(context, world, *sid, (*max, *min, *last, *peer))
        }
        Event::UsingCommittedLog { sid } => leader::using_committed_log(world, *sid),
        Event::UsingTxnLog { sid } => leader::using_txn_log(world, *sid),
        Event::Unhandled { sid } => leader::unhandled(world, *sid),
        Event::NotInTxnLog { zxid } => leader::not_in_txn_log(world, *zxid),
        Event::TxnLogTooLarge { .. } => leader::txn_log_too_large(world),
        Event::Sending { sid, mode, zxid } => leader::sending(world, *sid, *mode, *zxid),
        Event::SendingSnapshot { peer, leader, db } => {
            leader::sending_snapshot(context, world, (*peer, *leader, *db), handler)
        }
        Event::Supporters { sids, zxid } => leader::supporters(world, sids, *zxid),
        Event::LeaderShutdown { only, .. } => leader::shutdown(context, world, only.as_deref()),
        Event::HandlerEnds { sid } => leader::handler_ends(world, *sid, handler),
        Event::Snapshotting { zxid } if entry.thread == Thread::Snapshot => {
            next.advance(*zxid, context)?;
            next.snapshot_thread(*zxid)?;
            Ok(vec![next])
        }
        Event::Snapshotting { zxid } => {
            next.begin_reign();
            match next.course.snapshot.take() {
                Some(model) if model == *zxid => Ok(vec![next]),
                Some(model) => Err(format!("the model's snapshot is of {model}")),
                None => Err(format!("the model takes no snapshot: it is {}", election::describe(world))),
            }
        }
        Event::NewLogFile { zxid } => {
            next.begins_file(*zxid, context)?;
            Ok(vec![next])
        }
        Event::Severe => {
            next.log_failed = true;
            Ok(vec![next])
        }
        Event::LogOutOfOrder { zxid, last } => {
            if zxid <= last && *last <= world.position() {
                as_it_is()
            } else {
                Err(format!("the model's log ends with {}", world.position()))
            }
        }
        _ => as_it_is(),
    }
}

fn is(world: &World) -> String {
    format!("the model is {}", election::describe(world))
}
