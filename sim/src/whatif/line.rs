//! A step or a pin read alone, among the declarations of a scenario.

use crate::scenario::{Action, Diagnostic, Pin, Prefix, STEP_WORDS, Scenario, Statement, Step, nearest_word};

/// A line read among the declarations of a scenario.
fn read(line: &str, scenario: &Scenario) -> Result<Scenario, Diagnostic> {
    let mut text = format!("{line}\n");
    for declared in &scenario.lines {
        if let Some(statement @ (Statement::Ensemble(_) | Statement::Client(_) | Statement::Workload(_))) =
            &declared.statement
        {
            text.push_str(&format!("{statement}\n"));
        }
    }
    if line.starts_with(IN_SCHEDULE) {
        text.push_str("at 0s freeze\n");
    }
    // A pin alone makes nothing happen, and that is no scenario.
    text.push_str("at 1s end\n");
    Scenario::parse("the change", &text)
}

/// What has its place among other lines only.
const SCHEDULE: [&str; 3] = ["freeze", "thaw", "next"];

/// What stands before a step that is read.
const AT: &str = "at 0s ";
/// What stands before one that needs a frozen world.
const IN_SCHEDULE: &str = "at 1s ";

/// A step of the scenario language, alone.
pub(crate) fn step_of(text: &str, scenario: &Scenario) -> Result<Step, String> {
    step_or(text, scenario, &[])
}

/// The same, or what has its place in a schedule: whether the world is frozen there is for the caller to see.
pub(crate) fn step_in_schedule(text: &str, scenario: &Scenario) -> Result<Step, String> {
    let verb = text.split_whitespace().next().unwrap_or_default();
    if SCHEDULE.contains(&verb) { step_or(text, scenario, &SCHEDULE) } else { step_of(text, scenario) }
}

/// The same, where these words can stand, too. Only `crash` is read here, which is `kill`, and the words of a schedule.
pub(super) fn step_or(text: &str, scenario: &Scenario, also: &[&str]) -> Result<Step, String> {
    if text.contains(|c: char| c.is_control()) {
        return Err("a step is one line".to_owned());
    }
    let verb = text.split_whitespace().next().unwrap_or_default();
    let scheduled = SCHEDULE.contains(&verb);
    if scheduled && !also.contains(&verb) {
        return Err(format!("`{verb}` has its place in a schedule, and is no change by itself"));
    }
    let line = match text.strip_prefix(CRASH) {
        Some(rest) if verb == CRASH && also.contains(&CRASH) => format!("{AT}kill{rest}"),
        _ if scheduled && verb != "freeze" => format!("{IN_SCHEDULE}{text}"),
        _ => format!("{AT}{text}"),
    };
    let read = read(&line, scenario).map_err(|error| {
        let error = of_words(error, &line, text);
        if error.span.start < verb.len() && !STEP_WORDS.contains(&verb) {
            return offered(error, verb, also).to_string();
        }
        error.to_string()
    })?;
    let first = read.timed().next();
    match first.map(|timed| (&timed.prefix, &timed.action)) {
        Some((Prefix::At(_), Action::Step(Step::End))) => {
            Err("`end` ends a run, and changes nothing in it".to_owned())
        }
        Some((Prefix::At(_), Action::Step(step))) => Ok(step.clone()),
        _ => Err(format!("`{text}` does nothing by itself")),
    }
}

/// Another word for `kill`.
pub(super) const CRASH: &str = "crash";

/// An error in a line that was made of a text, shown in that text. They only differ at their beginning.
fn of_words(error: Diagnostic, line: &str, text: &str) -> Diagnostic {
    if error.line != 1 {
        return error;
    }
    let before = line.len() - text.len();
    let span = error.span.start.saturating_sub(before)..error.span.end.saturating_sub(before);
    let column = text.get(..span.start).unwrap_or(text).chars().count() + 1;
    let column = u32::try_from(column).unwrap_or(u32::MAX);
    Diagnostic { column, source: text.into(), span, ..error }
}

/// With the words that could stand there: in a scenario others can, too.
fn offered(mut error: Diagnostic, verb: &str, also: &[&str]) -> Diagnostic {
    let steps = STEP_WORDS.iter().filter(|word| **word != "end" && !SCHEDULE.contains(word));
    let known: Vec<&str> = also.iter().chain(steps).copied().collect();
    error.help.retain(|help| !help.starts_with("expected one of") && !help.starts_with("did you mean"));
    let help = match nearest_word(verb, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
            format!("expected one of {}", known.join(", "))
        }
    };
    error.help.insert(0, help);
    if !also.is_empty() {
        error.label = "expected a change".into();
    }
    error
}

/// A line that pins a draw, alone.
pub(super) fn pin(text: &str, scenario: &Scenario) -> Result<Pin, Diagnostic> {
    let read = read(text, scenario)?;
    // A line that begins with `pin` is a pin, or was refused.
    Ok(read.pins().next().cloned().expect("a pin was read"))
}
