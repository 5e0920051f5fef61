//! A driver for a handful of servers, under a test's full control: no clock, no chance. It carries outputs out in
//! order, keeps disks, links and armed timers, and checks the driver's side of the contract on the way.
//!
//! A member that is made a puppet runs no [`Peer`]: the test plays it. It takes every connection and keeps what it
//! is sent, and the test says what it sends. Clients stand beside the members: puppets, or machines of their own.

mod clients;
mod progress;
mod puppets;
mod seen;

pub(crate) use clients::client;
pub(crate) use seen::names;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use zablab_protocol::{
    Answer, Change, Client, ClientEvent, Config, ConnId, CreateMode, Decision, DiskOp, Epoch, ErrorCode,
    Exit, Input, Millis, Notification, Op, Origin, Output, Packet, Peer, PeerType, Port, QuorumVerifier,
    Round, ServerState, SessionId, Settings, Sid, SnapshotFile, Status, Storage, Task, Timer, Txn, Vote,
    Work, Writer, Zxid,
};

pub(crate) const S1: Sid = Sid(1);
pub(crate) const S2: Sid = Sid(2);
pub(crate) const S3: Sid = Sid(3);
pub(crate) const S4: Sid = Sid(4);
pub(crate) const S5: Sid = Sid(5);

/// Every server's clock at first: it stands still until a test moves it.
pub(crate) const NOW: Millis = Millis(1000);

/// The zxid `counter` of `epoch`.
pub(crate) fn z(epoch: i64, counter: u32) -> Zxid {
    Zxid::new(Epoch(epoch), counter)
}

/// A transaction that creates a node of its own. Equal zxids give equal transactions.
pub(crate) fn txn(epoch: i64, counter: u32) -> Arc<Txn> {
    let change = Change::Create {
        path: path_of(epoch, counter).into(),
        data: "".into(),
        parent_cversion: 1,
        owner: SessionId::NONE,
    };
    Arc::new(Txn::new(z(epoch, counter), Origin::default(), NOW, change))
}

/// The node that [`txn`] creates.
pub(crate) fn path_of(epoch: i64, counter: u32) -> String {
    format!("/e{epoch}c{counter}")
}

/// A disk with an empty snapshot and these records in one log file, all durable.
pub(crate) fn disk(log: &[(i64, u32)], accepted: i64, current: i64) -> Storage {
    let mut disk = Storage {
        accepted_epoch: Some(Epoch(accepted)),
        current_epoch: Some(Epoch(current)),
        ..Storage::default()
    };
    disk.add_snapshot(SnapshotFile { snapshot: Arc::default(), from_leader: false });
    log.iter().for_each(|(e, c)| disk.log.append(txn(*e, *c)));
    disk
}

pub(crate) fn create(path: &str) -> Op {
    Op::Create { path: path.into(), data: "".into(), mode: CreateMode::default() }
}

pub(crate) fn vote(leader: Sid, zxid: Zxid, epoch: i64) -> Vote {
    Vote { leader, zxid, peer_epoch: Epoch(epoch) }
}

pub(crate) fn note(state: ServerState, vote: Vote, round: u64) -> Packet {
    Packet::Notification(Notification { state, vote, round: Round(round) })
}

pub(crate) fn any(_: &Packet) -> bool {
    true
}

enum Item {
    Packet(Packet),
    /// The other side has closed its end.
    Fin,
}

/// One side of a connection, and what is on its way to it.
struct End {
    sid: Sid,
    conn: ConnId,
    open: bool,
    inbound: VecDeque<Item>,
}

struct Link {
    port: Port,
    ends: [End; 2],
}

struct Node {
    config: Arc<Config>,
    puppet: bool,
    peer: Option<Peer>,
    client: Option<Client>,
    disk: Storage,
    /// Records of the log that would survive a power failure.
    durable: usize,
    /// With the length that the log had when the change was asked for.
    under_way: BTreeMap<Writer, (DiskOp, usize)>,
    timers: BTreeMap<Timer, Millis>,
    owed: BTreeSet<Task>,
    listening: BTreeSet<Port>,
    dialling: BTreeSet<(Port, Sid)>,
    heard: Vec<Packet>,
    exit: Option<Exit>,
}

impl Node {
    fn new(config: Arc<Config>) -> Node {
        Node {
            config,
            puppet: false,
            peer: None,
            client: None,
            disk: Storage::default(),
            durable: 0,
            under_way: BTreeMap::new(),
            timers: BTreeMap::new(),
            owed: BTreeSet::new(),
            listening: BTreeSet::new(),
            dialling: BTreeSet::new(),
            heard: Vec::new(),
            exit: None,
        }
    }
}

/// What a server did, for a test to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Sent(Sid, Port, Packet),
    Asked(DiskOp),
    Done(DiskOp),
    Decided(Decision),
    Answered(Arc<Answer>),
    Dialled(Port, Sid),
    Closed(Sid, Port),
    Armed(Timer, Millis),
    Client(ClientEvent),
    BacksOff { again: bool, all_tried: bool },
}

type Which<T> = fn(&T) -> bool;

/// The ensemble.
pub(crate) struct Cluster {
    nodes: BTreeMap<Sid, Node>,
    links: Vec<Link>,
    dials: VecDeque<(Sid, Port, Sid)>,
    events: Vec<(Sid, Event)>,
    held_packets: Vec<(Sid, Sid, Which<Packet>)>,
    held_disks: Vec<(Sid, Which<DiskOp>)>,
    held_tasks: Vec<(Sid, Which<Task>)>,
    cxid: i32,
    clock: Millis,
}

fn port_of(packet: &Packet) -> Port {
    match packet {
        Packet::Hello { .. } | Packet::Notification(_) => Port::Election,
        Packet::ConnectRequest { .. }
        | Packet::ConnectResponse { .. }
        | Packet::ClientRequest { .. }
        | Packet::Reply(_)
        | Packet::WatchEvent { .. } => Port::Client,
        _ => Port::Quorum,
    }
}

impl Cluster {
    /// `n` participants 1 to `n`, none of them started, with empty disks.
    pub(crate) fn new(n: i64) -> Cluster {
        Cluster::with(n, 0, Settings::default())
    }

    /// The same with observers after them.
    pub(crate) fn with(participants: i64, observers: i64, settings: Settings) -> Cluster {
        let members = (1..=participants + observers).map(|sid| {
            let peer_type = if sid <= participants { PeerType::Participant } else { PeerType::Observer };
            (Sid(sid), peer_type)
        });
        let verifier = Arc::new(QuorumVerifier::majority(members).unwrap());
        let node =
            |sid| Node::new(Arc::new(Config { sid, verifier: verifier.clone(), settings: settings.clone() }));
        Cluster {
            nodes: verifier.members().map(|(sid, _)| (sid, node(sid))).collect(),
            links: Vec::new(),
            dials: VecDeque::new(),
            events: Vec::new(),
            held_packets: Vec::new(),
            held_disks: Vec::new(),
            held_tasks: Vec::new(),
            cxid: 0,
            clock: NOW,
        }
    }

    fn node(&mut self, sid: Sid) -> &mut Node {
        self.nodes.get_mut(&sid).unwrap()
    }

    fn peer(&self, sid: Sid) -> &Peer {
        self.nodes[&sid].peer.as_ref().expect("the server runs")
    }

    // ---- servers ----

    pub(crate) fn set_disk(&mut self, sid: Sid, disk: Storage) {
        let node = self.node(sid);
        node.durable = disk.log.txns().len();
        node.disk = disk;
    }

    /// What the server's files hold now.
    pub(crate) fn disk(&self, sid: Sid) -> &Storage {
        &self.nodes[&sid].disk
    }

    /// The zxids of its log.
    pub(crate) fn logged(&self, sid: Sid) -> Vec<Zxid> {
        self.disk(sid).log.txns().iter().map(|txn| txn.zxid).collect()
    }

    /// How many records of the log are durable.
    pub(crate) fn durable(&self, sid: Sid) -> usize {
        self.nodes[&sid].durable
    }

    pub(crate) fn status(&self, sid: Sid) -> Status {
        self.peer(sid).status()
    }

    /// Whether the server serves clients and has this node in its tree.
    pub(crate) fn shows(&self, sid: Sid, path: &str) -> bool {
        self.status(sid).serving && self.peer(sid).tree().get(path).is_some()
    }

    /// Whether a server holds an election link with another for standing.
    pub(crate) fn peer_linked(&self, sid: Sid, with: Sid) -> bool {
        self.peer(sid).has_election_link(with)
    }

    pub(crate) fn has_node(&self, sid: Sid, path: &str) -> bool {
        self.peer(sid).tree().get(path).is_some()
    }

    pub(crate) fn exit_of(&self, sid: Sid) -> Option<&Exit> {
        self.nodes[&sid].exit.as_ref()
    }

    /// Boots a server on its disk.
    pub(crate) fn start(&mut self, sid: Sid) {
        let now = self.clock;
        let node = self.node(sid);
        assert!(node.peer.is_none() && !node.puppet, "{sid} runs already");
        let mut out = Vec::new();
        node.peer = Some(Peer::boot(node.config.clone(), now, &node.disk, &mut out));
        node.exit = None;
        self.carry_out(sid, out);
    }

    /// The process dies; what it handed to the operating system stays.
    pub(crate) fn kill(&mut self, sid: Sid) {
        let node = self.node(sid);
        assert!(node.peer.take().is_some() || node.client.take().is_some(), "{sid} does not run");
        node.under_way.clear();
        node.timers.clear();
        node.owed.clear();
        node.listening.clear();
        node.dialling.clear();
        self.dials.retain(|(from, ..)| *from != sid);
        for link in &mut self.links {
            close_end(link, sid, None);
        }
    }

    /// The machine dies, and the unsynced tail of the log with it.
    pub(crate) fn power_off(&mut self, sid: Sid) {
        self.kill(sid);
        let node = self.node(sid);
        node.disk.log.keep_first(node.durable);
    }

    fn step(&mut self, sid: Sid, input: Input) {
        let now = self.clock;
        let node = self.node(sid);
        let mut out = Vec::new();
        match (&mut node.peer, &mut node.client) {
            (Some(peer), _) => peer.step(input, now, &node.disk, &mut out),
            (_, Some(client)) => client.step(input, &mut out),
            _ => return,
        }
        self.carry_out(sid, out);
    }

    fn carry_out(&mut self, sid: Sid, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send { conn, packet } => {
                    let (at, side) = self.end(sid, conn).expect("only an open handle is written to");
                    let link = &mut self.links[at];
                    let (port, other) = (link.port, &mut link.ends[1 - side]);
                    assert_eq!(port, port_of(&packet), "{} on the wrong port", packet.name());
                    if other.open {
                        other.inbound.push_back(Item::Packet(packet.clone()));
                    }
                    let to = other.sid;
                    self.events.push((sid, Event::Sent(to, port, packet)));
                }
                Output::Connect { port, to } => {
                    let fresh = self.node(sid).dialling.insert((port, to));
                    assert!(fresh, "one attempt at a time");
                    self.dials.push_back((sid, port, to));
                    self.events.push((sid, Event::Dialled(port, to)));
                }
                Output::Abandon { port, to } => {
                    self.node(sid).dialling.remove(&(port, to));
                    self.dials.retain(|dial| *dial != (sid, port, to));
                }
                Output::Close { conn } => {
                    let (at, side) = self.end(sid, conn).expect("only an open handle is closed");
                    let link = &mut self.links[at];
                    let event = Event::Closed(link.ends[1 - side].sid, link.port);
                    close_end(link, sid, Some(conn));
                    self.events.push((sid, event));
                }
                Output::Listen { port, open: true } => {
                    self.node(sid).listening.insert(port);
                }
                Output::Listen { port, open: false } => {
                    self.node(sid).listening.remove(&port);
                }
                Output::SetTimer { timer, after } => {
                    self.node(sid).timers.insert(timer, after);
                    self.events.push((sid, Event::Armed(timer, after)));
                }
                Output::CancelTimer(timer) => {
                    self.node(sid).timers.remove(&timer);
                }
                Output::Disk { writer, op } => {
                    self.events.push((sid, Event::Asked(op.clone())));
                    let node = self.node(sid);
                    match op {
                        DiskOp::Append { txn } => node.disk.log.append(txn),
                        DiskOp::Roll => node.disk.log.roll(),
                        op => {
                            let length = node.disk.log.txns().len();
                            let old = node.under_way.insert(writer, (op, length));
                            assert!(old.is_none(), "one change a writer at a time");
                        }
                    }
                }
                Output::Wake { task, work } => {
                    if let Work::Reconnect { again, all_tried } = work {
                        self.events.push((sid, Event::BacksOff { again, all_tried }));
                    }
                    self.node(sid).owed.insert(task);
                }
                Output::Answer(answer) => self.events.push((sid, Event::Answered(answer))),
                Output::Client(event) => {
                    assert!(self.nodes[&sid].client.is_some(), "a server is no client");
                    self.events.push((sid, Event::Client(event)));
                }
                Output::Decided(decision) => self.events.push((sid, Event::Decided(decision))),
                Output::Exit(exit) => {
                    self.kill(sid);
                    self.node(sid).exit = Some(exit);
                    return;
                }
            }
        }
        let node = &self.nodes[&sid];
        let client_ready = node.client.as_ref().is_some_and(Client::is_ready).then_some(Task::Main);
        for task in node.peer.iter().flat_map(Peer::ready).chain(client_ready) {
            assert!(node.owed.contains(&task), "{sid}: {task:?} is ready and nobody was told");
        }
    }

    // ---- links ----

    /// The link of an open handle, and which of its sides this is.
    fn end(&self, sid: Sid, conn: ConnId) -> Option<(usize, usize)> {
        self.links.iter().enumerate().find_map(|(at, link)| {
            link.ends
                .iter()
                .position(|end| end.open && end.sid == sid && end.conn == conn)
                .map(|side| (at, side))
        })
    }

    /// The handle of the newest link between two servers that both still hold open.
    pub(crate) fn conn(&self, sid: Sid, with: Sid, port: Port) -> Option<ConnId> {
        let links = self.links.iter().rev();
        let mut both = links.filter(|link| link.port == port && link.ends.iter().all(|end| end.open));
        both.find_map(|link| {
            let side = link.ends.iter().position(|end| end.sid == sid)?;
            (link.ends[1 - side].sid == with).then_some(link.ends[side].conn)
        })
    }

    /// The handle of the leader's connection with a learner.
    pub(crate) fn handler(&self, leader: Sid, learner: Sid) -> ConnId {
        self.conn(leader, learner, Port::Quorum).expect("they are connected")
    }

    /// The smallest handle that is free: a stale one is soon somebody else's.
    fn free_conn(&self, sid: Sid) -> ConnId {
        (0..).map(ConnId).find(|conn| self.end(sid, *conn).is_none()).unwrap()
    }

    fn open_link(&mut self, from: Sid, to: Sid, port: Port) -> [ConnId; 2] {
        self.links.retain(|link| link.ends.iter().any(|end| end.open));
        let conns = [self.free_conn(from), self.free_conn(to)];
        let end = |sid, conn| End { sid, conn, open: true, inbound: VecDeque::new() };
        self.links.push(Link { port, ends: [end(from, conns[0]), end(to, conns[1])] });
        conns
    }

    fn answer_dial(&mut self, from: Sid, port: Port, to: Sid) {
        self.node(from).dialling.remove(&(port, to));
        let there = &self.nodes[&to];
        if there.listening.contains(&port) && (there.puppet || there.peer.is_some()) {
            let [mine, theirs] = self.open_link(from, to, port);
            self.step(from, Input::Connected { port, to, conn: mine });
            self.step(to, Input::Accepted { conn: theirs, port });
        } else {
            self.step(from, Input::ConnectFailed { port, to });
        }
    }

    /// Delivers the next packet of one side of a link.
    fn deliver(&mut self, at: usize, side: usize) {
        let link = &mut self.links[at];
        let end = &mut link.ends[side];
        let (sid, conn) = (end.sid, end.conn);
        let Some(item) = end.inbound.pop_front() else {
            return;
        };
        let puppet = self.nodes[&sid].puppet;
        match item {
            Item::Fin if puppet => close_end(&mut self.links[at], sid, Some(conn)),
            Item::Fin => self.step(sid, Input::Closed { conn }),
            Item::Packet(packet) if puppet => self.node(sid).heard.push(packet),
            Item::Packet(packet) => self.step(sid, Input::Received { conn, packet }),
        }
    }

    /// What is on its way from one server to another is lost (with the machine that still had to send it).
    pub(crate) fn lose_packets(&mut self, from: Sid, to: Sid) {
        for link in &mut self.links {
            for side in 0..2 {
                if link.ends[side].sid == to && link.ends[1 - side].sid == from {
                    link.ends[side].inbound.clear();
                }
            }
        }
    }
}

/// Closes a server's end (of one connection, or of all): the other side gets what was sent before, then the end.
fn close_end(link: &mut Link, sid: Sid, conn: Option<ConnId>) {
    for side in 0..2 {
        let end = &mut link.ends[side];
        if end.open && end.sid == sid && conn.is_none_or(|conn| conn == end.conn) {
            end.open = false;
            end.inbound.clear();
            let other = &mut link.ends[1 - side];
            if other.open {
                other.inbound.push_back(Item::Fin);
            }
        }
    }
}
