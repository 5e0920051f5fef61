//! Requests that a scenario sends to a server without a client of its own (`create … at SERVER`): each statement is a
//! session that only that server knows, and sends its requests one after the other.

use super::Users;
use super::job::{Calls, Next, Say, outcome};
use super::operation::Open;
use crate::ensemble::NodeId;
use crate::history::Type;
use serde_json::Value;
use std::sync::Arc;
use zablab_protocol::{Answer, Completion, ErrorCode, Op, Origin, SessionId, Sid};

/// One such session.
#[derive(Clone, Debug)]
struct Local {
    node: NodeId,
    sid: Sid,
    calls: Calls,
    sent: Option<(Origin, Op)>,
    answer: Option<Arc<Answer>>,
    /// Its number in the history, once it has one.
    process: Option<u32>,
    open: Option<Open>,
}

/// All of them, and what came of their requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Locals {
    list: Vec<Local>,
    /// Requests on their way.
    pub(super) pending: u64,
}

impl Users {
    /// A session at a server that asks for the same, so many times.
    pub(in super::super) fn add_local(&mut self, node: NodeId, sid: Sid, op: Op, times: u32) -> usize {
        let calls = Calls { op, times, asked: 0 };
        let fresh = Local { node, sid, calls, sent: None, answer: None, process: None, open: None };
        self.locals.list.push(fresh);
        self.locals.list.len() - 1
    }

    /// The session's next request, if it has one.
    pub(in super::super) fn send_local(&mut self, at: usize, now: u64) -> Option<(NodeId, Origin, Op)> {
        let local = self.locals.list.get_mut(at)?;
        let mut said = Vec::new();
        let Next::Ask(op) = local.calls.next(&mut said) else { return None };
        let cxid = i32::try_from(local.calls.asked).unwrap_or(i32::MAX);
        let origin = Origin { session: SessionId(at as i64 + 1), cxid };
        let process = *local.process.get_or_insert_with(|| {
            self.processes += 1;
            self.processes - 1
        });
        if let Some(Say::Invoke { f, key, value }) = said.pop() {
            let open = Open { process, xid: cxid, f, key, value };
            self.history.push(open.begin(now));
            local.open = Some(open);
        }
        local.sent = Some((origin, op.clone()));
        self.locals.pending += 1;
        Some((local.node, origin, op))
    }

    /// An answer is on its way to a session. Gives back the server that it comes from.
    pub(in super::super) fn answer_local(&mut self, answer: &Arc<Answer>) -> Option<(usize, NodeId)> {
        let at = usize::try_from(answer.origin.session.0.checked_sub(1)?).ok()?;
        let local = self.locals.list.get_mut(at)?;
        local.answer = Some(answer.clone());
        Some((at, local.node))
    }

    /// The answer is there. Gives back the server where the session goes on: none if it has lost that.
    pub(in super::super) fn take_local_answer(&mut self, at: usize, now: u64) -> Option<NodeId> {
        let local = self.locals.list.get_mut(at)?;
        let (answer, (origin, op)) = (local.answer.take()?, local.sent.take()?);
        self.locals.pending -= 1;
        let lost = answer.result == Err(ErrorCode::ConnectionLoss);
        let server = (!lost).then_some(local.sid);
        match lost {
            true => self.failed += 1,
            false => self.answered += 1,
        }
        let done = Completion { origin, op, server, zxid: answer.zxid, result: answer.result.clone() };
        let (kind, value, error) = match outcome(&done) {
            Say::Ok { value } => (Type::Ok, value, None),
            Say::Info { error } => (Type::Info, Value::Null, Some(error)),
            Say::Fail { error } => (Type::Fail, Value::Null, Some(error)),
            _ => return None,
        };
        if let Some(open) = local.open.take() {
            self.history.push(open.end(kind, value, now, Some((done.zxid, server)), error));
        }
        (!lost).then_some(local.node)
    }
}
