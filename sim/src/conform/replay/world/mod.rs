//! One server under an observed schedule: its machine, its disk, and the outside as far as its log shows it.

mod files;
mod links;
mod quorum_port;

use super::boot::Said;
use super::record::{Record, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use zablab_protocol::{
    Config, ConnId, Decision, DiskOp, Epoch, Exit, Input, Millis, Notification, Output, Packet, Peer, Phase,
    Port, ServerState, Sid, Status, Storage, SyncMode, SyncRule, Task, Vote, Writer, Zxid,
};

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
                Output::Disk { writer, op } => done.extend(self.write(op).then_some(writer)),
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
            let says = answer(&status);
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
                self.record.add(Step::Looking);
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
            Decision::Serving { .. } => self.course.served = true,
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

    pub(super) fn status(&self) -> Option<Status> {
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
        self.status().as_ref().map(answer)
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
}

/// What a server answers to a LOOKING one.
fn answer(status: &Status) -> Notification {
    Notification { state: status.state, vote: status.vote, round: status.round }
}

pub(super) fn is_elected(decision: &Decision) -> bool {
    matches!(decision, Decision::Elected { .. })
}
