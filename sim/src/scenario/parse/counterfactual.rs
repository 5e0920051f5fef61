//! What ZooKeeper has no such thing as: another size of a quorum, and the judge that is expected to speak of it.

use std::ops::Range;

use super::super::ast::{Action, Expectation, Line, Prefix, Scenario, Span, Statement, Timed, UnsafeQuorum};
use super::super::diagnostic::Fault;
use super::super::words::{listed, shown};
use super::cursor::Cursor;
use super::declare::{Declared, place};
use crate::bugs;
use crate::check::Checks;
use crate::judges::Judges;
use crate::run;

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
    let fault = cursor.no(JUDGED, &known);
    Err(match cursor.peek_bare() {
        Some(name) if Judges::known().any(|known| known == name) => {
            Fault::new(fault.span, fault.message, fault.label)
                .help("this one is judged when the run has ended, and speaks at no time")
        }
        Some(code) if !bugs::judges_of(code).is_empty() => of_code(code, fault.span, &known),
        _ => fault,
    })
}

/// What can be expected.
const JUDGED: &str = "a property that is judged after every action";

/// A code such as `P-DUR` in place of one of the properties that have it in their source.
fn of_code(code: &str, span: Range<usize>, known: &[&'static str]) -> Fault {
    let message = format!("`{}` is a code, and no property", shown(code));
    let fault = Fault::new(span, message, format!("expected {JUDGED}"));
    let (watched, late): (Vec<&str>, Vec<&str>) =
        bugs::judges_of(code).into_iter().partition(|name| known.contains(name));
    let told = [(watched, "it stands for"), (late, "judged when the run has ended, so not at any time:")];
    let told = told.into_iter().filter(|(names, _)| !names.is_empty());
    told.fold(fault, |fault, (names, what)| fault.help(format!("{what} {}", listed(names))))
}

/// A violation that is expected where any two quorums meet, and every server goes by its own id.
///
/// A file that is still to be read may say otherwise; and what makes no ensemble is refused for that.
pub(super) fn unfounded(lines: &[Line]) -> Option<&Line> {
    let expects = |line: &&Line| {
        matches!(
            line.statement,
            Some(Statement::Timed(Timed { action: Action::Expect(Expectation::Violation(_)), .. }))
        )
    };
    let foretold = lines.iter().find(expects)?;
    let scenario = Scenario { lines: lines.to_vec() };
    (scenario.configs().is_empty() && !run::can_differ(&scenario)).then_some(foretold)
}

/// What is wrong with [`unfounded`].
pub(super) fn without_ground() -> Fault {
    let message = "a violation is expected where any two quorums meet";
    Fault::new(0..0, message, "expected two quorums that have nobody in common, or two servers with one id")
        .help("for example `unsafe quorum-size 1`, a list for one server alone: `set zk1 servers 1`, or an id: `set zk3 myid 2`")
        .help("what a bug of ZooKeeper's breaks is said by `shows BUG by PROPERTY`")
}
