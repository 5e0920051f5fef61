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
