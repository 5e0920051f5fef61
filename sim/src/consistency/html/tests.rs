//! The page as a reader's browser gets it.

use super::super::{Finding, Judgement, Model, Taken, Verdict};
use super::*;
use crate::history::{History, read};
use serde_json::{Value, json};

fn drawn(text: &str, findings: Vec<Finding>) -> String {
    let reading = read(text.as_bytes()).unwrap();
    let verdict = if findings.is_empty() { Verdict::Holds } else { Verdict::Violated };
    let judgement =
        Judgement { verdict, findings, notes: Vec::new(), engine: "by hand".to_owned(), unknown: None };
    let case = Case {
        file: "a&b.jsonl",
        history: &reading.history,
        model: Model::Register,
        inferred: None,
        initial: &Value::Null,
        judgement: &judgement,
    };
    page(&case, &reading.marks)
}

fn finding(operations: &[usize], prefix: &[usize]) -> Finding {
    Finding {
        property: "linearizable",
        sentence: "the read <b>came</b> too late".to_owned(),
        operations: operations.to_vec(),
        prefix: prefix.iter().map(|at| Taken { operation: *at, state: "<i>".to_owned() }).collect(),
    }
}

/// A write by each process in turn, each with its completion.
fn writes(count: usize, key: impl Fn(usize) -> String) -> String {
    let event = |at: usize, kind| {
        let event = json!({"process": at % 3, "type": kind, "f": "write", "key": key(at), "value": at});
        format!("{event}\n")
    };
    (0..count).map(|at| event(at, "invoke") + &event(at, "ok")).collect()
}

fn count(page: &str, what: &str) -> usize {
    page.matches(what).count()
}

/// Every tag is closed, in the order of opening.
fn assert_balanced(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    // What stands in style and script is no markup.
    let body = page.split_once("</style>").unwrap().1.split_once("<script>").unwrap().0;
    let body = body.split_once("<body>").unwrap().1;
    for tag in body.split('<').skip(1) {
        let tag = tag.split_once('>').unwrap_or_else(|| panic!("<{tag} is not closed")).0;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "</{tag}>");
        } else if !tag.ends_with('/') {
            open.push(tag.split([' ', '\n']).next().unwrap());
        }
    }
    assert_eq!(open, [""; 0]);
}

#[test]
fn what_a_history_holds_breaks_no_page() {
    let evil = r#"</script><b onclick='x'>"&@script@@picture@"#;
    let mut text = String::new();
    for kind in ["invoke", "fail"] {
        let event = json!({
            "process": 1, "type": kind, "f": evil, "key": format!("k{evil}\u{0}"), "value": [evil], "error": evil, "server": evil,
        });
        text.push_str(&format!("{event}\n"));
    }
    for (process, f) in [(2, "read"), (3, "write")] {
        for kind in ["invoke", "ok"] {
            let event = json!({"process": process, "type": kind, "f": f, "key": "k", "value": evil});
            text.push_str(&format!("{event}\n"));
        }
    }
    text.push_str(&format!("{}\n", json!({"process": "nemesis", "f": evil, "value": evil})));
    let page = drawn(&text, vec![finding(&[1, 0], &[2, 1])]);
    assert_eq!((count(&page, "<script>"), count(&page, "</script>")), (1, 1));
    assert_eq!((count(&page, "<b"), count(&page, "<body>")), (1, 1));
    assert_eq!(count(&page, "<i"), 0);
    assert!(page.contains("&lt;/script&gt;&lt;b onclick=&#39;x&#39;&gt;"));
    assert!(page.contains("<title>a&amp;b.jsonl: violated</title>"));
    assert!(!page.contains('\0'));
    assert_balanced(&page);
}

#[test]
fn the_page_asks_for_nothing_else() {
    let page = drawn(&writes(5, |_| "k".to_owned()), vec![finding(&[2], &[0, 1])]);
    for outside in ["http:", "https:", "src=", "@import", "<link", "fetch(", "xmlns"] {
        assert_eq!(count(&page, outside), 0, "{outside}");
    }
    assert_eq!(count(&page, "url("), count(&page, "url(#"));
    assert_eq!(count(&page, "@title@") + count(&page, "@picture@") + count(&page, "@script@"), 0);
    assert!(page.contains("prefers-color-scheme: dark"));
}

#[test]
fn what_clashes_is_marked_and_the_prefix_is_numbered() {
    let page = drawn(&writes(5, |_| "k".to_owned()), vec![finding(&[2, 4], &[3, 0])]);
    assert_eq!(count(&page, "<g class=\"op ok"), 5);
    assert_eq!((count(&page, "<g class=\"op ok guilty\""), count(&page, "<path class=\"flag\"")), (2, 2));
    assert!(page.contains("<g class=\"op ok guilty\" id=\"op-4\" tabindex=\"0\""));
    assert!(page.contains("<text class=\"badge\" x=\"5\" y=\"15\">1</text>"));
    assert!(page.contains("line 7-8, process 0: write 3: ok; number 1 of the longest prefix</title>"));
    assert!(page.contains("line 1-2, process 0: write 0: ok; number 2 of the longest prefix</title>"));
    assert!(page.contains("<a href=\"#op-2\">line 5-6, process 2: write 2: ok</a>"));
    assert!(page.contains("the read &lt;b&gt;came&lt;/b&gt; too late"));
    assert!(!page.contains("Left out"));
    assert_balanced(&page);
}

#[test]
fn outcomes_differ_by_more_than_colour() {
    let invoke =
        |process| json!({"process": process, "type": "invoke", "f": "write", "key": "k", "value": process});
    let text = format!(
        "{}\n{}\n{}\n{}\n",
        invoke(0),
        json!({"process": 0, "type": "fail", "f": "write", "key": "k", "value": 0}),
        invoke(1),
        invoke(2)
    );
    let page = drawn(&text, Vec::new());
    assert!(page.contains(">× write 0</text>") && page.contains(">? write 1</text>"));
    assert!(page.contains("url(#hatch)") && page.contains("url(#fade)"));
    // What nobody knows reaches to the right end: three columns from the third, two from the fourth.
    assert!(
        page.contains("id=\"op-1\"") && page.contains("width=\"68\"") && page.contains("width=\"32\""),
        "{page}"
    );
}

#[test]
fn of_a_large_history_only_what_is_near_is_drawn() {
    let page = drawn(&writes(5_000, |_| "k".to_owned()), vec![finding(&[4_000, 10], &[])]);
    assert_eq!(count(&page, "<g class=\"op ok"), 200);
    assert!(
        page.contains("id=\"op-4000\"") && page.contains("id=\"op-10\"") && page.contains("id=\"op-4020\"")
    );
    assert!(!page.contains("id=\"op-2000\""));
    assert!(page.contains("Left out: 4800 operations further away."));
    assert!(page.contains("operations left out here</title>"));
    let page = drawn(&writes(5_000, |at| format!("k{}", at % 50)), vec![finding(&[49], &[])]);
    assert_eq!(count(&page, "<g class=\"op ok"), 100);
    assert!(page.contains("Left out: 4900 operations on other keys than &quot;k49&quot;."));
    let page = drawn(&writes(1_000, |_| "k".to_owned()), Vec::new());
    assert_eq!(count(&page, "<g class=\"op ok"), 200);
    assert!(page.contains("id=\"op-0\"") && page.contains("id=\"op-199\""));
}

#[test]
fn marks_stand_on_a_lane_of_their_own() {
    let text = writes(2, |_| "k".to_owned());
    let (first, second) = text.split_at(text.match_indices('\n').nth(1).unwrap().0 + 1);
    let mark = r#"{"process":"nemesis","type":"info","f":"kill","value":"zk3 leader"}"#;
    let page = drawn(&format!("{first}{mark}\n{second}"), Vec::new());
    assert!(
        page.contains(">kill zk3 leader</text>") && page.contains("aria-label=\"line 3: kill zk3 leader\"")
    );
    assert_eq!(count(&drawn(&text, Vec::new()), "class=\"mark\""), 0);
    assert_balanced(&page);
}

#[test]
fn operations_of_one_process_that_overlap_lie_below_one_another() {
    let event =
        |xid, kind| json!({"process": 0, "xid": xid, "type": kind, "f": "write", "key": "k", "value": xid});
    let text =
        format!("{}\n{}\n{}\n{}\n", event(1, "invoke"), event(2, "invoke"), event(1, "ok"), event(2, "ok"));
    let page = drawn(&text, Vec::new());
    let tops: Vec<&str> = page
        .split("<rect class=\"bar\"")
        .skip(1)
        .map(|bar| bar.split(" y=\"").nth(1).unwrap().split('"').next().unwrap())
        .collect();
    assert_eq!(tops.len(), 2);
    assert_ne!(tops[0], tops[1]);
}

#[test]
fn nothing_is_drawn_of_nothing() {
    let judgement = Judgement {
        verdict: Verdict::Holds,
        findings: Vec::new(),
        notes: Vec::new(),
        engine: String::new(),
        unknown: None,
    };
    let history = History::default();
    let (file, model, initial) = ("-", Model::Register, &Value::Null);
    let case = Case { file, history: &history, model, inferred: None, initial, judgement: &judgement };
    assert_balanced(&page(&case, &[]));
}
