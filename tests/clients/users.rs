//! Who sits behind a client: asks in order, and does nothing while the client stands still.

use super::*;
use zablab_sim::history::Type;

#[test]
fn what_was_wanted_while_a_client_stood_still_is_asked_when_it_goes_on() {
    let ran = run(
        "client c at zk1 timeout 9s\nat 3s start c\nat 4s pause c\n   c create /a 1\n   c create /b 2\nat 4.5s c set /a 3\n\
         from 4s to 5s expect zk1 no /a\nat 5s resume c\nby 5.1s expect pending 0\n   expect zk1 data /a 3\n   expect zk1 data /b 2",
    );
    let invoked: Vec<u64> =
        ran.history().iter().filter(|event| event.kind == Type::Invoke).map(|event| event.time).collect();
    assert_eq!(invoked, [5 * SECOND; 3]);
}

#[test]
fn who_stands_still_gives_no_lock_back() {
    let text = "workload w clients 1 operations 1 locks 1 think 1s timeout 9s at zk1\nat 3s start w\nby 3.5s expect holders /w/lock 1\n\
         at 3.5s pause w\nfrom 3.5s to 6s expect holders /w/lock 1\nat 6s resume w\nby 6.1s expect holders /w/lock 0\n   expect pending 0";
    let ran = run(text);
    let unlock = ran.history().iter().find(|event| event.f == "unlock").unwrap();
    assert_eq!(unlock.time, 6 * SECOND);
}

#[test]
fn what_was_wanted_goes_with_the_process() {
    run(
        "client c at zk1 timeout 9s\nat 3s start c\nat 4s pause c\n   c create /a 1\nat 5s restart c\nby 6s expect c connected\nat 7s expect zk1 no /a\n   \
         expect pending 0\n   c create /b 1\nby 7.1s expect zk1 data /b 1",
    );
}

#[test]
fn a_client_that_does_not_run_cannot_be_asked() {
    let text = format!(
        "{THREE}client c\nat 3s c create /a\nat 4s start c\nat 5s kill c\nat 6s c get /a\n   close c\nat 7s end\n"
    );
    let scenario = Scenario::parse("test", &text).unwrap();
    let outcome = Run::new("test", &text, &scenario, 0).unwrap().finish(&mut []).unwrap();
    let instead: Vec<&str> = outcome.unmet.iter().map(|unmet| &*unmet.instead).collect();
    assert_eq!(instead, ["c does not run"; 3]);
}

#[test]
fn a_lock_is_lost_with_its_session_and_passed_on() {
    run(
        "client a timeout 2s\nclient b timeout 2s\nat 3s start a b\nat 4s a lock /l\nby 5s expect a holds /l\nat 5s b lock /l\nby 5.5s expect b waits /l\n\
         at 6s kill a\nfrom 6s to 8s expect b waits /l\nby 9s expect b holds /l\nat 9s close b\nby 9.1s expect holders /l 0",
    );
}

#[test]
fn a_holder_that_knows_that_it_is_cut_off_believes_nothing() {
    run(
        "client a timeout 6s\nclient b timeout 6s\nat 3s start a b\nat 4s a lock /l\nby 5s expect a holds /l\nat 5s b lock /l\nat 6s cut a from all\n\
         by 10.1s expect holders /l 0\nby 13.5s expect b holds /l\nfrom 0s to 30s expect holders /l 0..1\nat 20s heal\nby 25s expect a expired",
    );
}

#[test]
fn what_would_try_again_gives_up_with_its_session() {
    let closed =
        "at 5s close a\n   close w\nby 6s expect pending 0\n   expect a closed\nat 20s expect zk1 sessions 0";
    run(&format!(
        "client a\nworkload w clients 3 operations 100000 locks 1\nat 3s start a w\nat 4s a lock /l\nat 4.9s a unlock /l\n   a lock /l\n{closed}"
    ));
}

#[test]
fn a_create_that_was_asked_twice_leaves_one_znode_in_the_line() {
    // The first create is under way when its connection breaks, and cannot be seen at the next server.
    run(
        "client a at zk1 zk2\nclient b\nat 3s start a b\nat 4s a create /l\nat 5s hold zk1 log-writer\n   hold zk2 log-writer\n\
         at 5.1s a lock /l\nat 5.2s reset a from zk1\nat 7s release\nby 12s expect a holds /l\n   expect zk1 stat /l numChildren 1\n\
         at 12s b lock /l\nby 12.5s expect b waits /l\nat 13s a unlock /l\nby 13.5s expect b holds /l\n   expect zk1 stat /l numChildren 1",
    );
}

#[test]
fn the_recipes_work_below_the_root() {
    run(
        "client a\nat 3s start a\nat 4s a lock /\n   a put / 7\nby 4.5s expect a holds /\nat 5s a get /item-0000000001\nby 5.5s expect a saw /item-0000000001 data 7",
    );
}

#[test]
fn an_answer_of_before_does_not_stand_for_one_that_is_on_its_way() {
    let outcome = |claim: &str| {
        let text = format!(
            "{THREE}client c\nat 3s start c\nat 4s c create /a 1\nat 5s c create /a 2\nby 6s expect c {claim}\nat 6s end\n"
        );
        let scenario = Scenario::parse("test", &text).unwrap();
        Run::new("test", &text, &scenario, 0).unwrap().finish(&mut []).unwrap().unmet.len()
    };
    assert_eq!((outcome("last NodeExists"), outcome("last ok")), (0, 1));
}

#[test]
fn a_request_that_fails_with_its_session_fails_in_the_history_too() {
    let ran = run(
        "client c at zk1 timeout 2s\nat 3s start c\nat 4s cut c from all\nat 10s heal\nby 20s expect c expired\nat 20s c create /a 1\nat 21s expect c last SessionExpired",
    );
    let last = ran.history().last().unwrap();
    assert_eq!((last.kind, last.error), (Type::Fail, Some(zablab_protocol::ErrorCode::SessionExpired)));
}

#[test]
fn what_is_asked_of_a_server_without_a_client_is_in_the_history() {
    let ran = run("client c\nat 3s create /a 7 at zk2\nat 3s start c\nat 4s c get /a\nat 5s end");
    let short: Vec<String> = ran
        .history()
        .iter()
        .map(|event| format!("{} {} {:?} {}", event.process, event.f, event.kind, event.value))
        .collect();
    assert_eq!(short, ["1 write Invoke 7", "1 write Ok 7", "0 read Invoke null", "0 read Ok 7"]);
}
