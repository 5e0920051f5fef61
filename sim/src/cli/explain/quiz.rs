//! `--ask`: a prediction before each outcome.

use super::super::{BadInput, Output};
use std::io::{self, BufRead, IsTerminal, Read, Write};
use zablab_sim::explain::{Entry, Lesson, Prediction, Teller};

/// What became of the questions.
#[derive(Clone, Copy, Debug, Default)]
struct Score {
    right: usize,
    answered: usize,
    asked: usize,
}

/// No answer is longer, in bytes.
const LONGEST: u64 = 1_024;

/// A line of the input; what is no UTF-8 is no word of an answer.
struct Line {
    text: String,
    /// Whether that is all of it.
    whole: bool,
}

/// Reads a line; `None` where nothing is left.
fn line(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    input.by_ref().take(LONGEST).read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let whole = bytes.ends_with(b"\n") || input.skip_until(b'\n')? == 0;
    Ok(Some(Line { text: String::from_utf8_lossy(&bytes).into_owned(), whole }))
}

/// Reads an answer: `None` where nothing is left to read, `Some(None)` where it is not known.
fn read(
    out: &mut Output,
    input: &mut impl BufRead,
    prediction: &Prediction,
) -> Result<Option<Option<usize>>, BadInput> {
    loop {
        write!(out, "  > ")?;
        out.flush()?;
        let read =
            line(input).map_err(|error| BadInput(format!("standard input cannot be read: {error}")))?;
        let Some(Line { text: line, whole }) = read else {
            writeln!(out)?;
            return Ok(None);
        };
        // What comes from a file or a pipe shows on no screen.
        if !io::stdin().is_terminal() {
            writeln!(out, "{}", line.trim())?;
        }
        if whole && line.trim().is_empty() {
            return Ok(Some(None));
        }
        if let Some(choice) = prediction.choice(&line).filter(|_| whole) {
            return Ok(Some(Some(choice)));
        }
        let most = prediction.answers.len();
        writeln!(
            out,
            "    That is none of them: expected 1 to {most}, the words of an answer, or an empty line."
        )?;
    }
}

/// Tells a lesson, and asks on the way.
pub(super) fn exec(out: &mut Output, teller: &Teller<'_>, lesson: &Lesson) -> Result<(), BadInput> {
    let mut input = io::stdin().lock();
    let (mut score, mut listening) = (Score::default(), true);
    write!(out, "{}", teller.head(lesson, true))?;
    // What was answered and has not come out yet.
    let mut open: Vec<(&Prediction, Option<usize>)> = Vec::new();
    for (place, chapter) in lesson.chapters.iter().enumerate() {
        write!(out, "{}", teller.opening(chapter))?;
        let before = open.len();
        for entry in &chapter.entries {
            let Entry::Ask(prediction) = entry else {
                write!(out, "{}", teller.entry(entry))?;
                continue;
            };
            if !listening {
                continue;
            }
            write!(out, "{}", teller.question(prediction))?;
            match read(out, &mut input, prediction)? {
                None => listening = false,
                Some(choice) => {
                    score.asked += 1;
                    score.answered += usize::from(choice.is_some());
                    score.right += usize::from(choice == Some(prediction.right));
                    open.push((prediction, choice));
                }
            }
        }
        let last = place + 1 == lesson.chapters.len();
        let mut asked = 0..;
        // The outcome stands in this chapter, or in the next.
        let comes_out = |(prediction, _): &mut (&Prediction, Option<usize>)| {
            let earlier = asked.next().is_some_and(|place| place < before);
            last || earlier || chapter.comes_out(prediction)
        };
        for (prediction, choice) in open.extract_if(.., comes_out) {
            write!(out, "{}", teller.answered(chapter, prediction, choice))?;
        }
        write!(out, "{}", teller.closing(chapter))?;
    }
    write!(out, "{}", teller.end(lesson, true))?;
    let Score { right, answered, asked } = score;
    match asked {
        0 => writeln!(out, "No prediction was asked for.")?,
        _ => writeln!(out, "Predictions: {right} of {asked} right, {} not known.", asked - answered)?,
    }
    Ok(())
}
