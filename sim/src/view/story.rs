//! The story of a run as it unfolds: virtual time, who did what, and why. Heartbeats, echoes and repetitions are folded.

use super::faults::fault;
use super::folds::Folds;
use super::hops::Hops;
use super::seconds;
use super::words::Names;
use crate::ensemble::{Action, Effect, Ended, Ensemble, NodeId};
use crate::run::{Observer, StepView, UserEvent};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use zablab_protocol::{ClientEvent, Decision, ErrorCode, Refused, Reply, Sid, Zxid};

/// Somebody to whom a story is told.
pub trait Listener {
    /// A line of it: the virtual time and the step in which it happened, who did it, what.
    fn line(&mut self, at: u64, step: u64, who: &str, what: &str) -> io::Result<()>;
}

/// Writes what it is told, a line each.
pub struct Printed<W>(pub W);

impl<W: Write> Listener for Printed<W> {
    fn line(&mut self, at: u64, _step: u64, who: &str, what: &str) -> io::Result<()> {
        writeln!(self.0, "{:>9}  {who:<6} {what}", seconds(at))
    }
}

/// A run of equal lines that is not told yet.
#[derive(Clone, Debug)]
struct Commits {
    at: u64,
    step: u64,
    first: Zxid,
    last: Zxid,
    count: u64,
}

/// Tells the story, line by line.
pub struct Story<L> {
    listener: L,
    /// The step that is told.
    step: u64,
    folds: Folds<NodeId>,
    /// What a server sends clients away for, told once until it serves.
    turned_away: BTreeMap<NodeId, Refused>,
    /// Servers that clients tried in vain, told once until the client has found one.
    missed: BTreeSet<(NodeId, Sid)>,
    commits: BTreeMap<NodeId, Commits>,
    hops: Hops,
}

impl<W: Write> Story<Printed<W>> {
    /// A story written to `out`.
    pub fn new(out: W) -> Story<Printed<W>> {
        Story::told_to(Printed(out))
    }
}

impl<L: Listener> Story<L> {
    /// A story told to somebody.
    pub fn told_to(listener: L) -> Story<L> {
        Story {
            listener,
            step: 0,
            folds: Folds::default(),
            turned_away: BTreeMap::new(),
            missed: BTreeSet::new(),
            commits: BTreeMap::new(),
            hops: Hops::default(),
        }
    }

    /// Who listens.
    pub fn listener(&mut self) -> &mut L {
        &mut self.listener
    }

    /// Tells what is still folded.
    pub fn finish(&mut self, ensemble: &Ensemble) -> io::Result<()> {
        self.tell_commits(ensemble)
    }

    fn line(&mut self, at: u64, who: &str, what: &str) -> io::Result<()> {
        self.listener.line(at, self.step, who, what)
    }

    fn tell_commits(&mut self, ensemble: &Ensemble) -> io::Result<()> {
        for (node, commits) in std::mem::take(&mut self.commits) {
            let what = match commits.count {
                1 => format!("commits {}", commits.first),
                n => format!("commits {} to {} ({n} transactions)", commits.first, commits.last),
            };
            self.listener.line(commits.at, commits.step, &ensemble.node(node).name, &what)?;
        }
        Ok(())
    }

    /// Whether an event of a client is more than what it went through before.
    fn is_news(&mut self, client: NodeId, event: &ClientEvent) -> bool {
        match event {
            ClientEvent::CannotConnect { server } => self.missed.insert((client, *server)),
            ClientEvent::Connected { .. } => {
                self.missed.retain(|(who, _)| *who != client);
                true
            }
            _ => true,
        }
    }

    fn decided(&mut self, step: &StepView<'_>, node: NodeId, decision: &Decision) -> io::Result<()> {
        let names = Names(step.ensemble);
        match decision {
            Decision::Committed { zxid, .. } if self.hops.follows(*zxid) => return Ok(()),
            Decision::Committed { zxid, .. } => {
                let (at, step) = (step.moment.at, step.moment.step);
                let fresh = Commits { at, step, first: *zxid, last: *zxid, count: 0 };
                let commits = self.commits.entry(node).or_insert(fresh);
                commits.last = *zxid;
                commits.count += 1;
                return Ok(());
            }
            Decision::ClientRefused { why } if self.turned_away.get(&node) == Some(why) => return Ok(()),
            Decision::ClientRefused { why } => {
                self.turned_away.insert(node, *why);
            }
            Decision::Serving { .. } | Decision::Standalone { .. } => {
                self.turned_away.remove(&node);
            }
            _ => {}
        }
        if self.folds.folds(node, decision) {
            return Ok(());
        }
        if let Some(what) = names.tell(decision) {
            self.tell_commits(step.ensemble)?;
            self.line(step.moment.at, &step.ensemble.node(node).name, &what)?;
        }
        Ok(())
    }
}

impl<L: Listener> Observer for Story<L> {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        let at = step.moment.at;
        self.step = step.moment.step;
        if let Some((who, what)) = fault(step.ensemble, step.action) {
            self.tell_commits(step.ensemble)?;
            self.line(at, who, &what)?;
        }
        if let Some((who, what)) = self.hops.action(step) {
            self.tell_commits(step.ensemble)?;
            self.line(at, step.ensemble.name(who), &what)?;
        }
        for effect in step.effects {
            if let Some((who, what)) = self.hops.effect(step, effect) {
                self.tell_commits(step.ensemble)?;
                self.line(at, step.ensemble.name(who), &what)?;
            }
            let (node, what) = match effect {
                Effect::Client { client, event } => {
                    if !self.is_news(*client, event) {
                        continue;
                    }
                    let answers = self.hops.tells(step.ensemble, *client);
                    let begun = self.hops.begun(event);
                    let lines = super::clients::event(step.ensemble, event, answers, begun);
                    let truth = self.hops.outcome(step.ensemble, *client, event).filter(|_| answers);
                    for what in lines.into_iter().flatten().chain(truth) {
                        self.tell_commits(step.ensemble)?;
                        self.line(at, step.ensemble.name(*client), &what)?;
                    }
                    continue;
                }
                Effect::Decided { node, decision } => {
                    self.decided(step, *node, decision)?;
                    continue;
                }
                Effect::DiskFailed { node, op } => (*node, format!("fails to write: {op}")),
                Effect::Started(node) => (*node, "starts".to_owned()),
                Effect::Down(node, Ended::Exited(exit)) => {
                    (*node, format!("exits with {}: {exit}", exit.code()))
                }
                Effect::Answered { node, answer } => match &answer.result {
                    Err(ErrorCode::ConnectionLoss) => {
                        let asked_now = matches!(step.action, Action::Client { .. });
                        let what = if asked_now {
                            "refuses it: it does not serve"
                        } else {
                            "drops a client: whether its request takes effect is unknown"
                        };
                        (*node, what.to_owned())
                    }
                    Err(code) => (*node, format!("answers a client: {code}")),
                    Ok(Reply::Node { data, stat }) => (
                        *node,
                        format!("answers a read: {data:?}, version {}, set by {}", stat.version, stat.mzxid),
                    ),
                    Ok(_) => continue,
                },
                _ => continue,
            };
            self.tell_commits(step.ensemble)?;
            self.line(at, step.ensemble.name(node), &what)?;
        }
        Ok(())
    }

    fn user(&mut self, at: u64, client: &str, event: &UserEvent) -> io::Result<()> {
        self.line(at, client, &super::clients::user(event))
    }
}
