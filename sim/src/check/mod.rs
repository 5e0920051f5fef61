//! Properties that every run must keep, watched after every action. Each file names its source; none of them acts.
//!
//! A monitor's fields are all that it remembers, in a form that is the same however the run came there, so that an
//! exhaustive search can make them part of its states.

mod chronicle;
mod delivery;
mod ledger;
mod per_server;
mod property;
#[cfg(test)]
mod trial;
mod view;

pub use property::Property;

use crate::ensemble::{Action, Effect, Ended, Ensemble, NodeId};
use crate::schedule::Moment;
use ledger::Ledger;
use serde::Serialize;
use std::sync::Arc;
use view::View;
use zablab_protocol::{Decision, DiskOp, Packet, ServerState, Txn, Zxid};

/// A property was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Violation {
    /// Its name.
    pub property: &'static str,
    /// Virtual nanoseconds.
    pub at: u64,
    /// The step.
    pub step: u64,
    /// The servers that clash.
    pub servers: Vec<String>,
    /// The transactions that it is about.
    pub zxids: Vec<Zxid>,
    /// What clashed, in one sentence.
    pub what: String,
}

/// What a monitor sees of one action.
pub struct Seen<'a> {
    /// When.
    pub moment: Moment,
    /// The action.
    pub action: &'a Action,
    /// Its effects.
    pub effects: &'a [Effect],
    /// The ensemble after it.
    pub ensemble: &'a Ensemble,
}

/// Watches one property. It is told of each effect before the [`Ledger`] is.
trait Monitor: Default {
    const PROPERTY: Property;

    fn decided(&mut self, _: &View<'_>, _: NodeId, _: &Decision) -> Option<Violation> {
        None
    }

    /// A record stands in the log, not yet synced.
    fn appended(&mut self, _: &View<'_>, _: NodeId, _: &Arc<Txn>) -> Option<Violation> {
        None
    }

    /// A write is done.
    fn wrote(&mut self, _: &View<'_>, _: NodeId, _: &DiskOp) -> Option<Violation> {
        None
    }

    /// A packet went out.
    fn sent(&mut self, _: &View<'_>, _from: NodeId, _: &Packet) -> Option<Violation> {
        None
    }

    /// A process has read its files. Here the ledger knows what they hold.
    fn up(&mut self, _: &View<'_>, _: NodeId) -> Option<Violation> {
        None
    }

    /// A process ended.
    fn down(&mut self, _: &View<'_>, _: NodeId, _: &Ended) -> Option<Violation> {
        None
    }

    /// The power failed.
    fn powered_off(&mut self, _: &View<'_>, _: NodeId) -> Option<Violation> {
        None
    }

    /// All that the server had on disk is gone, by no fault of its own; up to this zxid it was durable.
    fn disk_lost(&mut self, _: &View<'_>, _: NodeId, _durable: Option<Zxid>) -> Option<Violation> {
        None
    }
}

/// Tells every monitor that is on.
macro_rules! told {
    ($self:ident, $seen:ident, $found:ident, [$($module:ident)*], |$view:ident, $monitor:ident| $call:expr) => {
        let $view = View { seen: $seen, ledger: &$self.ledger };
        let mut on = $self.on;
        $(
            if on & 1 == 1 {
                let $monitor = &mut $self.$module;
                $found.extend($call);
            }
            on >>= 1;
        )*
        let _ = on;
    };
}

macro_rules! monitors {
    ($($module:ident::$monitor:ident,)*) => {
        $(mod $module;)*

        /// All monitors of a run.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct Checks {
            /// One bit a monitor, in the order of [`Checks::PROPERTIES`].
            on: u32,
            ledger: Ledger,
            $($module: $module::$monitor,)*
        }

        impl Default for Checks {
            fn default() -> Checks {
                Checks { on: u32::MAX, ledger: Ledger::default(), $($module: Default::default(),)* }
            }
        }

        impl Checks {
            /// What is watched.
            pub const PROPERTIES: &'static [Property] = &[$($module::$monitor::PROPERTY,)*];

            fn decided(&mut self, seen: &Seen<'_>, node: NodeId, decision: &Decision, found: &mut Vec<Violation>) {
                told!(self, seen, found, [$($module)*], |view, monitor| monitor.decided(&view, node, decision));
            }

            fn appended(&mut self, seen: &Seen<'_>, node: NodeId, txn: &Arc<Txn>, found: &mut Vec<Violation>) {
                told!(self, seen, found, [$($module)*], |view, monitor| monitor.appended(&view, node, txn));
            }

            fn wrote(&mut self, seen: &Seen<'_>, node: NodeId, op: &DiskOp, found: &mut Vec<Violation>) {
                told!(self, seen, found, [$($module)*], |view, monitor| monitor.wrote(&view, node, op));
            }

            fn sent(&mut self, seen: &Seen<'_>, from: NodeId, packet: &Packet, found: &mut Vec<Violation>) {
                told!(self, seen, found, [$($module)*], |view, monitor| monitor.sent(&view, from, packet));
            }

            fn up(&mut self, seen: &Seen<'_>, node: NodeId, found: &mut Vec<Violation>) {
                told!(self, seen, found, [$($module)*], |view, monitor| monitor.up(&view, node));
            }

            fn down(&mut self, seen: &Seen<'_>, node: NodeId, how: &Ended, found: &mut Vec<Violation>) {
                told!(self, seen, found, [$($module)*], |view, monitor| monitor.down(&view, node, how));
            }

            fn disk_lost(
                &mut self,
                seen: &Seen<'_>,
                node: NodeId,
                durable: Option<Zxid>,
                found: &mut Vec<Violation>,
            ) {
                told!(self, seen, found, [$($module)*], |view, monitor| monitor.disk_lost(&view, node, durable));
            }

            fn powered_off(&mut self, seen: &Seen<'_>, node: NodeId, found: &mut Vec<Violation>) {
                told!(self, seen, found, [$($module)*], |view, monitor| monitor.powered_off(&view, node));
            }
        }
    };
}

monitors! {
    one_leader::OneLeader,
    chosen_epoch::ChosenEpoch,
    epochs::Epochs,
    newleader_epoch::NewLeaderEpoch,
    initial_history::InitialHistory,
    leader_completeness::LeaderCompleteness,
    primary_integrity::PrimaryIntegrity,
    integrity::Integrity,
    log_on_course::LogOnCourse,
    log_order::LogOrder,
    commit_rule::CommitRule,
    commit_order::CommitOrder,
    tree_digest::TreeDigest,
    committed_prefix::CommittedPrefix,
    applied_committed::AppliedCommitted,
    local_order::LocalOrder,
    global_order::GlobalOrder,
    durability::Durability,
    uptodate_applied::UpToDateApplied,
    disk_promise::DiskPromise,
    vote_order::VoteOrder,
    elected_by_quorum::ElectedByQuorum,
    sessions::Sessions,
    illegal_packets::IllegalPackets,
    deaths::Deaths,
}

/// Whether any monitor, or what they know together, could make something of an effect. One that is left out here is not
/// shown to them by an exhaustive search; a run shows them everything, and both must come to the same.
pub(crate) fn heeds(effect: &Effect) -> bool {
    match effect {
        Effect::Decided { decision, .. } => match decision {
            Decision::Heard { my_state, .. } => *my_state == ServerState::Looking,
            Decision::AckOfFuture { .. }
            | Decision::AdoptedVote { .. }
            | Decision::Applied { .. }
            | Decision::Booted { .. }
            | Decision::CommitWithoutProposal { .. }
            | Decision::Committed { .. }
            | Decision::Elected { .. }
            | Decision::EpochAcked { .. }
            | Decision::EpochChosen { .. }
            | Decision::EpochEstablished { .. }
            | Decision::GaveUp { .. }
            | Decision::KeptVote { .. }
            | Decision::LearnerArrived { .. }
            | Decision::LearnerDropped { .. }
            | Decision::LeftRole { .. }
            | Decision::NewElection { .. }
            | Decision::NewLeaderAckOfOtherEpoch { .. }
            | Decision::NewLeaderAcked { .. }
            | Decision::Proposed { .. }
            | Decision::RoundRaised { .. }
            | Decision::Serving { .. }
            | Decision::SessionClosed { .. }
            | Decision::Standalone { .. }
            | Decision::Supporters { .. }
            | Decision::Synced { .. }
            | Decision::UnmatchedCommit { .. } => true,
            _ => false,
        },
        Effect::Sent { packet, .. } => matches!(packet, Some(Packet::Ack { .. } | Packet::AckEpoch { .. })),
        Effect::DiskBegan { .. }
        | Effect::DiskWrote { .. }
        | Effect::DiskFailed { .. }
        | Effect::DiskLost { .. }
        | Effect::Up(_)
        | Effect::Down(..) => true,
        _ => false,
    }
}

impl Checks {
    /// Only the properties with these names.
    pub fn only(chosen: impl Fn(&str) -> bool) -> Checks {
        let bit = |(at, property): (usize, &Property)| u32::from(chosen(property.name)) << at;
        let on = Checks::PROPERTIES.iter().enumerate().map(bit).sum();
        Checks { on, ..Checks::default() }
    }

    /// Watches one action.
    pub fn observe(&mut self, seen: &Seen<'_>, found: &mut Vec<Violation>) {
        if let Action::PowerOff(node, _) = seen.action {
            self.reread(seen, *node);
            self.powered_off(seen, *node, found);
        }
        for effect in seen.effects {
            match effect {
                Effect::Decided { node, decision } => {
                    self.decided(seen, *node, decision, found);
                    self.ledger.decided(*node, seen.ensemble.node(*node), decision);
                }
                Effect::DiskBegan { node, .. } => self.read_on(seen, *node, found),
                Effect::DiskWrote { node, op } => {
                    if Ledger::rewrites(op) {
                        self.reread(seen, *node);
                    } else {
                        self.read_on(seen, *node, found);
                    }
                    self.wrote(seen, *node, op, found);
                }
                Effect::DiskLost { node, durable } => {
                    self.reread(seen, *node);
                    self.disk_lost(seen, *node, *durable, found);
                }
                // Of what was appended a part may be gone.
                Effect::DiskFailed { node, .. } => self.reread(seen, *node),
                Effect::Sent { conn, from, to, index, packet, .. } => {
                    let on_its_way = || seen.ensemble.net.packet(*conn, *to, *index);
                    if let Some(packet) = packet.as_ref().or_else(on_its_way) {
                        self.sent(seen, *from, packet, found);
                    }
                }
                Effect::Up(node) if seen.ensemble.client(*node).is_none() => {
                    self.reread(seen, *node);
                    self.up(seen, *node, found);
                }
                Effect::Down(node, how) if seen.ensemble.client(*node).is_none() => {
                    self.down(seen, *node, how, found);
                }
                _ => {}
            }
        }
    }

    fn reread(&mut self, seen: &Seen<'_>, node: NodeId) {
        self.ledger.reread(node, seen.ensemble.node(node).disk.storage());
    }

    /// Looks at the records that were appended since.
    fn read_on(&mut self, seen: &Seen<'_>, node: NodeId, found: &mut Vec<Violation>) {
        let log = seen.ensemble.node(node).disk.storage().log.txns();
        let records = self.ledger.tail(node).records;
        for txn in log.get(records..).unwrap_or_default() {
            self.appended(seen, node, txn, found);
            self.ledger.appended(node, txn);
        }
    }
}
