//! What is ordered in a frozen world, made at random.

use super::*;

/// A server, or where one can stand, a client.
fn party() -> impl Strategy<Value = ServerRef> {
    prop_oneof![2 => server(), 1 => client().prop_map(ServerRef::Name)]
}

fn got() -> impl Strategy<Value = What> {
    let what = prop_oneof![
        4 => select(Packet::ALL).prop_map(Parcel::Packet),
        1 => Just(Parcel::Connection),
        1 => Just(Parcel::Close),
    ];
    (what, party(), port()).prop_map(|(what, from, port)| What::Got { what, from, port })
}

fn timer() -> impl Strategy<Value = What> {
    (select(Timer::ALL), option::of(party()))
        .prop_map(|(timer, about)| What::Timer { timer, about: about.filter(|_| timer.is_about()) })
}

/// At a server or a client.
fn anywhere() -> impl Strategy<Value = What> {
    prop_oneof![
        3 => got(),
        1 => (server(), port()).prop_map(|(to, port)| What::Connected { to, port }),
        1 => (server(), port()).prop_map(|(to, port)| What::Reached { to, port }),
        2 => timer(),
        1 => Just(What::Ran { task: Task::PacketLoop, about: None }),
    ]
}

fn at_a_server() -> impl Strategy<Value = What> {
    prop_oneof![
        4 => anywhere(),
        1 => select(vec![Task::LogWriter, Task::CommitApplier])
            .prop_map(|task| What::Ran { task, about: None }),
        1 => option::of(party()).prop_map(|about| What::Ran { task: Task::Handlers, about }),
        1 => select(File::ALL).prop_map(What::Wrote),
        1 => Just(What::Booted),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    let at_client = (client().prop_map(ServerRef::Name), anywhere());
    (
        prop_oneof![2 => (server(), at_a_server()).boxed(), 1 => at_client.boxed()],
        prop_oneof![Just(1), 1..=u32::MAX],
    )
        .prop_map(|((at, what), nth)| Happening { at, what, nth })
}

/// A world is frozen and thaws at one time, so that it is so whatever else the scenario says.
pub(super) fn frozen() -> impl Strategy<Value = Vec<Timed>> {
    (time(), vec((happening(), any::<bool>()), 1..6), any::<bool>()).prop_map(|(time, nexts, continued)| {
        let nexts = nexts.into_iter().map(|(happening, continued)| (Step::Next(happening), continued));
        let all = [(Step::Freeze, false)].into_iter().chain(nexts).chain([(Step::Thaw, continued)]);
        let timed = all
            .map(|(step, continued)| Timed { continued, ..Timed::new(Prefix::At(time), Action::Step(step)) });
        timed.collect()
    })
}
