//! Who can be named on a line: servers, roles, clients, workloads.

use std::collections::BTreeMap;

use super::super::declare;
use super::{Cursor, Fault, words};
use crate::scenario::ast::{Direction, Links, ServerRef, Servers};
use crate::scenario::words::{listed, shown};

/// How many declared names a message lists.
const NAMES_SHOWN: usize = 12;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenario::parse) enum Role {
    Server,
    /// A client of its own, or one of a workload's.
    Client,
    /// With so many clients.
    Workload(u32),
}

/// The names declared anywhere in the file.
#[derive(Debug, Default)]
pub(in crate::scenario::parse) struct Names {
    roles: BTreeMap<String, Role>,
    /// Some line declares servers. If none does, which is reported once, at the end, every name passes for a server.
    pub(in crate::scenario::parse) servers: bool,
}

impl Names {
    /// The first one to have a name keeps it; that it is taken is reported where it is declared again.
    pub(in crate::scenario::parse) fn add(&mut self, name: &str, role: Role) {
        self.roles.entry(name.to_owned()).or_insert(role);
    }

    fn role(&self, name: &str) -> Option<Role> {
        self.roles.get(name).copied()
    }

    fn is_server(&self, name: &str) -> bool {
        match self.role(name) {
            Some(role) => role == Role::Server,
            None => !self.servers && declare::is_name(name) && !words::is_reserved(name),
        }
    }

    fn all(&self, wanted: impl Fn(Role) -> bool) -> impl Iterator<Item = &str> {
        self.roles.iter().filter(move |(_, role)| wanted(**role)).map(|(name, _)| name.as_str())
    }

    fn has_clients(&self) -> bool {
        self.roles.values().any(|role| *role != Role::Server)
    }
}

/// Who can stand at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Servers,
    /// Clients and workloads, too.
    Anyone,
}

impl Cursor<'_, '_> {
    /// A declared server or a role. `also` are words that could stand here, too.
    pub(in crate::scenario::parse) fn server(
        &mut self,
        wanted: &str,
        also: &[&'static str],
    ) -> Result<ServerRef, Fault> {
        self.one_of(Who::Servers, wanted, also)
    }

    /// The same, or a client or a workload.
    pub(in crate::scenario::parse) fn party(&mut self) -> Result<ServerRef, Fault> {
        let wanted = alternatives(&self.nouns(Who::Anyone));
        self.one_of(Who::Anyone, &wanted, &[])
    }

    fn one_of(&mut self, who: Who, wanted: &str, also: &[&'static str]) -> Result<ServerRef, Fault> {
        let one = match self.peek_bare() {
            Some("leader") => ServerRef::Leader,
            Some("follower") => ServerRef::Follower,
            Some(name) if self.knows(name) => ServerRef::Name(name.to_owned()),
            Some(name) if who == Who::Anyone && self.names.role(name).is_some() => {
                ServerRef::Name(name.to_owned())
            }
            _ => return Err(self.nobody(who, wanted, also)),
        };
        self.advance();
        Ok(one)
    }

    /// A declared server.
    pub(in crate::scenario::parse) fn name(&mut self, wanted: &str) -> Result<String, Fault> {
        match self.peek_bare() {
            Some(name) if self.knows(name) => {
                let name = name.to_owned();
                self.advance();
                Ok(name)
            }
            _ => Err(self.no_server(wanted, &[])),
        }
    }

    /// A declared client, or one of a workload's.
    pub(in crate::scenario::parse) fn client(&mut self, wanted: &str) -> Result<String, Fault> {
        match self.peek_bare() {
            Some(name) if self.names.role(name) == Some(Role::Client) => {
                let name = name.to_owned();
                self.advance();
                Ok(name)
            }
            _ => Err(self.no_client(wanted)),
        }
    }

    /// One or more clients or workloads, up to the end of the line.
    pub(in crate::scenario::parse) fn clients(&mut self) -> Result<Vec<String>, Fault> {
        let mut list = Vec::new();
        while self.left() > 0 || list.is_empty() {
            match self.peek_bare() {
                Some(name) if self.names.role(name).is_some_and(|role| role != Role::Server) => {
                    list.push(name.to_owned());
                    self.advance();
                }
                _ => return Err(self.no_client("a client or a workload")),
            }
        }
        Ok(list)
    }

    /// The name is a declared server's. In a file that declares none, every name passes.
    pub(in crate::scenario::parse) fn knows(&self, name: &str) -> bool {
        self.names.is_server(name)
    }

    /// The file declares servers, so that names can be checked.
    pub(in crate::scenario::parse) fn has_names(&self) -> bool {
        self.names.servers
    }

    /// The next word begins a list of servers.
    pub(in crate::scenario::parse) fn at_server(&self) -> bool {
        self.peek_bare().is_some_and(|word| matches!(word, "leader" | "follower" | "all") || self.knows(word))
    }

    /// The next word is a client.
    pub(in crate::scenario::parse) fn at_client(&self) -> bool {
        self.peek_bare().is_some_and(|word| self.names.role(word) == Some(Role::Client))
    }

    /// The next word is a workload.
    pub(in crate::scenario::parse) fn at_workload(&self) -> bool {
        self.peek_bare().is_some_and(|word| matches!(self.names.role(word), Some(Role::Workload(_))))
    }

    /// The next word begins a list of servers and clients.
    pub(in crate::scenario::parse) fn at_party(&self) -> bool {
        self.at_server() || self.at_client() || self.at_workload()
    }

    /// One or more servers, up to a word of the language, a number or the end; or `all`.
    pub(in crate::scenario::parse) fn servers(&mut self, also: &[&'static str]) -> Result<Servers, Fault> {
        self.group(Who::Servers, &self.followers(Who::Servers, also), also)
    }

    /// The same; `more` is what can stand behind the first one.
    pub(in crate::scenario::parse) fn servers_before(
        &mut self,
        more: &str,
        also: &[&'static str],
    ) -> Result<Servers, Fault> {
        self.group(Who::Servers, more, also)
    }

    /// Servers, clients and workloads.
    pub(in crate::scenario::parse) fn parties(&mut self, also: &[&'static str]) -> Result<Servers, Fault> {
        self.group(Who::Anyone, &self.followers(Who::Anyone, also), also)
    }

    /// The same; `more` is what can stand behind the first one.
    pub(in crate::scenario::parse) fn parties_before(
        &mut self,
        more: &str,
        also: &[&'static str],
    ) -> Result<Servers, Fault> {
        self.group(Who::Anyone, more, also)
    }

    fn group(&mut self, who: Who, more: &str, also: &[&'static str]) -> Result<Servers, Fault> {
        if self.eat("all") {
            return Ok(Servers::All);
        }
        let first = alternatives(&[self.nouns(who), vec!["`all`".to_owned()]].concat());
        let mut list = Vec::new();
        loop {
            let stop = match self.peek() {
                None => true,
                Some(word) if word.quoted => false,
                Some(word) => match word.text.as_ref() {
                    "leader" | "follower" => false,
                    text => words::is_reserved(text) || !text.starts_with(|c: char| c.is_alphabetic()),
                },
            };
            if stop && !list.is_empty() {
                return Ok(Servers::List(list));
            }
            let wanted = if list.is_empty() { &first } else { more };
            list.push(self.one_of(who, wanted, also)?);
        }
    }

    /// The next word is no server, nor one of `also`.
    pub(in crate::scenario::parse) fn no_server(&self, wanted: &str, also: &[&'static str]) -> Fault {
        self.nobody(Who::Servers, wanted, also)
    }

    /// The next word is neither server nor client, nor one of `also`.
    pub(in crate::scenario::parse) fn no_party(&self, wanted: &str, also: &[&'static str]) -> Fault {
        self.nobody(Who::Anyone, wanted, also)
    }

    fn nobody(&self, who: Who, wanted: &str, also: &[&'static str]) -> Fault {
        let Some(word) = self.peek() else {
            return self.missing(wanted);
        };
        let text = word.text.as_ref();
        if word.quoted || words::is_reserved(text) || !text.starts_with(|c: char| c.is_alphabetic()) {
            return self.no(wanted, also);
        }
        let span = word.start..word.end;
        if who == Who::Servers && self.names.role(text).is_some() {
            return self.other_role("a server");
        }
        let clients = who == Who::Anyone && self.names.has_clients();
        let (nouns, declared) = match clients {
            true => ("server or client", "a declared server or client"),
            false => ("server", "a declared server"),
        };
        let unknown = format!("unknown {nouns} `{}`", shown(text));
        if text.contains(',') {
            let fault = Fault::new(span, unknown, format!("expected one {}", &declared[2..]));
            return fault.help("servers are separated by blanks: `zk1 zk2`");
        }
        let names = || self.names.all(|role| clients || role == Role::Server);
        let near = words::nearest(text, also.iter().copied().chain(names()).chain(["leader", "follower"]));
        let fault = match near {
            Some(near) if also.contains(&near) => return self.no(wanted, also).suggest_only(near),
            Some(_) => Fault::new(span, unknown, format!("expected {declared}")),
            None => Fault::new(span, unknown, format!("expected {wanted}")),
        };
        list_declared(fault.suggest(near), names())
    }

    /// The next word is no client.
    pub(in crate::scenario::parse) fn no_client(&self, wanted: &str) -> Fault {
        let Some(word) = self.peek() else {
            return self.missing(wanted);
        };
        let text = word.text.as_ref();
        let is_word = words::is_reserved(text) && !matches!(text, "leader" | "follower" | "all");
        if word.quoted || is_word || !text.starts_with(|c: char| c.is_alphabetic()) {
            return self.no(wanted, &[]);
        }
        if self.at_party() && self.names.servers {
            return self.other_role(if self.at_workload() { "one client" } else { "a client" });
        }
        let clients = || self.names.all(|role| role == Role::Client);
        let message = format!("unknown client `{}`", shown(text));
        let fault = Fault::new(word.start..word.end, message, "expected a declared client");
        if clients().next().is_none() {
            return fault.help("a line such as `client c1` declares one");
        }
        list_declared(fault.suggest(words::nearest(text, clients())), clients())
    }

    /// The next word is a name, and stands for something else than what is `wanted`.
    fn other_role(&self, wanted: &str) -> Fault {
        let Some((word, text)) = self.peek().zip(self.peek_bare()) else {
            return self.missing(wanted);
        };
        let (message, help) = match self.names.role(text) {
            Some(Role::Client) => (format!("`{}` is a client", shown(text)), None),
            Some(Role::Workload(clients)) => {
                let last = format!("`{}{clients}`", shown(text));
                let names = match clients {
                    1 => format!("its client is {last}"),
                    _ => format!("its clients are `{}1` to {last}", shown(text)),
                };
                (format!("`{}` is a workload", shown(text)), Some(names).filter(|_| wanted == "one client"))
            }
            Some(Role::Server) => (format!("`{}` is a server", shown(text)), None),
            None if text == "all" => ("`all` stands for all servers".to_owned(), None),
            None => (format!("`{}` stands for a server", shown(text)), None),
        };
        let fault = Fault::new(word.start..word.end, message, format!("expected {wanted}"));
        help.into_iter().fold(fault, Fault::help)
    }

    /// `PARTIES from|to PARTIES [on PORT]`, with `to` only where one way has a meaning.
    pub(in crate::scenario::parse) fn links(&mut self, one_way: bool) -> Result<Links, Fault> {
        let also: &[&'static str] = if one_way { &["from", "to"] } else { &["from"] };
        let first = self.parties(also)?;
        let direction = if one_way && self.eat("to") {
            Direction::OneWay
        } else {
            self.expect("from")?;
            Direction::Both
        };
        let second = self.other_side(&first)?;
        Ok(Links { first, direction, second, port: self.port()? })
    }

    /// The second group of a link. Clients have no connections with each other.
    pub(in crate::scenario::parse) fn other_side(&mut self, first: &Servers) -> Result<Servers, Fault> {
        let start = self.peek().map_or(self.behind().end, |word| word.start);
        let second = self.parties(&["on"])?;
        if self.are_clients(first) && self.are_clients(&second) {
            let span = start..self.behind().end;
            return Err(Fault::new(span, "clients have no links with each other", "expected a server"));
        }
        Ok(second)
    }

    /// Clients alone.
    fn are_clients(&self, parties: &Servers) -> bool {
        let Servers::List(list) = parties else { return false };
        list.iter().all(|one| match one {
            ServerRef::Name(name) => !self.knows(name),
            ServerRef::Leader | ServerRef::Follower => false,
        })
    }

    /// The reference is to clients.
    pub(in crate::scenario::parse) fn is_client(&self, one: &ServerRef) -> bool {
        matches!(one, ServerRef::Name(name) if !self.knows(name))
    }

    /// What can stand behind the first one of a list.
    fn followers(&self, who: Who, also: &[&'static str]) -> String {
        let mut all = self.nouns(who);
        match also {
            [] => all.push("the end of the line".to_owned()),
            also => all.extend(also.iter().map(|word| format!("`{word}`"))),
        }
        alternatives(&all)
    }

    fn nouns(&self, who: Who) -> Vec<String> {
        let clients = who == Who::Anyone && self.names.has_clients();
        let nouns: &[&str] = if clients { &["a server", "a client"] } else { &["a server"] };
        nouns.iter().map(|noun| (*noun).to_owned()).collect()
    }
}

fn alternatives(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn list_declared<'n>(fault: Fault, names: impl Iterator<Item = &'n str>) -> Fault {
    let names: Vec<&str> = names.take(NAMES_SHOWN).collect();
    if names.is_empty() { fault } else { fault.help(format!("declared are {}", listed(names))) }
}
