//! Reads the logs that were found, with what lies beside them.

use super::counts::Counts;
use super::event::{Entry, Event, Thread};
use super::find::{Source, find};
use super::members::Members;
use super::release::{Clues, Release};
use super::source::Skipped;
use super::stream::{Entries, open};
use super::txns::Txns;
use std::path::PathBuf;
use zablab_protocol::Sid;

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// By their folders.
    pub ensembles: Vec<Ensemble>,
    /// Files that are not read, as far as somebody might wonder why.
    pub skipped: Vec<Skipped>,
}

/// The logs of servers that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ensemble {
    /// Where they lie.
    pub folder: PathBuf,
    /// By sid. Two have the same where two processes ran with it.
    pub servers: Vec<ServerLog>,
    /// What wrote them.
    pub release: Release,
}

/// What one server logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerLog {
    /// Its id.
    pub sid: Sid,
    /// What its folder or file is called, `zk1`.
    pub name: String,
    /// Its files, oldest first.
    pub files: Vec<PathBuf>,
    /// What it said, in the order of the lines.
    pub entries: Vec<Entry>,
    /// What became of the lines.
    pub counts: Counts,
    /// What its zoo.cfg says, if one lies beside.
    pub members: Option<Members>,
    /// What its transaction logs hold, if that lies beside.
    pub txns: Option<Txns>,
    /// Lines are missing: it does not begin with a process's start, or a process works of which no start is told.
    pub is_excerpt: bool,
    /// What is wrong with files beside it.
    pub notes: Vec<String>,
}

/// What a log came to when nobody kept its entries.
#[derive(Clone, Debug)]
pub struct Visit {
    /// What became of the lines.
    pub counts: Counts,
    /// What wrote them.
    pub release: Release,
    /// Lines are missing.
    pub is_excerpt: bool,
    clues: Clues,
}

/// Reads the logs of servers; [`find`] says which.
pub fn read(paths: &[PathBuf], sid: Option<Sid>) -> Reading {
    let found = find(paths, sid);
    let ensembles = found.ensembles.into_iter().map(|(folder, sources)| {
        let mut clues = Clues::default();
        let servers = sources.into_iter().map(|source| {
            let (log, told) = source.read();
            clues.add(&told);
            log
        });
        let servers = servers.collect();
        Ensemble { folder, servers, release: clues.release() }
    });
    Reading { ensembles: ensembles.collect(), skipped: found.skipped }
}

/// Whether lines are missing.
#[derive(Debug, Default)]
struct Starts {
    begun: bool,
    missing: bool,
    loaded: bool,
}

impl Starts {
    fn take(&mut self, entry: &Entry) {
        let starts = entry.event == Event::ReadingConfig;
        self.missing |= !self.begun && !starts;
        self.begun = true;
        match entry.event {
            Event::ReadingConfig | Event::StartingPeer { .. } => self.loaded = false,
            // Once a process, before it does anything else.
            Event::DatabaseLoaded { .. } if entry.thread == Thread::Boot => {
                self.missing |= self.loaded;
                self.loaded = true;
            }
            _ => {}
        }
    }

    fn is_excerpt(&self) -> bool {
        self.missing || !self.begun
    }
}

impl Source {
    /// Reads the log, keeps nothing of it, and shows each entry as it comes.
    pub fn visit(&self, mut see: impl FnMut(Entry)) -> Visit {
        let (mut counts, mut clues, mut starts) = (Counts::default(), Clues::default(), Starts::default());
        for (number, path) in self.files.iter().enumerate() {
            let reader = match open(path) {
                Ok(reader) => reader,
                Err(error) => {
                    counts.broke(path, &error);
                    continue;
                }
            };
            let mut entries = Entries::new(reader, u16::try_from(number).unwrap_or(u16::MAX), Some(self.sid));
            for entry in &mut entries {
                starts.take(&entry);
                see(entry);
            }
            let (of_file, told, error) = entries.end();
            counts.add(of_file);
            clues.add(&told);
            if let Some(error) = error {
                counts.broke(path, &error);
            }
        }
        Visit { counts, release: clues.release(), is_excerpt: starts.is_excerpt(), clues }
    }

    /// Reads the log, and what lies beside it.
    fn read(self) -> (ServerLog, Clues) {
        let mut entries = Vec::new();
        let Visit { counts, is_excerpt, clues, .. } = self.visit(|entry| entries.push(entry));
        let mut notes = Vec::new();
        let (members, txns) = (self.members(&mut notes), self.txns(&mut notes));
        let Source { sid, name, files, .. } = self;
        (ServerLog { sid, name, files, entries, counts, members, txns, is_excerpt, notes }, clues)
    }

    /// What the zoo.cfg beside the log says; what is wrong with it goes to `notes`.
    pub fn members(&self, notes: &mut Vec<String>) -> Option<Members> {
        let beside = self.folder();
        let above = beside.parent().unwrap_or(beside);
        let (sid, name) = (self.sid, &self.name);
        let candidates = [
            beside.join(format!("{name}.cfg")),
            beside.join(format!("zoo{sid}.cfg")),
            beside.join("zoo.cfg"),
            beside.join("conf/zoo.cfg"),
            above.join("zoo.cfg"),
        ];
        let path = candidates.into_iter().find(|path| path.is_file())?;
        Members::open(&path).map_err(|why| notes.push(why)).ok()
    }

    /// What the decoded transaction logs beside the log hold; what is wrong with them goes to `notes`.
    pub fn txns(&self, notes: &mut Vec<String>) -> Option<Txns> {
        let path = self.folder().join("txns.txt");
        // One for several servers would be nobody's.
        if !path.is_file() || !self.alone {
            return None;
        }
        Txns::open(&path).map_err(|error| notes.push(format!("{}: {error}", path.display()))).ok()
    }
}

#[cfg(test)]
mod tests;
