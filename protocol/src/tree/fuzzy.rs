//! A tree that is copied piece by piece while it changes (`DataTree.serialize`): what a snapshot holds.
//!
//! Each znode is copied whole, a parent before its children, and of the children those that the parent had then. What is
//! created later is no part of the copy; what is changed before its turn comes is copied as changed. Once the transactions
//! since the beginning have been applied to the copy, whether it has some of them or not, it is the tree of the end.

use super::{NODE_BYTES, Stat, Tree, Znode, parent};
use crate::session::SessionId;
use crate::txn::Path;
use indexmap::IndexMap;
use std::sync::Arc;

impl Tree {
    /// A copy in two pieces, in the order of the paths: the first half of the znodes is taken at the beginning, the rest
    /// at the end. Znodes that every tree has are not counted, so that of two others one is in each piece.
    pub(crate) fn in_pieces(begin: &Tree, end: &Tree) -> Tree {
        let mut first: Vec<&Path> = begin.nodes.keys().collect();
        first.sort_unstable();
        let own: Vec<&Path> = first.iter().copied().filter(|path| !is_given(path)).collect();
        let Some(pivot) = own.get(own.len() / 2) else { return begin.clone() };
        first.retain(|path| path < pivot);
        let mut rest: Vec<&Path> = end.nodes.keys().filter(|path| path >= pivot).collect();
        rest.sort_unstable();

        let mut copy =
            Tree { nodes: Arc::new(IndexMap::default()), ephemerals: Arc::default(), bytes: 0, digest: 0 };
        first.into_iter().for_each(|path| copy.take_over(path, &begin.nodes[path]));
        for path in rest {
            let is_listed = parent(path).is_some_and(|above| match above < pivot {
                true => begin.nodes.contains_key(path),
                false => copy.nodes.contains_key(above),
            });
            if is_listed {
                copy.take_over(path, &end.nodes[path]);
            }
        }
        copy
    }

    /// Adds a znode that another tree has, behind its parent.
    fn take_over(&mut self, path: &Path, node: &Znode) {
        let nodes = Arc::make_mut(&mut self.nodes);
        let stat = Stat { num_children: 0, ..node.stat };
        let mut node =
            Znode { data: node.data.clone(), stat, children: Vec::new(), place: 0, share: 0, ..*node };
        self.digest = self.digest.wrapping_add(node.settle());
        self.bytes += NODE_BYTES + (path.len() + node.data.len()) as u64;
        if let Some(above) = parent(path).and_then(|above| nodes.get_mut(above)) {
            node.place = above.add(path);
            self.digest = self.digest.wrapping_add(above.settle());
        }
        nodes.insert(path.clone(), node);
        if stat.ephemeral_owner != SessionId::NONE {
            Arc::make_mut(&mut self.ephemerals).entry(stat.ephemeral_owner).or_default().insert(path.clone());
        }
    }
}

/// Whether every tree has it.
fn is_given(path: &str) -> bool {
    path == "/" || path == "/zookeeper" || path.starts_with("/zookeeper/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::ids::Millis;
    use crate::request::Origin;
    use crate::txn::{Change, Txn};
    use crate::zxid::{Epoch, Zxid};
    use proptest::prelude::*;

    const SESSIONS: i64 = 3;

    /// What somebody asks for: a kind, a path, a session.
    fn wish() -> impl Strategy<Value = (u8, Path, i64)> {
        let path =
            prop::sample::select(vec!["/a", "/b", "/a/c", "/a/d", "/a/c/e", "/b/f"]).prop_map(Path::from);
        (0..5u8, path, 0..SESSIONS)
    }

    /// What a leader makes of it, as its tree stands.
    fn valid(tree: &Tree, (kind, path, session): (u8, Path, i64)) -> Option<Change> {
        let above = parent(&path).and_then(|above| tree.get(above));
        let (node, data) = (tree.get(&path), "x".into());
        Some(match (kind, node) {
            (0 | 1, None) => {
                let above = above.filter(|above| above.stat.ephemeral_owner == SessionId::NONE)?;
                let owner = if kind == 0 { SessionId::NONE } else { SessionId(session) };
                Change::Create { path, data, parent_cversion: above.stat.creates + 1, owner }
            }
            (0 | 1, Some(node)) => Change::SetData { path, data, version: node.stat.version + 1 },
            (2, Some(node)) if node.stat.num_children == 0 => Change::Delete { path },
            (3, _) => {
                let paths = tree.ephemerals(SessionId(session)).cloned().collect();
                Change::CloseSession { paths }
            }
            // One part undoes the other.
            (4, Some(node)) if node.stat.num_children == 0 => {
                let creates = above?.stat.creates + 1;
                let again = Change::Create {
                    path: path.clone(),
                    data,
                    parent_cversion: creates,
                    owner: SessionId::NONE,
                };
                Change::Multi([Change::Delete { path }, again].into())
            }
            _ => return None,
        })
    }

    fn txns(wishes: Vec<(u8, Path, i64)>) -> Vec<(Txn, Tree)> {
        let mut tree = Tree::default();
        let mut made = Vec::new();
        for wish in wishes {
            let origin = Origin { session: SessionId(wish.2), cxid: 0 };
            let zxid = Zxid::new(Epoch(1), made.len() as u32 + 1);
            let change = valid(&tree, wish).unwrap_or(Change::Error { code: ErrorCode::NoNode });
            let txn = Txn::new(zxid, origin, Millis(u64::from(zxid.counter())), change);
            let _ = tree.apply(&txn);
            made.push((txn, tree.clone()));
        }
        made
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// From the beginning of the copy or from before it.
        #[test]
        fn what_happened_meanwhile_makes_a_copy_whole(
            wishes in prop::collection::vec(wish(), 1..40), at in any::<[prop::sample::Index; 3]>(),
        ) {
            let made = txns(wishes);
            let mut at = at.map(|at| at.index(made.len()));
            at.sort_unstable();
            let [from, begin, end] = at;
            let mut copy = Tree::in_pieces(&made[begin].1, &made[end].1);
            prop_assert_eq!(copy.iter().count(), copy.len());
            for (txn, _) in &made[from + 1..=end] {
                let _ = copy.apply(txn);
            }
            prop_assert_eq!(&copy, &made[end].1);
            for (path, node) in made[end].1.iter() {
                prop_assert_eq!(copy.get(path).map(Znode::children), Some(node.children()));
            }
        }
    }

    #[test]
    fn of_two_znodes_one_is_in_each_piece() {
        let create = |path: &str| (0, Path::from(path), 0);
        let made = txns(vec![create("/a"), create("/b"), create("/a"), create("/b"), create("/a/c")]);
        let copy = Tree::in_pieces(&made[1].1, &made[4].1);
        let version = |path: &str| copy.get(path).map(|node| node.stat.version);
        assert_eq!([version("/a"), version("/b"), version("/a/c")], [Some(0), Some(1), None]);
        assert_ne!(copy.digest(), made[1].1.digest());
        assert_eq!(Tree::in_pieces(&made[4].1, &made[4].1), made[4].1);
    }
}
