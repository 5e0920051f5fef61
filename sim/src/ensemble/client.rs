//! One client of the ensemble: its process, its timers, and what is done to it.

use super::Timers;
use std::sync::Arc;
use zablab_protocol::{Client, ClientConfig, ClientState};

/// A client of the ensemble.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientNode {
    /// The name a scenario gives it.
    pub name: Arc<str>,
    /// Its connection string and the session time-out it asks for.
    pub config: Arc<ClientConfig>,
    /// The place in its connection string where it begins.
    pub first: usize,
    /// It is one of many: a story does not tell each of its requests.
    pub quiet: bool,
    /// Its process, while it runs.
    pub process: Option<Box<Client>>,
    /// Its armed timers.
    pub timers: Timers,
    /// It stands still: a long garbage collection.
    pub paused: bool,
}

impl ClientNode {
    /// A client that has never run.
    pub fn new(name: Arc<str>, config: Arc<ClientConfig>, first: usize) -> ClientNode {
        ClientNode {
            name,
            config,
            first,
            quiet: false,
            process: None,
            timers: Timers::default(),
            paused: false,
        }
    }

    /// There is no process, or one whose session is over for good: a new one can start.
    pub fn is_over(&self) -> bool {
        let over = |machine: &Client| matches!(machine.state(), ClientState::Expired | ClientState::Closed);
        self.process.as_deref().is_none_or(over)
    }

    pub(super) fn runs(&self) -> bool {
        !self.paused && self.process.is_some()
    }
}
