//! What became of the lines of a log: every line is counted exactly once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zablab_protocol::Sid;

/// A line that is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odd {
    /// Which of the server's files.
    pub file: u16,
    /// Its number in the file, from 1.
    pub line: u32,
    /// What it says, without its head, cut to 200 characters.
    pub text: Box<str>,
    /// The pattern that it begins like; `None` where it begins like none.
    pub expected: Option<&'static str>,
}

/// How many examples of lines that are not understood are kept of a server.
pub(super) const EXAMPLES: usize = 50;
/// How many characters of an example.
const LENGTH: usize = 200;

/// What became of the lines of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub lines: u64,
    /// With a head. They are protocol, ignored, unknown, malformed, or another server's.
    pub headed: u64,
    /// Understood: an entry each.
    pub protocol: u64,
    /// Ignored on purpose, by the reason.
    pub ignored: BTreeMap<&'static str, u64>,
    /// Of a class or of a kind that nobody told the reader about.
    pub unknown: u64,
    /// The first of them.
    pub unknown_lines: Vec<Odd>,
    /// They begin like a known message, and do not go on like it.
    pub malformed: u64,
    /// The first of them.
    pub malformed_lines: Vec<Odd>,
    /// Without a head: stack traces, banners, empty lines.
    pub trace_lines: u64,
    /// Longer than a line may be, and passed over.
    pub giant: u64,
    /// Not text: invalid UTF-8, or NUL bytes without a head behind them.
    pub invalid_utf8: u64,
    /// Of other servers, by what `[myid:N]` says.
    pub other_servers: BTreeMap<Sid, u64>,
    /// Files that could not be read to their end, and why.
    pub broken: Vec<(PathBuf, String)>,
}

impl Counts {
    /// How many lines are counted under one heading or another; as many as [`Counts::lines`].
    pub fn sum(&self) -> u64 {
        let ignored: u64 = self.ignored.values().sum();
        let others: u64 = self.other_servers.values().sum();
        let headed = self.protocol + ignored + self.unknown + self.malformed + others;
        headed + self.trace_lines + self.giant + self.invalid_utf8
    }

    /// Adds those of another file.
    pub fn add(&mut self, other: Counts) {
        self.lines += other.lines;
        self.headed += other.headed;
        self.protocol += other.protocol;
        other.ignored.into_iter().for_each(|(why, count)| *self.ignored.entry(why).or_default() += count);
        self.unknown += other.unknown;
        self.unknown_lines.extend(other.unknown_lines);
        self.unknown_lines.truncate(EXAMPLES);
        self.malformed += other.malformed;
        self.malformed_lines.extend(other.malformed_lines);
        self.malformed_lines.truncate(EXAMPLES);
        self.trace_lines += other.trace_lines;
        self.giant += other.giant;
        self.invalid_utf8 += other.invalid_utf8;
        for (sid, count) in other.other_servers {
            *self.other_servers.entry(sid).or_default() += count;
        }
        self.broken.extend(other.broken);
    }

    pub(super) fn ignore(&mut self, why: &'static str) {
        *self.ignored.entry(why).or_default() += 1;
    }

    pub(super) fn odd(&mut self, file: u16, line: u32, text: &str, expected: Option<&'static str>) {
        let (count, examples) = match expected {
            None => (&mut self.unknown, &mut self.unknown_lines),
            Some(_) => (&mut self.malformed, &mut self.malformed_lines),
        };
        *count += 1;
        if examples.len() < EXAMPLES {
            let text = text.chars().take(LENGTH).collect::<String>().into();
            examples.push(Odd { file, line, text, expected });
        }
    }

    pub(super) fn broke(&mut self, path: &Path, why: &dyn std::fmt::Display) {
        self.broken.push((path.to_owned(), why.to_string()));
    }
}
