//! What a replayed server did, with the times of its log: what it said to others, and the steps of its course.

use std::sync::Arc;
use zablab_protocol::{Decision, Epoch, Notification, Round, ServerState, Sid, SyncMode, Zxid};

/// A step that others can be held against.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the decisions that they come from")]
pub enum Step {
    /// The process started with this much.
    Started { zxid: Zxid, accepted: Epoch, current: Epoch },
    /// An election began.
    Looking,
    /// An election ended.
    Elected { state: ServerState, leader: Sid, round: Round },
    /// An epoch was accepted, of this leader; whether a line tells which.
    Accepted { leader: Option<Sid>, epoch: Epoch, told: bool },
    /// Leader: how a learner is brought up to date, which had `peer`.
    Sent { to: Sid, mode: SyncMode, zxid: Zxid, peer: Zxid },
    /// Learner: how it was brought up to date, and what it had.
    Synced { leader: Sid, mode: SyncMode, zxid: Zxid, last: Zxid },
    /// Learner: NEWLEADER was acknowledged.
    Acked { leader: Option<Sid>, epoch: Epoch },
    /// Leader: NEWLEADER was acknowledged by a quorum.
    Supported { by: Vec<Sid>, epoch: Epoch },
}

/// When something was, by the log: the place of the entry, and its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// The entry.
    pub entry: usize,
    /// Its time, ms.
    pub time: Option<i64>,
}

#[derive(Clone, Debug)]
struct Past<T> {
    at: When,
    what: T,
    before: Option<Arc<Past<T>>>,
}

/// A list that shares its beginning with others.
#[derive(Clone, Debug)]
struct History<T>(Option<Arc<Past<T>>>);

impl<T> Default for History<T> {
    fn default() -> History<T> {
        History(None)
    }
}

impl<T: Clone> History<T> {
    fn add(&mut self, at: When, what: T) {
        self.0 = Some(Arc::new(Past { at, what, before: self.0.take() }));
    }

    fn last(&self) -> Option<&T> {
        self.0.as_ref().map(|past| &past.what)
    }

    fn list(&self) -> Vec<(When, T)> {
        let mut all = Vec::new();
        let mut next = self.0.as_ref();
        while let Some(past) = next {
            all.push((past.at, past.what.clone()));
            next = past.before.as_ref();
        }
        all.reverse();
        all
    }
}

impl<T> Drop for Past<T> {
    /// One after the other: a long history is no deep recursion.
    fn drop(&mut self) {
        let mut next = self.before.take();
        while let Some(past) = next.and_then(Arc::into_inner) {
            let mut past = past;
            next = past.before.take();
        }
    }
}

/// What is remembered of a world. It is no part of what the world is: two worlds that differ in it alone are one.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    now: When,
    steps: History<Step>,
    said: History<[Notification; 2]>,
    assumed: History<String>,
    decided: History<Decision>,
}

impl Record {
    pub(super) fn at(&mut self, now: When) {
        self.now = now;
    }

    pub(super) fn now(&self) -> When {
        self.now
    }

    pub(super) fn add(&mut self, step: Step) {
        self.steps.add(self.now, step);
    }

    /// What it would answer from now on, voters and others.
    pub(super) fn says(&mut self, said: Notification, to_observers: Notification) {
        let said = [said, to_observers];
        if self.said.last() != Some(&said) {
            self.said.add(self.now, said);
        }
    }

    /// What no line shows and was taken to be so.
    pub(super) fn assume(&mut self, what: String) {
        self.assumed.add(self.now, what);
    }

    /// What a story may tell of.
    pub(super) fn decided(&mut self, decision: &Decision) {
        let silent = matches!(
            decision,
            Decision::Applied { .. }
                | Decision::Proposed { .. }
                | Decision::Committed { .. }
                | Decision::Heard { .. }
                | Decision::AckOfFuture { .. }
        );
        if !silent {
            self.decided.add(self.now, decision.clone());
        }
    }

    pub(super) fn decisions(&self) -> Vec<(When, Decision)> {
        self.decided.list()
    }

    pub(super) fn steps(&self) -> Vec<(When, Step)> {
        self.steps.list()
    }

    pub(super) fn said(&self) -> Vec<(When, [Notification; 2])> {
        self.said.list()
    }

    pub(super) fn assumed(&self) -> Vec<(When, String)> {
        self.assumed.list()
    }
}

impl PartialEq for Record {
    fn eq(&self, _: &Record) -> bool {
        true
    }
}

impl Eq for Record {}
