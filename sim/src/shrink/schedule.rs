//! Schedules: what fails by itself, too, needs none, or only its beginning.

use super::edit;
use super::search::Search;
use crate::scenario::{Scenario, Step, Time};

/// How much longer a run may last once things happen by themselves: virtual seconds.
const LONGER: [u64; 2] = [0, 60];

/// All of it, or its end by quarters, from which on everything happens by itself.
pub(super) fn pass(search: &mut Search<'_>) -> bool {
    let is_next = |at: &usize| matches!(edit::step_of(&search.best.lines[*at]), Some(Step::Next(_)));
    let ordered = edit::steps(&search.best).iter().filter(|at| is_next(at)).count();
    if ordered == 0 {
        return false;
    }
    let mut kept = [0, ordered / 4, ordered / 2, ordered / 4 * 3].to_vec();
    kept.dedup();
    let candidates = kept.into_iter().flat_map(|kept| LONGER.map(|longer| (kept, longer)));
    candidates.into_iter().any(|(kept, longer)| search.take(later(by_itself(&search.best, kept), longer)))
}

/// The scenario with so many lines of its schedule; then everything happens by itself.
fn by_itself(scenario: &Scenario, kept: usize) -> Scenario {
    let mut ordered = 0;
    let mut lines = Vec::new();
    for line in &scenario.lines {
        let mut line = line.clone();
        match edit::step_mut(&mut line) {
            Some(step @ Step::Next(_)) => {
                ordered += 1;
                if ordered == kept + 1 && kept > 0 {
                    *step = Step::Thaw;
                } else if ordered > kept {
                    continue;
                }
            }
            Some(Step::Freeze | Step::Thaw) if ordered > kept || kept == 0 => continue,
            _ => {}
        }
        lines.push(line);
    }
    Scenario { lines }
}

/// The scenario with its last line so much later: that is where it ends.
fn later(mut scenario: Scenario, seconds: u64) -> Scenario {
    if let Some(time) = scenario.lines.last_mut().and_then(edit::time_mut) {
        *time = Time(time.0.saturating_add(seconds * Time::SECOND.0).min(Time::MAX.0));
    }
    scenario
}

#[cfg(test)]
mod tests {
    use super::super::{PANIC, shrink_by};
    use super::*;
    use crate::ensemble::Process;
    use crate::run::{Observer, Outcome, Run};
    use std::io;

    /// A zablab that fails where somebody is up sooner than it can be by itself.
    fn fails(run: Run, observers: &mut [&mut dyn Observer]) -> io::Result<Outcome> {
        let outcome = run.finish(observers)?;
        let up = |process: &Process| matches!(process, Process::Up(_));
        let soon = outcome.virtual_time < 300_000_000;
        assert!(!soon || !outcome.ensemble.nodes.iter().any(|node| up(&node.process)), "up at once");
        Ok(outcome)
    }

    #[test]
    fn a_schedule_that_matters_is_made_small_line_by_line() {
        let mut text = "ensemble zk1 zk2 zk3\nat 0s start all\n   freeze\n".to_owned();
        let mut at = 0;
        for server in ["zk1", "zk2", "zk3"] {
            for what in
                ["booted", "wrote snapshot", "wrote currentEpoch", "wrote acceptedEpoch", "ran packet-loop"]
            {
                at += 1;
                text.push_str(&format!("at {at}.5ms next {server} {what}\n"));
            }
        }
        for again in 1..=16 {
            text.push_str(&format!("at {}ms next zk1 reached zk2 on election\n", 16 + 3 * again));
            text.push_str(&format!("at {}ms next zk2 got connection from zk1 on election\n", 17 + 3 * again));
            text.push_str(&format!("at {}ms reset zk1 from zk2\n", 18 + 3 * again));
        }
        let plan = Scenario::parse("plan", &text).unwrap();
        let small = shrink_by(fails, "plan", &plan, 0, Some(PANIC), &|| false, &mut |_| ()).unwrap();
        assert!(small.finished && small.steps_before == 65);
        let steps: Vec<String> = small.scenario.timed().map(|timed| timed.to_string()).collect();
        assert_eq!(steps, ["at 0s    start all", "at 0s    freeze", "at 0s    next zk1 booted"]);
    }

    #[test]
    fn a_schedule_is_cut_short_or_goes() {
        let text = "ensemble zk1 zk2\nat 0s    freeze\nat 1s    next zk1 booted\nat 2s    next zk2 booted\n\
                    at 3s    thaw\nat 4s    kill zk1\nat 5s    freeze\nat 6s    next zk1 booted\n\
                    at 9s    expect no violation log-order\n";
        let scenario = Scenario::parse("test", text).unwrap();
        let lines = |kept| by_itself(&scenario, kept).to_string();
        assert_eq!(lines(0), "ensemble zk1 zk2\nat 4s    kill zk1\nat 9s    expect no violation log-order\n");
        assert_eq!(
            lines(1),
            "ensemble zk1 zk2\nat 0s    freeze\nat 1s    next zk1 booted\nat 2s    thaw\nat 4s    kill zk1\n\
             at 9s    expect no violation log-order\n"
        );
        assert!(
            lines(2).ends_with("at 5s    freeze\nat 6s    thaw\nat 9s    expect no violation log-order\n")
        );
        assert!(later(scenario, 60).to_string().ends_with("at 69s   expect no violation log-order\n"));
    }
}
