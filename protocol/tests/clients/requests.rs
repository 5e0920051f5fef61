//! Requests for the laws: few paths and few versions, so that they meet.

use proptest::prelude::*;
use proptest::sample::select;
use zablab_protocol::{CreateMode, Op, Path};

/// So many cases, and no file that remembers the bad ones.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// What happens next, of all that may.
pub(crate) fn pick() -> impl Strategy<Value = u16> {
    any::<u16>()
}

const PATHS: [&str; 8] = ["/", "/a", "/a/b", "/a/b/c", "/a/s", "/d", "/e", "/zookeeper/quota"];

fn path() -> impl Strategy<Value = Path> {
    select(&PATHS[..]).prop_map(Path::from)
}

fn data() -> impl Strategy<Value = Path> {
    select(&["", "x", "three"][..]).prop_map(Path::from)
}

fn version() -> impl Strategy<Value = Option<i32>> {
    prop_oneof![2 => Just(None), 1 => (0..3).prop_map(Some)]
}

/// Where and how something is created.
pub(crate) fn create() -> impl Strategy<Value = Op> {
    (path(), data(), any::<bool>(), any::<bool>()).prop_map(|(path, data, ephemeral, sequential)| {
        Op::Create { path, data, mode: CreateMode { ephemeral, sequential } }
    })
}

/// A write that may be part of a multi.
pub(crate) fn part() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => create(),
        2 => (path(), data(), version())
            .prop_map(|(path, data, version)| Op::SetData { path, data, version }),
        2 => (path(), version()).prop_map(|(path, version)| Op::Delete { path, version }),
        1 => (path(), version()).prop_map(|(path, version)| Op::Check { path, version }),
    ]
}

pub(crate) fn write() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => part(),
        1 => prop::collection::vec(part(), 0..5).prop_map(|parts| Op::Multi(parts.into())),
    ]
}

fn read() -> impl Strategy<Value = Op> {
    prop_oneof![
        path().prop_map(|path| Op::GetData { path, watch: false }),
        path().prop_map(|path| Op::Exists { path, watch: false }),
        path().prop_map(|path| Op::GetChildren { path, watch: false }),
        path().prop_map(|path| Op::Sync { path }),
    ]
}

/// Anything that a client with a session asks for, but its end.
pub(crate) fn request() -> impl Strategy<Value = Op> {
    prop_oneof![3 => write(), 1 => read()]
}

/// What happens in a run in which everything comes to rest before the next.
#[derive(Clone, Debug)]
pub(crate) enum Move {
    /// A new session at this server.
    Open(usize),
    /// A client asks.
    Ask(usize, Op),
    /// A client ends its session.
    Close(usize),
    /// A client goes on at this server.
    Reconnect(usize, usize),
    /// Time passes.
    Pass(u64),
}

pub(crate) fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        2 => (0..4usize).prop_map(Move::Open),
        20 => (0..4usize, request()).prop_map(|(who, op)| Move::Ask(who, op)),
        2 => (0..4usize).prop_map(Move::Close),
        2 => (0..4usize, 0..4usize).prop_map(|(who, at)| Move::Reconnect(who, at)),
        1 => (1..500u64).prop_map(Move::Pass),
    ];
    prop::collection::vec(one, 1..40)
}
