//! The classic moments: what is done to come to one, given how things stand.

use super::refusal::Refusal;
use crate::ensemble::{Ensemble, Node, NodeId, Process};
use crate::scenario::{Chance, Direction, Drawn, Links, Pin, ServerRef, Servers, Span, Step, Time};
use crate::view::in_a_row;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use zablab_protocol::{Epoch, ServerState, Zxid};

/// What a button can ask for, with the words on it.
pub const CLASSICS: &[(&str, &str)] = &[
    ("tie", "Make the next election a tie"),
    ("kill-leader", "Kill the leader"),
    ("kill-second", "Kill a second server"),
    ("cut-leader", "Cut the leader off"),
    ("deafen-leader", "Let nobody reach the leader"),
    ("mend", "Mend everything"),
];

/// How long every server takes to boot where all are to be there at once.
const BOOT: Time = Time::from_millis(500);

/// How things stand at a moment.
pub(super) struct Standing<'a> {
    pub(super) ensemble: &'a Ensemble,
    /// How often the process of each server has ended.
    pub(super) ends: &'a BTreeMap<NodeId, u64>,
}

/// What is done, and what it means.
pub(super) struct Done {
    pub(super) steps: Vec<Step>,
    /// Draws that are given for it.
    pub(super) pins: Vec<Pin>,
    pub(super) told: String,
}

impl Done {
    pub(super) fn step(step: Step, told: String) -> Done {
        Done { steps: vec![step], pins: Vec::new(), told }
    }
}

fn is_up(node: &Node) -> bool {
    matches!(node.process, Process::Up(_) | Process::Booting)
}

fn names(ensemble: &Ensemble, ids: &[NodeId]) -> String {
    let names: Vec<&str> = ids.iter().map(|id| ensemble.name(*id)).collect();
    in_a_row(&names, "and")
}

fn list(ensemble: &Ensemble, ids: &[NodeId]) -> Servers {
    Servers::List(ids.iter().map(|id| ServerRef::Name(ensemble.name(*id).to_owned())).collect())
}

/// Who leads: of several the one of the latest epoch, which alone can still commit.
pub(super) fn leader(ensemble: &Ensemble) -> Result<NodeId, Refusal> {
    let leads = |id: &NodeId| {
        ensemble
            .node(*id)
            .status()
            .is_some_and(|status| status.state == ServerState::Leading && status.serving)
    };
    let epoch = |id: &NodeId| ensemble.node(*id).disk.storage().current_epoch;
    let found = ensemble.ids().filter(leads).max_by_key(epoch);
    found.ok_or_else(|| Refusal::bad("nobody leads at that moment; let an election end first"))
}

/// What a server brings into an election, from its disk.
fn brings(node: &Node) -> (Option<Epoch>, Zxid) {
    let files = node.disk.storage();
    (files.current_epoch, files.last().unwrap_or(Zxid::ZERO))
}

/// All boot for as long: how long is drawn anew for each life of a process.
fn tie(Standing { ensemble, ends }: &Standing<'_>) -> Done {
    let voters: Vec<NodeId> =
        ensemble.ids().filter(|id| ensemble.node(*id).config.is_participant()).collect();
    let all: Vec<(Option<Epoch>, Zxid)> = voters.iter().map(|id| brings(ensemble.node(*id))).collect();
    let boots = ensemble.ids().map(|id| Pin {
        chance: Chance::Boot,
        who: ensemble.name(id).to_owned(),
        to: None,
        number: 1 + ends.get(&id).copied().unwrap_or(0) + u64::from(is_up(ensemble.node(id))),
        nth: 1,
        value: Drawn::Time(BOOT),
        span: Span::default(),
    });
    let at_once = "All servers start again and are there at the same instant";
    let highest = voters.iter().max_by_key(|id| ensemble.node(**id).sid());
    let told = match (all.first(), highest) {
        (Some(first), Some(highest)) if all.iter().all(|other| other == first) => {
            let (epoch, zxid) = first;
            let epoch = epoch.map_or_else(|| "none".to_owned(), |epoch| epoch.to_string());
            format!(
                "{at_once}, and all have the same: epoch {epoch}, zxid {zxid}. Neither decides, so the highest sid will: {}.",
                ensemble.name(*highest)
            )
        }
        _ => {
            let ahead =
                voters.iter().max_by_key(|id| (brings(ensemble.node(**id)), ensemble.node(**id).sid()));
            let who = ahead.map_or("nobody", |id| ensemble.name(*id));
            let has: Vec<String> = voters
                .iter()
                .zip(&all)
                .map(|(id, (_, zxid))| format!("{} {zxid}", ensemble.name(*id)))
                .collect();
            format!(
                "{at_once}, but this is no tie: they do not have the same ({}). {who} has the most, and that decides before \
                 any sid. Let all catch up first, for a real tie.",
                has.join(", ")
            )
        }
    };
    Done { steps: vec![Step::Restart(Servers::All)], pins: boots.collect(), told }
}

/// How long all may take to have a write, in virtual nanoseconds.
pub(super) const CATCH_UP: u64 = 2_000_000_000;

/// What makes all servers the same before a tie, where somebody leads who can see to that.
pub(super) fn write_first(moment: &str, Standing { ensemble, .. }: &Standing<'_>) -> Option<Step> {
    let mut voters = ensemble.nodes.iter().filter(|node| node.config.is_participant()).map(brings);
    let first = voters.next();
    let equal = voters.all(|other| Some(other) == first);
    let leads = leader(ensemble).ok().filter(|_| moment == "tie" && !equal)?;
    let at = ServerRef::Name(ensemble.name(leads).to_owned());
    Some(Step::Create { path: "/tie".to_owned(), data: None, times: 1, at })
}

/// Who goes first: the leader, then the highest sid.
fn victims(ensemble: &Ensemble) -> Vec<NodeId> {
    let leads = leader(ensemble).ok();
    let mut up: Vec<NodeId> = ensemble.ids().filter(|id| is_up(ensemble.node(*id))).collect();
    up.sort_by_key(|id| (Some(*id) != leads, Reverse(ensemble.node(*id).sid())));
    up
}

fn kill_second(ensemble: &Ensemble) -> Result<Done, Refusal> {
    let up = victims(ensemble);
    let all = ensemble.nodes.len();
    let count = if up.len() == all { 2 } else { 1 };
    if up.is_empty() {
        return Err(Refusal::bad("no server is up at that moment"));
    }
    let gone = &up[..count.min(up.len())];
    let left: Vec<NodeId> = ensemble.ids().filter(|id| up[gone.len()..].contains(id)).collect();
    let needs = ensemble.nodes.first().map(|node| node.config.verifier.needs()).unwrap_or_default();
    let told = format!(
        "{} {} killed; {} of {all} {} left: {}. A quorum is {needs}.",
        names(ensemble, gone),
        if gone.len() == 1 { "is" } else { "are" },
        left.len(),
        if left.len() == 1 { "is" } else { "are" },
        names(ensemble, &left)
    );
    Ok(Done::step(Step::Kill(list(ensemble, gone)), told))
}

fn cut(ensemble: &Ensemble, direction: Direction) -> Result<Done, Refusal> {
    let leads = leader(ensemble)?;
    let others: Vec<NodeId> = ensemble.ids().filter(|id| *id != leads).collect();
    if others.is_empty() {
        return Err(Refusal::bad("there is one server alone; nothing can be cut"));
    }
    let (one, rest) = (list(ensemble, &[leads]), list(ensemble, &others));
    let (name, others) = (ensemble.name(leads), names(ensemble, &others));
    let (links, told) = match direction {
        Direction::Both => (
            Links { first: one, second: rest, direction, port: None },
            format!(
                "Nothing passes between {name}, which leads, and {others}. No connection is broken by that: all notice by silence."
            ),
        ),
        Direction::OneWay => (
            Links { first: rest, second: one, direction, port: None },
            format!("Nothing from {others} reaches {name} any more; what {name} sends still arrives."),
        ),
    };
    Ok(Done::step(Step::Cut(links), told))
}

fn mend(ensemble: &Ensemble) -> Done {
    let paused: Vec<NodeId> = ensemble.ids().filter(|id| ensemble.node(*id).paused).collect();
    let down: Vec<NodeId> = ensemble.ids().filter(|id| !is_up(ensemble.node(*id))).collect();
    let mut steps = vec![Step::Heal(None), Step::Release(None), Step::Free(Servers::All)];
    let mut told = "All links, disks and tasks work".to_owned();
    if !paused.is_empty() {
        let go = if paused.len() == 1 { "goes" } else { "go" };
        told.push_str(&format!("; {} {go} on", names(ensemble, &paused)));
        steps.push(Step::Resume(list(ensemble, &paused)));
    }
    if !down.is_empty() {
        let are = if down.len() == 1 { "is" } else { "are" };
        told.push_str(&format!("; {} {are} started", names(ensemble, &down)));
        steps.push(Step::Start(list(ensemble, &down)));
    }
    Done { steps, pins: Vec::new(), told: told + "." }
}

/// The steps that lead to a moment, and what they mean.
pub(super) fn steps(moment: &str, standing: &Standing<'_>) -> Result<Done, Refusal> {
    let ensemble = standing.ensemble;
    match moment {
        "tie" => Ok(tie(standing)),
        "kill-leader" => {
            let leads = leader(ensemble)?;
            let told = format!("{} is killed.", ensemble.name(leads));
            Ok(Done::step(Step::Kill(list(ensemble, &[leads])), told))
        }
        "kill-second" => kill_second(ensemble),
        "cut-leader" => cut(ensemble, Direction::Both),
        "deafen-leader" => cut(ensemble, Direction::OneWay),
        "mend" => Ok(mend(ensemble)),
        other => {
            let known: Vec<String> = CLASSICS.iter().map(|(name, _)| format!("`{name}`")).collect();
            Err(Refusal::bad(format!("`{other}` is no moment; expected one of {}", known.join(", "))))
        }
    }
}
