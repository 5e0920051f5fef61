//! Every statement of the scenario language means what it says: when it acts, what it demands, what it does.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use std::collections::BTreeSet;
use std::io;
use zablab_protocol::{Decision, Packet, Storage};
use zablab_sim::ensemble::{Action, Effect, Node};
use zablab_sim::run::{Ending, Observer, Outcome, Run, StepView};
use zablab_sim::scenario::{Packet as Word, Scenario};

const SECOND: u64 = 1_000_000_000;

/// Three servers that boot together. zk3 leads well before 2 s, and listens before the others come: both
/// get an empty DIFF.
const THREE: &str = "ensemble zk1 zk2 zk3\nset boot 500ms\nset takeover 20ms\nset zk3 takeover 5ms\n\
                     set write 2ms\n\
                     at 0s start all\n";

/// One action as it was seen.
struct Seen {
    at: u64,
    action: Action,
    packet: Option<(String, Packet)>,
    effects: Vec<Effect>,
}

#[derive(Default)]
struct Everything(Vec<Seen>);

impl Observer for Everything {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        let name = |from: zablab_sim::ensemble::NodeId| step.ensemble.node(from).name.to_string();
        self.0.push(Seen {
            at: step.moment.at,
            action: step.action.clone(),
            packet: step.delivered.map(|delivered| (name(delivered.from), delivered.packet.clone())),
            effects: step.effects.to_vec(),
        });
        Ok(())
    }
}

/// A run that is over, with all that happened.
struct Ran {
    text: String,
    outcome: Outcome,
    seen: Vec<Seen>,
}

fn run_text(text: String) -> Ran {
    let scenario = Scenario::parse("test", &text).unwrap_or_else(|error| panic!("{error}"));
    let mut everything = Everything::default();
    let outcome = Run::new("test", &text, &scenario, 0).unwrap().finish(&mut [&mut everything]).unwrap();
    assert_eq!(outcome.violations, [], "{text}");
    assert_eq!(outcome.ending, Ending::Complete, "{text}");
    Ran { text, outcome, seen: everything.0 }
}

/// Runs the three servers with more lines.
fn run(lines: &str) -> Ran {
    run_text(format!("{THREE}{lines}\n"))
}

impl Ran {
    /// What was not met: the line as it stands in the text, when, and what was the case.
    fn unmet(&self) -> Vec<(&str, u64, &str)> {
        let line = |number: u32| self.text.lines().nth(number as usize - 1).unwrap().trim();
        self.outcome.unmet.iter().map(|unmet| (line(unmet.line), unmet.at, &*unmet.instead)).collect()
    }

    /// The lines that were not met.
    fn unmet_lines(&self) -> Vec<&str> {
        self.unmet().into_iter().map(|(line, _, _)| line).collect()
    }

    fn green(self) -> Ran {
        assert_eq!(self.unmet(), [], "{}", self.text);
        self
    }

    fn node(&self, name: &str) -> &Node {
        self.outcome.ensemble.nodes.iter().find(|node| &*node.name == name).unwrap()
    }

    fn files(&self, name: &str) -> &Storage {
        self.node(name).disk.storage()
    }

    fn logged(&self, name: &str) -> i64 {
        self.files(name).log.last().map_or(0, |zxid| zxid.0)
    }

    fn current_epoch(&self, name: &str) -> Option<i64> {
        self.files(name).current_epoch.map(|epoch| epoch.0)
    }

    fn is(&self, id: zablab_sim::ensemble::NodeId, name: &str) -> bool {
        &*self.outcome.ensemble.node(id).name == name
    }

    /// When the server decided that, and what.
    fn decisions(&self, name: &str) -> Vec<(u64, &Decision)> {
        let of = |effect| match effect {
            &Effect::Decided { node, ref decision } if self.is(node, name) => Some(decision),
            _ => None,
        };
        self.seen.iter().flat_map(|seen| seen.effects.iter().filter_map(of).map(|d| (seen.at, d))).collect()
    }

    fn decided(&self, name: &str, what: &str) -> Vec<u64> {
        self.decisions(name).into_iter().filter(|(_, d)| d.name() == what).map(|(at, _)| at).collect()
    }

    /// When the server got packets of a type, and from whom.
    fn got(&self, name: &str, what: &str) -> Vec<(u64, &str)> {
        let of = |seen: &'_ Seen| match &seen.action {
            Action::Deliver { to, .. } if self.is(*to, name) => Some(seen.at),
            _ => None,
        };
        self.seen
            .iter()
            .filter_map(|seen| Some((of(seen)?, seen.packet.as_ref()?)))
            .filter(|(_, (_, packet))| packet.name() == what)
            .map(|(at, (from, _))| (at, &**from))
            .collect()
    }

    /// When the server was killed, its place among all actions first.
    fn killed(&self, name: &str) -> Vec<(usize, u64)> {
        let is_kill = |seen: &Seen| matches!(seen.action, Action::Kill(node) if self.is(node, name));
        let kills = self.seen.iter().enumerate().filter(|(_, seen)| is_kill(seen));
        kills.map(|(at, seen)| (at, seen.at)).collect()
    }
}

// When an expectation must hold.

#[test]
fn at_demands_the_instant() {
    run("at 2s expect leader zk3\nat 100ms expect zk1 refusing\nat 600ms expect zk1 looking");
    let ran = run("at 100ms expect leader zk3\nat 2s expect leader zk3\nat 2s expect no leader");
    let (booting, serving) = (
        "zk1 is booting, zk2 is booting, zk3 is booting",
        "zk1 is following, zk2 is following, zk3 is leading",
    );
    assert_eq!(
        ran.unmet(),
        [
            ("at 100ms expect leader zk3", SECOND / 10, booting),
            ("at 2s expect no leader", 2 * SECOND, serving)
        ]
    );
    assert_eq!(ran.outcome.met, 1);
}

#[test]
fn by_is_met_by_what_is_false_before_and_true_in_time() {
    let ran = run("by 2s expect leader zk3").green();
    assert_eq!(ran.outcome.met, 1);
    assert_eq!(
        ran.outcome.virtual_time,
        2 * SECOND,
        "it ends with its last line, not with the last that was met"
    );
}

#[test]
fn by_fails_at_its_time_where_it_comes_true_too_late() {
    let ran = run("by 600ms expect leader zk3\nby 2s expect leader zk3");
    assert_eq!(
        ran.unmet(),
        [("by 600ms expect leader zk3", 600_000_000, "zk1 is looking, zk2 is looking, zk3 is looking")]
    );
    assert_eq!(ran.outcome.met, 1);
}

#[test]
fn by_is_met_by_what_was_true_once_and_is_not_any_more() {
    let ran = run("by 10s expect zk1 looking\n   expect zk1 refusing\nat 10s expect zk1 following").green();
    assert_eq!(ran.outcome.met, 3);
}

#[test]
fn by_does_not_count_what_was_true_only_before_the_step_above_it() {
    let ran = run("at 2s read / at zk1\nby 10s expect zk1 looking");
    assert_eq!(ran.unmet_lines(), ["by 10s expect zk1 looking"]);
    assert_eq!(ran.unmet()[0].1, 10 * SECOND);
    // A step further down does not count, nor does one that waits for an event.
    run("by 10s expect zk1 looking\nif zk2 decided own-id-calls: kill zk2\nby 10s expect zk1 looking\n\
         at 9s read / at zk1")
    .green();
}

#[test]
fn by_sees_what_the_step_above_it_did_at_once() {
    run("at 2s kill zk1\nby 2s expect zk1 down").green();
    let ran = run("at 2s kill zk1\nby 10s expect zk1 following");
    assert_eq!(ran.unmet_lines(), ["by 10s expect zk1 following"]);
}

#[test]
fn from_to_demands_every_instant_between() {
    run("from 2s to 5s expect leader zk3\nat 6s kill zk3").green();
    let ran = run("at 4s restart zk1\nfrom 2s to 10s expect zk1 serving\nby 10s expect zk1 serving");
    assert_eq!(
        ran.unmet().iter().map(|(line, at, _)| (*line, *at)).collect::<Vec<_>>(),
        [("from 2s to 10s expect zk1 serving", 4 * SECOND)]
    );
    assert_eq!(ran.outcome.met, 1, "it comes back, and that is too late");
}

#[test]
fn from_to_fails_at_its_first_instant_and_only_once() {
    let ran = run("from 100ms to 10s expect zk1 serving");
    assert_eq!(
        ran.unmet(),
        [(
            "from 100ms to 10s expect zk1 serving",
            SECOND / 10,
            "zk1 is booting, acceptedEpoch none, currentEpoch none, logged 0x0"
        )]
    );
}

#[test]
fn from_to_counts_its_last_instant_and_nothing_after_it() {
    run("from 2s to 5s expect zk1 serving\nat 5.000000001s kill zk1").green();
    let ran = run("at 5s kill zk1\nfrom 2s to 5s expect zk1 serving");
    assert_eq!(ran.unmet_lines(), ["from 2s to 5s expect zk1 serving"]);
}

#[test]
fn a_run_goes_on_after_what_was_not_met() {
    let ran = run("at 2s expect zk1 down\n   kill zk1\nat 3s expect zk1 down\nat 4s expect zk1 following");
    assert_eq!(ran.unmet_lines(), ["at 2s expect zk1 down", "at 4s expect zk1 following"]);
    assert_eq!((ran.outcome.met, ran.outcome.virtual_time), (1, 4 * SECOND));
}

#[test]
fn a_line_without_its_own_prefix_has_the_one_above() {
    let ran = run(
        "at 3s   kill zk1\n        kill zk2\n   # A comment is no statement.\n\n        expect zk2 down\n\
                   by 4s   expect zk1 down\n        expect zk1 looking\n\
                   from 5s to 6s expect zk1 down\n              expect zk3 down\n\
                   at 7s when zk3 got NOTIFICATION from zk1: kill zk3\n   restart zk3\n\
                   at 8s start zk1\nat 10s end",
    );
    assert_eq!(
        ran.unmet().iter().map(|(line, at, _)| (*line, *at)).collect::<Vec<_>>()[..2],
        [("expect zk1 looking", 4 * SECOND), ("expect zk3 down", 5 * SECOND)]
    );
    let expected: Vec<&str> = ran.outcome.unmet.iter().map(|unmet| &*unmet.expected).collect();
    assert!(expected[0].contains("zk1 looking") && expected[1].contains("zk3 down"), "{expected:?}");
    assert_eq!(ran.killed("zk2").iter().map(|(_, at)| *at).collect::<Vec<_>>(), [3 * SECOND]);
    let heard = ran.got("zk3", "NOTIFICATION").into_iter().find(|(at, _)| *at > 7 * SECOND).unwrap().0;
    assert_eq!(ran.killed("zk3").iter().map(|(_, at)| *at).collect::<Vec<_>>(), [heard]);
    let starts = |seen: &&Seen| matches!(seen.action, Action::Start(node) if ran.is(node, "zk3"));
    assert!(ran.seen.iter().filter(starts).map(|seen| seen.at).eq([0, heard]), "one event, two triggers");
}

// What an expectation says.

#[test]
fn every_kind_of_expectation_holds_where_it_is_true() {
    let ran = run("at 3s create /a one at zk1\nat 4s set /a two at zk2\nby 5s expect leader zk3
        expect available
        expect answered 2
        expect failed 0
        expect pending 0
        expect zk1 following
        expect zk3 leading
        expect zk1 serving
        expect zk1 epoch 1
        expect zk1 currentEpoch 1
        expect zk1 acceptedEpoch 1
        expect zk1 round 1
        expect zk1 zxid 0x100000002
        expect zk1 logged 0x100000002
        expect zk1 vote zk3
        expect zk1 vote leader
        expect zk1 synced DIFF
        expect zk1 synced DIFF 0x0 from zk3
        expect zk1 data /a two
        expect zk1 data /a two version 1
        expect zk1 no /b
        expect zk1 heard zk3 looking leader zk3 round 1 epoch 0 zxid 0x0
        expect zk1 heard zk3 looking
        expect leader leading
        expect follower following
at 6s   kill zk1 zk2
by 7s   expect zk1 down
        expect unavailable
        expect no leader
        expect zk3 looking
        expect zk3 refusing");
    let ran = ran.green();
    assert_eq!(ran.outcome.met, 30);
}

#[test]
fn every_kind_of_expectation_fails_and_says_what_was_the_case() {
    let all = "zk1 is following, zk2 is following, zk3 is leading";
    let counts = "1 answered, 0 failed, 0 pending";
    let zk1 = "zk1 is following, round 1, vote for 3, acceptedEpoch 1, currentEpoch 1, zxid 0x100000001, \
               logged 0x100000001";
    let zk3 = "zk3 is leading, round 1, vote for 3, acceptedEpoch 1, currentEpoch 1, zxid 0x100000001, \
               logged 0x100000001";
    let zk2 = "zk2 is down, acceptedEpoch 1, currentEpoch 1, logged 0x100000001";
    let synced = "zk1 was synchronized by DIFF 0x0 from server 3";
    let node = "zk1 has /a = \"one\", version 0";
    let table = [
        ("leader zk1", all),
        ("no leader", all),
        ("unavailable", all),
        ("answered 2", counts),
        ("failed 1", counts),
        ("pending 1", counts),
        ("zk1 down", zk1),
        ("zk1 looking", zk1),
        ("zk1 leading", zk1),
        ("zk1 observing", zk1),
        ("zk1 refusing", zk1),
        ("zk1 epoch 2", zk1),
        ("zk1 acceptedEpoch 0", zk1),
        ("zk1 round 2", zk1),
        ("zk1 zxid 0x100000000", zk1),
        ("zk1 logged 0x100000002", zk1),
        ("zk1 vote zk1", zk1),
        ("follower leading", zk1),
        ("leader following", zk3),
        ("zk1 synced SNAP", synced),
        ("zk1 synced DIFF 0x1", synced),
        ("zk1 synced DIFF 0x0 from zk2", synced),
        ("zk3 synced DIFF", "zk3 was never synchronized"),
        ("zk1 data /a two", node),
        ("zk1 data /a one version 1", node),
        ("zk1 no /a", node),
        ("zk1 data /b one", "zk1 has no /b"),
    ];
    let mut lines = "at 3s create /a one at zk1\n".to_owned();
    lines.extend(table.iter().map(|(claim, _)| format!("at 4s expect {claim}\n")));
    let ran = run(&lines);
    assert_eq!(ran.outcome.met, 0);
    assert_eq!(ran.outcome.unmet.len(), table.len());
    for ((claim, instead), unmet) in table.iter().zip(&ran.outcome.unmet) {
        assert_eq!((&*unmet.expected, &*unmet.instead), (&*format!("at 4s    expect {claim}"), *instead));
    }
    let down = [("zk2 serving", zk2), ("zk2 refusing", zk2), ("zk2 data /a one", zk2), ("zk2 no /b", zk2)];
    let mut lines = "at 3s create /a one at zk1\nat 4s kill zk2\n".to_owned();
    lines.extend(down.iter().map(|(claim, _)| format!("at 5s expect {claim}\n")));
    for ((_, instead), unmet) in down.iter().zip(&run(&lines).outcome.unmet) {
        assert_eq!(unmet.instead, *instead);
    }
}

#[test]
fn who_was_never_heard_is_said_so() {
    let ran = run("at 0s hold zk1 to zk2 on election\nat 3s expect zk2 heard zk1 looking");
    assert_eq!(ran.unmet()[0].2, "zk2 heard nothing from it");
}

#[test]
fn a_notification_that_was_heard_is_named_whole_where_another_was_expected() {
    let wrong = ["looking leader zk1", "looking round 7", "looking epoch 3", "looking zxid 0x5", "observing"];
    for wrong in wrong {
        let ran = run(&format!("at 3s expect zk1 heard zk3 {wrong}"));
        let (_, _, instead) = ran.unmet()[0];
        assert!(instead.contains("LOOKING") && instead.contains("round"), "{wrong}: {instead}");
    }
}

#[test]
fn the_files_of_a_server_that_is_down_can_be_expected_and_its_memory_cannot() {
    let ran = run("at 3s create /a one at zk1\nat 4s kill zk1\nat 5s expect zk1 epoch 1\n   \
                   expect zk1 acceptedEpoch 1\n   expect zk1 logged 0x100000001\n   \
                   expect zk1 zxid 0x100000001\n   \
                   expect zk1 round 1\n   expect zk1 vote zk3\n   expect zk1 looking");
    let lines =
        ["expect zk1 zxid 0x100000001", "expect zk1 round 1", "expect zk1 vote zk3", "expect zk1 looking"];
    assert_eq!((ran.unmet_lines(), ran.outcome.met), (lines.to_vec(), 3));
}

// Steps that wait for an event.

#[test]
fn when_must_fire_and_if_may() {
    let ran =
        run("when zk1 decided own-id-calls: kill zk1\nif zk1 decided own-id-calls: kill zk1\nat 3s end");
    assert_eq!(ran.unmet(), [("when zk1 decided own-id-calls: kill zk1", 3 * SECOND, "it never happened")]);
    assert_eq!(ran.outcome.unmet[0].expected, "zk1 decided own-id-calls: kill zk1");
    for word in ["when", "if"] {
        let ran = run(&format!("{word} zk1 decided serving: kill zk1\nat 3s expect zk1 down")).green();
        assert_eq!(ran.killed("zk1").len(), 1);
    }
}

#[test]
fn a_trigger_fires_once() {
    let ran = run("when zk1 got PING: restart zk1\nat 30s end").green();
    assert_eq!(ran.killed("zk1").len(), 1);
    assert!(ran.got("zk1", "PING").len() > 5, "it goes on hearing pings");
}

#[test]
fn nth_counts_events() {
    let pings: Vec<u64> = run("at 12s end").got("zk1", "PING").iter().map(|(at, _)| *at).collect();
    for nth in [1, 2, 5] {
        let ran = run(&format!("when zk1 got PING nth {nth}: kill zk1\nat 12s end")).green();
        assert_eq!(ran.killed("zk1")[0].1, pings[nth - 1], "nth {nth}");
    }
    let ran = run("when zk1 got PING nth 1000: kill zk1\nat 12s end");
    assert_eq!(ran.unmet_lines(), ["when zk1 got PING nth 1000: kill zk1"]);
}

#[test]
fn at_when_counts_only_what_happens_from_then_on() {
    let pings: Vec<u64> = run("at 12s end").got("zk1", "PING").iter().map(|(at, _)| *at).collect();
    let after = |from: u64| pings.iter().copied().filter(move |at| *at >= from);
    let ran = run("at 5s when zk1 got PING: kill zk1\nat 12s end").green();
    assert_eq!(Some(ran.killed("zk1")[0].1), after(5 * SECOND).next());
    let ran = run("at 5s when zk1 got PING nth 2: kill zk1\nat 12s end").green();
    assert_eq!(Some(ran.killed("zk1")[0].1), after(5 * SECOND).nth(1));
    let ran = run("at 5s when zk1 decided elected: kill zk1\nat 12s end");
    assert_eq!(ran.unmet_lines(), ["at 5s when zk1 decided elected: kill zk1"]);
}

#[test]
fn within_bounds_how_long_a_trigger_stays_armed() {
    let elected = run("at 3s end").decided("zk1", "elected")[0];
    let (before, after) = (elected - 1, elected + 1);
    let ran = run(&format!("when zk1 decided elected within {elected}ns: kill zk1\nat 3s end")).green();
    assert_eq!(ran.killed("zk1").len(), 1);
    let ran = run(&format!("when zk1 decided elected within {before}ns: kill zk1\nat 3s end"));
    assert_eq!((ran.unmet().len(), ran.killed("zk1").len()), (1, 0));
    let ran =
        run(&format!("at {elected}ns when zk1 decided elected within 1ns: kill zk1\nat 3s end")).green();
    assert_eq!(ran.killed("zk1").len(), 1);
    let ran = run(&format!("at {after}ns if zk1 decided elected within 1s: kill zk1\nat 3s end")).green();
    assert_eq!(ran.killed("zk1").len(), 0);
    // A run without an end of its own lasts as long as a trigger is armed.
    let ran = run("at 2s if zk1 decided own-id-calls within 3s: kill zk1").green();
    assert_eq!(ran.outcome.virtual_time, 5 * SECOND);
}

#[test]
fn triggers_on_the_same_event_fire_in_the_order_of_the_file() {
    let ran = run("when zk1 decided elected: kill zk2\nwhen zk1 decided elected: kill zk3\n\
                   when before zk1 decided elected: pause zk3\nat 3s end")
    .green();
    let what = |seen: &&Seen| matches!(seen.action, Action::Kill(_) | Action::Pause(_));
    let order: Vec<String> = ran.seen.iter().filter(what).map(|seen| format!("{:?}", seen.action)).collect();
    assert_eq!(order, ["Pause(NodeId(2))", "Kill(NodeId(1))", "Kill(NodeId(2))"]);
}

#[test]
fn a_step_that_a_trigger_does_can_be_a_trigger_itself() {
    let ran = run("when zk1 decided elected: kill zk3\n\
                   when zk2 decided cannot-reach-leader: kill zk2\nat 30s expect zk2 down")
    .green();
    assert_eq!(ran.killed("zk2").len(), 1);
}

/// Ends the server on one side of an event, and says what its disk holds then.
fn disk_around(event: &str, how: &str, lines: &str) -> [Ran; 2] {
    ["before ", ""].map(|side| run(&format!("when {side}{event}: {how}\n{lines}")).green())
}

#[test]
fn an_epoch_file_is_the_old_one_before_its_write_and_the_new_one_after() {
    let [before, after] = disk_around("zk2 wrote currentEpoch 1", "kill zk2", "at 3s end");
    assert_eq!([before.current_epoch("zk2"), after.current_epoch("zk2")], [Some(0), Some(1)]);
    for ran in [before, after] {
        assert_eq!(ran.files("zk2").accepted_epoch.unwrap().0, 1, "it accepted the epoch before");
    }
    let [before, after] = disk_around("zk2 wrote acceptedEpoch 1", "kill zk2", "at 3s end");
    assert_eq!(before.files("zk2").accepted_epoch.unwrap().0, 0);
    assert_eq!(after.files("zk2").accepted_epoch.unwrap().0, 1);
    assert_eq!([before.current_epoch("zk2"), after.current_epoch("zk2")], [Some(0), Some(0)]);
    // Without a number, any: the first is that of a fresh directory.
    let [before, after] = disk_around("zk2 wrote currentEpoch", "kill zk2", "at 3s end");
    assert_eq!([before.current_epoch("zk2"), after.current_epoch("zk2")], [None, Some(0)]);
    let [before, after] = disk_around("zk2 wrote currentEpoch nth 2", "kill zk2", "at 3s end");
    assert_eq!([before.current_epoch("zk2"), after.current_epoch("zk2")], [Some(0), Some(1)]);
}

#[test]
fn a_snapshot_is_there_after_its_write_and_not_before() {
    let late = "ensemble zk1 zk2 zk3\nset boot 500ms\nat 0s start zk2 zk3\nat 3s start zk1\n";
    let snapshots = |side: &str| {
        let lines = format!("{late}when {side} zk1 wrote snapshot 0x100000000: kill zk1\nat 5s end\n");
        let ran = run_text(lines).green();
        ran.files("zk1").snapshots.iter().map(|file| file.snapshot.zxid.0).collect::<Vec<_>>()
    };
    assert_eq!(snapshots("before"), [0]);
    assert_eq!(snapshots("after"), [0, 0x1_0000_0000]);
}

#[test]
fn a_record_survives_a_power_failure_after_the_write_of_the_log_and_not_before() {
    let writes = "at 3s create /a at zk3\nat 4s create /b at zk3\nat 5s end";
    let [before, after] = disk_around("zk2 wrote log 0x100000002", "power-off zk2 losing unsynced", writes);
    assert_eq!([before.logged("zk2"), after.logged("zk2")], [0x1_0000_0001, 0x1_0000_0002]);
    let [before, after] = disk_around("zk2 wrote log", "power-off zk2 losing unsynced", writes);
    assert_eq!([before.logged("zk2"), after.logged("zk2")], [0, 0x1_0000_0001]);
}

#[test]
fn a_log_is_shorter_after_a_truncation_and_not_before() {
    let story =
        "at 3s create /a at zk3\nat 4s cut zk3 from zk1 zk2\nat 5s create /lost at zk3\nat 30s heal\n";
    let [before, after] =
        disk_around("zk3 wrote truncation 0x100000001", "kill zk3", &format!("{story}at 40s end"));
    assert_eq!([before.logged("zk3"), after.logged("zk3")], [0x1_0000_0002, 0x1_0000_0001]);
    let ran = run(&format!("when zk3 wrote truncation 0x100000002: kill zk3\n{story}at 40s end"));
    assert_eq!(ran.unmet().len(), 1, "that is not where it was cut");
}

/// Life of zk1, during which it gets every packet that a learner can get, and sends every one.
const RICH: &str = "at 3s create /a at zk1\nat 4s cut zk1 from zk2 zk3 on quorum\nat 5s create /b at zk3\n\
                    at 20s heal\nat 22s create /c at zk3\nat 23s end";

#[test]
fn a_packet_has_not_arrived_before_and_has_after() {
    let whole = run(RICH).green();
    let mut tried = BTreeSet::new();
    for server in ["zk1", "zk3"] {
        for word in Word::ALL.iter().map(|word| word.word()) {
            let first = whole.got(server, word).first().copied();
            let Some((at, from)) = first else { continue };
            tried.insert(word);
            let lines =
                |side: &str| format!("when {side} {server} got {word} from {from}: kill {server}\n{RICH}");
            let before = run(&lines("before")).green();
            assert!(before.got(server, word).is_empty(), "{server} {word}");
            assert_eq!(before.killed(server)[0].1, at, "{server} {word}");
            let after = run(&lines("after")).green();
            assert_eq!(after.got(server, word), [(at, from)], "{server} {word}");
            let (kill, _) = after.killed(server)[0];
            let packet = after.seen[kill - 1].packet.as_ref().unwrap();
            assert_eq!((&*packet.0, packet.1.name()), (from, word), "nothing stands between");
        }
    }
    let never = ["OBSERVERINFO", "TRUNC", "SNAP", "INFORM"];
    let rest: Vec<&str> =
        Word::ALL.iter().map(|word| word.word()).filter(|word| !tried.contains(word)).collect();
    assert_eq!(rest, never);
}

#[test]
fn a_packet_counts_only_from_the_server_named() {
    for from in ["zk1", "zk3"] {
        let ran = run(&format!("when zk2 got NOTIFICATION from {from}: kill zk2\nat 3s end")).green();
        let got = ran.got("zk2", "NOTIFICATION");
        assert_eq!(got.last().unwrap().1, from);
        assert_eq!(got.iter().filter(|(_, of)| *of == from).count(), 1);
    }
    let ran = run("when zk2 got PING from zk1: kill zk2\nat 6s end");
    assert_eq!(ran.unmet().len(), 1, "zk1 does not lead");
    // `leader` is whoever leads at that moment: nobody does when the epoch is proposed.
    let ran = run(
        "when zk2 got PING from leader: kill zk2\nwhen zk2 got LEADERINFO from leader: kill zk2\nat 6s end",
    );
    assert_eq!(ran.unmet_lines(), ["when zk2 got LEADERINFO from leader: kill zk2"]);
}

/// A follower stands still on one side of a task's step, for good.
fn paused_around(task: &str) -> [Ran; 2] {
    ["before", "after"].map(|side| {
        run(&format!(
            "at 3s create /a at zk3\nat 3s when {side} zk1 ran {task}: pause zk1\n\
             at 4s expect zk2 zxid 0x100000001"
        ))
        .green()
    })
}

#[test]
fn a_task_has_not_done_its_step_before_and_has_after() {
    let zxid = |ran: &Ran| ran.node("zk1").status().unwrap().last_processed.0;
    let [before, after] = paused_around("log-writer");
    assert_eq!([before.logged("zk1"), after.logged("zk1")], [0, 0x1_0000_0001]);
    let [before, after] = paused_around("commit-applier");
    assert_eq!([before.logged("zk1"), after.logged("zk1")], [0x1_0000_0001, 0x1_0000_0001]);
    assert_eq!([zxid(&before), zxid(&after)], [0, 0x1_0000_0001]);
    // The proposal is read by the packet loop, then the log writer is ready.
    let [before, after] = paused_around("packet-loop");
    let ready = |ran: &Ran| ran.node("zk1").peer().unwrap().ready();
    assert_eq!(ready(&before), [zablab_protocol::Task::Main]);
    assert_eq!(ready(&after), [zablab_protocol::Task::Log]);
}

#[test]
fn a_handlers_step_is_an_event_of_the_leader() {
    let around = |side: &str| {
        run(&format!(
            "at 2s hold zk3 to zk2\nat 3s create /a at zk3\n\
                      at 3.01s when {side} zk3 ran handlers: pause zk3\nat 6s end"
        ))
        .green()
    };
    let ready = |ran: &Ran| ran.node("zk3").peer().unwrap().ready().len();
    assert!(ready(&around("before")) > ready(&around("after")));
    let ran = run("when zk1 ran handlers: kill zk1\nat 5s end");
    assert_eq!(ran.unmet().len(), 1, "a follower has none");
}

#[test]
fn a_decision_has_not_been_taken_before_and_has_after() {
    let whole = run(RICH).green();
    for server in ["zk1", "zk3"] {
        let names: BTreeSet<&str> = whole.decisions(server).into_iter().map(|(_, d)| d.name()).collect();
        assert!(names.len() > 15, "{names:?}");
        for name in names {
            let at = whole.decided(server, name)[0];
            let lines = |side: &str| format!("when {side} {server} decided {name}: kill {server}\n{RICH}");
            let before = run(&lines("before")).green();
            assert!(before.decided(server, name).is_empty(), "before {server} decided {name}");
            assert_eq!(before.killed(server)[0].1, at, "before {server} decided {name}");
            let after = run(&lines("after")).green();
            assert_eq!(after.decided(server, name).first(), Some(&at), "{server} decided {name}");
            let (kill, when) = after.killed(server)[0];
            assert_eq!(when, at);
            let decided = |effect: &Effect| match effect {
                Effect::Decided { decision, .. } => decision.name() == name,
                _ => false,
            };
            assert!(after.seen[kill - 1].effects.iter().any(decided), "nothing stands between");
        }
    }
}

#[test]
fn a_decision_that_a_request_brings_about_is_an_event_too() {
    let line =
        |side: &str| format!("when {side} zk3 decided proposed: kill zk3\nat 3s create /a at zk3\nat 4s end");
    assert!(run(&line("before")).green().decided("zk3", "proposed").is_empty());
    assert_eq!(run(&line("after")).green().decided("zk3", "proposed").len(), 1);
}

#[test]
fn killed_before_it_is_elected_a_server_follows_nobody() {
    let before = run("when before zk2 decided elected: kill zk2\nat 3s expect leader zk3").green();
    let after = run("when zk2 decided elected: kill zk2\nat 3s expect leader zk3").green();
    assert_eq!((before.decided("zk2", "elected").len(), after.decided("zk2", "elected").len()), (0, 1));
    assert_eq!(before.killed("zk2")[0].1, after.killed("zk2")[0].1);
}

#[test]
fn an_event_that_its_own_trigger_blocks_happens_when_it_is_let_go() {
    let ran =
        run("when before zk2 wrote currentEpoch 1: pause zk2\nat 3s expect zk2 epoch 0\n   resume zk2\n\
                   by 3.1s expect zk2 epoch 1")
        .green();
    assert_eq!(ran.current_epoch("zk2"), Some(1));
    let ran = run(
        "when before zk2 got NEWLEADER: hold NEWLEADER zk3 to zk2\nat 3s release\nby 3.1s expect zk2 serving",
    )
    .green();
    assert_eq!(ran.got("zk2", "NEWLEADER"), [(3 * SECOND, "zk3")]);
    let ran = run("at 3s create /a at zk3\n   when before zk2 ran log-writer: hold zk2 log-writer\n\
                   at 5s expect zk2 logged 0x0\n   release zk2 log-writer\n\
                   by 5.1s expect zk2 zxid 0x100000001")
    .green();
    assert_eq!(ran.logged("zk2"), 0x1_0000_0001);
}

// Holds.

#[test]
fn a_held_log_writer_logs_nothing_and_the_others_go_on() {
    let ran = run("at 3s hold zk1 log-writer\n   create /a at zk3\nby 4s expect answered 1\n\
                   at 4s expect zk1 logged 0x0\n   expect zk2 logged 0x100000001\n   release zk1 log-writer\n\
                   by 4.1s expect zk1 logged 0x100000001\n   expect zk1 zxid 0x100000001")
    .green();
    assert_eq!(ran.outcome.met, 5);
}

#[test]
fn a_held_commit_applier_logs_and_does_not_apply() {
    run("at 3s hold zk1 commit-applier\n   create /a at zk3\nat 4s expect zk1 logged 0x100000001\n   \
         expect zk1 no /a\n   expect zk2 data /a \"\"\n   release zk1 commit-applier\n\
         by 4.1s expect zk1 data /a \"\"")
    .green();
}

#[test]
fn a_held_packet_loop_reads_nothing_until_the_leader_gives_it_up() {
    run("at 3s hold zk1 packet-loop\n   create /a at zk3\nat 4s expect zk1 logged 0x0\n   \
         expect zk2 logged 0x100000001\n   release zk1 packet-loop\nby 4.1s expect zk1 zxid 0x100000001\n\
         from 4s to 5s expect zk1 serving")
    .green();
    let ran = run(
        "at 3s hold zk1 packet-loop\nat 20s expect leader zk3\n   release\nby 25s expect zk1 looking\n   \
                   expect zk1 serving",
    );
    let dropped = ran.green();
    assert_eq!(dropped.decided("zk3", "learner-dropped").len(), 1);
}

#[test]
fn held_handlers_leave_the_leader_without_acknowledgements() {
    run("at 3s hold zk3 handlers\n   create /a at zk3\nat 4s expect pending 1\n   \
         expect zk1 logged 0x100000001\n   \
         expect zk3 logged 0x100000001\n   expect zk3 no /a\n   release zk3 handlers\n\
         by 4.1s expect answered 1")
    .green();
}

#[test]
fn a_held_disk_completes_no_write() {
    run("at 3s hold zk1 disk\n   hold zk2 disk\n   create /a at zk3\nat 4s expect pending 1\n   \
         release zk1 disk\n\
         by 4.1s expect answered 1\n   expect zk3 zxid 0x100000001\nat 5s expect zk2 zxid 0x100000001")
    .green();
    let ran = run("at 3s hold zk2 disk\n   create /a at zk3\nat 4s power-off zk2 losing unsynced").green();
    assert_eq!((ran.logged("zk2"), ran.logged("zk1")), (0, 0x1_0000_0001), "it was written and never synced");
    run("at 0s hold zk1 disk\nat 3s expect zk1 refusing\n   release\nby 4s expect zk1 serving").green();
}

#[test]
fn a_held_stream_stands_still_in_one_direction() {
    let ran = run("at 3s hold zk3 to zk1\nat 4s create /a at zk3\nat 5s expect zk1 logged 0x0\n   \
                   expect zk2 zxid 0x100000001\n   release zk3 to zk1\nby 5.1s expect zk1 zxid 0x100000001")
    .green();
    let during =
        |to: &str| ran.got(to, "PING").iter().filter(|(at, _)| (3..5).contains(&(at / SECOND))).count();
    assert_eq!(during("zk1"), 0);
    let ran = run("at 3s hold zk1 to zk3\nat 4s create /a at zk3\nat 5s expect zk1 zxid 0x100000001").green();
    let acks =
        |from: &str| ran.got("zk3", "ACK").iter().filter(|(at, of)| *at > 3 * SECOND && *of == from).count();
    assert_eq!((acks("zk1"), acks("zk2")), (0, 1), "its acknowledgement is on its way");
}

#[test]
fn a_held_packet_type_holds_up_what_is_behind_it_and_nothing_before_it() {
    let ran = run("at 3s hold COMMIT zk3 to zk1\nat 4s create /a at zk3\nat 4.5s create /b at zk3\n\
                   at 5s expect zk1 logged 0x100000001\n   expect zk1 no /a\n   \
                   expect zk2 zxid 0x100000002\n   \
                   expect answered 2\n   release COMMIT zk3 to zk1\nby 5.1s expect zk1 zxid 0x100000002")
    .green();
    let order: Vec<&str> = ran
        .seen
        .iter()
        .filter(|seen| {
            seen.at >= 5 * SECOND && matches!(seen.action, Action::Deliver { to, .. } if ran.is(to, "zk1"))
        })
        .filter_map(|seen| Some(seen.packet.as_ref()?.1.name()))
        .filter(|name| *name != "PING")
        .collect();
    assert_eq!(order, ["COMMIT", "PROPOSAL", "COMMIT"]);
}

#[test]
fn a_hold_on_one_port_leaves_the_others() {
    run("at 3s hold zk3 to zk1 on election\nat 4s create /a at zk3\nby 5s expect zk1 zxid 0x100000001")
        .green();
    run("at 3s hold zk3 to zk1 on quorum\nat 4s create /a at zk3\nat 5s expect zk1 logged 0x0").green();
    run("at 3s hold all to all on quorum\nat 4s create /a at zk3\nat 5s expect pending 1\n   \
         release all to all on quorum\nby 5.1s expect answered 1")
    .green();
}

#[test]
fn release_without_a_name_lets_everything_go() {
    run("at 3s hold zk1 log-writer\n   hold zk2 disk\n   hold PROPOSAL zk3 to zk1\n   hold zk2 to zk3\n   \
         create /a at zk3\nat 5s expect pending 1\n   release\nby 5.1s expect answered 1\n   \
         expect zk1 zxid 0x100000001\n   expect zk2 zxid 0x100000001")
    .green();
}

#[test]
fn release_of_more_lets_go_what_it_includes() {
    for held in ["PROPOSAL zk3 to zk1", "zk3 to zk1", "zk3 to zk1 on quorum", "zk3 to all"] {
        run(&format!(
            "at 3s hold {held}\n   create /a at zk3\nat 4s release zk3 to zk1\n\
             by 4.1s expect zk1 zxid 0x100000001"
        ))
        .green();
    }
    run("at 3s hold zk3 to zk1\n   create /a at zk3\nat 4s release zk3 to zk1 on election\n\
         at 5s expect zk1 logged 0x0\n   \
         release zk3 to zk1 on quorum\nby 5.1s expect zk1 zxid 0x100000001")
    .green();
}

#[test]
fn release_of_one_thing_leaves_the_others_held() {
    run("at 3s hold zk1 log-writer\n   hold zk2 log-writer\n   create /a at zk3\n\
         at 4s release zk1 log-writer\n\
         at 5s expect answered 1\n   expect zk2 logged 0x0")
    .green();
    run("at 3s hold zk3 to zk1 zk2\n   create /a at zk3\nat 4s release zk3 to zk1\n\
         at 5s expect answered 1\n   \
         expect zk2 logged 0x0")
    .green();
}

// Names of servers.

#[test]
fn leader_is_whoever_leads_when_the_step_is_done() {
    let ran = run("at 3s kill leader\nat 5s kill leader\nat 6s expect zk3 down\n   expect zk2 down").green();
    assert_eq!((ran.killed("zk3")[0].1, ran.killed("zk2")[0].1), (3 * SECOND, 5 * SECOND));
    run("at 3s create /a at leader\nby 4s expect leader zxid 0x100000001\n   \
         expect follower zxid 0x100000001")
    .green();
}

#[test]
fn follower_is_one_that_serves_as_a_follower() {
    let ran = run("at 3s kill follower\nat 4s expect leader zk3").green();
    assert!(ran.killed("zk3").is_empty());
    assert_eq!(ran.killed("zk1").len() + ran.killed("zk2").len(), 1);
}

#[test]
fn all_is_every_server() {
    let ran = run("at 3s kill all\nat 4s expect zk1 down\n   expect zk2 down\n   expect zk3 down").green();
    assert_eq!(ran.outcome.met, 3);
    run("at 3s cut zk1 from all\nat 20s expect zk1 looking\n   expect leader zk3").green();
}

#[test]
fn a_step_for_a_leader_that_is_not_there_fails_at_its_line_and_the_run_goes_on() {
    let ran =
        run("at 100ms kill leader\n   create /a at leader\n   kill follower\n   set leader latency 1ms\n   \
                   cut leader from all\n   hold leader disk\nat 3s expect leader zk3\n   kill leader");
    let nobody = "nobody leads";
    let at = SECOND / 10;
    assert_eq!(
        ran.unmet(),
        [
            ("at 100ms kill leader", at, nobody),
            ("create /a at leader", at, nobody),
            ("kill follower", at, "nobody follows"),
            ("set leader latency 1ms", at, nobody),
            ("cut leader from all", at, nobody),
            ("hold leader disk", at, nobody),
        ]
    );
    assert_eq!(ran.outcome.unmet[0].expected, "kill leader");
    assert_eq!((ran.killed("zk3").len(), ran.outcome.met), (1, 1));
}

#[test]
fn an_expectation_of_a_leader_that_is_not_there_fails_and_says_so() {
    let ran = run("at 100ms expect leader serving\n   expect follower serving\n   expect zk1 vote leader");
    let instead: Vec<&str> = ran.unmet().iter().map(|(_, _, instead)| *instead).collect();
    assert_eq!(instead[..2], ["nobody leads", "nobody follows"]);
    assert_eq!(instead.len(), 3);
}

// Settings.

#[test]
fn a_setting_of_one_server_wins_over_one_of_all_wherever_it_stands() {
    for lines in ["set boot 2s\nset zk1 boot 300ms\n", "set zk1 boot 300ms\nset boot 2s\n"] {
        let ran = run_text(format!("ensemble zk1 zk2 zk3\n{lines}at 0s start all\nat 5s end\n"));
        let boots: Vec<(u64, &Action)> = ran
            .seen
            .iter()
            .filter(|seen| matches!(seen.action, Action::Boot(_)))
            .map(|seen| (seen.at, &seen.action))
            .collect();
        assert_eq!(
            boots.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
            [300_000_000, 2 * SECOND, 2 * SECOND]
        );
        assert!(matches!(boots[0].1, Action::Boot(node) if ran.is(*node, "zk1")));
    }
    let ran = run_text("ensemble zk1 zk2\nset zk2 tickTime 500\ntickTime=3000\nat 0s start all\n".to_owned());
    let tick = |name| ran.node(name).config.settings.tick_time;
    assert_eq!((tick("zk1"), tick("zk2")), (3000, 500));
}

/// How long the first packet of that type was under way that a server got from `from` after `since`.
fn travelled(ran: &Ran, to: &str, from: &str, since: u64) -> u64 {
    let sent = |effects: &[Effect]| {
        effects.iter().any(|effect| match effect {
            Effect::Sent { from: a, to: b, packet: Some(packet), .. } => {
                packet.name() == "PING" && ran.is(*a, from) && ran.is(*b, to)
            }
            _ => false,
        })
    };
    let sent = ran.seen.iter().find(|seen| seen.at > since && sent(&seen.effects)).unwrap().at;
    let got = ran.got(to, "PING").into_iter().find(|(at, of)| *at > sent && *of == from).unwrap().0;
    got - sent
}

#[test]
fn a_setting_that_changes_on_the_way_counts_from_then_on_and_for_whom_it_is() {
    let ran = run("set latency 1ms\nat 5s set zk3 latency 30ms\nat 10s set latency 7ms\nat 15s end").green();
    let ms = |to, from, since| travelled(&ran, to, from, since * SECOND) as f64 / 1e6;
    assert_eq!([ms("zk1", "zk3", 2), ms("zk1", "zk3", 5), ms("zk1", "zk3", 10)], [1.0, 30.0, 7.0]);
    assert_eq!([ms("zk3", "zk1", 2), ms("zk3", "zk1", 5), ms("zk3", "zk1", 10)], [1.0, 1.0, 7.0]);
}

#[test]
fn a_slow_fsync_and_a_slow_write_can_be_set_on_the_way() {
    let ran = run("at 3s set zk1 fsync 700ms\n   create /a at zk3\nat 3.6s expect zk2 zxid 0x100000001\n   \
                   expect zk3 zxid 0x100000001\nat 5s set zk1 write 2s\n   kill zk3\n\
                   at 6s expect zk1 refusing\n\
                   by 12s expect zk1 serving")
    .green();
    let synced: Vec<u64> = ran
        .seen
        .iter()
        .filter(|seen| seen.at > 3 * SECOND && seen.at < 5 * SECOND)
        .filter(|seen| matches!(seen.action, Action::DiskDone { node, .. } if ran.is(node, "zk1")))
        .map(|seen| seen.at)
        .collect();
    assert!(matches!(synced[..], [at] if (3_700_000_000..3_710_000_000).contains(&at)), "{synced:?}");
    let ran = run(
        "at 2s set task 50ms\nat 3s create /a at zk3\nat 3.05s expect answered 0\nby 4s expect answered 1",
    );
    ran.green();
}

// Clients.

#[test]
fn times_numbers_the_znodes_and_one_has_no_number() {
    let ran = run("at 3s create /n data times 3 at zk1\n   create /one data times 1 at zk2\n\
                   by 4s expect answered 4\n   \
                   expect zk2 data /n00000 data version 0\n   expect zk2 data /n00002 data\n   \
                   expect zk2 data /one data\n   \
                   expect zk2 no /n\n   expect zk2 no /n00003\n   expect zk2 no /one00000")
    .green();
    assert_eq!(ran.node("zk2").status().unwrap().last_processed.0, 0x1_0000_0004);
}

#[test]
fn a_client_sends_its_next_request_when_it_has_the_answer() {
    let ran = run("at 3s create /n times 20 at zk1\nfrom 3s to 4s expect failed 0\nby 4s expect answered 20")
        .green();
    let mut open = 0;
    for seen in &ran.seen {
        open += i32::from(matches!(seen.action, Action::Client { .. }));
        open -= seen.effects.iter().filter(|effect| matches!(effect, Effect::Answered { .. })).count() as i32;
        assert!((0..=1).contains(&open));
    }
    let ran = run("at 3s create /n times 20 at zk1\n   create /m times 20 at zk1\nby 4s expect answered 40")
        .green();
    let at = |path: &str| ran.node("zk3").peer().unwrap().tree().get(path).unwrap().stat.czxid;
    assert!(at("/m00000") < at("/n00005") && at("/n00000") < at("/m00005"), "two statements are two clients");
}

#[test]
fn an_error_of_the_tree_is_an_answer() {
    let ran = run(
        "at 3s create /a one at zk1\nat 4s set /a two version 7 at zk2\n   delete /a version 7 at zk3\n   \
                   create /a three at zk1\n   set /none x at zk2\n   delete /none at zk3\n   \
                   read /none at zk1\n\
                   by 5s expect answered 7\n   expect failed 0\n   expect zk1 data /a one version 0\n\
                   at 6s set /a two version 0 at zk2\nby 7s expect zk1 data /a two version 1\n\
                   at 8s delete /a version 0 at zk2\nby 9s expect answered 9\n   expect zk1 data /a two\n\
                   at 10s delete /a version 1 at zk2\nby 11s expect zk1 no /a",
    );
    ran.green();
}

#[test]
fn a_read_is_answered_by_one_server_without_the_others() {
    let ran = run("at 3s create /a one at zk1\nat 4s cut zk1 from zk2 zk3\n   read /a at zk1\n\
         by 4.1s expect answered 2\n\
                   at 5s set /a two at zk1\nat 6s expect pending 1\n   expect answered 2");
    ran.green();
}

#[test]
fn a_request_in_flight_fails_when_its_server_ends() {
    let held = "at 2s hold zk1 disk\n   hold zk2 disk\nat 3s create /n times 5 at zk1\n\
                at 4s expect pending 1\n   \
                expect answered 0\n   expect failed 0\n";
    for end in ["kill zk1", "power-off zk1", "restart zk1"] {
        let ran = run(&format!(
            "{held}   {end}\nby 4.1s expect failed 1\nat 6s expect pending 0\n   expect answered 0\n   \
                                expect failed 1"
        ));
        ran.green();
    }
    // The leader's end is another matter: whoever was asked has lost it, and says so.
    run(&format!("{held}   kill zk3\nby 5s expect failed 1\n   expect pending 0")).green();
}

#[test]
fn a_request_to_a_paused_server_waits_and_fails_when_it_is_killed() {
    run("at 3s pause zk1\n   create /a at zk1\nat 4s expect pending 1\n   expect failed 0\n   kill zk1\n\
         by 4.1s expect failed 1\n   expect pending 0")
    .green();
}

#[test]
fn a_client_goes_on_after_an_error_of_the_tree_and_not_after_a_lost_server() {
    let ran = run("at 3s set /none x times 4 at zk1\nby 4s expect answered 4\n\
                   at 5s kill zk1\n   create /n times 4 at zk1\nby 6s expect failed 1\n\
                   at 7s expect failed 1\n   \
                   expect answered 4");
    ran.green();
}

#[test]
fn a_server_that_refuses_clients_fails_their_requests() {
    run("at 100ms read /a at zk2\nby 300ms expect failed 1\n   expect pending 0\n\
         at 550ms create /a at zk1\n   \
         read /a at zk1\nby 600ms expect failed 3\nat 3s expect failed 3\n   expect zk1 no /a")
    .green();
}

// The end.

#[test]
fn end_ends_the_run_there() {
    let ran = run("at 3s end\nif zk1 decided own-id-calls within 60s: kill zk1").green();
    assert_eq!(ran.outcome.virtual_time, 3 * SECOND);
    assert!(ran.seen.iter().all(|seen| seen.at <= 3 * SECOND));
    let ran = run("at 20s end").green();
    assert_eq!(ran.outcome.virtual_time, 20 * SECOND);
    assert!(ran.seen.last().unwrap().at > 19 * SECOND, "it does not end with the last step");
}

#[test]
fn what_comes_after_the_end_was_not_shown() {
    let ran = run("at 3s end\nat 5s kill zk1\nby 6s expect zk1 down\nfrom 2s to 9s expect leader zk3\n\
         at 2s expect leader zk3");
    let lines = ["from 2s to 9s expect leader zk3", "at 5s kill zk1", "by 6s expect zk1 down"];
    assert_eq!(BTreeSet::from_iter(ran.unmet_lines()), BTreeSet::from(lines));
    assert_eq!(ran.outcome.met, 1);
}

#[test]
fn a_run_without_an_end_lasts_until_its_last_line() {
    assert_eq!(run("at 5s read / at zk1\nby 4s expect leader zk3").outcome.virtual_time, 5 * SECOND);
    assert_eq!(run("from 2s to 9s expect leader zk3\nat 5s read / at zk1").outcome.virtual_time, 9 * SECOND);
    assert_eq!(run("at 7s if zk1 decided booted: kill zk1").outcome.virtual_time, 7 * SECOND);
}
