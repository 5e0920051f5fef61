use super::*;
use std::path::Path;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn clean(log: &ServerLog) {
    let counts = &log.counts;
    let file = log.files[0].display();
    assert_eq!(counts.unknown_lines, [], "{file}");
    assert_eq!(counts.malformed_lines, [], "{file}");
    assert_eq!((counts.giant, counts.invalid_utf8), (0, 0), "{file}");
    assert_eq!(counts.other_servers, std::collections::BTreeMap::new(), "{file}");
    assert_eq!(counts.broken, [], "{file}");
    assert_eq!(counts.sum(), counts.lines, "{file}");
    assert_eq!(log.entries.len() as u64, counts.protocol, "{file}");
}

#[test]
fn excerpts_are_read_as_such() {
    let reading = read(&[here("tests/real-logs/docker-start-123")], None);
    let [ensemble] = &reading.ensembles[..] else { panic!("{reading:?}") };
    assert_eq!(ensemble.servers.len(), 3);
    for (log, name) in ensemble.servers.iter().zip(["zk1", "zk2", "zk3"]) {
        assert_eq!(log.name, name);
        assert!(log.is_excerpt && log.members.is_none());
        clean(log);
    }
    assert_eq!(ensemble.release.to_string(), "3.6.0 to 3.9.x (texts of its messages)");
}

#[test]
fn what_lies_beside_a_log_is_read_with_it() {
    let folders = ["a-start-123", "d-kill-leader"].map(|name| here(&format!("tests/real-logs/3.8.0/{name}")));
    let reading = read(&folders, None);
    assert_eq!(reading.ensembles.len(), 2);
    // The merged time lines.
    assert_eq!(reading.skipped.len(), 2);
    for Ensemble { folder, servers, release } in &reading.ensembles {
        assert!(release.is_of(3, 8), "{}: {release}", folder.display());
        assert_eq!(servers.iter().map(|log| &*log.name).collect::<Vec<_>>(), ["zk1", "zk2", "zk3"]);
        for log in servers {
            clean(log);
            assert!(!log.is_excerpt);
            assert_eq!(log.notes, [] as [String; 0]);
            let config = log.members.as_ref().and_then(|members| members.config(log.sid)).unwrap();
            assert_eq!((config.settings.init_limit, config.verifier.voters().count()), (10, 3));
        }
    }
    let [zk1, zk2, _] = &reading.ensembles[1].servers[..] else { panic!("three servers") };
    let starts =
        |log: &ServerLog| log.entries.iter().filter(|entry| entry.event == Event::ReadingConfig).count();
    assert_eq!((starts(zk1), starts(zk2)), (1, 2));
    let txns = zk1.txns.as_ref().unwrap();
    assert_eq!((txns.entries().count(), txns.is_cut(), &*txns.odd), (10, false, &[][..]));
    let gone = zk1.entries.iter().find(|entry| entry.event == Event::LearnerFailed).unwrap();
    assert!(gone.cause.as_deref().is_some_and(|cause| cause.starts_with("java.")), "{gone:?}");
}

#[test]
fn a_log_is_visited_without_being_kept() {
    let found = find(&[here("tests/real-logs/3.8.0/r4-leader-deaf")], None);
    let reading = read(&[here("tests/real-logs/3.8.0/r4-leader-deaf")], None);
    for (source, log) in found.ensembles[0].1.iter().zip(&reading.ensembles[0].servers) {
        let mut entries = Vec::new();
        let visit = source.visit(|entry| entries.push(entry));
        assert_eq!((&entries, &visit.counts), (&log.entries, &log.counts));
    }
}

#[test]
fn everything_that_was_recorded_is_understood() {
    for folder in ["../shared/real-logs", "../shared/seed-logs"] {
        // Where the recordings are not, there is nothing to read.
        if !here(folder).is_dir() {
            continue;
        }
        let reading = read(&[here(folder)], None);
        assert!(reading.ensembles.len() >= 3);
        reading.ensembles.iter().flat_map(|ensemble| &ensemble.servers).for_each(clean);
    }
}
