//! The name of a moment, `NAME:SEED@STEP#hash8`: a run up to a step, and what it had become by then.

use crate::run::{Ending, Limits, Observer, Outcome, Run, StepView, UserEvent};
use crate::trace::RunHash;
use std::fmt;
use std::io;
use std::str::FromStr;

/// A moment of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The scenario's name.
    pub name: String,
    /// The seed.
    pub seed: u64,
    /// The last step that is part of it; 0 before the first.
    pub step: u64,
    /// The first eight digits of the run's hash by then: another build, or another scenario of that name, is told by it.
    pub hash: String,
}

/// Why a text is no name of a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadMoment(String);

impl fmt::Display for BadMoment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadMoment {}

/// Why a run has no such moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missed {
    /// It is over before.
    TooShort {
        /// After so many steps.
        steps: u64,
    },
    /// It has become something else by then.
    Another {
        /// The first eight digits of its hash.
        hash: String,
    },
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missed::TooShort { steps } => write!(f, "the run is over after step {steps}"),
            Missed::Another { hash } => write!(
                f,
                "the run has hash {hash} at that step: the moment is of another build, or of another scenario of that name"
            ),
        }
    }
}

impl std::error::Error for Missed {}

impl Moment {
    /// The moment after a step.
    pub fn new(name: &str, seed: u64, step: u64, hash: RunHash) -> Moment {
        Moment { name: name.to_owned(), seed, step, hash: hash.short() }
    }

    /// Whether somebody who wrote this may have meant a moment: no scenario's name has such signs.
    pub fn is_meant(text: &str) -> bool {
        text.contains(['@', '#'])
    }

    /// Makes a run of its scenario and seed up to this moment. Nobody is shown a step behind it. The outcome is that of the
    /// moment, and its ending that of a run that was stopped there.
    pub fn reach(
        &self,
        mut run: Run,
        observers: &mut [&mut dyn Observer],
    ) -> io::Result<Result<Outcome, Missed>> {
        run.limit(Limits { steps: self.step, ..Limits::default() });
        let mut until = Until { last: self.step, ..Until::of(self, observers) };
        let mut outcome = run.finish(&mut [&mut until])?;
        let hash = match until.hash(self, &outcome) {
            Ok(Some(hash)) => hash,
            Ok(None) => return Ok(Ok(outcome)),
            Err(missed) => return Ok(Err(missed)),
        };
        // Several steps can be made at once before a run stops.
        (outcome.steps, outcome.hash) = (self.step, hash);
        Ok(Ok(outcome))
    }

    /// Makes a run of its scenario and seed that passes this moment, to its own end.
    pub fn pass(&self, run: Run, observers: &mut [&mut dyn Observer]) -> io::Result<Result<Outcome, Missed>> {
        let mut until = Until::of(self, observers);
        let outcome = run.finish(&mut [&mut until])?;
        Ok(until.hash(self, &outcome).map(|_| outcome))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Moment { name, seed, step, hash } = self;
        write!(f, "{name}:{seed}@{step}#{hash}")
    }
}

impl FromStr for Moment {
    type Err = BadMoment;

    fn from_str(text: &str) -> Result<Moment, BadMoment> {
        let wrong = |what: String| BadMoment(format!("`{text}` {what}; a moment is NAME:SEED@STEP#HASH"));
        let part = |text: &str, sign: char, what: &str| match text.rsplit_once(sign) {
            Some((before, behind)) => Ok((before.to_owned(), behind.to_owned())),
            None => Err(wrong(format!("has no `{sign}` before {what}"))),
        };
        let number = |text: &str, what: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = digits.then(|| text.parse().ok()).flatten();
            number.ok_or_else(|| wrong(format!("has {what} `{text}`, which is no number")))
        };
        let (head, hash) = part(text, '#', "a hash")?;
        if hash.len() != 8 || !hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(wrong(format!("has hash `{hash}`, which is not of eight digits 0 to f")));
        }
        let (head, step) = part(&head, '@', "a step")?;
        let step = number(&step, "step")?;
        let (name, seed) = part(&head, ':', "a seed")?;
        let seed = number(&seed, "seed")?;
        if name.is_empty() {
            return Err(wrong("names no scenario".to_owned()));
        }
        Ok(Moment { name, seed, step, hash })
    }
}

/// Shows observers a run up to a step, and knows what it had become by the moment.
struct Until<'a, 'o> {
    step: u64,
    /// The last step that is shown.
    last: u64,
    found: Option<RunHash>,
    observers: &'a mut [&'o mut dyn Observer],
}

impl<'a, 'o> Until<'a, 'o> {
    fn of(moment: &Moment, observers: &'a mut [&'o mut dyn Observer]) -> Until<'a, 'o> {
        let found = (moment.step == 0).then(|| RunHash::new(moment.seed));
        Until { step: moment.step, last: u64::MAX, found, observers }
    }

    /// The run's hash by the moment; `None` where it was interrupted before.
    fn hash(&self, moment: &Moment, outcome: &Outcome) -> Result<Option<RunHash>, Missed> {
        match self.found {
            Some(hash) if hash.short() == moment.hash => Ok(Some(hash)),
            Some(hash) => Err(Missed::Another { hash: hash.short() }),
            None if outcome.ending == Ending::Interrupted => Ok(None),
            None => Err(Missed::TooShort { steps: outcome.steps }),
        }
    }
}

impl Observer for Until<'_, '_> {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        if step.moment.step > self.last {
            return Ok(());
        }
        if step.moment.step == self.step {
            self.found = Some(step.hash);
        }
        self.observers.iter_mut().try_for_each(|observer| observer.step(step))
    }

    fn user(&mut self, at: u64, client: &str, event: &UserEvent) -> io::Result<()> {
        self.observers.iter_mut().try_for_each(|observer| observer.user(at, client, event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundled;
    use crate::scenario::Scenario;

    #[derive(Default)]
    struct Last(u64, Option<RunHash>);

    impl Observer for Last {
        fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
            (self.0, self.1) = (step.moment.step, Some(step.hash));
            Ok(())
        }
    }

    fn run(name: &str) -> Run {
        let text = bundled::find(name).unwrap();
        Run::new(name, text, &Scenario::parse(name, text).unwrap(), 0).unwrap()
    }

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for text in ["kill-leader:0@900#00ff12ab", "a/b:c@d#e.zab:18446744073709551615@0#12345678"] {
            assert_eq!(text.parse::<Moment>().unwrap().to_string(), text);
        }
        for (text, what) in [
            ("kill-leader", "has no `#` before a hash"),
            ("kill-leader:0@9#123", "has hash `123`"),
            ("kill-leader:0@9#1234567G", "has hash `1234567G`"),
            ("kill-leader:0#12345678", "has no `@` before a step"),
            ("kill-leader:0@+9#12345678", "has step `+9`, which is no number"),
            ("kill-leader@9#12345678", "has no `:` before a seed"),
            ("kill-leader:@9#12345678", "has seed ``, which is no number"),
            (":0@9#12345678", "names no scenario"),
        ] {
            let error = text.parse::<Moment>().unwrap_err().to_string();
            assert!(error.contains(what) && error.contains(text), "{error}");
        }
    }

    #[test]
    fn a_run_stops_at_its_moment() {
        let name = "start-in-order";
        let mut last = Last::default();
        let whole = run(name).finish(&mut [&mut last]).unwrap();
        assert_eq!((last.0, last.1), (whole.steps, Some(whole.hash)));
        // Every step has its moment, those that are made at once included.
        for step in [0, 1, 2, 3, whole.steps / 2, whole.steps] {
            let hash = match step {
                0 => RunHash::new(0),
                _ => {
                    let anything = Moment { name: name.to_owned(), seed: 0, step, hash: String::new() };
                    let mut last = Last::default();
                    let missed = anything.reach(run(name), &mut [&mut last]).unwrap().unwrap_err();
                    let hash = last.1.unwrap();
                    assert_eq!(missed, Missed::Another { hash: hash.short() });
                    hash
                }
            };
            let mut last = Last::default();
            let moment = Moment::new(name, 0, step, hash);
            let outcome = moment.reach(run(name), &mut [&mut last]).unwrap().unwrap();
            assert_eq!((last.0, outcome.steps, outcome.hash), (step, step, hash));
            let mut last = Last::default();
            let outcome = moment.pass(run(name), &mut [&mut last]).unwrap().unwrap();
            assert_eq!((last.0, outcome.hash), (whole.steps, whole.hash));
            let another = Moment { hash: "00000000".to_owned(), ..moment };
            let missed = another.pass(run(name), &mut []).unwrap().unwrap_err();
            assert_eq!(missed, Missed::Another { hash: hash.short() });
        }
        let late = Moment::new(name, 0, whole.steps + 1, whole.hash);
        for missed in [late.reach(run(name), &mut []), late.pass(run(name), &mut [])] {
            assert_eq!(missed.unwrap().unwrap_err(), Missed::TooShort { steps: whole.steps });
        }
    }
}
