//! Files that are not there, one file for each server, lists that differ, files that a scenario names.

use crate::Folder;
use std::fs;

#[test]
fn a_configuration_that_is_not_there_is_refused() {
    let folder = Folder::new("absent");
    let refused = folder.refused(&["run", "--config", "absent.cfg"]);
    assert_eq!(refused, "error: absent.cfg does not exist (a ZooKeeper server ends here with exit code 2)\n");
    let refused = folder.refused(&["run", "--config", "."]);
    assert_eq!(
        refused,
        "error: . is a directory; expected a zoo.cfg (a ZooKeeper server ends here with exit code 2)\n"
    );
    assert!(folder.refused(&["run"]).contains("not provided"));
}

const THREE: &str = "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=data\nserver.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\n";

/// Each server's own file and `myid`, as on three machines.
fn three(name: &str, myids: [&str; 3]) -> Folder {
    let folder = Folder::new(name);
    for (index, myid) in myids.iter().enumerate() {
        folder.write(&format!("{}/zoo.cfg", index + 1), THREE);
        folder.write(&format!("{}/myid", index + 1), myid);
    }
    folder
}

const OWN: [&str; 7] =
    ["run", "--config", "zk1=1/zoo.cfg", "--config", "zk2=2/zoo.cfg", "--config", "zk3=3/zoo.cfg"];

#[test]
fn a_second_server_of_one_id_is_refused() {
    three("ids", ["1", "2", "3"]).held(&OWN);
    let refused = three("same-id", ["1", "2", "2"]).refused(&OWN);
    assert!(refused.contains("3/zoo.cfg is the configuration of zk3, and its myid is 2"), "{refused}");
    assert!(refused.contains("exit code 14"), "{refused}");
}

#[test]
fn a_server_that_is_not_in_its_own_list_is_refused() {
    let folder = Folder::new("unlisted");
    folder.write("zoo.cfg", THREE);
    let refused = folder.refused(&["run", "--config", "zk4=zoo.cfg"]);
    assert!(refused.contains("server.4 is missing") && refused.contains("exit code 1"), "{refused}");
    let refused = folder.refused(&["run", "--config", "zk1=zoo.cfg"]);
    assert!(refused.contains("zk2 is in the list of zoo.cfg and has no configuration"), "{refused}");
}

/// Two servers need each other; the one that is left refuses to serve.
#[test]
fn two_servers_tolerate_no_failure() {
    let folder = Folder::new("two");
    folder.write("zoo/zoo.cfg", &THREE.replace("server.3=c:1:2\n", ""));
    folder.write(
        "two.zab",
        "config zoo/zoo.cfg\n\nat 0s start zk1\nat 4s expect unavailable\nat 4s start zk2\nby 8s expect leader zk2\n\
         at 8s expect zk1 epoch 1\nat 8s kill zk2\nat 16s expect unavailable\n",
    );
    let (_, err) = folder.held(&["run", "two.zab"]);
    assert!(err.contains("zoo/zoo.cfg:6: server.N: no server failure will be tolerated"), "{err}");
}

/// Nothing tells real servers that their lists differ: each counts quorums by its own, and two of them lead.
#[test]
fn lists_may_differ_and_each_server_counts_by_its_own() {
    let folder = Folder::new("lists");
    folder.write("zoo.cfg", THREE);
    folder.write("other.cfg", &THREE.replace("server.1", "server.4").replace("server.2", "server.5"));
    folder.write(
        "lists.zab",
        "config zoo.cfg\nconfig zk4 other.cfg\nconfig zk5 other.cfg\n\n\
         at 0s start zk1 zk2\nby 5s expect leader zk2\nat 5s start zk4 zk5\nat 10s expect zk5 leading\n",
    );
    let (status, out, _) = folder.call(&["run", "lists.zab", "--trace", "t.jsonl"]);
    assert_eq!(status, 1, "{out}");
    assert!(out.contains("\nBROKEN one-leader-per-epoch at "), "{out}");
    let trace = fs::read_to_string(folder.0.join("t.jsonl")).unwrap();
    for set in ["zk1 servers 1:2:3", "zk2 servers 1:2:3", "zk4 servers 3:4:5", "zk5 servers 3:4:5"] {
        assert!(trace.contains(&format!("\\nset {set}\\n")), "{set}");
    }
    // The trace needs none of the files.
    for file in ["zoo.cfg", "other.cfg", "lists.zab"] {
        fs::remove_file(folder.0.join(file)).unwrap();
    }
    folder.held(&["replay", "t.jsonl"]);
}

#[test]
fn a_scenario_keeps_its_line_numbers() {
    let folder = Folder::new("lines");
    folder.write("zoo.cfg", THREE);
    folder.write("x.zab", "config zoo.cfg\nset tickTime 500\n\nat 0s start zk1\nby 2s expect available\n");
    let (status, out, _) = folder.call(&["run", "x.zab"]);
    assert_eq!(status, 1);
    assert!(out.contains("x.zab, line 5: "), "{out}");
    folder.write("x.zab", "config zoo.cfg\n\nat 0s start zk4\n");
    assert!(folder.refused(&["run", "x.zab"]).contains("--> x.zab:3:13"));
    folder.write("x.zab", "config zoo.cfg\nensemble zk1\nat 0s start zk1\n");
    assert!(folder.refused(&["run", "x.zab"]).contains("--> x.zab:2:10"));
    folder.write("x.zab", "ensemble zk1 zk2\nat 0s start zk1\nat 3s expect unavailable\n");
    folder.held(&["run", "x.zab"]);
    // With --config there are three, and the scenario's own settings of the same keys do not count.
    folder.write(
        "x.zab",
        "ensemble zk1 zk2 zk3 zk4\nset initLimit 1\nat 0s start zk1 zk2\nat 5s expect available\n",
    );
    folder.held(&["run", "x.zab", "--config", "zoo.cfg", "--trace", "t.jsonl"]);
    let trace = fs::read_to_string(folder.0.join("t.jsonl")).unwrap();
    assert!(trace.contains("# set initLimit 1\\n") && trace.contains("\\nset initLimit 10\\n"), "{trace}");
}

#[test]
fn the_list_can_come_from_a_dynamic_file() {
    let folder = Folder::new("dynamic");
    let (settings, servers) = THREE.split_at(THREE.find("server.1").unwrap());
    folder.write("conf/zoo.cfg", &format!("{settings}dynamicConfigFile=zoo.dynamic\n"));
    folder.write("conf/zoo.dynamic", servers);
    let args = ["run", "--config", "conf/zoo.cfg"];
    assert!(folder.held(&args).0.contains("needs 2 of 3"));
    folder.write("conf/zoo.dynamic", &format!("{servers}tickTime=5\n"));
    let refused = folder.refused(&args);
    assert!(refused.contains("--> conf/zoo.dynamic:4:1") && refused.contains("tickTime"), "{refused}");
}

/// zk5 calls back zk1, which its list lacks, while zk4 lets it wait for the end of a time-out.
#[test]
fn a_call_to_a_stranger_disturbs_no_other() {
    let folder = Folder::new("stranger");
    folder.write(
        "x.zab",
        "ensemble zk1 zk2 zk4 zk5\nset absent unanswered\nset zk1 servers 1:2:5\nset zk5 servers 4:5\n\n\
         at 0s start zk5\nat 1s start zk1\nat 8s end\n",
    );
    let (out, _) = folder.held(&["run", "x.zab"]);
    let calls_back = out.lines().position(|line| line.contains("zk5 ") && line.contains("zk1")).expect(&out);
    let gives_up =
        out.lines().position(|line| line.contains("zk5    cannot open a channel to zk4")).expect(&out);
    assert!(calls_back < gives_up, "{out}");
}
