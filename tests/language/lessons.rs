//! What a scenario says to a learner changes no run.

use super::run;
use zablab_sim::scenario::{Scenario, Time};
use zablab_sim::shrink;

const PLAIN: &str = "at 5s kill leader\nby 10s expect available\nat 12s expect available";
const ASK: &str = "ask \"who leads?\" wrong \"nobody\" right \"zk2\"";

#[test]
fn a_question_is_no_step_of_the_run() {
    let plain = run(PLAIN).green().outcome;
    let asked =
        format!("belief \"all is lost\"\nat 5s {ASK}\n{PLAIN}\nby 10s expect leader zk2\nat 10s {ASK}");
    let asked = run(&asked).green().outcome;
    assert_eq!((plain.hash, plain.virtual_time), (asked.hash, asked.virtual_time));
}

#[test]
fn a_run_lasts_until_the_last_question() {
    let asked = run(&format!("{PLAIN}\nat 20s {ASK}")).green();
    assert_eq!(asked.outcome.virtual_time, 20_000_000_000);
}

#[test]
fn a_question_after_the_end_was_not_asked() {
    let cut = run(&format!("{PLAIN}\nat 15s end\nat 20s {ASK}"));
    let line = format!("at 20s {ASK}");
    assert_eq!(cut.unmet(), [(line.as_str(), 15_000_000_000, "the run ended before")]);
    run(&format!("{PLAIN}\nat 20s end\nat 20s {ASK}")).green();
}

#[test]
fn what_is_asked_and_believed_can_be_looked_up() {
    let text = format!(
        "# Who leads now?\n# A lesson.\nensemble zk1\nbelief \"nobody\"\nat 0s start all\nat 5s {ASK}\n      {ASK}\n"
    );
    let scenario = Scenario::parse("test", &text).unwrap();
    assert_eq!((scenario.title(), scenario.belief()), (Some("Who leads now?"), Some("nobody")));
    let asks: Vec<_> = scenario.asks().collect();
    assert_eq!(asks.len(), 2);
    let (at, ask) = asks[1];
    assert_eq!(
        (at, &*ask.question, ask.answers.len(), ask.right()),
        (Time::from_millis(5_000), "who leads?", 2, 1)
    );

    let plain = Scenario::parse("test", "\n\nensemble zk1\n# late\nat 0s start all\n").unwrap();
    assert_eq!((plain.title(), plain.belief(), plain.asks().count()), (None, None, 0));
}

#[test]
fn what_is_made_small_says_nothing_to_learners() {
    let text = format!(
        "ensemble zk1 zk2 zk3\nbelief \"x\"\nat 0s start all\nat 5s {ASK}\nat 9s expect leader zk1\n"
    );
    let scenario = Scenario::parse("test", &text).unwrap();
    let small = shrink::shrink("test", &scenario, 0, None, &|| false, &mut |_| ()).unwrap();
    assert_eq!((small.scenario.belief(), small.scenario.asks().count()), (None, 0));
}

#[test]
fn answers_may_stand_below_their_question() {
    const HEAD: &str = "ensemble zk1 zk2\nat 0s    start all\n";
    const REST: &str = "by 9s    expect leader zk2\n";
    let canonical = format!(
        "{HEAD}at 5s    ask \"who leads?\"  # now\n             wrong \"nobody\"\n             right \"zk2\"\n{REST}"
    );
    for (first, below) in [
        ("ask \"who leads?\" wrong nobody right zk2 # now", ""),
        ("ask \"who leads?\" # now", " wrong nobody right zk2\n"),
        ("ask \"who leads?\" wrong nobody # now", "\tright zk2\n"),
    ] {
        let quoted = |text: &str| text.replace("nobody", "\"nobody\"").replace("zk2", "\"zk2\"");
        let text = format!("{HEAD}at 5s {}\n{}{REST}", quoted(first), quoted(below));
        let scenario = Scenario::parse("test", &text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(scenario.to_string(), canonical, "{text}");
        assert_eq!(Scenario::parse("test", &canonical).unwrap(), scenario);
    }

    // What is asked in a continuation goes further in, and the line below has the time of all of them.
    let continued = format!(
        "{HEAD}at 5s    kill zk1\n         ask \"who leads?\"\n             right \"nobody\"\n             wrong \"zk2\"\n         kill zk2\n"
    );
    let scenario = Scenario::parse("test", &continued).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((scenario.to_string(), scenario.timed().count()), (continued, 4));
}
