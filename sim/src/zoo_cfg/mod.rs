//! A real zoo.cfg: what it says of the quorum, what ZooKeeper would say to it, and the scenario that it makes.
//!
//! [`ZooCfg::read`] judges a file as `QuorumPeerConfig` does, in its order: what that accepts is accepted, with the
//! same warnings; what that refuses is a [`Refusal`], which says with which code the real server would have ended.
//! [`Configs::statements`] makes of the files of an ensemble the statements of a scenario. Nothing here reads a file:
//! texts come in, values go out.

mod compose;
mod insert;
mod keys;
mod list;
mod notice;
mod properties;
mod read;
mod server;

pub use compose::{Configs, Unconfigured};
pub use insert::insert;
pub use notice::{Notice, Refusal, Severity};

use crate::scenario::Value;
use notice::{Place, Source};
use std::collections::BTreeMap;

/// A server of a list.
#[derive(Clone, Debug)]
struct Member {
    observer: bool,
    /// The first, where it has several.
    address: server::Address,
    place: Place,
}

/// One zoo.cfg that ZooKeeper would start with, or at least get as far as its data with.
#[derive(Clone, Debug)]
pub struct ZooCfg {
    source: Source,
    /// The settings of the quorum, by their keys in a scenario.
    settings: BTreeMap<String, Value>,
    /// `group.N` and `weight.N`, the same way.
    hierarchy: BTreeMap<String, Value>,
    members: BTreeMap<i64, Member>,
    /// What `peerType` says: observer or not.
    peer_type: Option<(bool, Place)>,
    data_dir: String,
    data_dir_place: Place,
    /// `initLimit=0` and `syncLimit=0`, which count as not set.
    zeros: Vec<(String, Place)>,
    dynamic_file: Option<(String, Place)>,
    standalone_enabled: bool,
    multi_address: bool,
    notices: Vec<Notice>,
}

/// Whether the value of a `server.N` is an observer's; `None` if it is no server's.
pub(crate) fn is_observer(value: &str) -> Option<bool> {
    server::Server::read(value).ok().map(|server| server.observer)
}

impl ZooCfg {
    /// The `dataDir`, as written: the file `myid` is there.
    pub fn data_dir(&self) -> &str {
        &self.data_dir
    }

    /// The `dynamicConfigFile`, as written, while the list of servers is still to be read from it.
    pub fn dynamic_file(&self) -> Option<&str> {
        self.dynamic_file.as_ref().map(|(file, _)| file.as_str())
    }

    /// The `dynamicConfigFile` cannot be read: `why` is what is wrong with it.
    pub fn no_dynamic_file(&self, why: &str) -> Refusal {
        let place = self.dynamic_file.as_ref().map(|(_, place)| place.clone()).unwrap_or_default();
        let message = format!("dynamicConfigFile: {why}");
        self.source.refuse(
            "dynamicConfigFile",
            &place,
            notice::INVALID,
            message,
            "a file with the list of servers",
        )
    }

    /// Warnings and notes, in the order in which they came up.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The sids of its list; none where it names no server.
    pub fn sids(&self) -> impl Iterator<Item = i64> + '_ {
        self.members.keys().copied()
    }

    /// Its list: sid, observer or not, host with quorum port and election port.
    pub(crate) fn servers(&self) -> impl Iterator<Item = (i64, bool, &server::Address)> + '_ {
        self.members.iter().map(|(sid, member)| (*sid, member.observer, &member.address))
    }

    /// It asks for an ensemble, and not for one server on its own (`QuorumPeerConfig.isDistributed`).
    pub fn is_distributed(&self) -> bool {
        !self.standalone_enabled || self.voters() > 1
    }

    fn voters(&self) -> usize {
        self.members.values().filter(|member| !member.observer).count()
    }
}
