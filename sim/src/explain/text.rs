//! A lesson as lines of text, for a terminal or a file.

use super::{Chapter, Entry, Expected, Happened, Lesson, Prediction, Waiting};
use crate::recording::{Recording, Role};
use crate::view::{Ink, in_a_row, paragraph, seconds};

/// How wide it may be, and whether it may be coloured.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Columns.
    pub width: usize,
    /// Whether colour is allowed.
    pub color: bool,
}

/// Where what happened stands.
const AT: usize = 11;
/// What is repeated within this time is told without its end.
const SOON: u64 = 1_000_000_000;

/// Writes a lesson, part by part; every part ends with a line break.
#[derive(Clone, Copy, Debug)]
pub struct Teller<'r> {
    recording: &'r Recording,
    style: Style,
    /// The command that tells all of it.
    run: &'r str,
}

/// A verb in the third person, for several.
fn plural(what: &str) -> String {
    let (verb, rest) = what.split_once(' ').unwrap_or((what, ""));
    let verb = match verb {
        "is" => "are".to_owned(),
        "has" => "have".to_owned(),
        "does" => "do".to_owned(),
        verb => match (verb.strip_suffix("ies"), verb.strip_suffix("sses")) {
            (Some(stem), _) => format!("{stem}y"),
            (_, Some(stem)) => format!("{stem}ss"),
            _ => verb.strip_suffix('s').unwrap_or(verb).to_owned(),
        },
    };
    let rest = rest
        .replace(", voting for", ", each voting for")
        .replace(", and acknowledges", ", and acknowledge")
        .replace("its vote", "their votes");
    if rest.is_empty() { verb } else { format!("{verb} {rest}") }
}

impl<'r> Teller<'r> {
    /// Of a recording's lesson; `run` is the command that tells all of it.
    pub fn new(recording: &'r Recording, style: Style, run: &'r str) -> Teller<'r> {
        Teller { recording, style, run }
    }

    fn ink(&self, ink: Ink, text: &str) -> String {
        ink.paint(text, self.style.color)
    }

    /// A paragraph with something before its first line; what follows stands under what comes behind that.
    fn hung(&self, indent: usize, head: &str, ink: Ink, text: &str) -> String {
        let hang = indent + head.chars().count();
        let lines = paragraph(text, self.style.width.saturating_sub(hang));
        let mut out = String::new();
        for (place, line) in lines.iter().enumerate() {
            match place {
                0 => out += &format!("{:indent$}{}{line}\n", "", self.ink(ink, head)),
                _ => out += &format!("{:hang$}{line}\n", ""),
            }
        }
        out
    }

    /// The same, but what follows the first line stands a little behind its head.
    fn noted(&self, head: &str, ink: Ink, text: &str) -> String {
        let lines = paragraph(&format!("{head} {text}"), self.style.width.saturating_sub(4));
        let mut out = String::new();
        for (place, line) in lines.iter().enumerate() {
            match line.strip_prefix(head) {
                Some(rest) if place == 0 => out += &format!("  {}{rest}\n", self.ink(ink, head)),
                _ if place == 0 => out += &format!("  {line}\n"),
                _ => out += &format!("    {line}\n"),
            }
        }
        out
    }

    /// What the run is about. Whoever is to make predictions is told the question alone: the rest may hold the answer.
    pub fn head(&self, lesson: &Lesson, asks: bool) -> String {
        let mut out = String::new();
        let first = if asks { lesson.question().0 } else { lesson.about.join("\n") };
        for about in first.lines() {
            out += &self.hung(0, "", Ink::Plain, about);
        }
        if let Some(belief) = &lesson.belief {
            // That it is wrong would be the answer.
            let (head, ink) = match asks {
                true => ("Many believe:", Ink::Ask),
                false => ("A common belief, and wrong:", Ink::Wrong),
            };
            out += &self.noted_flush(head, ink, belief);
        }
        out
    }

    /// What a chapter says.
    pub fn opening(&self, chapter: &Chapter) -> String {
        let mut out = "\n".to_owned();
        for say in &chapter.say {
            out += &self.hung(0, "", Ink::Plain, say);
        }
        out
    }

    /// What is done or seen; a question has a text of its own.
    pub fn entry(&self, entry: &Entry) -> String {
        match entry {
            Entry::Do { at, what } => {
                let at = at.map_or_else(String::new, seconds);
                self.hung(0, &format!("{at:>9}  > "), Ink::Do, what)
            }
            Entry::See(happened) => {
                let text = self.happened(happened);
                self.hung(0, &format!("{:>9}  ", seconds(happened.at)), Ink::Faint, &text)
            }
            Entry::Skip(steps) => {
                let steps =
                    if *steps == 1 { "1 more step".to_owned() } else { format!("{steps} more steps") };
                self.hung(AT, "", Ink::Plain, &format!("… {steps} of the scenario"))
            }
            Entry::Ask(_) => String::new(),
        }
    }

    fn names(&self, lanes: &[usize]) -> String {
        let names: Vec<&str> = lanes.iter().map(|lane| &*self.recording.lanes[*lane].name).collect();
        in_a_row(&names, "and")
    }

    fn happened(&self, happened: &Happened) -> String {
        let part = |(who, what): &(Vec<usize>, String)| {
            // What only the reader is told stands in brackets, and has no subject.
            if what.starts_with('(') {
                return what.clone();
            }
            let what = if who.len() > 1 { plural(what) } else { what.clone() };
            format!("{} {what}", self.names(who))
        };
        let mut parts: Vec<String> = happened.parts.iter().map(part).collect();
        for part in parts.iter_mut().skip(1) {
            *part = part.replace("keeps its own vote", "keeps its own");
        }
        let because = happened.because.as_ref().map_or_else(String::new, |because| format!(": {because}"));
        let again = match happened.times {
            1 => String::new(),
            n if happened.last - happened.at < SOON => format!(" (x {n})"),
            n => format!(" (x {n}, until {} s)", seconds(happened.last)),
        };
        format!("{}{because}{again}", parts.join(", and "))
    }

    /// What was expected, why whoever does not serve does not, and the words that were new.
    pub fn closing(&self, chapter: &Chapter) -> String {
        let mut out = String::new();
        if let (more @ 1.., _) = chapter.left_out {
            let text = format!("… and {more} more; `{}` tells all", self.run);
            out += &self.hung(AT, "", Ink::Plain, &text);
        }
        if let Some(met) = self.met(chapter) {
            out += &self.noted("As expected:", Ink::Right, &met);
        }
        for expected in &chapter.expected {
            if let Some(instead) = &expected.instead {
                let text = format!("{}; instead: {instead}", expected.text);
                out += &self.noted("NOT AS EXPECTED:", Ink::Wrong, &text);
            }
        }
        for (head, why) in self.waiting(chapter) {
            out += &self.noted(head, Ink::Why, &why);
        }
        if !chapter.words.is_empty() {
            let words: Vec<String> =
                chapter.words.iter().map(|(word, meaning)| format!("{word} - {meaning}")).collect();
            out += &self.noted("Words:", Ink::Word, &format!("{}.", words.join("; ")));
        }
        out
    }

    /// The expectations that were met, in a line: first those that say most, the others counted.
    fn met(&self, chapter: &Chapter) -> Option<String> {
        let met = chapter.expected.iter().filter(|expected| expected.instead.is_none());
        let mut met: Vec<(usize, String)> = met.map(Expected::told).collect();
        met.sort_by_key(|(rank, _)| *rank);
        met.dedup();
        let lines = if met.first().is_some_and(|(rank, _)| *rank == 0) { 2 } else { 1 };
        let room = (lines * self.style.width).saturating_sub(30);
        let (mut named, mut others) = (String::new(), 0);
        for (rank, text) in met {
            // What the scenario remarks on is named, however long that gets.
            if rank == 0 || named.chars().count() + text.chars().count() < room {
                let gap = if named.is_empty() { "" } else { "; " };
                named = format!("{named}{gap}{text}");
            } else {
                others += 1;
            }
        }
        let more = if others > 0 { format!("; and {others} more") } else { String::new() };
        (!named.is_empty()).then(|| format!("{named}{more}."))
    }

    /// Why whoever waits does, a paragraph each with its head.
    fn waiting(&self, chapter: &Chapter) -> Vec<(&'static str, String)> {
        let (down, up): (Vec<&Waiting>, Vec<&Waiting>) =
            chapter.why.iter().partition(|waiting| waiting.role == Role::Down);
        // Why somebody else waits says already who is down.
        let name = |lane: usize| format!("{} ", self.recording.lanes[lane].name);
        let said = |lane: usize| up.iter().any(|waiting| waiting.why.contains(&name(lane)));
        let mut short: Vec<String> =
            down.iter().filter(|waiting| !said(waiting.lane)).map(|waiting| waiting.why.clone()).collect();
        let still: Vec<usize> = chapter.still.iter().copied().filter(|lane| !said(*lane)).collect();
        if !still.is_empty() && !chapter.why.is_empty() {
            short.push(format!("{} as before.", self.names(&still)));
        }
        let short = (!short.is_empty()).then(|| ("Not serving:", short.join(" ")));
        let up = up.iter().map(|waiting| {
            let head = match self.recording.lanes[waiting.lane].sid {
                None => "Waiting:",
                Some(_) if waiting.serving => "In trouble:",
                Some(_) => "Not serving:",
            };
            (head, waiting.why.clone())
        });
        short.into_iter().chain(up).collect()
    }

    /// A question, with its answers.
    pub fn question(&self, prediction: &Prediction) -> String {
        let mut out = self.hung(2, "? ", Ink::Ask, &prediction.question);
        for (place, answer) in prediction.answers.iter().enumerate() {
            out += &self.hung(4, &format!("{}  ", place + 1), Ink::Ask, answer);
        }
        out
    }

    /// How an answer stands to what happened, and which rule decided.
    pub fn answered(&self, chapter: &Chapter, prediction: &Prediction, chosen: Option<usize>) -> String {
        let right = &prediction.answers[prediction.right];
        let (head, ink, text) = match chosen {
            Some(place) if place == prediction.right => ("Right:", Ink::Right, right.clone()),
            Some(place) => {
                let said = &prediction.answers[place];
                ("Not so:", Ink::Wrong, format!("you said `{said}`, and what happens is `{right}`"))
            }
            None => ("Answer:", Ink::Ask, right.clone()),
        };
        let mut out = self.noted(head, ink, &format!("{text}. ({})", prediction.question));
        if let Some(rule) = chapter.decided_by(prediction) {
            let text = format!("{} s, {}.", seconds(rule.at), self.happened(rule));
            out += &self.noted("Decided at", Ink::Why, &text);
        }
        out
    }

    /// The answer in short, and the verdict; for whoever made predictions, with what was kept back at the head.
    pub fn end(&self, lesson: &Lesson, asks: bool) -> String {
        let mut out = "\n".to_owned();
        if asks {
            let rest = lesson.question().1;
            rest.lines().for_each(|about| out += &self.hung(0, "", Ink::Plain, about));
            if let Some(belief) = &lesson.belief {
                let end = if belief.ends_with(['.', '!', '?']) { " And" } else { ", and" };
                let text = format!("{belief}{end} that is wrong.");
                out += &self.noted_flush("Many believe:", Ink::Wrong, &text);
            }
        }
        let head = if lesson.serves { "At the end:" } else { "In short:" };
        out += &self.noted_flush(head, Ink::Title, &lesson.short.join(" "));
        let Recording { verdict, moment, .. } = self.recording;
        let sum = verdict.last().filter(|line| self.recording.green && line.starts_with("Held: "));
        if let Some(held) = sum.and_then(|line| line.split('.').next()) {
            // Of a good run only the sum is told, and what it foretold.
            for line in verdict.iter().filter(|line| line.starts_with("As foretold")) {
                out += &self.hung(0, "", Ink::Plain, line);
            }
            let details: usize = lesson.chapters.iter().map(|chapter| chapter.left_out.1).sum();
            let text = format!("{held}; {details} details left out. {moment}");
            return out + &self.hung(0, "", Ink::Plain, &text);
        }
        for line in verdict {
            out += &self.hung(0, "", Ink::Plain, line);
        }
        out
    }

    fn noted_flush(&self, head: &str, ink: Ink, text: &str) -> String {
        let lines = paragraph(&format!("{head} {text}"), self.style.width);
        let mut out = String::new();
        for (place, line) in lines.iter().enumerate() {
            match line.strip_prefix(head) {
                Some(rest) if place == 0 => out += &format!("{}{rest}\n", self.ink(ink, head)),
                _ => out += &format!("{line}\n"),
            }
        }
        out
    }

    /// All of it, without a question.
    pub fn whole(&self, lesson: &Lesson) -> String {
        let mut out = self.head(lesson, false);
        for chapter in &lesson.chapters {
            out += &self.opening(chapter);
            chapter.entries.iter().for_each(|entry| out += &self.entry(entry));
            out += &self.closing(chapter);
        }
        out + &self.end(lesson, false)
    }
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn several_do_what_one_does() {
        for (one, several) in [
            ("is LOOKING in round 1, voting for itself", "are LOOKING in round 1, each voting for itself"),
            ("applies 0x100000001", "apply 0x100000001"),
            ("passes over a vote", "pass over a vote"),
            ("has 0x1 on disk, and acknowledges it", "have 0x1 on disk, and acknowledge it"),
            ("changes its vote to zk3", "change their votes to zk3"),
            ("starts", "start"),
        ] {
            assert_eq!(plural(one), several);
        }
    }
}
