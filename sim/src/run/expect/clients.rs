//! What a scenario expects of clients, and of znodes as servers and clients know them.

use super::super::Run;
use super::super::users::{Seen, User};
use crate::ensemble::NodeId;
use crate::scenario::{ClientClaim, Expectation, Facts, LastResult, Owner};
use zablab_protocol::{Client, ClientState, SessionId, Stat};

impl Run {
    /// The clients that a name stands for: one, or all of a workload.
    pub(in super::super) fn clients_named(&self, name: &str) -> Vec<NodeId> {
        match self.loads.iter().find(|(load, _)| load == name) {
            Some((_, clients)) => clients.clone(),
            None => self.client_named(name).into_iter().collect(),
        }
    }

    /// One client.
    pub(in super::super) fn client_named(&self, name: &str) -> Option<NodeId> {
        let ensemble = &self.timed.ensemble;
        ensemble.client_ids().find(|id| ensemble.name(*id) == name)
    }

    fn machine(&self, id: NodeId) -> Option<&Client> {
        self.timed.ensemble.client(id)?.process.as_deref()
    }

    /// Whether its user believes to have a lock: from the answer that it has until it lets go, its session ends, or it
    /// knows that it is cut off from every server.
    fn has_lock(&self, user: &User, path: &str) -> bool {
        let connected = self.machine(user.id).is_some_and(|client| client.state() == ClientState::Connected);
        connected && user.memory.locks.get(path) == Some(&true)
    }

    /// How many clients believe to have a lock.
    pub(super) fn holders(&self, path: &str) -> Vec<&str> {
        let holds = self.users.iter().filter(|user| self.has_lock(user, path));
        holds.map(|user| self.timed.ensemble.name(user.id)).collect()
    }

    pub(super) fn client_claim_holds(&self, name: &str, claim: &ClientClaim) -> bool {
        let Some(id) = self.client_named(name) else { return false };
        let Some(user) = self.users.get(id) else { return false };
        let machine = self.machine(id);
        let is = |state| machine.is_some_and(|client| client.state() == state);
        match claim {
            ClientClaim::Connected { to } => {
                is(ClientState::Connected)
                    && to.as_ref().is_none_or(|to| {
                        self.sid(to).is_some_and(|sid| machine.is_some_and(|client| client.server() == sid))
                    })
            }
            ClientClaim::Disconnected => {
                use ClientState::{BackingOff, Connecting, Settling};
                [BackingOff, Connecting, Settling].into_iter().any(is)
            }
            ClientClaim::Expired => is(ClientState::Expired),
            ClientClaim::Closed => is(ClientState::Closed),
            ClientClaim::Sessions(count) => user.memory.sessions == *count,
            ClientClaim::Last(wanted) => user.memory.last.is_some_and(|last| match wanted {
                LastResult::Ok => last.is_none(),
                LastResult::Error(name) => last.is_some_and(|code| code.name() == *name),
            }),
            ClientClaim::Saw { path, facts } => match user.memory.saw.get(path.as_str()) {
                Some(Some(Seen { stat, data })) => self.facts_hold(facts, stat, data.as_deref()),
                _ => false,
            },
            ClientClaim::SawNo { path } => user.memory.saw.get(path.as_str()) == Some(&None),
            ClientClaim::Notified { path, count } => {
                user.memory.notified.get(path.as_str()).copied().unwrap_or_default() == *count
            }
            ClientClaim::Holds { path } => self.has_lock(user, path),
            ClientClaim::Waits { path } => user.memory.locks.get(path.as_str()) == Some(&false),
        }
    }

    /// Whether what is expected of a client's answers has still to wait for some of them: then what it was told before says
    /// nothing of what it will be told.
    pub(in super::super) fn awaits_answers(&self, expectation: &Expectation) -> bool {
        let Expectation::Client { client, claim } = expectation else { return false };
        let of_answers =
            matches!(claim, ClientClaim::Last(_) | ClientClaim::Saw { .. } | ClientClaim::SawNo { .. });
        let user = self.client_named(client).and_then(|id| self.users.get(id));
        of_answers && user.is_some_and(|user| user.pending() > 0)
    }

    pub(super) fn facts_hold(&self, facts: &Facts, stat: &Stat, data: Option<&str>) -> bool {
        let zxid = |wanted: Option<u64>, is: zablab_protocol::Zxid| wanted.is_none_or(|z| z == is.0 as u64);
        let number = |wanted: Option<i32>, is: i32| wanted.is_none_or(|wanted| wanted == is);
        let count =
            |wanted: Option<u32>, is: i32| wanted.is_none_or(|wanted| i64::from(wanted) == i64::from(is));
        let owner = match &facts.owner {
            None => true,
            Some(Owner::Nobody) => stat.ephemeral_owner == SessionId::NONE,
            Some(Owner::Client(name)) => {
                let user = self.client_named(name).and_then(|id| self.users.get(id));
                user.is_some_and(|user| {
                    user.memory.session == stat.ephemeral_owner && user.memory.session != SessionId::NONE
                })
            }
        };
        owner
            && facts.data.as_deref().is_none_or(|wanted| Some(wanted) == data)
            && zxid(facts.czxid, stat.czxid)
            && zxid(facts.mzxid, stat.mzxid)
            && zxid(facts.pzxid, stat.pzxid)
            && number(facts.version, stat.version)
            && number(facts.cversion, stat.cversion())
            && count(facts.length, stat.data_length)
            && count(facts.children, stat.num_children)
    }

    /// What is the case with a client instead.
    pub(super) fn client_instead(&self, name: &str, claim: &ClientClaim) -> String {
        let Some(user) = self.client_named(name).and_then(|id| self.users.get(id)) else {
            return format!("there is no client {name}");
        };
        match claim {
            ClientClaim::Saw { path, .. } | ClientClaim::SawNo { path } => {
                match user.memory.saw.get(path.as_str()) {
                    None => format!("{name} was told nothing of {path}"),
                    Some(None) => format!("{name} saw no {path}"),
                    Some(Some(Seen { stat, data })) => {
                        format!("{name} saw {path} {}", stat_words(stat, data.as_deref()))
                    }
                }
            }
            ClientClaim::Notified { path, .. } => {
                let count = user.memory.notified.get(path.as_str()).copied().unwrap_or_default();
                format!("{name} was notified {count} times of {path}")
            }
            ClientClaim::Last(_) => match user.memory.last {
                None => format!("no request of {name} has an outcome"),
                Some(None) => format!("the last request of {name} was answered ok"),
                Some(Some(code)) => format!("the last request of {name} ended with {code}"),
            },
            ClientClaim::Holds { path } | ClientClaim::Waits { path } => {
                match user.memory.locks.get(path.as_str()) {
                    Some(true) if self.has_lock(user, path) => format!("{name} holds {path}"),
                    Some(true) => format!("{name} held {path} and is cut off now"),
                    Some(false) => format!("{name} waits for {path}"),
                    None => format!("{name} neither holds {path} nor waits for it"),
                }
            }
            _ => {
                let sessions = user.memory.sessions;
                match self.machine(user.id) {
                    None => format!("{name} does not run; sessions so far: {sessions}"),
                    Some(client) => {
                        let state = client_words(&self.timed.ensemble, client);
                        format!("{name} is {state}; sessions so far: {sessions}")
                    }
                }
            }
        }
    }
}

/// Where a client is, in words that follow 'is'.
pub(crate) fn client_words(ensemble: &crate::ensemble::Ensemble, client: &Client) -> String {
    let server = || {
        let known = ensemble.by_sid(client.server()).map(|id| ensemble.name(id).to_owned());
        known.unwrap_or_else(|| format!("server {}", client.server()))
    };
    match client.state() {
        ClientState::Connected => format!("connected to {}", server()),
        ClientState::Connecting | ClientState::Settling => format!("connecting to {}", server()),
        ClientState::BackingOff => "disconnected".to_owned(),
        ClientState::Expired => "expired".to_owned(),
        ClientState::Closed => "closed".to_owned(),
    }
}

/// A stat in the words of an expectation.
pub(super) fn stat_words(stat: &Stat, data: Option<&str>) -> String {
    let owner = match stat.ephemeral_owner {
        SessionId::NONE => "none".to_owned(),
        session => session.to_string(),
    };
    let data = data.map_or_else(String::new, |data| format!("data {data:?} "));
    format!(
        "{data}czxid {} mzxid {} pzxid {} version {} cversion {} ephemeralOwner {owner} dataLength {} numChildren {}",
        stat.czxid,
        stat.mzxid,
        stat.pzxid,
        stat.version,
        stat.cversion(),
        stat.data_length,
        stat.num_children
    )
}
