//! Steps that wait for an event instead of a time: where no round time will do, what matters is what came before.

use super::edit;
use super::round::roundness;
use super::search::Search;
use crate::ensemble::{Action, Effect};
use crate::run::{Observer, StepView};
use crate::scenario::{
    Event, File, Line, Moment, Occurrence, Packet, Prefix, Scenario, ServerRef, Statement, Step, Time, Timed,
    Trigger,
};
use std::io;
use zablab_protocol::Decision;

/// So many events before a step are tried for it, at most.
const NEAREST: usize = 12;

/// A step does not wait for later ones of a kind than this: nobody counts them.
const NTH: usize = 5;

/// Each step in turn whose time is not round.
pub(super) fn pass(search: &mut Search<'_>) -> bool {
    let before = search.best.clone();
    for at in edit::steps(&before) {
        // A schedule has times.
        if matches!(edit::step_of(&search.best.lines[at]), Some(Step::Freeze | Step::Thaw | Step::Next(_))) {
            continue;
        }
        let time = match &search.best.lines[at].statement {
            Some(Statement::Timed(Timed { prefix: Prefix::At(time), .. })) if roundness(*time) > 0 => *time,
            _ => continue,
        };
        let mut seen = Seen { until: time, events: Vec::new() };
        if search.is_over() || search.oracle.told(&search.best.clone(), &mut seen).is_none() {
            continue;
        }
        for trigger in seen.triggers() {
            if search.take(with(&search.best, at, Prefix::When(trigger))) {
                break;
            }
        }
    }
    // What waits for an event stands behind what has a time.
    search.best = edit::bare(&search.best);
    search.best != before
}

fn with(scenario: &Scenario, at: usize, prefix: Prefix) -> Scenario {
    let line = |(place, line): (usize, &Line)| {
        let mut line = line.clone();
        if let (true, Some(Statement::Timed(timed))) = (place == at, &mut line.statement) {
            timed.prefix = prefix.clone();
        }
        line
    };
    Scenario { lines: scenario.lines.iter().enumerate().map(line).collect() }
}

/// What a trigger could have waited for, up to an instant.
struct Seen {
    until: Time,
    events: Vec<(u64, Event)>,
}

impl Seen {
    /// The triggers that fire at the last events, the nearest to the instant first: counted from the start where that is
    /// a small number, else from the last whole second.
    fn triggers(&self) -> Vec<Trigger> {
        let second = Time(self.until.0 / Time::SECOND.0 * Time::SECOND.0);
        let mut all: Vec<Trigger> = Vec::new();
        let mut nearest = 0;
        for (place, (at, event)) in self.events.iter().enumerate().rev() {
            if nearest >= NEAREST {
                break;
            }
            let earlier = self.events[..=place].iter().filter(|(_, other)| other == event);
            let since = earlier.clone().filter(|(at, _)| *at >= second.0).count();
            let (armed, nth) = match earlier.count() {
                nth if nth <= NTH => (None, nth),
                _ if (1..=NTH).contains(&since) && *at >= second.0 => (Some(second), since),
                _ => continue,
            };
            nearest += 1;
            let nth = u32::try_from(nth).unwrap_or(u32::MAX);
            all.push(Trigger { armed, must_fire: true, event: event.clone(), nth, within: None });
        }
        all
    }
}

impl Observer for Seen {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        let at = step.moment.at;
        if at > self.until.0 {
            return Ok(());
        }
        let first = self.events.len();
        let mut add = |node, occurrence| {
            let server = ServerRef::Name(step.ensemble.name(node).to_owned());
            let event = Event { moment: Moment::After, server, occurrence };
            // A trigger counts an action once.
            if self.events[first..].iter().all(|(_, other)| *other != event) {
                self.events.push((at, event));
            }
        };
        for effect in step.effects {
            match effect {
                Effect::DiskWrote { node, op } => {
                    if let Some(file) = File::ALL.iter().find(|file| file.word() == op.file()) {
                        add(*node, Occurrence::Wrote { file: *file, number: None });
                    }
                }
                Effect::Decided { node, decision } if tells(decision) => {
                    add(*node, Occurrence::Decided(decision.name().to_owned()));
                }
                _ => {}
            }
        }
        if let (Some(delivered), Action::Deliver { to, .. }) = (step.delivered, step.action)
            && step.ensemble.client(*to).is_none()
            && let Some(packet) = Packet::ALL.iter().find(|packet| packet.word() == delivered.packet.name())
        {
            let from = Some(ServerRef::Name(step.ensemble.name(delivered.from).to_owned()));
            add(*to, Occurrence::Got { packet: *packet, from });
        }
        Ok(())
    }
}

/// Whether it comes seldom enough to stand for a moment.
fn tells(decision: &Decision) -> bool {
    !matches!(decision, Decision::Heard { .. })
}

#[cfg(test)]
mod tests {
    use super::super::oracle::{Failure, Oracle, Target};
    use super::*;

    const KILLED: &str = "\
ensemble zk1 zk2 zk3
set boot 300ms..2s
draws of seed 3
at 0s       start all
at 3.2345s  kill zk3
at 5s       start zk3
at 9s       expect leader zk3
";

    #[test]
    fn a_step_at_an_odd_time_waits_for_an_event_and_one_at_a_round_time_for_none() {
        let killed = Scenario::parse("killed", KILLED).unwrap();
        let target = Target::Expectation("at 9s       expect leader zk3".to_owned());
        let target = match (target, edit::bare(&killed).timed().last()) {
            (Target::Expectation(_), Some(last)) => Target::Expectation(last.to_string()),
            (target, _) => target,
        };
        let mut oracle = Oracle::new("killed", target, 10_000, &|| false);
        let failure = oracle.fails(&killed).unwrap();
        assert_eq!(failure, Failure { unmet: 0, mends: true, at: 9_000_000_000 });
        let mut search = Search { best: killed, failure, oracle, progress: &mut |_| (), pass: "events" };
        assert!(pass(&mut search));
        let prefixes: Vec<Prefix> = search.best.timed().map(|timed| timed.prefix.clone()).collect();
        let triggers: Vec<&Trigger> = prefixes
            .iter()
            .filter_map(|prefix| match prefix {
                Prefix::When(trigger) => Some(trigger),
                _ => None,
            })
            .collect();
        assert!(matches!(triggers[..], [Trigger { must_fire: true, within: None, .. }]), "{}", search.best);
        assert!(search.oracle.fails(&search.best.clone()).is_some());
        let read = Scenario::parse("again", &search.best.to_string()).unwrap();
        assert_eq!(read, search.best);
        assert!(!pass(&mut search), "{}", search.best);
    }
}
