//! Clients' requests, and the end of a run.

use super::*;

// Clients.

#[test]
fn times_numbers_the_znodes_and_one_has_no_number() {
    let ran = run("at 3s create /n data times 3 at zk1\n   create /one data times 1 at zk2\n\
                   by 4s expect answered 4\n   \
                   expect zk2 data /n00000 data version 0\n   expect zk2 data /n00002 data\n   \
                   expect zk2 data /one data\n   \
                   expect zk2 no /n\n   expect zk2 no /n00003\n   expect zk2 no /one00000")
    .green();
    assert_eq!(ran.node("zk2").status().unwrap().last_processed.0, 0x1_0000_0004);
}

#[test]
fn a_client_sends_its_next_request_when_it_has_the_answer() {
    let ran = run("at 3s create /n times 20 at zk1\nfrom 3s to 4s expect failed 0\nby 4s expect answered 20")
        .green();
    let mut open = 0;
    for seen in &ran.seen {
        open += i32::from(matches!(seen.action, Action::Client { .. }));
        open -= seen.effects.iter().filter(|effect| matches!(effect, Effect::Answered { .. })).count() as i32;
        assert!((0..=1).contains(&open));
    }
    let ran = run("at 3s create /n times 20 at zk1\n   create /m times 20 at zk1\nby 4s expect answered 40")
        .green();
    let at = |path: &str| ran.node("zk3").peer().unwrap().tree().get(path).unwrap().stat.czxid;
    assert!(at("/m00000") < at("/n00005") && at("/n00000") < at("/m00005"), "two statements are two clients");
}

#[test]
fn an_error_of_the_tree_is_an_answer() {
    let ran = run(
        "at 3s create /a one at zk1\nat 4s set /a two version 7 at zk2\n   delete /a version 7 at zk3\n   \
                   create /a three at zk1\n   set /none x at zk2\n   delete /none at zk3\n   \
                   read /none at zk1\n\
                   by 5s expect answered 7\n   expect failed 0\n   expect zk1 data /a one version 0\n\
                   at 6s set /a two version 0 at zk2\nby 7s expect zk1 data /a two version 1\n\
                   at 8s delete /a version 0 at zk2\nby 9s expect answered 9\n   expect zk1 data /a two\n\
                   at 10s delete /a version 1 at zk2\nby 11s expect zk1 no /a",
    );
    ran.green();
}

#[test]
fn a_read_is_answered_by_one_server_without_the_others() {
    let ran = run("at 3s create /a one at zk1\nat 4s cut zk1 from zk2 zk3\n   read /a at zk1\n\
         by 4.1s expect answered 2\n\
                   at 5s set /a two at zk1\nat 6s expect pending 1\n   expect answered 2");
    ran.green();
}

#[test]
fn a_request_in_flight_fails_when_its_server_ends() {
    let held = "at 2s hold zk1 disk\n   hold zk2 disk\nat 3s create /n times 5 at zk1\n\
                at 4s expect pending 1\n   \
                expect answered 0\n   expect failed 0\n";
    for end in ["kill zk1", "power-off zk1", "restart zk1"] {
        let ran = run(&format!(
            "{held}   {end}\nby 4.1s expect failed 1\nat 6s expect pending 0\n   expect answered 0\n   \
                                expect failed 1"
        ));
        ran.green();
    }
    // The leader's end is another matter: whoever was asked has lost it, and says so.
    run(&format!("{held}   kill zk3\nby 5s expect failed 1\n   expect pending 0")).green();
}

#[test]
fn a_request_to_a_paused_server_waits_and_fails_when_it_is_killed() {
    run("at 3s pause zk1\n   create /a at zk1\nat 4s expect pending 1\n   expect failed 0\n   kill zk1\n\
         by 4.1s expect failed 1\n   expect pending 0")
    .green();
}

#[test]
fn a_client_goes_on_after_an_error_of_the_tree_and_not_after_a_lost_server() {
    let ran = run("at 3s set /none x times 4 at zk1\nby 4s expect answered 4\n\
                   at 5s kill zk1\n   create /n times 4 at zk1\nby 6s expect failed 1\n\
                   at 7s expect failed 1\n   \
                   expect answered 4");
    ran.green();
}

#[test]
fn a_server_that_refuses_clients_fails_their_requests() {
    run("at 100ms read /a at zk2\nby 300ms expect failed 1\n   expect pending 0\n\
         at 550ms create /a at zk1\n   \
         read /a at zk1\nby 600ms expect failed 3\nat 3s expect failed 3\n   expect zk1 no /a")
    .green();
}

#[test]
fn a_setting_of_all_holds_for_clients_as_for_servers() {
    let ran = run("client c1 at zk1\nat 3s start c1\nat 5s set latency 100ms\nat 6s c1 get /\n\
                   at 6.199s expect pending 1\nby 6.201s expect c1 last ok\nat 7s set zk1 latency 1ms\nat 8s c1 get /\n\
                   at 8.1s expect pending 1\nby 8.102s expect pending 0");
    ran.green();
}

// The end.

#[test]
fn end_ends_the_run_there() {
    let ran = run("at 3s end\nif zk1 decided own-id-calls within 60s: kill zk1").green();
    assert_eq!(ran.outcome.virtual_time, 3 * SECOND);
    assert!(ran.seen.iter().all(|seen| seen.at <= 3 * SECOND));
    let ran = run("at 20s end").green();
    assert_eq!(ran.outcome.virtual_time, 20 * SECOND);
    assert!(ran.seen.last().unwrap().at > 19 * SECOND, "it does not end with the last step");
}

#[test]
fn what_comes_after_the_end_was_not_shown() {
    let ran = run("at 3s end\nat 5s kill zk1\nby 6s expect zk1 down\nfrom 2s to 9s expect leader zk3\n\
         at 2s expect leader zk3");
    let lines = ["from 2s to 9s expect leader zk3", "at 5s kill zk1", "by 6s expect zk1 down"];
    assert_eq!(BTreeSet::from_iter(ran.unmet_lines()), BTreeSet::from(lines));
    assert_eq!(ran.outcome.met, 1);
}

#[test]
fn a_run_without_an_end_lasts_until_its_last_line() {
    assert_eq!(run("at 5s read / at zk1\nby 4s expect leader zk3").outcome.virtual_time, 5 * SECOND);
    assert_eq!(run("from 2s to 9s expect leader zk3\nat 5s read / at zk1").outcome.virtual_time, 9 * SECOND);
    assert_eq!(run("at 7s if zk1 decided booted: kill zk1").outcome.virtual_time, 7 * SECOND);
}
