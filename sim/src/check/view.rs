//! What a monitor looks at.

use super::ledger::Ledger;
use super::{Property, Seen, Violation};
use crate::ensemble::{Node, NodeId};
use zablab_protocol::{Status, Zxid};

/// One action, and what is known from before.
pub(super) struct View<'a> {
    pub(super) seen: &'a Seen<'a>,
    pub(super) ledger: &'a Ledger,
}

impl View<'_> {
    pub(super) fn node(&self, id: NodeId) -> &Node {
        self.seen.ensemble.node(id)
    }

    pub(super) fn name(&self, id: NodeId) -> &str {
        &self.node(id).name
    }

    pub(super) fn status(&self, id: NodeId) -> Option<Status> {
        self.node(id).status()
    }

    pub(super) fn is_serving(&self, id: NodeId) -> bool {
        self.node(id).peer().is_some_and(|peer| peer.is_serving())
    }

    pub(super) fn broken(
        &self,
        property: &Property,
        servers: &[NodeId],
        zxids: &[Zxid],
        what: String,
    ) -> Violation {
        let moment = self.seen.moment;
        Violation {
            property: property.name,
            at: moment.at,
            step: moment.step,
            servers: servers.iter().map(|id| self.name(*id).to_owned()).collect(),
            zxids: zxids.to_vec(),
            what,
        }
    }
}
