//! What an exploration prints where all holds, and what it refuses.

use crate::harness::{Folder, snapshot};
use serde_json::{Value, json};
use std::fmt::Write;

#[test]
fn all_that_holds_is_reported() {
    let called = Folder::new("holds").call("two.zab --preset one-crash --crashes 0");
    assert_eq!((called.status, &*called.err), (0, ""), "{called:?}");
    assert!(called.out.lines().all(|line| line.chars().count() <= 100), "{}", called.out);
    snapshot!("explore__holds", called.stable());
}

#[test]
fn every_fact_is_a_field() {
    let folder = Folder::new("json");
    let args = "two.zab --preset one-crash --crashes 0 --prompt main,handlers,files --json";
    let report = folder.call(args).json();
    for (field, value) in [
        ("scenario", json!("two.zab")),
        ("preset", json!("one-crash")),
        ("seed", json!(0)),
        ("complete", json!(true)),
        ("ended", json!("complete")),
        ("violations", json!([])),
        ("beyond", json!(0)),
        ("reduced", json!(false)),
        ("settles", json!("holds")),
    ] {
        assert_eq!(report[field], value, "{field}");
    }
    assert_eq!(report["states"], report["lookedAt"]);
    assert!(report["generated"].as_u64() > report["states"].as_u64());
    assert_eq!((&report["bounds"]["crashes"], &report["bounds"]["writes"]), (&json!(0), &json!(1)));
    let grain = &report["grain"];
    assert_eq!(grain["elections"], json!("at-once"));
    assert_eq!((&grain["promptMain"], &grain["promptHandlers"]), (&json!(true), &json!(true)));
    assert_eq!((&grain["promptQueues"], &grain["promptFiles"]), (&json!(false), &json!(true)));
    let judged = report["judged"].as_array().unwrap();
    assert!(judged.contains(&json!("logs-agree")) && judged.contains(&json!("settles")));
    let off = report["off"].as_object().unwrap();
    assert!(off.contains_key("leader-elected") && off.contains_key("fifo-client-order"));
    assert!(judged.iter().all(|name| !off.contains_key(name.as_str().unwrap())));
    let ends = report["ends"].as_array().unwrap();
    assert!(ends.iter().any(|end| end["servers"] == "zk2 leads, zk1 follows it"), "{ends:?}");
    assert!(
        ["servers", "connections", "monitors"].iter().all(|part| report["parts"][part].as_u64() > Some(0))
    );
    for field in ["wallSeconds", "cpuSeconds", "statesPerCpuSecond", "bytesPerState"] {
        assert!(report["timing"][field].is_number(), "{field}");
    }
    // The same search every time, whatever the clock says.
    let mut again = folder.call(args).json();
    again["timing"] = report["timing"].clone();
    assert_eq!(again, report);
}

#[test]
fn all_orders_come_to_the_same_ends_as_fewer() {
    let folder = Folder::new("full");
    let election = "two.zab --preset election --timeouts 0 --json";
    let (fewer, all) = (folder.call(election).json(), folder.call(&format!("{election} --full")).json());
    assert_eq!((&fewer["reduced"], &all["reduced"]), (&json!(true), &json!(false)));
    assert!(fewer["states"].as_u64() <= all["states"].as_u64());
    assert_eq!((&fewer["complete"], &fewer["settles"]), (&all["complete"], &all["settles"]));
    let ends = |report: &Value| report["ends"][0]["servers"].clone();
    assert_eq!(ends(&fewer), ends(&all));
}

#[test]
fn presets_are_listed() {
    let folder = Folder::new("list");
    let called = folder.call("--list");
    assert_eq!((called.status, &*called.err), (0, ""));
    snapshot!("explore__list", called.out);
    let all = folder.call("--list --json").json();
    let names = |all: &Value| -> Vec<String> {
        all.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    let (presets, starts) = (names(&all["presets"]), names(&all["starts"]));
    assert!(presets.iter().all(|name| called.out.contains(&format!("{name}: "))), "{presets:?}");
    assert!(starts.iter().all(|name| called.out.contains(&format!("  {name} "))), "{starts:?}");
    assert!(presets.contains(&"one-crash".to_owned()) && starts.contains(&"elected".to_owned()));
    assert!(all["presets"].as_array().unwrap().iter().all(|preset| preset["bounds"]["epochs"].is_number()));
}

#[test]
fn what_cannot_be_explored_is_refused() {
    let folder = Folder::new("refused");
    let file = |name: &str, text: &str| std::fs::write(folder.0.join(name), text).unwrap();
    file("one.zab", "ensemble zk1\n\nat 0s end\n");
    file("client.zab", "ensemble zk1 zk2\nclient c1 at zk1\n\nat 0s end\n");
    file("paused.zab", "ensemble zk1 zk2\n\nat 0s start all\nat 3s pause zk1\nat 4s end\n");
    file(
        "refused.zab",
        "ensemble zk1 zk2\n\nat 0s refuse zk1 from zk2 on quorum\n      start all\nat 4s end\n",
    );
    let mut told = String::new();
    for args in [
        "",
        "--preset elction",
        "--preset calm",
        "no-such-scenario",
        "one.zab",
        "client.zab",
        "paused.zab",
        "refused.zab",
        "two.zab --crashes 8",
        "two.zab --timeouts 4",
        "two.zab --writes 16",
        "two.zab --elections sometimes",
        "two.zab --prompt main,none",
        "two.zab --memory 16GB",
        "two.zab --time-limit ten",
        "two.zab --property log-agree",
        "two.zab --property leader-serves",
        "two.zab --bug ZK-1",
        "two.zab --save two.zab",
        "two.zab --save no/such/folder.zab",
        "two.zab --save .",
        "two.zab --save -",
        "--list --preset election",
        "--table --crashes 7",
        "--table --bug ZK-335",
        "--only election",
        "--table --only elction",
        "--table --only ZK-975",
    ] {
        let error = folder.call(args).refused().to_owned();
        writeln!(told, "$ zablab explore {args}\n{error}").unwrap();
    }
    snapshot!("explore__refused", told);
}
