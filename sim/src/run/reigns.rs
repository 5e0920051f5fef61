//! Who led when. Between the first act of a new leader and the last of the one before it, a read behind a sync may be
//! old: nobody owes more (protocol reference §7.4).

use crate::consistency::promises::Excuse;
use crate::ensemble::{Effect, Ensemble};
use crate::scenario::{Action, Call, Scenario, Step};
use std::collections::BTreeMap;
use std::sync::Arc;
use zablab_protocol::{Decision, Epoch, ServerState, Sid};

/// A server led from one virtual time to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reign {
    sid: Sid,
    epoch: Epoch,
    from: u64,
    to: u64,
}

/// Every reign so far; those under way by their servers.
#[derive(Clone, Debug, Default)]
pub(super) struct Reigns {
    under_way: BTreeMap<Sid, (Epoch, u64)>,
    over: Vec<Reign>,
}

impl Reigns {
    /// Nothing to know where nobody ever sends a sync.
    pub(super) fn of(scenario: &Scenario) -> Option<Reigns> {
        let syncs = scenario
            .timed()
            .any(|timed| matches!(&timed.action, Action::Step(Step::Client { call: Call::Sync { .. }, .. })));
        let sync_reads = scenario.workloads().iter().any(|workload| workload.mix.sync_reads > 0);
        (syncs || sync_reads).then(Reigns::default)
    }

    /// One action was applied.
    pub(super) fn observe(&mut self, now: u64, effects: &[Effect], ensemble: &Ensemble) {
        let turns = |effect: &Effect| match effect {
            Effect::Decided { decision, .. } => matches!(
                decision,
                Decision::Serving { .. } | Decision::GaveUp { .. } | Decision::NewElection { .. }
            ),
            Effect::Down(..) => true,
            _ => false,
        };
        if !effects.iter().any(turns) {
            return;
        }
        for node in &ensemble.nodes {
            let sid = node.sid();
            let status =
                node.status().filter(|status| status.state == ServerState::Leading && status.serving);
            let epoch = status.map(|status| status.current_epoch);
            if epoch == self.under_way.get(&sid).map(|(epoch, _)| *epoch) {
                continue;
            }
            if let Some((epoch, from)) = self.under_way.remove(&sid) {
                self.over.push(Reign { sid, epoch, from, to: now });
            }
            if let Some(epoch) = epoch {
                self.under_way.insert(sid, (epoch, now));
            }
        }
    }

    /// When a read behind a sync may be old: at a server that leads, which has answered others before it shows the change
    /// itself; and anywhere while a leader believed in itself although a newer one reigned, or had reigned.
    pub(super) fn excuses(&self) -> Vec<Excuse> {
        let under_way = self.under_way.iter().map(|(sid, (epoch, from))| Reign {
            sid: *sid,
            epoch: *epoch,
            from: *from,
            to: u64::MAX,
        });
        let all: Vec<Reign> = self.over.iter().copied().chain(under_way).collect();
        let (itself, deposed): (Arc<str>, Arc<str>) = (
            "not owed: a leader does not hold back its own clients' syncs".into(),
            "not owed: a leader that was deposed had not noticed, and a sync asks no quorum".into(),
        );
        let mut excuses = Vec::new();
        for reign in &all {
            let newer = all.iter().filter(|other| other.epoch > reign.epoch).map(|other| other.from).min();
            if let Some(from) = newer.filter(|from| *from < reign.to) {
                excuses.push(Excuse { server: None, from, to: reign.to, why: deposed.clone() });
            }
        }
        for reign in &all {
            let server = Some(reign.sid.to_string().into());
            excuses.push(Excuse { server, from: reign.from, to: reign.to, why: itself.clone() });
        }
        excuses
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Run;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_deposed_leader_reigns_beside_its_successor_until_it_notices() {
        let text = "ensemble zk1 zk2 zk3\nset tickTime 500\nset syncLimit 20\nclient c at zk3\n\
                    at 0s start all\nat 3s start c\nat 5s cut zk3 from zk1 zk2\nat 5s restart zk1 zk2\n\
                    by 9s expect leader zk2\nat 12.1s c sync\nat 40s end\n";
        let scenario = Scenario::parse("test", text).unwrap();
        let mut run = Run::new("test", text, &scenario, 0).unwrap();
        run.run(&mut []).unwrap();
        let excuses = run.reigns.unwrap().excuses();
        let (deposed, itself): (Vec<&Excuse>, Vec<&Excuse>) =
            excuses.iter().partition(|excuse| excuse.server.is_none());
        let [Excuse { from, to, .. }] = deposed[..] else { panic!("{excuses:?}") };
        assert!(*from < 9 * SECOND && (14 * SECOND..17 * SECOND).contains(to), "{from} to {to}");
        let led: Vec<_> =
            itself.iter().map(|excuse| (excuse.server.as_deref(), excuse.from <= *from)).collect();
        assert_eq!(led, [(Some("3"), true), (Some("2"), true)]);
    }

    #[test]
    fn nobody_watches_who_leads_where_no_sync_is_sent() {
        let text = "ensemble zk1\nworkload w clients 1 operations 1 reads 1\nat 0s start all\nat 1s end\n";
        assert!(Reigns::of(&Scenario::parse("test", text).unwrap()).is_none());
        let text = text.replace("reads", "sync-reads");
        assert!(Reigns::of(&Scenario::parse("test", &text).unwrap()).is_some());
    }
}
