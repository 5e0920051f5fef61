//! Sessions: their ids, the replicated table of them, and the leader's watch over who is still alive
//! (`SessionTrackerImpl`; protocol reference §8.2).

use crate::decision::Decision;
use crate::error::ErrorCode;
use crate::ids::{ConnId, Millis, Sid};
use crate::input::Timer;
use crate::io::Io;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A session's id: the sid of the server that made it, the low 40 bits of that server's clock in ms when its tracker
/// was made, and a running number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub i64);

impl SessionId {
    /// What a client without a session sends.
    pub const NONE: SessionId = SessionId(0);

    /// The first id that a server gives out (`SessionTrackerImpl.initializeNextSessionId`). A clock at 0 counts as 1, so
    /// that server 0 never gives out [`SessionId::NONE`].
    pub fn first(sid: Sid, now: Millis) -> SessionId {
        let clock = now.0.max(1) << 24 >> 8;
        SessionId(clock as i64 | sid.0 << 56)
    }

    /// The id after this one.
    pub fn next(self) -> SessionId {
        SessionId(self.0.wrapping_add(1))
    }

    /// A session that its server keeps to itself (`localSessionsEnabled`): nobody tracks it, and it takes no zxid. The
    /// ids below 65,536 are theirs; no server gives them out.
    pub fn is_local(self) -> bool {
        (1..1 << 16).contains(&self.0)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The sessions that exist, as every server has them and as snapshots carry them (`ZKDatabase.sessionsWithTimeouts`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SessionTable(Arc<BTreeMap<SessionId, Millis>>);

impl SessionTable {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The negotiated time-out of a session.
    pub fn timeout(&self, id: SessionId) -> Option<Millis> {
        self.0.get(&id).copied()
    }

    /// Every session with its time-out, by id.
    pub fn iter(&self) -> impl Iterator<Item = (SessionId, Millis)> + '_ {
        self.0.iter().map(|(id, timeout)| (*id, *timeout))
    }

    pub(crate) fn open(&mut self, id: SessionId, timeout: Millis) {
        Arc::make_mut(&mut self.0).insert(id, timeout);
    }

    pub(crate) fn close(&mut self, id: SessionId) {
        Arc::make_mut(&mut self.0).remove(&id);
    }
}

/// Through whom a session's requests come to the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// The leader's own client port.
    Me,
    /// The learner at the other end of this connection.
    Handler(ConnId),
    /// A learner whose connection is gone: whoever comes next moves the session first.
    Gone,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Tracked {
    timeout: Millis,
    /// Ticks of the tracker until it expires.
    ticks_left: u64,
    /// `None` until the first request of this leadership.
    owner: Option<Owner>,
    /// closeSession is on its way.
    closing: bool,
}

/// Who is alive, as far as the leader knows. Sessions expire in buckets a tick apart, at whole multiples of the tick
/// on the server's own clock; a session's bucket is counted in ticks to come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct SessionTracker {
    sessions: BTreeMap<SessionId, Tracked>,
    tick: u64,
    /// The number of the last tick that was dealt with: a server that stood still deals with several at once.
    last: u64,
}

impl SessionTracker {
    /// A new leader gives every session its full time-out from now on.
    pub(crate) fn new(table: &SessionTable, tick: Millis, now: Millis) -> SessionTracker {
        let tick = tick.0.max(1);
        let mut tracker = SessionTracker { sessions: BTreeMap::new(), tick, last: now.0 / tick };
        for (id, timeout) in table.iter() {
            tracker.track(id, timeout, None, now);
        }
        tracker
    }

    /// How long until the next bucket.
    pub(crate) fn until_next(&self, now: Millis) -> Millis {
        Millis(self.tick - now.0 % self.tick)
    }

    /// `ExpiryQueue.roundToNextInterval`, in ticks after the last one: between the time-out and one tick more.
    fn bucket(&self, timeout: Millis, now: Millis) -> u64 {
        (now.0.saturating_sub(self.last * self.tick) + timeout.0) / self.tick + 1
    }

    /// Begins to watch a session (`trackSession`).
    pub(crate) fn track(&mut self, id: SessionId, timeout: Millis, owner: Option<Owner>, now: Millis) {
        let ticks_left = self.bucket(timeout, now);
        let fresh = Tracked { timeout, ticks_left, owner, closing: false };
        let session = self.sessions.entry(id).or_insert(fresh);
        session.ticks_left = ticks_left;
        session.owner = owner.or(session.owner);
    }

    /// The session was heard of (`touchSession`): it lives as long from now as it says, be that shorter than before
    /// (`ExpiryQueue.update`). False if it is over.
    pub(crate) fn touch(&mut self, id: SessionId, timeout: Millis, now: Millis) -> bool {
        let ticks_left = self.bucket(timeout, now);
        match self.sessions.get_mut(&id) {
            Some(session) if !session.closing => {
                session.ticks_left = ticks_left;
                true
            }
            _ => id.is_local(),
        }
    }

    /// The session has moved: requests by another way are refused from now on (`setOwner`).
    pub(crate) fn set_owner(&mut self, id: SessionId, owner: Owner) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.owner = Some(owner);
        }
    }

    /// The learner behind a connection is gone.
    pub(crate) fn orphan(&mut self, conn: ConnId) {
        for session in self.sessions.values_mut().filter(|s| s.owner == Some(Owner::Handler(conn))) {
            session.owner = Some(Owner::Gone);
        }
    }

    /// Whether a request of the session may come by this way (`checkSession`).
    pub(crate) fn check(&mut self, id: SessionId, by: Owner) -> Result<(), ErrorCode> {
        if id.is_local() {
            return Ok(());
        }
        let session = self.sessions.get_mut(&id).filter(|s| !s.closing).ok_or(ErrorCode::SessionExpired)?;
        if *session.owner.get_or_insert(by) == by { Ok(()) } else { Err(ErrorCode::SessionMoved) }
    }

    /// closeSession is on its way.
    pub(crate) fn set_closing(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.closing = true;
        }
    }

    /// closeSession was applied.
    pub(crate) fn remove(&mut self, id: SessionId) {
        self.sessions.remove(&id);
    }

    /// The tick's timer fired: arms it again. What it gives back has expired and is to be closed.
    pub(crate) fn tick(&mut self, io: &mut Io<'_>) -> Vec<SessionId> {
        let due = self.expire(io.now);
        for (session, timeout) in &due {
            io.decide(Decision::SessionExpiring { session: *session, timeout: *timeout });
        }
        io.set(Timer::SessionTick, self.until_next(io.now));
        due.into_iter().map(|(session, _)| session).collect()
    }

    /// A tick has passed, or several: the sessions whose bucket is due.
    fn expire(&mut self, now: Millis) -> Vec<(SessionId, Millis)> {
        let passed = (now.0 / self.tick).saturating_sub(self.last).max(1);
        self.last = now.0 / self.tick;
        let mut due = Vec::new();
        for (id, session) in self.sessions.iter_mut().filter(|(_, session)| !session.closing) {
            session.ticks_left = session.ticks_left.saturating_sub(passed);
            if session.ticks_left == 0 {
                session.closing = true;
                due.push((*id, session.timeout));
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_tells_its_server_and_the_time() {
        // From recorded ensembles: server 1 at 0x109f8d ms of its uptime.
        assert_eq!(SessionId::first(Sid(1), Millis(0x10_9f8d)), SessionId(0x0100_0010_9f8d_0000));
        assert_eq!(SessionId::first(Sid(0xca), Millis(0)).0 as u64, 0xca00_0000_0001_0000);
        assert!(!SessionId::first(Sid(0), Millis(0)).is_local());
        assert_eq!(SessionId(0x0100_0010_9f8d_0000).to_string(), "0x10000109f8d0000");
    }

    #[test]
    fn a_session_belongs_to_the_way_it_came_last() {
        let mut tracker = SessionTracker::new(&SessionTable::default(), Millis(2000), Millis(0));
        let (id, far) = (SessionId(1 << 40), Owner::Handler(ConnId(3)));
        assert_eq!(tracker.check(id, Owner::Me), Err(ErrorCode::SessionExpired));
        tracker.track(id, Millis(4000), Some(Owner::Me), Millis(0));
        assert_eq!(tracker.check(id, Owner::Me), Ok(()));
        assert_eq!(tracker.check(id, far), Err(ErrorCode::SessionMoved));
        tracker.set_owner(id, far);
        assert_eq!(tracker.check(id, Owner::Me), Err(ErrorCode::SessionMoved));
        tracker.orphan(ConnId(3));
        assert_eq!(
            tracker.check(id, far),
            Err(ErrorCode::SessionMoved),
            "the handle may be another's by now"
        );
        tracker.set_closing(id);
        assert_eq!(tracker.check(id, Owner::Me), Err(ErrorCode::SessionExpired));
        assert!(!tracker.touch(id, Millis(4000), Millis(0)));
    }

    proptest! {
        /// Protocol reference §8.2: expiry comes between the time-out and one tick more after the last touch.
        #[test]
        fn a_session_outlives_its_timeout_by_at_most_a_tick(
            tick in 1..5000u64, timeout in 1..100_000u64, touched in 0..1_000_000u64,
        ) {
            let mut table = SessionTable::default();
            let id = SessionId(1 << 40);
            table.open(id, Millis(timeout));
            let mut tracker = SessionTracker::new(&table, Millis(tick), Millis(touched));
            let mut now = touched + tracker.until_next(Millis(touched)).0;
            while tracker.expire(Millis(now)).is_empty() {
                now += tick;
            }
            prop_assert!((timeout..=timeout + tick).contains(&(now - touched)), "{}", now - touched);
            // A server that stood still all the while comes to the same.
            let mut late = SessionTracker::new(&table, Millis(tick), Millis(touched));
            prop_assert_eq!(late.expire(Millis(now)).len(), 1);
        }
    }
}
