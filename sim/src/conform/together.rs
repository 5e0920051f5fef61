//! The logs of an ensemble against each other: what one server heard, another must have said.

use super::event::{Entry, Event};
use super::replay::{Replayed, Step, When};
use std::collections::{BTreeMap, BTreeSet};
use zablab_protocol::{Epoch, Notification, ServerState, Sid, SyncMode, Zxid};

/// How far the clocks of two hosts, or two lines of one event, may be apart without being named, ms.
const SKEW: i64 = 2_000;

/// Lines this close to a moment tell of it, ms.
const NEAR: i64 = 1_000;

/// One server, with what its replay found.
#[derive(Clone, Copy, Debug)]
pub struct Server<'a> {
    /// Who it is.
    pub sid: Sid,
    /// Its log.
    pub entries: &'a [Entry],
    /// Lines may be missing.
    pub excerpt: bool,
    /// It has no vote.
    pub observes: bool,
    /// Its replay.
    pub replayed: &'a Replayed,
}

/// Something that two logs do not agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// What does not hold.
    pub check: &'static str,
    /// Whose line shows it, as its place among the servers.
    pub server: usize,
    /// The entry.
    pub entry: usize,
    /// What is wrong.
    pub why: String,
}

/// The checks, and what each demands.
pub const CHECKS: [(&str, &str); 10] = [
    ("said-what-was-heard", "a notification that one server heard is one that its sender could have sent"),
    ("one-leader-per-epoch", "no epoch is established by two servers"),
    ("epoch-above-all", "a leader's epoch is one above every acceptedEpoch of those who came to it"),
    ("same-synchronization", "a learner is brought up to date as its leader's log says"),
    ("learner-has-what-it-says", "what a leader hears of a learner's last zxid is what that learner had"),
    ("same-transactions", "one zxid is one transaction in all transaction logs"),
    ("transactions-in-order", "a transaction log ascends, and has no hole within an epoch"),
    ("log-files-are-there", "a file of the transaction log that a server began is there"),
    ("sessions-are-created", "a session that a log tells of was created by a transaction"),
    ("supporters-support", "who supported a leader has acknowledged its NEWLEADER"),
];

/// What the logs do not agree on.
#[derive(Clone, Debug, Default)]
pub struct Together {
    /// What does not hold.
    pub conflicts: Vec<Conflict>,
    /// Notifications that were held against their sender's log.
    pub traced: usize,
    /// Notifications whose sender's log is an excerpt or not there.
    pub untraced: usize,
}

/// Holds the logs of an ensemble against each other.
pub fn together(servers: &[Server<'_>]) -> Together {
    let mut found = Together::default();
    let sids: BTreeSet<Sid> = servers.iter().map(|server| server.sid).collect();
    let senders: Vec<Sender> = sids.into_iter().map(|sid| Sender::of(sid, servers)).collect();
    for (at, receiver) in servers.iter().enumerate() {
        for sender in senders.iter().filter(|sender| sender.sid != receiver.sid) {
            heard((at, receiver), sender, &mut found);
        }
    }
    let unknown = |from: Sid| servers.iter().all(|server| server.sid != from);
    for receiver in servers {
        found.untraced += receiver
            .entries
            .iter()
            .filter(|entry| matches!(&entry.event, Event::Heard { from, .. } if unknown(*from)))
            .count();
    }
    epochs(servers, &mut found);
    synchronizations(servers, &mut found);
    supporters(servers, &mut found);
    found.conflicts.sort_by_key(|conflict| (conflict.server, conflict.entry));
    found
}

/// All that a server says, in the order of its log.
struct Sender {
    sid: Sid,
    said: Vec<(When, [Notification; 2])>,
    excerpt: bool,
    /// The times of its lines.
    times: Vec<i64>,
    /// Two processes ran with this id: what they say has no order.
    several: bool,
}

impl Sender {
    fn of(sid: Sid, servers: &[Server<'_>]) -> Sender {
        let logs: Vec<&Server<'_>> = servers.iter().filter(|server| server.sid == sid).collect();
        Sender {
            sid,
            said: logs.iter().flat_map(|log| log.replayed.said.clone()).collect(),
            excerpt: logs.iter().any(|log| log.excerpt),
            times: logs.iter().flat_map(|log| log.entries).filter_map(|entry| entry.time).collect(),
            several: logs.len() > 1,
        }
    }

    /// Whether its log says nothing of a moment: it ends before, or it is an excerpt without lines close to both sides.
    fn is_silent(&self, time: Option<i64>) -> bool {
        let Some(now) = time else { return self.excerpt };
        let near = |at: &i64| (at - now).abs() <= NEAR;
        let before = self.times.iter().any(|at| near(at) && *at <= now);
        let behind = self.times.iter().any(|at| near(at) && *at >= now);
        let ended = self.times.iter().max().is_none_or(|last| *last < now);
        let begins = self.times.iter().min().is_none_or(|first| now < *first + NEAR);
        ended || self.excerpt && (begins || !(before && behind))
    }
}

impl Server<'_> {
    /// Whether its log goes on to this time and beyond.
    fn covers(&self, time: Option<i64>) -> bool {
        let Some(now) = time else { return true };
        let mut times = self.entries.iter().filter_map(|entry| entry.time);
        times.any(|at| at > now + NEAR)
    }
}

/// Notifications of one sender, in order, against what it would have said.
fn heard((server, receiver): (usize, &Server<'_>), sender: &Sender, found: &mut Together) {
    let said = &sender.said;
    let mine: Vec<(usize, Option<i64>, Notification)> = receiver
        .entries
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| match &entry.event {
            Event::Heard { from, said, .. } if *from == sender.sid => Some((at, entry.time, *said)),
            _ => None,
        })
        .collect();
    let lag = |time: Option<i64>, when: When| time.zip(when.time).map(|(heard, said)| heard - said);
    let mut from = 0;
    for (at, time, heard) in mine {
        let fits = |(when, says): &(When, [Notification; 2])| {
            same(says, &heard, receiver.observes) && lag(time, *when).is_none_or(|lag| lag >= -SKEW)
        };
        match said.iter().enumerate().skip(from).find(|(_, item)| fits(item)) {
            Some((index, _)) => {
                from = if sender.several { 0 } else { index };
                found.traced += 1;
            }
            None if sender.is_silent(time) => found.untraced += 1,
            None => {
                let ever = said.iter().any(|(_, says)| same(says, &heard, receiver.observes));
                let why = if ever {
                    format!("server {} has said something later by then: {}", sender.sid, says_at(said, time))
                } else {
                    format!("server {} never says that; at this time: {}", sender.sid, says_at(said, time))
                };
                found.conflicts.push(Conflict { check: "said-what-was-heard", server, entry: at, why });
            }
        }
    }
}

/// Whether a server that would answer like this has said that: to an observer it shows its settled vote while it looks.
fn same(says: &[Notification; 2], heard: &Notification, observes: bool) -> bool {
    says[0] == *heard || observes && says[1] == *heard
}

fn says_at(said: &[(When, [Notification; 2])], time: Option<i64>) -> String {
    let then = said.iter().rfind(|(when, _)| when.time.zip(time).is_none_or(|(said, now)| said <= now));
    then.or(said.first()).map_or("nothing".to_owned(), |(_, says)| says[0].to_string())
}

/// The last of a server's steps of some kind at or before a time.
fn last_before<'a, T>(
    server: &'a Server<'_>,
    time: Option<i64>,
    pick: impl Fn(&'a Step) -> Option<T>,
) -> Option<T> {
    let before = |when: &When| when.time.zip(time).is_none_or(|(step, now)| step <= now);
    server.replayed.steps.iter().filter(|(when, _)| before(when)).filter_map(|(_, step)| pick(step)).last()
}

/// One leader an epoch; and no leader takes an epoch that somebody who came to it has accepted already.
fn epochs(servers: &[Server<'_>], found: &mut Together) {
    let mut leaders: BTreeMap<Epoch, Sid> = BTreeMap::new();
    for (at, server) in servers.iter().enumerate() {
        for (when, step) in &server.replayed.steps {
            let Step::Supported { epoch, by } = step else { continue };
            if let Some(other) = leaders.insert(*epoch, server.sid).filter(|other| *other != server.sid) {
                let why = format!("epoch {epoch} is established by server {other}, too");
                let entry = when.entry;
                found.conflicts.push(Conflict { check: "one-leader-per-epoch", server: at, entry, why });
            }
            let accepted = |sid: &Sid| {
                let other = servers.iter().find(|other| other.sid == *sid && !other.excerpt)?;
                if other.sid != server.sid && !other.covers(when.time) {
                    return None;
                }
                accepted_before(other, server.sid, *epoch, when.time)
            };
            let known: Option<Vec<Epoch>> = by.iter().map(accepted).collect();
            if let Some(highest) = known.and_then(|known| known.into_iter().max())
                && *epoch != highest.next()
                && !others_came(servers, server)
            {
                let why = format!("those who came to this leader had accepted no epoch above {highest}");
                let entry = when.entry;
                found.conflicts.push(Conflict { check: "epoch-above-all", server: at, entry, why });
            }
        }
    }
}

/// Whether a server whose acceptedEpoch is not known may have come as well.
fn others_came(servers: &[Server<'_>], leader: &Server<'_>) -> bool {
    leader.entries.iter().any(|entry| match &entry.event {
        Event::LearnerArrived { sid, .. } => servers.iter().all(|other| other.sid != *sid || other.excerpt),
        _ => false,
    })
}

/// What a server had accepted before this leadership.
fn accepted_before(server: &Server<'_>, leader: Sid, epoch: Epoch, time: Option<i64>) -> Option<Epoch> {
    let (mut accepted, mut open) = (None, false);
    for (when, step) in &server.replayed.steps {
        if when.time.zip(time).is_some_and(|(step, now)| step > now + SKEW) {
            break;
        }
        match step {
            Step::Started { accepted: started, .. } => {
                if open {
                    return None;
                }
                accepted = Some(*started);
            }
            Step::Elected { .. } => open = true,
            // A role that ended before any line shows an epoch may have accepted one.
            Step::Looking if open => return None,
            Step::Accepted { leader: Some(whose), epoch: new, .. } if *whose == leader && *new == epoch => {
                break;
            }
            Step::Accepted { epoch, told, .. } => {
                open = false;
                accepted = told.then_some(*epoch);
            }
            _ => {}
        }
    }
    accepted
}

/// What a learner tells of its synchronization, against what its leader tells.
fn synchronizations(servers: &[Server<'_>], found: &mut Together) {
    for (server, learner) in servers.iter().enumerate() {
        for (when, step) in &learner.replayed.steps {
            let Step::Synced { leader, mode, zxid, last } = step else { continue };
            let Some(leader) = servers.iter().find(|server| server.sid == *leader) else { continue };
            let near = |other: &When| {
                other.time.zip(when.time).is_none_or(|(theirs, mine)| (theirs - mine).abs() <= 5 * SKEW)
            };
            let far =
                |other: When| other.time.zip(when.time).map_or(0, |(theirs, mine)| (theirs - mine).abs());
            let mut sent: Vec<(i64, SyncMode, Zxid, Zxid)> = leader
                .replayed
                .steps
                .iter()
                .filter(|(when, _)| near(when))
                .filter_map(|(when, step)| match step {
                    Step::Sent { to, mode, zxid, peer } if *to == learner.sid => {
                        Some((far(*when), *mode, *zxid, *peer))
                    }
                    _ => None,
                })
                .collect();
            sent.sort_by_key(|(far, ..)| *far);
            if sent.is_empty() && (leader.excerpt || !leader.covers(when.time)) {
                continue;
            }
            let entry = when.entry;
            let fits = |(_, how, at, _): &&(i64, SyncMode, Zxid, Zxid)| {
                how == mode && (at == zxid || *mode == SyncMode::Snap && zxid >= at)
            };
            match sent.iter().find(fits) {
                Some((.., peer)) if peer == last || *mode == SyncMode::Trunc => {}
                // An observer's next election does not say what it has.
                Some((.., peer)) if learner.excerpt || learner.observes && last < peer => {}
                Some((.., peer)) => {
                    let why =
                        format!("the leader's log says that this server had {peer}; the model has {last}");
                    found.conflicts.push(Conflict { check: "learner-has-what-it-says", server, entry, why });
                }
                None => {
                    let told =
                        sent.first().map_or("nothing".to_owned(), |(_, how, at, _)| format!("{how} {at}"));
                    let why =
                        format!("the log of its leader, server {}, says that it sent {told}", leader.sid);
                    found.conflicts.push(Conflict { check: "same-synchronization", server, entry, why });
                }
            }
        }
    }
}

/// Who is said to have supported a leader has acknowledged its epoch.
fn supporters(servers: &[Server<'_>], found: &mut Together) {
    for (server, leader) in servers.iter().enumerate() {
        for (when, step) in &leader.replayed.steps {
            let Step::Supported { by, epoch } = step else { continue };
            for sid in by.iter().filter(|sid| **sid != leader.sid) {
                let Some(learner) = servers
                    .iter()
                    .find(|other| other.sid == *sid && !other.excerpt && other.covers(when.time))
                else {
                    continue;
                };
                let acked = learner.replayed.steps.iter().any(|(_, step)| {
                    matches!(step, Step::Acked { leader: Some(whose), epoch: of } if *whose == leader.sid && of == epoch)
                });
                if !acked {
                    let time = when.time.map(|time| time + SKEW);
                    let is = last_before(learner, time, |step| match step {
                        Step::Elected { state, leader, .. } => Some((*state, *leader)),
                        _ => None,
                    });
                    let is = match is {
                        Some((ServerState::Leading, _)) => "it leads".to_owned(),
                        Some((state, leader)) => format!("it is {state}, with leader {leader}"),
                        None => "it has taken part in no election".to_owned(),
                    };
                    let why = format!(
                        "server {sid} has not acknowledged epoch {epoch} of server {}: {is}",
                        leader.sid
                    );
                    let entry = when.entry;
                    found.conflicts.push(Conflict { check: "supporters-support", server, entry, why });
                }
            }
        }
    }
}
