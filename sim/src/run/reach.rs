//! A run for the sake of the state that it reaches.

use super::{Ending, Observer, Run, StepView};
use crate::check::{Checks, Violation};
use crate::ensemble::{Effect, Ensemble};
use std::collections::BTreeSet;
use std::io;
use zablab_protocol::ConnId;

/// How handles of connections are given out on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handles {
    /// As they come, as in every other run.
    AsTheyCome,
    /// By pair of servers ([`Pairs`](crate::ensemble::Pairs)).
    ByPair,
}

/// What a run has reached.
pub(crate) struct Reached {
    pub(crate) ensemble: Ensemble,
    /// The monitors as they have watched it.
    pub(crate) checks: Checks,
    /// Virtual nanoseconds.
    pub(crate) at: u64,
    /// Every connection that was made, in order.
    pub(crate) opened: Vec<ConnId>,
    /// Lines whose time or event had not come, or that expected what was not so.
    pub(crate) idle: BTreeSet<u32>,
}

/// Why a run reaches no state that anything could go on from.
#[derive(Clone, Debug)]
pub(crate) enum NotReached {
    /// A property is broken on the way.
    Broken(Violation),
    /// What else stands in the way.
    Other(String),
}

impl NotReached {
    pub(crate) fn words(&self) -> String {
        match self {
            NotReached::Broken(violation) => {
                format!("on the way there {} is broken: {}", violation.property, violation.what)
            }
            NotReached::Other(what) => what.clone(),
        }
    }
}

/// Notes every connection that is made.
#[derive(Default)]
struct Opened(Vec<ConnId>);

impl Observer for Opened {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        self.0.extend(opened(step.effects));
        Ok(())
    }
}

/// The connections that were made.
pub(crate) fn opened(effects: &[Effect]) -> impl Iterator<Item = ConnId> + '_ {
    effects.iter().filter_map(|effect| match effect {
        Effect::Opened { conn, .. } => Some(*conn),
        _ => None,
    })
}

impl Run {
    /// Runs to the end. What the scenario expects is not looked at. The error says why the state is none that anything could go
    /// on from.
    pub(crate) fn reach(mut self, handles: Handles) -> Result<Reached, NotReached> {
        if handles == Handles::ByPair {
            self.timed.ensemble.net.number_by_pair();
        }
        let mut opened = Opened::default();
        let ending = self.run(&mut [&mut opened]).map_err(|error| NotReached::Other(error.to_string()))?;
        if let Some(violation) = self.violations.first() {
            return Err(NotReached::Broken(violation.clone()));
        }
        match ending {
            Ending::Complete => {}
            Ending::Runaway(limit) => {
                return Err(NotReached::Other(format!("it did not come to its end within {limit}")));
            }
            Ending::Interrupted => return Err(NotReached::Other("it was interrupted".to_owned())),
        }
        let unmet = self.unmet.iter().map(|unmet| unmet.line);
        let idle = unmet.chain(self.armed.iter().map(|trigger| trigger.line)).collect();
        let (ensemble, checks, at) = (self.timed.ensemble.clone(), self.checks.clone(), self.timed.now());
        Ok(Reached { ensemble, checks, at, opened: opened.0, idle })
    }
}
