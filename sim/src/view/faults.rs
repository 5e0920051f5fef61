//! What a scenario does to the world, in words.

use crate::ensemble::{Action, Ensemble, NodeId, Ports};
use zablab_protocol::Port;

/// What the scenario does to the world.
pub(crate) fn fault<'a>(ensemble: &'a Ensemble, action: &Action) -> Option<(&'a str, String)> {
    let name = |id: &NodeId| ensemble.name(*id);
    Some(match action {
        // A server says so itself.
        Action::Start(id) if ensemble.client(*id).is_some_and(|client| !client.quiet) => {
            (name(id), "starts".to_owned())
        }
        Action::Kill(id) => (name(id), "is killed".to_owned()),
        Action::PowerOff(id, _) => (name(id), "loses power".to_owned()),
        Action::Wipe(id) => (name(id), "loses its disk, and gets an empty one".to_owned()),
        Action::Fill(id, _) => (name(id), "has a full disk".to_owned()),
        Action::Fail { node, file: Some(file), .. } => {
            (name(node), format!("will fail to write its {file} next"))
        }
        Action::Fail { node, file: None, .. } => (name(node), "will fail at its next write".to_owned()),
        Action::Mend(id) => (name(id), "has a disk that takes what is written".to_owned()),
        Action::Pause(id) => (name(id), "stands still".to_owned()),
        Action::Resume(id) => (name(id), "goes on".to_owned()),
        Action::Cut { from, to, ports, on } => {
            let verb = if *on { "no longer reaches" } else { "reaches again" };
            (name(from), format!("{verb} {}{}", name(to), ports_words(*ports)))
        }
        Action::Refuse { from, to, ports, on } => {
            let verb = if *on { "is refused by" } else { "is no longer refused by" };
            (name(from), format!("{verb} {}{}", name(to), ports_words(*ports)))
        }
        Action::ReleaseAll => ("all", "go on with what was held".to_owned()),
        Action::Reset { a, b, ports } => {
            (name(a), format!("loses its connections with {}{}", name(b), ports_words(*ports)))
        }
        Action::HoldPart { node, part, on } => {
            (name(node), format!("{} {part}", if *on { "is held:" } else { "is let go:" }))
        }
        Action::HoldStream { hold, on } => {
            let verb = if *on { "is held back towards" } else { "is let through to" };
            let what = hold.packet.unwrap_or("everything");
            (name(&hold.from), format!("{what} {verb} {}{}", name(&hold.to), ports_words(hold.ports)))
        }
        Action::Client { node, op, origin } if origin.cxid == 1 => {
            (name(node), format!("gets a request: {op}"))
        }
        _ => return None,
    })
}

fn ports_words(ports: Ports) -> &'static str {
    match ports {
        Ports::ALL => "",
        ports if ports.has(Port::Election) => " on the election port",
        ports if ports.has(Port::Quorum) => " on the quorum port",
        _ => " on the client port",
    }
}
