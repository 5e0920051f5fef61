//! What a scenario says to a learner.

use super::super::ast::{Action, Answer, Ask, Belief, Line, Prefix, Span, Statement, Timed};
use super::super::diagnostic::Fault;
use super::super::lex::{Lexed, Word};
use super::super::words::shown;
use super::cursor::Cursor;
use super::declare::{Declared, place};
use super::{Parser, whole_line};

/// One line of quoted text.
fn text(cursor: &mut Cursor<'_, '_>, what: &str) -> Result<String, Fault> {
    let wanted = format!("{what} in quotes");
    let word = cursor.any(&wanted)?;
    let span = word.start..word.end;
    let says = word.text.as_ref();
    if !word.quoted {
        let fault = Fault::new(span, format!("unexpected `{}`", shown(says)), format!("expected {wanted}"));
        return Err(fault.help(format!("for example `\"{}\"`", shown(says))));
    }
    if says.trim().is_empty() {
        return Err(Fault::new(span, format!("{what} is blank"), "expected some text"));
    }
    if says.contains('\n') {
        return Err(Fault::new(span, format!("{what} has several lines"), "expected text of one line"));
    }
    Ok(word.text.into_owned())
}

/// `QUESTION right ANSWER wrong ANSWER …`, behind `ask`. Answers may follow in further lines.
pub(super) fn ask(cursor: &mut Cursor<'_, '_>) -> Result<Ask, Fault> {
    let mut ask = Ask { question: text(cursor, "the question")?, answers: Vec::new() };
    answers(cursor, &mut ask.answers)?;
    match lacking(&ask) {
        Some(kind) if cursor.peek().is_some() => Err(cursor.no(&wanted(kind), &["right", "wrong"])),
        _ => Ok(ask),
    }
}

/// `right ANSWER wrong ANSWER …`: more answers to a question.
fn answers(cursor: &mut Cursor<'_, '_>, answers: &mut Vec<Answer>) -> Result<(), Fault> {
    loop {
        let at = cursor.peek().map_or(cursor.behind(), |word| word.start..word.end);
        let full = answers.len() == Ask::MOST;
        let right = cursor.eat("right");
        if !right && !cursor.eat("wrong") {
            return Ok(());
        }
        if full {
            let label = format!("expected {} at most", Ask::MOST);
            return Err(Fault::new(at, "the question has too many answers", label));
        }
        if right && answers.iter().any(|answer| answer.right) {
            let fault = Fault::new(at, "a second right answer", "expected one");
            return Err(fault.help("what the run shows is right, and all else is `wrong`"));
        }
        let at = cursor.peek().map_or(cursor.behind(), |word| word.start..word.end);
        let text = text(cursor, "the answer")?;
        if answers.iter().any(|answer| answer.text == text) {
            let message = format!("the answer `{}` stands twice", shown(&text));
            return Err(Fault::new(at, message, "expected another answer"));
        }
        answers.push(Answer { text, right });
    }
}

/// What is wrong with a question to which no more answers follow; `end`: where it ends.
fn unanswered(ask: &Ask, end: usize) -> Option<Fault> {
    lacking(ask).map(|kind| {
        let message = format!("the question has no {kind} answer");
        let fault = Fault::new(end..end, message, format!("expected {}", wanted(kind)));
        fault.help("answers may stand in the lines below, further in than the question's")
    })
}

/// The kind of answer that a question does not have yet.
fn lacking(ask: &Ask) -> Option<&'static str> {
    let has = |right: bool| ask.answers.iter().any(|answer| answer.right == right);
    if !has(true) { Some("right") } else { (!has(false)).then_some("wrong") }
}

fn wanted(kind: &str) -> String {
    format!("`{kind}` and an answer in quotes")
}

/// Only a time can ask.
pub(super) fn misplaced(cursor: &Cursor<'_, '_>, prefix: &Prefix) -> Fault {
    let span = cursor.peek().map_or(cursor.behind(), |word| word.start..word.end);
    let fault = match prefix {
        Prefix::When(_) => Fault::new(span, "an event cannot ask", "expected a step"),
        _ => Fault::new(span, "a question has one instant", "expected `expect`"),
    };
    fault.help("a learner is asked `at` a time: `at 5s ask …`")
}

/// The question that the last line asks.
pub(super) fn question(lines: &mut [Line]) -> Option<&mut Ask> {
    match &mut lines.last_mut()?.statement {
        Some(Statement::Timed(Timed { action: Action::Ask(ask), .. })) => Some(ask),
        _ => None,
    }
}

impl<'t> Parser<'t> {
    /// Whether a line has more answers to the question of the line above.
    pub(super) fn answers_follow(&self, lexed: &Lexed<'_>, blank: bool) -> bool {
        let deeper = self.above.as_ref().is_some_and(|(_, above)| lexed.indent > *above);
        let answers = |word: &Word<'_>| !word.quoted && matches!(word.text.as_ref(), "right" | "wrong");
        self.asking.is_some() && !blank && deeper && lexed.words.first().is_some_and(answers)
    }

    /// A line of answers.
    pub(super) fn answers(&mut self, source: &'t str, number: usize, lexed: Lexed<'_>) -> Result<(), Fault> {
        let Lexed { mut words, comment, fault, .. } = lexed;
        let end = words.last().map_or(0, |word| word.end);
        let mut cursor = Cursor::new(&mut words, &self.names);
        let read = match question(&mut self.lines) {
            Some(ask) => answers(&mut cursor, &mut ask.answers).and_then(|()| cursor.finish()),
            None => Ok(()),
        };
        whole_line(read, fault)?;
        if comment.is_some() {
            let fault = Fault::new(end..source.len(), "a comment among the answers", "expected none here");
            return Err(fault.help("it can stand behind the question"));
        }
        self.asking = Some((end, number, source));
        Ok(())
    }

    /// No more answers follow.
    pub(super) fn asked(&mut self) -> Result<(), (Fault, usize, &'t str)> {
        let Some((end, number, source)) = self.asking.take() else { return Ok(()) };
        match question(&mut self.lines).and_then(|ask| unanswered(ask, end)) {
            Some(fault) => Err((fault, number, source)),
            None => Ok(()),
        }
    }
}

impl Declared {
    /// `TEXT`, behind `belief`.
    pub(super) fn belief(&mut self, cursor: &mut Cursor<'_, '_>, span: Span) -> Result<Belief, Fault> {
        let line = span.line as usize;
        if let Some(first) = self.belief.replace(line) {
            let whole = span.start as usize..span.end as usize;
            let fault = Fault::new(whole, "a second belief", "expected one in a file");
            return Err(fault.help(format!("the first stands {}", place(first, line))));
        }
        Ok(Belief { text: text(cursor, "the belief")?, span })
    }
}
