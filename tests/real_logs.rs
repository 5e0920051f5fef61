//! Real logs against runs with the same timing: every server must hear the same notifications, in the same
//! order.
//!
//! A folder of `real-logs/` holds the lines `Notification: …` and `New election. …` of real servers, and a
//! scenario beside it starts and stops the model's servers at the recorded times. For each receiver and
//! sender the sequence of notifications, equal neighbours folded, is compared election by election.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use zablab_protocol::{Decision, Epoch, Notification, Round, ServerState, Sid, Vote, Zxid};
use zablab_sim::ensemble::Effect;
use zablab_sim::run::{Observer, Outcome, Run, StepView};
use zablab_sim::scenario::Scenario;

/// How many seeds each recording is compared with.
const SEEDS: u64 = 20;

/// How far the model's elections may begin from the recorded times.
const TOLERANCE_MS: u64 = 10;

/// A recording, the scenario with its timing, and what its logs say in the end.
struct Recording {
    folder: &'static str,
    scenario: &'static str,
    ends: [End; 3],
}

/// How the log of one server ends.
struct End {
    sid: i64,
    /// The time of the last line that was published, whatever it says.
    last_line: &'static str,
    role: ServerState,
    epoch: i64,
    /// The words that say so.
    words: &'static str,
}

const RECORDINGS: [Recording; 2] = [
    Recording {
        folder: "docker-start-123",
        scenario: "seed-docker-start-123",
        ends: [
            End {
                sid: 1,
                last_line: "03:13:36,997",
                role: ServerState::Following,
                epoch: 1,
                words: "Peer state changed: following - broadcast",
            },
            End {
                sid: 2,
                last_line: "03:13:37,033",
                role: ServerState::Leading,
                epoch: 1,
                words: "starting up and setting last processed zxid: 0x100000000",
            },
            End {
                sid: 3,
                last_line: "03:13:37,068",
                role: ServerState::Following,
                epoch: 1,
                words: "Getting a snapshot from leader 0x100000000 … following - broadcast",
            },
        ],
    },
    Recording {
        folder: "hadoop-123-kill-leader-restart",
        scenario: "seed-hadoop-123",
        ends: [
            End {
                sid: 1,
                last_line: "10:59:38,846",
                role: ServerState::Following,
                epoch: 2,
                words: "my state:FOLLOWING; as zk2 hears it, n.leader:3, n.peerEpoch:0x2",
            },
            End {
                sid: 2,
                last_line: "10:59:39,065",
                role: ServerState::Following,
                epoch: 2,
                words: "Getting a snapshot from leader 0x200000000 … following - broadcast",
            },
            End {
                sid: 3,
                last_line: "10:59:38,980",
                role: ServerState::Leading,
                epoch: 2,
                words: "starting up and setting last processed zxid: 0x200000000",
            },
        ],
    },
];

/// Where a log lacks something that was said: there its sequence only has to be part of the model's.
struct Exception {
    folder: &'static str,
    receiver: i64,
    sender: i64,
    /// The election, counted from 1 as in [`Difference::period`].
    period: usize,
    reason: &'static str,
}

const EXCEPTIONS: [Exception; 3] = [
    Exception {
        folder: "hadoop-123-kill-leader-restart",
        receiver: 1,
        sender: 3,
        period: 1,
        reason: "the published log of zk1 leaves out everything from 09:44:03,418 to 10:56:03,603; that it \
                 heard zk3 at 10:50:07 shows in zk3's log, which has its answer",
    },
    Exception {
        folder: "hadoop-123-kill-leader-restart",
        receiver: 2,
        sender: 3,
        period: 1,
        reason: "the published log of zk2 leaves out everything from 09:44:03,416 to its second start; that \
                 it heard zk3 at 10:50:07 shows in zk3's log, which has its answer",
    },
    Exception {
        folder: "hadoop-123-kill-leader-restart",
        receiver: 2,
        sender: 3,
        period: 2,
        reason: "zk3 hears two votes of zk2 within 2 ms (38,847 and 38,849) and zk2 gets one answer: zk3's \
                 send queue holds one message, and the second replaced the first before its sender \
                 thread had taken it. The model's sender takes a message at once",
    },
];

/// A notification as its receiver logs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Heard {
    my_state: ServerState,
    said: Notification,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    NewElection,
    Heard(Sid, Heard),
}

/// What one server logged.
#[derive(Clone, Debug, Default)]
struct ServerLog {
    /// Milliseconds, of the day or since the start of the run, and what happened.
    entries: Vec<(u64, Event)>,
    /// When the log ends; 0 for the model's, which is cut by the real one.
    until: u64,
}

/// The logs of an ensemble, by the server's id.
type Logs = BTreeMap<Sid, ServerLog>;

/// What a receiver heard from a sender in one election, in the log and in the model.
#[derive(Debug)]
struct Difference {
    receiver: Sid,
    sender: Sid,
    /// From the receiver's n-th `New election` line on; 0: before the first.
    period: usize,
    logged: Vec<Heard>,
    modelled: Vec<Heard>,
    /// The log's sequence is part of the model's: it lacks something, and contradicts nothing.
    lacks_only: bool,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "server {} from {}, election {}:", self.receiver, self.sender, self.period)?;
        for (whose, sequence) in [("logged", &self.logged), ("modelled", &self.modelled)] {
            for Heard { my_state, said } in sequence {
                writeln!(f, "  {whose:<8}  my state {my_state}, hears {said}")?;
            }
        }
        Ok(())
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/real-logs")
}

/// The text between `key` and the next delimiter.
fn field<'a>(line: &'a str, key: &str) -> &'a str {
    let (_, rest) = line.split_once(key).unwrap_or_else(|| panic!("no {key} in: {line}"));
    rest.split([';', ',']).next().unwrap_or(rest).trim()
}

fn number(line: &str, key: &str) -> i64 {
    let text = field(line, key);
    match text.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).expect("hexadecimal after 0x"),
        None => text.parse().expect("a number"),
    }
}

fn state(line: &str, key: &str) -> ServerState {
    use ServerState::{Following, Leading, Looking, Observing};
    let word = field(line, key);
    let found = [Looking, Following, Leading, Observing].into_iter().find(|state| state.to_string() == word);
    found.unwrap_or_else(|| panic!("no state: {word}"))
}

/// `09:42:40,035` as milliseconds of the day.
fn time_of_day(time: &str) -> u64 {
    let parts: Vec<u64> = time.split([':', ',']).map(|part| part.parse().expect("a number")).collect();
    ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000 + parts[3]
}

fn read_line(line: &str) -> (u64, Event) {
    let event = if line.contains("New election. My id = ") {
        Event::NewElection
    } else {
        let vote = Vote {
            leader: Sid(number(line, "n.leader:")),
            zxid: Zxid(number(line, "n.zxid:")),
            peer_epoch: Epoch(number(line, "n.peerEpoch:")),
        };
        let said = Notification {
            state: state(line, "n.state:"),
            vote,
            round: Round(number(line, "n.round:").unsigned_abs()),
        };
        Event::Heard(Sid(number(line, "n.sid:")), Heard { my_state: state(line, "my state:"), said })
    };
    // The date takes the first eleven characters.
    (time_of_day(&line[11..23]), event)
}

fn real(recording: &Recording) -> Logs {
    let read = |end: &End| {
        let file = folder().join(recording.folder).join(format!("zk{}.log", end.sid));
        let entries: Vec<(u64, Event)> =
            fs::read_to_string(file).expect("a log of each server").lines().map(read_line).collect();
        assert!(!entries.is_empty());
        (Sid(end.sid), ServerLog { entries, until: time_of_day(end.last_line) })
    };
    recording.ends.iter().map(read).collect()
}

/// Collects what the model's servers would have logged.
#[derive(Default)]
struct Listener {
    logs: Logs,
}

impl Observer for Listener {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        for effect in step.effects {
            let Effect::Decided { node, decision } = effect else { continue };
            let event = match decision {
                Decision::NewElection { .. } => Event::NewElection,
                Decision::Heard { from, notification, my_state } => {
                    Event::Heard(*from, Heard { my_state: *my_state, said: *notification })
                }
                _ => continue,
            };
            let sid = step.ensemble.node(*node).sid();
            self.logs.entry(sid).or_default().entries.push((step.moment.at / 1_000_000, event));
        }
        Ok(())
    }
}

fn model(recording: &Recording, seed: u64) -> (Logs, Outcome) {
    let name = format!("{}.zab", recording.scenario);
    let text = fs::read_to_string(folder().join(&name)).expect("the scenario of a recording");
    let scenario = Scenario::parse(&name, &text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(scenario.to_string(), text, "{name} is not in canonical form");
    let mut listener = Listener::default();
    let run = Run::new(&name, &text, &scenario, seed).unwrap_or_else(|error| panic!("{error}"));
    let outcome = run.finish(&mut [&mut listener]).expect("listening cannot fail");
    assert!(outcome.is_green(), "{name}, seed {seed}: {:?} {:?}", outcome.unmet, outcome.violations);
    (listener.logs, outcome)
}

/// Entries cut at the elections. The first part is what stands before any.
fn periods(entries: &[(u64, Event)]) -> Vec<Vec<(u64, Event)>> {
    let mut periods = vec![Vec::new()];
    for entry in entries {
        if entry.1 == Event::NewElection {
            periods.push(Vec::new());
        }
        periods.last_mut().expect("there is a first part").push(*entry);
    }
    periods
}

/// What was heard from each sender, equal neighbours folded.
fn by_sender(entries: &[(u64, Event)]) -> BTreeMap<Sid, Vec<Heard>> {
    let mut senders: BTreeMap<Sid, Vec<Heard>> = BTreeMap::new();
    for (_, event) in entries {
        if let Event::Heard(sender, heard) = event {
            let sequence = senders.entry(*sender).or_default();
            if sequence.last() != Some(heard) {
                sequence.push(*heard);
            }
        }
    }
    senders
}

fn is_subsequence(part: &[Heard], whole: &[Heard]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|heard| rest.any(|other| other == heard))
}

/// Holds one period of a log against the same period of the model, sender by sender. What does not begin with
/// an election may lack its beginning, and only has to be part of the model's.
fn compare_period(
    (receiver, period): (Sid, usize),
    logged: &[(u64, Event)],
    modelled: &[(u64, Event)],
    differences: &mut Vec<Difference>,
) {
    let (mut logged, mut modelled) = (by_sender(logged), by_sender(modelled));
    let senders: BTreeSet<Sid> = logged.keys().chain(modelled.keys()).copied().collect();
    for sender in senders {
        let logged = logged.remove(&sender).unwrap_or_default();
        let modelled = modelled.remove(&sender).unwrap_or_default();
        let lacks_only = is_subsequence(&logged, &modelled);
        let same = if period == 0 { lacks_only } else { logged == modelled };
        if !same {
            differences.push(Difference { receiver, sender, period, logged, modelled, lacks_only });
        }
    }
}

/// Where one server's log differs from the model's.
fn compare_server(receiver: Sid, log: &ServerLog, modelled: &ServerLog, differences: &mut Vec<Difference>) {
    let logged = periods(&log.entries);
    let elections = logged.len() - 1;
    if elections == 0 {
        compare_period((receiver, 0), &log.entries, &modelled.entries, differences);
        return;
    }
    let ours = periods(&modelled.entries);
    assert_eq!(elections, ours.len() - 1, "server {receiver} holds as many elections as its log has");
    assert!(logged[0].is_empty(), "the log of server {receiver} begins with an election");
    for period in 1..=elections {
        let mut modelled = ours[period].clone();
        if period == elections {
            // The log ends; the model goes on.
            let (lasts, began) = (log.until - logged[period][0].0, modelled[0].0);
            modelled.retain(|(at, _)| at - began <= lasts);
        }
        compare_period((receiver, period), &logged[period], &modelled, differences);
    }
}

fn compare(real: &Logs, modelled: &Logs) -> Vec<Difference> {
    let mut differences = Vec::new();
    assert!(real.keys().eq(modelled.keys()));
    for (sid, log) in real {
        compare_server(*sid, log, &modelled[sid], &mut differences);
    }
    differences
}

/// The exception that a difference falls under: the log lacks something, and contradicts nothing.
fn excepted(folder: &str, difference: &Difference) -> Option<usize> {
    EXCEPTIONS.iter().position(|exception| {
        exception.folder == folder
            && Sid(exception.receiver) == difference.receiver
            && Sid(exception.sender) == difference.sender
            && exception.period == difference.period
            && difference.lacks_only
    })
}

#[test]
fn the_model_hears_what_real_servers_heard() {
    for recording in &RECORDINGS {
        let real = real(recording);
        for seed in 0..SEEDS {
            let (modelled, _) = model(recording, seed);
            let (known, unknown): (Vec<_>, Vec<_>) = compare(&real, &modelled)
                .into_iter()
                .partition(|difference| excepted(recording.folder, difference).is_some());
            let told: String = unknown.iter().map(Difference::to_string).collect();
            assert!(unknown.is_empty(), "{}, seed {seed}:\n{told}", recording.folder);
            for (at, exception) in EXCEPTIONS.iter().enumerate() {
                let needed =
                    known.iter().any(|difference| excepted(recording.folder, difference) == Some(at));
                let here = exception.folder == recording.folder;
                assert!(needed || !here, "this exception is not needed any more: {}", exception.reason);
            }
        }
    }
}

#[test]
fn the_model_ends_as_the_logs_do() {
    for recording in &RECORDINGS {
        for seed in 0..SEEDS {
            let (_, outcome) = model(recording, seed);
            for End { sid, role, epoch, words, .. } in &recording.ends {
                let node = outcome.ensemble.nodes.iter().find(|node| node.sid() == Sid(*sid)).unwrap();
                let status = node.status().unwrap();
                let place = format!("{} of {}, seed {seed}: {words}", node.name, recording.folder);
                assert_eq!((status.state, status.serving), (*role, true), "{place}");
                assert_eq!(status.accepted_epoch, Epoch(*epoch), "{place}");
                assert_eq!(status.current_epoch, Epoch(*epoch), "{place}");
            }
        }
    }
}

#[test]
fn the_model_elects_when_the_real_servers_did() {
    let starts = |logs: &Logs| -> Vec<(u64, Sid)> {
        let of = |(sid, log): (&Sid, &ServerLog)| -> Vec<(u64, Sid)> {
            let elections = log.entries.iter().filter(|(_, event)| *event == Event::NewElection);
            elections.map(|(at, _)| (*at, *sid)).collect()
        };
        let mut starts: Vec<_> = logs.iter().flat_map(of).collect();
        starts.sort_unstable();
        starts
    };
    let recording = &RECORDINGS[1];
    let real = starts(&real(recording));
    assert_eq!(real.len(), 6);
    for seed in 0..SEEDS {
        let modelled = starts(&model(recording, seed).0);
        assert_eq!(modelled.len(), real.len());
        for (ours, theirs) in modelled.iter().zip(&real) {
            let (ours_after, theirs_after) = (ours.0 - modelled[0].0, theirs.0 - real[0].0);
            assert_eq!(ours.1, theirs.1, "seed {seed}: in this order");
            assert!(
                ours_after.abs_diff(theirs_after) <= TOLERANCE_MS,
                "seed {seed}, server {}: {ours_after} ms after the first, not {theirs_after}",
                ours.1
            );
        }
    }
}

/// Every way in which one notification can be another one.
fn mutations(heard: &Heard) -> Vec<Heard> {
    let mut all = vec![*heard; 6];
    all[0].said.round = Round(heard.said.round.0 + 7);
    all[1].said.vote.leader = Sid(heard.said.vote.leader.0 + 7);
    all[2].said.vote.zxid = Zxid(heard.said.vote.zxid.0 + 7);
    all[3].said.vote.peer_epoch = Epoch(heard.said.vote.peer_epoch.0 + 7);
    all[4].said.state = ServerState::Observing;
    all[5].my_state = ServerState::Observing;
    all
}

#[test]
fn one_wrong_notification_is_found() {
    for recording in &RECORDINGS {
        let real = real(recording);
        let (modelled, _) = model(recording, 0);
        let objects = |logs: &Logs| {
            compare(logs, &modelled).iter().any(|difference| excepted(recording.folder, difference).is_none())
        };
        assert!(!objects(&real));
        let mut tried = 0;
        for (sid, log) in &real {
            for (at, (_, event)) in log.entries.iter().enumerate() {
                let Event::Heard(sender, heard) = event else { continue };
                for wrong in mutations(heard) {
                    let mut logs = real.clone();
                    logs.get_mut(sid).unwrap().entries[at].1 = Event::Heard(*sender, wrong);
                    assert!(objects(&logs), "{}: {wrong:?} from {sender} at {sid}", recording.folder);
                    tried += 1;
                }
            }
        }
        assert!(tried > 50);
    }
}

#[test]
fn a_missing_notification_is_found_where_the_log_is_whole() {
    // zk3's log has everything: twice it is told by zk1 that zk2 leads.
    let recording = &RECORDINGS[1];
    let (modelled, _) = model(recording, 0);
    let real = real(recording);
    let old_vote = |(_, event): &(u64, Event)| match event {
        Event::Heard(sender, heard) => *sender == Sid(1) && heard.said.state == ServerState::Following,
        Event::NewElection => false,
    };
    let entries = &real[&Sid(3)].entries;
    let missing: Vec<usize> = (0..entries.len()).filter(|at| old_vote(&entries[*at])).collect();
    assert_eq!(missing.len(), 2);
    for at in missing {
        let mut logs = real.clone();
        logs.get_mut(&Sid(3)).unwrap().entries.remove(at);
        let found = compare(&logs, &modelled);
        assert!(found.iter().any(|difference| excepted(recording.folder, difference).is_none()));
    }
}
