//! The ensemble by a server's own zoo.cfg, where one lies beside its log.

use crate::run::{quorum_rule, tuned};
use crate::scenario::{ServerDecl, Setting, Statement};
use crate::zoo_cfg::{Configs, ZooCfg};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zablab_protocol::{Config, QuorumVerifier, Settings, Sid};

/// A server of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub sid: Sid,
    /// Where its peers find it.
    pub host: String,
    /// Where learners find it when it leads.
    pub quorum_port: u16,
    /// Where it takes notifications.
    pub election_port: u16,
    /// It has no vote.
    pub observer: bool,
}

/// What a zoo.cfg says of the quorum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// The file.
    pub path: PathBuf,
    /// Its list, by sid.
    pub servers: Vec<Member>,
    /// tickTime, initLimit, syncLimit and the rest, as ZooKeeper takes them.
    pub settings: Settings,
    /// Who makes a quorum; nobody where the list is empty.
    pub verifier: Option<Arc<QuorumVerifier>>,
    /// What is to be known about the file.
    pub notes: Vec<String>,
}

impl Members {
    /// The configuration of server `sid`, as the machine takes it; `None` where the file lists no servers.
    pub fn config(&self, sid: Sid) -> Option<Config> {
        let verifier = self.verifier.clone()?;
        Some(Config { sid, verifier, settings: self.settings.clone() })
    }

    /// The server that listens for learners at this port, if only one does.
    pub fn at_quorum_port(&self, port: u16) -> Option<Sid> {
        let mut there = self.servers.iter().filter(|member| member.quorum_port == port);
        let first = there.next()?;
        there.next().is_none().then_some(first.sid)
    }

    /// Reads a zoo.cfg, and the list in the file that it names, if that lies beside it. What ZooKeeper would refuse is
    /// refused here, with its words.
    pub fn open(path: &Path) -> Result<Members, String> {
        let text = |path: &Path| {
            let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            String::from_utf8(bytes).map_err(|_| format!("{}: not UTF-8", path.display()))
        };
        let name = path.display().to_string();
        let own = text(path)?;
        let mut cfg = ZooCfg::read(&name, &own).map_err(|refusal| refusal.to_string())?;
        if let Some(dynamic) = cfg.dynamic_file() {
            let file = dynamic.rsplit(['/', '\\']).next().unwrap_or(dynamic);
            let beside = path.with_file_name(file);
            let list = text(&beside)?;
            cfg = cfg
                .with_dynamic(&beside.display().to_string(), &list)
                .map_err(|refusal| refusal.to_string())?;
        }
        let mut members = Members::of(path, cfg)?;
        members.settings.initial_counter = initial_counter(&own);
        Ok(members)
    }

    fn of(path: &Path, cfg: ZooCfg) -> Result<Members, String> {
        let notes = cfg.notices().iter().map(ToString::to_string).collect();
        let servers = cfg
            .servers()
            .map(|(sid, observer, (host, quorum_port, election_port))| Member {
                sid: Sid(sid),
                host: host.clone(),
                quorum_port: *quorum_port,
                election_port: *election_port,
                observer,
            })
            .collect();
        let listed = cfg.sids().next().is_some();
        let mut configs = Configs::default();
        configs.for_all(cfg, None);
        let mut declared: Vec<ServerDecl> = Vec::new();
        let mut settings: Vec<Setting> = Vec::new();
        for statement in configs.statements(&[]).map_err(|missing| missing.to_string())? {
            match statement {
                Statement::Ensemble(servers) => declared = servers,
                Statement::Set(setting) => settings.push(setting),
                _ => {}
            }
        }
        let verifier = quorum_rule(&declared, &settings).filter(|_| listed).map(Arc::new);
        let (settings, _) = tuned(&settings);
        Ok(Members { path: path.to_owned(), servers, settings, verifier, notes })
    }
}

/// `zookeeper.testingonly.initialZxid`, which a zoo.cfg passes on as the property that it is.
fn initial_counter(text: &str) -> Option<u32> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix("testingonly.initialZxid="))?;
    value.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use zablab_protocol::PeerType;

    fn members(text: &str) -> Members {
        let text = format!("tickTime=500\ninitLimit=10\nsyncLimit=5\ndataDir=/d\nclientPort=2181\n{text}");
        Members::of(Path::new("zoo.cfg"), ZooCfg::read("zoo.cfg", &text).unwrap()).unwrap()
    }

    #[test]
    fn a_zoo_cfg_makes_a_configuration() {
        let list = "server.1=a:2888:3888\nserver.2=b:2889:3889\nserver.3=c:2890:3890\nserver.4=d:2891:3891:observer\n";
        let members = members(list);
        assert_eq!(members.servers.len(), 4);
        let fourth = Member {
            sid: Sid(4),
            host: "d".to_owned(),
            quorum_port: 2891,
            election_port: 3891,
            observer: true,
        };
        assert_eq!(members.servers[3], fourth);
        assert_eq!(members.at_quorum_port(2889), Some(Sid(2)));
        let config = members.config(Sid(4)).unwrap();
        assert_eq!(config.peer_type(), PeerType::Observer);
        assert_eq!(config.settings.tick_time, 500);
        assert_eq!(config.verifier.voters().count(), 3);
    }

    #[test]
    fn a_list_of_nobody_makes_none() {
        assert_eq!(members("").config(Sid(1)), None);
    }
}
