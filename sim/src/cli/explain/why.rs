//! `--why zk1@30s`: one party at one moment.

use super::super::again::Again;
use super::super::{BadInput, Outcome, Output, Status};
use super::hint;
use serde_json::json;
use std::io::{self, Write};
use zablab_sim::ensemble::{Ensemble, NodeId};
use zablab_sim::explain::Style;
use zablab_sim::run::{Observer, StepView};
use zablab_sim::scenario::Time;
use zablab_sim::view::{Account, Why, paragraph, seconds};

/// A party and a virtual time.
#[derive(Clone, Debug)]
pub(crate) struct At {
    who: String,
    time: Time,
}

/// Reads `zk1@30s`.
pub(crate) fn at(text: &str) -> Result<At, String> {
    let expected = "expected a server or client and a time, such as zk1@30s";
    let (who, time) = text.split_once('@').ok_or_else(|| format!("it has no `@`; {expected}"))?;
    if who.is_empty() {
        return Err(format!("it names nobody before `@`; {expected}"));
    }
    let time = Time::parse(time).ok_or_else(|| format!("`{time}` is no time; {expected}"))?;
    Ok(At { who: who.to_owned(), time })
}

/// Keeps what is to be said at a moment.
struct Watch {
    why: Why,
    who: NodeId,
    until: u64,
    account: Account,
    /// The instant of the last step up to then.
    last: u64,
}

impl Observer for Watch {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        if step.moment.at <= self.until {
            self.why.observe(step);
            self.account = self.why.of(step.ensemble, self.who);
            self.last = step.moment.at;
        }
        Ok(())
    }
}

pub(super) fn exec(again: Again, at: &At, style: Style, as_json: bool) -> Outcome {
    let ensemble: &Ensemble = again.run().ensemble();
    let ids = || ensemble.ids().chain(ensemble.client_ids());
    let (name, _, _, seed) = again.parts();
    let Some(who) = ids().find(|id| ensemble.name(*id) == at.who) else {
        let hint = hint(&at.who, ids().map(|id| ensemble.name(id)).collect::<Vec<_>>().into_iter());
        return Err(BadInput(format!("{name} has no server or client `{}`; {hint}", at.who)));
    };
    let why = Why::default();
    let account = why.of(ensemble, who);
    let mut watch = Watch { why, who, until: at.time.0, account, last: 0 };
    let Some(outcome) = again.finish(&mut watch)? else { return Ok(Status::Interrupted) };
    if at.time.0 > outcome.virtual_time {
        let end = seconds(outcome.virtual_time);
        return Err(BadInput(format!("{name} is over at {end} s; {} is behind that", at.time)));
    }
    let mut out = Output::new();
    let Account { is, why, needs } = watch.account;
    if as_json {
        let report = json!({
            "scenario": name, "seed": seed.to_string(), "who": at.who, "at": at.time.0,
            "is": is, "why": why, "needs": needs,
        });
        writeln!(out, "{report:#}")?;
    } else {
        writeln!(out, "{name}, seed {seed}, at {} s:", seconds(at.time.0))?;
        let sentences = is.iter().map(|text| (0, text)).chain(why.iter().chain(&needs).map(|text| (2, text)));
        for (indent, text) in sentences {
            for line in paragraph(text, style.width.saturating_sub(indent)) {
                writeln!(out, "{:indent$}{line}", "")?;
            }
        }
    }
    out.flush()?;
    Ok(Status::Held)
}
