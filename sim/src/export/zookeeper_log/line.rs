//! One server's log as text: layout, threads, time stamps.

use super::addresses::Addresses;
use super::thrown::Thrown;
use std::fmt::{self, Write};
use std::sync::Arc;
use zablab_protocol::{Port, Sid};

/// Who writes a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thread {
    /// `main`
    Boot,
    /// `QuorumPeer[myid=1](plain=…)(secure=disabled)`
    Peer,
    /// `WorkerReceiver[myid=1]`
    Receiver,
    /// `ListenerHandler-ADDRESS`
    Listener,
    /// `QuorumConnectionThread-[myid=1]-N`: there is one for each peer here, where the real server takes any of a pool.
    Dialler(Sid),
    /// `RecvWorker:N`
    RecvWorker(Sid),
    /// `SendWorker:N`
    SendWorker(Sid),
    /// `LeaderConnector-ADDRESS`
    Connector(Sid),
    /// `LearnerHandler-ADDRESS`, by the learner's own port.
    Handler(u16),
    /// `SyncThread:1`
    Sync,
    /// `Snapshot Thread`
    Snapshot,
    /// `CommitProcessor:1`
    Commit,
    /// `SessionTracker`
    Sessions,
    /// `RequestThrottler`
    Throttler,
    /// `NIOWorkerThread-1`
    Client,
}

/// The text of a log.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) sid: Sid,
    pub(super) addresses: Arc<Addresses>,
    /// Milliseconds by the server's clock.
    pub(super) now: u64,
    /// Whether the process has read its id.
    pub(super) knows_id: bool,
    pub(super) text: String,
}

impl Log {
    pub(super) fn info(&mut self, thread: Thread, place: &str, what: impl fmt::Display) {
        self.line("INFO ", thread, place, what);
    }

    pub(super) fn warn(&mut self, thread: Thread, place: &str, what: impl fmt::Display) {
        self.line("WARN ", thread, place, what);
    }

    pub(super) fn error(&mut self, thread: Thread, place: &str, what: impl fmt::Display) {
        self.line("ERROR", thread, place, what);
    }

    /// The exception of the line before.
    pub(super) fn thrown(&mut self, thrown: &Thrown, frame: &str) {
        self.add(format_args!("{thrown}\n"));
        for frame in thrown.innermost().into_iter().chain([frame]) {
            self.add(format_args!("\tat {frame}\n"));
        }
    }

    /// What caused the exception of the line before.
    pub(super) fn caused_by(&mut self, thrown: &Thrown, frame: &str) {
        self.add(format_args!("Caused by: {thrown}\n\tat {frame}\n"));
    }

    fn line(&mut self, level: &str, thread: Thread, place: &str, what: impl fmt::Display) {
        let sid = if self.knows_id { self.sid.0.to_string() } else { String::new() };
        let (at, thread) = (Stamp(self.now), self.name(thread));
        self.add(format_args!("{at} [myid:{sid}] - {level} [{thread}:{place}] - {what}\n"));
    }

    fn add(&mut self, what: fmt::Arguments<'_>) {
        // A string takes everything.
        let _ = self.text.write_fmt(what);
    }

    fn name(&self, thread: Thread) -> String {
        let (me, addresses) = (self.sid.0, &self.addresses);
        match thread {
            Thread::Boot => "main".to_owned(),
            Thread::Peer => {
                let port = addresses.port(self.sid, Port::Client);
                format!("QuorumPeer[myid={me}](plain=127.0.0.1:{port})(secure=disabled)")
            }
            Thread::Receiver => format!("WorkerReceiver[myid={me}]"),
            Thread::Listener => format!("ListenerHandler-{}", addresses.socket(self.sid, Port::Election)),
            Thread::Dialler(to) => {
                format!("QuorumConnectionThread-[myid={me}]-{}", addresses.port(to, Port::Client) - 2180)
            }
            Thread::RecvWorker(with) => format!("RecvWorker:{}", with.0),
            Thread::SendWorker(with) => format!("SendWorker:{}", with.0),
            Thread::Connector(leader) => {
                format!("LeaderConnector-{}", addresses.socket(leader, Port::Quorum))
            }
            Thread::Handler(port) => format!("LearnerHandler-/127.0.0.1:{port}"),
            Thread::Sync => format!("SyncThread:{me}"),
            Thread::Snapshot => "Snapshot Thread".to_owned(),
            Thread::Commit => format!("CommitProcessor:{me}"),
            Thread::Sessions => "SessionTracker".to_owned(),
            Thread::Throttler => "RequestThrottler".to_owned(),
            Thread::Client => "NIOWorkerThread-1".to_owned(),
        }
    }
}

/// Milliseconds since 2000-01-01 00:00:00 as log4j's ISO8601: `2000-01-01 00:00:14,558`.
struct Stamp(u64);

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut days, ms) = (self.0 / 86_400_000, self.0 % 86_400_000);
        let (mut year, mut month) = (2000u64, 1);
        loop {
            let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
            let length = match month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            if days < length {
                break;
            }
            days -= length;
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        }
        let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
        let (day, ms) = (days + 1, ms % 1000);
        write!(f, "{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02},{ms:03}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_count_from_the_year_2000() {
        let at = |ms: u64| Stamp(ms).to_string();
        assert_eq!(at(0), "2000-01-01 00:00:00,000");
        assert_eq!(at(14_558), "2000-01-01 00:00:14,558");
        let day = 86_400_000;
        assert_eq!(at(59 * day + 3_723_004), "2000-02-29 01:02:03,004");
        assert_eq!(at(366 * day), "2001-01-01 00:00:00,000");
    }
}
