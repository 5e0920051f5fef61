//! Draws: none that matters, if it can be; else the few that do, by name; else the seed as it is.

use super::search::Search;
use super::{ddmin, edit};
use crate::run::pin_of;
use crate::scenario::{Draws, Line, Pin, Scenario, Statement};
use crate::schedule::{Draw, Log};

/// More pins than that say less than a seed: the scenario then keeps its line `draws of seed N`, and says so beside it.
const PINS: usize = 12;

/// More draws than that are not told apart.
const DRAWS: usize = 50_000;

/// How many other seeds are tried before draws are pinned.
const SEEDS: u64 = 8;

/// Tries plain draws.
pub(super) fn plain(search: &mut Search<'_>) -> bool {
    search.best.draws() != Some(Draws::Plain)
        && search.take(edit::with_draws(&search.best, Some(Draws::Plain)))
}

/// Tries the seed that needs no line, and small ones.
pub(super) fn seed(search: &mut Search<'_>) -> bool {
    match search.best.draws() {
        Some(Draws::Seed(seed)) => (0..SEEDS.min(seed)).any(|small| {
            let draws = (small > 0).then_some(Draws::Seed(small));
            search.take(edit::with_draws(&search.best, draws))
        }),
        Some(Draws::Plain) | None => false,
    }
}

/// Pins the draws that matter and lets the rest be plain, where few of them do.
pub(super) fn pins(search: &mut Search<'_>) -> bool {
    if search.best.draws() == Some(Draws::Plain) {
        return false;
    }
    let before = search.best.clone();
    let log = Log::default();
    // A run that panics has no ensemble left to name its draws by.
    let Some(Ok(outcome)) = search.oracle.run(&before, Some(log.clone())) else { return false };
    // Nobody else holds it any more.
    let mut draws: Vec<Draw> = log.lock().map(|draws| draws.clone()).unwrap_or_default();
    draws.retain(|draw| !draw.plain);
    draws.sort_unstable();
    draws.dedup_by_key(|draw| (draw.key, draw.nth));
    if draws.len() > DRAWS {
        return false;
    }
    let mut pins: Vec<(Draw, Pin)> =
        draws.into_iter().filter_map(|draw| Some((draw, pin_of(&draw, &outcome.ensemble)?))).collect();
    let plain = edit::with_draws(&before, Some(Draws::Plain));
    let fails = |search: &mut Search<'_>, pins: &[(Draw, Pin)]| {
        !search.is_over() && search.oracle.fails(&pinned(&plain, pins)).is_some()
    };
    if !fails(search, &pins) {
        return false;
    }
    // Whole kinds first, then whole streams, then draws.
    let levels: [fn(&Draw) -> Draw; 3] = [
        |draw| Draw {
            key: crate::schedule::Key { a: 0, b: 0, number: 0, ..draw.key },
            nth: 0,
            value: 0,
            range: None,
            plain: true,
        },
        |draw| Draw { nth: 0, value: 0, range: None, plain: true, ..*draw },
        |draw| *draw,
    ];
    for level in levels {
        let mut groups: Vec<Draw> = pins.iter().map(|(draw, _)| level(draw)).collect();
        groups.sort_unstable();
        groups.dedup();
        ddmin::reduce(groups.len(), |out| {
            let gone: Vec<Draw> = out.iter().map(|at| groups[*at]).collect();
            let left: Vec<(Draw, Pin)> =
                pins.iter().filter(|(draw, _)| !gone.contains(&level(draw))).cloned().collect();
            let goes = fails(search, &left);
            if goes {
                pins = left;
            }
            goes
        });
    }
    pins.len() <= PINS && search.take(pinned(&plain, &pins))
}

/// The scenario with these draws given.
fn pinned(scenario: &Scenario, pins: &[(Draw, Pin)]) -> Scenario {
    let mut lines = scenario.lines.clone();
    let behind = lines.iter().rposition(|line| matches!(line.statement, Some(Statement::Draws(_))));
    let at = behind.map_or(0, |at| at + 1);
    lines.splice(at..at, pins.iter().map(|(_, pin)| Line::of(Statement::Pin(pin.clone()))));
    Scenario { lines }
}

#[cfg(test)]
mod tests {
    use super::super::oracle::{Failure, Oracle, Target};
    use super::*;
    use crate::scenario::Chance;

    /// zk3 leads where all come up together; where it comes late, another does.
    fn late(draws: &str) -> Scenario {
        let text = format!(
            "ensemble zk1 zk2 zk3\nset boot 300ms..2s\n{draws}\nat 0s start all\nat 9s expect leader zk3\n"
        );
        Scenario::parse("late", &text).unwrap()
    }

    #[test]
    fn the_few_draws_that_matter_are_pinned() {
        let target = Target::Expectation("at 9s    expect leader zk3".to_owned());
        let mut oracle = Oracle::new("late", target, 10_000, &|| false);
        assert_eq!(oracle.fails(&late("draws plain")), None);
        let best =
            (20..80).map(|seed| late(&format!("draws of seed {seed}"))).find(|s| oracle.fails(s).is_some());
        let failure = Failure { unmet: 0, mends: true, at: 0 };
        let mut search =
            Search { best: best.unwrap(), failure, oracle, progress: &mut |_| (), pass: "draws" };
        assert!(pins(&mut search));
        let pinned: Vec<(Chance, &str)> =
            search.best.pins().map(|pin| (pin.chance, pin.who.as_str())).collect();
        assert_eq!(pinned, [(Chance::Boot, "zk3")], "{}", search.best);
        assert_eq!(search.best.draws(), Some(Draws::Plain));
        assert!(search.oracle.fails(&search.best.clone()).is_some());
    }
}
