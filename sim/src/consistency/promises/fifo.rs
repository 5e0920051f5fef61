//! FIFO client order: a session's answers come in the order of its requests, and nothing that it sees goes back.

use super::MOST;
use super::view::{View, finding};
use crate::check::Property;
use crate::consistency::Finding;
use crate::history::Outcome;
use rustc_hash::FxBuildHasher;
use zablab_protocol::Zxid;

/// The promise.
pub const PROPERTY: Property = Property {
    name: "fifo-client-order",
    says: "a session's answers come in the order of its requests, their zxids never go down, and a write's is above all that \
           the session has seen",
    source: "ZooKeeper (Hunt et al., USENIX ATC 2010) §2.3, FIFO client order; checkers reference §4.2",
    test: "tests/histories/trips.rs::a_session_that_goes_back_is_found",
};

type Map<K, V> = indexmap::IndexMap<K, V, FxBuildHasher>;

/// An operation's place and its zxid.
type Shown = (i64, usize);

pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let mut seen: Map<i64, Shown> = Map::default();
    // Where zxids are those of znodes, each znode has its own.
    let mut seen_of_key: Map<(i64, u32), Shown> = Map::default();
    let mut answered: Map<i64, (i64, usize)> = Map::default();
    let mut found = Vec::new();
    for at in view.moments.iter().filter(|(_, ended)| *ended).map(|(at, _)| *at as usize) {
        let op = view.op(at);
        if !view.is_recipe(at)
            && (op.zxid.is_some() || op.outcome == Outcome::Ok)
            && let Some(xid) = op.xid
        {
            let earlier = answered.insert(op.process, (xid, at));
            if let Some((_, earlier)) = earlier.filter(|(earlier, _)| *earlier > xid) {
                let (this, other) = (view.told(at), view.told(earlier));
                let sentence = format!("{this} was sent before {other}, and answered behind it");
                found.push(finding(PROPERTY.name, vec![at, earlier], sentence));
            }
        }
        let Some(zxid) = op.zxid else { continue };
        let highest = seen.get(&op.process).copied();
        let writes = view.is_write(at);
        let least = match view.history.znode_zxids && !writes {
            true => seen_of_key.get(&(op.process, op.key)).copied(),
            false => highest,
        };
        let mut tell = |other: usize, what: String| {
            let sentence = format!("{} {what} {}", view.told(at), view.told(other));
            found.push(finding(PROPERTY.name, vec![at, other], sentence));
        };
        if let Some((least, earlier)) = least
            && (zxid < least || zxid == least && writes)
        {
            let seen = Zxid(least);
            let what = if writes { "is not above" } else { "goes back behind" };
            tell(earlier, format!("{what} zxid {seen}, which its session had been shown by"));
        }
        if highest.is_none_or(|(highest, _)| zxid > highest) {
            seen.insert(op.process, (zxid, at));
        }
        if view.history.znode_zxids {
            let of_key = seen_of_key.entry((op.process, op.key)).or_insert((zxid, at));
            if zxid > of_key.0 {
                *of_key = (zxid, at);
            }
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}
