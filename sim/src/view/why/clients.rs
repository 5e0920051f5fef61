//! What is to be said of a client.

use super::requests::{Request, Way};
use super::server::{names, sentence};
use super::{Account, Why, at};
use crate::ensemble::{Ensemble, NodeId};
use crate::view::clients::span;
use crate::view::{Names, in_a_row};
use zablab_protocol::{Client, ClientState, Port, ServerState, SessionId, Sid, Zxid};

impl Why {
    /// What is to be said of a client.
    pub(super) fn client(&self, ensemble: &Ensemble, id: NodeId) -> Account {
        let Some(client) = ensemble.client(id) else { return Account::default() };
        let (name, party) = (&client.name, self.contacts.party(id));
        let Some(machine) = client.process.as_deref() else {
            let is = match party.process {
                0 => format!("{name} has not been started."),
                since => format!("{name} does not run since {}.", at(since)),
            };
            return Account {
                is: vec![is],
                why: vec!["No process: it asks for nothing.".into()],
                needs: Vec::new(),
            };
        };
        let mut account = match machine.state() {
            ClientState::Connected => self.connected(ensemble, id, machine),
            ClientState::Expired => self.expired(name, machine),
            ClientState::Closed => Account {
                is: vec![format!("{name} has ended its session {}.", machine.session())],
                ..Account::default()
            },
            _ => self.disconnected(ensemble, id, machine),
        };
        if let Some(since) = party.paused.filter(|_| client.paused) {
            account
                .why
                .insert(0, format!("{name} stands still since {}: its process is stopped.", at(since)));
        }
        account
    }

    fn expired(&self, name: &str, machine: &Client) -> Account {
        let session = machine.session();
        let when = self.requests.expired.get(&session);
        let why = when.map(|when| {
            format!(
                "The leader closed it at {}: it had not heard of the client for the session's time-out.",
                at(*when)
            )
        });
        Account {
            is: vec![format!("{name} has lost its session {session}: it has expired.")],
            why: why.into_iter().collect(),
            needs: vec![
                "A session that has expired never comes back: the client must begin a new one.".to_owned(),
            ],
        }
    }

    fn disconnected(&self, ensemble: &Ensemble, id: NodeId, machine: &Client) -> Account {
        let name = ensemble.name(id);
        let mut is = match self.contacts.party(id).disconnected {
            Some((when, server, silent)) => {
                let why = match silent {
                    Some(after) => {
                        format!("it heard nothing from {} for {}", Names(ensemble).of(server), span(after))
                    }
                    None => format!("its connection to {} ended", Names(ensemble).of(server)),
                };
                vec![format!("{name} is disconnected since {}: {why}.", at(when))]
            }
            None => vec![format!("{name} has no connection yet.")],
        };
        if machine.session() != SessionId::NONE {
            is.push(self.session_lives(ensemble, machine.session()));
        }
        let servers = ensemble.client(id).map(|client| client.config.servers.clone()).unwrap_or_default();
        let why = servers.iter().filter_map(|sid| self.does_not_take(ensemble, id, *sid));
        let why: Vec<String> = why.map(|what| sentence(&what)).collect();
        let needs = vec![format!("It must reach one that serves: {}.", either(ensemble, &servers))];
        let waits = self.requests.oldest(id).map(|(request, count)| of_request(name, request, count));
        Account { is, why: why.into_iter().chain(waits).collect(), needs }
    }

    /// Whether a session without a connection still exists.
    fn session_lives(&self, ensemble: &Ensemble, session: SessionId) -> String {
        if let Some(when) = self.requests.expired.get(&session) {
            return format!("Its session {session} is over: the leader expired it at {}.", at(*when));
        }
        let leads = |id: &NodeId| {
            ensemble.node(*id).status().is_some_and(|s| s.state == ServerState::Leading && s.serving)
        };
        match ensemble.ids().find(leads) {
            Some(leader) => {
                format!("Its session {session} still exists: {} counts its time.", ensemble.name(leader))
            }
            None => format!("Its session {session} still exists: without a leader nobody counts its time."),
        }
    }

    /// Why a server does not take a client; `None` if it would.
    fn does_not_take(&self, ensemble: &Ensemble, client: NodeId, sid: Sid) -> Option<String> {
        let Some(server) = ensemble.by_sid(sid) else { return Some(format!("server {sid} does not exist")) };
        let known = self
            .gone(ensemble, client, server, Port::Client)
            .or_else(|| self.out_of_sight(ensemble, client, server, Port::Client))
            .or_else(|| self.hindered(ensemble, server));
        if known.is_some() {
            return known;
        }
        let status = ensemble.node(server).status()?;
        (!status.serving).then(|| {
            let since = at(self.contacts.party(server).role);
            format!("{} sends clients away: it is {} since {since}", ensemble.name(server), status.state)
        })
    }

    fn connected(&self, ensemble: &Ensemble, id: NodeId, machine: &Client) -> Account {
        let name = ensemble.name(id);
        let (server, session) = (machine.server(), machine.session());
        let is = format!("{name} is connected to {}, session {session}.", Names(ensemble).of(server));
        let mut account = Account { is: vec![is], ..Account::default() };
        let wrong = self.does_not_take(ensemble, id, server).map(|what| sentence(&what));
        if let Some((request, count)) = self.requests.oldest(id) {
            account.why.push(of_request(name, request, count));
            account.why.push(self.hop(ensemble, request));
            if let Way::Numbered(leader, zxid) = request.way {
                account.why.extend(self.unheard(ensemble, leader, zxid));
                account.why.extend(self.unlogged(ensemble, leader, zxid));
            }
        }
        account.why.extend(wrong);
        account
    }

    /// The hop that a request is at.
    fn hop(&self, ensemble: &Ensemble, request: &Request) -> String {
        let since = at(request.since);
        match request.way {
            Way::Unsent => "It is not sent.".to_owned(),
            Way::Sent => format!("It is on its way to the server since {since}."),
            Way::Arrived(server) if request.writes => {
                format!("{} has it since {since}, and has not handed it on.", ensemble.name(server))
            }
            Way::Arrived(server) => {
                format!("{} has it since {since}, and has not answered.", ensemble.name(server))
            }
            Way::Forwarded(server) => {
                let leader = ensemble.node(server).status().and_then(|status| status.leader);
                let leader = leader.map_or_else(|| "its leader".to_owned(), |sid| Names(ensemble).of(sid));
                format!("{} passed it on to {leader} at {since}.", ensemble.name(server))
            }
            Way::Numbered(leader, zxid) => {
                let node = ensemble.node(leader);
                let verifier = &node.config.verifier;
                let has = ensemble.ids().filter(|id| ensemble.node(*id).disk.durable(zxid));
                let has: Vec<Sid> = has.map(|id| ensemble.node(id).sid()).collect();
                let verb = if has.len() > 1 { "have" } else { "has" };
                format!(
                    "{} proposed it as {zxid} at {since}: {} {verb} it on disk, and it takes {}.",
                    node.name,
                    names(ensemble, &has),
                    verifier.needs()
                )
            }
            Way::Committed(zxid) => format!("It is committed as {zxid} since {since}; the answer is due."),
        }
    }

    /// Who has logged a proposal and is not known to have by the leader, and why not.
    fn unheard(&self, ensemble: &Ensemble, leader: NodeId, zxid: Zxid) -> Vec<String> {
        let node = ensemble.node(leader);
        let oldest = node.peer().and_then(|peer| peer.unacknowledged());
        let Some((_, acks)) = oldest.filter(|(oldest, _)| *oldest == zxid) else { return Vec::new() };
        let logged = |sid: &Sid| ensemble.by_sid(*sid).is_some_and(|id| ensemble.node(id).disk.durable(zxid));
        let silent: Vec<Sid> =
            node.config.verifier.voters().filter(|sid| logged(sid) && !acks.contains(sid)).collect();
        if silent.is_empty() {
            return Vec::new();
        }
        let what = format!(
            "{} has the acknowledgement of {} alone: it lacks that of {}.",
            node.name,
            names(ensemble, &acks),
            names(ensemble, &silent)
        );
        let why = silent.iter().filter_map(|sid| self.unseen(ensemble, leader, *sid, Port::Quorum));
        [what].into_iter().chain(why.map(|why| sentence(&why))).collect()
    }

    /// Why those that have not logged a proposal have not.
    fn unlogged(&self, ensemble: &Ensemble, leader: NodeId, zxid: Zxid) -> Vec<String> {
        let lacks = |sid: &Sid| ensemble.by_sid(*sid).is_none_or(|id| !ensemble.node(id).disk.durable(zxid));
        let verifier = &ensemble.node(leader).config.verifier;
        let absent = verifier.voters().filter(lacks);
        absent
            .filter_map(|sid| {
                let other = ensemble.by_sid(sid)?;
                let why = self
                    .gone(ensemble, leader, other, Port::Quorum)
                    .or_else(|| self.out_of_sight(ensemble, leader, other, Port::Quorum))
                    .or_else(|| self.hindered(ensemble, other))?;
                Some(sentence(&why))
            })
            .collect()
    }
}

/// Names, of which one is enough.
fn either(ensemble: &Ensemble, sids: &[Sid]) -> String {
    in_a_row(&sids.iter().map(|sid| Names(ensemble).of(*sid)).collect::<Vec<_>>(), "or")
}

fn of_request(name: &str, request: &Request, count: usize) -> String {
    let more = match count {
        1 => String::new(),
        2 => ", and for one more".to_owned(),
        n => format!(", and for {} more", n - 1),
    };
    format!("{name} waits for an answer to `{}`, asked at {}{more}.", request.what, at(request.asked))
}
