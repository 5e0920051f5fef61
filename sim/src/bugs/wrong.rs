//! What is deliberately wrong with the machine of a run or a sweep.

use super::put_back::{self, PutBack};
use super::{Bug, Past, Release};
use crate::scenario::{Diagnostic, Scenario, Setting};
use serde::{Deserialize, Serialize};
use zablab_protocol::Defect;

/// What is deliberately wrong: bugs that are put back, a release whose bugs are, or single switches. By name, so that a
/// report can hold it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// Switches, as `set defects` takes them: names with `:` between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defects: Option<String>,
    /// Bugs, by their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bugs: Vec<String>,
    /// The release that the machine is to be.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
}

impl Wrong {
    /// These switches alone.
    pub fn defects(names: &str) -> Wrong {
        Wrong { defects: Some(names.to_owned()), ..Wrong::default() }
    }

    /// This bug alone.
    pub fn bug(bug: &Bug) -> Wrong {
        Wrong { bugs: vec![bug.id()], ..Wrong::default() }
    }

    /// Nothing is.
    pub fn is_nothing(&self) -> bool {
        *self == Wrong::default()
    }

    /// The settings that make it so; what is asked for by itself comes before what a release brings. An error names what
    /// nobody knows, or what cannot be put back.
    pub fn settings(&self) -> Result<Vec<Setting>, String> {
        let mut all: Vec<PutBack> = Vec::new();
        for name in self.defects.iter().flat_map(|names| names.split(':')) {
            let Some(known) = Defect::NAMES.iter().find(|known| **known == name) else {
                let known = Defect::NAMES.join(", ");
                return Err(format!(
                    "`{name}` is no deliberate fault; expected {known}, or several with `:` between"
                ));
            };
            all.push(PutBack::Defect(known));
        }
        for id in &self.bugs {
            let bug = Bug::find(id)
                .ok_or_else(|| format!("`{id}` is no bug of the catalogue; `zablab bugs` lists them"))?;
            if !bug.can_be_put_back() {
                return Err(format!("{id} cannot be put back yet: the machine has no switch for it"));
            }
            for setting in bug.settings {
                let other = all
                    .iter()
                    .find(|known| key(known).is_some() && key(known) == key(setting) && *known != setting);
                if let Some(other) = other {
                    return Err(format!(
                        "{id} needs `{setting}`, another bug `{other}`; they exclude each other"
                    ));
                }
                all.push(*setting);
            }
        }
        all.extend(self.release.into_iter().flat_map(|release| Past::of(release).settings));
        Ok(put_back::lines(&all))
    }

    /// As options of the command line, each with a blank before it.
    pub fn options(&self) -> String {
        let bugs = self.bugs.iter().map(|id| format!(" --bug {id}"));
        let release = self.release.iter().map(|release| format!(" --as {release}"));
        let defects = self.defects.iter().map(|names| format!(" --defects {names}"));
        bugs.chain(release).chain(defects).collect()
    }

    /// ` with ZK-4646`, ` as 3.7.0`; empty where nothing is wrong.
    pub fn words(&self) -> String {
        let with: Vec<&str> = self.bugs.iter().chain(&self.defects).map(String::as_str).collect();
        let with = if with.is_empty() { String::new() } else { format!(" with {}", with.join(", ")) };
        let release = self.release.iter().map(|release| format!(" as {release}"));
        with + &release.collect::<String>()
    }
}

/// The key of a setting of which there can be one.
fn key(setting: &PutBack) -> Option<&'static str> {
    match setting {
        PutBack::Defect(_) => None,
        PutBack::Word(key, _) | PutBack::Number(key, _) => Some(key),
    }
}

/// Gives a scenario these settings: in its line of the same key where it has one, else behind all other lines, which
/// keep their numbers. Switches that it has already stay on.
pub fn amend(scenario: &mut Scenario, settings: &[Setting]) {
    put_back::amend(scenario, settings);
}

/// The same for a scenario and its text.
pub fn amended(
    name: &str,
    text: &str,
    scenario: &Scenario,
    settings: &[Setting],
) -> Result<(String, Scenario), Diagnostic> {
    let text = put_back::amend_text(text, scenario, settings);
    let scenario = Scenario::parse(name, &text)?;
    Ok((text, scenario))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "ensemble zk1 zk2 zk3\nset defects keep-tail  # why\nat 0s start all\nat 9s expect available\n";

    fn settings(bug: &str) -> Vec<Setting> {
        Wrong { bugs: vec![bug.to_owned()], ..Wrong::default() }.settings().unwrap()
    }

    #[test]
    fn a_bug_is_put_back_by_settings_and_lines_keep_their_numbers() {
        let scenario = Scenario::parse("test", TEXT).unwrap();
        let (text, amended) = amended("test", TEXT, &scenario, &settings("ZK-1154")).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "set defects keep-tail:diff-without-trunc");
        assert_eq!((lines.len(), lines[2]), (4, "at 0s start all"));
        let mut tree = scenario;
        amend(&mut tree, &settings("ZK-1154"));
        assert_eq!(tree.settings(), amended.settings());

        let mut tree = Scenario::parse("test", "ensemble zk1\nat 1s start all\n").unwrap();
        amend(&mut tree, &settings("ZK-4646"));
        assert!(tree.to_string().ends_with("set newleader async-log\n"), "{tree}");
        assert!(Scenario::parse("again", &tree.to_string()).is_ok());
    }

    #[test]
    fn what_excludes_each_other_is_refused() {
        let both = Wrong { bugs: vec!["ZK-4646".to_owned(), "ZK-3911".to_owned()], ..Wrong::default() };
        let error = both.settings().unwrap_err();
        assert_eq!(
            error,
            "ZK-3911 needs `set newleader late-log`, another bug `set newleader async-log`; they exclude each other"
        );
        assert!(Wrong::defects("no-such-thing").settings().unwrap_err().contains("no-such-thing"));
    }

    #[test]
    fn what_is_asked_for_comes_before_what_a_release_brings() {
        let wrong =
            Wrong { bugs: vec!["ZK-3911".to_owned()], release: Release::parse("3.8.0"), ..Wrong::default() };
        let settings = wrong.settings().unwrap();
        assert_eq!(settings.iter().filter(|setting| setting.key == "newleader").count(), 1);
        assert_eq!(settings[0].to_string(), "set newleader late-log");
        assert_eq!(wrong.options(), " --bug ZK-3911 --as 3.8.0");
        assert_eq!(wrong.words(), " with ZK-3911 as 3.8.0");
    }
}
