//! Draws that are given, and claims about the whole run.

use super::*;

/// When the processes came up.
fn boots(lines: &str, seed: u64) -> Vec<(u64, String)> {
    let text = format!("ensemble zk1 zk2 zk3\n{lines}\nat 0s start all\nat 5s end\n");
    let scenario = Scenario::parse("test", &text).unwrap_or_else(|error| panic!("{error}"));
    let mut everything = Everything::default();
    let run = Run::new("test", &text, &scenario, seed).unwrap();
    let outcome = run.finish(&mut [&mut everything]).unwrap();
    let boots = everything.0.into_iter().filter_map(|seen| match seen.action {
        Action::Boot(id) => Some((seen.at / 1_000_000, outcome.ensemble.name(id).to_owned())),
        _ => None,
    });
    let mut boots: Vec<_> = boots.collect();
    boots.sort_by(|a, b| a.1.cmp(&b.1));
    boots
}

#[test]
fn a_pinned_draw_is_what_it_says_and_leaves_the_others() {
    let free = boots("", 7);
    let pinned = boots("pin boot zk2 1.5s", 7);
    assert_eq!(pinned[1], (1500, "zk2".to_owned()));
    assert_eq!((&pinned[0], &pinned[2]), (&free[0], &free[2]));
}

#[test]
fn plain_draws_are_the_same_for_every_seed() {
    let plain = boots("draws plain\npin boot zk3 450ms", 1);
    assert_eq!(plain, boots("draws plain\npin boot zk3 450ms", 2));
    // The middle of 400 to 600 ms.
    assert_eq!(plain.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [500, 500, 450]);
    assert_ne!(boots("", 1), boots("", 2));
}

#[test]
fn a_pin_counts_lives_and_draws() {
    let text = |pin: &str| {
        format!(
            "ensemble zk1 zk2\ndraws plain\n{pin}\nat 0s start all\nat 5s restart zk1\nat 9s expect zk1 serving\nat 9s end\n"
        )
    };
    let ups = |pin: &str| {
        let ran = run_text(text(pin));
        let ups = ran.seen.iter().filter(|seen| matches!(&seen.action, Action::Boot(NodeId(0))));
        ups.map(|seen| seen.at / 1_000_000).collect::<Vec<_>>()
    };
    assert_eq!(ups(""), [500, 5500]);
    assert_eq!(ups("pin boot zk1 life 2 700ms"), [500, 5700]);
    assert_eq!(ups("pin boot zk1 nth 2 700ms"), [500, 5500]);
}

#[test]
fn a_latency_is_pinned_by_its_link() {
    let when = |pin: &str| {
        let ran = run_text(format!("ensemble zk1 zk2\ndraws plain\n{pin}\nat 0s start all\nat 4s end\n"));
        let arrived = ran.seen.iter().find(|seen| {
            let leader_info =
                matches!(&seen.packet, Some((_, packet)) if packet.name() == Word::LeaderInfo.word());
            leader_info && matches!(&seen.action, Action::Deliver { .. })
        });
        arrived.unwrap().at
    };
    let plain = when("");
    // zk2 leads; its first word on zk1's connection is LEADERINFO, after the connection is there.
    let pinned = (1..5).map(|nth| when(&format!("pin latency zk2 to zk1 on quorum nth {nth} 90ms")));
    assert!(pinned.into_iter().any(|at| at > plain + 80_000_000));
}

#[test]
fn a_scenario_can_name_its_seed() {
    let scenario = |line: &str| {
        Scenario::parse("test", &format!("ensemble zk1\n{line}\nat 0s start all\n")).unwrap().seed()
    };
    assert_eq!((scenario(""), scenario("draws of seed 42"), scenario("draws plain")), (0, 42, 0));
}

#[test]
fn a_claim_lasts_to_the_end_of_the_run_and_names_what_is_broken() {
    let kept = run("at 7s expect no violation durable-before-commit").green();
    assert_eq!((kept.outcome.met, kept.outcome.virtual_time), (1, 7 * SECOND));
    let text = format!(
        "{THREE}set defects ack-before-fsync\nat 3s create /a at leader\nat 4s expect no violation durable-before-commit\nat 4s expect no violation leader-elected\n"
    );
    let scenario = Scenario::parse("test", &text).unwrap();
    let outcome = Run::new("test", &text, &scenario, 0).unwrap().finish(&mut []).unwrap();
    let unmet: Vec<&str> = outcome.unmet.iter().map(|unmet| unmet.expected.as_str()).collect();
    assert_eq!(unmet, ["expect no violation durable-before-commit"]);
    assert_eq!(outcome.unmet[0].instead, outcome.violations[0].what);
}
