//! From the configurations of an ensemble to the statements of a scenario.

use super::{ZooCfg, keys};
use crate::scenario::setting::{self, TABLE, Value};
use crate::scenario::{ServerDecl, Setting, Span, Statement};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The configurations of an ensemble: one for all servers, others for one server each, or both.
#[derive(Clone, Debug, Default)]
pub struct Configs {
    all: Option<ZooCfg>,
    /// The id of the only server where the list is empty.
    alone: i64,
    own: BTreeMap<i64, ZooCfg>,
}

/// A server that a list names has no configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unconfigured {
    /// Its name.
    pub server: String,
    /// The file whose list names it.
    pub file: String,
}

impl fmt::Display for Unconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unconfigured { server, file } = self;
        write!(
            f,
            "{server} is in the list of {file} and has no configuration; give one for {server}, or one for all"
        )
    }
}

impl std::error::Error for Unconfigured {}

/// A server as it will be declared, with the configuration it uses; `None`: what the scenario says.
struct View<'c> {
    server: ServerDecl,
    cfg: Option<&'c ZooCfg>,
}

impl Configs {
    /// The configuration of every server that has none of its own. `myid` is what a file of that name said.
    pub fn for_all(&mut self, cfg: ZooCfg, myid: Option<i64>) {
        self.alone = myid.unwrap_or(1);
        self.all = Some(cfg);
    }

    /// The configuration of one server.
    pub fn for_one(&mut self, sid: i64, cfg: ZooCfg) {
        self.own.insert(sid, cfg);
    }

    /// Every configuration, that of all servers first.
    pub fn files(&self) -> impl Iterator<Item = &ZooCfg> {
        self.all.iter().chain(self.own.values())
    }

    /// The declaration of the ensemble and its settings. `declared` are the servers of the scenario that is to be
    /// configured: they keep their names, and what no file configures stays as it is there.
    pub fn statements(&self, declared: &[ServerDecl]) -> Result<Vec<Statement>, Unconfigured> {
        let views = self.views(declared)?;
        let ensemble = views.iter().map(|view| view.server.clone()).collect();
        let mut statements = vec![Statement::Ensemble(ensemble)];
        let mut settings = self.settings(&views);
        let rank = |key: &str| {
            let entry = setting::find(key).map(|(entry, _)| entry.name);
            TABLE.iter().position(|other| Some(other.name) == entry)
        };
        settings.extend(self.lists(&views, declared));
        settings.sort_by_key(|setting| (rank(&setting.key), setting.key.clone(), setting.server.clone()));
        statements.extend(settings.into_iter().map(Statement::Set));
        Ok(statements)
    }

    fn views(&self, declared: &[ServerDecl]) -> Result<Vec<View<'_>>, Unconfigured> {
        let mut sids: BTreeMap<i64, &str> = BTreeMap::new();
        for cfg in self.files() {
            for sid in cfg.sids() {
                sids.entry(sid).or_insert(&cfg.source.file);
            }
        }
        sids.extend(self.own.iter().map(|(sid, cfg)| (*sid, cfg.source.file.as_str())));
        if let Some(all) = &self.all {
            if all.members.is_empty() {
                sids.insert(self.alone, &all.source.file);
            }
        } else {
            sids.extend(declared.iter().map(|server| (server.sid, "")));
        }
        let view = |(sid, file): (i64, &str)| {
            let before = declared.iter().find(|server| server.sid == sid);
            let name = before.map_or_else(|| format!("zk{sid}"), |server| server.name.clone());
            let cfg = self.own.get(&sid).or(self.all.as_ref());
            if cfg.is_none() && before.is_none() {
                return Err(Unconfigured { server: name, file: file.to_owned() });
            }
            // A server is what its own list says; a list that lacks it says nothing.
            let member = cfg.and_then(|cfg| cfg.members.get(&sid));
            let observer = member
                .map(|member| member.observer)
                .or(before.map(|server| server.observer))
                .or_else(|| self.files().find_map(|cfg| Some(cfg.members.get(&sid)?.observer)));
            let observer = observer.unwrap_or(false);
            Ok(View { server: ServerDecl { observer, ..ServerDecl::new(&name, sid) }, cfg })
        };
        sids.into_iter().map(view).collect()
    }

    /// Servers whose own list is another than that of the ensemble.
    fn lists(&self, views: &[View<'_>], declared: &[ServerDecl]) -> Vec<Setting> {
        let mut settings = Vec::new();
        for View { server, cfg } in views {
            let list: BTreeMap<i64, bool> = match cfg {
                Some(cfg) if cfg.members.is_empty() => [(server.sid, false)].into(),
                Some(cfg) => cfg.members.iter().map(|(sid, member)| (*sid, member.observer)).collect(),
                None => declared.iter().map(|server| (server.sid, server.observer)).collect(),
            };
            let own = |key: &str, sids: Vec<i64>| Setting {
                server: Some(server.name.clone()),
                key: key.to_owned(),
                value: Value::Sids(sids),
                span: Span::default(),
            };
            if views.iter().any(|view| !list.contains_key(&view.server.sid)) {
                settings.push(own("servers", list.keys().copied().collect()));
            }
            let differs = |view: &View<'_>| {
                list.get(&view.server.sid).is_some_and(|observer| *observer != view.server.observer)
            };
            if views.iter().any(differs) {
                let voters = list.iter().filter(|(_, observer)| !**observer);
                settings.push(own("voters", voters.map(|(sid, _)| *sid).collect()));
            }
        }
        settings
    }

    /// What is set for all, and what differs.
    fn settings(&self, views: &[View<'_>]) -> Vec<Setting> {
        let mut settings = Vec::new();
        let mut set = |server: Option<&ServerDecl>, key: &str, value: &Value| {
            let server = server.map(|server| server.name.clone());
            settings.push(Setting {
                server,
                key: key.to_owned(),
                value: value.clone(),
                span: Span::default(),
            });
        };
        // Groups and weights hang together: they are set for all, or for each server on its own.
        let mut hierarchies = views.iter().map(|view| view.cfg.map(|cfg| &cfg.hierarchy));
        let first = hierarchies.next().flatten();
        if hierarchies.all(|other| other == first) {
            first.into_iter().flatten().for_each(|(key, value)| set(None, key, value));
        } else {
            for view in views {
                let hierarchy = view.cfg.into_iter().flat_map(|cfg| &cfg.hierarchy);
                hierarchy.for_each(|(key, value)| set(Some(&view.server), key, value));
            }
        }
        let keys: BTreeSet<&String> = self.files().flat_map(|cfg| cfg.settings.keys()).collect();
        for key in keys {
            let general = match &self.all {
                Some(all) => all.settings.get(key),
                None => {
                    let mut values = views.iter().map(|view| view.cfg.and_then(|cfg| cfg.settings.get(key)));
                    let first = values.next().flatten();
                    first.filter(|first| values.all(|other| other == Some(first)))
                }
            };
            general.iter().for_each(|value| set(None, key, value));
            for view in views.iter().filter(|view| self.own.contains_key(&view.server.sid)) {
                match view.cfg.and_then(|cfg| cfg.settings.get(key)) {
                    Some(value) if Some(value) != general => set(Some(&view.server), key, value),
                    None if general.is_some() => {
                        keys::default_of(key).iter().for_each(|value| set(Some(&view.server), key, value));
                    }
                    _ => {}
                }
            }
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "initLimit=10\nsyncLimit=5\ndataDir=/d\n";
    const THREE: &str = "server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\n";

    fn cfg(text: &str) -> ZooCfg {
        ZooCfg::read("zoo.cfg", &format!("{HEAD}{text}")).unwrap()
    }

    fn printed(configs: &Configs, declared: &[ServerDecl]) -> String {
        let statements = configs.statements(declared).unwrap();
        statements.iter().map(|statement| format!("{statement}\n")).collect()
    }

    #[test]
    fn one_file_for_all() {
        let mut configs = Configs::default();
        let text =
            "tickTime=500\nmaxSessionTimeout=9000\ngroup.1=1:2:3\nweight.2=0\nserver.4=d:1:2:observer\n";
        configs.for_all(cfg(&format!("{THREE}{text}")), None);
        assert_eq!(
            printed(&configs, &[]),
            "ensemble zk1 zk2 zk3 zk4:observer\nset tickTime 500\nset initLimit 10\nset syncLimit 5\n\
             set maxSessionTimeout 9000\nset weight.2 0\nset group.1 1:2:3\n"
        );
    }

    #[test]
    fn a_file_of_its_own_says_what_differs() {
        let mut configs = Configs::default();
        configs.for_all(cfg(&format!("{THREE}snapCount=50\n")), None);
        configs.for_one(
            2,
            cfg("tickTime=500\nserver.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2:observer\nserver.5=e:1:2\n"),
        );
        assert_eq!(
            printed(&configs, &[]),
            "ensemble zk1 zk2 zk3 zk5\nset tickTime 3000\nset zk2 tickTime 500\nset initLimit 10\nset syncLimit 5\n\
             set snapCount 50\nset zk2 snapCount 100000\n\
             set zk1 servers 1:2:3\nset zk3 servers 1:2:3\nset zk5 servers 1:2:3\nset zk2 voters 1:2:5\n"
        );
    }

    #[test]
    fn files_of_their_own_that_agree_are_set_for_all() {
        let mut configs = Configs::default();
        for sid in 1..=3 {
            let tick = if sid == 3 { 700 } else { 600 };
            configs.for_one(sid, cfg(&format!("{THREE}tickTime={tick}\n")));
        }
        assert_eq!(
            printed(&configs, &[]),
            "ensemble zk1 zk2 zk3\nset zk1 tickTime 600\nset zk2 tickTime 600\nset zk3 tickTime 700\n\
             set initLimit 10\nset syncLimit 5\n"
        );
    }

    #[test]
    fn servers_of_a_scenario_keep_their_names_and_settings() {
        let mut configs = Configs::default();
        configs.for_one(2, cfg(THREE));
        let declared = [ServerDecl::new("one", 1), ServerDecl::new("two", 2), ServerDecl::new("three", 3)];
        assert_eq!(
            printed(&configs, &declared),
            "ensemble one=1 two=2 three=3\nset two tickTime 3000\nset two initLimit 10\nset two syncLimit 5\n"
        );
    }

    #[test]
    fn a_server_without_a_configuration_is_named() {
        let mut configs = Configs::default();
        configs.for_one(2, cfg(THREE));
        let error = configs.statements(&[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "zk1 is in the list of zoo.cfg and has no configuration; give one for zk1, or one for all"
        );
    }

    #[test]
    fn groups_that_differ_are_each_servers_own() {
        let mut configs = Configs::default();
        configs.for_all(cfg(THREE), None);
        configs.for_one(1, cfg(&format!("{THREE}group.1=1:2:3\n")));
        assert!(printed(&configs, &[]).contains("\nset zk1 group.1 1:2:3\n"));
    }
}
