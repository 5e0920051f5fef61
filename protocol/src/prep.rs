//! From a request to a transaction: the next zxid, the session's right to ask, validation against the tree and
//! everything proposed and not yet applied (`PrepRequestProcessor`).

use crate::database::Database;
use crate::error::ErrorCode;
use crate::ids::Millis;
use crate::request::{Op, Origin};
use crate::session::{Owner, SessionId, SessionTracker};
use crate::tree::{Tree, is_valid_path, parent};
use crate::txn::{Change, Path, Txn};
use crate::zxid::Zxid;
use std::collections::{BTreeMap, BTreeSet};

/// What turns requests into transactions at a leader or a standalone server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Prep {
    /// The zxid given out last.
    pub(crate) hzxid: Zxid,
    pub(crate) tracker: SessionTracker,
    changes: OutstandingChanges,
}

impl Prep {
    /// Goes on from a zxid.
    pub(crate) fn new(hzxid: Zxid, tracker: SessionTracker) -> Prep {
        Prep { hzxid, tracker, changes: OutstandingChanges::default() }
    }

    /// A write: gives it the next zxid and finds out what it changes, or with what it fails. It takes its zxid in either
    /// case.
    pub(crate) fn submit(&mut self, origin: Origin, op: &Op, by: Owner, db: &Database, now: Millis) -> Txn {
        self.hzxid = self.hzxid.next();
        let zxid = self.hzxid;
        let change = self.change(origin, op, by, db, now).unwrap_or_else(|code| Change::Error { code });
        Txn::new(zxid, origin, now, change)
    }

    fn change(
        &mut self,
        origin: Origin,
        op: &Op,
        by: Owner,
        db: &Database,
        now: Millis,
    ) -> Result<Change, ErrorCode> {
        let zxid = self.hzxid;
        match op {
            Op::CreateSession { timeout } => {
                self.tracker.track(origin.session, *timeout, Some(by), now);
                Ok(Change::CreateSession { timeout: *timeout })
            }
            // Anybody may end a session: the leader does when it has expired.
            Op::CloseSession => {
                self.tracker.set_closing(origin.session);
                Ok(self.changes.close_session(&db.state.tree, zxid, origin.session))
            }
            op => {
                if let (Err(code), Op::Multi(parts)) = (self.tracker.check(origin.session, by), op) {
                    return Ok(failed_at(0, code, parts.len()));
                }
                self.tracker.check(origin.session, by)?;
                Ok(self.changes.validate(&db.state.tree, zxid, origin.session, op))
            }
        }
    }

    /// The tree now shows this transaction itself.
    pub(crate) fn applied(&mut self, txn: &Txn) {
        if let Change::CloseSession { .. } = txn.change {
            self.tracker.remove(txn.origin.session);
        }
        self.changes.applied(txn.zxid, &txn.change);
    }
}

/// What a multi becomes of which one part fails.
fn failed_at(place: usize, code: ErrorCode, parts: usize) -> Change {
    let codes = (0..parts).map(|at| match at.cmp(&place) {
        std::cmp::Ordering::Less => ErrorCode::Ok,
        std::cmp::Ordering::Equal => code,
        std::cmp::Ordering::Greater => ErrorCode::RuntimeInconsistency,
    });
    Change::MultiFailed(codes.collect())
}

/// What validation must know of a znode: as it will be once everything proposed so far is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Pending {
    zxid: Zxid,
    exists: bool,
    version: i32,
    creates: i32,
    num_children: i32,
    owner: SessionId,
}

/// The leader's view of the future: the tree plus everything proposed and not yet applied
/// (`ZooKeeperServer.outstandingChangesForPath`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct OutstandingChanges {
    by_path: BTreeMap<Path, Pending>,
}

impl OutstandingChanges {
    fn look(&self, tree: &Tree, path: &str) -> Option<Pending> {
        if let Some(pending) = self.by_path.get(path) {
            return pending.exists.then_some(*pending);
        }
        tree.get(path).map(|node| Pending {
            zxid: Zxid::ZERO,
            exists: true,
            version: node.stat.version,
            creates: node.stat.creates,
            num_children: node.stat.num_children,
            owner: node.stat.ephemeral_owner,
        })
    }

    /// Turns a request into the change it will make at `zxid`, or into the error it fails with.
    fn validate(&mut self, tree: &Tree, zxid: Zxid, session: SessionId, op: &Op) -> Change {
        match op {
            Op::Multi(parts) => self.validate_multi(tree, zxid, session, parts),
            op => self.try_validate(tree, zxid, session, op).unwrap_or_else(|code| Change::Error { code }),
        }
    }

    /// All parts or none: each sees what the ones before it will have changed; at the first that fails all of that is
    /// forgotten (`rollbackPendingChanges`).
    fn validate_multi(&mut self, tree: &Tree, zxid: Zxid, session: SessionId, parts: &[Op]) -> Change {
        let before = self.by_path.clone();
        let mut changes = Vec::with_capacity(parts.len());
        for part in parts {
            match self.try_validate(tree, zxid, session, part) {
                Ok(change) => changes.push(change),
                Err(code) => {
                    self.by_path = before;
                    return failed_at(changes.len(), code, parts.len());
                }
            }
        }
        Change::Multi(changes.into())
    }

    fn try_validate(
        &mut self,
        tree: &Tree,
        zxid: Zxid,
        session: SessionId,
        op: &Op,
    ) -> Result<Change, ErrorCode> {
        let checked = |found: Option<Pending>, version: Option<i32>| {
            let found = found.ok_or(ErrorCode::NoNode)?;
            if version.is_some_and(|wanted| wanted != found.version) {
                return Err(ErrorCode::BadVersion);
            }
            Ok(found)
        };
        match op {
            Op::Create { path, data, mode } => {
                // A sequential name ends with a number, so that `/` names a child of the root, and `/a/` one of `/a`.
                let numbered = mode.sequential.then(|| format!("{path}0"));
                let above = parent(numbered.as_deref().unwrap_or(path)).map(Path::from);
                // Looked up before the path is found good, as the number is the parent's.
                let parent_node = above.as_ref().and_then(|above| self.look(tree, above));
                let path: Path = match (numbered, parent_node) {
                    (Some(_), Some(parent_node)) => format!("{path}{:010}", parent_node.creates).into(),
                    (Some(numbered), None) => numbered.into(),
                    (None, _) => path.clone(),
                };
                if !is_valid_path(&path) {
                    return Err(ErrorCode::BadArguments);
                }
                let above = above.ok_or(ErrorCode::NodeExists)?;
                let parent_node = parent_node.ok_or(ErrorCode::NoNode)?;
                if self.look(tree, &path).is_some() {
                    return Err(ErrorCode::NodeExists);
                }
                if parent_node.owner != SessionId::NONE {
                    return Err(ErrorCode::NoChildrenForEphemerals);
                }
                let parent_cversion = parent_node.creates + 1;
                let num_children = parent_node.num_children + 1;
                self.by_path
                    .insert(above, Pending { zxid, creates: parent_cversion, num_children, ..parent_node });
                let owner = if mode.ephemeral { session } else { SessionId::NONE };
                let fresh = Pending { zxid, exists: true, version: 0, creates: 0, num_children: 0, owner };
                self.by_path.insert(path.clone(), fresh);
                Ok(Change::Create { path, data: data.clone(), parent_cversion, owner })
            }
            Op::SetData { path, data, version } => {
                let found = checked(self.look(tree, path), *version)?;
                let version = found.version.wrapping_add(1);
                self.by_path.insert(path.clone(), Pending { zxid, version, ..found });
                Ok(Change::SetData { path: path.clone(), data: data.clone(), version })
            }
            Op::Delete { path, version } => {
                let above: Path = parent(path).map(Path::from).ok_or(ErrorCode::BadArguments)?;
                if matches!(&**path, "/zookeeper" | "/zookeeper/config" | "/zookeeper/quota") {
                    return Err(ErrorCode::BadArguments);
                }
                let found = checked(self.look(tree, path), *version)?;
                if found.num_children > 0 {
                    return Err(ErrorCode::NotEmpty);
                }
                if let Some(parent_node) = self.look(tree, &above) {
                    let num_children = parent_node.num_children - 1;
                    self.by_path.insert(above, Pending { zxid, num_children, ..parent_node });
                }
                self.by_path.insert(path.clone(), Pending { zxid, exists: false, ..found });
                Ok(Change::Delete { path: path.clone() })
            }
            Op::Check { path, version } => {
                checked(self.look(tree, path), *version)?;
                Ok(Change::Check)
            }
            // A multi within a multi, a read where a write belongs.
            _ => Err(ErrorCode::BadArguments),
        }
    }

    /// The session's ephemeral znodes, those included that are proposed and not applied. Their parents' count of children
    /// is left as it is until the close is applied, as in `PrepRequestProcessor`: a delete of such a parent that is
    /// proposed meanwhile fails with NotEmpty.
    fn close_session(&mut self, tree: &Tree, zxid: Zxid, session: SessionId) -> Change {
        let mut paths: BTreeSet<Path> = tree.ephemerals(session).cloned().collect();
        for (path, pending) in &self.by_path {
            if pending.exists && pending.owner == session && session != SessionId::NONE {
                paths.insert(path.clone());
            } else {
                // It goes, or has gone and another one stands in its place.
                paths.remove(path);
            }
        }
        for path in &paths {
            if let Some(found) = self.look(tree, path) {
                self.by_path.insert(path.clone(), Pending { zxid, exists: false, ..found });
            }
        }
        Change::CloseSession { paths: paths.into_iter().collect() }
    }

    /// Forgets what the tree now shows itself, because the transaction `zxid` was applied.
    fn applied(&mut self, zxid: Zxid, change: &Change) {
        let mut forget = |path: &Path| {
            for path in [Some(&**path), parent(path)].into_iter().flatten() {
                if self.by_path.get(path).is_some_and(|pending| pending.zxid == zxid) {
                    self.by_path.remove(path);
                }
            }
        };
        match change {
            Change::Create { path, .. } | Change::SetData { path, .. } | Change::Delete { path } => {
                forget(path);
            }
            Change::CloseSession { paths } => paths.iter().for_each(forget),
            Change::Multi(parts) => parts.iter().for_each(|part| self.applied(zxid, part)),
            Change::Check | Change::CreateSession { .. } | Change::MultiFailed(_) | Change::Error { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::CreateMode;
    use crate::zxid::Epoch;
    use proptest::prelude::*;

    fn create(path: &str) -> Op {
        Op::Create { path: path.into(), data: "x".into(), mode: CreateMode::default() }
    }

    fn set(path: &str, version: Option<i32>) -> Op {
        Op::SetData { path: path.into(), data: "y".into(), version }
    }

    fn delete(path: &str) -> Op {
        Op::Delete { path: path.into(), version: None }
    }

    #[test]
    fn validation_sees_what_is_proposed_but_not_applied() {
        let tree = Tree::default();
        let mut pending = OutstandingChanges::default();
        let mut counter = 0;
        let mut ask = |op: Op| {
            counter += 1;
            match pending.validate(&tree, Zxid::new(Epoch(1), counter), SessionId(1), &op) {
                Change::Error { code } => Err(code),
                _ => Ok(()),
            }
        };
        assert_eq!(ask(create("/a/b")), Err(ErrorCode::NoNode));
        assert_eq!(ask(create("/a")), Ok(()));
        assert_eq!(ask(create("/a")), Err(ErrorCode::NodeExists));
        assert_eq!(ask(create("/a/b")), Ok(()));
        assert_eq!(ask(delete("/a")), Err(ErrorCode::NotEmpty));
        assert_eq!(ask(set("/a", Some(0))), Ok(()));
        assert_eq!(ask(set("/a", Some(0))), Err(ErrorCode::BadVersion));
        assert_eq!(ask(delete("/a/b")), Ok(()));
        assert_eq!(ask(set("/a/b", None)), Err(ErrorCode::NoNode));
        assert_eq!(ask(delete("/a")), Ok(()));
        assert_eq!(ask(create("/")), Err(ErrorCode::NodeExists));
        assert_eq!(ask(create("/a//b")), Err(ErrorCode::BadArguments));
    }

    #[test]
    fn counts_creations_and_deletions_of_children() {
        let mut tree = Tree::default();
        let mut pending = OutstandingChanges::default();
        for (counter, op) in [create("/p"), create("/p/a"), create("/p/b"), delete("/p/a")].iter().enumerate()
        {
            let zxid = Zxid::new(Epoch(1), counter as u32 + 1);
            let change = pending.validate(&tree, zxid, SessionId(1), op);
            let txn = Txn::new(zxid, Origin::default(), Millis(0), change);
            tree.apply(&txn).unwrap();
            pending.applied(zxid, &txn.change);
        }
        let stat = tree.get("/p").unwrap().stat;
        assert_eq!((stat.cversion(), stat.num_children, stat.pzxid), (3, 1, Zxid::new(Epoch(1), 4)));
        assert_eq!(pending, OutstandingChanges::default());
    }

    proptest! {
        /// However late the applying comes, the same requests make the same changes, and the size is kept right.
        #[test]
        fn the_delay_between_validation_and_application_does_not_show(
            ops in proptest::collection::vec((0..3u8, 0..4usize, proptest::option::of(0..2i32)), 1..40),
            lags in proptest::collection::vec(0..5usize, 40),
        ) {
            let paths = ["/a", "/a/b", "/a/c", "/d"];
            let ops: Vec<Op> = ops.into_iter().map(|(kind, path, version)| match kind {
                0 => create(paths[path]),
                1 => set(paths[path], version),
                _ => Op::Delete { path: paths[path].into(), version },
            }).collect();
            let run = |lag: &dyn Fn(usize) -> usize| {
                let (mut tree, mut pending) = (Tree::default(), OutstandingChanges::default());
                let mut queue = std::collections::VecDeque::new();
                let mut changes = Vec::new();
                for (i, op) in ops.iter().enumerate() {
                    let zxid = Zxid::new(Epoch(1), i as u32 + 1);
                    let change = pending.validate(&tree, zxid, SessionId(1), op);
                    changes.push(change.clone());
                    queue.push_back(Txn::new(zxid, Origin::default(), Millis(0), change));
                    while queue.len() > lag(i) {
                        let txn = queue.pop_front().unwrap();
                        let _ = tree.apply(&txn);
                        pending.applied(txn.zxid, &txn.change);
                    }
                }
                for txn in queue {
                    let _ = tree.apply(&txn);
                }
                (changes, tree)
            };
            let (at_once, late) = (run(&|_| 0), run(&|i| lags[i]));
            let size: u64 = at_once.1.iter().map(|(p, n)| 76 + (p.len() + n.data.len()) as u64).sum();
            prop_assert_eq!(at_once.1.bytes(), size);
            prop_assert_eq!(at_once, late);
        }
    }
}
