//! FastLeaderElection (`FastLeaderElection.lookForLeader`; protocol reference §4).

pub(crate) mod channels;
mod join;

use crate::config::{Config, Settings};
use crate::decision::{Adopted, Decision, ElectedBy, Ignored, OnTimeout};
use crate::defects::Defect;
use crate::ids::{Millis, Round, ServerState, Sid};
use crate::input::{Task, Timer, Work};
use crate::io::Io;
use crate::packet::Notification;
use crate::quorum::MemberSet;
use crate::vote::{Ballot, Because, Vote};
use crate::zxid::{Epoch, Zxid};
use channels::Channels;
use litemap::LiteMap;
use std::collections::VecDeque;

/// What the election needs to know of the server around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Myself {
    pub(crate) state: ServerState,
    /// The last finished vote, or the boot vote.
    pub(crate) settled: Vote,
    /// The round of `settled`.
    pub(crate) settled_round: Round,
    pub(crate) last_logged: Zxid,
    pub(crate) current_epoch: Epoch,
}

/// One run of `lookForLeader`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Lookout {
    /// Votes of this round, by sender.
    received: LiteMap<Sid, Ballot>,
    /// Votes of servers that follow or lead, whatever their round.
    out_of_election: LiteMap<Sid, Ballot>,
    not_timeout: Millis,
    finalizing: bool,
}

/// How an election ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) state: ServerState,
    pub(crate) vote: Vote,
    pub(crate) round: Round,
}

/// The election object: lives as long as the process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Election {
    pub(crate) channels: Channels,
    pub(crate) logical_clock: Round,
    pub(crate) proposed: Vote,
    /// Notifications received while LOOKING and not yet looked at.
    queue: VecDeque<(Sid, Notification)>,
    lookout: Option<Lookout>,
    /// Who supported this server when it became leader.
    pub(crate) supporters: MemberSet,
}

impl Election {
    pub(crate) fn new(config: &Config) -> Election {
        let settings = &config.settings;
        let none = Vote { leader: Sid::NONE, zxid: Zxid::NONE, peer_epoch: Epoch::NONE };
        Election {
            channels: Channels::new(config.sid, Millis(settings.cnx_timeout), settings.sync_time()),
            logical_clock: Round::default(),
            proposed: none,
            queue: VecDeque::new(),
            lookout: None,
            supporters: MemberSet::default(),
        }
    }

    /// Whether a notification waits to be looked at.
    pub(crate) fn is_ready(&self) -> bool {
        self.lookout.is_some() && !self.queue.is_empty()
    }

    fn self_vote(config: &Config, me: &Myself) -> Vote {
        if config.is_participant() {
            let peerless = config.settings.defects.has(Defect::NoAcceptedEpoch);
            let peer_epoch = if peerless { me.last_logged.epoch() } else { me.current_epoch };
            Vote { leader: config.sid, zxid: me.last_logged, peer_epoch }
        } else {
            Vote { leader: Sid::NONE, zxid: Zxid::NONE, peer_epoch: Epoch::NONE }
        }
    }

    /// Enters `lookForLeader`.
    pub(crate) fn start(&mut self, config: &Config, me: &Myself, io: &mut Io<'_>) {
        self.logical_clock = self.logical_clock.next();
        self.proposed = Election::self_vote(config, me);
        self.lookout = Some(Lookout {
            received: LiteMap::new(),
            out_of_election: LiteMap::new(),
            not_timeout: Millis(config.settings.min_notification_interval),
            finalizing: false,
        });
        io.decide(Decision::NewElection { round: self.logical_clock, vote: self.proposed });
        self.broadcast(config, me, io);
        self.wait(io);
    }

    /// To every voter, this server included: its own copy comes back through the queue and counts only then.
    fn broadcast(&mut self, config: &Config, me: &Myself, io: &mut Io<'_>) {
        let message =
            Notification { state: ServerState::Looking, vote: self.proposed, round: self.logical_clock };
        for sid in config.verifier.voters() {
            if sid == config.sid {
                self.receive(sid, message, config, me, io);
            } else {
                self.channels.send(sid, message, io);
            }
        }
    }

    /// A notification arrived, in whatever state (`Messenger.WorkerReceiver`).
    pub(crate) fn receive(
        &mut self,
        from: Sid,
        notification: Notification,
        config: &Config,
        me: &Myself,
        io: &mut Io<'_>,
    ) {
        if !config.verifier.is_voter(from) {
            let answer = Notification { state: me.state, vote: me.settled, round: self.logical_clock };
            self.channels.send(from, answer, io);
            return;
        }
        io.decide(Decision::Heard { from, notification, my_state: me.state });
        if me.state == ServerState::Looking {
            self.queue.push_back((from, notification));
            if self.queue.len() == 1 && self.lookout.is_some() {
                io.wake(Task::Main, Work::Step);
            }
            // An observer keeps quiet: a LOOKING voter would answer it at once, with the same round, without end.
            if notification.state == ServerState::Looking
                && notification.round < self.logical_clock
                && from != config.sid
                && config.is_participant()
            {
                let answer = Notification {
                    state: ServerState::Looking,
                    vote: self.proposed,
                    round: self.logical_clock,
                };
                self.channels.send(from, answer, io);
            }
        } else if notification.state == ServerState::Looking && from != config.sid {
            let answer = Notification { state: me.state, vote: me.settled, round: me.settled_round };
            self.channels.send(from, answer, io);
        }
    }

    /// Listens: with something queued there is nothing to wait for.
    fn wait(&mut self, io: &mut Io<'_>) {
        let Some(lookout) = &self.lookout else { return };
        if !self.queue.is_empty() {
            io.wake(Task::Main, Work::Step);
        } else if lookout.finalizing {
            io.set(Timer::FinalizeWait, Settings::FINALIZE_WAIT);
        } else {
            io.set(Timer::Notification, lookout.not_timeout);
        }
    }

    /// Looks at the next queued notification.
    pub(crate) fn run(&mut self, config: &Config, me: &Myself, io: &mut Io<'_>) -> Option<Outcome> {
        let lookout = self.lookout.as_mut()?;
        let (from, notification) = self.queue.pop_front()?;
        io.cancel(if lookout.finalizing { Timer::FinalizeWait } else { Timer::Notification });
        let outcome = if lookout.finalizing {
            self.look_while_finalizing(from, notification, config, io);
            None
        } else {
            self.look(from, notification, config, me, io)
        };
        match outcome {
            Some(outcome) => self.end(&outcome),
            None => self.wait(io),
        }
        outcome
    }

    /// The inner loop asks of a message only whether its vote is better, not for its state, round or sender.
    fn look_while_finalizing(
        &mut self,
        from: Sid,
        notification: Notification,
        config: &Config,
        io: &mut Io<'_>,
    ) {
        match self.better(&notification.vote, &self.proposed, config) {
            Some(_) => {
                if let Some(lookout) = &mut self.lookout {
                    lookout.finalizing = false;
                }
                io.decide(Decision::Reconsidered { from, vote: notification.vote });
                self.queue.push_back((from, notification));
            }
            None => io.decide(Decision::IgnoredNotification { from, why: Ignored::Finalizing }),
        }
    }

    fn look(
        &mut self,
        from: Sid,
        n: Notification,
        config: &Config,
        me: &Myself,
        io: &mut Io<'_>,
    ) -> Option<Outcome> {
        let ignored = |why| Decision::IgnoredNotification { from, why };
        // An observer that looks proposes nobody, and only its own loopback could say so.
        if !config.verifier.is_voter(from) || !config.verifier.is_voter(n.vote.leader) {
            io.decide(ignored(Ignored::NotAVoter));
            return None;
        }
        match n.state {
            ServerState::Observing => {
                io.decide(ignored(Ignored::Observing));
                None
            }
            ServerState::Looking => {
                if me.last_logged == Zxid(-1) || n.vote.zxid == Zxid(-1) {
                    io.decide(ignored(Ignored::EmptyDatabase));
                } else if n.round < self.logical_clock {
                    io.decide(ignored(Ignored::OlderRound));
                } else {
                    self.weigh(from, n, config, me, io);
                    if self.has_all_votes(config) {
                        let (vote, round) = (self.proposed, self.logical_clock);
                        let agree = self.looking_supporters(config);
                        return Some(self.conclude(vote, round, ElectedBy::AllVoted, agree, config, io));
                    }
                    self.tally(config, io);
                }
                None
            }
            ServerState::Following | ServerState::Leading => self.join(from, n, config, io),
        }
    }

    fn better(&self, new: &Vote, current: &Vote, config: &Config) -> Option<Because> {
        if config.verifier.weight(new.leader) == 0 {
            return None;
        }
        let by_sid = new.zxid == current.zxid && new.leader > current.leader;
        let unguarded = config.settings.defects.has(Defect::VoteOrderUnguarded) && by_sid;
        new.beats(current).or(unguarded.then_some(Because::Sid))
    }

    /// A LOOKING vote of this round or a newer one: keep the proposal or change it, and note the vote.
    fn weigh(&mut self, from: Sid, n: Notification, config: &Config, me: &Myself, io: &mut Io<'_>) {
        let newer = n.round > self.logical_clock;
        let mine = if newer { Election::self_vote(config, me) } else { self.proposed };
        if newer {
            io.decide(Decision::RoundRaised { from, old: self.logical_clock, round: n.round });
            self.logical_clock = n.round;
            if let Some(lookout) = &mut self.lookout {
                lookout.received.clear();
            }
        }
        let wins = self.better(&n.vote, &mine, config);
        self.proposed = if wins.is_some() { n.vote } else { mine };
        match wins {
            Some(why) => {
                let because = if newer { Adopted::NewerRound(why) } else { Adopted::Better(why) };
                io.decide(Decision::AdoptedVote { from, vote: n.vote, over: mine, because });
            }
            None if from != config.sid => {
                let because = mine.beats(&n.vote);
                io.decide(Decision::KeptVote { from, against: n.vote, vote: mine, because });
            }
            None => {}
        }
        if newer || wins.is_some() {
            self.broadcast(config, me, io);
        }
        if let Some(lookout) = &mut self.lookout {
            let ballot = Ballot { vote: n.vote, round: n.round, state: ServerState::Looking, version: 0 };
            lookout.received.insert(from, ballot);
        }
    }

    /// Who in `ballots` agrees with `probe`.
    fn agreeing(ballots: &LiteMap<Sid, Ballot>, probe: &Ballot, config: &Config) -> MemberSet {
        let in_full = config.settings.defects.has(Defect::JoinerComparesFullVote);
        let agrees = |ballot: &Ballot| if in_full { ballot.is_same(probe) } else { ballot.agrees(probe) };
        config.verifier.set_of(ballots.iter().filter(|(_, ballot)| agrees(ballot)).map(|(sid, _)| *sid))
    }

    /// Whether nobody is left to vote in this round, and that is taken for an end.
    fn has_all_votes(&self, config: &Config) -> bool {
        config.settings.defects.has(Defect::LeaveWhenAllVoted)
            && config.verifier.weight(self.proposed.leader) > 0
            && self.lookout.as_ref().is_some_and(|lookout| {
                config.verifier.voters().all(|sid| lookout.received.contains_key(&sid))
            })
    }

    fn looking_supporters(&self, config: &Config) -> MemberSet {
        let probe = Ballot {
            vote: self.proposed,
            round: self.logical_clock,
            state: ServerState::Looking,
            version: 0,
        };
        self.lookout
            .as_ref()
            .map_or(MemberSet::default(), |lookout| Election::agreeing(&lookout.received, &probe, config))
    }

    /// The votes of the round, by sender, and whether each counts for the proposal.
    pub(crate) fn tally_of(&self, config: &Config) -> Vec<(Sid, Vote, bool)> {
        let Some(lookout) = &self.lookout else { return Vec::new() };
        let agree = self.looking_supporters(config);
        let held = lookout.received.iter();
        held.map(|(sid, ballot)| (*sid, ballot.vote, config.verifier.has(agree, *sid))).collect()
    }

    /// Whose votes count for the proposal, and whether they are a quorum and the wait for a better vote has begun.
    pub(crate) fn waits(&self, config: &Config) -> (Vec<Sid>, bool) {
        let finalizing = self.lookout.as_ref().is_some_and(|lookout| lookout.finalizing);
        (config.verifier.sids(self.looking_supporters(config)), finalizing)
    }

    fn tally(&mut self, config: &Config, io: &mut Io<'_>) {
        let agree = self.looking_supporters(config);
        if !config.verifier.contains_quorum(agree) {
            return;
        }
        if let Some(lookout) = &mut self.lookout {
            lookout.finalizing = true;
        }
        io.decide(Decision::QuorumAgrees {
            vote: self.proposed,
            supporters: config.verifier.sids(agree),
            needs: config.verifier.needs(),
        });
    }

    /// A timer of the election fired.
    pub(crate) fn timed_out(
        &mut self,
        timer: Timer,
        config: &Config,
        me: &Myself,
        io: &mut Io<'_>,
    ) -> Option<Outcome> {
        let lookout = self.lookout.as_mut()?;
        // What is queued would have ended the wait.
        if !self.queue.is_empty() || lookout.finalizing != (timer == Timer::FinalizeWait) {
            return None;
        }
        if lookout.finalizing {
            let agree = self.looking_supporters(config);
            let (vote, round) = (self.proposed, self.logical_clock);
            let outcome = self.conclude(vote, round, ElectedBy::FinalizeWait, agree, config, io);
            self.end(&outcome);
            return Some(outcome);
        }
        lookout.not_timeout = lookout.not_timeout.doubled(Millis(config.settings.max_notification_interval));
        let next = lookout.not_timeout;
        let did =
            if self.channels.have_delivered() { OnTimeout::SentAgain } else { OnTimeout::ConnectedAgain };
        let supporters = config.verifier.sids(self.looking_supporters(config));
        io.decide(Decision::NotificationTimeout { next, did, supporters, needs: config.verifier.needs() });
        match did {
            OnTimeout::SentAgain => self.broadcast(config, me, io),
            OnTimeout::ConnectedAgain => self.channels.connect_all(io),
        }
        self.wait(io);
        None
    }

    fn conclude(
        &mut self,
        vote: Vote,
        round: Round,
        by: ElectedBy,
        agree: MemberSet,
        config: &Config,
        io: &mut Io<'_>,
    ) -> Outcome {
        let state = if vote.leader == config.sid {
            ServerState::Leading
        } else if config.is_participant() {
            ServerState::Following
        } else {
            ServerState::Observing
        };
        self.supporters = agree;
        io.decide(Decision::Elected { state, vote, round, by, supporters: config.verifier.sids(agree) });
        Outcome { state, vote, round }
    }

    /// Leaving the election clears the queue.
    fn end(&mut self, outcome: &Outcome) {
        self.proposed = outcome.vote;
        self.queue.clear();
        self.lookout = None;
    }
}
