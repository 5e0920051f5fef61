//! Servers and clients that suffer a bit of everything for a minute, and then a quiet that is long enough.

use crate::liveness::patience;
use crate::schedule::{Key, Kind, Pace, Range, Stream};
use std::fmt::Write;
use zablab_protocol::Settings;

/// A scenario drawn from a seed: a storm of a minute, then quiet.
pub(super) fn text(seed: u64) -> String {
    let mut stream = Stream::new(seed, Key { kind: Kind::Loss, a: -1, b: -1, number: 0 });
    let mut draw = |below: u64| stream.within(Range { min: 0, max: below - 1 });
    let servers = [3, 3, 3, 4, 5][draw(5) as usize];
    let observer = draw(4) == 0;
    let mut text = String::from("ensemble");
    for sid in 1..=servers {
        let _ = write!(text, " zk{sid}");
    }
    if observer {
        text.push_str(" zk9:observer");
    }
    let mut names: Vec<String> = (1..=servers).map(|sid| format!("zk{sid}")).collect();
    names.extend(observer.then(|| "zk9".to_owned()));
    let count = names.len() as u64;
    let _ = writeln!(text, "\nset tickTime 500\nset window {}", [2, 5, 500][draw(3) as usize]);
    let _ =
        writeln!(text, "set snapCount {}\nset snapshotSizeFactor 1000", [4, 10, 100_000][draw(3) as usize]);
    let mut pace = Pace::default();
    if draw(2) == 0 {
        pace.fsync = Range::micros(1_000, 1_000 * (10 + draw(300)));
        let _ = writeln!(text, "set fsync 1ms..{}ms", pace.fsync.max / 1_000_000);
    }
    if draw(2) == 0 {
        pace.task = Range::micros(0, 1 + draw(3000));
        let _ = writeln!(text, "set task 0us..{}us", pace.task.max / 1_000);
    }
    let mut clients = Stream::new(seed, Key { kind: Kind::Loss, a: -1, b: -2, number: 0 });
    let (workload, stirred) = users(&names, &mut |below| clients.within(Range { min: 0, max: below - 1 }));
    text.push_str(&workload);
    let _ = writeln!(text, "at 0s start all\nat 5s start w");
    let _ = writeln!(text, "at 6s create /d 0 at leader");
    let kinds: Vec<u64> = (0..10).filter(|_| draw(2) == 0).chain([0, 1]).collect();
    let mut at = 6_000;
    while at < 60_000 {
        let longest = if draw(3) == 0 { 30 } else { 4_000 };
        at += 1 + draw(longest);
        let who = &names[draw(count) as usize];
        let other = &names[draw(count) as usize];
        let step = match kinds[draw(kinds.len() as u64) as usize] {
            0 => format!("create /n{at} times {} at {who}", 1 + draw(5)),
            1 => format!("set /d v{at} at {who}"),
            2 => format!("kill {who}"),
            3 => format!("power-off {who}"),
            4 | 5 => format!("start {who}"),
            6 if who != other => format!("cut {who} from {other}"),
            7 if who != other => format!("cut {who} to {other}"),
            8 => "heal".to_owned(),
            9 if draw(2) == 0 => format!("pause {who}"),
            9 => format!("resume {who}"),
            _ => format!("restart {who}"),
        };
        let _ = writeln!(text, "at {at}ms {step}");
    }
    text.push_str(&stirred);
    text.push_str(
        "at 65s heal\nat 65s release\nat 65s resume all\nat 65s resume w\nat 65s start all\nat 65s start w\n",
    );
    text.push_str("by 240s expect available\nat 240s expect available\nat 238s create /d 0 at leader\nat 240s set /d end at leader\n");
    for name in &names {
        let _ = writeln!(text, "by 250s expect {name} data /d end");
    }
    text.push_str("by 250s expect pending 0\n");
    // Long enough for every request, too, that a client gives up only with its session.
    let settings = Settings { tick_time: 500, ..Settings::default() };
    let quiet = patience([(&settings, &pace)].into_iter()).as_secs() + settings.max_session_time().0 / 1000;
    let _ = writeln!(text, "at {}s end", 65 + 1 + quiet);
    text
}

/// A workload, and what is done to its clients during the storm.
fn users(servers: &[String], draw: &mut impl FnMut(u64) -> u64) -> (String, String) {
    let clients = 2 + draw(3);
    // Some ask so often that their requests meet.
    let (operations, think) = if draw(4) == 0 { (500, 20) } else { (250, 400) };
    let mut workload = format!("workload w clients {clients} keys {} operations {operations}", 1 + draw(3));
    for (weight, below) in
        [("reads", 5), ("writes", 5), ("cas", 3), ("sync-reads", 5), ("locks", 2), ("queues", 3)]
    {
        let _ = write!(workload, " {weight} {}", draw(below) + u64::from(weight == "reads"));
    }
    let (least, more) = (1 + draw(think), draw(think));
    let _ = writeln!(workload, " think {least}ms..{}ms timeout {}ms", least + more, 1000 + draw(9000));
    let mut stirred = String::new();
    let mut at = 6_000 + draw(8_000);
    while at < 60_000 {
        let who = format!("w{}", 1 + draw(clients));
        let server = &servers[draw(servers.len() as u64) as usize];
        let step = match draw(11) {
            0 => format!("kill {who}"),
            1 | 2 => format!("start {who}"),
            3 => format!("restart {who}"),
            4 => format!("pause {who}"),
            5 | 6 => format!("resume {who}"),
            7 => format!("cut {who} from {server}"),
            8 => format!("cut {server} to {who}"),
            9 => format!("refuse {who} from {server}"),
            _ => format!("reset {who} from {server}"),
        };
        let _ = writeln!(stirred, "at {at}ms {step}");
        at += 1 + draw(8_000);
    }
    (workload, stirred)
}
