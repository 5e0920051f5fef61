//! What a server is whatever its role: its memory, its epochs, its settled vote, its tasks.

use crate::config::Config;
use crate::database::Database;
use crate::decision::Decision;
use crate::election::{Election, Myself};
use crate::ids::{Round, ServerState};
use crate::input::{Task, Work};
use crate::io::Io;
use crate::log_writer::LogWriter;
use crate::output::{Answer, Output, Reply};
use crate::txn::{Change, ErrorCode, Op, Origin, Txn};
use crate::vote::Vote;
use crate::zxid::Epoch;
use std::collections::VecDeque;
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
    /// Committed transactions that wait to be applied (`CommitProcessor`).
    pub(crate) to_apply: VecDeque<Arc<Txn>>,
    /// Requests of this server's own clients whose transaction has not come back.
    pub(crate) pending: Vec<Origin>,
    /// Whether clients are served.
    pub(crate) serving: bool,
}

impl Server {
    pub(crate) fn myself(&self) -> Myself {
        Myself {
            state: self.state,
            settled: self.settled,
            settled_round: self.settled_round,
            last_logged: self.db.last_processed,
            current_epoch: self.current_epoch,
        }
    }

    /// Hands a committed transaction to the applier.
    pub(crate) fn commit(&mut self, txn: Arc<Txn>, io: &mut Io<'_>) {
        self.to_apply.push_back(txn);
        if self.to_apply.len() == 1 {
            io.wake(Task::Commit, Work::Step);
        }
    }

    /// The applier's step: applies the next committed transaction and answers the client it came from.
    pub(crate) fn apply_next(&mut self, io: &mut Io<'_>) -> Option<Arc<Txn>> {
        let txn = self.to_apply.pop_front()?;
        self.apply(&txn, io);
        if !self.to_apply.is_empty() {
            io.wake(Task::Commit, Work::Step);
        }
        Some(txn)
    }

    /// Applies a transaction as committed.
    pub(crate) fn apply(&mut self, txn: &Arc<Txn>, io: &mut Io<'_>) {
        if !self.db.apply(txn) {
            return;
        }
        io.decide(Decision::Applied { zxid: txn.zxid, history: self.db.history });
        if let Some(at) = self.pending.iter().position(|origin| *origin == txn.origin) {
            self.pending.remove(at);
            let result = match &txn.change {
                Change::Error { code } => Err(*code),
                _ => Ok(Reply::Done),
            };
            io.out.push(Output::Answer(Answer { origin: txn.origin, zxid: txn.zxid, result }));
        }
    }

    /// Answers a read from the local tree.
    pub(crate) fn read(&self, origin: Origin, op: &Op, io: &mut Io<'_>) {
        let Op::GetData { path } = op else { return };
        let result = match self.db.tree.get(path) {
            Some(node) => Ok(Reply::Node { data: node.data.clone(), stat: node.stat }),
            None => Err(ErrorCode::NoNode),
        };
        io.out.push(Output::Answer(Answer { origin, zxid: self.db.last_processed, result }));
    }

    pub(crate) fn refuse(&self, origin: Origin, io: &mut Io<'_>) {
        let result = Err(ErrorCode::ConnectionLoss);
        io.out.push(Output::Answer(Answer { origin, zxid: self.db.last_processed, result }));
    }

    /// Leaving a role drops every client; what was in flight has an unknown outcome.
    pub(crate) fn stop_serving(&mut self, io: &mut Io<'_>) {
        self.serving = false;
        self.to_apply.clear();
        for origin in std::mem::take(&mut self.pending) {
            self.refuse(origin, io);
        }
    }
}
