//! A process starts: what its disk tells it, and what it writes before it looks for others.

use super::{Peer, Role};
use crate::commit_processor::CommitProcessor;
use crate::config::{Config, Settings};
use crate::connections::Connections;
use crate::database::Database;
use crate::decision::Decision;
use crate::defects::Defect;
use crate::election::Election;
use crate::ids::{Millis, Port, ServerState};
use crate::input::Timer;
use crate::io::Io;
use crate::log_writer::LogWriter;
use crate::output::{Exit, Output};
use crate::server::Server;
use crate::snapshot_thread::SnapshotThread;
use crate::standalone::Standalone;
use crate::storage::{DiskOp, SnapshotFile, Storage};
use crate::vote::Vote;
use std::collections::VecDeque;
use std::sync::Arc;

impl Peer {
    /// Starts a server on what its disk holds (`QuorumPeer.loadDataBase`; protocol reference §2.2).
    ///
    /// `now` is the server's own clock, here and in every step.
    pub fn boot(config: Arc<Config>, now: Millis, disk: &Storage, out: &mut Vec<Output>) -> Peer {
        let (db, replayed) = Database::load(disk, &config.settings);
        let last = db.state.zxid;
        let standalone = config.is_standalone();
        let mut io = Io { disk, now, out };
        io.write(DiskOp::Roll);

        let mut writes = VecDeque::new();
        // What is read here counts as logged from now on, even if the process before died before its fsync.
        if disk.log.last().is_some() {
            writes.push_back(DiskOp::Sync);
        }
        if disk.snapshots.is_empty() {
            // Synced, unlike the real one: a log without any snapshot would keep the server from starting.
            let file = SnapshotFile { snapshot: db.snapshot(), from_leader: false };
            writes.push_back(DiskOp::Snapshot { file, synced: true });
        }
        let mut current_epoch = disk.current_epoch.unwrap_or(last.epoch());
        let mut accepted_epoch = disk.accepted_epoch.unwrap_or(last.epoch());
        let contradiction = accepted_epoch < current_epoch;
        let behind = last.epoch() > current_epoch && !standalone;
        if behind {
            io.decide(Decision::EpochRaised { from: current_epoch, to: last.epoch() });
            current_epoch = last.epoch();
            accepted_epoch = accepted_epoch.max(current_epoch);
        }
        // Only a server of a quorum keeps epochs. acceptedEpoch goes first where both rise: it may never be the smaller
        // one on disk.
        if disk.accepted_epoch.is_some_and(|old| old != accepted_epoch) && !standalone {
            writes.push_back(DiskOp::AcceptedEpoch { epoch: accepted_epoch });
        }
        if disk.current_epoch != Some(current_epoch) && !standalone {
            writes.push_back(DiskOp::CurrentEpoch { epoch: current_epoch });
        }
        if disk.accepted_epoch.is_none() && !standalone {
            writes.push_back(DiskOp::AcceptedEpoch { epoch: accepted_epoch });
        }

        let behind = behind && config.settings.has(Defect::NoRecoveryMarker);
        let settled = Vote { leader: config.sid, zxid: last, peer_epoch: current_epoch };
        let server = Server {
            election: Election::new(&config),
            state: ServerState::Looking,
            accepted_epoch,
            current_epoch,
            settled,
            settled_round: crate::Round::default(),
            db,
            log: LogWriter::default(),
            snapshots: SnapshotThread::default(),
            commits: CommitProcessor::default(),
            connections: Connections::default(),
            needs_snap: false,
            serving: false,
            config,
        };
        let mut peer = Peer { server, role: Role::Booting { writes, replayed } };
        let sid = peer.server.config.sid;
        if !peer.server.config.verifier.is_member(sid) {
            peer.exit(Exit::NotInPeerList { sid }, &mut io);
        } else if disk.snapshots.is_empty() && disk.log.last().is_some() {
            peer.exit(Exit::NoSnapshot, &mut io);
        } else if contradiction {
            let exit = Exit::EpochsContradict { accepted: accepted_epoch, current: current_epoch };
            peer.exit(exit, &mut io);
        } else if let Some(epoch) = disk.current_epoch.filter(|_| behind) {
            peer.exit(Exit::EpochBehindData { current: epoch, zxid: last }, &mut io);
        } else {
            peer.boot_on(&mut io);
        }
        peer
    }

    /// The next write of the boot, or the first election.
    pub(super) fn boot_on(&mut self, io: &mut Io<'_>) {
        let Role::Booting { writes, replayed } = &mut self.role else {
            return;
        };
        if let Some(op) = writes.pop_front() {
            io.write(op);
            return;
        }
        let server = &self.server;
        io.decide(Decision::Booted {
            zxid: server.db.state.zxid,
            replayed: *replayed,
            accepted_epoch: server.accepted_epoch,
            current_epoch: server.current_epoch,
        });
        io.out.push(Output::Listen { port: Port::Client, open: true });
        if server.config.is_standalone() {
            self.server.state = ServerState::Leading;
            self.role = Role::Standalone(Box::new(Standalone::start(&mut self.server, io)));
        } else {
            if server.config.settings.listens {
                io.out.push(Output::Listen { port: Port::Election, open: true });
            } else {
                io.set(Timer::Bind, Settings::BIND_TIME);
            }
            self.look(io);
        }
    }
}
