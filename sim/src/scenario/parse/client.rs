//! Declarations of clients and of workloads.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use super::super::ast::{ClientDecl, Mix, Span, WorkloadDecl};
use super::super::diagnostic::Fault;
use super::super::lex::Word;
use super::super::setting::{self, Kind, Value};
use super::super::time::Time;
use super::super::words::{self, JOB, WEIGHTS, listed, shown};
use super::cursor::{Cursor, Names, Role};
use super::declare::{Declared, is_name, place, split_name};

const CLIENTS_MAX: u32 = 64;
const KEYS_MAX: u32 = 1000;
const OPERATIONS_MAX: u32 = 1_000_000;
const WEIGHT_MAX: u32 = 1000;

/// Who has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    Server,
    Client,
    Workload,
    /// One of the clients of that workload.
    ClientOf(String),
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Holder::Server => f.write_str("a server"),
            Holder::Client => f.write_str("a client"),
            Holder::Workload => f.write_str("a workload"),
            Holder::ClientOf(workload) => write!(f, "a client of workload `{}`", shown(workload)),
        }
    }
}

/// The names that a line beginning with `client` or `workload` declares, read leniently.
pub(super) fn names(words: &[Word<'_>], names: &mut Names) {
    let word = |at: usize| words.get(at).filter(|word| !word.quoted).map(|word| word.text.as_ref());
    let Some(name) = word(1).filter(|name| is_name(name) && !words::is_reserved(name)) else {
        return;
    };
    if word(0) == Some("client") {
        names.add(name, Role::Client);
        return;
    }
    let clients = (2..words.len()).find(|at| word(*at) == Some("clients")).and_then(|at| word(at + 1));
    let clients = clients.and_then(|number| number.parse().ok()).unwrap_or(0).min(CLIENTS_MAX);
    names.add(name, Role::Workload(clients));
    (1..=clients).for_each(|number| names.add(&format!("{name}{number}"), Role::Client));
}

/// `name` is declared a second time, on `line`.
pub(super) fn taken(name: &str, span: Range<usize>, holder: &Holder, first: usize, line: usize) -> Fault {
    let message = format!("the name `{}` is taken", shown(name));
    let help = format!("`{}` is {holder}, declared {}", shown(name), place(first, line));
    Fault::new(span, message, "expected another name").help(help)
}

impl Declared {
    /// `NAME [at NAME …] [timeout TIME]`
    pub(super) fn client(&mut self, cursor: &mut Cursor<'_, '_>, span: Span) -> Result<ClientDecl, Fault> {
        let (name, at) = new_name(cursor, "the name of a client")?;
        self.take(&name, Holder::Client, at, span)?;
        let (mut servers, mut time_out) = (None, None);
        loop {
            if servers.is_none() && cursor.eat("at") {
                servers = Some(connection_string(cursor)?);
            } else if time_out.is_none() && cursor.eat("timeout") {
                time_out = Some(timeout(cursor)?);
            } else {
                break;
            }
        }
        if cursor.peek_bare().is_some_and(|word| is_name(word) && !words::is_reserved(word)) {
            let example = format!("a line declares one client: `client {} at zk1 zk2`", shown(&name));
            cursor.finish().map_err(|fault| fault.help(example))?;
        }
        let (servers, timeout) = (servers.unwrap_or_default(), time_out.flatten());
        Ok(ClientDecl { name, servers, timeout, span })
    }

    /// `NAME`, then the parts of the job in any order, each at most once.
    pub(super) fn workload(
        &mut self,
        cursor: &mut Cursor<'_, '_>,
        span: Span,
    ) -> Result<WorkloadDecl, Fault> {
        let (name, at) = new_name(cursor, "the name of a workload")?;
        self.take(&name, Holder::Workload, at.clone(), span)?;
        let mut job = WorkloadDecl {
            name,
            clients: 0,
            keys: 1,
            operations: 0,
            mix: Mix::default(),
            think: None,
            timeout: None,
            servers: Vec::new(),
            span,
        };
        let mut given = BTreeSet::new();
        let parts = || JOB.iter().chain(WEIGHTS).copied();
        while let Some(part) = parts().find(|part| cursor.peek_bare() == Some(part)) {
            if !given.insert(part) {
                return Err(twice(cursor));
            }
            cursor.advance();
            read_part(cursor, part, &mut job)?;
        }
        if cursor.left() > 0 {
            let left: Vec<&'static str> = parts().filter(|part| !given.contains(part)).collect();
            return Err(cursor.no("a part of the workload", &left));
        }
        if job.clients == 0 {
            return Err(cursor.missing("`clients` and how many"));
        }
        if job.operations == 0 {
            return Err(cursor.missing("`operations` and how many"));
        }
        if job.mix == Mix::default() {
            let message = "the workload has no weight above 0";
            let fault = Fault::new(cursor.behind(), message, "expected a mix such as `reads 90 writes 10`");
            return Err(fault.help(format!("weights are {}", listed(WEIGHTS.iter().copied()))));
        }
        for client in job.client_names() {
            if setting::find(&client).is_some() {
                let message = format!("`{}` is the name of a setting", shown(&client));
                return Err(Fault::new(at, message, "expected another name"));
            }
            self.take(&client, Holder::ClientOf(job.name.clone()), at.clone(), span)?;
        }
        Ok(job)
    }

    fn take(&mut self, name: &str, holder: Holder, at: Range<usize>, span: Span) -> Result<(), Fault> {
        let line = span.line as usize;
        let workload = match &holder {
            Holder::ClientOf(workload) => Some(format!("the clients of `{}` are called so", shown(workload))),
            _ => None,
        };
        match self.names.insert(name.to_owned(), (holder, line)) {
            None => Ok(()),
            Some((earlier, first)) => {
                let fault = taken(name, at, &earlier, first, line);
                Err(workload.into_iter().fold(fault, Fault::help))
            }
        }
    }
}

/// A name that is no word of the language, and its place.
fn new_name(cursor: &mut Cursor<'_, '_>, wanted: &str) -> Result<(String, Range<usize>), Fault> {
    let word = cursor.any(wanted)?;
    let (name, rest) = split_name(&word)?;
    let span = word.start..word.end;
    if rest.is_empty() {
        return Ok((name.to_owned(), span));
    }
    let message = format!("`{}` is not a name", shown(&word.text));
    Err(Fault::new(span, message, "expected letters, digits, `_`, `.` or `-` in a name"))
}

fn twice(cursor: &Cursor<'_, '_>) -> Fault {
    let word = cursor.peek_bare().unwrap_or_default();
    let span = cursor.peek().map_or(cursor.behind(), |word| word.start..word.end);
    Fault::new(span, format!("`{word}` stands twice"), "expected it once")
}

fn read_part(cursor: &mut Cursor<'_, '_>, part: &str, job: &mut WorkloadDecl) -> Result<(), Fault> {
    match part {
        "clients" => job.clients = cursor.number_u32("how many clients", 1, CLIENTS_MAX)?,
        "keys" => job.keys = cursor.number_u32("how many znodes", 1, KEYS_MAX)?,
        "operations" => job.operations = cursor.number_u32("how many operations", 1, OPERATIONS_MAX)?,
        "think" => job.think = Some(think(cursor)?),
        "timeout" => job.timeout = timeout(cursor)?,
        "at" => job.servers = connection_string(cursor)?,
        weight => {
            let number = cursor.number_u32("a weight", 0, WEIGHT_MAX)?;
            let mix = &mut job.mix;
            match weight {
                "reads" => mix.reads = number,
                "writes" => mix.writes = number,
                "cas" => mix.cas = number,
                "sync-reads" => mix.sync_reads = number,
                "locks" => mix.locks = number,
                _ => mix.queues = number,
            }
        }
    }
    Ok(())
}

/// Declared servers, up to a word of the language or the end.
fn connection_string(cursor: &mut Cursor<'_, '_>) -> Result<Vec<String>, Fault> {
    let mut servers = Vec::new();
    loop {
        match cursor.peek_bare() {
            Some("all" | "leader" | "follower") => {
                let fault = cursor.no("a declared server", &[]);
                return Err(
                    fault.help("a client connects to servers by name; without `at` it knows them all")
                );
            }
            Some(word) if !servers.is_empty() && words::is_reserved(word) => return Ok(servers),
            None if !servers.is_empty() && cursor.left() == 0 => return Ok(servers),
            _ => servers.push(cursor.name("a declared server")?),
        }
    }
}

/// `None` for what a client asks for anyway.
fn timeout(cursor: &mut Cursor<'_, '_>) -> Result<Option<Time>, Fault> {
    let span = cursor.peek().map_or(cursor.behind(), |word| word.start..word.end);
    match cursor.time()? {
        Time(0) => Err(Fault::new(span, "a session time-out of 0", "expected a time above 0")),
        ClientDecl::TIMEOUT => Ok(None),
        time => Ok(Some(time)),
    }
}

fn think(cursor: &mut Cursor<'_, '_>) -> Result<(Time, Time), Fault> {
    let word = cursor.any(&Kind::Duration.to_string())?;
    let fault = |label: String| {
        let message = format!("`{}` is no pause", shown(&word.text));
        Fault::new(word.start..word.end, message, label)
    };
    if word.quoted {
        return Err(fault(format!("expected {}", Kind::Duration)));
    }
    match Kind::Duration.read(&word.text).map_err(fault)? {
        Value::Duration { min, max } => Ok((min, max)),
        _ => Err(cursor.missing(&Kind::Duration.to_string())),
    }
}
