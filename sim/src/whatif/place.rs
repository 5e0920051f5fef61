//! What a step of a run was: what it delivered, what it sent, what was drawn.

use crate::ensemble::{Action, Effect, NodeId};
use crate::run::{Observer, Run, StepView, pin_of};
use crate::scenario::{Pin, Port};
use crate::schedule::{Draw, Key, Kind, Log};
use crate::trace::RunHash;
use crate::view::{Ancestor, ancestor};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::PoisonError;
use zablab_protocol::ConnId;

/// A packet, or the news that a connection ended, on its way.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) port: Port,
    /// `None`: no packet, but the news of a connection.
    pub(super) packet: Option<String>,
    /// How long it travels; `None` where nothing is drawn.
    pub(super) draw: Option<Draw>,
    /// The line that would pin it.
    pub(super) pin: Option<Pin>,
    /// When it was sent.
    pub(super) at: u64,
    /// When it arrives, or arrived.
    pub(super) due: u64,
    step: u64,
}

/// A step of a run.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) step: u64,
    pub(super) told: Ancestor,
    /// The digest of the run after it.
    pub(super) hash: RunHash,
    /// When the next step is; `None` where it was the last.
    pub(super) next_at: Option<u64>,
    pub(super) delivers: Option<Sent>,
    pub(super) sends: Vec<Sent>,
    /// What was drawn in it, each with the line that would pin it.
    pub(super) draws: Vec<(Draw, Option<Pin>)>,
    /// The step that makes the draw that was asked for; `None`: nobody makes it.
    pub(super) made: Option<u64>,
}

/// Looks for a step.
pub(super) struct Seeker {
    wanted: u64,
    /// A draw of the run, wherever it is made.
    asked_for: Option<(Key, u64)>,
    made: Option<u64>,
    log: Log,
    conns: BTreeMap<ConnId, Port>,
    under_way: BTreeMap<(ConnId, NodeId), VecDeque<Sent>>,
    found: Option<Place>,
}

/// Whether a draw is made behind a step, for what follows from it, rather than in it.
fn follows(draw: &Draw) -> bool {
    matches!(draw.key.kind, Kind::Client | Kind::Work)
}

impl Seeker {
    /// For that step of a run that is about to be made, and for the step that makes a draw.
    pub(super) fn of(run: &mut Run, wanted: u64, asked_for: Option<(Key, u64)>) -> Seeker {
        let log = Log::default();
        run.note_draws(log.clone());
        Seeker {
            wanted,
            asked_for,
            made: None,
            log,
            conns: BTreeMap::new(),
            under_way: BTreeMap::new(),
            found: None,
        }
    }

    /// What it found; why not, where the run had no such step.
    pub(super) fn finish(mut self, steps: u64) -> Result<Place, String> {
        self.drawn(steps);
        let (wanted, made) = (self.wanted, self.made);
        let found = self.found.map(|place| Place { made, ..place });
        found.ok_or_else(|| format!("there is no step {wanted}: the run has steps 1 to {steps}"))
    }

    /// What was drawn since it was asked last: in this step, or behind the one before.
    fn drawn(&mut self, step: u64) -> Vec<Draw> {
        let drawn = std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner));
        if let (Some(asked_for), None) = (self.asked_for, self.made) {
            let made = drawn.iter().find(|draw| (draw.key, draw.nth) == asked_for);
            self.made = made.map(|draw| if follows(draw) { step.saturating_sub(1).max(1) } else { step });
        }
        drawn
    }

    fn named(draw: Draw, step: &StepView<'_>) -> (Draw, Option<Pin>) {
        (draw, pin_of(&draw, step.ensemble))
    }

    /// What is sent, with the draws of its way: those are made in the same order.
    fn sent(&mut self, step: &StepView<'_>, drawn: &[Draw]) -> Vec<Sent> {
        let mut latencies = drawn.iter().filter(|draw| draw.key.kind == Kind::Latency);
        let mut all = Vec::new();
        let mut accepts = None;
        for effect in step.effects {
            match effect {
                Effect::Opened { conn, port, to, .. } => {
                    self.conns.insert(*conn, (*port).into());
                    accepts = Some((*conn, *to));
                }
                Effect::Freed { conn } => self.under_way.retain(|(of, _), _| of != conn),
                Effect::Sent { conn, from, to, index, packet, .. } => {
                    // Who is dialled learns of it at once.
                    let at_once = accepts.take_if(|told| *told == (*conn, *to)).is_some();
                    let draw = if at_once { None } else { latencies.next().copied() };
                    let Some(port) = self.conns.get(conn).copied() else { continue };
                    let name = |id: NodeId| step.ensemble.name(id).to_owned();
                    let sent = Sent {
                        from: name(*from),
                        to: name(*to),
                        port,
                        packet: packet.as_ref().map(|packet| packet.name().to_owned()),
                        pin: draw.and_then(|draw| pin_of(&draw, step.ensemble)),
                        draw,
                        at: step.moment.at,
                        due: step.ensemble.net.due_before(*conn, *to, index + 1),
                        step: step.moment.step,
                    };
                    self.under_way.entry((*conn, *to)).or_default().push_back(sent.clone());
                    all.push(sent);
                }
                _ => {}
            }
        }
        all
    }

    /// What a delivery takes off its stream. What was lost with a connection is passed over: it was sent before.
    fn taken(&mut self, step: &StepView<'_>) -> Option<Sent> {
        let Action::Deliver { conn, to } = step.action else { return None };
        let stream = self.under_way.get_mut(&(*conn, *to))?;
        while let Some(sent) = stream.pop_front() {
            if sent.step == step.moment.cause {
                return Some(Sent { due: step.moment.at, ..sent });
            }
        }
        None
    }
}

impl Observer for Seeker {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        let drawn = self.drawn(step.moment.step);
        if let Some(place) = &mut self.found {
            if place.next_at.is_none() {
                place.next_at = Some(step.moment.at);
                place.draws.extend(drawn.into_iter().filter(follows).map(|draw| Seeker::named(draw, step)));
            }
            return Ok(());
        }
        let delivers = self.taken(step);
        let sends = self.sent(step, &drawn);
        if step.moment.step == self.wanted {
            let within = drawn.into_iter().filter(|draw| !follows(draw));
            self.found = Some(Place {
                step: self.wanted,
                told: ancestor(step),
                hash: step.hash,
                next_at: None,
                delivers,
                sends,
                draws: within.map(|draw| Seeker::named(draw, step)).collect(),
                made: None,
            });
        }
        Ok(())
    }
}

impl Place {
    /// Who does what in it.
    pub(super) fn told(&self) -> String {
        format!("{} {}", self.told.who, self.told.what)
    }
}
