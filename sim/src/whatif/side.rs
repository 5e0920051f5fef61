//! What a run came to, as far as two runs are compared.

use super::{Asked, Differing};
use crate::ensemble::{Ensemble, Node};
use crate::recording::{Limits, Parts, Recorder, Recording, Role};
use crate::report;
use crate::run::{Ending, Outcome, Run, Unmet, state_word};
use crate::trace::RunHash;
use serde::Serialize;
use std::collections::BTreeMap;

/// A leader that served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reign {
    /// Who.
    pub leader: String,
    /// In which epoch.
    pub epoch: String,
    /// Since when, in virtual nanoseconds.
    pub from: u64,
}

/// A server at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// Its name.
    pub server: String,
    /// What it is.
    pub state: &'static str,
    /// Whether it serves clients.
    pub serving: bool,
    /// The epoch on its disk.
    pub epoch: Option<String>,
    /// The last transaction that it has applied.
    pub zxid: Option<String>,
    /// The last one in its log.
    pub logged: String,
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Side {
    /// How it ended.
    pub ending: Ending,
    /// Who led, in the order of time.
    pub reigns: Vec<Reign>,
    /// The servers at the end.
    pub servers: Vec<Server>,
    /// Every transaction that was proposed: its number, and what became of each that had it.
    pub transactions: BTreeMap<String, String>,
    /// Where the scenario was not met.
    pub unmet: Vec<Unmet>,
    /// The verdict, a line each.
    pub verdict: Vec<String>,
    /// Whether everything held.
    pub green: bool,
    /// Its last moment.
    pub moment: String,
    /// Its digest.
    pub hash: RunHash,
    /// Virtual nanoseconds.
    pub virtual_time: u64,
}

/// Watches a run for what is compared.
pub(super) fn recorder(run: &Run) -> Recorder {
    let parts = Parts { bands: true, transactions: true, ..Parts::NONE };
    Recorder::only(run.ensemble(), 0..=u64::MAX, Limits::default(), parts)
}

/// What a run came to that was watched.
pub(super) fn side(asked: &Asked<'_>, recorder: Recorder, outcome: Outcome) -> Side {
    let recording = recorder.finish(asked.name, asked.text, asked.scenario, asked.seed, &outcome);
    Side {
        reigns: reigns(&recording),
        servers: servers(&outcome.ensemble),
        transactions: transactions(&recording),
        verdict: recording.verdict,
        green: outcome.is_green(),
        moment: report::moment(asked.name, asked.seed, &outcome),
        hash: outcome.hash,
        virtual_time: outcome.virtual_time,
        unmet: outcome.unmet,
        ending: outcome.ending,
    }
}

fn reigns(recording: &Recording) -> Vec<Reign> {
    let leads = recording.bands.iter().filter(|band| band.role == Role::Leading && band.serving);
    let mut all: Vec<Reign> = leads
        .filter(|band| !band.paused)
        .map(|band| Reign {
            leader: recording.lanes[band.lane].name.clone(),
            epoch: band.epoch.map_or_else(|| "-".to_owned(), |epoch| epoch.to_string()),
            from: band.from.at,
        })
        .collect();
    all.sort_by_key(|reign| reign.from);
    // One that stood still for a while goes on with the same reign.
    all.dedup_by(|later, earlier| (&later.leader, &later.epoch) == (&earlier.leader, &earlier.epoch));
    all
}

fn servers(ensemble: &Ensemble) -> Vec<Server> {
    let server = |node: &Node| {
        let files = node.disk.storage();
        let status = node.status();
        Server {
            server: node.name.to_string(),
            state: state_word(node),
            serving: status.is_some_and(|status| status.serving),
            epoch: files.current_epoch.map(|epoch| epoch.to_string()),
            zxid: status.map(|status| status.last_processed.to_string()),
            logged: files.log.last().map_or_else(|| "nothing".to_owned(), |zxid| zxid.to_string()),
        }
    };
    ensemble.nodes.iter().map(server).collect()
}

fn transactions(recording: &Recording) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for txn in &recording.transactions {
        let names = |lanes: Vec<usize>| {
            let names: Vec<&str> = lanes.iter().map(|lane| &*recording.lanes[*lane].name).collect();
            names.join(", ")
        };
        let holders: Vec<usize> = (0..recording.servers()).filter(|lane| txn.is_in_log(*lane)).collect();
        let fate = match (txn.committed, holders.is_empty()) {
            (Some(_), false) => format!("committed, in the log of {}", names(holders)),
            (Some(_), true) => "committed, in no log".to_owned(),
            (None, false) => format!("not committed, in the log of {}", names(holders)),
            (None, true) => "lost".to_owned(),
        };
        let what = if txn.what.is_empty() { String::new() } else { format!("{}: ", txn.what) };
        let entry = all.entry(format!("{}", txn.zxid)).or_default();
        if !entry.is_empty() {
            entry.push_str("; ");
        }
        entry.push_str(&format!("{what}{fate}"));
    }
    all
}

/// The transactions that came to different ends, by number.
pub(super) fn differing(as_it_was: &Side, what_if: &Side) -> Vec<Differing> {
    let zxids = as_it_was.transactions.keys().chain(what_if.transactions.keys());
    let mut zxids: Vec<&String> = zxids.collect();
    zxids.sort_unstable_by_key(|zxid| (zxid.len(), *zxid));
    zxids.dedup();
    let of = |side: &Side, zxid: &String| side.transactions.get(zxid).cloned();
    zxids
        .into_iter()
        .map(|zxid| Differing {
            zxid: zxid.clone(),
            as_it_was: of(as_it_was, zxid),
            what_if: of(what_if, zxid),
        })
        .filter(|both| both.as_it_was != both.what_if)
        .collect()
}
