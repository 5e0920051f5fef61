//! Every state that was reached: rows of numbers, found again by their contents.

use super::space::Row;
use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// Rows in a piece of memory; no piece is ever moved.
const PIECE: usize = 1 << 14;

/// Rows, in the order in which they were found, each with the one it was found from.
pub(super) struct Store {
    width: usize,
    rows: Vec<Box<[u32]>>,
    count: usize,
    index: HashTable<u32>,
}

impl Store {
    /// Of rows of so many numbers, and one more that says where each came from.
    pub(super) fn of(width: usize) -> Store {
        Store { width: width + 1, rows: Vec::new(), count: 0, index: HashTable::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    fn whole(&self, at: usize) -> &[u32] {
        &self.rows[at / PIECE][at % PIECE * self.width..][..self.width]
    }

    /// A row.
    pub(super) fn row(&self, at: usize) -> &Row {
        &self.whole(at)[..self.width - 1]
    }

    /// Where a row was found from; the first ones are their own.
    pub(super) fn parent(&self, at: usize) -> usize {
        self.whole(at)[self.width - 1] as usize
    }

    /// The place of a row, and whether it is new.
    pub(super) fn find(&mut self, row: &Row, parent: usize) -> (usize, bool) {
        let hash = hash(row);
        if let Some(at) = self.index.find(hash, |at| self.row(*at as usize) == row) {
            return (*at as usize, false);
        }
        let at = self.count;
        if at == self.rows.len() * PIECE {
            self.rows.push(vec![0; PIECE * self.width].into_boxed_slice());
        }
        let whole = &mut self.rows[at / PIECE][at % PIECE * self.width..][..self.width];
        whole[..row.len()].copy_from_slice(row);
        whole[row.len()] = parent as u32;
        self.count += 1;
        let Store { width, rows, index, .. } = self;
        let again = |at: &u32| {
            let at = *at as usize;
            hash_of(&rows[at / PIECE][at % PIECE * *width..][..*width - 1])
        };
        index.insert_unique(hash, at as u32, again);
        (at, true)
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.rows.len() * PIECE * self.width * 4 + self.index.allocation_size()
    }
}

fn hash(row: &Row) -> u64 {
    hash_of(row)
}

fn hash_of(row: &Row) -> u64 {
    let mut hasher = FxHasher::default();
    for pair in row.chunks(2) {
        hasher.write_u64(u64::from(pair[0]) << 32 | u64::from(pair.get(1).copied().unwrap_or(0)));
    }
    hasher.finish()
}
