//! A page is whole, holds its data as data, and stays below its cap.

use super::*;
use crate::bundled;
use crate::recording::{Limits, Recorder, Recording};
use crate::run::Run;
use crate::scenario::Scenario;
use serde_json::Value;

/// A scenario, and how it is recorded.
struct Subject {
    text: String,
    scenario: Scenario,
}

impl Subject {
    fn new(text: &str) -> Subject {
        Subject { text: text.to_owned(), scenario: Scenario::parse("test", text).unwrap() }
    }

    fn record(&self, Cut { window, limits }: Cut) -> Recording {
        let run = Run::new("test", &self.text, &self.scenario, 0).unwrap();
        let mut recorder = Recorder::new(run.ensemble(), window, limits);
        let outcome = run.finish(&mut [&mut recorder]).unwrap();
        recorder.finish("test", &self.text, &self.scenario, 0, &outcome)
    }

    fn whole(&self, limits: Limits) -> Recording {
        self.record(Cut { window: 0..=u64::MAX, limits })
    }

    fn fitted(&self, limits: Limits, cap: usize, turn: Option<u64>) -> (String, usize) {
        let mut times = 0;
        let page = fitting(self.whole(limits), Vec::new(), cap, turn, |cut| -> Result<_, String> {
            times += 1;
            Ok(self.record(cut))
        });
        (page.unwrap(), times)
    }
}

/// What a page holds.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"recording\">").unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(data).unwrap()
}

const WRITES: &str = "\
ensemble zk1 zk2 zk3

at 0s    start all
at 3s    create /a times 400 at leader
by 20s   expect available
";

#[test]
fn a_page_of_every_bundled_run_holds_its_recording() {
    for (name, text) in bundled::SCENARIOS {
        let scenario = Scenario::parse(name, text).unwrap();
        let run = Run::new(name, text, &scenario, scenario.seed()).unwrap();
        let mut recorder = Recorder::new(run.ensemble(), 0..=u64::MAX, Limits::default());
        let outcome = run.finish(&mut [&mut recorder]).unwrap();
        let recording = recorder.finish(name, text, &scenario, scenario.seed(), &outcome);
        let page = html(&recording, &[]);
        let mut expected = recording.json();
        expected["notes"] = Value::Array(Vec::new());
        assert_eq!(data(&page), expected, "{name}");
        assert!(page.len() < CAP, "{name}: {} bytes", page.len());
    }
}

#[test]
fn no_text_leaves_its_place() {
    let text = "# </script><script>alert(1)</script> @script@ <!--\nensemble zk1\n\nat 0s    start zk1\n";
    let subject = Subject::new(text);
    let mut recording = subject.whole(Limits::default());
    recording.name = "</title><b>".to_owned();
    let page = html(&recording, &[]);
    assert_eq!(data(&page)["text"], text);
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(page.contains("<title>&lt;/title&gt;&lt;b&gt; (seed 0)</title>"));
    // The scripts themselves hold nothing that could end them.
    assert!(SCRIPTS.iter().all(|part| !part.contains("</script") && !part.contains("<!--")));
}

#[test]
fn nothing_in_a_page_leads_out_of_it() {
    let subject = Subject::new(WRITES);
    let page = html(&subject.whole(Limits::default()), &[]);
    let links = page.match_indices("http").map(|(at, _)| page[at..].chars().take(30).collect::<String>());
    let links: Vec<String> = links.filter(|link| link.contains("://")).collect();
    // The name of a namespace, which nobody asks for.
    assert!(links.iter().all(|link| link.starts_with("http://www.w3.org/2000/svg")), "{links:?}");
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn what_is_too_large_shows_a_part_and_says_so() {
    let subject = Subject::new(WRITES);
    let (whole, times) = subject.fitted(Limits::default(), CAP, None);
    assert_eq!((times, &data(&whole)["notes"]), (0, &Value::Array(Vec::new())));

    let cap = whole.len() - (whole.len() - html_of_nothing(&subject)) / 2;
    let (part, times) = subject.fitted(Limits::default(), cap, None);
    assert!(part.len() <= cap && part.len() > cap / 2, "{} of {cap}", part.len());
    assert!((1..10).contains(&times), "{times}");
    let shown = data(&part);
    let note = shown["notes"][0].as_str().unwrap();
    assert!(note.starts_with("It shows 0.000 s to "), "{note}");
    assert_eq!(shown["from"], 0);
    assert!(shown["to"].as_u64() < data(&whole)["to"].as_u64());
    // Within its window nothing is missing.
    assert_eq!(shown["leftOut"]["messages"], 0);
}

/// The bytes of a page without a run.
fn html_of_nothing(subject: &Subject) -> usize {
    html(&subject.record(Cut { window: 0..=1, limits: Limits::default() }), &[]).len()
}

#[test]
fn a_part_holds_the_moment_at_which_the_run_went_wrong() {
    let subject = Subject::new(WRITES);
    let whole = html(&subject.whole(Limits::default()), &[]);
    let cap = whole.len() - (whole.len() - html_of_nothing(&subject)) / 2;
    let turn = 3_900_000_000;
    let (part, _) = subject.fitted(Limits::default(), cap, Some(turn));
    let shown = data(&part);
    let (from, to) = (shown["from"].as_u64().unwrap(), shown["to"].as_u64().unwrap());
    assert!(from > 0 && (from..=to).contains(&turn), "{from} to {to}");
}

#[test]
fn what_a_recorder_could_not_hold_is_shown_in_part_without_holes() {
    let subject = Subject::new(WRITES);
    let (part, _) = subject.fitted(Limits { messages: 500, ..Limits::default() }, CAP, None);
    let shown = data(&part);
    assert!(shown["to"].as_u64() < Some(20_000_000_000), "{}", shown["to"]);
    assert_eq!(shown["leftOut"]["messages"], 0);
}

#[test]
fn a_scenario_larger_than_the_cap_is_refused() {
    let subject = Subject::new(WRITES);
    let recording = subject.whole(Limits::default());
    let refused = fitting(recording, Vec::new(), 1000, None, |cut| Ok::<_, String>(subject.record(cut)));
    assert!(refused.unwrap_err().ends_with("whatever is left out; the most is 1000"));
}
