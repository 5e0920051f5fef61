//! Declarations: the servers of the ensemble, and settings, in our own form and in zoo.cfg's.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::ast::{ConfigFile, ProfileDecl, ServerDecl, Setting, Shows, Span};
use super::super::diagnostic::Fault;
use super::super::lex::{self, Word};
use super::super::setting::{self, TABLE, Value};
use super::super::words::{self, Chance, Port, listed, shown};
use super::client::{self, Holder};
use super::cursor::{Cursor, Names, Role};
use crate::bugs::{self, Bug, CATALOGUE};
use crate::storm::{LEAST_SERVERS, MOST_SERVERS, PROFILES};
use crate::zoo_cfg;

/// Which draw a pin means.
pub(super) type PinKey = (Chance, String, Option<(String, Port)>, u64, u64);

/// What has been declared so far, with its line, so that nothing is declared twice.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub(super) names: BTreeMap<String, (Holder, usize)>,
    sids: BTreeMap<i64, (String, usize)>,
    settings: BTreeMap<(Option<String>, String), usize>,
    configs: BTreeMap<Option<String>, usize>,
    shows: Option<usize>,
    pub(super) belief: Option<usize>,
    pub(super) unsafe_quorum: Option<usize>,
    pub(super) draws: Option<usize>,
    pub(super) pins: BTreeMap<PinKey, usize>,
}

/// The name has the form of a server's name.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(is_name_byte)
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-')
}

/// The names that a file declares anywhere, read leniently: they may be used above their declaration, and an
/// error in a declaration is reported where it stands.
pub(super) fn names(text: &str) -> Names {
    let mut names = Names::default();
    // Servers are declared in a file that is not read yet.
    let mut elsewhere = false;
    for source in lex::lines(text) {
        let line = source.trim_start_matches(lex::is_blank);
        if line.strip_prefix("config").is_some_and(|rest| rest.starts_with(lex::is_blank)) {
            elsewhere = true;
            continue;
        }
        // Most lines declare nothing and need not be split.
        if !["ensemble", "server.", "client", "workload"].iter().any(|word| line.starts_with(word)) {
            continue;
        }
        let words = lex::lex(line).words;
        let Some(first) = words.first().filter(|word| !word.quoted) else {
            continue;
        };
        if first.text == "ensemble" {
            names.servers = true;
            let declared = words[1..].iter().filter_map(|word| word.text.split(['=', ':', ',']).next());
            declared.for_each(|name| names.add(name, Role::Server));
        } else if matches!(first.text.as_ref(), "client" | "workload") {
            client::names(&words, &mut names);
        } else if let Some(key) = assignment(line, &words).map(|(key, _)| key)
            && let Some(sid) = line[key].strip_prefix("server.").and_then(setting::sid)
        {
            names.servers = true;
            names.add(&format!("zk{sid}"), Role::Server);
        }
    }
    names.servers &= !elsewhere;
    names
}

/// The key and the value of a zoo.cfg line: `key=value`, blanks around the `=` allowed.
pub(super) fn assignment(source: &str, words: &[Word<'_>]) -> Option<(Range<usize>, Range<usize>)> {
    let (first, last) = (words.first()?, words.last()?);
    let second_is_equals = || words.get(1).is_some_and(|word| !word.quoted && word.text.starts_with('='));
    let known =
        words::STATEMENTS.contains(&first.text.as_ref()) || words::STEPS.contains(&first.text.as_ref());
    if first.quoted || known || !(first.text.contains('=') || second_is_equals()) {
        return None;
    }
    let equals = first.start + source[first.start..].find('=')?;
    let key = source[first.start..equals].trim_end_matches(lex::is_blank);
    let value = source[equals + 1..last.end.max(equals + 1)].trim_start_matches(lex::is_blank);
    let end = last.end.max(equals + 1);
    Some((first.start..first.start + key.len(), end - value.len()..end))
}

/// `NAME [servers N]`
pub(super) fn profile(cursor: &mut Cursor<'_, '_>, line: usize) -> Result<ProfileDecl, Fault> {
    let start = cursor.peek().map_or(0, |word| word.start);
    let known: Vec<&'static str> = PROFILES.iter().map(|profile| profile.name).collect();
    let Some(found) = known.iter().find(|name| cursor.peek_bare() == Some(name)) else {
        return Err(cursor.no("a profile", &known));
    };
    cursor.advance();
    let servers = match cursor.eat("servers") {
        true => Some(cursor.number_u32("how many servers", LEAST_SERVERS, MOST_SERVERS)?),
        false => None,
    };
    let span = place_of(line, start..cursor.behind().end);
    Ok(ProfileDecl { name: (*found).to_owned(), servers, span })
}

impl Declared {
    pub(super) fn is_empty(&self) -> bool {
        self.sids.is_empty() && self.configs.is_empty()
    }

    /// The first names, for an example.
    pub(super) fn some_names(&self) -> Vec<&str> {
        self.sids.values().map(|(name, _)| name.as_str()).take(3).collect()
    }

    /// `BUG by CODE|PROPERTY`
    pub(super) fn shows(&mut self, cursor: &mut Cursor<'_, '_>, span: Span) -> Result<Shows, Fault> {
        if let Some(line) = self.shows {
            let place = span.start as usize..span.end as usize;
            let fault = Fault::new(place, "a second bug is shown", "expected one in a file");
            return Err(fault.help(format!("the first is named in line {line}")));
        }
        self.shows = Some(span.line as usize);
        let Some(bug) = cursor.peek_bare().and_then(Bug::find) else {
            let fault = cursor.no("a bug of the catalogue", &[]);
            let known: Vec<String> = CATALOGUE.iter().map(|bug| bug.id()).collect();
            return Err(fault.help(format!("the catalogue has {}", known.join(", "))));
        };
        cursor.advance();
        cursor.expect("by")?;
        let Some(by) = cursor.peek_bare().filter(|by| !bugs::judges_of(by).is_empty()).map(str::to_owned)
        else {
            let fault = cursor.no("a code such as `P-DUR`, or a property", &[]);
            return Err(fault.help("`zablab checks` lists the properties; their sources have the codes"));
        };
        cursor.advance();
        Ok(Shows { bug: bug.id(), by, span })
    }

    /// `NAME[=SID][:observer|:participant] …`
    pub(super) fn ensemble(
        &mut self,
        cursor: &mut Cursor<'_, '_>,
        line: usize,
    ) -> Result<Vec<ServerDecl>, Fault> {
        let mut servers = Vec::new();
        loop {
            let word = cursor.any("the name of a server")?;
            let server = declaration(&word, line)?;
            let name_end = word.start + server.name.len();
            self.server(&server, line, word.start..name_end, word.start..word.end)?;
            servers.push(server);
            if cursor.left() == 0 {
                return Ok(servers);
            }
        }
    }

    fn server(
        &mut self,
        server: &ServerDecl,
        line: usize,
        name: Range<usize>,
        word: Range<usize>,
    ) -> Result<(), Fault> {
        let ServerDecl { name: text, sid, .. } = server;
        if let Some((holder, first)) = self.names.insert(text.clone(), (Holder::Server, line)) {
            if holder != Holder::Server {
                return Err(client::taken(text, name, &holder, first, line));
            }
            return Err(Fault::new(
                name,
                format!("server `{}` is declared twice", shown(text)),
                "expected another name",
            )
            .help(format!("the first declaration is {}", place(first, line))));
        }
        if let Some((other, first)) = self.sids.insert(*sid, (text.clone(), line)) {
            let message = format!("server id {sid} is taken");
            return Err(Fault::new(word, message, "expected another server id").help(format!(
                "`{}` has it, {}",
                shown(&other),
                place(first, line)
            )));
        }
        Ok(())
    }

    /// `server.4=node04:2888:3888:observer`: host and ports mean nothing here.
    pub(super) fn zoo_server(
        &mut self,
        source: &str,
        (key, value): (Range<usize>, Range<usize>),
        line: usize,
    ) -> Result<Option<ServerDecl>, Fault> {
        let Some(number) = source[key.clone()].strip_prefix("server.") else {
            return Ok(None);
        };
        let span = key.clone();
        let Some(sid) = setting::sid(number) else {
            let message = format!("`{}` is not a server id", shown(number));
            return Err(Fault::new(key, message, "expected `server.N` with a whole number N"));
        };
        let observer = zoo_cfg::is_observer(&source[value.clone()]).ok_or_else(|| {
            let message = format!("`{}` is not a server's address", shown(&source[value.clone()]));
            Fault::new(
                value.clone(),
                message,
                "expected `host:2888:3888`, perhaps with `:observer` behind it",
            )
        })?;
        let server = ServerDecl {
            name: format!("zk{sid}"),
            sid,
            observer,
            span: place_of(line, span.start..value.end),
        };
        self.server(&server, line, span.clone(), span)?;
        Ok(Some(server))
    }

    /// `tickTime=2000`
    pub(super) fn zoo_setting(
        &mut self,
        source: &str,
        (key, value): (Range<usize>, Range<usize>),
        line: usize,
    ) -> Result<Setting, Fault> {
        let (entry, name) = setting::find(&source[key.clone()])
            .ok_or_else(|| unknown_key(&source[key.clone()], key.clone()))?;
        let read = read_value(entry, &source[value.clone()], value.clone())?;
        let setting =
            Setting { server: None, key: name, value: read, span: place_of(line, key.start..value.end) };
        self.once(&setting, line, key)?;
        Ok(setting)
    }

    /// `[SERVER] KEY VALUE`
    pub(super) fn setting(&mut self, cursor: &mut Cursor<'_, '_>, line: usize) -> Result<Setting, Fault> {
        let start = cursor.peek().map_or(0, |word| word.start);
        let server = match cursor.peek_bare() {
            Some("leader" | "follower") => {
                let fault = cursor.no("a setting or a declared server", &[]);
                return Err(fault.help(
                    "nobody has a role yet when the run starts; roles can be named in `at TIME set …`",
                ));
            }
            Some(name) if cursor.knows(name) && is_scope(cursor) => Some(cursor.name("a server")?),
            _ => None,
        };
        let at = cursor.peek().map_or(start..start, |word| word.start..word.end);
        let (key, value) = key_and_value(cursor, server.is_some(), false)?;
        let setting = Setting { server, key, value, span: place_of(line, start..cursor.behind().end) };
        self.once(&setting, line, at)?;
        Ok(setting)
    }

    /// `[SERVER] FILE`
    pub(super) fn config(&mut self, cursor: &mut Cursor<'_, '_>, line: usize) -> Result<ConfigFile, Fault> {
        let start = cursor.peek().map_or(0, |word| word.start);
        let server = if cursor.left() == 2 { Some(cursor.name("a server")?) } else { None };
        let word = cursor.any("a file, or a server and a file")?;
        if word.text.is_empty() {
            return Err(Fault::new(
                word.start..word.end,
                "the file has no name",
                "expected the name of a file",
            ));
        }
        if let Some(first) = self.configs.insert(server.clone(), line) {
            let whom =
                server.as_ref().map_or("all servers".to_owned(), |server| format!("`{}`", shown(server)));
            let message = format!("the configuration of {whom} is given twice");
            return Err(Fault::new(start..word.end, message, "expected one file")
                .help(format!("it is given first {}", place(first, line))));
        }
        Ok(ConfigFile { server, file: word.text.into_owned(), span: place_of(line, start..word.end) })
    }

    fn once(&mut self, setting: &Setting, line: usize, at: Range<usize>) -> Result<(), Fault> {
        let scope = (setting.server.clone(), setting.key.clone());
        let Some(first) = self.settings.insert(scope, line) else {
            return Ok(());
        };
        let whom =
            setting.server.as_ref().map_or(String::new(), |server| format!(" for `{}`", shown(server)));
        Err(Fault::new(at, format!("`{}` is set twice{whom}", setting.key), "expected one value")
            .help(format!("it is set first {}", place(first, line))))
    }
}

pub(super) fn place(first: usize, line: usize) -> String {
    if first == line { "on this line".to_owned() } else { format!("on line {first}") }
}

pub(super) fn place_of(line: usize, bytes: Range<usize>) -> Span {
    let narrow = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Span { line: narrow(line), start: narrow(bytes.start), end: narrow(bytes.end) }
}

/// The name at the beginning of a word, and what stands behind it.
pub(super) fn split_name<'w>(word: &'w Word<'_>) -> Result<(&'w str, &'w str), Fault> {
    let whole = word.start..word.end;
    let text = word.text.as_ref();
    if word.quoted {
        return Err(Fault::new(whole, "a quoted name", "expected a name without quotes"));
    }
    let length = text.bytes().take_while(|b| is_name_byte(*b)).count();
    let (name, rest) = text.split_at(length);
    let name_span = word.start..word.start + length;
    if name.is_empty() || !is_name(name) {
        let message = format!("`{}` is not a name", shown(text));
        let fault = Fault::new(whole, message, "expected a letter, then letters, digits, `_`, `.` or `-`");
        return Err(if text.starts_with(['=', ':']) {
            fault.help("name, server id and role are one word: `zk4=4:observer`")
        } else {
            fault
        });
    }
    if !rest.is_empty() && !rest.starts_with(['=', ':']) {
        let message = format!("`{}` is not a name", shown(text));
        let fault = Fault::new(whole, message, "expected letters, digits, `_`, `.` or `-` in a name");
        return Err(if rest.starts_with(',') {
            fault.help("servers are separated by blanks: `zk1 zk2`")
        } else {
            fault
        });
    }
    if words::is_reserved(name) {
        let message = format!("`{}` is a word of the language", shown(name));
        return Err(Fault::new(name_span, message, "expected another name"));
    }
    if setting::find(name).is_some() {
        let message = format!("`{}` is the name of a setting", shown(name));
        return Err(Fault::new(name_span, message, "expected another name"));
    }
    Ok((name, rest))
}

fn declaration(word: &Word<'_>, line: usize) -> Result<ServerDecl, Fault> {
    let (name, rest) = split_name(word)?;
    let whole = word.start..word.end;
    let name_span = word.start..word.start + name.len();
    let (sid_text, role) = match rest.split_once(':') {
        Some((sid, role)) => (sid, Some(role)),
        None => (rest, None),
    };
    let sid_span = name_span.end..name_span.end + sid_text.len();
    let sid = match sid_text.strip_prefix('=') {
        Some(digits) => setting::sid(digits).ok_or_else(|| {
            let span = sid_span.start + 1..sid_span.end;
            Fault::new(
                span,
                format!("`{}` is not a server id", shown(digits)),
                format!("expected a whole number from 0 to {}", i64::MAX),
            )
        })?,
        None => ServerDecl::implied_sid(name).ok_or_else(|| {
            Fault::new(
                name_span.clone(),
                format!("server `{}` has no id", shown(name)),
                "expected a number at the end of the name",
            )
            .help(format!("or write the server id behind the name: `{}=4`", shown(name)))
        })?,
    };
    let observer = match role {
        None | Some("participant") => false,
        Some("observer") => true,
        Some(other) => {
            let message = format!("unknown role `{}`", shown(other));
            let known = ["observer", "participant"];
            return Err(Fault::new(
                sid_span.end + 1..word.end,
                message,
                "expected `observer` or `participant`",
            )
            .suggest(words::nearest(other, known)));
        }
    };
    Ok(ServerDecl { name: name.to_owned(), sid, observer, span: place_of(line, whole) })
}

/// The next word, a known name, is the server of a setting. Names are never keys; in a file without declarations
/// the word behind decides.
pub(super) fn is_scope(cursor: &Cursor<'_, '_>) -> bool {
    let is_key = |word: Option<&str>| word.is_some_and(|word| setting::find(word).is_some());
    !is_key(cursor.peek_bare()) && (cursor.has_names() || is_key(cursor.peek_second()))
}

/// `KEY VALUE`; `live`: the run is under way.
pub(super) fn key_and_value(
    cursor: &mut Cursor<'_, '_>,
    scoped: bool,
    live: bool,
) -> Result<(String, Value), Fault> {
    let wanted = if scoped { "a setting" } else { "a setting, or a server and a setting" };
    let second_is_key = cursor.peek_second().is_some_and(|word| setting::find(word).is_some());
    let word = cursor.peek().cloned().ok_or_else(|| cursor.missing(wanted))?;
    let span = word.start..word.end;
    let Some((entry, key)) = setting::find(&word.text).filter(|_| !word.quoted) else {
        if word.text == "all" && second_is_key {
            return Err(Fault::new(span, "unexpected `all`", "expected a setting")
                .help("a setting without a server is for all of them"));
        }
        if !scoped && second_is_key {
            // The only way on is a server that nobody declared.
            cursor.name("a declared server")?;
        }
        return Err(unknown_key(&word.text, span));
    };
    if live && !entry.live {
        let live = TABLE.iter().filter(|entry| entry.live).map(|entry| entry.name);
        return Err(Fault::new(
            span,
            format!("`{key}` cannot change during a run"),
            "expected a setting that can",
        )
        .help(format!("these can: {}", listed(live)))
        .help(format!("to have it from the start, write `set {key} …` without a time")));
    }
    cursor.advance();
    let value = cursor.any(&entry.kind.to_string())?;
    Ok((key, read_value(entry, &value.text, value.start..value.end)?))
}

fn read_value(entry: &setting::Entry, text: &str, span: Range<usize>) -> Result<Value, Fault> {
    entry.kind.read(text).map_err(|label| {
        let message = if text.is_empty() {
            format!("`{}` has no value", entry.name)
        } else {
            format!("`{}` is no value for `{}`", shown(text), entry.name)
        };
        Fault::new(span, message, label).help(format!("`{}`: {}", entry.name, entry.help))
    })
}

fn unknown_key(key: &str, span: Range<usize>) -> Fault {
    if setting::is_foreign(key) {
        return Fault::new(
            span,
            format!("`{}` means nothing in a simulation", shown(key)),
            "expected a setting that does",
        )
        .help("leave this line of zoo.cfg out, or give the whole file: `config zoo.cfg`");
    }
    if key.starts_with("weight.") || key.starts_with("group.") {
        return Fault::new(
            span,
            format!("unknown setting `{}`", shown(key)),
            "expected a whole number behind the dot",
        );
    }
    let keys = TABLE.iter().map(|entry| entry.name);
    let fault = Fault::new(span, format!("unknown setting `{}`", shown(key)), "expected a setting");
    match words::nearest(key, keys.clone()) {
        Some(near) => fault.suggest(Some(near)),
        None => fault.help(format!("settings are {}", listed(keys))),
    }
}
