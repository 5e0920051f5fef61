//! The world does to servers what it says (links, power, pauses, clocks, disks), and keeps laws of its own.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use zablab_protocol::{ConnId, Decision, Dropped, GaveUp, Packet, Port, Storage};
use zablab_sim::ensemble::{Action, Effect, Ensemble, Node, NodeId, Process, Timers};
use zablab_sim::run::{Ending, Limits, Observer, Outcome, Run, StepView};
use zablab_sim::scenario::Scenario;

const SECOND: u64 = 1_000_000_000;
const MILLI: u64 = 1_000_000;
/// No packet is longer under way, and no dial, unless a scenario says so.
const LATENCY: u64 = 600_000;
/// syncLimit times tickTime.
const SILENCE: u64 = 10 * SECOND;

/// Three servers that boot together. zk3 leads well before 2 s, and listens before the others come: both
/// get an empty DIFF.
const THREE: &str = "ensemble zk1 zk2 zk3\nset boot 500ms\nset takeover 20ms\nset zk3 takeover 5ms\n\
                     set write 2ms\n\
                     at 0s start all\n";

/// One action as it was seen.
struct Seen {
    at: u64,
    action: Action,
    packet: Option<(NodeId, Packet)>,
    effects: Vec<Effect>,
}

#[derive(Default)]
struct Everything(Vec<Seen>);

impl Observer for Everything {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        self.0.push(Seen {
            at: step.moment.at,
            action: step.action.clone(),
            packet: step.delivered.map(|delivered| (delivered.from, delivered.packet.clone())),
            effects: step.effects.to_vec(),
        });
        Ok(())
    }
}

fn watched(text: &str, seed: u64, observer: &mut dyn Observer) -> Outcome {
    let scenario = Scenario::parse("test", text).unwrap_or_else(|error| panic!("{error}"));
    let outcome = Run::new("test", text, &scenario, seed).unwrap().finish(&mut [observer]).unwrap();
    assert_eq!(outcome.violations, [], "{text}");
    assert_eq!(outcome.ending, Ending::Complete, "{text}");
    assert_eq!(outcome.unmet, [], "{text}");
    outcome
}

/// A run that is over and in which everything held, with all that happened.
struct Ran {
    outcome: Outcome,
    seen: Vec<Seen>,
}

fn run_seed(text: &str, seed: u64) -> Ran {
    let mut everything = Everything::default();
    let outcome = watched(text, seed, &mut everything);
    Ran { outcome, seen: everything.0 }
}

/// Runs the three servers with more lines.
fn run(lines: &str) -> Ran {
    run_seed(&format!("{THREE}{lines}\n"), 0)
}

impl Ran {
    fn node(&self, name: &str) -> &Node {
        self.outcome.ensemble.nodes.iter().find(|node| &*node.name == name).unwrap()
    }

    fn files(&self, name: &str) -> &Storage {
        self.node(name).disk.storage()
    }

    /// The zxids in its log.
    fn log(&self, name: &str) -> Vec<i64> {
        self.files(name).log.txns().iter().map(|txn| txn.zxid.0).collect()
    }

    fn is(&self, id: NodeId, name: &str) -> bool {
        &*self.outcome.ensemble.node(id).name == name
    }

    /// What a server decided, and when.
    fn decisions(&self, name: &str) -> impl Iterator<Item = (u64, &Decision)> {
        self.seen.iter().flat_map(move |seen| {
            seen.effects.iter().filter_map(move |effect| match effect {
                Effect::Decided { node, decision } if self.is(*node, name) => Some((seen.at, decision)),
                _ => None,
            })
        })
    }

    fn decided(&self, name: &str, what: &str) -> Vec<u64> {
        self.decisions(name).filter(|(_, d)| d.name() == what).map(|(at, _)| at).collect()
    }

    /// Why a server left its roles, and when.
    fn gave_up(&self, name: &str) -> Vec<(u64, GaveUp)> {
        let why = |(at, decision): (u64, &Decision)| match decision {
            Decision::GaveUp { why, .. } => Some((at, why.clone())),
            _ => None,
        };
        self.decisions(name).filter_map(why).collect()
    }

    /// Why a leader dropped learners that it knew by name, and when.
    fn dropped(&self, name: &str) -> Vec<(u64, i64, Dropped)> {
        let why = |(at, decision): (u64, &Decision)| match decision {
            Decision::LearnerDropped { sid: Some(sid), why } => Some((at, sid.0, why.clone())),
            _ => None,
        };
        self.decisions(name).filter_map(why).collect()
    }

    /// When a server got packets from another on a port.
    fn got(&self, name: &str, from: &str, port: Port) -> Vec<u64> {
        let of = |packet: &Packet| match packet {
            Packet::Hello { .. } | Packet::Notification(_) => Port::Election,
            _ => Port::Quorum,
        };
        self.seen
            .iter()
            .filter(|seen| matches!(seen.action, Action::Deliver { to, .. } if self.is(to, name)))
            .filter(|seen| {
                seen.packet.as_ref().is_some_and(|(by, packet)| self.is(*by, from) && of(packet) == port)
            })
            .map(|seen| seen.at)
            .collect()
    }

    fn last_before(&self, name: &str, from: &str, port: Port, at: u64) -> u64 {
        self.got(name, from, port).into_iter().rfind(|got| *got <= at).unwrap()
    }

    /// When a server dialled another.
    fn dialled(&self, name: &str, port: Port, whom: &str) -> Vec<u64> {
        let is_dial = |effect: &Effect| match effect {
            Effect::Dialled { from, port: on, to } => {
                *on == port && self.is(*from, name) && self.is(*to, whom)
            }
            _ => false,
        };
        let dials = self.seen.iter().filter(|seen| seen.effects.iter().any(is_dial));
        dials.map(|seen| seen.at).collect()
    }

    /// When attempts of a server reached the place where another is or should be.
    fn arrived(&self, name: &str, port: Port, whom: &str) -> Vec<u64> {
        let is_arrival = |action: &Action| match action {
            Action::Arrive { from, port: on, to } => {
                *on == port && self.is(*from, name) && self.is(*to, whom)
            }
            _ => false,
        };
        self.seen.iter().filter(|seen| is_arrival(&seen.action)).map(|seen| seen.at).collect()
    }

    /// The first failed dial of a server to another: after how long, and whether for want of an answer.
    fn first_failure(&self, name: &str, whom: &str, since: u64) -> (u64, bool) {
        let sid = self.node(whom).sid();
        let failure = |(at, decision): (u64, &Decision)| match decision {
            Decision::CannotOpenChannel { to, unanswered } if *to == sid && at > since => {
                Some((at, *unanswered))
            }
            _ => None,
        };
        let (at, unanswered) = self.decisions(name).find_map(failure).unwrap();
        let dialled = self.dialled(name, Port::Election, whom).into_iter().rfind(|dialled| *dialled <= at);
        (at - dialled.unwrap(), unanswered)
    }
}

// Cuts.

#[test]
fn a_cut_breaks_nothing_until_sync_limit_ticks_of_silence() {
    for (settings, silence) in [("", SILENCE), ("set syncLimit 3\nset tickTime 1000\n", 3 * SECOND)] {
        let ran = run_seed(
            &format!(
                "{settings}{THREE}at 5s cut zk1 from zk2 zk3\nfrom 5s to 7s expect zk1 serving\n\
                      from 2s to 30s expect leader zk3\n   expect available\n"
            ),
            0,
        );
        let heard = ran.last_before("zk1", "zk3", Port::Quorum, 5 * SECOND + LATENCY);
        let (at, why) = ran.gave_up("zk1")[0].clone();
        assert_eq!(at, heard + silence);
        let GaveUp::LeaderSilent { leader, after } = why else { panic!("{why:?}") };
        assert_eq!((leader.0, after.0), (3, silence / MILLI));
        // The other side notices by itself, since nothing tells it.
        let heard = ran.last_before("zk3", "zk1", Port::Quorum, 5 * SECOND + LATENCY);
        let (at, sid, why) = ran.dropped("zk3")[0].clone();
        assert_eq!((at, sid), (heard + silence, 1));
        assert!(matches!(why, Dropped::Silent { after } if after.0 == silence / MILLI), "{why:?}");
        assert_eq!(ran.gave_up("zk2"), []);
    }
}

#[test]
fn nothing_passes_a_cut_and_what_waited_arrives_when_it_heals() {
    let ran = run("at 5s cut zk1 from zk3\nat 6s create /a at zk3\nat 12s expect zk1 logged 0x0\n   heal\n\
                   by 12.01s expect zk1 zxid 0x100000001\nfrom 2s to 30s expect zk1 serving\n   \
                   expect leader zk3");
    for (name, from) in [("zk1", "zk3"), ("zk3", "zk1")] {
        for port in [Port::Election, Port::Quorum] {
            let during = |at: &u64| (5 * SECOND..12 * SECOND).contains(at);
            assert_eq!(ran.got(name, from, port).into_iter().filter(during).count(), 0);
        }
    }
    assert!(ran.got("zk1", "zk3", Port::Quorum).contains(&(12 * SECOND)), "it was long overdue");
    assert!(ran.got("zk1", "zk2", Port::Election).len() > 1, "other links are whole");
}

#[test]
fn a_cut_one_way_lets_the_other_way_through() {
    // zk1 hears nothing any more; its farewell arrives.
    let ran = run("at 5s cut zk3 to zk1\nat 30s end");
    let heard = ran.last_before("zk1", "zk3", Port::Quorum, 5 * SECOND + LATENCY);
    let (at, why) = ran.gave_up("zk1")[0].clone();
    assert_eq!(at, heard + SILENCE);
    assert!(matches!(why, GaveUp::LeaderSilent { .. }), "{why:?}");
    assert!(ran.got("zk3", "zk1", Port::Election).iter().any(|got| *got > at), "its votes pass");
    assert!(ran.got("zk1", "zk3", Port::Election).iter().all(|got| *got < 5 * SECOND), "no answer does");

    // zk1 hears everything; nobody hears zk1, and it is told so.
    let ran = run("at 5s cut zk1 to zk3\nat 30s end");
    let heard = ran.last_before("zk3", "zk1", Port::Quorum, 5 * SECOND + LATENCY);
    let (at, sid, why) = ran.dropped("zk3")[0].clone();
    assert_eq!((at, sid), (heard + SILENCE, 1));
    assert!(matches!(why, Dropped::Silent { .. }), "{why:?}");
    let (told, why) = ran.gave_up("zk1")[0].clone();
    assert!((at..=at + LATENCY).contains(&told), "{told}");
    assert!(matches!(why, GaveUp::LeaderGone { .. }), "{why:?}");
}

#[test]
fn a_cut_of_the_election_port_hurts_nobody_until_there_is_an_election() {
    run("at 3s cut all from all on election\nfrom 3s to 60s expect available\n   expect zk1 serving\n   \
         expect zk2 serving\n   expect leader zk3\nat 60s kill zk3\nfrom 60.1s to 90s expect no leader\n\
         at 90s heal\n\
         by 160s expect leader zk2");
}

#[test]
fn a_cut_of_the_quorum_port_stops_the_service_and_not_the_votes() {
    let ran =
        run("at 3s cut all from all on quorum\nby 20s expect no leader\nfrom 20s to 60s expect no leader\n\
         at 60s heal\n\
                   by 75s expect available");
    let votes = |name, from| {
        ran.got(name, from, Port::Election)
            .into_iter()
            .filter(|at| (3 * SECOND..60 * SECOND).contains(at))
            .count()
    };
    assert!(votes("zk1", "zk3") > 0 && votes("zk3", "zk2") > 0);
    for name in ["zk1", "zk2"] {
        assert!(ran.got(name, "zk3", Port::Quorum).iter().all(|at| !(3 * SECOND..60 * SECOND).contains(at)));
    }
    assert!(matches!(ran.gave_up("zk3")[0].1, GaveUp::LostQuorum { .. }));
}

#[test]
fn a_leader_without_a_quorum_gives_up() {
    let ran = run("at 5s cut zk3 from zk1 zk2\nby 20s expect leader zk2\n   expect zk3 looking");
    let (at, why) = ran.gave_up("zk3")[0].clone();
    assert!(
        matches!(&why, GaveUp::LostQuorum { only, .. } if only.iter().map(|sid| sid.0).eq([3])),
        "{why:?}"
    );
    let heard = ran.last_before("zk3", "zk2", Port::Quorum, 6 * SECOND);
    assert!((heard + SILENCE..=heard + SILENCE + 2 * SECOND).contains(&at), "{at}");
}

#[test]
fn heal_of_some_links_leaves_the_others_cut() {
    run("at 3s cut zk1 from zk2 zk3\nat 20s heal zk1 from zk2\nfrom 20s to 40s expect zk1 refusing\n\
         at 40s heal zk3 to zk1\nfrom 40s to 55s expect zk1 refusing\nat 55s heal zk1 to zk3 on election\n\
         from 55s to 70s expect zk1 refusing\nat 70s heal zk1 to zk3 on quorum\nby 140s expect zk1 serving");
}

// Dials.

/// What the first dial comes to of zk1, which needs zk2, where this was done to zk2.
fn dial(lines: &str, since: u64) -> (u64, bool) {
    let text = format!("ensemble zk1 zk2\nset boot 500ms\nset zk2 boot 2s\n{lines}\nat 30s end\n");
    run_seed(&text, 0).first_failure("zk1", "zk2", since)
}

#[test]
fn a_dial_is_refused_where_no_process_listens() {
    for (lines, since) in [
        ("at 0s start zk1", 0),
        ("set absent refused\nat 0s start zk1", 0),
        ("at 0s start zk2\nat 5s kill zk2\n   start zk1", 0),
        ("at 0s start zk1 zk2", 0), // It boots for another 1.5 s.
        ("at 0s refuse zk1 to zk2\n   start zk2\nat 5s start zk1", 0),
        ("at 0s refuse zk1 from zk2 on election\n   start zk2\nat 5s start zk1", 0),
        ("at 0s start zk1 zk2\nat 10s kill zk2", 10 * SECOND),
        (
            "at 0s start zk2\nat 5s power-off zk2\nat 6s start zk2\n\
          at 6.1s start zk1",
            0,
        ), // Its machine is there.
    ] {
        let (after, unanswered) = dial(lines, since);
        assert!(!unanswered && (200_000..=LATENCY).contains(&after), "{lines}: {after}, {unanswered}");
    }
}

#[test]
fn a_dial_goes_unanswered_where_no_machine_is_in_reach_and_cnx_timeout_ends_it() {
    for lines in [
        "set absent unanswered\nat 0s start zk1",
        "set zk2 absent unanswered\nat 0s start zk1",
        "at 0s power-off zk2\n   start zk1",
        "at 0s start zk2\nat 5s power-off zk2\n   start zk1",
        "at 0s start zk2\nat 5s kill zk2\nat 6s power-off zk2\n   start zk1",
        "at 0s cut zk1 from zk2\n   start all",
        "at 0s cut zk1 to zk2\n   start all",
        "at 0s cut zk2 to zk1\n   start all",
        "at 0s cut zk1 from zk2 on election\n   start all",
    ] {
        assert_eq!(dial(lines, 0), (5 * SECOND, true), "{lines}");
    }
    assert_eq!(dial("set absent unanswered\nset cnxTimeout 1700\nat 0s start zk1", 0), (1700 * MILLI, true));
    assert!(!dial("set zk1 absent unanswered\nat 0s start zk1", 0).1, "that is about dials to zk1");
}

#[test]
fn what_is_done_to_one_port_or_way_does_not_touch_dials_on_the_other() {
    for lines in [
        "at 0s refuse zk2 to zk1",
        "at 0s refuse zk1 to zk2",
        "at 0s cut zk1 from zk2 on client",
        "at 0s refuse zk1 from zk2 on client",
    ] {
        let ran =
            run_seed(&format!("ensemble zk1 zk2\n{lines}\nat 0s start all\nby 30s expect zk2 looking\n"), 0);
        let opened = |effect: &Effect| matches!(effect, Effect::Opened { port: Port::Election, .. });
        assert!(ran.seen.iter().any(|seen| seen.effects.iter().any(opened)), "{lines}");
    }
    let text = "ensemble zk1 zk2\nat 0s refuse zk1 from zk2 on quorum\n   start all\n\
                at 10s expect no leader\n   heal\n\
                by 60s expect leader zk2\n";
    let ran = run_seed(text, 0);
    assert!(ran.decided("zk1", "cannot-open-channel").len() <= 1, "only while the other boots");
    assert!(ran.decided("zk1", "cannot-reach-leader").len() > 4);
    assert!(matches!(ran.gave_up("zk1")[0].1, GaveUp::CannotConnect { .. }));
}

#[test]
fn a_refusal_leaves_standing_connections_alone() {
    run("at 3s refuse all from all\n   create /a at zk1\nby 4s expect answered 1\n\
         from 3s to 30s expect zk1 serving\n   \
         expect leader zk3\nat 30s restart zk1\nfrom 31s to 60s expect zk1 looking\nat 60s heal\n\
         by 130s expect zk1 serving");
}

#[test]
fn an_unanswered_dial_is_repeated_after_one_and_three_seconds() {
    let text = "ensemble zk1 zk2\nset absent unanswered\nset connect 300us\nat 0s start zk1\nat 5s end\n";
    let ran = run_seed(text, 0);
    let began = ran.dialled("zk1", Port::Election, "zk2")[0];
    let after: Vec<u64> = ran.arrived("zk1", Port::Election, "zk2").iter().map(|at| at - began).collect();
    assert_eq!(after, [300_000, SECOND, 3 * SECOND]);
    let text = "ensemble zk1 zk2\nset absent unanswered\nset connect 300us\nset cnxTimeout 60000\n\
                at 0s start zk1\nat 60s end\n";
    let ran = run_seed(text, 0);
    let began = ran.dialled("zk1", Port::Election, "zk2")[0];
    let after: Vec<u64> = ran.arrived("zk1", Port::Election, "zk2").iter().map(|at| at - began).collect();
    assert_eq!(after[1..], [1, 3, 7, 15, 31].map(|seconds| seconds * SECOND));
}

#[test]
fn a_dial_that_was_given_up_leaves_nothing_behind() {
    let text = "ensemble zk1 zk2\nset absent unanswered\nset connect 300us\nset maxNotificationInterval 200\n\
                at 0s start zk1\nat 40s end\n";
    let ran = run_seed(text, 0);
    let mut arrived = ran.arrived("zk1", Port::Election, "zk2").into_iter().peekable();
    let dials = ran.dialled("zk1", Port::Election, "zk2");
    assert!(dials.len() > 5);
    for began in &dials[..dials.len() - 1] {
        let after: Vec<u64> = std::iter::from_fn(|| arrived.next_if(|at| *at < began + 5 * SECOND))
            .map(|at| at - began)
            .collect();
        assert_eq!(after, [300_000, SECOND, 3 * SECOND]);
    }
}

#[test]
fn a_server_that_comes_up_meanwhile_is_reached_by_the_next_repetition() {
    // zk2 may not dial by itself, or it would be the first.
    let text = "ensemble zk1 zk2\nset absent unanswered\nset boot 500ms\nat 0s start zk1\n   \
                refuse zk2 to zk1\n\
                at 1.6s start zk2\nat 6s end\n";
    let ran = run_seed(text, 0);
    let began = ran.dialled("zk1", Port::Election, "zk2")[0];
    let opened = |effect: &Effect| matches!(effect, Effect::Opened { from, .. } if ran.is(*from, "zk1"));
    let opened = ran.seen.iter().find(|seen| seen.effects.iter().any(opened)).unwrap().at;
    assert_eq!(opened, began + 3 * SECOND);
}

// Connections that break.

#[test]
fn a_reset_breaks_the_connections_between_two_servers_at_once_and_no_other() {
    let ran = run("at 5s reset zk1 from zk3\nby 8s expect zk1 refusing\nat 8s expect zk1 serving\n\
                   from 2s to 8s expect zk2 serving\n   expect leader zk3");
    let (at, why) = ran.gave_up("zk1")[0].clone();
    assert!((5 * SECOND..=5 * SECOND + LATENCY).contains(&at) && matches!(why, GaveUp::LeaderGone { .. }));
    let (at, sid, why) = ran.dropped("zk3")[0].clone();
    assert!((5 * SECOND..=5 * SECOND + LATENCY).contains(&at) && sid == 1, "{why:?}");
    assert!(matches!(why, Dropped::Closed));
    let broken = |name| ran.decided(name, "channel-broken").iter().filter(|at| **at > 5 * SECOND).count();
    assert_eq!((broken("zk1"), broken("zk3"), broken("zk2")), (1, 1, 0));
}

#[test]
fn a_reset_of_one_port_leaves_the_other() {
    let broken =
        |ran: &Ran, name| ran.decided(name, "channel-broken").iter().filter(|at| **at > 5 * SECOND).count();
    let ran = run("at 5s reset zk1 from zk3 on election\nfrom 2s to 20s expect zk1 serving");
    assert_eq!((broken(&ran, "zk1"), broken(&ran, "zk3")), (1, 1));
    let ran = run("at 5s reset zk1 from zk3 on quorum\nby 5.1s expect zk1 refusing");
    assert_eq!((broken(&ran, "zk1"), ran.gave_up("zk1").len()), (0, 1));
}

#[test]
fn a_kill_closes_its_connections_at_once() {
    let ran = run("at 5s kill zk3\nby 8s expect leader zk2");
    for name in ["zk1", "zk2"] {
        let (at, why) = ran.gave_up(name)[0].clone();
        assert!((5 * SECOND..=5 * SECOND + LATENCY).contains(&at), "{at}");
        assert!(matches!(why, GaveUp::LeaderGone { .. }), "{why:?}");
        assert!(ran.decided(name, "channel-broken").iter().any(|at| *at <= 5 * SECOND + LATENCY));
    }
    let ran = run("at 5s kill zk1\nat 8s expect leader zk3");
    let (at, sid, why) = ran.dropped("zk3")[0].clone();
    assert!(at <= 5 * SECOND + LATENCY && sid == 1 && matches!(why, Dropped::Closed), "{why:?}");
}

#[test]
fn a_kill_behind_a_cut_is_noticed_when_it_heals() {
    let ran = run("at 5s cut zk3 from zk1 zk2\n   kill zk3\nat 8s heal\nby 10s expect leader zk2");
    let (at, why) = ran.gave_up("zk1")[0].clone();
    assert!((8 * SECOND..=8 * SECOND + LATENCY).contains(&at), "{at}");
    assert!(matches!(why, GaveUp::LeaderGone { .. }), "{why:?}");
}

#[test]
fn a_power_failure_says_nothing_and_is_noticed_by_silence() {
    let ran = run("at 5s power-off zk3\nfrom 5s to 13s expect zk1 serving\n   expect zk2 serving\n\
         by 20s expect leader zk2");
    for name in ["zk1", "zk2"] {
        let heard = ran.last_before(name, "zk3", Port::Quorum, 6 * SECOND);
        let (at, why) = ran.gave_up(name)[0].clone();
        assert_eq!(at, heard + SILENCE);
        assert!(matches!(why, GaveUp::LeaderSilent { .. }), "{why:?}");
    }
    let ran = run("at 5s power-off zk1\nfrom 2s to 30s expect leader zk3");
    let heard = ran.last_before("zk3", "zk1", Port::Quorum, 6 * SECOND);
    let (at, sid, why) = ran.dropped("zk3")[0].clone();
    assert_eq!((at, sid), (heard + SILENCE, 1));
    assert!(matches!(why, Dropped::Silent { .. }), "{why:?}");
}

#[test]
fn a_half_open_connection_is_reset_by_the_machine_that_is_back() {
    // Whoever says something is told. A leader says something every half tick.
    let ran = run("at 5s power-off zk1\nat 7.5s start zk1\nat 12s expect leader zk3\n   expect zk1 serving");
    let (at, sid, why) = ran.dropped("zk3")[0].clone();
    assert!((7_500 * MILLI..8_600 * MILLI).contains(&at) && sid == 1, "{at}");
    assert!(matches!(why, Dropped::Closed), "{why:?}");
    // A follower says something when its client does.
    let write = "at 8s create /b at zk1\n";
    let ran = run(&format!(
        "at 5s power-off zk3\nat 7s start zk3\n{write}by 8.1s expect zk1 refusing\n\
                            at 8.1s expect zk2 epoch 1\n   expect zk2 serving"
    ));
    let (at, why) = ran.gave_up("zk1")[0].clone();
    assert!((8 * SECOND..8 * SECOND + 3 * LATENCY).contains(&at), "{at}");
    assert!(matches!(why, GaveUp::LeaderGone { .. }), "{why:?}");
    let ran =
        run(&format!("at 5s power-off zk3\n{write}at 8.1s expect zk1 following\nby 18s expect failed 1"));
    assert!(matches!(ran.gave_up("zk1")[0].1, GaveUp::LeaderSilent { .. }), "nobody is there to say so");
    // What was said to a machine that was off is said again, and answered as soon as it is back.
    let ran = run("at 5s power-off zk3\nat 6s create /a at zk1\nat 7s start zk3\nby 7.1s expect zk1 looking");
    let (at, why) = ran.gave_up("zk1")[0].clone();
    assert!((7 * SECOND..7 * SECOND + 3 * LATENCY).contains(&at), "{at}");
    assert!(matches!(why, GaveUp::LeaderGone { .. }), "{why:?}");
}

#[test]
fn a_reset_by_the_machine_that_is_back_needs_a_way_there() {
    // What zk3 says to zk1 does not get there, so nobody can say that it came out of the blue.
    let ran = run("at 5s power-off zk1\n   cut zk3 to zk1\nat 7s start zk1\nat 20s expect leader zk3");
    let heard = ran.last_before("zk3", "zk1", Port::Quorum, 6 * SECOND);
    assert!(ran.dropped("zk3")[0].0 >= heard + SILENCE, "{:?}", ran.dropped("zk3"));
}

// Pauses.

/// How many actions the server took part in between two moments.
fn actions_of(ran: &Ran, name: &str, from: u64, to: u64) -> usize {
    let acts = |seen: &&Seen| match &seen.action {
        Action::Deliver { to: node, .. }
        | Action::Timer { node, .. }
        | Action::DiskDone { node, .. }
        | Action::Run { node, .. }
        | Action::Client { node, .. }
        | Action::Boot(node) => ran.is(*node, name),
        _ => false,
    };
    ran.seen.iter().filter(acts).filter(|seen| seen.at > from && seen.at < to).count()
}

#[test]
fn a_pause_shorter_than_sync_limit_is_survived_by_a_follower_and_by_a_leader() {
    for name in ["zk1", "zk3"] {
        let ran = run(&format!(
            "at 5s pause {name}\nat 13s resume {name}\nfrom 2s to 30s expect zk1 serving\n   \
                                expect zk2 serving\n   expect leader zk3\nat 20s create /a at zk1\n\
                                by 21s expect answered 1"
        ));
        assert_eq!(actions_of(&ran, name, 5 * SECOND, 13 * SECOND), 0);
        assert!(actions_of(&ran, name, 13 * SECOND, 14 * SECOND) > 0);
    }
}

#[test]
fn a_pause_longer_than_sync_limit_costs_a_follower_its_place_and_a_leader_its_epoch() {
    let ran =
        run("at 5s pause zk1\nfrom 2s to 40s expect leader zk3\nat 25s expect zk1 serving\n   resume zk1\n\
                   by 25.5s expect zk1 refusing\nby 30s expect zk1 serving");
    let heard = ran.last_before("zk3", "zk1", Port::Quorum, 6 * SECOND);
    let (at, _, why) = ran.dropped("zk3")[0].clone();
    assert_eq!(at, heard + SILENCE);
    assert!(matches!(why, Dropped::Silent { .. }), "{why:?}");
    assert!((25 * SECOND..26 * SECOND).contains(&ran.gave_up("zk1")[0].0));

    let ran = run(
        "at 5s pause zk3\nby 20s expect leader zk2\nat 25s expect zk3 leading\n   expect available\n   \
                   resume zk3\nby 28s expect zk3 looking\nby 32s expect zk3 following\n   expect zk3 epoch 2",
    );
    let heard = ran.last_before("zk1", "zk3", Port::Quorum, 6 * SECOND);
    assert_eq!(ran.gave_up("zk1")[0].0, heard + SILENCE);
}

#[test]
fn a_paused_server_learns_of_nothing_until_it_goes_on() {
    // Its dial is refused meanwhile, its connections break, its time-outs pass.
    let text = "ensemble zk1 zk2 zk3\nset boot 500ms\nset zk1 connect 100ms\nat 0s start zk1\n\
                at 550ms pause zk1\n\
                at 1s start zk2 zk3\nat 3s kill zk2\nat 5s resume zk1\nat 9s end\n";
    let ran = run_seed(text, 0);
    let during = |(at, _): &(u64, &Decision)| (550 * MILLI..5 * SECOND).contains(at);
    assert_eq!(ran.decisions("zk1").filter(during).count(), 0);
    assert!(ran.decisions("zk1").any(|(at, _)| at == 5 * SECOND));
}

#[test]
fn a_pause_stops_a_boot_a_write_and_a_client() {
    let text = "ensemble zk1 zk2 zk3\nset boot 500ms\nat 0s start all\nat 300ms pause zk1\n\
                at 3s expect leader zk3\n   \
                resume zk1\nby 4s expect zk1 serving\n";
    let ran = run_seed(text, 0);
    let booted = |seen: &&Seen| matches!(seen.action, Action::Boot(node) if ran.is(node, "zk1"));
    assert_eq!(ran.seen.iter().find(booted).unwrap().at, 3 * SECOND);
    let ran = run("at 3s set zk1 fsync 100ms\n   create /a at zk3\nat 3.05s pause zk1\n\
         at 5s expect zk2 zxid 0x100000001\n   \
                   resume zk1\nby 5.01s expect zk1 zxid 0x100000001");
    assert_eq!(actions_of(&ran, "zk1", 3_050 * MILLI, 5 * SECOND), 0);
    run("at 3s pause zk1\n   read / at zk1\nat 5s expect answered 0\n   expect failed 0\n   resume zk1\n\
         by 5.01s expect answered 1");
}

#[test]
fn a_paused_server_can_be_killed_and_comes_back_awake() {
    run("at 3s pause zk1\nat 4s kill zk1\nat 5s expect zk1 down\n   start zk1\nby 7s expect zk1 serving");
    run("at 3s pause zk1\nat 4s restart zk1\nby 7s expect zk1 refusing\n   expect zk1 serving");
}

// Clocks.

/// How far apart a lone server's notification time-outs are, in milliseconds.
fn time_outs(clock: &str) -> Vec<u64> {
    let text = format!("ensemble zk1 zk2 zk3\nset boot 500ms\n{clock}\nat 0s start zk1\nat 10s end\n");
    let ran = run_seed(&text, 0);
    let mut at = ran.decided("zk1", "notification-timeout");
    at.insert(0, ran.decided("zk1", "new-election")[0]);
    at.windows(2).map(|pair| (pair[1] - pair[0]).div_ceil(MILLI)).take(4).collect()
}

#[test]
fn a_clock_sets_how_long_a_time_out_is_in_true_time() {
    assert_eq!(time_outs(""), [200, 400, 800, 1600]);
    assert_eq!(time_outs("at 0s clock zk1 2.0"), [100, 200, 400, 800]);
    assert_eq!(time_outs("at 0s clock all 2"), [100, 200, 400, 800]);
    assert_eq!(time_outs("at 0s clock zk1 0.5"), [400, 800, 1600, 3200]);
    assert_eq!(time_outs("at 0s clock zk2 0.5"), [200, 400, 800, 1600]);
}

#[test]
fn a_clock_that_changes_counts_for_what_is_left_of_a_time_out() {
    let text = "ensemble zk1 zk2 zk3\nset boot 500ms\nat 0s start zk1\nat 600ms clock zk1 0.5\nat 10s end\n";
    let ran = run_seed(text, 0);
    let (began, ended) =
        (ran.decided("zk1", "new-election")[0], ran.decided("zk1", "notification-timeout")[0]);
    let passed = 600 * MILLI - began;
    assert_eq!(ended, 600 * MILLI + 2 * (200 * MILLI - passed));
}

#[test]
fn a_fast_clock_loses_patience_early() {
    let ran = run("at 0s clock zk1 2.0\nat 5s cut zk3 from zk1 zk2\nat 30s end");
    for (name, silence) in [("zk1", SILENCE / 2), ("zk2", SILENCE)] {
        let heard = ran.last_before(name, "zk3", Port::Quorum, 5 * SECOND + LATENCY);
        assert_eq!(ran.gave_up(name)[0].0, heard + silence, "{name}");
    }
}

// Disks.

/// Three records of zk1 are appended at 4 s, and their fsync takes a second.
const IN_FLIGHT: &str = "ensemble zk1 zk2 zk3\nset boot 500ms\nset takeover 20ms\nset zk3 takeover 5ms\n\
                         set write 2ms\nat 0s start all\nat 2.5s create /old at zk3\n\
                         at 3s set zk1 fsync 1s\n   hold zk1 log-writer\n   create /n times 3 at zk3\n\
                         at 4s release\n";
const OLD: i64 = 0x1_0000_0001;

/// What is in its log after it has ended in the midst of the fsync.
fn left(how: &str, seed: u64) -> Vec<i64> {
    run_seed(&format!("{IN_FLIGHT}at 4.5s {how} zk1\nat 5s end\n"), seed).log("zk1")
}

#[test]
fn what_is_written_and_not_synced_survives_a_kill_and_not_every_power_failure() {
    let whole = vec![OLD, OLD + 1, OLD + 2, OLD + 3];
    let off = |words: &str| run_seed(&format!("{IN_FLIGHT}at 4.5s power-off zk1 {words}\n"), 0).log("zk1");
    assert_eq!(left("kill", 0), whole);
    assert_eq!(off("keeping all"), whole);
    assert_eq!(off("losing unsynced"), [OLD]);
    let late = run_seed(&format!("{IN_FLIGHT}at 5.5s power-off zk1 losing unsynced\n"), 0);
    assert_eq!(late.log("zk1"), whole, "the fsync is over");
}

#[test]
fn a_drawn_power_failure_keeps_any_prefix_and_all_that_was_synced() {
    let lengths: BTreeSet<usize> = (0..60)
        .map(|seed| {
            let log = left("power-off", seed);
            assert_eq!(log, (OLD..).take(log.len()).collect::<Vec<_>>());
            assert_eq!(log, left("power-off", seed), "drawn from the seed");
            log.len()
        })
        .collect();
    assert_eq!(lengths, BTreeSet::from([1, 2, 3, 4]));
}

#[test]
fn what_is_in_the_memory_of_a_process_goes_with_it() {
    for how in ["kill zk1", "power-off zk1 keeping all"] {
        let ran = run(&format!("at 3s hold zk1 log-writer\n   create /a at zk3\nat 4s {how}"));
        assert_eq!(ran.log("zk1"), [] as [i64; 0], "{how}");
        assert_eq!(ran.log("zk2"), [OLD]);
    }
}

#[test]
fn an_epoch_file_that_is_being_written_is_the_old_one_after_any_end() {
    for how in ["kill zk1", "power-off zk1", "power-off zk1 keeping all"] {
        let ran = run(&format!("when before zk1 wrote acceptedEpoch 1: {how}\nat 3s expect zk1 down"));
        assert_eq!(ran.files("zk1").accepted_epoch.unwrap().0, 0, "{how}");
    }
}

#[test]
fn a_power_failure_also_befalls_a_machine_whose_process_has_ended() {
    let killed = run_seed(&format!("{IN_FLIGHT}at 4.5s kill zk1\nat 5s power-off zk1 losing unsynced\n"), 0);
    assert_eq!(killed.log("zk1"), [OLD]);
}

#[test]
fn a_server_that_starts_again_has_its_data() {
    for how in ["kill all", "power-off all losing unsynced", "power-off all"] {
        let ran = run(&format!(
            "at 3s create /a one at zk1\nat 4s set /a two at zk2\nat 5s {how}\nat 6s start all\n\
                                by 9s expect leader zk3\n   expect zk1 data /a two version 1\n   \
                                expect zk1 epoch 2\n   \
                                expect zk1 acceptedEpoch 2\n   expect zk1 logged 0x100000002"
        ));
        assert_eq!(ran.log("zk1"), [OLD, OLD + 1], "{how}");
    }
    run("at 3s create /a one at zk1\nat 5s restart all\nby 8s expect zk2 data /a one\n   expect zk2 serving");
}

#[test]
fn starting_what_runs_and_ending_what_is_down_do_nothing() {
    let ran =
        run("at 3s start zk1\n   kill zk2\n   kill zk2\nat 4s resume zk3\n   pause zk2\n   start zk2\n\
                   by 6s expect zk2 serving\nfrom 2s to 6s expect zk1 serving\n   expect leader zk3");
    let started = |effect: &&Effect| matches!(effect, Effect::Started(_));
    assert_eq!(ran.seen.iter().flat_map(|seen| seen.effects.iter().filter(started)).count(), 4);
}

// Bounds.

fn bounded(text: &str, limits: Limits) -> Outcome {
    let scenario = Scenario::parse("test", text).unwrap();
    let mut run = Run::new("test", text, &scenario, 0).unwrap();
    run.limit(limits);
    run.finish(&mut []).unwrap()
}

#[test]
fn a_run_ends_at_a_bound_and_says_which() {
    let text = &format!("{THREE}at 60s expect leader zk3\n");
    let usual = Limits::default();
    let whole = bounded(text, usual);
    assert!(whole.is_green());

    let steps = bounded(text, Limits { steps: 100, ..usual });
    assert_eq!((&steps.ending, steps.steps), (&Ending::Runaway("100 steps".to_owned()), 100));
    assert!(!steps.is_green() && steps.met == 0);
    assert_eq!(bounded(text, Limits { steps: whole.steps + 1, ..usual }).ending, Ending::Complete);

    let time = bounded(text, Limits { virtual_time: 20 * SECOND, ..usual });
    assert_eq!(time.ending, Ending::Runaway("20 s of virtual time".to_owned()));
    assert!((20 * SECOND..22 * SECOND).contains(&time.virtual_time));

    let at_once = bounded(text, Limits { steps_at_once: 2, ..usual });
    assert!(matches!(&at_once.ending, Ending::Runaway(why) if why.ends_with("steps at one instant")));
    assert_eq!(at_once.virtual_time, 0, "three servers start at 0 s");
}

#[test]
fn a_run_without_a_bound_to_reach_is_as_long_as_its_scenario() {
    let outcome = bounded(&format!("{THREE}at 1h expect leader zk3\n"), Limits::default());
    assert!(outcome.is_green());
    assert_eq!(outcome.virtual_time, 3600 * SECOND);
}

// The laws of the scheduler.

/// A life with crashes, writes and elections, and nothing that keeps a packet back.
const BUSY: &str = "ensemble zk1 zk2 zk3 zk4=4:observer\nset latency 1ms..9ms\nset connect 2ms..4ms\n\
                    set snapCount 20\n\
    at 0s start all\nat 5s create /a times 50 at zk1\n   create /b times 50 at zk2\nat 5.3s kill zk3\n\
    at 8s start zk3\n\
    at 9s create /c times 50 at zk4\nat 9.2s power-off zk2\nat 12s start zk2\nat 14s reset zk1 from zk3\n\
    at 18s restart zk1\nat 40s end\n";

/// The same with cuts, holds and pauses.
const BLOCKED: &str = "ensemble zk1 zk2 zk3\nset latency 1ms..9ms\nat 0s start all\n\
                       at 4s create /a times 80 at zk1\n\
    at 4.1s hold COMMIT zk3 to zk1\nat 4.5s pause zk2\nat 6s release\nat 7s resume zk2\n\
    at 8s cut zk3 from zk1\n\
    at 15s heal\nat 16s create /b times 80 at leader\nat 16.2s cut zk2 to zk3\nat 18s reset zk2 from zk3\n\
    at 30s heal\n\
    at 32s restart zk1\nat 50s end\n";

/// When each segment was sent, and the packet in it.
type Stream = VecDeque<(u64, Option<Packet>)>;

/// Holds every arrival against what was sent.
#[derive(Default)]
struct Streams {
    /// By connection and receiver: when each was sent, and what.
    under_way: BTreeMap<(ConnId, NodeId), Stream>,
    last: BTreeMap<(ConnId, NodeId), u64>,
    /// The least and the longest that a packet is under way; `None`: it may be kept back.
    latency: Option<(u64, u64)>,
    delivered: u64,
}

impl Observer for Streams {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        let now = step.moment.at;
        if let Action::Deliver { conn, to } = step.action {
            let stream = (*conn, *to);
            let (sent, packet) = self.under_way.get_mut(&stream).unwrap().pop_front().unwrap();
            assert_eq!(packet.as_ref(), step.delivered.map(|delivered| &delivered.packet), "out of order");
            let before = self.last.insert(stream, now).unwrap_or(0);
            if let (Some((least, most)), Some(packet)) = (self.latency, &packet) {
                assert!(
                    now >= sent + least,
                    "{} is there {} ns after it was sent",
                    packet.name(),
                    now - sent
                );
                assert!(now <= (sent + most).max(before), "{} takes {} ns", packet.name(), now - sent);
            }
            self.delivered += u64::from(packet.is_some());
        }
        for effect in step.effects {
            match effect {
                Effect::Opened { conn, from, to, .. } => {
                    for end in [*from, *to] {
                        self.under_way.insert((*conn, end), Stream::new());
                        self.last.remove(&(*conn, end));
                    }
                }
                Effect::Sent { conn, to, index, packet, .. } => {
                    let stream = self.under_way.get_mut(&(*conn, *to)).unwrap();
                    // A reset takes the place of what was under way.
                    stream.truncate(*index);
                    assert_eq!(stream.len(), *index);
                    stream.push_back((now, packet.clone()));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[test]
fn a_connection_delivers_in_order_and_within_its_latency() {
    for seed in 0..20 {
        let mut streams = Streams { latency: Some((MILLI, 9 * MILLI)), ..Streams::default() };
        watched(BUSY, seed, &mut streams);
        assert!(streams.delivered > 300, "{}", streams.delivered);
    }
}

#[test]
fn a_connection_that_was_cut_held_or_paused_still_delivers_in_order() {
    for seed in 0..20 {
        let mut streams = Streams::default();
        watched(BLOCKED, seed, &mut streams);
        assert!(streams.delivered > 1000, "{}", streams.delivered);
    }
}

/// Holds every timer and every write against when it was begun.
#[derive(Default)]
struct Clocks {
    /// By server and slot: when it is to fire.
    armed: BTreeMap<(NodeId, usize), u64>,
    /// By server and writer: when the write began.
    writing: BTreeMap<(NodeId, String), u64>,
    /// When each server was resumed.
    resumed: BTreeMap<NodeId, u64>,
    fired: u64,
    written: u64,
}

/// True nanoseconds for a time of the clock of zk1, which is fast in `CLOCKS`; zk2's is slow.
fn true_time(ensemble: &Ensemble, node: NodeId, millis: u64) -> u64 {
    match &*ensemble.node(node).name {
        "zk1" => millis * MILLI * 4 / 5,
        "zk2" => millis * MILLI * 2,
        _ => millis * MILLI,
    }
}

impl Clocks {
    fn check(&self, step: &StepView<'_>) {
        for ((node, _), due) in &self.armed {
            let server = step.ensemble.node(*node);
            let late = step.moment.at > *due && step.moment.at > self.resumed.get(node).copied().unwrap_or(0);
            assert!(server.paused || !late, "a timer of {} is late", server.name);
        }
    }
}

impl Observer for Clocks {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        let now = step.moment.at;
        match step.action {
            Action::Resume(node) => {
                self.resumed.insert(*node, now);
            }
            Action::Timer { node, timer } => {
                let verifier = &step.ensemble.node(*node).config.verifier;
                let member = |sid| verifier.members().position(|(member, _)| member == sid).unwrap();
                let slot = Timers::slot(*timer, verifier.members().len(), member);
                let due = self.armed.remove(&(*node, slot)).unwrap();
                let resumed = self.resumed.get(node).copied().unwrap_or(0);
                assert_eq!(now, due.max(resumed), "{timer:?} of {}", step.ensemble.node(*node).name);
                self.fired += 1;
            }
            Action::DiskDone { node, writer } => {
                let began = self.writing.remove(&(*node, format!("{writer:?}"))).unwrap();
                if !self.resumed.contains_key(node) {
                    assert!((MILLI..=6 * MILLI).contains(&(now - began)), "{} ns", now - began);
                }
                self.written += 1;
            }
            _ => {}
        }
        for effect in step.effects {
            match effect {
                Effect::TimerSet { node, slot, after } => {
                    self.armed.insert((*node, *slot), now + true_time(step.ensemble, *node, after.0));
                }
                Effect::TimerCancelled { node, slot } => {
                    assert!(self.armed.remove(&(*node, *slot)).is_some());
                }
                Effect::DiskBegan { node, writer } => {
                    self.writing.insert((*node, format!("{writer:?}")), now);
                }
                Effect::Down(gone, _) => {
                    self.armed.retain(|(node, _), _| node != gone);
                    self.writing.retain(|(node, _), _| node != gone);
                    self.resumed.remove(gone);
                }
                _ => {}
            }
        }
        self.check(step);
        Ok(())
    }
}

#[test]
fn a_timer_fires_neither_early_nor_late_and_a_write_takes_its_time() {
    for text in [BUSY, BLOCKED] {
        let text = text.replace("at 0s start all", "at 0s clock zk1 1.25\n   clock zk2 0.5\n   start all");
        for seed in 0..10 {
            let mut clocks = Clocks::default();
            watched(&text, seed, &mut clocks);
            assert!(clocks.fired > 30 && clocks.written > 30, "{} {}", clocks.fired, clocks.written);
        }
    }
}

#[test]
fn a_server_that_is_down_does_nothing_and_one_that_boots_waits() {
    struct Alive;
    impl Observer for Alive {
        fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
            let node = match step.action {
                Action::Deliver { to: node, .. }
                | Action::Timer { node, .. }
                | Action::DiskDone { node, .. }
                | Action::Run { node, .. } => step.ensemble.node(*node),
                _ => return Ok(()),
            };
            assert!(matches!(node.process, Process::Up(_)), "{:?} at {}", step.action, node.name);
            assert!(!node.paused, "{:?} at {}", step.action, node.name);
            Ok(())
        }
    }
    for text in [BUSY, BLOCKED] {
        for seed in 0..10 {
            watched(text, seed, &mut Alive);
        }
    }
}

#[test]
fn the_same_seed_is_the_same_run_and_another_seed_is_another() {
    for text in [BUSY, BLOCKED] {
        let hashes: Vec<_> = (0..6).map(|seed| run_seed(text, seed).outcome.hash).collect();
        let again: Vec<_> = (0..6).map(|seed| run_seed(text, seed).outcome.hash).collect();
        assert_eq!(hashes, again);
        for (at, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..at].contains(hash), "seed {at}");
        }
    }
}

#[test]
fn fixed_times_still_leave_the_seed_in_the_hash() {
    let text = "ensemble zk1\nset latency 1ms\nset connect 1ms\nset boot 500ms\nset teardown 1ms\n\
                set takeover 1ms\n\
                set fsync 1ms\nset write 1ms\nat 0s start zk1\nat 2s expect leader zk1\n";
    let (a, b) = (run_seed(text, 1), run_seed(text, 2));
    assert_ne!(a.outcome.hash, b.outcome.hash);
    assert_eq!(a.outcome.steps, b.outcome.steps);
    assert!(a.seen.iter().map(|seen| seen.at).eq(b.seen.iter().map(|seen| seen.at)), "no draw is left");
}
