//! Requests one after the other, through any server: replies and states are those of the naive model.

use crate::harness::*;
use crate::model::{Model, said};
use crate::requests::{Move, cases, moves, part};
use crate::user::*;
use proptest::prelude::*;
use zablab_protocol::{Millis, Op, Settings, Sid, Zxid};

/// A run of the machine beside the model.
pub(crate) struct Beside {
    pub(crate) c: Cluster,
    pub(crate) model: Model,
    pub(crate) users: Vec<User>,
    servers: Vec<Sid>,
    opened: i64,
}

impl Beside {
    pub(crate) fn new(c: Cluster, servers: &[Sid], first: Zxid) -> Beside {
        let mut beside =
            Beside { c, model: Model::new(first), users: Vec::new(), servers: servers.to_vec(), opened: 0 };
        beside.open(0);
        beside
    }

    fn open(&mut self, at: usize) {
        let at = self.servers[at % self.servers.len()];
        self.opened += 1;
        let user = User::open(&mut self.c, self.opened, at);
        self.model.execute(user.session, &Op::CreateSession { timeout: TIMEOUT }, Millis(0)).unwrap();
        self.users.push(user);
    }

    fn ask(&mut self, who: usize, op: Op) {
        let now = self.c.now();
        let user = &mut self.users[who];
        let expected = self.model.execute(user.session, &op, now);
        let answer = user.ask(&mut self.c, op.clone());
        assert_eq!(said(&answer.result), expected, "{op}");
        assert_eq!(answer.zxid, self.model.zxid, "{op}");
    }

    pub(crate) fn make(&mut self, moves: Vec<Move>) {
        for one in moves {
            let users = self.users.len();
            match one {
                Move::Open(at) => self.open(at),
                Move::Pass(span) => self.c.pass(span),
                _ if users == 0 => {}
                Move::Ask(who, op) => self.ask(who % users, op),
                Move::Close(who) => {
                    self.ask(who % users, Op::CloseSession);
                    let user = self.users.remove(who % users);
                    assert!(!user.is_connected(&self.c));
                }
                Move::Reconnect(who, at) => {
                    let user = &mut self.users[who % users];
                    user.hang_up(&mut self.c);
                    let timeout = user.move_to(&mut self.c, self.servers[at % self.servers.len()]);
                    assert_eq!(timeout, Some(TIMEOUT));
                }
            }
        }
        for sid in &self.servers {
            self.model.assert_is(self.c.server(*sid));
        }
    }
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn an_ensemble_answers_like_the_model(moves in moves()) {
        let c = ensemble(Settings::default());
        Beside::new(c, &[S1, S2, S3, S4], z(1, 0)).make(moves);
    }

    #[test]
    fn a_standalone_server_answers_like_the_model(moves in moves()) {
        Beside::new(standalone(), &[S1], Zxid::ZERO).make(moves);
    }

    #[test]
    fn a_multi_that_fails_changes_nothing_but_the_zxid(
        before in moves(),
        mut parts in prop::collection::vec(part(), 0..5),
        at in 0..6usize,
        after in moves(),
    ) {
        parts.insert(at.min(parts.len()), delete("/nowhere"));
        let mut beside = Beside::new(ensemble(Settings::default()), &[S1, S2, S3, S4], z(1, 0));
        beside.make(before);
        let model = beside.model.clone();
        beside.make(vec![Move::Open(1)]);
        let last = beside.users.len() - 1;
        beside.make(vec![Move::Ask(last, Op::Multi(parts.into())), Move::Close(last)]);
        prop_assert!(beside.model.same_but_zxid(&model));
        beside.make(after);
    }
}

#[test]
fn a_standalone_server_counts_on_where_the_counter_of_its_epoch_is_used_up() {
    let mut c = Cluster::new(1);
    c.set_disk(S1, disk(&[(0, 0xffff_fffe)], 0, 0));
    c.start(S1);
    c.settle();
    let mut user = User::open(&mut c, 1, S1);
    user.must(&mut c, Op::Create { path: "/a".into(), data: "".into(), mode: Default::default() });
    assert!(c.status(S1).standalone && c.shows(S1, "/a"));
    assert_eq!(c.status(S1).last_processed, z(1, 0));
}

#[test]
fn a_sequential_znode_may_stand_right_below_the_root() {
    let mut c = standalone();
    let mut user = User::open(&mut c, 1, S1);
    let mode = zablab_protocol::CreateMode { sequential: true, ephemeral: false };
    for path in ["/0000000000", "/0000000001"] {
        user.must(&mut c, Op::Create { path: "/".into(), data: "".into(), mode });
        assert!(c.shows(S1, path));
    }
}
