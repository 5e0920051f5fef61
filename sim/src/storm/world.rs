//! The ensemble of a plan: servers, quorum rule, settings, and how fast its world is.

use super::draws::Draws;
use super::say;
use crate::liveness::patience;
use crate::scenario::{Line, Port, ServerDecl, Servers, Setting, Span, Statement, Step, Value};
use crate::schedule::{Pace, Range};
use zablab_protocol::Settings;

/// Operations of all clients together, as near as failures allow.
pub(super) const OPERATIONS: u32 = 200;
/// Clients with sessions.
pub(super) const CLIENTS: u32 = 4;
/// Virtual milliseconds of a whole run, where the quiet leaves enough for a storm.
const LENGTH: u64 = 60_000;
/// The shortest storm, milliseconds.
const SHORTEST_STORM: u64 = 25_000;
/// When the first fault may strike, milliseconds: servers have had time to elect a leader.
const BEGIN: u64 = 2_000;
/// A little more than what is owed, milliseconds.
const SLACK: u64 = 1_000;

/// What a storm rages over. All times are virtual milliseconds.
pub(super) struct World {
    pub(super) servers: Vec<ServerDecl>,
    pub(super) settings: Settings,
    /// How fast the world is when nothing slows it down.
    pub(super) pace: Pace,
    /// How fast it is when the quiet begins.
    pub(super) quiet_pace: Pace,
    /// When the storm begins.
    pub(super) begin: u64,
    /// When it ends.
    pub(super) end: u64,
    /// When what is owed is owed.
    pub(super) owed: u64,
    lines: Vec<Line>,
}

impl World {
    /// A world, of that many voting servers if a number is given.
    pub(super) fn draw(draws: &mut Draws, servers: Option<u32>) -> World {
        let mut lines = Vec::new();
        let servers = match servers {
            Some(count) => (1..=count).map(voter).collect(),
            None => ensemble(draws),
        };
        lines.push(Statement::Ensemble(servers.clone()));
        quorum_rule(draws, &servers, &mut lines);
        let settings = settings(draws, &mut lines);
        let pace = pace(draws, &mut lines);
        let quiet_pace = Pace { boot: pace.boot, ..Pace::default() };
        let patience = patience([(&settings, &quiet_pace)].into_iter()).as_millis() as u64;
        let quiet = patience + settings.max_session_time().0 + SLACK;
        let end = LENGTH.saturating_sub(quiet).max(BEGIN + SHORTEST_STORM) / 1000 * 1000;
        World {
            servers,
            settings,
            pace,
            quiet_pace,
            begin: BEGIN,
            end,
            owed: end + quiet,
            lines: lines.into_iter().map(Line::of).collect(),
        }
    }

    /// The statements that declare it.
    pub(super) fn lines(&self) -> Vec<Line> {
        self.lines.clone()
    }

    /// The names of all servers.
    pub(super) fn names(&self) -> Vec<String> {
        self.servers.iter().map(|server| server.name.clone()).collect()
    }

    /// The names of those that vote.
    pub(super) fn voters(&self) -> Vec<String> {
        self.servers.iter().filter(|server| !server.observer).map(|server| server.name.clone()).collect()
    }
}

fn voter(sid: u32) -> ServerDecl {
    ServerDecl::new(&format!("zk{sid}"), sid.into())
}

fn observer(sid: u32) -> ServerDecl {
    ServerDecl { observer: true, ..voter(sid) }
}

/// Three servers in seven of ten worlds; four to seven, or three and some that observe, in the others.
fn ensemble(draws: &mut Draws) -> Vec<ServerDecl> {
    let voters = |count: u32| (1..=count).map(voter).collect::<Vec<_>>();
    if draws.chance(70) {
        return voters(3);
    }
    let count = draws.pick(&[3, 3, 4, 4, 5, 5, 5, 6, 7]);
    let observers = if count == 3 { draws.between(1, 2) } else { draws.below(2) };
    let mut servers = voters(count);
    servers.extend((0..observers as u32).map(|at| observer(count + 1 + at)));
    servers
}

fn set(lines: &mut Vec<Statement>, key: &str, value: Value) {
    lines.push(Statement::Set(Setting { server: None, key: key.to_owned(), value, span: Span::default() }));
}

fn number(lines: &mut Vec<Statement>, key: &str, number: u64) {
    set(lines, key, Value::Integer(number.cast_signed()));
}

/// Larger ensembles have weights and groups now and then.
fn quorum_rule(draws: &mut Draws, servers: &[ServerDecl], lines: &mut Vec<Statement>) {
    let voters: Vec<i64> =
        servers.iter().filter(|server| !server.observer).map(|server| server.sid).collect();
    if !(4..=9).contains(&voters.len()) || !draws.chance(35) {
        return;
    }
    let groups = if voters.len() >= 6 && draws.chance(50) { 3 } else { 1 };
    for group in 0..groups {
        let sids = voters.iter().skip(group).step_by(groups).copied().collect();
        set(lines, &format!("group.{}", group + 1), Value::Sids(sids));
    }
    for sid in &voters {
        let weight = draws.between(1, 3);
        if weight > 1 {
            number(lines, &format!("weight.{sid}"), weight);
        }
    }
}

/// Short ticks make short runs; small windows and snapshots make every way of synchronization happen.
fn settings(draws: &mut Draws, lines: &mut Vec<Statement>) -> Settings {
    let mut settings =
        Settings { tick_time: draws.pick(&[100, 100, 200, 200, 300, 500]), ..Settings::default() };
    let ticks = |time: u64| time.div_ceil(settings.tick_time);
    settings.init_limit = ticks(draws.pick(&[700, 1000, 1500]));
    settings.sync_limit = ticks(draws.pick(&[300, 500, 1000, 2000]));
    settings.cnx_timeout = draws.pick(&[200, 500, 1000]);
    settings.max_notification_interval = draws.pick(&[400, 800, 1600]);
    settings.commit_log_count = draws.pick(&[1, 2, 4, 10, 30, 500]);
    settings.snap_count = draws.pick(&[2, 4, 10, 30, 100_000]);
    settings.snapshot_size_factor = draws.pick(&[-1000, 330, 330, 100_000]);
    number(lines, "tickTime", settings.tick_time);
    number(lines, "initLimit", settings.init_limit);
    number(lines, "syncLimit", settings.sync_limit);
    number(lines, "cnxTimeout", settings.cnx_timeout);
    number(lines, "maxNotificationInterval", settings.max_notification_interval);
    number(lines, "window", settings.commit_log_count as u64);
    number(lines, "snapCount", settings.snap_count);
    set(lines, "snapshotSizeFactor", Value::Decimal(settings.snapshot_size_factor));
    if draws.chance(10) {
        settings.force_snapshot_sync = true;
        set(lines, "forceSnapshotSync", Value::Word("yes"));
    }
    if draws.chance(25) {
        settings.max_batch_size = draws.between(1, 3) as usize;
        number(lines, "maxBatchSize", settings.max_batch_size as u64);
    }
    settings
}

/// How fast servers, disks and links are.
fn pace(draws: &mut Draws, lines: &mut Vec<Statement>) -> Pace {
    let mut pace = Pace { boot: Range::micros(50_000, 150_000), ..Pace::default() };
    if draws.chance(20) {
        pace.latency = Range::micros(200, 1000 * draws.between(2, 15));
    }
    if draws.chance(35) {
        pace.fsync = Range::micros(1_000, 1000 * draws.between(10, 120));
    }
    if draws.chance(25) {
        pace.write = Range::micros(1_000, 1000 * draws.between(10, 80));
    }
    if draws.chance(30) {
        pace.task = Range::micros(0, draws.pick(&[50, 500, 3_000]));
    }
    let plain = Pace::default();
    for (key, range) in paces(&pace) {
        if paces(&plain).into_iter().any(|(other, plain)| other == key && plain != range) {
            set(lines, key, say::range_value(range));
        }
    }
    if draws.chance(25) {
        set(lines, "absent", Value::Word("unanswered"));
    }
    pace
}

/// The settings of a pace, with their keys.
fn paces(pace: &Pace) -> [(&'static str, Range); 5] {
    [
        ("latency", pace.latency),
        ("boot", pace.boot),
        ("fsync", pace.fsync),
        ("write", pace.write),
        ("task", pace.task),
    ]
}

/// A port between servers, or all of them.
pub(super) fn port(draws: &mut Draws) -> Option<Port> {
    draws.pick(&[None, None, None, Some(Port::Election), Some(Port::Quorum), Some(Port::Quorum)])
}

/// The servers start, all at once or in some order.
pub(super) fn start(world: &World, draws: &mut Draws) -> Vec<Line> {
    if draws.chance(60) {
        return vec![say::at(0, Step::Start(Servers::All))];
    }
    let mut names = world.names();
    draws.shuffle(&mut names);
    let mut when = 0;
    let mut lines = Vec::new();
    for name in names {
        lines.push(say::at(when, Step::Start(say::one(&name))));
        when = (when + draws.between(0, 600)).min(world.begin - 1);
    }
    lines
}
