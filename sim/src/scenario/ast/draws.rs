//! The tree of what is said about draws: how long things take where nobody says it, and other matters of chance.

use super::Span;
use crate::scenario::time::Time;
use crate::scenario::words::{Chance, Port};

/// `draws …`: where a run takes its draws from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draws {
    /// `draws plain`: a draw that is not pinned takes its plainest value, whatever the seed: a time the middle of its
    /// range, a power failure all that was not synced.
    Plain,
    /// `draws of seed 42`: from this seed, unless whoever runs the scenario gives another one.
    Seed(u64),
}

/// `pin latency zk1 to zk2 on quorum link 2 nth 3 7ms`: one draw is given its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// What is drawn.
    pub chance: Chance,
    /// The server or client that draws; the sender of a latency.
    pub who: String,
    /// The receiver of a latency and the port; with [`Chance::Latency`] only, and always there.
    pub to: Option<(String, Port)>,
    /// Which connection of the two on that port, or which life of the process; from 1. 1 is not printed.
    pub number: u64,
    /// Which draw of that stream; from 1. 1 is not printed.
    pub nth: u64,
    /// Its value.
    pub value: Drawn,
    /// Where it stood.
    pub span: Span,
}

impl Pin {
    /// Whether it names the same draw as another.
    pub fn is_of_the_draw_of(&self, other: &Pin) -> bool {
        let named = |pin: &Pin| (pin.chance, pin.number, pin.nth);
        named(self) == named(other) && self.who == other.who && self.to == other.to
    }
}

/// The value of a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// Of those that are times.
    Time(Time),
    /// Of the others, which decide by random bits: [`Chance::Loss`] and [`Chance::Work`].
    Bits(u64),
}
