//! A run told to a learner, in chapters: what the scenario says, what it does, what is to be seen of that, what was expected, and
//! why whoever does not serve does not. Made from a [`Recording`]; nothing here looks at a run.

mod ask;
mod chapter;
mod glossary;
mod json;
mod select;
mod short;
mod text;

pub use ask::{Kind, Prediction};
pub use chapter::{Chapter, Entry, Expected, Waiting};
pub use glossary::{Entry as Word, WORDS, used};
pub use select::Happened;
pub use short::in_short;
pub use text::{Style, Teller};

use crate::recording::Recording;

/// A run, told.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// What the scenario is about, a paragraph each.
    pub about: Vec<String>,
    /// The wrong belief that it corrects, if it names one.
    pub belief: Option<String>,
    /// Its chapters, in order.
    pub chapters: Vec<Chapter>,
    /// How it ended, a sentence each.
    pub short: Vec<String>,
    /// Whether somebody served then.
    pub serves: bool,
}

impl Lesson {
    /// Of a recording. `asks` makes up predictions where the scenario asks for none.
    pub fn of(recording: &Recording, asks: bool) -> Lesson {
        let mut frames = recording.frames.iter().filter(|frame| frame.at <= recording.to);
        let about = frames.next().map(|frame| frame.say.clone()).unwrap_or_default();
        let mut chapters = chapter::chapters(recording);
        if asks {
            let own = chapters.iter().any(Chapter::asks);
            if !own {
                chapters.iter_mut().for_each(|chapter| chapter.ask(recording));
            }
        } else {
            chapters.iter_mut().for_each(Chapter::ask_nothing);
        }
        explain_words(&about, &mut chapters);
        let (serves, short) = in_short(recording);
        Lesson { about, belief: recording.belief.clone(), short, serves, chapters }
    }
}

impl Lesson {
    /// What it is about, up to its first question or, where it asks none, sentence; and the rest, a paragraph a line.
    fn question(&self) -> (String, String) {
        let text = self.about.join("\n");
        let ends = |sign: char| {
            let found = text.match_indices(sign);
            found.map(|(at, _)| at).find(|at| !text[at + 1..].starts_with(|next: char| !next.is_whitespace()))
        };
        let question = ends('?').or_else(|| ends('.'));
        match question {
            Some(at) => (text[..=at].trim().to_owned(), text[at + 1..].trim().to_owned()),
            None => (text, String::new()),
        }
    }
}

/// Puts each word into the chapter that uses it first.
fn explain_words(about: &[String], chapters: &mut [Chapter]) {
    let mut known: Vec<&str> = Vec::new();
    let mut before = about.join("\n");
    for chapter in chapters {
        let text = format!("{before}\n{}", chapter.plain());
        before.clear();
        for (word, meaning) in used(&text) {
            if !known.contains(word) {
                known.push(word);
                chapter.words.push((word, meaning));
            }
        }
    }
}
