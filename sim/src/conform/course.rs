//! What became of each server, in order: elections, epochs, synchronizations, reigns. The same for logs and for runs, so
//! that one can be held against the other.

use super::replay::{Replayed, When};
use crate::ensemble::{Effect, Ended, NodeId};
use crate::run::{Observer, StepView};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use zablab_protocol::{Decision, Epoch, Round, ServerState, Sid, SyncMode, Vote, Zxid};

/// A step of a server's course.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the decisions that they come from")]
pub enum Turn {
    Up { zxid: Zxid, accepted: Epoch, current: Epoch },
    Looks { round: Round, vote: Vote },
    Votes { vote: Vote, round: Round },
    Elected { state: ServerState, leader: Sid, round: Round },
    Epoch { epoch: Epoch },
    Sends { to: Sid, mode: SyncMode, zxid: Zxid },
    Gets { from: Sid, mode: SyncMode, zxid: Zxid },
    Supported { by: Vec<Sid>, zxid: Zxid },
    Serves { epoch: Epoch },
    Stops { state: ServerState },
    Exits { code: i32 },
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Turn::Up { zxid, accepted, current } => {
                write!(f, "is up with zxid {zxid}, acceptedEpoch {accepted}, currentEpoch {current}")
            }
            Turn::Looks { round, vote } => write!(f, "looks in round {round}, for {vote}"),
            Turn::Votes { vote, round } => write!(f, "votes in round {round} for {vote}"),
            Turn::Elected { state: ServerState::Leading, round, .. } => write!(f, "leads, by round {round}"),
            Turn::Elected { state, leader, round } => {
                write!(f, "is {state} server {leader}, by round {round}")
            }
            Turn::Epoch { epoch } => write!(f, "accepts epoch {epoch}"),
            Turn::Sends { to, mode, zxid } => write!(f, "sends {mode} {zxid} to server {to}"),
            Turn::Gets { from, mode, zxid } => write!(f, "gets {mode} {zxid} from server {from}"),
            Turn::Supported { by, zxid } => {
                let by: Vec<String> = by.iter().map(Sid::to_string).collect();
                write!(f, "is supported by {}, from {zxid} on", by.join(", "))
            }
            Turn::Serves { epoch } => write!(f, "serves in epoch {epoch}"),
            Turn::Stops { state } => write!(f, "stops {state}"),
            Turn::Exits { code } => write!(f, "exits with {code}"),
        }
    }
}

/// The turns of one server.
#[derive(Clone, Debug, Default)]
struct Taker {
    turns: Vec<Turn>,
    round: Round,
}

impl Taker {
    fn take(&mut self, decision: &Decision) {
        let turn = match decision {
            Decision::Booted { zxid, accepted_epoch, current_epoch, .. } => {
                Turn::Up { zxid: *zxid, accepted: *accepted_epoch, current: *current_epoch }
            }
            Decision::NewElection { round, vote } => {
                self.round = *round;
                Turn::Looks { round: *round, vote: *vote }
            }
            Decision::RoundRaised { round, .. } => {
                self.round = *round;
                return;
            }
            Decision::AdoptedVote { vote, .. } => Turn::Votes { vote: *vote, round: self.round },
            Decision::Elected { state, vote, round, .. } => {
                Turn::Elected { state: *state, leader: vote.leader, round: *round }
            }
            Decision::EpochAccepted { epoch }
            | Decision::EpochAcceptedBefore { epoch }
            | Decision::EpochChosen { epoch, .. } => Turn::Epoch { epoch: *epoch },
            Decision::SyncChosen { learner, mode, zxid, .. } => {
                Turn::Sends { to: *learner, mode: *mode, zxid: *zxid }
            }
            Decision::Synced { mode, zxid, leader } => Turn::Gets { from: *leader, mode: *mode, zxid: *zxid },
            Decision::Supporters { sids, zxid } => Turn::Supported { by: sids.clone(), zxid: *zxid },
            Decision::Serving { epoch } => Turn::Serves { epoch: *epoch },
            Decision::GaveUp { state, .. } => Turn::Stops { state: *state },
            _ => return,
        };
        self.turns.push(turn);
    }
}

/// The courses of an ensemble.
#[derive(Clone, Debug, Default)]
pub struct Courses(BTreeMap<Sid, Taker>);

impl Courses {
    /// Those that logs tell.
    pub fn of_logs<'a>(servers: impl Iterator<Item = (Sid, &'a Replayed)>) -> Courses {
        let mut courses = Courses::default();
        for (sid, replayed) in servers {
            let mut taker = Taker::default();
            replayed.decisions.iter().for_each(|(_, decision): &(When, Decision)| taker.take(decision));
            // Of two processes with one id, the one that came further is the server.
            let known = courses.0.entry(sid).or_default();
            if taker.turns.len() > known.turns.len() {
                *known = taker;
            }
        }
        courses
    }

    /// What became of a server.
    pub fn of(&self, sid: Sid) -> &[Turn] {
        self.0.get(&sid).map_or(&[], |taker| &taker.turns)
    }

    /// Who is told of.
    pub fn sids(&self) -> impl Iterator<Item = Sid> + '_ {
        self.0.keys().copied()
    }
}

impl Observer for Courses {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        // Of two processes with one id, the one that the lists mean is the server.
        let course_of = |node: NodeId| {
            let node = step.ensemble.node(node);
            (node.listed == node.sid()).then_some(node.sid())
        };
        for effect in step.effects {
            match effect {
                Effect::Decided { node, decision } => {
                    if let Some(sid) = course_of(*node) {
                        self.0.entry(sid).or_default().take(decision);
                    }
                }
                Effect::Down(node, Ended::Exited(exit)) => {
                    if let Some(sid) = course_of(*node) {
                        self.0.entry(sid).or_default().turns.push(Turn::Exits { code: exit.code() });
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// How two courses compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Turn by turn.
    Same,
    /// But for what hangs on timing alone: the first such difference.
    ButForTiming(Difference),
    /// They differ.
    Different(Difference),
}

/// The first turn that differs: what the logs tell, and what the run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Whose.
    pub sid: Sid,
    /// Counted from 1.
    pub turn: usize,
    /// In the logs.
    pub logged: Option<Turn>,
    /// In the run.
    pub ran: Option<Turn>,
}

/// Compares what logs tell with what a run did.
pub fn compare(logged: &Courses, ran: &Courses) -> Likeness {
    let sids: Vec<Sid> = logged.sids().collect();
    let exact = sids.iter().find_map(|sid| first(*sid, logged.of(*sid), ran.of(*sid), all));
    let Some(timing) = exact else { return Likeness::Same };
    let lasts = |sid: &Sid| first(*sid, logged.of(*sid), ran.of(*sid), lasting);
    match sids.iter().filter_map(lasts).find(|found| !is_end(found, logged)) {
        Some(difference) => Likeness::Different(difference),
        None => Likeness::ButForTiming(timing),
    }
}

/// What does not hang on timing alone. Rounds do, and the votes on the way, who of the supporters came first and in which
/// order learners came, and how much of the last transactions a server had when it was killed.
fn lasting(turns: &[Turn]) -> Vec<(usize, Turn)> {
    let mut kept: Vec<(usize, Turn)> = Vec::new();
    let mut sends: Vec<(usize, Turn)> = Vec::new();
    let mut fresh = false;
    for (at, turn) in turns.iter().enumerate() {
        let turn = match turn {
            Turn::Votes { .. } => continue,
            Turn::Sends { .. } => {
                sends.push((at, turn.clone()));
                continue;
            }
            Turn::Up { zxid, accepted, current } => {
                Turn::Up { zxid: Zxid::new_epoch(zxid.epoch()), accepted: *accepted, current: *current }
            }
            Turn::Looks { vote, .. } if fresh => {
                let vote = Vote { zxid: Zxid::new_epoch(vote.zxid.epoch()), ..*vote };
                Turn::Looks { round: Round(0), vote }
            }
            Turn::Looks { vote, .. } => Turn::Looks { round: Round(0), vote: *vote },
            Turn::Elected { state, leader, .. } => {
                Turn::Elected { state: *state, leader: *leader, round: Round(0) }
            }
            Turn::Supported { zxid, .. } => Turn::Supported { by: Vec::new(), zxid: *zxid },
            turn => turn.clone(),
        };
        fresh = matches!(turn, Turn::Up { .. });
        if matches!(turn, Turn::Stops { .. } | Turn::Up { .. } | Turn::Exits { .. }) {
            in_order(&mut sends, &mut kept);
        }
        kept.push((at, turn));
    }
    in_order(&mut sends, &mut kept);
    without_vain_roles(kept)
}

/// Leaves out roles that ended before an epoch was accepted in them, with the election behind each: a server may go after a
/// leader that is not there any more.
fn without_vain_roles(turns: Vec<(usize, Turn)>) -> Vec<(usize, Turn)> {
    let mut kept: Vec<(usize, Turn)> = Vec::new();
    let mut turns = turns.into_iter().peekable();
    while let Some((at, turn)) = turns.next() {
        let vain =
            matches!(turn, Turn::Elected { .. }) && matches!(turns.peek(), Some((_, Turn::Stops { .. })));
        if vain {
            turns.next();
            if matches!(turns.peek(), Some((_, Turn::Looks { .. }))) {
                turns.next();
            }
        } else {
            kept.push((at, turn));
        }
    }
    kept
}

/// What a leader sent in one reign, learner by learner.
fn in_order(sends: &mut Vec<(usize, Turn)>, kept: &mut Vec<(usize, Turn)>) {
    sends.sort_by_key(|(_, turn)| match turn {
        Turn::Sends { to, .. } => *to,
        _ => Sid::NONE,
    });
    kept.append(sends);
}

/// Every turn.
fn all(turns: &[Turn]) -> Vec<(usize, Turn)> {
    turns.iter().cloned().enumerate().collect()
}

/// Whether the run just ended before the logs do: what is left of them are roles that end, and nothing that begins.
fn is_end(found: &Difference, logged: &Courses) -> bool {
    let rest = &logged.of(found.sid)[(found.turn - 1).min(logged.of(found.sid).len())..];
    found.ran.is_none()
        && rest
            .iter()
            .all(|turn| matches!(turn, Turn::Stops { .. } | Turn::Looks { .. } | Turn::Votes { .. }))
}

fn first(
    sid: Sid,
    logged: &[Turn],
    ran: &[Turn],
    keep: impl Fn(&[Turn]) -> Vec<(usize, Turn)>,
) -> Option<Difference> {
    let (one, other) = (keep(logged), keep(ran));
    let same = one.iter().zip(&other).take_while(|((_, a), (_, b))| a == b).count();
    if same == one.len() && same == other.len() {
        return None;
    }
    let at = |list: &[(usize, Turn)]| list.get(same).map(|(at, _)| *at);
    Some(Difference {
        sid,
        turn: at(&one).or_else(|| at(&other)).unwrap_or(0) + 1,
        logged: at(&one).map(|at| logged[at].clone()),
        ran: at(&other).map(|at| ran[at].clone()),
    })
}
