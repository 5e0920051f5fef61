//! The end of a run as `zkServer.sh status` would put it, for every server.

use crate::ensemble::{Ensemble, Node, Process};
use crate::run::{client_words, is_available, state_word};
use zablab_protocol::{ClientState, ServerState, SessionId, Zxid};

/// The table, one line a server, and whether the service is available.
pub fn table(ensemble: &Ensemble) -> String {
    let mut rows = vec![["server", "mode", "epoch", "zxid", "logged", ""].map(str::to_owned)];
    rows.extend(ensemble.nodes.iter().map(|node| row(ensemble, node)));
    let widths: Vec<usize> =
        (0..6).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    for client in ensemble.clients.iter().filter(|client| !client.quiet) {
        let what = match &client.process {
            None => "does not run".to_owned(),
            Some(machine) => match (machine.state(), machine.session()) {
                (ClientState::Expired, session) => format!("has lost its session {session}, which expired"),
                (ClientState::Closed, session) => format!("has closed its session {session}"),
                (_, SessionId::NONE) => format!("is {}", client_words(ensemble, machine)),
                (_, session) => format!("is {}, session {session}", client_words(ensemble, machine)),
            },
        };
        let paused = if client.paused { ", stands still" } else { "" };
        text.push_str(&format!("{} {what}{paused}.\n", client.name));
    }
    let word = if is_available(ensemble) { "available" } else { "unavailable" };
    text.push_str(&format!("The service is {word}.\n"));
    text
}

fn row(ensemble: &Ensemble, node: &Node) -> [String; 6] {
    let files = node.disk.storage();
    let epoch = files.current_epoch.map_or_else(|| "-".to_owned(), |epoch| epoch.to_string());
    let logged = files.log.last().unwrap_or(Zxid::ZERO).to_string();
    let (mode, zxid, why) = match (&node.process, node.status()) {
        (Process::Up(_), Some(status)) if status.serving => {
            let mode = match status.state {
                _ if status.standalone => "standalone",
                ServerState::Leading => "leader",
                ServerState::Observing => "observer",
                _ => "follower",
            };
            let why = if node.paused { "stands still" } else { "" };
            (mode.to_owned(), status.last_processed.to_string(), why.to_owned())
        }
        (Process::Up(_), Some(status)) => {
            let why = match status.state {
                ServerState::Looking => {
                    let candidate = ensemble.by_sid(status.vote.leader).map(|id| &*ensemble.node(id).name);
                    format!("LOOKING in round {}, votes for {}", status.round, candidate.unwrap_or("nobody"))
                }
                state => format!("{state}, not synchronized yet"),
            };
            let words = format!("{why}: Error contacting service. It is probably not running.");
            ("-".to_owned(), status.last_processed.to_string(), words)
        }
        (Process::Booting, _) => ("-".to_owned(), "-".to_owned(), "boots".to_owned()),
        _ => ("-".to_owned(), "-".to_owned(), format!("{}: {}", state_word(node), node.ended)),
    };
    [node.name.to_string(), mode, epoch, zxid, logged, why]
}
