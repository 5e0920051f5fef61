//! Where on its party's thread each end of a message is drawn: slices of one thread may not overlap, and an arrow belongs to the
//! slice that is open at its end.

use super::super::events::arrival;
use crate::recording::Recording;

/// The shortest slice, in nanoseconds; as much lies between two that follow each other. Whoever reads times as doubles of
/// microseconds may be one nanosecond off.
const SHORTEST: u64 = 10;

/// The longest one: it can be seen, and hides nothing.
const LONGEST: u64 = 100_000;

/// A slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: u64,
    pub(super) length: u64,
}

impl Span {
    /// An instant within it.
    pub(super) fn inside(self) -> u64 {
        self.from + SHORTEST / 2
    }
}

/// The slices of a message: where it was sent, and where it was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) sent: Span,
    pub(super) got: Option<Span>,
}

/// An end of a message: its time, whether it is the receiver's, the message.
type End = (u64, u64, bool, usize);

/// The slices of every message. What happens at one instant is drawn side by side.
pub(super) fn slots(recording: &Recording) -> Vec<Slot> {
    let mut ends: Vec<End> = Vec::new();
    for (place, message) in recording.messages.iter().enumerate() {
        ends.push((message.sent.at, message.sent.step, false, place));
        if let Some(when) = arrival(recording, message) {
            ends.push((when.at, when.step, true, place));
        }
    }
    ends.sort_unstable();
    let nothing = Span { from: 0, length: SHORTEST };
    let mut slots = vec![Slot { sent: nothing, got: None }; recording.messages.len()];
    let mut free = vec![0; recording.lanes.len()];
    let mut lanes: Vec<Vec<(u64, usize, bool)>> = vec![Vec::new(); recording.lanes.len()];
    for (at, _, received, place) in ends {
        let message = &recording.messages[place];
        let lane = if received { message.to } else { message.from };
        // Nothing arrives before it was sent, wherever that had to be drawn.
        let after = if received { slots[place].sent.from + 2 * SHORTEST } else { 0 };
        let from = at.max(free[lane]).max(after);
        free[lane] = from + 2 * SHORTEST;
        let span = Span { from, length: SHORTEST };
        if received {
            slots[place].got = Some(span);
        } else {
            slots[place].sent = span;
        }
        lanes[lane].push((from, place, received));
    }
    for ends in lanes {
        let next = ends.iter().skip(1).map(|(from, ..)| *from).chain([u64::MAX]);
        for ((from, place, received), next) in ends.iter().zip(next) {
            // Nothing that can be seen sticks out of the window.
            let left = recording.to.saturating_sub(*from).max(SHORTEST);
            let length = (next - SHORTEST - from).min(LONGEST).min(left);
            match &mut slots[*place] {
                Slot { got: Some(got), .. } if *received => got.length = length,
                slot => slot.sent.length = length,
            }
        }
    }
    slots
}
