//! The only server in its list: it serves without an election (`ZooKeeperServerMain`). What it has logged is committed.

use crate::decision::Decision;
use crate::input::Timer;
use crate::io::Io;
use crate::prep::Prep;
use crate::request::{Op, Origin};
use crate::server::Server;
use crate::session::{Owner, SessionTracker};
use crate::txn::Txn;
use std::sync::Arc;

/// The role of a server that has nobody to agree with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Standalone {
    pub(crate) prep: Prep,
}

impl Standalone {
    pub(crate) fn start(server: &mut Server, io: &mut Io<'_>) -> Standalone {
        let settings = &server.config.settings;
        let tick = crate::Millis(settings.tick_time);
        let tracker = SessionTracker::new(&server.db.state.sessions, tick, io.now);
        io.set(Timer::SessionTick, tracker.until_next(io.now));
        server.begin_sessions(io);
        server.serving = true;
        io.decide(Decision::Standalone { zxid: server.db.state.zxid });
        Standalone { prep: Prep::new(server.db.state.zxid, tracker) }
    }

    /// A write goes to the log at once; it is committed when it is durable. Where the counter is used up, the epoch counts
    /// on: there is nobody to elect.
    pub(crate) fn submit(&mut self, origin: Origin, op: &Op, server: &mut Server, io: &mut Io<'_>) {
        let txn = Arc::new(self.prep.submit(origin, op, Owner::Me, &server.db, io.now));
        io.decide(Decision::Proposed { origin, zxid: txn.zxid, digest: txn.digest });
        server.log.push(txn, io);
    }

    pub(crate) fn logged(&self, txns: Vec<Arc<Txn>>, server: &mut Server, io: &mut Io<'_>) {
        for txn in txns {
            io.decide(Decision::Committed { zxid: txn.zxid, digest: txn.digest });
            server.commit(txn, io);
        }
    }

    pub(crate) fn session_tick(&mut self, server: &mut Server, io: &mut Io<'_>) {
        for session in self.prep.tracker.tick(io) {
            self.submit(Origin { session, cxid: 0 }, &Op::CloseSession, server, io);
        }
    }
}
