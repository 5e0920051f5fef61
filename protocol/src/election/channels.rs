//! Election connections (`QuorumCnxManager`; protocol reference §3): one link per pair of servers, kept by the one
//! with the larger sid; a queue of one message per peer; the last message sent again on a new link.

use crate::decision::Decision;
use crate::ids::{ConnId, Millis, Port, Sid};
use crate::input::Timer;
use crate::io::Io;
use crate::output::Output;
use crate::packet::{Notification, Packet};
use litemap::LiteMap;

/// What is kept per remote server. It outlives the link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Channel {
    /// The newest message that no link has taken yet; a newer one replaces it.
    queued: Option<Notification>,
    last_sent: Option<Notification>,
    link: Option<ConnId>,
    dialling: bool,
    /// It has a queue: something was sent to it, or a link stood.
    addressed: bool,
}

/// Every election connection of a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Channels {
    me: Sid,
    /// Flat: they are few, and an exhaustive search keeps a hundred thousand copies.
    by_sid: LiteMap<Sid, Channel>,
    /// Accepted, and the initiator has not said who it is.
    handshakes: Vec<ConnId>,
    cnx_timeout: Millis,
    handshake_timeout: Millis,
}

impl Channels {
    pub(crate) fn new(me: Sid, cnx_timeout: Millis, handshake_timeout: Millis) -> Channels {
        Channels { me, by_sid: LiteMap::new(), handshakes: Vec::new(), cnx_timeout, handshake_timeout }
    }

    /// Queues a message for another server, replacing one that still waits, and connects if there is no link
    /// (`QuorumCnxManager.toSend`).
    pub(crate) fn send(&mut self, to: Sid, message: Notification, io: &mut Io<'_>) {
        let channel = self.by_sid.entry(to).or_default();
        channel.queued = Some(message);
        channel.addressed = true;
        channel.flush(io);
        self.connect(to, io);
    }

    /// `connectOne`.
    fn connect(&mut self, to: Sid, io: &mut Io<'_>) {
        let channel = self.by_sid.entry(to).or_default();
        if channel.link.is_none() && !channel.dialling {
            channel.dialling = true;
            io.connect(Port::Election, to);
            io.set(Timer::ElectionConnect(to), self.cnx_timeout);
        }
    }

    /// `connectAll`: every server that was ever sent something.
    pub(crate) fn connect_all(&mut self, io: &mut Io<'_>) {
        let addressed = self.by_sid.iter().filter(|(_, channel)| channel.addressed);
        let all: Vec<Sid> = addressed.map(|(sid, _)| *sid).collect();
        all.into_iter().for_each(|sid| self.connect(sid, io));
    }

    /// Whether some peer has taken everything that was sent to it (`haveDelivered`).
    pub(crate) fn have_delivered(&self) -> bool {
        self.by_sid.values().any(|channel| channel.addressed && channel.queued.is_none())
    }

    pub(crate) fn accepted(&mut self, conn: ConnId, io: &mut Io<'_>) {
        io.decide(Decision::ConnectionRequest);
        self.handshakes.push(conn);
        io.set(Timer::Handshake(conn), self.handshake_timeout);
    }

    pub(crate) fn connected(&mut self, to: Sid, conn: ConnId, io: &mut Io<'_>) {
        io.cancel(Timer::ElectionConnect(to));
        self.by_sid.entry(to).or_default().dialling = false;
        io.send(conn, Packet::Hello { sid: self.me });
        if to > self.me {
            io.decide(Decision::DroppedConnection { to });
            io.close(conn);
        } else {
            self.install(to, conn, io);
        }
    }

    pub(crate) fn connect_failed(&mut self, to: Sid, unanswered: bool, io: &mut Io<'_>) {
        self.by_sid.entry(to).or_default().dialling = false;
        io.decide(Decision::CannotOpenChannel { to, unanswered });
        if unanswered {
            io.out.push(Output::Abandon { port: Port::Election, to });
        } else {
            io.cancel(Timer::ElectionConnect(to));
        }
    }

    pub(crate) fn handshake_timed_out(&mut self, conn: ConnId, io: &mut Io<'_>) {
        self.handshakes.retain(|open| *open != conn);
        io.close(conn);
    }

    /// The first packet of an accepted connection.
    pub(crate) fn hello(&mut self, conn: ConnId, from: Sid, io: &mut Io<'_>) {
        self.handshakes.retain(|open| *open != conn);
        io.cancel(Timer::Handshake(conn));
        match from.cmp(&self.me) {
            std::cmp::Ordering::Less => {
                self.unlink(from, io);
                io.close(conn);
                io.decide(Decision::CallsBack { to: from });
                self.connect(from, io);
            }
            std::cmp::Ordering::Equal => io.decide(Decision::OwnIdCalls),
            std::cmp::Ordering::Greater => self.install(from, conn, io),
        }
    }

    fn unlink(&mut self, sid: Sid, io: &mut Io<'_>) {
        if let Some(old) = self.by_sid.get_mut(&sid).and_then(|channel| channel.link.take()) {
            io.close(old);
        }
    }

    /// A link stands; its sender starts with what is queued, or else with the last message once more.
    fn install(&mut self, with: Sid, conn: ConnId, io: &mut Io<'_>) {
        self.unlink(with, io);
        io.decide(Decision::ChannelOpen { with });
        let channel = self.by_sid.entry(with).or_default();
        channel.link = Some(conn);
        channel.addressed = true;
        if channel.queued.is_none() {
            channel.queued = channel.last_sent;
        }
        channel.flush(io);
    }

    /// Who is at the other end of a link.
    pub(crate) fn peer_of(&self, conn: ConnId) -> Option<Sid> {
        self.by_sid.iter().find(|(_, channel)| channel.link == Some(conn)).map(|(sid, _)| *sid)
    }

    /// Whether the connection was accepted and has not said who it is.
    pub(crate) fn is_handshake(&self, conn: ConnId) -> bool {
        self.handshakes.contains(&conn)
    }

    /// The connection ended. Queue and last message are kept.
    pub(crate) fn closed(&mut self, conn: ConnId, io: &mut Io<'_>) {
        if self.is_handshake(conn) {
            self.handshakes.retain(|open| *open != conn);
            io.cancel(Timer::Handshake(conn));
        } else if let Some(with) = self.peer_of(conn) {
            self.by_sid.entry(with).or_default().link = None;
            io.decide(Decision::ChannelBroken { with });
        }
    }

    /// Whether a link to `sid` stands.
    pub(crate) fn is_open(&self, sid: Sid) -> bool {
        self.by_sid.get(&sid).is_some_and(|channel| channel.link.is_some())
    }
}

impl Channel {
    /// The message counts as sent before it is written, so one that dies in a broken link is sent once more.
    fn flush(&mut self, io: &mut Io<'_>) {
        if let (Some(link), Some(message)) = (self.link, self.queued) {
            self.queued = None;
            self.last_sent = Some(message);
            io.send(link, Packet::Notification(message));
        }
    }
}
