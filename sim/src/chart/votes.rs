//! Elections vote by vote: a table for each, a row a turn of a server.

use super::Paper;
use crate::recording::{Ballot, HeldVote, Recording};
use crate::view::{Ink, paragraph, seconds};
use std::collections::BTreeSet;

/// Why a vote changed needs so much room; where it has less it gets lines of its own.
const REASON: usize = 30;
/// So many rows of an election are told.
const ROWS: usize = 60;

/// The turns of one election.
#[derive(Default)]
struct Election<'r> {
    round: u64,
    turns: Vec<(&'r Ballot, usize)>,
    begun: BTreeSet<usize>,
    ended: BTreeSet<usize>,
}

/// The tables.
pub fn votes(recording: &Recording, paper: Paper) -> String {
    let mut out = String::new();
    let elections = elections(recording);
    if elections.is_empty() {
        out += &paper.note("Nobody elected anybody.");
    }
    for election in &elections {
        out += &table(recording, election, paper);
        out.push('\n');
    }
    if recording.left_out.ballots > 0 {
        out += &paper.note(&format!("{} turns more are above the limit.", recording.left_out.ballots));
    }
    out + &paper.note("* counts for the server's own proposal; - no vote is held.")
}

/// Who votes in one round, one election long.
fn elections(recording: &Recording) -> Vec<Election<'_>> {
    let mut all: Vec<Election<'_>> = Vec::new();
    for ballot in &recording.ballots {
        let open = all.iter_mut().rev().find(|election| {
            let again = ballot.begins && election.begun.contains(&ballot.lane);
            let over = !election.begun.is_empty() && election.begun == election.ended;
            election.round == ballot.round && !again && !(ballot.begins && over)
        });
        let election = match open {
            Some(election) => election,
            None => {
                all.push(Election { round: ballot.round, ..Election::default() });
                let last = all.len() - 1;
                &mut all[last]
            }
        };
        election.begun.insert(ballot.lane);
        if ballot.ends {
            election.ended.insert(ballot.lane);
        }
        // What comes again and again is told once, and counted.
        let same = |known: &&mut (&Ballot, usize)| {
            known.0.lane == ballot.lane && known.0.what == ballot.what && known.0.held == ballot.held
        };
        match election.turns.iter_mut().rev().find(|known| known.0.lane == ballot.lane).filter(same) {
            Some(known) => known.1 += 1,
            None => election.turns.push((ballot, 1)),
        }
    }
    all
}

fn held_of<'b>(ballot: &'b Ballot, name: &str) -> Option<&'b HeldVote> {
    ballot.held.iter().find(|vote| vote.from == name)
}

fn table(recording: &Recording, election: &Election<'_>, paper: Paper) -> String {
    let turns = &election.turns;
    let (first, last) = (turns.first().map_or(0, |t| t.0.when.at), turns.last().map_or(0, |t| t.0.when.at));
    let voters: Vec<&str> = recording
        .lanes
        .iter()
        .filter(|lane| lane.sid.is_some() && !lane.observer)
        .map(|lane| lane.name.as_str())
        .collect();
    let needs = recording.lanes.first().map_or("", |lane| lane.needs.as_str());
    let head =
        format!("Round {}, {} s to {} s; {needs} are needed", election.round, seconds(first), seconds(last));
    let mut out = String::new();
    for line in paragraph(&head, paper.width) {
        out += &format!("{}\n", Ink::Title.paint(&line, paper.color));
    }
    let name = recording.lanes.iter().map(|lane| lane.name.chars().count()).max().unwrap_or(3).clamp(6, 12);
    let cell = voters.iter().map(|name| name.chars().count() + 1).max().unwrap_or(3).clamp(4, 12);
    // Time, server, proposal, a cell a voter, each with a gap.
    let fixed = 9 + 2 + name + 1 + name + 2 + voters.len() * (cell + 1);
    let wide = fixed + REASON <= paper.width;
    let row = |time: &str, who: &str, vote: &str, cells: &[String]| {
        let who = paper.cut(who, name);
        let vote = paper.cut(vote, name);
        let mut line = format!("{time:>9}  {who:<name$} {vote:<name$}  ");
        for text in cells {
            line += &format!("{:<cell$} ", paper.cut(text, cell));
        }
        line
    };
    if wide {
        let names: Vec<String> = voters.iter().map(|name| (*name).to_owned()).collect();
        let line = row("s", "server", "votes", &names) + "what changed, and why";
        out += &format!("{}\n", Ink::Faint.paint(&paper.cut(&line, paper.width), paper.color));
    }
    if !wide {
        out += &paper.note(&format!("The votes held are those of {}, in this order.", voters.join(", ")));
    }
    for (ballot, times) in turns.iter().take(ROWS) {
        let who = &recording.lanes[ballot.lane].name;
        let vote = ballot.vote.as_deref().unwrap_or("nobody");
        let again = if *times > 1 { format!(" (x {times})") } else { String::new() };
        let reason = format!("{}{again}", ballot.what);
        let reason = if paper.ascii { reason.replace('…', "...") } else { reason };
        let cells: Vec<String> = voters
            .iter()
            .map(|name| match held_of(ballot, name) {
                None => "-".to_owned(),
                Some(vote) => format!("{}{}", vote.leader, if vote.counts { "*" } else { "" }),
            })
            .collect();
        let ink = if ballot.ends { Ink::Leading } else { Ink::Plain };
        if wide {
            let start = row(&seconds(ballot.when.at), who, vote, &cells);
            for (place, line) in paragraph(&reason, paper.width - fixed).iter().enumerate() {
                let before = if place == 0 { start.clone() } else { " ".repeat(fixed) };
                out += &format!("{before}{}\n", ink.paint(line, paper.color));
            }
        } else {
            let start =
                format!("{} {who} votes for {vote}; holds {}", seconds(ballot.when.at), cells.join(" "));
            paragraph(&start, paper.width).iter().for_each(|line| out += &format!("{line}\n"));
            for line in paragraph(&reason, paper.width.saturating_sub(4)) {
                out += &format!("    {}\n", ink.paint(&line, paper.color));
            }
        }
    }
    if turns.len() > ROWS {
        out += &paper.note(&format!("{} turns more of this round.", turns.len() - ROWS));
    }
    out
}
