//! The digest that stands for a run: every action, every effect and every time go into it, at every step.

use crate::ensemble::{Action, Effect, Ended, Loss, Part, Ports};
use crate::run::StepView;
use std::fmt;
use xxhash_rust::xxh3::xxh3_64_with_seed;
use zablab_protocol::{Decision, Exit, Millis, Task, Timer, Writer};

/// The digest of a run so far. Equal digests stand for equal runs; the algorithm is xxh3 over 64-bit little-endian
/// words, the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RunHash(u64);

/// The words of one step; the buffer is kept from step to step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words(Vec<u8>);

impl Words {
    fn add(&mut self, word: u64) {
        self.0.extend_from_slice(&word.to_le_bytes());
    }

    fn pair(&mut self, code: u64, high: u16, low: u64) {
        self.add(code << 56 | u64::from(high) << 40 | low & 0xff_ffff_ffff);
    }
}

impl RunHash {
    /// The digest of a run with this seed before its first step.
    pub fn new(seed: u64) -> RunHash {
        RunHash(xxh3_64_with_seed(b"zablab run 1", seed))
    }

    /// Adds a step.
    pub(crate) fn step(&mut self, at: u64, action: &Action, effects: &[Effect], words: &mut Words) {
        words.0.clear();
        words.add(at);
        add_action(words, action);
        effects.iter().for_each(|effect| add_effect(words, effect));
        self.0 = xxh3_64_with_seed(&words.0, self.0);
    }

    /// The first eight digits, as a moment's name carries them.
    pub fn short(self) -> String {
        format!("{:08x}", self.0 >> 32)
    }
}

/// Digests of single steps, whatever came before them.
#[derive(Debug, Default)]
pub(crate) struct Digests(Words);

impl Digests {
    /// Of a step, its time and its effects.
    pub(crate) fn of(&mut self, step: &StepView<'_>) -> u64 {
        let mut hash = RunHash(0);
        hash.step(step.moment.at, step.action, step.effects, &mut self.0);
        hash.0
    }
}

impl fmt::Display for RunHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

fn task_word(task: Task) -> u64 {
    match task {
        Task::Main => 0,
        Task::Log => 1,
        Task::Commit => 2,
        Task::Handler(conn) => 3 + u64::from(conn.0),
    }
}

fn timer_word(timer: Timer) -> u64 {
    let conn = |kind: u64, conn: zablab_protocol::ConnId| kind | u64::from(conn.0) << 8;
    match timer {
        Timer::Notification => 1,
        Timer::FinalizeWait => 2,
        Timer::ElectionConnect(sid) => 3 | (sid.0 as u64) << 8,
        Timer::Handshake(id) => conn(4, id),
        Timer::ConnectRetry => 5,
        Timer::ConnectBudget => 6,
        Timer::LearnerRead => 7,
        Timer::LeaderWait => 8,
        Timer::HalfTick => 9,
        Timer::Disloyal => 10,
        Timer::SessionTick => 15,
        Timer::ClientRead => 16,
        Timer::ClientPing => 17,
        Timer::Bind => 18,
        Timer::HandlerRead(id) => conn(11, id),
        Timer::HandlerWait(id) => conn(12, id),
        Timer::Proposal(id, slot) => conn(13 + u64::from(slot), id),
    }
}

fn writer_word(writer: Writer) -> u64 {
    match writer {
        Writer::Log => 0,
        Writer::Main => 1,
        Writer::Snapshot => 2,
    }
}

fn ports_word(ports: Ports, on: bool) -> u64 {
    let has = |port| u64::from(ports.has(port));
    use zablab_protocol::Port::{Client, Election, Quorum};
    has(Election) | has(Quorum) << 1 | has(Client) << 2 | u64::from(on) << 3
}

fn part_word(part: Part) -> u64 {
    match part {
        Part::PacketLoop => 0,
        Part::LogWriter => 1,
        Part::CommitApplier => 2,
        Part::Handlers => 3,
        Part::Disk => 4,
    }
}

fn add_action(words: &mut Words, action: &Action) {
    match action {
        Action::Start(node) => words.pair(1, node.0, 0),
        Action::Boot(node) => words.pair(2, node.0, 0),
        Action::Kill(node) => words.pair(3, node.0, 0),
        Action::PowerOff(node, loss) => {
            words.pair(4, node.0, 0);
            words.add(match loss {
                Loss::Nothing => 0,
                Loss::Unsynced => 1,
                Loss::Drawn(bits) => 2 ^ bits << 2,
            });
        }
        Action::Pause(node) => words.pair(5, node.0, 0),
        Action::Resume(node) => words.pair(6, node.0, 0),
        Action::Arrive { from, port, to } => words.pair(7, from.0, u64::from(to.0) << 8 | *port as u64),
        Action::Deliver { conn, to } => words.pair(8, to.0, u64::from(conn.0)),
        Action::Timer { node, timer } => {
            words.pair(9, node.0, 0);
            words.add(timer_word(*timer));
        }
        Action::DiskDone { node, writer } => words.pair(10, node.0, writer_word(*writer)),
        Action::Run { node, task } => words.pair(11, node.0, task_word(*task)),
        Action::Client { node, origin, op } => {
            words.pair(12, node.0, u64::from(origin.cxid as u32));
            words.add(origin.session.0 as u64);
            words.add(op.digest());
        }
        Action::Cut { from, to, ports, on } => {
            words.pair(13, from.0, u64::from(to.0) << 8 | ports_word(*ports, *on))
        }
        Action::Refuse { from, to, ports, on } => {
            words.pair(14, from.0, u64::from(to.0) << 8 | ports_word(*ports, *on));
        }
        Action::Reset { a, b, ports } => words.pair(15, a.0, u64::from(b.0) << 8 | ports_word(*ports, true)),
        Action::HoldPart { node, part, on } => words.pair(16, node.0, part_word(*part) << 1 | u64::from(*on)),
        Action::HoldStream { hold, on } => {
            words.pair(17, hold.from.0, u64::from(hold.to.0) << 8 | ports_word(hold.ports, *on));
            words.add(xxh3_64_with_seed(hold.packet.unwrap_or("").as_bytes(), 0));
        }
        Action::ReleaseAll => words.pair(18, 0, 0),
        Action::Wipe(node) => words.pair(20, node.0, 0),
        Action::Fill(node, torn) => {
            words.pair(21, node.0, 0);
            words.add(*torn);
        }
        Action::Fail { node, file, torn } => {
            words.pair(22, node.0, 0);
            words.add(xxh3_64_with_seed(file.unwrap_or("").as_bytes(), 0));
            words.add(*torn);
        }
        Action::Mend(node) => words.pair(23, node.0, 0),
        Action::Ask { client, op } => {
            words.pair(19, client.0, 0);
            words.add(op.digest());
        }
    }
}

fn add_effect(words: &mut Words, effect: &Effect) {
    match effect {
        Effect::Started(node) => words.pair(33, node.0, 0),
        Effect::Up(node) => words.pair(34, node.0, 0),
        Effect::Down(node, how) => {
            let code = match how {
                Ended::Never => 0,
                Ended::Killed => 1,
                Ended::PoweredOff => 2,
                Ended::Exited(exit) => 3 + Exit::code(exit) as u64,
            };
            words.pair(35, node.0, code);
        }
        Effect::Sent { conn, from, to, index, digest, .. } => {
            words.pair(36, from.0, u64::from(conn.0) | (*index as u64) << 20);
            words.add(digest ^ u64::from(to.0));
        }
        Effect::Opened { conn, from, port, to } => {
            words.pair(37, from.0, u64::from(conn.0) | u64::from(to.0) << 24 | (*port as u64) << 20);
        }
        Effect::Freed { conn } => words.pair(38, 0, u64::from(conn.0)),
        Effect::Dialled { from, port, to } => words.pair(39, from.0, u64::from(to.0) << 8 | *port as u64),
        Effect::Unanswered { from, port, to } => words.pair(40, from.0, u64::from(to.0) << 8 | *port as u64),
        Effect::TimerSet { node, slot, after: Millis(after) } => {
            words.pair(41, node.0, *slot as u64);
            words.add(*after);
        }
        Effect::TimerCancelled { node, slot } => words.pair(42, node.0, *slot as u64),
        Effect::DiskBegan { node, writer } => words.pair(43, node.0, writer_word(*writer)),
        Effect::DiskWrote { node, op } => {
            let [kind, value] = op.words();
            words.pair(44, node.0, kind);
            words.add(value);
        }
        Effect::DiskFailed { node, op } => {
            let [kind, value] = op.words();
            words.pair(49, node.0, kind);
            words.add(value);
        }
        Effect::DiskLost { node, durable } => {
            words.pair(50, node.0, 0);
            words.add(durable.map_or(u64::MAX, |zxid| zxid.0 as u64));
        }
        Effect::Woke { node, task, .. } => words.pair(45, node.0, task_word(*task)),
        Effect::Answered { node, answer } => {
            words.pair(46, node.0, u64::from(answer.origin.cxid as u32));
            words.add(answer.digest());
        }
        Effect::Client { client, event } => {
            words.pair(48, client.0, 0);
            event.words().into_iter().for_each(|word| words.add(word));
        }
        Effect::Decided { node, decision } => {
            let at = match decision {
                Decision::Proposed { zxid, .. }
                | Decision::Committed { zxid, .. }
                | Decision::Applied { zxid, .. } => zxid.0 as u64,
                _ => 0,
            };
            words.pair(47, node.0, decision.code() as u64);
            words.add(at);
        }
    }
}
