//! Steps that say the same more simply, or do less.

use super::edit;
use super::search::Search;
use crate::scenario::{
    Call, Direction, Happening, Hold, Links, Loss, Scenario, ServerRef, Servers, Statement, Step, Stream,
    Timed,
};

/// Each step in turn, until none gets simpler; then neighbours that make one step together.
pub(super) fn pass(search: &mut Search<'_>) -> bool {
    let before = search.best.clone();
    for at in edit::steps(&before) {
        // The number of lines does not change here.
        while let Some(step) = edit::step_of(&search.best.lines[at]).cloned() {
            let all = simpler(&step, &search.best);
            if !all.into_iter().any(|step| search.take(with(&search.best, at, step))) {
                break;
            }
        }
    }
    merge(search);
    search.best != before
}

fn with(scenario: &Scenario, at: usize, step: Step) -> Scenario {
    let mut scenario = scenario.clone();
    if let Some(place) = edit::step_mut(&mut scenario.lines[at]) {
        *place = step;
    }
    scenario
}

/// Simpler steps than this one, the simplest first. None leads back to it.
fn simpler(step: &Step, scenario: &Scenario) -> Vec<Step> {
    match step {
        Step::Start(servers) => of_fewer(servers, scenario, Step::Start),
        Step::Kill(servers) => of_fewer(servers, scenario, Step::Kill),
        Step::Restart(servers) => of_fewer(servers, scenario, Step::Restart),
        Step::Pause(servers) => of_fewer(servers, scenario, Step::Pause),
        Step::Resume(servers) => all_or_fewer(servers, scenario, Step::Resume),
        Step::PowerOff { servers, loss } => {
            let mut all = vec![Step::Kill(servers.clone())];
            if *loss == Loss::Drawn {
                all.push(Step::PowerOff { servers: servers.clone(), loss: Loss::Unsynced });
            }
            all.extend(of_fewer(servers, scenario, |servers| Step::PowerOff { servers, loss: *loss }));
            all
        }
        Step::Wipe(servers) => {
            let off = Step::PowerOff { servers: servers.clone(), loss: Loss::Unsynced };
            [vec![off], of_fewer(servers, scenario, Step::Wipe)].concat()
        }
        Step::Fill(servers) => {
            let fail = Step::Fail { servers: servers.clone(), file: None };
            [vec![fail], of_fewer(servers, scenario, Step::Fill)].concat()
        }
        Step::Fail { servers, file } => {
            of_fewer(servers, scenario, |servers| Step::Fail { servers, file: *file })
        }
        Step::Free(servers) => all_or_fewer(servers, scenario, Step::Free),
        Step::Cut(links) => narrower(links, scenario, Step::Cut),
        Step::Refuse(links) => {
            let cut = (links.port.is_none()).then(|| Step::Cut(links.clone()));
            cut.into_iter().chain(narrower(links, scenario, Step::Refuse)).collect()
        }
        Step::Reset(links) => narrower(links, scenario, Step::Reset),
        Step::Heal(Some(links)) => {
            [vec![Step::Heal(None)], narrower(links, scenario, |links| Step::Heal(Some(links)))].concat()
        }
        Step::Release(Some(_)) => vec![Step::Release(None)],
        Step::Hold(Hold::Stream(stream)) => narrower_stream(stream, scenario),
        Step::Create { path, data, times, at } => {
            let create = |data: Option<String>, times| Step::Create {
                path: path.clone(),
                data,
                times,
                at: at.clone(),
            };
            let mut all: Vec<Step> = fewer(*times).map(|times| create(data.clone(), times)).collect();
            all.extend(data.is_some().then(|| create(None, *times)));
            all.extend((path.len() > 2).then(|| Step::Create {
                path: "/a".to_owned(),
                data: data.clone(),
                times: *times,
                at: at.clone(),
            }));
            all
        }
        Step::Write { path, data, version, times, at } => {
            let write = |data: &str, version: Option<i32>, times| Step::Write {
                path: path.clone(),
                data: data.to_owned(),
                version,
                times,
                at: at.clone(),
            };
            let mut all: Vec<Step> = fewer(*times).map(|times| write(data, *version, times)).collect();
            all.extend(version.is_some().then(|| write(data, None, *times)));
            all.extend((data.len() > 1).then(|| write("x", *version, *times)));
            all
        }
        Step::Delete { path, version: Some(_), at } => {
            vec![Step::Delete { path: path.clone(), version: None, at: at.clone() }]
        }
        Step::Client { client, call } => simpler_calls(call)
            .into_iter()
            .map(|call| Step::Client { client: client.clone(), call })
            .collect(),
        Step::Close(names) if names.len() > 1 => {
            names.iter().map(|name| Step::Close(vec![name.clone()])).collect()
        }
        Step::Next(happening) if happening.nth > 1 => {
            vec![Step::Next(Happening { nth: 1, ..happening.clone() })]
        }
        _ => Vec::new(),
    }
}

fn fewer(times: u32) -> impl Iterator<Item = u32> {
    [1, times / 2, times.saturating_sub(1)].into_iter().filter(move |fewer| (1..times).contains(fewer))
}

fn simpler_calls(call: &Call) -> Vec<Call> {
    match call {
        Call::Create { path, data, ephemeral, sequential, times } => {
            let create = |data: Option<String>, ephemeral, sequential, times| Call::Create {
                path: path.clone(),
                data,
                ephemeral,
                sequential,
                times,
            };
            let mut all: Vec<Call> =
                fewer(*times).map(|times| create(data.clone(), *ephemeral, *sequential, times)).collect();
            all.extend(ephemeral.then(|| create(data.clone(), false, *sequential, *times)));
            all.extend(sequential.then(|| create(data.clone(), *ephemeral, false, *times)));
            all.extend(data.is_some().then(|| create(None, *ephemeral, *sequential, *times)));
            all
        }
        Call::Set { path, data, version, times } => {
            let set = |version, times| Call::Set { path: path.clone(), data: data.clone(), version, times };
            let fewer = fewer(*times).map(|times| set(*version, times));
            fewer.chain(version.is_some().then(|| set(None, *times))).collect()
        }
        Call::Delete { path, version: Some(_) } => vec![Call::Delete { path: path.clone(), version: None }],
        Call::Get { path, watch: true } => vec![Call::Get { path: path.clone(), watch: false }],
        Call::Exists { path, watch: true } => vec![Call::Exists { path: path.clone(), watch: false }],
        Call::Children { path, watch: true } => vec![Call::Children { path: path.clone(), watch: false }],
        Call::Multi(parts) if parts.len() > 1 => {
            let one_less = |gone: usize| {
                let left = parts.iter().enumerate().filter(|(at, _)| *at != gone);
                Call::Multi(left.map(|(_, part)| part.clone()).collect())
            };
            (0..parts.len()).map(one_less).collect()
        }
        Call::Multi(parts) => parts.first().cloned().into_iter().collect(),
        _ => Vec::new(),
    }
}

fn named(scenario: &Scenario) -> Vec<ServerRef> {
    scenario.servers().iter().map(|server| ServerRef::Name(server.name.clone())).collect()
}

/// One server, or one less.
fn less(servers: &Servers, scenario: &Scenario) -> Vec<Servers> {
    let list = match servers {
        Servers::All => named(scenario),
        Servers::List(list) => list.clone(),
    };
    if list.len() < 2 {
        return Vec::new();
    }
    let one = list.iter().map(|one| Servers::List(vec![one.clone()]));
    let one_less = (0..list.len()).filter(|_| list.len() > 2).map(|gone| {
        let left = list.iter().enumerate().filter(|(at, _)| *at != gone);
        Servers::List(left.map(|(_, one)| one.clone()).collect())
    });
    one.chain(one_less).collect()
}

/// Fewer servers; all of them by one word.
fn of_fewer(servers: &Servers, scenario: &Scenario, step: impl Fn(Servers) -> Step) -> Vec<Step> {
    let everybody = matches!(servers, Servers::List(list) if same(list, &named(scenario)));
    let all = everybody.then_some(Servers::All);
    // `all` is not broken up again: its parts would come back to it.
    let fewer = if *servers == Servers::All { Vec::new() } else { less(servers, scenario) };
    let fewer = if everybody { Vec::new() } else { fewer };
    all.into_iter().chain(fewer).map(step).collect()
}

fn all_or_fewer(servers: &Servers, scenario: &Scenario, step: impl Fn(Servers) -> Step) -> Vec<Step> {
    of_fewer(servers, scenario, step)
}

fn same(list: &[ServerRef], other: &[ServerRef]) -> bool {
    list.len() == other.len() && other.iter().all(|one| list.contains(one))
}

/// Fewer pairs, all ports, both ways.
fn narrower(links: &Links, scenario: &Scenario, step: impl Fn(Links) -> Step) -> Vec<Step> {
    let mut all = Vec::new();
    all.extend(less(&links.first, scenario).into_iter().map(|first| Links { first, ..links.clone() }));
    all.extend(less(&links.second, scenario).into_iter().map(|second| Links { second, ..links.clone() }));
    all.extend(links.port.map(|_| Links { port: None, ..links.clone() }));
    if links.direction == Direction::OneWay {
        all.push(Links { direction: Direction::Both, ..links.clone() });
    }
    all.into_iter().map(step).collect()
}

fn narrower_stream(stream: &Stream, scenario: &Scenario) -> Vec<Step> {
    let mut all = Vec::new();
    all.extend(less(&stream.from, scenario).into_iter().map(|from| Stream { from, ..stream.clone() }));
    all.extend(less(&stream.to, scenario).into_iter().map(|to| Stream { to, ..stream.clone() }));
    all.extend(stream.port.map(|_| Stream { port: None, ..stream.clone() }));
    all.extend(stream.packet.map(|_| Stream { packet: None, ..stream.clone() }));
    all.into_iter().map(|stream| Step::Hold(Hold::Stream(stream))).collect()
}

/// Two steps that one says: of one kind at one time or upon one event, or a kill and a start.
fn merge(search: &mut Search<'_>) {
    let mut at = 0;
    loop {
        let steps = edit::steps(&search.best);
        let Some((&first, later)) = steps.get(at..).and_then(<[usize]>::split_first) else { return };
        let merged = later.iter().any(|second| {
            let candidate = merged(&search.best, first, *second);
            candidate.is_some_and(|candidate| search.take(candidate))
        });
        at += usize::from(!merged);
    }
}

/// The scenario with two steps made one, in the place of the first or the second.
fn merged(scenario: &Scenario, first: usize, second: usize) -> Option<Scenario> {
    let prefix = |line: usize| match &scenario.lines[line].statement {
        Some(Statement::Timed(Timed { prefix, .. })) => Some(prefix),
        _ => None,
    };
    let (one, other) = (edit::step_of(&scenario.lines[first])?, edit::step_of(&scenario.lines[second])?);
    let union = |a: &Servers, b: &Servers| match (a, b) {
        (Servers::List(a), Servers::List(b)) => {
            let more = b.iter().filter(|one| !a.contains(one)).cloned();
            Servers::List(a.iter().cloned().chain(more).collect())
        }
        _ => Servers::All,
    };
    let joined = match (one, other) {
        (Step::Kill(a), Step::Start(b)) if a == b => Step::Restart(a.clone()),
        _ if prefix(first)? != prefix(second)? => return None,
        (Step::Start(a), Step::Start(b)) => Step::Start(union(a, b)),
        (Step::Kill(a), Step::Kill(b)) => Step::Kill(union(a, b)),
        (Step::Restart(a), Step::Restart(b)) => Step::Restart(union(a, b)),
        (Step::Pause(a), Step::Pause(b)) => Step::Pause(union(a, b)),
        (Step::Resume(a), Step::Resume(b)) => Step::Resume(union(a, b)),
        _ => return None,
    };
    let place = if matches!(joined, Step::Restart(_)) { second } else { first };
    let gone = if place == first { second } else { first };
    Some(edit::without_lines(&with(scenario, place, joined), &[gone]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_upon_one_event_become_one() {
        let text = "ensemble zk1 zk2 zk3\nat 0s start zk3\nwhen zk3 got PING: start zk1\n\
                    when zk3 got PING: start zk2\nwhen zk3 got PING nth 2: start zk2\n";
        let scenario = Scenario::parse("test", text).unwrap();
        let one = merged(&scenario, 2, 3).unwrap().to_string();
        assert!(one.contains("when zk3 got PING: start zk1 zk2\n") && one.lines().count() == 4, "{one}");
        assert_eq!(merged(&scenario, 2, 4), None);
        assert_eq!(merged(&scenario, 1, 2), None);
    }
}
