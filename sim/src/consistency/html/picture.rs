//! The picture: a lane for each process, a bar for each operation.

use super::super::explain::{self, Case};
use super::window::Window;
use super::{escape, words};
use crate::history::{Mark, Operation, Outcome};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The width of a column, in pixels; an event a column.
const COLUMN: usize = 36;
/// The height of a row of bars.
const ROW: usize = 34;
/// The height of a bar.
const BAR: usize = 22;
/// The height of a row of the lane of marks, how many rows there may be, and the width of a letter.
const MARK: (usize, usize, usize) = (16, 12, 7);
/// Between the edge and the first column.
const EDGE: usize = 12;
/// The width of a digit of a badge.
const DIGIT: usize = 8;

/// The names of the lanes, and the lanes.
pub(super) struct Picture {
    pub(super) names: String,
    pub(super) picture: String,
}

/// Where a bar lies.
struct Place {
    x: usize,
    y: usize,
    width: usize,
    /// How far its label may reach: to the next bar of its row.
    room: usize,
}

/// The rows of a process: those of its operations that overlap lie below one another.
struct Lane {
    process: i64,
    top: usize,
    /// The column in which each row is free again.
    free: Vec<usize>,
    /// The row of each of its operations.
    rows: Vec<(usize, usize)>,
}

/// The columns of an operation: that of its invoke, and the one behind its last.
fn columns(window: &Window, operation: &Operation) -> (usize, usize) {
    let from = window.column(operation.invoked);
    match operation.completed.filter(|_| operation.outcome != Outcome::Info) {
        Some(completed) => (from, window.column(completed)),
        // It may take effect at any time.
        None => (from, window.width()),
    }
}

fn lanes(case: &Case<'_>, window: &Window, top: usize) -> Vec<Lane> {
    let mut lanes: BTreeMap<i64, Lane> = BTreeMap::new();
    for &at in &window.operations {
        let operation = &case.history.operations[at];
        let process = operation.process;
        let (from, to) = columns(window, operation);
        let lane = lanes.entry(process).or_insert_with(|| Lane {
            process,
            top: 0,
            free: Vec::new(),
            rows: Vec::new(),
        });
        let row = lane.free.iter().position(|free| *free <= from).unwrap_or(lane.free.len());
        lane.free.resize(lane.free.len().max(row + 1), 0);
        lane.free[row] = to.max(from + 1);
        lane.rows.push((at, row));
    }
    let mut next = top;
    let mut lanes: Vec<Lane> = lanes.into_values().collect();
    for lane in &mut lanes {
        lane.top = next;
        next += lane.free.len() * ROW;
    }
    lanes
}

/// Draws what the window shows.
pub(super) fn draw(
    case: &Case<'_>,
    window: &Window,
    marks: &[Mark],
    numbers: &BTreeMap<usize, usize>,
) -> Picture {
    let marks: Vec<&Mark> = marks.iter().filter(|mark| window.spans(mark.place)).collect();
    let rows = mark_rows(window, &marks);
    let top = rows.iter().max().map_or(EDGE, |row| (row + 2) * MARK.0);
    let lanes = lanes(case, window, top);
    let height = lanes.last().map_or(top, |lane| lane.top + lane.free.len() * ROW) + EDGE;
    let width = 2 * EDGE + window.width().max(1) * COLUMN;

    let mut names = format!("<svg class=\"names\" width=\"130\" height=\"{height}\" aria-hidden=\"true\">\n");
    let mut svg = format!(
        "<svg class=\"picture\" width=\"{width}\" height=\"{height}\" role=\"group\" aria-label=\"Operations by process\">\n{DEFINITIONS}"
    );
    // Writing to a string cannot fail.
    if !marks.is_empty() {
        let _ = writeln!(names, "<text x=\"8\" y=\"{}\">servers</text>", MARK.0);
    }
    for (number, lane) in lanes.iter().enumerate() {
        let high = lane.free.len() * ROW;
        let band = if number.is_multiple_of(2) { "band" } else { "band odd" };
        let _ = writeln!(
            svg,
            "<rect class=\"{band}\" x=\"0\" y=\"{}\" width=\"{width}\" height=\"{high}\"/>",
            lane.top
        );
        let _ = writeln!(
            names,
            "<rect class=\"{band}\" x=\"0\" y=\"{}\" width=\"130\" height=\"{high}\"/>",
            lane.top
        );
        let _ =
            writeln!(names, "<text x=\"8\" y=\"{}\">process {}</text>", lane.top + ROW / 2 + 5, lane.process);
    }
    for (column, count) in &window.gaps {
        let x = EDGE + column * COLUMN;
        let _ = writeln!(
            svg,
            "<g class=\"gap\"><title>{count} operations left out here</title>\
             <line x1=\"{x}\" y1=\"0\" x2=\"{x}\" y2=\"{height}\"/></g>"
        );
    }
    for (mark, row) in marks.iter().zip(&rows) {
        draw_mark(&mut svg, window, mark, *row, height);
    }
    let mut bars: Vec<(usize, Place)> = Vec::new();
    for lane in &lanes {
        for (number, &(at, row)) in lane.rows.iter().enumerate() {
            let (from, to) = columns(window, &case.history.operations[at]);
            let next = lane.rows[number + 1..].iter().find(|(_, other)| *other == row);
            let next =
                next.map_or(window.width(), |(next, _)| columns(window, &case.history.operations[*next]).0);
            let wide = |to: usize| (to.max(from + 1) - from) * COLUMN - 4;
            let y = lane.top + row * ROW + (ROW - BAR) * 2 / 3;
            let place = Place { x: EDGE + from * COLUMN, y, width: wide(to), room: wide(next.max(to)) };
            bars.push((at, place));
        }
    }
    // In the order of time, for those who go through them one by one.
    bars.sort_by_key(|(at, _)| *at);
    for (at, place) in bars {
        draw_bar(&mut svg, case, at, &place, window.guilty.contains(&at), numbers.get(&at).copied());
    }
    svg.push_str("</svg>");
    names.push_str("</svg>");
    Picture { names, picture: svg }
}

/// What bars are filled with: hatching for what failed, a fading for what nobody knows.
const DEFINITIONS: &str = "<defs>\
<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect class=\"hatch\" width=\"6\" height=\"6\"/><line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"/></pattern>\
<linearGradient id=\"fade\"><stop class=\"near\" offset=\"0\"/><stop class=\"far\" offset=\"1\"/></linearGradient>\
</defs>\n";

fn mark_x(window: &Window, mark: &Mark) -> usize {
    EDGE + window.column(mark.place) * COLUMN - 4
}

/// A row for each mark, so that none covers another, as far as there are rows.
fn mark_rows(window: &Window, marks: &[&Mark]) -> Vec<usize> {
    let mut free: Vec<usize> = Vec::new();
    let row = |mark: &&Mark| {
        let x = mark_x(window, mark);
        let row = free.iter().position(|free| *free <= x).unwrap_or(free.len()).min(MARK.1 - 1);
        free.resize(free.len().max(row + 1), 0);
        free[row] = x + MARK.2 * mark.text.chars().count() + COLUMN / 2;
        row
    };
    marks.iter().map(row).collect()
}

fn draw_mark(svg: &mut String, window: &Window, mark: &Mark, row: usize, height: usize) {
    let x = mark_x(window, mark);
    let y = MARK.0 * (row + 1) - 3;
    let text = escape(&mark.text);
    let _ = writeln!(
        svg,
        "<g class=\"mark\" tabindex=\"0\" role=\"img\" aria-label=\"line {line}: {text}\"><title>line {line}: {text}</title>\
         <line x1=\"{x}\" y1=\"0\" x2=\"{x}\" y2=\"{height}\"/><text x=\"{}\" y=\"{y}\">{text}</text></g>",
        x + 3,
        line = mark.line,
    );
}

/// A bar: its label is cut off where the next begins, its title says all.
fn draw_bar(
    svg: &mut String,
    case: &Case<'_>,
    at: usize,
    place: &Place,
    guilty: bool,
    number: Option<usize>,
) {
    let operation = &case.history.operations[at];
    let outcome = explain::outcome(operation);
    let Place { x, y, width, room } = place;
    let mut title = words(case, at);
    if let Some(number) = number {
        let _ = write!(title, "; number {number} of the longest prefix");
    }
    if guilty {
        title.push_str("; clashes");
    }
    let title = escape(&title);
    let class = if guilty { " guilty" } else { "" };
    let _ = write!(
        svg,
        "<g class=\"op {outcome}{class}\" id=\"op-{at}\" tabindex=\"0\" role=\"img\" aria-label=\"{title}\">\
         <title>{title}</title><rect class=\"bar\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BAR}\" rx=\"3\"/>"
    );
    if guilty {
        let (left, right, middle) = (x + 2, x + 16, x + 9);
        let _ = write!(svg, "<path class=\"flag\" d=\"M{left} {}H{right}L{middle} {}Z\"/>", y - 9, y - 1);
    }
    let _ = write!(svg, "<svg x=\"{x}\" y=\"{y}\" width=\"{room}\" height=\"{BAR}\">");
    let mut from = 5;
    if let Some(number) = number {
        let badge = DIGIT * number.to_string().len() + 6;
        let _ = write!(
            svg,
            "<rect class=\"badge\" x=\"2\" y=\"3\" width=\"{badge}\" height=\"{}\" rx=\"8\"/>\
             <text class=\"badge\" x=\"5\" y=\"15\">{number}</text>",
            BAR - 6
        );
        from += badge + 1;
    }
    let sign = match operation.outcome {
        Outcome::Ok => "",
        Outcome::Fail => "\u{d7} ",
        Outcome::Info => "? ",
    };
    let label = format!("{sign}{}{}", explain::call(case.history, operation), read(case, operation));
    let _ = writeln!(svg, "<text x=\"{from}\" y=\"15\">{}</text></svg></g>", escape(&label));
}

/// What a read gave.
fn read(case: &Case<'_>, operation: &Operation) -> String {
    let reads = matches!(operation.action, crate::history::Action::Read);
    let result = operation.result.filter(|_| reads);
    result.map(|result| format!(" = {}", explain::brief(case.history.text(result)))).unwrap_or_default()
}
