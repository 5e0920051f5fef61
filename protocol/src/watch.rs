//! Watches: a client asks once, is told once, before it can see the new state (`WatchManager`, `DataTree.setWatches`;
//! protocol reference §8.3). They live at the server that holds the connection and are not replicated.

use crate::ids::ConnId;
use crate::io::Io;
use crate::packet::Packet;
use crate::tree::{Tree, parent};
use crate::txn::{Change, Path};
use crate::zxid::Zxid;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What happened to a znode (`Watcher.Event.EventType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum WatchEvent {
    /// It came to be.
    NodeCreated,
    /// It is gone.
    NodeDeleted,
    /// Its data was set.
    NodeDataChanged,
    /// A child came or went.
    NodeChildrenChanged,
}

impl fmt::Display for WatchEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The watches that a client still waits for, as it tells a server after a reconnect (`SetWatches`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WatchSet {
    /// The last zxid that the client has seen: what changed after it is told at once.
    pub relative_zxid: Zxid,
    /// From getData, and from exists of a znode that was there.
    pub data: BTreeSet<Path>,
    /// From exists of a znode that was not there.
    pub exist: BTreeSet<Path>,
    /// From getChildren.
    pub child: BTreeSet<Path>,
}

impl WatchSet {
    /// Whether there is nothing to wait for.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty() && self.exist.is_empty() && self.child.is_empty()
    }

    /// Takes out what an event answers (`ZKWatchManager.materialize`). Says whether anybody waited for it.
    pub fn take(&mut self, event: WatchEvent, path: &str) -> bool {
        let sets: &mut [&mut BTreeSet<Path>] = match event {
            WatchEvent::NodeCreated | WatchEvent::NodeDataChanged => &mut [&mut self.data, &mut self.exist],
            WatchEvent::NodeChildrenChanged => &mut [&mut self.child],
            WatchEvent::NodeDeleted => &mut [&mut self.data, &mut self.exist, &mut self.child],
        };
        // Every set, not only the first that has it.
        let found = sets.iter_mut().filter_map(|set| set.take(path)).count();
        found > 0
    }

    pub(crate) fn digest(&self) -> u64 {
        let sets = [&self.data, &self.exist, &self.child];
        sets.iter().enumerate().fold(self.relative_zxid.0 as u64, |sum, (at, set)| {
            set.iter().fold(sum ^ at as u64, |sum, path| xxh3_64_with_seed(path.as_bytes(), sum))
        })
    }
}

/// Which list of a server a watch stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// From getData and exists.
    Data,
    /// From getChildren.
    Child,
}

/// Who waits for what at one server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Watches {
    data: BTreeMap<Path, BTreeSet<ConnId>>,
    child: BTreeMap<Path, BTreeSet<ConnId>>,
}

impl Watches {
    fn of(&mut self, kind: Kind) -> &mut BTreeMap<Path, BTreeSet<ConnId>> {
        match kind {
            Kind::Data => &mut self.data,
            Kind::Child => &mut self.child,
        }
    }

    pub(crate) fn add(&mut self, kind: Kind, path: &Path, conn: ConnId) {
        self.of(kind).entry(path.clone()).or_default().insert(conn);
    }

    /// A connection is gone, and its watches with it.
    pub(crate) fn forget(&mut self, conn: ConnId) {
        for kind in [Kind::Data, Kind::Child] {
            self.of(kind).retain(|_, conns| {
                conns.remove(&conn);
                !conns.is_empty()
            });
        }
    }

    fn take(&mut self, kind: Kind, path: &str) -> BTreeSet<ConnId> {
        self.of(kind).remove(path).unwrap_or_default()
    }

    /// A change was applied: tells whoever waited for it (`DataTree.createNode`, `setData`, `deleteNode`).
    pub(crate) fn trigger(&mut self, change: &Change, io: &mut Io<'_>) {
        if self.data.is_empty() && self.child.is_empty() {
            return;
        }
        match change {
            Change::Create { path, .. } => {
                let told = self.take(Kind::Data, path);
                tell(&told, WatchEvent::NodeCreated, path, io);
                self.children_changed(path, io);
            }
            Change::SetData { path, .. } => {
                let told = self.take(Kind::Data, path);
                tell(&told, WatchEvent::NodeDataChanged, path, io);
            }
            Change::Delete { path } => self.deleted(path, io),
            Change::CloseSession { paths } => paths.iter().for_each(|path| self.deleted(path, io)),
            Change::Multi(parts) => parts.iter().for_each(|part| self.trigger(part, io)),
            Change::Check | Change::MultiFailed(_) | Change::CreateSession { .. } | Change::Error { .. } => {}
        }
    }

    /// One that waited for both the data and the children hears once.
    fn deleted(&mut self, path: &Path, io: &mut Io<'_>) {
        let mut told = self.take(Kind::Data, path);
        told.append(&mut self.take(Kind::Child, path));
        tell(&told, WatchEvent::NodeDeleted, path, io);
        self.children_changed(path, io);
    }

    fn children_changed(&mut self, path: &Path, io: &mut Io<'_>) {
        if let Some(above) = parent(path) {
            let told = self.take(Kind::Child, above);
            tell(&told, WatchEvent::NodeChildrenChanged, &above.into(), io);
        }
    }

    /// A client that was elsewhere tells what it waits for: what has happened meanwhile is told at once, the rest is
    /// armed again.
    pub(crate) fn set(&mut self, set: &WatchSet, tree: &Tree, conn: ConnId, io: &mut Io<'_>) {
        let told = BTreeSet::from([conn]);
        for path in &set.data {
            match tree.get(path) {
                None => tell(&told, WatchEvent::NodeDeleted, path, io),
                Some(node) if node.stat.mzxid > set.relative_zxid => {
                    tell(&told, WatchEvent::NodeDataChanged, path, io);
                }
                Some(_) => self.add(Kind::Data, path, conn),
            }
        }
        for path in &set.exist {
            match tree.get(path) {
                Some(_) => tell(&told, WatchEvent::NodeCreated, path, io),
                None => self.add(Kind::Data, path, conn),
            }
        }
        for path in &set.child {
            match tree.get(path) {
                None => tell(&told, WatchEvent::NodeDeleted, path, io),
                Some(node) if node.stat.pzxid > set.relative_zxid => {
                    tell(&told, WatchEvent::NodeChildrenChanged, path, io);
                }
                Some(_) => self.add(Kind::Child, path, conn),
            }
        }
    }
}

fn tell(conns: &BTreeSet<ConnId>, event: WatchEvent, path: &Path, io: &mut Io<'_>) {
    for conn in conns {
        io.send(*conn, Packet::WatchEvent { event, path: path.clone() });
    }
}
