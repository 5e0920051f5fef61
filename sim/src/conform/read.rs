//! Puts it together: files to servers, servers to ensembles.

use super::counts::Counts;
use super::event::{Entry, Event, Thread};
use super::members::Members;
use super::release::{Clues, Release};
use super::source::{Skipped, Sniffed, files_below, name_of, number_of, sniff};
use super::stream::{Entries, open};
use super::txns::Txns;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
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

/// What was found, before a log is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The servers of each ensemble, by its folder.
    pub ensembles: Vec<(PathBuf, Vec<Source>)>,
    /// Files that will not be read, as far as somebody might wonder why.
    pub skipped: Vec<Skipped>,
}

/// The log of one server, not read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its id.
    pub sid: Sid,
    /// What its folder or file is called, `zk1`.
    pub name: String,
    /// Its files, oldest first.
    pub files: Vec<PathBuf>,
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

/// Finds the logs of servers. A file is taken as it is; a folder is searched with all below it. `sid` is whose log it is
/// where nothing else says so.
pub fn find(paths: &[PathBuf], sid: Option<Sid>) -> Found {
    let mut found = Found::default();
    let (mut named, mut searched) = (Vec::new(), Vec::new());
    for path in paths {
        if path.is_dir() {
            files_below(path, &mut searched, &mut found.skipped);
        } else {
            named.push(path.clone());
        }
    }
    let mut sniffs = |files: Vec<PathBuf>, all: bool| {
        let mut logs: Vec<Sniffed> = Vec::new();
        for path in files {
            match sniff(&path, sid) {
                Ok(Some(log)) if logs.iter().any(|other| other.path == log.path) => {}
                Ok(Some(log)) => logs.push(log),
                Ok(None) if all => {
                    let why = "no line of a ZooKeeper server in its first 64 KB".to_owned();
                    found.skipped.push(Skipped { path, why });
                }
                Ok(None) => {}
                Err(why) => found.skipped.push(Skipped { path, why }),
            }
        }
        logs
    };
    let (named, searched) = (sniffs(named, true), sniffs(searched, false));
    let mut ensembles: BTreeMap<PathBuf, BTreeMap<(Sid, PathBuf), Vec<Sniffed>>> = BTreeMap::new();
    // Who names files says what belongs together, as long as each server is named once.
    let folders: BTreeSet<(Sid, &Path)> = named.iter().map(|log| (log.sid, folder(&log.path))).collect();
    let sids: BTreeSet<Sid> = named.iter().map(|log| log.sid).collect();
    let together = (folders.len() == sids.len()).then(|| common(&named));
    for log in &named {
        let at = together.clone().unwrap_or_else(|| home(log, &named));
        ensembles.entry(at).or_default().entry(key(log)).or_default().push(log.clone());
    }
    for log in &searched {
        let logs = ensembles.entry(home(log, &searched)).or_default().entry(key(log)).or_default();
        if !logs.contains(log) {
            logs.push(log.clone());
        }
    }
    found.ensembles = ensembles
        .into_iter()
        .map(|(folder, servers)| {
            (folder, servers.into_iter().map(|((sid, _), logs)| source(sid, logs)).collect())
        })
        .collect();
    found
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

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

fn key(log: &Sniffed) -> (Sid, PathBuf) {
    (log.sid, folder(&log.path).to_owned())
}

/// The nearest folder that all lie in.
fn common(logs: &[Sniffed]) -> PathBuf {
    let mut folders = logs.iter().map(|log| folder(&log.path));
    let mut common = folders.next().unwrap_or(Path::new("")).to_owned();
    for folder in folders {
        while !folder.starts_with(&common) && common.pop() {}
    }
    common
}

/// Where the ensemble of a log lies: its folder, or what holds that if it is one server's own.
fn home(log: &Sniffed, all: &[Sniffed]) -> PathBuf {
    let own = folder(&log.path);
    let alone = all.iter().all(|other| folder(&other.path) != own || other.sid == log.sid);
    let names_file = number_of(name_of(&log.path)) == Some(log.sid);
    let names_folder = number_of(name_of(own)) == Some(log.sid);
    match own.parent() {
        Some(parent) if alone && (names_folder || !names_file) => parent.to_owned(),
        _ => own.to_owned(),
    }
}

fn source(sid: Sid, mut logs: Vec<Sniffed>) -> Source {
    // Rotated files are numbered backwards: `zk.log.2`, `zk.log.1`, `zk.log`.
    let turn = |log: &Sniffed| {
        let name = name_of(&log.path).trim_end_matches(".gz");
        let turn = name.rsplit('.').next().and_then(|end| end.parse::<u64>().ok());
        std::cmp::Reverse(turn.unwrap_or(0))
    };
    logs.sort_by_key(|log| (log.first, turn(log), log.path.clone()));
    let numbered = |name: &&str| number_of(name) == Some(sid);
    let names = logs.first().map(|log| [name_of(folder(&log.path)), name_of(&log.path)]);
    let name = names.into_iter().flatten().find(numbered).and_then(|name| name.split('.').next());
    let name = name.map_or_else(|| format!("zk{sid}"), str::to_owned);
    Source { sid, name, files: logs.into_iter().map(|log| log.path).collect() }
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
        let Source { sid, name, files } = self;
        (ServerLog { sid, name, files, entries, counts, members, txns, is_excerpt, notes }, clues)
    }

    fn folder(&self) -> &Path {
        self.files.first().map_or(Path::new(""), |path| folder(path))
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
        if !path.is_file() || number_of(name_of(self.folder())) != Some(self.sid) {
            return None;
        }
        Txns::open(&path).map_err(|error| notes.push(format!("{}: {error}", path.display()))).ok()
    }
}

#[cfg(test)]
mod tests;
