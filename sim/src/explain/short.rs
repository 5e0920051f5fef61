//! The answer in short: who serves at the end, and why whoever does not does not.

use crate::recording::{Recording, Role, ServerShown};
use crate::view::in_a_row;

/// Whether anybody serves, and a sentence for each that is worth one, from the last states.
pub fn in_short(recording: &Recording) -> (bool, Vec<String>) {
    let servers: Vec<(&str, &ServerShown)> = (0..recording.servers())
        .filter_map(|lane| {
            let state = recording.state_at(lane, u64::MAX)?;
            Some((recording.lanes[lane].name.as_str(), state.server.as_ref()?))
        })
        .collect();
    let mut all = Vec::new();
    let well = |server: &ServerShown| server.serving && server.why.is_empty();
    let head = servers.iter().find(|(_, s)| well(s) && matches!(s.role, Role::Leading | Role::Standalone));
    let leaders: Vec<(&str, u32)> = servers
        .iter()
        .filter(|(_, server)| well(server) && server.role == Role::Leading)
        .map(|(name, server)| (*name, server.current_epoch.map_or(0, |epoch| epoch.0 as u32)))
        .collect();
    match head {
        Some(_) if leaders.len() > 1 => {
            let each: Vec<String> =
                leaders.iter().map(|(name, epoch)| format!("{name} in epoch {epoch}")).collect();
            let each: Vec<&str> = each.iter().map(String::as_str).collect();
            all.push(format!("{} lead at once, each with a quorum by its own rule.", in_a_row(&each, "and")));
        }
        Some((name, server)) if server.role == Role::Standalone => {
            all.push(format!("{name} serves: it is the only server in its list, and needs nobody."));
        }
        Some((name, leader)) => {
            let with = servers.iter().filter(|(_, s)| well(s) && s.leader.as_deref() == Some(name));
            let with: Vec<&str> = with.map(|(name, _)| *name).collect();
            let (epoch, needs) = (leader.current_epoch.map_or(0, |epoch| epoch.0), &leader.needs);
            all.push(format!(
                "the service is available: {name} leads epoch {epoch}, with {} in sync; a quorum is {needs}.",
                in_a_row(&with, "and")
            ));
        }
        None => {
            let run = servers.iter().filter(|(_, s)| !matches!(s.role, Role::Down | Role::Booting));
            let run: Vec<&str> = run.map(|(name, _)| *name).collect();
            let needs = servers.first().map_or("", |(_, server)| &server.needs);
            let who = if run.len() == 1 {
                format!("only {} runs", run[0])
            } else {
                format!("{} run", in_a_row(&run, "and"))
            };
            let none = match servers.iter().any(|(_, server)| server.serving) {
                true => "nobody can commit a write",
                false => "nobody serves",
            };
            all.push(format!("{none}: a quorum is {needs}, and {who}."));
        }
    }
    let waits =
        servers.iter().any(|(_, server)| !matches!(server.role, Role::Down) && !server.why.is_empty());
    for (_, server) in &servers {
        match server.role {
            _ if well(server) => {}
            // Why those that run wait says who is down.
            Role::Down if head.is_none() && waits => {}
            Role::Down => all.push(server.why.first().cloned().unwrap_or_default()),
            _ => all.push(server.why.join(" ")),
        }
    }
    let clients = (0..recording.lanes.len()).filter(|lane| recording.lanes[*lane].sid.is_none());
    for lane in clients.filter(|lane| !recording.lanes[*lane].quiet) {
        let state = recording.state_at(lane, u64::MAX).filter(|state| state.role() != Role::Down);
        all.extend(state.map(|state| state.why().join(" ")).filter(|why| !why.is_empty()));
    }
    let looking = servers.iter().filter(|(_, server)| server.role == Role::Looking).count();
    match looking {
        _ if head.is_some() => {}
        0 => {}
        1 => all.push("It cannot know whether they are dead, or alive and led by another.".to_owned()),
        _ => all.push(
            "A server that is LOOKING cannot know whether those it does not hear are dead, or alive and led by another."
                .to_owned(),
        ),
    }
    (head.is_some(), all)
}
