//! What a sweep does with runs that fail.

use crate::harness::Folder;
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use zablab_sim::storm::Profile;
use zablab_sim::sweep::{self, Ended, LastDecisions, Order, Quiet, Report, Seeds, Subject, Trial, Watch};

/// A fault of the machine that hardly any seed misses, and one that fails in some seeds and in several ways.
const OFTEN: &str = "ack-before-fsync";
const SOMETIMES: &str = "reign-without-quorum";

/// A machine that panics, which its contract rules out.
const PANICS: &str = "panic-at-trunc";

/// The folders of failures that a report names.
fn folders(report: &Value) -> Vec<String> {
    let mut folders: Vec<String> = report["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failure| failure["folder"].as_str().unwrap().to_owned())
        .collect();
    folders.sort();
    folders
}

#[test]
fn without_keep_going_it_stops_at_the_lowest_failing_seed_with_any_number_of_jobs() {
    let folder = Folder::new("lowest");
    let args = format!("sweep --seeds 0..200 --json --no-shrink --defects {SOMETIMES} --jobs");
    let one = folder.call(&format!("{args} 1"));
    assert_eq!((one.status, &*one.err), (1, ""), "{one:?}");
    let report = one.report();
    let lowest: u64 = report["failures"][0]["seed"].as_str().unwrap().parse().unwrap();
    assert_eq!(report["runs"], json!(lowest + 1), "those below are finished, those above discarded");
    assert_eq!(report["ended"], "failures");
    assert_eq!(report["failures"].as_array().unwrap().len(), 1);
    assert_eq!(folder.names("zablab-failures"), folders(&report));
    for jobs in [2, 5] {
        let many = folder.call(&format!("{args} {jobs}"));
        assert_eq!((many.status, many.report()), (1, report.clone()), "{jobs} jobs");
    }
}

#[test]
fn every_distinct_failure_gets_a_folder_and_its_plan_fails_alike() {
    let folder = Folder::new("folders");
    let called = folder.call(&format!(
        "sweep --seeds 0..120 --keep-going --max-failures 3 --out found --json --no-shrink --defects {SOMETIMES}"
    ));
    assert_eq!((called.status, &*called.err), (1, ""), "{called:?}");
    let report = called.report();
    let failures = report["failures"].as_array().unwrap();
    assert!((2..=3).contains(&failures.len()), "{failures:#?}");
    let mut names = folder.names("found");
    names.retain(|name| name != "report.json");
    assert_eq!(names, folders(&report));
    assert_eq!(folder.report("found"), report);
    for failure in failures {
        let (name, seed) = (failure["folder"].as_str().unwrap(), failure["seed"].as_str().unwrap());
        assert_eq!(
            folder.names(&format!("found/{name}")),
            ["plan.zab", "reproduce.txt", "trace.jsonl", "verdict.txt"]
        );
        let property = failure["property"].as_str().unwrap();
        assert!(folder.read(&format!("found/{name}/verdict.txt")).contains(property));
        // Both lines that are said to reproduce it do.
        for line in folder.read(&format!("found/{name}/reproduce.txt")).lines() {
            let again = folder.call(&format!("{} --json", line.strip_prefix("zablab ").unwrap()));
            assert_eq!(again.status, 1, "{line}: {again:?}");
            assert!(again.out.contains(&format!("\"property\": \"{property}\"")), "{line}");
        }
        assert_eq!(folder.call(&format!("replay found/{name}/trace.jsonl")).status, 0);
        let seeds = failure["seeds"].as_array().unwrap();
        assert_eq!((&seeds[0], failure["count"].as_u64()), (&json!(seed), Some(seeds.len() as u64)));
    }
    // Every failing seed is in one of them.
    let listed: usize = failures.iter().map(|failure| failure["seeds"].as_array().unwrap().len()).sum();
    assert_eq!(report["failed"], json!(listed));
    let broken = |name: &str| report["properties"][name]["broken"].as_u64().unwrap();
    assert!(failures.iter().all(|failure| broken(failure["property"].as_str().unwrap()) > 0));
}

#[test]
fn the_lowest_seed_is_made_small_and_fails_for_the_same_property() {
    let folder = Folder::new("small");
    let called = folder.call(&format!("sweep --seeds 0..200 --json --defects {OFTEN}"));
    let failure = called.report()["failures"][0].clone();
    let path = format!("zablab-failures/{}", failure["folder"].as_str().unwrap());
    let (plan, small) =
        (folder.read(&format!("{path}/plan.zab")), folder.read(&format!("{path}/shrunk.zab")));
    assert!(small.lines().count() < plan.lines().count() / 2, "{small}");
    let again = folder.call(&format!("run {path}/shrunk.zab --json"));
    assert_eq!(again.status, 1, "{again:?}");
    assert!(again.out.contains(&format!("\"property\": {}", failure["property"])), "{again:?}");
}

#[test]
fn it_stops_at_so_many_distinct_failures() {
    let folder = Folder::new("max");
    let args =
        format!("sweep --seeds 0..300 --keep-going --json --no-shrink --defects {SOMETIMES} --max-failures");
    let two = folder.call(&format!("{args} 2")).report();
    assert_eq!((two["failures"].as_array().unwrap().len(), &two["ended"]), (2, &json!("failures")));
    // The second kind is what it stopped at.
    let next: u64 = two["next"].as_str().unwrap().parse().unwrap();
    assert_eq!(two["failures"][1]["seed"], json!((next - 1).to_string()));
    assert!(two["failed"].as_u64().unwrap() >= 2);
}

#[test]
fn failures_of_one_cause_are_put_together() {
    let folder = Folder::new("together");
    let report = folder
        .call(&format!("sweep --seeds 0..40 --keep-going --json --no-shrink --defects {OFTEN}"))
        .report();
    assert!(report["failed"].as_u64().unwrap() >= 30, "{report:#}");
    assert!(report["failures"].as_array().unwrap().len() <= 3, "{report:#}");
}

#[test]
fn an_unmet_expectation_is_a_failure_and_a_bound_a_finding() {
    let folder = Folder::new("scenario");
    std::fs::write(
        folder.0.join("unmet.zab"),
        "ensemble zk1 zk2\nat 0s start zk1\nby 2s expect zk1 leading\n",
    )
    .unwrap();
    let called = folder.call("sweep unmet.zab --seeds 3..9 --json --keep-going --no-shrink");
    let report = called.report();
    assert_eq!((called.status, &report["failed"]), (1, &json!(6)));
    assert_eq!(report["failures"][0]["property"], "expectation");
    assert_eq!(report["failures"].as_array().unwrap().len(), 1, "one line, one kind");
    assert_eq!(folder.names("zablab-failures"), ["unmet-3-expectation"]);
    std::fs::write(folder.0.join("long.zab"), "ensemble zk1\nat 800h create /a one at zk1\nat 900h end\n")
        .unwrap();
    let called = folder.call("sweep long.zab --seeds 0..1 --json --no-shrink");
    assert_eq!((called.status, &called.report()["failures"][0]["property"]), (1, &json!("runaway")));
}

#[test]
fn junit_is_well_formed_and_says_what_failed() {
    let folder = Folder::new("junit");
    let called =
        folder.call(&format!("sweep --seeds 0..20 --junit bad.xml --json --no-shrink --defects {OFTEN}"));
    let report = called.report();
    let bad = folder.read("bad.xml");
    assert_eq!(elements(&bad, "failure"), 1, "{bad}");
    let seed = report["failures"][0]["seed"].as_str().unwrap();
    assert!(bad.contains(&format!("zablab sweep everything --seeds {seed}..")), "{bad}");
    assert_eq!(folder.call("sweep --seeds 0..5 --junit good.xml").status, 0);
    let good = folder.read("good.xml");
    assert_eq!(elements(&good, "failure"), 0);
    assert!(elements(&good, "testcase") > 30, "{good}");
}

/// How many elements of a name a document has. It must be well-formed: what is opened is closed in order, attributes
/// stand in quotes, and no `<` or `&` stands for itself.
fn elements(text: &str, name: &str) -> usize {
    let body = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap();
    let (mut open, mut count) = (Vec::new(), 0);
    let mut rest = body;
    while let Some(at) = rest.find('<') {
        plain(&rest[..at]);
        assert!(!open.is_empty() || rest[..at].trim().is_empty(), "text outside of the document");
        let end = rest.find('>').unwrap();
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed.to_owned()));
            continue;
        }
        let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let mut parts = tag.split('"');
        let mut words = parts.next().unwrap().split_whitespace();
        let element = words.next().unwrap().to_owned();
        count += usize::from(element == name);
        let attributes: Vec<&str> = tag.split('"').collect();
        assert_eq!(attributes.len() % 2, 1, "quotes in {tag}");
        attributes.iter().skip(1).step_by(2).for_each(|value| plain(value));
        if !empty {
            open.push(element);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
    count
}

/// Text without a `<`, whose every `&` begins an entity.
fn plain(text: &str) {
    assert!(!text.contains('<'));
    for rest in text.split('&').skip(1) {
        let entity = rest.split_once(';').unwrap().0;
        assert!(["amp", "lt", "gt", "quot", "#10", "#9"].contains(&entity), "{entity}");
    }
}

/// Looks on.
struct Patient;

impl Watch for Patient {
    fn halt(&mut self) -> Option<Ended> {
        None
    }

    fn failed(&mut self, _: &Report, _: usize) -> std::io::Result<()> {
        Ok(())
    }

    fn went_on(&mut self, _: &Report) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_panic_in_one_seed_is_a_finding_and_not_the_end() {
    let subject = Subject::profile(Profile::find("everything").unwrap());
    let seeds = Seeds { from: 0, to: 20 };
    let order = Order { keep_going: true, max_failures: 10, ..Order::new(&subject, seeds) };
    let mut report = Report::new(order);
    let (quiet, stop) = (Quiet::begin(), Arc::new(AtomicBool::new(false)));
    let work = |seed| {
        Trial::of(subject.name(), seed, &quiet, || {
            let outcome = subject.run(seed)?.finish(&mut []).ok();
            assert!(seed % 10 != 7, "a fault of our own in seed {seed}");
            Ok(outcome.map(|outcome| (outcome, LastDecisions::default())))
        })
    };
    sweep::sweep(&mut report, NonZeroUsize::new(2).unwrap(), &stop, &work, &mut Patient).unwrap();
    assert_eq!((report.ended, report.state.tally.runs, report.state.tally.failed), (Ended::Complete, 20, 2));
    let [failure] = &*report.state.failures else { panic!("{:?}", report.state.failures) };
    assert_eq!((&*failure.property, failure.seed, &*failure.seeds), ("panic", 7, &[7, 17][..]));
    assert!(
        failure.what.starts_with("a fault of our own in seed 7 (") && failure.what.contains("failures.rs:")
    );
}

#[test]
fn a_machine_that_panics_is_found_like_one_that_breaks_a_property() {
    let folder = Folder::new("panic");
    let called = folder.call(&format!(
        "sweep --seeds 0..40 --keep-going --max-failures 9 --json --jobs 2 --defects {PANICS}"
    ));
    assert_eq!((called.status, &*called.err), (1, ""), "{called:?}");
    let report = called.report();
    assert_eq!((&report["runs"], &report["ended"]), (&json!(40), &json!("complete")), "{report:#}");
    let [failure] = &report["failures"].as_array().unwrap()[..] else { panic!("{report:#}") };
    assert_eq!((&failure["property"], &report["failed"]), (&json!("panic"), &failure["count"]));
    let count = failure["count"].as_u64().unwrap();
    assert!((2..40).contains(&count), "some seeds panic, others do not: {count}");
    let what = failure["what"].as_str().unwrap();
    assert!(what.starts_with("a learner is told to truncate its log at 0x"), "{what}");
    let path = format!("zablab-failures/{}", failure["folder"].as_str().unwrap());
    assert_eq!(
        folder.names(&path),
        ["plan.zab", "reproduce.txt", "shrunk.zab", "trace.jsonl", "verdict.txt"]
    );
    assert_eq!(folder.read(&format!("{path}/verdict.txt")), format!("BROKEN panic: {what}\n"));

    // The seed alone, in words.
    let seed = failure["seed"].as_str().unwrap();
    let reproduce = folder.read(&format!("{path}/reproduce.txt"));
    let line = reproduce.lines().next().unwrap().strip_prefix("zablab ").unwrap();
    let again = folder.call(&format!("{line} --out again"));
    assert_eq!((again.status, &*again.err), (1, ""), "{again:?}");
    assert!(again.out.starts_with(&format!("BROKEN panic in seed {seed}\n  {what}\n")), "{}", again.out);

    // A run by itself ends as the machine does: with a fault of our own.
    let small = folder.read(&format!("{path}/shrunk.zab"));
    assert!(small.starts_with("# zablab itself fails: a learner is told to truncate its log"), "{small}");
    let run = folder.command(&format!("run {path}/shrunk.zab")).output().unwrap();
    let told = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(101), "{told}");
    assert!(told.contains("a learner is told to truncate its log"), "{told}");
    let mended: String =
        small.lines().filter(|line| !line.contains("defects")).map(|line| format!("{line}\n")).collect();
    std::fs::write(folder.0.join("mended.zab"), mended).unwrap();
    assert_eq!(folder.call("run mended.zab").status, 0);
}
