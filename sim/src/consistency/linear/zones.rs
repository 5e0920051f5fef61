//! Zones of unique values: Gibbons and Korach, "Testing shared memories" (1997), section 4, extended to compare-and-sets.
//!
//! Where every value that somebody finds is written once, a value's write, its reads and the one compare-and-set that
//! finds it stand together in any order: were another change between them, the value would be gone for good. The
//! compare-and-set's own value stands behind them, and so on: from a plain write, or the initial value, on, they form a
//! *block* that no other operation can enter. Left uncertain are only changes whose value was found, so they took effect.
//!
//! 1. Inside, a block's order is given but for reads of the same value: write, reads, compare-and-set, its reads, ... It
//!    keeps real time if nothing ends before something of an earlier stage begins; reads of one value go by their calls.
//! 2. Let `f` be the first end in a block and `l` the last start: its *zone* lies between. Block i must be before j exactly
//!    if something of i ends before something of j begins, that is `f(i) < l(j)`. If that has no cycle, the blocks in such
//!    an order are an order of the history.
//! 3. A shortest cycle has two blocks. In one of three or more no block would have to be before any but its successor, so
//!    `f(i) >= l(i+2) > f(i+1)` for each i, and `f` would fall for ever.
//! 4. Two blocks form a cycle if `f(i) < l(j)` and `f(j) < l(i)`: two zones with `f < l` that overlap, or one with `l < f`
//!    inside one with `f < l`; never two with `l < f`.

use super::part::{Act, Kind, NEVER, Part};
use std::collections::BTreeSet;

/// No operation: the initial value's write.
pub(super) const NONE: u32 = u32::MAX;

/// Why no order explains a part. Operations are places among the part's; [`NONE`] is the write of the initial value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clash {
    /// What it finds, nobody writes.
    Unwritten(u32),
    /// Both find the same value and replace it.
    Twice(u32, u32),
    /// Going back from what it finds, by the compare-and-sets that left it, comes to no write.
    Circle(u32),
    /// The first had ended before the second began, but must come after it.
    Backwards(u32, u32),
    /// Two blocks: of the first an operation that ended before one of the second began, and of the second one that ended
    /// before one of the first began.
    Mixed([u32; 2], [u32; 2]),
}

/// A stage of a block, or all of it: what ends first, and what starts last.
#[derive(Clone, Copy, Debug)]
struct Zone {
    first_end: (i64, u32),
    last_start: (i64, u32),
    /// The value that a block begins with; unfound values are [`NONE`].
    value: u32,
}

/// What is known of each value.
struct Values {
    found: Vec<bool>,
    /// Its write or compare-and-set.
    writer: Vec<u32>,
    /// The compare-and-set that finds it.
    successor: Vec<u32>,
    reads: Vec<Zone>,
}

const NO_ZONE: Zone = Zone { first_end: (i64::MAX, NONE), last_start: (i64::MIN, NONE), value: NONE };

impl Zone {
    fn of(part: &Part, op: u32) -> Zone {
        match part.ops.get(op as usize) {
            None => Zone { first_end: (-1, NONE), last_start: (-1, NONE), value: NONE },
            Some(found) => Zone {
                first_end: (i64::from(found.ret), op),
                last_start: (i64::from(found.call), op),
                value: NONE,
            },
        }
    }

    /// Adds a later stage.
    fn then(&mut self, stage: Zone) -> Result<(), Clash> {
        if stage.first_end.0 < self.last_start.0 {
            return Err(Clash::Backwards(stage.first_end.1, self.last_start.1));
        }
        self.join(stage);
        Ok(())
    }

    fn join(&mut self, other: Zone) {
        self.first_end = self.first_end.min(other.first_end);
        self.last_start = self.last_start.max(other.last_start);
    }

    fn clash(&self, other: &Zone) -> Clash {
        Clash::Mixed([self.first_end.1, other.last_start.1], [other.first_end.1, self.last_start.1])
    }
}

/// Whether some order explains `part`; nothing where a value that is found was written twice.
pub(super) fn judge(part: &Part) -> Option<Result<(), Clash>> {
    if part.kind != Kind::Register {
        return None;
    }
    let values = match Values::of(part)? {
        Ok(values) => values,
        Err(clash) => return Some(Err(clash)),
    };
    Some(values.blocks(part).and_then(|blocks| apart(&blocks)))
}

impl Values {
    fn of(part: &Part) -> Option<Result<Values, Clash>> {
        let found = part.found();
        let count = found.len();
        let mut writer = vec![None; count];
        writer[0] = Some(NONE);
        for (at, op) in (0..).zip(&part.ops) {
            if let Act::Write(to) | Act::Cas(_, to) = op.act
                && found[to as usize]
                && writer[to as usize].replace(at).is_some()
            {
                return None;
            }
        }
        let mut successor = vec![NONE; count];
        let mut reads = vec![NO_ZONE; count];
        for (at, op) in (0..).zip(&part.ops) {
            let (Act::Read(value) | Act::Cas(value, _)) = op.act else { continue };
            if writer[value as usize].is_none() {
                return Some(Err(Clash::Unwritten(at)));
            }
            if op.act.is_read() {
                reads[value as usize].join(Zone::of(part, at));
            } else if successor[value as usize] != NONE {
                return Some(Err(Clash::Twice(successor[value as usize], at)));
            } else {
                successor[value as usize] = at;
            }
        }
        let writer = writer.into_iter().map(|writer| writer.unwrap_or(NONE)).collect();
        Some(Ok(Values { found, writer, successor, reads }))
    }

    /// Every block. An operation whose value nobody finds, and which finds none, is one by itself.
    fn blocks(&self, part: &Part) -> Result<Vec<Zone>, Clash> {
        let (initial, mut chained) = self.block(part, NONE, 0)?;
        let mut blocks = vec![initial];
        for (at, op) in (0..).zip(&part.ops) {
            let Act::Write(value) = op.act else { continue };
            if self.found[value as usize] {
                let (block, more) = self.block(part, at, value)?;
                blocks.push(block);
                chained += more;
            } else {
                blocks.push(Zone::of(part, at));
            }
        }
        let is_cas = |op: u32| matches!(part.ops[op as usize].act, Act::Cas(..));
        let all = (0..part.ops.len() as u32).filter(|op| is_cas(*op)).count();
        if chained < all {
            return Err(Clash::Circle(self.rootless(part)));
        }
        Ok(blocks)
    }

    /// The block that begins with `value`, and how many compare-and-sets are in it.
    fn block(&self, part: &Part, writer: u32, mut value: u32) -> Result<(Zone, usize), Clash> {
        let mut block = Zone { value, ..Zone::of(part, writer) };
        let mut chained = 0;
        loop {
            block.then(self.reads[value as usize])?;
            let successor = self.successor[value as usize];
            let Some(op) = part.ops.get(successor as usize) else { return Ok((block, chained)) };
            block.then(Zone::of(part, successor))?;
            chained += 1;
            match op.act {
                Act::Cas(_, to) if self.found[to as usize] => value = to,
                _ => return Ok((block, chained)),
            }
        }
    }

    /// A compare-and-set that no block has.
    fn rootless(&self, part: &Part) -> u32 {
        let mut left: BTreeSet<u32> = self.successor.iter().copied().filter(|op| *op != NONE).collect();
        let writes = part.ops.iter().filter_map(|op| match op.act {
            Act::Write(value) => Some(value),
            _ => None,
        });
        for mut value in writes.chain([0]) {
            while left.remove(&self.successor[value as usize])
                && let Act::Cas(_, to) = part.ops[self.successor[value as usize] as usize].act
            {
                value = to;
            }
        }
        left.first().copied().unwrap_or(NONE)
    }

    /// The operations of a block in order.
    fn order(&self, part: &Part, reads: &[Vec<u32>], writer: u32, mut value: u32, order: &mut Vec<u32>) {
        order.extend((writer != NONE).then_some(writer));
        loop {
            order.extend(&reads[value as usize]);
            let successor = self.successor[value as usize];
            let Some(op) = part.ops.get(successor as usize) else { return };
            order.push(successor);
            match op.act {
                Act::Cas(_, to) if self.found[to as usize] => value = to,
                _ => return,
            }
        }
    }
}

/// Whether no two blocks are each before the other.
fn apart(blocks: &[Zone]) -> Result<(), Clash> {
    let forward = |zone: &&Zone| zone.first_end.0 < zone.last_start.0;
    let mut spans: Vec<&Zone> = blocks.iter().filter(forward).collect();
    spans.sort_unstable_by_key(|zone| zone.first_end);
    if let Some([a, b]) = spans.windows(2).find(|pair| pair[1].first_end.0 < pair[0].last_start.0) {
        return Err(a.clash(b));
    }
    for zone in blocks.iter().filter(|zone| !forward(zone)) {
        let at = spans.partition_point(|span| span.first_end.0 < zone.last_start.0);
        if let Some(span) = at.checked_sub(1).map(|at| spans[at])
            && zone.first_end.0 < span.last_start.0
        {
            return Err(span.clash(zone));
        }
    }
    Ok(())
}

/// An order that explains `part`, if there is one. Where block i must be before j, `f(i) < l(j)` and `l(i) <= f(j)`, so
/// blocks in the order of `f + l` keep real time.
pub(super) fn order(part: &Part) -> Option<Vec<u32>> {
    let values = Values::of(part)?.ok()?;
    let mut reads = vec![Vec::new(); values.found.len()];
    for (at, op) in (0..).zip(&part.ops) {
        if let Act::Read(value) = op.act {
            reads[value as usize].push(at);
        }
    }
    let mut blocks = values.blocks(part).ok()?;
    blocks.sort_by_key(|block| block.first_end.0 + block.last_start.0);
    let mut order = Vec::with_capacity(part.ops.len());
    for block in blocks {
        match block.value {
            NONE => order.push(block.first_end.1),
            value => values.order(part, &reads, values.writer[value as usize], value, &mut order),
        }
    }
    Some(order)
}

/// The shortest beginning of `part` that no order explains: the place of its last completion, and what clashes in it. `clash` is what
/// clashes in all of it.
pub(super) fn earliest(part: &Part, clash: Clash, end: u32) -> (u32, Clash, Part) {
    let (mut low, mut high) = (0, end);
    let mut best = (clash, part.cut(end));
    // Ends that take part in a clash are good guesses; now and then halve, lest they be bad ones.
    let mut tries = 0;
    while high - low > 1 {
        let ops = &best.1.ops;
        let guess = best.0.operations().into_iter().map(|op| ops[op as usize].ret);
        let guess = guess.filter(|ret| *ret != NEVER).max().unwrap_or(0) + 1;
        tries += 1;
        let middle = match tries % 4 {
            0 => low + (high - low) / 2,
            _ => guess.clamp(low + 1, high - 1),
        };
        let mut before = part.cut(middle);
        before.drop_unnoticed();
        match judge(&before) {
            Some(Err(clash)) => {
                high = middle;
                best = (clash, before);
            }
            _ => low = middle,
        }
    }
    (high - 1, best.0, best.1)
}

impl Clash {
    /// The operations that clash.
    pub(super) fn operations(&self) -> Vec<u32> {
        let all = match *self {
            Clash::Unwritten(op) | Clash::Circle(op) => vec![op],
            Clash::Twice(a, b) | Clash::Backwards(a, b) => vec![a, b],
            Clash::Mixed([a, b], [c, d]) => vec![a, b, c, d],
        };
        all.into_iter().filter(|op| *op != NONE).collect()
    }
}
