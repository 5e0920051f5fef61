//! What happens by itself, in the words of a scenario, and back: the language of exact schedules.

use super::expect;
use crate::ensemble::{Action, Ensemble, NodeId, Segment};
use crate::scenario::{File, Happening, Packet, Parcel, ServerRef, Task, What};
use zablab_protocol::{self as protocol, ConnId};

/// The action that a happening is now: of those that are enabled, the n-th that fits. An error says what could happen
/// there instead.
pub fn resolve(ensemble: &Ensemble, happening: &Happening) -> Result<Action, String> {
    let at = somebody(ensemble, &happening.at)?;
    happening.names().try_for_each(|name| somebody(ensemble, name).map(|_| ()))?;
    let all = at_node(ensemble, at);
    let fitting = || all.iter().filter(|(_, what)| fits(ensemble, &happening.what, what));
    if let Some((action, _)) = fitting().nth(happening.nth.saturating_sub(1) as usize) {
        return Ok(action.clone());
    }
    let name = ensemble.name(at);
    match (fitting().count(), all.is_empty()) {
        (0, true) => Err(format!("nothing can happen at {name}")),
        (0, false) => {
            let could: Vec<String> =
                all.iter().filter_map(|(action, _)| Some(describe(ensemble, action)?.to_string())).collect();
            Err(format!("what can happen at {name} is: {}", could.join("; ")))
        }
        (1, _) => Err(format!("only one such thing can happen at {name}")),
        (fit, _) => Err(format!("only {fit} such things can happen at {name}")),
    }
}

/// What an action is called, so that [`resolve`] finds it where it is enabled; `None` for faults and requests, which have
/// steps of their own.
pub fn describe(ensemble: &Ensemble, action: &Action) -> Option<Happening> {
    let (at, what) = what(ensemble, action)?;
    let what = match what {
        // A packet's type says on which port it travels.
        What::Got { what: what @ Parcel::Packet(_), from, .. } => What::Got { what, from, port: None },
        what => what,
    };
    let mut fitting = at_node(ensemble, at).into_iter().filter(|(_, other)| fits(ensemble, &what, other));
    let before = fitting.position(|(other, _)| other == *action).unwrap_or(0);
    let nth = u32::try_from(before + 1).unwrap_or(u32::MAX);
    Some(Happening { at: name(ensemble, at), what, nth })
}

/// Everything that is enabled at a server or client, in the order in which a scenario counts it: that of connections.
fn at_node(ensemble: &Ensemble, at: NodeId) -> Vec<(Action, What)> {
    let here = |action: Action| match what(ensemble, &action)? {
        (node, what) if node == at => Some((action, what)),
        _ => None,
    };
    let mut all: Vec<(Action, What)> = ensemble.enabled().into_iter().filter_map(here).collect();
    all.sort_by_key(|(action, _)| conn(action));
    all
}

fn conn(action: &Action) -> Option<ConnId> {
    use protocol::{Task, Timer};
    match action {
        Action::Deliver { conn, .. }
        | Action::Run { task: Task::Handler(conn), .. }
        | Action::Timer {
            timer:
                Timer::Handshake(conn)
                | Timer::HandlerRead(conn)
                | Timer::HandlerWait(conn)
                | Timer::Proposal(conn, _),
            ..
        } => Some(*conn),
        _ => None,
    }
}

/// Where an action happens and what it is, with everything that can be said of it.
fn what(ensemble: &Ensemble, action: &Action) -> Option<(NodeId, What)> {
    let other =
        |at: NodeId, conn: ConnId| ensemble.net.other_end(conn, at).map(|(_, other)| name(ensemble, other));
    Some(match action {
        Action::Deliver { conn, to } => {
            let (port, from) = ensemble.net.other_end(*conn, *to)?;
            let (from, port) = (name(ensemble, from), Some(port.into()));
            let what = match ensemble.net.head(*conn, *to)? {
                (Segment::Opened, _) => return Some((*to, What::Connected { to: from, port })),
                (Segment::Accepted, _) => Parcel::Connection,
                (Segment::Packet(packet), _) => Parcel::Packet(kind(packet)?),
                (Segment::Fin | Segment::Reset, _) => Parcel::Close,
            };
            (*to, What::Got { what, from, port })
        }
        Action::Arrive { from, port, to } => {
            (*from, What::Reached { to: name(ensemble, *to), port: Some((*port).into()) })
        }
        Action::Timer { node, timer } => {
            use protocol::Timer;
            let about = match timer {
                Timer::ElectionConnect(sid) => ensemble.by_sid(*sid).map(|id| name(ensemble, id)),
                Timer::Handshake(conn)
                | Timer::HandlerRead(conn)
                | Timer::HandlerWait(conn)
                | Timer::Proposal(conn, _) => other(*node, *conn),
                _ => None,
            };
            (*node, What::Timer { timer: (*timer).into(), about })
        }
        Action::DiskDone { node, writer } => {
            let file = ensemble.node(*node).disk.under_way(*writer)?.file();
            (*node, What::Wrote(*File::ALL.iter().find(|known| known.word() == file)?))
        }
        Action::Run { node, task } => {
            let (task, about) = match task {
                protocol::Task::Main => (Task::PacketLoop, None),
                protocol::Task::Log => (Task::LogWriter, None),
                protocol::Task::Commit => (Task::CommitApplier, None),
                protocol::Task::Handler(conn) => (Task::Handlers, other(*node, *conn)),
            };
            (*node, What::Ran { task, about })
        }
        Action::Boot(node) => (*node, What::Booted),
        _ => return None,
    })
}

fn kind(packet: &protocol::Packet) -> Option<Packet> {
    Packet::ALL.iter().copied().find(|kind| kind.word() == packet.name())
}

/// Whether what can happen is what is wanted; what is not said does not count.
fn fits(ensemble: &Ensemble, wanted: &What, is: &What) -> bool {
    let same = |a: &ServerRef, b: &ServerRef| {
        a == b || somebody(ensemble, a).is_ok_and(|a| somebody(ensemble, b) == Ok(a))
    };
    let about = |wanted: &Option<ServerRef>, is: &Option<ServerRef>| match (wanted, is) {
        (None, _) => true,
        (Some(wanted), Some(is)) => same(wanted, is),
        (Some(_), None) => false,
    };
    match (wanted, is) {
        (What::Got { what, from, port }, What::Got { what: is, from: sender, port: on }) => {
            what == is && same(from, sender) && (port.is_none() || port == on)
        }
        (What::Connected { to, port }, What::Connected { to: other, port: on })
        | (What::Reached { to, port }, What::Reached { to: other, port: on }) => {
            same(to, other) && (port.is_none() || port == on)
        }
        (What::Timer { timer, about: whom }, What::Timer { timer: is, about: other }) => {
            timer == is && about(whom, other)
        }
        (What::Ran { task, about: whom }, What::Ran { task: is, about: other }) => {
            task == is && about(whom, other)
        }
        (wanted, is) => wanted == is,
    }
}

fn name(ensemble: &Ensemble, id: NodeId) -> ServerRef {
    ServerRef::Name(ensemble.name(id).to_owned())
}

/// A server or a client.
fn somebody(ensemble: &Ensemble, one: &ServerRef) -> Result<NodeId, String> {
    let client = match one {
        ServerRef::Name(name) => ensemble.client_ids().find(|id| ensemble.name(*id) == name),
        ServerRef::Leader | ServerRef::Follower => None,
    };
    client.map_or_else(|| expect::resolve(ensemble, one), Ok)
}
