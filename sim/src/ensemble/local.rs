//! What happens to one server alone: an act takes its state to the next one, and says what is wished of its connections.
//! Nothing else is looked at, so that an exhaustive search needs to do it once.

use super::{Effect, Ended, Loss, Network, Node, NodeId, Pairs, Part, Ports, Process, WRITERS};
use std::collections::VecDeque;
use zablab_protocol::{ConnId, Input, Op, Origin, Output, Packet, Peer, Port, Sid, Task};

/// Something that happens to a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Act {
    /// Its process starts.
    Start,
    /// It has read its data.
    Boot,
    /// Its process ends.
    Kill,
    /// Its machine loses power.
    PowerOff(Loss),
    /// Its machine is told something, or may make a step.
    Input(Input),
    /// A request without a connection arrives.
    Request(Origin, Op),
}

/// What a server wishes of its connections to one other; handles are those of the pair.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wish {
    /// Put a packet on a connection.
    Send(ConnId, Packet),
    /// Dial the other on a port.
    Dial(Port),
    /// Give such an attempt up.
    Abandon(Port),
    /// Close a connection.
    Close(ConnId),
    /// Everything ends: the process is gone, without a word if the machine is.
    End {
        /// Nobody says so.
        vanished: bool,
    },
    /// What was sent to it while it was off is answered.
    AnswerUnheard,
}

/// What came of an act, in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Deed {
    /// A packet was sent, if that wish is granted: its place among all wishes of the step.
    Sent(usize, Packet),
    /// Anything else.
    Done(Effect),
}

/// A step of one server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Step {
    /// What is wished of whom, in order.
    pub(crate) wishes: Vec<(NodeId, Wish)>,
    /// What a monitor could see, in order.
    pub(crate) deeds: Vec<Deed>,
}

impl Node {
    /// What an act other than an end of the process makes of its process, disk, timers and machine, at a time in virtual
    /// nanoseconds. What the machine wants done is appended to `out`.
    pub(super) fn take(
        &mut self,
        id: NodeId,
        act: Act,
        now: u64,
        out: &mut Vec<Output>,
        effects: &mut Vec<Effect>,
    ) {
        let input = match act {
            Act::Start => {
                self.process = Process::Booting;
                self.paused = false;
                effects.push(Effect::Started(id));
                return;
            }
            Act::Boot => {
                effects.push(Effect::Up(id));
                let now = self.clock.read(now);
                let peer = Peer::boot(self.config.clone(), now, self.disk.storage(), out);
                self.process = Process::Up(Box::new(peer));
                return;
            }
            Act::Kill | Act::PowerOff(_) => return,
            Act::Input(Input::DiskDone(writer)) => {
                let fails = self.disk.will_fail(writer);
                let done = if fails { self.disk.fail(writer) } else { self.disk.complete(writer) };
                let Some(op) = done else { return };
                if fails {
                    effects.push(Effect::DiskFailed { node: id, op });
                    Input::DiskFailed(writer)
                } else {
                    effects.push(Effect::DiskWrote { node: id, op });
                    Input::DiskDone(writer)
                }
            }
            Act::Input(input) => {
                if let Input::Timer(timer) = input {
                    let slot = self.slot(timer);
                    self.timers.take(slot);
                }
                input
            }
            Act::Request(origin, op) => {
                self.clients.push(origin);
                Input::Client { origin, op }
            }
        };
        if let Process::Up(peer) = &mut self.process {
            peer.step(input, self.clock.read(now), self.disk.storage(), out);
        }
    }

    /// An act happens to this server, which must be able to take it, at a time in virtual nanoseconds. `sids` are all servers'
    /// sids, in order; handles of connections must have been given out by pair.
    pub(crate) fn act(&mut self, id: NodeId, act: &Act, now: u64, sids: &[Sid]) -> Step {
        let mut doing = Doing { id, sids, step: Step::default(), effects: Vec::new() };
        match act {
            Act::Kill => doing.end(self, Ended::Killed),
            Act::PowerOff(loss) => {
                doing.end(self, Ended::PoweredOff);
                self.disk.power_off(*loss);
            }
            act => {
                if *act == Act::Start {
                    doing.wish_all(Wish::AnswerUnheard);
                }
                let mut out = Vec::new();
                self.take(id, act.clone(), now, &mut out, &mut doing.effects);
                doing.carry_out(self, out);
            }
        }
        self.timers.forget_durations();
        doing.step
    }

    /// What can happen to it by itself: boot, timers, disk completions, task steps.
    pub(crate) fn own_acts(&self) -> Vec<Act> {
        if matches!(self.process, Process::Booting) && !self.paused {
            return vec![Act::Boot];
        }
        let Some(peer) = self.peer().filter(|_| self.runs()) else { return Vec::new() };
        let tasks = peer.ready().into_iter().filter(|task| !self.holds(Part::of(*task)));
        let mut all: Vec<Act> = tasks.map(|task| Act::Input(Input::Run(task))).collect();
        if !self.holds(Part::Disk) {
            let busy = WRITERS.into_iter().filter(|writer| self.disk.under_way(*writer).is_some());
            all.extend(busy.map(|writer| Act::Input(Input::DiskDone(writer))));
        }
        all.extend(self.timers.armed().map(|(_, timer)| Act::Input(Input::Timer(timer))));
        all
    }

    /// Makes every task step an act of its own, and keeps of armed timers only that they are armed.
    pub(crate) fn untimed(&mut self) {
        self.prompt = false;
        self.timers.forget_durations();
    }
}

/// A step under way.
struct Doing<'a> {
    id: NodeId,
    sids: &'a [Sid],
    step: Step,
    effects: Vec<Effect>,
}

impl Doing<'_> {
    fn pairs(&self) -> Pairs {
        Pairs::of(self.sids.len())
    }

    fn others(&self) -> impl Iterator<Item = NodeId> + use<> {
        let me = self.id;
        (0..self.sids.len() as u16).map(NodeId).filter(move |id| *id != me)
    }

    fn by_sid(&self, sid: Sid) -> Option<NodeId> {
        let at = self.sids.iter().position(|other| *other == sid)?;
        Some(NodeId(at as u16)).filter(|id| *id != self.id)
    }

    fn tell(&mut self, effect: Effect) {
        match effect {
            // Nobody but the scheduler of times and clients asks for these.
            Effect::Started(_)
            | Effect::TimerSet { .. }
            | Effect::TimerCancelled { .. }
            | Effect::Woke { .. }
            | Effect::Answered { .. } => {}
            effect => self.step.deeds.push(Deed::Done(effect)),
        }
    }

    fn wish_all(&mut self, wish: Wish) {
        let all: Vec<NodeId> = self.others().collect();
        self.step.wishes.extend(all.into_iter().map(|to| (to, wish.clone())));
    }

    /// The other server of a connection, and the pair's own handle.
    fn other(&self, conn: ConnId) -> Option<(NodeId, ConnId)> {
        let (pair, own) = self.pairs().own(conn);
        let (a, b) = self.pairs().all().nth(pair)?;
        match self.id {
            id if id == a => Some((b, own)),
            id if id == b => Some((a, own)),
            _ => None,
        }
    }

    fn end(&mut self, node: &mut Node, how: Ended) {
        let vanished = how == Ended::PoweredOff;
        let was_there = node.process != Process::Down;
        node.end_process(self.id, how.clone(), &mut self.effects);
        self.wish_all(Wish::End { vanished });
        if was_there {
            self.tell(Effect::Down(self.id, how));
        }
    }

    fn tell_all(&mut self) {
        for effect in std::mem::take(&mut self.effects) {
            self.tell(effect);
        }
    }

    fn carry_out(&mut self, node: &mut Node, out: Vec<Output>) {
        let mut woken: VecDeque<Task> = VecDeque::new();
        self.tell_all();
        for output in out {
            let rest = node.carry_out(self.id, output, &mut woken, &mut self.effects);
            self.tell_all();
            match rest {
                Some(Output::Send { conn, packet }) => {
                    let Some((to, own)) = self.other(conn) else { continue };
                    let nth = self.step.wishes.len();
                    self.step.deeds.push(Deed::Sent(nth, packet.clone()));
                    self.step.wishes.push((to, Wish::Send(own, packet)));
                }
                Some(Output::Connect { port, to }) => self.wish(to, Wish::Dial(port)),
                Some(Output::Abandon { port, to }) => self.wish(to, Wish::Abandon(port)),
                Some(Output::Close { conn }) => {
                    if let Some((to, own)) = self.other(conn) {
                        self.step.wishes.push((to, Wish::Close(own)));
                    }
                }
                Some(Output::Exit(exit)) => self.end(node, Ended::Exited(exit)),
                _ => {}
            }
        }
    }

    fn wish(&mut self, to: Sid, wish: Wish) {
        if let Some(to) = self.by_sid(to) {
            self.step.wishes.push((to, wish));
        }
    }
}

impl Network {
    /// Grants what one server of a pair wishes of the connections to the other; `is_off` says whether that one's machine is.
    /// The answer says whether a packet went out.
    pub(crate) fn grant(&mut self, from: NodeId, to: NodeId, wish: &Wish, is_off: bool) -> bool {
        let mut effects = Vec::new();
        match wish {
            Wish::Send(conn, packet) => {
                return self.send(from, *conn, packet.clone(), None, is_off, &mut effects);
            }
            Wish::Dial(port) => self.dial(from, *port, to),
            Wish::Abandon(port) => self.abandon(from, *port, to, &mut effects),
            Wish::Close(conn) => self.close(*conn, from, false, &mut effects),
            Wish::End { vanished } => self.end_all(from, *vanished, &mut effects),
            Wish::AnswerUnheard => self.answer_unheard(from, &mut effects),
        }
        false
    }

    /// Nothing passes between the two servers of a pair, or everything does again. With `breaks` what stands breaks, and both
    /// learn of it.
    pub(crate) fn part(&mut self, a: NodeId, b: NodeId, on: bool, breaks: bool) {
        self.set_cut(a, b, Ports::ALL, on);
        self.set_cut(b, a, Ports::ALL, on);
        if on && breaks {
            self.break_between(a, b, Ports::ALL, &mut Vec::new());
        }
    }
}
