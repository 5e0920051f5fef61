//! Where a part first goes wrong, in the order of its ends.

use super::Budget;
use super::part::Part;
use super::problem::Stuck;
use super::search::{Search, TURN};

/// Where no order of `part` goes on, of which there is none: `stuck`, or what comes behind it, if a search that left out
/// what leads nowhere found that. What the budget does not suffice for is the last end known to have no order before it.
pub(super) fn earliest(part: &Part, stuck: Stuck, budget: &Budget<'_>) -> Stuck {
    if stuck.exact {
        return stuck;
    }
    let Some(deepest) = part.ops.get(stuck.op as usize).map(|op| op.ret) else { return stuck };
    let certain = (0..part.ops.len() as u32).filter(|op| part.ops[*op as usize].certain());
    let mut ends: Vec<(u32, u32)> = certain.map(|op| (part.ops[op as usize].ret, op)).collect();
    ends.retain(|(ret, _)| *ret >= deepest);
    ends.sort_unstable();
    // Before `low` there is an order, the path; of all up to `high`, it included, there is none.
    let (mut low, mut high) = (0, ends.len().saturating_sub(1));
    let mut path = stuck.path;
    let mut stride = 0;
    while low < high {
        let guess = (low + stride).min((low + high) / 2);
        match order(part, ends[guess].0 + 1, budget) {
            Some(Ok(found)) => {
                path = found;
                low = guess + 1;
                stride = stride * 2 + 1;
            }
            Some(Err(())) => high = guess,
            None => break,
        }
    }
    Stuck { op: ends.get(high).map_or(stuck.op, |(_, op)| *op), path, exact: low == high }
}

/// An order of what had happened before `place`, if there is one, if that can be known.
fn order(part: &Part, place: u32, budget: &Budget<'_>) -> Option<Result<Vec<u32>, ()>> {
    let mut before = part.cut(place);
    before.drop_unnoticed();
    let mut search = Search::new(0, &before);
    let mut turn = TURN.0;
    while !(budget.spent)() && !search.given_up() {
        if let Some((_, decided)) = search.turn(turn, budget.memory) {
            let in_part = |op: &u32| {
                let call = before.ops[*op as usize].call;
                part.ops.partition_point(|op| op.call < call) as u32
            };
            return Some(decided.map(|path| path.iter().map(in_part).collect()).map_err(|_| ()));
        }
        turn = (turn * 2).min(TURN.1);
    }
    None
}
