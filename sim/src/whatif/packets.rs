//! A packet that never arrives, or arrives later.

use super::done::{Done, behind, interjected};
use super::draws::drawn;
use super::place::{Place, Sent};
use crate::scenario::{Direction, Links, ServerRef, Servers, Step, Time};

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
        ([], None) => Err(format!("step {step} delivers no packet and sends none: {}", place.told())),
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

/// TCP gives everything in order or nothing more: what is to be lost takes its connection with it.
pub(super) fn dropped(place: &Place, to: Option<&str>) -> Result<Done, String> {
    let (sent, sends) = meant(place, to)?;
    let Some(packet) = &sent.packet else {
        return Err(format!(
            "step {} is about a connection, and not about a packet: {}",
            place.step,
            place.told()
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

/// A packet that travels longer.
pub(super) fn delayed(place: &Place, by: Time, to: Option<&str>) -> Result<Done, String> {
    let (sent, _) = meant(place, to)?;
    let Some(draw) = sent.draw else {
        return Err(format!("what step {} delivers takes no time on its way: {}", place.step, place.told()));
    };
    let value = (sent.due - sent.at).saturating_add(by.0);
    let what = sent.packet.as_deref().unwrap_or("the news of a connection");
    let words = format!("{what} from {} to {} arrives {by} later", sent.from, sent.to);
    let mut done = drawn(draw, sent.pin.clone(), value, words);
    done.note = Some("All that is behind it on its stream arrives no earlier.".to_owned());
    Ok(done)
}
