//! A small ensemble for the monitors' own tests.

use super::Seen;
use crate::ensemble::{Action, Ensemble, NodeId};
use crate::schedule::Moment;
use std::sync::Arc;
use zablab_protocol::{
    Change, Config, Epoch, ErrorCode, Origin, PeerType, QuorumVerifier, Settings, Sid, Txn, Zxid,
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
        Scene { ensemble: Ensemble::new((1..=3).map(server)) }
    }

    /// The first of them runs.
    pub(super) fn booted() -> Scene {
        let mut scene = Scene::new();
        let mut effects = Vec::new();
        scene.ensemble.apply(&Action::Start(NodeId(0)), &mut effects);
        scene.ensemble.apply(&Action::Boot(NodeId(0)), &mut effects);
        scene
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
    Arc::new(Txn::new(Zxid::new(Epoch(epoch), counter), Origin::default(), change))
}
