//! Scenarios made at random: every tree that can be read, in its canonical form.

mod clients;
mod happenings;

use clients::{client, client_expectation, client_or_workload, client_step, declarations, facts};
use happenings::frozen;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use zablab_sim::bugs::CATALOGUE;
use zablab_sim::check::Checks;
use zablab_sim::judges::Judges;
use zablab_sim::scenario::setting::{Kind, TABLE};
use zablab_sim::scenario::*;

const NAMES: &[&str] = &["zk1", "zk2", "zk3", "alpha", "x.y-9"];

fn ensemble() -> Vec<ServerDecl> {
    let sids = [1, 2, 30, 0, 9];
    let servers = NAMES.iter().zip(sids).map(|(name, sid)| ServerDecl::new(name, sid));
    servers.map(|server| ServerDecl { observer: server.sid == 9, ..server }).collect()
}

fn time() -> impl Strategy<Value = Time> {
    let unit = select(vec![1u64, 1_000, 1_000_000, 100_000_000, 1_000_000_000, 60_000_000_000]);
    prop_oneof![
        4 => (0..5_000u64, unit).prop_map(|(number, unit)| Time(number * unit)),
        1 => (0..=Time::MAX.0).prop_map(Time),
    ]
}

fn server() -> impl Strategy<Value = ServerRef> {
    prop_oneof![
        4 => select(NAMES).prop_map(|name| ServerRef::Name(name.to_owned())),
        1 => Just(ServerRef::Leader),
        1 => Just(ServerRef::Follower),
    ]
}

fn servers() -> impl Strategy<Value = Servers> {
    prop_oneof![1 => Just(Servers::All), 4 => vec(server(), 1..4).prop_map(Servers::List)]
}

/// Servers, or where clients can stand, these as well.
fn parties() -> impl Strategy<Value = Servers> {
    let party = prop_oneof![2 => server(), 1 => client_or_workload().prop_map(ServerRef::Name)];
    prop_oneof![1 => Just(Servers::All), 4 => vec(party, 1..4).prop_map(Servers::List)]
}

/// Both ends of a link: clients have none with each other.
fn ends() -> impl Strategy<Value = (Servers, Servers)> {
    let has_server = |servers: &Servers| match servers {
        Servers::All => true,
        Servers::List(list) => list.iter().any(|one| match one {
            ServerRef::Name(name) => NAMES.contains(&name.as_str()),
            ServerRef::Leader | ServerRef::Follower => true,
        }),
    };
    (parties(), parties())
        .prop_filter("clients have no links with each other", move |(a, b)| has_server(a) || has_server(b))
}

fn port() -> impl Strategy<Value = Option<Port>> {
    option::of(select(Port::ALL))
}

fn links() -> impl Strategy<Value = Links> {
    let direction = select(vec![Direction::Both, Direction::OneWay]);
    (ends(), direction, port()).prop_map(|((first, second), direction, port)| Links {
        first,
        direction,
        second,
        port,
    })
}

fn hold() -> impl Strategy<Value = Hold> {
    prop_oneof![
        (server(), select(Task::ALL)).prop_map(|(server, task)| Hold::Task { server, task }),
        (option::of(select(Packet::ALL)), ends(), port())
            .prop_map(|(packet, (from, to), port)| Hold::Stream(Stream { packet, from, to, port })),
    ]
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => Just("/".to_owned()),
        4 => vec("[a-z0-9.:=#\" ä\\\\-]{1,6}", 1..4).prop_map(|parts| format!("/{}", parts.join("/"))),
    ]
}

fn data() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => "[a-z0-9:=]{1,8}",
        2 => select(vec!["at", "times", "version", "", "#", "from", "expect", "kill", "and", "ephemeral", "sequential", "watch", "\\", "\"", "\\n", "\n", "a:"])
            .prop_map(str::to_owned),
        1 => "[^\\p{Cc}]{0,12}",
    ]
}

fn version() -> impl Strategy<Value = Option<i32>> {
    option::of(0..=i32::MAX)
}

fn times() -> impl Strategy<Value = u32> {
    prop_oneof![Just(1), 1..=1_000_000u32]
}

fn value(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Integer { min, max } => (min..=max).prop_map(Value::Integer).boxed(),
        Kind::Decimal { min, max } => (min..=max).prop_map(Value::Decimal).boxed(),
        Kind::Duration => {
            (time(), time()).prop_map(|(a, b)| Value::Duration { min: a.min(b), max: a.max(b) }).boxed()
        }
        Kind::Word(words) => select(words).prop_map(Value::Word).boxed(),
        Kind::Sids => vec(0..=i64::MAX, 1..4).prop_map(Value::Sids).boxed(),
        Kind::Names(names) => {
            proptest::sample::subsequence(names, 1..=names.len()).prop_map(Value::Names).boxed()
        }
    }
}

fn key_and_value(live: bool) -> impl Strategy<Value = (String, Value)> {
    let entries: Vec<_> = TABLE.iter().filter(|entry| entry.live || !live).collect();
    (select(entries), 0..=i64::MAX).prop_flat_map(|(entry, number)| {
        let key = entry.name.replace(".N", &format!(".{number}"));
        (Just(key), value(entry.kind))
    })
}

fn step() -> impl Strategy<Value = Step> {
    let loss = select(vec![Loss::Drawn, Loss::Unsynced, Loss::Nothing]);
    let other =
        prop_oneof![
            parties().prop_map(Step::Start),
            parties().prop_map(Step::Kill),
            parties().prop_map(Step::Restart),
            parties().prop_map(Step::Pause),
            parties().prop_map(Step::Resume),
            (servers(), loss).prop_map(|(servers, loss)| Step::PowerOff { servers, loss }),
            servers().prop_map(Step::Wipe),
            servers().prop_map(Step::Fill),
            servers().prop_map(Step::Free),
            (servers(), option::of(select(File::ALL)))
                .prop_map(|(servers, file)| Step::Fail { servers, file }),
            links().prop_map(Step::Cut),
            links().prop_map(Step::Refuse),
            links().prop_map(|links| Step::Reset(Links { direction: Direction::Both, ..links })),
            option::of(links()).prop_map(Step::Heal),
            hold().prop_map(Step::Hold),
            option::of(hold()).prop_map(Step::Release),
            (path(), option::of(data()), times(), server())
                .prop_map(|(path, data, times, at)| Step::Create { path, data, times, at }),
            (path(), data(), version(), times(), server()).prop_map(|(path, data, version, times, at)| {
                Step::Write { path, data, version, times, at }
            }),
            (path(), version(), server()).prop_map(|(path, version, at)| Step::Delete { path, version, at }),
            (path(), server()).prop_map(|(path, at)| Step::Read { path, at }),
            (servers(), Rate::MIN.0..=Rate::MAX.0)
                .prop_map(|(servers, ppm)| Step::Clock { servers, rate: Rate(ppm) }),
            (option::of(server()), key_and_value(true)).prop_map(|(server, (key, value))| Step::Set {
                server,
                key,
                value
            }),
        ];
    prop_oneof![3 => other, 1 => client_step()]
}

fn claim() -> impl Strategy<Value = Claim> {
    let options = (option::of(server()), option::of(0..9u64), option::of(0..9u32), option::of(any::<u64>()));
    let heard = (server(), select(ElectionState::ALL), options);
    prop_oneof![
        select(State::ALL).prop_map(Claim::State),
        any::<u32>().prop_map(Claim::Epoch),
        any::<u32>().prop_map(Claim::AcceptedEpoch),
        any::<u64>().prop_map(Claim::Round),
        any::<u64>().prop_map(Claim::Zxid),
        any::<u64>().prop_map(Claim::Logged),
        server().prop_map(Claim::Vote),
        (select(SyncMode::ALL), option::of(any::<u64>()), option::of(server()))
            .prop_map(|(mode, zxid, from)| Claim::Synced { mode, zxid, from }),
        (path(), data(), version()).prop_map(|(path, data, version)| Claim::Data { path, data, version }),
        path().prop_map(Claim::NoNode),
        (path(), facts()).prop_map(|(path, facts)| Claim::Stat { path, facts }),
        any::<u64>().prop_map(Claim::Sessions),
        heard.prop_map(|(from, state, (leader, round, epoch, zxid))| Claim::Heard {
            from,
            state,
            leader,
            round,
            epoch,
            zxid
        }),
    ]
}

fn expectation() -> impl Strategy<Value = Expectation> {
    prop_oneof![
        1 => select(NAMES).prop_map(|name| Expectation::Leader(name.to_owned())),
        1 => select(vec![Expectation::NoLeader, Expectation::Available, Expectation::Unavailable]),
        1 => any::<u64>().prop_map(Expectation::Answered),
        1 => any::<u64>().prop_map(Expectation::Failed),
        1 => any::<u64>().prop_map(Expectation::Pending),
        4 => client_expectation(),
        4 => (server(), claim()).prop_map(|(server, claim)| Expectation::Server { server, claim }),
    ]
}

fn occurrence() -> impl Strategy<Value = Occurrence> {
    prop_oneof![
        (select(File::ALL), option::of(any::<u32>()))
            .prop_map(|(file, number)| Occurrence::Wrote { file, number: number.map(u64::from) }),
        (
            select(Packet::ALL),
            option::of(prop_oneof![server(), client_or_workload().prop_map(ServerRef::Name)])
        )
            .prop_map(|(packet, from)| Occurrence::Got { packet, from }),
        select(Task::ALL)
            .prop_filter("the disk never runs", |task| *task != Task::Disk)
            .prop_map(Occurrence::Ran),
        select(DECISIONS).prop_map(|word| Occurrence::Decided(word.to_owned())),
    ]
}

fn trigger() -> impl Strategy<Value = Trigger> {
    let moment = select(vec![Moment::Before, Moment::After]);
    let event = (moment, server(), occurrence());
    let event = event.prop_map(|(moment, server, occurrence)| Event { moment, server, occurrence });
    (option::of(time()), any::<bool>(), event, prop_oneof![Just(1), 1..=u32::MAX], option::of(time()))
        .prop_map(|(armed, must_fire, event, nth, within)| Trigger { armed, must_fire, event, nth, within })
}

/// A prefix and what stands below it.
fn group() -> impl Strategy<Value = Vec<Timed>> {
    let does = || step().prop_map(Action::Step).boxed();
    let demands = || expectation().prop_map(Action::Expect).boxed();
    let known: Vec<&'static str> = Judges::known().collect();
    let watched: Vec<&'static str> = Checks::PROPERTIES.iter().map(|property| property.name).collect();
    let breaks = select(watched).prop_map(|name| Action::Expect(Expectation::Violation(name)));
    let claims = select(known).prop_map(|name| Action::Expect(Expectation::NoViolation(name)));
    let asks = ask().prop_map(Action::Ask).boxed();
    let at = prop_oneof![4 => does(), 2 => demands(), 1 => asks, 1 => claims.boxed(), 1 => Just(Action::Step(Step::End)).boxed()].boxed();
    let during = (time(), time()).prop_map(|(a, b)| Prefix::During { from: a.min(b), to: a.max(b) });
    let prefix_and_action = prop_oneof![
        (time().prop_map(Prefix::At).boxed(), Just(at)),
        (time().prop_map(Prefix::By).boxed(), Just(prop_oneof![4 => demands(), 1 => breaks].boxed())),
        (during.boxed(), Just(demands())),
        (trigger().prop_map(Prefix::When).boxed(), Just(does())),
    ];
    let group = prefix_and_action
        .prop_flat_map(|(prefix, action)| (Just(prefix), vec((action, any::<bool>()), 1..4)))
        .prop_map(|(prefix, actions)| {
            let timed = actions.into_iter().enumerate().map(|(index, (action, continued))| Timed {
                continued: continued && index > 0,
                ..Timed::new(prefix.clone(), action)
            });
            timed.collect()
        });
    prop_oneof![8 => group, 1 => frozen()]
}

/// One line in which something can be seen.
fn spoken() -> impl Strategy<Value = String> {
    "[^\\p{Cc}]{0,12}[a-z#\"\\\\?]"
}

fn ask() -> impl Strategy<Value = Ask> {
    (spoken(), proptest::collection::btree_set(spoken(), 2..=Ask::MOST), any::<Index>()).prop_map(
        |(question, texts, right)| {
            let right = right.index(texts.len());
            let answers = texts.into_iter().enumerate().map(|(at, text)| Answer { text, right: at == right });
            Ask { question, answers: answers.collect() }
        },
    )
}

fn comment() -> impl Strategy<Value = Comment> {
    prop_oneof!["[^\\p{Cc}]{0,20}", "[#!a-z \"\\\\]{0,20}"].prop_map(|text| Comment::new(&text))
}

fn decoration() -> impl Strategy<Value = (bool, Option<Comment>)> {
    (proptest::bool::weighted(0.2), option::weighted(0.2, comment()))
}

fn config() -> impl Strategy<Value = ConfigFile> {
    let file = prop_oneof!["[a-z/.]{1,12}", "[^\\p{Cc}]{1,12}"];
    (option::of(select(NAMES)), file).prop_map(|(server, file)| ConfigFile {
        server: server.map(str::to_owned),
        file,
        span: Span::default(),
    })
}

fn shows() -> impl Strategy<Value = Shows> {
    let bug = select(CATALOGUE).prop_map(|bug| bug.id());
    let by = select(&["P-DUR", "L-EPH", "votes-rise"][..]).prop_map(str::to_owned);
    (bug, by).prop_map(|(bug, by)| Shows { bug, by, span: Span::default() })
}

fn draws() -> impl Strategy<Value = Draws> {
    prop_oneof![Just(Draws::Plain), any::<u64>().prop_map(Draws::Seed)]
}

/// One who draws.
fn drawer() -> impl Strategy<Value = String> {
    prop_oneof![select(NAMES).prop_map(str::to_owned), client()]
}

fn pin() -> impl Strategy<Value = Pin> {
    let number = || prop_oneof![Just(1), 1..=1u64 << 60];
    let value = (time(), any::<u64>());
    (select(Chance::ALL), drawer(), (drawer(), select(Port::ALL)), (number(), number()), value).prop_map(
        |(chance, who, to, (number, nth), (time, bits))| Pin {
            chance,
            who,
            to: (chance == Chance::Latency).then_some(to),
            number,
            nth,
            value: if chance.is_bits() { Drawn::Bits(bits) } else { Drawn::Time(time) },
            span: Span::default(),
        },
    )
}

pub(crate) fn scenario() -> impl Strategy<Value = Scenario> {
    let block = prop_oneof![
        4 => group().prop_map(|group| group.into_iter().map(|timed| Some(Statement::Timed(timed))).collect::<Vec<_>>()),
        1 => (option::of(select(NAMES)), key_and_value(false)).prop_map(|(server, (key, value))| {
            let server = server.map(str::to_owned);
            vec![Some(Statement::Set(Setting { server, key, value, span: Span::default() }))]
        }),
        1 => config().prop_map(|config| vec![Some(Statement::Config(config))]),
        1 => draws().prop_map(|draws| vec![Some(Statement::Draws(draws))]),
        1 => shows().prop_map(|shows| vec![Some(Statement::Shows(shows))]),
        1 => spoken().prop_map(|text| vec![Some(Statement::Belief(Belief { text, span: Span::default() }))]),
        1 => (1..=128u32).prop_map(|size| vec![Some(Statement::Unsafe(UnsafeQuorum { size, span: Span::default() }))]),
        1 => pin().prop_map(|pin| vec![Some(Statement::Pin(pin))]),
        1 => Just(vec![None]),
    ];
    let first =
        group().prop_map(|group| group.into_iter().map(|timed| Some(Statement::Timed(timed))).collect());
    (
        first,
        declarations(),
        vec(block, 0..10),
        any::<[Index; 2]>(),
        vec((decoration(), option::weighted(0.2, comment())), 40),
    )
        .prop_map(|(first, clients, mut blocks, places, decorations)| {
            blocks.push(first);
            // Names may be used above their declaration.
            blocks.insert(places[0].index(blocks.len()), clients.into_iter().map(Some).collect());
            let place = places[1].index(blocks.len());
            let all = ensemble();
            let (head, tail) = all.split_at(2);
            let declarations = [head, tail].map(|servers| Some(Statement::Ensemble(servers.to_vec())));
            blocks.insert(place, declarations.to_vec());

            let mut set = std::collections::BTreeSet::new();
            let mut configs = std::collections::BTreeSet::new();
            let mut pins = std::collections::BTreeSet::new();
            let mut says_draws = false;
            let mut shows = false;
            let mut believes = false;
            let mut is_unsafe = false;
            let mut lines = Vec::new();
            let mut decorations = decorations.into_iter().cycle();
            for statement in blocks.into_iter().flatten() {
                let ((blank_before, comment), above) = decorations.next().expect("it never ends");
                if let Some(Statement::Set(setting)) = &statement
                    && !set.insert((setting.server.clone(), setting.key.clone()))
                {
                    continue;
                }
                if let Some(Statement::Config(config)) = &statement
                    && !configs.insert(config.server.clone())
                {
                    continue;
                }
                if let Some(Statement::Draws(_)) = &statement
                    && std::mem::replace(&mut says_draws, true)
                {
                    continue;
                }
                if let Some(Statement::Shows(_)) = &statement
                    && std::mem::replace(&mut shows, true)
                {
                    continue;
                }
                if let Some(Statement::Unsafe(_)) = &statement
                    && std::mem::replace(&mut is_unsafe, true)
                {
                    continue;
                }
                if let Some(Statement::Belief(_)) = &statement
                    && std::mem::replace(&mut believes, true)
                {
                    continue;
                }
                if let Some(Statement::Pin(pin)) = &statement
                    && !pins.insert((pin.chance, pin.who.clone(), pin.to.clone(), pin.number, pin.nth))
                {
                    continue;
                }
                // A comment above any line, also between a line and its continuation.
                if let Some(above) = above {
                    lines.push(Line { comment: Some(above), ..Line::default() });
                }
                let comment =
                    if statement.is_none() { comment.or(Some(Comment::new("why"))) } else { comment };
                lines.push(Line { blank_before, statement, comment, span: Span::default() });
            }
            // Only what is unsafe may be expected to break.
            let breaks = |statement: &Option<Statement>| {
                matches!(
                    statement,
                    Some(Statement::Timed(Timed { action: Action::Expect(Expectation::Violation(_)), .. }))
                )
            };
            if lines.iter().any(|line| breaks(&line.statement)) {
                // Any two servers that vote can miss each other, and no list says that there is only one.
                let lists = ["servers", "voters", "group.", "weight."];
                lines.retain(|line| match &line.statement {
                    Some(Statement::Unsafe(_)) => false,
                    Some(Statement::Set(setting)) => !lists.iter().any(|key| setting.key.starts_with(key)),
                    _ => true,
                });
                let quorum = UnsafeQuorum { size: 1, span: Span::default() };
                lines.push(Line::of(Statement::Unsafe(quorum)));
            }
            lines[0].blank_before = false;
            Scenario { lines }
        })
}
