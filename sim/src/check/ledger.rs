//! What the monitors know together: who proposed what on top of which history, what is committed, and how far each log
//! on disk reaches. It judges nothing.
//!
//! A history is one number (`extend_history`): two servers with equal histories have had the same transactions.

use super::chronicle::Chronicle;
use super::per_server::PerServer;
use crate::ensemble::{Node, NodeId};
use std::sync::Arc;
use zablab_protocol::{Decision, DiskOp, Epoch, Storage, Txn, Zxid, extend_history};

/// A zxid, and the history up to it.
pub(super) type Point = (Zxid, u64);

/// Before every transaction.
pub(super) const NOTHING: Point = (Zxid(i64::MIN), 0);

/// What the leader of an epoch proposed, on top of the history it began with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Course {
    pub(super) epoch: Epoch,
    pub(super) leader: NodeId,
    pub(super) base: Point,
    proposed: Chronicle<u64>,
}

impl Course {
    fn new(epoch: Epoch, leader: NodeId, base: Point) -> Course {
        Course { epoch, leader, base, proposed: Chronicle::default() }
    }

    fn key(&self) -> (Epoch, NodeId) {
        (self.epoch, self.leader)
    }

    fn propose(&mut self, zxid: Zxid, digest: u64) {
        let before = self.last().1;
        self.proposed.insert(zxid, extend_history(before, digest));
    }

    pub(super) fn first(&self) -> Option<Zxid> {
        self.proposed.entries().first().map(|(zxid, _)| *zxid)
    }

    fn last(&self) -> Point {
        self.proposed.last().copied().unwrap_or(self.base)
    }
}

/// How far a log on disk reaches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tail {
    /// Records that were looked at.
    pub(super) records: usize,
    /// The last transaction that the log or a snapshot holds.
    pub(super) point: Point,
}

impl Default for Tail {
    fn default() -> Tail {
        Tail { records: 0, point: (Zxid::ZERO, 0) }
    }
}

impl Tail {
    fn of(storage: &Storage) -> Tail {
        let snapshot = storage.snapshots.last().map(|file| (file.snapshot.zxid, file.snapshot.history));
        let start = snapshot.unwrap_or((Zxid::ZERO, 0));
        let above = storage.log.after(start.0).iter();
        let point = above.fold(start, |(_, history), txn| (txn.zxid, extend_history(history, txn.digest)));
        Tail { records: storage.log.txns().len(), point }
    }
}

/// What the monitors know together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Ledger {
    /// The one sequence of everything committed: what leaders with supporters began with and what they committed since.
    pub(super) committed: Chronicle<u64>,
    /// Every epoch's course, in the order of epochs; more than one only where two lead an epoch.
    courses: Vec<Course>,
    tails: PerServer<Tail>,
}

impl Ledger {
    /// The last of everything committed.
    pub(super) fn last(&self) -> Point {
        self.committed.last().copied().unwrap_or(NOTHING)
    }

    /// The last committed transaction of epochs before this one.
    pub(super) fn last_before(&self, epoch: Epoch) -> Point {
        let entries = self.committed.entries();
        let earlier = entries.partition_point(|(zxid, _)| zxid.epoch() < epoch);
        earlier.checked_sub(1).map_or(NOTHING, |at| entries[at])
    }

    /// The course that a server leads in an epoch.
    pub(super) fn course(&self, epoch: Epoch, leader: NodeId) -> Option<&Course> {
        self.courses_of(epoch).iter().find(|course| course.leader == leader)
    }

    fn course_mut(&mut self, epoch: Epoch, leader: NodeId) -> Option<&mut Course> {
        self.courses.iter_mut().rev().find(|course| course.key() == (epoch, leader))
    }

    pub(super) fn courses_of(&self, epoch: Epoch) -> &[Course] {
        // Mostly it is the last.
        let later = self.courses.iter().rev().take_while(|course| course.epoch > epoch).count();
        let upto = &self.courses[..self.courses.len() - later];
        let same = upto.iter().rev().take_while(|course| course.epoch == epoch).count();
        &upto[upto.len() - same..]
    }

    pub(super) fn courses_after(&self, epoch: Epoch) -> &[Course] {
        let later = self.courses.iter().rev().take_while(|course| course.epoch > epoch).count();
        &self.courses[self.courses.len() - later..]
    }

    /// What a server leads with. The zxid that it shows may be that of an epoch that it only claims: then its history says
    /// how far it has come.
    fn base(&self, node: NodeId, epoch: Epoch, shown: Point) -> Point {
        let start = Zxid::new_epoch(epoch);
        let known = |point: Point| !point.0.is_new_epoch() || self.before(point).is_some();
        if shown.0 < start && known(shown) {
            return shown;
        }
        // A snapshot of such a server has the claim for its name.
        let tail = Some(self.tail(node).point).filter(|tail| known(*tail));
        let proposed = self.courses.iter().rev().flat_map(|course| course.proposed.entries().iter().rev());
        let same = |point: &Point| point.1 == shown.1 && point.0 < start;
        tail.into_iter().chain(proposed.copied()).find(same).unwrap_or(shown)
    }

    /// A server begins to lead an epoch, for the first time or anew.
    fn begin(&mut self, course: Course) {
        match self.courses.binary_search_by_key(&course.key(), Course::key) {
            Ok(at) => self.courses[at] = course,
            Err(at) => self.courses.insert(at, course),
        }
    }

    #[cfg(test)]
    pub(super) fn lead(&mut self, epoch: i64, leader: u16, base: Point, txns: &[&Arc<Txn>]) {
        let mut course = Course::new(Epoch(epoch), NodeId(leader), base);
        txns.iter().for_each(|txn| course.propose(txn.zxid, txn.digest));
        self.begin(course);
    }

    /// The point at which a transaction was proposed, and the history before it.
    pub(super) fn proposal(&self, zxid: Zxid) -> Option<(Point, u64)> {
        self.courses_of(zxid.epoch()).iter().find_map(|course| {
            let at = course.proposed.place(zxid).ok()?;
            let entries = course.proposed.entries();
            Some((entries[at], at.checked_sub(1).map_or(course.base.1, |at| entries[at].1)))
        })
    }

    /// The point before one in its history; `None` at the empty history, and where no such point was ever proposed.
    fn before(&self, (zxid, history): Point) -> Option<Point> {
        self.courses_of(zxid.epoch()).iter().find_map(|course| {
            if zxid.is_new_epoch() {
                return Some(course.base).filter(|base| base.1 == history && base.0 < zxid);
            }
            let entries = course.proposed.entries();
            let at = course.proposed.place(zxid).ok().filter(|at| entries[*at].1 == history)?;
            Some(at.checked_sub(1).map_or(course.base, |at| entries[at]))
        })
    }

    /// Whether a point was proposed, or is where an epoch began.
    pub(super) fn knows(&self, point: Point) -> bool {
        point.1 == 0 || self.before(point).is_some()
    }

    /// The same point, named by the transaction that made it rather than by an epoch that began there.
    pub(super) fn transaction_of(&self, mut point: Point) -> Point {
        while point.0.is_new_epoch()
            && let Some(before) = self.before(point)
        {
            point = before;
        }
        point
    }

    /// Whether the history up to `to` is the beginning of that up to `from`.
    pub(super) fn extends(&self, from: Point, to: Point) -> bool {
        let mut point = from;
        while point.1 != to.1 {
            match self.before(point) {
                Some(before) if point.0 > to.0 => point = before,
                _ => return false,
            }
        }
        true
    }

    /// The same, and all that comes behind is of that epoch or a later one.
    pub(super) fn goes_on(&self, from: Point, to: Point, epoch: Epoch) -> bool {
        let mut point = from;
        while point.1 != to.1 {
            let early = !point.0.is_new_epoch() && point.0.epoch() < epoch;
            match self.before(point) {
                Some(before) if point.0 > to.0 && !early => point = before,
                _ => return false,
            }
        }
        true
    }

    /// How far a server's log on disk reaches.
    pub(super) fn tail(&self, node: NodeId) -> Tail {
        self.tails.get(node).cloned().unwrap_or_default()
    }

    /// A record was appended behind the tail.
    pub(super) fn appended(&mut self, node: NodeId, txn: &Arc<Txn>) {
        let tail = self.tails.of(node);
        tail.records += 1;
        tail.point = (txn.zxid, extend_history(tail.point.1, txn.digest));
    }

    /// The files are not what they were: a process read them again, or they were cut or replaced.
    pub(super) fn reread(&mut self, node: NodeId, storage: &Storage) {
        *self.tails.of(node) = Tail::of(storage);
    }

    /// Whether a change on disk is more than records behind the others.
    pub(super) fn rewrites(op: &DiskOp) -> bool {
        match op {
            DiskOp::Truncate { .. } => true,
            DiskOp::Snapshot { file, .. } => file.from_leader,
            _ => false,
        }
    }

    pub(super) fn decided(&mut self, node: NodeId, server: &Node, decision: &Decision) {
        match decision {
            Decision::EpochAcked { epoch, .. } => {
                let Some(status) = server.status() else { return };
                let base = self.base(node, *epoch, (status.last_processed, status.history));
                self.begin(Course::new(*epoch, node, base));
            }
            Decision::Proposed { zxid, digest, .. } => {
                let epoch = zxid.epoch();
                let alone = || server.status().is_some_and(|status| status.standalone);
                if self.course(epoch, node).is_none() && alone() {
                    self.begin_alone(node, epoch);
                }
                if let Some(course) = self.course_mut(epoch, node) {
                    course.propose(*zxid, *digest);
                }
            }
            Decision::Supporters { zxid, .. } => self.initial_history(node, zxid.epoch()),
            Decision::Committed { zxid, digest } => {
                let (last, history) = self.last();
                if *zxid > last {
                    self.committed.insert(*zxid, extend_history(history, *digest));
                }
            }
            Decision::Standalone { zxid } => {
                let Some(status) = server.status() else { return };
                // What was proposed and never written is gone, and its zxids are given out again.
                match self.course_mut(zxid.epoch(), node) {
                    Some(course) => course.proposed.cut(*zxid),
                    None => self.begin(Course::new(zxid.epoch(), node, (*zxid, status.history))),
                }
                // It has committed whatever it has logged, also what it had not told anybody when it ended.
                let (last, mut history) = self.last();
                for txn in server.disk.storage().log.after(last) {
                    history = extend_history(history, txn.digest);
                    self.committed.insert(txn.zxid, history);
                }
            }
            _ => {}
        }
    }

    /// A server without others used up the counter of its epoch, and counts on in the next.
    fn begin_alone(&mut self, node: NodeId, epoch: Epoch) {
        let older = self.courses.iter().rev().find(|course| course.leader == node && course.epoch < epoch);
        let base = older.map_or((Zxid::ZERO, 0), Course::last);
        self.begin(Course::new(epoch, node, base));
    }

    /// A leader's initial history is committed as a whole (protocol reference §6.3). A leader that stood still may come
    /// late: then the epochs after its own have begun with all of it, and it adds nothing.
    fn initial_history(&mut self, leader: NodeId, epoch: Epoch) {
        let Some(base) = self.course(epoch, leader).map(|course| course.base) else { return };
        let last = self.last_before(epoch);
        if last != self.last() || !self.extends(base, last) {
            return;
        }
        let mut newer = Vec::new();
        let mut point = base;
        while point.0 > last.0
            && let Some(before) = self.before(point)
        {
            if !point.0.is_new_epoch() {
                newer.push(point);
            }
            point = before;
        }
        for (zxid, history) in newer.into_iter().rev() {
            self.committed.insert(zxid, history);
        }
    }
}
