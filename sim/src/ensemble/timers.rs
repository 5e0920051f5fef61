//! The armed timers of a server, in a table that is found without searching.

use zablab_protocol::{Millis, Timer};

const SINGLE: usize = 11;
const PER_CONN: usize = 5;

/// Armed timers with the time they were set for, by the server's own clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timers {
    slots: Vec<Option<(Timer, Millis)>>,
}

impl Timers {
    /// The place of a timer in a server's table. `member` numbers the servers that an election connection can go to.
    pub fn slot(timer: Timer, members: usize, member: impl Fn(zablab_protocol::Sid) -> usize) -> usize {
        let of_conn =
            |conn: zablab_protocol::ConnId, kind| SINGLE + members + conn.0 as usize * PER_CONN + kind;
        match timer {
            Timer::Notification => 0,
            Timer::FinalizeWait => 1,
            Timer::ConnectRetry => 2,
            Timer::ConnectBudget => 3,
            Timer::LearnerRead => 4,
            Timer::LeaderWait => 5,
            Timer::HalfTick => 6,
            Timer::Disloyal => 7,
            Timer::SessionTick => 8,
            Timer::ClientRead => 9,
            // Nobody is a client and a server.
            Timer::ClientPing | Timer::Bind => 10,
            Timer::ElectionConnect(sid) => SINGLE + member(sid),
            Timer::Handshake(conn) => of_conn(conn, 0),
            Timer::HandlerRead(conn) => of_conn(conn, 1),
            Timer::HandlerWait(conn) => of_conn(conn, 2),
            Timer::Proposal(conn, slot) => of_conn(conn, 3 + usize::from(slot)),
        }
    }

    /// Arms a timer, or moves it.
    pub fn set(&mut self, slot: usize, timer: Timer, after: Millis) {
        if self.slots.len() <= slot {
            self.slots.resize(slot + 1, None);
        }
        self.slots[slot] = Some((timer, after));
    }

    /// Disarms a timer; says whether it was armed.
    pub fn take(&mut self, slot: usize) -> bool {
        self.slots.get_mut(slot).is_some_and(|slot| slot.take().is_some())
    }

    /// The armed timer in a slot.
    pub fn get(&self, slot: usize) -> Option<Timer> {
        self.slots.get(slot).copied().flatten().map(|(timer, _)| timer)
    }

    /// Every armed timer with its slot.
    pub fn armed(&self) -> impl Iterator<Item = (usize, Timer)> + '_ {
        self.slots.iter().enumerate().filter_map(|(at, slot)| slot.map(|(timer, _)| (at, timer)))
    }

    /// Keeps only which timers are armed.
    pub(crate) fn forget_durations(&mut self) {
        self.slots.iter_mut().flatten().for_each(|(_, after)| *after = Millis(0));
        let armed = self.slots.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        self.slots.truncate(armed);
    }

    /// Disarms everything.
    pub fn clear(&mut self) {
        self.slots.clear();
    }
}
