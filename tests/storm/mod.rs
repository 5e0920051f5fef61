//! Random scenarios for the tests that ask for something to hold whatever happens.

use std::fmt::Write;
use zablab_sim::schedule::{Key, Kind, Range, Stream};

/// A scenario drawn from a seed: a storm of a minute, then quiet.
pub(crate) fn storm(seed: u64) -> String {
    let mut stream = Stream::new(seed, Key { kind: Kind::Loss, a: -1, b: -1, number: 0 });
    let mut draw = |below: u64| stream.within(Range { min: 0, max: below - 1 });
    let servers = [3, 3, 3, 4, 5][draw(5) as usize];
    let observer = draw(4) == 0;
    let mut text = String::from("ensemble");
    for sid in 1..=servers {
        write!(text, " zk{sid}").unwrap();
    }
    if observer {
        text.push_str(" zk9:observer");
    }
    let mut names: Vec<String> = (1..=servers).map(|sid| format!("zk{sid}")).collect();
    names.extend(observer.then(|| "zk9".to_owned()));
    let count = names.len() as u64;
    writeln!(text, "\nset tickTime 500\nset window {}", [2, 5, 500][draw(3) as usize]).unwrap();
    writeln!(text, "set snapCount {}\nset snapshotSizeFactor 1000", [4, 10, 100_000][draw(3) as usize])
        .unwrap();
    if draw(2) == 0 {
        writeln!(text, "set fsync 1ms..{}ms", 10 + draw(300)).unwrap();
    }
    if draw(2) == 0 {
        writeln!(text, "set task 0us..{}us", 1 + draw(3000)).unwrap();
    }
    writeln!(text, "at 0s start all").unwrap();
    writeln!(text, "at 6s create /d 0 at leader").unwrap();
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
        writeln!(text, "at {at}ms {step}").unwrap();
    }
    text.push_str("at 65s heal\nat 65s release\nat 65s resume all\nat 65s start all\n");
    text.push_str("by 240s expect available\nat 240s expect available\nat 238s create /d 0 at leader\nat 240s set /d end at leader\n");
    for name in &names {
        writeln!(text, "by 250s expect {name} data /d end").unwrap();
    }
    text
}
