//! `--config` and a scenario's `config` lines: real zoo.cfg files in place of an ensemble and its settings.

use super::BadInput;
use super::source::{self, Source};
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use zablab_sim::scenario::setting::{LEAST_COMMIT_LOG_COUNT, Value};
use zablab_sim::scenario::{
    Action, Diagnostic, Expectation, Line, Prefix, Scenario, ServerDecl, ServerRef, Servers, Statement, Step,
    Time, Timed,
};
use zablab_sim::zoo_cfg::{Configs, Notice, Severity, ZooCfg, insert};

/// `FILE` or `SERVER=FILE`.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// The server whose file it is; `None` for all of them.
    server: Option<String>,
    pub(crate) file: String,
}

impl std::str::FromStr for Given {
    type Err = String;

    fn from_str(text: &str) -> Result<Given, String> {
        let given = match text.split_once('=') {
            // A path may hold a `=`, a server's name no `/`.
            Some((server, file)) if !server.contains(['/', '.']) => {
                Given { server: Some(server.to_owned()), file: file.to_owned() }
            }
            _ => Given { server: None, file: text.to_owned() },
        };
        let empty = given.file.is_empty() || given.server.as_deref() == Some("");
        if empty { Err("expected FILE or SERVER=FILE".to_owned()) } else { Ok(given) }
    }
}

/// What ZooKeeper says where there is no configuration to read.
const UNREADABLE: &str = "a ZooKeeper server ends here with exit code 2";

/// A configuration, with what was found of its server's id.
struct Read {
    cfg: ZooCfg,
    myid: Option<i64>,
}

/// The text of a file of ZooKeeper's, which it takes for Latin-1; most are in UTF-8.
fn text(path: &str, expected: &str) -> Result<String, BadInput> {
    let mut bytes = Vec::new();
    let read = source::open(path, expected)?.read_to_end(&mut bytes);
    read.map_err(|error| BadInput(format!("{path} cannot be read: {error}")))?;
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| error.as_bytes().iter().map(|byte| char::from(*byte)).collect()))
}

fn beside(path: &str, other: &str) -> PathBuf {
    Path::new(path).parent().unwrap_or(Path::new("")).join(other)
}

/// Reads a zoo.cfg, the dynamic file that it names, and the `myid` beside it or in its `dataDir`.
fn read(path: &str) -> Result<Read, BadInput> {
    let said =
        text(path, "a zoo.cfg").map_err(|BadInput(what)| BadInput(format!("{what} ({UNREADABLE})")))?;
    let mut cfg = ZooCfg::read(path, &said)?;
    if let Some(dynamic) = cfg.dynamic_file().map(str::to_owned) {
        let near = beside(path, &dynamic);
        let dynamic = if near.exists() { near.display().to_string() } else { dynamic };
        let list = text(&dynamic, "a file").map_err(|BadInput(why)| cfg.no_dynamic_file(&why))?;
        cfg = cfg.with_dynamic(&dynamic, &list)?;
    }
    let data_dir = PathBuf::from(cfg.data_dir());
    let places = [beside(path, "myid"), data_dir.join("myid")];
    let found = places.iter().find(|place| place.is_file());
    let myid = match found {
        Some(place) => {
            let place = place.display().to_string();
            Some(cfg.check_myid(&place, &text(&place, "a myid file")?)?)
        }
        // A dataDir of another machine is none of ours.
        None if fs::read_dir(&data_dir).is_ok() => match cfg.no_myid(&data_dir.display().to_string()) {
            Some(refusal) => return Err(refusal.into()),
            None => None,
        },
        None => None,
    };
    Ok(Read { cfg, myid })
}

/// Reads the files of one place, the command line or a scenario. `declared` are the servers that have names already.
fn gather(given: &[Given], declared: &[ServerDecl]) -> Result<Configs, BadInput> {
    let mut configs = Configs::default();
    let mut seen = BTreeSet::new();
    for Given { server, file } in given {
        let Read { mut cfg, myid } = read(file)?;
        let Some(name) = server else {
            if !seen.insert(None) {
                return Err(BadInput(format!(
                    "{file} is a second configuration of all servers; expected one"
                )));
            }
            cfg.check_peer_type(myid);
            configs.for_all(cfg, myid);
            continue;
        };
        let known = declared.iter().find(|server| server.name == *name).map(|server| server.sid);
        let implied = name.strip_prefix("zk").and_then(|_| ServerDecl::implied_sid(name));
        let Some(sid) = known.or(implied) else {
            return Err(BadInput(format!(
                "`{name}` is no server; expected a declared one, or zkN for server.N"
            )));
        };
        if !seen.insert(Some(sid)) {
            return Err(BadInput(format!("{file} is a second configuration of {name}; expected one")));
        }
        if let Some(myid) = myid.filter(|myid| *myid != sid) {
            return Err(BadInput(format!(
                "{file} is the configuration of {name}, and its myid is {myid}: a second server {myid} \
                 would get where the first one is; expected myid {sid} (a ZooKeeper server that finds its election \
                 port taken ends with exit code 14)"
            )));
        }
        if let Some(refusal) = cfg.not_listed(name, sid) {
            return Err(refusal.into());
        }
        cfg.check_peer_type(Some(sid));
        configs.for_one(sid, cfg);
    }
    Ok(configs)
}

/// Tells what is to be known, a line each.
fn tell(notices: impl IntoIterator<Item = String>) {
    let mut told = BTreeSet::new();
    for notice in notices {
        if told.insert(notice.clone()) {
            // Where standard error is closed there is nobody to tell.
            let _ = writeln!(anstream::stderr(), "{notice}");
        }
    }
}

fn tell_of(configs: &Configs) {
    tell(configs.files().flat_map(ZooCfg::notices).map(Notice::to_string));
}

/// Puts the files that a scenario names in place of its `config` lines.
pub(crate) fn expand(source: Source) -> Result<Source, BadInput> {
    let files = source.scenario.configs();
    let Some(first) = files.first() else { return Ok(source) };
    let declared = source.scenario.servers();
    let fault =
        |message: &str, span, label: &str| Diagnostic::at(&source.name, &source.text, span, message, label);
    if let (Some(all), Some(server)) = (files.iter().find(|config| config.server.is_none()), declared.first())
    {
        let message = format!("the servers are those of `{}`", all.file);
        return Err(fault(&message, server.span, "expected no other declaration").into());
    }
    let given = files.iter().map(|config| {
        let path =
            if source.name == "-" { PathBuf::from(&config.file) } else { beside(&source.name, &config.file) };
        Given { server: config.server.clone(), file: path.display().to_string() }
    });
    let given: Vec<Given> = given.collect();
    let configs = gather(&given, &declared)?;
    let statements = configs
        .statements(&declared)
        .map_err(|error| fault(&error.to_string(), first.span, "expected more"))?;
    tell_of(&configs);
    let text = insert(&source.text, &source.scenario, statements, true, "What the configuration says");
    let scenario = Scenario::parse(&source.name, &text)?;
    Ok(Source { text, scenario, ..source })
}

/// Gives a scenario the ensemble and the settings of the files.
pub(crate) fn configure(source: Source, given: &[Given]) -> Result<Source, BadInput> {
    let declared = source.scenario.servers();
    let configs = gather(given, &declared)?;
    let statements = configs.statements(&declared)?;
    tell_of(&configs);
    let text = insert(&source.text, &source.scenario, statements, false, "What --config says");
    let scenario = Scenario::parse(&source.name, &text)?;
    Ok(Source { text, scenario, ..source })
}

/// Files without a scenario: their servers start in order, a second apart, and come to serve.
pub(crate) fn alone(given: &[Given]) -> Result<Source, BadInput> {
    let configs = gather(given, &[])?;
    let statements = configs.statements(&[])?;
    tell_of(&configs);
    let name = given.first().map_or_else(String::new, |given| given.file.clone());
    let scenario = course(&name, statements);
    let text = scenario.to_string();
    // Read again, so that every statement has its place.
    let scenario = Scenario::parse(&name, &text)?;
    Ok(Source { name, text, scenario })
}

fn course(name: &str, statements: Vec<Statement>) -> Scenario {
    const SECOND: u64 = 1_000_000_000;
    /// An election of servers that all run takes far less.
    const PATIENCE: u64 = 30;
    let names: Vec<String> = statements
        .iter()
        .flat_map(|statement| match statement {
            Statement::Ensemble(servers) => servers.iter().map(|server| server.name.clone()).collect(),
            _ => Vec::new(),
        })
        .collect();
    let mut lines =
        vec![Line::remark(&format!("The servers of {name} start in order. Do they come to serve?"))];
    lines.extend(statements.into_iter().map(Line::of));
    lines[1].blank_before = true;
    let first = lines.len();
    let end = Time((names.len() as u64 - 1 + PATIENCE) * SECOND);
    let timed = |prefix, action| Line::of(Statement::Timed(Timed::new(prefix, action)));
    for (index, name) in names.into_iter().enumerate() {
        let servers = Servers::List(vec![ServerRef::Name(name)]);
        lines.push(timed(Prefix::At(Time(index as u64 * SECOND)), Action::Step(Step::Start(servers))));
    }
    lines[first].blank_before = true;
    lines.push(timed(Prefix::By(end), Action::Expect(Expectation::Available)));
    lines.push(timed(Prefix::At(end), Action::Expect(Expectation::Available)));
    lines.push(timed(Prefix::At(end), Action::Step(Step::End)));
    Scenario { lines }
}

/// Tells of settings of a scenario that ZooKeeper would change.
pub(crate) fn tell_settings(source: &Source) {
    let small = source.scenario.settings().into_iter().filter_map(|setting| match setting.value {
        Value::Integer(count) if setting.key == "commitLogCount" && count < LEAST_COMMIT_LOG_COUNT => {
            let what = format!(
                "{count} is less than ZooKeeper's least, {LEAST_COMMIT_LOG_COUNT}, and becomes \
                 {LEAST_COMMIT_LOG_COUNT}; `window` may be smaller"
            );
            let notice = Notice {
                severity: Severity::Warning,
                file: source.name.clone(),
                line: setting.span.line as usize,
                key: setting.key.clone(),
                what,
            };
            Some(notice.to_string())
        }
        _ => None,
    });
    tell(small);
}
