//! A run for a learner: every decision with its rule and its numbers, votes that were kept included, each with how much it says
//! about where the run goes. Heartbeats and repetitions are folded.

use super::folds::Folds;
use super::hops::Hops;
use super::words::Names;
use crate::ensemble::{Action, Effect, Ended, Ensemble, NodeId};
use crate::run::{StepView, UserEvent};
use std::collections::BTreeSet;
use zablab_protocol::{
    Adopted, Because, ClientEvent, Decision, ElectedBy, ErrorCode, Ignored, Reply, ServerState, Sid, Vote,
    Zxid,
};

/// How much something says about where a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It is part of the way.
    Detail,
    /// It decides what comes next.
    Step,
    /// Somebody is something else now.
    Turn,
}

/// Something that happened to a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Virtual nanoseconds.
    pub at: u64,
    /// The step.
    pub step: u64,
    /// Whom.
    pub who: NodeId,
    /// The name of the decision; empty where it is none.
    pub kind: &'static str,
    /// What: a verb in the third person, and the rest of the sentence, without a full stop.
    pub what: String,
    /// The rule that decided, with its numbers, if one did.
    pub because: Option<String>,
    /// How much it says.
    pub weight: Weight,
}

/// A run of commits that is not told yet.
#[derive(Clone, Debug)]
struct Commits {
    at: u64,
    step: u64,
    who: NodeId,
    first: Zxid,
    last: Zxid,
    count: u64,
}

/// Collects what happened.
#[derive(Clone, Debug, Default)]
pub struct Lecture {
    told: Vec<Told>,
    folds: Folds<NodeId>,
    hops: Hops,
    missed: BTreeSet<(NodeId, Sid)>,
    turned_away: BTreeSet<NodeId>,
    commits: Option<Commits>,
}

impl Lecture {
    /// What was collected since the last time.
    pub fn take(&mut self) -> Vec<Told> {
        self.told.drain(..).collect()
    }

    /// Tells what is still folded.
    pub fn finish(&mut self) {
        if let Some(Commits { at, step, who, first, last, count }) = self.commits.take() {
            let kind = "committed";
            let what = match count {
                1 => format!("commits {first}"),
                n => format!("commits {first} to {last} ({n} transactions)"),
            };
            self.told.push(Told { at, step, who, kind, what, because: None, weight: Weight::Turn });
        }
    }

    fn commit(&mut self, step: &StepView<'_>, who: NodeId, zxid: Zxid) {
        let (at, step) = (step.moment.at, step.moment.step);
        match &mut self.commits {
            Some(commits) if commits.who == who && commits.last.epoch() == zxid.epoch() => {
                (commits.last, commits.count) = (zxid, commits.count + 1);
                // What came one by one is told when the last of it is there.
                (commits.at, commits.step) = (at, step);
            }
            _ => {
                self.finish();
                self.commits = Some(Commits { at, step, who, first: zxid, last: zxid, count: 1 });
            }
        }
    }

    /// Takes a step in.
    pub fn observe(&mut self, step: &StepView<'_>) {
        if let Some((who, what)) = self.hops.action(step) {
            self.push(step, who, what, Weight::Detail);
        }
        for effect in step.effects {
            if let Some((who, what)) = self.hops.effect(step, effect) {
                self.push(step, who, what, Weight::Step);
            }
            self.effect(step, effect);
        }
    }

    /// A client's user has come to something that no packet shows.
    pub fn user(&mut self, at: u64, step: u64, who: NodeId, event: &UserEvent) {
        let what = super::clients::user(event);
        self.told.push(Told { at, step, who, kind: "", what, because: None, weight: Weight::Turn });
    }

    fn push(&mut self, step: &StepView<'_>, who: NodeId, what: String, weight: Weight) {
        let (at, step) = (step.moment.at, step.moment.step);
        self.told.push(Told { at, step, who, kind: "", what, because: None, weight });
    }

    fn effect(&mut self, step: &StepView<'_>, effect: &Effect) {
        let (node, what) = match effect {
            Effect::Client { client, event } => return self.client(step, *client, event),
            Effect::Decided { node, decision } => return self.decided(step, *node, decision),
            Effect::DiskFailed { node, op } => (*node, format!("fails to write: {op}")),
            Effect::Down(node, Ended::Exited(exit)) => (*node, format!("exits with {}: {exit}", exit.code())),
            Effect::Answered { node, answer } => match &answer.result {
                Err(ErrorCode::ConnectionLoss) if matches!(step.action, Action::Client { .. }) => {
                    (*node, "refuses the request: it does not serve".to_owned())
                }
                Err(ErrorCode::ConnectionLoss) => {
                    (*node, "drops a client: whether its request takes effect is unknown".to_owned())
                }
                Err(code) => (*node, format!("answers a client: {code}")),
                Ok(Reply::Node { data, stat }) => (
                    *node,
                    format!("answers a read: {data:?}, version {}, set by {}", stat.version, stat.mzxid),
                ),
                Ok(_) => return,
            },
            _ => return,
        };
        self.push(step, node, what, Weight::Turn);
    }

    fn client(&mut self, step: &StepView<'_>, client: NodeId, event: &ClientEvent) {
        let ensemble = step.ensemble;
        match event {
            ClientEvent::CannotConnect { server } if !self.missed.insert((client, *server)) => return,
            ClientEvent::Connected { .. } => self.missed.retain(|(who, _)| *who != client),
            _ => {}
        }
        if ensemble.client(client).is_none_or(|client| client.quiet) {
            return;
        }
        let answers = self.hops.tells(ensemble, client);
        let begun = self.hops.begun(event);
        let lines = super::clients::event(ensemble, event, answers, begun).into_iter().flatten();
        // A read's stat is for engineers.
        let lines: Vec<String> = lines.take(1).collect();
        let truth = self.hops.outcome(ensemble, client, event).filter(|_| answers);
        let is_answer = matches!(event, ClientEvent::Completed(_));
        for what in lines.into_iter().chain(truth) {
            let what =
                if is_answer && !what.starts_with('(') { format!("gets an answer to {what}") } else { what };
            self.push(step, client, what, Weight::Turn);
        }
    }

    fn decided(&mut self, step: &StepView<'_>, node: NodeId, decision: &Decision) {
        match decision {
            Decision::Committed { zxid, .. } if self.hops.follows(*zxid) => return,
            Decision::Committed { zxid, .. } => return self.commit(step, node, *zxid),
            Decision::ClientRefused { .. } if !self.turned_away.insert(node) => return,
            Decision::Serving { .. } | Decision::Standalone { .. } => {
                self.turned_away.remove(&node);
            }
            _ => {}
        }
        let quiet = self.folds.folds(node, decision);
        let again = matches!(decision, Decision::NotificationTimeout { .. });
        if quiet && !again {
            return;
        }
        if let Some(Words { weight, what, because }) = words(step.ensemble, node, decision) {
            self.finish();
            let (at, step, kind) = (step.moment.at, step.moment.step, decision.name());
            self.told.push(Told { at, step, who: node, kind, what, because, weight });
        }
    }
}

/// All fields that decide between two votes, with their numbers, up to the one that does.
fn comparison(because: Because, wins: &Vote, loses: &Vote) -> String {
    let epoch = |sign: &str| format!("epoch {} {sign} {}", wins.peer_epoch, loses.peer_epoch);
    let zxid = |sign: &str| format!("zxid {} {sign} {}", wins.zxid, loses.zxid);
    match because {
        _ if loses.leader == Sid::NONE => "it proposes somebody".to_owned(),
        Because::PeerEpoch => epoch(">"),
        Because::Zxid => format!("{}, {}", epoch("="), zxid(">")),
        Because::Sid => format!("{}, {}, id {} > {}", epoch("="), zxid("="), wins.leader, loses.leader),
    }
}

/// A decision for a learner, in words.
pub(crate) fn decision_words(ensemble: &Ensemble, node: NodeId, decision: &Decision) -> Option<String> {
    let Words { what, because, .. } = words(ensemble, node, decision)?;
    Some(because.map_or_else(|| what.clone(), |because| format!("{what}: {because}")))
}

/// A decision for a learner.
struct Words {
    weight: Weight,
    what: String,
    because: Option<String>,
}

impl Words {
    fn of(weight: Weight, what: String) -> Words {
        Words { weight, what, because: None }
    }

    fn rule(weight: Weight, what: String, because: String) -> Words {
        Words { weight, what, because: Some(because) }
    }
}

fn words(ensemble: &Ensemble, node: NodeId, decision: &Decision) -> Option<Words> {
    let names = Names(ensemble);
    let me = ensemble.node(node).sid();
    let of = |sid: Sid| if sid == me { "itself".to_owned() } else { names.of(sid) };
    Some(match decision {
        Decision::NewElection { round, vote } if vote.leader == Sid::NONE => {
            Words::of(Weight::Turn, format!("is LOOKING in round {round}; it observes, and proposes nobody"))
        }
        Decision::NewElection { round, vote } => {
            let (epoch, zxid) = (vote.peer_epoch, vote.zxid);
            Words::of(
                Weight::Turn,
                format!(
                    "is LOOKING in round {round}, voting for {} (epoch {epoch}, zxid {zxid})",
                    of(vote.leader)
                ),
            )
        }
        Decision::AdoptedVote { vote, over, because, .. } => {
            let (Adopted::Better(why) | Adopted::NewerRound(why)) = because;
            let what = format!("changes its vote to {}", of(vote.leader));
            Words::rule(Weight::Turn, what, comparison(*why, vote, over))
        }
        Decision::KeptVote { from, against, vote, because: Some(why) } => {
            let own = match vote.leader {
                leader if leader == me => "keeps its own vote".to_owned(),
                leader => format!("keeps its vote for {}", names.of(leader)),
            };
            let other = if against.leader == *from {
                String::new()
            } else {
                format!(" against one for {}", of(against.leader))
            };
            Words::rule(Weight::Step, own + &other, comparison(*why, vote, against))
        }
        Decision::KeptVote { from, against, because: None, .. } => Words::of(
            Weight::Detail,
            format!("hears that {} votes for {} too", names.of(*from), of(against.leader)),
        ),
        Decision::IgnoredNotification { from, why } if *from != me => {
            let why = match why {
                Ignored::OlderRound => "its round is over",
                Ignored::NotAVoter => "it, or its candidate, does not vote",
                Ignored::EmptyDatabase => "a database without a single snapshot may not vote",
                Ignored::Observing => "it observes",
                Ignored::Finalizing => "it is no better",
            };
            let what = format!("passes over a vote of {}", names.of(*from));
            Words::rule(Weight::Detail, what, why.to_owned())
        }
        Decision::QuorumAgrees { vote, supporters, needs } => {
            let what = format!("counts {} votes for {}", supporters.len(), names.of(vote.leader));
            let why = format!("enough ({needs}), if no better one comes in 200 ms");
            Words::rule(Weight::Step, what, why)
        }
        Decision::NotificationTimeout { supporters, needs, .. } => {
            let held = match supporters.len() {
                1 => "1 vote".to_owned(),
                n => format!("{n} votes"),
            };
            Words::rule(
                Weight::Detail,
                "hears nothing new".to_owned(),
                format!("it holds {held} and needs {needs}"),
            )
        }
        Decision::Elected { state: ServerState::Leading, supporters, .. } => {
            Words::rule(Weight::Turn, "is LEADING".to_owned(), format!("votes of {}", names.all(supporters)))
        }
        Decision::Elected {
            state,
            vote,
            by: ElectedBy::FinalizeWait | ElectedBy::AllVoted,
            supporters,
            ..
        } => Words::rule(
            Weight::Detail,
            format!("is {state} {}", of(vote.leader)),
            format!("votes of {}", names.all(supporters)),
        ),
        Decision::Elected { state, vote, supporters, .. } => Words::rule(
            Weight::Turn,
            format!("is {state} {}", of(vote.leader)),
            format!("it leads already, with {}", names.all(supporters)),
        ),
        Decision::Serving { epoch } => {
            let status = ensemble.node(node).status()?;
            let leader = status.leader.map_or_else(|| "nobody".to_owned(), |sid| names.of(sid));
            let leads = status.state == ServerState::Leading;
            let weight = if leads { Weight::Turn } else { Weight::Detail };
            Words::of(weight, format!("serves in epoch {epoch}, led by {leader}"))
        }
        Decision::EpochChosen { epoch, from } => {
            let why = format!("one above all that {} had accepted", names.all(from));
            Words::rule(Weight::Detail, format!("chooses epoch {epoch}"), why)
        }
        Decision::Supporters { sids, .. } => {
            let what = format!("has {} in sync", names.all(sids));
            Words::rule(Weight::Detail, what, "a quorum".to_owned())
        }
        Decision::SyncChosen { learner, .. } => {
            let (what, why) =
                names.tell(decision)?.split_once(": ").map(|(a, b)| (a.to_owned(), b.to_owned()))?;
            let how = what.split_once(" by ")?.1;
            // An empty DIFF has nothing to go up to.
            let how = if how.starts_with("an empty DIFF") {
                "an empty DIFF".to_owned()
            } else {
                format!("a {how}")
            };
            Words::rule(Weight::Turn, format!("sends {} {how}", names.of(*learner)), why)
        }
        Decision::CannotOpenChannel { to, unanswered } => {
            let why = if *unanswered { "no answer" } else { "refused" };
            Words::of(Weight::Detail, format!("cannot connect to {}: {why}", names.of(*to)))
        }
        Decision::GaveUp { state, .. } => {
            Words::rule(Weight::Turn, format!("stops {state}"), names.reason(decision)?)
        }
        Decision::LearnerDropped { .. }
        | Decision::SessionExpiring { .. }
        | Decision::EpochRaised { .. }
        | Decision::SessionClosed { .. }
        | Decision::SessionReturns { .. }
        | Decision::Standalone { .. }
        | Decision::LeftRole { .. } => Words::of(Weight::Turn, names.tell(decision)?),
        Decision::ClientRefused { .. } | Decision::Reconsidered { .. } | Decision::RoundRaised { .. } => {
            Words::of(Weight::Step, names.tell(decision)?)
        }
        _ => Words::of(Weight::Detail, names.tell(decision)?),
    })
}
