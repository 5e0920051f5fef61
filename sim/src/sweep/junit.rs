//! A sweep as JUnit's XML, which CI systems show: a test case a property, and one a distinct failure.

use super::report::{Ended, Report};
use std::fmt::Write;

/// The report of a sweep as a document.
pub fn junit(report: &Report) -> String {
    let (order, tally) = (&report.order, &report.state.tally);
    let suite = escaped(&format!("zablab sweep {} {}", order.name, order.part()));
    let sound = tally.properties.iter().filter(|(_, verdicts)| verdicts.broken == 0);
    let stopped = match report.ended {
        Ended::Complete | Ended::Failures => None,
        Ended::TimeLimit => Some("the time limit came first"),
        Ended::Interrupted => Some("it was interrupted"),
        Ended::UnderWay => Some("it is not finished"),
    };
    // Properties that spoke in failing runs, and in none of those first.
    let beside: Vec<_> = tally
        .properties
        .iter()
        .filter(|(name, verdicts)| {
            verdicts.broken > 0 && !report.state.failures.iter().any(|failure| failure.property == **name)
        })
        .collect();
    let failures = report.state.failures.len() + beside.len();
    let cases = sound.clone().count() + failures + usize::from(stopped.is_some());
    let skipped = sound.clone().filter(|(_, verdicts)| verdicts.held == 0).count();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let mut line = |what: String| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{what}");
    };
    let counts = format!(
        "tests=\"{cases}\" failures=\"{failures}\" errors=\"{}\" skipped=\"{skipped}\"",
        usize::from(stopped.is_some())
    );
    let time = report.timing.wall_seconds;
    line(format!("<testsuites name=\"zablab\" {counts} time=\"{time:.3}\">"));
    line(format!("  <testsuite name=\"{suite}\" {counts} time=\"{time:.3}\">"));
    for (name, verdicts) in sound {
        let case = format!("<testcase classname=\"{suite}\" name=\"{}\"", escaped(name));
        if verdicts.held == 0 {
            line(format!("    {case}><skipped message=\"judged in no run\"/></testcase>"));
        } else {
            line(format!("    {case}/>"));
        }
    }
    for failure in &report.state.failures {
        let name = escaped(&format!("{} in seed {}", failure.property, failure.seed));
        let seeds: Vec<String> = failure.seeds.iter().map(u64::to_string).collect();
        let body = format!(
            "{}\n{}\n{} seeds, of which {}",
            failure.what,
            super::reproduce(order, failure.seed),
            failure.count,
            seeds.join(" ")
        );
        line(format!("    <testcase classname=\"{suite}\" name=\"{name}\">"));
        let (message, property) = (escaped(&failure.what), escaped(&failure.property));
        line(format!(
            "      <failure message=\"{message}\" type=\"{property}\">{}</failure>",
            escaped(&body)
        ));
        line("    </testcase>".to_owned());
    }
    for (name, verdicts) in beside {
        let name = escaped(name);
        line(format!("    <testcase classname=\"{suite}\" name=\"{name}\">"));
        let runs = verdicts.broken;
        line(format!(
            "      <failure message=\"broken in {runs} runs, beside what is told of them\" type=\"{name}\"/>"
        ));
        line("    </testcase>".to_owned());
    }
    if let Some(stopped) = stopped {
        line(format!("    <testcase classname=\"{suite}\" name=\"every seed was run\">"));
        line(format!("      <error message=\"{stopped}\"/>"));
        line("    </testcase>".to_owned());
    }
    line("  </testsuite>\n</testsuites>".to_owned());
    text
}

/// Text for XML, in an attribute or outside. What XML 1.0 cannot hold at all becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(
            escaped("a<b> & \"c\"\n\u{1b}\u{0}"),
            "a&lt;b&gt; &amp; &quot;c&quot;&#10;\u{fffd}\u{fffd}"
        );
    }
}
