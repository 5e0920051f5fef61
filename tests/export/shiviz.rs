//! For ShiViz: its own rules, which it does not bend, and that every event of a recording is there.

use super::recordings;
use std::collections::{BTreeMap, BTreeSet};
use zablab_sim::export::shiviz::{EVENTS, write, write_at_most};
use zablab_sim::recording::{Fate, Recording};

type Clock = BTreeMap<String, u64>;

/// An event as ShiViz reads it.
struct Event {
    words: String,
    host: String,
    clock: Clock,
}

/// What ShiViz's own expression, `(?<event>.*)\n(?<host>\S*) (?<clock>{.*})`, finds. It would pass over what does not match;
/// here that is an error.
fn parse(text: &str) -> Result<Vec<Event>, String> {
    let lines: Vec<&str> = text.lines().collect();
    let event = |pair: &[&str]| {
        let [words, second] = pair else { return Err(format!("a line is left: {pair:?}")) };
        if words.split_once(' ').is_some_and(|(_, rest)| rest.starts_with('{')) {
            return Err(format!("the words look like a clock: {words}"));
        }
        let (host, clock) = second.split_once(' ').ok_or_else(|| format!("no clock: {second}"))?;
        let whole = clock.starts_with('{') && clock.ends_with('}') && !host.contains(char::is_whitespace);
        let clock: Clock = serde_json::from_str(clock).map_err(|error| format!("{error}: {second}"))?;
        if whole {
            Ok(Event { words: (*words).to_owned(), host: host.to_owned(), clock })
        } else {
            Err(format!("no match: {second}"))
        }
    };
    lines.chunks(2).map(event).collect()
}

/// What ShiViz refuses.
fn check(events: &[Event]) -> Result<(), String> {
    let mut own: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for event in events {
        let Some(count) = event.clock.get(&event.host) else {
            return Err(format!("the clock lacks its own host: {}", event.words));
        };
        own.entry(&event.host).or_default().push(*count);
    }
    for (host, counts) in &mut own {
        counts.sort_unstable();
        if !counts.iter().copied().eq(1..=counts.len() as u64) {
            return Err(format!("the entries of {host} are not 1, 2, 3 and so on: {counts:?}"));
        }
    }
    for event in events {
        for (host, count) in event.clock.iter().filter(|(_, count)| **count > 0) {
            match own.get(host.as_str()) {
                None => return Err(format!("{host} has no events: {}", event.words)),
                Some(counts) if *count > counts.len() as u64 => {
                    return Err(format!("{host} has no event {count}: {}", event.words));
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

fn checked(text: &str) -> Vec<Event> {
    let events = parse(text).unwrap();
    check(&events).unwrap();
    events
}

/// How many events a recording has: each is one party in one step.
fn count(recording: &Recording) -> usize {
    let shown = recording.messages.iter().filter(|message| message.packet != "HELLO");
    let ends = shown.flat_map(|message| {
        let got = match message.fate {
            Fate::Received(when) if when.at <= recording.to => Some((when, message.to)),
            _ => None,
        };
        [Some((message.sent, message.from)), got].into_iter().flatten()
    });
    // What a shell prints of a znode's stat is left out.
    let told = recording.story.iter().filter(|line| !line.text.contains(" = "));
    let told = told.filter_map(|line| Some((line.when, line.lane?)));
    ends.chain(told).collect::<BTreeSet<_>>().len()
}

#[test]
fn every_event_goes_in_and_comes_out() {
    for recording in recordings::all() {
        let written = write(recording);
        let (events, all) = (checked(&written.text), count(recording));
        assert_eq!(events.len(), all.min(EVENTS), "{}", recording.name);
        assert_eq!(written.remarks.is_empty(), all <= EVENTS, "{}", recording.name);
    }
}

#[test]
fn a_window_counts_anew() {
    for recording in recordings::windows() {
        let events = checked(&write(&recording).text);
        assert_eq!(events.len(), count(&recording).min(EVENTS), "{}", recording.name);
    }
}

#[test]
fn what_arrives_has_seen_what_was_sent() {
    let recording = recordings::of("start-in-order", 0, u64::MAX);
    let events = checked(&write(&recording).text);
    let find = |host: &str, words: &str| {
        events.iter().find(|event| event.host == host && event.words.contains(words)).unwrap()
    };
    let sent = find("zk1", "sends FOLLOWERINFO acceptedEpoch 0 to zk2");
    let got = find("zk2", "gets FOLLOWERINFO acceptedEpoch 0 from zk1");
    assert_eq!(got.clock["zk1"], sent.clock["zk1"]);
    // What zk3 does before it is heard has no cause but its own.
    let starts = find("zk3", "starts");
    assert_eq!(starts.clock, Clock::from([("zk3".to_owned(), 1)]));
}

#[test]
fn what_is_lost_is_told_and_not_drawn() {
    let recording = recordings::of("follower-cut-off", 0, u64::MAX);
    let text = write(&recording).text;
    assert!(text.contains("sends PROPOSAL 0x100000002 to zk3 (it is lost)"), "{text}");
    let lost = recording.messages.iter().filter(|message| matches!(message.fate, Fate::Lost(_))).count();
    assert_eq!(text.matches("(it is lost)").count(), lost);
}

#[test]
fn above_the_cap_it_is_cut_and_says_so() {
    let recording = recordings::of("kill-leader", 0, u64::MAX);
    let all = count(&recording);
    for most in [2, 20, all - 1] {
        let written = write_at_most(&recording, most);
        let events = checked(&written.text);
        assert_eq!(events.len(), most);
        let last = &events.last().unwrap().words;
        assert_eq!(written.remarks, [last.as_str()]);
        let left = all - (most - 1);
        assert!(
            last.starts_with(&format!("{left} events from ")) && last.contains("--from and --to"),
            "{last}"
        );
    }
    assert!(write_at_most(&recording, all).remarks.is_empty());
}

#[test]
fn each_rule_has_a_log_that_breaks_it() {
    let refused = |text: &str, what: &str| {
        let error = parse(text).and_then(|events| check(&events)).unwrap_err();
        assert!(error.contains(what), "{error}");
    };
    let whole = "a\nzk1 {\"zk1\":1}\nb\nzk2 {\"zk2\":1,\"zk1\":1}\n";
    check(&parse(whole).unwrap()).unwrap();
    refused(&whole.replace("{\"zk1\":1}", "{\"zk2\":1}"), "lacks its own host");
    refused(&whole.replace("{\"zk1\":1}", "{\"zk1\":2}"), "are not 1, 2, 3");
    refused(&format!("{whole}c\nzk1 {{\"zk1\":1}}\n"), "are not 1, 2, 3");
    refused(&whole.replace(",\"zk1\":1", ",\"zk1\":2"), "has no event 2");
    refused(&whole.replace(",\"zk1\":1", ",\"zk9\":1"), "zk9 has no events");
    refused(&whole.replace("{\"zk1\":1}", "{zk1:1}"), "key must be a string");
    refused(&format!("{whole}left\n"), "a line is left");
    refused(&whole.replace("a\n", "x {a}\n"), "look like a clock");
}
