//! The logs of all servers side by side: a row a transaction, in the order of proposing.

use super::{Paper, columns, left_out, legend};
use crate::recording::{Recording, ServerShown, Transaction};
use crate::view::{Ink, seconds};
use zablab_protocol::Zxid;

/// The zxid, with a gap behind it.
const ZXID: usize = 14;
/// When it was committed, with a gap.
const COMMITTED: usize = 11;
/// What it changes gets at least so much.
const WHAT: usize = 10;
/// So many rows that are alike are told one by one.
const ALIKE: usize = 6;

/// What a server has of a transaction at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// In its log and its tree.
    Applied,
    /// In its log, committed, and not in a running tree.
    Logged,
    /// In its log, and no leader ever committed it.
    Uncommitted,
    /// In a snapshot alone.
    Snapshot,
    /// It was in its log, and was cut off.
    Lost,
    /// It never had it.
    Never,
}

impl Mark {
    fn sign(self) -> char {
        match self {
            Mark::Applied => '#',
            Mark::Logged => '=',
            Mark::Uncommitted => '?',
            Mark::Snapshot => 's',
            Mark::Lost => 'x',
            Mark::Never => '.',
        }
    }

    fn ink(self) -> Ink {
        match self {
            Mark::Applied => Ink::Right,
            Mark::Logged | Mark::Snapshot => Ink::Plain,
            Mark::Uncommitted => Ink::Why,
            Mark::Lost => Ink::Wrong,
            Mark::Never => Ink::Faint,
        }
    }

    fn of(txn: &Transaction, lane: usize, server: &ServerShown) -> Mark {
        let reaches = |zxid: Option<Zxid>| zxid.is_some_and(|zxid| zxid >= txn.zxid);
        match txn.committed {
            None if txn.is_in_log(lane) => Mark::Uncommitted,
            Some(_) if txn.is_in_log(lane) && server.serving && reaches(server.zxid) => Mark::Applied,
            Some(_) if txn.is_in_log(lane) => Mark::Logged,
            _ if txn.lost.iter().any(|mark| mark.lane == lane) => Mark::Lost,
            Some(_) if reaches(server.snapshot) => Mark::Snapshot,
            _ => Mark::Never,
        }
    }
}

/// The table.
pub fn log(recording: &Recording, paper: Paper) -> String {
    let servers: Vec<&ServerShown> = (0..recording.servers())
        .filter_map(|lane| recording.state_at(lane, u64::MAX)?.server.as_ref())
        .collect();
    let names: Vec<&str> =
        recording.lanes.iter().take(servers.len()).map(|lane| lane.name.as_str()).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(3);
    // The reason for the picture comes first: what does not fit is what transactions change, then when.
    let room = paper.width.saturating_sub(ZXID);
    let (fit, column) = columns(room, servers.len(), 5, longest.max(4) + 1);
    let rest = paper.width.saturating_sub(ZXID + fit * column);
    let times = rest >= COMMITTED;
    let what = rest.saturating_sub(COMMITTED).min(40);
    let what = if what < WHAT { 0 } else { what };
    let mut out = String::new();
    let mut head = format!("{:<ZXID$}", "zxid");
    for name in names.iter().take(fit) {
        head += &format!("{:<column$}", paper.cut(name, column - 1));
    }
    if times {
        head += &format!("{:<COMMITTED$}", "committed");
    }
    if what > 0 {
        head += "what";
    }
    let head = paper.cut(head.trim_end(), paper.width);
    out += &format!("{}\n", Ink::Title.paint(&head, paper.color));
    if recording.transactions.is_empty() {
        out += &paper.note("Nothing was ever proposed.");
    }
    let marks = |txn: &Transaction| -> Vec<Mark> {
        servers.iter().enumerate().take(fit).map(|(lane, server)| Mark::of(txn, lane, server)).collect()
    };
    let rows: Vec<(&Transaction, Vec<Mark>)> =
        recording.transactions.iter().map(|txn| (txn, marks(txn))).collect();
    let alike = |a: &(&Transaction, Vec<Mark>), b: &(&Transaction, Vec<Mark>)| {
        a.1 == b.1
            && a.0.zxid.epoch() == b.0.zxid.epoch()
            && a.0.committed.is_some() == b.0.committed.is_some()
    };
    let row = |(txn, marks): &(&Transaction, Vec<Mark>)| {
        let mut line = paper.cut(&format!("{:<ZXID$}", txn.zxid.to_string()), ZXID.min(paper.width));
        for mark in marks {
            line += &mark.ink().paint(&mark.sign().to_string(), paper.color);
            line += &" ".repeat(column - 1);
        }
        let when = txn.committed.map_or_else(|| "never".to_owned(), |when| seconds(when.at));
        if times {
            line += &format!("{when:<COMMITTED$}");
        }
        if what > 0 {
            let text = if paper.ascii { txn.what.replace('…', "...") } else { txn.what.clone() };
            line += &paper.cut(&text, what);
        }
        format!("{}\n", line.trim_end())
    };
    for run in rows.chunk_by(alike) {
        if run.len() <= ALIKE {
            run.iter().for_each(|one| out += &row(one));
            continue;
        }
        let middle = run.len() - 4;
        run[..2].iter().for_each(|one| out += &row(one));
        let text = format!("{0} {middle} more like these", if paper.ascii { "..." } else { "…" });
        out += &format!("{}\n", Ink::Faint.paint(&paper.cut(&text, paper.width), paper.color));
        run[run.len() - 2..].iter().for_each(|one| out += &row(one));
    }
    out += &ends(recording, &servers, paper);
    out += &left_out(paper, &names[fit..]);
    if recording.left_out.transactions > 0 {
        out += &paper.note(&format!("{} transactions are above the limit.", recording.left_out.transactions));
    }
    let signs = [
        "# logged, committed and applied",
        "= logged and committed, in no running tree",
        "? logged, never committed",
        "s in a snapshot alone",
        "x cut off again",
        ". never there",
    ];
    out + &legend(paper, &signs.map(str::to_owned))
}

/// Where each server's snapshot, log and tree end.
fn ends(recording: &Recording, servers: &[&ServerShown], paper: Paper) -> String {
    let mut out = String::new();
    for (lane, server) in servers.iter().enumerate() {
        let name = &recording.lanes[lane].name;
        let of = |zxid: Option<zablab_protocol::Zxid>| {
            zxid.map_or_else(|| "none".to_owned(), |zxid| zxid.to_string())
        };
        let text = format!(
            "{name} ({}): snapshot {}, durable to {}, tree at {}",
            server.role,
            of(server.snapshot),
            of(server.durable),
            of(server.zxid)
        );
        out += &paper.note(&text);
    }
    out
}
