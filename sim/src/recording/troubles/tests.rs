//! A trouble lasts from what brings it about to what ends it, and is open where nothing does.

use crate::recording::{Limits, Recording, record};
use crate::scenario::Scenario;

/// What was wrong in a run of three servers: kind, on which port, of what alone, in words, since when and until when, in seconds.
fn troubles(steps: &str, until: u64) -> Vec<String> {
    let text = format!(
        "ensemble zk1 zk2 zk3\nclient c1 at zk1\nat 0s start all\nat 1s start c1\n{steps}\nat 20s end\n"
    );
    let scenario = Scenario::parse("s", &text).unwrap();
    let window = 0..=until.saturating_mul(1_000_000_000);
    let recording: Recording = record("s", &text, &scenario, 0, window, Limits::default()).unwrap();
    let told = recording.troubles.iter().map(|trouble| {
        let seconds = |at: u64| format!("{:.1}", at as f64 / 1e9);
        let name = |lane: usize| recording.lanes[lane].name.as_str();
        let (port, only) = (trouble.port.unwrap_or("-"), trouble.only.as_deref().unwrap_or("-"));
        let end = trouble.until.map_or("open".to_owned(), |until| seconds(until.at));
        let (lane, to) = (name(trouble.lane), trouble.to.map_or("-", name));
        format!("{} {lane} {to} {port} {only}: {} to {end}", trouble.kind, seconds(trouble.from.at))
    });
    told.collect()
}

#[test]
fn what_is_held_ends_with_its_own_packet() {
    let told = troubles(
        "at 3s hold PROPOSAL zk3 to zk1\nat 3s hold COMMIT zk3 to zk1\nat 4s release COMMIT zk3 to zk1",
        20,
    );
    let expected = ["held zk3 zk1 - PROPOSAL: 3.0 to open", "held zk3 zk1 - COMMIT: 3.0 to 4.0"];
    assert_eq!(told, expected);
    let told = troubles(
        "at 3s hold PROPOSAL zk3 to zk1\nat 3s hold COMMIT zk3 to zk1\nat 4s release zk3 to zk1",
        20,
    );
    let expected = ["held zk3 zk1 - PROPOSAL: 3.0 to 4.0", "held zk3 zk1 - COMMIT: 3.0 to 4.0"];
    assert_eq!(told, expected, "a release of everything");
}

#[test]
fn a_write_that_is_to_fail_is_wrong_until_it_fails() {
    let told = troubles("at 5s fail zk2 log\nat 6s c1 create /a", 20);
    assert_eq!(told, ["disk zk2 - - log: 5.0 to 6.0"]);
    let told = troubles("at 5s fail zk2 snapshot\nat 6s c1 create /a", 20);
    assert_eq!(told, ["disk zk2 - - snapshot: 5.0 to open"], "another file's write");
    let told = troubles("at 5s fill zk2 disk\nat 6s c1 create /a\nat 9s free zk2 disk", 20);
    assert_eq!(told, ["disk zk2 - - -: 5.0 to 9.0"], "a full disk stays full");
}

#[test]
fn what_is_never_healed_has_no_end() {
    let cut = "at 5s cut zk1 from zk2";
    let open = ["cut zk1 zk2 - -: 5.0 to open", "cut zk2 zk1 - -: 5.0 to open"];
    assert_eq!(troubles(cut, 20), open);
    let healed = format!("{cut}\nat 7s heal zk1 from zk2");
    let expected = ["cut zk1 zk2 - -: 5.0 to 7.0", "cut zk2 zk1 - -: 5.0 to 7.0"];
    assert_eq!(troubles(&healed, 20), expected);
    assert_eq!(troubles(&healed, 6), open, "within a window that ends before");
    assert_eq!(troubles("at 5s cut c1 from zk1", 20).len(), 2);
}

#[test]
fn a_heal_of_one_port_leaves_the_other_cut() {
    let told = troubles("at 5s cut zk1 to zk2\nat 6s heal zk1 to zk2 on election\nat 8s heal zk1 to zk2", 20);
    assert_eq!(told, ["cut zk1 zk2 - -: 5.0 to 6.0", "cut zk1 zk2 quorum -: 6.0 to 8.0"]);
    let told = troubles(
        "at 5s cut zk1 to zk2 on election\nat 6s cut zk1 to zk2\nat 7s heal zk1 to zk2 on quorum",
        20,
    );
    assert_eq!(told, ["cut zk1 zk2 election -: 5.0 to open", "cut zk1 zk2 quorum -: 6.0 to 7.0"]);
}
