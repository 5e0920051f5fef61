//! What a server is whatever its role: its memory, its epochs, its settled vote, its tasks.

use crate::commit_processor::{CommitProcessor, Committed, Next, ReplyTo, Request};
use crate::config::Config;
use crate::connections::Connections;
use crate::database::{Database, Reach};
use crate::decision::Decision;
use crate::defects::Defect;
use crate::election::{Election, Myself};
use crate::error::ErrorCode;
use crate::ids::{ConnId, Round, ServerState, Sid};
use crate::io::Io;
use crate::log_writer::LogWriter;
use crate::output::Output;
use crate::packet::Packet;
use crate::request::{Answer, Op, Reply};
use crate::session::SessionId;
use crate::snapshot_thread::SnapshotThread;
use crate::storage::Storage;
use crate::txn::{Change, Txn};
use crate::vote::Vote;
use crate::watch;
use crate::zxid::Epoch;
use std::sync::Arc;

/// Everything that survives a change of role within one process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Server {
    pub(crate) config: Arc<Config>,
    pub(crate) state: ServerState,
    pub(crate) accepted_epoch: Epoch,
    pub(crate) current_epoch: Epoch,
    /// The last finished vote; before the first election, the vote for itself.
    pub(crate) settled: Vote,
    pub(crate) settled_round: Round,
    pub(crate) db: Database,
    pub(crate) election: Election,
    pub(crate) log: LogWriter,
    pub(crate) snapshots: SnapshotThread,
    pub(crate) commits: CommitProcessor,
    pub(crate) connections: Connections,
    /// A TRUNC could not be done, so the next leader is to send a SNAP: until then, or until it leads itself with what it
    /// has, this server registers as if it had nothing. What was to be cut off cannot be committed any more without it.
    pub(crate) needs_snap: bool,
    /// Whether clients are served.
    pub(crate) serving: bool,
}

impl Server {
    pub(crate) fn myself(&self) -> Myself {
        Myself {
            state: self.state,
            settled: self.settled,
            settled_round: self.settled_round,
            last_logged: self.db.state.zxid,
            current_epoch: self.current_epoch,
        }
    }

    /// The epoch is established, and the settled vote shows it (`QuorumPeer.updateElectionVote`, ZOOKEEPER-1732).
    pub(crate) fn refresh_vote(&mut self, epoch: Epoch) {
        if !self.config.settings.defects.has(Defect::NoVoteRefresh) {
            self.settled.peer_epoch = epoch;
        }
    }

    /// A tracker of sessions is made: the ids that this server gives out begin with this instant. None is given out twice by
    /// one process, even if the clock stands still. A standalone server counts as server 1 there
    /// (`ZooKeeperServer.createSessionTrackerServerId`).
    pub(crate) fn begin_sessions(&mut self, io: &Io<'_>) {
        let sid = if self.config.is_standalone() { Sid(1) } else { self.config.sid };
        let first = SessionId::first(sid, io.now);
        let next = &mut self.connections.next_session;
        *next = if *next == SessionId::NONE { first } else { first.max(*next) };
    }

    /// Hands a committed transaction to the applier.
    pub(crate) fn commit(&mut self, txn: Arc<Txn>, io: &mut Io<'_>) {
        self.commits.commit(Committed::Txn(txn), io);
    }

    /// The applier's step: takes in the next request, or applies the next committed transaction and answers the client
    /// it came from. Gives back what it applied.
    pub(crate) fn run_applier(&mut self, io: &mut Io<'_>) -> Option<Arc<Txn>> {
        match self.commits.next(io)? {
            Next::Read(request) => self.serve(request, io),
            Next::Answer(request) => {
                let session = request.origin.session;
                self.answer(&request, Ok(Reply::Done), io);
                self.serve_behind(session, io);
            }
            Next::Nothing => {}
            Next::Apply(txn) => {
                self.apply(&txn, io);
                return Some(txn);
            }
        }
        None
    }

    /// Applies a transaction as committed.
    pub(crate) fn apply(&mut self, txn: &Arc<Txn>, io: &mut Io<'_>) {
        self.apply_reaching(txn, Reach::ALL, io);
    }

    /// The same, where it may not reach all of memory.
    pub(crate) fn apply_reaching(&mut self, txn: &Arc<Txn>, reach: Reach, io: &mut Io<'_>) {
        let Some(result) = self.db.apply(txn, reach) else { return };
        let history = self.db.state.history;
        let tree = self.db.is_whole().then(|| self.db.state.tree.digest());
        io.decide(Decision::Applied { zxid: txn.zxid, history, tree, txn: txn.clone() });
        // Whoever waits for the change hears of it before it can be seen.
        self.connections.watches.trigger(&txn.change, io);
        let session = txn.origin.session;
        if let Change::CreateSession { timeout } = txn.change {
            io.decide(Decision::SessionOpened { session, timeout });
        }
        if let Some(request) = self.commits.take(txn.origin) {
            match request.op {
                Op::CreateSession { .. } => self.connections.settle(session, true, io),
                _ => self.answer(&request, result, io),
            }
            self.serve_behind(session, io);
        }
        if let Change::CloseSession { paths } = &txn.change {
            io.decide(Decision::SessionClosed { session, ephemerals: paths.len() });
            self.commits.forget(session);
            if let Some(conn) = self.connections.of_session(session).map(|connection| connection.conn) {
                self.close_client(conn, io);
            }
        }
    }

    /// The reads that stood behind a request of their session.
    fn serve_behind(&mut self, session: SessionId, io: &mut Io<'_>) {
        while let Some(request) = self.commits.take_read(session) {
            self.serve(request, io);
        }
    }

    /// Answers a request that needs nobody else, from the local tree.
    fn serve(&mut self, request: Request, io: &mut Io<'_>) {
        let result = match request.failed {
            Some(code) => Err(code),
            None => self.read(&request, io),
        };
        self.answer(&request, result, io);
    }

    fn read(&mut self, request: &Request, io: &mut Io<'_>) -> Result<Reply, ErrorCode> {
        let tree = &self.db.state.tree;
        let watches = &mut self.connections.watches;
        let mut watch = |wanted: bool, kind, path| {
            if let (true, ReplyTo::Conn(conn)) = (wanted, request.to) {
                watches.add(kind, path, conn);
            }
        };
        match &request.op {
            Op::GetData { path, watch: wanted } => {
                let node = tree.get(path).ok_or(ErrorCode::NoNode)?;
                watch(*wanted, watch::Kind::Data, path);
                Ok(Reply::Node { data: node.data.clone(), stat: node.stat })
            }
            Op::Exists { path, watch: wanted } => {
                watch(*wanted, watch::Kind::Data, path);
                tree.get(path).map(|node| Reply::Stat(node.stat)).ok_or(ErrorCode::NoNode)
            }
            Op::GetChildren { path, watch: wanted } => {
                let node = tree.get(path).ok_or(ErrorCode::NoNode)?;
                watch(*wanted, watch::Kind::Child, path);
                let names = node.children().into_iter().map(Arc::from).collect();
                Ok(Reply::Children { names, stat: node.stat })
            }
            Op::SetWatches(set) => {
                if let ReplyTo::Conn(conn) = request.to {
                    watches.set(set, tree, conn, io);
                }
                Ok(Reply::Done)
            }
            _ => Ok(Reply::Done),
        }
    }

    fn answer(&mut self, request: &Request, result: Result<Reply, ErrorCode>, io: &mut Io<'_>) {
        let is_moved = |result: &Result<Reply, ErrorCode>| *result == Err(ErrorCode::SessionMoved);
        let moved = match &result {
            Ok(Reply::Multi(parts)) => parts.iter().any(is_moved),
            result => is_moved(result),
        };
        let answer = Answer { origin: request.origin, zxid: self.db.state.zxid, result };
        match request.to {
            // It can only have come from a client that has moved on (ZOOKEEPER-710).
            ReplyTo::Conn(conn) if moved => self.close_client(conn, io),
            ReplyTo::Conn(conn) => io.send(conn, Packet::Reply(Arc::new(answer))),
            ReplyTo::Driver => io.out.push(Output::Answer(Arc::new(answer))),
            ReplyTo::Nobody => {}
        }
    }

    /// A client's connection is closed, by whichever side.
    pub(crate) fn close_client(&mut self, conn: ConnId, io: &mut Io<'_>) {
        self.commits.orphan(conn);
        self.connections.close(conn, io);
    }

    /// A request without a connection finds nobody who serves.
    pub(crate) fn refuse(&self, request: &Request, io: &mut Io<'_>) {
        if request.to == ReplyTo::Driver {
            let result = Err(ErrorCode::ConnectionLoss);
            let answer = Answer { origin: request.origin, zxid: self.db.state.zxid, result };
            io.out.push(Output::Answer(Arc::new(answer)));
        }
    }

    /// Leaving a role drops every client; what was in flight has an unknown outcome.
    pub(crate) fn stop_serving(&mut self, io: &mut Io<'_>) {
        self.serving = false;
        for request in self.commits.clear().collect::<Vec<_>>() {
            self.refuse(&request, io);
        }
        self.connections.close_all(io);
    }

    /// Gives up what is in memory and reads the disk again (ZOOKEEPER-2872, 3642).
    pub(crate) fn reload(&mut self, disk: &Storage) {
        self.db = Database::load(disk, &self.config.settings).0;
    }
}
