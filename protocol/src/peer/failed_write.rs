//! A write to disk fails: what the server does depends on what it was writing, and for whom.
//!
//! | What failed | What happens | In ZooKeeper |
//! | --- | --- | --- |
//! | the log, in a role | the role is over | `SyncRequestProcessor.run`, `ZooKeeperServerListenerImpl`: state ERROR, and the role's loop ends |
//! | an epoch file, or the history at NEWLEADER | the role is over | an IOException out of `Learner.syncWithLeader`, `Leader.lead` |
//! | a snapshot | exit 10 | `ZooKeeperServer.takeSnapshot` |
//! | the cut of a TRUNC | exit 13 | `Learner.syncWithLeader` |
//! | anything at boot, or standalone | exit 1 | `QuorumPeer.loadDataBase`; `ZooKeeperServerShutdownHandler` |

use super::{Peer, Resync, Role};
use crate::decision::GaveUp;
use crate::defects::Defect;
use crate::input::{Task, Work};
use crate::io::Io;
use crate::output::Exit;
use crate::storage::Writer;

impl Peer {
    /// What this writer had under way has failed. Appended records may be there or not.
    pub(super) fn disk_failed(&mut self, writer: Writer, io: &mut Io<'_>) {
        match (writer, &mut self.role) {
            (Writer::Snapshot, _) => self.exit(Exit::SnapshotFailed, io),
            (_, Role::Booting { .. } | Role::Standalone(_)) => self.exit(Exit::DiskFailed { writer }, io),
            (Writer::Main, Role::Leader(leader)) if leader.loads() => self.exit(Exit::SnapshotFailed, io),
            (Writer::Main, Role::Learner(learner)) => match learner.fatal_write() {
                Some(exit) => self.exit(exit, io),
                None => self.leave_unwritten(writer, io),
            },
            (Writer::Main, Role::Leaving { .. }) => self.exit(Exit::DiskFailed { writer }, io),
            (Writer::Log, Role::Leaving { .. }) => {
                self.server.log.abandon();
                self.distrust_memory(writer);
                io.wake(Task::Main, Work::Step);
            }
            (Writer::Log, Role::Leader(_) | Role::Learner(_))
                if self.server.config.settings.defects.has(Defect::LogThreadDiesAlone) =>
            {
                self.server.log.die();
                self.server.stop_serving(io);
            }
            (_, Role::Leader(_) | Role::Learner(_)) => self.leave_unwritten(writer, io),
            (_, Role::Looking | Role::Exited) => {}
        }
    }

    /// The role is over. Memory may hold what the disk does not; and what the disk shows of the failed write must be durable
    /// before this server votes for it.
    fn leave_unwritten(&mut self, writer: Writer, io: &mut Io<'_>) {
        self.server.log.abandon();
        self.give_up(GaveUp::DiskFailed { writer }, io);
        self.distrust_memory(writer);
    }

    fn distrust_memory(&mut self, writer: Writer) {
        let trusts = self.server.config.settings.defects.has(Defect::NoMemoryAheadOfDiskCheck);
        if let Role::Leaving { reload, resync, .. } = &mut self.role
            && !(trusts && writer == Writer::Log)
        {
            (*reload, *resync) = (true, Resync::Due);
        }
    }
}
