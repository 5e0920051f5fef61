//! An operation on its way into the history.

use crate::history::{Event, Type};
use serde_json::Value;
use zablab_protocol::{ErrorCode, Path, Sid, Zxid};

/// An operation of a history that has not ended.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) process: u32,
    pub(super) xid: i32,
    pub(super) f: &'static str,
    pub(super) key: Path,
    pub(super) value: Value,
}

impl Open {
    /// Its first request has been asked.
    pub(super) fn begun(&self) -> bool {
        self.xid != 0
    }

    pub(super) fn begin(&self, now: u64) -> Event {
        Event {
            process: self.process,
            xid: self.xid,
            f: self.f,
            key: self.key.clone(),
            kind: Type::Invoke,
            value: self.value.clone(),
            time: now,
            zxid: None,
            server: None,
            error: None,
        }
    }

    pub(super) fn end(
        self,
        kind: Type,
        value: Value,
        now: u64,
        answer: Option<(Zxid, Option<Sid>)>,
        error: Option<ErrorCode>,
    ) -> Event {
        let shows =
            matches!(self.f, "read" | "exists" | "children" | "create" | "ephemeral" | "multi" | "take");
        let answered = answer.and_then(|(zxid, server)| server.map(|server| (zxid, server)));
        Event {
            process: self.process,
            xid: self.xid,
            f: self.f,
            key: self.key,
            kind,
            // What was asked for, where the answer adds nothing.
            value: if kind == Type::Ok && shows { value } else { self.value },
            time: now,
            zxid: answered.map(|(zxid, _)| zxid),
            server: answered.map(|(_, server)| server),
            error,
        }
    }
}
