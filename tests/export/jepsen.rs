//! For Jepsen: what is written is a history that is read and judged as the run's own is.

use super::recordings;
use std::collections::BTreeMap;
use zablab_sim::consistency::linear::Budget;
use zablab_sim::consistency::{Verdict, infer, judge};
use zablab_sim::export::jepsen::write;
use zablab_sim::history::{self, Format, History, Outcome, Reading, read};
use zablab_sim::recording::Recording;

fn edn(text: &str) -> Reading {
    let reading = read(text.as_bytes()).unwrap_or_else(|error| panic!("{}: {}", error.line, error.what));
    // Nothing but nemeses could be anything.
    if !text.trim().is_empty() {
        assert_eq!(reading.format, Format::Edn);
    }
    reading
}

/// The same history as `zablab run --history` writes it.
fn json_lines(recording: &Recording) -> History {
    let mut text = Vec::new();
    history::write(&recording.history, &[], &mut text).unwrap();
    read(&text).unwrap().history
}

/// What tells whether two histories say the same; their lines differ.
fn said(history: &History) -> Vec<String> {
    let text = |symbol| history.text(symbol).to_owned();
    let operations = history.operations.iter().map(|operation| {
        let key = &history.keys[operation.key as usize];
        let result = operation.result.map(text);
        let action = match operation.action {
            history::Action::Write(value) => format!("write {}", text(value)),
            history::Action::Cas { from, to } => format!("cas {} {}", text(from), text(to)),
            history::Action::Other(value) => format!("other {}", text(value)),
            other => format!("{other:?}"),
        };
        let history::Operation { process, xid, f, outcome, invoked, completed, times, zxid, server, error, .. } =
            operation;
        format!(
            "{process} {xid:?} {f} {key} {action} {result:?} {outcome:?} {invoked} {completed:?} {times:?} {zxid:?} {server:?} \
             {error:?}"
        )
    });
    operations.collect()
}

fn verdict(history: &History) -> (Verdict, usize) {
    let model = infer(history).unwrap().model;
    let budget = Budget { spent: &|| false, memory: 1 << 30 };
    let judgement = judge(history, model, &model.initial(), &budget).unwrap();
    (judgement.verdict, judgement.findings.len())
}

#[test]
fn every_history_is_read_back_and_judged_alike() {
    let mut with_clients = 0;
    for recording in recordings::all() {
        let (own, jepsens) = (json_lines(recording), edn(&write(recording).text).history);
        assert_eq!(said(&own), said(&jepsens), "{}", recording.name);
        if !own.operations.is_empty() {
            with_clients += 1;
            assert_eq!(verdict(&own), verdict(&jepsens), "{}", recording.name);
        }
    }
    assert!(with_clients > 20, "{with_clients}");
}

#[test]
fn a_history_that_lacks_an_answer_is_another() {
    let recording = recordings::of("shared-configuration", 0, u64::MAX);
    let text = write(&recording).text;
    let lacking: Vec<&str> = text.lines().filter(|line| !line.contains(":type :ok, :process 0")).collect();
    assert_ne!(said(&json_lines(&recording)), said(&edn(&lacking.join("\n")).history));
}

#[test]
fn a_line_is_an_operation_as_jepsen_numbers_them() {
    for recording in recordings::all() {
        let text = write(recording).text;
        let mut nemesis: BTreeMap<&str, u32> = BTreeMap::new();
        let mut last = 0;
        for (index, line) in text.lines().filter(|line| !line.starts_with("; ")).enumerate() {
            let body = line.strip_prefix(&format!("{{:index {index}, :type :")).unwrap();
            let body = body.strip_suffix('}').unwrap();
            let time = body.split(":time ").nth(1).unwrap().split(',').next().unwrap();
            let time: u64 = time.parse().unwrap();
            assert!(last <= time, "{line}");
            last = time;
            if let Some(done) = body.strip_prefix("info, :process :nemesis, ") {
                *nemesis.entry(done).or_default() += 1;
            } else {
                assert!(body.contains(", :value [\"/"), "no key: {line}");
            }
        }
        // Each is invoked and is done.
        assert!(nemesis.values().all(|times| times % 2 == 0), "{}: {nemesis:?}", recording.name);
    }
}

#[test]
fn what_was_done_to_servers_is_the_nemesis() {
    let recording = recordings::of("follower-cut-off", 0, u64::MAX);
    let marks = edn(&write(&recording).text).marks;
    let told: Vec<String> =
        marks.iter().map(|mark| format!("{} {}", mark.time / 1_000_000, mark.text)).collect();
    let expected = [
        "0 start zk1",
        "2000 start zk2",
        "2891 leads zk2",
        "4000 start zk3",
        "10000 start-cut zk1 to zk3",
        "10000 start-cut zk2 to zk3",
        "10000 start-cut zk3 to zk1",
        "10000 start-cut zk3 to zk2",
        "40000 stop-cut zk1 to zk3",
        "40000 stop-cut zk2 to zk3",
        "40000 stop-cut zk3 to zk1",
        "40000 stop-cut zk3 to zk2",
    ];
    assert_eq!(told, expected, "each once, although Jepsen's form has each twice");
}

#[test]
fn what_is_never_healed_does_not_stop() {
    let text = "ensemble zk1 zk2 zk3\nat 0s start all\nat 5s cut zk1 to zk2\nat 5s hold COMMIT zk3 to zk1\n\
                at 7s release COMMIT zk3 to zk1\nat 9s end\n";
    let told = |to: u64| -> Vec<String> {
        let marks = edn(&write(&recordings::made("s", text, 4_500_000_000, to)).text).marks;
        marks.into_iter().map(|mark| mark.text).collect()
    };
    let begin = ["start-cut zk1 to zk2", "start-held zk3 to zk1, COMMIT"];
    assert_eq!(told(u64::MAX), [&begin[..], &["stop-held zk3 to zk1, COMMIT"]].concat());
    assert_eq!(told(6_000_000_000), begin, "what stops after the window");
}

#[test]
fn a_window_has_what_begins_in_it() {
    for recording in recordings::windows() {
        let history = edn(&write(&recording).text).history;
        let inside = recording.from..=recording.to;
        for operation in &history.operations {
            let (asked, answered) = operation.times;
            assert!(
                inside.contains(&asked) && answered.is_none_or(|at| inside.contains(&at)),
                "{}",
                recording.name
            );
            assert!(answered.is_some() || operation.outcome == Outcome::Info);
        }
        let begun = recording
            .history
            .iter()
            .filter(|event| event.kind == history::Type::Invoke && inside.contains(&event.time));
        assert_eq!(history.operations.len(), begun.count(), "{}", recording.name);
    }
}

#[test]
fn texts_are_texts_whatever_they_hold() {
    let text = "\
ensemble zk1
client odd at zk1

at 0s    start all
at 1s    start odd
at 2s    odd create /a \"say \\\"it\\\" \\\\ ; {[nil :x]} #_\"
at 3s    odd get /a
at 4s    end
";
    let recording = recordings::made("odd", text, 0, u64::MAX);
    let history = edn(&write(&recording).text).history;
    assert_eq!(said(&json_lines(&recording)), said(&history));
    assert!(history.values.iter().any(|value| value.contains("{[nil :x]} #_")), "{:?}", history.values);
}
