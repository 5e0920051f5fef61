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
    assert_eq!(counts.other_servers, BTreeMap::new(), "{file}");
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
