//! The list of servers, and a server's own place in it (`QuorumPeerConfig.setupQuorumPeerConfig`).

use super::notice::{INVALID, NOT_SIMULATED, Place, Refusal, Severity, Source, UNEXPECTED};
use super::read::Entry;
use super::server::{self, Address, Server};
use super::{Member, ZooCfg};
use crate::scenario::Value;
use crate::scenario::words::shown;
use std::collections::BTreeMap;

/// The members of the groups: in which group each is, and where that is said.
type Grouped = BTreeMap<i64, (i64, Place)>;

impl ZooCfg {
    /// `server.N`, `group.N` and `weight.N`, then whether they make a quorum.
    pub(super) fn list(&mut self, source: &Source, entries: &[Entry]) -> Result<(), Refusal> {
        let mut addresses: Vec<(Address, i64)> = Vec::new();
        for entry in entries.iter().filter(|entry| entry.key.starts_with("server.")) {
            self.server(source, entry, &mut addresses)?;
        }
        let stem = |stem: &str| {
            let stem = stem.to_owned();
            move |entry: &&Entry| entry.key.starts_with(&stem)
        };
        let groups = self.groups(source, entries.iter().filter(stem("group")))?;
        let weights = self.weights(source, entries.iter().filter(stem("weight")))?;
        if !groups.is_empty() || !weights.is_empty() {
            self.grouped(source, &groups, &weights)?;
        }
        self.participants(source)?;
        self.limits()
    }

    fn server(
        &mut self,
        source: &Source,
        entry: &Entry,
        addresses: &mut Vec<(Address, i64)>,
    ) -> Result<(), Refusal> {
        let key = entry.key.as_str();
        let sid = number(source, entry, "server.")?;
        let refuse = |message: String, expected: &str| {
            source.refuse(key, &entry.value_place, INVALID, format!("{key}: {message}"), expected)
        };
        // Not trimmed, as ZooKeeper does not trim it.
        let server = Server::read(&entry.raw).map_err(|wrong| {
            let refusal = refuse(wrong.message, &wrong.expected);
            match wrong.help {
                Some(help) => refusal.help(help),
                None => refusal,
            }
        })?;
        if server.addresses.len() > 1 {
            if !self.multi_address {
                let message = "several addresses, and multiAddress.enabled is not set".to_owned();
                return Err(refuse(message, "one address, or a line `multiAddress.enabled=true`"));
            }
            let what = "several addresses: ZooKeeper reads them only where the Java property \
                zookeeper.multiAddress.enabled is set, too; they count as one here";
            self.notices.push(source.notice(Severity::Note, key, &entry.place, what));
        }
        let address = server.addresses.first().cloned().unwrap_or_default();
        for address in server.addresses {
            if let Some((_, other)) =
                addresses.iter().find(|(taken, other)| *taken == address && *other != sid)
            {
                let what = format!(
                    "has the address of server.{other}: two real servers would get each other's messages; here each is reached by its own"
                );
                self.notices.push(source.notice(Severity::Warning, key, &entry.place, what));
            }
            addresses.push((address, sid));
        }
        if self.members.contains_key(&sid) {
            let what = format!("server {sid} stands above in another spelling; this line wins");
            self.notices.push(source.notice(Severity::Warning, key, &entry.place, what));
        }
        if sid < 0 {
            let message = format!("{key}: a simulated server has no negative id");
            return Err(source.refuse(key, &entry.place, NOT_SIMULATED, message, "0 or more"));
        }
        self.members.insert(sid, Member { observer: server.observer, address, place: entry.place.clone() });
        Ok(())
    }

    fn groups<'e>(
        &mut self,
        source: &Source,
        entries: impl Iterator<Item = &'e Entry>,
    ) -> Result<Grouped, Refusal> {
        let mut grouped = Grouped::new();
        for entry in entries {
            let key = entry.key.as_str();
            let group = number(source, entry, "group.")?;
            let mut sids = Vec::new();
            for word in server::split(&entry.raw, ':') {
                let refuse = |message: String, expected: &str| {
                    Err(source.refuse(
                        key,
                        &entry.value_place,
                        INVALID,
                        format!("{key}: {message}"),
                        expected,
                    ))
                };
                let Ok(sid) = word.parse::<i64>() else {
                    let message = format!("`{}` is not a number", shown(word));
                    return refuse(message, "server ids with colons between: `1:2:3`");
                };
                if let Some((other, _)) = grouped.insert(sid, (group, entry.value_place.clone())) {
                    let message = match other == group {
                        true => format!("server {sid} is named twice"),
                        false => format!("server {sid} is in group {other}, too"),
                    };
                    return refuse(message, "each participant in one group, once");
                }
                sids.push(sid);
            }
            if self.hierarchy.insert(format!("group.{group}"), Value::Sids(sids)).is_some() {
                let message = format!("{key}: group {group} stands above in another spelling");
                return Err(source.refuse(key, &entry.place, NOT_SIMULATED, message, "one line a group"));
            }
        }
        Ok(grouped)
    }

    fn weights<'e>(
        &mut self,
        source: &Source,
        entries: impl Iterator<Item = &'e Entry>,
    ) -> Result<BTreeMap<i64, Place>, Refusal> {
        let mut weighted = BTreeMap::new();
        for entry in entries {
            let key = entry.key.as_str();
            let sid = number(source, entry, "weight.")?;
            let refuse = |exit, message: String| {
                Err(source.refuse(key, &entry.value_place, exit, message, "a whole number from 0 on"))
            };
            let text = shown(&entry.raw);
            match entry.raw.parse::<i64>() {
                Ok(weight) if (0..=i64::from(i32::MAX)).contains(&weight) => {
                    self.hierarchy.insert(format!("weight.{sid}"), Value::Integer(weight));
                }
                Ok(_) => return refuse(NOT_SIMULATED, format!("{key}: {text} is no weight in a simulation")),
                Err(_) => return refuse(INVALID, format!("{key}: `{text}` is not a number")),
            }
            weighted.insert(sid, entry.place.clone());
        }
        Ok(weighted)
    }

    /// Every participant is in one group (`QuorumHierarchical`).
    fn grouped(
        &mut self,
        source: &Source,
        groups: &Grouped,
        weights: &BTreeMap<i64, Place>,
    ) -> Result<(), Refusal> {
        let votes = |sid: &i64| self.members.get(sid).is_some_and(|member| !member.observer);
        if let Some((sid, member)) =
            self.members.iter().find(|(sid, _)| votes(sid) && !groups.contains_key(sid))
        {
            let key = format!("server.{sid}");
            let message = format!("{key} is in no group, and there are groups or weights");
            let expected = format!("{sid} in one `group.N`");
            return Err(source.refuse(&key, &member.place, INVALID, message, expected));
        }
        if let Some((sid, (group, place))) = groups.iter().find(|(sid, _)| !votes(sid)) {
            let key = format!("group.{group}");
            let message = format!("{key}: server {sid} is no participant");
            // Without a weight the sum of the group's weights is a NullPointerException.
            let exit = if weights.contains_key(sid) { NOT_SIMULATED } else { UNEXPECTED };
            return Err(source.refuse(&key, place, exit, message, "participants only"));
        }
        for (sid, place) in weights.iter().filter(|(sid, _)| !votes(sid)) {
            let key = format!("weight.{sid}");
            let what = format!("server {sid} is no participant; the weight counts for nothing");
            self.notices.push(source.notice(Severity::Warning, &key, place, what));
            self.hierarchy.remove(&key);
        }
        Ok(())
    }

    /// Whether there are enough who vote (`QuorumPeerConfig.parseDynamicConfig`).
    fn participants(&mut self, source: &Source) -> Result<(), Refusal> {
        let voters = self.voters();
        let observers = self.members.len() - voters;
        let first =
            self.members.iter().next().map(|(sid, member)| (format!("server.{sid}"), member.place.clone()));
        let last = self.members.values().map(|member| &member.place).max_by_key(|place| place.line).cloned();
        let place = last.unwrap_or_else(|| source.end());
        let of_list = |severity, what: &str| source.notice(severity, "server.N", &place, what);
        match first {
            None if !self.standalone_enabled => {
                let message = "standaloneEnabled is false, and there is no server.N";
                let expected = "a line such as `server.1=host:2888:3888`";
                return Err(source.refuse("server.N", &place, INVALID, message, expected));
            }
            None => {
                let what = "no server in the list: it runs standalone";
                self.notices.push(of_list(Severity::Warning, what));
            }
            Some((key, first)) if voters == 0 => {
                let message = format!("{key} and all others are observers: nobody can vote");
                return Err(source.refuse(&key, &first, INVALID, message, "at least one participant"));
            }
            Some((key, first)) if voters == 1 && self.standalone_enabled => {
                if observers > 0 {
                    let message =
                        format!("{key}: one participant with observers, and standaloneEnabled is true");
                    let expected = "two participants or more, or `standaloneEnabled=false`";
                    return Err(source.refuse(&key, &first, INVALID, message, expected));
                }
                let what = "only one server: the list is ignored, and it runs standalone";
                self.notices.push(of_list(Severity::Warning, what));
            }
            Some(_) if voters <= 2 => {
                let what = "no server failure will be tolerated; it takes at least 3 servers";
                self.notices.push(of_list(Severity::Warning, what));
            }
            Some(_) if voters.is_multiple_of(2) => {
                let what = format!("{voters} participants tolerate no more failures than {}", voters - 1);
                self.notices.push(of_list(Severity::Warning, &what));
            }
            Some(_) => {}
        }
        if self.members.len() > 128 {
            let message = format!("server.N: {} servers", self.members.len());
            return Err(source.refuse("server.N", &place, NOT_SIMULATED, message, "at most 128"));
        }
        Ok(())
    }

    /// What only a server of an ensemble needs (`checkValidity`).
    fn limits(&self) -> Result<(), Refusal> {
        for (key, example) in [("initLimit", "10"), ("syncLimit", "5")] {
            if self.is_distributed() && !self.settings.contains_key(key) {
                return Err(self.missing(key, example));
            }
        }
        Ok(())
    }

    /// Holds the text of a `myid` file against the list, and gives the sid.
    pub fn check_myid(&self, file: &str, text: &str) -> Result<i64, Refusal> {
        let source = Source::new(file, text);
        let line = super::properties::lines(text).first().copied();
        let place = Place { line: 1, span: 0..line.map_or(0, str::len) };
        let Some(sid) = line.and_then(|line| line.parse::<i64>().ok()) else {
            let message = match line {
                None => "myid is empty".to_owned(),
                Some(line) => format!("myid `{}` is not a number", shown(line)),
            };
            return Err(source.refuse(
                "myid",
                &place,
                INVALID,
                message,
                "the id of this server, and nothing else",
            ));
        };
        if self.is_distributed() && !self.members.contains_key(&sid) {
            let list: Vec<String> = self.sids().map(|sid| sid.to_string()).collect();
            let message = format!("myid {sid} is not in the list of servers of {}", self.source.file);
            let expected = format!("one of {}", list.join(", "));
            return Err(source.refuse("myid", &place, UNEXPECTED, message, expected));
        }
        Ok(sid)
    }

    /// The `dataDir` is there and has no `myid` in it: a server of an ensemble ends.
    pub fn no_myid(&self, data_dir: &str) -> Option<Refusal> {
        let message = format!("there is no file myid in {data_dir}");
        let refusal =
            self.source.refuse("dataDir", &self.data_dir_place, INVALID, message, "a folder with one");
        self.is_distributed().then_some(refusal)
    }

    /// The server that a file belongs to is not in its list.
    pub fn not_listed(&self, name: &str, sid: i64) -> Option<Refusal> {
        let message = format!("server.{sid} is missing, and this is the configuration of {name}");
        let expected = format!("a line such as `server.{sid}=host:2888:3888`");
        let key = format!("server.{sid}");
        let refusal = self.source.refuse(&key, &self.source.end(), UNEXPECTED, message, expected);
        (self.is_distributed() && !self.members.contains_key(&sid)).then_some(refusal)
    }

    /// Says where `peerType` and the list differ, for one server or for all that use the file (`setupPeerType`).
    pub fn check_peer_type(&mut self, server: Option<i64>) {
        let word = |observer| if observer { "observer" } else { "participant" };
        let said = self.peer_type.as_ref().map(|(observer, _)| *observer);
        // A file that many servers share need not say what one of them is.
        if said.is_none() && server.is_none() {
            return;
        }
        let means = said.unwrap_or(false);
        let concerned = |sid: &i64| server.is_none_or(|server| server == *sid);
        let differ = self.members.iter().filter(|(sid, member)| concerned(sid) && member.observer != means);
        let differ: Vec<(i64, Place)> = differ.map(|(sid, member)| (*sid, member.place.clone())).collect();
        let (Some((_, place)), true) = (differ.first(), self.is_distributed()) else { return };
        let place = self.peer_type.as_ref().map_or(place, |(_, place)| place);
        let names: Vec<String> = differ.iter().map(|(sid, _)| format!("server.{sid}")).collect();
        let is = match said {
            Some(_) => word(means).to_owned(),
            None => format!("not set, which means {}", word(means)),
        };
        let (names, role) = (names.join(", "), word(!means));
        let what = format!("{is}; the list says {role} for {names}, and wins");
        self.notices.push(self.source.notice(Severity::Warning, "peerType", place, what));
    }
}

/// The number behind a stem and its dot. What merely begins like the stem has none.
fn number(source: &Source, entry: &Entry, stem: &str) -> Result<i64, Refusal> {
    let key = entry.key.as_str();
    key.strip_prefix(stem).and_then(|number| number.parse().ok()).ok_or_else(|| {
        let message = format!("{key} is not `{stem}` and a number");
        source.refuse(key, &entry.place, INVALID, message, format!("`{stem}N` with a whole number N"))
    })
}
