//! The settings: one table of all keys, what they take and what they mean.
//!
//! zoo.cfg's keys carry ZooKeeper's own names and units. The keys of the world (latencies, disks, processes) take
//! times with a unit. Defaults are not here: a key that no line sets has whatever the simulator gives it.

use std::fmt;

use super::time::{self, Misfit, Time};
use super::words;
use zablab_protocol::{Defect, SyncOrder};

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key. One that ends in `.N` stands for a family: `weight.1`, `weight.2`.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// It can change while a run is under way (`at 5s set …`).
    pub live: bool,
    /// One line on what it means.
    pub help: &'static str,
}

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number within a range (both ends belong to it).
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A number with up to three decimals, in thousandths, within a range (both ends belong to it).
    Decimal {
        /// The least, in thousandths.
        min: i64,
        /// The greatest, in thousandths.
        max: i64,
    },
    /// A time, or a range of times from which each is drawn: `5ms`, `1ms..3ms`.
    Duration,
    /// One of some words.
    Word(&'static [&'static str]),
    /// Server ids with colons between: `1:2:3`.
    Sids,
    /// Some of these words, with colons between.
    Names(&'static [&'static str]),
}

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of [`Kind::Integer`].
    Integer(i64),
    /// Of [`Kind::Decimal`], in thousandths.
    Decimal(i64),
    /// Of [`Kind::Duration`]; a fixed time has `min` and `max` equal.
    Duration {
        /// The shortest.
        min: Time,
        /// The longest; not below `min`.
        max: Time,
    },
    /// Of [`Kind::Word`].
    Word(&'static str),
    /// Of [`Kind::Sids`]; at least one, each at least 0.
    Sids(Vec<i64>),
    /// Of [`Kind::Names`]; at least one, each once, in the order of the table.
    Names(Vec<&'static str>),
}

/// The largest number that ZooKeeper's `int` settings hold.
const INT: i64 = i32::MAX as i64;
/// A smaller `commitLogCount` becomes this one (`ZKDatabase`).
pub const LEAST_COMMIT_LOG_COUNT: i64 = 500;
/// An hour in milliseconds.
const HOUR: i64 = 3_600_000;

const fn integer(name: &'static str, min: i64, max: i64, help: &'static str) -> Entry {
    Entry { name, kind: Kind::Integer { min, max }, live: false, help }
}

const fn duration(name: &'static str, live: bool, help: &'static str) -> Entry {
    Entry { name, kind: Kind::Duration, live, help }
}

/// All keys: zoo.cfg's first, then those of the world.
pub const TABLE: &[Entry] = &[
    integer("tickTime", 1, HOUR, "length of a tick in ms"),
    integer("initLimit", 1, INT, "ticks a learner has to connect to a leader and catch up"),
    integer("syncLimit", 1, INT, "ticks a learner may lag behind its leader"),
    integer("connectToLearnerMasterLimit", 0, INT, "ticks a learner dials its leader; 0: initLimit"),
    integer("minSessionTimeout", -1, INT, "shortest session of a client in ms; -1: 2 ticks"),
    integer("maxSessionTimeout", -1, INT, "longest session of a client in ms; -1: 20 ticks"),
    integer(
        "commitLogCount",
        1,
        INT,
        "committed transactions kept in memory for DIFF; less than 500 counts as 500",
    ),
    integer("window", 1, INT, "the same, and it may be small: wins over commitLogCount"),
    Entry {
        name: "standaloneEnabled",
        kind: Kind::Word(&["true", "false"]),
        live: false,
        help: "the only server in its list serves without an election",
    },
    integer("snapCount", 2, INT, "transactions between snapshots"),
    Entry {
        name: "snapshotSizeFactor",
        kind: Kind::Decimal { min: -1000, max: 1_000_000_000 },
        live: false,
        help: "log on disk usable for DIFF, as a share of the snapshot's size; below 0: none",
    },
    integer("preAllocSize", 0, INT, "log space allocated ahead, in KB"),
    integer("cnxTimeout", 1, HOUR, "how long an election connection may take to open, in ms"),
    integer("minNotificationInterval", 1, HOUR, "first wait for notifications before sending again, in ms"),
    integer("maxNotificationInterval", 1, HOUR, "longest wait for notifications before sending again, in ms"),
    integer("maxBatchSize", 1, INT, "requests written to the log before a flush"),
    Entry {
        name: "forceSnapshotSync",
        kind: Kind::Word(&["yes", "no"]),
        live: false,
        help: "learners are always synchronised by SNAP",
    },
    integer("leader.maxTimeToWaitForEpoch", -1, HOUR, "how long a leader waits for a quorum's epochs, in ms"),
    integer("weight.N", 0, INT, "weight of server N in its group's quorum"),
    Entry { name: "group.N", kind: Kind::Sids, live: false, help: "the servers of group N, as sids" },
    Entry {
        name: "servers",
        kind: Kind::Sids,
        live: false,
        help: "the servers that a server's own list holds, as sids",
    },
    Entry {
        name: "voters",
        kind: Kind::Sids,
        live: false,
        help: "the servers that vote by a server's own list, as sids",
    },
    integer(
        "myid",
        0,
        i64::MAX,
        "the server id in the data directory of one server, where it is another than in the lists",
    ),
    Entry {
        name: "quorumListenOnAllIPs",
        kind: Kind::Word(&["true", "false"]),
        live: false,
        help: "a server listens whoever has the address that the lists give for its id",
    },
    integer("initialCounter", 0, u32::MAX as i64 - 1, "low half of the first zxid of an epoch"),
    duration("latency", true, "how long a message is under way"),
    duration("connect", true, "how long a connection takes to open"),
    duration("boot", false, "from the start of a process to LOOKING"),
    duration("teardown", false, "how long a server needs to leave a role"),
    duration("takeover", false, "how long a server needs to enter a role"),
    duration("fsync", true, "how long a sync of the log takes"),
    duration("write", true, "how long a write of an epoch file or a snapshot takes"),
    duration("task", true, "how long a step of a task waits before it runs"),
    Entry {
        name: "absent",
        kind: Kind::Word(&["refused", "unanswered"]),
        live: false,
        help: "what a dial to a server that was never started gets",
    },
    Entry {
        name: "newleader",
        kind: Kind::Word(&SyncOrder::NAMES),
        live: false,
        help: "in which order a learner makes a synchronization durable; all but `right` lose something",
    },
    Entry {
        name: "defects",
        kind: Kind::Names(&Defect::NAMES),
        live: false,
        help: "what is deliberately wrong with a server, to see that it is found",
    },
];

/// Keys of a real zoo.cfg that mean nothing here: a better answer than 'unknown' when one is pasted.
const FOREIGN: &[&str] = &[
    "4lw.commands.whitelist",
    "DigestAuthenticationProvider.",
    "X509AuthenticationProvider.",
    "admin.",
    "authProvider.",
    "autopurge.",
    "clientPort",
    "clientPortAddress",
    "dataDir",
    "dataLogDir",
    "dynamicConfigFile",
    "electionAlg",
    "electionPortBindRetry",
    "fsync.warningthresholdms",
    "globalOutstandingLimit",
    "jute.maxbuffer",
    "leaderServes",
    "localSessionsEnabled",
    "localSessionsUpgradingEnabled",
    "maxClientCnxns",
    "metricsProvider.",
    "multiAddress.",
    "peerType",
    "quorum.",
    "reconfigEnabled",
    "secureClientPort",
    "serverCnxnFactory",
    "skipACL",
    "ssl.",
    "sslQuorum",
    "syncEnabled",
    "tcpKeepAlive",
];

/// The entry for a key as it is written, with the key in canonical form (`weight.01` is `weight.1`).
pub fn find(key: &str) -> Option<(&'static Entry, String)> {
    let family = |entry: &&Entry| entry.name.ends_with(".N");
    if let Some(entry) = TABLE.iter().find(|entry| !family(entry) && entry.name == key) {
        return Some((entry, key.to_owned()));
    }
    let (stem, number) = key.rsplit_once('.')?;
    let entry = TABLE.iter().find(|entry| family(entry) && entry.name.strip_suffix(".N") == Some(stem))?;
    Some((entry, format!("{stem}.{}", sid(number)?)))
}

/// The key is one of zoo.cfg's that means nothing here. A name in the list that ends in a dot stands for all below it.
pub(super) fn is_foreign(key: &str) -> bool {
    FOREIGN.iter().any(|&name| key == name || name.ends_with('.') && key.starts_with(name))
}

/// A server id: decimal digits, at least 0.
pub(super) fn sid(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

impl Kind {
    /// Reads a value. The error says what was expected, or what is wrong with what was found.
    pub(crate) fn read(self, text: &str) -> Result<Value, String> {
        match self {
            Kind::Integer { min, max } => match whole(text) {
                Some(number) if (min..=max).contains(&number) => Ok(Value::Integer(number)),
                _ => Err(format!("expected {self}")),
            },
            Kind::Decimal { min, max } => {
                let (sign, digits) = match text.strip_prefix('-') {
                    Some(digits) => (-1, digits),
                    None => (1, text),
                };
                let number = time::fixed(digits, 1000).map_err(|misfit| match misfit {
                    Misfit::TooFine => "expected at most three decimals".to_owned(),
                    _ => format!("expected {self}"),
                })?;
                match i64::try_from(number).map(|number| sign * number) {
                    Ok(number) if (min..=max).contains(&number) => Ok(Value::Decimal(number)),
                    _ => Err(format!("expected {self}")),
                }
            }
            Kind::Duration => {
                let read =
                    |text| Time::read(text).map_err(|misfit| format!("expected {self}{}", misfit.remark()));
                let (min, max) = match text.split_once("..") {
                    Some((min, max)) => (read(min)?, read(max)?),
                    None => (read(text)?, read(text)?),
                };
                if max < min {
                    return Err("expected the shorter time first".to_owned());
                }
                Ok(Value::Duration { min, max })
            }
            Kind::Word(words) => match words.iter().find(|word| **word == text) {
                Some(word) => Ok(Value::Word(word)),
                None => Err(format!("expected {self}")),
            },
            Kind::Sids => {
                let sids: Option<Vec<i64>> = text.split(':').map(sid).collect();
                sids.map(Value::Sids).ok_or_else(|| format!("expected {self}"))
            }
            Kind::Names(known) => {
                let given: Vec<&str> = text.split(':').collect();
                if given.iter().any(|name| !known.contains(name)) {
                    return Err(format!("expected {self}"));
                }
                Ok(Value::Names(known.iter().copied().filter(|name| given.contains(name)).collect()))
            }
        }
    }
}

fn whole(text: &str) -> Option<i64> {
    // `parse` would take a leading plus.
    if text.starts_with('+') { None } else { text.parse().ok() }
}

impl Misfit {
    /// What to add where a time was expected.
    pub(super) fn remark(self) -> &'static str {
        match self {
            Misfit::Form => "",
            Misfit::Unit => "; a unit is missing",
            Misfit::TooFine => "; this is finer than 1 ns",
            Misfit::TooLarge => "; this is more than 1000000000 s",
        }
    }
}

impl fmt::Display for Kind {
    /// What is expected, with an article.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Integer { min, max } => write!(f, "a whole number from {min} to {max}"),
            Kind::Decimal { min, max } => write!(f, "a number from {} to {}", Milli(*min), Milli(*max)),
            Kind::Duration => f.write_str("a time (`5ms`) or a range of times (`1ms..3ms`)"),
            Kind::Word(words) => f.write_str(&words::either(words.iter().copied())),
            Kind::Sids => f.write_str("server ids with colons between (`1:2:3`)"),
            Kind::Names(names) => {
                write!(f, "{}, or several with colons between", words::either(names.iter().copied()))
            }
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Integer(number) => write!(f, "{number}"),
            Value::Decimal(number) => write!(f, "{}", Milli(*number)),
            Value::Duration { min, max } if min == max => write!(f, "{min}"),
            Value::Duration { min, max } => write!(f, "{min}..{max}"),
            Value::Word(word) => f.write_str(word),
            Value::Sids(sids) => {
                for (index, sid) in sids.iter().enumerate() {
                    let colon = if index > 0 { ":" } else { "" };
                    write!(f, "{colon}{sid}")?;
                }
                Ok(())
            }
            Value::Names(names) => f.write_str(&names.join(":")),
        }
    }
}

/// Thousandths, printed as a decimal.
struct Milli(i64);

impl fmt::Display for Milli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        time::write_fixed(f, self.0.unsigned_abs(), 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_and_named_once() {
        for entry in TABLE {
            let key = entry.name.replace(".N", ".7");
            assert_eq!(find(&key), Some((entry, key.clone())));
            assert!(!is_foreign(&key), "{key} is in both tables");
            assert_eq!(TABLE.iter().filter(|other| other.name == entry.name).count(), 1);
            assert!(!entry.help.is_empty() && entry.help.len() < 90, "{key}");
        }
        assert_eq!(find("weight.007").unwrap().1, "weight.7");
        assert_eq!(find("weight.N"), None);
        assert_eq!(find("weight."), None);
        assert_eq!(find("weight.-1"), None);
        assert!(is_foreign("autopurge.purgeInterval") && is_foreign("dataDir") && !is_foreign("nonsense"));
    }

    #[test]
    fn no_key_begins_a_statement() {
        assert!(TABLE.iter().all(|entry| !words::STATEMENTS.contains(&entry.name)));
    }

    #[test]
    fn values_are_checked_and_printed_back() {
        let good = |key: &str, text: &str, canonical: &str| {
            let kind = find(key).unwrap().0.kind;
            let value = kind.read(text).unwrap();
            assert_eq!(value.to_string(), canonical);
            assert_eq!(kind.read(canonical), Ok(value));
        };
        good("tickTime", "2000", "2000");
        good("leader.maxTimeToWaitForEpoch", "-1", "-1");
        good("snapshotSizeFactor", "0.330", "0.33");
        good("snapshotSizeFactor", "-0.5", "-0.5");
        good("latency", "1ms..2000us", "1ms..2ms");
        good("latency", "1ms..1ms", "1ms");
        good("forceSnapshotSync", "yes", "yes");
        good("group.1", "1:02:3", "1:2:3");
        good("initialCounter", "4294967294", "4294967294");

        for (key, text) in [
            ("tickTime", "0"),
            ("tickTime", "+5"),
            ("tickTime", "5s"),
            ("tickTime", "99999999999999999999"),
            ("snapshotSizeFactor", "-1.001"),
            ("snapshotSizeFactor", "0.3333"),
            ("snapshotSizeFactor", "--1"),
            ("latency", "2ms..1ms"),
            ("latency", "2"),
            ("latency", "1ms.."),
            ("absent", "Refused"),
            ("group.1", "1::3"),
            ("group.1", ""),
            ("initialCounter", "4294967295"),
        ] {
            assert!(find(key).unwrap().0.kind.read(text).is_err(), "{key} {text}");
        }
    }
}
