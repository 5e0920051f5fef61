//! What a sync is worth, and what it is not.

use super::*;

/// zk1 lags behind; its client reads what was, unless it synchronizes first.
#[test]
fn a_read_is_stale_and_a_read_behind_a_sync_is_not() {
    let lag = "client c at zk1 timeout 9s\nclient d at zk3 timeout 9s\nat 3s start c d\nat 4s d create /a 1\nat 5s hold COMMIT zk3 to zk1\n   d set /a 2\n\
               by 5.1s expect d last ok\n";
    run(&format!("{lag}at 5.5s c get /a\nby 5.6s expect c saw /a data 1"));
    run(&format!(
        "{lag}at 5.5s c sync\n   c get /a\nat 6s expect pending 2\n   release\nby 6.1s expect c saw /a data 2"
    ));
}

/// A sync takes no zxid and asks no quorum: a leader that is cut off answers it as long as it believes in itself.
#[test]
fn a_deposed_leader_answers_a_sync() {
    run(
        "set syncLimit 20\nclient c at zk3 timeout 9s\nclient d at zk1 timeout 9s\nat 3s start c d\nat 4s c create /a 1\nat 5s cut zk3 from zk1 zk2\n\
         at 5s restart zk1 zk2\nby 9s expect leader zk2\nby 12s expect d connected\nat 12s d set /a 2\nby 12.1s expect zk2 data /a 2\n\
         at 12.1s expect zk3 leading\n   expect c connected to zk3\n   c sync\n   c get /a\nby 12.2s expect c saw /a data 1",
    );
}

/// The leader does not match a sync of its own client with anything (ZOOKEEPER-1675): another server's client may have
/// the answer to its write before the leader itself has applied it.
#[test]
fn a_sync_at_the_leader_does_not_wait_for_its_own_applier() {
    let text = "client c at zk3 timeout 9s\nclient d at zk1 timeout 9s\nat 3s start c d\nat 4s d create /a 1\n\
                at 5s set zk3 task 20ms\n   d set /a 2\nat 6s end";
    let answered = run(text).completed("d")[1].0;
    let stale = |after: u64| {
        let at = answered.div_ceil(MILLI) + after;
        let ran = run(&text.replace("at 6s end", &format!("at {at}ms c sync\n   c get /a\nat 6s end")));
        let done = ran.completed("c");
        let [(_, sync), (_, read)] = &done[..] else { panic!("{done:?}") };
        assert!(sync.result.is_ok() && ran.completed("d")[1].0 == answered);
        read.zxid < ran.completed("d")[1].1.zxid
    };
    assert!(stale(0) && stale(10) && !stale(25));
}
