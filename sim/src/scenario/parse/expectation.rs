//! Expectations: what must be true.

use super::super::ast::{Claim, Expectation, Prefix, ServerRef};
use super::super::diagnostic::Fault;
use super::super::words::{self, State, Vocabulary, shown};
use super::claim;
use super::counterfactual;
use super::cursor::Cursor;
use super::step::version;
use crate::judges::Judges;

/// Reads what stands behind `expect`.
pub(super) fn expectation(cursor: &mut Cursor<'_, '_>, prefix: &Prefix) -> Result<Expectation, Fault> {
    let count = |cursor: &mut Cursor<'_, '_>| {
        cursor.advance();
        cursor.number("how many operations", 0, u64::MAX)
    };
    match cursor.peek_bare() {
        Some("available") => {
            cursor.advance();
            Ok(Expectation::Available)
        }
        Some("unavailable") => {
            cursor.advance();
            Ok(Expectation::Unavailable)
        }
        Some("answered") => Ok(Expectation::Answered(count(cursor)?)),
        Some("failed") => Ok(Expectation::Failed(count(cursor)?)),
        Some("pending") => Ok(Expectation::Pending(count(cursor)?)),
        Some("no") => {
            cursor.advance();
            if cursor.peek_bare() == Some("violation") {
                return no_violation(cursor, prefix);
            }
            cursor.eat("violation");
            cursor.expect("leader")?;
            Ok(Expectation::NoLeader)
        }
        Some("violation") => counterfactual::violation(cursor, prefix),
        // `leader` is also a server: `leader serving`, `leader epoch 2`.
        Some("leader") if !cursor.peek_second().is_some_and(begins_claim) => {
            cursor.advance();
            let known: Vec<&'static str> = State::WORDS.iter().chain(words::CLAIMS).copied().collect();
            match cursor.peek_bare() {
                Some(name) if cursor.knows(name) => Ok(Expectation::Leader(cursor.name("a server")?)),
                Some("leader" | "follower") | None => Err(cursor.no("the name of a server", &[])),
                Some(_) => Err(cursor.no_server("a server, or what must be true of the leader", &known)),
            }
        }
        Some("all") => Err(cursor
            .no("an expectation", &[])
            .help("an expectation is about one server; write a line for each")),
        Some("holders") => {
            cursor.advance();
            let path = cursor.path()?;
            let (min, max) = holders(cursor)?;
            Ok(Expectation::Holders { path, min, max })
        }
        _ if cursor.at_client() => {
            let client = cursor.client("a client")?;
            Ok(Expectation::Client { client, claim: claim::client_claim(cursor)? })
        }
        _ if cursor.at_workload() => Err(cursor.no_client("a client")),
        Some(_) if !cursor.at_server() && cursor.peek_second().is_some_and(claim::is_meant) => {
            Err(cursor.no_client("a client"))
        }
        _ if cursor.at_server() => {
            let server = cursor.server("a server", &[])?;
            Ok(Expectation::Server { server, claim: claim(cursor)? })
        }
        _ => Err(cursor.no_party("an expectation", words::EXPECTATIONS)),
    }
}

/// `violation PROPERTY`: a claim about the whole run.
fn no_violation(cursor: &mut Cursor<'_, '_>, prefix: &Prefix) -> Result<Expectation, Fault> {
    if !matches!(prefix, Prefix::At(_)) {
        let fault = cursor.no("another expectation", &[]);
        return Err(fault.help(
            "a run is judged as a whole, and lasts at least until then: `at 60s expect no violation …`",
        ));
    }
    cursor.advance();
    match cursor.peek_bare().and_then(|name| Judges::known().find(|known| *known == name)) {
        Some(property) => {
            cursor.advance();
            Ok(Expectation::NoViolation(property))
        }
        None => {
            let known: Vec<&'static str> = Judges::known().collect();
            Err(cursor.no("a property that runs are judged by", &known))
        }
    }
}

fn begins_claim(word: &str) -> bool {
    State::of(word).is_some() || words::CLAIMS.contains(&word)
}

fn claim(cursor: &mut Cursor<'_, '_>) -> Result<Claim, Fault> {
    if let Some(state) = cursor.peek_bare().and_then(State::of) {
        cursor.advance();
        return Ok(Claim::State(state));
    }
    let Some(word) = cursor.peek_bare().and_then(|word| words::CLAIMS.iter().find(|claim| **claim == word))
    else {
        let known: Vec<&'static str> = State::WORDS.iter().chain(words::CLAIMS).copied().collect();
        let fault = cursor.no("a state or a fact about the server", &known);
        return Err(match cursor.peek_bare() {
            Some("leader") => fault.suggest_only("leading"),
            Some("follower") => fault.suggest_only("following"),
            Some("observer") => fault.suggest_only("observing"),
            Some("up" | "running" | "alive") => fault.suggest_only("serving"),
            Some(word) if words::CLIENT_CLAIMS.contains(&word) => {
                Fault::new(fault.span, fault.message, fault.label).help("this can be said of clients only")
            }
            _ => fault,
        });
    };
    cursor.advance();
    Ok(match *word {
        "epoch" | "currentEpoch" => Claim::Epoch(epoch(cursor)?),
        "acceptedEpoch" => Claim::AcceptedEpoch(epoch(cursor)?),
        "round" => Claim::Round(round(cursor)?),
        "zxid" => Claim::Zxid(cursor.zxid()?),
        "logged" => Claim::Logged(cursor.zxid()?),
        "vote" => Claim::Vote(cursor.server("a server", &[])?),
        "synced" => Claim::Synced {
            mode: cursor.one("`DIFF`, `TRUNC` or `SNAP`")?,
            zxid: if cursor.at_number() { Some(cursor.zxid()?) } else { None },
            from: if cursor.eat("from") { Some(cursor.server("a server", &[])?) } else { None },
        },
        "data" => Claim::Data {
            path: cursor.path()?,
            data: cursor.any("data: a word or quoted text")?.text.into_owned(),
            version: version(cursor)?,
        },
        "no" => Claim::NoNode(cursor.path()?),
        "stat" => Claim::Stat { path: cursor.path()?, facts: claim::facts(cursor)? },
        "sessions" => Claim::Sessions(cursor.number("how many sessions", 0, u64::MAX)?),
        _ => heard(cursor)?,
    })
}

fn epoch(cursor: &mut Cursor<'_, '_>) -> Result<u32, Fault> {
    cursor.number_u32("an epoch", 0, u32::MAX)
}

fn round(cursor: &mut Cursor<'_, '_>) -> Result<u64, Fault> {
    cursor.number("an election round", 0, u64::MAX)
}

/// `N` or `N..M`.
fn holders(cursor: &mut Cursor<'_, '_>) -> Result<(u32, u32), Fault> {
    const WANTED: &str = "how many clients hold the lock: `1`, or a range such as `0..1`";
    let word = cursor.any(WANTED)?;
    let span = word.start..word.end;
    let read = |text: &str| {
        let digits = !word.quoted && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| digits)
    };
    let (min, max) = word.text.split_once("..").unwrap_or((&word.text, &word.text));
    match (read(min), read(max)) {
        (Some(min), Some(max)) if min <= max => Ok((min, max)),
        (Some(min), Some(max)) => {
            let message = format!("the range from {min} to {max} ends before it begins");
            Err(Fault::new(span, message, "expected the smaller number first"))
        }
        _ => {
            Err(Fault::new(span, format!("unexpected `{}`", shown(&word.text)), format!("expected {WANTED}")))
        }
    }
}

/// `heard SERVER STATE`, then in any order `leader SERVER`, `round N`, `epoch N`, `zxid Z`, each at most once.
fn heard(cursor: &mut Cursor<'_, '_>) -> Result<Claim, Fault> {
    let from = cursor.server("a server", &[])?;
    let state = cursor.one("`looking`, `following`, `leading` or `observing`")?;
    let mut leader: Option<ServerRef> = None;
    let (mut round_number, mut epoch_number, mut zxid) = (None, None, None);
    loop {
        if leader.is_none() && cursor.eat("leader") {
            leader = Some(cursor.server("a server", &[])?);
        } else if round_number.is_none() && cursor.eat("round") {
            round_number = Some(round(cursor)?);
        } else if epoch_number.is_none() && cursor.eat("epoch") {
            epoch_number = Some(epoch(cursor)?);
        } else if zxid.is_none() && cursor.eat("zxid") {
            zxid = Some(cursor.zxid()?);
        } else {
            return Ok(Claim::Heard { from, state, leader, round: round_number, epoch: epoch_number, zxid });
        }
    }
}
