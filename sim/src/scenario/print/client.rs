//! Tree to text: what is said about clients.

use std::fmt::{self, Display, Formatter};

use super::{Quoted, Times, Version};
use crate::scenario::ast::{Call, ClientClaim, ClientDecl, Facts, LastResult, Mix, Owner, WorkloadDecl};
use crate::scenario::setting::Value;
use crate::scenario::time::Time;

impl Display for ClientDecl {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "client {}{}{}", self.name, At(&self.servers), Timeout(self.timeout))
    }
}

impl Display for WorkloadDecl {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "workload {} clients {}", self.name, self.clients)?;
        if self.keys != 1 {
            write!(f, " keys {}", self.keys)?;
        }
        write!(f, " operations {}{}", self.operations, self.mix)?;
        if let Some((min, max)) = self.think {
            write!(f, " think {}", Value::Duration { min, max })?;
        }
        write!(f, "{}{}", Timeout(self.timeout), At(&self.servers))
    }
}

impl Display for Mix {
    /// With a blank before each weight.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut weights = self.weights().into_iter().filter(|(_, weight)| *weight > 0);
        weights.try_for_each(|(word, weight)| write!(f, " {word} {weight}"))
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Call::Create { path, data, ephemeral, sequential, times } => {
                write!(f, "create {}", Quoted(path))?;
                data.iter().try_for_each(|data| write!(f, " {}", Quoted(data)))?;
                f.write_str(if *ephemeral { " ephemeral" } else { "" })?;
                f.write_str(if *sequential { " sequential" } else { "" })?;
                write!(f, "{}", Times(*times))
            }
            Call::Set { path, data, version, times } => {
                write!(f, "set {} {}{}{}", Quoted(path), Quoted(data), Version(*version), Times(*times))
            }
            Call::Delete { path, version } => write!(f, "delete {}{}", Quoted(path), Version(*version)),
            Call::Check { path, version } => write!(f, "check {}{}", Quoted(path), Version(Some(*version))),
            Call::Get { path, watch } => write!(f, "get {}{}", Quoted(path), Watch(*watch)),
            Call::Exists { path, watch } => write!(f, "exists {}{}", Quoted(path), Watch(*watch)),
            Call::Children { path, watch } => write!(f, "children {}{}", Quoted(path), Watch(*watch)),
            Call::Sync { path } if path == "/" => f.write_str("sync"),
            Call::Sync { path } => write!(f, "sync {}", Quoted(path)),
            Call::Multi(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    write!(f, "{} {part}", if index > 0 { " and" } else { "multi" })?;
                }
                Ok(())
            }
            Call::Lock { path } => write!(f, "lock {}", Quoted(path)),
            Call::Unlock { path } => write!(f, "unlock {}", Quoted(path)),
            Call::Put { path, data } => write!(f, "put {} {}", Quoted(path), Quoted(data)),
            Call::Take { path } => write!(f, "take {}", Quoted(path)),
        }
    }
}

impl Display for ClientClaim {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            ClientClaim::Connected { to } => {
                f.write_str("connected")?;
                to.iter().try_for_each(|server| write!(f, " to {server}"))
            }
            ClientClaim::Disconnected => f.write_str("disconnected"),
            ClientClaim::Expired => f.write_str("expired"),
            ClientClaim::Closed => f.write_str("closed"),
            ClientClaim::Sessions(count) => write!(f, "sessions {count}"),
            ClientClaim::Last(result) => write!(f, "last {result}"),
            ClientClaim::Saw { path, facts } => write!(f, "saw {}{facts}", Quoted(path)),
            ClientClaim::SawNo { path } => write!(f, "saw no {}", Quoted(path)),
            ClientClaim::Notified { path, count } => write!(f, "notified {} {count}", Quoted(path)),
            ClientClaim::Holds { path } => write!(f, "holds {}", Quoted(path)),
            ClientClaim::Waits { path } => write!(f, "waits {}", Quoted(path)),
        }
    }
}

impl Display for LastResult {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LastResult::Ok => "ok",
            LastResult::Error(error) => error,
        })
    }
}

impl Display for Facts {
    /// With a blank before each fact.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Facts { data, czxid, mzxid, pzxid, version, cversion, owner, length, children } = self;
        data.iter().try_for_each(|data| write!(f, " data {}", Quoted(data)))?;
        czxid.iter().try_for_each(|zxid| write!(f, " czxid {zxid:#x}"))?;
        mzxid.iter().try_for_each(|zxid| write!(f, " mzxid {zxid:#x}"))?;
        pzxid.iter().try_for_each(|zxid| write!(f, " pzxid {zxid:#x}"))?;
        write!(f, "{}", Version(*version))?;
        cversion.iter().try_for_each(|version| write!(f, " cversion {version}"))?;
        owner.iter().try_for_each(|owner| write!(f, " ephemeralOwner {owner}"))?;
        length.iter().try_for_each(|length| write!(f, " dataLength {length}"))?;
        children.iter().try_for_each(|children| write!(f, " numChildren {children}"))
    }
}

impl Display for Owner {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Owner::Nobody => "none",
            Owner::Client(name) => name,
        })
    }
}

/// `at zk1 zk2`, with a blank before it, or nothing.
struct At<'a>(&'a [String]);

impl Display for At<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " at {}", self.0.join(" ")) }
    }
}

/// `timeout 10s`, with a blank before it, or nothing.
struct Timeout(Option<Time>);

impl Display for Timeout {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|time| write!(f, " timeout {time}"))
    }
}

/// `watch`, with a blank before it, or nothing.
struct Watch(bool);

impl Display for Watch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { " watch" } else { "" })
    }
}
