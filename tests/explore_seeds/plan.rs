//! A seed's run: a preset's start, and behind it a world of the seed's own paces and faults.

use std::fmt::Write;
use zablab_sim::schedule::{Key, Kind, Range, Stream};

/// What may be done to a world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct May {
    /// One server is killed or loses power, and starts again.
    pub(crate) crash: bool,
    /// One write at the leader.
    pub(crate) write: bool,
    /// Notification time-outs pass.
    pub(crate) notify: bool,
    /// Servers enter roles and leave them.
    pub(crate) roles: bool,
    /// How long a run goes on behind the start, in ms.
    pub(crate) length: u64,
}

struct Draws(Stream);

impl Draws {
    fn below(&mut self, below: u64) -> u64 {
        self.0.within(Range { min: 0, max: below - 1 })
    }

    /// A time in ms, often a short one.
    fn time(&mut self, longest: u64) -> u64 {
        let most = longest >> self.below(6);
        self.below(most + 1)
    }

    /// A range of times whose longest is at most so many ms, often far less.
    fn range(&mut self, longest: u64) -> String {
        let max = (longest * 1000) >> self.below(12);
        let min = if self.below(2) == 0 { 0 } else { self.below(max + 1) };
        format!("{min}us..{max}us")
    }
}

/// The scenario of a seed. `end` is the last line of the start.
pub(crate) fn text(start: &str, may: May, seed: u64) -> (String, u64) {
    let (head, end) = start.trim_end().rsplit_once("\nat ").unwrap();
    let at: u64 = end.strip_suffix("s end").unwrap().trim().parse::<u64>().unwrap() * 1000;
    let mut draws = Draws(Stream::new(seed, Key { kind: Kind::Plan, a: 1, b: 0, number: 0 }));
    let mut text = String::new();
    let (ensemble, rest) = head.split_once('\n').unwrap();
    writeln!(text, "{ensemble}").unwrap();
    let servers: Vec<&str> = ensemble.split_whitespace().skip(1).collect();
    for server in servers.iter().filter(|_| may.roles) {
        writeln!(text, "set {server} takeover {}", draws.range(400)).unwrap();
        writeln!(text, "set {server} teardown {}", draws.range(400)).unwrap();
    }
    let rest = if may.notify && draws.below(2) == 0 {
        rest.replace("Interval 60000", &format!("Interval {}", 4600 + draws.below(800)))
    } else {
        rest.to_owned()
    };
    writeln!(text, "{rest}").unwrap();
    let slow = draws.below(6);
    for (nth, server) in servers.iter().enumerate() {
        let factor = if nth as u64 == slow { 4 } else { 1 };
        for (key, longest) in [("latency", 300), ("connect", 300), ("fsync", 300), ("write", 300)] {
            writeln!(text, "at {at}ms set {server} {key} {}", draws.range(longest * factor)).unwrap();
        }
        if draws.below(2) == 0 {
            writeln!(text, "at {at}ms set {server} task {}", draws.range(40 * factor)).unwrap();
        }
    }
    writeln!(text, "at {at}ms release").unwrap();
    let mut steps: Vec<(u64, String)> = Vec::new();
    if may.write && draws.below(4) > 0 {
        steps.push((at + draws.time(12_000), "create /w1 at leader".to_owned()));
    }
    if may.crash && draws.below(8) > 0 {
        let server = servers[draws.below(servers.len() as u64) as usize];
        let when = at + draws.time(8_000);
        let kills = draws.below(2) == 0;
        let step =
            if kills { format!("kill {server}") } else { format!("power-off {server} losing unsynced") };
        steps.push((when, step));
        if draws.below(5) > 0 {
            steps.push((when + draws.time(15_000), format!("start {server}")));
        }
    }
    steps.sort();
    for (when, step) in steps {
        writeln!(text, "at {when}ms {step}").unwrap();
    }
    writeln!(text, "at {}ms end", at + may.length).unwrap();
    (text, at * 1_000_000)
}
