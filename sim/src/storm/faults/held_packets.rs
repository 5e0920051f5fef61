//! Packets of one type do not arrive, and what is behind them waits.

use super::{Drawing, Fault};
use crate::scenario::{Hold, Packet};
use crate::storm::say;

pub(super) const FAULT: Fault =
    Fault { name: "held-packets", says: "packets of one type that are held up", draw };

const PACKETS: &[Packet] = &[
    Packet::Notification,
    Packet::FollowerInfo,
    Packet::LeaderInfo,
    Packet::AckEpoch,
    Packet::NewLeader,
    Packet::UpToDate,
    Packet::Proposal,
    Packet::Commit,
    Packet::Ack,
    Packet::Ping,
    Packet::Inform,
    Packet::Request,
    Packet::Revalidate,
    Packet::Sync,
];

fn draw(drawing: &mut Drawing<'_>) {
    for (at, until) in drawing.spells() {
        let packet = drawing.draws.pick(PACKETS);
        let server = drawing.server();
        let (one, others) = (say::one(&server), say::some(&drawing.others(&server)));
        let (from, to) = if drawing.draws.chance(50) { (one, others) } else { (others, one) };
        let hold = Hold::Stream(say::packets(packet, from, to));
        drawing.plan.hold(at, until, hold);
    }
}
