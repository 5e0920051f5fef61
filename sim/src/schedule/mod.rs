//! Who picks the next action. Here: virtual time and seeded latencies.

pub mod draw;
mod pins;
mod timed;

pub use draw::{Key, Kind, Range, Stream};
pub use pins::{Draw, Log, Pins};
pub use timed::{Moment, Timed};

/// How long things take in the world of one server, in virtual nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// A packet from this server to another.
    pub latency: Range,
    /// A connection attempt from this server.
    pub connect: Range,
    /// From process start to the first election.
    pub boot: Range,
    /// Entering a role.
    pub takeover: Range,
    /// Leaving a role.
    pub teardown: Range,
    /// An fsync of the log.
    pub fsync: Range,
    /// An epoch file, a snapshot, a truncation.
    pub write: Range,
    /// The wait before a task's step.
    pub task: Range,
    /// How fast its clock runs, in parts per million of true time.
    pub clock_ppm: u32,
}

impl Default for Pace {
    /// A small machine room: sub-millisecond links, disks of a few milliseconds, servers that boot in half a second.
    fn default() -> Pace {
        Pace {
            latency: Range::micros(200, 600),
            connect: Range::micros(200, 600),
            boot: Range::micros(400_000, 600_000),
            takeover: Range::micros(5_000, 20_000),
            teardown: Range::micros(10_000, 30_000),
            fsync: Range::micros(1_000, 4_000),
            write: Range::micros(1_000, 6_000),
            task: Range::micros(0, 0),
            clock_ppm: 1_000_000,
        }
    }
}
