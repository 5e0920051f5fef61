//! Lines of a leader: discovery, how learners are brought up to date, supporters, the end.

use super::context::Context;
use super::election::describe;
use super::world::{Chosen, World};
use super::{Successors, some};
use crate::conform::event::ZabState;
use std::sync::Arc;
use zablab_protocol::{
    Decision, Epoch, Input, Packet, Phase, ServerState, Sid, Snapshot, SnapshotFile, SyncMode, SyncRule,
    Task, Timer, Zxid,
};

/// `Peer state changed: leading - …`
pub(super) fn state_changed(context: &Context<'_>, world: &World, zab: ZabState) -> Successors {
    let mut world = world.clone();
    world.begin_reign();
    match zab {
        ZabState::Discovery if world.phase() == Some(Phase::LeaderDiscovery) => Ok(vec![world]),
        ZabState::Synchronization => {
            world.establish(context, None);
            match world.phase() {
                Some(Phase::LeaderSynchronization) => {
                    world.unproven = None;
                    Ok(vec![world])
                }
                _ => Err(format!("no quorum has acknowledged the model's epoch: it is {}", describe(&world))),
            }
        }
        ZabState::Broadcast if world.phase() == Some(Phase::LeaderBroadcast) => Ok(vec![world]),
        _ => Err(format!("the model is {}", describe(&world))),
    }
}

impl World {
    /// The main thread enters the role.
    pub(super) fn begin_reign(&mut self) {
        if self.phase() == Some(Phase::LeaderDiscovery) {
            self.run_main();
        }
    }

    /// A quorum acknowledges the epoch, `first` among it.
    fn establish(&mut self, context: &Context<'_>, first: Option<Sid>) {
        let others = self.learners().into_iter().filter(|sid| Some(*sid) != first);
        for sid in first.into_iter().chain(others) {
            let decided = |world: &World| {
                matches!(world.phase(), Some(Phase::LeaderSynchronization | Phase::LeaderBroadcast))
            };
            if decided(self) && Some(sid) != first {
                break;
            }
            self.ack_epoch(sid, context);
            self.run_main();
        }
    }

    /// A learner that has been brought up to date acknowledges NEWLEADER, if it has not.
    pub(super) fn supports(&mut self, sid: Sid) {
        if !self.course.chosen.contains_key(&sid) || !self.course.settled.insert(sid) {
            return;
        }
        // The stream goes out, and with it NEWLEADER.
        self.settle_handler(sid);
        let epoch = self.status().map_or(Epoch(0), |status| status.current_epoch);
        self.learner_sends(sid, Packet::Ack { zxid: Zxid::new_epoch(epoch) });
    }

    /// A learner answers LEADERINFO, if it has not.
    fn ack_epoch(&mut self, sid: Sid, context: &Context<'_>) {
        self.run_handler(sid);
        let Some(status) = self.status() else { return };
        let zxid = context.peer_last(sid).unwrap_or(Zxid::ZERO);
        // No line shows the learner's currentEpoch: the largest that leaves it behind the leader.
        let mine = status.current_epoch;
        let logged = self.disk.last().unwrap_or(Zxid::ZERO).max(status.last_processed);
        let epoch = if zxid <= logged { mine } else { Epoch(mine.0 - 1) };
        self.learner_sends_unread(sid, Packet::AckEpoch { zxid, current_epoch: Some(epoch) });
    }

    /// Puts a packet there and lets the handler read it, but not go on from there.
    fn learner_sends_unread(&mut self, sid: Sid, packet: Packet) {
        let Some(conn) = self.learner(sid) else { return };
        if self.course.chosen.contains_key(&sid) || !self.course.acked.insert(sid) {
            return;
        }
        self.feed(Input::Received { conn, packet });
        self.feed(Input::Run(Task::Handler(conn)));
    }
}

/// `Follower sid: … : info : …`
pub(super) fn arrives(
    context: &Context<'_>,
    world: &World,
    sid: Sid,
    observer: bool,
    handler: Option<u32>,
) -> Successors {
    let mut world = world.clone();
    if world.state() != Some(ServerState::Leading) {
        return Err(format!("no learner comes to the model: it is {}", describe(&world)));
    }
    if observer == world.config.verifier.is_voter(sid) {
        let says = if observer { "no observer" } else { "no participant" };
        return Err(format!("server {sid} is {says} in this ensemble"));
    }
    world.begin_reign();
    let accepted = world.status().map_or(Epoch(0), |status| status.accepted_epoch);
    // No line shows the learner's acceptedEpoch; together they make the epoch that comes of it.
    let reported = context.epoch_to_come().map_or(accepted, |epoch| Epoch(epoch.0 - 1));
    if reported > accepted && world.phase() == Some(Phase::LeaderDiscovery) {
        world.record.assume(format!("server {sid} reports acceptedEpoch {reported}"));
    }
    if let Some(handler) = handler {
        world.course.handlers.insert(handler, sid);
    }
    world.course.acked.remove(&sid);
    world.course.settled.remove(&sid);
    world.learner_arrives(sid, Packet::FollowerInfo { sid, accepted_epoch: reported, observer });
    Ok(vec![world])
}

/// `Synchronizing with Learner sid: …`
pub(super) fn synchronizing(
    context: &Context<'_>,
    world: &World,
    sid: Sid,
    (max, min, last, peer): (Zxid, Zxid, Option<Zxid>, Zxid),
) -> Successors {
    if world.learner(sid).is_none() {
        return Err(format!("no server {sid} has come to the model: it is {}", describe(world)));
    }
    let mut world = world.clone();
    world.establish(context, Some(sid));
    if let Some(last) = last.or(Some(max)).filter(|last| *last > world.processed()) {
        world.advance(last, context)?;
    }
    let mut found = Vec::new();
    let mut expected = None;
    for with_room in [true, false] {
        let mut world = world.clone();
        choose(&mut world, sid, with_room);
        let Some(chosen) = world.course.chosen.get_mut(&sid) else { continue };
        let fits = chosen.peer == peer
            && last.is_none_or(|last| chosen.last == last)
            && (chosen.max, chosen.min) == (max, min);
        expected = Some(*chosen);
        if fits {
            chosen.told = true;
            if matches!(chosen.rule, SyncRule::LogOnDisk | SyncRule::LogTooLarge) {
                let size = if with_room { "small" } else { "large" };
                world.record.assume(format!("the log is {size} beside the snapshot ({:?})", chosen.rule));
            }
            if !found.contains(&world) {
                found.push(world);
            }
        }
    }
    some(found, || match expected {
        Some(Chosen { max, min, last, peer, .. }) => format!(
            "the model has maxCommittedLog={max} minCommittedLog={min} lastProcessedZxid={last}, and its learner \
             peerLastZxid={peer}"
        ),
        None => format!("the model does not choose yet: it is {}", describe(&world)),
    })
}

/// Sizes of files are not known: the log on disk is small enough to be read for a synchronization, or is not.
fn choose(world: &mut World, sid: Sid, with_room: bool) {
    let mut disk = world.disk.clone();
    let bytes = if with_room { None } else { Some(()) };
    if let Some(last) = disk.snapshots.pop() {
        // Without a snapshot there is no limit; with the smallest there is next to no room.
        if bytes.is_some() {
            let snapshot = Snapshot { zxid: last.snapshot.zxid, ..Snapshot::default() };
            disk.snapshots.push(SnapshotFile { snapshot: Arc::new(snapshot), ..last });
        } else if last.from_leader {
            disk.snapshots.push(last);
        }
    }
    world.run_handler_reading(sid, &disk);
}

/// Holds a line against what was chosen for a learner.
fn chosen(world: &World, sid: Sid, fits: impl Fn(&Chosen) -> bool) -> Successors {
    match world.course.chosen.get(&sid) {
        Some(chosen) if fits(chosen) => Ok(vec![world.clone()]),
        Some(Chosen { mode, rule, zxid, .. }) => {
            Err(format!("the model chooses {mode} {zxid} for server {sid}, by the rule {rule:?}"))
        }
        None => Err(format!("the model has chosen nothing for server {sid}")),
    }
}

/// `Using committedLog for peer sid: …`
pub(super) fn using_committed_log(world: &World, sid: Sid) -> Successors {
    let window = [SyncRule::Window, SyncRule::WindowDiverges, SyncRule::OtherEpoch];
    chosen(world, sid, |chosen| window.contains(&chosen.rule))
}

/// `Use txnlog and committedLog for peer sid: …`
pub(super) fn using_txn_log(world: &World, sid: Sid) -> Successors {
    let read = [SyncRule::LogOnDisk, SyncRule::Gap, SyncRule::OtherEpoch];
    chosen(world, sid, |chosen| read.contains(&chosen.rule))
}

/// `Unhandled scenario for peer sid: …`
pub(super) fn unhandled(world: &World, sid: Sid) -> Successors {
    // A TRUNC across epochs is not sent, and then nothing is.
    chosen(world, sid, |chosen| matches!(chosen.rule, SyncRule::Unhandled | SyncRule::OtherEpoch))
}

/// A line of a handler that does not name its learner.
fn anybody(world: &World, what: &str, fits: impl Fn(&Chosen) -> bool) -> Successors {
    let any = world.course.chosen.values().any(fits);
    some(if any { vec![world.clone()] } else { Vec::new() }, || format!("the model has {what} for nobody"))
}

/// `Unable to find proposals from txnlog for zxid: …`
pub(super) fn not_in_txn_log(world: &World, zxid: Zxid) -> Successors {
    anybody(world, "too short a log", |chosen| chosen.rule == SyncRule::LogTooShort && chosen.peer == zxid)
}

/// `Txnlog size: … exceeds sizeLimit: …`
pub(super) fn txn_log_too_large(world: &World) -> Successors {
    anybody(world, "too large a log", |chosen| chosen.rule == SyncRule::LogTooLarge)
}

/// `Sending DIFF zxid=… for peer sid: …` and its like.
pub(super) fn sending(world: &World, sid: Sid, mode: SyncMode, zxid: Zxid) -> Successors {
    chosen(world, sid, |chosen| chosen.told && chosen.mode == mode && chosen.zxid == zxid)
}

/// Proposals are not further ahead of what is applied than this.
const AHEAD: u32 = 10_000;

/// `Sending snapshot last zxid of peer is …`
pub(super) fn sending_snapshot(
    context: &Context<'_>,
    world: &World,
    (peer, leader, db): (Zxid, Zxid, Zxid),
    handler: Option<u32>,
) -> Successors {
    let whose = handler.and_then(|handler| world.course.handlers.get(&handler).copied());
    let mut found = Vec::new();
    let mut expected = None;
    for (sid, chosen) in &world.course.chosen {
        if chosen.mode != SyncMode::Snap || whose.is_some_and(|whose| whose != *sid) {
            continue;
        }
        let mut world = world.clone();
        if !world.course.snapped.contains_key(sid) {
            if db > world.processed() {
                world.advance(db, context)?;
            }
            world.run_handler(*sid);
        }
        expected = world.course.snapped.get(sid).copied();
        // The last proposal may be ahead of what is applied.
        if let Some((model_peer, proposed, label)) = expected
            && (model_peer, label) == (peer, db)
            && (leader == proposed
                || leader >= db && leader.epoch() == db.epoch() && leader.counter() - db.counter() < AHEAD)
        {
            found.push(world);
        }
    }
    some(found, || match expected {
        Some((peer, leader, db)) => {
            format!(
                "the model sends its state of {db}, has proposed up to {leader}, and its learner has {peer}"
            )
        }
        None => "the model sends nobody a snapshot".to_owned(),
    })
}

/// `Have quorum of supporters, …`
pub(super) fn supporters(world: &World, sids: &[Sid], zxid: Zxid) -> Successors {
    let mut world = world.clone();
    world.unproven = None;
    let me = world.config.sid;
    for sid in sids.iter().copied().filter(|sid| *sid != me) {
        if world.learner(sid).is_none() {
            return Err(format!("no server {sid} has come to the model"));
        }
        world.supports(sid);
    }
    world.run_main();
    match &world.course.supporters {
        Some((model, at)) if model == sids && *at == zxid => {
            for sid in world.learners() {
                world.settle_handler(sid);
            }
            Ok(vec![world])
        }
        Some((model, at)) => Err(format!("the model's supporters are {}, of {at}", list(model))),
        None => Err(format!("the model has no quorum of supporters: it is {}", describe(&world))),
    }
}

pub(super) fn list(sids: &[Sid]) -> String {
    sids.iter().map(Sid::to_string).collect::<Vec<_>>().join(", ")
}

/// `Shutdown called. For the reason …`
pub(super) fn shutdown(context: &Context<'_>, world: &World, only: Option<&[Sid]>) -> Successors {
    let mut world = world.clone();
    if world.state() != Some(ServerState::Leading) {
        return Err(format!("the model does not lead: it is {}", describe(&world)));
    }
    if world.phase() == Some(Phase::Leaving) {
        return Ok(vec![world]);
    }
    if let Some(to) = context.last_logged()
        && world.phase() == Some(Phase::LeaderBroadcast)
    {
        world.advance(to, context)?;
    }
    let decisions = match only {
        Some(only) => world.lose_quorum(only),
        None => {
            let mut decisions = world.feed(Input::Timer(Timer::LeaderWait));
            if world.phase() != Some(Phase::Leaving) {
                decisions.extend(world.lose_quorum(&[]));
            }
            decisions
        }
    };
    let left = decisions.iter().find_map(|decision| match decision {
        Decision::GaveUp { why: zablab_protocol::GaveUp::LostQuorum { only, .. }, .. } => Some(only.clone()),
        _ => None,
    });
    match (only, left) {
        (Some(only), Some(left)) if left != only => {
            Err(format!("the model would be left with {}", list(&left)))
        }
        _ if world.phase() == Some(Phase::Leaving) => Ok(vec![world]),
        _ => Err(format!("the model goes on to lead: {} is a quorum", list(only.unwrap_or_default()))),
    }
}

/// The end of a handler.
pub(super) fn handler_ends(world: &World, sid: Option<Sid>, handler: Option<u32>) -> Successors {
    let mut world = world.clone();
    let whose = sid.or_else(|| handler.and_then(|handler| world.course.handlers.get(&handler).copied()));
    if let Some(handler) = handler
        && let Some(whose) = whose
        && world.state() == Some(ServerState::Leading)
        && world.course.handlers.get(&handler) == Some(&whose)
    {
        world.learner_gone(whose);
        world.course.handlers.remove(&handler);
    }
    Ok(vec![world])
}
