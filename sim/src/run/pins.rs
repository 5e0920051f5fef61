//! From what a scenario says of draws to the scheduler's pins.

use crate::ensemble::Ensemble;
use crate::scenario::{self, Chance, Draws, Pin, Scenario};
use crate::schedule::{Draw, Key, Pins};
use zablab_protocol::Port;

/// How far a connection's number stands above the bits that say its port.
const PORT_BITS: u32 = 2;

/// What the scenario gives; `None` where it leaves every draw to the seed.
pub(super) fn of(scenario: &Scenario, ensemble: &Ensemble) -> Option<Pins> {
    let plain = scenario.draws() == Some(Draws::Plain);
    let values = scenario.pins().filter_map(|pin| {
        let draw = draw_of(pin, ensemble)?;
        Some(((draw.key, draw.nth), draw.value))
    });
    let pins = Pins { plain, values: values.collect(), log: None };
    (plain || !pins.values.is_empty()).then_some(pins)
}

/// The number under which a server or client draws.
fn party(name: &str, ensemble: &Ensemble) -> Option<i64> {
    let id = ensemble.ids().chain(ensemble.client_ids()).find(|id| ensemble.name(*id) == name)?;
    Some(ensemble.drawer(id))
}

fn key(pin: &Pin, ensemble: &Ensemble) -> Option<Key> {
    let a = party(&pin.who, ensemble)?;
    Some(match &pin.to {
        Some((to, port)) => {
            let number = pin.number << PORT_BITS | Port::from(*port) as u64;
            Key { kind: pin.chance.kind(), a, b: party(to, ensemble)?, number }
        }
        None => Key { kind: pin.chance.kind(), a, b: 0, number: pin.number - 1 },
    })
}

/// The draw that a line pins, with its value; `None` where it belongs to nobody of this ensemble.
pub(crate) fn draw_of(pin: &Pin, ensemble: &Ensemble) -> Option<Draw> {
    let value = match pin.value {
        scenario::Drawn::Time(time) => time.0,
        scenario::Drawn::Bits(bits) => bits,
    };
    Some(Draw { key: key(pin, ensemble)?, nth: pin.nth, value, range: None, plain: false })
}

/// The line that pins a draw to its value; `None` where it belongs to nobody of this ensemble.
pub(crate) fn pin_of(draw: &Draw, ensemble: &Ensemble) -> Option<Pin> {
    let name = |number: i64| {
        let all = ensemble.ids().chain(ensemble.client_ids());
        all.into_iter().find(|id| ensemble.drawer(*id) == number).map(|id| ensemble.name(id).to_owned())
    };
    let Key { kind, a, b, number } = draw.key;
    let chance = Chance::of_kind(kind)?;
    let mut to = None;
    let mut counted = number + 1;
    if chance == Chance::Latency {
        let ports = [scenario::Port::Election, scenario::Port::Quorum, scenario::Port::Client];
        let port = ports.into_iter().find(|port| Port::from(*port) as u64 == number & 3)?;
        to = Some((name(b)?, port));
        counted = number >> PORT_BITS;
    }
    let value = if chance.is_bits() {
        scenario::Drawn::Bits(draw.value)
    } else {
        scenario::Drawn::Time(scenario::Time(draw.value))
    };
    let span = scenario::Span::default();
    Some(Pin { chance, who: name(a)?, to, number: counted, nth: draw.nth, value, span })
}
