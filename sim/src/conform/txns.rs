//! A server's transaction logs, decoded: `txns.txt` beside its log.
//!
//! `# log.100000001` begins a file, `0x100000001 session=0x… cxid=0 create /a` is an entry, and a line that begins with
//! `...` says that entries are left out.

use super::fields::{hex, number, session};
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use zablab_protocol::{SessionId, Zxid};

/// The transaction logs of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Txns {
    /// Where this stands.
    pub path: PathBuf,
    /// The files, in their order.
    pub files: Vec<TxnFile>,
    /// Lines that could not be read: their numbers, from 1, and what they say.
    pub odd: Vec<(u32, String)>,
}

/// One file of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TxnFile {
    /// The zxid in its name, `log.N`; `None` where entries stand before any name.
    pub begins: Option<Zxid>,
    /// Its entries.
    pub entries: Vec<TxnLine>,
    /// Where entries are left out: before the entry of this index; and how many, if it says.
    pub cut: Option<(usize, Option<u64>)>,
}

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxnLine {
    /// Its zxid.
    pub zxid: Zxid,
    /// Whose it is.
    pub session: SessionId,
    /// The client's number of the request.
    pub cxid: i32,
    /// `create`, `setData`, `createSession`, `error` and so on.
    pub kind: Box<str>,
    /// The path, where the kind has one.
    pub path: Option<Box<str>>,
}

impl Txns {
    /// Every transaction that is not left out.
    pub fn entries(&self) -> impl Iterator<Item = &TxnLine> {
        self.files.iter().flat_map(|file| &file.entries)
    }

    /// Whether transactions are left out.
    pub fn is_cut(&self) -> bool {
        self.files.iter().any(|file| file.cut.is_some())
    }

    /// Reads a file.
    pub fn open(path: &Path) -> io::Result<Txns> {
        let mut txns = Txns::read(super::stream::open(path)?)?;
        txns.path = path.to_owned();
        Ok(txns)
    }

    /// Reads a text.
    pub fn read(mut reader: impl BufRead) -> io::Result<Txns> {
        use super::stream::{Next, next_line};
        let mut txns = Txns::default();
        let mut buffer = Vec::new();
        for number in 1.. {
            match next_line(&mut reader, &mut buffer)? {
                Next::End => break,
                Next::Giant => txns.odd.push((number, String::new())),
                Next::Line => {
                    let text = String::from_utf8_lossy(&buffer);
                    if txns.take(text.trim()).is_none() {
                        txns.odd.push((number, text.trim().chars().take(200).collect()));
                    }
                }
            }
        }
        Ok(txns)
    }

    fn take(&mut self, line: &str) -> Option<()> {
        if line.is_empty() {
            return Some(());
        }
        if let Some(name) = line.strip_prefix('#') {
            let begins = Some(hex(name.trim().strip_prefix("log.")?)?);
            self.files.push(TxnFile { begins, ..TxnFile::default() });
            return Some(());
        }
        let left_out = line.strip_prefix("...");
        let entry = if left_out.is_none() { Some(entry(line)?) } else { None };
        if self.files.is_empty() {
            self.files.push(TxnFile::default());
        }
        let file = self.files.last_mut()?;
        if let Some(left_out) = left_out {
            file.cut = Some((file.entries.len(), number(left_out)));
        }
        file.entries.extend(entry);
        Some(())
    }
}

fn entry(line: &str) -> Option<TxnLine> {
    let mut words = line.split_ascii_whitespace();
    let zxid = hex(words.next()?.strip_prefix("0x")?)?;
    let session = session(words.next()?.strip_prefix("session=")?)?;
    let cxid = number(words.next()?.strip_prefix("cxid=")?)?;
    let kind = words.next()?.into();
    let path = words.next().filter(|word| word.starts_with('/')).map(Into::into);
    Some(TxnLine { zxid, session, cxid, kind, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_entries_and_what_is_left_out_are_told() {
        let text = "# log.100000001\n0x100000001 session=0x100000d2e190000 cxid=0 createSession timeout=10000\n\
            0x100000002 session=0x100000d2e190000 cxid=1 create /a\r\n... 304 more entries ...\n\
            0x200000001 session=0xffffffffffffffff cxid=-2 error err=-110\n\n# log.200000002\nwhat\n";
        let txns = Txns::read(text.as_bytes()).unwrap();
        assert_eq!(txns.files.len(), 2);
        assert_eq!(txns.files[0].begins, Some(Zxid(0x1_0000_0001)));
        assert_eq!(txns.files[0].cut, Some((2, Some(304))));
        assert_eq!(txns.odd, [(8, "what".to_owned())]);
        let lines: Vec<&TxnLine> = txns.entries().collect();
        assert_eq!((&*lines[0].kind, lines[0].path.as_deref()), ("createSession", None));
        assert_eq!((&*lines[1].kind, lines[1].path.as_deref()), ("create", Some("/a")));
        assert_eq!((lines[2].session, lines[2].cxid), (SessionId(-1), -2));
        assert!(txns.is_cut());
    }
}
