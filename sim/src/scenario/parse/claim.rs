//! What must be true of a client, and what can be said of a znode.

use super::super::ast::{ClientClaim, ERRORS, Facts, LastResult, Owner};
use super::super::diagnostic::Fault;
use super::super::words::{self, State, Vocabulary};
use super::cursor::Cursor;

/// Behind a name, the word says that the name should be a client's.
pub(super) fn is_meant(word: &str) -> bool {
    words::CLIENT_CLAIMS.contains(&word) && !words::CLAIMS.contains(&word)
}

/// Reads what stands behind the client of an expectation.
pub(super) fn client_claim(cursor: &mut Cursor<'_, '_>) -> Result<ClientClaim, Fault> {
    let Some(word) =
        cursor.peek_bare().and_then(|word| words::CLIENT_CLAIMS.iter().find(|claim| **claim == word))
    else {
        return Err(no_claim(cursor));
    };
    cursor.advance();
    Ok(match *word {
        "connected" => ClientClaim::Connected {
            to: if cursor.eat("to") { Some(cursor.server("a server", &[])?) } else { None },
        },
        "disconnected" => ClientClaim::Disconnected,
        "expired" => ClientClaim::Expired,
        "closed" => ClientClaim::Closed,
        "sessions" => ClientClaim::Sessions(cursor.number("how many sessions", 0, u64::MAX)?),
        "last" => ClientClaim::Last(last(cursor)?),
        "saw" if cursor.eat("no") => ClientClaim::SawNo { path: cursor.path()? },
        "saw" => ClientClaim::Saw { path: cursor.path()?, facts: facts(cursor)? },
        "notified" => ClientClaim::Notified {
            path: cursor.path()?,
            count: cursor.number("how many notifications", 0, u64::MAX)?,
        },
        "holds" => ClientClaim::Holds { path: cursor.path()? },
        _ => ClientClaim::Waits { path: cursor.path()? },
    })
}

fn no_claim(cursor: &Cursor<'_, '_>) -> Fault {
    let fault = cursor.no("a fact about the client", words::CLIENT_CLAIMS);
    let Some(word) = cursor.peek_bare() else {
        return fault;
    };
    match word {
        "up" | "online" | "serving" => return fault.suggest_only("connected"),
        "down" | "offline" => return fault.suggest_only("disconnected"),
        "dead" => return fault.suggest_only("expired"),
        "has" => return fault.suggest_only("holds"),
        _ => {}
    }
    let plain = Fault::new(fault.span.clone(), fault.message.clone(), fault.label.clone());
    match word {
        "data" | "stat" => plain.help("what the client saw of a znode: `saw /a data one version 0`"),
        "no" => plain.help("that the client saw no such znode: `saw no /a`"),
        word if State::of(word).is_some() || words::CLAIMS.contains(&word) => {
            plain.help("this can be said of servers only")
        }
        _ => fault,
    }
}

fn last(cursor: &mut Cursor<'_, '_>) -> Result<LastResult, Fault> {
    if cursor.eat("ok") {
        return Ok(LastResult::Ok);
    }
    match cursor.peek_bare().and_then(|word| ERRORS.iter().find(|error| **error == word)) {
        Some(error) => {
            cursor.advance();
            Ok(LastResult::Error(error))
        }
        None => {
            let known: Vec<&'static str> = ["ok"].iter().chain(ERRORS).copied().collect();
            Err(cursor.no("`ok` or an error", &known))
        }
    }
}

/// At least one fact about a znode, in any order, each at most once.
pub(super) fn facts(cursor: &mut Cursor<'_, '_>) -> Result<Facts, Fault> {
    let mut facts = Facts::default();
    let mut left: Vec<&'static str> = words::FACTS.to_vec();
    while let Some(at) = left.iter().position(|word| cursor.eat(word)) {
        let word = left.remove(at);
        read_fact(cursor, word, &mut facts)?;
    }
    match cursor.peek_bare() {
        Some(word) if words::FACTS.contains(&word) => {
            let span = cursor.peek().map_or(cursor.behind(), |word| word.start..word.end);
            Err(Fault::new(span, format!("`{word}` stands twice"), "expected it once"))
        }
        _ if facts == Facts::default() => Err(cursor.no("a fact about the znode", words::FACTS)),
        _ => Ok(facts),
    }
}

fn read_fact(cursor: &mut Cursor<'_, '_>, word: &str, facts: &mut Facts) -> Result<(), Fault> {
    match word {
        "data" => facts.data = Some(cursor.any("data: a word or quoted text")?.text.into_owned()),
        "czxid" => facts.czxid = Some(cursor.zxid()?),
        "mzxid" => facts.mzxid = Some(cursor.zxid()?),
        "pzxid" => facts.pzxid = Some(cursor.zxid()?),
        "version" => facts.version = Some(cursor.version("a version")?),
        "cversion" => facts.cversion = Some(cursor.number_or_minus_one("a version")?),
        "ephemeralOwner" => facts.owner = Some(owner(cursor)?),
        "dataLength" => facts.length = Some(cursor.number_u32("how many bytes", 0, u32::MAX)?),
        _ => facts.children = Some(cursor.number_u32("how many children", 0, u32::MAX)?),
    }
    Ok(())
}

fn owner(cursor: &mut Cursor<'_, '_>) -> Result<Owner, Fault> {
    if cursor.eat("none") {
        return Ok(Owner::Nobody);
    }
    Ok(Owner::Client(cursor.client("`none` or a client")?))
}
