//! A file's keys one by one, then what can only be said of the whole (`QuorumPeerConfig.parseProperties`).

use super::keys::{self, Property, Taken};
use super::notice::{INVALID, NOT_SIMULATED, Place, Refusal, Severity, Source, UNEXPECTED};
use super::{ZooCfg, properties, server};
use crate::scenario::setting::{self, Value};
use crate::scenario::words::{nearest, shown};
use std::collections::BTreeMap;

/// A key that counts: of several with the same name, the last.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    /// As written, blanks at its end included.
    pub(super) raw: String,
    pub(super) place: Place,
    pub(super) value_place: Place,
}

impl Entry {
    /// Without blanks around it, as most keys are read.
    pub(super) fn value(&self) -> &str {
        self.raw.trim_matches(|c: char| c <= ' ')
    }

    fn int(&self) -> Option<i32> {
        self.value().parse().ok()
    }
}

impl ZooCfg {
    /// Reads a file. `file` is what its messages call it.
    pub fn read(file: &str, text: &str) -> Result<ZooCfg, Refusal> {
        let mut cfg = ZooCfg {
            source: Source::new(file, text),
            settings: BTreeMap::new(),
            hierarchy: BTreeMap::new(),
            members: BTreeMap::new(),
            peer_type: None,
            data_dir: String::new(),
            data_dir_place: Place::default(),
            zeros: Vec::new(),
            dynamic_file: None,
            standalone_enabled: true,
            multi_address: false,
            notices: Vec::new(),
        };
        let source = cfg.source.clone();
        let entries = cfg.entries(&source, text)?;
        let dynamic = entries.iter().find(|entry| entry.key == "dynamicConfigFile");
        for entry in &entries {
            cfg.key(entry, dynamic.is_some())?;
        }
        let find = |key: &str| entries.iter().find(|entry| entry.key == key);
        cfg.whole(find)?;
        match dynamic {
            Some(dynamic) => {
                cfg.dynamic_file = Some((dynamic.value().to_owned(), dynamic.value_place.clone()))
            }
            None => cfg.list(&source, &entries)?,
        }
        Ok(cfg)
    }

    /// Takes the list of servers from the text of the `dynamicConfigFile`.
    pub fn with_dynamic(mut self, file: &str, text: &str) -> Result<ZooCfg, Refusal> {
        let source = Source::new(file, text);
        let entries = self.entries(&source, text)?;
        for entry in &entries {
            let known = ["server.", "group", "weight"].iter().any(|stem| entry.key.starts_with(stem));
            if entry.key == "version" {
                let message = "`version` stands in the dynamic file itself";
                return Err(source.refuse(
                    "version",
                    &entry.place,
                    INVALID,
                    message,
                    "it in the file's name only",
                ));
            }
            if !known {
                let message = format!("`{}` does not belong in a dynamic file", shown(&entry.key));
                let expected = "`server.N`, `group.N` or `weight.N`";
                return Err(source.refuse(&entry.key, &entry.place, INVALID, message, expected));
            }
        }
        self.dynamic_file = None;
        self.list(&source, &entries)?;
        Ok(self)
    }

    /// The keys of a file. A warning tells which lines do not count.
    fn entries(&mut self, source: &Source, text: &str) -> Result<Vec<Entry>, Refusal> {
        let properties = properties::read(text).map_err(|malformed| {
            let place = Place { line: malformed.line, span: malformed.span };
            source.refuse(
                "\\u",
                &place,
                INVALID,
                "a broken `\\u` escape",
                "four hexadecimal digits behind `\\u`",
            )
        })?;
        let mut entries: Vec<Entry> = Vec::new();
        for property in properties {
            let properties::Property { key, value, line, key_span, value_span } = property;
            let entry = Entry {
                key,
                raw: value,
                place: Place { line, span: key_span },
                value_place: Place { line, span: value_span },
            };
            if let Some(first) = entries.iter().position(|other| other.key == entry.key) {
                let first = entries.remove(first);
                let what = format!(
                    "stands on line {line} again; the last line wins, and this one counts for nothing"
                );
                self.notices.push(source.notice(Severity::Warning, &first.key, &first.place, what));
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    fn refuse(&self, entry: &Entry, message: impl Into<String>, expected: &str) -> Refusal {
        self.source.refuse(&entry.key, &entry.value_place, INVALID, message, expected)
    }

    fn unsimulated(&self, entry: &Entry, expected: &str) -> Refusal {
        let message = format!("`{}` is no value for {} in a simulation", shown(entry.value()), entry.key);
        self.source.refuse(&entry.key, &entry.value_place, NOT_SIMULATED, message, expected)
    }

    fn tell(&mut self, severity: Severity, entry: &Entry, what: impl Into<String>) {
        self.notices.push(self.source.notice(severity, &entry.key, &entry.place, what));
    }

    /// One key on its own.
    fn key(&mut self, entry: &Entry, dynamic: bool) -> Result<(), Refusal> {
        let key = entry.key.as_str();
        if key.starts_with("server.") || key.starts_with("group") || key.starts_with("weight") {
            if dynamic {
                let message = format!("{key} stands beside dynamicConfigFile");
                let refusal =
                    self.source.refuse(key, &entry.place, INVALID, message, "the servers in that file only");
                return Err(refusal);
            }
            return Ok(());
        }
        let not = |what: &str| format!("{key}: `{}` is not {what}", shown(entry.value()));
        match keys::taken(key) {
            Taken::Int if entry.int().is_none() => Err(self.refuse(entry, not("a number"), "a whole number")),
            Taken::Long if entry.value().parse::<i64>().is_err() => {
                Err(self.refuse(entry, not("a number"), "a whole number"))
            }
            Taken::Bool if bool_of(entry.value()).is_none() => {
                Err(self.refuse(entry, not("a truth value"), "`true` or `false`"))
            }
            Taken::Property(property) => self.property(entry, property),
            Taken::Unsimulated(usual) => {
                if !entry.value().eq_ignore_ascii_case(usual) {
                    self.tell(Severity::Note, entry, "is not simulated");
                }
                Ok(())
            }
            Taken::Unknown => {
                let hint = match key.strip_prefix("zookeeper.") {
                    Some(rest) => Some(rest),
                    None => nearest(key, keys::names()).filter(|near| near.len() > 3),
                };
                let hint = hint.map_or(String::new(), |near| format!("; did you mean {near}?"));
                let what = format!(
                    "unknown: ZooKeeper passes it on as the system property zookeeper.{key}; it means nothing here{hint}"
                );
                self.tell(Severity::Note, entry, what);
                Ok(())
            }
            Taken::Int | Taken::Long | Taken::Bool | Taken::Text | Taken::Foreign => self.plain(entry),
        }
    }

    /// A key whose form is right.
    fn plain(&mut self, entry: &Entry) -> Result<(), Refusal> {
        let is_true = bool_of(entry.value()) == Some(true);
        match entry.key.as_str() {
            "electionAlg" if entry.int() != Some(3) => {
                let message = format!("electionAlg {} is not supported", shown(entry.value()));
                return Err(self.refuse(entry, message, "3, FastLeaderElection"));
            }
            "peerType" => {
                let observer = server::observer(entry.value()).ok_or_else(|| {
                    let message = format!("peerType `{}` is unknown", shown(entry.value()));
                    self.refuse(entry, message, "`participant` or `observer`")
                })?;
                self.peer_type = Some((observer, entry.place.clone()));
            }
            "standaloneEnabled" => {
                self.standalone_enabled = is_true;
                // The default goes without saying.
                if !is_true {
                    self.settings.insert("standaloneEnabled".to_owned(), Value::Word("false"));
                }
            }
            "quorumListenOnAllIPs" if is_true => {
                self.settings.insert("quorumListenOnAllIPs".to_owned(), Value::Word("true"));
            }
            "multiAddress.enabled" => self.multi_address = is_true,
            "autopurge.snapRetainCount" if entry.int() < Some(3) => {
                self.tell(Severity::Warning, entry, "is below ZooKeeper's least, 3, and becomes 3");
            }
            key => {
                let usual = keys::WITHOUT_EFFECT.iter().find(|(name, _)| *name == key);
                if usual.is_some_and(|(_, usual)| !entry.value().eq_ignore_ascii_case(usual)) {
                    self.tell(Severity::Note, entry, "is not simulated");
                }
            }
        }
        Ok(())
    }

    /// A system property: what is no number has a value all the same.
    fn property(&mut self, entry: &Entry, property: Property) -> Result<(), Refusal> {
        let Some((known, _)) = setting::find(property.setting) else { return Ok(()) };
        let value = entry.value();
        let number = match property.setting {
            "forceSnapshotSync" => {
                let word = if value.eq_ignore_ascii_case("true") { "yes" } else { "no" };
                Some(word.to_owned())
            }
            "snapshotSizeFactor" => value.parse::<f64>().ok().map(|factor| self.factor(entry, factor)),
            _ => value.parse::<i64>().ok().map(|number| {
                let least = property.least.filter(|least| number < *least);
                if let Some(least) = least {
                    let what =
                        format!("{number} is less than ZooKeeper's least, {least}, and becomes {least}");
                    let window = "; a smaller `window` can be set in a scenario";
                    let window = if property.setting == "commitLogCount" { window } else { "" };
                    self.tell(Severity::Warning, entry, what + window);
                }
                least.unwrap_or(number).to_string()
            }),
        };
        let text = match (number, property.fallback) {
            (Some(number), _) => number,
            (None, Some(fallback)) => {
                let what = format!("`{}` is not a number; ZooKeeper goes on with {fallback}", shown(value));
                self.tell(Severity::Warning, entry, what);
                fallback.to_owned()
            }
            (None, None) => {
                let message = format!("{}: `{}` is not a number", entry.key, shown(value));
                let place = &entry.value_place;
                return Err(self.source.refuse(&entry.key, place, UNEXPECTED, message, "a whole number"));
            }
        };
        let read = known.kind.read(&text).map_err(|_| self.unsimulated(entry, &known.kind.to_string()))?;
        self.settings.insert(property.setting.to_owned(), read);
        Ok(())
    }

    /// `snapshotSizeFactor` as a scenario writes it.
    fn factor(&mut self, entry: &Entry, factor: f64) -> String {
        if factor > 1.0 {
            self.tell(Severity::Warning, entry, "is more than 1; ZooKeeper goes on with 0.33");
            return "0.33".to_owned();
        }
        if factor.is_nan() || factor < 0.0 {
            return "-1".to_owned();
        }
        let rounded = format!("{factor:.3}");
        if rounded.parse() != Ok(factor) {
            self.tell(Severity::Note, entry, format!("counts as {rounded}: three decimals are kept"));
        }
        rounded
    }

    /// What can only be said of all keys together.
    fn whole<'e>(&mut self, find: impl Fn(&str) -> Option<&'e Entry>) -> Result<(), Refusal> {
        let Some(data_dir) = find("dataDir") else {
            return Err(self.missing("dataDir", "/var/lib/zookeeper"));
        };
        self.data_dir = data_dir.value().to_owned();
        self.data_dir_place = data_dir.value_place.clone();
        for (address, port) in
            [("clientPortAddress", "clientPort"), ("secureClientPortAddress", "secureClientPort")]
        {
            match (find(address), find(port)) {
                (Some(address), None) => {
                    let message = format!("{} is set, and {port} is not", address.key);
                    let expected = format!("a line such as `{port}=2181`, too");
                    return Err(self.source.refuse(&address.key, &address.place, INVALID, message, expected));
                }
                (_, Some(entry)) if entry.int().is_none_or(|port| u16::try_from(port).is_err()) => {
                    let message = format!("{port} {} is out of range", shown(entry.value()));
                    return Err(self.refuse(entry, message, "a port from 0 to 65535"));
                }
                _ => {}
            }
        }
        // 3000 without the key (`ZooKeeperServer.DEFAULT_TICK_TIME`).
        self.settings.insert("tickTime".to_owned(), Value::Integer(3000));
        if let Some(entry) = find("tickTime") {
            if entry.int() == Some(0) {
                return Err(self.refuse(
                    entry,
                    "tickTime is 0, which counts as not set",
                    "milliseconds, at least 1",
                ));
            }
            self.take(entry)?;
        }
        let timeout =
            |key: &str| find(key).and_then(|entry| Some((entry, entry.int()?))).filter(|(_, n)| *n != -1);
        let tick = match self.settings.get("tickTime") {
            Some(Value::Integer(tick)) => *tick,
            _ => 3000,
        };
        let (min, max) = (timeout("minSessionTimeout"), timeout("maxSessionTimeout"));
        let least = min.map_or(2 * tick, |(_, min)| i64::from(min));
        let most = max.map_or(20 * tick, |(_, max)| i64::from(max));
        if let Some((entry, _)) = min.or(max).filter(|_| least > most) {
            let message =
                format!("minSessionTimeout, {least} ms, is larger than maxSessionTimeout, {most} ms");
            return Err(self.refuse(
                entry,
                message,
                "a shortest session that is not longer than the longest",
            ));
        }
        for (entry, _) in [min, max].into_iter().flatten() {
            self.take(entry)?;
        }
        if let Some(entry) = find("connectToLearnerMasterLimit") {
            self.take(entry)?;
        }
        for key in ["initLimit", "syncLimit"] {
            // A server that runs alone needs neither, and whether it does depends on the list.
            match find(key) {
                Some(entry) if entry.int() == Some(0) => {
                    self.zeros.push((key.to_owned(), entry.value_place.clone()));
                }
                Some(entry) => self.take(entry)?,
                None => {}
            }
        }
        Ok(())
    }

    /// A number as the setting of the same name.
    fn take(&mut self, entry: &Entry) -> Result<(), Refusal> {
        let Some((known, key)) = setting::find(&entry.key) else { return Ok(()) };
        let plain = entry.int().map_or_else(String::new, |number| number.to_string());
        let value = known.kind.read(&plain).map_err(|_| self.unsimulated(entry, &known.kind.to_string()))?;
        self.settings.insert(key, value);
        Ok(())
    }

    /// A key that must be there is not.
    pub(super) fn missing(&self, key: &str, example: &str) -> Refusal {
        if let Some((_, place)) = self.zeros.iter().find(|(zero, _)| zero == key) {
            let message = format!("{key} is 0, which counts as not set");
            return self.source.refuse(key, place, INVALID, message, "ticks, at least 1");
        }
        let message = format!("{key} is not set");
        self.source.refuse(
            key,
            &self.source.end(),
            INVALID,
            message,
            format!("a line such as `{key}={example}`"),
        )
    }
}

fn bool_of(text: &str) -> Option<bool> {
    match &*text.to_lowercase() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}
