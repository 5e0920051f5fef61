//! Keeps a page below its cap: it shows less of the run, and says so.

use super::html;
use crate::recording::{LeftOut, Limits, Recording};
use crate::run::Outcome;
use crate::view::seconds;
use std::ops::RangeInclusive;

/// The part of a run that is recorded.
#[derive(Clone, Debug)]
pub struct Cut {
    /// Virtual nanoseconds.
    pub window: RangeInclusive<u64>,
    /// How much of each kind.
    pub limits: Limits,
}

/// The shortest window that is tried before less of each kind is recorded.
const SHORTEST: u64 = 1_000_000;

/// How often a part that fills less than half of a page is made longer: a run is not equally busy all the time.
const LONGER: u32 = 4;

/// When a run first went wrong, in virtual nanoseconds.
pub fn turn(outcome: &Outcome) -> Option<u64> {
    let violations = outcome.violations.iter().chain(&outcome.foretold).map(|violation| violation.at);
    violations.chain(outcome.unmet.iter().map(|unmet| unmet.at)).min()
}

/// Whether all is there that a page shows; elections vote by vote it does not.
fn is_whole(left_out: &LeftOut) -> bool {
    LeftOut { heartbeats: 0, ballots: 0, ..*left_out } == LeftOut::default()
}

/// The share of what was seen that is told, of the kind of which most is missing.
fn share(recording: &Recording) -> f64 {
    let left_out = &recording.left_out;
    let kinds = [
        (recording.messages.len(), left_out.messages),
        (recording.states.len(), left_out.states),
        (recording.story.len(), left_out.story),
        (recording.turns.len(), left_out.turns),
        (recording.log.len(), left_out.log),
        (recording.transactions.len(), left_out.transactions),
        (recording.operations.len(), left_out.operations),
    ];
    let shares = kinds.map(
        |(told, left_out)| {
            if left_out == 0 { 1.0 } else { told as f64 / (told as f64 + left_out as f64) }
        },
    );
    shares.into_iter().fold(1.0, f64::min)
}

/// A part of a window, of some length. Where the run went wrong is in it; else it is the beginning.
fn part(from: u64, to: u64, length: u64, turn: Option<u64>) -> RangeInclusive<u64> {
    let begin = match turn {
        Some(turn) => turn.saturating_sub(length / 5 * 4).clamp(from, to.saturating_sub(length).max(from)),
        None => from,
    };
    begin..=begin.saturating_add(length)
}

/// The page of a recording, at most `cap` bytes; where that is too little, of a part of the run, which `again` records. The notes say
/// what it does not show anyway.
pub fn fitting<E: From<String>>(
    whole: Recording,
    mut notes: Vec<String>,
    cap: usize,
    turn: Option<u64>,
    mut again: impl FnMut(Cut) -> Result<Recording, E>,
) -> Result<String, E> {
    let (from, to) = (whole.from, whole.to);
    let mut cut = Cut { window: from..=to, limits: Limits::default() };
    let mut recording = whole;
    // The shortest part that is too long, and the longest that fits, with how often a longer one was tried.
    let mut too_long = None;
    let mut kept: Option<(u64, String, u32)> = None;
    loop {
        let page = html(&recording, &notes);
        let bytes = page.len();
        let all = is_whole(&recording.left_out);
        let length = cut.window.end() - cut.window.start();
        let less = cut.limits.messages < Limits::default().messages;
        let tries = kept.as_ref().map_or(0, |(.., tries)| *tries);
        if bytes <= cap && (all || less) {
            if less || too_long.is_none() || bytes > cap / 2 || tries == LONGER {
                return Ok(page);
            }
            kept = Some((length, page, tries));
        } else {
            too_long = Some(length);
        }
        if let (Some((fits, page, tries)), Some(too_long)) = (&mut kept, too_long) {
            if *tries == LONGER {
                return Ok(std::mem::take(page));
            }
            *tries += 1;
            cut.window = part(from, to, fits.midpoint(too_long), turn);
        } else if length > SHORTEST {
            let fits = (cap as f64 / bytes as f64).min(share(&recording)).min(1.0);
            let length = (length as f64 * fits * 0.9) as u64;
            cut.window = part(from, to, length, turn);
        } else if cut.limits.messages > 1 {
            cut.limits = halved(cut.limits);
        } else {
            let what = format!("the page would have {bytes} bytes, whatever is left out; the most is {cap}");
            return Err(what.into());
        }
        let (from, to) = (seconds(*cut.window.start()), seconds(*cut.window.end()));
        let mega = cap as f64 / 1e6;
        notes = vec![format!(
            "It shows {from} s to {to} s of the run: all of it would be larger than {mega} MB. --from and --to choose another part."
        )];
        recording = again(cut.clone())?;
    }
}

fn halved(limits: Limits) -> Limits {
    Limits {
        messages: limits.messages / 2,
        states: limits.states / 2,
        lines: limits.lines / 2,
        transactions: limits.transactions / 2,
        operations: limits.operations / 2,
    }
}
