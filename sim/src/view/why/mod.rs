//! Why nothing happens: what a party is, what it waits for, who does not count for it and why not, and what would have to
//! happen. Everything is told from the machine's own state and decisions, and from what the run has shown of links and
//! processes; times are absolute, so that a sentence stays the same as long as its facts do.

mod clients;
mod contacts;
mod election;
mod others;
mod requests;
mod roles;
mod server;

pub(crate) use contacts::touched;

use super::seconds;
use super::words::Names;
use crate::ensemble::{Ensemble, NodeId};
use crate::run::StepView;
use contacts::Contacts;
use requests::Requests;

/// What is to be said of a party at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// What it is, a sentence each.
    pub is: Vec<String>,
    /// What is in its way, and what it waits for, a sentence each; empty where nothing is.
    pub why: Vec<String>,
    /// What would have to happen; empty where nothing has to.
    pub needs: Vec<String>,
}

impl Account {
    /// Whether there is nothing to explain.
    pub fn is_well(&self) -> bool {
        self.why.is_empty() && self.needs.is_empty()
    }

    /// All of it, a sentence each.
    pub fn sentences(self) -> Vec<String> {
        [self.is, self.why, self.needs].concat()
    }
}

/// Watches a run, and knows why.
#[derive(Clone, Debug, Default)]
pub struct Why {
    contacts: Contacts,
    requests: Requests,
}

impl Why {
    /// Takes a step in. Says whether more can have changed than what is told of those whom the step touched.
    pub fn observe(&mut self, step: &StepView<'_>) -> bool {
        let names = Names(step.ensemble);
        let news = self.contacts.step(step, |decision| names.reason(decision));
        self.requests.step(step) || news
    }

    /// What is to be said of a server or client.
    pub fn of(&self, ensemble: &Ensemble, id: NodeId) -> Account {
        match ensemble.client(id) {
            Some(_) => self.client(ensemble, id),
            None => self.server(ensemble, id),
        }
    }
}

/// An instant in a sentence.
fn at(nanos: u64) -> String {
    format!("{} s", seconds(nanos))
}
