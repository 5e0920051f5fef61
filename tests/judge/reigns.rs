//! Who led when: between the first act of a new leader and the last of the one before it, a client may be told what is
//! no longer so.

use crate::promises::{Excuse, Span};
use std::collections::BTreeMap;
use std::io;
use zablab_protocol::{Epoch, ServerState, Sid};
use zablab_sim::ensemble::Effect;
use zablab_sim::run::{Observer, StepView};

/// Every reign so far: of whom, in which epoch, from when to when.
#[derive(Default)]
pub(crate) struct Reigns {
    under_way: BTreeMap<Sid, (Epoch, u64)>,
    over: Vec<(Sid, Epoch, Span)>,
}

impl Observer for Reigns {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        if !step.effects.iter().any(|effect| matches!(effect, Effect::Decided { .. } | Effect::Down(..))) {
            return Ok(());
        }
        let now = step.moment.at;
        for node in &step.ensemble.nodes {
            let sid = node.sid();
            let status =
                node.status().filter(|status| status.state == ServerState::Leading && status.serving);
            let epoch = status.map(|status| status.current_epoch);
            let known = self.under_way.get(&sid).map(|(epoch, _)| *epoch);
            if epoch == known {
                continue;
            }
            if let Some((epoch, since)) = self.under_way.remove(&sid) {
                self.over.push((sid, epoch, (since, now)));
            }
            if let Some(epoch) = epoch {
                self.under_way.insert(sid, (epoch, now));
            }
        }
        Ok(())
    }
}

impl Reigns {
    /// When a read behind a sync may be stale: at a server that leads, which has answered others before it shows the
    /// change itself; and anywhere while a leader believed in itself although a newer one reigned, or had reigned.
    pub(crate) fn excuses(&self) -> Vec<Excuse> {
        let under_way = self.under_way.iter().map(|(sid, (epoch, since))| (*sid, *epoch, (*since, u64::MAX)));
        let all: Vec<(Sid, Epoch, Span)> = self.over.iter().copied().chain(under_way).collect();
        let mut excuses = Vec::new();
        for (sid, epoch, (from, to)) in &all {
            excuses.push((Some(*sid), (*from, *to)));
            let newer =
                all.iter().filter(|(_, other, _)| other > epoch).map(|(_, _, (since, _))| *since).min();
            excuses.extend(newer.filter(|since| since < to).map(|since| (None, (since, *to))));
        }
        excuses
    }
}
