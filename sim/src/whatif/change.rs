//! The one thing that is changed.

use super::place::{Place, Sent};
use crate::ensemble::Ensemble;
use crate::run::{Interjection, Run, draw_of};
use crate::scenario::{
    Action, Diagnostic, Direction, Drawn, Line, Links, Pin, Prefix, Scenario, ServerRef, Servers, Statement,
    Step, Time, between,
};
use crate::schedule::{Draw, Key, Stream};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A step of the scenario language, right behind the step.
    Step(Step),
    /// The packet that the step delivers, or sends to this party, never arrives.
    Drop(Option<String>),
    /// It arrives so much later.
    Delay(Time, Option<String>),
    /// What is drawn in the step is drawn anew.
    DrawAgain,
    /// What is drawn in the step takes this value.
    Draw(Time),
    /// This draw, which is made in the step or later, takes this value.
    Pin(Pin),
}

/// A change, at its place in a run.
pub(super) struct Done {
    pub(super) words: String,
    pub(super) note: Option<String>,
    pub(super) interjection: Option<Interjection>,
    /// The draws that are given, and their values.
    pub(super) given: Vec<(Draw, u64)>,
    /// The lines that say the same in the scenario; `None` where a draw has no name in the language.
    pub(super) lines: Option<Vec<Line>>,
}

impl Done {
    /// Does it to a run that is about to be made.
    pub(super) fn to(&self, run: &mut Run) {
        if let Some(interjection) = &self.interjection {
            run.interject(interjection.clone());
        }
        let given = self.given.iter().map(|(draw, value)| ((draw.key, draw.nth), *value));
        run.give_draws(given);
    }
}

/// What a change can be, for whoever wrote something else.
const KNOWN: &str = "a change is `drop`, `delay TIME`, `draw again`, `draw TIME`, a `pin …` line, or any step of the \
scenario language such as `kill zk1`, `cut zk1 from zk2 on quorum` or `pause zk1`";

impl Change {
    /// Reads a change of a run of this scenario.
    pub fn parse(text: &str, scenario: &Scenario) -> Result<Change, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err(format!("the change is empty; {KNOWN}"));
        }
        if text.contains(|c: char| c.is_control()) {
            return Err(format!("the change has more than one line; {KNOWN}"));
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let time = |word: &str| {
            Time::parse(word)
                .ok_or_else(|| format!("`{word}` is no time; expected one such as `5ms` or `1.5s`"))
        };
        let party = |name: &str| {
            let known = parties(scenario);
            if known.iter().any(|party| party == name) {
                Ok(Some(name.to_owned()))
            } else {
                Err(format!("`{name}` is no server or client of this scenario; it has {}", known.join(", ")))
            }
        };
        match words.as_slice() {
            ["drop"] => Ok(Change::Drop(None)),
            ["drop", "to", name] => Ok(Change::Drop(party(name)?)),
            ["drop", ..] => Err("expected `drop` or `drop to SERVER`".to_owned()),
            ["delay", by] => Ok(Change::Delay(time(by)?, None)),
            ["delay", by, "to", name] => Ok(Change::Delay(time(by)?, party(name)?)),
            ["delay", ..] => Err("expected `delay TIME` or `delay TIME to SERVER`".to_owned()),
            ["draw", "again"] => Ok(Change::DrawAgain),
            ["draw", value] => Ok(Change::Draw(time(value)?)),
            ["draw", ..] => Err("expected `draw again` or `draw TIME`".to_owned()),
            ["pin", ..] => pin(text, scenario).map(Change::Pin).map_err(|error| error.to_string()),
            ["crash", rest @ ..] => step(&format!("kill {}", rest.join(" ")), scenario),
            _ => step(text, scenario),
        }
    }

    /// What it comes to at a step of the run.
    pub(super) fn at(&self, place: &Place, ensemble: &Ensemble) -> Result<Done, String> {
        match self {
            Change::Step(step) => {
                Ok(interjected(place.step, behind(place), step.clone(), step.to_string(), None))
            }
            Change::Drop(to) => dropped(place, to.as_deref()),
            Change::Delay(by, to) => delayed(place, *by, to.as_deref()),
            Change::DrawAgain => drawn_again(place),
            Change::Draw(time) => match place.draws.as_slice() {
                [(draw, pin)] if draw.range.is_some() => {
                    let words = format!("{} instead of {}", Time(time.0), Time(draw.value));
                    Ok(drawn(*draw, pin.clone(), time.0, words))
                }
                [_] => Err(format!(
                    "what is drawn in step {} is no time; `draw again` draws it anew",
                    place.step
                )),
                _ => Err(which_draw(place)),
            },
            Change::Pin(pin) => pinned(place, pin, ensemble),
        }
    }

    /// The draw that it names.
    pub(super) fn pinned(&self, ensemble: &Ensemble) -> Option<(Key, u64)> {
        let Change::Pin(pin) = self else { return None };
        draw_of(pin, ensemble).map(|draw| (draw.key, draw.nth))
    }
}

fn parties(scenario: &Scenario) -> Vec<String> {
    let servers = scenario.servers().into_iter().map(|server| server.name);
    let clients = scenario.clients().into_iter().map(|client| client.name);
    let loads = scenario.workloads();
    let users: Vec<String> = loads.iter().flat_map(|load| load.client_names()).collect();
    servers.chain(clients).chain(users).collect()
}

/// A line read among the declarations of a scenario.
fn read(line: &str, scenario: &Scenario) -> Result<Scenario, Diagnostic> {
    let mut text = format!("{line}\n");
    for declared in &scenario.lines {
        if let Some(statement @ (Statement::Ensemble(_) | Statement::Client(_) | Statement::Workload(_))) =
            &declared.statement
        {
            text.push_str(&format!("{statement}\n"));
        }
    }
    // A pin alone makes nothing happen, and that is no scenario.
    text.push_str("at 0s end\n");
    Scenario::parse("the change", &text)
}

fn step(text: &str, scenario: &Scenario) -> Result<Change, String> {
    step_of(text, scenario).map(Change::Step).map_err(|error| format!("{error}\n{KNOWN}"))
}

/// A step of the scenario language, alone.
pub(crate) fn step_of(text: &str, scenario: &Scenario) -> Result<Step, String> {
    if text.contains(|c: char| c.is_control()) {
        return Err("a step is one line".to_owned());
    }
    let read = read(&format!("at 0s {text}"), scenario).map_err(|error| error.to_string())?;
    let first = read.timed().next();
    match first.map(|timed| (&timed.prefix, &timed.action)) {
        Some((Prefix::At(_), Action::Step(Step::End))) => {
            Err("`end` ends a run, and changes nothing in it".to_owned())
        }
        Some((Prefix::At(_), Action::Step(step))) => Ok(step.clone()),
        _ => Err(format!("`{text}` does nothing by itself")),
    }
}

fn pin(text: &str, scenario: &Scenario) -> Result<Pin, Diagnostic> {
    let read = read(text, scenario)?;
    // A line that begins with `pin` is a pin, or was refused.
    Ok(read.pins().next().cloned().expect("a pin was read"))
}

/// Right behind a step: before anything else happens, at a round time if there is one.
fn behind(place: &Place) -> u64 {
    let at = place.told.at;
    between(at, place.next_at.unwrap_or(at))
}

fn interjected(after: u64, at: u64, step: Step, words: String, note: Option<String>) -> Done {
    let line = Line::of(Statement::Timed(crate::scenario::Timed::new(
        Prefix::At(Time(at)),
        Action::Step(step.clone()),
    )));
    Done {
        words,
        note,
        interjection: Some(Interjection { after, at, step }),
        given: Vec::new(),
        lines: Some(vec![line]),
    }
}

fn drawn(draw: Draw, pin: Option<Pin>, value: u64, words: String) -> Done {
    let lines = pin.map(|pin| vec![Line::of(Statement::Pin(valued(pin, value)))]);
    Done { words, note: None, interjection: None, given: vec![(draw, value)], lines }
}

/// A draw that was made before the step would change what is said to be as it was.
fn pinned(place: &Place, pin: &Pin, ensemble: &Ensemble) -> Result<Done, String> {
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

fn valued(pin: Pin, value: u64) -> Pin {
    let value = match pin.value {
        Drawn::Time(_) => Drawn::Time(Time(value)),
        Drawn::Bits(_) => Drawn::Bits(value),
    };
    Pin { value, ..pin }
}

/// The packet that is meant, and whether the step sends it rather than delivers it.
fn meant<'p>(place: &'p Place, to: Option<&str>) -> Result<(&'p Sent, bool), String> {
    let step = place.step;
    let name = |sent: &Sent| format!("{} to {}", sent.packet.as_deref().unwrap_or("news"), sent.to);
    if let (Some(sent), None) = (&place.delivers, to) {
        return Ok((sent, false));
    }
    let sent: Vec<&Sent> = place.sends.iter().filter(|sent| to.is_none_or(|to| sent.to == to)).collect();
    match (sent.as_slice(), to) {
        ([one], _) => Ok((one, true)),
        ([], None) => Err(format!("step {step} delivers no packet and sends none: {}", told(place))),
        ([], Some(to)) => {
            let all: Vec<String> = place.sends.iter().map(name).collect();
            let all = if all.is_empty() { "nothing".to_owned() } else { all.join(", ") };
            Err(format!("step {step} sends nothing to {to}; it sends {all}"))
        }
        (several, None) => {
            let all: Vec<String> = several.iter().map(|sent| name(sent)).collect();
            Err(format!(
                "step {step} sends {}; say which: `drop to SERVER`, `delay TIME to SERVER`",
                all.join(", ")
            ))
        }
        (several, Some(to)) => Err(format!(
            "step {step} sends {} packets to {to}; name the step that delivers the one that is meant",
            several.len()
        )),
    }
}

fn told(place: &Place) -> String {
    format!("{} {}", place.told.who, place.told.what)
}

/// TCP gives everything in order or nothing more: what is to be lost takes its connection with it.
fn dropped(place: &Place, to: Option<&str>) -> Result<Done, String> {
    let (sent, sends) = meant(place, to)?;
    let Some(packet) = &sent.packet else {
        return Err(format!(
            "step {} is about a connection, and not about a packet: {}",
            place.step,
            told(place)
        ));
    };
    let Sent { from, to, port, .. } = sent;
    let one = |name: &str| Servers::List(vec![ServerRef::Name(name.to_owned())]);
    let links = Links { first: one(from), second: one(to), port: Some(*port), direction: Direction::Both };
    let words = format!("{packet} from {from} to {to} never arrives");
    let note = format!(
        "ZooKeeper speaks TCP, which loses no packet while its connection stands: so the connection between {from} and {to} \
         on the {} port breaks there.",
        port.word()
    );
    let (after, at) = if sends { (place.step, behind(place)) } else { (place.step - 1, place.told.at) };
    Ok(interjected(after, at, Step::Reset(links), words, Some(note)))
}

fn delayed(place: &Place, by: Time, to: Option<&str>) -> Result<Done, String> {
    let (sent, _) = meant(place, to)?;
    let Some(draw) = sent.draw else {
        return Err(format!("what step {} delivers takes no time on its way: {}", place.step, told(place)));
    };
    let value = (sent.due - sent.at).saturating_add(by.0);
    let what = sent.packet.as_deref().unwrap_or("the news of a connection");
    let words = format!("{what} from {} to {} arrives {by} later", sent.from, sent.to);
    let mut done = drawn(draw, sent.pin.clone(), value, words);
    done.note = Some("All that is behind it on its stream arrives no earlier.".to_owned());
    Ok(done)
}

fn drawn_again(place: &Place) -> Result<Done, String> {
    if place.draws.is_empty() {
        return Err(which_draw(place));
    }
    let fresh: Vec<(Draw, u64)> = place.draws.iter().map(|(draw, _)| (*draw, again(draw))).collect();
    let shown = |draw: &Draw, value: u64| match draw.range {
        Some(_) => format!("{} instead of {}", Time(value), Time(draw.value)),
        None => format!("{value:#x} instead of {:#x}", draw.value),
    };
    let mut words: Vec<String> = Vec::new();
    let mut lines = Some(Vec::new());
    for ((draw, pin), (_, value)) in place.draws.iter().zip(&fresh) {
        let kind = format!("{:?}", draw.key.kind).to_lowercase();
        words.push(format!("{kind} {}", shown(draw, *value)));
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

fn which_draw(place: &Place) -> String {
    let step = place.step;
    let lines: Vec<String> =
        place.draws.iter().filter_map(|(_, pin)| Some(format!("`{}`", pin.as_ref()?))).collect();
    if place.draws.is_empty() {
        return format!("nothing is drawn in step {step}: {}", told(place));
    }
    let count = place.draws.len();
    format!("step {step} makes {count} draws; give the line of one with another value: {}", lines.join(", "))
}
