//! The same seed gives the same history.

use super::*;

const TEXT: &str = "\
workload w clients 4 keys 2 operations 300 reads 2 writes 2 cas 1 sync-reads 1 locks 1 queues 1 think 1ms..80ms timeout 2s
client c timeout 3s
at 3s start w c
at 4s c lock /w/lock
at 5s kill leader
at 6s start all
at 7s cut w1 from all
at 8s restart w2
at 9s pause w3 c
at 13s resume w3 c
   heal
by 60s expect available
";

fn unwatched(text: &str, seed: u64) -> Outcome {
    let scenario = Scenario::parse("test", text).unwrap_or_else(|error| panic!("{error}"));
    Run::new("test", text, &scenario, seed).unwrap().finish(&mut []).unwrap()
}

#[test]
fn a_history_is_the_same_twice_watched_or_not_and_step_by_step() {
    let text = format!("{THREE}{TEXT}");
    for seed in 0..20 {
        let once = unwatched(&text, seed);
        assert!(once.history.len() > 400, "{}", once.history.len());
        let again = unwatched(&text, seed);
        assert_eq!((&once.history, once.hash), (&again.history, again.hash), "seed {seed}");
        let watched = run_seed(&text, seed).outcome;
        assert_eq!((&once.history, once.hash), (&watched.history, watched.hash), "seed {seed}");
        let stepped = unwatched(&format!("{text}if zk1 decided own-id-calls: kill zk1\n"), seed);
        assert_eq!(once.history, stepped.history, "seed {seed}");
    }
}

#[test]
fn another_seed_gives_another_history() {
    let text = format!("{THREE}{TEXT}");
    assert_ne!(unwatched(&text, 0).history, unwatched(&text, 1).history);
}

/// What one client does is drawn from its own stream: taking another away leaves it alone.
#[test]
fn a_client_more_leaves_what_the_others_ask_for_alone() {
    let asked = |more: &str| {
        let ran = run(&format!(
            "client c timeout 3s\n{more}workload w clients 2 operations 100 reads 1 writes 1 keys 9 think 5ms\nat 3s start w\nat 20s end"
        ));
        let of = |process: u32| {
            let begun = ran.history().iter().filter(move |event| event.process == process);
            begun.map(|event| (event.f, event.key.to_string())).take(60).collect::<Vec<_>>()
        };
        (of(0), of(1))
    };
    assert_eq!(asked(""), asked("at 4s start c\n"));
}
