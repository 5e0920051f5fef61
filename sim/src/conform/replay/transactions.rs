//! Transactions that no line shows one by one: as many as the next line that tells a zxid asks for.

use super::context::Context;
use super::world::World;
use zablab_protocol::{Epoch, Input, Op, Origin, Packet, Phase, ServerState, SessionId, SyncMode, Zxid};

/// More than this many between two lines are not made up.
const MOST: u32 = 2_000_000;

impl World {
    /// Goes on to `to`, if the server is in a role in which transactions come: they are logged, and committed.
    pub(super) fn advance(&mut self, to: Zxid, context: &Context<'_>) -> Result<(), String> {
        if to <= self.position() {
            return Ok(());
        }
        match self.state() {
            Some(ServerState::Leading) if self.phase() == Some(Phase::LeaderBroadcast) => self.lead_to(to),
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
        zxid == last.next() || (zxid.epoch() > last.epoch() && zxid.counter() == 1)
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
                self.from_leader(Packet::Inform(txn));
            } else {
                self.from_leader(Packet::Proposal(txn));
                self.from_leader(Packet::Commit { zxid });
            }
            self.course.broadcast = Some(zxid);
        }
        Ok(())
    }

    /// The zxids between here and there.
    pub(super) fn missing(&self, to: Zxid) -> Result<impl Iterator<Item = Zxid> + use<>, String> {
        let last = self.position();
        let epoch = to.epoch();
        let from = if last.epoch() == epoch { last.counter() + 1 } else { 1 };
        if epoch < last.epoch() || to.counter().saturating_sub(from) > MOST {
            return Err(format!("the model has {last}; {to} is no transaction that follows it"));
        }
        Ok((from..=to.counter()).map(move |counter| Zxid::new(epoch, counter)))
    }

    /// Makes up the requests of clients that took it there.
    fn lead_to(&mut self, to: Zxid) -> Result<(), String> {
        let epoch: Epoch = self.status().map_or(to.epoch(), |status| status.current_epoch);
        if to.epoch() != epoch {
            return Err(format!("the model leads epoch {epoch}, and gives out no {to}"));
        }
        let zxids: Vec<Zxid> = self.missing(to)?.collect();
        let origin = Origin { session: SessionId(1), ..Origin::default() };
        for zxid in zxids {
            let op = Op::Check { path: "/".into(), version: None };
            self.feed(Input::Client { origin, op });
            self.run_writers(&mut Vec::new());
            for learner in self.learners() {
                if self.processed() >= zxid {
                    break;
                }
                self.supports(learner);
                if !self.course.settled.contains(&learner) {
                    continue;
                }
                self.settle_handler(learner);
                self.from_learner(learner, Packet::Ack { zxid });
                self.run_writers(&mut Vec::new());
            }
        }
        Ok(())
    }
}
