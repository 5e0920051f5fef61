//! Steps that wait for an event: `when` and `if`.

use super::Run;
use crate::ensemble::{Action, Effect, NodeId, Part, Segment};
use crate::scenario::{Event, File, Moment, Occurrence, Step, Task};
use zablab_protocol::{DiskOp, Packet, Zxid};

/// A trigger and how far it is.
#[derive(Clone, Debug)]
pub(super) struct Armed {
    /// The line of the file.
    pub(super) line: u32,
    pub(super) event: Event,
    pub(super) step: Step,
    pub(super) must_fire: bool,
    /// Events before this do not count.
    pub(super) from: u64,
    /// Events after this do not count.
    pub(super) until: u64,
    /// Events still to come.
    pub(super) left: u32,
}

/// A packet as it arrives.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// The sender.
    pub from: NodeId,
    /// The packet.
    pub packet: Packet,
}

/// The part of a server that a task of the language means.
pub(super) fn part(task: Task) -> Part {
    match task {
        Task::PacketLoop => Part::PacketLoop,
        Task::LogWriter => Part::LogWriter,
        Task::CommitApplier => Part::CommitApplier,
        Task::Handlers => Part::Handlers,
        Task::Disk => Part::Disk,
    }
}

/// The server whose machine makes a step in an action.
fn actor(action: &Action) -> Option<NodeId> {
    match action {
        Action::Deliver { to, .. } => Some(*to),
        Action::Arrive { from, .. } => Some(*from),
        Action::Timer { node, .. }
        | Action::DiskDone { node, .. }
        | Action::Run { node, .. }
        | Action::Client { node, .. }
        | Action::Boot(node) => Some(*node),
        _ => None,
    }
}

impl Run {
    /// Whether a task step that is about to happen does anything.
    pub(super) fn does_work(&self, action: &Action) -> bool {
        match action {
            Action::Run { node, task } => self.timed.ensemble.ready(*node).contains(task),
            _ => true,
        }
    }

    /// The steps whose event is this action, on that side of it.
    pub(super) fn triggered(
        &mut self,
        moment: Moment,
        action: &Action,
        delivered: Option<&Delivered>,
    ) -> Vec<(u32, Step)> {
        let now = self.timed.now();
        let mut fired = Vec::new();
        let mut armed = std::mem::take(&mut self.armed);
        armed.retain_mut(|trigger| {
            if now > trigger.until && !trigger.must_fire {
                return false;
            }
            let live = trigger.from <= now && now <= trigger.until && trigger.event.moment == moment;
            if !live || !self.matches(&trigger.event, action, delivered) {
                return true;
            }
            match (trigger.left, moment) {
                (1, _) => fired.push((trigger.line, trigger.step.clone())),
                (_, Moment::After) => trigger.left -= 1,
                // It counts only if it does happen.
                (_, Moment::Before) => self.seen.push(trigger.line),
            }
            trigger.left > 1 || fired.last().is_none_or(|(line, _)| *line != trigger.line)
        });
        self.armed = armed;
        fired
    }

    /// The action that was about to happen happens: it counts.
    pub(super) fn count(&mut self, seen: &[u32]) {
        for line in seen {
            if let Some(trigger) = self.armed.iter_mut().find(|trigger| trigger.line == *line) {
                trigger.left -= 1;
            }
        }
    }

    fn is_at(&self, event: &Event, node: NodeId) -> bool {
        self.resolve(&event.server) == Ok(node)
    }

    fn matches(&self, event: &Event, action: &Action, delivered: Option<&Delivered>) -> bool {
        match &event.occurrence {
            Occurrence::Got { packet: wanted, from } => {
                let (Action::Deliver { to, .. }, Some(delivered)) = (action, delivered) else { return false };
                delivered.packet.name() == wanted.word()
                    && self.is_at(event, *to)
                    && from.as_ref().is_none_or(|from| {
                        self.resolve_each(from).is_ok_and(|from| from.contains(&delivered.from))
                    })
            }
            Occurrence::Ran(task) => match action {
                Action::Run { node, task: of } => {
                    self.worked && Part::of(*of) == part(*task) && self.is_at(event, *node)
                }
                _ => false,
            },
            Occurrence::Wrote { file, number } => match event.moment {
                Moment::Before => {
                    let Action::DiskDone { node, writer } = action else { return false };
                    let disk = &self.timed.ensemble.node(*node).disk;
                    let op = disk.under_way(*writer).filter(|_| !disk.will_fail(*writer));
                    self.is_at(event, *node) && op.is_some_and(|op| self.is_write(*node, op, *file, *number))
                }
                Moment::After => self.timed.effects().iter().any(|effect| match effect {
                    Effect::DiskWrote { node, op } => {
                        self.is_at(event, *node) && self.is_write(*node, op, *file, *number)
                    }
                    _ => false,
                }),
            },
            Occurrence::Decided(name) => match event.moment {
                Moment::Before => actor(action)
                    .is_some_and(|node| self.is_at(event, node) && self.would_decide(action, node, name)),
                Moment::After => self.timed.effects().iter().any(|effect| match effect {
                    Effect::Decided { node, decision } => decision.name() == name && self.is_at(event, *node),
                    _ => false,
                }),
            },
        }
    }

    fn is_write(&self, node: NodeId, op: &DiskOp, file: File, number: Option<u64>) -> bool {
        // A file is written when all of it is.
        let is_whole = !matches!(op, DiskOp::SnapshotPart { .. });
        is_whole
            && op.file() == file.word()
            && number.is_none_or(|number| match op {
                DiskOp::AcceptedEpoch { epoch } | DiskOp::CurrentEpoch { epoch } => epoch.0 as u64 == number,
                DiskOp::Snapshot { file, .. } => file.snapshot.zxid == Zxid(number as i64),
                DiskOp::Truncate { zxid } => *zxid == Zxid(number as i64),
                // The sync that makes this record durable, and no later one.
                DiskOp::Sync => {
                    let zxid = Zxid(number as i64);
                    let log = &self.timed.ensemble.node(node).disk.storage().log;
                    self.unsynced.is_some_and(|first| first <= zxid)
                        && log.last().is_some_and(|last| zxid <= last)
                }
                DiskOp::Append { .. } | DiskOp::Roll | DiskOp::SnapshotPart { .. } => false,
            })
    }

    /// Whether the machine would decide so in an action, found out on a copy of the ensemble.
    fn would_decide(&self, action: &Action, at: NodeId, name: &str) -> bool {
        let mut copy = self.timed.ensemble.clone();
        let mut effects = Vec::new();
        copy.apply(action, &mut effects);
        effects.iter().any(|effect| match effect {
            Effect::Decided { node, decision } => *node == at && decision.name() == name,
            _ => false,
        })
    }

    /// The packet that an action delivers.
    pub(super) fn delivered(&self, action: &Action) -> Option<Delivered> {
        let Action::Deliver { conn, to } = action else { return None };
        let (_, from) = self.timed.ensemble.net.other_end(*conn, *to)?;
        match self.timed.ensemble.net.head(*conn, *to)? {
            (Segment::Packet(packet), _) => Some(Delivered { from, packet: packet.clone() }),
            _ => None,
        }
    }
}
