//! Held against the logs of real servers, where those lie beside the repository.

use super::zookeeper_log::{export, file};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use zablab_sim::bundled::SCENARIOS;

fn real(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/real-logs").join(path);
    path.exists().then_some(path)
}

/// Level, thread and place of a line, and its words; `#` stands for whatever has a digit in it.
fn shape(line: &str) -> Option<(String, String)> {
    let (_, rest) = line.split_once(" [myid:")?;
    let (head, what) = rest.split_once("] - ")?.1.split_once("] - ")?;
    let (thread, place) = head.rsplit_once(':')?;
    let (level, thread) = thread.split_once('[')?;
    let thread: String = thread.chars().take_while(|c| c.is_alphabetic() || *c == ' ').collect();
    let words =
        what.split(' ').map(|word| if word.contains(|c: char| c.is_ascii_digit()) { "#" } else { word });
    Some((format!("{level}{thread}:{place}"), words.collect::<Vec<_>>().join(" ")))
}

/// The main thread's lines in order, without those whose number is a matter of chance.
fn main_thread(log: &str) -> Vec<(String, String)> {
    let shapes = log.lines().filter(|line| line.contains("[QuorumPeer[myid=")).filter_map(shape);
    shapes
        .filter(|(_, words)| !words.starts_with("Notification time out") && !words.starts_with("Got zxid"))
        .collect()
}

#[test]
fn the_main_thread_says_the_same_in_the_same_order() {
    let pairs = [
        ("a-start-123", "start-in-order", "zk1"),
        ("a-start-123", "start-in-order", "zk2"),
        ("a-start-123", "start-in-order", "zk3"),
        ("d-kill-leader", "kill-leader", "zk2"),
        ("d-kill-leader", "kill-leader", "zk3"),
        ("r4-leader-deaf", "leader-deaf", "zk2"),
        ("g-observer", "observer", "zk4"),
    ];
    let all = SCENARIOS.iter().flat_map(|(name, text)| export(name, text));
    let logs: Vec<String> = all.filter(|file| file.path.ends_with("zk.log")).map(|file| file.text).collect();
    let places: BTreeSet<String> =
        logs.iter().flat_map(|log| main_thread(log)).map(|(place, _)| place).collect();
    for (folder, scenario, server) in pairs {
        let Some(path) = real(&format!("{folder}/{server}/zk.log")) else { return };
        let mut real = main_thread(&fs::read_to_string(path).unwrap());
        real.retain(|(place, words)| places.contains(place) && !words.starts_with("Waiting for"));
        let mut ours = main_thread(&file(scenario, &format!("{server}/zk.log")));
        // How the recording ends is the recorder's doing.
        let end = ours.iter().rposition(|(_, words)| words.ends_with(" - broadcast")).unwrap();
        ours.truncate(end + 1);
        real.truncate(ours.len());
        assert_eq!(ours, real, "{scenario}, {server}, against {folder}");
    }
}

#[test]
fn what_both_say_they_say_from_the_same_threads_in_the_same_words() {
    let Some(folder) = real("") else { return };
    let logs = fs::read_dir(folder).unwrap().flat_map(|scenario| {
        let servers = fs::read_dir(scenario.unwrap().path()).into_iter().flatten();
        servers.filter_map(|server| fs::read_to_string(server.unwrap().path().join("zk.log")).ok())
    });
    let known: BTreeSet<(String, String)> =
        logs.flat_map(|log| log.lines().filter_map(shape).collect::<Vec<_>>()).collect();
    let places: BTreeSet<&String> = known.iter().map(|(place, _)| place).collect();
    assert!(places.len() > 50);
    // States, settings and reasons that were never recorded; a line of their own is theirs alone.
    let unrecorded =
        ["Peer state changed: ", "Shutdown called. ", "Notification: ", "Have quorum of ", "On disk "];
    let new = ["Unhandled scenario ", "Disconnected from leader ", "zookeeper."];
    for (name, text) in SCENARIOS {
        for file in export(name, text).iter().filter(|file| file.path.ends_with("zk.log")) {
            for (place, words) in file.text.lines().filter_map(shape) {
                let expected = unrecorded.iter().chain(&new).all(|start| !words.starts_with(start));
                if expected && places.contains(&place) {
                    assert!(known.contains(&(place.clone(), words.clone())), "{name}, {place}: {words}");
                }
            }
        }
    }
}
