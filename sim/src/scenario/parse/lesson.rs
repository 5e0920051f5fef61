//! What a scenario says to a learner.

use super::super::ast::{Answer, Ask, Belief, Prefix, Span};
use super::super::diagnostic::Fault;
use super::super::words::shown;
use super::cursor::Cursor;
use super::declare::{Declared, place};

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

/// `QUESTION right ANSWER wrong ANSWER …`, behind `ask`.
pub(super) fn ask(cursor: &mut Cursor<'_, '_>) -> Result<Ask, Fault> {
    let question = text(cursor, "the question")?;
    let mut answers: Vec<Answer> = Vec::new();
    loop {
        let at = cursor.peek().map_or(cursor.behind(), |word| word.start..word.end);
        let full = answers.len() == Ask::MOST;
        let right = cursor.eat("right");
        if !right && !cursor.eat("wrong") {
            break;
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
    let lacks = |right: bool| answers.iter().all(|answer| answer.right != right);
    let kind = match (lacks(true), lacks(false)) {
        (false, false) => return Ok(Ask { question, answers }),
        (true, _) => "right",
        (false, true) => "wrong",
    };
    let wanted = format!("`{kind}` and an answer in quotes");
    Err(match cursor.peek() {
        Some(_) => cursor.no(&wanted, &["right", "wrong"]),
        None => Fault::new(
            cursor.behind(),
            format!("the question has no {kind} answer"),
            format!("expected {wanted}"),
        ),
    })
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
