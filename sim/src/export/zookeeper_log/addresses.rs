//! Where the servers of a simulated ensemble would listen, if they were processes of one machine.

use crate::ensemble::Ensemble;
use std::collections::BTreeSet;
use zablab_protocol::{Port, Sid};

/// The ports of every server that any list names, all on 127.0.0.1: 2181, 2888 and 3888 for the one with the smallest id, and
/// so on upwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses(Vec<Sid>);

impl Addresses {
    pub(super) fn of(ensemble: &Ensemble) -> Addresses {
        let listed = ensemble.nodes.iter().flat_map(|node| node.config.verifier.members());
        let sids = listed.map(|(sid, _)| sid).chain(ensemble.nodes.iter().map(|node| node.sid()));
        Addresses(sids.collect::<BTreeSet<Sid>>().into_iter().collect())
    }

    /// The number of a port.
    pub fn port(&self, sid: Sid, port: Port) -> u16 {
        let first = match port {
            Port::Client => 2181,
            Port::Quorum => 2888,
            Port::Election => 3888,
        };
        first + self.0.partition_point(|other| *other < sid) as u16
    }

    /// As Java prints a socket's address: `/127.0.0.1:2888`.
    pub(super) fn socket(&self, sid: Sid, port: Port) -> String {
        format!("/127.0.0.1:{}", self.port(sid, port))
    }

    /// The two ports by which the others reach a server, as zoo.cfg has them: `127.0.0.1:2888:3888`.
    pub(super) fn listed(&self, sid: Sid) -> String {
        format!("127.0.0.1:{}:{}", self.port(sid, Port::Quorum), self.port(sid, Port::Election))
    }
}
