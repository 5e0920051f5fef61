//! What ZooKeeper has no such thing as: another size of a quorum, and the judge that is expected to speak of it.

use super::super::ast::{Action, Expectation, Line, Prefix, Span, Statement, Timed, UnsafeQuorum};
use super::super::diagnostic::Fault;
use super::cursor::Cursor;
use super::declare::{Declared, place};
use crate::check::Checks;
use crate::judges::Judges;

/// The most servers that an ensemble may have.
const MOST: u32 = 128;

impl Declared {
    /// `quorum-size N`, behind `unsafe`.
    pub(super) fn unsafe_quorum(
        &mut self,
        cursor: &mut Cursor<'_, '_>,
        span: Span,
    ) -> Result<UnsafeQuorum, Fault> {
        let line = span.line as usize;
        if let Some(first) = self.unsafe_quorum.replace(line) {
            let whole = span.start as usize..span.end as usize;
            let fault = Fault::new(whole, "a second size of quorums", "expected one in a file");
            return Err(fault.help(format!("the first stands {}", place(first, line))));
        }
        cursor.expect("quorum-size")?;
        let size = cursor.number_u32("how many voters are a quorum", 1, MOST)?;
        Ok(UnsafeQuorum { size, span })
    }
}

/// `PROPERTY`, behind `expect violation`.
pub(super) fn violation(cursor: &mut Cursor<'_, '_>, prefix: &Prefix) -> Result<Expectation, Fault> {
    if !matches!(prefix, Prefix::By(_)) {
        let fault = cursor.no("another expectation", &[]);
        return Err(fault.help("a run is over once a judge has spoken: `by 60s expect violation …`"));
    }
    cursor.advance();
    let mut watched = Checks::PROPERTIES.iter().map(|property| property.name);
    if let Some(property) = cursor.peek_bare().and_then(|name| watched.find(|known| *known == name)) {
        cursor.advance();
        return Ok(Expectation::Violation(property));
    }
    let known: Vec<&'static str> = Checks::PROPERTIES.iter().map(|property| property.name).collect();
    let fault = cursor.no("a property that is judged after every action", &known);
    Err(match cursor.peek_bare() {
        Some(name) if Judges::known().any(|known| known == name) => {
            Fault::new(fault.span, fault.message, fault.label)
                .help("this one is judged when the run has ended, and speaks at no time")
        }
        _ => fault,
    })
}

/// The keys by which a server goes by another list, or under another id, than the rest.
const APART: [&str; 3] = ["servers", "voters", "myid"];

/// A violation that is expected where any two quorums meet.
pub(super) fn unfounded(lines: &[Line]) -> Option<&Line> {
    let founds = |line: &Line| match &line.statement {
        Some(Statement::Unsafe(_)) => true,
        Some(Statement::Set(setting)) => setting.server.is_some() && APART.contains(&&*setting.key),
        _ => false,
    };
    let expects = |line: &&Line| {
        matches!(
            line.statement,
            Some(Statement::Timed(Timed { action: Action::Expect(Expectation::Violation(_)), .. }))
        )
    };
    if lines.iter().any(founds) { None } else { lines.iter().find(expects) }
}
