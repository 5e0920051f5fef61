//! For Graphviz: every event and message is there, places are in the order of causes, and its own parser takes the text.

use super::recordings;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};
use zablab_sim::bundled;
use zablab_sim::export::dot::{NODES, write, write_at_most};
use zablab_sim::recording::{Fate, Limits, Recording, record};
use zablab_sim::scenario::Scenario;

/// Nodes with their height on the page, and edges.
type Graph = (BTreeMap<String, f64>, Vec<(String, String, String)>);

/// Reads the lines that are written, and nothing else of the language: a statement a line.
fn parse(text: &str) -> Result<Graph, String> {
    let mut nodes = BTreeMap::new();
    let mut edges = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    let (Some((&"digraph zablab {", body)), Some(&"}")) = (lines.split_first(), lines.last()) else {
        return Err("no graph".to_owned());
    };
    for line in &body[..body.len() - 1] {
        let line = line.trim();
        let quotes = line.replace("\\\\", "").replace("\\\"", "").matches('"').count();
        if quotes % 2 != 0 || !line.ends_with(';') {
            return Err(format!("a text without its end: {line}"));
        }
        let Some((head, attributes)) = line.split_once(" [") else { continue };
        if let Some((from, to)) = head.split_once(" -> ") {
            edges.push((from.to_owned(), to.to_owned(), attributes.to_owned()));
        } else if !["node", "edge"].contains(&head) {
            let place = attributes.split("pos=\"").nth(1).and_then(|rest| rest.split('!').next());
            let y = place.and_then(|place| place.split(',').nth(1)).and_then(|y| y.parse().ok());
            let y = y.ok_or_else(|| format!("no place: {line}"))?;
            if nodes.insert(head.to_owned(), y).is_some() {
                return Err(format!("twice: {line}"));
            }
        }
    }
    Ok((nodes, edges))
}

/// Edges lead from one node to another below it.
fn check(text: &str) -> Result<Graph, String> {
    let (nodes, edges) = parse(text)?;
    for (from, to, _) in &edges {
        let (Some(above), Some(below)) = (nodes.get(from), nodes.get(to)) else {
            return Err(format!("nobody: {from} -> {to}"));
        };
        if below >= above {
            return Err(format!("upwards: {from} -> {to}"));
        }
    }
    Ok((nodes, edges))
}

fn holds(recording: &Recording) {
    let written = write(recording);
    let (nodes, edges) = check(&written.text).unwrap_or_else(|error| panic!("{}: {error}", recording.name));
    let events = nodes.keys().filter(|id| id.starts_with('e')).count();
    assert!(events <= NODES);
    if written.remarks.is_empty() {
        let shown = recording.messages.iter().filter(|message| message.packet != "HELLO");
        assert_eq!(edges.iter().filter(|edge| edge.2.contains("labeltooltip")).count(), shown.count());
    } else if events == 0 {
        assert!(written.text.contains("Nothing that is shown here happens"), "{}", recording.name);
    } else {
        assert!(written.text.contains("are left out"), "{}", recording.name);
    }
}

#[test]
fn every_graph_leads_downwards() {
    recordings::all().for_each(holds);
    recordings::windows().for_each(|recording| holds(&recording));
}

#[test]
fn above_the_cap_it_is_cut_and_says_so() {
    let recording = recordings::of("kill-leader", 0, u64::MAX);
    let written = write_at_most(&recording, 20);
    let (nodes, _) = check(&written.text).unwrap();
    assert_eq!(nodes.keys().filter(|id| id.starts_with('e')).count(), 20);
    let [remark] = written.remarks.as_slice() else { panic!("{:?}", written.remarks) };
    assert!(remark.ends_with("20 are written at most; --from and --to narrow the window."), "{remark}");
    assert!(written.text.contains(remark.as_str()));
}

#[test]
fn what_a_recording_lacks_is_told_with_its_time() {
    let text = bundled::find("write-path").unwrap();
    let scenario = Scenario::parse("write-path", text).unwrap();
    let limits = Limits { messages: 10, ..Limits::default() };
    let recording = record("write-path", text, &scenario, 0, 0..=u64::MAX, limits).unwrap();
    let lacks = recording.left_out.messages;
    let last = recording.messages[9].sent.at as f64 / 1e9;
    let expected = format!("Left out, since a recording ends there: {lacks} messages after {last:.3} s; ");
    assert!(write(&recording).remarks[0].starts_with(&expected), "{:?}", write(&recording).remarks);
}

#[test]
fn what_is_lost_has_a_place_of_its_own() {
    let recording = recordings::of("follower-cut-off", 0, u64::MAX);
    let text = write(&recording).text;
    let lost = recording.messages.iter().filter(|message| matches!(message.fate, Fate::Lost(_)));
    assert_eq!(
        text.matches("label=\"lost\\nto zk3\"").count(),
        lost.filter(|message| message.to == 2).count()
    );
}

#[test]
fn each_rule_has_a_graph_that_breaks_it() {
    let recording = recordings::of("kill-leader", 0, u64::MAX);
    let text = write(&recording).text;
    let refused = |text: &str, what: &str| {
        let error = check(text).unwrap_err();
        assert!(error.contains(what), "{error}");
    };
    refused(&text.replace("p0 -> e0", "e0 -> p0"), "upwards");
    refused(&text.replace("p0 -> e0", "p0 -> e99999"), "nobody");
    refused(&text.replacen("\"];", "];", 1), "without its end");
    refused(&text.replacen("pos=", "place=", 1), "no place");
    refused(text.trim_end().trim_end_matches('}'), "no graph");
}

/// Graphviz itself, where it is installed; `.ci/run` installs it.
#[test]
fn graphviz_takes_it() {
    let Ok(version) = Command::new("dot").arg("-V").output() else {
        eprintln!("Graphviz is not installed: its own parser was not asked");
        return;
    };
    assert!(version.status.success());
    let drawn = |text: &str| {
        // A plain drawing is parsed and laid out, and little is written.
        let mut dot = Command::new("dot")
            .arg("-Tplain")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        dot.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = dot.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let some: BTreeSet<&str> =
        ["start-in-order", "kill-leader", "lone-survivor", "follower-cut-off", "session-fail-over"].into();
    for recording in recordings::all().filter(|recording| some.contains(recording.name.as_str())) {
        assert_eq!(drawn(&write(recording).text), (true, String::new()), "{}", recording.name);
    }
    let text = write(&recordings::of("start-in-order", 0, u64::MAX)).text;
    assert!(!drawn(&text.replacen("digraph", "graph", 1)).0, "an edge with a head in a graph without");
}
