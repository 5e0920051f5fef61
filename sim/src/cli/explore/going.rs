//! The search under way, and what it comes to.

use super::super::clock::{cpu_seconds, now};
use super::asked::{Aims, Limits};
use super::bar::Bar;
use super::memory::resident;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use zablab_sim::explore::{
    Counterexample, Elections, Found, Move, SETTLES, Search, Standing, Start, standing,
};

/// States that are looked at between two glances at the limits.
const SLICE: usize = 100;

/// Why a search went no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Every state within the bounds was looked at.
    Complete,
    /// A step breaks a property.
    Broken,
    /// No path may be longer.
    Depth,
    /// The time was over.
    Time,
    /// The memory was taken.
    Memory,
    /// There were as many states as asked for.
    States,
    /// Somebody asked for an end.
    Interrupted,
}

impl Ended {
    /// In a word.
    pub(super) fn name(self) -> &'static str {
        match self {
            Ended::Complete => "complete",
            Ended::Broken => "violated",
            Ended::Depth => "depth",
            Ended::Time => "time",
            Ended::Memory => "memory",
            Ended::States => "states",
            Ended::Interrupted => "interrupted",
        }
    }
}

/// What is broken, and the way to it.
pub(super) struct Broken {
    pub(super) property: &'static str,
    pub(super) what: String,
    pub(super) path: Vec<Move>,
    /// The path, step by step.
    pub(super) told: Vec<String>,
    /// The scenario that goes it, where one was made.
    pub(super) again: Option<Result<Counterexample, String>>,
}

/// What a search came to.
pub(super) struct Explored {
    pub(super) ended: Ended,
    pub(super) states: usize,
    /// Those whose steps were all taken.
    pub(super) looked_at: usize,
    pub(super) generated: u64,
    pub(super) depth: usize,
    pub(super) beyond: u64,
    /// Orders that come to the same were left out.
    pub(super) reduced: bool,
    /// States of servers, of connections, and of the monitors' memory.
    pub(super) parts: [usize; 3],
    /// How the servers stand where nothing leads on, the most frequent first.
    pub(super) ends: Vec<(String, u64)>,
    pub(super) broken: Option<Broken>,
    /// States from which all settles only if a LOOKING server waits once more than the bounds allow; none where that was not
    /// judged.
    pub(super) waiting: usize,
    pub(super) timing: Timing,
}

/// What depends on the machine that explored.
pub(super) struct Timing {
    pub(super) wall_seconds: f64,
    pub(super) cpu_seconds: f64,
    /// Of all states and the steps between them.
    pub(super) bytes: usize,
    /// Of the whole process, where the system says so.
    pub(super) resident: Option<usize>,
}

pub(super) fn explore(start: &Start, aims: &Aims, stop: &AtomicBool) -> Explored {
    let (began, cpu) = (now(), cpu_seconds());
    let mut search = Search::from(&start.world, &start.model);
    if aims.full {
        search = search.in_full();
    }
    let mut ended = go(&mut search, &aims.limits, stop);
    let mut near = start.model.clone();
    if search.is_reduced()
        && let Some(found) = search.found()
    {
        // By an order that was left out it may be nearer.
        near.bounds.depth = u32::try_from(found.path.len()).unwrap_or(u32::MAX);
        let mut whole = Search::from(&start.world, &near).in_full();
        let came_to = go(&mut whole, &aims.limits, stop);
        if whole.found().is_some() {
            (search, ended) = (whole, came_to);
        }
    }
    let timing = Timing {
        wall_seconds: began.elapsed().as_secs_f64(),
        cpu_seconds: cpu_seconds() - cpu,
        bytes: search.bytes(),
        resident: resident(),
    };
    let broken = broken(start, aims, &mut search);
    let names = start.world.names();
    let mut ends: Vec<(String, u64)> =
        search.ends().into_iter().map(|(all, count)| (standing(&names, &all), count)).collect();
    ends.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Explored {
        ended,
        states: search.states(),
        looked_at: search.looked_at(),
        generated: search.generated(),
        depth: search.depth(),
        beyond: search.beyond(),
        reduced: search.is_reduced(),
        parts: search.parts(),
        ends,
        waiting: if aims.settles && ended == Ended::Complete { search.waiting() } else { 0 },
        broken,
        timing,
    }
}

fn go(search: &mut Search<'_>, limits: &Limits, stop: &AtomicBool) -> Ended {
    let began = now();
    let mut bar = Bar::new();
    let taken = |search: &Search<'_>| resident().unwrap_or_else(|| search.bytes());
    let (mut memory, mut weighed) = (taken(search), began);
    let stopped = loop {
        // To weigh the process costs as much as many states.
        if weighed.elapsed() >= Duration::from_millis(50) {
            (memory, weighed) = (taken(search), now());
            bar.show(search, memory);
        }
        match () {
            () if stop.load(Ordering::Relaxed) => break Some(Ended::Interrupted),
            () if limits.time.is_some_and(|limit| began.elapsed() >= limit) => break Some(Ended::Time),
            () if memory >= limits.memory => break Some(Ended::Memory),
            () if limits.states.is_some_and(|limit| search.states() >= limit) => break Some(Ended::States),
            () if !search.advance(SLICE) => break None,
            () => {}
        }
    };
    bar.clear();
    match stopped {
        _ if search.is_complete() => Ended::Complete,
        Some(ended) => ended,
        None if search.found().is_some() => Ended::Broken,
        None => Ended::Depth,
    }
}

/// What a step breaks; else a state from which nothing that is settled can be reached.
fn broken(start: &Start, aims: &Aims, search: &mut Search<'_>) -> Option<Broken> {
    if let Some(Found { violation, path }) = search.found() {
        let told = start.world.tell(&path, &start.model);
        return Some(Broken { property: violation.property, what: violation.what, path, told, again: None });
    }
    let path = aims.settles.then(|| search.stuck()).flatten()?;
    let told = start.world.tell(&path, &start.model);
    let wanted = match start.model.grain.elections {
        Elections::Only => "nothing leads to a state in which everybody has decided",
        _ => "nothing leads to a state in which everybody serves under one leader",
    };
    let standings: Vec<Standing> = search.world(&path).standings(&start.model);
    let what = format!("{wanted} from where {}", standing(&start.world.names(), &standings));
    Some(Broken { property: SETTLES, what, path, told, again: None })
}

impl Explored {
    /// States a CPU second.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It is a measurement.
    pub(super) fn speed(&self) -> u64 {
        (self.states as f64 / self.timing.cpu_seconds.max(0.001)) as u64
    }

    /// Without the parts.
    pub(super) fn bytes_per_state(&self) -> usize {
        self.timing.bytes / self.states.max(1)
    }

    /// What became of [`SETTLES`], if that was asked for: it holds, is broken, is open, or unjudged since the search ended before.
    pub(super) fn settles(&self, aims: &Aims) -> Option<&'static str> {
        let broken = self.broken.as_ref().is_some_and(|broken| broken.property == SETTLES);
        aims.settles.then_some(match self.ended {
            _ if broken => "broken",
            Ended::Broken => "unjudged",
            Ended::Complete if self.waiting == 0 => "holds",
            _ => "open",
        })
    }
}
