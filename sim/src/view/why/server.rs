//! What is to be said of a server.

use super::contacts::{ended, is_down};
use super::{Account, Why, at, row};
use crate::ensemble::{Ended, Ensemble, Node, NodeId, Process};
use crate::run::follows;
use crate::view::clients::span;
use zablab_protocol::{
    MainWrite, Phase, Port, QuorumVerifier, ServerState, Settings, Sid, Status, Vote, Waits,
};

impl Why {
    /// What is to be said of a server.
    pub(super) fn server(&self, ensemble: &Ensemble, id: NodeId) -> Account {
        let node = ensemble.node(id);
        let mut account = match (&node.process, node.status()) {
            (Process::Up(_), Some(status)) => self.up(ensemble, id, node, &status),
            _ => self.not_up(ensemble, id, node),
        };
        // What stands still says so before all else; for the others it is no news that it does nothing.
        if let Some(hindrance) = self.hindered(ensemble, id) {
            account.why.insert(0, sentence(&hindrance));
        }
        account
    }

    fn not_up(&self, ensemble: &Ensemble, id: NodeId, node: &Node) -> Account {
        let (name, since) = (&node.name, at(self.contacts.party(id).process));
        if !is_down(ensemble, id) {
            return Account {
                is: vec![format!("{name} boots since {since}.")],
                why: vec![
                    "It reads its files; until then it listens on no port and votes for nobody.".into(),
                ],
                needs: Vec::new(),
            };
        }
        let (is, needs) = match node.ended {
            Ended::Never => (format!("{name} is down: {}.", ended(&node.ended)), "It has to be started."),
            _ => (
                format!("{name} is down since {since}: {}.", ended(&node.ended)),
                "It has to be started again; what is on its disk is still there.",
            ),
        };
        Account {
            is: vec![is],
            why: vec!["No process: it neither votes nor acknowledges nor answers.".to_owned()],
            needs: vec![needs.to_owned()],
        }
    }

    fn up(&self, ensemble: &Ensemble, id: NodeId, node: &Node, status: &Status) -> Account {
        let since = at(self.contacts.party(id).role);
        let name = &node.name;
        let waits = node.peer().map_or(Waits::Nothing, |peer| peer.waits());
        let whom = |sid: Sid| called(ensemble, sid);
        let leaves = node.peer().is_some_and(|peer| peer.phase() == Phase::Leaving);
        if status.standalone {
            let is = format!("{name} serves alone since {since}: it is the only server in its list.");
            return Account { is: vec![is], ..Account::default() };
        }
        if let Waits::Disk(MainWrite::FirstFiles) = waits {
            let is = format!("{name} boots since {since}.");
            return Account {
                is: vec![is],
                why: vec![waits_for_itself(&waits, self.contacts.party(id).waits)],
                ..Account::default()
            };
        }
        if leaves {
            return self.leaving(id, node, status);
        }
        match status.state {
            ServerState::Looking => self.looking(ensemble, id, node, status, &waits),
            ServerState::Leading if status.serving => self.reigning(ensemble, id, node, status),
            ServerState::Leading => self.to_lead(ensemble, id, node, &waits),
            state if status.serving => {
                let leader = status.leader.unwrap_or(Sid::NONE);
                let epoch = status.current_epoch;
                let verb = if state == ServerState::Observing { "observing" } else { "following" };
                let is = format!("{name} serves since {since}, {verb} {} in epoch {epoch}.", whom(leader));
                Account { is: vec![is], why: self.leaderless(ensemble, id, leader), needs: Vec::new() }
            }
            state => {
                let leader = status.leader.unwrap_or(Sid::NONE);
                let is = format!(
                    "{name} is {state} {} since {since} and not synchronized yet: it serves nobody.",
                    whom(leader)
                );
                self.to_follow(ensemble, id, node, leader, &waits, is)
            }
        }
    }

    fn leaving(&self, id: NodeId, node: &Node, status: &Status) -> Account {
        let (when, why) = self.contacts.party(id).gave_up.unwrap_or_default();
        Account {
            is: vec![format!("{} stopped {} at {}: {why}.", node.name, status.state, at(when))],
            why: vec![
                "It puts its role down: what is in its queues goes to disk, its clients are dropped."
                    .to_owned(),
            ],
            needs: vec!["Then it is LOOKING.".to_owned()],
        }
    }

    fn looking(
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
        let mut is = format!("{name} is LOOKING since {since} (round {round}): ");
        is += &match (node.config.is_participant(), self.is_own(node, &supporters)) {
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
        let others = verifier.voters().filter(|sid| *sid != node.sid() && !supporters.contains(sid));
        let why = others
            .map(|sid| {
                let held = tally.iter().find(|(from, _, _)| *from == sid).map(|(_, vote, _)| vote);
                sentence(&match held {
                    Some(vote) if node.config.is_participant() => {
                        let for_whom = vote_words(ensemble, vote);
                        format!("{} votes for {for_whom}: that does not count", called(ensemble, sid))
                    }
                    _ => self.not_heard(ensemble, id, sid, Port::Election),
                })
            })
            .collect();
        let missing = self.missing(ensemble, node, &supporters, "come back within its sight");
        let needed = if supporters.is_empty() && node.config.is_participant() {
            vec!["It has not counted its own vote yet.".to_owned()]
        } else {
            missing
        };
        let mut account = Account { is: vec![is], why, needs: needed };
        if account.is_well() {
            // A better vote has come while it listened for one, and is weighed next.
            account.why.push(waits_for_itself(&Waits::Itself, 0));
        }
        account
    }

    fn is_own(&self, node: &Node, supporters: &[Sid]) -> bool {
        let own = node.status().is_some_and(|status| status.vote.leader == node.sid());
        own && supporters == [node.sid()]
    }

    /// Who else could make a quorum of those that count already.
    fn missing(&self, ensemble: &Ensemble, node: &Node, have: &[Sid], what: &str) -> Vec<String> {
        let verifier = &node.config.verifier;
        let absent: Vec<Sid> = verifier.voters().filter(|sid| !have.contains(sid)).collect();
        let Some(more) = more(verifier, have, &absent) else { return Vec::new() };
        let all: Vec<String> = absent.iter().map(|sid| called(ensemble, *sid)).collect();
        if !verifier.groups().is_empty() {
            let needs = verifier.needs();
            return vec![format!("Enough of {} must {what}: {needs}.", row(&all, "and"))];
        }
        vec![match (more, all.len()) {
            (0, _) => return Vec::new(),
            (1, 1) => format!("{} must {what}.", row(&all, "and")),
            (1, _) => format!("One more must {what}: {}.", row(&all, "or")),
            (n, all_of) if n == all_of => format!("{} must {what}.", row(&all, "and")),
            (n, _) => format!("{n} more must {what}, of {}.", row(&all, "and")),
        }]
    }

    fn to_lead(&self, ensemble: &Ensemble, id: NodeId, node: &Node, waits: &Waits) -> Account {
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

    fn to_follow(
        &self,
        ensemble: &Ensemble,
        id: NodeId,
        node: &Node,
        leader: Sid,
        waits: &Waits,
        is: String,
    ) -> Account {
        let (party, settings) = (self.contacts.party(id), &node.config.settings);
        let (whom, since) = (called(ensemble, leader), at(party.waits));
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
    fn leaderless(&self, ensemble: &Ensemble, id: NodeId, leader: Sid) -> Vec<String> {
        let Some(other) = ensemble.by_sid(leader) else { return Vec::new() };
        let wrong = self
            .gone(ensemble, id, other, Port::Quorum)
            .or_else(|| self.out_of_sight(ensemble, id, other, Port::Quorum))
            .or_else(|| self.hindered(ensemble, other));
        let Some(wrong) = wrong else { return Vec::new() };
        let limit = span(ensemble.node(id).config.settings.sync_time());
        vec![
            sentence(&wrong),
            format!(
                "It has not noticed: it answers reads, and writes wait. It bears {limit} of silence (syncLimit)."
            ),
        ]
    }

    /// A leader serves. It may have lost its quorum, and not know.
    fn reigning(&self, ensemble: &Ensemble, id: NodeId, node: &Node, status: &Status) -> Account {
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
        let mut why = vec![format!(
            "It cannot commit a write: only {} can acknowledge one, and it needs {}. It has not noticed yet.",
            names(ensemble, &voters),
            verifier.needs()
        )];
        let absent = verifier.voters().filter(|sid| !voters.contains(sid));
        why.extend(absent.map(|sid| sentence(&self.not_heard(ensemble, id, sid, Port::Quorum))));
        if let Some((zxid, by)) = node.peer().and_then(|peer| peer.unacknowledged()) {
            let by = names(ensemble, &by);
            why.push(format!("{zxid} is proposed and not committed: acknowledged by {by} alone."));
        }
        let tick = span(node.config.settings.sync_time());
        let needs = vec![format!(
            "A follower silent for {tick} (syncLimit) no longer counts as in sync; without a quorum of them it stops LEADING."
        )];
        Account { is: vec![is], why, needs }
    }
}

fn waits_for_itself(waits: &Waits, since: u64) -> String {
    let what = match waits {
        Waits::Disk(MainWrite::FirstFiles) => "the first files of its data directory",
        Waits::Disk(MainWrite::Snapshot) => "a snapshot",
        Waits::Disk(MainWrite::AcceptedEpoch) => "acceptedEpoch, which must be on disk before it answers",
        Waits::Disk(MainWrite::CurrentEpoch) => "currentEpoch",
        Waits::Disk(MainWrite::LogCut) => "a log from which the tail is cut off",
        Waits::Disk(MainWrite::History) => "the transactions that it was sent",
        Waits::Disk(MainWrite::LogQueue) => "what its log writer still has",
        _ => return "It is about to make its next step.".to_owned(),
    };
    format!("Since {} its disk writes {what}.", at(since))
}

/// How many more of the absent it takes, taking them in order; `None` where all of them are not enough.
fn more(verifier: &QuorumVerifier, have: &[Sid], absent: &[Sid]) -> Option<usize> {
    (0..=absent.len()).find(|count| {
        let with = have.iter().chain(&absent[..*count]).copied();
        verifier.contains_quorum(verifier.set_of(with))
    })
}

pub(super) fn called(ensemble: &Ensemble, sid: Sid) -> String {
    ensemble.by_sid(sid).map_or_else(|| format!("server {sid}"), |id| ensemble.name(id).to_owned())
}

pub(super) fn names(ensemble: &Ensemble, sids: &[Sid]) -> String {
    row(&sids.iter().map(|sid| called(ensemble, *sid)).collect::<Vec<_>>(), "and")
}

fn vote_words(ensemble: &Ensemble, vote: &Vote) -> String {
    if vote.leader == Sid::NONE {
        return "nobody".to_owned();
    }
    format!("{} (epoch {}, zxid {})", called(ensemble, vote.leader), vote.peer_epoch, vote.zxid)
}

fn votes(count: usize) -> String {
    if count == 1 { "1 vote".to_owned() } else { format!("{count} votes") }
}

/// With a capital where it begins with a word that is no name, and a full stop.
pub(super) fn sentence(text: &str) -> String {
    const WORDS: [&str; 5] = ["nothing", "never", "everything", "the", "it"];
    let first = text.split(' ').next().unwrap_or_default();
    if WORDS.contains(&first) {
        let (head, tail) = text.split_at(1);
        return format!("{}{tail}.", head.to_uppercase());
    }
    format!("{text}.")
}
