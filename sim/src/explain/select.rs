//! What of all that happened is told: the turns, and what led to them where there are few; alike things together, and what a reader
//! has seen before only in few words.

use crate::recording::Turn;
use std::collections::BTreeSet;

/// So many things are told of a chapter; a reader has seen enough then.
const TOLD: usize = 12;
/// Where fewer than that were turns, details are told, too.
const FEW: usize = 3;
/// What comes within this time is one thing.
const TOGETHER: u64 = 50_000_000;

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
pub(super) fn select(turns: &[Turn], known: &mut Known) -> (Vec<Happened>, (usize, usize)) {
    let all = alike(turns);
    let mut chosen: Vec<usize> = (0..all.len()).filter(|place| all[*place].weight == 2).collect();
    let turned = chosen.len();
    if turned > TOLD {
        // How it begins, and what it comes to.
        chosen.drain(TOLD / 2..turned - TOLD / 2);
    } else {
        for weight in [1, 0] {
            let room = if weight == 1 { TOLD } else { FEW };
            let new = |place: &usize| !known.0.contains(all[*place].kind);
            let more = (0..all.len()).filter(|place| all[*place].weight == weight).filter(new);
            let mut more: Vec<usize> = more.collect();
            // A rule says more than a mere fact.
            more.sort_by_key(|place| all[*place].because.is_none());
            more.truncate(room.saturating_sub(chosen.len()));
            chosen.extend(more);
        }
        chosen.sort_unstable();
    }
    let left_out = (turned.saturating_sub(TOLD), all.len() - chosen.len());
    let told: Vec<Happened> = chosen.into_iter().map(|place| all[place].clone()).collect();
    // Of votes every one is told.
    let kinds = told.iter().map(|happened| happened.kind).filter(|kind| !matches!(*kind, "" | "kept-vote"));
    known.0.extend(kinds);
    (told, left_out)
}

/// What comes to several alike, again and again, or by one rule, as one thing.
fn alike(turns: &[Turn]) -> Vec<Happened> {
    let mut all: Vec<Happened> = Vec::new();
    for (place, turn) in turns.iter().enumerate() {
        let at = turn.when.at;
        // An election that is over at once is told by its end.
        let over = |later: &&Turn| later.lane == turn.lane && later.kind == "elected" && later.weight == 2;
        let soon = turns[place..].iter().take_while(|later| later.when.at - at <= TOGETHER);
        if matches!(turn.kind, "new-election" | "kept-vote") && soon.clone().any(|later| over(&later)) {
            continue;
        }
        let known = all.iter_mut().rev().find(|known| joins(known, turn));
        match known {
            None => all.push(Happened {
                at,
                parts: vec![(vec![turn.lane], turn.what.clone())],
                kind: turn.kind,
                because: turn.because.clone(),
                times: 1,
                last: at,
                weight: turn.weight,
            }),
            Some(known) => {
                known.weight = known.weight.max(turn.weight);
                if let Some((_, what)) = known.parts.last_mut().filter(|(who, _)| *who == [turn.lane])
                    && let Some(both) = with_both(what, &turn.what).filter(|_| is_for_each(turn.kind))
                {
                    (*what, known.last) = (both, at);
                    continue;
                }
                match known.parts.iter_mut().find(|(_, what)| *what == turn.what) {
                    Some((who, _)) if *who == [turn.lane] => {
                        (known.times, known.last) = (known.times + 1, at);
                        // What clients are told is told when the last of them knows.
                        if turn.kind.is_empty() {
                            known.at = at;
                        }
                    }
                    Some((who, _)) => {
                        who.push(turn.lane);
                        who.sort_unstable();
                    }
                    None => known.parts.push((vec![turn.lane], turn.what.clone())),
                }
            }
        }
    }
    all.sort_by_key(|happened| happened.at);
    all
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
fn joins(known: &Happened, turn: &Turn) -> bool {
    if known.because != turn.because {
        return false;
    }
    let near = turn.when.at - known.last <= TOGETHER;
    // What one does with several for one reason.
    if is_for_each(turn.kind) && turn.kind == known.kind && near && known.times == 1 {
        return known.because.is_some();
    }
    match known.parts.as_slice() {
        [(who, what)] if *what == turn.what => {
            *who == [turn.lane] || (near && known.times == 1 && !who.contains(&turn.lane))
        }
        // By the same comparison one changes its vote and another one keeps it.
        [(who, _)] => {
            let votes = |kind: &str| matches!(kind, "adopted-vote" | "kept-vote");
            near && known.times == 1
                && known.because.is_some()
                && votes(known.kind)
                && votes(turn.kind)
                && !who.contains(&turn.lane)
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
