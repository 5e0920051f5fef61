//! Random runs. A profile and a seed give a plan: a scenario like any other, which can be printed, run, edited and made
//! smaller.
//!
//! A plan is a storm and then a quiet that is long enough for liveness to be judged. Each seed draws which kinds of fault
//! it uses, and how hard (swarm testing): a run with few kinds gets further with each than one in which all of them meet.

mod draws;
pub mod faults;
mod plan;
mod quiet;
mod say;
mod users;
mod world;

use crate::scenario::{Diagnostic, Line, Scenario, Setting};
use draws::Draws;
use faults::{Drawing, Fault};
use plan::Plan;
use world::World;

/// A kind of random run.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub says: &'static str,
    /// The kinds of fault from which a seed draws.
    pub faults: &'static [Fault],
}

/// Every profile.
pub const PROFILES: &[Profile] = &[
    Profile { name: "everything", says: "every fault that there is", faults: faults::EVERYTHING },
    Profile { name: "partitions", says: "cut, slow, broken and refused links", faults: faults::PARTITIONS },
    Profile {
        name: "crashes",
        says: "processes and machines that end, at any moment",
        faults: faults::CRASHES,
    },
    Profile {
        name: "disks",
        says: "disks that are slow, stand still, are full or fail, and what a power failure leaves",
        faults: faults::DISKS,
    },
    Profile {
        name: "pauses",
        says: "servers and their tasks that stand still for a while",
        faults: faults::PAUSES,
    },
    Profile { name: "clocks", says: "clocks that run fast or slow", faults: faults::CLOCKS },
    Profile {
        name: "clients",
        says: "clients that lose servers, sessions and themselves",
        faults: faults::CLIENTS,
    },
    Profile { name: "rolling-restart", says: "one server after the other", faults: faults::ROLLING },
    Profile { name: "calm", says: "no fault at all", faults: &[] },
];

/// The fewest servers of a plan.
pub const LEAST_SERVERS: u32 = 3;
/// The most servers of a plan.
pub const MOST_SERVERS: u32 = 51;

/// How many times a storm strikes: from which numbers that is drawn.
const STRIKES: [(u64, u64); 4] = [(2, 5), (5, 12), (12, 25), (25, 45)];

impl Profile {
    /// The profile of that name.
    pub fn find(name: &str) -> Option<&'static Profile> {
        PROFILES.iter().find(|profile| profile.name == name)
    }

    /// The plan for a seed. An error is a fault of the generator.
    pub fn plan(&self, seed: u64) -> Result<Scenario, Diagnostic> {
        Ok(self.plan_for(seed, None))
    }

    /// The plan for a seed, of that many servers, all of which vote; without a number the seed draws them.
    pub fn plan_for(&self, seed: u64, servers: Option<u32>) -> Scenario {
        self.plan_with(seed, servers, &[], Vec::new())
    }

    /// A plan with some settings given, and with comments before all of it.
    fn plan_with(&self, seed: u64, servers: Option<u32>, given: &[Setting], preface: Vec<Line>) -> Scenario {
        let draws = |topic: &str| Draws::new(seed, self.name, topic);
        let world = World::draw(&mut draws("world"), servers, given);
        let mut plan = Plan::new(&world);
        let mut swarm = draws("swarm");
        let chosen = self.choose(&mut swarm);
        let (least, most) = swarm.pick(&STRIKES);
        let strikes = swarm.between(least, most);
        let total: u64 = chosen.iter().map(|(_, hardness)| hardness).sum();
        for (fault, hardness) in &chosen {
            let strikes = (strikes * hardness / total).max(1);
            let draws = draws(fault.name);
            (fault.draw)(&mut Drawing { world: &world, draws, strikes, plan: &mut plan });
        }
        let users = users::draw(&world, &mut draws("users"), &mut plan);
        let start = world::start(&world, &mut draws("start"));
        let names: Vec<&str> = chosen.iter().map(|(fault, _)| fault.name).collect();
        let title = self.title(seed, servers, &names).iter().map(|line| Line::remark(line)).collect();
        let (storm, mended, owed) = (plan.into_lines(), quiet::mended(&world), quiet::owed(&world));
        Scenario::of_parts([preface, title, world.lines(), users, start, storm, mended, owed])
    }

    /// Some kinds of fault, each with its share of the strikes.
    fn choose(&self, swarm: &mut Draws) -> Vec<(Fault, u64)> {
        let mut kinds = self.faults.to_vec();
        swarm.shuffle(&mut kinds);
        let most = (self.faults.len() as u64).min(6);
        kinds.truncate(swarm.between(most.min(1), most) as usize);
        kinds.into_iter().map(|kind| (kind, swarm.between(1, 4))).collect()
    }

    fn title(&self, seed: u64, servers: Option<u32>, faults: &[&str]) -> Vec<String> {
        let servers = servers.map(|n| format!(", {n} servers")).unwrap_or_default();
        let mut title = vec![format!("{}, seed {seed}{servers}: {}.", self.name, self.says)];
        if !faults.is_empty() {
            title.push(format!("Drawn: {}.", faults.join(", ")));
        }
        title
    }
}

/// What stands for a scenario that names a profile: what that draws from the seed, below the scenario's first comments and
/// with its settings. Nothing where none is named.
pub fn drawn(scenario: &Scenario, seed: u64) -> Option<Scenario> {
    let named = scenario.profile()?;
    let profile = Profile::find(&named.name)?;
    let given: Vec<Setting> = scenario.settings().into_iter().cloned().collect();
    let preface = scenario.preface().into_iter().map(Line::remark).collect();
    Some(profile.plan_with(seed, named.servers, &given, preface))
}

#[cfg(test)]
mod tests;
