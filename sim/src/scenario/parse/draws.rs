//! Where draws come from, and draws that are given.

use super::super::ast::{Drawn, Draws, Pin, Span};
use super::super::diagnostic::Fault;
use super::super::lex::Word;
use super::super::time::Time;
use super::super::words::{Chance, Vocabulary, shown};
use super::cursor::Cursor;
use super::declare::{Declared, place};

impl Declared {
    /// `plain` or `of seed N`.
    pub(super) fn draws(&mut self, cursor: &mut Cursor<'_, '_>, span: Span) -> Result<Draws, Fault> {
        let draws = if cursor.eat("plain") {
            Draws::Plain
        } else {
            cursor.expect("of")?;
            cursor.expect("seed")?;
            Draws::Seed(cursor.number("a seed", 0, u64::MAX)?)
        };
        let line = span.line as usize;
        match self.draws.replace(line) {
            None => Ok(draws),
            Some(first) => {
                let bytes = span.start as usize..span.end as usize;
                let fault = Fault::new(bytes, "it is said twice where draws come from", "expected it once");
                Err(fault.help(format!("it is said first {}", place(first, line))))
            }
        }
    }

    /// `CHANCE PARTY [to PARTY on PORT] [link N|life N] [nth N] VALUE`
    pub(super) fn pin(&mut self, cursor: &mut Cursor<'_, '_>, span: Span) -> Result<Pin, Fault> {
        let chance: Chance = match cursor.peek_bare().and_then(Chance::of) {
            Some(chance) => {
                cursor.advance();
                chance
            }
            None => return Err(cursor.no("what is drawn", Chance::WORDS)),
        };
        let who = party(cursor)?;
        let mut to = None;
        if chance == Chance::Latency {
            cursor.expect("to")?;
            let whom = party(cursor)?;
            cursor.expect("on")?;
            to = Some((whom, cursor.one("a port")?));
        }
        let counts = if to.is_some() { "link" } else { "life" };
        let what = if to.is_some() { "which connection" } else { "which life of the process" };
        // The upper bits of a connection's number in the scheduler; more never come about.
        let number = if cursor.eat(counts) { cursor.number(what, 1, 1 << 60)? } else { 1 };
        let nth = if cursor.eat("nth") { cursor.number("which draw", 1, u64::MAX)? } else { 1 };
        let value = value(cursor, chance)?;
        let pin = Pin { chance, who, to, number, nth, value, span };
        let line = span.line as usize;
        match self.pins.insert((pin.chance, pin.who.clone(), pin.to.clone(), number, nth), line) {
            None => Ok(pin),
            Some(first) => {
                let bytes = span.start as usize..span.end as usize;
                let fault = Fault::new(bytes, "this draw is pinned twice", "expected one value");
                Err(fault.help(format!("it is pinned first {}", place(first, line))))
            }
        }
    }
}

/// A declared server, a client, or one of a workload's.
fn party(cursor: &mut Cursor<'_, '_>) -> Result<String, Fault> {
    if cursor.at_client() { cursor.client("a client") } else { cursor.name("a declared server or a client") }
}

fn value(cursor: &mut Cursor<'_, '_>, chance: Chance) -> Result<Drawn, Fault> {
    const BITS: &str = "64 bits such as `0x8000000000000000`";
    if !chance.is_bits() {
        return Ok(Drawn::Time(cursor.time()?));
    }
    let word: Word<'_> = cursor.any(BITS)?;
    let digits = word
        .text
        .strip_prefix("0x")
        .filter(|digits| !word.quoted && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()));
    match digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
        Some(bits) => Ok(Drawn::Bits(bits)),
        None => {
            let message = format!("unexpected `{}`", shown(&word.text));
            let fault = Fault::new(word.start..word.end, message, format!("expected {BITS}"));
            Err(if Time::parse(&word.text).is_some() {
                fault.help(format!("`{chance}` is no time; it decides by random bits"))
            } else {
                fault
            })
        }
    }
}
