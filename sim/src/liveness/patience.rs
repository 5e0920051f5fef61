//! How long a connected quorum may take, at the very worst, until it serves (protocol reference §10.2, L1).

use crate::schedule::Pace;
use std::time::Duration;
use zablab_protocol::Settings;

/// Attempts to establish a leader that may come to nothing before one stands: that under way when the last fault ended,
/// and one with a server that was still elsewhere.
const ATTEMPTS: u64 = 2;

/// Messages and writes one behind the other in an attempt; a generous count of them.
const HOPS: u64 = 100;

/// The bound for servers with these settings, each with its pace.
///
/// A dead connection is noticed within initLimit or syncLimit and a tick. A server that has looked alone for long listens for
/// maxNotificationInterval before it dials again, and what it dials may not answer for cnxTimeout. An attempt costs at most
/// the learner's budget to connect and the leader's three waits of initLimit. Slow clocks make all of it longer.
pub fn patience<'a>(servers: impl Iterator<Item = (&'a Settings, &'a Pace)>) -> Duration {
    servers.map(|(settings, pace)| of_one(settings, pace)).max().unwrap_or_default()
}

fn of_one(settings: &Settings, pace: &Pace) -> Duration {
    let notice = settings.init_time().0.max(settings.sync_time().0) + settings.tick_time;
    let look = 2 * settings.max_notification_interval + settings.cnx_timeout + Settings::FINALIZE_WAIT.0;
    let lead = settings.connect_time().0 + 3 * settings.init_time().0;
    let waits = Duration::from_millis(notice + ATTEMPTS * (look + lead));
    let hop = pace.latency.max + pace.connect.max + pace.fsync.max + pace.write.max + pace.task.max;
    let roles = pace.boot.max + 2 * ATTEMPTS * (pace.takeover.max + pace.teardown.max);
    let work = Duration::from_nanos(HOPS * hop + roles);
    by_clock(waits, pace) + work
}

/// How long a wait by a server's own clock may take. A fast clock makes nothing shorter that others wait for.
pub(super) fn by_clock(wait: Duration, pace: &Pace) -> Duration {
    wait * 1_000_000 / pace.clock_ppm.clamp(1, 1_000_000)
}

/// What keeps servers from being owed anything: time-outs that the network or the disks do not keep.
pub(super) fn too_slow(settings: &Settings, pace: &Pace) -> Option<String> {
    let ms = |nanos: u64| nanos / 1_000_000;
    let round = ms(2 * pace.latency.max + 2 * pace.fsync.max + 4 * pace.task.max);
    let (limit, what) = (settings.sync_time().0, "syncLimit");
    if 2 * round > limit {
        return Some(format!("a round of messages and fsyncs may take {round} ms, and {what} is {limit} ms"));
    }
    (ms(pace.latency.max) > Settings::FINALIZE_WAIT.0 / 4)
        .then(|| format!("a message may take {} ms, and finalizeWait is 200 ms", ms(pace.latency.max)))
}
