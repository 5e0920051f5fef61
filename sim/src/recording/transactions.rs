//! What became of every transaction: who proposed it, who logged it, when it was committed, and who had to cut it off.

use super::{Instant, LeftOut, keep};
use crate::ensemble::{Effect, NodeId};
use crate::run::StepView;
use serde::Serialize;
use std::collections::BTreeMap;
use zablab_protocol::{Change, Decision, DiskOp, Txn, Zxid};

/// A record came into a server's log, or went from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogMark {
    /// Whose.
    pub lane: usize,
    /// When.
    pub when: Instant,
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// Its number.
    pub zxid: Zxid,
    /// What it changes.
    pub what: String,
    /// The digest that tells it from another of the same number.
    #[serde(skip)]
    pub(super) digest: u64,
    /// Who proposed it.
    pub leader: usize,
    /// When.
    pub proposed: Instant,
    /// When a leader committed it, alone or with all that its epoch begins with.
    pub committed: Option<Instant>,
    /// Since when it is durable in whose log.
    pub logged: Vec<LogMark>,
    /// Who has lost it from the log.
    pub lost: Vec<LogMark>,
}

impl Transaction {
    /// Whether a server's log holds it in the end: what it lost it may have got again.
    pub fn is_in_log(&self, lane: usize) -> bool {
        let last =
            |marks: &[LogMark]| marks.iter().filter(|mark| mark.lane == lane).map(|mark| mark.when).max();
        last(&self.logged) > last(&self.lost)
    }
}

/// Follows transactions.
#[derive(Clone, Debug, Default)]
pub(super) struct Transactions {
    pub(super) all: Vec<Transaction>,
    /// The latest transaction of each number.
    places: BTreeMap<Zxid, usize>,
    /// The digests that each server's log holds durably, by number.
    logs: Vec<BTreeMap<Zxid, u64>>,
}

/// What a transaction changes, in few words.
fn what(change: &Change) -> String {
    match change {
        Change::Create { path, data, .. } if data.is_empty() => format!("create {path}"),
        Change::Create { path, data, .. } => format!("create {path} {data}"),
        Change::SetData { path, data, .. } => format!("set {path} {data}"),
        Change::Delete { path } => format!("delete {path}"),
        Change::Check => "check".to_owned(),
        Change::CreateSession { .. } => "new session".to_owned(),
        Change::CloseSession { .. } => "session closed".to_owned(),
        Change::Multi(parts) => format!("multi of {}", parts.len()),
        Change::MultiFailed(_) => "multi that failed".to_owned(),
        Change::Error { code } => format!("error {code}"),
    }
}

impl Transactions {
    pub(super) fn step(&mut self, step: &StepView<'_>, limit: usize, left_out: &mut LeftOut) {
        let when = Instant::of(step);
        for effect in step.effects {
            match effect {
                Effect::Decided { node, decision: Decision::Proposed { zxid, digest, .. } } => {
                    let place = keep(&mut self.all, limit, &mut left_out.transactions, || Transaction {
                        zxid: *zxid,
                        what: String::new(),
                        digest: *digest,
                        leader: node.index(),
                        proposed: when,
                        committed: None,
                        logged: Vec::new(),
                        lost: Vec::new(),
                    });
                    self.places.extend(place.map(|place| (*zxid, place)));
                }
                Effect::Decided { decision: Decision::Committed { zxid, digest }, .. } => {
                    if let Some(txn) = self.find(*zxid, *digest) {
                        txn.committed.get_or_insert(when);
                    }
                }
                // A quorum has the leader's history, and takes it for the beginning of its epoch.
                Effect::Decided { node, decision: Decision::Supporters { .. } } => {
                    self.established(*node, when);
                }
                Effect::DiskWrote { node, op } => {
                    if let DiskOp::Append { txn } = op {
                        self.name(txn);
                    } else {
                        self.look(step, *node, when);
                    }
                }
                Effect::Started(node) | Effect::Down(node, _) | Effect::DiskLost { node, .. } => {
                    self.look(step, *node, when);
                }
                _ => {}
            }
        }
    }

    /// What a leader's log holds is committed with its epoch (`Leader.startZkServer`), by whomever it was proposed.
    fn established(&mut self, leader: NodeId, when: Instant) {
        let history: Vec<(Zxid, u64)> =
            self.logs.get(leader.index()).into_iter().flatten().map(|(z, d)| (*z, *d)).collect();
        for (zxid, digest) in history.into_iter().rev() {
            match self.find(zxid, digest) {
                // What stands below one that is committed is so, too.
                Some(txn) if txn.committed.is_some() => break,
                Some(txn) => txn.committed = Some(when),
                None => {}
            }
        }
    }

    fn find(&mut self, zxid: Zxid, digest: u64) -> Option<&mut Transaction> {
        let place = *self.places.get(&zxid)?;
        if self.all[place].digest == digest {
            return self.all.get_mut(place);
        }
        self.all.iter_mut().rev().find(|txn| txn.zxid == zxid && txn.digest == digest)
    }

    fn name(&mut self, record: &Txn) {
        if let Some(txn) = self.find(record.zxid, record.digest)
            && txn.what.is_empty()
        {
            txn.what = what(&record.change);
        }
    }

    /// Which records a server's log has gained or lost.
    fn look(&mut self, step: &StepView<'_>, node: NodeId, when: Instant) {
        if node.index() >= step.ensemble.nodes.len() {
            return;
        }
        if self.logs.len() <= node.index() {
            self.logs.resize(node.index() + 1, BTreeMap::new());
        }
        let disk = &step.ensemble.node(node).disk;
        let txns = disk.storage().log.txns();
        let mut had = std::mem::take(&mut self.logs[node.index()]);
        let mark = LogMark { lane: node.index(), when };
        // A log grows at its end: what stands above its last durable record is gone, and only its tail can be new.
        let last = disk.last_durable();
        while let Some((zxid, digest)) = had.last_key_value().map(|(zxid, digest)| (*zxid, *digest)) {
            let place = txns.binary_search_by_key(&zxid, |txn| txn.zxid);
            let stands =
                last.is_some_and(|last| zxid <= last) && place.is_ok_and(|at| txns[at].digest == digest);
            if stands {
                break;
            }
            had.pop_last();
            if let Some(txn) = self.find(zxid, digest) {
                txn.lost.push(mark);
            }
        }
        let known = had.last_key_value().map(|(zxid, _)| *zxid);
        let fresh = txns.iter().rev().take_while(|txn| known.is_none_or(|known| txn.zxid > known));
        let fresh: Vec<_> = fresh.filter(|txn| last.is_some_and(|last| txn.zxid <= last)).cloned().collect();
        for record in fresh.iter().rev() {
            had.insert(record.zxid, record.digest);
            self.name(record);
            if let Some(txn) = self.find(record.zxid, record.digest) {
                txn.logged.push(mark);
            }
        }
        self.logs[node.index()] = had;
    }
}
