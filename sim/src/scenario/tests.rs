//! Every kind of statement, read and printed.

mod clients;

use super::words::Vocabulary;
use super::*;

fn parse(text: &str) -> Scenario {
    Scenario::parse("test.zab", text).unwrap_or_else(|error| panic!("{error}"))
}

/// The first error in a text, as `LINE:COLUMN message; label`.
fn error(text: &str) -> String {
    let error = Scenario::parse("test.zab", text).expect_err(text);
    format!("{}:{} {}; {}", error.line, error.column, error.message, error.label)
}

const HEAD: &str = "ensemble zk1 zk2 zk3\n";

/// What a line after `head` becomes, which must be canonical itself.
fn line_after(head: &str, text: &str) -> String {
    let printed = parse(&format!("{head}{text}\n")).to_string();
    let line = printed.strip_prefix(head).unwrap().trim_end_matches('\n').to_owned();
    assert_eq!(parse(&printed).to_string(), printed);
    line
}

fn line(text: &str) -> String {
    line_after(HEAD, text)
}

/// The line is canonical.
fn same(text: &str) {
    assert_eq!(line(text), text);
}

/// What follows `at 5s` is canonical.
fn step(text: &str) {
    same(&format!("at 5s    {text}"));
}

/// What follows `by 5s expect` is canonical.
fn expectation(text: &str) {
    same(&format!("by 5s    expect {text}"));
}

#[test]
fn the_example_is_canonical() {
    let text = "\
# three-at-once.zab
# Two of three servers are gone. Why does the third one refuse to serve?

ensemble zk1 zk2 zk3

at 0s    start zk1 zk2 zk3
by 3s    expect leader zk3
at 5s    kill leader
by 10s   expect leader zk2
at 15s   kill leader
# Nobody can win now.
by 30s   expect zk1 looking
         # not even a bit
         expect unavailable  # 1 of 3 is no majority

from 30s to 60s expect zk1 looking
                expect no leader
when zk2 wrote currentEpoch: kill zk2
                             pause zk3
at 60s   start zk2
by 70s   expect available
";
    let scenario = parse(text);
    assert_eq!(scenario.to_string(), text);
    assert_eq!(scenario.timed().count(), 13);
    assert_eq!(scenario.preface().len(), 2);

    let captions = scenario.captioned();
    let (timed, caption) = &captions[5];
    assert_eq!(timed.line(), 12);
    assert_eq!(timed.prefix, Prefix::By(Time(30_000_000_000)));
    assert_eq!(caption, &["Nobody can win now."]);
    let (timed, caption) = &captions[6];
    assert_eq!((timed.line(), &timed.prefix, timed.continued), (14, &Prefix::By(Time(30_000_000_000)), true));
    assert_eq!(caption, &["not even a bit", "1 of 3 is no majority"]);
}

#[test]
fn layout_is_made_canonical() {
    let messy = "\u{feff}\r\n\r\n#one  \r\n##two\r\n\t ensemble   zk1\tzk2 \r\n\r\n\r\n\r\nat   0ms start  all#go\r\n   \
                 kill zk1\r\n\r\n\r\n";
    let canonical = "# one\n##two\nensemble zk1 zk2\n\nat 0s    start all  # go\n         kill zk1\n";
    assert_eq!(parse(messy).to_string(), canonical);
    assert_eq!(parse(canonical), parse(messy));
}

#[test]
fn what_is_said_to_learners_stands_in_quotes() {
    step("ask \"what now?\"\n             right \"yes\"\n             wrong \"no\"");
    let wrong = ["no", "never", "maybe", "don't know"].map(|text| format!("\n             wrong \"{text}\""));
    step(&format!("ask \"\\\"a\\\" or # \\\\?\"{}\n             right \"yes\"", wrong.concat()));
    let belief = "belief \"two are a majority of four\"";
    assert_eq!(line_after(&format!("{HEAD}at 0s    start all\n"), belief), belief);
    assert_eq!(
        line("at 5s ask   \"x\"  right  \"at\" wrong \"1\" # why"),
        "at 5s    ask \"x\"  # why\n             right \"at\"\n             wrong \"1\""
    );
    assert_eq!(
        line("at 5s kill zk1\n  ask \"x\" right \"a\" wrong \"b\""),
        "at 5s    kill zk1\n         ask \"x\"\n             right \"a\"\n             wrong \"b\""
    );
}

#[test]
fn servers_are_declared_in_three_ways() {
    let text = "ensemble zk0=0 zk101=101 zk4=7:observer zk5:observer a=3:participant x.y-8\nat 0s start all";
    let scenario = parse(text);
    let servers: Vec<(String, i64, bool)> =
        scenario.servers().into_iter().map(|server| (server.name, server.sid, server.observer)).collect();
    let expected = [("zk0", 0), ("zk101", 101), ("zk4", 7), ("zk5", 5), ("a", 3), ("x.y-8", 8)];
    let expected = expected.map(|(name, sid)| (name.to_owned(), sid, matches!(name, "zk4" | "zk5")));
    assert_eq!(servers, expected);
    let first = "ensemble zk0 zk101 zk4=7:observer zk5:observer a=3 x.y-8";
    assert_eq!(scenario.to_string().lines().next(), Some(first));
}

#[test]
fn a_zoo_cfg_is_accepted() {
    let text = "\
tickTime=2000
initLimit = 10
server.1=node01:2888:3888
server.02=[::1]:2888:3888:participant;2181
server.3=a:2888:3888|b:2888:3888
server.4=node04:2888:3888:observer  # far away
server.5=node05:2888:3888
group.1=1:2
weight.01=2

at 0s start all
";
    let canonical = "\
set tickTime 2000
set initLimit 10
ensemble zk1 zk2 zk3
ensemble zk4:observer  # far away
ensemble zk5
set group.1 1:2
set weight.1 2

at 0s    start all
";
    let scenario = parse(text);
    assert_eq!(scenario.to_string(), canonical);
    assert_eq!(parse(canonical), scenario);
    assert_eq!(scenario.servers()[1].span.line, 4);
}

#[test]
fn settings_from_the_start() {
    same("set tickTime 2000\nat 0s    start all");
    same("set zk2 snapCount 300\nset snapCount 400\nat 0s    start all");
    same("set latency 1ms..3ms\nset absent unanswered\nset snapshotSizeFactor 0.33\nat 0s    start all");
    let scenario = parse("ensemble zk1\nset zk1 fsync 20ms\nat 0s start all");
    let settings = scenario.settings();
    assert_eq!(settings.len(), 1);
    assert_eq!(settings[0].server.as_deref(), Some("zk1"));
    assert_eq!(settings[0].value, Value::Duration { min: Time(20_000_000), max: Time(20_000_000) });
    assert_eq!(settings[0].span.line, 2);
}

#[test]
fn steps_on_processes() {
    for text in [
        "start all",
        "kill zk1 leader follower",
        "restart zk1",
        "pause zk2",
        "resume zk2",
        "power-off zk1 zk2",
        "power-off all losing unsynced",
        "power-off leader keeping all",
        "clock zk1 zk2 1.5",
        "clock all 0.01",
        "clock zk1 100",
        "end",
    ] {
        step(text);
    }
    assert_eq!(line("at 5s clock zk1 1.500"), "at 5s    clock zk1 1.5");
}

#[test]
fn steps_on_the_network() {
    for text in [
        "cut zk1 from zk2 zk3",
        "cut zk1 zk2 to leader on quorum",
        "refuse all to zk1 on election",
        "refuse zk1 from all",
        "reset zk1 from zk2 on client",
        "heal",
        "heal zk1 from zk2",
        "heal zk1 to all on client",
        "hold PROPOSAL zk1 to zk2",
        "hold zk1 zk2 to all on quorum",
        "hold zk1 log-writer",
        "hold leader disk",
        "release",
        "release zk1 packet-loop",
        "release ACK all to leader",
    ] {
        step(text);
    }
    assert_eq!(line("at 5s hold NewLeader zk1 to zk2"), "at 5s    hold NEWLEADER zk1 to zk2");
}

#[test]
fn a_frozen_world_and_what_happens_in_it() {
    let head = "ensemble zk1 zk2 zk3\nclient c1\nat 5s    freeze\n";
    for text in [
        "got NOTIFICATION from zk1",
        "got PING from leader on quorum nth 2",
        "got connection from c1 on client",
        "got close from zk3",
        "connected to zk1 on election",
        "reached zk3 on quorum",
        "timer finalize-wait",
        "timer handler-read",
        "timer proposal zk3 nth 2",
        "ran packet-loop",
        "ran handler zk1",
        "ran handler",
        "wrote currentEpoch",
        "booted",
    ] {
        let line = format!("at 5s    next zk2 {text}");
        assert_eq!(line_after(head, &line), line);
    }
    for text in
        ["got REPLY from zk1", "connected to zk1", "reached zk1", "timer client-ping", "ran packet-loop"]
    {
        let line = format!("at 6s    next c1 {text}");
        assert_eq!(line_after(head, &line), line);
    }
    assert_eq!(line_after(head, "at 5s next zk2 runs handlers zk1"), "at 5s    next zk2 ran handler zk1");
    assert_eq!(line_after(head, "at 5s next zk2 boots nth 1"), "at 5s    next zk2 booted");
    let both = "at 5s    next zk1 booted\n         thaw\nat 7s    freeze";
    assert_eq!(line_after(head, both), both);
    // What counts is the order of times, and within one time that of lines.
    let turned = "at 7s    next zk1 booted\nat 6s    freeze";
    assert_eq!(line_after(HEAD, turned), turned);
    assert_eq!(
        error(&format!("{head}at 5s thaw\nat 4s next zk1 booted\n")),
        "5:1 at 4s everything happens by itself; expected `freeze` before this"
    );
    assert_eq!(error(&format!("{head}by 6s thaw\n")), "4:7 unexpected `thaw`; expected `expect`");
    // Words that stand where no name can are no loss as names.
    same_in("ensemble timer=1 reached=2 booted=3\n", "at 0s    start timer reached booted");
}

/// The line is canonical behind another head.
fn same_in(head: &str, text: &str) {
    assert_eq!(line_after(head, text), text);
}

#[test]
fn steps_of_clients() {
    for text in [
        "create /a at zk1",
        "create / one at zk1",
        "create /a/b \"one two\" times 10 at leader",
        "create \"/with blank\" \"#\" at zk1",
        "create /a \"at\" at zk1",
        "create /a \"\" at zk1",
        "set /a two at follower",
        "set /a \"say \\\"hi\\\" \\\\ \\n\" version 0 times 1000000 at zk1",
        "delete /a at zk1",
        "delete /a version 2147483647 at zk1",
        "read /a at zk1",
        "set latency 5ms",
        "set zk2 fsync 1s..2s",
        "set leader write 10us",
    ] {
        step(text);
    }
    assert_eq!(line("at 5s create /a times 1 at zk1"), "at 5s    create /a at zk1");
    assert_eq!(line("at 5s create /a \"plain\" at zk1"), "at 5s    create /a plain at zk1");
}

#[test]
fn expectations() {
    for text in [
        "leader zk3",
        "no leader",
        "available",
        "unavailable",
        "answered 10",
        "failed 0",
        "pending 18446744073709551615",
        "zk1 down",
        "leader serving",
        "leader epoch 3",
        "follower looking",
        "zk1 epoch 4294967295",
        "zk1 acceptedEpoch 2",
        "zk1 round 7",
        "zk1 zxid 0x100000002",
        "zk1 logged 0x0",
        "zk1 vote zk3",
        "zk1 vote leader",
        "zk1 synced DIFF",
        "zk1 synced TRUNC 0x100000002",
        "zk1 synced SNAP 0x5 from zk3",
        "zk1 synced SNAP from leader",
        "zk1 data /a one",
        "zk1 data /a \"\" version 3",
        "zk1 no /a",
        "zk1 heard zk2 looking",
        "zk1 heard zk2 leading leader zk2 round 3 epoch 2 zxid 0x10",
    ] {
        expectation(text);
        same(&format!("at 5s    expect {text}"));
        same(&format!("from 5s to 6s expect {text}"));
    }
    assert_eq!(line("by 5s expect zk1 currentEpoch 1"), "by 5s    expect zk1 epoch 1");
    assert_eq!(line("by 5s expect zk1 zxid 255"), "by 5s    expect zk1 zxid 0xff");
    assert_eq!(
        line("by 5s expect zk1 heard zk2 looking zxid 0X0A epoch 1 leader zk3"),
        "by 5s    expect zk1 heard zk2 looking leader zk3 epoch 1 zxid 0xa"
    );
}

#[test]
fn triggers() {
    for text in [
        "when zk2 wrote currentEpoch: kill zk2",
        "when zk2 wrote acceptedEpoch 3: kill zk2",
        "when before zk2 wrote log 0x100000001: power-off zk2 losing unsynced",
        "when leader wrote snapshot: kill leader",
        "if follower wrote truncation: kill follower",
        "when zk3 got NEWLEADER nth 2 within 5s: cut zk3 from zk1",
        "if before zk3 got ACK from zk1: heal",
        "when zk1 ran commit-applier: hold zk1 log-writer",
        "at 5s when zk1 decided quorum-agrees within 300ms: pause zk1",
        "at 1.4s if zk1 ran handlers nth 4294967295: create /a b: at zk1",
    ] {
        same(text);
    }
    for (text, canonical) in [
        ("when zk2 wrote currentEpoch  kill zk2", "when zk2 wrote currentEpoch: kill zk2"),
        ("when after zk2 writes log 5 : kill zk2", "when zk2 wrote log 0x5: kill zk2"),
        ("if zk2 got ack from zk1 kill zk2", "if zk2 got ACK from zk1: kill zk2"),
        ("when zk2 ran handlers within 5s nth 1: heal", "when zk2 ran handlers within 5s: heal"),
        ("when zk2 got PING from zk1: heal", "when zk2 got PING from zk1: heal"),
    ] {
        assert_eq!(line(text), canonical);
    }
}

#[test]
fn what_continues_a_line_and_what_does_not() {
    // A `set` that is deeper than the line above is a step of it.
    let text = "ensemble zk1\nat 5s    set /a one at zk1\n         set /a two at zk1\nset tickTime 500\n";
    let scenario = parse(text);
    assert_eq!(scenario.to_string(), text);
    assert_eq!(scenario.timed().count(), 2);
    assert_eq!(scenario.settings().len(), 1);

    // A text that is indented as a whole means the same.
    let indented: String = text.lines().map(|line| format!("    {line}\n")).collect();
    assert_eq!(parse(&indented), scenario);

    // A continuation without its line above is printed in full.
    let mut scenario = parse("ensemble zk1\nat 5s    kill zk1\n         start zk1\n");
    scenario.lines.remove(1);
    assert_eq!(scenario.to_string(), "ensemble zk1\nat 5s    start zk1\n");
}

#[test]
fn trees_can_be_made_by_program() {
    let ensemble = Statement::Ensemble(vec![ServerDecl::new("zk1", 1)]);
    let start = Timed::new(Prefix::At(Time::from_millis(1400)), Action::Step(Step::Start(Servers::All)));
    let lines = vec![Line::remark("made\u{7}"), Line::of(ensemble), Line::of(Statement::Timed(start))];
    let scenario = Scenario { lines };
    assert_eq!(scenario.to_string(), "# made\nensemble zk1\nat 1.4s  start all\n");
    assert_eq!(parse(&scenario.to_string()), scenario);
}

#[test]
fn the_earliest_error_is_told() {
    assert_eq!(error("ensemble zk1\nat 5s strat zk1 \"open\n"), "2:7 unexpected `strat`; expected a step");
    assert_eq!(
        error("ensemble zk1\nat 5s create /a \"open\n"),
        "2:17 the quoted text does not end; expected a closing `\"` on this line"
    );
    assert_eq!(error("ensembel zk1\nat 5s kill zk1\n"), "1:1 unexpected `ensembel`; expected a statement");
    assert_eq!(error("at 5s kill zk1\n\nbogus\n"), "3:1 unexpected `bogus`; expected a statement");
}

#[test]
fn names_are_checked_against_the_whole_file() {
    assert_eq!(parse("at 0s start zk2\nensemble zk1\nserver.2=h:1:2\n").timed().count(), 1);
    assert_eq!(
        error("at 0s start zk3\nensemble zk1\nserver.2=h:1:2\n"),
        "1:13 unknown server `zk3`; expected a declared server"
    );
}

#[test]
fn reserved_words_cover_the_language() {
    let language = include_str!("mod.rs").lines().filter_map(|line| line.strip_prefix("//! "));
    let grammar =
        language.skip_while(|line| !line.starts_with("LINKS ")).take_while(|line| !line.starts_with("```"));
    // Behind the column of symbols; two blanks begin a remark.
    let syntax = grammar.filter_map(|line| line.get(13..)?.split("  ").next());
    let words: Vec<&str> =
        syntax.flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')).collect();
    assert!(words.len() > 300);
    for word in words.into_iter().filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase())) {
        // What stands only behind the party of `next`, where no name can, is left to names.
        let behind = words::HAPPENINGS.contains(&word)
            || Timer::of(word).is_some()
            || ["connection", "handler"].contains(&word);
        assert!(words::is_reserved(word) || behind, "{word}");
    }
}

#[test]
fn bad_servers() {
    for (text, expected) in [
        ("ensemble", "1:9 the line ends too early; expected the name of a server"),
        ("ensemble leader=1", "1:10 `leader` is a word of the language; expected another name"),
        ("ensemble latency=1", "1:10 `latency` is the name of a setting; expected another name"),
        ("ensemble zk1 zk2 zk1", "1:18 server `zk1` is declared twice; expected another name"),
        ("ensemble zk1 a=1", "1:14 server id 1 is taken; expected another server id"),
        ("ensemble alpha", "1:10 server `alpha` has no id; expected a number at the end of the name"),
        (
            "ensemble zk1=-1",
            "1:14 `-1` is not a server id; expected a whole number from 0 to 9223372036854775807",
        ),
        ("ensemble zk1:obsever", "1:14 unknown role `obsever`; expected `observer` or `participant`"),
        (
            "ensemble 1zk",
            "1:10 `1zk` is not a name; expected a letter, then letters, digits, `_`, `.` or `-`",
        ),
        ("server.x=h:1:2", "1:1 `x` is not a server id; expected `server.N` with a whole number N"),
        (
            "server.1=h",
            "1:10 `h` is not a server's address; expected `host:2888:3888`, perhaps with `:observer` behind it",
        ),
    ] {
        assert_eq!(error(&format!("{text}\nat 0s heal\n")), expected);
    }
}

#[test]
fn bad_settings() {
    for (text, expected) in [
        ("set tickTme 1", "2:5 unknown setting `tickTme`; expected a setting"),
        ("tickTme=1", "2:1 unknown setting `tickTme`; expected a setting"),
        ("tickTime=", "2:10 `tickTime` has no value; expected a whole number from 1 to 3600000"),
        ("dataDir=/var", "2:1 `dataDir` means nothing in a simulation; expected a setting that does"),
        ("set zk9 tickTime 1", "2:5 unknown server `zk9`; expected a declared server"),
        ("set tickTime 1 2", "2:16 unexpected `2`; expected the end of the line"),
        ("set tickTime 1\nset tickTime 2", "3:5 `tickTime` is set twice; expected one value"),
        (
            "set zk1 tickTime 1\nset zk1 tickTime 1",
            "3:9 `tickTime` is set twice for `zk1`; expected one value",
        ),
        ("at 5s set tickTime 1", "2:11 `tickTime` cannot change during a run; expected a setting that can"),
        ("set all tickTime 1", "2:5 unexpected `all`; expected a setting"),
        ("set leader tickTime 1", "2:5 unexpected `leader`; expected a setting or a declared server"),
        ("set zk1", "2:8 the line ends too early; expected a setting"),
        ("set", "2:4 the line ends too early; expected a setting, or a server and a setting"),
    ] {
        assert_eq!(error(&format!("{HEAD}{text}\nat 0s heal\n")), expected);
    }
}

#[test]
fn a_scenario_is_over_with_its_last_time_or_at_its_end() {
    let ends = |rest: &str| {
        let text = format!("ensemble zk1\nat 1s start zk1\n{rest}\n");
        Scenario::parse("test", &text).unwrap().end()
    };
    let seconds = |n: u64| Time(n * Time::SECOND.0);
    for (rest, end) in [
        ("", 1),
        ("by 7s expect zk1 serving", 7),
        ("from 2s to 9s expect zk1 serving", 9),
        ("at 5s ask \"What?\" right \"a\" wrong \"b\"", 5),
        ("at 2s if zk1 ran log-writer within 4s: kill zk1", 6),
        ("at 2s if zk1 ran log-writer: kill zk1", 2),
        ("by 7s expect zk1 serving\nat 3s end", 3),
    ] {
        assert_eq!(ends(rest), seconds(end), "{rest}");
    }
}
