//! The client library as a state machine (`ClientCnxn`; protocol reference §8.2): a session over one connection at a
//! time, requests in order, heartbeats, fail-over to the next server of the connection string.
//!
//! It speaks the language of servers: [`Input`] in, [`Output`] out, under the same contract. What it dials is always the
//! client port.
//!
//! Simpler than the real one: requests wait for the session's answer before they are sent, which saves the server from
//! keeping them back; servers are tried in the order of the connection string, which the real one shuffles once; a
//! session's password is taken as right.

mod event;

pub use event::{ClientEvent, Completion};

use crate::error::ErrorCode;
use crate::ids::{ConnId, Millis, Port, Sid};
use crate::input::{Input, Task, Timer, Work};
use crate::output::Output;
use crate::packet::Packet;
use crate::request::{Answer, Op, Origin, Reply};
use crate::session::SessionId;
use crate::watch::WatchSet;
use crate::zxid::Zxid;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;

/// What a client is told at start.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientConfig {
    /// The connection string: servers, tried in this order and over again. At least one.
    pub servers: Vec<Sid>,
    /// The session time-out it asks for.
    pub timeout: Millis,
}

/// Where a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ClientState {
    /// Between two servers.
    BackingOff,
    /// A connection is being opened.
    Connecting,
    /// It stands; the session's answer is due.
    Settling,
    /// Requests are served.
    Connected,
    /// The session is over: a server said so.
    Expired,
    /// The session was ended by the client itself.
    Closed,
}

/// A request that is not answered yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Call {
    cxid: i32,
    op: Op,
}

/// `ClientCnxn`'s number of a heartbeat.
const PING: i32 = -2;
/// Its number of the watches it sends after a reconnect.
const SET_WATCHES: i32 = -8;

/// A client of the ensemble.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    config: Arc<ClientConfig>,
    state: ClientState,
    /// The place in the connection string of the server it is at, or tries.
    at: usize,
    /// Servers tried since it was connected last, the one it was connected to among them.
    tried: usize,
    /// Some server has taken a connection (`isFirstConnect` is false).
    reached: bool,
    conn: Option<ConnId>,
    session: SessionId,
    /// The negotiated time-out; before, the one it asks for.
    timeout: Millis,
    /// The newest zxid it was shown.
    last_zxid: Zxid,
    last_cxid: i32,
    /// Asked for and not sent.
    outgoing: VecDeque<Call>,
    /// Sent and not answered.
    pending: VecDeque<Call>,
    watches: WatchSet,
    closing: bool,
}

impl Client {
    /// A client that connects to the server at place `first` of its connection string and goes on from there.
    pub fn start(config: Arc<ClientConfig>, first: usize, out: &mut Vec<Output>) -> Client {
        let mut client = Client {
            state: ClientState::Connecting,
            at: first % config.servers.len().max(1),
            tried: 0,
            reached: false,
            conn: None,
            session: SessionId::NONE,
            timeout: config.timeout,
            last_zxid: Zxid::ZERO,
            last_cxid: 0,
            outgoing: VecDeque::new(),
            pending: VecDeque::new(),
            watches: WatchSet::default(),
            closing: false,
            config,
        };
        client.dial(out);
        client
    }

    /// Where it is.
    pub fn state(&self) -> ClientState {
        self.state
    }

    /// Its session; [`SessionId::NONE`] until it has one.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The server it is at, or tries.
    pub fn server(&self) -> Sid {
        self.config.servers.get(self.at).copied().unwrap_or(Sid::NONE)
    }

    /// The number that its next request will have.
    pub fn next_cxid(&self) -> i32 {
        self.last_cxid.wrapping_add(1)
    }

    /// One thing happens. Effects are appended to `out`, in order.
    pub fn step(&mut self, input: Input, out: &mut Vec<Output>) {
        match input {
            Input::Ask { op } => self.ask(op, out),
            Input::Connected { conn, .. } if self.state == ClientState::Connecting => {
                self.conn = Some(conn);
                self.state = ClientState::Settling;
                self.reached = true;
                let (session, timeout) = (self.session, self.config.timeout);
                let last_zxid_seen = self.last_zxid;
                let packet = Packet::ConnectRequest { session, timeout, last_zxid_seen };
                out.push(Output::Send { conn, packet });
                self.listen(out);
            }
            Input::Connected { conn, .. } => out.push(Output::Close { conn }),
            Input::ConnectFailed { .. } if self.state == ClientState::Connecting => self.lost(None, out),
            Input::Received { conn, packet } if self.conn == Some(conn) => self.received(packet, out),
            Input::Closed { conn } if self.conn == Some(conn) => self.lost(None, out),
            Input::Closed { conn } => out.push(Output::Close { conn }),
            Input::Timer(Timer::ClientRead) => {
                if self.state == ClientState::Connecting {
                    out.push(Output::Abandon { port: Port::Client, to: self.server() });
                }
                self.lost(Some(self.patience()), out);
            }
            Input::Timer(Timer::ClientPing) if self.state == ClientState::Connected => {
                self.send(Call { cxid: PING, op: Op::Ping }, out);
            }
            Input::Run(Task::Main) if self.state == ClientState::BackingOff => self.dial(out),
            _ => {}
        }
    }

    fn dial(&mut self, out: &mut Vec<Output>) {
        self.state = ClientState::Connecting;
        self.tried += 1;
        out.push(Output::Connect { port: Port::Client, to: self.server() });
        self.listen(out);
    }

    /// How long silence is borne: a connection may take its share of the time-out, a connected server two thirds of it.
    fn patience(&self) -> Millis {
        match self.state {
            ClientState::Connected => Millis(self.timeout.0 * 2 / 3),
            _ => Millis(self.timeout.0 / self.config.servers.len().max(1) as u64),
        }
    }

    fn listen(&self, out: &mut Vec<Output>) {
        out.push(Output::SetTimer { timer: Timer::ClientRead, after: self.patience() });
    }

    /// A heartbeat is due after half the time for which the server may be silent.
    fn talk(&self, out: &mut Vec<Output>) {
        let after = Millis(self.timeout.0 * 2 / 3 / 2);
        out.push(Output::SetTimer { timer: Timer::ClientPing, after });
    }

    fn send(&mut self, call: Call, out: &mut Vec<Output>) {
        let Some(conn) = self.conn else { return };
        let packet = Packet::ClientRequest { cxid: call.cxid, op: call.op.clone() };
        out.push(Output::Send { conn, packet });
        if call.cxid > 0 {
            self.pending.push_back(call);
        }
        self.talk(out);
    }

    fn ask(&mut self, op: Op, out: &mut Vec<Output>) {
        self.last_cxid = self.next_cxid();
        let call = Call { cxid: self.last_cxid, op };
        let closes = call.op == Op::CloseSession;
        match self.state {
            ClientState::Expired | ClientState::Closed => {
                self.complete(call, None, Err(ErrorCode::SessionExpired), out);
            }
            _ if self.closing => self.complete(call, None, Err(ErrorCode::ConnectionLoss), out),
            ClientState::Connected => self.send(call, out),
            // The end of the session too waits for the next server. If that does not take it nobody hears of it.
            _ => self.outgoing.push_back(call),
        }
        self.closing |= closes;
    }

    fn received(&mut self, packet: Packet, out: &mut Vec<Output>) {
        match packet {
            Packet::ConnectResponse { session, timeout } if self.state == ClientState::Settling => {
                self.settled(session, timeout, out);
            }
            Packet::Reply(answer) => {
                self.listen(out);
                self.answered(&answer, out);
            }
            Packet::WatchEvent { event, path } => {
                self.listen(out);
                if self.watches.take(event, &path) {
                    out.push(Output::Client(ClientEvent::Notified { what: event, path }));
                }
            }
            _ => {}
        }
    }

    /// The server has looked at the session.
    fn settled(&mut self, session: SessionId, timeout: Millis, out: &mut Vec<Output>) {
        if timeout == Millis(0) {
            self.give_up_connection(out);
            self.state = ClientState::Expired;
            out.push(Output::Client(ClientEvent::Expired { session: self.session }));
            self.fail_all(ErrorCode::SessionExpired, out);
            return;
        }
        let fresh = self.session == SessionId::NONE;
        self.state = ClientState::Connected;
        self.session = session;
        self.timeout = timeout;
        self.tried = 1;
        let server = self.server();
        out.push(Output::Client(ClientEvent::Connected { server, session, timeout, fresh }));
        self.listen(out);
        self.talk(out);
        if !self.watches.is_empty() {
            let set = WatchSet { relative_zxid: self.last_zxid, ..self.watches.clone() };
            self.send(Call { cxid: SET_WATCHES, op: Op::SetWatches(Arc::new(set)) }, out);
        }
        while let Some(call) = self.outgoing.pop_front() {
            self.send(call, out);
        }
    }

    fn answered(&mut self, answer: &Answer, out: &mut Vec<Output>) {
        // A heartbeat's answer shows nothing, and its zxid does not count.
        if answer.origin.cxid == PING {
            return;
        }
        self.last_zxid = self.last_zxid.max(answer.zxid);
        if self.pending.front().is_none_or(|call| call.cxid != answer.origin.cxid) {
            return;
        }
        let Some(call) = self.pending.pop_front() else { return };
        self.register(&call.op, &answer.result);
        let closed = call.op == Op::CloseSession;
        self.complete(call, Some(answer), answer.result.clone(), out);
        if closed {
            self.give_up_connection(out);
            self.state = ClientState::Closed;
            out.push(Output::Client(ClientEvent::Closed { session: self.session }));
        }
    }

    /// A watch stands once the read that asks for it has succeeded; an exists also where nothing is there.
    fn register(&mut self, op: &Op, result: &Result<Reply, ErrorCode>) {
        match (op, result) {
            (Op::GetData { path, watch: true } | Op::Exists { path, watch: true }, Ok(_)) => {
                self.watches.data.insert(path.clone());
            }
            (Op::Exists { path, watch: true }, Err(ErrorCode::NoNode)) => {
                self.watches.exist.insert(path.clone());
            }
            (Op::GetChildren { path, watch: true }, Ok(_)) => {
                self.watches.child.insert(path.clone());
            }
            _ => {}
        }
    }

    fn complete(
        &self,
        call: Call,
        answer: Option<&Answer>,
        result: Result<Reply, ErrorCode>,
        out: &mut Vec<Output>,
    ) {
        out.push(Output::Client(ClientEvent::Completed(Arc::new(Completion {
            origin: Origin { session: self.session, cxid: call.cxid },
            op: call.op,
            server: answer.map(|_| self.server()),
            zxid: answer.map_or(Zxid::ZERO, |answer| answer.zxid),
            result,
        }))));
    }

    /// The outcome of what was sent is unknown; what was not sent is given up with it, as the real library does.
    fn fail_all(&mut self, code: ErrorCode, out: &mut Vec<Output>) {
        let pending = std::mem::take(&mut self.pending);
        for call in pending {
            self.complete(call, None, Err(code), out);
        }
        for call in std::mem::take(&mut self.outgoing) {
            self.complete(call, None, Err(code), out);
        }
    }

    fn give_up_connection(&mut self, out: &mut Vec<Output>) {
        if let Some(conn) = self.conn.take() {
            out.push(Output::Close { conn });
        } else if self.state == ClientState::Connecting {
            out.push(Output::Abandon { port: Port::Client, to: self.server() });
        }
        out.push(Output::CancelTimer(Timer::ClientRead));
        out.push(Output::CancelTimer(Timer::ClientPing));
    }

    /// The connection is gone, or never came to be: on to the next server, after a while.
    fn lost(&mut self, silent: Option<Millis>, out: &mut Vec<Output>) {
        if matches!(self.state, ClientState::BackingOff | ClientState::Expired | ClientState::Closed) {
            return;
        }
        let server = self.server();
        let event = match self.state {
            ClientState::Connected => ClientEvent::Disconnected { server, silent },
            _ => ClientEvent::CannotConnect { server },
        };
        // The attempt itself has ended, or was abandoned where it had not.
        self.state = ClientState::BackingOff;
        self.give_up_connection(out);
        self.fail_all(ErrorCode::ConnectionLoss, out);
        out.push(Output::Client(event));
        if self.closing {
            self.state = ClientState::Closed;
            out.push(Output::Client(ClientEvent::Closed { session: self.session }));
            return;
        }
        self.at = (self.at + 1) % self.config.servers.len().max(1);
        let all_tried = self.tried.is_multiple_of(self.config.servers.len().max(1));
        out.push(Output::Wake { task: Task::Main, work: Work::Reconnect { again: self.reached, all_tried } });
    }

    /// Whether it has a step to make.
    pub fn is_ready(&self) -> bool {
        self.state == ClientState::BackingOff
    }
}
