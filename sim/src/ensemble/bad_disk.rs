//! What is wrong with a disk: it is full, or a write to come will fail.

use zablab_protocol::DiskOp;

/// The files whose writes can be made to fail, by the words of [`DiskOp::file`].
const FILES: [&str; 5] = ["log", "acceptedEpoch", "currentEpoch", "snapshot", "truncation"];

/// What is wrong with a disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct BadDisk {
    /// Nothing can grow.
    full: bool,
    /// One bit a file: its next write fails.
    doomed: u8,
    /// The next write of any file fails.
    any_doomed: bool,
    /// Decides how much of a failed write is there.
    torn: u64,
}

/// How a write failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The bytes could not be written; this draw says how many of them were.
    Torn(u64),
    /// They were, and could not be made durable.
    NotSynced,
}

impl BadDisk {
    /// No write that grows succeeds from now on.
    pub(super) fn fill(&mut self, torn: u64) {
        (self.full, self.torn) = (true, torn);
    }

    /// The next write of this file, or of any, fails.
    pub(super) fn doom(&mut self, file: Option<&str>, torn: u64) {
        self.torn = torn;
        match file.and_then(|file| FILES.iter().position(|known| *known == file)) {
            Some(at) => self.doomed |= 1 << at,
            None => self.any_doomed = true,
        }
    }

    /// Whether anything is wrong.
    pub(super) fn is_bad(&self) -> bool {
        self.full || self.doomed != 0 || self.any_doomed
    }

    /// Whether the disk is full.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Whether a write would fail. One that needs no more room does not fail for want of it.
    pub(super) fn fails(&self, op: &DiskOp, grows: bool) -> bool {
        self.any_doomed || self.doomed & bit(op) != 0 || (self.full && grows)
    }

    /// A write fails.
    pub(super) fn fail(&mut self, op: &DiskOp, grows: bool) -> Failure {
        self.any_doomed = false;
        self.doomed &= !bit(op);
        self.torn = self.torn.rotate_left(7);
        if grows && (self.full || self.torn & 1 == 0) {
            Failure::Torn(self.torn >> 1)
        } else {
            Failure::NotSynced
        }
    }
}

fn bit(op: &DiskOp) -> u8 {
    FILES.iter().position(|file| *file == op.file()).map_or(0, |at| 1 << at)
}
