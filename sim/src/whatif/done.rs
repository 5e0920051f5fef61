//! A change at its place in a run: a step done behind a step, or draws that are given.

use super::Change;
use super::draws::{drawn_again, drawn_as, pinned};
use super::packets::{delayed, dropped};
use super::place::Place;
use crate::ensemble::Ensemble;
use crate::run::{Interjection, Run, draw_of};
use crate::scenario::{Action, Line, Prefix, Statement, Step, Time, Timed, between};
use crate::schedule::{Draw, Key};

/// A change, at its place in a run.
pub(super) struct Done {
    pub(super) words: String,
    pub(super) note: Option<String>,
    pub(super) interjection: Option<Interjection>,
    /// The draws that are given, and their values.
    pub(super) given: Vec<(Draw, u64)>,
    /// The lines that say the same in the scenario; `None` where a draw has no name in the language.
    pub(super) lines: Option<Vec<Line>>,
}

impl Done {
    /// Does it to a run that is about to be made.
    pub(super) fn to(&self, run: &mut Run) {
        if let Some(interjection) = &self.interjection {
            run.interject(interjection.clone());
        }
        let given = self.given.iter().map(|(draw, value)| ((draw.key, draw.nth), *value));
        run.give_draws(given);
    }
}

impl Change {
    /// What it comes to at a step of the run.
    pub(super) fn at(&self, place: &Place, ensemble: &Ensemble) -> Result<Done, String> {
        match self {
            Change::Step(step) => {
                Ok(interjected(place.step, behind(place), step.clone(), step.to_string(), None))
            }
            Change::Drop(to) => dropped(place, to.as_deref()),
            Change::Delay(by, to) => delayed(place, *by, to.as_deref()),
            Change::DrawAgain => drawn_again(place),
            Change::Draw(time) => drawn_as(place, *time),
            Change::Pin(pin) => pinned(place, pin, ensemble),
        }
    }

    /// The draw that it names.
    pub(super) fn pinned(&self, ensemble: &Ensemble) -> Option<(Key, u64)> {
        let Change::Pin(pin) = self else { return None };
        draw_of(pin, ensemble).map(|draw| (draw.key, draw.nth))
    }
}

/// Right behind a step: before anything else happens, at a round time if there is one.
pub(super) fn behind(place: &Place) -> u64 {
    let at = place.told.at;
    between(at, place.next_at.unwrap_or(at))
}

/// A step done behind so many others, and no earlier than `at`.
pub(super) fn interjected(after: u64, at: u64, step: Step, words: String, note: Option<String>) -> Done {
    let line = Line::of(Statement::Timed(Timed::new(Prefix::At(Time(at)), Action::Step(step.clone()))));
    Done {
        words,
        note,
        interjection: Some(Interjection { after, at, step }),
        given: Vec::new(),
        lines: Some(vec![line]),
    }
}
