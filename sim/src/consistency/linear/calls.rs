//! Calls and returns in the order of time, out of which operations can be lifted and be put back.

use super::part::Op;
use super::visited::NONE;

/// Before the first node, and behind the last.
pub(super) const HEAD: u32 = 0;

/// A linked list of the calls and returns of the certain operations, and the set of those that were lifted. The i-th has
/// the nodes 1 + 2i, its call, and 2 + 2i, its return.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    /// Certain operations in the order of their calls.
    certain: Vec<u32>,
    /// For each operation which of them it is.
    number: Vec<u32>,
    next: Vec<u32>,
    previous: Vec<u32>,
    lifted: Vec<u64>,
    /// Words of `lifted`: those before are full, and those behind are empty.
    window: (u32, u32),
}

/// What stands in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The call of an operation, at this node.
    Call(u32, u32),
    /// The return of an operation.
    Return(u32),
    /// Nothing more.
    End,
}

impl Calls {
    /// Of all certain ones of `ops`, which are in the order of their calls.
    pub(super) fn new(ops: &[Op]) -> Calls {
        let mut number = vec![NONE; ops.len()];
        let mut certain = Vec::new();
        for (at, op) in (0..).zip(ops).filter(|(_, op)| op.certain()) {
            number[at as usize] = certain.len() as u32;
            certain.push(at);
            debug_assert!(op.call < op.ret);
        }
        let op = |at: &u32| &ops[*at as usize];
        let mut returns: Vec<(u32, u32)> =
            (0..).zip(&certain).map(|(i, at)| (op(at).ret, 2 + 2 * i)).collect();
        returns.sort_unstable();
        let mut calls = (0u32..).zip(&certain).map(|(i, at)| (op(at).call, 1 + 2 * i)).peekable();
        let mut next = vec![HEAD; 1 + 2 * certain.len()];
        let mut previous = next.clone();
        let mut last = HEAD;
        let mut link = |node: u32| {
            next[last as usize] = node;
            previous[node as usize] = last;
            last = node;
        };
        for (place, ret) in returns {
            while let Some((_, call)) = calls.next_if(|(call, _)| *call < place) {
                link(call);
            }
            link(ret);
        }
        link(HEAD);
        let lifted = vec![0; certain.len().div_ceil(64)];
        Calls { certain, number, next, previous, lifted, window: (0, 0) }
    }

    /// What stands behind `node`.
    pub(super) fn behind(&self, node: u32) -> Next {
        match self.next[node as usize] {
            HEAD => Next::End,
            node if node % 2 == 1 => Next::Call(node, self.certain[node as usize / 2]),
            node => Next::Return(self.certain[(node as usize - 1) / 2]),
        }
    }

    /// Takes an operation out.
    pub(super) fn lift(&mut self, op: u32) {
        let number = self.number[op as usize];
        for node in [1 + 2 * number, 2 + 2 * number] {
            let (previous, next) = (self.previous[node as usize], self.next[node as usize]);
            self.next[previous as usize] = next;
            self.previous[next as usize] = previous;
        }
        self.lifted[number as usize / 64] |= 1 << (number % 64);
        self.window.1 = self.window.1.max(number / 64 + 1);
        while self.lifted.get(self.window.0 as usize) == Some(&!0) {
            self.window.0 += 1;
        }
    }

    /// Whether a certain operation was lifted.
    pub(super) fn is_lifted(&self, op: u32) -> bool {
        let number = self.number[op as usize];
        self.lifted[number as usize / 64] & 1 << (number % 64) != 0
    }

    /// Puts the operation back that was lifted last of those that are out; `window` is what it was before that.
    pub(super) fn put_back(&mut self, op: u32, window: (u32, u32)) {
        let number = self.number[op as usize];
        for node in [2 + 2 * number, 1 + 2 * number] {
            let (previous, next) = (self.previous[node as usize], self.next[node as usize]);
            self.next[previous as usize] = node;
            self.previous[next as usize] = node;
        }
        self.lifted[number as usize / 64] &= !(1 << (number % 64));
        self.window = window;
    }

    /// Which words of the set are neither full from the beginning on nor empty to the end.
    pub(super) fn window(&self) -> (u32, u32) {
        self.window
    }

    /// Those words.
    pub(super) fn lifted(&self) -> &[u64] {
        self.lifted.get(self.window.0 as usize..self.window.1 as usize).unwrap_or_default()
    }

    /// Bytes kept.
    pub(super) fn bytes(&self) -> usize {
        let numbers = self.certain.capacity() + self.number.capacity() + 2 * self.next.capacity();
        numbers * 4 + self.lifted.capacity() * 8
    }
}
