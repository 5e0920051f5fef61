//! A server's client port: who may connect, and the way of a request (`ZooKeeperServer.processConnectRequest`,
//! `submitRequestNow`; protocol reference §8).

use super::{Peer, Role};
use crate::commit_processor::{ReplyTo, Request};
use crate::connections::Stage;
use crate::decision::{Decision, Refused};
use crate::defects::Defect;
use crate::ids::{ConnId, Millis};
use crate::io::Io;
use crate::packet::Packet;
use crate::request::{Op, Origin};
use crate::session::{Owner, SessionId};
use crate::zxid::Zxid;

impl Peer {
    /// A client wants a session, or to go on with the one it has.
    pub(super) fn connect_request(
        &mut self,
        conn: ConnId,
        session: SessionId,
        wanted: Millis,
        last_zxid_seen: Zxid,
        io: &mut Io<'_>,
    ) {
        let server = &mut self.server;
        let last = server.db.state.zxid;
        let refused = match server.connections.get(conn) {
            Some(connection) if connection.stage == Stage::AwaitConnect => {
                if !server.serving {
                    Some(Refused::NotServing)
                } else if last_zxid_seen > last
                    && !server.config.settings.defects.has(Defect::WelcomeAnyClient)
                {
                    Some(Refused::HasSeenMore { seen: last_zxid_seen, last })
                } else {
                    None
                }
            }
            _ => return,
        };
        if let Some(why) = refused {
            io.decide(Decision::ClientRefused { why });
            return server.close_client(conn, io);
        }
        let timeout = server.config.settings.session_timeout(wanted);
        let is_new = session == SessionId::NONE;
        let session = if is_new {
            let id = server.connections.next_session;
            server.connections.next_session = id.next();
            id
        } else {
            // The client has given up an earlier connection, whether or not this server has noticed.
            if let Some(old) = server.connections.of_session(session).map(|old| old.conn) {
                server.close_client(old, io);
            }
            session
        };
        if let Some(connection) = server.connections.get(conn) {
            connection.stage = Stage::Settling;
            connection.session = session;
            connection.timeout = timeout;
        }
        if is_new {
            // At the leader the request itself begins the watch over it.
            if let Role::Learner(_) = self.role {
                server.connections.touch(session, timeout);
            }
            let origin = Origin { session, cxid: 0 };
            self.request(ReplyTo::Conn(conn), origin, Op::CreateSession { timeout }, io);
        } else {
            self.revalidate(session, timeout, io);
        }
    }

    /// Whether a session is still alive, the leader knows.
    fn revalidate(&mut self, session: SessionId, timeout: Millis, io: &mut Io<'_>) {
        let tracker = match &mut self.role {
            Role::Leader(leader) => &mut leader.prep.tracker,
            Role::Standalone(alone) => &mut alone.prep.tracker,
            Role::Learner(learner) => {
                if let Some(conn) = learner.conn {
                    io.send(conn, Packet::Revalidate { session, timeout });
                }
                return;
            }
            _ => return,
        };
        let valid = tracker.touch(session, timeout, io.now);
        if valid {
            tracker.set_owner(session, Owner::Me);
        }
        io.decide(Decision::SessionReturns { session, valid });
        self.server.connections.settle(session, valid, io);
    }

    /// A request on a client's connection. It counts as a sign of life; of a session that is over it is dropped.
    pub(super) fn client_request(&mut self, conn: ConnId, cxid: i32, op: Op, io: &mut Io<'_>) {
        let Some(connection) = self.server.connections.get(conn).filter(|c| c.stage == Stage::Open) else {
            return;
        };
        let (session, timeout) = (connection.session, connection.timeout);
        let alive = match &mut self.role {
            Role::Leader(leader) => leader.prep.tracker.touch(session, timeout, io.now),
            Role::Standalone(alone) => alone.prep.tracker.touch(session, timeout, io.now),
            _ => {
                self.server.connections.touch(session, timeout);
                true
            }
        };
        if alive {
            self.request(ReplyTo::Conn(conn), Origin { session, cxid }, op, io);
        }
    }

    /// A request without a connection, of a session that only this server knows.
    pub(super) fn local_request(&mut self, origin: Origin, op: Op, io: &mut Io<'_>) {
        if self.server.serving {
            self.request(ReplyTo::Driver, origin, op, io);
        } else {
            let request = Request { to: ReplyTo::Driver, origin, op, waits: false, failed: None };
            self.server.refuse(&request, io);
        }
    }

    /// The way of a request: a learner queues it and forwards what the leader must see; the leader validates and proposes
    /// writes, and looks whether the session may ask for anything else.
    fn request(&mut self, to: ReplyTo, origin: Origin, op: Op, io: &mut Io<'_>) {
        let is_write = op.is_write();
        let mut request = Request { to, origin, op: op.clone(), waits: is_write, failed: None };
        let server = &mut self.server;
        match &mut self.role {
            Role::Learner(learner) => {
                request.waits |= matches!(op, Op::Sync { .. });
                let forwards = request.waits;
                server.commits.queue(request, io);
                if forwards {
                    learner.forward(origin, op, io);
                }
            }
            Role::Leader(leader) => {
                if !is_write {
                    request.failed = leader.prep.tracker.check(origin.session, Owner::Me).err();
                }
                server.commits.queue(request, io);
                if is_write {
                    self.with_leader(io, |leader, server, io| {
                        leader.submit(origin, &op, Owner::Me, server, io)
                    });
                }
            }
            Role::Standalone(alone) => {
                if !is_write {
                    request.failed = alone.prep.tracker.check(origin.session, Owner::Me).err();
                }
                server.commits.queue(request, io);
                if is_write {
                    alone.submit(origin, &op, server, io);
                }
            }
            _ => server.refuse(&request, io),
        }
    }
}
