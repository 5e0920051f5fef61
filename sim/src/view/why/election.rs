//! What is to be said of a server that looks for a leader: whose votes it lacks, and how it could get them.

use super::server::{names, sentence, waits_for_itself};
use super::{Account, Why, at};
use crate::ensemble::{Ensemble, Node, NodeId, Timers};
use crate::view::{Names, in_a_row};
use zablab_protocol::{Phase, Port, ServerState, Settings, Sid, Status, Timer, Vote, Waits};

impl Why {
    pub(super) fn looking(
        &self,
        ensemble: &Ensemble,
        id: NodeId,
        node: &Node,
        status: &Status,
        waits: &Waits,
    ) -> Account {
        let (name, verifier) = (&node.name, &node.config.verifier);
        let since = at(self.contacts.party(id).role);
        let (supporters, finalizing) = match waits {
            Waits::Votes { supporters, finalizing } => (supporters.clone(), *finalizing),
            _ => (Vec::new(), false),
        };
        let (needs, votes) = (verifier.needs(), votes(supporters.len()));
        let round = status.round;
        let own = status.vote.leader == node.sid() && supporters == [node.sid()];
        let mut is = format!("{name} is LOOKING since {since} (round {round}): ");
        is += &match (node.config.is_participant(), own) {
            (false, _) => "an observer, which votes for nobody and waits to be told of a leader.".to_owned(),
            (true, true) => format!("it holds {votes}, its own, and needs {needs}."),
            (true, false) => {
                let whom = vote_words(ensemble, &status.vote);
                let held = names(ensemble, &supporters);
                let whose = if supporters.is_empty() { String::new() } else { format!(" ({held})") };
                format!("it votes for {whom}, holds {votes} for that{whose}, and needs {needs}.")
            }
        };
        if finalizing {
            let wait = Settings::FINALIZE_WAIT;
            let why = vec![
                format!("{} are a quorum ({needs}).", names(ensemble, &supporters)),
                format!("Before that is final it listens for {wait} more: a better vote could still come."),
            ];
            return Account { is: vec![is], why, needs: Vec::new() };
        }
        let tally = node.peer().map(|peer| peer.tally()).unwrap_or_default();
        let (mut why, mut in_sight) = (Vec::new(), Vec::new());
        for sid in verifier.voters().filter(|sid| *sid != node.sid() && !supporters.contains(sid)) {
            let unseen = self.unseen(ensemble, id, sid, Port::Election);
            if unseen.is_none() {
                in_sight.push(sid);
            }
            let held = tally.iter().find(|(from, _, _)| *from == sid && node.config.is_participant());
            let vote = held.map(|(_, vote, _)| uncounted(ensemble, sid, vote, &status.vote));
            let all: Vec<String> = unseen.into_iter().chain(vote).collect();
            match all.is_empty() {
                true => why.push(sentence(&self.not_heard(ensemble, id, sid, Port::Election))),
                false => why.extend(all.iter().map(|what| sentence(what))),
            }
        }
        let needed = if supporters.is_empty() && node.config.is_participant() {
            vec!["It has not counted its own vote yet.".to_owned()]
        } else {
            self.to_agree(ensemble, id, status, &supporters, &in_sight)
        };
        let mut account = Account { is: vec![is], why, needs: needed };
        if account.is_well() {
            // A better vote has come while it listened for one, and is weighed next.
            account.why.push(waits_for_itself(&Waits::Itself, 0));
        }
        account
    }

    /// What those in sight have to do, when they do it, and who has to come back where they are not enough.
    fn to_agree(
        &self,
        ensemble: &Ensemble,
        id: NodeId,
        status: &Status,
        supporters: &[Sid],
        in_sight: &[Sid],
    ) -> Vec<String> {
        let node = ensemble.node(id);
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        for other in in_sight.iter().filter_map(|sid| ensemble.by_sid(*sid)) {
            let Some(what) = has_to(ensemble, node, status, other) else { continue };
            let name = ensemble.name(other).to_owned();
            match groups.iter_mut().find(|(known, _)| *known == what) {
                Some((_, who)) => who.push(name),
                None => groups.push((what, vec![name])),
            }
        }
        let mut all: Vec<String> =
            groups.iter().map(|(what, who)| format!("{} must {what}.", in_a_row(who, "and"))).collect();
        let near = in_sight.iter().filter_map(|sid| ensemble.by_sid(*sid)).chain([id]);
        let next = near.filter_map(|near| self.next_try(ensemble, near).map(|when| (when, near))).min();
        if let Some((when, near)) = next.filter(|_| !all.is_empty()) {
            all.push(format!(
                "Who has sent its vote sends it again when its notification time-out is over: the next is that of {}, at {}.",
                ensemble.name(near),
                at(when)
            ));
        }
        let with = [supporters, in_sight].concat();
        all.extend(self.missing(ensemble, node, &with, "come back within its sight"));
        all
    }

    /// When a server that has heard nothing new before tries again, where it has begun to wait longer and longer.
    fn next_try(&self, ensemble: &Ensemble, id: NodeId) -> Option<u64> {
        let node = ensemble.node(id);
        let (wait, over) = self.contacts.party(id).listens?;
        let armed = node.timers.get(Timers::slot(Timer::Notification, 0, |_| 0)).is_some();
        let longer = wait.0 > node.config.settings.min_notification_interval;
        (armed && longer).then(|| node.clock.when(over))
    }
}

/// What another server in sight has to do for an election to end; `None` where it can do nothing for it.
fn has_to(ensemble: &Ensemble, node: &Node, status: &Status, other: NodeId) -> Option<String> {
    let theirs = ensemble.node(other).status().filter(|theirs| !theirs.standalone)?;
    let (mine, vote) = (&status.vote, &theirs.vote);
    if ensemble.node(other).peer().is_some_and(|peer| peer.phase() == Phase::Leaving) {
        return Some("put its role down and vote".to_owned());
    }
    if theirs.state != ServerState::Looking {
        let leader = Names(ensemble).of(vote.leader);
        return Some(match vote.leader == node.sid() {
            true => format!("look for a leader again: it takes server {} for its leader", node.sid()),
            false => format!("tell it of its leader, {leader}, and so must a quorum"),
        });
    }
    if !node.config.is_participant() {
        return Some("find a leader".to_owned());
    }
    let whom = Names(ensemble).of(vote.leader);
    Some(match theirs.round.cmp(&status.round) {
        std::cmp::Ordering::Less => format!("hear of round {}, and vote in it", status.round),
        std::cmp::Ordering::Greater => {
            format!("tell it of round {}: older votes no longer count", theirs.round)
        }
        std::cmp::Ordering::Equal => match (mine.beats(vote), vote.beats(mine)) {
            (Some(field), _) => {
                let own = Names(ensemble).of(mine.leader);
                format!("hear the better vote, for {own}, and adopt it: its {field} is larger")
            }
            (_, Some(field)) => format!("tell it of the better vote, for {whom}: its {field} is larger"),
            _ => format!("tell it of its vote, which is for {whom}, too"),
        },
    })
}

/// A vote that is held and does not count for its own, and why.
fn uncounted(ensemble: &Ensemble, sid: Sid, vote: &Vote, mine: &Vote) -> String {
    let (who, whom, own) =
        (Names(ensemble).of(sid), vote_words(ensemble, vote), Names(ensemble).of(mine.leader));
    let why = match mine.beats(vote) {
        _ if vote.leader == mine.leader => format!("for {}", vote_words(ensemble, mine)),
        Some(field) => format!("for {own}, whose {field} is larger"),
        None => format!("for {own}"),
    };
    format!("{who} votes for {whom}: that does not count {why}")
}

fn vote_words(ensemble: &Ensemble, vote: &Vote) -> String {
    if vote.leader == Sid::NONE {
        return "nobody".to_owned();
    }
    format!("{} (epoch {}, zxid {})", Names(ensemble).of(vote.leader), vote.peer_epoch, vote.zxid)
}

fn votes(count: usize) -> String {
    if count == 1 { "1 vote".to_owned() } else { format!("{count} votes") }
}
