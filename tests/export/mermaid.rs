//! For Mermaid: what its parser wants, strictly, and how a diagram reads. Its own parser is asked by `tests/mermaid/run.sh`.

use super::recordings;
use insta::Settings;
use std::collections::BTreeSet;
use zablab_sim::export::mermaid::{CHARACTERS, write, write_at_most};
use zablab_sim::recording::{Fate, Recording};

/// What Mermaid draws nothing of.
const TOO_LONG: usize = 50_000;

/// What a diagram holds.
#[derive(Debug, Default)]
struct Diagram {
    arrows: usize,
    lost: usize,
    notes: usize,
    loops: usize,
}

/// Words that end or begin a statement, and so name nobody.
const KEYWORDS: &[&str] =
    &["end", "note", "loop", "rect", "par", "alt", "opt", "box", "and", "else", "actor", "title"];

/// Whether a text holds nothing that Mermaid takes for its own: a `;` only behind a number, a `#` only before one.
fn check_words(words: &str) -> Result<(), String> {
    let mut rest = words;
    while let Some(at) = rest.find(['#', ';', '<', '>', '%']) {
        let tail = &rest[at..];
        if let Some(after) = tail.strip_prefix("<br/>") {
            rest = after;
            continue;
        }
        let digits = tail.get(1..).unwrap_or_default();
        let number = digits.bytes().take_while(u8::is_ascii_digit).count();
        if !tail.starts_with('#') || number == 0 || digits.as_bytes().get(number) != Some(&b';') {
            return Err(format!("not escaped: {words}"));
        }
        rest = &digits[number + 1..];
    }
    if words.trim().is_empty() || words.trim().eq_ignore_ascii_case("end") {
        return Err(format!("no text: `{words}`"));
    }
    Ok(())
}

/// Reads what is written, and nothing else of the language.
fn check(text: &str) -> Result<Diagram, String> {
    let mut diagram = Diagram::default();
    let mut lines = text.lines();
    if lines.next() != Some("sequenceDiagram") {
        return Err("another diagram".to_owned());
    }
    if text.chars().count() >= TOO_LONG {
        return Err("too long".to_owned());
    }
    let mut parties = BTreeSet::new();
    let mut open = Vec::new();
    for line in lines.map(str::trim) {
        let known = |id: &str| {
            if parties.contains(id) { Ok(()) } else { Err(format!("{id} is nobody: {line}")) }
        };
        if let Some(party) = line.strip_prefix("participant ").or_else(|| line.strip_prefix("actor ")) {
            let (id, name) = party.split_once(" as ").ok_or_else(|| format!("no name: {line}"))?;
            let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !plain
                || KEYWORDS.contains(&id.to_ascii_lowercase().as_str())
                || !parties.insert(id.to_owned())
            {
                return Err(format!("no id: {line}"));
            }
            check_words(name)?;
        } else if let Some(note) = line.strip_prefix("Note over ") {
            let (over, words) = note.split_once(": ").ok_or_else(|| format!("no colon: {line}"))?;
            over.split(',').try_for_each(known)?;
            check_words(words)?;
            diagram.notes += 1;
        } else if line.starts_with("loop ") || line.starts_with("rect ") {
            diagram.loops += usize::from(line.starts_with("loop "));
            open.push(line);
        } else if line == "end" {
            open.pop().ok_or("an end too many")?;
        } else if let Some(title) = line.strip_prefix("title ") {
            check_words(title)?;
        } else if line != "autonumber" {
            let (ends, words) = line.split_once(": ").ok_or_else(|| format!("no colon: {line}"))?;
            let sign = ["->>", "-x", "-)"].into_iter().find(|sign| ends.contains(sign));
            let sign = sign.ok_or_else(|| format!("no arrow: {line}"))?;
            let (from, to) = ends.split_once(sign).ok_or_else(|| format!("no arrow: {line}"))?;
            known(from).and_then(|()| known(to))?;
            check_words(words)?;
            diagram.arrows += 1;
            diagram.lost += usize::from(sign == "-x");
        }
    }
    if open.is_empty() { Ok(diagram) } else { Err(format!("without an end: {open:?}")) }
}

fn checked(recording: &Recording, text: &str) -> Diagram {
    check(text).unwrap_or_else(|error| panic!("{}: {error}\n{text}", recording.name))
}

#[test]
fn every_diagram_keeps_the_rules() {
    for recording in recordings::all() {
        let written = write(recording);
        checked(recording, &written.text);
        assert!(written.text.chars().count() <= CHARACTERS, "{}", recording.name);
    }
    for recording in recordings::windows() {
        checked(&recording, &write(&recording).text);
    }
}

#[test]
fn what_is_lost_ends_in_a_cross() {
    let recording = recordings::of("follower-cut-off", 0, u64::MAX);
    let lost = recording.messages.iter().filter(|message| matches!(message.fate, Fate::Lost(_)));
    let (all, diagram) = (lost.count(), checked(&recording, &write(&recording).text));
    assert!(all > 0);
    assert_eq!(diagram.lost, all);
}

#[test]
fn above_the_cap_it_is_cut_and_says_so() {
    for name in ["follower-cut-off", "session-fail-over"] {
        let recording = recordings::of(name, 0, u64::MAX);
        let whole = checked(&recording, &write(&recording).text);
        // Wherever it is cut, what was opened is closed.
        for most in (2000..9000).step_by(250) {
            let written = write_at_most(&recording, most);
            let part = checked(&recording, &written.text);
            assert!(written.text.chars().count() <= most, "{name}, {most}");
            let [remark] = written.remarks.as_slice() else { panic!("{:?}", written.remarks) };
            assert!(
                remark.contains("messages and") && remark.contains("--from and --to narrow the window"),
                "{remark}"
            );
            assert!(part.arrows < whole.arrows);
            let last = written.text.lines().last().unwrap().replace("<br/>", " ").replace("#59;", ";");
            assert!(last.trim().starts_with("Note over ") && last.ends_with(remark.as_str()), "{last}");
        }
    }
}

#[test]
fn each_rule_has_a_diagram_that_breaks_it() {
    let recording = recordings::of("follower-cut-off", 0, u64::MAX);
    let text = write(&recording).text;
    let refused = |text: &str, what: &str| {
        let error = check(text).unwrap_err();
        assert!(error.contains(what), "{error}");
    };
    refused(&text.replacen("sequenceDiagram", "flowchart", 1), "another diagram");
    refused(&format!("{text}{}", "    Note over zk1: a\n".repeat(3000)), "too long");
    refused(&text.replacen("participant zk2 as zk2\n", "", 1), "zk2 is nobody");
    refused(&text.replacen("#59;", ";", 1), "not escaped");
    refused(&format!("{text}    zk1->>zk2: a #1 b\n"), "not escaped");
    refused(&format!("{text}    zk1->>zk2: end\n"), "no text");
    refused(&format!("{text}    zk1->>zk2\n"), "no colon");
    refused(&format!("{text}    zk1 to zk2: a\n"), "no arrow");
    refused(&format!("{text}    end\n"), "an end too many");
    refused(&text.replacen("    end\n", "", 1), "without an end");
    refused(&text.replace("zk1", "end"), "no id");
}

/// Names and texts that mean something to Mermaid.
const ODD: &str = include_str!("../mermaid/odd.zab");

#[test]
fn odd_names_and_texts_are_borne() {
    let recording = recordings::made("odd;#1", ODD, 0, u64::MAX);
    let text = write(&recording).text;
    checked(&recording, &text);
    assert!(text.contains("title odd#59;#35;1, seed 0\n"), "{text}");
    assert!(
        text.contains("actor box_ as box\n") && text.contains("50 #37; of it#59; #35;1 is #60;b#62;"),
        "{text}"
    );
}

#[test]
fn diagrams_read_well() {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("../snapshots/export");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| {
        let second = 1_000_000_000;
        let diagram =
            |name: &str, from: u64, to: u64| write(&recordings::of(name, from * second, to * second)).text;
        insta::assert_snapshot!("start-in-order-mermaid", diagram("start-in-order", 0, 30));
        insta::assert_snapshot!("kill-leader-mermaid", diagram("kill-leader", 59, 70));
        insta::assert_snapshot!("follower-cut-off-mermaid", diagram("follower-cut-off", 9, 60));
    });
}

#[test]
fn the_readme_shows_what_is_written() {
    let readme = include_str!("../../README.md");
    let shown = readme.split("```mermaid\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let recording = recordings::of("kill-leader", 60_400_000_000, 60_600_000_000);
    assert_eq!(shown, write(&recording).text);
}
