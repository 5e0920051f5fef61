//! What happens to clients, in the words of a story; a read's stat in zkCli's layout.

use super::words::Names;
use crate::ensemble::Ensemble;
use crate::run::UserEvent;
use zablab_protocol::{ClientEvent, Completion, ErrorCode, Millis, Op, Reply, Sid, Stat, Zxid};

/// What happens to a client, a line each. Answers where each request is told; `begun` is the transaction that began a
/// new session.
pub(super) fn event(
    ensemble: &Ensemble,
    event: &ClientEvent,
    answers: bool,
    begun: Option<Zxid>,
) -> Option<Vec<String>> {
    let of = |sid: Sid| Names(ensemble).of(sid);
    let one = |what: String| Some(vec![what]);
    match event {
        ClientEvent::Connected { server, session, timeout, fresh: true } => {
            let (server, timeout) = (of(*server), span(*timeout));
            let begun = begun.map_or_else(String::new, |zxid| format!(", begun by {zxid}"));
            one(format!("is connected to {server}: session {session}{begun}, time-out {timeout}"))
        }
        ClientEvent::Connected { server, session, .. } => {
            one(format!("is connected to {}, still with session {session}", of(*server)))
        }
        ClientEvent::Disconnected { server, silent: None } => {
            one(format!("is disconnected: its connection to {} ended", of(*server)))
        }
        ClientEvent::Disconnected { server, silent: Some(after) } => {
            one(format!("gives up {}: silent for {}", of(*server), span(*after)))
        }
        ClientEvent::CannotConnect { server } => one(format!("cannot connect to {}", of(*server))),
        ClientEvent::Expired { session } => one(format!("learns that its session {session} has expired")),
        ClientEvent::Closed { session } => one(format!("has closed its session {session}")),
        ClientEvent::Notified { what, path } => one(format!("is notified: {what} {path}")),
        ClientEvent::Completed(done) if answers => Some(answer(done)),
        ClientEvent::Completed(_) => None,
    }
}

/// What a user did that no packet shows.
pub(super) fn user(event: &UserEvent) -> String {
    match event {
        UserEvent::Locked(path) => format!("holds {path}"),
        UserEvent::Unlocked(path) => format!("lets {path} go"),
        UserEvent::Took(path, Some(data)) => format!("took {data:?} out of {path}"),
        UserEvent::Took(path, None) => format!("finds {path} empty"),
    }
}

fn answer(done: &Completion) -> Vec<String> {
    match &done.result {
        Err(ErrorCode::ConnectionLoss) => {
            vec![format!("{}: connection loss; whether it takes effect is unknown", done.op)]
        }
        Err(code) => vec![format!("{}: {code}{}", done.op, at(done))],
        Ok(reply) => {
            let mut lines = vec![format!("{}: {}{}", done.op, reply_words(reply), at(done))];
            match (&done.op, reply) {
                (Op::GetData { .. }, Reply::Node { stat, .. })
                | (Op::Exists { watch: false, .. }, Reply::Stat(stat)) => lines.extend(zk_cli(stat)),
                // Who leaves a watch wants to know when it goes or changes: a recipe asks so again and again.
                _ => {}
            }
            lines
        }
    }
}

/// The zxid of an answer, which for a write is its own.
fn at(done: &Completion) -> String {
    if done.op.is_write() && done.server.is_some() { format!(" ({})", done.zxid) } else { String::new() }
}

/// An answer in few words.
pub(crate) fn reply_words(reply: &Reply) -> String {
    match reply {
        Reply::Done => "ok".to_owned(),
        Reply::Created { path, .. } => format!("ok, {path}"),
        Reply::Stat(stat) => format!("ok, version {}", stat.version),
        Reply::Node { data, .. } => format!("{data:?}"),
        Reply::Children { names, .. } => format!("[{}]", names.join(", ")),
        Reply::Multi(parts) => {
            let words = parts.iter().map(|part| match part {
                Ok(reply) => reply_words(reply),
                Err(code) => code.to_string(),
            });
            words.collect::<Vec<_>>().join("; ")
        }
    }
}

/// A stat as `zkCli.sh stat` prints it; virtual time begins with 1970.
fn zk_cli(stat: &Stat) -> [String; 11] {
    [
        format!("cZxid = {}", stat.czxid),
        format!("ctime = {}", date(stat.ctime)),
        format!("mZxid = {}", stat.mzxid),
        format!("mtime = {}", date(stat.mtime)),
        format!("pZxid = {}", stat.pzxid),
        format!("cversion = {}", stat.cversion()),
        format!("dataVersion = {}", stat.version),
        "aclVersion = 0".to_owned(),
        format!("ephemeralOwner = {}", stat.ephemeral_owner),
        format!("dataLength = {}", stat.data_length),
        format!("numChildren = {}", stat.num_children),
    ]
}

/// As Java prints a `Date` in UTC: `Thu Jan 01 00:00:05 UTC 1970`.
fn date(at: Millis) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [(&str, u64); 12] = [
        ("Jan", 31),
        ("Feb", 28),
        ("Mar", 31),
        ("Apr", 30),
        ("May", 31),
        ("Jun", 30),
        ("Jul", 31),
        ("Aug", 31),
        ("Sep", 30),
        ("Oct", 31),
        ("Nov", 30),
        ("Dec", 31),
    ];
    let seconds = at.0 / 1000;
    let (day, time) = (seconds / 86_400, seconds % 86_400);
    let (mut year, mut of_year) = (1970, day);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while of_year >= 365 + u64::from(leap(year)) {
        of_year -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = "Dec";
    for (name, days) in MONTHS {
        let days = days + u64::from(name == "Feb" && leap(year));
        if of_year < days {
            month = name;
            break;
        }
        of_year -= days;
    }
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    let weekday = DAYS[(day % 7) as usize];
    format!("{weekday} {month} {:02} {hour:02}:{minute:02}:{second:02} UTC {year}", of_year + 1)
}

/// A time-out in seconds where it is whole ones.
pub(super) fn span(time: Millis) -> String {
    if time.0.is_multiple_of(1000) { format!("{} s", time.0 / 1000) } else { time.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_java_does() {
        for (millis, expected) in [
            (5_999, "Thu Jan 01 00:00:05 UTC 1970"),
            (86_400_000 * 59, "Sun Mar 01 00:00:00 UTC 1970"),
            (951_825_600_000, "Tue Feb 29 12:00:00 UTC 2000"),
            (1_795_164_010_373, "Fri Nov 20 08:40:10 UTC 2026"),
        ] {
            assert_eq!(date(Millis(millis)), expected);
        }
    }
}
