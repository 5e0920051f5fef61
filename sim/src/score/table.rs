//! What searches come to, a row for each bug and profile.

use super::Found;
use crate::bugs::CATALOGUE;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Several searches for one bug with one profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The bug, by its id.
    pub bug: String,
    /// The profile.
    pub profile: String,
    /// How many searches there were.
    pub searches: usize,
    /// How many of them found it.
    pub found: usize,
    /// Seeds up to the find: the median of all searches, one that was given up counted with all of its seeds.
    pub median_seeds: u64,
    /// The most that a search took.
    pub worst_seeds: u64,
    /// The median of events.
    pub median_events: u64,
    /// The median of CPU seconds.
    pub median_cpu_seconds: f64,
    /// How often each property was the one that spoke.
    pub properties: BTreeMap<String, usize>,
    /// What a model checker needed.
    pub published: Option<&'static str>,
}

impl Row {
    /// The median of seeds, in words: of searches that were given up it is a bound from below.
    pub fn median(&self) -> String {
        let given_up = self.found * 2 < self.searches + self.searches % 2;
        format!("{}{}", if given_up { "> " } else { "" }, self.median_seeds)
    }
}

/// A row for each bug and profile, in the order of the catalogue.
pub fn rows(all: &[Found]) -> Vec<Row> {
    let mut rows = Vec::new();
    for bug in CATALOGUE {
        let id = bug.id();
        let mut by_profile: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
        for found in all.iter().filter(|found| found.search.bug == id) {
            by_profile.entry(&found.search.profile).or_default().push(found);
        }
        // What everybody runs comes first.
        let mut profiles: Vec<(&str, Vec<&Found>)> = by_profile.into_iter().collect();
        profiles.sort_by_key(|(profile, _)| *profile != "everything");
        rows.extend(profiles.iter().map(|(profile, searches)| row(&id, profile, searches, bug.published)));
    }
    rows
}

fn row(bug: &str, profile: &str, searches: &[&Found], published: Option<&'static str>) -> Row {
    let median = |of: &dyn Fn(&Found) -> u64| {
        let mut all: Vec<u64> = searches.iter().map(|found| of(found)).collect();
        all.sort_unstable();
        all[(all.len() - 1) / 2]
    };
    let mut cpu: Vec<f64> = searches.iter().map(|found| found.cpu_seconds).collect();
    cpu.sort_by(f64::total_cmp);
    let mut properties = BTreeMap::new();
    for property in
        searches.iter().filter(|found| found.is_find()).filter_map(|found| found.property.as_ref())
    {
        *properties.entry(property.clone()).or_default() += 1;
    }
    Row {
        bug: bug.to_owned(),
        profile: profile.to_owned(),
        searches: searches.len(),
        found: searches.iter().filter(|found| found.is_find()).count(),
        median_seeds: median(&|found| found.seeds),
        worst_seeds: searches.iter().map(|found| found.seeds).max().unwrap_or_default(),
        median_events: median(&|found| found.events),
        median_cpu_seconds: cpu[(cpu.len() - 1) / 2],
        properties,
        published,
    }
}

/// The table in Markdown, with what it took and which properties earn their place.
pub fn table(all: &[Found]) -> String {
    let rows = rows(all);
    let mut text = String::from(
        "| bug | profile | found | seeds: median | worst | events: median | CPU s: median | caught by | published |\n\
         | --- | --- | --- | ---: | ---: | ---: | ---: | --- | --- |\n",
    );
    let mut judges: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in &rows {
        let by: Vec<String> = row.properties.iter().map(|(name, times)| format!("{name} {times}")).collect();
        for name in row.properties.keys() {
            let caught = judges.entry(name).or_default();
            if !caught.contains(&&*row.bug) {
                caught.push(&row.bug);
            }
        }
        let above = |given_up: bool| if given_up { "> " } else { "" };
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} of {} | {} | {}{} | {} | {:.2} | {} | {} |",
            row.bug,
            row.profile,
            row.found,
            row.searches,
            row.median(),
            above(row.found < row.searches),
            row.worst_seeds,
            row.median_events,
            row.median_cpu_seconds,
            by.join(", "),
            row.published.unwrap_or("-"),
        );
    }
    let bugs = |found: bool| {
        let mut ids: Vec<&str> =
            rows.iter().filter(|row| !found || row.found > 0).map(|row| row.bug.as_str()).collect();
        ids.dedup();
        ids.len()
    };
    let hours = all.iter().map(|found| found.cpu_seconds).sum::<f64>() / 3600.0;
    let _ = writeln!(
        text,
        "\n{} of {} bugs found, in {} searches of {hours:.2} CPU hours.\n",
        bugs(true),
        bugs(false),
        all.len()
    );
    let caught = judges.len();
    let _ = writeln!(text, "{caught} properties caught them:\n");
    for (name, caught) in judges {
        let _ = writeln!(text, "- {name}: {}", caught.join(", "));
    }
    for spoke in all.iter().filter_map(|found| found.without_bug.as_ref()) {
        let _ = writeln!(text, "\nBROKEN WITHOUT ANY BUG: {spoke}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::Search;
    use super::*;

    fn found(number: u32, seeds: u64, property: Option<&str>) -> Found {
        let search =
            Search { bug: "ZK-4646".to_owned(), profile: "everything".to_owned(), number, limit: 100 };
        let property = property.map(str::to_owned);
        Found { search, property, seeds, events: seeds * 10, cpu_seconds: 0.5, without_bug: None }
    }

    #[test]
    fn a_search_that_was_given_up_counts_with_all_its_seeds() {
        let all =
            [found(0, 7, Some("logs-agree")), found(1, 100, None), found(2, 9, Some("committed-durability"))];
        let rows = rows(&all);
        let row = &rows[0];
        assert_eq!((rows.len(), row.found, row.searches), (1, 2, 3));
        assert_eq!((row.median_seeds, row.worst_seeds, row.median_events), (9, 100, 90));
        let text = table(&all);
        assert!(text.contains("| ZK-4646 | everything | 2 of 3 | 9 | > 100 | 90 | 0.50 | "), "{text}");
        assert!(text.contains("1 of 1 bugs found, in 3 searches"), "{text}");
        let text = table(&[found(0, 100, None), found(1, 100, None), found(2, 3, Some("logs-agree"))]);
        assert!(text.contains("| 1 of 3 | > 100 | > 100 |"), "{text}");
    }

    #[test]
    fn what_speaks_without_the_bug_is_no_find() {
        let without_bug = Some("everything, seed 7: logs-agree: they do not".to_owned());
        let all = [Found { without_bug, ..found(0, 7, Some("logs-agree")) }];
        let text = table(&all);
        assert!(text.contains("| 0 of 1 |") && text.contains("\n0 of 1 bugs found"), "{text}");
        assert!(
            text.ends_with("BROKEN WITHOUT ANY BUG: everything, seed 7: logs-agree: they do not\n"),
            "{text}"
        );
    }
}
