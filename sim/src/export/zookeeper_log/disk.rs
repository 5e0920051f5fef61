//! What a server says of its files: the transaction log, and snapshots (`FileTxnLog`, `FileTxnSnapLog`).

use super::line::Thread;
use super::server::{Scene, Server};
use crate::ensemble::Action;
use zablab_protocol::{DiskOp, SyncMode, Writer, Zxid};

impl Server {
    /// `Creating new log file: …` (`FileTxnLog.append`), once the file is there.
    pub(super) fn look_at_log(&mut self, scene: &Scene<'_>) {
        let newest = self.node(scene).disk.storage().log.files().last().map(|file| file.name);
        if newest != self.newest_file {
            let grown = newest.filter(|name| self.newest_file.is_none_or(|old| old < *name));
            self.newest_file = newest;
            if let Some(name) = grown {
                let what = format_args!("Creating new log file: log.{:x}", name.0);
                self.log.info(Thread::Sync, "FileTxnLog@285", what);
            }
        }
    }

    /// A snapshot is begun (`FileTxnSnapLog.save`).
    pub(super) fn begins_write(&mut self, scene: &Scene<'_>, writer: Writer) {
        let zxid = match self.node(scene).disk.under_way(writer) {
            Some(DiskOp::SnapshotPart { zxid }) => *zxid,
            Some(DiskOp::Snapshot { file, .. }) => file.snapshot.zxid,
            _ => return,
        };
        // A leader loads its data as it enters its role.
        self.enters_role(scene);
        let (at, thread) = self.snapshot_thread(writer);
        // What a process writes as it starts has been told where it read its data.
        if self.snapshots[at].is_none() && !(self.boots && writer == Writer::Main) {
            self.snapshots[at] = Some(self.log.now);
            self.snapshotting(thread, zxid);
        }
    }

    pub(super) fn snapshotting(&mut self, thread: Thread, zxid: Zxid) {
        let file = self.data_file(&format!("snapshot.{:x}", zxid.0));
        self.log.info(thread, "FileTxnSnapLog@479", format_args!("Snapshotting: {zxid} to {file}"));
    }

    /// A snapshot is written (`ZooKeeperServer.takeSnapshot`), or the log is cut and the database made anew
    /// (`ZKDatabase.truncateLog`).
    pub(super) fn has_written(&mut self, scene: &Scene<'_>, op: &DiskOp) {
        let Action::DiskDone { writer, .. } = scene.action else { return };
        match op {
            DiskOp::Snapshot { .. } => {
                let (at, thread) = self.snapshot_thread(*writer);
                if let Some(since) = self.snapshots[at].take() {
                    let took = self.log.now.saturating_sub(since);
                    let what = format_args!("Snapshot taken in {took} ms");
                    self.log.info(thread, "ZooKeeperServer@547", what);
                }
            }
            DiskOp::Truncate { .. } if matches!(self.course.mode, Some((SyncMode::Trunc, _))) => {
                self.restores(scene, Thread::Peer);
            }
            _ => {}
        }
    }

    /// Which thread takes a snapshot, with its place in `snapshots`.
    pub(super) fn snapshot_thread(&self, writer: Writer) -> (usize, Thread) {
        match writer {
            Writer::Main => (1, self.main_thread()),
            Writer::Log | Writer::Snapshot => (0, Thread::Snapshot),
        }
    }

    pub(super) fn failed_to_write(&mut self, scene: &Scene<'_>) {
        let full = self.node(scene).disk.is_full();
        if let Action::DiskDone { writer, .. } = scene.action {
            let why = if full { "No space left on device" } else { "Input/output error" };
            self.disk_error = (*writer, why);
        }
    }
}
