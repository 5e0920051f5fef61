//! An observer that keeps all it sees, and the ensemble that the tests of language and world watch.

use std::io;
use zablab_protocol::Packet;
use zablab_sim::ensemble::{Action, Effect, NodeId};
use zablab_sim::run::{Observer, StepView};

pub(crate) const SECOND: u64 = 1_000_000_000;

/// Three servers that boot together. zk3 leads well before 2 s, and listens before the others come: both
/// get an empty DIFF.
pub(crate) const THREE: &str = "ensemble zk1 zk2 zk3\nset boot 500ms\nset takeover 20ms\nset zk3 takeover 5ms\n\
                     set write 2ms\n\
                     at 0s start all\n";

/// One action as it was seen.
pub(crate) struct Seen {
    pub(crate) at: u64,
    pub(crate) action: Action,
    pub(crate) packet: Option<(NodeId, Packet)>,
    pub(crate) effects: Vec<Effect>,
}

#[derive(Default)]
pub(crate) struct Everything(pub(crate) Vec<Seen>);

impl Observer for Everything {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        self.0.push(Seen {
            at: step.moment.at,
            action: step.action.clone(),
            packet: step.delivered.map(|delivered| (delivered.from, delivered.packet.clone())),
            effects: step.effects.to_vec(),
        });
        Ok(())
    }
}
