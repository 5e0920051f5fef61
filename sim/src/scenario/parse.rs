//! Text to tree. It stops at the first error, which is the earliest in the file.

mod call;
mod claim;
mod client;
mod counterfactual;
mod cursor;
mod declare;
mod draws;
mod event;
mod expectation;
mod happening;
mod lesson;
mod step;

use super::ast::{Action, Line, Prefix, Scenario, Statement, Step, Timed};
use super::diagnostic::{Diagnostic, Fault};
use super::lex::{self, Lexed, Word};
use super::setting;
use super::words::{self, shown};
use cursor::{Cursor, Names};
use declare::{Declared, place_of};

struct Parser<'t> {
    names: Names,
    declared: Declared,
    lines: Vec<Line>,
    /// The prefix of the timed line above, and the width of the blanks before it.
    above: Option<(Prefix, usize)>,
    /// The last line came from `server.N=…` and can take another server.
    open: bool,
    /// The line above asks: where it ends, its number and its text.
    asking: Option<(usize, usize, &'t str)>,
}

pub(super) fn parse(file: &str, text: &str) -> Result<Scenario, Diagnostic> {
    let mut parser = Parser {
        names: declare::names(text),
        declared: Declared::default(),
        lines: Vec::new(),
        above: None,
        open: false,
        asking: None,
    };
    let mut blank = false;
    for (index, source) in lex::lines(text).enumerate() {
        let number = index + 1;
        let lexed = lex::lex(source);
        if lexed.words.is_empty() && lexed.comment.is_none() && lexed.fault.is_none() {
            blank = !parser.lines.is_empty();
            continue;
        }
        let here = |fault: Fault| fault.in_line(file, number, source);
        if parser.answers_follow(&lexed, blank) {
            parser.answers(source, number, lexed).map_err(here)?;
            continue;
        }
        parser.asked().map_err(|(fault, number, source)| fault.in_line(file, number, source))?;
        parser.line(source, number, lexed, blank).map_err(here)?;
        blank = false;
    }
    parser.asked().map_err(|(fault, number, source)| fault.in_line(file, number, source))?;
    parser.whole(text).map_err(|(fault, number, source)| fault.in_line(file, number, source))?;
    Ok(Scenario { lines: parser.lines })
}

impl<'t> Parser<'t> {
    fn line(&mut self, source: &'t str, number: usize, lexed: Lexed<'_>, blank: bool) -> Result<(), Fault> {
        let Lexed { indent, mut words, comment, fault } = lexed;
        let span = match (words.first(), words.last()) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => indent.min(source.len())..source.len(),
        };
        let merges = self.open && !blank && comment.is_none();
        let mut zoo_server = false;
        let mut statement = None;
        if !words.is_empty() {
            let parsed = self.statement(source, number, indent, &mut words);
            let (parsed, zoo) = whole_line(parsed, fault)?;
            statement = Some(parsed);
            zoo_server = zoo;
        } else if let Some(fault) = fault {
            return Err(fault);
        }
        self.open = zoo_server && comment.is_none();
        if zoo_server
            && merges
            && let Some(Statement::Ensemble(more)) = &statement
            && let Some(Line { statement: Some(Statement::Ensemble(servers)), .. }) = self.lines.last_mut()
        {
            servers.extend(more.iter().cloned());
            return Ok(());
        }
        let end = span.end;
        self.lines.push(Line { blank_before: blank, statement, comment, span: place_of(number, span) });
        self.asking = lesson::question(&mut self.lines).is_some().then_some((end, number, source));
        Ok(())
    }

    /// The statement of a line, and whether it was a `server.N=…`.
    fn statement(
        &mut self,
        source: &str,
        number: usize,
        indent: usize,
        words: &mut Vec<Word<'_>>,
    ) -> Result<(Statement, bool), Fault> {
        if let Some(assignment) = declare::assignment(source, words) {
            if let Some(server) = self.declared.zoo_server(source, assignment.clone(), number)? {
                return Ok((Statement::Ensemble(vec![server]), true));
            }
            return Ok((Statement::Set(self.declared.zoo_setting(source, assignment, number)?), false));
        }
        let span = words[0].start..words[words.len() - 1].end;
        let mut cursor = Cursor::new(words, &self.names);
        let first = cursor.peek_bare().unwrap_or("");
        // Deeper than the line above is what continues it; a `set` at its level or left of it is a new statement.
        let deeper = self.above.as_ref().is_some_and(|(_, above)| indent > *above);
        let statement = match first {
            "ensemble" => {
                cursor.advance();
                Statement::Ensemble(self.declared.ensemble(&mut cursor, number)?)
            }
            "client" => {
                cursor.advance();
                Statement::Client(self.declared.client(&mut cursor, place_of(number, span))?)
            }
            "workload" => {
                cursor.advance();
                Statement::Workload(self.declared.workload(&mut cursor, place_of(number, span))?)
            }
            "set" if !deeper => {
                cursor.advance();
                Statement::Set(self.declared.setting(&mut cursor, number)?)
            }
            "config" => {
                cursor.advance();
                Statement::Config(self.declared.config(&mut cursor, number)?)
            }
            "profile" => {
                cursor.advance();
                Statement::Profile(declare::profile(&mut cursor, number)?)
            }
            "shows" => {
                cursor.advance();
                Statement::Shows(self.declared.shows(&mut cursor, place_of(number, span))?)
            }
            "unsafe" => {
                cursor.advance();
                Statement::Unsafe(self.declared.unsafe_quorum(&mut cursor, place_of(number, span))?)
            }
            "belief" => {
                cursor.advance();
                Statement::Belief(self.declared.belief(&mut cursor, place_of(number, span))?)
            }
            "draws" => {
                cursor.advance();
                Statement::Draws(self.declared.draws(&mut cursor, place_of(number, span))?)
            }
            "pin" => {
                cursor.advance();
                Statement::Pin(self.declared.pin(&mut cursor, place_of(number, span))?)
            }
            "at" | "by" | "from" | "when" | "if" => {
                let (prefix, action) = timed(&mut cursor)?;
                self.above = Some((prefix.clone(), indent));
                Statement::Timed(Timed { prefix, action, continued: false, span: place_of(number, span) })
            }
            _ => match &self.above {
                Some((prefix, _)) if indent > 0 => {
                    let action = action(&mut cursor, prefix)?;
                    let prefix = prefix.clone();
                    Statement::Timed(Timed { prefix, action, continued: true, span: place_of(number, span) })
                }
                _ => return Err(no_statement(&cursor, indent)),
            },
        };
        cursor.finish()?;
        Ok((statement, false))
    }

    /// What can only be said of the whole file.
    fn whole(&self, text: &'t str) -> Result<(), (Fault, usize, &'t str)> {
        let here = |line: &Line, fault: Fault| {
            let number = line.span.line as usize;
            let source = lex::lines(text).nth(number.saturating_sub(1)).unwrap_or_default();
            let span = line.span.start as usize..line.span.end as usize;
            (Fault { span, ..fault }, number, source)
        };
        let mut statements = self.lines.iter().filter(|line| line.statement.is_some());
        let ensemble = "a line such as `ensemble zk1 zk2 zk3` declares the servers";
        let Some(first) = statements.next() else {
            let fault = Fault::new(
                0..0,
                "the scenario is empty",
                "expected an `ensemble` line and a timed statement",
            );
            let source = lex::lines(text).next().unwrap_or_default();
            return Err((
                fault.help(ensemble).help("a line such as `at 0s start all` makes something happen"),
                1,
                source,
            ));
        };
        let drawn = |line: &&Line| matches!(line.statement, Some(Statement::Profile(_)));
        if let Some(profile) = self.lines.iter().find(drawn) {
            let declares = |line: &&Line| {
                !matches!(
                    line.statement,
                    None | Some(Statement::Set(_) | Statement::Profile(_) | Statement::Shows(_))
                )
            };
            if let Some(second) = self.lines.iter().filter(drawn).nth(1) {
                let fault = Fault::new(0..0, "a second profile is named", "expected one in a file");
                return Err(here(second, fault));
            }
            return match self.lines.iter().find(declares) {
                None => Ok(()),
                Some(line) => {
                    let message = "a profile draws all that happens, and to whom";
                    let fault = Fault::new(0..0, message, "expected nothing but settings beside it");
                    let number = profile.span.line;
                    Err(here(line, fault.help(format!("the profile is named in line {number}"))))
                }
            };
        }
        if self.declared.is_empty() {
            let fault = Fault::new(
                0..0,
                "the scenario declares no servers",
                "expected an `ensemble` line in this file",
            );
            return Err(here(first, fault.help(ensemble)));
        }
        let timed = |line: &&Line| matches!(line.statement, Some(Statement::Timed(_)));
        if !self.lines.iter().any(|line| timed(&line)) {
            let fault =
                Fault::new(0..0, "nothing happens in the scenario", "expected a timed statement after this");
            let help = format!("for example `at 0s start {}`", self.declared.some_names().join(" "));
            return Err(here(statements.next_back().unwrap_or(first), fault.help(help)));
        }
        if let Some((line, fault)) = happening::out_of_order(&self.lines) {
            return Err(here(line, fault));
        }
        if let Some(line) = counterfactual::unfounded(&self.lines) {
            return Err(here(line, counterfactual::without_ground()));
        }
        Ok(())
    }
}

/// What was read of a line. Where a word is broken, only what is wrong before it counts, not that the line ends there.
fn whole_line<T>(read: Result<T, Fault>, broken: Option<Fault>) -> Result<T, Fault> {
    match (read, broken) {
        (read, None) => read,
        (Err(early), Some(broken)) if early.span.start < broken.span.start && !early.span.is_empty() => {
            Err(early)
        }
        (_, Some(broken)) => Err(broken),
    }
}

/// A timed line from its first word on.
fn timed(cursor: &mut Cursor<'_, '_>) -> Result<(Prefix, Action), Fault> {
    let prefix = if cursor.eat("at") {
        let time = cursor.time()?;
        if cursor.eat("when") {
            Prefix::When(event::trigger(cursor, Some(time), true)?)
        } else if cursor.eat("if") {
            Prefix::When(event::trigger(cursor, Some(time), false)?)
        } else {
            Prefix::At(time)
        }
    } else if cursor.eat("by") {
        Prefix::By(cursor.time()?)
    } else if cursor.eat("from") {
        let from = cursor.time()?;
        cursor.expect("to")?;
        let at = cursor.peek().map_or(cursor.behind(), |word| word.start..word.end);
        let to = cursor.time()?;
        if to < from {
            let message = format!("the time from {from} to {to} ends before it begins");
            return Err(Fault::new(at, message, format!("expected {from} or later")));
        }
        Prefix::During { from, to }
    } else if cursor.eat("when") {
        Prefix::When(event::trigger(cursor, None, true)?)
    } else {
        cursor.expect("if")?;
        Prefix::When(event::trigger(cursor, None, false)?)
    };
    let action = action(cursor, &prefix)?;
    Ok((prefix, action))
}

/// What stands behind a prefix.
fn action(cursor: &mut Cursor<'_, '_>, prefix: &Prefix) -> Result<Action, Fault> {
    let (expects, steps) = match prefix {
        Prefix::At(_) => (true, true),
        Prefix::By(_) | Prefix::During { .. } => (true, false),
        Prefix::When(_) => (false, true),
    };
    if expects && cursor.eat("expect") {
        return Ok(Action::Expect(expectation::expectation(cursor, prefix)?));
    }
    if cursor.peek_bare() == Some("ask") {
        if !(expects && steps) {
            return Err(lesson::misplaced(cursor, prefix));
        }
        cursor.advance();
        return Ok(Action::Ask(lesson::ask(cursor)?));
    }
    if !steps {
        let fault = cursor.no("`expect`", &["expect"]);
        return Err(match (prefix, cursor.peek_bare()) {
            (_, Some(verb)) if words::STEPS.contains(&verb) => {
                fault.help("a step is done `at` a time: `at 5s kill zk1`")
            }
            _ if cursor.at_client() && cursor.peek_second().is_some_and(call::is_meant) => {
                fault.help("a request is made `at` a time: `at 5s c1 create /a`")
            }
            (_, Some(word)) if cursor.at_party() || words::EXPECTATIONS.contains(&word) => {
                fault.help("write `expect` before it")
            }
            (Prefix::By(_), _) => fault.help("for example `by 3s expect available`"),
            _ => fault.help("for example `from 3s to 5s expect available`"),
        });
    }
    let at = cursor.peek().map_or(cursor.behind(), |word| word.start..word.end);
    let step = match (cursor.peek_bare(), expects) {
        (Some("expect"), false) => {
            let fault = cursor.no("a step", &[]);
            return Err(fault.help("an event triggers a step; expectations have a time: `by 10s expect …`"));
        }
        (_, true) => step::step(cursor, &["expect", "ask", "when", "if"])?,
        (_, false) => step::step(cursor, &[])?,
    };
    if step == Step::End && !expects {
        return Err(Fault::new(at, "an event cannot end the run", "expected another step")
            .help("a run ends at a time: `at 60s end`"));
    }
    if happening::is_schedule(&step) && !expects {
        return Err(Fault::new(at, "an event cannot order what happens", "expected another step")
            .help("a schedule has times: `at 5s freeze`"));
    }
    Ok(Action::Step(step))
}

fn no_statement(cursor: &Cursor<'_, '_>, indent: usize) -> Fault {
    let word = cursor.peek_bare().unwrap_or("");
    if setting::find(word).is_some() {
        return cursor.no("a statement", &[]).help(format!("to set it, write `set {} …`", shown(word)));
    }
    if matches!(word, "expect" | "ask") || words::STEPS.contains(&word) {
        let fault = cursor.no("a statement", &[]);
        let example =
            if word == "expect" { "by 10s expect …".to_owned() } else { format!("at 5s {word} …") };
        let fault = fault.help(format!("this needs a time before it: `{example}`"));
        return if indent == 0 { fault.help("or blanks, to continue the timed line above") } else { fault };
    }
    if cursor.at_client() {
        let fault = cursor.no("a statement", &[]);
        return fault.help(format!("a request needs a time before it: `at 5s {} …`", shown(word)));
    }
    cursor.no("a statement", words::STATEMENTS)
}
