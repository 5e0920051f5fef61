//! The clients connected to a server (`ServerCnxn`, `LearnerSessionTracker`): which connection stands for which session,
//! and what they wait to be told.

use crate::ids::{ConnId, Millis};
use crate::io::Io;
use crate::packet::Packet;
use crate::session::SessionId;
use crate::watch::Watches;
use std::collections::BTreeMap;

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    /// The client has not said what it wants.
    AwaitConnect,
    /// Its session is being created, or asked for at the leader; nothing is read from it meanwhile.
    Settling,
    /// Requests are taken.
    Open,
}

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Connection {
    pub(crate) conn: ConnId,
    pub(crate) stage: Stage,
    pub(crate) session: SessionId,
    /// The negotiated time-out.
    pub(crate) timeout: Millis,
}

/// All connections, and what is kept for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Connections {
    list: Vec<Connection>,
    pub(crate) watches: Watches,
    /// At a learner: sessions heard of since the last ping of the leader.
    touched: BTreeMap<SessionId, Millis>,
    /// The id of the next session that is created here.
    pub(crate) next_session: SessionId,
}

impl Connections {
    pub(crate) fn accepted(&mut self, conn: ConnId) {
        let (session, timeout) = (SessionId::NONE, Millis(0));
        self.list.push(Connection { conn, stage: Stage::AwaitConnect, session, timeout });
    }

    pub(crate) fn get(&mut self, conn: ConnId) -> Option<&mut Connection> {
        self.list.iter_mut().find(|connection| connection.conn == conn)
    }

    /// The connection that stands for a session.
    pub(crate) fn of_session(&mut self, session: SessionId) -> Option<&mut Connection> {
        self.list.iter_mut().find(|c| c.session == session && c.stage != Stage::AwaitConnect)
    }

    /// The connection is closed, by whichever side.
    pub(crate) fn close(&mut self, conn: ConnId, io: &mut Io<'_>) {
        if let Some(at) = self.list.iter().position(|connection| connection.conn == conn) {
            self.list.remove(at);
            self.watches.forget(conn);
            io.close(conn);
        }
    }

    pub(crate) fn close_all(&mut self, io: &mut Io<'_>) {
        self.list.drain(..).for_each(|connection| io.close(connection.conn));
        self.watches = Watches::default();
        self.touched.clear();
    }

    /// The session is there, or not: the client is told (`ZooKeeperServer.finishSessionInit`).
    pub(crate) fn settle(&mut self, session: SessionId, valid: bool, io: &mut Io<'_>) {
        let Some(connection) = self.of_session(session).filter(|c| c.stage == Stage::Settling) else {
            return;
        };
        let conn = connection.conn;
        connection.stage = Stage::Open;
        let timeout = if valid { connection.timeout } else { Millis(0) };
        io.send(conn, Packet::ConnectResponse { session, timeout });
        if !valid {
            self.close(conn, io);
        }
    }

    pub(crate) fn touch(&mut self, session: SessionId, timeout: Millis) {
        self.touched.insert(session, timeout);
    }

    /// What the leader's ping is answered with.
    pub(crate) fn take_touched(&mut self) -> Vec<(SessionId, Millis)> {
        std::mem::take(&mut self.touched).into_iter().collect()
    }
}
