//! EDN, the notation of Clojure's data (<https://github.com/edn-format/edn>): text into forms.

use super::ReadError;
use super::form::{Form, Node, number};
use std::collections::BTreeSet;

/// How deep forms may lie within one another.
const DEEPEST: u32 = 100;

/// Takes forms from a text, one after the other.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

fn ends_token(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | '"' | '(' | ')' | '[' | ']' | '{' | '}' | ';')
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Reader<'a> {
        Reader { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn fault<T>(&self, at: usize, what: impl Into<String>, expected: &str) -> Result<T, ReadError> {
        Err(ReadError::at(self.text, at, what, expected))
    }

    /// Steps into a collection that holds the events, if one stands here; says how it ends.
    pub(super) fn enter(&mut self) -> Result<Option<char>, ReadError> {
        self.blanks(0)?;
        let close = match self.peek() {
            Some('[') => ']',
            Some('(') => ')',
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(close))
    }

    /// The next form, or nothing where the collection (or the text) ends.
    pub(super) fn next(&mut self, close: Option<char>) -> Result<Option<Node>, ReadError> {
        self.blanks(0)?;
        match (self.peek(), close) {
            (None, None) => Ok(None),
            (None, Some(close)) => {
                self.fault(self.at, "the text breaks off within a collection", &format!("`{close}`"))
            }
            (Some(c), Some(close)) if c == close => {
                self.at += 1;
                Ok(None)
            }
            (Some(_), _) => self.form(0).map(Some),
        }
    }

    /// Passes over blanks, comments and what is discarded.
    fn blanks(&mut self, depth: u32) -> Result<(), ReadError> {
        loop {
            let rest = self.rest().trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            self.at = self.text.len() - rest.len();
            if rest.starts_with(';') {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("#_") {
                self.at += 2;
                self.form(depth + 1)?;
            } else {
                return Ok(());
            }
        }
    }

    fn form(&mut self, depth: u32) -> Result<Node, ReadError> {
        if depth > DEEPEST {
            return self.fault(self.at, "forms lie too deep within one another", "at most 100 levels");
        }
        self.blanks(depth)?;
        let at = self.at;
        let form = match self.peek() {
            None => return self.fault(at, "the text breaks off", "a form"),
            Some('{') => self.map(depth)?,
            Some('[') => Form::Items(self.items(']', depth)?),
            Some('(') => Form::Items(self.items(')', depth)?),
            Some('"') => Form::Text(self.string()?),
            Some('\\') => Form::Text(self.character()?.into()),
            Some('#') => self.dispatch(depth)?,
            Some(c @ (']' | ')' | '}')) => return self.fault(at, format!("unexpected `{c}`"), "a form"),
            Some(_) => self.atom()?,
        };
        Ok(Node { at, form })
    }

    fn items(&mut self, close: char, depth: u32) -> Result<Vec<Node>, ReadError> {
        let open = self.at;
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blanks(depth)?;
            match self.peek() {
                Some(c) if c == close => {
                    self.at += 1;
                    return Ok(items);
                }
                None => return self.fault(open, "this is never closed", &format!("`{close}` behind it")),
                Some(_) => items.push(self.form(depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: u32) -> Result<Form, ReadError> {
        let open = self.at;
        let items = self.items('}', depth)?;
        if !items.len().is_multiple_of(2) {
            return self.fault(open, "this map has a key without a value", "pairs of key and value");
        }
        let mut entries = Vec::with_capacity(items.len() / 2);
        let mut keys = BTreeSet::new();
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            if !keys.insert(key.json().to_string()) {
                return self.fault(key.at, "this key stands twice in its map", "every key once");
            }
            entries.push((key, value));
        }
        Ok(Form::Map(entries))
    }

    fn dispatch(&mut self, depth: u32) -> Result<Form, ReadError> {
        let at = self.at;
        self.at += 1;
        match self.peek() {
            Some('{') => Ok(Form::Set(self.items('}', depth)?)),
            Some('#') => {
                self.at += 1;
                match self.token() {
                    name @ ("Inf" | "-Inf" | "NaN") => Ok(Form::Symbol(format!("##{name}"))),
                    name => self.fault(at, format!("`##{name}` is no number"), "##Inf, ##-Inf or ##NaN"),
                }
            }
            Some(c) if c.is_alphabetic() || c == ':' => {
                self.token();
                Ok(self.form(depth + 1)?.form)
            }
            _ => self.fault(at, "this `#` begins nothing", "`#{`, `#_` or a tag"),
        }
    }

    /// The characters up to the next that cannot belong to a word.
    fn token(&mut self) -> &'a str {
        let rest = self.rest();
        let token = &rest[..rest.find(ends_token).unwrap_or(rest.len())];
        self.at += token.len();
        token
    }

    fn atom(&mut self) -> Result<Form, ReadError> {
        let at = self.at;
        let token = self.token();
        let unsigned = token.strip_prefix(['+', '-']).unwrap_or(token);
        Ok(match token {
            "nil" => Form::Nil,
            "true" => Form::Bool(true),
            "false" => Form::Bool(false),
            _ if unsigned.starts_with(|c: char| c.is_ascii_digit()) => match number(token, unsigned) {
                Ok(number) => Form::Number(number),
                Err((what, expected)) => return self.fault(at, format!("`{token}` {what}"), expected),
            },
            _ => match token.strip_prefix(':') {
                Some("") => return self.fault(at, "this keyword has no name", "a name behind the colon"),
                Some(name) if name.starts_with(':') => {
                    return self.fault(at, format!("`{token}` is no keyword"), "one colon");
                }
                Some(name) => Form::Keyword(name.to_owned()),
                None if token.starts_with(['^', '\'', '@', '`', '~']) => {
                    return self.fault(at, format!("`{token}` is Clojure, not EDN"), "a form of EDN");
                }
                None => Form::Symbol(token.to_owned()),
            },
        })
    }

    fn character(&mut self) -> Result<char, ReadError> {
        let at = self.at;
        self.at += 1;
        let Some(first) = self.peek() else {
            return self.fault(at, "the text breaks off", "a character");
        };
        self.at += first.len_utf8();
        let token = format!("{first}{}", self.token());
        let named = match token.as_str() {
            "newline" => Some('\n'),
            "return" => Some('\r'),
            "space" => Some(' '),
            "tab" => Some('\t'),
            "formfeed" => Some('\u{c}'),
            "backspace" => Some('\u{8}'),
            _ if token.len() == first.len_utf8() => Some(first),
            _ => token
                .strip_prefix('u')
                .filter(|digits| digits.len() == 4)
                .and_then(unit)
                .and_then(char::from_u32),
        };
        match named {
            Some(c) => Ok(c),
            None => {
                self.fault(at, format!("`\\{token}` is no character"), "such as \\a, \\newline or \\u0041")
            }
        }
    }

    fn string(&mut self) -> Result<String, ReadError> {
        let open = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = rest.find(['"', '\\']) else {
                return self.fault(open, "this string is never closed", "`\"` behind it");
            };
            text.push_str(&rest[..end]);
            self.at += end + 1;
            if rest[end..].starts_with('"') {
                return Ok(text);
            }
            text.push(self.escape(self.at - 1)?);
        }
    }

    fn escape(&mut self, at: usize) -> Result<char, ReadError> {
        const EXPECTED: &str = "\\t, \\r, \\n, \\b, \\f, \\\\, \\\" or \\uNNNN";
        let escaped = self.peek();
        self.at += escaped.map_or(0, char::len_utf8);
        Ok(match escaped {
            Some('t') => '\t',
            Some('r') => '\r',
            Some('n') => '\n',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some(c @ ('\\' | '"')) => c,
            Some('u') => {
                let mut units = vec![self.unit()];
                // The first half of a pair needs its second.
                if matches!(units[0], Some(0xd800..=0xdbff)) && self.rest().starts_with("\\u") {
                    self.at += 2;
                    units.push(self.unit());
                }
                let units: Option<Vec<u16>> =
                    units.into_iter().map(|unit| u16::try_from(unit?).ok()).collect();
                let mut decoded = char::decode_utf16(units.unwrap_or_default());
                match (decoded.next(), decoded.next()) {
                    (Some(Ok(c)), None) => c,
                    _ => {
                        return self.fault(
                            at,
                            "this escape is no character",
                            "\\u and four hexadecimal digits",
                        );
                    }
                }
            }
            _ => return self.fault(at, "this escape is unknown", EXPECTED),
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        self.at += 4;
        unit(digits)
    }
}

fn unit(digits: &str) -> Option<u32> {
    let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| plain)
}
