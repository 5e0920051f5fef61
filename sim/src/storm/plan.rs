//! A plan in the making: what happens when.

use super::say;
use super::world::World;
use crate::scenario::{Event, Hold, Line, Prefix, Step, Time, Trigger};

/// How many operations clients of single servers ask for at most.
const LOCAL_OPERATIONS: u32 = 80;

/// A znode that many write.
const SHARED: &str = "/d";

/// Steps of a storm. All times are virtual milliseconds.
pub(super) struct Plan {
    /// When the storm is over: nothing happens then or later.
    end: u64,
    steps: Vec<(u64, Prefix, Step)>,
    /// What is held, from when to when.
    held: Vec<(Hold, u64, u64)>,
    /// Operations that clients of single servers ask for.
    operations: u32,
    /// Znodes made so far: each has a name of its own.
    made: u32,
}

impl Plan {
    pub(super) fn new(world: &World) -> Plan {
        Plan { end: world.end, steps: Vec::new(), held: Vec::new(), operations: 0, made: 0 }
    }

    /// A step at a time.
    pub(super) fn at(&mut self, at: u64, step: Step) {
        if at < self.end {
            self.steps.push((at, Prefix::At(Time::from_millis(at)), step));
        }
    }

    /// A step at the n-th such event from a time on, within so long, if there is one.
    pub(super) fn upon(&mut self, at: u64, within: u64, nth: u64, event: Event, step: Step) {
        if at >= self.end {
            return;
        }
        let trigger = Trigger {
            armed: Some(Time::from_millis(at)),
            must_fire: false,
            event,
            nth: u32::try_from(nth).unwrap_or(1).max(1),
            within: Some(Time::from_millis(within.min(self.end - 1 - at))),
        };
        self.steps.push((at, Prefix::When(trigger), step));
    }

    /// Holds something for a while, unless it is held already: what one lets go, the other could not.
    pub(super) fn hold(&mut self, at: u64, until: u64, hold: Hold) {
        let same = |other: &Hold| match (other, &hold) {
            (Hold::Stream(one), Hold::Stream(other)) => one.packet == other.packet,
            (one, other) => one == other,
        };
        if self.held.iter().any(|(other, from, to)| same(other) && at <= *to && *from <= until) {
            return;
        }
        self.at(at, Step::Hold(hold.clone()));
        self.at(until, Step::Release(Some(hold.clone())));
        self.held.push((hold, at, until));
    }

    /// A client of one server makes a znode, or tries to so many times.
    pub(super) fn create(&mut self, at: u64, server: &str, times: u64) {
        let times = u32::try_from(times).unwrap_or(1).min(LOCAL_OPERATIONS - self.operations);
        if at >= self.end || times == 0 {
            return;
        }
        self.operations += times;
        self.made += 1;
        let path = format!("/n{}", self.made);
        self.at(at, Step::Create { path, data: None, times, at: say::name(server) });
    }

    /// The znode that [`Plan::write`] writes is made.
    pub(super) fn create_shared(&mut self, at: u64, server: &str) {
        self.operations += 1;
        self.at(at, Step::Create { path: SHARED.to_owned(), data: None, times: 1, at: say::name(server) });
    }

    /// A client of one server writes the znode that all such clients write.
    pub(super) fn write(&mut self, at: u64, server: &str) {
        if at < self.end && self.operations < LOCAL_OPERATIONS {
            self.operations += 1;
            let (path, data) = (SHARED.to_owned(), format!("v{}", self.operations));
            self.at(at, Step::Write { path, data, version: None, times: 1, at: say::name(server) });
        }
    }

    /// Operations so far.
    pub(super) fn operations(&self) -> u32 {
        self.operations
    }

    /// The steps in the order of their times.
    pub(super) fn into_lines(mut self) -> Vec<Line> {
        self.steps.sort_by_key(|(at, ..)| *at);
        self.steps.into_iter().map(|(_, prefix, step)| say::step(prefix, step)).collect()
    }
}
