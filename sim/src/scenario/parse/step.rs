//! Steps: what is done.

use super::super::ast::{Hold, Loss, Rate, ServerRef, Servers, Step, Stream};
use super::super::diagnostic::Fault;
use super::super::time::{self, Misfit};
use super::super::words::{self, File, Packet, Task, Vocabulary, shown};
use super::cursor::Cursor;
use super::{call, declare, happening};

/// The most requests that one step makes.
const TIMES_MAX: u32 = 1_000_000;

/// Reads a step; `also` is what else could stand here.
pub(super) fn step(cursor: &mut Cursor<'_, '_>, also: &[&'static str]) -> Result<Step, Fault> {
    if cursor.at_client() {
        return call::client_step(cursor);
    }
    let Some(verb) = cursor.peek_bare().and_then(|word| words::STEPS.iter().find(|verb| **verb == word))
    else {
        return Err(no_step(cursor, also));
    };
    cursor.advance();
    Ok(match *verb {
        "start" => Step::Start(cursor.parties(&[])?),
        "kill" => Step::Kill(cursor.parties(&[])?),
        "restart" => Step::Restart(cursor.parties(&[])?),
        "pause" => Step::Pause(cursor.parties(&[])?),
        "resume" => Step::Resume(cursor.parties(&[])?),
        "power-off" => {
            Step::PowerOff { servers: cursor.servers(&["losing", "keeping"])?, loss: loss(cursor)? }
        }
        "wipe" => Step::Wipe(disks(cursor)?),
        "fill" => Step::Fill(disks(cursor)?),
        "free" => Step::Free(disks(cursor)?),
        "fail" => fail(cursor)?,
        "cut" => Step::Cut(cursor.links(true)?),
        "refuse" => Step::Refuse(cursor.links(true)?),
        "reset" => Step::Reset(cursor.links(false)?),
        "heal" if cursor.left() == 0 => Step::Heal(None),
        "heal" => Step::Heal(Some(cursor.links(true)?)),
        "release" if cursor.left() == 0 => Step::Release(None),
        "release" => Step::Release(Some(hold(cursor)?)),
        "hold" => Step::Hold(hold(cursor)?),
        "create" => create(cursor)?,
        "delete" => {
            let path = cursor.path()?;
            let version = version(cursor)?;
            Step::Delete { path, version, at: at(cursor)? }
        }
        "read" => Step::Read { path: cursor.path()?, at: at(cursor)? },
        "close" => Step::Close(cursor.clients()?),
        "clock" => clock(cursor)?,
        "set" => set(cursor)?,
        "freeze" if cursor.at_party() => {
            let fault = cursor.no("the end of the line", &[]);
            return Err(
                fault.help("everything is frozen, or nothing; a server that stands still: `pause zk1`")
            );
        }
        "freeze" => Step::Freeze,
        "thaw" => Step::Thaw,
        "next" => Step::Next(happening::happening(cursor)?),
        _ => Step::End,
    })
}

fn no_step(cursor: &Cursor<'_, '_>, also: &[&'static str]) -> Fault {
    let known: Vec<&'static str> = words::STEPS.iter().chain(also).copied().collect();
    let fault = cursor.no("a step", &known);
    let Some(word) = cursor.peek_bare() else {
        return fault;
    };
    if cursor.peek_second().is_some_and(call::is_meant) {
        return match cursor.peek_second() {
            Some("create" | "set" | "delete" | "get" | "read") if cursor.at_server() => cursor
                .no_client("a client")
                .help(format!("a request without a session names its server behind: `create /a at {word}`")),
            _ => cursor.no_client("a client"),
        };
    }
    if cursor.at_party() || words::EXPECTATIONS.contains(&word) {
        return Fault::new(fault.span, fault.message, fault.label)
            .help("to demand that something is true, write `expect` before it");
    }
    match synonym(word) {
        Some(verb) => fault.suggest_only(verb),
        None => fault,
    }
}

/// The step that other tools call so.
fn synonym(word: &str) -> Option<&'static str> {
    Some(match word {
        "erase" | "empty" | "format" => "wipe",
        "stop" | "crash" | "shutdown" | "terminate" => "kill",
        "partition" | "isolate" | "disconnect" | "block" => "cut",
        "reconnect" | "unblock" => "heal",
        "suspend" | "sleep" => "pause",
        "write" => "set",
        "get" => "read",
        "quit" | "finish" | "exit" => "end",
        _ => return None,
    })
}

fn loss(cursor: &mut Cursor<'_, '_>) -> Result<Loss, Fault> {
    if cursor.eat("losing") {
        cursor.expect("unsynced")?;
        Ok(Loss::Unsynced)
    } else if cursor.eat("keeping") {
        cursor.expect("all")?;
        Ok(Loss::Nothing)
    } else {
        Ok(Loss::Drawn)
    }
}

/// `SERVERS disk`
fn disks(cursor: &mut Cursor<'_, '_>) -> Result<Servers, Fault> {
    let servers = cursor.servers(&["disk"])?;
    cursor.expect("disk")?;
    Ok(servers)
}

/// `SERVERS FILE|disk`
fn fail(cursor: &mut Cursor<'_, '_>) -> Result<Step, Fault> {
    let mut known = File::WORDS.to_vec();
    known.push("disk");
    let servers = cursor.servers(&known)?;
    let file = match cursor.peek_bare() {
        Some("disk") => None,
        Some(word) => match File::of(word) {
            Some(file) => Some(file),
            None => return Err(cursor.no("a file or `disk`", &known)),
        },
        None => return Err(cursor.no("a file or `disk`", &known)),
    };
    cursor.advance();
    Ok(Step::Fail { servers, file })
}

/// `SERVER TASK`, or `[PACKET] SERVERS to SERVERS [on PORT]`.
fn hold(cursor: &mut Cursor<'_, '_>) -> Result<Hold, Fault> {
    let packet = cursor.peek_bare().and_then(Packet::of);
    if packet.is_some() {
        cursor.advance();
    } else if !cursor.at_party() {
        return Err(cursor.no_party("a packet type, a server or `all`", Packet::WORDS));
    }
    let mut behind = vec!["to"];
    if packet.is_none() {
        behind.extend(Task::WORDS);
    }
    let from = match packet {
        Some(_) => cursor.parties(&["to"])?,
        None => cursor.parties_before("a task, a server or `to`", &behind)?,
    };
    let task = cursor.peek_bare().and_then(Task::of);
    match (&from, task, packet) {
        (Servers::List(list), Some(task), None) if list.len() == 1 => {
            let server = list[0].clone();
            if cursor.is_client(&server) {
                let fault = cursor.no("`to`", &["to"]);
                return Err(fault.help(format!("`{server}` is a client; only servers have tasks")));
            }
            cursor.advance();
            return Ok(Hold::Task { server, task });
        }
        (_, Some(_), _) => {
            let fault = cursor.no("`to`", &["to"]);
            return Err(fault.help("a task is held at one server at a time: `hold zk1 log-writer`"));
        }
        _ => {}
    }
    if !cursor.eat("to") {
        let single = matches!(&from, Servers::List(list) if list.len() == 1 && !cursor.is_client(&list[0]));
        let wanted = if single && packet.is_none() { "a task, or `to` and servers" } else { "`to`" };
        return Err(cursor.no(wanted, if single { &behind } else { &["to"] }));
    }
    let to = cursor.other_side(&from)?;
    Ok(Hold::Stream(Stream { packet, from, to, port: cursor.port()? }))
}

fn create(cursor: &mut Cursor<'_, '_>) -> Result<Step, Fault> {
    let path = cursor.path()?;
    if let Some(word @ ("ephemeral" | "sequential")) = cursor.peek_bare() {
        let help = format!("a client with a session can ask for that: `c1 create /a {word}`");
        return Err(cursor.no("data, `times` or `at`", &[]).help(help));
    }
    let data = match cursor.peek() {
        Some(word) if word.quoted || !matches!(word.text.as_ref(), "times" | "at") => {
            Some(cursor.any("data")?.text.into_owned())
        }
        _ => None,
    };
    let times = times(cursor)?;
    Ok(Step::Create { path, data, times, at: at(cursor)? })
}

fn write(cursor: &mut Cursor<'_, '_>) -> Result<Step, Fault> {
    let path = cursor.path()?;
    let data = cursor.any("data: a word or quoted text")?.text.into_owned();
    let version = version(cursor)?;
    let times = times(cursor)?;
    Ok(Step::Write { path, data, version, times, at: at(cursor)? })
}

fn set(cursor: &mut Cursor<'_, '_>) -> Result<Step, Fault> {
    if cursor.peek().is_some_and(|word| word.text.starts_with('/')) {
        return write(cursor);
    }
    let server = match cursor.peek_bare() {
        Some("leader" | "follower") => Some(cursor.server("a server", &[])?),
        Some(name) if cursor.knows(name) && declare::is_scope(cursor) => {
            Some(cursor.server("a server", &[])?)
        }
        _ => None,
    };
    let (key, value) = declare::key_and_value(cursor, server.is_some(), true)?;
    Ok(Step::Set { server, key, value })
}

/// `[version V]`
pub(super) fn version(cursor: &mut Cursor<'_, '_>) -> Result<Option<i32>, Fault> {
    if cursor.eat("version") { Ok(Some(cursor.version("a version")?)) } else { Ok(None) }
}

/// `[times N]`
pub(super) fn times(cursor: &mut Cursor<'_, '_>) -> Result<u32, Fault> {
    if cursor.eat("times") { cursor.number_u32("how many times", 1, TIMES_MAX) } else { Ok(1) }
}

fn at(cursor: &mut Cursor<'_, '_>) -> Result<ServerRef, Fault> {
    cursor.expect("at")?;
    cursor.server("a server", &[])
}

fn clock(cursor: &mut Cursor<'_, '_>) -> Result<Step, Fault> {
    const WANTED: &str = "a rate from 0.01 to 100, such as `1.5`";
    let servers = cursor.servers_before("a server or a rate such as `1.5`", &[])?;
    let word = cursor.any(WANTED)?;
    let range = u64::from(Rate::MIN.0)..=u64::from(Rate::MAX.0);
    let misfit = match time::fixed(&word.text, 1_000_000) {
        Ok(rate) if !word.quoted && range.contains(&rate) => {
            let rate = Rate(u32::try_from(rate).unwrap_or(Rate::MAX.0));
            return Ok(Step::Clock { servers, rate });
        }
        Ok(_) => Misfit::Form,
        Err(misfit) => misfit,
    };
    let message = format!("`{}` is not a rate", shown(&word.text));
    let label = match misfit {
        Misfit::TooFine => "expected at most six decimals".to_owned(),
        _ => format!("expected {WANTED}"),
    };
    Err(Fault::new(word.start..word.end, message, label))
}
