//! Each case of `bad-config/`.

use crate::{Folder, cases};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

/// What a configuration comes to here.
#[derive(Clone, Copy, Debug)]
enum Ours {
    /// Refused: the file, the line, and the key that is named.
    Refused(&'static str, usize, &'static str),
    /// It runs, with these lines and keys remarked on and no others.
    Runs(&'static [(usize, &'static str)]),
    /// It runs although a real server would not, for the reason in the table above; likewise.
    RunsHere(&'static [(usize, &'static str)]),
}
use Ours::{Refused, Runs, RunsHere};

const CASES: &[(&str, Ours)] = &[
    ("broken-escape", Refused("zoo.cfg", 6, "\\u")),
    ("clientPort-missing", Refused("zoo.cfg", 5, "clientPort")),
    ("clientPort-out-of-range", Refused("zoo.cfg", 5, "clientPort")),
    ("cnxTimeout-not-a-number", Refused("zoo.cfg", 6, "cnxTimeout")),
    ("commitLogCount-50", Runs(&[(6, "commitLogCount")])),
    ("dataDir-missing", Refused("zoo.cfg", 10, "dataDir")),
    ("datadir-cannot-be-made", RunsHere(&[(6, "datadir.autocreate")])),
    ("duplicate-addresses", Runs(&[(11, "server.3")])),
    ("duplicate-server-ids", Runs(&[(10, "server.2")])),
    ("dynamic-file-missing", Refused("zoo.cfg", 6, "dynamicConfigFile")),
    ("election-port-out-of-range", Refused("zoo.cfg", 11, "server.1")),
    ("electionAlg-0", Refused("zoo.cfg", 9, "electionAlg")),
    ("even-four-servers", Runs(&[(12, "server.N")])),
    ("every-shape", Runs(&[])),
    ("group-not-a-number", Refused("zoo.cfg", 9, "group.1")),
    ("group-of-a-stranger", Refused("zoo.cfg", 10, "group.2")),
    ("groups-and-weights", Runs(&[])),
    ("initLimit-missing", Refused("zoo.cfg", 10, "initLimit")),
    ("initLimit-zero", Refused("zoo.cfg", 2, "initLimit")),
    ("ipv6-without-brackets", Refused("zoo.cfg", 7, "server.2")),
    ("key-misspelt", Runs(&[(1, "ticktime")])),
    ("key-twice", Runs(&[(1, "tickTime")])),
    ("missing-myid", Refused("zoo.cfg", 4, "myid")),
    ("myid-blank-padded", Refused("data/myid", 1, "myid")),
    ("myid-empty", Refused("data/myid", 1, "myid")),
    ("myid-not-a-number", Refused("data/myid", 1, "myid")),
    ("myid-not-in-list", Refused("data/myid", 1, "myid")),
    ("no-server-and-no-standalone", Refused("zoo.cfg", 6, "server.N")),
    ("no-server-lines", Runs(&[(8, "server.N")])),
    ("number-too-large", Refused("zoo.cfg", 6, "maxClientCnxns")),
    ("observer-without-peerType", Runs(&[(9, "peerType")])),
    ("one-participant-with-observers", Refused("zoo.cfg", 6, "server.1")),
    ("one-server-in-list", Runs(&[(9, "server.N")])),
    ("one-server-no-standalone", Runs(&[(7, "server.N")])),
    ("only-observers", Refused("zoo.cfg", 9, "server.1")),
    ("peerType-mismatch", Runs(&[(12, "peerType")])),
    ("peerType-unknown", Refused("zoo.cfg", 12, "peerType")),
    ("port-not-a-number", Refused("zoo.cfg", 7, "server.2")),
    ("port-with-a-blank", Refused("zoo.cfg", 7, "server.2")),
    ("ports-equal", Refused("zoo.cfg", 7, "server.2")),
    ("server-id-not-a-number", Refused("zoo.cfg", 11, "server.x")),
    ("server-in-no-group", Refused("zoo.cfg", 8, "server.3")),
    ("server-in-two-groups", Refused("zoo.cfg", 10, "group.2")),
    ("server-line-too-short", Refused("zoo.cfg", 11, "server.3")),
    ("server-type-unknown", Refused("zoo.cfg", 11, "server.3")),
    ("servers-beside-dynamic-file", Refused("zoo.cfg", 7, "server.1")),
    ("session-above-default", Refused("zoo.cfg", 6, "minSessionTimeout")),
    ("sessions-upside-down", Refused("zoo.cfg", 6, "minSessionTimeout")),
    ("several-addresses", Runs(&[(7, "server.1")])),
    ("several-addresses-off", Refused("zoo.cfg", 6, "server.1")),
    ("snapCount-1", Runs(&[(6, "snapCount")])),
    ("snapshotSizeFactor-2", Runs(&[(6, "snapshotSizeFactor")])),
    ("syncLimit-missing", Refused("zoo.cfg", 10, "syncLimit")),
    ("syncLimit-zero", Refused("zoo.cfg", 3, "syncLimit")),
    ("tickTime-missing", Runs(&[])),
    ("tickTime-not-a-number", Refused("zoo.cfg", 1, "tickTime")),
    ("tickTime-zero", Refused("zoo.cfg", 1, "tickTime")),
    ("truth-value-unknown", Refused("zoo.cfg", 6, "standaloneEnabled")),
    ("two-servers", Runs(&[(10, "server.N")])),
    ("unknown-key", Runs(&[(12, "noSuchKey")])),
    ("valid-config-but-alone", Runs(&[])),
    ("weight-without-groups", Refused("zoo.cfg", 6, "server.1")),
];

/// `key` stands there as a word of its own.
fn names(text: &str, key: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric();
    text.match_indices(key).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + key.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// What the real server did.
fn real(case: &str) -> Option<u64> {
    let text = fs::read_to_string(cases().join(case).join("outcome.json")).unwrap();
    let outcome: Value = serde_json::from_str(&text).unwrap();
    outcome.get("exit_code").expect("it is told").as_u64()
}

fn check(case: &str, ours: Ours) -> String {
    let folder = Folder::of_case(case);
    let args = ["run", "--config", "zoo.cfg"];
    let lines = match ours {
        Refused(file, line, key) => {
            let err = folder.refused(&args);
            let code = real(case).unwrap_or_else(|| panic!("{case}: the real server runs"));
            assert!(err.contains(&format!("exit code {code}")), "{case}: {err}");
            let place = format!("--> {file}:{line}:");
            assert!(err.contains(&place), "{case}: {place} is not in {err}");
            assert!(names(&err, key), "{case}: {key} is not in {err}");
            return err;
        }
        Runs(lines) => {
            assert_eq!(real(case), None, "{case}: the real server ends");
            lines
        }
        RunsHere(lines) => {
            assert!(real(case).is_some(), "{case}: the real server runs, too");
            lines
        }
    };
    let (out, err) = folder.held(&args);
    assert!(out.contains("\nThe service is available.\n"), "{case}: {out}");
    assert_eq!(err.lines().count(), lines.len(), "{case}: {err}");
    for ((line, key), told) in lines.iter().zip(err.lines()) {
        let place = format!(": zoo.cfg:{line}: {key}: ");
        assert!(told.contains(&place), "{case}: {place} is not in {told}");
    }
    err
}

#[test]
fn every_configuration_comes_to_what_it_does_in_the_real_world() {
    let listed: BTreeSet<String> = CASES.iter().map(|(case, _)| (*case).to_owned()).collect();
    let found = fs::read_dir(cases()).unwrap();
    let found: BTreeSet<String> =
        found.map(|case| case.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(listed, found);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(cases().join("../snapshots/bad-config"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (case, ours) in CASES {
            insta::assert_snapshot!(*case, check(case, *ours));
        }
    });
}
