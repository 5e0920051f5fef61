//! Tree to text: the one canonical form.

mod client;
mod draws;
mod happening;
mod lesson;

use std::fmt::{self, Display, Formatter, Write as _};

use super::ast::*;
use super::time;
use super::words::{File, Task};

/// A prefix that is shorter is filled up with blanks; the rest of the line begins one blank further on.
const PREFIX_WIDTH: usize = 8;

/// The answers of a question stand in lines of their own, so much further in than it.
const ANSWERS: usize = "ask ".len();

impl Display for Scenario {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, (line, indent)) in self.lines.iter().zip(self.indents()).enumerate() {
            if line.blank_before && index > 0 {
                f.write_char('\n')?;
            }
            write!(f, "{:indent$}", "")?;
            let mut answers = Vec::new();
            match &line.statement {
                None => {}
                Some(Statement::Timed(timed @ Timed { action: Action::Ask(ask), .. })) => {
                    let prefix = timed.prefix.to_string();
                    let width = width(&prefix);
                    if indent == 0 {
                        write!(f, "{prefix:width$}")?;
                    }
                    write!(f, "ask {}", Spoken(&ask.question))?;
                    answers = ask.answers.iter().map(|answer| (width + ANSWERS, answer)).collect();
                }
                Some(Statement::Timed(timed)) if indent > 0 => write!(f, "{}", timed.action)?,
                Some(statement) => write!(f, "{statement}")?,
            }
            if let Some(comment) = &line.comment {
                let gap = if line.statement.is_some() { "  " } else { "" };
                write!(f, "{gap}{comment}")?;
            }
            f.write_char('\n')?;
            for (indent, answer) in answers {
                writeln!(f, "{:indent$}{answer}", "")?;
            }
        }
        Ok(())
    }
}

impl Scenario {
    /// The indentation of each line: that of the text above for a continuation and for the comments right above one,
    /// 0 for all others.
    fn indents(&self) -> Vec<usize> {
        let mut above: Option<(&Prefix, usize)> = None;
        let mut indents = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            let mut indent = 0;
            if let Some(Statement::Timed(timed)) = &line.statement {
                match above {
                    Some((prefix, width)) if timed.continued && *prefix == timed.prefix => indent = width,
                    _ => above = Some((&timed.prefix, width(&timed.prefix.to_string()))),
                }
            }
            indents.push(indent);
        }
        for index in (1..self.lines.len()).rev() {
            if self.lines[index - 1].statement.is_none() {
                indents[index - 1] = indents[index];
            }
        }
        indents
    }
}

/// The column at which the text behind a prefix begins, from 0.
fn width(prefix: &str) -> usize {
    prefix.len().max(PREFIX_WIDTH) + 1
}

impl Display for Comment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // `##` is a rule, not a comment that begins with `#`.
        let gap = if self.text.is_empty() || self.text.starts_with('#') { "" } else { " " };
        write!(f, "#{gap}{}", self.text)
    }
}

impl Display for Statement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Statement::Ensemble(servers) => {
                f.write_str("ensemble")?;
                servers.iter().try_for_each(|server| write!(f, " {server}"))
            }
            Statement::Set(setting) => write!(f, "{setting}"),
            Statement::Client(client) => write!(f, "{client}"),
            Statement::Workload(workload) => write!(f, "{workload}"),
            Statement::Config(config) => write!(f, "{config}"),
            Statement::Profile(profile) => write!(f, "{profile}"),
            Statement::Shows(shows) => write!(f, "{shows}"),
            Statement::Unsafe(UnsafeQuorum { size, .. }) => write!(f, "unsafe quorum-size {size}"),
            Statement::Belief(belief) => write!(f, "{belief}"),
            Statement::Draws(draws) => write!(f, "{draws}"),
            Statement::Pin(pin) => write!(f, "{pin}"),
            Statement::Timed(timed) => write!(f, "{timed}"),
        }
    }
}

impl Display for ServerDecl {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if ServerDecl::implied_sid(&self.name) != Some(self.sid) {
            write!(f, "={}", self.sid)?;
        }
        if self.observer { f.write_str(":observer") } else { Ok(()) }
    }
}

impl Display for ConfigFile {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("config ")?;
        if let Some(server) = &self.server {
            write!(f, "{server} ")?;
        }
        write!(f, "{}", Quoted(&self.file))
    }
}

impl Display for ProfileDecl {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "profile {}", self.name)?;
        self.servers.iter().try_for_each(|servers| write!(f, " servers {servers}"))
    }
}

impl Display for Shows {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "shows {} by {}", self.bug, self.by)
    }
}

impl Display for Setting {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("set ")?;
        if let Some(server) = &self.server {
            write!(f, "{server} ")?;
        }
        write!(f, "{} {}", self.key, self.value)
    }
}

impl Display for Timed {
    /// The whole statement, whether or not it was written as a continuation.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let prefix = self.prefix.to_string();
        let width = width(&prefix);
        write!(f, "{prefix:width$}{}", self.action)
    }
}

impl Display for Prefix {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Prefix::At(time) => write!(f, "at {time}"),
            Prefix::By(time) => write!(f, "by {time}"),
            Prefix::During { from, to } => write!(f, "from {from} to {to}"),
            Prefix::When(trigger) => write!(f, "{trigger}:"),
        }
    }
}

impl Display for Trigger {
    /// Without the colon.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(armed) = self.armed {
            write!(f, "at {armed} ")?;
        }
        write!(f, "{} {}", if self.must_fire { "when" } else { "if" }, self.event)?;
        if self.nth != 1 {
            write!(f, " nth {}", self.nth)?;
        }
        self.within.iter().try_for_each(|within| write!(f, " within {within}"))
    }
}

impl Display for Event {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.moment == Moment::Before {
            f.write_str("before ")?;
        }
        write!(f, "{} ", self.server)?;
        match &self.occurrence {
            Occurrence::Wrote { file, number } => {
                write!(f, "wrote {file}")?;
                match number {
                    None => Ok(()),
                    Some(epoch) if file.is_epoch() => write!(f, " {epoch}"),
                    Some(zxid) => write!(f, " {zxid:#x}"),
                }
            }
            Occurrence::Got { packet, from } => {
                write!(f, "got {packet}")?;
                from.iter().try_for_each(|from| write!(f, " from {from}"))
            }
            Occurrence::Ran(task) => write!(f, "ran {task}"),
            Occurrence::Decided(word) => write!(f, "decided {word}"),
        }
    }
}

impl Display for ServerRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ServerRef::Name(name) => name,
            ServerRef::Leader => "leader",
            ServerRef::Follower => "follower",
        })
    }
}

impl Display for Servers {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Servers::All => f.write_str("all"),
            Servers::List(list) => {
                for (index, server) in list.iter().enumerate() {
                    write!(f, "{}{server}", if index > 0 { " " } else { "" })?;
                }
                Ok(())
            }
        }
    }
}

impl Display for Links {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let word = match self.direction {
            Direction::Both => "from",
            Direction::OneWay => "to",
        };
        write!(f, "{} {word} {}", self.first, self.second)?;
        self.port.iter().try_for_each(|port| write!(f, " on {port}"))
    }
}

impl Display for Hold {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Hold::Task { server, task } => write!(f, "{server} {task}"),
            Hold::Stream(Stream { packet, from, to, port }) => {
                packet.iter().try_for_each(|packet| write!(f, "{packet} "))?;
                write!(f, "{from} to {to}")?;
                port.iter().try_for_each(|port| write!(f, " on {port}"))
            }
        }
    }
}

impl Display for Rate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        time::write_fixed(f, self.0.into(), 1_000_000)
    }
}

impl Display for Action {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Action::Step(step) => write!(f, "{step}"),
            Action::Expect(expectation) => write!(f, "expect {expectation}"),
            Action::Ask(ask) => write!(f, "{ask}"),
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Step::Start(servers) => write!(f, "start {servers}"),
            Step::Kill(servers) => write!(f, "kill {servers}"),
            Step::PowerOff { servers, loss } => {
                write!(f, "power-off {servers}")?;
                f.write_str(match loss {
                    Loss::Drawn => "",
                    Loss::Unsynced => " losing unsynced",
                    Loss::Nothing => " keeping all",
                })
            }
            Step::Wipe(servers) => write!(f, "wipe {servers} disk"),
            Step::Fill(servers) => write!(f, "fill {servers} disk"),
            Step::Free(servers) => write!(f, "free {servers} disk"),
            Step::Fail { servers, file } => {
                write!(f, "fail {servers} {}", file.map_or(Task::Disk.word(), File::word))
            }
            Step::Restart(servers) => write!(f, "restart {servers}"),
            Step::Pause(servers) => write!(f, "pause {servers}"),
            Step::Resume(servers) => write!(f, "resume {servers}"),
            Step::Cut(links) => write!(f, "cut {links}"),
            Step::Refuse(links) => write!(f, "refuse {links}"),
            Step::Reset(links) => write!(f, "reset {links}"),
            Step::Heal(None) => f.write_str("heal"),
            Step::Heal(Some(links)) => write!(f, "heal {links}"),
            Step::Hold(hold) => write!(f, "hold {hold}"),
            Step::Release(None) => f.write_str("release"),
            Step::Release(Some(hold)) => write!(f, "release {hold}"),
            Step::Create { path, data, times, at } => {
                write!(f, "create {}", Quoted(path))?;
                data.iter().try_for_each(|data| write!(f, " {}", Quoted(data)))?;
                write!(f, "{} at {at}", Times(*times))
            }
            Step::Write { path, data, version, times, at } => {
                write!(
                    f,
                    "set {} {}{}{} at {at}",
                    Quoted(path),
                    Quoted(data),
                    Version(*version),
                    Times(*times)
                )
            }
            Step::Delete { path, version, at } => {
                write!(f, "delete {}{} at {at}", Quoted(path), Version(*version))
            }
            Step::Read { path, at } => write!(f, "read {} at {at}", Quoted(path)),
            Step::Close(clients) => write!(f, "close {}", clients.join(" ")),
            Step::Client { client, call } => write!(f, "{client} {call}"),
            Step::Clock { servers, rate } => write!(f, "clock {servers} {rate}"),
            Step::Set { server, key, value } => {
                f.write_str("set ")?;
                server.iter().try_for_each(|server| write!(f, "{server} "))?;
                write!(f, "{key} {value}")
            }
            Step::Freeze => f.write_str("freeze"),
            Step::Thaw => f.write_str("thaw"),
            Step::Next(happening) => write!(f, "next {happening}"),
            Step::End => f.write_str("end"),
        }
    }
}

impl Display for Expectation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Expectation::Leader(name) => write!(f, "leader {name}"),
            Expectation::NoLeader => f.write_str("no leader"),
            Expectation::Available => f.write_str("available"),
            Expectation::Unavailable => f.write_str("unavailable"),
            Expectation::Answered(count) => write!(f, "answered {count}"),
            Expectation::Failed(count) => write!(f, "failed {count}"),
            Expectation::Pending(count) => write!(f, "pending {count}"),
            Expectation::NoViolation(property) => write!(f, "no violation {property}"),
            Expectation::Violation(property) => write!(f, "violation {property}"),
            Expectation::Holders { path, min, max } if min == max => {
                write!(f, "holders {} {min}", Quoted(path))
            }
            Expectation::Holders { path, min, max } => write!(f, "holders {} {min}..{max}", Quoted(path)),
            Expectation::Client { client, claim } => write!(f, "{client} {claim}"),
            Expectation::Server { server, claim } => write!(f, "{server} {claim}"),
        }
    }
}

impl Display for Claim {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Claim::State(state) => write!(f, "{state}"),
            Claim::Epoch(epoch) => write!(f, "epoch {epoch}"),
            Claim::AcceptedEpoch(epoch) => write!(f, "acceptedEpoch {epoch}"),
            Claim::Round(round) => write!(f, "round {round}"),
            Claim::Zxid(zxid) => write!(f, "zxid {zxid:#x}"),
            Claim::Logged(zxid) => write!(f, "logged {zxid:#x}"),
            Claim::Vote(server) => write!(f, "vote {server}"),
            Claim::Synced { mode, zxid, from } => {
                write!(f, "synced {mode}")?;
                zxid.iter().try_for_each(|zxid| write!(f, " {zxid:#x}"))?;
                from.iter().try_for_each(|from| write!(f, " from {from}"))
            }
            Claim::Data { path, data, version } => {
                write!(f, "data {} {}{}", Quoted(path), Quoted(data), Version(*version))
            }
            Claim::NoNode(path) => write!(f, "no {}", Quoted(path)),
            Claim::Stat { path, facts } => write!(f, "stat {}{facts}", Quoted(path)),
            Claim::Sessions(count) => write!(f, "sessions {count}"),
            Claim::Heard { from, state, leader, round, epoch, zxid } => {
                write!(f, "heard {from} {state}")?;
                leader.iter().try_for_each(|leader| write!(f, " leader {leader}"))?;
                round.iter().try_for_each(|round| write!(f, " round {round}"))?;
                epoch.iter().try_for_each(|epoch| write!(f, " epoch {epoch}"))?;
                zxid.iter().try_for_each(|zxid| write!(f, " zxid {zxid:#x}"))
            }
        }
    }
}

/// `times N`, with a blank before it, or nothing.
struct Times(u32);

impl Display for Times {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0 == 1 { Ok(()) } else { write!(f, " times {}", self.0) }
    }
}

/// `version V`, with a blank before it, or nothing.
struct Version(Option<i32>);

impl Display for Version {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|version| write!(f, " version {version}"))
    }
}

/// Data or a path: bare where it can be, else in quotes.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = self.0;
        // These words can stand where data stands.
        let taken = matches!(text, "" | "at" | "times" | "version" | "ephemeral" | "sequential" | "and");
        let special = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '#');
        if !taken && !text.contains(special) {
            return f.write_str(text);
        }
        write!(f, "{}", Spoken(text))
    }
}

/// A text in quotes, whether or not it needs them.
struct Spoken<'a>(&'a str);

impl Display for Spoken<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}
