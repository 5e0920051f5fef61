//! Servers and clients under no clock at all: whatever is enabled may happen next, timers included, with faults between
//! any two actions: processes that end or stand still, links that are cut, broken or refused, disks that are full, that fail
//! a write, or that are lost. No property is broken, no ephemeral znode is without its session, and nothing panics. The
//! number of walks is scaled by `ZABLAB_TEST_SEEDS`.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use std::collections::BTreeSet;
use std::sync::Arc;
use zablab_protocol::{
    Change, ClientConfig, Config, CreateMode, Defect, Millis, Op, Origin, Path, PeerType, Port,
    QuorumVerifier, SessionId, SessionTable, Settings, Sid, Timer, Tree, Txn, Zxid,
};
use zablab_sim::check::{Checks, Seen, Violation};
use zablab_sim::ensemble::{Action, ClientNode, Effect, Ensemble, Loss, NodeId, Ports};
use zablab_sim::run::{describe, resolve};
use zablab_sim::scenario::Scenario;
use zablab_sim::schedule::{Key, Kind, Moment, Range, Stream};

/// So that the sessions of clients who stay away, which last for ten seconds, can end within a walk.
const MILLIS_A_STEP: u64 = 5;

/// Whose next write fails: a file's, or any.
const FILES: [Option<&str>; 6] =
    [None, Some("log"), Some("acceptedEpoch"), Some("currentEpoch"), Some("snapshot"), Some("truncation")];

struct Walk {
    draws: Stream,
    ensemble: Ensemble,
    /// The server whose disk may be lost, any number of times. Two majorities of an even number have two servers in
    /// common, so that what a quorum has promised or logged is known to one that is not this one; of an odd number there
    /// is none. An observer is in no quorum.
    spare: Option<NodeId>,
    checks: Checks,
    effects: Vec<Effect>,
    violations: Vec<Violation>,
    step: u64,
    writes: i32,
    committed: u64,
    kinds: Kinds,
    met: Met,
}

/// The kinds of fault in a walk besides processes that end: few get further than all of them at once.
#[derive(Clone, Copy)]
struct Kinds {
    cuts: bool,
    refusals: bool,
    bad_disks: bool,
    lost_disks: bool,
    pauses: bool,
}

/// How often faults met something.
#[derive(Default)]
struct Met {
    /// Writes to a disk that failed.
    failed_writes: u64,
    /// Disks that were lost with something durable on them.
    lost_disks: u64,
    /// Connections that were refused where somebody listened.
    refused: u64,
    /// Processes that went on after standing still.
    resumed: u64,
}

impl Met {
    fn add(&mut self, other: &Met) {
        self.failed_writes += other.failed_writes;
        self.lost_disks += other.lost_disks;
        self.refused += other.refused;
        self.resumed += other.resumed;
    }
}

impl Walk {
    fn new(seed: u64, defects: &[Defect]) -> Walk {
        let mut draws = Stream::new(seed, Key { kind: Kind::Loss, a: -2, b: 0, number: 0 });
        let mut draw = |below: u64| draws.within(Range { min: 0, max: below - 1 });
        let servers = [3, 3, 4, 4, 5][draw(5) as usize];
        let settings = Settings {
            commit_log_count: [1, 3, 500][draw(3) as usize],
            snap_count: [2, 6, 100_000][draw(3) as usize],
            snapshot_size_factor: [-1, 330, 1_000_000][draw(3) as usize],
            pre_alloc_size: [0, 65_536][draw(2) as usize],
            max_batch_size: [1, 1000][draw(2) as usize],
            defects: defects.iter().copied().collect(),
            ..Settings::default()
        };
        let kind = |sid| if sid == 9 { PeerType::Observer } else { PeerType::Participant };
        let sids: Vec<i64> = (1..=servers).chain((draw(3) == 0).then_some(9)).collect();
        let verifier =
            Arc::new(QuorumVerifier::majority(sids.iter().map(|sid| (Sid(*sid), kind(*sid)))).unwrap());
        let config = |sid| Config { sid: Sid(sid), verifier: verifier.clone(), settings: settings.clone() };
        let nodes = sids.iter().map(|sid| (Arc::from(format!("zk{sid}")), Arc::new(config(*sid)), false));
        let spare = match sids.len() as i64 - servers {
            0 if servers % 2 == 1 => None,
            0 => Some(NodeId(draw(servers as u64) as u16)),
            _ => Some(NodeId(servers as u16)),
        };
        let mut some = || draw(2) == 0;
        let kinds =
            Kinds { cuts: some(), refusals: some(), bad_disks: some(), lost_disks: some(), pauses: some() };
        let config =
            ClientConfig { servers: sids.iter().copied().map(Sid).collect(), timeout: Millis(10_000) };
        let config = Arc::new(config);
        let clients = (0..2).map(|at| ClientNode::new(format!("c{at}").into(), config.clone(), at)).collect();
        Walk {
            ensemble: Ensemble::new(nodes, clients),
            spare,
            draws,
            checks: Checks::default(),
            effects: Vec::new(),
            violations: Vec::new(),
            step: 0,
            writes: 0,
            committed: 0,
            kinds,
            met: Met::default(),
        }
    }

    /// Everybody starts.
    fn begin(&mut self) {
        let ids: Vec<NodeId> = self.ensemble.ids().collect();
        ids.into_iter().for_each(|id| self.act(&Action::Start(id)));
    }

    fn draw(&mut self, below: usize) -> usize {
        self.draws.within(Range { min: 0, max: below as u64 - 1 }) as usize
    }

    fn node(&mut self) -> NodeId {
        NodeId(self.draw(self.ensemble.nodes.len()) as u16)
    }

    fn client(&mut self) -> NodeId {
        let at = self.draw(self.ensemble.clients.len());
        self.ensemble.client_ids().nth(at).unwrap()
    }

    /// A server or a client.
    fn somebody(&mut self) -> NodeId {
        if self.draw(4) == 0 { self.client() } else { self.node() }
    }

    /// What a client asks for; paths and versions that often clash.
    fn op(&mut self) -> Op {
        let path: Path = ["/a", "/b", "/a/c", "/s-"][self.draw(4)].into();
        let mode = CreateMode { ephemeral: self.draw(2) == 0, sequential: self.draw(3) == 0 };
        let watch = self.draw(2) == 0;
        match self.draw(8) {
            0..=2 => Op::Create { path, data: "x".into(), mode },
            3 => Op::SetData { path, data: "y".into(), version: (self.draw(2) == 0).then_some(0) },
            4 => Op::Delete { path, version: None },
            5 => Op::GetData { path, watch },
            6 => Op::GetChildren { path, watch },
            _ => Op::Sync { path },
        }
    }

    fn act(&mut self, action: &Action) {
        self.step += 1;
        self.effects.clear();
        match action {
            Action::Arrive { from, port, to } => {
                let is_up = self.ensemble.node(*to).peer().is_some();
                self.met.refused += u64::from(is_up && self.ensemble.net.is_refused(*from, *to, *port));
            }
            Action::Resume(_) => self.met.resumed += u64::from(self.ensemble.changes(action)),
            _ => {}
        }
        // Time orders nothing here, but a server names its sessions by it, and expires them.
        self.ensemble.set_now(self.step * MILLIS_A_STEP * 1_000_000);
        self.ensemble.apply(action, &mut self.effects);
        let moment = Moment { at: 0, step: self.step, cause: 0 };
        let seen = Seen { moment, action, effects: &self.effects, ensemble: &self.ensemble };
        self.checks.observe(&seen, &mut self.violations);
        let commits = |effect: &&Effect| matches!(effect, Effect::Decided { decision, .. } if decision.name() == "committed");
        self.committed += self.effects.iter().filter(commits).count() as u64;
        for effect in &self.effects {
            match effect {
                Effect::DiskFailed { .. } => self.met.failed_writes += 1,
                Effect::DiskLost { durable: Some(_), .. } => self.met.lost_disks += 1,
                _ => {}
            }
        }
    }

    /// Something that nobody asked for. What mends or goes on again comes more often than what it undoes.
    fn fault(&mut self) -> Action {
        let (node, other) = (self.node(), self.node());
        let ports = Ports::only([None, Some(Port::Election), Some(Port::Quorum)][self.draw(3)]);
        let kinds = self.kinds;
        match self.draw(24) {
            0 => Action::Kill(node),
            1 => {
                let bits = self.draws.bits();
                Action::PowerOff(node, Loss::Drawn(bits))
            }
            2..=5 => Action::Start(node),
            6 => Action::Kill(self.client()),
            7 if kinds.cuts => Action::Cut { from: node, to: other, ports: Ports::ALL, on: true },
            8 | 9 => Action::Cut { from: node, to: other, ports: Ports::ALL, on: false },
            10 if kinds.cuts => Action::Reset { a: node, b: other, ports: Ports::ALL },
            11 if kinds.cuts => Action::Reset { a: self.client(), b: node, ports: Ports::ALL },
            12 if kinds.refusals => Action::Refuse { from: node, to: other, ports, on: true },
            13 | 14 => Action::Refuse { from: node, to: other, ports: Ports::ALL, on: false },
            15 if kinds.bad_disks => Action::Fill(node, self.draws.bits()),
            16 if kinds.bad_disks => {
                let file = FILES[self.draw(FILES.len())];
                Action::Fail { node, file, torn: self.draws.bits() }
            }
            17..=19 => Action::Mend(node),
            20 if kinds.lost_disks => self.spare.map_or(Action::Mend(node), Action::Wipe),
            21 if kinds.pauses => Action::Pause(self.somebody()),
            22 | 23 => Action::Resume(self.somebody()),
            _ => Action::Start(node),
        }
    }

    /// The next action: mostly what is enabled, a timer only now and then, for time passes slowly here.
    fn next(&mut self, faults: bool) -> Action {
        if faults && self.draw(60) == 0 {
            let mut fault = self.fault();
            while !self.ensemble.changes(&fault) {
                fault = self.fault();
            }
            return fault;
        }
        if self.draw(20) == 0 {
            let client = self.client();
            return match self.ensemble.changes(&Action::Start(client)) {
                true => Action::Start(client),
                false => Action::Ask { client, op: self.op() },
            };
        }
        if self.draw(25) == 0 {
            self.writes += 1;
            let (session, path) = (1, format!("/n{}", self.writes).into());
            let op = Op::Create { path, data: "".into(), mode: CreateMode::default() };
            return Action::Client {
                node: self.node(),
                origin: Origin { session: SessionId(session), cxid: self.writes },
                op,
            };
        }
        let enabled = self.ensemble.enabled();
        let timely = self.draw(30) == 0;
        let patient = self.draw(40) > 0;
        let some: Vec<&Action> = enabled
            .iter()
            .filter(|action| match action {
                Action::Timer { timer, .. } => timely && (is_short(*timer) || !patient),
                _ => !timely,
            })
            .collect();
        match (some.len(), enabled.len()) {
            (0, 0) => Action::Start(self.node()),
            (0, _) if enabled.iter().any(|action| !matches!(action, Action::Timer { .. })) => {
                self.next(faults)
            }
            (0, all) => enabled[self.draw(all)].clone(),
            (n, _) => some[self.draw(n)].clone(),
        }
    }
}

/// Every ephemeral znode goes with a session that the same server knows.
fn is_whole(tree: &Tree, sessions: &SessionTable) -> bool {
    let owners = tree.iter().map(|(_, znode)| znode.stat.ephemeral_owner);
    let mut owners = owners.filter(|owner| *owner != SessionId::NONE);
    owners.all(|owner| sessions.timeout(owner).is_some())
}

#[test]
fn an_ephemeral_znode_without_its_session_is_noticed() {
    let mut tree = Tree::default();
    let owner = SessionId(1 << 40);
    let change = Change::Create { path: "/e".into(), data: "".into(), parent_cversion: 1, owner };
    assert!(is_whole(&tree, &SessionTable::default()));
    tree.apply(&Txn::new(Zxid(1), Origin::default(), Millis(0), change)).unwrap();
    assert!(!is_whole(&tree, &SessionTable::default()));
}

/// Timers of a fraction of a second, by whose ringing an ensemble comes to be; the others give something up.
fn is_short(timer: Timer) -> bool {
    matches!(timer, Timer::FinalizeWait | Timer::Notification | Timer::ConnectRetry | Timer::HalfTick)
}

/// What is broken in the first of so many walks in which anything is.
fn broken(walks: u64, walk: impl Fn(u64) -> Walk) -> Option<&'static str> {
    (0..walks).find_map(|seed| {
        let mut walk = walk(seed);
        walk.begin();
        (0..4000).find_map(|step| {
            let action = walk.next(step > 300);
            walk.act(&action);
            walk.violations.first().map(|violation| violation.property)
        })
    })
}

#[test]
fn a_broken_machine_does_not_get_through() {
    let some = [
        (Defect::CommitWithoutQuorum, "durable-before-commit"),
        (Defect::TrustSingleLeading, "elected-by-quorum"),
        (Defect::ReuseDbWithoutReplay, "logs-agree"),
        // Shown by a power failure, and by a write that fails.
        (Defect::SnapshotNotSynced, "disk-keeps-promises"),
        (Defect::LogThreadDiesAlone, "no-silent-divergence"),
    ];
    for (defect, property) in some {
        assert_eq!(broken(100, |seed| Walk::new(seed, &[defect])), Some(property), "{defect:?}");
    }
}

#[test]
fn a_lost_disk_is_noticed_where_quorums_have_nobody_else_in_common() {
    let found = broken(100, |seed| {
        let mut walk = Walk::new(seed, &[]);
        walk.kinds.lost_disks = true;
        // Of three or five servers; what one of four may lose it may not.
        let odd = walk.ensemble.nodes.iter().filter(|node| node.sid().0 < 9).count() % 2 == 1;
        walk.spare = odd.then_some(NodeId(0));
        walk
    });
    assert_eq!(found, Some("committed-durability"));
}

/// Walks with every kind of fault, of which each line of an exact schedule is asked for what it means.
#[test]
fn whatever_can_happen_can_be_said_and_is_what_was_said() {
    let mut said = BTreeSet::new();
    for seed in 0..10 {
        let mut walk = Walk::new(seed, &[]);
        walk.begin();
        for step in 0..2500 {
            for action in walk.ensemble.enabled() {
                let happening = describe(&walk.ensemble, &action);
                let happening = happening.unwrap_or_else(|| panic!("seed {seed}, step {step}: {action:?}"));
                let found = resolve(&walk.ensemble, &happening);
                assert_eq!(found, Ok(action), "seed {seed}, step {step}: {happening}");
                said.insert(happening.to_string());
            }
            let action = walk.next(step > 300);
            walk.act(&action);
        }
    }
    let lines: String = said.iter().map(|words| format!("         next {words}\n")).collect();
    let text = format!(
        "ensemble zk1 zk2 zk3 zk4 zk5 zk9:observer\nclient c0\nclient c1\n\nat 0s    freeze\n{lines}"
    );
    let scenario = Scenario::parse("said", &text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(scenario.to_string(), text, "it is canonical");
    // So that the walks do not pass by what they are for.
    let kinds = [
        "got NOTIFICATION from",
        "got connection from",
        "got close from",
        "connected to",
        "reached",
        "timer election-connect zk",
        "timer handler-read zk",
        "timer proposal zk",
        "timer client-read",
        "ran log-writer",
        "ran handler zk",
        "wrote currentEpoch",
        "wrote log",
        "wrote snapshot",
        "booted",
        "on client",
        "nth 2",
    ];
    for kind in kinds {
        assert!(said.iter().any(|words| words.contains(kind)), "nothing of {kind} in {} lines", said.len());
    }
}

#[test]
fn no_order_of_events_breaks_a_property() {
    walked(0);
}

#[test]
fn no_other_order_of_events_breaks_a_property() {
    walked(1);
}

/// Every other seed from this one on: two parts that run side by side.
fn walked(from: u64) {
    let seeds = std::env::var("ZABLAB_TEST_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(200u64);
    let walks = seeds / 2;
    let (mut committed, mut sessions, mut met) = (0, 0, Met::default());
    for seed in (from..2 * walks).step_by(2) {
        let mut walk = Walk::new(seed, &[]);
        walk.begin();
        for step in 0..4000 {
            let action = walk.next(step > 300);
            walk.act(&action);
            assert_eq!(walk.violations, [], "seed {seed}, step {step}, after {action:?}");
            let mut peers = walk.ensemble.nodes.iter().filter_map(|node| node.peer());
            assert!(step % 50 > 0 || peers.all(|peer| is_whole(peer.tree(), peer.sessions())), "seed {seed}");
        }
        let known = walk.ensemble.nodes.iter().filter_map(|node| node.peer());
        sessions += known.map(|peer| peer.sessions().len()).max().unwrap_or(0) as u64;
        committed += walk.committed;
        met.add(&walk.met);
    }
    assert!(committed > walks, "the walks hardly commit: {committed} in {walks}");
    assert!(sessions * 4 > walks, "the clients hardly get sessions: {sessions} in {walks}");
    let Met { failed_writes, lost_disks, refused, resumed } = met;
    assert!(failed_writes * 2 > walks, "disks hardly fail: {failed_writes} writes in {walks}");
    assert!(lost_disks * 8 > walks, "disks that are lost hold nothing: {lost_disks} in {walks}");
    assert!(refused > walks, "hardly a connection is refused: {refused} in {walks}");
    assert!(resumed * 4 > walks, "hardly anybody stands still: {resumed} in {walks}");
}
