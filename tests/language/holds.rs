//! What is held, and what is let go.

use super::*;

// Holds.

#[test]
fn a_held_log_writer_logs_nothing_and_the_others_go_on() {
    let ran = run("at 3s hold zk1 log-writer\n   create /a at zk3\nby 4s expect answered 1\n\
                   at 4s expect zk1 logged 0x0\n   expect zk2 logged 0x100000001\n   release zk1 log-writer\n\
                   by 4.1s expect zk1 logged 0x100000001\n   expect zk1 zxid 0x100000001")
    .green();
    assert_eq!(ran.outcome.met, 5);
}

#[test]
fn a_held_commit_applier_logs_and_does_not_apply() {
    run("at 3s hold zk1 commit-applier\n   create /a at zk3\nat 4s expect zk1 logged 0x100000001\n   \
         expect zk1 no /a\n   expect zk2 data /a \"\"\n   release zk1 commit-applier\n\
         by 4.1s expect zk1 data /a \"\"")
    .green();
}

#[test]
fn a_held_packet_loop_reads_nothing_until_the_leader_gives_it_up() {
    run("at 3s hold zk1 packet-loop\n   create /a at zk3\nat 4s expect zk1 logged 0x0\n   \
         expect zk2 logged 0x100000001\n   release zk1 packet-loop\nby 4.1s expect zk1 zxid 0x100000001\n\
         from 4s to 5s expect zk1 serving")
    .green();
    let ran = run(
        "at 3s hold zk1 packet-loop\nat 20s expect leader zk3\n   release\nby 25s expect zk1 looking\n   \
                   expect zk1 serving",
    );
    let dropped = ran.green();
    assert_eq!(dropped.decided("zk3", "learner-dropped").len(), 1);
}

#[test]
fn held_handlers_leave_the_leader_without_acknowledgements() {
    run("at 3s hold zk3 handlers\n   create /a at zk3\nat 4s expect pending 1\n   \
         expect zk1 logged 0x100000001\n   \
         expect zk3 logged 0x100000001\n   expect zk3 no /a\n   release zk3 handlers\n\
         by 4.1s expect answered 1")
    .green();
}

#[test]
fn a_held_disk_completes_no_write() {
    run("at 3s hold zk1 disk\n   hold zk2 disk\n   create /a at zk3\nat 4s expect pending 1\n   \
         release zk1 disk\n\
         by 4.1s expect answered 1\n   expect zk3 zxid 0x100000001\nat 5s expect zk2 zxid 0x100000001")
    .green();
    let ran = run("at 3s hold zk2 disk\n   create /a at zk3\nat 4s power-off zk2 losing unsynced").green();
    assert_eq!((ran.logged("zk2"), ran.logged("zk1")), (0, 0x1_0000_0001), "it was written and never synced");
    run("at 0s hold zk1 disk\nat 3s expect zk1 refusing\n   release\nby 4s expect zk1 serving").green();
}

#[test]
fn a_held_stream_stands_still_in_one_direction() {
    let ran = run("at 3s hold zk3 to zk1\nat 4s create /a at zk3\nat 5s expect zk1 logged 0x0\n   \
                   expect zk2 zxid 0x100000001\n   release zk3 to zk1\nby 5.1s expect zk1 zxid 0x100000001")
    .green();
    let during =
        |to: &str| ran.got(to, "PING").iter().filter(|(at, _)| (3..5).contains(&(at / SECOND))).count();
    assert_eq!(during("zk1"), 0);
    let ran = run("at 3s hold zk1 to zk3\nat 4s create /a at zk3\nat 5s expect zk1 zxid 0x100000001").green();
    let acks =
        |from: &str| ran.got("zk3", "ACK").iter().filter(|(at, of)| *at > 3 * SECOND && *of == from).count();
    assert_eq!((acks("zk1"), acks("zk2")), (0, 1), "its acknowledgement is on its way");
}

#[test]
fn a_held_packet_type_holds_up_what_is_behind_it_and_nothing_before_it() {
    let ran = run("at 3s hold COMMIT zk3 to zk1\nat 4s create /a at zk3\nat 4.5s create /b at zk3\n\
                   at 5s expect zk1 logged 0x100000001\n   expect zk1 no /a\n   \
                   expect zk2 zxid 0x100000002\n   \
                   expect answered 2\n   release COMMIT zk3 to zk1\nby 5.1s expect zk1 zxid 0x100000002")
    .green();
    let order: Vec<&str> = ran
        .seen
        .iter()
        .filter(|seen| {
            seen.at >= 5 * SECOND && matches!(seen.action, Action::Deliver { to, .. } if ran.is(to, "zk1"))
        })
        .filter_map(|seen| Some(seen.packet.as_ref()?.1.name()))
        .filter(|name| *name != "PING")
        .collect();
    assert_eq!(order, ["COMMIT", "PROPOSAL", "COMMIT"]);
}

#[test]
fn a_hold_on_one_port_leaves_the_others() {
    run("at 3s hold zk3 to zk1 on election\nat 4s create /a at zk3\nby 5s expect zk1 zxid 0x100000001")
        .green();
    run("at 3s hold zk3 to zk1 on quorum\nat 4s create /a at zk3\nat 5s expect zk1 logged 0x0").green();
    run("at 3s hold all to all on quorum\nat 4s create /a at zk3\nat 5s expect pending 1\n   \
         release all to all on quorum\nby 5.1s expect answered 1")
    .green();
}

#[test]
fn release_without_a_name_lets_everything_go() {
    run("at 3s hold zk1 log-writer\n   hold zk2 disk\n   hold PROPOSAL zk3 to zk1\n   hold zk2 to zk3\n   \
         create /a at zk3\nat 5s expect pending 1\n   release\nby 5.1s expect answered 1\n   \
         expect zk1 zxid 0x100000001\n   expect zk2 zxid 0x100000001")
    .green();
}

#[test]
fn release_of_more_lets_go_what_it_includes() {
    for held in ["PROPOSAL zk3 to zk1", "zk3 to zk1", "zk3 to zk1 on quorum", "zk3 to all"] {
        run(&format!(
            "at 3s hold {held}\n   create /a at zk3\nat 4s release zk3 to zk1\n\
             by 4.1s expect zk1 zxid 0x100000001"
        ))
        .green();
    }
    run("at 3s hold zk3 to zk1\n   create /a at zk3\nat 4s release zk3 to zk1 on election\n\
         at 5s expect zk1 logged 0x0\n   \
         release zk3 to zk1 on quorum\nby 5.1s expect zk1 zxid 0x100000001")
    .green();
}

#[test]
fn release_of_one_thing_leaves_the_others_held() {
    run("at 3s hold zk1 log-writer\n   hold zk2 log-writer\n   create /a at zk3\n\
         at 4s release zk1 log-writer\n\
         at 5s expect answered 1\n   expect zk2 logged 0x0")
    .green();
    run("at 3s hold zk3 to zk1 zk2\n   create /a at zk3\nat 4s release zk3 to zk1\n\
         at 5s expect answered 1\n   \
         expect zk2 logged 0x0")
    .green();
}
