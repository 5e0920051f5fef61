//! What a user remembers of what its client was told.

use super::job::failure;
use std::collections::BTreeMap;
use zablab_protocol::{Completion, Data, ErrorCode, Op, Path, Reply, SessionId, Stat};

/// What a client was shown of a znode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Seen {
    pub(in super::super) stat: Stat,
    /// Where the answer had it.
    pub(in super::super) data: Option<Data>,
}

/// What expectations about a client are held against.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Memory {
    pub(in super::super) session: SessionId,
    pub(in super::super) sessions: u64,
    /// How its last request ended.
    pub(in super::super) last: Option<Option<ErrorCode>>,
    pub(in super::super) saw: BTreeMap<Path, Option<Seen>>,
    pub(in super::super) notified: BTreeMap<Path, u64>,
    /// Locks it waits for (false) or has (true), by its own belief.
    pub(in super::super) locks: BTreeMap<Path, bool>,
}

impl Memory {
    /// A new process knows nothing of what the one before was told.
    pub(super) fn forget(&mut self) {
        self.last = None;
        self.saw.clear();
    }

    pub(super) fn remember(&mut self, done: &Completion) {
        self.last = Some(failure(done));
        match (&done.op, &done.result) {
            (Op::Multi(parts), Ok(Reply::Multi(results))) => {
                for (op, result) in parts.iter().zip(results.iter()) {
                    self.remember_part(op, result);
                }
            }
            (op, result) => self.remember_part(op, result),
        }
    }

    fn remember_part(&mut self, op: &Op, result: &Result<Reply, ErrorCode>) {
        let (path, written) = match op {
            Op::Create { path, data, .. } | Op::SetData { path, data, .. } => (path, Some(data)),
            Op::Delete { path, .. }
            | Op::GetData { path, .. }
            | Op::Exists { path, .. }
            | Op::GetChildren { path, .. } => (path, None),
            _ => return,
        };
        let reads = matches!(op, Op::GetData { .. } | Op::Exists { .. } | Op::GetChildren { .. });
        let seen = match result {
            Ok(Reply::Created { path, stat }) => {
                let seen = Seen { stat: *stat, data: written.cloned() };
                self.saw.insert(path.clone(), Some(seen));
                return;
            }
            Ok(Reply::Node { data, stat }) => Some(Seen { stat: *stat, data: Some(data.clone()) }),
            Ok(Reply::Stat(stat) | Reply::Children { stat, .. }) => {
                Some(Seen { stat: *stat, data: written.cloned() })
            }
            Ok(Reply::Done) if matches!(op, Op::Delete { .. }) => None,
            Err(ErrorCode::NoNode) if reads => None,
            _ => return,
        };
        self.saw.insert(path.clone(), seen);
    }
}
