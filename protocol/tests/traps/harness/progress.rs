//! What happens next: tasks, disks, dials and packets, and what of them a test holds back.

use super::*;

/// Something that can happen without a timer.
#[derive(Clone, Copy, Debug)]
enum Step {
    Task(Sid, Task),
    Disk(Sid, Writer),
    Dial,
    /// The next packet to one side of a link.
    Packet(usize, usize),
}

impl Cluster {
    /// Stops packets between two servers from the first that matches on.
    pub(crate) fn hold_packets(&mut self, from: Sid, to: Sid, which: Which<Packet>) {
        self.held_packets.push((from, to, which));
    }

    /// Keeps matching changes of the disk under way.
    pub(crate) fn hold_disk(&mut self, sid: Sid, which: Which<DiskOp>) {
        self.held_disks.push((sid, which));
    }

    /// Keeps matching tasks from running.
    pub(crate) fn hold_task(&mut self, sid: Sid, which: Which<Task>) {
        self.held_tasks.push((sid, which));
    }

    pub(crate) fn release_packets(&mut self, from: Sid, to: Sid) {
        self.held_packets.retain(|held| (held.0, held.1) != (from, to));
    }

    pub(crate) fn release_disk(&mut self, sid: Sid) {
        self.held_disks.retain(|held| held.0 != sid);
    }

    pub(crate) fn release_task(&mut self, sid: Sid) {
        self.held_tasks.retain(|held| held.0 != sid);
    }

    /// Runs one step of a task that is owed one, held or not.
    pub(crate) fn run_task(&mut self, sid: Sid, task: Task) {
        assert!(self.node(sid).owed.remove(&task), "{sid} owes {task:?} a run");
        self.step(sid, Input::Run(task));
    }

    /// Whether a server is owed a run of a task.
    pub(crate) fn owes(&self, sid: Sid, task: Task) -> bool {
        self.nodes[&sid].owed.contains(&task)
    }

    fn complete(&mut self, sid: Sid, writer: Writer) {
        let node = self.node(sid);
        let (op, length) = node.under_way.remove(&writer).expect("a change is under way");
        match &op {
            DiskOp::Sync => node.durable = node.durable.max(length),
            DiskOp::AcceptedEpoch { epoch } => node.disk.accepted_epoch = Some(*epoch),
            DiskOp::CurrentEpoch { epoch } => node.disk.current_epoch = Some(*epoch),
            DiskOp::Snapshot { file, .. } => node.disk.add_snapshot(file.clone()),
            DiskOp::Truncate { zxid } => {
                node.disk.truncate(*zxid);
                node.durable = node.durable.min(node.disk.log.txns().len());
            }
            DiskOp::Append { .. } | DiskOp::Roll | DiskOp::SnapshotPart { .. } => {}
        }
        self.events.push((sid, Event::Done(op)));
        self.step(sid, Input::DiskDone(writer));
    }

    /// Completes the one change that a server has under way, held or not; `None` if there is none.
    pub(crate) fn complete_next(&mut self, sid: Sid) -> Option<DiskOp> {
        let (writer, (op, _)) = self.nodes[&sid].under_way.first_key_value()?;
        let (writer, op) = (*writer, op.clone());
        self.complete(sid, writer);
        Some(op)
    }

    /// The change that a writer has under way fails, held or not. What was appended stays.
    pub(crate) fn fail_disk(&mut self, sid: Sid, writer: Writer) {
        while !self.nodes[&sid].under_way.contains_key(&writer) {
            assert!(self.advance(), "{sid} writes");
        }
        self.node(sid).under_way.remove(&writer);
        self.step(sid, Input::DiskFailed(writer));
    }

    /// What of the log is not synced is gone, without a crash.
    pub(crate) fn lose_unsynced(&mut self, sid: Sid) {
        let node = self.node(sid);
        node.disk.log.keep_first(node.durable);
    }

    /// Everything that can happen without a timer and is not held: tasks first, then disks, dials, packets.
    fn enabled(&self) -> impl Iterator<Item = Step> + '_ {
        let tasks = self.nodes.iter().flat_map(|(sid, node)| {
            let held = |task: &Task| self.held_tasks.iter().any(|h| h.0 == *sid && (h.1)(task));
            node.owed.iter().filter(move |task| !held(task)).map(|task| Step::Task(*sid, *task))
        });
        let disks = self.nodes.iter().flat_map(|(sid, node)| {
            let held = |op: &DiskOp| self.held_disks.iter().any(|h| h.0 == *sid && (h.1)(op));
            let free = node.under_way.iter().filter(move |(_, (op, _))| !held(op));
            free.map(|(writer, _)| Step::Disk(*sid, *writer))
        });
        let dial = (!self.dials.is_empty()).then_some(Step::Dial);
        let packets = self.links.iter().enumerate().flat_map(move |(at, link)| {
            let may = move |side: &usize| match link.ends[*side].inbound.front() {
                Some(Item::Packet(packet)) => {
                    let (from, to) = (link.ends[1 - side].sid, link.ends[*side].sid);
                    let mut held = self.held_packets.iter();
                    !held.any(|held| (held.0, held.1) == (from, to) && (held.2)(packet))
                }
                Some(Item::Fin) => true,
                None => false,
            };
            (0..2).filter(may).map(move |side| Step::Packet(at, side))
        });
        tasks.chain(disks).chain(dial).chain(packets)
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Task(sid, task) => self.run_task(sid, task),
            Step::Disk(sid, writer) => self.complete(sid, writer),
            Step::Dial => {
                if let Some((from, port, to)) = self.dials.pop_front() {
                    self.answer_dial(from, port, to);
                }
            }
            Step::Packet(at, side) => self.deliver(at, side),
        }
    }

    /// One thing that can happen without a timer happens: the first there is.
    fn advance(&mut self) -> bool {
        let next = self.enabled().next();
        next.inspect(|step| self.take(*step)).is_some()
    }

    /// As many things happen as there are picks, each the one that is picked from all that can.
    pub(crate) fn run_some(&mut self, picks: &[u16]) {
        for pick in picks {
            let enabled: Vec<Step> = self.enabled().collect();
            let Some(last) = enabled.len().checked_sub(1) else { return };
            self.take(enabled[usize::from(*pick) % (last + 1)]);
        }
    }

    /// Everything that needs no timer happens, except what is held.
    pub(crate) fn run(&mut self) {
        for _ in 0..100_000 {
            if !self.advance() {
                return;
            }
        }
        panic!("the ensemble does not come to rest");
    }

    /// The same, with the short timers: the end of finalizeWait, and the next try to reach a leader.
    pub(crate) fn settle(&mut self) {
        for _ in 0..1000 {
            self.run();
            let armed = |timer| self.nodes.iter().find(|(_, node)| node.timers.contains_key(&timer));
            let due = [Timer::FinalizeWait, Timer::ConnectRetry]
                .into_iter()
                .find_map(|timer| armed(timer).map(|(sid, _)| (*sid, timer)));
            match due {
                Some((sid, timer)) => self.fire(sid, timer),
                None => return,
            }
        }
        panic!("the ensemble does not settle");
    }

    /// How long an armed timer was set for.
    pub(crate) fn armed(&self, sid: Sid, timer: Timer) -> Option<Millis> {
        self.nodes[&sid].timers.get(&timer).copied()
    }

    /// An armed timer fires.
    pub(crate) fn fire(&mut self, sid: Sid, timer: Timer) {
        let armed = self.node(sid).timers.remove(&timer);
        assert!(armed.is_some(), "{sid}: {timer:?} is armed");
        self.step(sid, Input::Timer(timer));
    }

    /// The same, if it is armed.
    pub(crate) fn fire_if_armed(&mut self, sid: Sid, timer: Timer) {
        if self.armed(sid, timer).is_some() {
            self.fire(sid, timer);
            self.run();
        }
    }

    /// A client connected to this server asks for something; nothing runs yet.
    pub(crate) fn ask(&mut self, sid: Sid, op: Op) -> Origin {
        self.cxid += 1;
        let origin = Origin { session: SessionId(77), cxid: self.cxid };
        self.step(sid, Input::Client { origin, op });
        origin
    }

    /// The same, and everything that follows from it.
    pub(crate) fn client(&mut self, sid: Sid, op: Op) -> Origin {
        let origin = self.ask(sid, op);
        self.run();
        origin
    }
}
