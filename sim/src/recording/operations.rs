//! What clients asked for, and what they were told.

use super::{Instant, LeftOut, keep};
use crate::ensemble::{Action, Effect, NodeId};
use crate::run::StepView;
use serde::Serialize;
use std::collections::BTreeMap;
use zablab_protocol::{ClientEvent, ErrorCode, Origin, Reply};

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Completed {
    /// When the answer was there.
    pub when: Instant,
    /// `ok`, `fail`, or `info` where whether it takes effect is unknown.
    pub outcome: &'static str,
    /// What the client was told.
    pub answer: String,
}

/// A request of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Who asks: a client, or the server at which a session without a client asks.
    pub lane: usize,
    /// What for.
    pub what: String,
    /// Whether it writes.
    pub writes: bool,
    /// When.
    pub asked: Instant,
    /// How it ended; `None` where it waits.
    pub end: Option<Completed>,
}

/// Follows requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Operations {
    pub(super) all: Vec<Operation>,
    of_clients: BTreeMap<(NodeId, i32), usize>,
    local: BTreeMap<Origin, usize>,
}

fn completed(when: Instant, result: &Result<Reply, ErrorCode>) -> Completed {
    let (outcome, answer) = match result {
        Ok(reply) => ("ok", crate::view::reply_words(reply)),
        Err(ErrorCode::ConnectionLoss) => ("info", ErrorCode::ConnectionLoss.to_string()),
        Err(code) => ("fail", code.to_string()),
    };
    Completed { when, outcome, answer }
}

impl Operations {
    pub(super) fn step(&mut self, step: &StepView<'_>, told: bool, limit: usize, left_out: &mut LeftOut) {
        let when = Instant::of(step);
        let mut enter = |all: &mut Vec<Operation>, lane: NodeId, what: String, writes: bool| {
            let operation = || Operation { lane: lane.index(), what, writes, asked: when, end: None };
            if told { keep(all, limit, &mut left_out.operations, operation) } else { None }
        };
        match step.action {
            Action::Ask { client, op } if op.is_asked() => {
                let machine = step.ensemble.client(*client).and_then(|client| client.process.as_ref());
                if let Some(machine) = machine
                    && let Some(place) = enter(&mut self.all, *client, op.to_string(), op.is_write())
                {
                    self.of_clients.insert((*client, machine.next_cxid().wrapping_sub(1)), place);
                }
            }
            Action::Client { node, origin, op } => {
                if let Some(place) = enter(&mut self.all, *node, op.to_string(), op.is_write()) {
                    self.local.insert(*origin, place);
                }
            }
            _ => {}
        }
        for effect in step.effects {
            match effect {
                Effect::Client { client, event: ClientEvent::Completed(done) } => {
                    if let Some(place) = self.of_clients.remove(&(*client, done.origin.cxid)) {
                        self.all[place].end = Some(completed(when, &done.result));
                    }
                }
                Effect::Answered { answer, .. } => {
                    if let Some(place) = self.local.remove(&answer.origin) {
                        self.all[place].end = Some(completed(when, &answer.result));
                    }
                }
                _ => {}
            }
        }
    }
}
