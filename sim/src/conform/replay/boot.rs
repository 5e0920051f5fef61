//! Lines of a process that starts: what its disk holds.

use super::Successors;
use super::context::Context;
use super::election::describe;
use super::world::World;
use std::sync::Arc;
use zablab_protocol::{Decision, Epoch, ServerState, Snapshot, SnapshotFile, Storage, Zxid};

/// What the lines of a start say, until the first election.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// `Snapshotting: …` by the thread `main`: there was none.
    pub(super) made: Option<Zxid>,
    /// `Reading snapshot …`
    pub(super) snapshot: Option<Zxid>,
    /// `… txns loaded in …`
    pub(super) replayed: Option<u64>,
    /// `Snapshot loaded in …, highest zxid is …`
    pub(super) loaded: Option<Zxid>,
    /// `currentEpoch not found! Creating with a reasonable default of …`
    pub(super) current: Option<i64>,
    /// `acceptedEpoch not found! …`
    pub(super) accepted: Option<i64>,
}

/// More records than this are not made up for a log of which nothing is known.
const MOST: u32 = 100_000;

/// A disk of which nothing is known but what the lines of this start say.
fn unknown_disk(said: &Said, context: &Context<'_>, world: &World) -> (Storage, Vec<String>) {
    let mut assumed = Vec::new();
    // One that makes its first snapshot has nothing.
    let nothing = said.made.map(|_| Zxid::ZERO);
    let first = nothing.or(said.loaded).or_else(|| first_zxid(context)).unwrap_or(Zxid::ZERO);
    let begins = if world.config.settings.initial_counter.is_some() { first } else { Zxid::ZERO };
    // A window that a later line shows was read from the log.
    let shown = context.first_window().filter(|(min, max)| *max == first && min.epoch() == first.epoch());
    let snapshot = said.snapshot.or(shown.map(|(min, _)| Zxid(min.0.saturating_sub(1))));
    let base = snapshot.unwrap_or(first).min(first).max(begins);
    let mut disk = Storage::default();
    if said.made.is_none() {
        let snapshot = Snapshot { zxid: base, whole_from: base, ..Snapshot::default() };
        disk.snapshots.push(SnapshotFile { snapshot: Arc::new(snapshot), from_leader: false });
    }
    let from = if base.epoch() == first.epoch() { base.counter().saturating_add(1) } else { 1 };
    let from = from.max(first.counter().saturating_sub(MOST));
    for counter in from..=first.counter() {
        disk.log.append(context.txn(Zxid::new(first.epoch(), counter)));
    }
    if said.current.is_none() {
        let epoch = context.first_own_vote().map_or(first.epoch(), |said| said.vote.peer_epoch);
        assumed.push(format!("at its start it has zxid {first} and currentEpoch {epoch}"));
        disk.current_epoch = Some(epoch);
        disk.accepted_epoch = Some(epoch);
    }
    (disk, assumed)
}

fn first_zxid(context: &Context<'_>) -> Option<Zxid> {
    use crate::conform::event::Event;
    context.entries[context.at..].iter().find_map(|entry| match &entry.event {
        Event::NewElection { zxid, .. } => Some(*zxid),
        // Its own vote, or one that it found better.
        Event::Heard { from, said, .. } if *from == context.sid && said.state == ServerState::Looking => {
            Some(said.vote.zxid)
        }
        _ => None,
    })
}

/// The process starts again: the one before has ended, wherever it was.
pub(super) fn starts(context: &Context<'_>, world: &World) -> Successors {
    let mut world = world.clone();
    if world.peer.is_some() {
        if let Some(zxid) = context.last_logged()
            && zxid > world.position()
        {
            world.advance(zxid, context)?;
        }
        world.kill();
    }
    Ok(vec![world])
}

/// The machine starts, on what is known of its disk.
pub(super) fn boots(context: &Context<'_>, world: &World) -> Successors {
    let mut world = world.clone();
    let (said, known) = (world.said, world.known);
    let wiped = known && said.made.is_some() && world.disk.last().is_some();
    if !known || wiped {
        let (disk, assumed) = unknown_disk(&said, context, &world);
        world.disk = disk;
        if wiped {
            world.record.assume("its data directory was emptied while it was down".to_owned());
        }
        for what in assumed {
            world.record.assume(what);
        }
    }
    // It may have ended before its last write of currentEpoch was done.
    if let Some(before) = world.unproven.take()
        && context
            .first_own_vote()
            .map(|said| said.vote.peer_epoch)
            .is_some_and(|epoch| Some(epoch) == before && before != world.disk.current_epoch)
    {
        world.disk.current_epoch = before;
        world.record.assume("it ended before it had written currentEpoch".to_owned());
    }
    let no_files = (world.disk.current_epoch.is_none(), world.disk.accepted_epoch.is_none());
    let made = (said.current.is_some(), said.accepted.is_some());
    if known && made != (false, false) && no_files != made {
        return Err("the model has the epoch files that this server does not find".to_owned());
    }
    if let Some(snapshot) = said.snapshot {
        let newer = world.disk.snapshots.iter().rposition(|file| file.snapshot.zxid == snapshot);
        let Some(at) = newer else {
            let newest = world.disk.snapshots.last();
            let newest = newest.map_or("none".to_owned(), |last| last.snapshot.zxid.to_string());
            return Err(format!("the model's newest snapshot is {newest}, and snapshot.{snapshot} is read"));
        };
        // A snapshot file is whole when its last byte is written, and may not be synced then.
        for left_out in world.disk.snapshots.split_off(at + 1) {
            let label = left_out.snapshot.zxid;
            world.record.assume(format!("snapshot {label} was not on disk when it ended"));
        }
    }
    let decisions = world.boot();
    let booted = decisions.iter().find_map(|decision| match decision {
        Decision::Booted { zxid, replayed, .. } => Some((*zxid, *replayed as u64)),
        _ => None,
    });
    let Some((zxid, replayed)) = booted else {
        let exit = world.exit.as_ref().map_or("nothing".to_owned(), ToString::to_string);
        return Err(format!("the model does not start: {exit}"));
    };
    if let Some(made) = said.made.filter(|made| *made != zxid) {
        return Err(format!("the model's first snapshot is of {zxid}, not {made}"));
    }
    if let Some(loaded) = said.loaded.filter(|loaded| *loaded != zxid) {
        return Err(format!("the model's disk leads to zxid {zxid}, not {loaded}"));
    }
    if let Some(count) = said.replayed.filter(|count| *count != replayed) {
        return Err(format!("the model replays {replayed} transactions, not {count}"));
    }
    world.known = true;
    let status = world.status();
    let (accepted, current) =
        status.map_or((Epoch(0), Epoch(0)), |status| (status.accepted_epoch, status.current_epoch));
    let differs = |said: Option<i64>, model: Epoch| said.is_some_and(|said| said != model.0);
    if differs(said.current, current) || differs(said.accepted, accepted) {
        return Err(format!(
            "the model makes its files with acceptedEpoch {accepted}, currentEpoch {current}"
        ));
    }
    world.record.add(super::record::Step::Started { zxid, accepted, current });
    if world.is_looking() || world.status().is_some_and(|status| status.standalone) {
        Ok(vec![world])
    } else {
        Err(format!("the model is {}", describe(&world)))
    }
}
