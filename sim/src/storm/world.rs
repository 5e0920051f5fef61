//! The ensemble of a plan: servers, quorum rule, settings, and how fast its world is.

use super::draws::Draws;
use super::say;
use crate::liveness::patience;
use crate::run::{self, tuned};
use crate::scenario::{Line, Port, ServerDecl, Servers, Setting, Span, Statement, Step, Value};
use crate::schedule::{Pace, Range};
use zablab_protocol::{QuorumVerifier, Settings, Sid};

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
    /// The servers whose disk may be lost, any number of times, if no other's is: see [`spare`].
    pub(super) spare: Vec<String>,
    lines: Vec<Line>,
}

impl World {
    /// A world, of that many voting servers if a number is given; settings that are given stand in place of drawn ones.
    pub(super) fn draw(draws: &mut Draws, servers: Option<u32>, given: &[Setting]) -> World {
        let servers = match servers {
            Some(count) => (1..=count).map(voter).collect(),
            None => ensemble(draws),
        };
        let mut drawn = quorum_rule(draws, &servers);
        drawn.extend(settings(draws));
        drawn.extend(pace(draws));
        drawn.extend(short_epochs(draws));
        drawn.retain(|one| !given.iter().any(|other| other.server.is_none() && other.key == one.key));
        drawn.extend(given.iter().cloned());
        let (settings, pace) = tuned(drawn.iter().filter(|setting| setting.server.is_none()));
        let quiet_pace =
            Pace { boot: pace.boot, takeover: pace.takeover, teardown: pace.teardown, ..Pace::default() };
        let patience = patience([(&settings, &quiet_pace)].into_iter()).as_millis() as u64;
        let quiet = patience + settings.max_session_time().0 + SLACK;
        let end = LENGTH.saturating_sub(quiet).max(BEGIN + SHORTEST_STORM) / 1000 * 1000;
        let spare = spare(&servers, run::quorum_rule(&servers, &drawn).as_ref());
        let mut lines = vec![Line::of(Statement::Ensemble(servers.clone()))];
        lines.extend(drawn.into_iter().map(|setting| Line::of(Statement::Set(setting))));
        World { servers, settings, pace, quiet_pace, begin: BEGIN, end, owed: end + quiet, spare, lines }
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

/// Servers without whom every two quorums still have somebody in common: what a quorum has promised or logged, another one
/// learns from that server, though this one comes back with nothing. Half of an even number of votes is the case.
fn spare(servers: &[ServerDecl], rule: Option<&QuorumVerifier>) -> Vec<String> {
    let Some(rule) = rule else { return Vec::new() };
    let voters: Vec<Sid> = rule.voters().collect();
    // Their sets are gone through one by one.
    if voters.len() > 10 {
        return Vec::new();
    }
    let is_quorum = |bits: u32| {
        let sids = voters.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
        rule.contains_quorum(rule.set_of(sids.map(|(_, sid)| *sid)))
    };
    let everybody = (1u32 << voters.len()) - 1;
    let is_spare = |at: usize| {
        let bit = 1u32 << at;
        (0..=everybody)
            .filter(|set| set & bit != 0)
            .all(|set| !is_quorum(set) || !is_quorum(everybody & !set | bit))
    };
    let spare = voters.iter().enumerate().filter(|(at, _)| is_spare(*at));
    let sids: Vec<i64> = spare.map(|(_, sid)| sid.0).collect();
    servers.iter().filter(|server| sids.contains(&server.sid)).map(|server| server.name.clone()).collect()
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

fn set(key: &str, value: Value) -> Setting {
    Setting { server: None, key: key.to_owned(), value, span: Span::default() }
}

fn number(key: &str, number: u64) -> Setting {
    set(key, Value::Integer(number.cast_signed()))
}

/// Larger ensembles have weights and groups now and then.
fn quorum_rule(draws: &mut Draws, servers: &[ServerDecl]) -> Vec<Setting> {
    let mut drawn = Vec::new();
    let voters: Vec<i64> =
        servers.iter().filter(|server| !server.observer).map(|server| server.sid).collect();
    if !(4..=9).contains(&voters.len()) || !draws.chance(35) {
        return drawn;
    }
    let groups = if voters.len() >= 6 && draws.chance(50) { 3 } else { 1 };
    for group in 0..groups {
        let sids = voters.iter().skip(group).step_by(groups).copied().collect();
        drawn.push(set(&format!("group.{}", group + 1), Value::Sids(sids)));
    }
    for sid in &voters {
        let weight = draws.between(1, 3);
        if weight > 1 {
            drawn.push(number(&format!("weight.{sid}"), weight));
        }
    }
    drawn
}

/// Short ticks make short runs; small windows and snapshots make every way of synchronization happen.
fn settings(draws: &mut Draws) -> Vec<Setting> {
    let tick: u64 = draws.pick(&[100, 100, 200, 200, 300, 500]);
    let ticks = |time: u64| time.div_ceil(tick);
    let factor = |draws: &mut Draws| Value::Decimal(draws.pick(&[-1000, 330, 330, 100_000]));
    let mut drawn = vec![
        number("tickTime", tick),
        number("initLimit", ticks(draws.pick(&[700, 1000, 1500]))),
        number("syncLimit", ticks(draws.pick(&[300, 500, 1000, 2000]))),
        number("cnxTimeout", draws.pick(&[200, 500, 1000])),
        number("maxNotificationInterval", draws.pick(&[400, 800, 1600])),
        number("window", draws.pick(&[1, 2, 4, 10, 30, 500])),
        number("snapCount", draws.pick(&[2, 4, 10, 30, 100_000])),
        set("snapshotSizeFactor", factor(draws)),
    ];
    if draws.chance(10) {
        drawn.push(set("forceSnapshotSync", Value::Word("yes")));
    }
    if draws.chance(25) {
        drawn.push(number("maxBatchSize", draws.between(1, 3)));
    }
    drawn
}

/// How fast servers, disks and links are.
fn pace(draws: &mut Draws) -> Vec<Setting> {
    let mut drawn = vec![set("boot", say::range_value(Range::micros(50_000, 150_000)))];
    let mut range = |key, percent, longest: &[u64], least| {
        if draws.chance(percent) {
            let longest = draws.pick(longest);
            let most = draws.between(longest / 8, longest);
            drawn.push(set(key, say::range_value(Range::micros(least, least + most))));
        }
    };
    range("latency", 20, &[2_000, 15_000], 200);
    range("fsync", 35, &[20_000, 120_000], 1_000);
    range("write", 25, &[20_000, 80_000], 1_000);
    range("task", 30, &[50, 500, 3_000], 0);
    if draws.chance(25) {
        drawn.push(set("absent", Value::Word("unanswered")));
    }
    drawn
}

/// In a few worlds the counter of an epoch is used up while clients write (ZOOKEEPER-1277).
fn short_epochs(draws: &mut Draws) -> Option<Setting> {
    let left = draws.between(5, 120);
    draws.chance(4).then(|| number("initialCounter", u64::from(u32::MAX) - left))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn spare_of(servers: u32, weights: &[(u32, i64)]) -> Vec<String> {
        let servers: Vec<ServerDecl> = (1..=servers).map(voter).collect();
        let sids = Value::Sids(servers.iter().map(|server| server.sid).collect());
        let mut rule: Vec<Setting> =
            weights.iter().map(|(sid, weight)| number(&format!("weight.{sid}"), *weight as u64)).collect();
        rule.extend((!weights.is_empty()).then(|| set("group.1", sids)));
        spare(&servers, run::quorum_rule(&servers, &rule).as_ref())
    }

    #[test]
    fn only_where_quorums_meet_twice_a_disk_may_be_lost() {
        assert_eq!(spare_of(3, &[]), Vec::<String>::new());
        assert_eq!(spare_of(4, &[]), ["zk1", "zk2", "zk3", "zk4"]);
        assert_eq!(spare_of(5, &[]), Vec::<String>::new());
        assert_eq!(spare_of(6, &[]).len(), 6);
        // Six votes, so quorums have four of them; two of three servers can have no more than zk1 in common.
        assert_eq!(spare_of(4, &[(1, 3)]), ["zk2", "zk3", "zk4"]);
    }
}
