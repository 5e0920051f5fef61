//! The events of a part, and a place for each operation while it is open.

use super::part::Op;

/// An event of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// It is invoked.
    Call(u32),
    /// It ends well.
    Return(u32),
}

/// Events in order.
#[derive(Clone, Debug)]
pub(super) struct Events {
    /// All of them.
    pub events: Vec<Event>,
    /// For each operation its slot, which no other one has while it is open; an uncertain one is open from its call on.
    pub slot: Vec<u32>,
    /// How many slots there are.
    pub slots: u32,
}

impl Events {
    /// The events of `ops`.
    pub(super) fn new(ops: &[Op]) -> Events {
        let mut places = Vec::with_capacity(2 * ops.len());
        for (at, op) in (0..).zip(ops) {
            places.push((op.call, Event::Call(at)));
            if op.certain() {
                places.push((op.ret, Event::Return(at)));
            }
        }
        places.sort_unstable_by_key(|(place, _)| *place);
        let events: Vec<Event> = places.into_iter().map(|(_, event)| event).collect();
        let mut slot = vec![0; ops.len()];
        let (mut free, mut slots) = (Vec::new(), 0);
        for event in &events {
            match *event {
                Event::Call(op) => {
                    slot[op as usize] = free.pop().unwrap_or(slots);
                    slots = slots.max(slot[op as usize] + 1);
                }
                Event::Return(op) => free.push(slot[op as usize]),
            }
        }
        Events { events, slot, slots }
    }
}
