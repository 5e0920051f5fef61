//! What Java throws at ZooKeeper, as a stack trace begins with it.

use std::fmt;

/// An exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Thrown {
    /// Nobody listens there.
    Refused,
    /// Nobody answers there.
    Unanswered,
    /// The other side has closed.
    EndOfFile,
    /// Nothing came in time.
    ReadTimedOut,
    /// This side has closed.
    Closed,
    /// A wait was broken off.
    Interrupted(Option<&'static str>),
    /// With a message of ZooKeeper's, or the system's.
    Io(String),
    /// The same, unchecked.
    Runtime(String),
}

impl Thrown {
    /// The innermost frame, where it is not ZooKeeper's own.
    pub(super) fn innermost(&self) -> Option<&'static str> {
        match self {
            Thrown::Refused => Some("java.base/sun.nio.ch.Net.pollConnect(Native Method)"),
            Thrown::Unanswered => {
                Some("java.base/sun.nio.ch.NioSocketImpl.timedFinishConnect(NioSocketImpl.java:546)")
            }
            Thrown::EndOfFile => Some("java.base/java.io.DataInputStream.readInt(DataInputStream.java:386)"),
            Thrown::ReadTimedOut => {
                Some("java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:288)")
            }
            Thrown::Closed => Some("java.base/sun.nio.ch.NioSocketImpl.endRead(NioSocketImpl.java:253)"),
            Thrown::Interrupted(_) | Thrown::Io(_) | Thrown::Runtime(_) => None,
        }
    }
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Thrown::Refused => f.write_str("java.net.ConnectException: Connection refused"),
            Thrown::Unanswered => f.write_str("java.net.SocketTimeoutException: Connect timed out"),
            Thrown::EndOfFile => f.write_str("java.io.EOFException"),
            Thrown::ReadTimedOut => f.write_str("java.net.SocketTimeoutException: Read timed out"),
            Thrown::Closed => f.write_str("java.net.SocketException: Socket closed"),
            Thrown::Interrupted(None) => f.write_str("java.lang.InterruptedException"),
            Thrown::Interrupted(Some(what)) => write!(f, "java.lang.InterruptedException: {what}"),
            Thrown::Io(what) => write!(f, "java.io.IOException: {what}"),
            Thrown::Runtime(what) => write!(f, "java.lang.RuntimeException: {what}"),
        }
    }
}
