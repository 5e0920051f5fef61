//! A lesson for machines.

use super::{Chapter, Entry, Lesson};
use crate::recording::Recording;
use serde_json::{Value, json};

impl Lesson {
    /// As JSON. Times are virtual nanoseconds.
    pub fn json(&self, recording: &Recording) -> Value {
        let chapters: Vec<Value> = self.chapters.iter().map(|c| chapter(recording, c)).collect();
        json!({
            "scenario": recording.name,
            "seed": recording.seed.to_string(),
            "moment": recording.moment,
            "about": self.about,
            "belief": self.belief,
            "chapters": chapters,
            "inShort": self.short,
            "verdict": recording.verdict,
            "green": recording.green,
        })
    }
}

fn chapter(recording: &Recording, chapter: &Chapter) -> Value {
    let name = |lane: &usize| &recording.lanes[*lane].name;
    let entry = |entry: &Entry| match entry {
        Entry::Do { at, what } => json!({"do": what, "at": at}),
        Entry::Skip(steps) => json!({"skippedSteps": steps}),
        Entry::See(seen) => json!({
            "see": seen.parts.iter()
                .map(|(who, what)| json!({"who": who.iter().map(name).collect::<Vec<_>>(), "what": what}))
                .collect::<Vec<_>>(),
            "at": seen.at,
            "decision": seen.kind,
            "because": seen.because,
            "times": seen.times,
        }),
        Entry::Ask(ask) => {
            json!({"ask": ask.question, "at": ask.at, "answers": ask.answers, "right": ask.right})
        }
    };
    let expected = |expected: &super::Expected| {
        json!({
            "expected": expected.text,
            "why": expected.why,
            "met": expected.instead.is_none(),
            "instead": expected.instead,
        })
    };
    json!({
        "from": chapter.from,
        "to": chapter.to,
        "say": chapter.say,
        "entries": chapter.entries.iter().map(entry).collect::<Vec<_>>(),
        "leftOut": chapter.left_out.1,
        "expected": chapter.expected.iter().map(expected).collect::<Vec<_>>(),
        "waiting": chapter.why.iter()
            .map(|waiting| json!({"party": name(&waiting.lane), "serving": waiting.serving, "why": waiting.why}))
            .collect::<Vec<_>>(),
        "stillWaiting": chapter.still.iter().map(name).collect::<Vec<_>>(),
        "words": chapter.words.iter()
            .map(|(word, meaning)| json!({"word": word, "meaning": meaning})).collect::<Vec<_>>(),
    })
}
