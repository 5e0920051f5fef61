//! Servers and clients under no clock at all: whatever is enabled may happen next, timers included, with faults between
//! any two actions. No property is broken, no ephemeral znode is without its session, and nothing panics. The number of walks is scaled by `ZABLAB_TEST_SEEDS`.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use std::sync::Arc;
use zablab_protocol::{
    Change, ClientConfig, Config, CreateMode, Millis, Op, Origin, Path, PeerType, QuorumVerifier, SessionId,
    SessionTable, Settings, Sid, Timer, Tree, Txn, Zxid,
};
use zablab_sim::check::{Checks, Seen, Violation};
use zablab_sim::ensemble::{Action, ClientNode, Effect, Ensemble, Loss, NodeId, Ports};
use zablab_sim::schedule::{Key, Kind, Moment, Range, Stream};

/// So that the sessions of clients who stay away, which last for ten seconds, can end within a walk.
const MILLIS_A_STEP: u64 = 5;

struct Walk {
    draws: Stream,
    ensemble: Ensemble,
    checks: Checks,
    effects: Vec<Effect>,
    violations: Vec<Violation>,
    step: u64,
    writes: i32,
    committed: u64,
}

impl Walk {
    fn new(seed: u64) -> Walk {
        let mut draws = Stream::new(seed, Key { kind: Kind::Loss, a: -2, b: 0, number: 0 });
        let mut draw = |below: u64| draws.within(Range { min: 0, max: below - 1 });
        let servers = [3, 3, 4, 5][draw(4) as usize];
        let settings = Settings {
            commit_log_count: [1, 3, 500][draw(3) as usize],
            snap_count: [2, 6, 100_000][draw(3) as usize],
            snapshot_size_factor: [-1, 330, 1_000_000][draw(3) as usize],
            pre_alloc_size: [0, 65_536][draw(2) as usize],
            max_batch_size: [1, 1000][draw(2) as usize],
            ..Settings::default()
        };
        let kind = |sid| if sid == 9 { PeerType::Observer } else { PeerType::Participant };
        let sids: Vec<i64> = (1..=servers).chain((draw(3) == 0).then_some(9)).collect();
        let verifier =
            Arc::new(QuorumVerifier::majority(sids.iter().map(|sid| (Sid(*sid), kind(*sid)))).unwrap());
        let config = |sid| Config { sid: Sid(sid), verifier: verifier.clone(), settings: settings.clone() };
        let nodes = sids.iter().map(|sid| (Arc::from(format!("zk{sid}")), Arc::new(config(*sid)), false));
        let config =
            ClientConfig { servers: sids.iter().copied().map(Sid).collect(), timeout: Millis(10_000) };
        let config = Arc::new(config);
        let clients = (0..2).map(|at| ClientNode::new(format!("c{at}").into(), config.clone(), at)).collect();
        Walk {
            ensemble: Ensemble::new(nodes, clients),
            draws,
            checks: Checks::default(),
            effects: Vec::new(),
            violations: Vec::new(),
            step: 0,
            writes: 0,
            committed: 0,
        }
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
        // Time orders nothing here, but a server names its sessions by it, and expires them.
        self.ensemble.set_now(self.step * MILLIS_A_STEP * 1_000_000);
        self.ensemble.apply(action, &mut self.effects);
        let moment = Moment { at: 0, step: self.step, cause: 0 };
        let seen = Seen { moment, action, effects: &self.effects, ensemble: &self.ensemble };
        self.checks.observe(&seen, &mut self.violations);
        let commits = |effect: &&Effect| matches!(effect, Effect::Decided { decision, .. } if decision.name() == "committed");
        self.committed += self.effects.iter().filter(commits).count() as u64;
    }

    /// Something that nobody asked for.
    fn fault(&mut self) -> Action {
        let (node, other) = (self.node(), self.node());
        match self.draw(11) {
            9 => Action::Kill(self.client()),
            10 => Action::Reset { a: self.client(), b: node, ports: Ports::ALL },
            0 => Action::Kill(node),
            1 => {
                let bits = self.draws.bits();
                Action::PowerOff(node, Loss::Drawn(bits))
            }
            2..=4 => Action::Start(node),
            5 => Action::Cut { from: node, to: other, ports: Ports::ALL, on: true },
            6 => Action::Reset { a: node, b: other, ports: Ports::ALL },
            _ => Action::Cut { from: node, to: other, ports: Ports::ALL, on: false },
        }
    }

    /// The next action: mostly what is enabled, a timer only now and then, for time passes slowly here.
    fn next(&mut self, faults: bool) -> Action {
        if faults && self.draw(60) == 0 {
            return self.fault();
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

#[test]
fn no_order_of_events_breaks_a_property() {
    let walks = std::env::var("ZABLAB_TEST_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(100u64);
    let (mut committed, mut sessions) = (0, 0);
    for seed in 0..walks {
        let mut walk = Walk::new(seed);
        let ids: Vec<NodeId> = walk.ensemble.ids().collect();
        ids.into_iter().for_each(|id| walk.act(&Action::Start(id)));
        for step in 0..4000 {
            let action = walk.next(step > 300);
            walk.act(&action);
            assert_eq!(walk.violations, [], "seed {seed}, after {action:?}");
            let mut peers = walk.ensemble.nodes.iter().filter_map(|node| node.peer());
            assert!(step % 50 > 0 || peers.all(|peer| is_whole(peer.tree(), peer.sessions())), "seed {seed}");
        }
        let known = walk.ensemble.nodes.iter().filter_map(|node| node.peer());
        sessions += known.map(|peer| peer.sessions().len()).max().unwrap_or(0) as u64;
        committed += walk.committed;
    }
    assert!(committed > walks, "the walks hardly commit: {committed} in {walks}");
    assert!(sessions * 4 > walks, "the clients hardly get sessions: {sessions} in {walks}");
}
