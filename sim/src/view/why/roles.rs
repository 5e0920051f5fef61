//! What is to be said of a server that leads or follows, or is about to.

use super::contacts::Link;
use super::server::{names, sentence, waits_for_itself};
use super::{Account, Why, at};
use crate::ensemble::{Ensemble, Node, NodeId, Part};
use crate::run::follows;
use crate::view::Names;
use crate::view::clients::span;
use zablab_protocol::{Port, ServerState, Settings, Sid, Status, Waits};

impl Why {
    pub(super) fn to_lead(&self, ensemble: &Ensemble, id: NodeId, node: &Node, waits: &Waits) -> Account {
        let (name, settings) = (&node.name, &node.config.settings);
        let party = self.contacts.party(id);
        let (verifier, needs) = (&node.config.verifier, node.config.verifier.needs());
        let is = format!("{name} is LEADING since {} and does not serve yet.", at(party.role));
        let (what, from, then) = match waits {
            Waits::FollowerInfo { from } => {
                ("the FOLLOWERINFO of a quorum, to choose an epoch".to_owned(), from, "report to it")
            }
            Waits::EpochAcks { epoch, from } => {
                (format!("a quorum that acknowledges epoch {epoch}"), from, "acknowledge it")
            }
            Waits::NewLeaderAcks { epoch, from } => (
                format!("a quorum that has its history on disk and acknowledges NEWLEADER of epoch {epoch}"),
                from,
                "acknowledge it",
            ),
            other => {
                let why = vec![waits_for_itself(other, party.waits)];
                return Account { is: vec![is], why, needs: Vec::new() };
            }
        };
        let mut why = vec![format!(
            "Since {} it waits for {what}: it has {} and needs {needs}.",
            at(party.waits),
            names(ensemble, from)
        )];
        let absent = verifier.voters().filter(|sid| !from.contains(sid));
        why.extend(absent.map(|sid| sentence(&self.not_heard(ensemble, id, sid, Port::Quorum))));
        let mut needed = self.missing(ensemble, node, from, then);
        needed.push(format!(
            "It waits {} for that (initLimit), and is LOOKING again then.",
            span(settings.init_time())
        ));
        Account { is: vec![is], why, needs: needed }
    }

    pub(super) fn to_follow(
        &self,
        ensemble: &Ensemble,
        id: NodeId,
        node: &Node,
        leader: Sid,
        waits: &Waits,
        is: String,
    ) -> Account {
        let (party, settings) = (self.contacts.party(id), &node.config.settings);
        let (whom, since) = (Names(ensemble).of(leader), at(party.waits));
        let mut needs = Vec::new();
        let mut why = vec![match waits {
            Waits::Connection { failed, .. } => {
                let tries = match failed {
                    0 => String::new(),
                    1 => "; one try has failed".to_owned(),
                    n => format!("; {n} tries have failed"),
                };
                let most = Settings::LEADER_CONNECT_TRIES;
                needs.push(format!("After {most} tries it is LOOKING again."));
                format!("Since {since} it tries to reach the quorum port of {whom}{tries}.")
            }
            Waits::LeaderInfo { .. } => format!(
                "Since {since} it waits for LEADERINFO: {whom} sends it once a quorum has reported and an epoch is chosen."
            ),
            Waits::Sync { epoch, .. } => format!(
                "It has accepted epoch {epoch} and waits since {since} for DIFF, TRUNC or SNAP: {whom} sends it once a quorum has accepted the epoch."
            ),
            Waits::NewLeader { mode, .. } => {
                let mode = mode.map_or_else(|| "what it lacks".to_owned(), |mode| format!("the {mode}"));
                format!("Since {since} it takes in {mode} of {whom}; NEWLEADER ends it.")
            }
            Waits::UpToDate { epoch, .. } => format!(
                "It has acknowledged NEWLEADER of epoch {epoch} and waits since {since} for UPTODATE: {whom} sends it once a quorum has acknowledged."
            ),
            other => waits_for_itself(other, party.waits),
        }];
        let waits_for_leader = !matches!(waits, Waits::Itself | Waits::Disk(_) | Waits::Nothing);
        if waits_for_leader {
            why.extend(self.of_leader(ensemble, id, leader).map(|what| sentence(&what)));
            if !matches!(waits, Waits::Connection { .. }) {
                let upto = matches!(waits, Waits::UpToDate { .. });
                let (limit, key) = match upto {
                    true => (settings.sync_time(), "syncLimit"),
                    false => (settings.init_time(), "initLimit"),
                };
                let wait = span(limit);
                needs.push(format!("If {whom} stays silent for {wait} ({key}), it is LOOKING again."));
            }
        }
        Account { is: vec![is], why, needs }
    }

    /// What keeps a leader from what a learner waits for.
    fn of_leader(&self, ensemble: &Ensemble, me: NodeId, leader: Sid) -> Option<String> {
        let Some(other) = ensemble.by_sid(leader) else {
            return Some(format!("server {leader} does not exist"));
        };
        let known = self
            .gone(ensemble, me, other, Port::Quorum)
            .or_else(|| self.out_of_sight(ensemble, me, other, Port::Quorum))
            .or_else(|| self.hindered(ensemble, other));
        if known.is_some() {
            return known;
        }
        let node = ensemble.node(other);
        let peer = node.peer()?;
        let (name, needs) = (&node.name, node.config.verifier.needs());
        match peer.waits() {
            Waits::FollowerInfo { from } => {
                Some(format!("{name} has reports of {} and needs {needs}", names(ensemble, &from)))
            }
            Waits::EpochAcks { from, .. } | Waits::NewLeaderAcks { from, .. } => {
                Some(format!("{name} has acknowledgements of {} and needs {needs}", names(ensemble, &from)))
            }
            Waits::Votes { .. } => Some(format!("{name} is LOOKING, and leads nobody")),
            _ if peer.status().state == ServerState::Following => {
                Some(format!("{name} follows, and leads nobody"))
            }
            _ => None,
        }
    }

    /// A follower serves reads whatever happens; what is wrong with its leader it may not have noticed.
    pub(super) fn leaderless(&self, ensemble: &Ensemble, id: NodeId, leader: Sid) -> Vec<String> {
        let Some(other) = ensemble.by_sid(leader) else { return Vec::new() };
        let wrong = self
            .gone(ensemble, id, other, Port::Quorum)
            .or_else(|| self.out_of_sight(ensemble, id, other, Port::Quorum))
            .or_else(|| self.hindered(ensemble, other));
        let Some(wrong) = wrong else { return Vec::new() };
        let (from, to) = (self.contacts.link(other, id), self.contacts.link(id, other));
        let silent = [&from, &to].iter().all(|link| link.held().is_none_or(|(_, packet)| packet.is_none()));
        if !silent {
            return vec![sentence(&wrong)];
        }
        let limit = span(ensemble.node(id).config.settings.sync_time());
        vec![
            sentence(&wrong),
            format!(
                "It has not noticed: it answers reads, and writes wait. It bears {limit} of silence (syncLimit)."
            ),
        ]
    }

    /// A leader serves. It may have lost its quorum, and not know.
    pub(super) fn reigning(&self, ensemble: &Ensemble, id: NodeId, node: &Node, status: &Status) -> Account {
        let (name, verifier) = (&node.name, &node.config.verifier);
        let since = at(self.contacts.party(id).role);
        let epoch = status.current_epoch;
        let synced = ensemble.ids().filter(|other| follows(ensemble, *other, id));
        let with: Vec<Sid> = synced.map(|other| ensemble.node(other).sid()).chain([node.sid()]).collect();
        let voters: Vec<Sid> = verifier.voters().filter(|sid| with.contains(sid)).collect();
        let is = format!(
            "{name} serves since {since}: it leads epoch {epoch}, with {} (it needs {}).",
            names(ensemble, &voters),
            verifier.needs()
        );
        if verifier.contains_quorum(verifier.set_of(with.iter().copied())) {
            return Account { is: vec![is], ..Account::default() };
        }
        let counted = node.peer().map(|peer| peer.in_sync()).unwrap_or_default();
        let quorum = |sids: &[Sid]| verifier.contains_quorum(verifier.set_of(sids.iter().copied()));
        let heard: Vec<Sid> = counted
            .iter()
            .copied()
            .filter(|sid| self.pings(ensemble, *sid, id) || *sid == node.sid())
            .collect();
        let loses = !quorum(&heard);
        let noticed = if loses && quorum(&counted) { " It has not noticed yet." } else { "" };
        let mut why = vec![format!(
            "It cannot commit a write: only {} can acknowledge one, and it needs {}.{noticed}",
            names(ensemble, &voters),
            verifier.needs()
        )];
        let absent = verifier.voters().filter(|sid| !voters.contains(sid));
        why.extend(absent.map(|sid| sentence(&self.not_heard(ensemble, id, sid, Port::Quorum))));
        if let Some((zxid, by)) = node.peer().and_then(|peer| peer.unacknowledged()) {
            let by = names(ensemble, &by);
            why.push(format!("{zxid} is proposed and not committed: acknowledged by {by} alone."));
        }
        let limit = span(node.config.settings.sync_time());
        let needs = match (loses, quorum(&counted)) {
            (true, true) => format!(
                "A follower silent for {limit} (syncLimit) no longer counts as in sync; without a quorum of them it stops LEADING."
            ),
            (true, false) => format!(
                "It counts {} as in sync, and stops LEADING at its next tick.",
                names(ensemble, &counted)
            ),
            (false, _) => format!(
                "It leads on, for it counts {} as in sync: PINGs are not held back. Whom it drops because an ACK is overdue for {limit} (syncLimit) may come back, and counts again.",
                names(ensemble, &counted)
            ),
        };
        Account { is: vec![is], why, needs: vec![needs] }
    }

    /// Whether the answers of a follower to PINGs reach a leader.
    fn pings(&self, ensemble: &Ensemble, follower: Sid, leader: NodeId) -> bool {
        let Some(other) = ensemble.by_sid(follower) else { return false };
        let (from, to) = (self.contacts.link(other, leader), self.contacts.link(leader, other));
        let through = |link: &Link| link.cut(Port::Quorum).is_none() && !link.holds("PING");
        let runs = self.gone(ensemble, leader, other, Port::Quorum).is_none() && !ensemble.node(other).paused;
        let stuck = self.contacts.party(other).held.iter().any(|(part, _)| *part == Part::PacketLoop);
        runs && !stuck && through(&from) && through(&to)
    }
}
