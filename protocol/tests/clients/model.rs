//! The naive model: znodes by path, sessions by id, one request after the other.

use std::collections::BTreeMap;
use zablab_protocol::{ErrorCode, Millis, Op, Peer, Reply, SessionId, Zxid};

/// A stat as clients see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stat {
    czxid: Zxid,
    mzxid: Zxid,
    pzxid: Zxid,
    ctime: Millis,
    mtime: Millis,
    version: i32,
    cversion: i32,
    ephemeral_owner: SessionId,
    data_length: usize,
    num_children: usize,
}

/// What a request returns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    Done,
    Made(String, Stat),
    Stat(Stat),
    Data(String, Stat),
    Names(Vec<String>, Stat),
    Parts(Vec<Result<Said, ErrorCode>>),
}

fn stat_of(stat: &zablab_protocol::Stat) -> Stat {
    Stat {
        czxid: stat.czxid,
        mzxid: stat.mzxid,
        pzxid: stat.pzxid,
        ctime: stat.ctime,
        mtime: stat.mtime,
        version: stat.version,
        cversion: stat.cversion(),
        ephemeral_owner: stat.ephemeral_owner,
        data_length: stat.data_length.try_into().unwrap(),
        num_children: stat.num_children.try_into().unwrap(),
    }
}

/// The machine's reply in the model's terms.
pub(crate) fn said(result: &Result<Reply, ErrorCode>) -> Result<Said, ErrorCode> {
    Ok(match result.as_ref().map_err(|code| *code)? {
        Reply::Done => Said::Done,
        Reply::Created { path, stat } => Said::Made(path.to_string(), stat_of(stat)),
        Reply::Stat(stat) => Said::Stat(stat_of(stat)),
        Reply::Node { data, stat } => Said::Data(data.to_string(), stat_of(stat)),
        Reply::Children { names, stat } => {
            Said::Names(names.iter().map(|name| name.to_string()).collect(), stat_of(stat))
        }
        Reply::Multi(parts) => Said::Parts(parts.iter().map(said).collect()),
    })
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Node {
    data: String,
    /// Without the two numbers that follow from the data and the other paths.
    stat: Stat,
    /// Children ever created: the next sequential name.
    made: i32,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Model {
    nodes: BTreeMap<String, Node>,
    sessions: BTreeMap<SessionId, Millis>,
    /// The last zxid given out.
    pub(crate) zxid: Zxid,
}

fn above(path: &str) -> String {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/".to_owned(),
        Some((above, _)) => above.to_owned(),
    }
}

const SPECIAL: [&str; 4] = ["/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"];

impl Model {
    /// A fresh ensemble whose first zxid follows `zxid`.
    pub(crate) fn new(zxid: Zxid) -> Model {
        let mut nodes = BTreeMap::new();
        for path in SPECIAL {
            nodes.insert(path.to_owned(), Node::default());
        }
        // Their children were never created.
        nodes.get_mut("/").unwrap().stat.cversion = -1;
        nodes.get_mut("/zookeeper").unwrap().stat.cversion = -2;
        Model { nodes, sessions: BTreeMap::new(), zxid }
    }

    fn children(&self, path: &str) -> Vec<String> {
        let below = self.nodes.keys().filter(|other| *other != "/" && above(other) == path);
        below.map(|child| child.rsplit_once('/').unwrap().1.to_owned()).collect()
    }

    fn stat(&self, path: &str) -> Stat {
        let Node { data, stat, .. } = &self.nodes[path];
        Stat { data_length: data.len(), num_children: self.children(path).len(), ..stat.clone() }
    }

    /// Whether nothing but the zxid tells two states apart.
    pub(crate) fn same_but_zxid(&self, other: &Model) -> bool {
        (&self.nodes, &self.sessions) == (&other.nodes, &other.sessions)
    }

    /// Executes a request; a write takes the next zxid, whatever comes of it.
    pub(crate) fn execute(&mut self, session: SessionId, op: &Op, now: Millis) -> Result<Said, ErrorCode> {
        match op {
            Op::GetData { path, .. } => {
                let node = self.nodes.get(&**path).ok_or(ErrorCode::NoNode)?;
                Ok(Said::Data(node.data.clone(), self.stat(path)))
            }
            Op::Exists { path, .. } => {
                self.nodes.get(&**path).ok_or(ErrorCode::NoNode)?;
                Ok(Said::Stat(self.stat(path)))
            }
            Op::GetChildren { path, .. } => {
                self.nodes.get(&**path).ok_or(ErrorCode::NoNode)?;
                Ok(Said::Names(self.children(path), self.stat(path)))
            }
            Op::Sync { .. } | Op::Ping | Op::SetWatches(_) => Ok(Said::Done),
            write => {
                self.zxid = self.zxid.next();
                self.write(session, write, now)
            }
        }
    }

    fn write(&mut self, session: SessionId, op: &Op, now: Millis) -> Result<Said, ErrorCode> {
        match op {
            Op::CreateSession { timeout } => {
                self.sessions.insert(session, *timeout);
                Ok(Said::Done)
            }
            Op::CloseSession => {
                self.sessions.remove(&session);
                let owned = self.nodes.iter().filter(|(_, node)| node.stat.ephemeral_owner == session);
                for path in owned.map(|(path, _)| path.clone()).collect::<Vec<_>>() {
                    self.remove(&path);
                }
                Ok(Said::Done)
            }
            Op::Multi(parts) => {
                let before = self.clone();
                let mut done = Vec::new();
                for part in parts.iter() {
                    match self.write(session, part, now) {
                        Ok(said) => done.push(Ok(said)),
                        Err(code) => {
                            *self = before;
                            let mut codes = vec![Err(ErrorCode::Ok); done.len()];
                            codes.push(Err(code));
                            codes.resize(parts.len(), Err(ErrorCode::RuntimeInconsistency));
                            return Ok(Said::Parts(codes));
                        }
                    }
                }
                Ok(Said::Parts(done))
            }
            Op::Create { path, data, mode } => {
                let parent = above(path);
                let found = self.nodes.get(&parent).ok_or(ErrorCode::NoNode)?;
                let path =
                    if mode.sequential { format!("{path}{:010}", found.made) } else { path.to_string() };
                if self.nodes.contains_key(&path) {
                    return Err(ErrorCode::NodeExists);
                }
                if found.stat.ephemeral_owner != SessionId::NONE {
                    return Err(ErrorCode::NoChildrenForEphemerals);
                }
                let (zxid, data) = (self.zxid, data.to_string());
                let ephemeral_owner = if mode.ephemeral { session } else { SessionId::NONE };
                let stat = Stat {
                    czxid: zxid,
                    mzxid: zxid,
                    pzxid: zxid,
                    ctime: now,
                    mtime: now,
                    ephemeral_owner,
                    ..Stat::default()
                };
                self.nodes.insert(path.clone(), Node { data, stat, made: 0 });
                let parent = self.nodes.get_mut(&parent).unwrap();
                parent.made += 1;
                parent.stat.cversion += 1;
                parent.stat.pzxid = zxid;
                Ok(Said::Made(path.clone(), self.stat(&path)))
            }
            Op::SetData { path, data, version } => {
                self.check(path, *version)?;
                let zxid = self.zxid;
                let node = self.nodes.get_mut(&**path).unwrap();
                node.data = data.to_string();
                node.stat.version += 1;
                node.stat.mzxid = zxid;
                node.stat.mtime = now;
                Ok(Said::Stat(self.stat(path)))
            }
            Op::Delete { path, version } => {
                if SPECIAL.contains(&&**path) {
                    return Err(ErrorCode::BadArguments);
                }
                self.check(path, *version)?;
                if !self.children(path).is_empty() {
                    return Err(ErrorCode::NotEmpty);
                }
                self.remove(path);
                Ok(Said::Done)
            }
            Op::Check { path, version } => {
                self.check(path, *version)?;
                Ok(Said::Done)
            }
            other => panic!("{other} is no write"),
        }
    }

    fn check(&self, path: &str, version: Option<i32>) -> Result<(), ErrorCode> {
        let node = self.nodes.get(path).ok_or(ErrorCode::NoNode)?;
        match version {
            Some(version) if version != node.stat.version => Err(ErrorCode::BadVersion),
            _ => Ok(()),
        }
    }

    fn remove(&mut self, path: &str) {
        self.nodes.remove(path);
        let zxid = self.zxid;
        let parent = self.nodes.get_mut(&above(path)).unwrap();
        parent.stat.cversion += 1;
        parent.stat.pzxid = zxid;
    }

    /// Holds a server's memory against the model.
    pub(crate) fn assert_is(&self, server: &Peer) {
        let who = server.config().sid;
        let tree: BTreeMap<String, (String, Stat)> = server
            .tree()
            .iter()
            .map(|(path, node)| (path.to_string(), (node.data.to_string(), stat_of(&node.stat))))
            .collect();
        let expected: BTreeMap<String, (String, Stat)> = self
            .nodes
            .iter()
            .map(|(path, node)| (path.clone(), (node.data.clone(), self.stat(path))))
            .collect();
        assert_eq!(tree, expected, "the tree of server {who}");
        for (path, node) in server.tree().iter() {
            assert_eq!(node.children(), self.children(path), "the children of {path} at server {who}");
        }
        let sessions: BTreeMap<SessionId, Millis> = server.sessions().iter().collect();
        assert_eq!(sessions, self.sessions, "the sessions of server {who}");
        for session in self.sessions.keys() {
            let owned = self.nodes.iter().filter(|(_, node)| node.stat.ephemeral_owner == *session);
            let owned: Vec<&str> = owned.map(|(path, _)| path.as_str()).collect();
            let listed: Vec<&str> = server.tree().ephemerals(*session).map(|path| &**path).collect();
            assert_eq!(listed, owned, "the ephemerals of {session} at server {who}");
        }
        assert_eq!(server.status().last_processed, self.zxid, "at server {who}");
    }
}
