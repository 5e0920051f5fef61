//! What a client asks for: `c1 create /a one`.

use super::super::ast::{Call, Step};
use super::super::diagnostic::Fault;
use super::super::words;
use super::cursor::Cursor;
use super::step::{times, version};

/// What a `multi` is made of.
const PARTS: &[&str] = &["create", "set", "delete", "check"];

/// The steps that name their clients behind.
const ON_CLIENTS: &[&str] = &["start", "kill", "restart", "pause", "resume", "close"];

/// Behind a name, the word says that the name should be a client that asks for something.
pub(super) fn is_meant(word: &str) -> bool {
    words::CALLS.contains(&word) || synonym(word).is_some()
}

/// Reads `CLIENT CALL`; the next word is a client.
pub(super) fn client_step(cursor: &mut Cursor<'_, '_>) -> Result<Step, Fault> {
    let client = cursor.client("a client")?;
    let call = call(cursor, &client)?;
    if cursor.peek_bare() == Some("at") {
        cursor.finish().map_err(|fault| {
            fault.help(format!("`{client}` asks the server that it is connected to; see its declaration"))
        })?;
    }
    Ok(Step::Client { client, call })
}

fn call(cursor: &mut Cursor<'_, '_>, client: &str) -> Result<Call, Fault> {
    let Some(word) = cursor.peek_bare().and_then(|word| words::CALLS.iter().find(|call| **call == word))
    else {
        return Err(no_call(cursor, client));
    };
    if PARTS.contains(word) {
        return part(cursor, true);
    }
    cursor.advance();
    Ok(match *word {
        "get" => Call::Get { path: cursor.path()?, watch: cursor.eat("watch") },
        "exists" => Call::Exists { path: cursor.path()?, watch: cursor.eat("watch") },
        "children" => Call::Children { path: cursor.path()?, watch: cursor.eat("watch") },
        "sync" if cursor.left() == 0 => Call::Sync { path: "/".to_owned() },
        "sync" => Call::Sync { path: cursor.path()? },
        "lock" => Call::Lock { path: cursor.path()? },
        "unlock" => Call::Unlock { path: cursor.path()? },
        "put" => Call::Put { path: cursor.path()?, data: data(cursor)? },
        "take" => Call::Take { path: cursor.path()? },
        _ => multi(cursor)?,
    })
}

fn multi(cursor: &mut Cursor<'_, '_>) -> Result<Call, Fault> {
    let mut parts = Vec::new();
    loop {
        match cursor.peek_bare() {
            Some(word) if !PARTS.contains(&word) && is_meant(word) => {
                let fault = cursor.no("`create`, `set`, `delete` or `check`", &[]);
                return Err(fault.help("a multi changes and checks znodes; it reads nothing"));
            }
            Some(word) if PARTS.contains(&word) => parts.push(part(cursor, false)?),
            _ => return Err(cursor.no("`create`, `set`, `delete` or `check`", PARTS)),
        }
        if !cursor.eat("and") {
            return Ok(Call::Multi(parts));
        }
    }
}

/// One of [`PARTS`]; `alone`: not in a `multi`.
fn part(cursor: &mut Cursor<'_, '_>, alone: bool) -> Result<Call, Fault> {
    let word = cursor.any("a request")?;
    let path = cursor.path()?;
    Ok(match word.text.as_ref() {
        "create" => create(cursor, path, alone)?,
        "set" => {
            let data = data(cursor)?;
            let version = version(cursor)?;
            Call::Set { path, data, version, times: if alone { times(cursor)? } else { 1 } }
        }
        "delete" => Call::Delete { path, version: version(cursor)? },
        _ => {
            cursor.expect("version")?;
            Call::Check { path, version: cursor.version("a version")? }
        }
    })
}

fn create(cursor: &mut Cursor<'_, '_>, path: String, alone: bool) -> Result<Call, Fault> {
    let data = match cursor.peek() {
        Some(word) if word.quoted || !is_behind_data(&word.text) => {
            Some(cursor.any("data")?.text.into_owned())
        }
        _ => None,
    };
    let (mut ephemeral, mut sequential) = (false, false);
    loop {
        if !ephemeral && cursor.eat("ephemeral") {
            ephemeral = true;
        } else if !sequential && cursor.eat("sequential") {
            sequential = true;
        } else {
            break;
        }
    }
    let times = if alone { times(cursor)? } else { 1 };
    Ok(Call::Create { path, data, ephemeral, sequential, times })
}

/// These words are data only in quotes.
fn is_behind_data(word: &str) -> bool {
    matches!(word, "ephemeral" | "sequential" | "version" | "times" | "and" | "at")
}

fn data(cursor: &mut Cursor<'_, '_>) -> Result<String, Fault> {
    const WANTED: &str = "data: a word or quoted text";
    match cursor.peek_bare() {
        Some(word) if is_behind_data(word) => {
            Err(cursor.no(WANTED, &[]).help(format!("to write that word as data, quote it: `\"{word}\"`")))
        }
        _ => Ok(cursor.any(WANTED)?.text.into_owned()),
    }
}

fn no_call(cursor: &Cursor<'_, '_>, client: &str) -> Fault {
    let fault = cursor.no("a request of the client", words::CALLS);
    let Some(word) = cursor.peek_bare() else {
        return fault;
    };
    let plain = Fault::new(fault.span.clone(), fault.message.clone(), fault.label.clone());
    if words::CLIENT_CLAIMS.contains(&word) {
        plain.help("to demand that something is true, write `expect` before it")
    } else if ON_CLIENTS.contains(&word) {
        plain.help(format!("the client stands behind this step: `{word} {client}`"))
    } else if let Some(call) = synonym(word) {
        fault.suggest_only(call)
    } else {
        fault
    }
}

/// The request that other tools call so.
fn synonym(word: &str) -> Option<&'static str> {
    Some(match word {
        "read" | "getData" => "get",
        "write" | "setData" => "set",
        "ls" | "list" | "getChildren" => "children",
        "stat" => "exists",
        "rm" | "remove" => "delete",
        "transaction" | "txn" => "multi",
        "acquire" => "lock",
        "release" => "unlock",
        "offer" | "enqueue" | "push" => "put",
        "poll" | "dequeue" | "pop" => "take",
        _ => return None,
    })
}
