//! Draws that take another value.

use super::done::Done;
use super::lengths;
use super::place::Place;
use crate::ensemble::Ensemble;
use crate::run::draw_of;
use crate::scenario::{Drawn, Line, Pin, Statement, Time};
use crate::schedule::{Draw, Kind, Stream};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A draw that is given.
pub(super) fn drawn(draw: Draw, pin: Option<Pin>, value: u64, words: String) -> Done {
    let lines = pin.map(|pin| vec![Line::of(Statement::Pin(valued(pin, value)))]);
    Done { words, note: None, interjection: None, given: vec![(draw, value)], lines }
}

/// What is drawn in the step takes this time.
pub(super) fn drawn_as(place: &Place, time: Time) -> Result<Done, String> {
    match place.draws.as_slice() {
        [(draw, pin)] if draw.range.is_some() => {
            Ok(drawn(*draw, pin.clone(), time.0, told(draw, pin.as_ref(), time.0)))
        }
        [_] => Err(format!("what is drawn in step {} is no time; `draw again` draws it anew", place.step)),
        _ => Err(which_draw(place)),
    }
}

/// A draw that was made before the step would change what is said to be as it was.
pub(super) fn pinned(place: &Place, pin: &Pin, ensemble: &Ensemble) -> Result<Done, String> {
    let Some(draw) = draw_of(pin, ensemble) else {
        return Err(format!("`{pin}` names a draw of nobody in this scenario"));
    };
    match place.made {
        None => Err(format!("nobody makes the draw of `{pin}` in this run")),
        Some(made) if made < place.step => Err(format!(
            "the draw of `{pin}` is made in step {made}, before step {}; `--at {made}` changes it",
            place.step
        )),
        Some(_) => Ok(drawn(draw, Some(pin.clone()), draw.value, pin.to_string())),
    }
}

/// The line with another value.
fn valued(pin: Pin, value: u64) -> Pin {
    let value = match pin.value {
        Drawn::Time(_) => Drawn::Time(Time(value)),
        Drawn::Bits(_) => Drawn::Bits(value),
    };
    Pin { value, ..pin }
}

/// What is drawn, and what it takes instead of what it took.
fn told(draw: &Draw, pin: Option<&Pin>, value: u64) -> String {
    let who = pin.map_or("somebody", |pin| &*pin.who);
    let what = match draw.key.kind {
        Kind::Latency => match pin.and_then(|pin| pin.to.as_ref()) {
            Some((to, port)) => format!("the way of a packet from {who} to {to} on the {} port", port.word()),
            None => "the way of a packet".to_owned(),
        },
        Kind::Connect => format!("the way of connection attempt {} by {who}", draw.nth),
        Kind::Boot => format!("the boot of {who}"),
        Kind::Takeover => format!("the way of {who} into its role"),
        Kind::Teardown => format!("the way of {who} out of its role"),
        Kind::Fsync => format!("the fsync of the log of {who}"),
        Kind::Write => format!("the write of a file by {who}"),
        Kind::Task => format!("the wait of a task of {who}"),
        Kind::Loss => format!("the loss at the power failure of {who}"),
        Kind::Client => format!("the way of a request of {who}"),
        Kind::Reconnect => format!("the wait of {who} before the next server"),
        Kind::Work | Kind::Plan => "what a user asks for next".to_owned(),
    };
    match draw.range {
        Some(_) => {
            let [is, was] = lengths(value, draw.value);
            format!("{what} takes {is} instead of {was}")
        }
        None => format!("{what} is decided by {value:#x} instead of {:#x}", draw.value),
    }
}

/// All that is drawn in the step is drawn anew.
pub(super) fn drawn_again(place: &Place) -> Result<Done, String> {
    if place.draws.is_empty() {
        return Err(which_draw(place));
    }
    let fresh: Vec<(Draw, u64)> = place.draws.iter().map(|(draw, _)| (*draw, again(draw))).collect();
    let mut words: Vec<String> = Vec::new();
    let mut lines = Some(Vec::new());
    for ((draw, pin), (_, value)) in place.draws.iter().zip(&fresh) {
        words.push(told(draw, pin.as_ref(), *value));
        match (pin, &mut lines) {
            (Some(pin), Some(lines)) => lines.push(Line::of(Statement::Pin(valued(pin.clone(), *value)))),
            _ => lines = None,
        }
    }
    Ok(Done { words: words.join(", "), note: None, interjection: None, given: fresh, lines })
}

/// Another value from the same range, always the same one.
fn again(draw: &Draw) -> u64 {
    let seed = xxh3_64_with_seed(&draw.value.to_le_bytes(), draw.nth);
    let mut stream = Stream::new(seed, draw.key);
    match draw.range {
        Some(range) => stream.within(range),
        None => stream.bits(),
    }
}

/// Why it is not clear what takes another value.
fn which_draw(place: &Place) -> String {
    let step = place.step;
    let lines: Vec<String> =
        place.draws.iter().filter_map(|(_, pin)| Some(format!("`{}`", pin.as_ref()?))).collect();
    if place.draws.is_empty() {
        return format!("nothing is drawn in step {step}: {}", place.told());
    }
    let count = place.draws.len();
    format!("step {step} makes {count} draws; give the line of one with another value: {}", lines.join(", "))
}
