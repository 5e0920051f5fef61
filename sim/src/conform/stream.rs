//! The entries of one file, one after the other: nothing is kept of a line that is not understood, and no line is longer
//! than memory allows.

use super::cause::{folded, follow};
use super::counts::Counts;
use super::event::{Entry, Event};
use super::line::{Head, head, without_end};
use super::message::{self, Said, why};
use super::release::Clues;
use super::thread::Threads;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use zablab_protocol::Sid;

/// The longest line that is looked at, in bytes.
const LONGEST: usize = 1 << 20;
/// What is read of a file at once.
const CHUNK: usize = 1 << 16;

/// Opens a log, plain or in gzip; what it is, its first bytes say.
pub fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::with_capacity(CHUNK, File::open(path)?);
    match file.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        true => Ok(Box::new(BufReader::with_capacity(CHUNK, MultiGzDecoder::new(file)))),
        false => Ok(Box::new(file)),
    }
}

/// What the next line of a text is.
pub(super) enum Next {
    /// It is in the buffer, with its end.
    Line,
    /// It is longer than [`LONGEST`], and passed over.
    Giant,
    /// There is none.
    End,
}

/// Reads a line into `buffer`.
pub(super) fn next_line(reader: &mut impl BufRead, buffer: &mut Vec<u8>) -> io::Result<Next> {
    buffer.clear();
    let limit = LONGEST as u64 + 1;
    let length = reader.by_ref().take(limit).read_until(b'\n', buffer)?;
    if length == 0 {
        return Ok(Next::End);
    }
    if length > LONGEST && buffer.last() != Some(&b'\n') {
        reader.skip_until(b'\n')?;
        return Ok(Next::Giant);
    }
    Ok(Next::Line)
}

/// The entries of a file. What became of the lines that make none, [`Entries::counts`] says.
pub struct Entries<R> {
    reader: R,
    file: u16,
    sid: Option<Sid>,
    buffer: Vec<u8>,
    line: u32,
    /// The last entry: what follows may be its stack trace.
    pending: Option<Entry>,
    /// Nothing more comes.
    done: bool,
    counts: Counts,
    error: Option<io::Error>,
    threads: Threads,
    clues: Clues,
}

impl<R: BufRead> Entries<R> {
    /// The entries of server `sid` in a text; without one, those of all. `file` is what they say of where they stand.
    pub fn new(reader: R, file: u16, sid: Option<Sid>) -> Entries<R> {
        Entries {
            reader,
            file,
            sid,
            buffer: Vec::new(),
            line: 0,
            pending: None,
            done: false,
            counts: Counts::default(),
            error: None,
            threads: Threads::default(),
            clues: Clues::default(),
        }
    }

    /// What has become of the lines so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Why the text ended before its end, if it did.
    pub fn error(&self) -> Option<&io::Error> {
        self.error.as_ref()
    }

    pub(super) fn end(self) -> (Counts, Clues, Option<io::Error>) {
        (self.counts, self.clues, self.error)
    }

    /// Takes the line in the buffer. Gives the entry that is complete with it.
    fn take(&mut self) -> Option<Entry> {
        let buffer = std::mem::take(&mut self.buffer);
        let line = without_end(&buffer);
        let complete = match head(line) {
            Some(head) => {
                self.counts.headed += 1;
                let complete = self.pending.take();
                self.pending = self.said(&head);
                complete
            }
            None => {
                self.headless(line);
                None
            }
        };
        self.buffer = buffer;
        complete.map(finished)
    }

    fn said(&mut self, head: &Head<'_>) -> Option<Entry> {
        if let (Some(own), Some(sid)) = (self.sid, head.myid)
            && own != sid
        {
            *self.counts.other_servers.entry(sid).or_default() += 1;
            return None;
        }
        if head.below_info {
            self.counts.ignore(why::DEBUG);
            return None;
        }
        if let Some(version) = head.message.strip_prefix(b"Server environment:zookeeper.version=") {
            self.clues.version(&String::from_utf8_lossy(version));
        }
        let class = message::class(head.class);
        if let Some(why) = class.as_ref().and_then(message::Class::ignored) {
            self.counts.ignore(why);
            return None;
        }
        let Ok(text) = std::str::from_utf8(head.message) else {
            self.counts.invalid_utf8 += 1;
            return None;
        };
        let Some(class) = class else {
            self.counts.odd(self.file, self.line, text, None);
            return None;
        };
        let (said, span) = class.read(text);
        if let Some(span) = span {
            self.clues.text(span);
        }
        match said {
            Said::Event(event) => {
                self.counts.protocol += 1;
                if matches!(event, Event::Looking | Event::Role { .. }) {
                    self.clues.main_loop(head.source);
                }
                let thread = self.threads.of(head.thread, head.class);
                let (file, line, time, cause) = (self.file, self.line, head.time, folded(text));
                return Some(Entry { file, line, time, thread, event, cause });
            }
            Said::Ignored(why) => self.counts.ignore(why),
            Said::Malformed(pattern) => self.counts.odd(self.file, self.line, text, Some(pattern)),
            Said::Unknown => self.counts.odd(self.file, self.line, text, None),
        }
        None
    }

    fn headless(&mut self, line: &[u8]) {
        match std::str::from_utf8(line) {
            Ok(text) if !line.contains(&0) => {
                self.counts.trace_lines += 1;
                if let Some(entry) = &mut self.pending {
                    follow(&mut entry.cause, text);
                }
            }
            _ => self.counts.invalid_utf8 += 1,
        }
    }
}

/// Up to 3.5 the reason of a leader's end is in the exception that it logs.
fn finished(mut entry: Entry) -> Entry {
    if let (Event::LeaderShutdown { reason, .. }, Some(cause)) = (&entry.event, &entry.cause)
        && reason.is_empty()
        && let Some((_, reason)) = cause.split_once("reason: ")
    {
        entry.event = message::shutdown(reason);
    }
    entry
}

impl<R: BufRead> Iterator for Entries<R> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        while !self.done {
            match next_line(&mut self.reader, &mut self.buffer) {
                Ok(Next::Line) => {
                    self.counts.lines += 1;
                    self.line = self.line.saturating_add(1);
                    if let Some(entry) = self.take() {
                        return Some(entry);
                    }
                }
                Ok(Next::Giant) => {
                    self.counts.lines += 1;
                    self.counts.giant += 1;
                    self.line = self.line.saturating_add(1);
                }
                Ok(Next::End) => self.done = true,
                Err(error) => {
                    self.error = Some(error);
                    self.done = true;
                }
            }
        }
        self.pending.take().map(finished)
    }
}

#[cfg(test)]
mod tests;
