//! A small ensemble for the monitors' own tests.

use super::Seen;
use crate::ensemble::{Action, Ensemble, NodeId};
use crate::schedule::{Moment, Pace, Timed};
use std::sync::Arc;
use zablab_protocol::{
    Change, Config, Epoch, ErrorCode, Millis, Origin, PeerType, QuorumVerifier, Settings, Sid, Txn, Zxid,
};

pub(super) struct Scene {
    pub(super) ensemble: Ensemble,
}

impl Scene {
    /// Three servers that have never run.
    pub(super) fn new() -> Scene {
        let members = (1..=3).map(|sid| (Sid(sid), PeerType::Participant));
        let verifier = Arc::new(QuorumVerifier::majority(members).unwrap());
        let server = |sid: i64| {
            let config = Config { sid: Sid(sid), verifier: verifier.clone(), settings: Settings::default() };
            (Arc::from(format!("zk{sid}")), Arc::new(config), false)
        };
        Scene { ensemble: Ensemble::new((1..=3).map(server), Vec::new()) }
    }

    /// Two of them have elected the second, and both serve; server 0 is the follower.
    pub(super) fn serving() -> Scene {
        let mut timed = Timed::new(Scene::new().ensemble, 0, vec![Pace::default(); 3]);
        for id in [NodeId(0), NodeId(1)] {
            timed.perform(&Action::Start(id), 0);
        }
        for _ in 0..10_000 {
            if let Some((action, cause)) = timed.take_next() {
                timed.perform(&action, cause);
            }
            if timed.ensemble.node(NodeId(0)).status().is_some_and(|status| status.serving) {
                return Scene { ensemble: timed.ensemble };
            }
        }
        panic!("nobody serves");
    }

    pub(super) fn seen(&self) -> Seen<'_> {
        Seen {
            moment: Moment::default(),
            action: &Action::ReleaseAll,
            effects: &[],
            ensemble: &self.ensemble,
        }
    }
}

pub(super) fn txn(epoch: i64, counter: u32) -> Arc<Txn> {
    let change = Change::Error { code: ErrorCode::NoNode };
    Arc::new(Txn::new(Zxid::new(Epoch(epoch), counter), Origin::default(), Millis(0), change))
}
