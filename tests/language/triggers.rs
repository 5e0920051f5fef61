//! Steps that wait for an event.

use super::*;

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
            let by = &*after.outcome.ensemble.node(packet.0).name;
            assert_eq!((by, packet.1.name()), (from, word), "nothing stands between");
        }
    }
    // No observer, no other way of synchronization, no client with a session.
    let never = [
        "OBSERVERINFO",
        "TRUNC",
        "SNAP",
        "INFORM",
        "REVALIDATE",
        "SYNC",
        "CONNECTREQUEST",
        "CONNECTRESPONSE",
        "CLIENTREQUEST",
        "REPLY",
        "WATCHEVENT",
        "SETWATCHES",
        "CLIENTPING",
    ];
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

#[test]
fn a_step_waits_for_its_event_while_clients_look_for_a_server() {
    let lines = "client c1 at zk1\nclient c2 at zk2\nat 3s start c1 c2\nat 5s kill zk1\n\
                 when zk3 ran log-writer nth 1000: kill zk3\n\
                 when zk2 got CLIENTREQUEST from c2: kill c2\nat 8s c2 get /\nat 20s start zk1\n\
                 by 25s expect c1 connected to zk1\nat 25s expect c1 sessions 1";
    assert_eq!(run(lines).unmet_lines(), ["when zk3 ran log-writer nth 1000: kill zk3"]);
}
