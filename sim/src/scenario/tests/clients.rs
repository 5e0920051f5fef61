//! Clients and workloads, read and printed.

use super::{error, line_after, parse};
use crate::scenario::words::{self, JOB, WEIGHTS};
use crate::scenario::*;

const HEAD: &str = "\
ensemble zk1 zk2 zk3
client c1
client bob at zk2 zk1 timeout 10s
workload w clients 2 operations 10 reads 1
";

fn line(text: &str) -> String {
    line_after(HEAD, text)
}

fn same(text: &str) {
    assert_eq!(line(text), text);
}

fn step(text: &str) {
    same(&format!("at 5s    {text}"));
    same(&format!("when zk1 wrote currentEpoch: {text}"));
}

fn expectation(text: &str) {
    same(&format!("by 5s    expect {text}"));
}

/// The first error in a line below `HEAD`, without its place.
fn fault(text: &str) -> String {
    let all = error(&format!("{HEAD}{text}\n"));
    all.split_once(' ').unwrap().1.to_owned()
}

#[test]
fn clients_are_declared() {
    let scenario = parse(&format!("at 0s start c1 w\n{HEAD}"));
    let clients = scenario.clients();
    assert_eq!(clients.iter().map(|client| client.name.as_str()).collect::<Vec<_>>(), ["c1", "bob"]);
    assert_eq!((clients[0].servers.as_slice(), clients[0].timeout), ([].as_slice(), None));
    assert_eq!(clients[1].servers, ["zk2", "zk1"]);
    assert_eq!(clients[1].timeout, Some(Time(10_000_000_000)));
    assert_eq!(clients[1].span.line, 4);

    let workloads = scenario.workloads();
    assert_eq!(workloads.len(), 1);
    assert_eq!(workloads[0].client_names().collect::<Vec<_>>(), ["w1", "w2"]);
    assert_eq!(scenario.servers().len(), 3);
}

#[test]
fn declarations_are_made_canonical() {
    let declared = |text: &str| {
        let text = format!("ensemble zk1 zk2\n{text}\n\nat 0s    start all\n");
        let printed = parse(&text).to_string();
        assert_eq!(parse(&printed), parse(&text));
        printed.lines().nth(1).unwrap().to_owned()
    };
    for text in [
        "client c",
        "client c-1.x at zk2 zk1 timeout 500ms",
        "workload w clients 1 operations 1 locks 1",
        "workload w clients 64 keys 1000 operations 1000000 reads 1000 writes 1 cas 2 sync-reads 3 locks 4 queues 5 \
         think 10ms..20ms timeout 10s at zk1 zk2",
        "workload w clients 4 operations 200 writes 1 think 5ms",
    ] {
        assert_eq!(declared(text), text);
    }
    for (text, canonical) in [
        ("client c timeout 30s", "client c"),
        ("client c timeout 1000ms at zk1", "client c at zk1 timeout 1s"),
        (
            "workload w at zk1 writes 5 timeout 30s reads 0 operations 9 keys 1 clients 2 think 1ms..1ms",
            "workload w clients 2 operations 9 writes 5 think 1ms at zk1",
        ),
    ] {
        assert_eq!(declared(text), canonical);
    }
}

#[test]
fn steps_on_clients() {
    for text in [
        "start zk1 c1 w",
        "kill c1 leader",
        "restart w2",
        "pause bob",
        "resume bob w",
        "close c1",
        "close c1 w bob",
        "cut c1 from zk2",
        "cut zk1 zk2 to w on client",
        "cut c1 zk1 from bob zk2",
        "refuse c1 from all",
        "reset c1 from leader",
        "heal c1 to zk2",
        "hold REPLY zk1 to c1",
        "hold c1 to all",
        "release CLIENTREQUEST w to zk1 on client",
    ] {
        step(text);
    }
    same("when zk1 got CLIENTREQUEST from c1: kill zk1");
    same("if before zk1 got CONNECTREQUEST from w nth 2: close c1");
}

#[test]
fn requests() {
    for text in [
        "c1 create /a",
        "c1 create / one",
        "c1 create /a \"one two\" ephemeral sequential times 10",
        "c1 create /a \"ephemeral\" sequential",
        "c1 create /a \"and\" ephemeral",
        "w2 set /a two",
        "c1 set /a \"version\" version 0 times 1000000",
        "c1 delete /a",
        "c1 delete /a version 2147483647",
        "c1 check /a version 3",
        "c1 get /a",
        "bob get /a watch",
        "c1 exists /a watch",
        "c1 children / watch",
        "c1 sync",
        "c1 sync /a",
        "c1 multi create /a",
        "c1 multi create /a 1 and set /b 2 and check /c version 3 and delete /d version 0",
        "c1 multi create /a \"and\" ephemeral sequential and set /b \"and\" version 2",
        "c1 lock /lock",
        "c1 unlock /lock",
        "c1 put /queue one",
        "c1 take /queue",
    ] {
        step(text);
    }
    for (text, canonical) in [
        ("c1 sync /", "c1 sync"),
        ("c1 create /a sequential ephemeral times 1", "c1 create /a ephemeral sequential"),
        ("c1 set /a watch", "c1 set /a watch"),
    ] {
        assert_eq!(line(&format!("at 5s {text}")), format!("at 5s    {canonical}"));
    }
}

#[test]
fn what_must_be_true_of_clients() {
    for text in [
        "c1 connected",
        "w1 connected to zk2",
        "c1 connected to leader",
        "c1 disconnected",
        "c1 expired",
        "c1 closed",
        "c1 sessions 1",
        "c1 last ok",
        "c1 last NoNode",
        "c1 saw /a data \"\"",
        "c1 saw / data x czxid 0x100000002 mzxid 0x3 pzxid 0x4 version 0 cversion -1 ephemeralOwner w1 dataLength 1 \
         numChildren 0",
        "c1 saw /a ephemeralOwner none",
        "c1 saw no /a",
        "c1 notified /config 1",
        "c1 holds /lock",
        "c1 waits /lock",
        "holders /lock 1",
        "holders /lock 0..1",
        "zk1 stat /a version 0 cversion 2147483647",
        "leader stat /a ephemeralOwner c1",
        "zk1 sessions 2",
        "zk1 standalone",
    ] {
        expectation(text);
    }
    for (text, canonical) in [
        ("c1 saw /a numChildren 1 czxid 16 version 0", "c1 saw /a czxid 0x10 version 0 numChildren 1"),
        ("c1 saw /a data version version 2", "c1 saw /a data \"version\" version 2"),
        ("holders /lock 2..2", "holders /lock 2"),
    ] {
        assert_eq!(line(&format!("by 5s expect {text}")), format!("by 5s    expect {canonical}"));
    }
    for error in ERRORS {
        expectation(&format!("c1 last {error}"));
    }
}

#[test]
fn what_continues_a_line() {
    let text = format!(
        "{HEAD}
at 5s    c1 set /a x
         bob set /a y
         set /a z at zk1
         close c1
    client late
  workload v clients 1 operations 1 cas 1
when zk1 got CLIENTREQUEST from bob: c1 get /a
                                     w1 get /a
"
    );
    let scenario = parse(&text);
    assert_eq!(scenario.timed().count(), 6);
    assert_eq!(scenario.clients().len(), 3);
    assert_eq!(scenario.to_string(), text.replace("    client", "client").replace("  workload", "workload"));
}

#[test]
fn a_name_has_one_holder() {
    for (text, expected) in [
        ("ensemble zk1\nclient zk1", "2:8 the name `zk1` is taken; expected another name"),
        ("client zk1\nensemble zk1", "2:10 the name `zk1` is taken; expected another name"),
        ("ensemble zk1\nserver.2=h:1:2\nclient zk2", "3:8 the name `zk2` is taken; expected another name"),
        (
            "ensemble zk1\nworkload a clients 1 operations 1 cas 1\nworkload a clients 1 operations 1 cas 1",
            "3:10 the name `a` is taken; expected another name",
        ),
        (
            "ensemble zk1\nclient a2\nworkload a clients 2 operations 1 cas 1",
            "3:10 the name `a2` is taken; expected another name",
        ),
        (
            "ensemble zk1\nworkload a clients 11 operations 1 cas 1\nworkload a1 clients 1 operations 1 cas 1",
            "3:10 the name `a1` is taken; expected another name",
        ),
        ("ensemble zk1\nclient latency", "2:8 `latency` is the name of a setting; expected another name"),
        (
            "ensemble zk1\nworkload weight. clients 1 operations 1 cas 1",
            "2:10 `weight.1` is the name of a setting; expected another name",
        ),
        ("ensemble zk1\nclient NoNode", "2:8 `NoNode` is a word of the language; expected another name"),
        (
            "ensemble zk1\nclient c=1",
            "2:8 `c=1` is not a name; expected letters, digits, `_`, `.` or `-` in a name",
        ),
        ("ensemble zk1\nclient \"c\"", "2:8 a quoted name; expected a name without quotes"),
        ("ensemble zk1\nclient", "2:7 the line ends too early; expected the name of a client"),
    ] {
        assert_eq!(error(&format!("{text}\nat 0s heal\n")), expected);
    }
}

#[test]
fn their_words_are_no_names() {
    for word in JOB.iter().chain(WEIGHTS).chain(ERRORS).chain(&["client", "workload", "timeout"]) {
        assert!(words::is_reserved(word), "{word}");
    }
}

#[test]
fn where_clients_cannot_stand() {
    for (text, expected) in [
        ("at 5s clock c1 1.5", "`c1` is a client; expected a server"),
        ("at 5s power-off w1", "`w1` is a client; expected a server"),
        ("at 5s power-off w", "`w` is a workload; expected a server"),
        ("by 5s expect leader c1", "`c1` is a client; expected a server"),
        ("by 5s expect zk1 vote c1", "`c1` is a client; expected a server"),
        ("by 5s expect c1 connected to bob", "`bob` is a client; expected a server"),
        ("when c1 got PING: heal", "`c1` is a client; expected a server"),
        ("set c1 tickTime 5", "`c1` is a client; expected a server"),
        ("at 5s hold REPLY c1 to w", "clients have no links with each other; expected a server"),
        ("at 5s reset c1 from w1 bob", "clients have no links with each other; expected a server"),
        ("client d at c1", "`c1` is a client; expected a server"),
    ] {
        assert_eq!(fault(text), expected, "{text}");
    }
}

#[test]
fn broken_workloads() {
    for (text, expected) in [
        ("workload v", "the line ends too early; expected `clients` and how many"),
        ("workload v clients 65", "unexpected `65`; expected how many clients: a whole number from 1 to 64"),
        ("workload v keys 0", "unexpected `0`; expected how many znodes: a whole number from 1 to 1000"),
        (
            "workload v operations 1000001",
            "unexpected `1000001`; expected how many operations: a whole number from 1 to 1000000",
        ),
        ("workload v cas 1001", "unexpected `1001`; expected a weight: a whole number from 0 to 1000"),
        ("workload v think 2ms..1ms", "`2ms..1ms` is no pause; expected the shorter time first"),
        ("workload v clients 2 clients 2", "`clients` stands twice; expected it once"),
    ] {
        assert_eq!(fault(text), expected, "{text}");
    }
}
