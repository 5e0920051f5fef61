//! A run as the log files of a real ensemble: what ZooKeeper 3.8.0 would have written, in its words, from the same threads.
//!
//! Every line stands for a decision or an effect of the machine. The words are those of 3.8.0, whatever release a run copies, and
//! so are the line numbers behind `@`. A time stamp is the server's own clock (virtual time, unless a scenario has the clock go
//! wrong), counted from 2000-01-01 00:00:00. Addresses are made up ([`Addresses`]). A process that is killed writes no more; the
//! next one goes on in the same file.
//!
//! Left out is what has no meaning for the quorum: banners, class loading, most settings of a start, and most of what threads
//! say when they stop. A Java stack trace is cut to the exception, its innermost frame and ZooKeeper's own.
//!
//! Where the machine is safer than ZooKeeper there is no real line: a TRUNC that it refuses, and a hole in the leader's stream,
//! are told as exceptions of the main thread that ZooKeeper does not have.

mod addresses;
mod boot;
mod disk;
mod election;
mod exit;
mod leader;
mod learner;
mod leave;
mod line;
mod server;
mod sessions;
mod sync;
mod thrown;
mod txns;
mod zoo_cfg;

pub use addresses::Addresses;

use super::Exported;
use crate::ensemble::{Action, Effect, Ended, Ensemble, NodeId};
use crate::run::{Delivered, Observer, StepView};
use server::{Scene, Server};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use zablab_protocol::{ConnId, Op, Packet, Port, Task, Timer};

/// Writes the logs of all servers as a run goes on.
pub struct ZookeeperLog {
    addresses: Arc<Addresses>,
    servers: Vec<Server>,
    /// The local port of whoever opened a connection.
    ports: BTreeMap<ConnId, u16>,
    opened: u32,
}

impl ZookeeperLog {
    /// The logs of an ensemble that has not run yet.
    pub fn new(ensemble: &Ensemble) -> ZookeeperLog {
        let addresses = Arc::new(Addresses::of(ensemble));
        let servers = ensemble.ids().map(|id| Server::new(id, ensemble, addresses.clone())).collect();
        ZookeeperLog { addresses, servers, ports: BTreeMap::new(), opened: 0 }
    }

    /// What a server's log has beyond so many bytes; empty for what is no server.
    pub(crate) fn text_after(&self, server: NodeId, bytes: usize) -> &str {
        self.servers.get(server.index()).and_then(|server| server.text().get(bytes..)).unwrap_or_default()
    }

    /// Every file: a server's log, its configuration, and its transaction log as it is at the end.
    pub fn finish(self, ensemble: &Ensemble) -> Vec<Exported> {
        let mut files = Vec::new();
        for (node, server) in ensemble.nodes.iter().zip(self.servers) {
            let mut add = |name: &str, text: String| {
                files.push(Exported { path: format!("{}/{name}", node.name), text })
            };
            add("zk.log", server.into_text());
            add("zoo.cfg", zoo_cfg::text(&node.config, &self.addresses));
            add("txns.txt", txns::text(&node.disk.storage().log));
        }
        files
    }

    /// The connection that an action is about.
    fn connection(action: &Action) -> Option<ConnId> {
        match action {
            Action::Deliver { conn, .. } | Action::Run { task: Task::Handler(conn), .. } => Some(*conn),
            Action::Timer {
                timer:
                    Timer::HandlerRead(conn)
                    | Timer::HandlerWait(conn)
                    | Timer::Handshake(conn)
                    | Timer::Proposal(conn, _),
                ..
            } => Some(*conn),
            _ => None,
        }
    }

    /// Local ports go round, as those of an operating system do.
    fn opens(&mut self, conn: ConnId) {
        let port = 32_768 + (self.opened % 28_000) as u16;
        self.opened += 1;
        self.ports.insert(conn, port);
    }

    fn delivered(&mut self, scene: &Scene<'_>, to: NodeId, delivered: &Delivered) {
        let Some(server) = self.servers.get_mut(to.index()) else { return };
        match &delivered.packet {
            packet @ (Packet::Proposal(_)
            | Packet::Inform(_)
            | Packet::NewLeader { .. }
            | Packet::UpToDate) => {
                server.stream_packet(packet);
            }
            Packet::ClientRequest { op: Op::CloseSession, .. } => {
                server.closes_session(scene, delivered.from);
            }
            _ => {}
        }
    }
}

impl Observer for ZookeeperLog {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        for effect in step.effects {
            if let Effect::Opened { conn, .. } = effect {
                self.opens(*conn);
            }
        }
        let conn = ZookeeperLog::connection(step.action);
        let port = conn.and_then(|conn| self.ports.get(&conn)).copied();
        let scene = Scene { ensemble: step.ensemble, at: step.moment.at, action: step.action, conn, port };
        for server in &mut self.servers {
            server.look_at_clock(&scene);
        }
        if let (Action::Deliver { to, .. }, Some(delivered)) = (step.action, step.delivered) {
            self.delivered(&scene, *to, delivered);
        }
        for effect in step.effects {
            let node = match effect {
                Effect::Started(node) | Effect::Up(node) | Effect::Down(node, _) => *node,
                Effect::Sent { from, .. } => *from,
                Effect::Dialled { from, port: Port::Quorum, .. } => *from,
                Effect::DiskBegan { node, .. } | Effect::DiskWrote { node, .. } => *node,
                Effect::DiskFailed { node, .. } | Effect::Decided { node, .. } => *node,
                _ => continue,
            };
            // Clients come after the servers, and keep no log.
            let Some(server) = self.servers.get_mut(node.index()) else { continue };
            match effect {
                Effect::Started(_) => server.started(&scene),
                Effect::Up(_) => server.loads(&scene),
                Effect::Down(_, Ended::Exited(exit)) => server.exits(&scene, exit),
                Effect::Down(..) => server.is_killed(),
                // Discovery is over.
                Effect::Sent { packet: Some(Packet::AckEpoch { .. }), .. } => {
                    server.reaches("synchronization")
                }
                Effect::Sent { packet: Some(Packet::Revalidate { session, .. }), .. } => {
                    server.revalidates(*session);
                }
                Effect::Dialled { .. } => server.enters_role(&scene),
                Effect::DiskBegan { writer, .. } => server.begins_write(&scene, *writer),
                Effect::DiskWrote { op, .. } => server.has_written(&scene, op),
                Effect::DiskFailed { .. } => server.failed_to_write(&scene),
                Effect::Decided { decision, .. } => server.decided(&scene, decision),
                _ => {}
            }
        }
        for server in &mut self.servers {
            server.look_at_log(&scene);
        }
        Ok(())
    }
}
