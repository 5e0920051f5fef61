//! A client that a test plays, with the session it has.

use crate::harness::*;
use zablab_protocol::{
    Answer, ErrorCode, Millis, Op, Packet, Path, Port, Reply, SessionId, Settings, Sid, WatchEvent, Zxid,
};

/// The session time-out that users ask for unless a test says otherwise.
pub(crate) const TIMEOUT: Millis = Millis(10_000);

/// Three participants and an observer, all serving; server 3 leads.
pub(crate) fn ensemble(settings: Settings) -> Cluster {
    let mut c = Cluster::with(3, 1, settings);
    [S1, S2, S3].iter().for_each(|sid| c.start(*sid));
    c.settle();
    c.start(S4);
    c.settle();
    assert!([S1, S2, S3, S4].iter().all(|sid| c.status(*sid).serving));
    assert_eq!(c.status(S1).leader, Some(S3));
    c.forget();
    c
}

/// One server that is its whole ensemble.
pub(crate) fn standalone() -> Cluster {
    let mut c = Cluster::new(1);
    c.start(S1);
    c.settle();
    assert!(c.status(S1).standalone);
    c
}

#[derive(Clone, Debug)]
pub(crate) struct User {
    /// Its place in the harness.
    pub(crate) sid: Sid,
    /// The server it is connected to.
    pub(crate) at: Sid,
    pub(crate) session: SessionId,
    pub(crate) last_cxid: i32,
}

impl User {
    /// Asks for a new session; nothing runs yet.
    pub(crate) fn begin(c: &mut Cluster, number: i64, at: Sid) -> User {
        let user = User { sid: client(number), at, session: SessionId::NONE, last_cxid: 0 };
        c.add_puppet_client(user.sid);
        user.connect(c, TIMEOUT, Zxid::ZERO);
        user
    }

    /// A client with a new session.
    pub(crate) fn open(c: &mut Cluster, number: i64, at: Sid) -> User {
        let mut user = User::begin(c, number, at);
        c.run();
        let timeout = user.settled(c).expect("an answer");
        assert_ne!(timeout, Millis(0));
        user
    }

    /// Connects, and says which session it has.
    pub(crate) fn connect(&self, c: &mut Cluster, timeout: Millis, last_zxid_seen: Zxid) {
        c.dial(self.sid, self.at, Port::Client);
        let session = self.session;
        c.say(self.sid, self.at, Packet::ConnectRequest { session, timeout, last_zxid_seen });
    }

    /// Takes the answer to the request for a session: the time-out, 0 if the session is over.
    pub(crate) fn settled(&mut self, c: &mut Cluster) -> Option<Millis> {
        match c.heard(self.sid).as_slice() {
            [] => None,
            [Packet::ConnectResponse { session, timeout }] => {
                self.session = *session;
                Some(*timeout)
            }
            other => panic!("{} where the session's answer was due", names(other).join(", ")),
        }
    }

    /// Goes on at another server, without a word to the old one.
    pub(crate) fn move_to(&mut self, c: &mut Cluster, at: Sid) -> Option<Millis> {
        self.at = at;
        self.connect(c, TIMEOUT, Zxid::ZERO);
        c.run();
        self.settled(c)
    }

    /// Closes its connection.
    pub(crate) fn hang_up(&self, c: &mut Cluster) {
        c.hang_up(self.sid, self.at, Port::Client);
    }

    pub(crate) fn is_connected(&self, c: &Cluster) -> bool {
        c.conn(self.sid, self.at, Port::Client).is_some()
    }

    /// Sends a request; nothing runs yet.
    pub(crate) fn send(&mut self, c: &mut Cluster, op: Op) -> i32 {
        self.last_cxid += 1;
        c.say(self.sid, self.at, Packet::ClientRequest { cxid: self.last_cxid, op });
        self.last_cxid
    }

    /// Sends a request and runs to rest. What came back is the answer to it and nothing else.
    pub(crate) fn ask(&mut self, c: &mut Cluster, op: Op) -> Answer {
        let cxid = self.send(c, op);
        c.run();
        match c.heard(self.sid).as_slice() {
            [Packet::Reply(answer)] => {
                assert_eq!((answer.origin.session, answer.origin.cxid), (self.session, cxid));
                Answer::clone(answer)
            }
            other => panic!("{} where a reply was due", names(other).join(", ")),
        }
    }

    /// The same where the request must succeed.
    pub(crate) fn must(&mut self, c: &mut Cluster, op: Op) -> Zxid {
        let answer = self.ask(c, op);
        assert!(answer.result.is_ok(), "{:?}", answer.result);
        answer.zxid
    }

    /// What came since the last look, in words.
    pub(crate) fn hears(&self, c: &mut Cluster) -> Vec<Heard> {
        c.heard(self.sid).into_iter().map(Heard::from).collect()
    }
}

/// What a client hears, short.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Heard {
    Session(Millis),
    Reply(i32, Result<(), ErrorCode>),
    Event(WatchEvent, Path),
}

impl From<Packet> for Heard {
    fn from(packet: Packet) -> Heard {
        match packet {
            Packet::ConnectResponse { timeout, .. } => Heard::Session(timeout),
            Packet::Reply(answer) => {
                Heard::Reply(answer.origin.cxid, answer.result.as_ref().map(|_: &Reply| ()).map_err(|e| *e))
            }
            Packet::WatchEvent { event, path } => Heard::Event(event, path),
            other => panic!("{other} to a client"),
        }
    }
}

pub(crate) fn set(path: &str) -> Op {
    Op::SetData { path: path.into(), data: "new".into(), version: None }
}

pub(crate) fn delete(path: &str) -> Op {
    Op::Delete { path: path.into(), version: None }
}

pub(crate) fn ephemeral(path: &str) -> Op {
    let mode = zablab_protocol::CreateMode { ephemeral: true, sequential: false };
    Op::Create { path: path.into(), data: "".into(), mode }
}

pub(crate) fn sync() -> Op {
    Op::Sync { path: "/".into() }
}
