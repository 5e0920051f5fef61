//! Triggers: `when EVENT [nth N] [within TIME]:`.

use super::super::ast::{DECISIONS, Event, Moment, Occurrence, Trigger};
use super::super::diagnostic::Fault;
use super::super::time::Time;
use super::super::words::{self, File, Task, Vocabulary};
use super::cursor::Cursor;

/// Reads what stands behind `when` or `if`, the colon included.
pub(super) fn trigger(
    cursor: &mut Cursor<'_, '_>,
    armed: Option<Time>,
    must_fire: bool,
) -> Result<Trigger, Fault> {
    let event = event(cursor)?;
    let (mut nth, mut within) = (None, None);
    loop {
        cursor.split_colon();
        if nth.is_none() && cursor.eat("nth") {
            cursor.split_colon();
            nth = Some(cursor.number_u32("which one", 1, u32::MAX)?);
        } else if within.is_none() && cursor.eat("within") {
            cursor.split_colon();
            within = Some(cursor.time()?);
        } else {
            cursor.eat(":");
            return Ok(Trigger { armed, must_fire, event, nth: nth.unwrap_or(1), within });
        }
    }
}

fn event(cursor: &mut Cursor<'_, '_>) -> Result<Event, Fault> {
    let moment = if cursor.eat("before") {
        Moment::Before
    } else {
        cursor.eat("after");
        Moment::After
    };
    let server = cursor.server("an event: a server and what happens there", &["before", "after"])?;
    cursor.split_colon();
    let occurrence = match cursor.peek_bare() {
        Some("wrote" | "writes") => {
            cursor.advance();
            wrote(cursor)?
        }
        Some("got") => {
            cursor.advance();
            got(cursor)?
        }
        Some("ran") => {
            cursor.advance();
            ran(cursor)?
        }
        Some("decided") => {
            cursor.advance();
            decided(cursor)?
        }
        _ => return Err(cursor.no("what happens at the server", words::OCCURRENCES)),
    };
    Ok(Event { moment, server, occurrence })
}

fn wrote(cursor: &mut Cursor<'_, '_>) -> Result<Occurrence, Fault> {
    cursor.split_colon();
    let file: File = cursor.one("what was written")?;
    cursor.split_colon();
    let number = match (cursor.at_number(), file.is_epoch()) {
        (false, _) => None,
        (true, true) => Some(u64::from(cursor.number_u32("an epoch", 0, u32::MAX)?)),
        (true, false) => Some(cursor.zxid()?),
    };
    Ok(Occurrence::Wrote { file, number })
}

fn got(cursor: &mut Cursor<'_, '_>) -> Result<Occurrence, Fault> {
    cursor.split_colon();
    let packet = cursor.one("a packet type")?;
    cursor.split_colon();
    let from = if cursor.eat("from") {
        cursor.split_colon();
        Some(cursor.party()?)
    } else {
        None
    };
    Ok(Occurrence::Got { packet, from })
}

fn ran(cursor: &mut Cursor<'_, '_>) -> Result<Occurrence, Fault> {
    cursor.split_colon();
    // The disk is no task that runs; see `wrote`.
    let tasks: Vec<&'static str> =
        Task::WORDS.iter().copied().filter(|word| *word != Task::Disk.word()).collect();
    match cursor.peek_bare().and_then(Task::of) {
        Some(task) if task != Task::Disk => {
            cursor.advance();
            Ok(Occurrence::Ran(task))
        }
        Some(_) => Err(cursor.no("a task that runs", &[]).help("for the disk, wait for what was `wrote`")),
        None => Err(cursor.no("a task", &tasks)),
    }
}

fn decided(cursor: &mut Cursor<'_, '_>) -> Result<Occurrence, Fault> {
    cursor.split_colon();
    match cursor.peek_bare().filter(|word| DECISIONS.contains(word)) {
        Some(word) => {
            let word = word.to_owned();
            cursor.advance();
            Ok(Occurrence::Decided(word))
        }
        None => Err(cursor.no("a decision", DECISIONS)),
    }
}
