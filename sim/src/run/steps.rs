//! The steps of a scenario, as actions.

use super::disturbs;
use super::trigger::part;
use super::users::Todo;
use super::{Item, Observer, Run, setup};
use crate::ensemble::{Action, Loss, NodeId, Ports, StreamHold};
use crate::scenario::setting::Value;
use crate::scenario::{self, Direction, Hold, Links, ServerRef, Servers, Step, Stream};
use crate::schedule::{Kind, Range};
use zablab_protocol::{CreateMode, Op, Origin, Port};

fn ports(port: Option<scenario::Port>) -> Ports {
    Ports::only(port.map(Port::from))
}

impl Run {
    /// Carries out a step. One that cannot be carried out (nobody leads, say) fails the run at its line.
    pub(super) fn do_step(
        &mut self,
        line: u32,
        step: &Step,
        observers: &mut [&mut dyn Observer],
    ) -> std::io::Result<()> {
        tracing::debug!(line, at = self.timed.now(), %step, "a step of the scenario");
        if self.put_off(line, step) {
            return Ok(());
        }
        if disturbs(step) {
            self.disturbed = self.timed.now();
        }
        self.faults.count_step(step);
        match step {
            Step::Freeze => self.timed.freeze(),
            Step::Thaw => self.thaw(),
            Step::Next(happening) => self.do_next(line, step, happening, observers)?,
            _ => {}
        }
        match self.user_todo(step).and_then(|todo| Ok((todo, self.actions(step)?))) {
            Ok((todo, actions)) => {
                for (id, todo) in todo {
                    self.do_todo(id, todo, observers)?;
                }
                for action in actions {
                    if self.timed.ensemble.changes(&action) {
                        self.faults.count(&action, &self.timed.ensemble);
                        self.act(action.clone(), 0, observers)?;
                        if let Action::Resume(id) = action {
                            self.user_goes_on(id);
                            for (_, line, step) in
                                self.late.extract_if(.., |(of, ..)| *of == id).collect::<Vec<_>>()
                            {
                                self.do_step(line, &step, observers)?;
                            }
                        }
                    }
                }
                self.timed.settle();
                let ensemble = &self.timed.ensemble;
                let goes_on = |(node, ..): &mut (NodeId, Origin, Op)| !ensemble.node(*node).paused;
                for (node, origin, op) in self.waiting.extract_if(.., goes_on).collect::<Vec<_>>() {
                    self.request(node, origin, op, observers)?;
                }
            }
            Err(instead) => self.not_met(line, step.to_string(), instead),
        }
        self.look();
        Ok(())
    }

    /// What a client is to do while it stands still, it does when it goes on. Says whether that is all there is to do now.
    fn put_off(&mut self, line: u32, step: &Step) -> bool {
        let paused = |run: &Run, name: &String| {
            let mut ids = run.clients_named(name);
            ids.retain(|id| run.timed.ensemble.client(*id).is_some_and(|client| client.paused));
            ids
        };
        match step {
            Step::Client { client, .. } => {
                let ids = paused(self, client);
                self.late.extend(ids.iter().map(|id| (*id, line, step.clone())));
                !ids.is_empty()
            }
            Step::Close(names) => {
                let all: Vec<NodeId> = names.iter().flat_map(|name| self.clients_named(name)).collect();
                let ids: Vec<NodeId> = names.iter().flat_map(|name| paused(self, name)).collect();
                if ids.is_empty() {
                    return false;
                }
                let one = |id: NodeId| Step::Close(vec![self.timed.ensemble.name(id).to_owned()]);
                let later: Vec<(NodeId, u32, Step)> = ids.iter().map(|id| (*id, line, one(*id))).collect();
                self.late.extend(later);
                ids.len() == all.len()
            }
            _ => false,
        }
    }

    fn resolve_all(&self, servers: &Servers) -> Result<Vec<NodeId>, String> {
        match servers {
            Servers::All => Ok(self.timed.ensemble.ids().collect()),
            Servers::List(list) => {
                let mut all = Vec::new();
                for server in list {
                    all.extend(self.resolve_each(server)?);
                }
                Ok(all)
            }
        }
    }

    /// What a reference means now: a server, a client, or all clients of a workload.
    pub(super) fn resolve_each(&self, server: &ServerRef) -> Result<Vec<NodeId>, String> {
        let clients = match server {
            ServerRef::Name(name) => self.clients_named(name),
            ServerRef::Leader | ServerRef::Follower => Vec::new(),
        };
        if clients.is_empty() { Ok(vec![self.resolve(server)?]) } else { Ok(clients) }
    }

    /// What a step has users do: asking for something, or ending their sessions.
    fn user_todo(&mut self, step: &Step) -> Result<Vec<(NodeId, Vec<Todo>)>, String> {
        let now = self.timed.now();
        let runs = |run: &Run, id: NodeId| {
            let runs = run.timed.ensemble.client(id).is_some_and(|client| client.process.is_some());
            if runs { Ok(()) } else { Err(format!("{} does not run", run.timed.ensemble.name(id))) }
        };
        match step {
            Step::Client { client, call } => {
                let id = self.client_named(client).ok_or_else(|| format!("there is no client {client}"))?;
                runs(self, id)?;
                Ok(vec![(id, self.users.call(id, client, call, now)?)])
            }
            Step::Close(names) => {
                let mut all = Vec::new();
                let ids: Vec<NodeId> = names.iter().flat_map(|name| self.clients_named(name)).collect();
                for id in ids {
                    if self.late.iter().any(|(of, _, step)| *of == id && matches!(step, Step::Close(_))) {
                        continue;
                    }
                    runs(self, id)?;
                    all.push((id, self.users.close(id, now)));
                }
                Ok(all)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Every ordered pair of different servers that the links mean; both orders where both ways are meant.
    fn pairs(
        &self,
        first: &Servers,
        second: &Servers,
        direction: Direction,
    ) -> Result<Vec<(NodeId, NodeId)>, String> {
        let (first, second) = (self.resolve_all(first)?, self.resolve_all(second)?);
        let mut pairs = Vec::new();
        for a in &first {
            for b in second.iter().filter(|b| *b != a) {
                pairs.push((*a, *b));
                if direction == Direction::Both {
                    pairs.push((*b, *a));
                }
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        if pairs.is_empty() {
            return Err("it names no two different servers".to_owned());
        }
        Ok(pairs)
    }

    fn each(&self, servers: &Servers, action: impl Fn(NodeId) -> Action) -> Result<Vec<Action>, String> {
        Ok(self.resolve_all(servers)?.into_iter().map(action).collect())
    }

    /// A fault on a port that these have no connections on would pass for one and do nothing.
    fn ports_between(
        &self,
        port: Option<scenario::Port>,
        pairs: &[(NodeId, NodeId)],
    ) -> Result<Ports, String> {
        let is_client = |id: &NodeId| self.timed.ensemble.client(*id).is_some();
        let with_client = pairs.iter().any(|(a, b)| is_client(a) || is_client(b));
        match port {
            Some(scenario::Port::Client) if !with_client => {
                Err("servers do not connect to each other on the client port".to_owned())
            }
            Some(scenario::Port::Election | scenario::Port::Quorum) if with_client => {
                Err("clients connect to the client port only".to_owned())
            }
            port => Ok(ports(port)),
        }
    }

    /// Every ordered pair that something could stand between.
    fn all_pairs(&self) -> Vec<(NodeId, NodeId)> {
        let ensemble = &self.timed.ensemble;
        let all = || ensemble.ids().chain(ensemble.client_ids());
        all().flat_map(|a| all().filter(move |b| *b != a).map(move |b| (a, b))).collect()
    }

    fn link_actions(
        &self,
        links: &Links,
        act: impl Fn(NodeId, NodeId, Ports) -> Action,
    ) -> Result<Vec<Action>, String> {
        let pairs = self.pairs(&links.first, &links.second, links.direction)?;
        let ports = self.ports_between(links.port, &pairs)?;
        Ok(pairs.into_iter().map(|(a, b)| act(a, b, ports)).collect())
    }

    fn holds_of(&self, stream: &Stream) -> Result<Vec<StreamHold>, String> {
        let pairs = self.pairs(&stream.from, &stream.to, Direction::OneWay)?;
        let ports = self.ports_between(stream.port, &pairs)?;
        let hold =
            |(from, to)| StreamHold { packet: stream.packet.map(scenario::Packet::word), from, to, ports };
        Ok(pairs.into_iter().map(hold).collect())
    }

    fn hold_actions(&self, hold: &Hold, on: bool) -> Result<Vec<Action>, String> {
        match hold {
            Hold::Task { server, task } => {
                Ok(vec![Action::HoldPart { node: self.resolve(server)?, part: part(*task), on }])
            }
            Hold::Stream(stream) => {
                let holds = self.holds_of(stream)?;
                Ok(holds.into_iter().map(|hold| Action::HoldStream { hold, on }).collect())
            }
        }
    }

    /// The actions that a step comes to now.
    fn actions(&mut self, step: &Step) -> Result<Vec<Action>, String> {
        match step {
            Step::Start(servers) => self.each(servers, Action::Start),
            Step::Kill(servers) => self.each(servers, Action::Kill),
            Step::PowerOff { servers, loss } => {
                let nodes = self.resolve_all(servers)?;
                let off = nodes.into_iter().map(|node| {
                    let loss = match loss {
                        scenario::Loss::Drawn => Loss::Drawn(self.timed.draw(node, Kind::Loss)),
                        scenario::Loss::Unsynced => Loss::Unsynced,
                        scenario::Loss::Nothing => Loss::Nothing,
                    };
                    Action::PowerOff(node, loss)
                });
                Ok(off.collect())
            }
            Step::Wipe(servers) => self.each(servers, Action::Wipe),
            Step::Free(servers) => self.each(servers, Action::Mend),
            Step::Fill(servers) => {
                let nodes = self.resolve_all(servers)?;
                Ok(nodes
                    .into_iter()
                    .map(|node| Action::Fill(node, self.timed.draw(node, Kind::Loss)))
                    .collect())
            }
            Step::Fail { servers, file } => {
                let nodes = self.resolve_all(servers)?;
                let file = file.map(scenario::File::word);
                let fail = |node| Action::Fail { node, file, torn: self.timed.draw(node, Kind::Loss) };
                Ok(nodes.into_iter().map(fail).collect())
            }
            Step::Restart(servers) => {
                let nodes = self.resolve_all(servers)?;
                Ok(nodes.into_iter().flat_map(|node| [Action::Kill(node), Action::Start(node)]).collect())
            }
            Step::Pause(servers) => self.each(servers, Action::Pause),
            Step::Resume(servers) => self.each(servers, Action::Resume),
            Step::Cut(links) => {
                self.link_actions(links, |from, to, ports| Action::Cut { from, to, ports, on: true })
            }
            Step::Refuse(links) => {
                self.link_actions(links, |from, to, ports| Action::Refuse { from, to, ports, on: true })
            }
            Step::Reset(links) => {
                let one_way = Links { direction: Direction::OneWay, ..links.clone() };
                self.link_actions(&one_way, |a, b, ports| Action::Reset { a, b, ports })
            }
            Step::Heal(links) => {
                let (pairs, ports) = match links {
                    None => (self.all_pairs(), Ports::ALL),
                    Some(links) => {
                        let pairs = self.pairs(&links.first, &links.second, links.direction)?;
                        let ports = self.ports_between(links.port, &pairs)?;
                        (pairs, ports)
                    }
                };
                let refused =
                    pairs.iter().map(|(from, to)| Action::Refuse { from: *from, to: *to, ports, on: false });
                let cut =
                    pairs.iter().map(|(from, to)| Action::Cut { from: *from, to: *to, ports, on: false });
                Ok(refused.chain(cut).collect())
            }
            Step::Hold(hold) => self.hold_actions(hold, true),
            Step::Release(Some(hold)) => {
                let released = self.hold_actions(hold, false)?;
                if !released.iter().any(|action| self.timed.ensemble.changes(action)) {
                    return Err("nothing of that is held".to_owned());
                }
                Ok(released)
            }
            Step::Release(None) => Ok(vec![Action::ReleaseAll]),
            Step::Create { path, data, times, at } => {
                let data = data.as_deref().unwrap_or("").into();
                self.client(
                    at,
                    Op::Create { path: path.as_str().into(), data, mode: CreateMode::default() },
                    *times,
                )
            }
            Step::Write { path, data, version, times, at } => {
                let op =
                    Op::SetData { path: path.as_str().into(), data: data.as_str().into(), version: *version };
                self.client(at, op, *times)
            }
            Step::Delete { path, version, at } => {
                self.client(at, Op::Delete { path: path.as_str().into(), version: *version }, 1)
            }
            Step::Read { path, at } => self.client(at, Op::get(path.as_str()), 1),
            Step::Close(_) | Step::Client { .. } => Ok(Vec::new()),
            Step::Clock { servers, rate } => {
                for node in self.resolve_all(servers)? {
                    self.timed.set_clock(node, rate.0);
                }
                Ok(Vec::new())
            }
            Step::Set { server, key, value } => {
                let nodes = match server {
                    Some(server) => vec![self.resolve(server)?],
                    None => {
                        let ensemble = &self.timed.ensemble;
                        ensemble.ids().chain(ensemble.client_ids()).collect()
                    }
                };
                for node in nodes {
                    self.timed.set_pace(node, |pace| {
                        if let (Value::Duration { min, max }, Some(range)) =
                            (value, setup::pace_of(pace, key))
                        {
                            *range = Range { min: min.0, max: max.0 };
                        }
                    });
                }
                Ok(Vec::new())
            }
            Step::Freeze | Step::Thaw | Step::Next(_) | Step::End => Ok(Vec::new()),
        }
    }

    /// A session that only this server knows sends its requests, the first one at once.
    fn client(&mut self, at: &scenario::ServerRef, op: Op, times: u32) -> Result<Vec<Action>, String> {
        let node = self.resolve(at)?;
        let sid = self.timed.ensemble.node(node).sid();
        let local = self.users.add_local(node, sid, op, times);
        self.travels(node, Item::Local(local));
        Ok(Vec::new())
    }
}
