//! What of all that happened is told: the turns, and what led to them where there are few; alike things together, and what a reader
//! has seen before only in few words.

use crate::recording::{Recording, Turn};
use crate::view::seconds;
use std::collections::{BTreeMap, BTreeSet};

/// So many things are told of a chapter; a reader has seen enough then.
const TOLD: usize = 12;
/// Where fewer than that were turns, details are told, too.
const FEW: usize = 3;
/// What comes within this time is one thing.
const TOGETHER: u64 = 50_000_000;

/// What comes within this time comes at the same.
const AT_ONCE: u64 = 1_000_000;

/// Something that happened, to one party or to several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Virtual nanoseconds.
    pub at: u64,
    /// Whom, and what: a verb in the third person, and the rest.
    pub parts: Vec<(Vec<usize>, String)>,
    /// The name of the decision.
    pub kind: &'static str,
    /// The rule that decided.
    pub because: Option<String>,
    /// How often it came, one after the other.
    pub times: u32,
    /// When it came last.
    pub last: u64,
    /// 0: part of the way; 1: it decides what comes next; 2: somebody is something else now.
    pub weight: u8,
}

impl Happened {
    /// Its texts.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|(_, what)| what.as_str()).chain(self.because.as_deref())
    }
}

/// The kinds of steps that a reader has seen in an earlier chapter.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(BTreeSet<&'static str>);

/// What is told of the turns of a chapter; and how many turns and details are not.
pub(super) fn select(
    recording: &Recording,
    turns: &[Turn],
    known: &mut Known,
) -> (Vec<Happened>, (usize, usize)) {
    let all = alike(each(recording, turns));
    let deciding = deciding(&all);
    let turned: Vec<usize> = (0..all.len()).filter(|place| all[*place].weight == 2).collect();
    // What decides comes first; then what came of it, from both ends inwards; then the way there.
    let mut chosen = deciding.clone();
    if chosen.len() > TOLD {
        chosen.drain(..chosen.len() - TOLD);
    }
    let others = turned.iter().copied().filter(|place| !deciding.contains(place));
    let votes = |place: &usize| matches!(all[*place].kind, "new-election" | "adopted-vote" | "kept-vote");
    let (way, mut outcome): (Vec<usize>, Vec<usize>) = others.partition(votes);
    let room = TOLD - chosen.len();
    if outcome.len() > room {
        let begin = room.div_ceil(2);
        outcome.drain(begin..outcome.len() - (room - begin));
    }
    chosen.extend(outcome);
    let room = TOLD - chosen.len();
    chosen.extend(way.into_iter().take(room));
    let left = turned.len() - chosen.len();
    for weight in [1, 0] {
        let room = if weight == 1 { TOLD } else { FEW };
        let new = |place: &usize| !known.0.contains(all[*place].kind) && !chosen.contains(place);
        let more = (0..all.len()).filter(|place| all[*place].weight == weight).filter(new);
        let mut more: Vec<usize> = more.collect();
        // A rule says more than a mere fact.
        more.sort_by_key(|place| all[*place].because.is_none());
        more.truncate(room.saturating_sub(chosen.len()));
        chosen.extend(more);
    }
    let mut left_out = (left, 0);
    // What is like something that is told goes with it, where nothing that is told is between.
    let mut told: Vec<Happened> = Vec::new();
    for (place, more) in all.into_iter().enumerate() {
        match joined_by(&told, &more) {
            Some(known) => told[known].join(more),
            None if chosen.contains(&place) => told.push(more),
            None => left_out.1 += 1,
        }
    }
    told.sort_by_key(|happened| happened.at);
    // Of votes every one is told.
    let kinds = told.iter().map(|happened| happened.kind).filter(|kind| !matches!(*kind, "" | "kept-vote"));
    known.0.extend(kinds);
    (told, left_out)
}

/// Who is LEADING, and the last vote that each server changed before that.
fn deciding(all: &[Happened]) -> Vec<usize> {
    let mut deciding = Vec::new();
    let mut voted: BTreeMap<usize, usize> = BTreeMap::new();
    for (place, happened) in all.iter().enumerate() {
        for (who, what) in &happened.parts {
            if what.starts_with("changes its vote") {
                voted.extend(who.iter().map(|lane| (*lane, place)));
            } else if what == "is LEADING" {
                deciding.extend(std::mem::take(&mut voted).into_values());
                deciding.push(place);
            }
        }
    }
    deciding.sort_unstable();
    deciding.dedup();
    deciding
}

/// Each turn by itself, without those that the next one tells, too.
fn each<'r>(recording: &'r Recording, turns: &'r [Turn]) -> impl Iterator<Item = Happened> + 'r {
    let told = |(place, turn): &(usize, &Turn)| {
        // An election that is over at once is told by its end.
        let over = |later: &Turn| later.lane == turn.lane && later.kind == "elected" && later.weight == 2;
        let mut soon = turns[*place..].iter().take_while(|later| later.when.at - turn.when.at <= TOGETHER);
        !matches!(turn.kind, "new-election" | "kept-vote") || !soon.any(over)
    };
    turns.iter().enumerate().filter(told).map(|(_, turn)| {
        let at = turn.when.at;
        let what = committed(recording, turn).unwrap_or_else(|| turn.what.clone());
        Happened {
            at,
            parts: vec![(vec![turn.lane], what)],
            kind: turn.kind,
            because: turn.because.clone(),
            times: 1,
            last: at,
            weight: turn.weight,
        }
    })
}

/// Several transactions that are told as one thing when the last is committed, with the time of the first.
fn committed(recording: &Recording, turn: &Turn) -> Option<String> {
    let what = turn.what.strip_suffix(')').filter(|_| turn.kind == "committed")?;
    let zxid = what.split(' ').nth(1)?;
    let first = recording.transactions.iter().find(|txn| txn.zxid.to_string() == zxid)?;
    let since = seconds(first.committed?.at);
    (since != seconds(turn.when.at)).then(|| format!("{what} since {since} s)"))
}

/// What comes to several alike, again and again, or by one rule, as one thing.
fn alike(each: impl Iterator<Item = Happened>) -> Vec<Happened> {
    let mut all: Vec<Happened> = Vec::new();
    for more in each {
        match joined_by(&all, &more) {
            Some(known) => all[known].join(more),
            None => all.push(more),
        }
    }
    all.sort_by_key(|happened| happened.at);
    all
}

/// The one that something is one thing with, unless something else came to any of them in between.
fn joined_by(all: &[Happened], more: &Happened) -> Option<usize> {
    let place = all.iter().rposition(|known| joins(known, more))?;
    let lanes = |happened: &Happened| {
        let lanes = happened.parts.iter().flat_map(|(who, _)| who.iter().copied());
        lanes.collect::<BTreeSet<usize>>()
    };
    let mut who = lanes(more);
    // At one and the same time there is no telling what was first, but at each server for itself.
    if more.at.saturating_sub(all[place].at) > AT_ONCE {
        who.append(&mut lanes(&all[place]));
    }
    all[place + 1..].iter().all(|between| lanes(between).is_disjoint(&who)).then_some(place)
}

impl Happened {
    fn join(&mut self, more: Happened) {
        self.weight = self.weight.max(more.weight);
        for (lanes, text) in more.parts {
            if let Some((_, what)) = self.parts.last_mut().filter(|(who, _)| *who == lanes)
                && let Some(both) = with_both(what, &text).filter(|_| is_for_each(more.kind))
            {
                (*what, self.last) = (both, more.last);
                continue;
            }
            match self.parts.iter_mut().find(|(_, what)| *what == text) {
                Some((who, _)) if *who == lanes => {
                    (self.times, self.last) = (self.times + more.times, more.last);
                    // What clients are told is told when the last of them knows.
                    if more.kind.is_empty() {
                        self.at = more.at;
                    }
                }
                Some((who, _)) => {
                    who.extend(lanes);
                    who.sort_unstable();
                }
                None => self.parts.push((lanes, text)),
            }
        }
    }
}

/// Whether a leader decides it for each learner.
fn is_for_each(kind: &str) -> bool {
    matches!(kind, "sync-chosen" | "learner-dropped")
}

/// `sends zk1 a DIFF` and `sends zk2 a DIFF` as `sends zk1, zk2 a DIFF`.
fn with_both(known: &str, more: &str) -> Option<String> {
    let (verb, object) = more.split_once(' ')?;
    let (name, rest) = object.split_at(object.find(' ').unwrap_or(object.len()));
    let names = known.strip_prefix(verb)?.strip_prefix(' ')?.strip_suffix(rest)?;
    (names != name).then(|| format!("{verb} {names}, {name}{rest}"))
}

/// Whether something is one thing with what is known.
fn joins(known: &Happened, more: &Happened) -> bool {
    let [(lanes, text)] = more.parts.as_slice() else { return false };
    if known.because != more.because {
        return false;
    }
    let near = more.at.saturating_sub(known.last) <= TOGETHER;
    // What one does with several for one reason.
    if is_for_each(more.kind) && more.kind == known.kind && near && known.times == 1 {
        return known.because.is_some();
    }
    let others = near && known.times == 1 && more.times == 1;
    match known.parts.as_slice() {
        [(who, what)] if what == text => {
            // Each election is one of its own.
            let again = near || !matches!(more.kind, "new-election" | "adopted-vote" | "elected");
            (who == lanes && again) || (others && !lanes.iter().any(|lane| who.contains(lane)))
        }
        // By the same comparison one changes its vote and another one keeps it.
        [(who, _)] => {
            let votes = |kind: &str| matches!(kind, "adopted-vote" | "kept-vote");
            others
                && known.because.is_some()
                && votes(known.kind)
                && votes(more.kind)
                && !lanes.iter().any(|lane| who.contains(lane))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::with_both;

    #[test]
    fn what_is_done_for_two_is_told_of_both() {
        let both = with_both("sends zk1 a DIFF to 0x1", "sends zk2 a DIFF to 0x1");
        assert_eq!(both.as_deref(), Some("sends zk1, zk2 a DIFF to 0x1"));
        assert_eq!(with_both("drops zk1, zk2", "drops zk3").as_deref(), Some("drops zk1, zk2, zk3"));
        assert_eq!(with_both("sends zk1 a DIFF to 0x1", "sends zk2 a SNAP"), None);
        assert_eq!(with_both("drops zk1", "drops zk1"), None);
    }
}
