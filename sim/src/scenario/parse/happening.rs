//! A world that is frozen, and what happens in it: `freeze`, `next PARTY …`, `thaw`.

use super::super::ast::{Action, Happening, Line, Parcel, Prefix, ServerRef, Statement, Step, Timed, What};
use super::super::diagnostic::Fault;
use super::super::words::{HAPPENINGS, Packet, Task, Timer, Vocabulary};
use super::cursor::Cursor;

/// Whether it is part of a schedule: at times, and upon no event.
pub(super) fn is_schedule(step: &Step) -> bool {
    matches!(step, Step::Freeze | Step::Thaw | Step::Next(_))
}

/// Reads what stands behind `next`.
pub(super) fn happening(cursor: &mut Cursor<'_, '_>) -> Result<Happening, Fault> {
    let at = party(cursor, "what happens: a server or a client, and what it does")?;
    let of_client = cursor.is_client(&at);
    let what = match cursor.peek_bare() {
        Some("got") => {
            cursor.advance();
            got(cursor)?
        }
        Some("connected") => {
            cursor.advance();
            cursor.expect("to")?;
            What::Connected { to: cursor.server("a server", &[])?, port: cursor.port()? }
        }
        Some("reached" | "reaches") => {
            cursor.advance();
            What::Reached { to: cursor.server("a server", &[])?, port: cursor.port()? }
        }
        Some("timer") => {
            cursor.advance();
            timer(cursor)?
        }
        Some("ran" | "runs") => {
            cursor.advance();
            ran(cursor, of_client)?
        }
        Some("wrote" | "writes") if !of_client => {
            cursor.advance();
            What::Wrote(cursor.one("what was written")?)
        }
        Some("booted" | "boots") if !of_client => {
            cursor.advance();
            What::Booted
        }
        _ if of_client => return Err(cursor.no("what happens at the client", &HAPPENINGS[..OF_CLIENTS])),
        _ => return Err(cursor.no("what happens at the server", HAPPENINGS)),
    };
    let nth = if cursor.eat("nth") { cursor.number_u32("which one", 1, u32::MAX)? } else { 1 };
    Ok(Happening { at, what, nth })
}

/// So many of the list can happen at a client, too.
const OF_CLIENTS: usize = 5;

/// One server or one client.
fn party(cursor: &mut Cursor<'_, '_>, wanted: &str) -> Result<ServerRef, Fault> {
    if cursor.at_client() || cursor.at_workload() {
        return Ok(ServerRef::Name(cursor.client("a client")?));
    }
    if cursor.at_party() {
        return cursor.server(wanted, &[]);
    }
    Err(cursor.no_party(wanted, &[]))
}

fn got(cursor: &mut Cursor<'_, '_>) -> Result<What, Fault> {
    let what = match cursor.peek_bare() {
        Some("connection") => Parcel::Connection,
        Some("close") => Parcel::Close,
        word => match word.and_then(Packet::of) {
            Some(packet) => Parcel::Packet(packet),
            None => {
                let known: Vec<&'static str> =
                    Packet::WORDS.iter().copied().chain(["connection", "close"]).collect();
                return Err(cursor.no("a packet type, `connection` or `close`", &known));
            }
        },
    };
    cursor.advance();
    cursor.expect("from")?;
    Ok(What::Got { what, from: party(cursor, "a server or a client")?, port: cursor.port()? })
}

fn timer(cursor: &mut Cursor<'_, '_>) -> Result<What, Fault> {
    let timer: Timer = cursor.one("a timer")?;
    let about = if timer.is_about() { about(cursor)? } else { None };
    Ok(What::Timer { timer, about })
}

fn about(cursor: &mut Cursor<'_, '_>) -> Result<Option<ServerRef>, Fault> {
    match cursor.peek_bare() {
        None | Some("nth") => Ok(None),
        Some(_) => party(cursor, "a server, `nth` or the end of the line").map(Some),
    }
}

fn ran(cursor: &mut Cursor<'_, '_>, of_client: bool) -> Result<What, Fault> {
    const TASKS: &[&str] = &["packet-loop", "log-writer", "commit-applier", "handler"];
    let known = if of_client { &TASKS[..1] } else { TASKS };
    let task = match cursor.peek_bare() {
        Some("handler" | "handlers") if !of_client => Task::Handlers,
        Some(word) if known.contains(&word) => match Task::of(word) {
            Some(task) => task,
            None => return Err(cursor.no("a task", known)),
        },
        Some("disk") if !of_client => {
            return Err(cursor.no("a task that runs", &[]).help("the disk is done once a file is `wrote`"));
        }
        _ => return Err(cursor.no("a task", known)),
    };
    cursor.advance();
    let about = if task == Task::Handlers { about(cursor)? } else { None };
    Ok(What::Ran { task, about })
}

/// The first line that orders what happens where everything happens by itself, freezes what is frozen, or thaws what is
/// not: a world is frozen from one time to another, which the text alone says.
pub(super) fn out_of_order(lines: &[Line]) -> Option<(&Line, Fault)> {
    let at =
        |line: &Line| match &line.statement {
            Some(Statement::Timed(Timed {
                prefix: Prefix::At(time), action: Action::Step(step), ..
            })) if is_schedule(step) => Some((*time, step.clone())),
            _ => None,
        };
    let mut all: Vec<_> = lines.iter().filter_map(|line| Some((line, at(line)?))).collect();
    all.sort_by_key(|(_, (time, _))| *time);
    let mut frozen = false;
    let mut wrong: Vec<(&Line, Fault)> = Vec::new();
    for (line, (time, step)) in all {
        let fault = match (&step, frozen) {
            (Step::Next(_), false) => {
                let message = format!("at {time} everything happens by itself");
                let fault = Fault::new(0..0, message, "expected `freeze` before this");
                Some(fault.help(format!("write `at {time} freeze` above it")))
            }
            (Step::Freeze, true) => {
                let message = format!("at {time} the world is frozen already");
                Some(Fault::new(0..0, message, "expected `thaw` before this"))
            }
            (Step::Thaw, false) => {
                let message = format!("at {time} the world is not frozen");
                Some(Fault::new(0..0, message, "expected `freeze` before this"))
            }
            _ => None,
        };
        wrong.extend(fault.map(|fault| (line, fault)));
        frozen = match step {
            Step::Freeze => true,
            Step::Thaw => false,
            _ => frozen,
        };
    }
    wrong.into_iter().min_by_key(|(line, _)| line.span.line)
}
