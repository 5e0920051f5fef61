//! A walk over the words of a line that remembers what it looked for, so that errors can say it.

mod names;

use std::ops::Range;

use super::super::diagnostic::Fault;
use super::super::lex::Word;
use super::super::time::{Misfit, Time};
use super::super::words::{self, Port, Vocabulary, either, listed, shown};
pub(super) use names::{Names, Role};

pub(super) struct Cursor<'a, 't> {
    words: &'a mut Vec<Word<'t>>,
    at: usize,
    names: &'a Names,
    /// Words of the language that could have stood here and did not.
    tried: Vec<&'static str>,
}

impl<'a, 't> Cursor<'a, 't> {
    pub(super) fn new(words: &'a mut Vec<Word<'t>>, names: &'a Names) -> Cursor<'a, 't> {
        Cursor { words, at: 0, names, tried: Vec::new() }
    }

    pub(super) fn peek(&self) -> Option<&Word<'t>> {
        self.words.get(self.at)
    }

    /// The next word, if it is not quoted.
    pub(super) fn peek_bare(&self) -> Option<&str> {
        self.peek().filter(|word| !word.quoted).map(|word| word.text.as_ref())
    }

    /// The word after the next one, if it is not quoted.
    pub(super) fn peek_second(&self) -> Option<&str> {
        self.words.get(self.at + 1).filter(|word| !word.quoted).map(|word| word.text.as_ref())
    }

    /// How many words are left.
    pub(super) fn left(&self) -> usize {
        self.words.len() - self.at
    }

    /// The place right behind the last word read.
    pub(super) fn behind(&self) -> Range<usize> {
        let end = self.at.checked_sub(1).map_or(0, |last| self.words[last].end);
        end..end
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
        self.tried.clear();
    }

    /// Reads the word if it stands here.
    pub(super) fn eat(&mut self, word: &'static str) -> bool {
        if self.peek_bare() == Some(word) {
            self.advance();
            return true;
        }
        if !self.tried.contains(&word) {
            self.tried.push(word);
        }
        false
    }

    pub(super) fn expect(&mut self, word: &'static str) -> Result<(), Fault> {
        if self.eat(word) {
            return Ok(());
        }
        let tried = self.tried.clone();
        Err(self.no(&either(tried.iter().copied()), &tried))
    }

    /// The next word whatever it is.
    pub(super) fn any(&mut self, wanted: &str) -> Result<Word<'t>, Fault> {
        let Some(word) = self.peek().cloned() else {
            return Err(self.missing(wanted));
        };
        self.advance();
        Ok(word)
    }

    /// The line ends where `wanted` should stand.
    pub(super) fn missing(&self, wanted: &str) -> Fault {
        Fault::new(self.behind(), "the line ends too early", format!("expected {wanted}"))
    }

    /// The next word (or the end of the line) is not what is wanted; `known` are the words it could have been.
    pub(super) fn no(&self, wanted: &str, known: &[&'static str]) -> Fault {
        let list = |fault: Fault| {
            let told = known.iter().all(|word| wanted.contains(&format!("`{word}`")));
            if told {
                fault
            } else {
                fault.help(format!("expected one of {}", listed(known.iter().copied())))
            }
        };
        let Some(word) = self.peek() else {
            return list(self.missing(wanted));
        };
        let label = format!("expected {wanted}");
        let fault = Fault::new(word.start..word.end, format!("unexpected `{}`", shown(&word.text)), label);
        if word.quoted {
            return fault.help("quoted text is data, never a word of the language");
        }
        match words::nearest(&word.text, known.iter().copied()) {
            Some(near) => fault.suggest(Some(near)),
            None => list(fault),
        }
    }

    /// A word of a vocabulary.
    pub(super) fn one<V: Vocabulary>(&mut self, wanted: &str) -> Result<V, Fault> {
        match self.peek_bare().and_then(V::of) {
            Some(value) => {
                self.advance();
                Ok(value)
            }
            None => Err(self.no(wanted, V::WORDS)),
        }
    }

    /// The line must end here.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        let Some(word) = self.peek() else { return Ok(()) };
        let label = match self.tried.as_slice() {
            [] => "expected the end of the line".to_owned(),
            tried => format!("expected {} or the end of the line", listed(tried.iter().copied())),
        };
        let message = format!("unexpected `{}`", shown(&word.text));
        let fault = Fault::new(word.start..word.end, message, label);
        Err(fault.suggest(words::nearest(&word.text, self.tried.iter().copied())))
    }

    /// The colon of a trigger can stand right behind a word: makes it a word of its own.
    pub(super) fn split_colon(&mut self) {
        let Some(word) = self.words.get_mut(self.at) else {
            return;
        };
        if word.quoted || word.text.len() < 2 || !word.text.ends_with(':') {
            return;
        }
        let colon = Word { text: ":".into(), quoted: false, start: word.end - 1, end: word.end };
        word.text = word.text[..word.text.len() - 1].to_owned().into();
        word.end -= 1;
        self.words.insert(self.at + 1, colon);
    }

    pub(super) fn time(&mut self) -> Result<Time, Fault> {
        const WANTED: &str = "a time such as `14s` or `300ms`";
        let word = self.any(WANTED)?;
        let next_is_unit = matches!(self.peek_bare(), Some("ns" | "us" | "ms" | "s" | "min" | "h"));
        Time::read(&word.text).map_err(|misfit| {
            let text = shown(&word.text);
            let span = word.start..word.end;
            match misfit {
                Misfit::Form => {
                    Fault::new(span, format!("`{text}` is not a time"), format!("expected {WANTED}"))
                        .help("units are `ns`, `us`, `ms`, `s`, `min`, `h`")
                }
                Misfit::Unit if next_is_unit => Fault::new(
                    span,
                    format!("the time `{text}` has no unit"),
                    "expected the unit right behind the number",
                ),
                Misfit::Unit => {
                    Fault::new(span, format!("the time `{text}` has no unit"), format!("expected {WANTED}"))
                        .help("units are `ns`, `us`, `ms`, `s`, `min`, `h`")
                }
                Misfit::TooFine => {
                    Fault::new(span, format!("the time `{text}` is too fine"), "expected whole nanoseconds")
                }
                Misfit::TooLarge => {
                    Fault::new(span, format!("the time `{text}` is too long"), "more than 1000000000 s")
                }
            }
        })
    }

    /// A whole number within a range.
    pub(super) fn number(&mut self, what: &str, min: u64, max: u64) -> Result<u64, Fault> {
        let wanted = match (min, max) {
            (0, u64::MAX) => format!("{what}: a whole number"),
            _ => format!("{what}: a whole number from {min} to {max}"),
        };
        let word = self.any(&wanted)?;
        let digits = !word.quoted && word.text.bytes().all(|b| b.is_ascii_digit());
        match word.text.parse::<u64>() {
            Ok(number) if digits && (min..=max).contains(&number) => Ok(number),
            _ => {
                let message = format!("unexpected `{}`", shown(&word.text));
                Err(Fault::new(word.start..word.end, message, format!("expected {wanted}")))
            }
        }
    }

    pub(super) fn number_u32(&mut self, what: &str, min: u32, max: u32) -> Result<u32, Fault> {
        let number = self.number(what, min.into(), max.into())?;
        Ok(u32::try_from(number).unwrap_or(max))
    }

    /// A whole number from -1 on.
    pub(super) fn number_or_minus_one(&mut self, what: &str) -> Result<i32, Fault> {
        if self.eat("-1") {
            return Ok(-1);
        }
        let wanted = format!("expected {what}: a whole number from -1 to {}", i32::MAX);
        self.version(what).map_err(|fault| Fault { label: wanted, ..fault })
    }

    /// The version of a znode: a whole number from 0 on.
    pub(super) fn version(&mut self, what: &str) -> Result<i32, Fault> {
        let number = self.number(what, 0, i32::MAX as u64)?;
        Ok(i32::try_from(number).unwrap_or(i32::MAX))
    }

    /// The next word begins like a number.
    pub(super) fn at_number(&self) -> bool {
        self.peek_bare().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()))
    }

    pub(super) fn zxid(&mut self) -> Result<u64, Fault> {
        const WANTED: &str = "a zxid such as `0x100000002`";
        let word = self.any(WANTED)?;
        let hexadecimal = word.text.strip_prefix("0x").or_else(|| word.text.strip_prefix("0X"));
        let zxid = match hexadecimal {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
                u64::from_str_radix(digits, 16).ok()
            }
            None if word.text.bytes().all(|b| b.is_ascii_digit()) => word.text.parse().ok(),
            _ => None,
        };
        zxid.filter(|_| !word.quoted).ok_or_else(|| {
            let message = format!("unexpected `{}`", shown(&word.text));
            Fault::new(word.start..word.end, message, format!("expected {WANTED}"))
                .help("a zxid is hexadecimal behind `0x`, or decimal, of at most 64 bits")
        })
    }

    pub(super) fn path(&mut self) -> Result<String, Fault> {
        const WANTED: &str = "a path such as `/a/b`";
        let word = self.any(WANTED)?;
        let text = word.text.as_ref();
        let problem = match text.strip_prefix('/') {
            None => Some("expected a path, which begins with `/`"),
            Some("") => None,
            Some(_) if text.ends_with('/') => Some("expected a path without `/` at its end"),
            Some(below) if below.split('/').any(str::is_empty) => Some("expected a path without empty parts"),
            Some(_) if text.contains(char::is_control) => Some("expected a path without control characters"),
            Some(_) => None,
        };
        match problem {
            None => Ok(word.text.into_owned()),
            Some(problem) => {
                Err(Fault::new(word.start..word.end, format!("`{}` is not a path", shown(text)), problem))
            }
        }
    }

    /// `[on PORT]`
    pub(super) fn port(&mut self) -> Result<Option<Port>, Fault> {
        if self.eat("on") { Ok(Some(self.one("a port")?)) } else { Ok(None) }
    }
}
