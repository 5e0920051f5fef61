//! Which server's log each file is, and which servers belong together.

use super::source::{Skipped, Sniffed, files_below, name_of, number_of, sniff};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use zablab_protocol::Sid;

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
    /// Their folder is its own.
    pub(super) alone: bool,
}

impl Source {
    /// Where its files lie.
    pub(super) fn folder(&self) -> &Path {
        self.files.first().map_or(Path::new(""), |path| folder(path))
    }
}

/// The files of each server of an ensemble. Those in different folders are of different processes, whatever their sids.
type Servers = BTreeMap<(Sid, PathBuf), Vec<Sniffed>>;

/// Finds the logs of servers. A file is taken as it is; a folder is searched with all below it. `sid` is whose log it is
/// where nothing else says so.
pub fn find(paths: &[PathBuf], sid: Option<Sid>) -> Found {
    let mut skipped = Vec::new();
    let (mut named, mut searched) = (Vec::new(), Vec::new());
    for path in paths {
        if path.is_dir() {
            files_below(path, &mut searched, &mut skipped);
        } else {
            named.push(path.clone());
        }
    }
    let named = logs(named, sid, true, &mut skipped);
    let searched = logs(searched, sid, false, &mut skipped);
    // Who names files says what belongs together, as long as each server is named once.
    let folders: BTreeSet<(Sid, &Path)> = named.iter().map(|log| (log.sid, folder(&log.path))).collect();
    let sids: BTreeSet<Sid> = named.iter().map(|log| log.sid).collect();
    let together = (folders.len() == sids.len() && sids.len() > 1).then(|| common(&named));
    let named = named.iter().map(|log| (together.clone().unwrap_or_else(|| home(log, &named)), log));
    let searched = searched.iter().map(|log| (home(log, &searched), log));
    let mut ensembles: BTreeMap<PathBuf, Servers> = BTreeMap::new();
    for (home, log) in named.chain(searched) {
        let key = (log.sid, folder(&log.path).to_owned());
        let files = ensembles.entry(home).or_default().entry(key).or_default();
        if !files.contains(log) {
            files.push(log.clone());
        }
    }
    let ensembles = ensembles.into_iter().map(|(home, servers)| {
        let sources = servers.into_iter().map(|((sid, own), logs)| source(sid, own != home, logs));
        let sources = sources.collect();
        (home, sources)
    });
    Found { ensembles: ensembles.collect(), skipped }
}

/// Those of the files that are logs. `all`: who named them wants to know what is none.
fn logs(files: Vec<PathBuf>, sid: Option<Sid>, all: bool, skipped: &mut Vec<Skipped>) -> Vec<Sniffed> {
    let mut logs = Vec::new();
    for path in files {
        let why = match sniff(&path, sid) {
            Ok(Some(log)) => {
                logs.push(log);
                continue;
            }
            Ok(None) if !all => continue,
            Ok(None) => "no line of a ZooKeeper server in its first 64 KB".to_owned(),
            Err(why) => why,
        };
        skipped.push(Skipped { path, why });
    }
    logs
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
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

fn source(sid: Sid, alone: bool, mut logs: Vec<Sniffed>) -> Source {
    // Rotated files are numbered backwards: `zk.log.2`, `zk.log.1`, `zk.log`.
    let turn = |log: &Sniffed| {
        let name = name_of(&log.path).trim_end_matches(".gz");
        let turn = name.rsplit('.').next().and_then(|end| end.parse::<u64>().ok());
        std::cmp::Reverse(turn.unwrap_or(0))
    };
    logs.sort_by_key(|log| (log.first, turn(log), log.path.clone()));
    // A folder of its own has a name of its own, whatever the number in it; a file has to have the right one.
    let of_folder = logs.first().map(|log| name_of(folder(&log.path)));
    let of_folder = of_folder.filter(|name| alone && number_of(name).is_some());
    let of_file = logs.first().map(|log| name_of(&log.path)).filter(|name| number_of(name) == Some(sid));
    let name = of_folder.or(of_file).and_then(|name| name.split('.').next());
    let name = name.map_or_else(|| format!("zk{sid}"), str::to_owned);
    Source { sid, name, files: logs.into_iter().map(|log| log.path).collect(), alone }
}

#[cfg(test)]
mod tests;
