//! The clients of a scenario: each statement is one client that sends its requests one after the other.

use crate::ensemble::NodeId;
use std::sync::Arc;
use zablab_protocol::{Answer, ErrorCode, Op, Origin, SessionId};

/// What a client asks for, again and again.
#[derive(Clone, Debug)]
pub(super) struct Workload {
    pub(super) op: Op,
    /// More than one creation numbers its znodes, `/name00000` and on.
    pub(super) times: u32,
}

/// One client.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) node: NodeId,
    workload: Workload,
    sent: u32,
    answer: Option<Arc<Answer>>,
}

impl Client {
    fn next(&mut self) -> Option<Op> {
        if self.sent == self.workload.times {
            return None;
        }
        let mut op = self.workload.op.clone();
        if let Op::Create { path, .. } = &mut op
            && self.workload.times > 1
        {
            *path = format!("{path}{:05}", self.sent).into();
        }
        self.sent += 1;
        Some(op)
    }
}

/// All clients, and what came of their requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Clients {
    list: Vec<Client>,
    /// Requests that got an answer, be it an error of the tree.
    pub(super) answered: u64,
    /// Requests whose outcome is unknown: the server refused, or was lost.
    pub(super) failed: u64,
    /// Requests on their way.
    pub(super) pending: u64,
}

impl Clients {
    pub(super) fn add(&mut self, node: NodeId, workload: Workload) -> usize {
        self.list.push(Client { node, workload, sent: 0, answer: None });
        self.list.len() - 1
    }

    /// The client's next request, if it has one.
    pub(super) fn send(&mut self, client: usize) -> Option<(NodeId, Origin, Op)> {
        let of = self.list.get_mut(client)?;
        let op = of.next()?;
        self.pending += 1;
        let origin = Origin { session: SessionId(client as i64 + 1), cxid: of.sent as i32 };
        Some((of.node, origin, op))
    }

    /// An answer is on its way to its client.
    pub(super) fn expect_answer(&mut self, client: usize, answer: Arc<Answer>) {
        if let Some(of) = self.list.get_mut(client) {
            of.answer = Some(answer);
        }
    }

    /// The answer is there. Says whether the client goes on: not with a server that it has lost.
    pub(super) fn take_answer(&mut self, client: usize) -> bool {
        let Some(answer) = self.list.get_mut(client).and_then(|of| of.answer.take()) else { return false };
        self.pending -= 1;
        let lost = answer.result == Err(ErrorCode::ConnectionLoss);
        if lost {
            self.failed += 1;
        } else {
            self.answered += 1;
        }
        !lost
    }

    pub(super) fn node(&self, client: usize) -> Option<NodeId> {
        self.list.get(client).map(|of| of.node)
    }
}
