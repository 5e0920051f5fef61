//! What messages mean: by class, then by pattern. Texts are those of ZooKeeper's sources, 3.4.0 to 3.9.5.

mod boot;
mod disk;
mod elect;
mod leader;
mod learner;
mod other;
mod peer;
mod session;

use super::event::Event;
use super::fields::{Fields, fields, whole};
use super::release::{Span, V};
pub(super) use leader::shutdown;

/// What a message is.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// It bears on the quorum protocol.
    Event(Event),
    /// It does not, for this reason.
    Ignored(&'static str),
    /// It begins like a known message and does not go on like it: here is that message's pattern.
    Malformed(&'static str),
    /// Nobody told the reader about it.
    Unknown,
}

/// Why lines are ignored. Each is a heading of [`super::Counts::ignored`].
pub(super) mod why {
    /// `DEBUG` and `TRACE`.
    pub(in crate::conform) const DEBUG: &str = "lines below INFO";
    pub(super) const SETTINGS: &str = "settings without a bearing on the quorum";
    pub(super) const SETUP: &str = "class set-up";
    pub(super) const CLIENTS: &str = "client connections";
    pub(super) const COMMANDS: &str = "monitoring commands";
    pub(super) const ADMIN: &str = "admin server, JMX and metrics";
    pub(super) const PIPELINE: &str = "request processors start and end";
    pub(super) const REQUESTS: &str = "requests of clients";
    pub(super) const TREE: &str = "the tree and its files";
    pub(super) const SECURITY: &str = "authentication and encryption";
    pub(super) const NETWORK: &str = "network troubles below the protocol";
    pub(super) const DYNAMIC: &str = "dynamic reconfiguration";
    pub(super) const REMARKS: &str = "remarks on what another line says";
    pub(super) const ADVICE: &str = "remarks on the configuration";
    pub(super) const ENVIRONMENT: &str = "the process and its environment";
}

/// A message by its pattern, and what it means.
pub(super) struct Shape {
    pattern: &'static str,
    /// What stands before its first `{}`, without blanks at its end.
    begin: &'static str,
    make: Make,
    /// The releases that say it like this.
    span: Option<Span>,
}

enum Make {
    Event(fn(&Fields<'_>) -> Option<Event>),
    Ignored(&'static str),
}

/// A message that makes an event. `make` gets the values that stand in the places of `{}`.
const fn says(pattern: &'static str, make: fn(&Fields<'_>) -> Option<Event>) -> Shape {
    Shape { pattern, begin: begin(pattern), make: Make::Event(make), span: None }
}

/// A message that is ignored on purpose; a pattern without `{}` is enough of it.
const fn skip(pattern: &'static str, why: &'static str) -> Shape {
    Shape { pattern, begin: begin(pattern), make: Make::Ignored(why), span: None }
}

impl Shape {
    /// Only these releases say it like this.
    const fn of(mut self, least: V, most: V) -> Shape {
        self.span = Some(Span { least, most });
        self
    }
}

const fn begin(pattern: &'static str) -> &'static str {
    let bytes = pattern.as_bytes();
    let mut end = 0;
    while end < bytes.len() && bytes[end] != b'{' {
        end += 1;
    }
    while end > 0 && bytes[end - 1] == b' ' {
        end -= 1;
    }
    pattern.split_at(end).0
}

/// The messages of a class.
pub(super) struct Class {
    shapes: &'static [Shape],
    /// Why what has none of these shapes is ignored; `None`: it is unknown.
    rest: Option<&'static str>,
}

/// A class of which every message that counts is known.
const fn known(shapes: &'static [Shape]) -> Class {
    Class { shapes, rest: None }
}

/// A class of which only some messages count.
const fn partly(shapes: &'static [Shape], rest: &'static str) -> Class {
    Class { shapes, rest: Some(rest) }
}

/// The class of this name; `None` for one that nobody told the reader about.
pub(super) fn class(name: &[u8]) -> Option<Class> {
    let class = match name {
        b"FastLeaderElection" => known(elect::ELECTION),
        b"QuorumCnxManager" => known(elect::CONNECTIONS),
        b"QuorumPeer" => known(peer::PEER),
        b"Leader" => known(leader::LEADER),
        b"LearnerHandler" => known(leader::HANDLER),
        b"Learner" => known(learner::LEARNER),
        b"Follower" => known(learner::FOLLOWER),
        b"Observer" => known(learner::OBSERVER),
        b"QuorumPeerMain" | b"ZooKeeperServerMain" => known(boot::MAIN),
        b"QuorumPeerConfig" => known(boot::CONFIG),
        b"ServiceUtils" => known(boot::EXIT),
        b"ZooKeeperCriticalThread" => known(boot::CRITICAL),
        b"ZKDatabase" => known(disk::DATABASE),
        b"FileTxnSnapLog" => known(disk::FILES),
        b"FileSnap" => known(disk::SNAPSHOT),
        b"FileTxnLog" => known(disk::LOG),
        b"SyncRequestProcessor" => partly(disk::WRITER, why::PIPELINE),
        b"ZooKeeperServer" => partly(session::SERVER, why::CLIENTS),
        b"NIOServerCnxn" | b"NettyServerCnxn" => partly(session::CONNECTION, why::CLIENTS),
        b"LeaderSessionTracker" | b"LearnerSessionTracker" => partly(session::TRACKER, why::CLIENTS),
        b"QuorumZooKeeperServer" => partly(session::CLOSING, why::CLIENTS),
        b"PrepRequestProcessor" => partly(session::PREP, why::REQUESTS),
        name => partly(&[], other::why(name)?),
    };
    Some(class)
}

impl Class {
    /// Why all that it says is ignored, without a look at it.
    pub(super) fn ignored(&self) -> Option<&'static str> {
        self.rest.filter(|_| self.shapes.is_empty())
    }

    /// What a message of this class is, and which releases say it like this where that is known.
    pub(super) fn read(&self, message: &str) -> (Said, Option<Span>) {
        let mut like = None;
        for shape in self.shapes.iter().filter(|shape| message.starts_with(shape.begin)) {
            // What begins more plainly is no other spelling of a message that is broken.
            if like.is_some_and(|like: &Shape| shape.begin.len() < like.begin.len()) {
                continue;
            }
            let said = match shape.make {
                Make::Ignored(why) => fields(message, shape.pattern).map(|_| Said::Ignored(why)),
                Make::Event(make) => {
                    whole(message, shape.pattern).and_then(|fields| make(&fields)).map(Said::Event)
                }
            };
            match said {
                Some(said) => return (said, shape.span),
                None => like = like.or((!shape.begin.is_empty()).then_some(shape)),
            }
        }
        match (like, self.rest) {
            (Some(shape), _) => (Said::Malformed(shape.pattern), None),
            (None, Some(why)) => (Said::Ignored(why), None),
            (None, None) => (Said::Unknown, None),
        }
    }
}

#[cfg(test)]
mod tests;
