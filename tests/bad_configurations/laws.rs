//! What holds of any configuration, and of the settings that one comes to.

use crate::Folder;
use proptest::prelude::*;
use proptest::sample::select;
use zablab_sim::run::Run;
use zablab_sim::scenario::Scenario;
use zablab_sim::zoo_cfg::{Configs, ZooCfg};

/// zk1 misses ten writes; the others keep five of them, or five hundred.
#[test]
fn a_small_window_is_a_setting_and_a_small_commit_log_count_is_none() {
    let folder = Folder::new("window");
    let scenario = |setting: &str, mode: &str| {
        format!(
            "ensemble zk1 zk2 zk3\nset snapshotSizeFactor -1\n{setting}\nat 0s start all\nby 3s expect available\n\
             at 3s create /a at leader\nat 4s kill zk1\nat 5s create /b at leader\n\
             at 6s set /b x times 10 at leader\nat 9s start zk1\nby 12s expect zk1 synced {mode}\n"
        )
    };
    let told = |setting: &str, mode: &str| {
        folder.write("x.zab", &scenario(setting, mode));
        folder.held(&["run", "x.zab"]).1
    };
    assert_eq!(told("set window 5", "SNAP"), "");
    assert_eq!(told("set window 5\nset commitLogCount 700", "SNAP"), "");
    assert_eq!(
        told("set commitLogCount 5", "DIFF"),
        "warning: x.zab:3: commitLogCount: 5 is less than ZooKeeper's least, 500, and becomes 500; `window` may be smaller\n"
    );
}

#[test]
fn settings_that_no_server_could_have_are_refused_where_they_stand() {
    let refused = |settings: &str| {
        let text = format!("ensemble zk1 zk2\n{settings}\nat 0s start all\n");
        let scenario = Scenario::parse("x.zab", &text).unwrap();
        let error = Run::new("x.zab", &text, &scenario, 0).err().expect("it is refused");
        format!("{}:{} {}", error.line, error.column, error.message)
    };
    assert_eq!(
        refused("set zk1 minSessionTimeout 5000\nset maxSessionTimeout 4000"),
        "2:5 minSessionTimeout is 5000 ms and must not be larger than maxSessionTimeout, 4000 ms"
    );
    assert_eq!(
        refused("set tickTime 50\nset minSessionTimeout 4000"),
        "3:5 minSessionTimeout is 4000 ms and must not be larger than maxSessionTimeout, 1000 ms"
    );
    assert_eq!(refused("set zk1 servers 1:9"), "2:5 server 9 of this list is not in the ensemble");
    assert_eq!(
        refused("set zk1 voters 2\nset zk2 weight.1 3"),
        "3:5 server 1 has a weight, but there are no groups"
    );
    // Whoever reads no files cannot run it.
    assert_eq!(refused("config zk1 zoo.cfg"), "2:8 `zoo.cfg` stands for a file that is not read here");
}

const USUAL: &str = "dataDir=/d\ninitLimit=5\nsyncLimit=5\nserver.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\n";

#[rustfmt::skip]
const LINES: &[&str] = &[
    "tickTime=2000", "tickTime=-1", "tickTime=", "initLimit 10", "initLimit=0", "syncLimit:5", "syncLimit=-5",
    "dataDir=/d", "dataDir=/d", "minSessionTimeout=-1", "minSessionTimeout=-2", "maxSessionTimeout=70000",
    "clientPort=2181", "connectToLearnerMasterLimit=3", "snapshotSizeFactor=1e-9", "snapshotSizeFactor=-3",
    "snapshotSizeFactor=NaN", "commitLogCount=99999999999", "cnxTimeout=0", "preAllocSize=-1", "maxBatchSize=1",
    "testingonly.initialZxid=4294967295", "leader.maxTimeToWaitForEpoch=-1", "forceSnapshotSync=TRUE",
    "fastleader.minNotificationInterval=0x10", "standaloneEnabled=false", "peerType=observer", "server.1=a:1:2",
    "server.2=b:1:2", "server.01=b:1:2", "server.3=c:1:2", "server.3=c:1:2:observer", "server.-4=c:1:2", "server.9=[::1]:1:2;3",
    "server.99999999999999999999=c:1:2", "group.1=1:2", "group.01=3", "group.2=3:9", "group=1", "weight.1=0",
    "weight.3=5", "weight.2=-1", "\\", "a\\", "# x\\", "=", ":", "\u{feff}tickTime=1", "\\u00", "ä=ö\\ü",
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(2000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever a file holds, it is refused with a place in it, or what it says can be run.
    #[test]
    fn what_is_accepted_can_be_run(
        lines in prop::collection::vec(
            prop_oneof![6 => select(LINES).prop_map(str::to_owned), 1 => any::<String>()],
            0..9,
        ),
        usual: bool,
    ) {
        let head = if usual { USUAL } else { "" };
        let text = format!("{head}{}", lines.join("\n"));
        match ZooCfg::read("zoo.cfg", &text) {
            Ok(cfg) => {
                let mut configs = Configs::default();
                configs.for_all(cfg, None);
                let statements = configs.statements(&[]).unwrap();
                let mut lines: Vec<String> = statements.iter().map(ToString::to_string).collect();
                lines.push("at 0s start all".to_owned());
                let text = lines.join("\n");
                let scenario = Scenario::parse("zoo.zab", &text);
                let scenario = scenario.map_err(|error| TestCaseError::fail(error.to_string()))?;
                if let Err(error) = Run::new("zoo.zab", &text, &scenario, 0) {
                    return Err(TestCaseError::fail(error.to_string()));
                }
            }
            Err(refusal) => {
                let error = &refusal.diagnostic;
                prop_assert!(error.source.get(error.span.clone()).is_some(), "{:?}", error);
                prop_assert!(refusal.to_string().contains(&format!("zoo.cfg:{}:", error.line)), "{}", refusal);
            }
        }
    }
}
