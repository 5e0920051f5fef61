//! What happened, told to a learner: decisions with their rules.

use super::{Instant, LeftOut, keep};
use crate::run::{StepView, UserEvent};
use crate::view::{Lecture, Weight};
use serde::Serialize;
use std::ops::RangeInclusive;

/// Something that happened to a party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Turn {
    /// When.
    pub when: Instant,
    /// To whom.
    pub lane: usize,
    /// The name of the decision, as scenarios write it; empty where it is none.
    pub kind: &'static str,
    /// What: a verb in the third person, and the rest of the sentence.
    pub what: String,
    /// The rule that decided, with its numbers, if one did.
    pub because: Option<String>,
    /// 0: part of the way; 1: it decides what comes next; 2: somebody is something else now.
    pub weight: u8,
}

/// Keeps the turns that fall into the window.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    lecture: Lecture,
    all: Vec<Turn>,
}

impl Turns {
    pub(super) fn step(
        &mut self,
        step: &StepView<'_>,
        window: &RangeInclusive<u64>,
        limit: usize,
        left_out: &mut LeftOut,
    ) {
        self.lecture.observe(step);
        self.keep(window, limit, left_out);
    }

    pub(super) fn user(&mut self, now: Instant, lane: usize, event: &UserEvent) {
        self.lecture.user(now.at, now.step, crate::ensemble::NodeId(lane as u16), event);
    }

    fn keep(&mut self, window: &RangeInclusive<u64>, limit: usize, left_out: &mut LeftOut) {
        for told in self.lecture.take() {
            if !window.contains(&told.at) {
                continue;
            }
            keep(&mut self.all, limit, &mut left_out.turns, || Turn {
                when: Instant { at: told.at, step: told.step },
                lane: told.who.index(),
                kind: told.kind,
                what: told.what,
                because: told.because,
                weight: match told.weight {
                    Weight::Detail => 0,
                    Weight::Step => 1,
                    Weight::Turn => 2,
                },
            });
        }
    }

    /// All of them, by time.
    pub(super) fn finish(
        mut self,
        window: &RangeInclusive<u64>,
        limit: usize,
        left_out: &mut LeftOut,
    ) -> Vec<Turn> {
        self.lecture.finish();
        self.keep(window, limit, left_out);
        // What was folded is told later than it happened.
        self.all.sort_by_key(|turn| turn.when);
        self.all
    }
}
