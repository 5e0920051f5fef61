//! Lines of a learner: reach the leader, be brought up to date, follow.

use super::context::Context;
use super::election::describe;
use super::world::World;
use super::{Successors, some};
use crate::conform::event::ZabState;
use std::sync::Arc;
use zablab_protocol::{Decision, Epoch, Input, Packet, Phase, ServerState, Snapshot, SyncMode, Timer, Zxid};

/// More proposals than this do not come between NEWLEADER and UPTODATE.
const LATE: usize = 256;

/// `Peer state changed: following - …`
pub(super) fn state_changed(
    context: &Context<'_>,
    world: &World,
    zab: ZabState,
    mode: Option<SyncMode>,
) -> Successors {
    let mut world = world.clone();
    match (zab, mode) {
        (ZabState::Discovery, _) => {
            world.begin_role();
            match world.phase() {
                Some(Phase::Discovery) => Ok(vec![world]),
                _ => Err(format!("the model is {}", describe(&world))),
            }
        }
        (ZabState::Synchronization, None) if world.course.new_leader => match world.phase() {
            Some(Phase::AwaitUpToDate) => {
                world.unproven = None;
                Ok(vec![world])
            }
            _ => Err(format!("the model is {}", describe(&world))),
        },
        (ZabState::Synchronization, None) => accept_epoch(context, &world),
        (ZabState::Synchronization, Some(mode)) => match world.course.synced {
            Some((fed, _, told)) if fed == mode && (told || mode != SyncMode::Diff) => match world.phase() {
                Some(Phase::Synchronization(Some(_)) | Phase::Leaving) => Ok(vec![world]),
                _ => Err(format!("the model is {}", describe(&world))),
            },
            Some((fed, _, _)) => Err(format!("the model is brought up to date by {fed}")),
            // Of a DIFF the packet is told first, of the others the state.
            None if mode == SyncMode::Diff => Err("no DIFF has come to the model".to_owned()),
            None => match context.next_synced() {
                Some((next, zxid)) if next == mode => synchronize(context, &world, mode, zxid, false),
                Some((next, _)) => Err(format!("its log goes on with {next}")),
                None => Err("its log does not say what the leader sent".to_owned()),
            },
        },
        (ZabState::Broadcast, _) => match world.phase() {
            Some(Phase::Broadcast | Phase::Observation) => Ok(vec![world]),
            _ => Err(format!("the model is {}", describe(&world))),
        },
    }
}

impl World {
    /// The main thread enters the role.
    fn begin_role(&mut self) {
        if self.phase() == Some(Phase::Discovery) && !self.dials_leader() && !self.has_leader_conn() {
            self.run_main();
        }
    }
}

/// `Successfully connected to leader, …`
pub(super) fn reached(world: &World) -> Successors {
    let mut world = world.clone();
    world.begin_role();
    if !world.dials_leader() {
        world.feed(Input::Timer(Timer::ConnectRetry));
    }
    let reached =
        world.reach_leader().iter().any(|decision| matches!(decision, Decision::ReachedLeader { .. }));
    some(if reached { vec![world.clone()] } else { Vec::new() }, || {
        format!("the model does not try to reach a leader: it is {}", describe(&world))
    })
}

/// `Unexpected exception, tries=…`
pub(super) fn cannot_reach(world: &World, tries: u32) -> Successors {
    let mut world = world.clone();
    world.begin_role();
    if !world.dials_leader() {
        world.feed(Input::Timer(Timer::ConnectRetry));
    }
    let tried = world.cannot_reach_leader().iter().find_map(|decision| match decision {
        Decision::CannotReachLeader { tries, .. } => Some(*tries),
        _ => None,
    });
    match tried {
        Some(model) if model == tries => Ok(vec![world]),
        Some(model) => Err(format!("the model has tried {model} times before")),
        None => Err(format!("the model does not try to reach a leader: it is {}", describe(&world))),
    }
}

/// LEADERINFO comes, and is answered. No line shows its epoch.
fn accept_epoch(context: &Context<'_>, world: &World) -> Successors {
    let Some(status) = world.status() else { return Err("the model's server does not run".to_owned()) };
    if world.phase() != Some(Phase::Discovery) || !world.has_leader_conn() {
        return Err(format!("the model is {}", describe(world)));
    }
    let told = world.leader().and_then(|leader| context.reigns.epoch(leader, context.time()));
    let shown = told.or_else(|| context.epoch_to_show());
    let epoch = shown.unwrap_or_else(|| {
        let next = Epoch(status.accepted_epoch.0 + 1);
        next.max(context.next_synced().map_or(next, |(_, zxid)| zxid.epoch()))
    });
    let mut world = world.clone();
    world.course.guessed = shown.is_none();
    if shown.is_none() {
        world.record.assume(format!("the leader's epoch is {epoch}"));
    }
    world.leader_sends(Packet::LeaderInfo { zxid: Zxid::new_epoch(epoch) });
    match world.phase() {
        Some(Phase::Synchronization(_)) => Ok(vec![world]),
        _ => Err(format!(
            "epoch {epoch} of its leader is no epoch that the model accepts: it has accepted {}",
            status.accepted_epoch
        )),
    }
}

/// `Getting a diff from the leader …` and its like.
pub(super) fn synced(context: &Context<'_>, world: &World, mode: SyncMode, zxid: Zxid) -> Successors {
    match world.course.synced {
        Some((fed, at, false)) if (fed, at) == (mode, zxid) && !world.course.new_leader => {
            let mut world = world.clone();
            world.course.synced = Some((mode, zxid, true));
            Ok(vec![world])
        }
        Some((fed, at, _)) => Err(format!("the model is brought up to date by {fed} {at}")),
        None if mode != SyncMode::Diff && context.tells_states && !context.excerpt => {
            Err(format!("the model's state does not say {mode} yet"))
        }
        None => synchronize(context, world, mode, zxid, true),
    }
}

fn synchronize(context: &Context<'_>, world: &World, mode: SyncMode, zxid: Zxid, told: bool) -> Successors {
    let mut found = Vec::new();
    let mut why = String::new();
    let ready = match world.phase() {
        Some(Phase::Discovery) if !context.tells_states || context.excerpt => {
            let mut world = world.clone();
            world.begin_role();
            if !world.has_leader_conn() {
                world.reach_leader();
            }
            accept_epoch(context, &world)?
        }
        _ => vec![world.clone()],
    };
    for mut world in ready {
        if world.phase() != Some(Phase::Synchronization(None)) {
            why = format!("the model is {}", describe(&world));
            continue;
        }
        let has = world.logged();
        if mode == SyncMode::Diff && zxid < has {
            why = format!("a DIFF leads to {zxid}, and the model has {has}");
            continue;
        }
        let packet = match mode {
            SyncMode::Diff => Packet::Diff { zxid },
            SyncMode::Trunc => Packet::Trunc { zxid },
            SyncMode::Snap => {
                let snapshot = Snapshot { zxid, whole_from: zxid, ..Snapshot::default() };
                Packet::Snap { snapshot: Arc::new(snapshot) }
            }
        };
        world.course.synced = Some((mode, zxid, told));
        world.leader_sends(packet);
        match world.phase() {
            Some(Phase::Synchronization(Some(model))) if model == mode => found.push(world),
            // The cut is refused.
            Some(Phase::Leaving) if mode == SyncMode::Trunc => found.push(world),
            _ => why = format!("the model is {} behind {mode} {zxid}", describe(&world)),
        }
    }
    some(found, || why)
}

/// `Got zxid … expected …`: the first proposal of a stream, or one that does not follow.
pub(super) fn first_proposal(
    context: &Context<'_>,
    world: &World,
    zxid: Zxid,
    expected: Zxid,
    syncing: bool,
) -> Successors {
    let mut world = world.clone();
    let is_synchronizing =
        matches!(world.phase(), Some(Phase::Synchronization(Some(_)) | Phase::AwaitUpToDate));
    let follows = matches!(world.phase(), Some(Phase::Broadcast));
    if syncing != is_synchronizing || syncing == follows {
        return Err(format!("the model is {}", describe(&world)));
    }
    let last = if syncing { world.course.stream } else { world.course.broadcast };
    let due = last.map_or(Zxid(1), Zxid::next);
    if last.is_some() && expected > due {
        // Consecutive ones are not told.
        for zxid in world.missing(Zxid(expected.0.saturating_sub(1)))?.collect::<Vec<_>>() {
            world.proposal(context, zxid, syncing);
        }
    } else if expected != due {
        return Err(format!("the model expects {due}"));
    }
    if !syncing && world.course.stream.is_some() && last.is_none() {
        // What came behind NEWLEADER belongs to the stream, whose first proposal was told.
        let before = Zxid(zxid.0.saturating_sub(1));
        if !before.is_new_epoch() && before.epoch() == world.position().epoch() {
            for zxid in world.missing(before)?.take(LATE).collect::<Vec<_>>() {
                world.proposal(context, zxid, syncing);
            }
        }
    }
    if !world.can_follow(zxid) {
        return Err(format!("the model has {}, and {zxid} does not follow it", world.position()));
    }
    let mut committed = world.clone();
    committed.proposal(context, zxid, syncing);
    if !syncing {
        return Ok(vec![committed]);
    }
    // Its COMMIT may come later.
    world.proposal_alone(context, zxid);
    Ok(vec![committed, world])
}

impl World {
    /// A proposal of the stream, without its COMMIT.
    fn proposal_alone(&mut self, context: &Context<'_>, zxid: Zxid) {
        self.leader_sends(Packet::Proposal(context.txn(zxid)));
        self.course.uncommitted.push(zxid);
        self.course.stream = Some(zxid);
    }

    /// The COMMITs that had not come.
    fn commit_late(&mut self) {
        for zxid in std::mem::take(&mut self.course.uncommitted) {
            self.leader_sends(Packet::Commit { zxid });
        }
    }

    fn proposal(&mut self, context: &Context<'_>, zxid: Zxid, syncing: bool) {
        self.commit_late();
        self.leader_sends(Packet::Proposal(context.txn(zxid)));
        self.leader_sends(Packet::Commit { zxid });
        if syncing {
            self.course.stream = Some(zxid);
        } else {
            self.course.broadcast = Some(zxid);
        }
    }

    /// What a DIFF has promised and no line shows.
    fn complete_stream(&mut self, context: &Context<'_>) -> Result<(), String> {
        let Some((SyncMode::Diff, to, _)) = self.course.synced else { return Ok(()) };
        let has = self.position();
        if to <= has || to.is_new_epoch() && self.course.stream.is_none() {
            return Ok(());
        }
        if self.course.stream.is_none() && !context.excerpt && self.config.is_participant() {
            return Err(format!(
                "the model has {has} and is to be brought to {to}; the first proposal is logged"
            ));
        }
        if self.course.stream.is_some_and(|last| last.epoch() != to.epoch()) && !context.excerpt {
            return Err(format!(
                "the stream has come to {has}; the first proposal of epoch {} is logged",
                to.epoch()
            ));
        }
        for zxid in self.missing(to)?.collect::<Vec<_>>() {
            self.proposal(context, zxid, true);
        }
        Ok(())
    }
}

/// `Learner received NEWLEADER message`
pub(super) fn new_leader(context: &Context<'_>, world: &World) -> Successors {
    let mut world = world.clone();
    world.complete_stream(context)?;
    let Some(epoch) = world.status().map(|status| status.accepted_epoch) else {
        return Err("the model's server does not run".to_owned());
    };
    let decisions = world.leader_sends(Packet::NewLeader { zxid: Zxid::new_epoch(epoch) });
    world.course.new_leader = true;
    let took = decisions.iter().any(|decision| matches!(decision, Decision::NewLeader { .. }));
    some(if took { vec![world.clone()] } else { Vec::new() }, || {
        format!("NEWLEADER does not belong here: the model is {}", describe(&world))
    })
}

/// `Learner received UPTODATE message`
pub(super) fn up_to_date(world: &World) -> Successors {
    let mut world = world.clone();
    world.unproven = None;
    let decisions = world.leader_sends(Packet::UpToDate);
    world.commit_late();
    let serves = decisions.iter().any(|decision| matches!(decision, Decision::Serving { .. }));
    some(if serves { vec![world.clone()] } else { Vec::new() }, || {
        format!("UPTODATE does not belong here: the model is {}", describe(&world))
    })
}

/// `Exception when following the leader`, with its cause.
pub(super) fn failed(context: &Context<'_>, world: &World, cause: Option<&str>) -> Successors {
    let mut world = world.clone();
    if !matches!(world.state(), Some(ServerState::Following | ServerState::Observing)) {
        return Err(format!("the model is {}", describe(&world)));
    }
    if let Some(to) = context.last_logged()
        && world.course.served
    {
        world.advance(to, context)?;
    }
    let cause = cause.unwrap_or_default();
    if cause.contains("NullPointerException") && world.phase() == Some(Phase::AwaitUpToDate) {
        // ZOOKEEPER-4394: a COMMIT between NEWLEADER and UPTODATE.
        let zxid = world.position();
        world.leader_sends(Packet::Commit { zxid });
    } else if !world.has_leader_conn() {
        world.begin_role();
        world.feed(Input::Timer(Timer::ConnectBudget));
    } else if cause.contains("timed out") {
        world.run_learner();
        world.feed(Input::Timer(Timer::LearnerRead));
    } else if world.phase() != Some(Phase::Leaving) {
        world.leader_gone();
    }
    match world.phase() {
        Some(Phase::Leaving) => Ok(vec![world]),
        _ => Err(format!("the model goes on: it is {}", describe(&world))),
    }
}

/// `Leaders epoch, … is less than accepted epoch, …`
pub(super) fn epoch_too_old(world: &World, epoch: i64, accepted: i64) -> Successors {
    let mut world = world.clone();
    let model = world.status().map_or(0, |status| status.accepted_epoch.0);
    if model != accepted {
        return Err(format!("the model has accepted epoch {model}"));
    }
    world.leader_sends(Packet::LeaderInfo { zxid: Zxid::new_epoch(Epoch(epoch)) });
    match world.phase() {
        Some(Phase::Leaving) => Ok(vec![world]),
        _ => Err(format!("the model accepts epoch {epoch}")),
    }
}

/// `Disconnected from leader …. Sync state: …`
pub(super) fn disconnected(world: &World, synced: bool) -> Successors {
    if world.phase() == Some(Phase::Leaving) && world.course.served == synced {
        return Ok(vec![world.clone()]);
    }
    let served = if world.course.served { "had" } else { "had not" };
    Err(format!("the model {served} been brought up to date, and is {}", describe(world)))
}
