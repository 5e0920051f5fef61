//! The tree of znodes (`DataTree`, `DataNode`; protocol reference §8.3).
//!
//! Sessions, ephemerals and watches have their place here: a session table beside the nodes, an owner in
//! [`Stat`], and watches beside the tree (they are not replicated).

use crate::txn::{Change, Data, ErrorCode, Op, Path};
use crate::zxid::Zxid;
use indexmap::IndexMap;
use indexmap::map::Entry;
use rustc_hash::FxBuildHasher;
use serde::Serialize;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What is known about a znode besides its data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stat {
    /// The zxid that created it.
    pub czxid: Zxid,
    /// The zxid that last set its data.
    pub mzxid: Zxid,
    /// The zxid that last changed its list of children.
    pub pzxid: Zxid,
    /// How often its data was set.
    pub version: i32,
    /// Children ever created (internal; [`Stat::cversion`] is what clients see).
    pub creates: i32,
    /// Children it has now.
    pub num_children: i32,
}

impl Stat {
    /// Creations plus deletions of children.
    pub fn cversion(&self) -> i32 {
        2 * self.creates - self.num_children
    }
}

/// A znode.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Znode {
    /// Its data.
    pub data: Data,
    /// Its stat.
    pub stat: Stat,
}

/// The parent of a path; `None` for the root.
pub(crate) fn parent(path: &str) -> Option<&str> {
    match path.rfind('/')? {
        0 if path.len() == 1 => None,
        0 => Some("/"),
        at => Some(&path[..at]),
    }
}

/// Whether `path` is one that a client may name (`PathUtils.validatePath`).
pub fn is_valid_path(path: &str) -> bool {
    path == "/"
        || (path.starts_with('/')
            && path[1..].split('/').all(|part| !part.is_empty() && part != "." && part != "..")
            && !path.chars().any(char::is_control))
}

/// Every znode of a server. Cloning shares the nodes; the first change after a clone copies them.
///
/// Looked up by path, never gone through in an order that the hash decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    nodes: Arc<IndexMap<Path, Znode, FxBuildHasher>>,
    bytes: u64,
}

impl Hash for Tree {
    /// Equal trees hash alike; what tells trees apart in a server's state is the digest of its history beside them.
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.nodes.len(), self.bytes).hash(state);
    }
}

/// Bytes that a znode takes in a snapshot beside its path and data: two lengths, the ACL's number, the stat.
const NODE_BYTES: u64 = 4 + 4 + 8 + 60;

impl Default for Tree {
    fn default() -> Tree {
        let mut nodes = IndexMap::default();
        let mut bytes = 0;
        let stat = |creates| Stat { creates, num_children: creates, ..Stat::default() };
        let fresh = [("/", 1), ("/zookeeper", 2), ("/zookeeper/config", 0), ("/zookeeper/quota", 0)];
        for (path, creates) in fresh {
            bytes += NODE_BYTES + path.len() as u64;
            nodes.insert(Path::from(path), Znode { data: Data::from(""), stat: stat(creates) });
        }
        Tree { nodes: Arc::new(nodes), bytes }
    }
}

impl Tree {
    /// Looks a znode up.
    pub fn get(&self, path: &str) -> Option<&Znode> {
        self.nodes.get(path)
    }

    /// How many znodes there are, with the four that every tree has.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never: the root cannot go.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The size of a snapshot file of this tree (protocol reference §2.1).
    pub fn snapshot_bytes(&self) -> u64 {
        16 + 4 + 4 + 5 + 13 + 25 + self.bytes
    }

    /// Every znode, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &Znode)> {
        self.nodes.iter()
    }

    /// Applies a change that the leader found valid (`DataTree.processTxn`). A change that is there already
    /// does no harm: creating an existing znode or deleting an absent one is passed over.
    pub fn apply(&mut self, zxid: Zxid, change: &Change) {
        let nodes = Arc::make_mut(&mut self.nodes);
        match change {
            Change::Create { path, data, parent_cversion } => {
                let Entry::Vacant(place) = nodes.entry(path.clone()) else { return };
                let stat = Stat { czxid: zxid, mzxid: zxid, pzxid: zxid, ..Stat::default() };
                place.insert(Znode { data: data.clone(), stat });
                self.bytes += NODE_BYTES + (path.len() + data.len()) as u64;
                // The leader has made sure that there is a parent.
                if let Some(above) = parent(path).and_then(|above| nodes.get_mut(above)) {
                    above.stat.creates = above.stat.creates.max(*parent_cversion);
                    above.stat.num_children += 1;
                    above.stat.pzxid = zxid;
                }
            }
            Change::SetData { path, data, version } => {
                let Some(node) = nodes.get_mut(path) else { return };
                self.bytes = self.bytes - node.data.len() as u64 + data.len() as u64;
                node.data = data.clone();
                node.stat.mzxid = zxid;
                node.stat.version = *version;
            }
            Change::Delete { path } => {
                let Some(gone) = nodes.swap_remove(path) else { return };
                self.bytes -= NODE_BYTES + (path.len() + gone.data.len()) as u64;
                if let Some(above) = parent(path).and_then(|above| nodes.get_mut(above)) {
                    above.stat.num_children -= 1;
                    above.stat.pzxid = zxid;
                }
            }
            Change::Error { .. } => {}
        }
    }
}

/// What validation must know of a znode: as it will be once everything proposed so far is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Pending {
    zxid: Zxid,
    exists: bool,
    version: i32,
    creates: i32,
    num_children: i32,
}

/// The leader's view of the future: the tree plus everything proposed and not yet applied
/// (`PrepRequestProcessor`, `ZooKeeperServer.outstandingChangesForPath`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct OutstandingChanges {
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
        })
    }

    /// Turns a request into the change it will make at `zxid`, or into the error it fails with.
    pub(crate) fn validate(&mut self, tree: &Tree, zxid: Zxid, op: &Op) -> Change {
        self.try_validate(tree, zxid, op).unwrap_or_else(|code| Change::Error { code })
    }

    fn try_validate(&mut self, tree: &Tree, zxid: Zxid, op: &Op) -> Result<Change, ErrorCode> {
        let checked = |found: Option<Pending>, version: Option<i32>| {
            let found = found.ok_or(ErrorCode::NoNode)?;
            if version.is_some_and(|wanted| wanted != found.version) {
                return Err(ErrorCode::BadVersion);
            }
            Ok(found)
        };
        match op {
            Op::Create { path, data } => {
                if !is_valid_path(path) {
                    return Err(ErrorCode::BadArguments);
                }
                let above: Path = parent(path).map(Path::from).ok_or(ErrorCode::NodeExists)?;
                let parent_node = self.look(tree, &above).ok_or(ErrorCode::NoNode)?;
                if self.look(tree, path).is_some() {
                    return Err(ErrorCode::NodeExists);
                }
                let parent_cversion = parent_node.creates + 1;
                let num_children = parent_node.num_children + 1;
                self.by_path
                    .insert(above, Pending { zxid, creates: parent_cversion, num_children, ..parent_node });
                let fresh = Pending { zxid, exists: true, version: 0, creates: 0, num_children: 0 };
                self.by_path.insert(path.clone(), fresh);
                Ok(Change::Create { path: path.clone(), data: data.clone(), parent_cversion })
            }
            Op::SetData { path, data, version } => {
                let found = checked(self.look(tree, path), *version)?;
                let version = found.version.wrapping_add(1);
                self.by_path.insert(path.clone(), Pending { zxid, version, ..found });
                Ok(Change::SetData { path: path.clone(), data: data.clone(), version })
            }
            Op::Delete { path, version } => {
                let above: Path = parent(path).map(Path::from).ok_or(ErrorCode::BadArguments)?;
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
            Op::GetData { .. } => Err(ErrorCode::BadArguments),
        }
    }

    /// Forgets what the tree now shows itself, because the transaction `zxid` was applied.
    pub(crate) fn applied(&mut self, zxid: Zxid, change: &Change) {
        let (Change::Create { path, .. } | Change::SetData { path, .. } | Change::Delete { path }) = change
        else {
            return;
        };
        for path in [Some(&**path), parent(path)].into_iter().flatten() {
            if self.by_path.get(path).is_some_and(|pending| pending.zxid == zxid) {
                self.by_path.remove(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zxid::Epoch;
    use proptest::prelude::*;

    fn create(path: &str) -> Op {
        Op::Create { path: path.into(), data: "x".into() }
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
            match pending.validate(&tree, Zxid::new(Epoch(1), counter), &op) {
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
            let change = pending.validate(&tree, zxid, op);
            tree.apply(zxid, &change);
            pending.applied(zxid, &change);
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
                    let change = pending.validate(&tree, zxid, op);
                    changes.push(change.clone());
                    queue.push_back((zxid, change));
                    while queue.len() > lag(i) {
                        let (zxid, change) = queue.pop_front().unwrap();
                        tree.apply(zxid, &change);
                        pending.applied(zxid, &change);
                    }
                }
                for (zxid, change) in queue {
                    tree.apply(zxid, &change);
                }
                (changes, tree)
            };
            let (at_once, late) = (run(&|_| 0), run(&|i| lags[i]));
            let size: u64 = at_once.1.iter().map(|(p, n)| NODE_BYTES + (p.len() + n.data.len()) as u64).sum();
            prop_assert_eq!(at_once.1.bytes, size);
            prop_assert_eq!(at_once, late);
        }
    }
}
