//! A history as operations, each with its beginning and its end.

use std::collections::BTreeMap;
use zablab_sim::history::{Event, Type};

/// One operation.
pub(crate) struct Op<'h> {
    /// Where it begins in the history.
    pub(crate) begun: usize,
    pub(crate) begin: &'h Event,
    /// Where it ends, and how. Without an end nobody knows.
    pub(crate) end: Option<(usize, &'h Event)>,
}

impl<'h> Op<'h> {
    /// What its answer says, if it took effect.
    pub(crate) fn ok(&self) -> Option<&'h Event> {
        self.end.map(|(_, end)| end).filter(|end| end.kind == Type::Ok)
    }

    /// The zxid of its answer, be it an error.
    pub(crate) fn zxid(&self) -> Option<i64> {
        self.end.and_then(|(_, end)| end.zxid).map(|zxid| zxid.0)
    }

    /// In words.
    pub(crate) fn told(&self) -> String {
        let Event { process, xid, f, key, value, .. } = self.begin;
        let end = self.end.map_or("without an end".to_owned(), |(_, end)| {
            format!("{:?} {} at zxid {:x?} at {} ns", end.kind, end.value, end.zxid.map(|z| z.0), end.time)
        });
        format!("{f} {key} {value} (process {process}, xid {xid}, line {}): {end}", self.begun + 1)
    }
}

/// The operations in the order in which they begin. A completion without an invoke is no history.
pub(crate) fn ops(history: &[Event]) -> Vec<Op<'_>> {
    let mut open = BTreeMap::new();
    let mut ops: Vec<Op<'_>> = Vec::new();
    for (at, event) in history.iter().enumerate() {
        let id = (event.process, event.xid);
        if event.kind == Type::Invoke {
            assert!(open.insert(id, ops.len()).is_none(), "line {}: begun twice", at + 1);
            ops.push(Op { begun: at, begin: event, end: None });
        } else {
            let op = open.remove(&id).unwrap_or_else(|| panic!("line {}: it never began", at + 1));
            ops[op].end = Some((at, event));
        }
    }
    ops
}
