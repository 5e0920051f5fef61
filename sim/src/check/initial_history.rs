//! The initial history of an established epoch is the beginning of that of every later one, and all that comes behind it
//! there is of that epoch or later: what an epoch began without is never taken in again. A leader that stood still may
//! get its supporters after later epochs have begun: then those must hold its history.

use super::ledger::Point;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use std::collections::BTreeMap;
use zablab_protocol::{Decision, Epoch};

/// What each epoch with supporters began with, and who led it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct InitialHistory {
    begun: BTreeMap<Epoch, (NodeId, Point)>,
}

impl Monitor for InitialHistory {
    const PROPERTY: Property = Property {
        name: "initial-history",
        says: "the initial history of an established epoch begins that of every later one, and nothing older comes behind it",
        source: "protocol reference §10.1, leader completeness; §6.3; P-INIT, I-8 of EuroSys'25",
        test: "sim/src/check/initial_history.rs::speaks_when_a_later_epoch_begins_without_it",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        let Decision::Supporters { zxid, .. } = decision else { return None };
        let epoch = zxid.epoch();
        let base = view.ledger.course(epoch, node)?.base;
        let older = self.begun.range(..epoch).next_back();
        let newer = self.begun.range(epoch.next()..).next();
        let clash = older
            .filter(|(at, (_, older))| !view.ledger.goes_on(base, *older, **at))
            .map(|(at, older)| ((*at, *older), (epoch, (node, base))))
            .or_else(|| {
                let (at, newer) = newer.filter(|(_, (_, newer))| !view.ledger.goes_on(*newer, base, epoch))?;
                Some(((epoch, (node, base)), (*at, *newer)))
            });
        self.begun.insert(epoch, (node, base));
        let ((older, (before, old)), (newer, (after, new))) = clash?;
        let what = format!(
            "epoch {newer} of {} begins with a history up to {} that does not go on from what epoch {older} of {} began with, up to {}",
            view.name(after),
            new.0,
            view.name(before),
            old.0
        );
        Some(view.broken(&Self::PROPERTY, &[before, after], &[old.0, new.0], what))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, end_of, other_txn, supporters, txn};
    use zablab_protocol::{ErrorCode, Zxid};

    #[test]
    fn speaks_when_a_later_epoch_begins_without_it() {
        let (a, b, c) = (txn(1, 1), txn(1, 2), other_txn(2, 1, ErrorCode::BadVersion));
        let d = txn(1, 3);
        // The order in which they get their supporters does not matter.
        for order in [[(2, 0), (3, 1)], [(3, 1), (2, 0)]] {
            for (later, wrong) in [
                (vec![&a], true),
                (vec![&a, &b], false),
                (vec![&a, &b, &c], false),
                (vec![&a, &b, &d], true),
            ] {
                let mut trial = Trial::new("initial-history");
                trial.course(1, 0, (Zxid::ZERO, 0), &[&a, &b, &d]);
                trial.course(2, 0, end_of(&[&a, &b]), &[&c]);
                trial.course(3, 1, end_of(&later), &[]);
                let spoke = order.map(|(epoch, node)| trial.decide(node, supporters(epoch)));
                assert_eq!(spoke, [false, wrong], "{order:?}, {} held", later.len());
            }
        }
    }
}
