//! A recording holds together: what was sent arrives later or never, states follow each other, frames are the file's.

use super::*;
use crate::bundled;
use zablab_protocol::Zxid;

fn of(name: &str, window: RangeInclusive<u64>) -> Recording {
    let text = bundled::find(name).unwrap();
    let scenario = Scenario::parse(name, text).unwrap();
    record(name, text, &scenario, scenario.seed(), window, Limits::default()).unwrap()
}

fn whole(name: &str) -> Recording {
    of(name, 0..=u64::MAX)
}

#[test]
fn every_bundled_run_can_be_recorded() {
    for (name, _) in bundled::SCENARIOS {
        let recording = whole(name);
        assert!(!recording.messages.is_empty() || recording.servers() == 1, "{name} has no messages");
        for message in &recording.messages {
            let Fate::Received(when) = message.fate else { continue };
            assert!(when > message.sent, "{name}: {message:?}");
        }
        for lane in 0..recording.lanes.len() {
            let bands: Vec<&Band> = recording.bands.iter().filter(|band| band.lane == lane).collect();
            assert!(bands.windows(2).all(|pair| pair[0].to == pair[1].from), "{name}, lane {lane}: a gap");
        }
        assert!(recording.states.is_sorted_by_key(|state| state.when), "{name}: states out of order");
        assert!(recording.story.is_sorted_by_key(|line| line.when), "{name}: lines out of order");
    }
}

#[test]
fn a_part_is_the_same_without_the_others() {
    for (name, text) in bundled::SCENARIOS {
        let all = whole(name);
        let only = |parts: Parts| {
            let scenario = Scenario::parse(name, text).unwrap();
            let run = Run::new(name, text, &scenario, scenario.seed()).unwrap();
            let mut recorder = Recorder::only(run.ensemble(), 0..=u64::MAX, Limits::default(), parts);
            let outcome = run.finish(&mut [&mut recorder]).unwrap();
            recorder.finish(name, text, &scenario, scenario.seed(), &outcome)
        };
        let some = only(Parts { story: true, messages: true, bands: true, troubles: true, ..Parts::NONE });
        assert_eq!((some.story, some.bands), (all.story, all.bands), "{name}");
        assert_eq!((some.messages, some.troubles), (all.messages, all.troubles), "{name}");
        assert_eq!((some.turns, some.log, some.states), (vec![], vec![], vec![]), "{name}");
        let others =
            only(Parts { states: true, why: true, transactions: true, operations: true, ..Parts::NONE });
        assert_eq!((others.states, others.history), (all.states, all.history), "{name}");
        assert_eq!((others.transactions, others.operations), (all.transactions, all.operations), "{name}");
        assert_eq!((others.messages, others.bands, others.ballots), (vec![], vec![], vec![]), "{name}");
    }
}

#[test]
fn a_survivor_holds_one_vote_and_needs_two() {
    let recording = whole("lone-survivor");
    let zk0 = recording.state_at(0, u64::MAX).and_then(|state| state.server.clone()).unwrap();
    assert_eq!(zk0.role, Role::Looking);
    assert_eq!(zk0.needs, "2 of 3");
    let held: Vec<(&str, bool)> = zk0.votes.iter().map(|vote| (vote.from.as_str(), vote.counts)).collect();
    assert_eq!(held, [("zk0", true)]);
    let last = recording.bands.iter().rfind(|band| band.lane == 0).unwrap();
    assert_eq!((last.role, last.serving), (Role::Looking, false));
}

#[test]
fn a_transaction_is_logged_committed_or_lost() {
    let recording = whole("logged-not-committed-2-of-5");
    let find = |zxid: i64| recording.transactions.iter().find(|txn| txn.zxid == Zxid(zxid)).unwrap();
    let cut = find(0x2_0000_0002);
    assert_eq!(cut.what, "set /app three");
    assert_eq!(cut.committed, None);
    assert_eq!(cut.logged.iter().map(|at| at.lane).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(cut.lost.iter().map(|at| at.lane).collect::<Vec<_>>(), [1]);
    let kept = find(0x1_0000_0003);
    assert_eq!(kept.logged.len(), 5);
    // Its own leader died first; the next one made it part of its epoch's history.
    let committed = kept.committed.unwrap();
    let leads =
        recording.bands.iter().find(|band| band.lane == 0 && band.serving && band.role == Role::Leading);
    assert_eq!(committed.at, leads.unwrap().from.at);
    assert_eq!(kept.lost, []);
}

#[test]
fn a_window_begins_with_what_everybody_is() {
    let second = 1_000_000_000;
    let all = whole("kill-leader");
    let from = all.to / 2;
    let part = of("kill-leader", from..=from + second);
    assert_eq!((part.from, part.to), (from, from + second));
    for lane in 0..part.lanes.len() {
        let first = part.states.iter().find(|state| state.lane == lane).unwrap();
        assert!(first.when.at <= from, "lane {lane} begins late");
        let same = all.state_at(lane, first.when.step).unwrap();
        assert_eq!((&first.server, &first.client), (&same.server, &same.client));
    }
    assert!(part.messages.iter().all(|message| message.sent.at >= from));
}

/// A run of a text.
fn made(text: &str, window: RangeInclusive<u64>) -> Recording {
    let scenario = Scenario::parse("s", text).unwrap();
    record("s", text, &scenario, 0, window, Limits::default()).unwrap()
}

#[test]
fn what_happens_after_a_window_is_not_known_within_it() {
    let text = "ensemble zk1 zk2 zk3\nat 0s start all\nat 3s hold PROPOSAL zk3 to zk1\nat 3s hold PROPOSAL zk3 to zk2\n\
                at 5s create /a at zk3\nat 6s release PROPOSAL zk3 to zk2\nat 7s kill zk1\nat 8s end\n";
    let (whole, part) = (made(text, 0..=u64::MAX), made(text, 0..=5_500_000_000));
    let fates = |recording: &Recording| -> Vec<String> {
        let proposals = recording.messages.iter().filter(|message| message.packet == "PROPOSAL");
        let word = |fate| match fate {
            Fate::Received(_) => "received",
            Fate::Lost(_) => "lost",
            Fate::UnderWay => "under way",
        };
        proposals.map(|message| format!("to zk{}: {}", message.to + 1, word(message.fate))).collect()
    };
    assert_eq!(fates(&whole), ["to zk1: lost", "to zk2: received"]);
    assert_eq!(fates(&part), ["to zk1: under way", "to zk2: under way"]);
    let ended = |recording: &Recording| recording.operations[0].end.is_some();
    assert_eq!((ended(&whole), ended(&part)), (true, false));
    let of_a = |recording: &Recording| {
        let txn = recording.transactions.iter().find(|txn| txn.what.starts_with("create /a")).unwrap();
        (txn.committed.is_some(), txn.logged.len())
    };
    assert_eq!((of_a(&whole), of_a(&part)), ((true, 2), (false, 1)));
    assert_eq!(part.bands.iter().map(|band| band.to.at).max(), Some(5_500_000_000));
}

#[test]
fn what_is_above_the_limits_is_counted() {
    let name = "write-path";
    let text = bundled::find(name).unwrap();
    let scenario = Scenario::parse(name, text).unwrap();
    let all = whole(name);
    let limits = Limits { messages: 10, states: 10, lines: 10, transactions: 1, operations: 1 };
    let some = record(name, text, &scenario, scenario.seed(), 0..=u64::MAX, limits).unwrap();
    let out = some.left_out;
    assert_eq!(some.messages.len() as u64 + out.messages, all.messages.len() as u64);
    assert_eq!(some.states.len() as u64 + out.states, all.states.len() as u64);
    assert_eq!(some.story.len() as u64 + out.story, all.story.len() as u64);
    assert_eq!(some.log.len() as u64 + out.log, all.log.len() as u64);
    assert_eq!(some.transactions.len() as u64 + out.transactions, all.transactions.len() as u64);
    assert_eq!(some.operations.len() as u64 + out.operations, all.operations.len() as u64);
}

#[test]
fn a_frame_is_a_paragraph_and_its_comments_are_captions() {
    let recording = whole("lone-survivor");
    let heads: Vec<(u64, &str)> = recording
        .frames
        .iter()
        .map(|frame| (frame.at / 1_000_000, frame.say.first().map_or("", String::as_str)))
        .collect();
    assert_eq!(heads[0].0, 0);
    assert!(heads[0].1.starts_with("Two of three servers are gone."), "{}", heads[0].1);
    assert_eq!(
        heads[2..4],
        [
            (10_000, "Three writes, with everybody there to log them."),
            (20_000, "The first loss is survived: two of three are left."),
        ]
    );
    let first_loss = &recording.frames[3];
    assert_eq!(first_loss.steps[0].text, "kill zk1");
    let diff = first_loss.demands.iter().find(|demand| demand.text.contains("synced DIFF")).unwrap();
    assert_eq!(diff.why, ["Nothing is missing at zk0: an empty DIFF."]);
}

#[test]
fn states_are_written_as_changes() {
    let recording = whole("start-in-order");
    let json = recording.json();
    let rows = json["states"].as_array().unwrap();
    let mut shown = vec![serde_json::Map::new(); recording.lanes.len()];
    for (row, state) in rows.iter().zip(&recording.states) {
        let changes = row[3].as_object().unwrap().clone();
        shown[state.lane].extend(changes);
        if let Some(server) = &state.server {
            assert_eq!(serde_json::Value::Object(shown[state.lane].clone()), serde_json::json!(server));
        }
    }
}

#[test]
fn a_frame_asks_before_it_demands() {
    let text = "# Who leads?\n\nbelief \"the highest id\"\nensemble zk1\n\n# Alone.\nat 0s start zk1\nat 1s ask \"Serves?\" \
                wrong \"no\" right \"yes\"\nby 2s expect zk1 serving\n";
    let scenario = Scenario::parse("s", text).unwrap();
    let recording = record("s", text, &scenario, 0, 0..=u64::MAX, Limits::default()).unwrap();
    assert_eq!(recording.belief.as_deref(), Some("the highest id"));
    let [preface, frame] = recording.frames.as_slice() else { panic!("{:?}", recording.frames) };
    assert_eq!(preface.say, ["Who leads?"]);
    let [ask] = frame.asks.as_slice() else { panic!("{frame:?}") };
    assert_eq!((ask.at, ask.line, ask.right), (1_000_000_000, 8, 1));
    assert_eq!(ask.answers, ["no", "yes"]);
    assert_eq!(frame.demands.len(), 1);
}

#[test]
fn whoever_does_not_serve_says_why() {
    for (name, _) in bundled::SCENARIOS {
        for state in whole(name).states {
            let Some(server) = state.server else { continue };
            if !server.serving {
                assert!(!server.why.is_empty(), "{name}: {:?} has no why", state.when);
            }
            for line in &server.why {
                assert!(line.ends_with('.'), "{name}: {line:?} is no sentence");
            }
        }
    }
}

#[test]
fn a_why_stays_the_same_as_long_as_its_facts_do() {
    let recording = whole("lone-survivor");
    let second = 1_000_000_000;
    let of_zk0 = recording.states.iter().filter(|state| state.lane == 0 && state.when.at > 32 * second);
    let whys: Vec<_> = of_zk0.map(|state| state.server.as_ref().unwrap().why.clone()).collect();
    assert!(whys.is_empty(), "zk0 tries again and again, which changes nothing: {whys:#?}");
    let last = recording.state_at(0, u64::MAX).unwrap().server.as_ref().unwrap();
    assert_eq!(
        last.why,
        [
            "zk0 is LOOKING since 30.010 s (round 3): it holds 1 vote, its own, and needs 2 of 3.",
            "zk1 refused the connection: its process was killed at 20.000 s.",
            "zk2 refused the connection: its process was killed at 30.000 s.",
            "One more must come back within its sight: zk1 or zk2.",
        ]
    );
}
