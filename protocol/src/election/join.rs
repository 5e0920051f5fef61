//! A LOOKING server meets others that follow or lead.

use super::{Election, Outcome};
use crate::config::Config;
use crate::decision::ElectedBy;
use crate::defects::Defect;
use crate::ids::{ServerState, Sid};
use crate::io::Io;
use crate::packet::Notification;
use crate::quorum::MemberSet;
use crate::vote::Ballot;
use litemap::LiteMap;

impl Election {
    /// A settled server's vote: join its leader if a quorum follows it and it says itself that it leads.
    pub(super) fn join(
        &mut self,
        from: Sid,
        n: Notification,
        config: &Config,
        io: &mut Io<'_>,
    ) -> Option<Outcome> {
        let defects = config.settings.defects;
        let clock = self.logical_clock;
        let lookout = self.lookout.as_mut()?;
        let probe = Ballot { vote: n.vote, round: n.round, state: n.state, version: Notification::VERSION };
        let quorum = |votes: &LiteMap<Sid, Ballot>| {
            let agree = Election::agreeing(votes, &probe, config);
            config.verifier.contains_quorum(agree).then_some(agree)
        };
        let leader_agrees = |votes: &LiteMap<Sid, Ballot>| {
            if n.vote.leader == config.sid {
                clock == n.round || defects.has(Defect::SelfLeaderIgnoresRound)
            } else {
                votes.get(&n.vote.leader).is_some_and(|ballot| ballot.state == ServerState::Leading)
            }
        };
        let joins = |votes: &LiteMap<Sid, Ballot>| quorum(votes).filter(|_| leader_agrees(votes));
        let mut found: Option<(ElectedBy, MemberSet)> = None;
        if n.round == clock {
            let wrong_tally = defects.has(Defect::CheckLeaderWrongTally);
            let state = if wrong_tally { ServerState::Looking } else { n.state };
            lookout.received.insert(from, Ballot { version: 0, state, ..probe });
            let agree = if wrong_tally {
                quorum(&lookout.received).filter(|_| leader_agrees(&lookout.out_of_election))
            } else if n.state == ServerState::Leading && defects.has(Defect::TrustSingleLeading) {
                Some(Election::agreeing(&lookout.received, &probe, config))
            } else {
                joins(&lookout.received)
            };
            found = agree.map(|agree| (ElectedBy::SameRound, agree));
        }
        if found.is_none() {
            lookout.out_of_election.insert(from, probe);
            found = joins(&lookout.out_of_election).map(|agree| (ElectedBy::Settled, agree));
        }
        let (by, agree) = found?;
        if by == ElectedBy::Settled {
            self.logical_clock = n.round;
        }
        Some(self.conclude(n.vote, n.round, by, agree, config, io))
    }
}
