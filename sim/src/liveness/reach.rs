//! Who can work with whom: servers that run unhindered, and links that nothing cuts, refuses or holds.

use crate::ensemble::{Ensemble, Node, NodeId, Process};
use zablab_protocol::Port;

/// Servers that reach each other, directly or by way of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) members: Vec<NodeId>,
    /// Two of them that do not reach each other directly.
    pub(super) gap: Option<(NodeId, NodeId)>,
}

impl Group {
    pub(super) fn nodes<'e>(&self, ensemble: &'e Ensemble) -> impl Iterator<Item = &'e Node> {
        self.members.iter().map(|id| ensemble.node(*id))
    }

    /// By the list of its first member; a group whose lists differ owes nothing.
    pub(super) fn is_quorum(&self, ensemble: &Ensemble) -> bool {
        let Some(first) = self.nodes(ensemble).next() else { return false };
        let verifier = &first.config.verifier;
        verifier.contains_quorum(verifier.set_of(self.nodes(ensemble).map(Node::sid)))
    }

    /// Two that say they are the same server.
    pub(super) fn namesakes<'e>(&self, ensemble: &'e Ensemble) -> Option<(&'e Node, &'e Node)> {
        let nodes: Vec<&Node> = self.nodes(ensemble).collect();
        nodes.iter().enumerate().find_map(|(at, a)| {
            let b = nodes[at + 1..].iter().find(|b| b.sid() == a.sid())?;
            Some((*a, *b))
        })
    }

    pub(super) fn lists_differ(&self, ensemble: &Ensemble) -> bool {
        let mut nodes = self.nodes(ensemble).map(|node| &node.config.verifier);
        let first = nodes.next();
        nodes.any(|verifier| Some(verifier) != first)
    }
}

fn linked(ensemble: &Ensemble, a: NodeId, b: NodeId) -> bool {
    let net = &ensemble.net;
    [Port::Election, Port::Quorum].into_iter().all(|port| {
        let one_way = |from, to| net.lets_through(from, to, port) && !net.is_refused(from, to, port);
        one_way(a, b) && one_way(b, a)
    })
}

/// Every group of servers that run unhindered, largest first.
pub(super) fn groups(ensemble: &Ensemble) -> Vec<Group> {
    let mut left: Vec<NodeId> = ensemble.ids().filter(|id| ensemble.node(*id).is_unhindered()).collect();
    let mut groups = Vec::new();
    while let Some(first) = left.first().copied() {
        let mut members = vec![first];
        let mut at = 0;
        while let Some(member) = members.get(at).copied() {
            let reached = left.iter().filter(|id| !members.contains(id) && linked(ensemble, member, **id));
            members.extend(reached.copied().collect::<Vec<_>>());
            at += 1;
        }
        members.sort_unstable();
        left.retain(|id| !members.contains(id));
        let pairs = members.iter().flat_map(|a| members.iter().map(move |b| (*a, *b)));
        let gap = pairs.filter(|(a, b)| a < b).find(|(a, b)| !linked(ensemble, *a, *b));
        groups.push(Group { members, gap });
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.members.len()));
    groups
}

/// Why a server cannot take part, if so.
pub(super) fn hindrance(node: &Node) -> Option<&'static str> {
    match node.process {
        Process::Down => Some("is down"),
        Process::Booting => Some("still starts"),
        Process::Up(_) if node.paused => Some("stands still"),
        Process::Up(_) if node.disk.is_bad() => Some("has a disk that takes no writes"),
        Process::Up(_) if !node.is_unhindered() => Some("is held"),
        Process::Up(_) => None,
    }
}
