//! Statements from elsewhere in a scenario's text, so that every line keeps its number.

use crate::scenario::{Comment, Scenario, Setting, Statement};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Puts `statements` into the text of `scenario`: they come at its end, and what they replace becomes a comment where
/// it stands. Their declaration replaces that of the scenario. Of settings of the same key, those of the scenario win
/// if `scenario_wins`; else it loses its own. `title` is the comment above them.
pub fn insert(
    text: &str,
    scenario: &Scenario,
    statements: Vec<Statement>,
    scenario_wins: bool,
    title: &str,
) -> String {
    let mut gone: BTreeSet<usize> =
        scenario.configs().iter().map(|config| config.span.line as usize).collect();
    let mut added = Vec::new();
    for statement in statements {
        if let Statement::Ensemble(_) = statement {
            gone.extend(scenario.servers().iter().map(|server| server.span.line as usize));
        }
        if let Statement::Set(new) = &statement {
            let same = |old: &&&Setting| {
                let general = new.server.is_none() && !scenario_wins;
                old.key == new.key && (general || old.server == new.server)
            };
            let settings = scenario.settings();
            let mut old = settings.iter().filter(same).peekable();
            if old.peek().is_some() && scenario_wins {
                continue;
            }
            gone.extend(old.map(|old| old.span.line as usize));
        }
        added.push(statement);
    }
    let mut result = String::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let mark = if gone.contains(&(index + 1)) { "# " } else { "" };
        result.push_str(mark);
        result.push_str(line);
        result.push('\n');
    }
    // A string takes whatever is written to it.
    let _ = write!(result, "\n{}\n", Comment::new(title));
    for statement in added {
        let _ = writeln!(result, "{statement}");
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# What for\nserver.1=a:1:2\nserver.2=b:1:2\nset tickTime 500 # short\nset zk1 tickTime 600\n\nat 0s start all";

    fn inserted(text: &str, scenario_wins: bool) -> String {
        let scenario = Scenario::parse("x.zab", text).unwrap();
        let new = "ensemble zk1 zk2 zk3\nset tickTime 1000\nset initLimit 3\nat 0s start all";
        let statements = Scenario::parse("new.zab", new).unwrap().lines.into_iter();
        let statements = statements.filter_map(|line| line.statement).take(3).collect();
        let result = insert(text, &scenario, statements, scenario_wins, "From zoo.cfg");
        Scenario::parse("x.zab", &result).unwrap();
        result
    }

    #[test]
    fn what_is_replaced_becomes_a_comment() {
        assert_eq!(
            inserted(TEXT, false),
            "# What for\n# server.1=a:1:2\n# server.2=b:1:2\n# set tickTime 500 # short\n# set zk1 tickTime 600\n\n\
             at 0s start all\n\n# From zoo.cfg\nensemble zk1 zk2 zk3\nset tickTime 1000\nset initLimit 3\n"
        );
    }

    #[test]
    fn a_setting_beside_a_config_line_wins() {
        assert_eq!(
            inserted("config zoo.cfg\nset tickTime 500\nat 0s start all\n", true),
            "# config zoo.cfg\nset tickTime 500\nat 0s start all\n\n# From zoo.cfg\nensemble zk1 zk2 zk3\nset initLimit 3\n"
        );
    }
}
