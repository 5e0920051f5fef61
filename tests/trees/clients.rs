//! What is said about clients.

use super::*;

/// Clients of their own, and one of the workload's.
const CLIENTS: &[&str] = &["c1", "bob", "w.2"];
const WORKLOAD: &str = "w.";

pub(super) fn client() -> impl Strategy<Value = String> {
    select(CLIENTS).prop_map(str::to_owned)
}

/// A client or the workload.
pub(super) fn client_or_workload() -> impl Strategy<Value = String> {
    prop_oneof![4 => client(), 1 => Just(WORKLOAD.to_owned())]
}

fn timeout() -> impl Strategy<Value = Option<Time>> {
    let asked = time().prop_filter("what is asked for anyway is not told", |time| {
        !matches!(*time, Time(0) | ClientDecl::TIMEOUT)
    });
    option::of(asked)
}

fn connection_string() -> impl Strategy<Value = Vec<String>> {
    vec(select(NAMES).prop_map(str::to_owned), 0..4)
}

fn mix() -> impl Strategy<Value = Mix> {
    let weight = || prop_oneof![Just(0), 0..=1000u32];
    (weight(), weight(), weight(), weight(), weight(), weight())
        .prop_map(|(reads, writes, cas, sync_reads, locks, queues)| Mix {
            reads,
            writes,
            cas,
            sync_reads,
            locks,
            queues,
        })
        .prop_filter("it does something", |mix| *mix != Mix::default())
}

/// The lines that declare [`CLIENTS`].
pub(super) fn declarations() -> impl Strategy<Value = Vec<Statement>> {
    let clients = vec((connection_string(), timeout()), 2);
    let pause = (time(), time()).prop_map(|(a, b)| (a.min(b), a.max(b)));
    let job = (2..=64u32, prop_oneof![Just(1), 1..=1000u32], 1..=1_000_000u32, mix(), option::of(pause));
    (clients, job, connection_string(), timeout()).prop_map(|(clients, job, servers, timeout)| {
        let (number, keys, operations, mix, think) = job;
        let (name, span) = (WORKLOAD.to_owned(), Span::default());
        let workload =
            WorkloadDecl { name, clients: number, keys, operations, mix, think, timeout, servers, span };
        let clients = CLIENTS.iter().zip(clients).map(|(name, (servers, timeout))| {
            Statement::Client(ClientDecl { name: (*name).to_owned(), servers, timeout, span })
        });
        clients.chain([Statement::Workload(workload)]).collect()
    })
}

/// What can stand in a `multi`.
fn part(times: BoxedStrategy<u32>) -> impl Strategy<Value = Call> {
    prop_oneof![
        (path(), option::of(data()), any::<bool>(), any::<bool>(), times.clone()).prop_map(
            |(path, data, ephemeral, sequential, times)| Call::Create {
                path,
                data,
                ephemeral,
                sequential,
                times
            }
        ),
        (path(), data(), version(), times).prop_map(|(path, data, version, times)| Call::Set {
            path,
            data,
            version,
            times
        }),
        (path(), version()).prop_map(|(path, version)| Call::Delete { path, version }),
        (path(), 0..=i32::MAX).prop_map(|(path, version)| Call::Check { path, version }),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        4 => part(times().boxed()),
        1 => (path(), any::<bool>()).prop_map(|(path, watch)| Call::Get { path, watch }),
        1 => (path(), any::<bool>()).prop_map(|(path, watch)| Call::Exists { path, watch }),
        1 => (path(), any::<bool>()).prop_map(|(path, watch)| Call::Children { path, watch }),
        1 => path().prop_map(|path| Call::Sync { path }),
        3 => vec(part(Just(1).boxed()), 1..4).prop_map(Call::Multi),
        1 => path().prop_map(|path| Call::Lock { path }),
        1 => path().prop_map(|path| Call::Unlock { path }),
        1 => (path(), data()).prop_map(|(path, data)| Call::Put { path, data }),
        1 => path().prop_map(|path| Call::Take { path }),
    ]
}

pub(super) fn client_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => vec(client_or_workload(), 1..4).prop_map(Step::Close),
        6 => (client(), call()).prop_map(|(client, call)| Step::Client { client, call }),
    ]
}

pub(super) fn facts() -> impl Strategy<Value = Facts> {
    let zxid = || option::of(any::<u64>());
    let owner = prop_oneof![Just(Owner::Nobody), client().prop_map(Owner::Client)];
    let zxids = (zxid(), zxid(), zxid());
    let versions = (version(), option::of(-1..=i32::MAX));
    let counts = (option::of(any::<u32>()), option::of(any::<u32>()));
    (option::of(data()), zxids, versions, option::of(owner), counts)
        .prop_map(|(data, (czxid, mzxid, pzxid), (version, cversion), owner, (length, children))| Facts {
            data,
            czxid,
            mzxid,
            pzxid,
            version,
            cversion,
            owner,
            length,
            children,
        })
        .prop_filter("it says something", |facts| *facts != Facts::default())
}

fn client_claim() -> impl Strategy<Value = ClientClaim> {
    let last = prop_oneof![Just(LastResult::Ok), select(ERRORS).prop_map(LastResult::Error)];
    prop_oneof![
        option::of(server()).prop_map(|to| ClientClaim::Connected { to }),
        select(vec![ClientClaim::Disconnected, ClientClaim::Expired, ClientClaim::Closed]),
        any::<u64>().prop_map(ClientClaim::Sessions),
        last.prop_map(ClientClaim::Last),
        (path(), facts()).prop_map(|(path, facts)| ClientClaim::Saw { path, facts }),
        path().prop_map(|path| ClientClaim::SawNo { path }),
        (path(), any::<u64>()).prop_map(|(path, count)| ClientClaim::Notified { path, count }),
        path().prop_map(|path| ClientClaim::Holds { path }),
        path().prop_map(|path| ClientClaim::Waits { path }),
    ]
}

pub(super) fn client_expectation() -> impl Strategy<Value = Expectation> {
    let holders = (path(), any::<u32>(), any::<u32>(), any::<bool>());
    prop_oneof![
        1 => holders.prop_map(|(path, a, b, one)| {
            let (min, max) = if one { (a, a) } else { (a.min(b), a.max(b)) };
            Expectation::Holders { path, min, max }
        }),
        6 => (client(), client_claim()).prop_map(|(client, claim)| Expectation::Client { client, claim }),
    ]
}
