//! Clients: puppets that the test plays packet by packet, and machines of their own. And the clock that their sessions
//! live by.

use super::*;
use zablab_protocol::{ClientConfig, Peer};

/// The handle of a client beside the members.
pub(crate) fn client(number: i64) -> Sid {
    Sid(100 + number)
}

impl Cluster {
    fn beside(&mut self, sid: Sid) -> &mut Node {
        let config = self.nodes.values().next().expect("there are members").config.clone();
        self.nodes.entry(sid).or_insert_with(|| Node::new(config))
    }

    /// A client that the test plays.
    pub(crate) fn add_puppet_client(&mut self, sid: Sid) {
        self.beside(sid).puppet = true;
    }

    /// A client machine, with its first attempt under way.
    pub(crate) fn start_client(&mut self, sid: Sid, config: ClientConfig) {
        let mut out = Vec::new();
        let client = Client::start(Arc::new(config), 0, &mut out);
        self.beside(sid).client = Some(client);
        self.carry_out(sid, out);
    }

    pub(crate) fn machine(&self, sid: Sid) -> &Client {
        self.nodes[&sid].client.as_ref().expect("a client machine")
    }

    /// The user of a client machine asks for something; nothing runs yet.
    pub(crate) fn tell(&mut self, sid: Sid, op: Op) {
        self.step(sid, Input::Ask { op });
    }

    /// What the user of a client machine was told.
    pub(crate) fn told(&self, sid: Sid) -> Vec<ClientEvent> {
        let mut told = Vec::new();
        for event in self.events(sid) {
            if let Event::Client(event) = event {
                told.push(event.clone());
            }
        }
        told
    }

    pub(crate) fn server(&self, sid: Sid) -> &Peer {
        self.peer(sid)
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock
    }

    /// Every clock goes on; no timer fires by that.
    pub(crate) fn pass(&mut self, span: u64) {
        self.clock = Millis(self.clock.0 + span);
    }
}
