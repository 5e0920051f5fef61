//! Finds the logs of servers among files and folders, and tells whose they are.

use super::event::Event;
use super::line::{head, position};
use super::message;
use super::message::Said;
use super::stream::{Next, next_line, open};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use zablab_protocol::Sid;

/// How much of a file is looked at to tell what it is.
const HEAD: u64 = 1 << 16;

/// A log whose server is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sniffed {
    pub(super) path: PathBuf,
    pub(super) sid: Sid,
    /// The first time stamp in it.
    pub(super) first: Option<i64>,
}

/// A file, and why it is not read as a server's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file.
    pub path: PathBuf,
    /// The reason.
    pub why: String,
}

/// What the beginning of a file looks like.
#[derive(Debug, Default)]
struct Look {
    /// Lines with a head, of a class of ZooKeeper's.
    lines: u64,
    /// Their `[myid:N]`.
    ids: BTreeMap<Sid, u64>,
    /// The sids that threads and messages name as the writer's own.
    named: BTreeSet<Sid>,
    first: Option<i64>,
    /// Words of servers in lines without heads.
    bare: bool,
}

/// What only servers say.
const WORDS: [&[u8]; 4] =
    [b"Notification: ", b"New election. My id", b"Peer state changed: ", b"LEADER ELECTION TOOK"];

fn look(path: &Path) -> io::Result<Look> {
    let mut look = Look::default();
    let mut reader = BufReader::new(open(path)?.take(HEAD));
    let mut buffer = Vec::new();
    loop {
        match next_line(&mut reader, &mut buffer) {
            Ok(Next::Line) => look.take(&buffer),
            Ok(Next::Giant) => {}
            Ok(Next::End) => return Ok(look),
            // A broken archive may have a beginning.
            Err(_) if look.lines > 0 => return Ok(look),
            Err(error) => return Err(error),
        }
    }
}

impl Look {
    fn take(&mut self, line: &[u8]) {
        let Some(head) = head(super::line::without_end(line)) else {
            self.bare |= WORDS.iter().any(|word| position(line, word).is_some());
            return;
        };
        let Some(class) = message::class(head.class) else { return };
        self.lines += 1;
        self.first = self.first.or(head.time);
        if let Some(sid) = head.myid {
            *self.ids.entry(sid).or_default() += 1;
        }
        let thread = String::from_utf8_lossy(head.thread);
        let of_thread =
            thread.split_once("[myid=").and_then(|(_, rest)| super::fields::sid(rest.split(']').next()?));
        self.named.extend(of_thread);
        if let Ok(text) = std::str::from_utf8(head.message)
            && let Said::Event(event) = class.read(text).0
        {
            self.named.extend(match event {
                Event::StartingPeer { sid } | Event::ElectionPortOpen { sid } => sid,
                Event::NewElection { sid, .. } => Some(sid),
                _ => None,
            });
        }
    }

    /// The server that wrote it, if it says so. `hint` is what names say.
    fn writer(&self, hint: Option<Sid>) -> Result<Option<Sid>, String> {
        let several = |sids: Vec<&Sid>| {
            let sids: Vec<String> = sids.into_iter().map(ToString::to_string).collect();
            Err(format!("it holds lines of servers {} side by side", sids.join(", ")))
        };
        let total: u64 = self.ids.values().sum();
        if let Some((most, count)) = self.ids.iter().max_by_key(|(_, count)| **count) {
            return match hint.filter(|sid| self.ids.contains_key(sid)) {
                Some(sid) => Ok(Some(sid)),
                None if count * 4 >= total * 3 => Ok(Some(*most)),
                None => several(self.ids.keys().collect()),
            };
        }
        match (self.named.first(), self.named.len(), hint.filter(|sid| self.named.contains(sid))) {
            (Some(only), 1, _) => Ok(Some(*only)),
            (_, _, Some(sid)) => Ok(Some(sid)),
            (None, ..) => Ok(None),
            _ => several(self.named.iter().collect()),
        }
    }
}

/// The number that a name ends with, before its extensions: `zk1`, `zk1.log`, `server-2`, `zk1.log.2.gz`.
pub(super) fn number_of(name: &str) -> Option<Sid> {
    let stem = name.split('.').next()?;
    let digits = stem.len() - stem.bytes().rev().take_while(u8::is_ascii_digit).count();
    stem[digits..].parse().ok().map(Sid)
}

pub(super) fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or("")
}

/// The sid that a file `myid` beside a log says.
fn myid_beside(folder: &Path) -> Option<Sid> {
    let text = fs::read_to_string(folder.join("myid")).ok()?;
    text.lines().next()?.trim().parse().ok().map(Sid)
}

/// Tells whose log a file is. `Ok(None)`: it is none.
pub(super) fn sniff(path: &Path, given: Option<Sid>) -> Result<Option<Sniffed>, String> {
    let look = look(path).map_err(|error| error.to_string())?;
    if look.lines == 0 {
        return match look.bare {
            true => Err("it holds what servers say, in lines without heads".to_owned()),
            false => Ok(None),
        };
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let by_name = number_of(name_of(folder)).or_else(|| number_of(name_of(path)));
    let sid = look.writer(by_name)?.or_else(|| myid_beside(folder)).or(by_name).or(given);
    let sid = sid.ok_or("nothing says which server wrote it; `--sid` can")?;
    Ok(Some(Sniffed { path: path.to_owned(), sid, first: look.first }))
}

/// Every file below a folder, in order of names. Links to folders are not followed.
pub(super) fn files_below(folder: &Path, files: &mut Vec<PathBuf>, skipped: &mut Vec<Skipped>) {
    let mut entries: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect(),
        Err(error) => {
            skipped.push(Skipped { path: folder.to_owned(), why: error.to_string() });
            return;
        }
    };
    entries.sort();
    for path in entries {
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|data| data.is_dir());
        // Pipes and sockets could be waited for without end.
        let is_file = !is_folder && fs::metadata(&path).is_ok_and(|data| data.is_file());
        if is_folder {
            files_below(&path, files, skipped);
        } else if is_file {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_with_its_number() {
        for (name, number) in [
            ("zk1", Some(1)),
            ("zk1.log", Some(1)),
            ("zk12.log.2.gz", Some(12)),
            ("server-2", Some(2)),
            ("zk.log", None),
            ("a-start-123", Some(123)),
            ("", None),
        ] {
            assert_eq!(number_of(name), number.map(Sid), "{name}");
        }
    }

    #[test]
    fn the_writer_is_who_wrote_most_or_whom_the_name_names() {
        let of = |lines: &[(i64, u64)]| Look {
            ids: lines.iter().map(|(sid, count)| (Sid(*sid), *count)).collect(),
            ..Look::default()
        };
        assert_eq!(of(&[(1, 10)]).writer(Some(Sid(2))), Ok(Some(Sid(1))));
        assert_eq!(of(&[(1, 9), (2, 3)]).writer(None), Ok(Some(Sid(1))));
        assert_eq!(of(&[(1, 5), (2, 5)]).writer(Some(Sid(2))), Ok(Some(Sid(2))));
        let merged = of(&[(1, 5), (2, 5)]).writer(Some(Sid(3)));
        assert_eq!(merged, Err("it holds lines of servers 1, 2 side by side".to_owned()));
        assert_eq!(Look::default().writer(Some(Sid(2))), Ok(None));
    }
}
