//! Excerpts, clocks, and numbers that nobody can have.

use super::{changed, ensemble};
use std::path::Path;
use zablab_sim::bugs::Release;
use zablab_sim::conform::judge::{Judged, judge_as};
use zablab_sim::conform::{Ensemble, read, report};

fn judged(folder: &Path) -> (Ensemble, Judged) {
    let ensemble = ensemble(folder);
    let judged = judge_as(&ensemble, Release::parse("3.8.0").unwrap()).unwrap();
    (ensemble, judged)
}

fn conforms(folder: &Path) -> Judged {
    let (ensemble, judged) = judged(folder);
    assert!(!report::is_wrong(&ensemble, &judged, false), "{}", report::verdict(&ensemble, &judged, false));
    judged
}

/// A time stamp of the recording, so many seconds later.
fn later(line: &str, seconds: i64) -> String {
    let is_stamped = line.len() > 23 && line.starts_with("2026-11-20 ");
    let number = |range: std::ops::Range<usize>| line[range].parse::<i64>().unwrap();
    if !is_stamped {
        return line.to_owned();
    }
    let total = (number(11..13) * 60 + number(14..16)) * 60 + number(17..19) + seconds;
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60);
    format!("2026-11-20 {hours:02}:{minutes:02}:{rest:02}{}", &line[19..])
}

#[test]
fn a_clock_that_is_wrong_is_set_right_and_named() {
    for (seconds, server) in [(600, "zk2"), (-600, "zk1"), (600, "zk1"), (5, "zk3"), (-3600, "zk3")] {
        let folder = changed("d-kill-leader", &format!("clock-{server}-{seconds}"), |name, file, text| {
            if name != server || file != "zk.log" {
                return text;
            }
            text.lines().map(|line| later(line, seconds) + "\n").collect()
        });
        let judged = conforms(&folder);
        let at = usize::from(server.as_bytes()[2] - b'1');
        let ahead = judged.clocks[at] - judged.clocks[usize::from(at == 0)];
        assert!((ahead - seconds * 1000).abs() < 3_000, "{server} {seconds}: {:?}", judged.clocks);
    }
}

#[test]
fn a_log_that_ends_early_proves_nothing_by_its_end() {
    for (server, lines) in [("zk1", 230), ("zk2", 120), ("zk3", 170), ("zk1", 330), ("zk2", 250)] {
        let folder = changed("d-kill-leader", &format!("ends-{server}-{lines}"), |name, file, text| {
            if name != server || file != "zk.log" {
                return text;
            }
            text.lines().take(lines).map(|line| format!("{line}\n")).collect()
        });
        conforms(&folder);
    }
}

#[test]
fn a_log_that_begins_in_the_middle_is_judged_from_its_first_election_on() {
    for (server, lines) in [("zk1", 300), ("zk2", 203), ("zk3", 130), ("zk1", 120)] {
        let folder = changed("d-kill-leader", &format!("begins-{server}-{lines}"), |name, file, text| {
            if name != server || file != "zk.log" {
                return text;
            }
            text.lines().skip(lines).map(|line| format!("{line}\n")).collect()
        });
        let judged = conforms(&folder);
        let at = usize::from(server.as_bytes()[2] - b'1');
        let explained = judged.servers[at].explained;
        assert!(explained > judged.servers[at].undecided.len(), "{server} {lines}: {explained}");
    }
}

#[test]
fn numbers_that_nobody_can_have_are_objected_to_and_nothing_breaks() {
    let odd = [
        ("proposed zxid=0x100000005", "proposed zxid=0x1ffffffff"),
        ("proposed zxid=0x100000005", "proposed zxid=0xfffffffffffffffe"),
        ("log.100000001", "log.8000000000000000"),
        ("log.100000001", "log.7fffffffffffffff"),
        ("Got zxid 0x100000001", "Got zxid 0x7fffffffffffffff"),
        ("lastProcessedZxid=0x100000005", "lastProcessedZxid=0x8000000000000000"),
        ("highest zxid is 0x100000005", "highest zxid is 0x7fffffffffffffff"),
        ("last processed zxid: 0x200000000", "last processed zxid: 0x7fffffff00000000"),
    ];
    for (number, (from, to)) in odd.into_iter().enumerate() {
        let folder = changed("d-kill-leader", &format!("odd-{number}"), |_, file, text| match file {
            "zk.log" => text.replacen(from, to, 1),
            _ => text,
        });
        let (ensemble, judged) = judged(&folder);
        assert!(report::is_wrong(&ensemble, &judged, false), "{from} became {to}");
    }
    for setting in ["tickTime set to", "initLimit set to", "syncLimit set to"] {
        let folder = changed("d-kill-leader", "odd-setting", |_, file, text| match file {
            "zk.log" => text
                .lines()
                .map(|line| match line.split_once(setting) {
                    Some((head, _)) => format!("{head}{setting} 9223372036854775807\n"),
                    None => format!("{line}\n"),
                })
                .collect(),
            _ => text,
        });
        judged(&folder);
    }
}

#[test]
fn one_servers_log_alone_is_enough() {
    for server in ["zk1", "zk2", "zk3"] {
        for config in [true, false] {
            let folder = changed("a-start-123", &format!("alone-{server}-{config}"), |_, _, text| text);
            let alone = folder.join(server);
            if !config {
                std::fs::remove_file(alone.join("zoo.cfg")).unwrap();
            }
            let reading = read(&[alone], None);
            let judged = judge_as(&reading.ensembles[0], Release::parse("3.8.0").unwrap()).unwrap();
            let verdict = report::verdict(&reading.ensembles[0], &judged, false);
            assert!(!report::is_wrong(&reading.ensembles[0], &judged, false), "{verdict}");
        }
    }
}
