//! One server under an observed schedule: its machine, its disk, and the outside as far as its log shows it.

use super::boot::Said;
use super::context::Context;
use super::record::{Record, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use zablab_protocol::{
    Config, ConnId, Decision, DiskOp, Epoch, Exit, Input, Millis, Notification, Output, Packet, Peer, Phase,
    Port, ServerState, Sid, Snapshot, SnapshotFile, Storage, SyncMode, SyncRule, Task, Timer, Vote, Writer,
    Zxid,
};

/// How long a server's own vote may be on its way back to it, ms.
const OWN_VOTE: i64 = 3_000;

/// No setting is larger, ms or ticks.
const MOST_SET: u64 = 1_000_000_000;
/// What happens at one moment, ms.
const JUST: i64 = 200;

/// What the leader chose for one learner, as its lines tell it one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) mode: SyncMode,
    pub(super) rule: SyncRule,
    pub(super) zxid: Zxid,
    pub(super) peer: Zxid,
    pub(super) last: Zxid,
    pub(super) min: Zxid,
    pub(super) max: Zxid,
    /// `Synchronizing with Learner` has been seen.
    pub(super) told: bool,
}

/// What happened in the role that lasts, or since the last one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Course {
    /// What a learner had when it said who it is.
    pub(super) had: Zxid,
    /// No line shows the leader's epoch.
    pub(super) guessed: bool,
    /// UPTODATE came, or a quorum of supporters.
    pub(super) served: bool,
    /// The synchronization that was fed, and whether its line has been seen.
    pub(super) synced: Option<(SyncMode, Zxid, bool)>,
    /// NEWLEADER was fed.
    pub(super) new_leader: bool,
    /// `lastQueued` of `Learner.syncWithLeader`.
    pub(super) stream: Option<Zxid>,
    /// Proposals of the stream whose COMMIT has not come.
    pub(super) uncommitted: Vec<Zxid>,
    /// `lastQueued` of `Follower.processPacket`.
    pub(super) broadcast: Option<Zxid>,
    /// The label of the snapshot that the main thread wrote last, until its line is seen.
    pub(super) snapshot: Option<Zxid>,
    /// Leader: what was chosen for each learner.
    pub(super) chosen: BTreeMap<Sid, Chosen>,
    /// Leader: `Sending snapshot`, (last of peer, last proposed, label).
    pub(super) snapped: BTreeMap<Sid, (Zxid, Zxid, Zxid)>,
    /// Leader: which handler thread serves whom.
    pub(super) handlers: BTreeMap<u32, Sid>,
    /// Leader: who has answered LEADERINFO.
    pub(super) acked: BTreeSet<Sid>,
    /// Leader: whose stream has gone out.
    pub(super) settled: BTreeSet<Sid>,
    /// Leader: `Have quorum of supporters`.
    pub(super) supporters: Option<(Vec<Sid>, Zxid)>,
}

/// A candidate for what the server was at a line of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct World {
    pub(super) peer: Option<Peer>,
    pub(super) config: Arc<Config>,
    pub(super) disk: Storage,
    links: BTreeMap<Sid, ConnId>,
    handshakes: Vec<ConnId>,
    /// Connection requests that were taken for granted before their line.
    early_requests: u32,
    dialling: BTreeSet<Sid>,
    dials_leader: bool,
    leader_conn: Option<ConnId>,
    learners: BTreeMap<Sid, ConnId>,
    /// Its own votes on their way back to it, whose lines are due, and since when.
    own_votes: Vec<(Notification, Option<i64>)>,
    /// The election that began, until its line is seen.
    pub(super) new_election: Option<Zxid>,
    /// The vote of its last election that ended, or its own at its start.
    settled: Option<Vote>,
    /// The one before.
    before: Option<Vote>,
    /// When the process started.
    started: Option<i64>,
    /// When a vote of its own came back last.
    came_back: Option<i64>,
    /// Files of the log that were begun, less snapshots that were taken beside.
    rolls: i8,
    /// currentEpoch before it was written last, as long as no line shows that the write was done.
    pub(super) unproven: Option<Option<Epoch>>,
    /// A write of its log has failed: what it holds at its end may not be there.
    pub(super) log_failed: bool,
    pub(super) course: Course,
    pub(super) exit: Option<Exit>,
    /// A file of the log was begun with this record, until its line is seen.
    pub(super) new_file: Option<Zxid>,
    pub(super) record: Record,
    /// What the lines of a start have said so far.
    pub(super) said: Said,
    /// The disk is that of an earlier start in this log.
    pub(super) known: bool,
    /// No line has shown how it came to be what it is.
    pub(super) unseen: bool,
}

impl World {
    /// A server that does not run, with this disk.
    pub(super) fn down(config: Arc<Config>, disk: Storage) -> World {
        World {
            peer: None,
            config,
            disk,
            links: BTreeMap::new(),
            handshakes: Vec::new(),
            early_requests: 0,
            dialling: BTreeSet::new(),
            dials_leader: false,
            leader_conn: None,
            learners: BTreeMap::new(),
            own_votes: Vec::new(),
            new_election: None,
            settled: None,
            before: None,
            started: None,
            came_back: None,
            rolls: 0,
            unproven: None,
            log_failed: false,
            course: Course::default(),
            exit: None,
            new_file: None,
            record: Record::default(),
            said: Said::default(),
            known: false,
            unseen: false,
        }
    }

    /// The process ends; its disk stays.
    pub(super) fn kill(&mut self) {
        let record = std::mem::take(&mut self.record);
        let disk = std::mem::take(&mut self.disk);
        let unproven = self.unproven;
        *self = World { record, unproven, known: true, ..World::down(self.config.clone(), disk) };
    }

    /// The process starts, up to its first election.
    pub(super) fn boot(&mut self) -> Vec<Decision> {
        let mut out = Vec::new();
        self.started = self.record.now().time;
        self.peer = Some(Peer::boot(self.config.clone(), Millis(0), &self.disk, &mut out));
        self.carry_out(out)
    }

    /// Feeds one input, and carries out what comes of it.
    pub(super) fn feed(&mut self, input: Input) -> Vec<Decision> {
        let mut out = Vec::new();
        if let Some(peer) = &mut self.peer {
            peer.step(input, Millis(0), &self.disk, &mut out);
        }
        self.carry_out(out)
    }

    /// The same with another disk to read: file sizes are not known.
    pub(super) fn feed_reading(&mut self, input: Input, disk: &Storage) -> Vec<Decision> {
        let mut out = Vec::new();
        if let Some(peer) = &mut self.peer {
            peer.step(input, Millis(0), disk, &mut out);
        }
        self.carry_out(out)
    }

    /// Writes take no time: no line depends on how long they take.
    fn carry_out(&mut self, out: Vec<Output>) -> Vec<Decision> {
        let mut decisions = Vec::new();
        let mut done: Vec<Writer> = Vec::new();
        for output in out {
            match output {
                Output::Connect { port: Port::Election, to } => {
                    self.dialling.insert(to);
                }
                Output::Connect { .. } => self.dials_leader = true,
                Output::Abandon { port: Port::Election, to } => {
                    self.dialling.remove(&to);
                }
                Output::Abandon { .. } => self.dials_leader = false,
                Output::Send { packet: Packet::AckEpoch { zxid, .. }, .. } => self.course.had = zxid,
                Output::Close { conn } => self.forget(conn),
                Output::Disk { writer, op } => {
                    if self.write(op) {
                        done.push(writer);
                    }
                }
                Output::Decided(decision) => {
                    self.note(&decision);
                    decisions.push(decision);
                }
                Output::Exit(exit) => self.exit = Some(exit),
                _ => {}
            }
        }
        if let Some(status) = self.status() {
            if self.settled.is_none()
                || status.state != ServerState::Looking && self.settled != Some(status.vote)
            {
                self.before = self.settled.replace(status.vote);
            }
            let settled = self.settled.unwrap_or(status.vote);
            let says = Notification { state: status.state, vote: status.vote, round: status.round };
            self.record.says(says, Notification { vote: settled, ..says });
        }
        for writer in done {
            decisions.extend(self.feed(Input::DiskDone(writer)));
        }
        decisions
    }

    fn forget(&mut self, conn: ConnId) {
        self.links.retain(|_, open| *open != conn);
        self.learners.retain(|_, open| *open != conn);
        self.handshakes.retain(|open| *open != conn);
        if self.leader_conn == Some(conn) {
            self.leader_conn = None;
        }
    }

    /// Makes a change to the disk; whether its writer waits for it.
    fn write(&mut self, op: DiskOp) -> bool {
        match op {
            DiskOp::Append { txn } => {
                let (files, zxid) = (self.disk.log.files().len(), txn.zxid);
                self.disk.log.append(txn);
                if self.disk.log.files().len() > files {
                    self.new_file = Some(zxid);
                }
                return false;
            }
            DiskOp::Roll => {
                self.disk.log.roll();
                return false;
            }
            DiskOp::AcceptedEpoch { epoch } => self.disk.accepted_epoch = Some(epoch),
            DiskOp::CurrentEpoch { epoch } => {
                self.unproven = Some(self.disk.current_epoch.replace(epoch));
            }
            DiskOp::Snapshot { file, .. } => {
                self.course.snapshot = Some(file.snapshot.zxid);
                self.disk.add_snapshot(file);
            }
            DiskOp::Truncate { zxid } => {
                self.disk.truncate(zxid);
            }
            DiskOp::SnapshotPart { .. } | DiskOp::Sync => {}
        }
        true
    }

    /// What the log will tell of later, and what others compare with.
    fn note(&mut self, decision: &Decision) {
        self.record.decided(decision);
        match decision {
            Decision::NewElection { vote, .. } => {
                let own = Zxid(self.peer.as_ref().map_or(vote.zxid.0, |peer| peer.status().last_processed.0));
                self.new_election = Some(own);
                self.record.add(Step::Looking { zxid: own, current: vote.peer_epoch });
                self.course = Course::default();
                self.learners.clear();
            }
            Decision::Heard { from, notification, .. } if *from == self.config.sid => {
                self.own_vote_goes(*notification);
            }
            Decision::Elected { state, vote, round, .. } => {
                self.course = Course::default();
                self.record.add(Step::Elected { state: *state, leader: vote.leader, round: *round });
            }
            Decision::EpochAccepted { epoch } | Decision::EpochAcceptedBefore { epoch } => {
                let leader = self.status().and_then(|status| status.leader);
                self.record.add(Step::Accepted { leader, epoch: *epoch, told: !self.course.guessed });
            }
            Decision::EpochChosen { epoch, .. } => {
                let leader = Some(self.config.sid);
                self.record.add(Step::Accepted { leader, epoch: *epoch, told: true });
            }
            Decision::SyncChosen {
                learner,
                mode,
                rule,
                zxid,
                peer_last,
                last_processed,
                min_committed,
                max_committed,
                ..
            } => {
                let (peer, last) = (*peer_last, *last_processed);
                let (min, max) = (*min_committed, *max_committed);
                let chosen =
                    Chosen { mode: *mode, rule: *rule, zxid: *zxid, peer, last, min, max, told: false };
                self.course.chosen.insert(*learner, chosen);
                self.record.add(Step::Sent { to: *learner, mode: *mode, zxid: *zxid, peer });
            }
            Decision::SnapshotSent { learner, peer_last, last_proposed, zxid } => {
                self.course.snapped.insert(*learner, (*peer_last, *last_proposed, *zxid));
                self.record.add(Step::SentSnapshot { to: *learner, zxid: *zxid });
            }
            Decision::Synced { mode, zxid, leader } => {
                let last = self.course.had;
                self.record.add(Step::Synced { leader: *leader, mode: *mode, zxid: *zxid, last });
            }
            Decision::NewLeaderAcked { epoch } => {
                let leader = self.status().and_then(|status| status.leader);
                self.record.add(Step::Acked { leader, epoch: *epoch });
            }
            Decision::Supporters { sids, zxid } => {
                self.course.supporters = Some((sids.clone(), *zxid));
                self.record.add(Step::Supported { by: sids.clone(), epoch: zxid.epoch() });
            }
            Decision::Serving { epoch } => {
                self.course.served = true;
                self.record.add(Step::Serving { epoch: *epoch });
            }
            Decision::GaveUp { state, .. } => self.record.add(Step::GaveUp { state: *state }),
            _ => {}
        }
    }

    /// A handle that is free.
    fn free_conn(&self) -> ConnId {
        let taken = |id: u32| {
            let conn = ConnId(id);
            self.links
                .values()
                .chain(self.learners.values())
                .chain(&self.handshakes)
                .any(|open| *open == conn)
                || self.leader_conn == Some(conn)
        };
        ConnId((0..u32::MAX).find(|id| !taken(*id)).unwrap_or(u32::MAX))
    }

    // --- what it is ---

    /// Whether the process has run for so long, ms.
    pub(super) fn runs_for(&self, now: Option<i64>, least: i64) -> bool {
        self.peer.is_some() && self.started.zip(now).is_some_and(|(since, now)| now - since > least)
    }

    pub(super) fn status(&self) -> Option<zablab_protocol::Status> {
        self.peer.as_ref().map(Peer::status)
    }

    pub(super) fn state(&self) -> Option<ServerState> {
        self.status().map(|status| status.state)
    }

    pub(super) fn phase(&self) -> Option<Phase> {
        self.peer.as_ref().map(Peer::phase)
    }

    pub(super) fn is_looking(&self) -> bool {
        self.phase() == Some(Phase::Election)
    }

    /// lastProcessedZxid.
    pub(super) fn processed(&self) -> Zxid {
        self.status().map_or(Zxid::ZERO, |status| status.last_processed)
    }

    /// The newest transaction that it has, in memory or on disk.
    pub(super) fn logged(&self) -> Zxid {
        let disk = self.disk.last().unwrap_or(Zxid::ZERO);
        if self.peer.is_some() { self.processed().max(disk) } else { disk }
    }

    pub(super) fn leader(&self) -> Option<Sid> {
        self.status().and_then(|status| status.leader)
    }

    /// What it would answer to a LOOKING server.
    pub(super) fn says(&self) -> Option<Notification> {
        let status = self.status()?;
        Some(Notification { state: status.state, vote: status.vote, round: status.round })
    }

    fn is_ready(&self, task: Task) -> bool {
        self.peer.as_ref().is_some_and(|peer| peer.ready().contains(&task))
    }

    // --- what nobody logs ---

    /// The main thread's next step, if it has one.
    pub(super) fn run_main(&mut self) -> Option<Vec<Decision>> {
        self.is_ready(Task::Main).then(|| self.feed(Input::Run(Task::Main)))
    }

    /// All that the main thread of a learner can do with what has come.
    pub(super) fn run_learner(&mut self) -> Vec<Decision> {
        let mut all = Vec::new();
        while !self.is_looking() && self.phase() != Some(Phase::Leaving) {
            self.run_writers(&mut all);
            match self.run_main() {
                Some(decisions) => all.extend(decisions),
                None => break,
            }
        }
        self.run_writers(&mut all);
        all
    }

    /// The log writer and the commit applier, until they have nothing left to do.
    pub(super) fn run_writers(&mut self, all: &mut Vec<Decision>) {
        loop {
            let task = [Task::Log, Task::Commit].into_iter().find(|task| self.is_ready(*task));
            let Some(task) = task else { break };
            all.extend(self.feed(Input::Run(task)));
        }
    }

    /// This world, and those in which more of what it has heard has been looked at, up to where a line would tell of it.
    pub(super) fn after_looking(&self) -> Vec<World> {
        let mut all = vec![self.clone()];
        let mut world = self.clone();
        while world.is_looking() {
            match world.run_main() {
                Some(decisions) if !decisions.iter().any(is_elected) => all.push(world.clone()),
                _ => break,
            }
        }
        all
    }

    /// A setting that the log names.
    pub(super) fn set(&mut self, key: &str, value: i64) {
        let mut config = (*self.config).clone();
        let settings = &mut config.settings;
        let number = u64::try_from(value).unwrap_or(0).min(MOST_SET);
        match key {
            "tickTime" => settings.tick_time = number,
            "initLimit" => settings.init_limit = number,
            "syncLimit" => settings.sync_limit = number,
            "connectToLearnerMasterLimit" => settings.connect_to_learner_master_limit = number,
            "commitLogCount" => settings.commit_log_count = usize::try_from(value).unwrap_or(500),
            "snapshotSizeFactor" => settings.snapshot_size_factor = value,
            "minNotificationInterval" => settings.min_notification_interval = number,
            "maxNotificationInterval" => settings.max_notification_interval = number,
            "maxTimeToWaitForEpoch" => settings.max_time_to_wait_for_epoch = u64::try_from(value).ok(),
            _ => return,
        }
        if config != *self.config {
            self.config = Arc::new(config);
        }
    }

    /// The log writer has rolled the log, and a thread of its own takes a snapshot: when, is drawn.
    pub(super) fn snapshot_thread(&mut self, zxid: Zxid) -> Result<(), String> {
        if zxid > self.processed() {
            return Err(format!("the model has applied {}, no more", self.processed()));
        }
        self.rolls -= 1;
        let snapshot = Snapshot { zxid, whole_from: zxid, ..Snapshot::default() };
        self.disk.add_snapshot(SnapshotFile { snapshot: Arc::new(snapshot), from_leader: false });
        Ok(())
    }

    /// The next file of the log begins with this record: after a start or a cut, or because the writer has rolled it.
    pub(super) fn begins_file(&mut self, zxid: Zxid, context: &Context<'_>) -> Result<(), String> {
        if self.new_file.is_none() && self.disk.log.files().is_empty() {
            self.log_up_to(zxid, context)?;
        }
        if let Some(model) = self.new_file.take() {
            return match model == zxid {
                true => Ok(()),
                false => Err(format!("the model's new file of the log begins with {model}")),
            };
        }
        let before = Zxid(zxid.0.saturating_sub(1));
        if self.disk.log.last() == Some(zxid)
            && self.disk.log.files().last().is_some_and(|file| file.name != zxid)
        {
            // It was logged before the line of its file was seen.
            let cut = self.disk.log.truncate(before);
            cut.into_iter().for_each(|txn| self.disk.log.append(txn));
            self.rolls += 1;
            return if self.rolls > 1 { Err("no snapshot was taken".to_owned()) } else { Ok(()) };
        }
        if before > self.position() && !before.is_new_epoch() {
            self.log_up_to(before, context)?;
        }
        if self.log_failed && self.position() >= zxid {
            self.disk.truncate(before);
            self.log_failed = false;
        }
        if self.disk.log.last().is_some_and(|last| last >= zxid) {
            return Err(format!("the model has {} in its log, in the file before", self.position()));
        }
        let rolled = self.disk.log.is_rolled();
        if !rolled {
            self.disk.log.roll();
            self.rolls += 1;
            if self.rolls > 1 {
                return Err("the model's log writer begins no new file: no snapshot was taken".to_owned());
            }
        }
        self.log_up_to(zxid, context)?;
        match self.new_file.take() {
            Some(model) if model == zxid => Ok(()),
            Some(model) => Err(format!("the model's new file of the log begins with {model}")),
            None => Err("the model begins no new file of the log".to_owned()),
        }
    }

    // --- the election port ---

    /// Somebody connected.
    pub(super) fn connection_request(&mut self) {
        if self.early_requests > 0 {
            self.early_requests -= 1;
            return;
        }
        let conn = self.free_conn();
        self.handshakes.push(conn);
        self.feed(Input::Accepted { conn, port: Port::Election });
    }

    fn handshake(&mut self) -> ConnId {
        match self.handshakes.first() {
            Some(conn) => *conn,
            None => {
                self.early_requests += 1;
                let conn = self.free_conn();
                self.handshakes.push(conn);
                self.feed(Input::Accepted { conn, port: Port::Election });
                conn
            }
        }
    }

    /// Makes sure that a link with `sid` stands, by what must have happened unseen.
    fn link(&mut self, sid: Sid) -> Option<ConnId> {
        if let Some(conn) = self.links.get(&sid) {
            return Some(*conn);
        }
        if sid < self.config.sid {
            if !self.dialling.contains(&sid) {
                let conn = self.handshake();
                self.handshakes.retain(|open| *open != conn);
                self.feed(Input::Received { conn, packet: Packet::Hello { sid } });
            }
            if !self.dialling.remove(&sid) {
                return None;
            }
            let conn = self.free_conn();
            self.links.insert(sid, conn);
            self.feed(Input::Connected { port: Port::Election, to: sid, conn });
        } else {
            let conn = self.handshake();
            self.handshakes.retain(|open| *open != conn);
            self.links.insert(sid, conn);
            self.feed(Input::Received { conn, packet: Packet::Hello { sid } });
        }
        self.links.get(&sid).copied()
    }

    /// A notification comes from another server.
    pub(super) fn hear(&mut self, from: Sid, said: Notification) -> Vec<Decision> {
        let Some(conn) = self.link(from) else { return Vec::new() };
        self.feed(Input::Received { conn, packet: Packet::Notification(said) })
    }

    /// In an order of their own: worlds that differ in it alone are one.
    fn own_vote_goes(&mut self, said: Notification) {
        let key = |said: &Notification| (said.round, said.vote.peer_epoch, said.vote.zxid, said.vote.leader);
        let at = self.own_votes.partition_point(|(due, _)| key(due) <= key(&said));
        self.own_votes.insert(at, (said, self.record.now().time));
    }

    /// The line of its own vote; whether one was due.
    pub(super) fn own_vote(&mut self, said: Notification, my_state: Option<ServerState>) -> bool {
        // It is FOLLOWING before its new vote is its current one (`QuorumPeer.setCurrentVote`): for that moment it
        // answers with the vote before, and the round of that.
        let early = |due: &Notification| {
            due.state != ServerState::Looking && due.state == said.state && self.before == Some(said.vote)
        };
        let exact = self.own_votes.iter().position(|due| due.0 == said);
        let now = self.record.now().time;
        let Some(at) = exact.or_else(|| self.own_votes.iter().position(|due| early(&due.0))) else {
            // Its last vote came back just as it left the election: it was logged before, and answered behind that.
            let just = self.came_back.zip(now).is_none_or(|(since, now)| now - since <= JUST);
            let status = self.status();
            return just
                && status.is_some_and(|status| {
                    status.state == said.state
                        && said.state != ServerState::Looking
                        && (status.vote == said.vote || self.before == Some(said.vote))
                });
        };
        self.came_back = now;
        self.own_votes.remove(at);
        // It has left the election meanwhile, and answers itself.
        if said.state == ServerState::Looking
            && my_state.is_some_and(|state| state != ServerState::Looking)
            && let Some(says) = self.says()
        {
            self.own_vote_goes(says);
        }
        true
    }

    /// A vote of its own whose line should have come by now.
    pub(super) fn overdue(&self, now: Option<i64>) -> Option<Notification> {
        let late = |since: &Option<i64>| since.zip(now).is_some_and(|(since, now)| now - since > OWN_VOTE);
        self.own_votes.iter().find(|(_, since)| late(since)).map(|(said, _)| *said)
    }

    /// Lines of its own votes may be left out by an excerpt.
    pub(super) fn forgive_own_votes(&mut self) {
        self.own_votes.iter_mut().for_each(|(_, since)| *since = None);
    }

    pub(super) fn cannot_open(&mut self, to: Sid, unanswered: bool) -> bool {
        if !self.dialling.contains(&to) {
            return false;
        }
        let input = if unanswered {
            Input::Timer(Timer::ElectionConnect(to))
        } else {
            Input::ConnectFailed { port: Port::Election, to }
        };
        self.dialling.remove(&to);
        self.feed(input);
        true
    }

    /// It reached a server with a larger sid, which is to call back.
    pub(super) fn dropped(&mut self, to: Sid) -> bool {
        if !self.dialling.remove(&to) {
            return false;
        }
        let conn = self.free_conn();
        self.feed(Input::Connected { port: Port::Election, to, conn });
        true
    }

    /// A link broke; whether there was one.
    pub(super) fn broken(&mut self, with: Sid) -> bool {
        let Some(conn) = self.links.get(&with).copied() else { return false };
        self.feed(Input::Closed { conn });
        self.links.remove(&with);
        true
    }

    // --- a learner ---

    /// It reaches the leader.
    pub(super) fn reach_leader(&mut self) -> Vec<Decision> {
        let Some(leader) = self.leader() else { return Vec::new() };
        let conn = self.free_conn();
        self.dials_leader = false;
        self.leader_conn = Some(conn);
        self.feed(Input::Connected { port: Port::Quorum, to: leader, conn })
    }

    pub(super) fn cannot_reach_leader(&mut self) -> Vec<Decision> {
        let Some(leader) = self.leader() else { return Vec::new() };
        self.dials_leader = false;
        self.feed(Input::ConnectFailed { port: Port::Quorum, to: leader })
    }

    pub(super) fn dials_leader(&self) -> bool {
        self.dials_leader
    }

    pub(super) fn has_leader_conn(&self) -> bool {
        self.leader_conn.is_some()
    }

    /// A packet of the leader's, and all that comes of it.
    pub(super) fn from_leader(&mut self, packet: Packet) -> Vec<Decision> {
        let Some(conn) = self.leader_conn else { return Vec::new() };
        let mut decisions = self.feed(Input::Received { conn, packet });
        decisions.extend(self.run_learner());
        decisions
    }

    /// The leader's end of the connection is gone.
    pub(super) fn leader_gone(&mut self) -> Vec<Decision> {
        let Some(conn) = self.leader_conn else { return Vec::new() };
        let mut decisions = self.feed(Input::Closed { conn });
        decisions.extend(self.run_learner());
        decisions
    }

    // --- a leader ---

    pub(super) fn learner(&self, sid: Sid) -> Option<ConnId> {
        self.learners.get(&sid).copied()
    }

    pub(super) fn learners(&self) -> Vec<Sid> {
        self.learners.keys().copied().collect()
    }

    /// A learner connects, and says who it is.
    pub(super) fn learner_arrives(&mut self, sid: Sid, packet: Packet) -> Vec<Decision> {
        let conn = self.free_conn();
        self.learners.insert(sid, conn);
        self.course.chosen.remove(&sid);
        self.course.snapped.remove(&sid);
        let mut decisions = self.feed(Input::Accepted { conn, port: Port::Quorum });
        decisions.extend(self.from_learner(sid, packet));
        decisions
    }

    /// A packet of a learner's, and its handler's step.
    pub(super) fn from_learner(&mut self, sid: Sid, packet: Packet) -> Vec<Decision> {
        let Some(conn) = self.learner(sid) else { return Vec::new() };
        let mut decisions = self.feed(Input::Received { conn, packet });
        decisions.extend(self.run_handler(sid));
        decisions
    }

    /// A learner's connection is gone.
    pub(super) fn learner_gone(&mut self, sid: Sid) -> Vec<Decision> {
        let Some(conn) = self.learner(sid) else { return Vec::new() };
        let mut decisions = self.feed(Input::Closed { conn });
        while self.learner(sid) == Some(conn) && self.is_ready(Task::Handler(conn)) {
            decisions.extend(self.feed(Input::Run(Task::Handler(conn))));
        }
        self.learners.remove(&sid);
        decisions
    }

    /// One step of a handler.
    pub(super) fn run_handler(&mut self, sid: Sid) -> Vec<Decision> {
        match self.learner(sid) {
            Some(conn) if self.is_ready(Task::Handler(conn)) => self.feed(Input::Run(Task::Handler(conn))),
            _ => Vec::new(),
        }
    }

    /// All steps that a handler can do.
    pub(super) fn settle_handler(&mut self, sid: Sid) {
        while let Some(conn) = self.learner(sid).filter(|conn| self.is_ready(Task::Handler(*conn))) {
            self.feed(Input::Run(Task::Handler(conn)));
        }
    }

    /// The same with another disk to read.
    pub(super) fn run_handler_reading(&mut self, sid: Sid, disk: &Storage) -> Vec<Decision> {
        match self.learner(sid) {
            Some(conn) if self.is_ready(Task::Handler(conn)) => {
                self.feed_reading(Input::Run(Task::Handler(conn)), disk)
            }
            _ => Vec::new(),
        }
    }
}

pub(super) fn is_elected(decision: &Decision) -> bool {
    matches!(decision, Decision::Elected { .. })
}
