//! What happened, told from logs: the decisions of all servers by time, in the words of a simulated run.

use super::event::{Entry, Event};
use super::replay::{Replayed, When};
use super::words::words;
use super::{Counts, Entries, Source, open};
use crate::view::{Folds, Names};
use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use zablab_protocol::{Decision, ServerState, Sid};

/// A moment of the day, or a place where there is no time.
fn moment(when: When) -> String {
    let Some(time) = when.time else { return format!("#{}", when.entry) };
    let of_day = time.rem_euclid(86_400_000);
    let (seconds, millis) = (of_day / 1000, of_day % 1000);
    format!("{:02}:{:02}:{:02}.{millis:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// One server of a story.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Who it is.
    pub sid: Sid,
    /// Its log.
    pub entries: &'a [Entry],
    /// What the machine decided.
    pub replayed: &'a Replayed,
    /// How far its clock is ahead, ms.
    pub ahead: i64,
}

/// A line of a story: its time, whose it is, where it stands, and what was decided or happened.
type Moment<'a> = (Option<i64>, Sid, When, Result<&'a Decision, String>);

/// What happens to a server beside its decisions.
fn beside(event: &Event) -> bool {
    matches!(
        event,
        Event::StartingPeer { .. }
            | Event::CannotLoad
            | Event::Exiting { .. }
            | Event::ChannelBroken { .. }
            | Event::SessionOpened { .. }
            | Event::SessionExpiring { .. }
            | Event::Severe
    )
}

/// Tells the story of an ensemble, as replays found it.
pub fn story(servers: &[Told<'_>], names: &BTreeMap<Sid, String>, out: &mut impl Write) -> io::Result<()> {
    let mut all: Vec<Moment<'_>> = Vec::new();
    for told in servers {
        let decisions = told.replayed.decisions.iter();
        all.extend(decisions.map(|(when, decision)| (when.time, told.sid, *when, Ok(decision))));
        for (at, entry) in told.entries.iter().enumerate().filter(|(_, entry)| beside(&entry.event)) {
            let Some(what) = words(entry) else { continue };
            let when = When { entry: at, time: entry.time.map(|time| time - told.ahead) };
            all.push((when.time, told.sid, when, Err(what)));
        }
    }
    // Where there are no times, one server after the other.
    all.sort_by_key(|(time, sid, when, _)| (*time, time.is_none().then_some((*sid, when.entry))));
    let mut folds = Folds::default();
    for (_, sid, when, what) in all {
        let what = match what {
            Ok(decision) if folds.folds(sid, decision) => continue,
            Ok(decision) => match Names(names).tell(decision) {
                Some(what) => what,
                None => continue,
            },
            Err(what) => what,
        };
        let who = names.get(&sid).map_or("?", String::as_str);
        writeln!(out, "{:>12}  {who:<6} {what}", moment(when))?;
    }
    Ok(())
}

/// Where each server is at the end of its log, as the table behind a run shows it.
pub fn table(servers: &[Told<'_>], names: &BTreeMap<Sid, String>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "server  mode      epoch  zxid")?;
    for told in servers {
        let name = names.get(&told.sid).map_or("?", String::as_str);
        let Some(end) = told.replayed.end else {
            writeln!(out, "{name:<7} -")?;
            continue;
        };
        let mode = match end.state {
            _ if !end.serving => "-",
            ServerState::Leading => "leader",
            ServerState::Following => "follower",
            ServerState::Observing => "observer",
            ServerState::Looking => "looking",
        };
        writeln!(out, "{name:<7} {mode:<9} {:<6} {}", end.epoch.to_string(), end.zxid)?;
    }
    Ok(())
}

/// Where a source is: its entries of one file after the other, and the next of them.
struct Reader<'a> {
    source: &'a Source,
    file: usize,
    entries: Option<Entries<Box<dyn BufRead>>>,
    next: Option<Entry>,
    /// The latest time so far: entries without one stand where those before them do.
    time: Option<i64>,
    counts: Counts,
}

impl Reader<'_> {
    fn advance(&mut self) {
        loop {
            if let Some(entries) = &mut self.entries {
                if let Some(entry) = entries.next() {
                    self.time = entry.time.or(self.time);
                    self.next = Some(entry);
                    return;
                }
                self.counts.add(entries.counts().clone());
                self.entries = None;
            }
            let Some(path) = self.source.files.get(self.file) else {
                self.next = None;
                return;
            };
            let number = u16::try_from(self.file).unwrap_or(u16::MAX);
            match open(path) {
                Ok(reader) => self.entries = Some(Entries::new(reader, number, Some(self.source.sid))),
                Err(error) => self.counts.broken.push((path.clone(), error.to_string())),
            }
            self.file += 1;
        }
    }
}

/// Tells what logs say, line by line, without asking the machine. Nothing is kept of what has been told. The counts are
/// those of each source.
pub fn as_logged(sources: &[Source], out: &mut impl Write) -> io::Result<Vec<Counts>> {
    let mut readers: Vec<Reader<'_>> = sources
        .iter()
        .map(|source| {
            let counts = Counts::default();
            Reader { source, file: 0, entries: None, next: None, time: None, counts }
        })
        .collect();
    readers.iter_mut().for_each(Reader::advance);
    loop {
        let first = (0..readers.len())
            .filter(|at| readers[*at].next.is_some())
            .min_by_key(|at| (readers[*at].time.is_some(), readers[*at].time, *at));
        let Some(reader) = first.map(|at| &mut readers[at]) else { break };
        let Some(entry) = reader.next.take() else { break };
        if let Some(what) = words(&entry) {
            let when = When { entry: entry.line as usize, time: entry.time };
            writeln!(out, "{:>12}  {:<6} {what}", moment(when), reader.source.name)?;
        }
        reader.advance();
    }
    Ok(readers.into_iter().map(|reader| reader.counts).collect())
}
