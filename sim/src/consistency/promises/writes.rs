//! Linearizable writes: acknowledged writes have distinct zxids, in an order that agrees with real time.

use super::MOST;
use super::view::{View, finding};
use crate::check::Property;
use crate::consistency::Finding;
use zablab_protocol::Zxid;

/// The promise.
pub const PROPERTY: Property = Property {
    name: "linearizable-writes",
    says: "acknowledged writes have distinct zxids, and a write that begins after another was acknowledged has the higher one",
    source: "ZooKeeper (Hunt et al., USENIX ATC 2010) §2.3, linearizable writes; checkers reference §4.1",
    test: "tests/histories/trips.rs::writes_out_of_order_are_found",
};

pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let zxid = |at: &usize| view.op(*at).zxid;
    let mut writes: Vec<(i64, usize)> = (0..view.kinds.len())
        .filter(|at| view.is_write(*at))
        .filter_map(|at| zxid(&at).map(|zxid| (zxid, at)))
        .collect();
    writes.sort_unstable();
    let mut found = Vec::new();
    for pair in writes.windows(2).filter(|pair| pair[0].0 == pair[1].0).take(MOST) {
        let (zxid, one, other) = (Zxid(pair[0].0), pair[0].1, pair[1].1);
        let (first, second) = (view.told(one), view.told(other));
        found.push(finding(
            PROPERTY.name,
            vec![other, one],
            format!("{second} was acknowledged with zxid {zxid}, which {first} has already"),
        ));
    }
    let early = writes.iter().filter_map(|(zxid, at)| {
        let (highest, earlier) = view.before[*at]?;
        (highest > *zxid).then_some((*at, earlier as usize))
    });
    for (at, earlier) in early.take(MOST) {
        let (late, first) = (view.told(at), view.told(earlier));
        found.push(finding(
            PROPERTY.name,
            vec![at, earlier],
            format!("{late} began after {first} was acknowledged, yet has the lower zxid"),
        ));
    }
    found
}
