//! No server dies of itself where only crashes and network faults were injected: of an assertion, a packet, or its own files.

use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::{Ended, NodeId};
use zablab_protocol::{Exit, Zxid};

/// Remembers nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Deaths;

impl Monitor for Deaths {
    const PROPERTY: Property = Property {
        name: "nobody-dies",
        says: "no server ends by itself where only crashes and network faults were injected",
        source: "P-SANE",
        test: "sim/src/check/deaths.rs::speaks_when_a_server_ends_by_itself",
    };

    fn down(&mut self, view: &View<'_>, node: NodeId, how: &Ended) -> Option<Violation> {
        let Ended::Exited(exit) = how else { return None };
        let zxids: Vec<Zxid> = match exit {
            // A fault of the disk, or of who wrote the configuration.
            Exit::DiskFailed { .. }
            | Exit::SnapshotFailed
            | Exit::TruncationFailed
            | Exit::CannotListen { .. }
            | Exit::NotInPeerList { .. } => return None,
            Exit::UnmatchedCommit { zxid, next } => vec![*zxid, *next],
            Exit::CannotTruncate { zxid } | Exit::EpochBehindData { zxid, .. } => vec![*zxid],
            Exit::EpochsContradict { .. } | Exit::NoSnapshot | Exit::BadSyncPacket { .. } => vec![],
        };
        let what = format!("{} ended by itself: {exit}", view.name(node));
        Some(view.broken(&Self::PROPERTY, &[node], &zxids, what))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::Trial;
    use crate::ensemble::{Effect, Ended, NodeId};
    use zablab_protocol::{Epoch, Exit, Sid, Writer, Zxid};

    #[test]
    fn speaks_when_a_server_ends_by_itself() {
        let (zxid, next) = (Zxid(2), Zxid(1));
        let contradict = Exit::EpochsContradict { accepted: Epoch(1), current: Epoch(2) };
        for (how, wrong) in [
            (Ended::Killed, false),
            (Ended::PoweredOff, false),
            (Ended::Exited(Exit::DiskFailed { writer: Writer::Log }), false),
            (Ended::Exited(Exit::SnapshotFailed), false),
            (Ended::Exited(Exit::TruncationFailed), false),
            (Ended::Exited(Exit::NotInPeerList { sid: Sid(1) }), false),
            (Ended::Exited(Exit::CannotListen { sid: Sid(1) }), false),
            (Ended::Exited(Exit::UnmatchedCommit { zxid, next }), true),
            (Ended::Exited(Exit::CannotTruncate { zxid }), true),
            (Ended::Exited(Exit::BadSyncPacket { packet: "ACK" }), true),
            (Ended::Exited(Exit::NoSnapshot), true),
            (Ended::Exited(contradict), true),
            (Ended::Exited(Exit::EpochBehindData { current: Epoch(1), zxid }), true),
        ] {
            let mut trial = Trial::new("nobody-dies");
            assert_eq!(trial.effect(Effect::Down(NodeId(0), how.clone())), wrong, "{how:?}");
        }
    }
}
