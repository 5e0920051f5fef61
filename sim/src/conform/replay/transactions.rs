//! Transactions that no line shows one by one: as many as the next line that tells a zxid asks for.

use super::context::Context;
use super::world::World;
use zablab_protocol::{Epoch, Input, Op, Origin, Packet, Phase, ServerState, SessionId, Sid, SyncMode, Zxid};

/// More than this many between two lines are not made up.
const MOST: u32 = 200_000;

impl World {
    /// Goes on to `to`, if the server is in a role in which transactions come: they are logged, and committed.
    pub(super) fn advance(&mut self, to: Zxid, context: &Context<'_>) -> Result<(), String> {
        let leads = self.phase() == Some(Phase::LeaderBroadcast);
        if to <= if leads { self.processed() } else { self.position() } {
            return Ok(());
        }
        match self.state() {
            Some(ServerState::Leading) if self.phase() == Some(Phase::Standalone) => self.make_up(to),
            Some(ServerState::Leading) if leads => self.lead_to(to),
            Some(ServerState::Following | ServerState::Observing) if self.course.served => {
                self.follow_to(to, context)
            }
            _ => Err(format!("the model has {}, and no transaction can come to it here", self.position())),
        }
    }

    /// Where the next transaction goes. A learner's stream goes on from what it said that it has, not from what its log
    /// may hold besides.
    pub(super) fn position(&self) -> Zxid {
        let begins = match self.course.synced {
            Some((SyncMode::Diff, ..)) => self.course.had,
            Some((SyncMode::Trunc | SyncMode::Snap, zxid, _)) => zxid,
            None => self.logged(),
        };
        [self.course.stream, self.course.broadcast].into_iter().flatten().fold(begins, Zxid::max)
    }

    /// Whether `zxid` can come next: the next counter, or the first of a later epoch.
    pub(super) fn can_follow(&self, zxid: Zxid) -> bool {
        let last = self.position();
        let begins = zxid.epoch() > last.epoch() && zxid.counter() == self.first_counter();
        // A SNAP is labelled when it is begun, and what was proposed since the choice of it is sent all the same.
        let covered = matches!(self.course.synced, Some((SyncMode::Snap, label, _))
            if self.course.stream.is_none() && !self.course.served
                && zxid <= label && label.0 - zxid.0 < 1_000 && zxid > self.course.had);
        zxid == last.next() || begins || covered
    }

    /// The counter of an epoch's first transaction.
    fn first_counter(&self) -> u32 {
        self.config.settings.initial_counter.map_or(1, |counter| counter.wrapping_add(1))
    }

    fn follow_to(&mut self, to: Zxid, context: &Context<'_>) -> Result<(), String> {
        let observes = self.state() == Some(ServerState::Observing);
        if self.course.broadcast.is_none() && !observes && !context.excerpt {
            return Err(format!(
                "the first proposal in broadcast is logged (`Got zxid …`), and {} shows that there was one",
                to
            ));
        }
        for zxid in self.missing(to)? {
            let txn = context.txn(zxid);
            if observes {
                self.leader_sends(Packet::Inform(txn));
            } else {
                self.leader_sends(Packet::Proposal(txn));
                self.leader_sends(Packet::Commit { zxid });
            }
            self.course.broadcast = Some(zxid);
        }
        Ok(())
    }

    /// The zxids between here and there.
    pub(super) fn missing(&self, to: Zxid) -> Result<impl Iterator<Item = Zxid> + use<>, String> {
        let last = self.position();
        let epoch = to.epoch();
        let goes_on = last.epoch() == epoch && !(last.is_new_epoch() && self.first_counter() > 1);
        let from = if goes_on { last.counter().wrapping_add(1) } else { self.first_counter() };
        if epoch < last.epoch() || to.counter().saturating_sub(from) > MOST {
            return Err(format!("the model has {last}; {to} is no transaction that follows it"));
        }
        Ok((from..=to.counter()).map(move |counter| Zxid::new(epoch, counter)))
    }

    /// Makes up the requests of clients that took it there.
    fn make_up(&mut self, to: Zxid) -> Result<(), String> {
        let origin = Origin { session: SessionId(1), ..Origin::default() };
        for _ in self.missing(to)?.collect::<Vec<_>>() {
            let op = Op::Check { path: "/".into(), version: None };
            self.feed(Input::Client { origin, op });
            self.run_writers(&mut Vec::new());
        }
        Ok(())
    }

    /// The same, where it is enough that they are logged.
    pub(super) fn log_up_to(&mut self, to: Zxid, context: &Context<'_>) -> Result<(), String> {
        if self.phase() == Some(Phase::LeaderBroadcast) {
            self.propose_up_to(to)
        } else {
            self.advance(to, context)
        }
    }

    /// What its clients asked for, and nobody else has logged yet.
    fn propose_up_to(&mut self, to: Zxid) -> Result<(), String> {
        let epoch: Epoch = self.status().map_or(to.epoch(), |status| status.current_epoch);
        if to.epoch() != epoch {
            return Err(format!("the model leads epoch {epoch}, and gives out no {to}"));
        }
        if to <= self.position() { Ok(()) } else { self.make_up(to) }
    }

    /// The same, and a quorum logs them.
    fn lead_to(&mut self, to: Zxid) -> Result<(), String> {
        self.propose_up_to(to)?;
        self.acknowledge_up_to(to);
        if self.processed() < to {
            // It takes others, too, who must have been brought up to date by now.
            self.learners().into_iter().for_each(|learner| self.supports(learner));
            self.acknowledge_up_to(to);
        }
        Ok(())
    }

    /// Learners that have been brought up to date log what is proposed, until a quorum has.
    fn acknowledge_up_to(&mut self, to: Zxid) {
        let learners: Vec<Sid> =
            self.learners().into_iter().filter(|learner| self.course.settled.contains(learner)).collect();
        learners.iter().for_each(|learner| self.settle_handler(*learner));
        let done = self.processed();
        let from = if done.is_new_epoch() { self.first_counter() } else { done.counter() + 1 };
        for counter in from..=to.counter() {
            let zxid = Zxid::new(to.epoch(), counter);
            for learner in &learners {
                if self.processed() >= zxid {
                    break;
                }
                self.learner_sends(*learner, Packet::Ack { zxid });
                self.run_writers(&mut Vec::new());
            }
        }
    }
}
