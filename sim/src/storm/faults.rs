//! The kinds of fault: what each does to a world, one file each.

mod client_faults;
mod clocks;
mod crashes;
mod deposed;
mod expiries;
mod failing_writes;
mod flapping;
mod full_disks;
mod held_packets;
mod held_tasks;
mod laggards;
mod moved;
mod one_way;
mod outages;
mod partitions;
mod pauses;
mod refusals;
mod resets;
mod rolling;
mod rotations;
mod slow_disks;
mod slow_links;
mod stalled_disks;
mod upon_packets;
mod upon_writes;
mod wipes;

use super::draws::Draws;
use super::plan::Plan;
use super::world::World;

/// A kind of fault.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Its name, which also names its stream of draws.
    pub name: &'static str,
    /// What it does, in a line.
    pub says: &'static str,
    /// Adds its steps to a plan.
    pub(super) draw: fn(&mut Drawing<'_>),
}

/// What links suffer.
pub(super) const PARTITIONS: &[Fault] = &[
    partitions::FAULT,
    one_way::FAULT,
    flapping::FAULT,
    slow_links::FAULT,
    refusals::FAULT,
    resets::FAULT,
    deposed::FAULT,
    held_packets::FAULT,
];

/// Ends of processes and machines.
pub(super) const CRASHES: &[Fault] = &[
    crashes::FAULT,
    outages::FAULT,
    rotations::FAULT,
    upon_writes::FAULT,
    upon_packets::FAULT,
    deposed::FAULT,
    wipes::FAULT,
];

/// What disks suffer, and what they lose.
pub(super) const DISKS: &[Fault] = &[
    slow_disks::FAULT,
    stalled_disks::FAULT,
    full_disks::FAULT,
    failing_writes::FAULT,
    outages::FAULT,
    upon_writes::FAULT,
    deposed::FAULT,
    wipes::FAULT,
];

/// What stands still and goes on.
pub(super) const PAUSES: &[Fault] =
    &[pauses::FAULT, held_tasks::FAULT, held_packets::FAULT, laggards::FAULT, deposed::FAULT];

/// Clocks, and what depends on them.
pub(super) const CLOCKS: &[Fault] = &[clocks::FAULT, pauses::FAULT, expiries::FAULT];

/// What clients suffer.
pub(super) const CLIENTS: &[Fault] =
    &[client_faults::FAULT, expiries::FAULT, laggards::FAULT, moved::FAULT, crashes::FAULT];

/// Restarts on purpose.
pub(super) const ROLLING: &[Fault] = &[rolling::FAULT];

/// Every kind.
pub(super) const EVERYTHING: &[Fault] = &[
    client_faults::FAULT,
    clocks::FAULT,
    crashes::FAULT,
    deposed::FAULT,
    expiries::FAULT,
    failing_writes::FAULT,
    flapping::FAULT,
    full_disks::FAULT,
    held_packets::FAULT,
    held_tasks::FAULT,
    laggards::FAULT,
    moved::FAULT,
    one_way::FAULT,
    outages::FAULT,
    partitions::FAULT,
    pauses::FAULT,
    refusals::FAULT,
    resets::FAULT,
    rolling::FAULT,
    rotations::FAULT,
    slow_disks::FAULT,
    slow_links::FAULT,
    stalled_disks::FAULT,
    upon_packets::FAULT,
    upon_writes::FAULT,
    wipes::FAULT,
];

/// A kind of fault is being drawn. All times are virtual milliseconds.
pub(super) struct Drawing<'a> {
    pub(super) world: &'a World,
    pub(super) draws: Draws,
    /// How many times it strikes.
    pub(super) strikes: u64,
    pub(super) plan: &'a mut Plan,
}

impl Drawing<'_> {
    /// When it strikes, in order.
    fn moments(&mut self) -> Vec<u64> {
        let mut moments: Vec<u64> =
            (0..self.strikes).map(|_| self.draws.between(self.world.begin, self.world.end - 1)).collect();
        moments.sort_unstable();
        moments
    }

    /// When it strikes and how long it lasts: one is over before the next begins.
    fn spells(&mut self) -> Vec<(u64, u64)> {
        let moments = self.moments();
        let ends = moments.iter().skip(1).copied().chain([self.world.end]);
        moments.iter().zip(ends).map(|(at, next)| (*at, (*at + self.spell()).min(next))).collect()
    }

    /// How long something lasts: a moment, about as long as a learner may be silent, or long.
    fn spell(&mut self) -> u64 {
        let limit = self.world.settings.sync_time().0;
        match self.draws.below(3) {
            0 => self.draws.between(10, 300),
            1 => self.draws.between(limit / 2, limit * 2),
            _ => self.draws.between(1_000, 7_000),
        }
    }

    /// A server.
    fn server(&mut self) -> String {
        self.draws.pick(&self.world.names())
    }

    /// Two different servers.
    fn pair(&mut self) -> (String, String) {
        let mut names = self.world.names();
        self.draws.shuffle(&mut names);
        (names[0].clone(), names[1].clone())
    }

    /// All servers, in two groups of at least one.
    fn split(&mut self) -> (Vec<String>, Vec<String>) {
        let mut names = self.world.names();
        self.draws.shuffle(&mut names);
        let first = self.draws.between(1, names.len() as u64 - 1) as usize;
        let second = names.split_off(first);
        (names, second)
    }

    /// All servers but this one.
    fn others(&self, server: &str) -> Vec<String> {
        self.world.names().into_iter().filter(|name| name != server).collect()
    }
}
