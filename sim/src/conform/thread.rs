//! Who wrote a line, by the name of its thread.

use super::event::Thread;
use std::collections::BTreeMap;

/// The names that begin like this belong to this thread.
const NAMES: [(&[u8], Thread); 14] = [
    (b"QuorumPeerListener", Thread::Election),
    (b"QuorumPeer[", Thread::Peer),
    (b"QuorumPeer:", Thread::Peer),
    (b"WorkerReceiver", Thread::Receiver),
    (b"ListenerHandler-", Thread::Election),
    (b"QuorumConnectionThread-", Thread::Election),
    (b"RecvWorker:", Thread::Election),
    (b"SendWorker:", Thread::Election),
    (b"LeaderConnector-", Thread::Connector),
    (b"SyncThread:", Thread::Log),
    (b"Snapshot Thread", Thread::Snapshot),
    (b"CommitProcessor:", Thread::Commit),
    (b"CommitProcWork", Thread::Commit),
    (b"main", Thread::Boot),
];

/// The threads that serve learners, numbered as they appear in a file.
#[derive(Debug, Default)]
pub(super) struct Threads {
    handlers: BTreeMap<Box<[u8]>, u32>,
}

impl Threads {
    /// The thread that has this name. Before 3.6 the threads of election connections are named after addresses: their
    /// class tells them.
    pub(super) fn of(&mut self, name: &[u8], class: &[u8]) -> Thread {
        if let Some(address) = name.strip_prefix(b"LearnerHandler-") {
            let next = u32::try_from(self.handlers.len()).unwrap_or(u32::MAX);
            let number = match self.handlers.get(address) {
                Some(number) => *number,
                None => *self.handlers.entry(address.into()).or_insert(next),
            };
            return Thread::Handler(number);
        }
        match NAMES.iter().find(|(begin, _)| name.starts_with(begin)) {
            Some((b"main", thread)) if name == b"main" => *thread,
            Some((begin, thread)) if *begin != b"main" => *thread,
            _ if class == b"QuorumCnxManager" => Thread::Election,
            _ => Thread::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_known_by_name_or_class() {
        let mut threads = Threads::default();
        for (name, class, thread) in [
            ("main", "QuorumPeer", Thread::Boot),
            ("main-EventThread", "ClientCnxn", Thread::Other),
            ("QuorumPeer[myid=1](plain=0.0.0.0:2181)(secure=disabled)", "QuorumPeer", Thread::Peer),
            ("QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181", "Leader", Thread::Peer),
            ("QuorumPeerListener", "QuorumCnxManager", Thread::Election),
            ("WorkerReceiver[myid=1]", "FastLeaderElection", Thread::Receiver),
            ("ListenerHandler-/1.2.3.4:3888", "QuorumCnxManager", Thread::Election),
            ("/1.2.3.4:3888", "QuorumCnxManager", Thread::Election),
            ("RecvWorker:2", "QuorumCnxManager", Thread::Election),
            ("LeaderConnector-/1.2.3.4:2888", "Learner", Thread::Connector),
            ("LearnerHandler-/1.2.3.4:5", "LearnerHandler", Thread::Handler(0)),
            ("LearnerHandler-/1.2.3.4:6", "LearnerHandler", Thread::Handler(1)),
            ("LearnerHandler-/1.2.3.4:5", "ZKDatabase", Thread::Handler(0)),
            ("SyncThread:1", "FileTxnLog", Thread::Log),
            ("Snapshot Thread", "FileTxnSnapLog", Thread::Snapshot),
            ("CommitProcessor:1", "LeaderSessionTracker", Thread::Commit),
            ("NIOWorkerThread-1", "NIOServerCnxn", Thread::Other),
        ] {
            assert_eq!(threads.of(name.as_bytes(), class.as_bytes()), thread, "{name}");
        }
    }
}
