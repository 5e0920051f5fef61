//! Where explorations start: scenarios with a name, each of which ends in a state that is worth a search.

/// A scenario that leads to a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begin {
    /// Its name.
    pub name: &'static str,
    /// What state it leads to.
    pub says: &'static str,
    /// Its text.
    pub text: &'static str,
}

impl Begin {
    /// The one of that name.
    pub fn find(name: &str) -> Option<&'static Begin> {
        BEGINS.iter().find(|begin| begin.name == name)
    }
}

pub(super) const FIRST_ROUND: Begin = Begin {
    name: "first-round",
    says: "three servers in their first round, connected, with their first notifications under way",
    text: "ensemble zk1 zk2 zk3
set minNotificationInterval 60000

at 0s hold NOTIFICATION zk1 zk2 zk3 to zk1 zk2 zk3
      start all
at 5s end
",
};

pub(super) const ELECTED: Begin = Begin {
    name: "elected",
    says: "zk1 has missed two writes; all have elected zk3 again, and nobody has told it so",
    text: "ensemble zk1 zk2 zk3
set minNotificationInterval 60000

at 0s  start all
at 3s  kill zk1
at 4s  create /a times 2 at zk3
at 5s  kill zk2 zk3
at 6s  hold FOLLOWERINFO zk1 zk2 to zk3
       start all
at 12s end
",
};

pub(super) const LOGGED_ALONE: Begin = Begin {
    name: "logged-alone",
    says: "zk3 alone has logged a second write; it is elected again, and nobody has told it so",
    text: "ensemble zk1 zk2 zk3
set minNotificationInterval 60000

at 0s  start all
at 3s  create /a at zk3
at 4s  kill zk1 zk2
       create /paid at zk3
at 5s  kill zk3
at 6s  hold FOLLOWERINFO zk1 zk2 to zk3
       start all
at 12s end
",
};

const HELD_BY_TWO: Begin = Begin {
    name: "held-by-two",
    says: "zk2 and zk3 have committed a second write, which zk1 has missed; zk3 is down, and zk1 has elected zk2",
    text: "ensemble zk1 zk2 zk3
set minNotificationInterval 60000

at 0s  start all
at 3s  create /a at zk3
at 4s  kill zk1
at 5s  create /paid at zk3
at 6s  kill zk3
at 7s  hold FOLLOWERINFO zk1 to zk2
       start zk1
at 12s end
",
};

const LEFT_OUT: Begin = Begin {
    name: "left-out",
    says: "zk3 alone has logged a second write, and is down; zk1 has elected zk2, and has not told it so",
    text: "ensemble zk1 zk2 zk3
set minNotificationInterval 60000

at 0s  start all
at 3s  create /a at zk3
at 4s  kill zk1 zk2
       create /lonely at zk3
at 5s  kill zk3
at 6s  hold FOLLOWERINFO zk1 to zk2
       start zk1 zk2
at 12s end
",
};

const KEPT_APART: Begin = Begin {
    name: "kept-apart",
    says: "zk3 leads and zk2 follows it; zk1 has elected zk3 too, and cannot reach it",
    text: "ensemble zk1 zk2 zk3
set minNotificationInterval 60000

at 0s start all
      cut zk3 from zk1 on quorum
at 4s end
",
};

const DEPOSED: Begin = Begin {
    name: "deposed",
    says: "zk3 has logged a write that nobody else has; zk2 leads without it, and zk3 comes back",
    text: "ensemble zk1 zk2 zk3
set minNotificationInterval 60000

at 0s  start all
at 3s  create /a at zk3
at 4s  kill zk1 zk2
       create /lost at zk3
at 5s  kill zk3
at 6s  start zk1 zk2
at 9s  create /b at zk2
at 10s hold FOLLOWERINFO zk3 to zk2
       start zk3
at 15s end
",
};

const CAUGHT_UP: Begin = Begin {
    name: "caught-up",
    says: "zk4 of five was brought up to date by a DIFF and leads; zk1 has missed that, and is down, and so is zk5",
    text: "ensemble zk1 zk2 zk3 zk4 zk5
set minNotificationInterval 60000

at 0s  start all
at 3s  create /a at zk5
at 4s  kill zk1
at 5s  create /b at zk5
at 6s  kill zk4
at 7s  create /c at zk5
at 8s  start zk4
at 11s create /d at zk5
at 12s kill zk5
at 16s end
",
};

/// All of them.
pub const BEGINS: &[Begin] =
    &[FIRST_ROUND, ELECTED, LOGGED_ALONE, HELD_BY_TWO, LEFT_OUT, DEPOSED, CAUGHT_UP, KEPT_APART];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn every_start_is_a_scenario_of_servers_alone() {
        for begin in BEGINS {
            let scenario = Scenario::parse(begin.name, begin.text).unwrap();
            assert!(scenario.clients().is_empty(), "{}", begin.name);
            assert_eq!(Begin::find(begin.name), Some(begin));
        }
    }
}
