//! Progress: what is missing is noticed once its time is over and not before, and where nothing is owed the reason is told.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use std::io;
use std::time::Duration;
use zablab_protocol::{Epoch, Settings, Zxid};
use zablab_sim::ensemble::{Ensemble, NodeId};
use zablab_sim::liveness::{Missing, Proposed, Quiet, Standing, Waiting, judge, patience};
use zablab_sim::run::{Observer, Outcome, Run, StepView};
use zablab_sim::scenario::Scenario;
use zablab_sim::schedule::{Pace, Range};

const HOUR: u64 = 3_600_000_000_000;

fn run(text: &str, observers: &mut [&mut dyn Observer]) -> Outcome {
    let scenario = Scenario::parse("test", text).unwrap_or_else(|error| panic!("{error}"));
    let outcome = Run::new("test", text, &scenario, 0).unwrap().finish(observers).unwrap();
    assert_eq!((&outcome.violations[..], &outcome.unmet[..]), (&[][..], &[][..]), "{text}");
    outcome
}

fn judged(ensemble: &Ensemble, lasts: u64, waiting: &[Waiting]) -> (Standing, Vec<Missing>) {
    let paces = vec![Pace::default(); ensemble.nodes.len()];
    judge(&Quiet { ensemble, paces: &paces, lasts, now: lasts, waiting, proposed: &[] })
}

/// Every state in which a property speaks, had it been quiet for an hour.
struct Spoken {
    property: &'static str,
    states: Vec<(Ensemble, Missing)>,
}

impl Observer for Spoken {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        let (_, missing) = judged(step.ensemble, HOUR, &[]);
        let about = missing.into_iter().filter(|missing| missing.property == self.property);
        self.states.extend(about.map(|missing| (step.ensemble.clone(), missing)));
        Ok(())
    }
}

/// What a property says in the states of a run that it speaks in; each of them is too early to be judged at first.
fn spoken(property: &'static str, text: &str) -> Vec<String> {
    let mut spoken = Spoken { property, states: Vec::new() };
    let outcome = run(text, &mut [&mut spoken]);
    assert_eq!(outcome.progress, Some(Standing::Kept), "in the end all is well");
    assert!(!spoken.states.is_empty(), "{property} never speaks");
    for (ensemble, missing) in &spoken.states {
        let (standing, early) = judged(ensemble, 0, &[]);
        assert_eq!(early, [], "{standing:?} at once, and later {missing:?}");
    }
    spoken.states.into_iter().map(|(_, missing)| missing.what).collect()
}

const START: &str = "ensemble zk1 zk2 zk3\nat 0s start zk1 zk2 zk3\nat 20s end\n";

#[test]
fn servers_that_find_no_leader_are_noticed() {
    let told = spoken("leader-elected", START);
    assert!(told.iter().any(|what| what.contains("zk1 is LOOKING and votes for zk1")), "{told:#?}");
}

#[test]
fn a_leader_that_does_not_come_to_serve_is_noticed() {
    let told = spoken("leader-serves", START);
    assert!(told.iter().all(|what| what.starts_with("zk3 leads and ")), "{told:#?}");
}

#[test]
fn a_leader_that_commits_nothing_is_noticed() {
    let ensemble = run(START, &mut []).ensemble;
    let paces = vec![Pace::default(); ensemble.nodes.len()];
    for (leader, since, owed) in [(2, 0, true), (1, 0, false), (2, HOUR - 1_000_000_000, false)] {
        let proposed = [Proposed { leader: NodeId(leader), zxid: Zxid::new(Epoch(1), 1), since }];
        let quiet = Quiet {
            ensemble: &ensemble,
            paces: &paces,
            lasts: HOUR,
            now: HOUR,
            waiting: &[],
            proposed: &proposed,
        };
        let (standing, missing) = judge(&quiet);
        let spoke: Vec<&str> = missing.iter().map(|missing| missing.property).collect();
        assert_eq!(spoke, if owed { &["leader-serves"][..] } else { &[] }, "{standing:?}");
    }
}

#[test]
fn a_server_that_does_not_join_is_noticed() {
    let told = spoken(
        "everybody-joins",
        "ensemble zk1 zk2 zk3\nat 0s start zk1 zk2\nat 20s start zk3\nat 40s end\n",
    );
    assert!(
        told.iter().any(|what| what.contains("zk3 has not joined zk2, which leads epoch 1")),
        "{told:#?}"
    );
}

#[test]
fn an_ephemeral_znode_of_a_session_that_is_over_is_noticed() {
    let told = spoken(
        "ephemerals-end",
        "ensemble zk1 zk2 zk3\nclient c at zk1\nat 0s start all\nat 20s start c\nat 21s c create /e ephemeral\n\
         at 22s close c\nat 40s end\n",
    );
    assert!(told.iter().all(|what| what.contains("still has /e")), "{told:#?}");
}

#[test]
fn a_leader_without_a_quorum_is_noticed() {
    let told = spoken(
        "no-service-without-quorum",
        "ensemble zk1 zk2 zk3\nat 0s start all\nat 20s cut zk3 from zk1 zk2\nat 120s heal\nat 300s end\n",
    );
    assert!(told.iter().any(|what| what.starts_with("zk3 is LEADING and serves on")), "{told:#?}");
}

#[test]
fn a_request_without_an_answer_is_noticed() {
    let text = |rest: &str| {
        format!("ensemble zk1 zk2 zk3\nclient c at zk1\nat 0s start all\nat 20s start c\n{rest}at 60s end\n")
    };
    for (rest, owed) in [
        ("", true),
        ("at 30s kill c\n", false),
        ("at 30s pause c\n", false),
        ("at 30s cut c from zk1\n", false),
        ("at 30s refuse c from zk1\n", false),
        ("at 30s cut c from zk2\n", true),
    ] {
        let ensemble = run(&text(rest), &mut []).ensemble;
        let waiting = [Waiting { client: NodeId(3), since: 0 }];
        let (standing, missing) = judged(&ensemble, HOUR, &waiting);
        let spoke: Vec<&str> = missing.iter().map(|missing| missing.property).collect();
        assert_eq!(spoke, if owed { &["requests-end"][..] } else { &[] }, "{rest}{standing:?}");
        assert_eq!(judged(&ensemble, 10_000_000_000, &waiting).1, [], "{rest}");
    }
}

/// Why nothing is owed where something is missing.
fn excuse(text: &str) -> String {
    let outcome = run(text, &mut []);
    match outcome.progress {
        Some(Standing::NotOwed { why }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_is_missing_is_told() {
    insta::assert_snapshot!(excuse("ensemble zk1 zk2 zk3\nat 0s start zk1\nat 20s end\n"),
        @"zk2 is down, zk3 is down; zk1 reaches nobody (zk1 votes for zk1); a quorum is 2 of 3");
    insta::assert_snapshot!(
        excuse("ensemble zk1 zk2 zk3 zk4\nat 0s start all\nat 20s cut zk1 zk2 from zk3 zk4\nat 90s end\n"),
        @"zk1, zk2 reach only each other (zk1 votes for zk2, zk2 votes for zk2); zk3, zk4 reach only each other (zk3 votes for zk4, zk4 votes for zk4); a quorum is 3 of 4");
    insta::assert_snapshot!(
        excuse("ensemble zk1 zk2 zk3\nat 0s start all\nat 20s pause zk1\nat 20s hold zk2 packet-loop\nat 90s end\n"),
        @"zk1 stands still, zk2 is held; zk3 reaches nobody (zk3 votes for zk3); a quorum is 2 of 3");
}

#[test]
fn a_network_with_gaps_and_one_too_slow_owe_nothing() {
    let gap = "ensemble zk1 zk2 zk3\nat 0s cut zk1 from zk2\nat 0s start all\nat 0.7s end\n";
    insta::assert_snapshot!(excuse(gap), @"zk1 and zk2 do not reach each other, and others reach both");
    let slow = "ensemble zk1 zk2 zk3\nset latency 100ms..100ms\nat 0s start all\nat 0.7s end\n";
    insta::assert_snapshot!(excuse(slow), @"zk1: a message may take 100 ms, and finalizeWait is 200 ms");
    let disks = "ensemble zk1 zk2 zk3\nset fsync 1s..4s\nat 0s start all\nat 0.7s end\n";
    insta::assert_snapshot!(excuse(disks),
        @"zk1: a round of messages and fsyncs may take 8001 ms, and syncLimit is 10000 ms");
}

#[test]
fn a_run_that_is_too_short_says_what_is_missing() {
    let outcome = run("ensemble zk1 zk2 zk3\nat 0s start all\nat 0.7s end\n", &mut []);
    let Some(Standing::TooEarly { missing, quiet, bound }) = outcome.progress else {
        panic!("{:?}", outcome.progress)
    };
    assert!(missing.starts_with("a connected quorum has no leader: zk1 is LOOKING"), "{missing}");
    let usual = patience([(&Settings::default(), &Pace::default())].into_iter());
    assert_eq!((quiet, u128::from(bound)), (700, usual.as_millis()));
}

#[test]
fn the_bound_grows_with_what_makes_servers_wait() {
    let of = |settings: &Settings, pace: &Pace| patience([(settings, pace)].into_iter());
    let (settings, pace) = (Settings::default(), Pace::default());
    let usual = of(&settings, &pace);
    assert!(
        usual > Duration::from_secs(2 * 60),
        "a server that looks alone waits a minute before it dials again"
    );
    for slower in [
        Settings { tick_time: 4000, ..settings.clone() },
        Settings { init_limit: 20, ..settings.clone() },
        Settings { cnx_timeout: 9000, ..settings.clone() },
        Settings { max_notification_interval: 90_000, ..settings.clone() },
    ] {
        assert!(of(&slower, &pace) > usual, "{slower:?}");
    }
    for slower in [
        Pace { clock_ppm: 500_000, ..pace },
        Pace { fsync: Range { min: 0, max: 1_000_000_000 }, ..pace },
        Pace { latency: Range { min: 0, max: 40_000_000 }, ..pace },
    ] {
        assert!(of(&settings, &slower) > usual, "{slower:?}");
    }
    assert_eq!(
        of(&settings, &Pace { clock_ppm: 2_000_000, ..pace }),
        usual,
        "a fast clock does not help others"
    );
    let both = patience([(&settings, &pace), (&settings, &Pace { clock_ppm: 500_000, ..pace })].into_iter());
    assert!(both > usual);
}

#[test]
fn a_leader_that_has_no_zxid_left_begins_the_quiet_anew() {
    let text = "ensemble zk1 zk2 zk3\nset initialCounter 4294967290\nat 0s start all\n\
                at 59.9s create /a times 9 at zk3\nat 60s end\n";
    let outcome = run(text, &mut []);
    assert!(outcome.missing.is_empty(), "{:?}", outcome.missing);
    assert!(matches!(outcome.progress, Some(Standing::TooEarly { .. })), "{:?}", outcome.progress);
}
