//! What a search came to, for people.

use super::asked::Asked;
use super::going::{Broken, Ended, Explored, Timing};
use super::memory::size;
use super::replay;
use super::words::{Rows, WIDTH, count, grouped, rows, world};
use std::fmt::Write;
use std::path::Path;
use zablab_sim::explore::{Elections, SETTLES, Start};
use zablab_sim::scenario::Time;
use zablab_sim::view::paragraph;
use zablab_sim::{consistency, liveness};

/// Ends that are told apart.
const ENDS: usize = 12;

/// Why most properties are off where some are chosen.
const UNASKED: &str = "not asked for";

/// What is explored: told before it is.
pub(super) fn head(asked: &Asked, start: &Start) -> String {
    format!("{}\n{}", paragraph(&title(asked), WIDTH).join("\n"), rows(&what(asked, start)))
}

/// What it came to; `file` has the scenario that goes the way to what is broken.
pub(super) fn report(asked: &Asked, explored: &Explored, file: Option<&Path>) -> String {
    let mut text = String::new();
    let parts: [String; 4] = [
        rows(&figures(explored)),
        ends(explored),
        rows(&judged(asked, explored)),
        explored.broken.as_ref().map(|found| broken(asked, found, file)).unwrap_or_default(),
    ];
    for part in parts.iter().filter(|part| !part.is_empty()) {
        // Writing to a string does not fail.
        let _ = write!(text, "\n{part}");
    }
    text + "\n" + &verdict(asked, explored) + "\n"
}

fn title(asked: &Asked) -> String {
    let Asked { source, wrong, .. } = asked;
    match asked.preset {
        Some(preset) if asked.own_start => format!("{}{wrong}: {}", source.name, preset.says),
        Some(preset) => format!("{}{wrong}, explored as {}", source.name, preset.name),
        None => format!("{}{wrong}", source.name),
    }
}

fn what(asked: &Asked, start: &Start) -> Rows {
    let at = Time(start.at());
    let servers = start.world.names().join(" ");
    let seed = if asked.seed == 0 { String::new() } else { format!(" with seed {}", asked.seed) };
    let mut all = vec![("start", format!("{servers}, where the scenario ends{seed}, at {at}"))];
    all.extend(world(&asked.bounds, &asked.grain));
    all
}

fn figures(explored: &Explored) -> Rows {
    let looked = match explored.states - explored.looked_at {
        0 => "all of them looked at".to_owned(),
        left => format!("{} of them not looked at", grouped(left as u64)),
    };
    let left_out =
        if explored.reduced { "; orders that come to the same as others were left out" } else { "" };
    let [nodes, links, memories] = explored.parts.map(|parts| grouped(parts as u64));
    let Timing { wall_seconds, cpu_seconds, bytes, resident } = &explored.timing;
    let taken = match resident {
        Some(resident) => format!("{} resident, parts included", size(*resident)),
        None => "what its parts take is not known here".to_owned(),
    };
    vec![
        ("states", format!("{}, {looked}", grouped(explored.states as u64))),
        ("steps", format!("{} taken{left_out}", grouped(explored.generated))),
        ("depth", explored.depth.to_string()),
        ("beyond", format!("{} out of the bounds of epochs and rounds", count(explored.beyond, "step"))),
        (
            "parts",
            format!(
                "{nodes} states of servers, {links} of connections, {memories} of what monitors remember"
            ),
        ),
        (
            "speed",
            format!(
                "{} states a CPU second: {cpu_seconds:.1} s of CPU, {wall_seconds:.1} s",
                grouped(explored.speed())
            ),
        ),
        (
            "memory",
            format!(
                "{} bytes a state ({}, steps included); {taken}",
                explored.bytes_per_state(),
                size(*bytes)
            ),
        ),
    ]
}

fn ends(explored: &Explored) -> String {
    let all: u64 = explored.ends.iter().map(|(_, count)| count).sum();
    if all == 0 {
        return "  ends      none: something leads out of every state that was looked at\n".to_owned();
    }
    let out = if all == 1 { "1 state that nothing leads out of" } else { "states that nothing leads out of" };
    let mut lines = vec![("ends", if all == 1 { out.to_owned() } else { format!("{} {out}", grouped(all)) })];
    let width = grouped(explored.ends.first().map_or(0, |(_, count)| *count)).len();
    for (words, count) in explored.ends.iter().take(ENDS) {
        lines.push(("", format!("{:\u{a0}>width$} {words}", grouped(*count))));
    }
    let rest = &explored.ends[explored.ends.len().min(ENDS)..];
    if !rest.is_empty() {
        let left: u64 = rest.iter().map(|(_, count)| count).sum();
        lines.push(("", format!("{} in {} more ways", grouped(left), rest.len())));
    }
    rows(&lines).replace('\u{a0}', " ")
}

/// Who judges and who does not, and what became of `settles`.
fn judged(asked: &Asked, explored: &Explored) -> Rows {
    let watching = asked.judged();
    let after: Vec<&str> = watching.iter().copied().filter(|name| *name != SETTLES).collect();
    let mut all = Vec::new();
    if asked.aims.settles {
        all.push((SETTLES, settles(asked, explored)));
    }
    if !after.is_empty() {
        all.push(("judged", format!("after every step: {}", after.join(", "))));
    }
    for (why, names) in off(asked) {
        let names = if why == UNASKED { count(names.len() as u64, "other") } else { names.join(", ") };
        all.push(("off", format!("{names} ({why})")));
    }
    all
}

fn settles(asked: &Asked, explored: &Explored) -> String {
    let wanted = match asked.grain.elections {
        Elections::Only => "everybody has decided",
        _ => "everybody serves under one leader",
    };
    let broken = explored.broken.as_ref();
    match explored.ended {
        _ if broken.is_some_and(|broken| broken.property == SETTLES) => "is broken, see below".to_owned(),
        Ended::Broken => "is not judged, for the search ended before".to_owned(),
        Ended::Complete if explored.waiting > 0 => format!(
            "is open: from {} a state in which {wanted} needs one more notification time-out than the bounds allow",
            count(explored.waiting as u64, "state")
        ),
        Ended::Complete => format!("holds: every state leads to one in which {wanted}, or out of the bounds"),
        _ => format!("is open: nothing shows yet that a state in which {wanted} cannot be reached"),
    }
}

/// The properties that are not judged, and why not.
pub(super) fn off(asked: &Asked) -> Vec<(&'static str, Vec<&'static str>)> {
    let names =
        |all: &[zablab_sim::check::Property]| all.iter().map(|property| property.name).collect::<Vec<_>>();
    let mut unasked: Vec<&str> = names(zablab_sim::check::Checks::PROPERTIES);
    unasked.retain(|name| !asked.judges.include(name));
    unasked.extend((!asked.aims.settles).then_some(SETTLES));
    let all = [
        (UNASKED, unasked),
        (
            "they say what must come in time, and no time passes here: settles stands in their place",
            names(liveness::PROPERTIES),
        ),
        ("they judge what clients were told, and there are none here", names(consistency::PROPERTIES)),
    ];
    all.into_iter().filter(|(_, names)| !names.is_empty()).collect()
}

fn broken(asked: &Asked, broken: &Broken, file: Option<&Path>) -> String {
    let mut text = format!("{} IS BROKEN\n", broken.property);
    let line = |text: &mut String, indent: usize, what: &str| {
        for (at, line) in paragraph(what, WIDTH - indent).iter().enumerate() {
            let blanks = if at == 0 { 0 } else { indent };
            // Writing to a string does not fail.
            let _ = writeln!(text, "{:blanks$}{line}", "");
        }
    };
    text.push_str("  ");
    line(&mut text, 2, &broken.what);
    let mut again = String::from("\n  ");
    line(&mut again, 2, &replay::words(asked, broken, file));
    if broken.told.is_empty() {
        text.push_str("\n  and that is so at the start\n");
        return text + &again;
    }
    let _ = writeln!(text, "\n  the way there, {}:", count(broken.told.len() as u64, "step"));
    let width = broken.told.len().to_string().len();
    for (at, step) in broken.told.iter().enumerate() {
        let _ = write!(text, "    {:>width$}  ", at + 1);
        line(&mut text, 6 + width, step);
    }
    text + &again
}

fn verdict(asked: &Asked, explored: &Explored) -> String {
    let depth = explored.broken.as_ref().map_or(0, |broken| broken.path.len() as u64);
    let why = match explored.ended {
        Ended::Depth => format!("behind {}", count(asked.bounds.depth.into(), "step")),
        Ended::Time => "when the time was over".to_owned(),
        Ended::Memory => "when the memory was taken".to_owned(),
        Ended::States => "at as many states as asked for".to_owned(),
        _ => String::new(),
    };
    match (&explored.broken, explored.ended) {
        (Some(broken), _) => {
            format!("VIOLATED: {}, {} from the start.", broken.property, count(depth, "step"))
        }
        (None, Ended::Interrupted) => "INTERRUPTED: nothing was found up to there.".to_owned(),
        (None, Ended::Complete) if explored.waiting > 0 => {
            "COMPLETE: every state within the bounds was looked at; settles is open.".to_owned()
        }
        (None, Ended::Complete | Ended::Broken) => {
            "COMPLETE: every state within the bounds was looked at, and all held.".to_owned()
        }
        (None, _) => format!("NOT COMPLETE: stopped {why}; nothing was found up to there."),
    }
}
