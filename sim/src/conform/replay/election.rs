//! Lines of an election.

use super::Successors;
use super::context::Context;
use super::world::{World, is_elected};
use zablab_protocol::{
    Decision, Epoch, Input, Notification, Packet, Phase, Round, ServerState, Sid, Task, Timer, Vote, Zxid,
};

/// `Notification: …`
pub(super) fn heard(
    context: &Context<'_>,
    world: &World,
    from: Sid,
    said: Notification,
    my_state: Option<ServerState>,
) -> Successors {
    if from == context.sid {
        let own = |mut world: World| {
            let state = my_state.is_none_or(|mine| Some(mine) == world.state());
            (state && world.own_vote(said, my_state)).then_some(world)
        };
        let found: Vec<World> = world.after_looking().into_iter().filter_map(own).collect();
        let says = world.says().map_or("nothing".to_owned(), |says| says.to_string());
        return super::some(found, || format!("its own vote would be: {says}"));
    }
    if !world.config.verifier.is_voter(from) {
        return Err(format!("server {from} has no vote, and its messages are not logged"));
    }
    let state = world.state();
    let hears = |mut world: World| {
        if my_state.is_some_and(|mine| Some(mine) != world.state()) {
            return None;
        }
        let heard =
            |decision: &Decision| matches!(decision, Decision::Heard { from: whose, .. } if *whose == from);
        world.hear(from, said).iter().any(heard).then_some(world)
    };
    let found: Vec<World> = world.after_looking().into_iter().filter_map(hears).collect();
    super::some(found, || match state {
        Some(state) => format!("the model is {state}"),
        None => "the model's server does not run".to_owned(),
    })
}

/// The election that goes on has been told of.
fn begun(context: &Context<'_>, world: &World) -> Result<World, String> {
    let mut world = world.clone();
    match world.new_election.take() {
        Some(zxid) if !context.excerpt => {
            Err(format!("the model's election begins with `New election`, and zxid {zxid}"))
        }
        _ => Ok(world),
    }
}

/// `Notification time out: …`
pub(super) fn timeout(context: &Context<'_>, world: &World, next: u64) -> Successors {
    let world = &begun(context, world)?;
    let mut expected = None;
    let mut found = Vec::new();
    // An observer's messages are not logged; one that was answered counts as reached.
    let observer = world.config.verifier.members().find(|(sid, _)| !world.config.verifier.is_voter(*sid));
    let observer = observer.map(|(sid, _)| sid).filter(|sid| *sid != world.config.sid);
    let mut worlds = world.after_looking();
    if let Some(observer) = observer {
        for mut world in worlds.clone() {
            if let Some(says) = world.says() {
                let vote = Vote { leader: Sid::NONE, zxid: Zxid::NONE, peer_epoch: Epoch::NONE };
                world.hear(observer, Notification { vote, ..says });
                worlds.push(world);
            }
        }
    }
    for mut world in worlds {
        for decision in world.feed(Input::Timer(Timer::Notification)) {
            if let Decision::NotificationTimeout { next: model, .. } = decision {
                expected = Some(model.0);
                if model.0 == next {
                    found.push(world.clone());
                }
            }
        }
    }
    super::some(found, || match expected {
        Some(model) => format!("the model would listen for {model} ms next"),
        None => format!("the model waits for no vote: it is {}", describe(world)),
    })
}

/// `LOOKING`, `FOLLOWING`, `LEADING`, `OBSERVING`, and `Peer state changed` to one of them.
pub(super) fn enters(context: &Context<'_>, world: &World, state: ServerState) -> Successors {
    if state == ServerState::Looking {
        return looks(context, world);
    }
    if world.state() == Some(state) {
        return Ok(vec![world.clone()]);
    }
    let world = &begun(context, world)?;
    let mut found = Vec::new();
    let mut expected = None;
    for world in world.after_looking() {
        for input in [Input::Timer(Timer::FinalizeWait), Input::Run(Task::Main)] {
            if !world.is_looking() {
                continue;
            }
            let mut world = world.clone();
            let decisions = world.feed(input);
            if decisions.iter().any(is_elected) {
                expected = world.state();
                if world.state() == Some(state) {
                    found.push(world);
                }
            }
        }
    }
    if found.is_empty() && world.is_looking() && context.excerpt && world.unseen {
        found = elected_unseen(world, state);
    }
    super::some(found, || match expected {
        Some(expected) => format!("the model's election ends {expected}"),
        None => format!("the model is {}", describe(world)),
    })
}

/// The server looks: it has started, or its role is over.
pub(super) fn looks(context: &Context<'_>, world: &World) -> Successors {
    let mut world = world.clone();
    if world.peer.is_none() {
        return Err("the model's server does not run".to_owned());
    }
    if !world.is_looking() && world.phase() != Some(Phase::Leaving) && context.excerpt {
        world.end_role(context)?;
    }
    while world.phase() == Some(Phase::Leaving) {
        let mut nothing = Vec::new();
        world.run_writers(&mut nothing);
        if world.run_main().is_none() {
            break;
        }
    }
    if world.is_looking() {
        Ok(vec![world])
    } else {
        Err(format!("the model is {}; nothing has ended that", describe(&world)))
    }
}

/// `New election. …`
pub(super) fn new_election(context: &Context<'_>, world: &World, sid: Sid, zxid: Zxid) -> Successors {
    if sid != context.sid {
        return Err(format!("this is server {}", context.sid));
    }
    let observes = !world.config.is_participant();
    let begin = |mut world: World| match world.new_election.take() {
        Some(own) if own == zxid || observes => {
            world.unseen = false;
            Ok(world)
        }
        Some(own) => Err(format!("the model proposes zxid {own}")),
        None => Err(format!("the model begins no election: it is {}", describe(&world))),
    };
    looks(context, world)?.into_iter().map(begin).collect()
}

/// What the server is, in words.
pub(super) fn describe(world: &World) -> String {
    let Some(status) = world.status() else { return "not running".to_owned() };
    let of = status.leader.map_or(String::new(), |leader| format!(" (leader {leader})"));
    match world.phase() {
        Some(Phase::Election) => format!("LOOKING, with vote {} in round {}", status.vote, status.round),
        Some(phase) => format!("{}{of}, in {phase:?}", status.state),
        None => status.state.to_string(),
    }
}

/// An election of which the excerpt shows the end alone: with whomever it can have been.
fn elected_unseen(world: &World, state: ServerState) -> Vec<World> {
    let me = world.config.sid;
    let voters: Vec<Sid> = world.config.verifier.voters().collect();
    let mut found = Vec::new();
    for leader in voters.iter().copied().filter(|leader| (*leader == me) == (state == ServerState::Leading)) {
        let mut world = world.clone();
        world.record.assume(format!("it was elected {state} with leader {leader} before the excerpt begins"));
        let Some(mut says) = world.says() else { continue };
        says.vote.leader = leader;
        for voter in voters.iter().copied().filter(|voter| *voter != me) {
            says.state = match state {
                ServerState::Leading => ServerState::Looking,
                _ if voter == leader => ServerState::Leading,
                _ => ServerState::Following,
            };
            world.hear(voter, says);
        }
        while world.is_looking() && world.run_main().is_some() {}
        if world.is_looking() {
            world.feed(Input::Timer(Timer::FinalizeWait));
        }
        if world.state() == Some(state) {
            world.forgive_own_votes();
            found.push(world);
        }
    }
    found
}

impl World {
    /// Begins where no line has shown how it came there: in the round that its first vote shows.
    pub(super) fn join_midway(&mut self, context: &Context<'_>) {
        self.forgive_own_votes();
        if let Some(said) = context.first_own_vote() {
            self.join_round(said.round);
        }
    }

    /// Brings an election that was begun in the dark to the round that is told.
    fn join_round(&mut self, round: Round) {
        let me = self.config.sid;
        let other = self.config.verifier.voters().find(|sid| *sid != me);
        if let Some(other) = other
            && self.says().is_some_and(|says| says.round < round)
        {
            // Somebody with nothing has come further.
            let vote = Vote { leader: other, zxid: Zxid::ZERO, peer_epoch: Epoch(-1) };
            self.hear(other, Notification { state: ServerState::Looking, vote, round });
            while self.is_looking() && self.run_main().is_some() {}
            self.forgive_own_votes();
        }
    }

    /// Ends a role whose end the excerpt does not show.
    fn end_role(&mut self, context: &Context<'_>) -> Result<(), String> {
        if let Some(zxid) = context.last_logged() {
            self.advance(zxid, context)?;
        }
        self.record.assume("its role ended in a part that the excerpt leaves out".to_owned());
        if self.state() == Some(ServerState::Leading) {
            self.lose_quorum(&[]);
        } else if self.has_leader_conn() {
            self.leader_gone();
        } else {
            self.run_main();
            self.feed(Input::Timer(Timer::ConnectBudget));
        }
        Ok(())
    }

    /// A leader's learners go, all but `kept`, until it gives up.
    pub(super) fn lose_quorum(&mut self, kept: &[Sid]) -> Vec<Decision> {
        let mut decisions = Vec::new();
        for sid in self.learners() {
            if !kept.contains(&sid) {
                decisions.extend(self.learner_gone(sid));
            } else {
                decisions
                    .extend(self.learner_sends(sid, Packet::Ping { zxid: Zxid::ZERO, touched: Vec::new() }));
            }
        }
        for _ in 0..2 {
            decisions.extend(self.feed(Input::Timer(Timer::HalfTick)));
        }
        if self.phase() != Some(Phase::Leaving) {
            decisions.extend(self.feed(Input::Timer(Timer::LeaderWait)));
        }
        decisions
    }
}
