//! The log files of a real ensemble.

use insta::Settings;
use zablab_sim::bundled::{self, SCENARIOS};
use zablab_sim::export::Exported;
use zablab_sim::export::zookeeper_log::ZookeeperLog;
use zablab_sim::run::Run;
use zablab_sim::scenario::Scenario;
use zablab_sim::zoo_cfg::ZooCfg;

/// Every file of a run.
pub(super) fn export(name: &str, text: &str) -> Vec<Exported> {
    let scenario = Scenario::parse(name, text).unwrap();
    let run = Run::new(name, text, &scenario, scenario.seed()).unwrap();
    let mut log = ZookeeperLog::new(run.ensemble());
    let outcome = run.finish(&mut [&mut log]).unwrap();
    log.finish(&outcome.ensemble)
}

pub(super) fn file(name: &str, path: &str) -> String {
    let files = export(name, bundled::find(name).unwrap());
    files.into_iter().find(|file| file.path == path).unwrap().text
}

/// Whether a line has log4j's layout, or goes with the one before.
fn is_well_formed(line: &str) -> bool {
    let continues = ["\tat ", "java.", "Caused by: java."];
    let Some((stamp, rest)) = line.split_once(" [myid:") else {
        return continues.iter().any(|start| line.starts_with(start));
    };
    let level = [" - INFO  [", " - WARN  [", " - ERROR ["].iter().any(|level| rest.contains(level));
    let digits = stamp.chars().filter(char::is_ascii_digit).count();
    level && stamp.len() == 23 && digits == 17 && rest.contains("] - ") && rest.contains('@')
}

#[test]
fn every_bundled_run_has_logs_and_they_are_the_same_each_time() {
    for (name, text) in SCENARIOS {
        let files = export(name, text);
        for file in files.iter().filter(|file| file.path.ends_with("zk.log")) {
            let wrong = file.text.lines().find(|line| !is_well_formed(line));
            assert_eq!(wrong, None, "{name}, {}", file.path);
            let stamps: Vec<&str> = file.text.lines().filter(|line| line.contains(" [myid:")).collect();
            assert!(
                stamps.is_sorted_by_key(|line| &line[..23]),
                "{name}, {}: time runs backwards",
                file.path
            );
        }
        assert!(
            files.iter().any(|file| file.text.contains(" - LOOKING\n")) || *name == "standalone",
            "{name}"
        );
        assert!(files == export(name, text), "{name}");
    }
}

#[test]
fn a_log_reads_like_a_real_one() {
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("../snapshots/export");
    settings.bind(|| {
        insta::assert_snapshot!("start-in-order-zk3", file("start-in-order", "zk3/zk.log"));
        insta::assert_snapshot!("observer-zk4-cfg", file("observer", "zk4/zoo.cfg"));
        insta::assert_snapshot!("write-path-txns", file("write-path", "zk1/txns.txt"));
    });
}

/// Asserts that these stand in a log, in this order.
#[track_caller]
fn in_order(log: &str, expected: &[&str]) {
    let mut rest = log;
    for what in expected {
        let found = rest.find(what);
        assert!(found.is_some(), "{what}: not, or not behind what was expected before it, in\n{log}");
        rest = &rest[found.unwrap() + what.len()..];
    }
}

#[test]
fn the_logs_of_a_killed_leader_tell_the_story() {
    let follower = [
        "Starting quorum peer, myid=3",
        "LOOKING\n",
        "Peer state changed: following\n",
        "Successfully connected to leader, using address: /127.0.0.1:2889",
        "Peer state changed: following - synchronization - snap",
        "Learner received NEWLEADER message",
        "Snapshotting: 0x100000000 to /var/lib/zookeeper/3/version-2/snapshot.100000000",
        "Learner received UPTODATE message",
        "Peer state changed: following - broadcast",
        // The leader is killed.
        "Exception when following the leader\njava.io.EOFException\n\tat ",
        "Disconnected from leader (with address: /127.0.0.1:2889). Was connected for ",
        "shutdown Follower",
        "PeerState set to LOOKING",
        "New election. My id = 3, proposed zxid=0x100000000",
        "Cannot open channel to 2 at election address /127.0.0.1:3889\njava.net.ConnectException: Connection \
         refused\n\tat ",
        "n.sid:1, n.state:LOOKING, n.leader:3, n.round:0x2, n.peerEpoch:0x1",
        "Peer state changed: leading\n",
        "LEADING - LEADER ELECTION TOOK - ",
        "Snapshotting: 0x100000000 to ",
        "Follower sid: 1 : info : 127.0.0.1:2888:3888:participant",
        "Synchronizing with Learner sid: 1 maxCommittedLog=0x0 minCommittedLog=0x0 \
         lastProcessedZxid=0x100000000 peerLastZxid=0x0",
        "Have quorum of supporters, sids: [[1, 3]]; starting up and setting last processed zxid: 0x200000000",
        "Peer state changed: leading - broadcast",
        "Creating new log file: log.200000001",
    ];
    in_order(&file("kill-leader", "zk3/zk.log"), &follower);
    let killed = file("kill-leader", "zk2/zk.log");
    assert!(killed.lines().last().unwrap().contains("Sending snapshot last zxid of peer is 0x0"), "{killed}");
}

#[test]
fn a_leader_that_loses_its_quorum_says_why() {
    let told = [
        "Unexpected exception in LearnerHandler: \njava.net.SocketTimeoutException: Read timed out\n",
        "Synchronously closing socket to learner ",
        "******* GOODBYE /127.0.0.1:",
        "Leader@813] - Shutting down",
        "Shutdown called. For the reason Not sufficient followers synced, only synced with sids: [ [2] ]",
        "PeerState set to LOOKING",
        "Notification time out: ",
    ];
    in_order(&file("leader-deaf", "zk2/zk.log"), &told);
}

#[test]
fn what_a_deposed_leader_alone_had_logged_is_cut_off() {
    let told = [
        "1 txns loaded in 0 ms",
        "New election. My id = 2, proposed zxid=0x100000004",
        "Peer state changed: following - synchronization - trunc",
        "Truncating log to get in sync with the leader 0x100000003",
        "QuorumPeer[myid=2](plain=127.0.0.1:2182)(secure=disabled):FileSnap@85] - Reading snapshot ",
        "3 txns loaded in 0 ms",
        "highest zxid is 0x100000003",
        "Learner received NEWLEADER message",
    ];
    in_order(&file("minority-leader-trunc", "zk2/zk.log"), &told);
}

#[test]
fn a_process_that_ends_by_itself_says_why_and_the_next_one_goes_on_in_its_file() {
    let text =
        "ensemble zk1 zk2 zk3\nat 0s fail zk1 snapshot\n        start all\nat 5s start zk1\nat 9s end\n";
    let log = export("broken-disk", text).swap_remove(0).text;
    let told = [
        "Reading configuration from: /var/lib/zookeeper/1/zoo.cfg",
        "ERROR [main:QuorumPeer@1200] - Unable to load database on disk\njava.io.IOException: Input/output error\n",
        "ERROR [main:QuorumPeerMain@114] - Unexpected exception, exiting abnormally\njava.lang.RuntimeException: \
         Unable to run quorum server \n",
        "Caused by: java.io.IOException: Input/output error\n\tat ",
        "ERROR [main:ServiceUtils@42] - Exiting JVM with code 1\n",
        "Reading configuration from: /var/lib/zookeeper/1/zoo.cfg",
        "LOOKING\n",
    ];
    in_order(&log, &told);
}

#[test]
fn an_exported_configuration_is_one_that_zookeeper_takes() {
    for (name, text) in SCENARIOS {
        for file in export(name, text).iter().filter(|file| file.path.ends_with("zoo.cfg")) {
            let read = ZooCfg::read(&file.path, &file.text);
            assert!(read.is_ok(), "{name}, {}:\n{}", file.path, file.text);
        }
    }
}
