//! Configurations that a search has been to.

/// Configurations, each some words, with the one it was reached from and by which operation.
#[derive(Clone, Debug, Default)]
pub(super) struct Visited {
    entries: Vec<Entry>,
    words: Vec<u64>,
    /// Open addressing: the number of an entry plus one, or 0. Its length is a power of two.
    table: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    start: u32,
    /// The entry it was reached from.
    parent: u32,
    /// The operation by which.
    op: u32,
}

/// No entry, no operation.
pub(super) const NONE: u32 = u32::MAX;

impl Visited {
    /// Keeps `words`, unless they are there.
    pub(super) fn insert(&mut self, words: &[u64], parent: u32, op: u32) -> Option<u32> {
        if (self.entries.len() + 1) * 2 > self.table.len() {
            self.grow();
        }
        let mask = self.table.len() - 1;
        let hash = hash(words);
        let short = (hash >> 32) as u32;
        let mut slot = hash as usize & mask;
        while self.table[slot] != 0 {
            let at = self.table[slot] as usize - 1;
            if self.entries[at].hash == short && self.of(at) == words {
                return None;
            }
            slot = (slot + 1) & mask;
        }
        let at = self.entries.len() as u32;
        self.table[slot] = at + 1;
        self.entries.push(Entry { hash: short, start: self.words.len() as u32, parent, op });
        self.words.extend_from_slice(words);
        Some(at)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets all. Room that would have been too much is given up bit by bit, since a table costs what it measures.
    pub(super) fn clear(&mut self) {
        let enough = (self.entries.len() * 4).next_power_of_two().max(64);
        self.table.truncate(enough);
        self.table.fill(0);
        self.entries.clear();
        self.words.clear();
    }

    /// Where an entry was reached from.
    pub(super) fn parent(&self, at: usize) -> u32 {
        self.entries[at].parent
    }

    /// Changes a word of an entry. Nothing is inserted after that until all is forgotten.
    pub(super) fn change(&mut self, at: usize, word: usize, change: impl FnOnce(&mut u64)) {
        change(&mut self.words[self.entries[at].start as usize + word]);
    }

    /// An entry's words.
    pub(super) fn of(&self, at: usize) -> &[u64] {
        let end = self.entries.get(at + 1).map_or(self.words.len(), |next| next.start as usize);
        &self.words[self.entries[at].start as usize..end]
    }

    fn grow(&mut self) {
        // The low half of a hash is not kept, so it is made again from the words.
        let length = (self.table.len() * 2).max(64);
        self.table.clear();
        self.table.resize(length, 0);
        for at in 0..self.entries.len() {
            let mut slot = hash(self.of(at)) as usize & (length - 1);
            while self.table[slot] != 0 {
                slot = (slot + 1) & (length - 1);
            }
            self.table[slot] = at as u32 + 1;
        }
    }

    /// Room is left for numbers.
    pub(super) fn full(&self) -> bool {
        self.entries.len() >= NONE as usize / 4 || self.words.len() >= NONE as usize / 4
    }

    /// The operations by which an entry was reached, the first one first.
    pub(super) fn path(&self, mut at: u32) -> Vec<u32> {
        let mut path = Vec::new();
        while let Some(entry) = self.entries.get(at as usize) {
            if entry.op != NONE {
                path.push(entry.op);
            }
            at = entry.parent;
        }
        path.reverse();
        path
    }

    /// Bytes kept.
    pub(super) fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.words.capacity() * 8 + self.table.capacity() * 4
    }
}

/// Spreads the bits of words.
fn hash(words: &[u64]) -> u64 {
    let mut hash = 0x9e37_79b9_7f4a_7c15;
    for word in words {
        hash = (hash ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash ^= hash >> 32;
    }
    hash
}
