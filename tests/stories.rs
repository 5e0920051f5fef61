//! What the story of a run tells of clients: each thing once, each hop in its order, and what a client cannot know.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use zablab_sim::bundled;
use zablab_sim::run::Run;
use zablab_sim::scenario::Scenario;
use zablab_sim::view::{Story, table};

/// A story, line by line: who, and what.
struct Told {
    lines: Vec<(String, String)>,
    table: String,
}

fn tell(name: &str, text: &str) -> Told {
    let scenario = Scenario::parse(name, text).unwrap_or_else(|error| panic!("{error}"));
    let mut out = Vec::new();
    let mut story = Story::new(&mut out);
    let outcome = Run::new(name, text, &scenario, 0).unwrap().finish(&mut [&mut story]).unwrap();
    assert_eq!(outcome.unmet, [], "{text}");
    story.finish(&outcome.ensemble).unwrap();
    let line = |line: &str| {
        let (_, told) = line.trim_start().split_once("  ").unwrap();
        let (who, what) = told.split_once(' ').unwrap();
        (who.to_owned(), what.trim_start().to_owned())
    };
    let lines = String::from_utf8(out).unwrap().lines().map(line).collect();
    Told { lines, table: table(&outcome.ensemble) }
}

fn bundled(name: &str) -> Told {
    tell(name, bundled::find(name).unwrap())
}

impl Told {
    fn of(&self, who: &str) -> Vec<&str> {
        self.lines.iter().filter(|(name, _)| name == who).map(|(_, what)| &**what).collect()
    }

    /// How many lines of `who` begin so.
    fn count(&self, who: &str, begin: &str) -> usize {
        self.of(who).into_iter().filter(|what| what.starts_with(begin)).count()
    }

    #[track_caller]
    fn has(&self, who: &str, what: &str) {
        assert!(self.of(who).contains(&what), "{who} {what}\n{:#?}", self.lines);
    }
}

/// A server alone and its client, who finds nobody for 20 s.
const AWAY: &str = "ensemble zk1\nclient c1\nat 0s start zk1\nat 2s start c1\nat 5s kill zk1\n\
                    at 25s start zk1\nby 30s expect c1 connected\n";

#[test]
fn a_client_that_finds_no_server_says_so_once() {
    assert_eq!(tell("away", AWAY).count("c1", "cannot connect to zk1"), 1);
    let again = format!("{AWAY}at 35s kill zk1\nat 50s expect c1 disconnected\n");
    assert_eq!(tell("again", &again).count("c1", "cannot connect to zk1"), 2, "once for each loss");
}

#[test]
fn a_server_that_sends_clients_away_says_so_once_until_it_serves() {
    let text = "ensemble zk1 zk2\nclient c1 at zk1\nat 0s start zk1 zk2\nat 5s start c1\nat 10s kill zk2\n\
                at 30s start zk2\nby 35s expect c1 connected\n";
    let once = tell("once", text);
    assert_eq!(once.count("zk1", "sends a client away: it does not serve"), 1);
    let twice = tell("twice", &format!("{text}at 40s kill zk2\nat 60s expect c1 disconnected\n"));
    assert_eq!(twice.count("zk1", "sends a client away: it does not serve"), 2);
}

#[test]
fn a_session_is_told_with_the_transaction_that_began_it() {
    let told = bundled("session-costs-a-zxid");
    for (client, zxid) in [("c1", "0x100000001"), ("c2", "0x100000003"), ("c3", "0x100000005")] {
        let connected: Vec<&str> =
            told.of(client).into_iter().filter(|what| what.starts_with("is connected")).collect();
        assert_eq!(connected.len(), 1);
        assert!(connected[0].ends_with(&format!(", begun by {zxid}, time-out 30 s")), "{connected:?}");
    }
}

#[test]
fn a_read_shows_the_stat_as_zk_cli_does_at_every_server() {
    let told = bundled("session-costs-a-zxid");
    let block = |client: &str| {
        let lines = told.of(client);
        let at = lines.iter().rposition(|what| *what == "get /firstnode/first: \"two\"").unwrap();
        let (dates, rest): (Vec<&str>, Vec<&str>) =
            lines[at + 1..at + 12].iter().copied().partition(|line| line.contains("time = "));
        assert_eq!(dates, ["ctime = Thu Jan 01 00:00:18 UTC 1970", "mtime = Thu Jan 01 00:00:18 UTC 1970"]);
        rest
    };
    assert_eq!(
        block("c1"),
        [
            "cZxid = 0x100000004",
            "mZxid = 0x100000004",
            "pZxid = 0x100000004",
            "cversion = 0",
            "dataVersion = 0",
            "aclVersion = 0",
            "ephemeralOwner = 0x0",
            "dataLength = 3",
            "numChildren = 0"
        ]
    );
    assert_eq!(block("c2"), block("c1"));
    assert_eq!(block("c3"), block("c1"));
}

#[test]
fn a_write_is_told_hop_by_hop() {
    let told = bundled("write-path");
    let from = told.lines.iter().position(|(who, what)| who == "c1" && what == "asks: create /x").unwrap();
    let to =
        told.lines.iter().position(|(who, what)| who == "c1" && what.starts_with("create /x: ok")).unwrap();
    let hops: Vec<String> = told.lines[from..=to].iter().map(|(who, what)| format!("{who} {what}")).collect();
    let of_zk3 = |hop: &&String| !hop.starts_with("zk3 ");
    let hops: Vec<&String> = hops.iter().filter(of_zk3).collect();
    assert_eq!(
        hops,
        [
            "c1 asks: create /x",
            "zk1 gets the request of c1",
            "zk1 forwards it to zk2",
            "zk2 gives it 0x100000003, and proposes it to its followers",
            "zk2 has 0x100000003 on disk",
            "zk1 has 0x100000003 on disk, and acknowledges it",
            "zk2 commits 0x100000003: logged by 2 of 3",
            "zk2 applies 0x100000003",
            "zk1 applies 0x100000003",
            "c1 create /x: ok, /x (0x100000003)",
        ]
    );
}

/// What a client goes through up to its first read, without the asides that tell more than it knows.
fn sees(told: &Told) -> Vec<String> {
    let lines = told.of("c1").into_iter().take_while(|what| !what.starts_with("get "));
    lines
        .filter(|what| !what.starts_with('(') && !what.contains(" is held back "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_lost_request_and_a_lost_answer_look_alike_to_the_client_and_not_to_the_reader() {
    let (request, reply) = (bundled("was-my-write-lost-request"), bundled("was-my-write-lost-reply"));
    assert_eq!(sees(&request), sees(&reply));
    assert_eq!(sees(&bundled("request-lost")), sees(&bundled("answer-lost")), "and so in the lessons");
    request.has("c1", "set /balance: connection loss; whether it takes effect is unknown");
    request.has("c1", "(What it cannot know: no server has got the request.)");
    reply.has("c1", "(What it cannot know: it is committed, as 0x100000003.)");
    let half_way = bundled("logged-not-committed-1-of-5");
    half_way.has("c1", "(What it cannot know: it is 0x100000003, and not committed.)");
    let never = tell("never", &AWAY.replace("at 25s", "at 10s c1 set /a x\nat 25s"));
    never.has("c1", "(It was never sent.)");
}

#[test]
fn a_session_that_is_over_is_told_at_the_end() {
    let told = bundled("why-these-ports");
    assert!(told.table.contains("\nc3 has lost its session 0x3000"), "{}", told.table);
    let told = bundled("session-costs-a-zxid");
    assert!(told.table.contains("\nc2 has closed its session 0x2000"), "{}", told.table);
}
