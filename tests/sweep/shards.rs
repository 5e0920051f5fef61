//! Sweeps that are divided, and put together again.

use crate::harness::Folder;
use serde_json::json;

/// Runs every shard, whatever it comes to.
fn divided(folder: &Folder, args: &str, of: u32, out: &str) {
    for number in 1..=of {
        let called = folder.call(&format!("{args} --shard {number}/{of} --out {out}"));
        assert!(called.status < 2, "{called:?}");
    }
}

#[test]
fn shards_merged_equal_the_whole() {
    let folder = Folder::new("merge");
    for (out, args) in [
        ("clean", "sweep --seeds 5..45".to_owned()),
        ("lowest", "sweep --seeds 0..60 --no-shrink --defects reign-without-quorum".to_owned()),
        ("all", "sweep --seeds 0..90 --keep-going --no-shrink --defects reign-without-quorum".to_owned()),
        (
            "some",
            "sweep --seeds 0..90 --keep-going --max-failures 2 --no-shrink --defects reign-without-quorum"
                .to_owned(),
        ),
    ] {
        let whole = folder.call(&format!("{args} --json"));
        for of in [2, 5] {
            let out = format!("{out}-{of}");
            divided(&folder, &args, of, &out);
            let merged = folder.call(&format!("merge {out} --json --out {out}/merged"));
            assert_eq!((merged.status, merged.report()), (whole.status, whole.report()), "{out}");
            assert_eq!(folder.report(&format!("{out}/merged")), whole.report(), "{out}");
        }
    }
}

#[test]
fn folders_of_shards_merge_one_by_one_too() {
    let folder = Folder::new("one-by-one");
    divided(&folder, "sweep --seeds 0..10", 2, "x");
    let both = folder.call("merge x/shard-2-of-2 x/shard-1-of-2 --json --junit all.xml");
    assert_eq!((both.status, both.report()["runs"].as_u64()), (0, Some(10)));
    assert!(folder.read("all.xml").contains("zablab sweep everything 0..10"));
    assert!(folder.call("merge x x/shard-1-of-2").refused().contains("shard 1/2 is there twice"));
}

#[test]
fn failures_of_shards_are_named_and_copied_to_the_whole() {
    let folder = Folder::new("copied");
    let args = "sweep --seeds 0..60 --keep-going --no-shrink --defects reign-without-quorum";
    divided(&folder, args, 2, "x");
    let merged = folder.call("merge x");
    let failed = merged.folders();
    assert!(!failed.is_empty(), "{merged:?}");
    let merged = folder.call("merge x --out all");
    let copied = merged.folders();
    assert_eq!(copied.len(), failed.len());
    for (from, to) in failed.iter().zip(&copied) {
        assert!(from.starts_with("x/shard-") && to.starts_with("all/"), "{from} {to}");
        for file in ["plan.zab", "trace.jsonl", "verdict.txt"] {
            assert_eq!(folder.read(&format!("{from}/{file}")), folder.read(&format!("{to}/{file}")));
        }
        assert!(folder.read(&format!("{to}/reproduce.txt")).contains(&format!("zablab run {to}/plan.zab ")));
        assert!(
            folder.read(&format!("{from}/reproduce.txt")).contains(&format!("zablab run {from}/plan.zab "))
        );
    }
}

#[test]
fn what_is_missing_is_said_and_nothing_is_green_without_it() {
    let folder = Folder::new("missing");
    divided(&folder, "sweep --seeds 0..12", 3, "x");
    std::fs::remove_dir_all(folder.0.join("x/shard-2-of-3")).unwrap();
    let merged = folder.call("merge x");
    assert_eq!(merged.status, 3, "{merged:?}");
    assert!(merged.out.contains("No report of shard 2/3"), "{merged:?}");
    let report = folder.call("merge x --json").report();
    assert_eq!(
        (&report["runs"], &report["next"], &report["missing"]),
        (&json!(8), &json!("4"), &json!(["2/3"]))
    );
}

#[test]
fn different_sweeps_do_not_merge() {
    let folder = Folder::new("different");
    assert_eq!(folder.call("sweep --seeds 0..4 --shard 1/2 --out a").status, 0);
    assert_eq!(folder.call("sweep --seeds 0..6 --shard 2/2 --out a").status, 0);
    assert!(folder.call("merge a").refused().contains("are of different sweeps"));
    assert_eq!(folder.call("sweep --seeds 0..4 --shard 2/3 --out b").status, 0);
    assert!(folder.call("merge a/shard-1-of-2 b").refused().contains("of 2 shards"));
    assert_eq!(folder.call("sweep --seeds 0..4 --out c").status, 0);
    assert!(folder.call("merge c").refused().contains("undivided sweep"));
}

#[test]
fn a_job_array_says_which_shard() {
    let folder = Folder::new("array");
    let mut command = folder.command("sweep --seeds 0..10");
    let array =
        [("SLURM_ARRAY_TASK_ID", "2"), ("SLURM_ARRAY_TASK_COUNT", "5"), ("SLURM_ARRAY_TASK_MIN", "1")];
    let called = folder.finish(command.envs(array));
    assert_eq!(called.status, 0, "{called:?}");
    assert!(called.out.starts_with("Shard 2/5, taken from SLURM_ARRAY_TASK_ID.\n"), "{called:?}");
    let report = folder.report("zablab-failures/shard-2-of-5");
    assert_eq!((&report["runs"], &report["shard"]), (&json!(2), &json!({"number": 2, "of": 5})));
    // What is asked for in words counts before what an engine sets.
    let mut command = folder.command("sweep --seeds 0..10 --shard 1/1 --json");
    let whole = folder.finish(command.envs(array)).report();
    assert_eq!((&whole["runs"], whole.get("shard")), (&json!(10), None));
    let mut command = folder.command("sweep --seeds 0..10");
    let called = folder.finish(command.env("CI_NODE_INDEX", "3").env("CI_NODE_TOTAL", "2"));
    assert!(called.refused().contains("CI_NODE_INDEX is 3 and CI_NODE_TOTAL is 2"), "{called:?}");
}
