//! The tree of znodes (`DataTree`, `DataNode`; protocol reference §8.3).

mod fuzzy;

use crate::Millis;
use crate::error::ErrorCode;
use crate::request::Reply;
use crate::session::SessionId;
use crate::txn::{Change, Data, Path, Txn, extend_history};
use crate::zxid::Zxid;
use indexmap::IndexMap;
use indexmap::map::Entry;
use rustc_hash::FxBuildHasher;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

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
    /// The leader's clock at its creation.
    pub ctime: Millis,
    /// The leader's clock when its data was last set.
    pub mtime: Millis,
    /// How often its data was set.
    pub version: i32,
    /// Children ever created (internal; [`Stat::cversion`] is what clients see).
    pub creates: i32,
    /// Children it has now.
    pub num_children: i32,
    /// Bytes of its data.
    pub data_length: i32,
    /// The session it goes with, if it is ephemeral.
    pub ephemeral_owner: SessionId,
}

impl Stat {
    /// Creations plus deletions of children. (-1 at a fresh root, whose one child was never created.)
    pub fn cversion(&self) -> i32 {
        self.creates.wrapping_mul(2).wrapping_sub(self.num_children)
    }

    pub(crate) fn digest(&self) -> u64 {
        let Stat { czxid, mzxid, pzxid, ctime, mtime, version, creates, num_children, .. } = *self;
        let pair = |high: i32, low: i32| u64::from(high as u32) << 32 | u64::from(low as u32);
        let words = [
            czxid.0 as u64,
            mzxid.0 as u64,
            pzxid.0 as u64,
            ctime.0,
            mtime.0,
            pair(version, creates),
            pair(num_children, self.data_length),
            self.ephemeral_owner.0 as u64,
        ];
        xxh3_64(words.map(u64::to_le_bytes).as_flattened())
    }
}

/// A znode.
#[derive(Clone, Debug)]
pub struct Znode {
    /// Its data.
    pub data: Data,
    /// Its stat.
    pub stat: Stat,
    /// Its children's paths, in no order that means anything.
    children: Vec<Path>,
    /// Its own place among those of its parent.
    place: usize,
    /// The digest of its path and data.
    content: u64,
    /// What it adds to the tree's digest.
    share: u64,
}

impl PartialEq for Znode {
    /// Its children are those whose paths say so.
    fn eq(&self, other: &Znode) -> bool {
        (&self.data, &self.stat) == (&other.data, &other.stat)
    }
}

impl Eq for Znode {}

impl Znode {
    fn new(path: &Path, data: Data, stat: Stat) -> Znode {
        let content = content(path, &data);
        Znode {
            data,
            stat,
            children: Vec::new(),
            place: 0,
            content,
            share: extend_history(content, stat.digest()),
        }
    }

    /// Counts a created child. One that was counted before changes nothing, so that a create may come twice
    /// (`DataTree.setCversionPzxid`).
    fn count(&mut self, creates: i32, zxid: Zxid) {
        if creates > self.stat.creates {
            self.stat.creates = creates;
            self.stat.pzxid = zxid;
        }
    }

    /// Brings its share up to date; what the tree's digest changes by.
    fn settle(&mut self) -> u64 {
        let share = extend_history(self.content, self.stat.digest());
        share.wrapping_sub(std::mem::replace(&mut self.share, share))
    }

    /// A child more; its place.
    fn add(&mut self, child: &Path) -> usize {
        self.stat.num_children += 1;
        self.children.push(child.clone());
        self.children.len() - 1
    }

    /// The names of its children, sorted.
    pub fn children(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .children
            .iter()
            .map(|path| path.rsplit_once('/').map_or(&**path, |(_, name)| name))
            .collect();
        names.sort_unstable();
        names
    }
}

fn content(path: &Path, data: &Data) -> u64 {
    xxh3_64_with_seed(data.as_bytes(), xxh3_64(path.as_bytes()))
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
    ephemerals: Arc<BTreeMap<SessionId, BTreeSet<Path>>>,
    bytes: u64,
    /// The sum of the shares of all znodes.
    digest: u64,
}

impl Hash for Tree {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

/// Bytes that a znode takes in a snapshot beside its path and data: two lengths, the ACL's number, the stat.
const NODE_BYTES: u64 = 4 + 4 + 8 + 60;

impl Default for Tree {
    /// What every tree begins with. Nobody created these as children, so no create counter has moved.
    fn default() -> Tree {
        let mut nodes: IndexMap<Path, Znode, FxBuildHasher> = IndexMap::default();
        let mut bytes = 0;
        let mut digest = 0u64;
        for path in ["/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"].map(Path::from) {
            bytes += NODE_BYTES + path.len() as u64;
            let mut node = Znode::new(&path, "".into(), Stat::default());
            digest = digest.wrapping_add(node.share);
            if let Some(above) = parent(&path).and_then(|above| nodes.get_mut(above)) {
                node.place = above.add(&path);
                digest = digest.wrapping_add(above.settle());
            }
            nodes.insert(path, node);
        }
        Tree { nodes: Arc::new(nodes), ephemerals: Arc::default(), bytes, digest }
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

    /// The digest of every path, data and stat, whatever way led there (`DigestCalculator`, ZOOKEEPER-3114): equal digests
    /// stand for equal trees.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// Bytes of all znodes in a snapshot file.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Every znode, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &Znode)> {
        self.nodes.iter()
    }

    /// The sessions that have ephemeral znodes, sorted.
    pub fn owners(&self) -> impl Iterator<Item = SessionId> {
        self.ephemerals.keys().copied()
    }

    /// The ephemeral znodes of a session, sorted.
    pub fn ephemerals(&self, session: SessionId) -> impl Iterator<Item = &Path> {
        self.ephemerals.get(&session).into_iter().flatten()
    }

    /// Applies what the leader found valid (`DataTree.processTxn`) and says what its client is told.
    ///
    /// On a tree that holds some of the later changes already, an error is no harm: what is there is not created, what is
    /// gone is neither set nor deleted, and the counters of a parent never go back. With the last of those changes the tree
    /// is what it would have been.
    pub fn apply(&mut self, txn: &Txn) -> Result<Reply, ErrorCode> {
        self.change(txn, &txn.change)
    }

    fn change(&mut self, txn: &Txn, change: &Change) -> Result<Reply, ErrorCode> {
        match change {
            Change::Create { path, data, parent_cversion, owner } => {
                self.create(txn, path, data, *parent_cversion, *owner)
            }
            Change::SetData { path, data, version } => {
                let node = Arc::make_mut(&mut self.nodes).get_mut(path).ok_or(ErrorCode::NoNode)?;
                self.bytes = self.bytes - node.data.len() as u64 + data.len() as u64;
                node.data = data.clone();
                node.stat.mzxid = txn.zxid;
                node.stat.mtime = txn.time;
                node.stat.version = *version;
                node.stat.data_length = length(data);
                node.content = content(path, data);
                self.digest = self.digest.wrapping_add(node.settle());
                Ok(Reply::Stat(node.stat))
            }
            Change::Delete { path } => {
                self.delete(txn.zxid, path);
                Ok(Reply::Done)
            }
            Change::CloseSession { paths } => {
                paths.iter().for_each(|path| self.delete(txn.zxid, path));
                // The list was made when the close was proposed; nothing of the session may stay.
                if self.ephemerals.contains_key(&txn.origin.session) {
                    let left: Vec<Path> = self.ephemerals(txn.origin.session).cloned().collect();
                    left.iter().for_each(|path| self.delete(txn.zxid, path));
                }
                Ok(Reply::Done)
            }
            Change::Multi(parts) => {
                Ok(Reply::Multi(parts.iter().map(|part| self.change(txn, part)).collect()))
            }
            Change::MultiFailed(codes) => Ok(Reply::Multi(codes.iter().map(|code| Err(*code)).collect())),
            Change::Check | Change::CreateSession { .. } => Ok(Reply::Done),
            Change::Error { code } => Err(*code),
        }
    }

    fn create(
        &mut self,
        txn: &Txn,
        path: &Path,
        data: &Data,
        parent_cversion: i32,
        owner: SessionId,
    ) -> Result<Reply, ErrorCode> {
        let nodes = Arc::make_mut(&mut self.nodes);
        let above = parent(path).and_then(|above| nodes.get_index_of(above)).ok_or(ErrorCode::NoNode)?;
        let Entry::Vacant(entry) = nodes.entry(path.clone()) else {
            nodes[above].count(parent_cversion, txn.zxid);
            self.digest = self.digest.wrapping_add(nodes[above].settle());
            return Err(ErrorCode::NodeExists);
        };
        let stat = Stat {
            czxid: txn.zxid,
            mzxid: txn.zxid,
            pzxid: txn.zxid,
            ctime: txn.time,
            mtime: txn.time,
            data_length: length(data),
            ephemeral_owner: owner,
            ..Stat::default()
        };
        let node = Znode::new(path, data.clone(), stat);
        self.digest = self.digest.wrapping_add(node.share);
        let at = entry.index();
        entry.insert(node);
        self.bytes += NODE_BYTES + (path.len() + data.len()) as u64;
        nodes[above].count(parent_cversion, txn.zxid);
        nodes[at].place = nodes[above].add(path);
        self.digest = self.digest.wrapping_add(nodes[above].settle());
        if owner != SessionId::NONE {
            Arc::make_mut(&mut self.ephemerals).entry(owner).or_default().insert(path.clone());
        }
        Ok(Reply::Created { path: path.clone(), stat })
    }

    fn delete(&mut self, zxid: Zxid, path: &Path) {
        let nodes = Arc::make_mut(&mut self.nodes);
        let gone = nodes.swap_remove(path);
        if let Some(above) = parent(path).and_then(|above| nodes.get_mut(above)) {
            // Also where the child is gone already: its parent may be older.
            above.stat.pzxid = above.stat.pzxid.max(zxid);
            let mut moved = None;
            if let Some(gone) = &gone {
                above.stat.num_children -= 1;
                if above.children.get(gone.place) == Some(path) {
                    above.children.swap_remove(gone.place);
                }
                moved = above.children.get(gone.place).map(|moved| (moved.clone(), gone.place));
            }
            self.digest = self.digest.wrapping_add(above.settle());
            if let Some((moved, place)) = moved
                && let Some(sibling) = nodes.get_mut(&moved)
            {
                sibling.place = place;
            }
        }
        let Some(gone) = gone else { return };
        self.bytes -= NODE_BYTES + (path.len() + gone.data.len()) as u64;
        self.digest = self.digest.wrapping_sub(gone.share);
        let owner = gone.stat.ephemeral_owner;
        if owner != SessionId::NONE {
            let ephemerals = Arc::make_mut(&mut self.ephemerals);
            if let Some(paths) = ephemerals.get_mut(&owner) {
                paths.remove(path);
                if paths.is_empty() {
                    ephemerals.remove(&owner);
                }
            }
        }
        // Only what is there too early has children still: those of a later znode of this path, which will be created again.
        gone.children.iter().for_each(|child| self.delete(zxid, child));
    }
}

fn length(data: &Data) -> i32 {
    i32::try_from(data.len()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Origin;
    use crate::zxid::Epoch;
    use proptest::prelude::*;

    fn change() -> impl Strategy<Value = Change> {
        let path = prop::sample::select(vec!["/a", "/b", "/a/c", "/a/d"]).prop_map(Path::from);
        (0..4, path, "[a-c]{0,3}", 0..3i64).prop_map(|(kind, path, data, owner)| match kind {
            0 => Change::SetData { path, data: data.as_str().into(), version: owner as i32 },
            1 => Change::Delete { path },
            2 => Change::CloseSession { paths: [path].into() },
            _ => {
                let owner = SessionId(owner);
                Change::Create { path, data: data.as_str().into(), parent_cversion: 1, owner }
            }
        })
    }

    proptest! {
        /// Kept up change by change, it is what adding everything up would give.
        #[test]
        fn the_digest_is_that_of_all_znodes(changes in prop::collection::vec(change(), 0..30)) {
            let mut tree = Tree::default();
            let mut digests = Vec::new();
            for (counter, change) in (1..).zip(changes) {
                let origin = Origin { session: SessionId(1), cxid: 0 };
                let _ = tree.apply(&Txn::new(Zxid::new(Epoch(1), counter), origin, Millis(0), change));
                let sum = tree.iter().fold(0u64, |sum, (path, node)| {
                    sum.wrapping_add(extend_history(content(path, &node.data), node.stat.digest()))
                });
                prop_assert_eq!(tree.digest(), sum);
                digests.push((tree.digest(), tree.clone()));
            }
            for pair in digests.windows(2) {
                prop_assert_eq!(pair[0].0 == pair[1].0, pair[0].1 == pair[1].1);
            }
        }
    }

    /// As where a snapshot has a znode of a later creation, or a parent that has lost it again.
    #[test]
    fn a_create_that_comes_again_counts_for_its_parent_and_takes_nothing_back() {
        let mut tree = Tree::default();
        let mut create = |counter: u32, path: &str, parent_cversion: i32| {
            let (path, data, owner) = (Path::from(path), "".into(), SessionId::NONE);
            let change = Change::Create { path, data, parent_cversion, owner };
            let zxid = Zxid::new(Epoch(1), counter);
            let _ = tree.apply(&Txn::new(zxid, Origin::default(), Millis(0), change));
            let root = tree.get("/").map(|root| (root.stat.creates, root.stat.pzxid.counter()));
            (root, tree.len())
        };
        assert_eq!(create(1, "/a", 1), (Some((1, 1)), 5));
        assert_eq!(create(5, "/a", 3), (Some((3, 5)), 5));
        assert_eq!(create(4, "/b", 2), (Some((3, 5)), 6));
        assert_eq!(create(6, "/gone/c", 1), (Some((3, 5)), 6));
    }
}
