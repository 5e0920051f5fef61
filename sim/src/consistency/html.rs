//! A history as a picture: one HTML file that needs nothing but itself.

mod picture;
mod window;

use super::explain::{self, Case};
use super::{Finding, Taken};
use crate::history::Mark;
use crate::page::fill;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use window::Window;

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// How much of a prefix is listed.
const LISTED: usize = 200;

/// Text as it may stand in HTML, between tags and in quotes.
fn escape(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !matches!(c, '&' | '<' | '>' | '"' | '\'') && (!c.is_control() || c == '\n');
    if text.chars().all(plain) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if plain(c) => escaped.push(c),
            // HTML has no way to write it.
            _ => escaped.push('\u{fffd}'),
        }
    }
    escaped.into()
}

/// Where the longest prefix takes each operation, counted from 1: that of the first finding that has one.
fn numbers(findings: &[Finding]) -> BTreeMap<usize, usize> {
    let prefix = findings.iter().map(|finding| &finding.prefix).find(|prefix| !prefix.is_empty());
    prefix.into_iter().flatten().map(|taken| taken.operation).zip(1..).collect()
}

/// The page. The marks stand on a lane of their own.
pub fn page(case: &Case<'_>, marks: &[Mark]) -> String {
    let window = Window::around(case);
    let numbers = numbers(&case.judgement.findings);
    let picture = picture::draw(case, &window, marks, &numbers);
    let title = escape(&format!("{}: {}", case.file, case.judgement.verdict)).into_owned();
    let head = escape(&explain::summary(case)).into_owned();
    let findings = findings(case, &window);
    let (names, picture, left_out) =
        (picture.names, picture.picture, escape(&window.left_out()).into_owned());
    let holes: &[(&str, &str)] = &[
        ("title", &title),
        ("style", STYLE),
        ("heading", &title),
        ("headline", &head),
        ("findings", &findings),
        ("leftOut", &left_out),
        ("names", &names),
        ("picture", &picture),
        ("script", SCRIPT),
    ];
    fill(PAGE, holes)
}

fn findings(case: &Case<'_>, window: &Window) -> String {
    let mut html = String::new();
    for finding in &case.judgement.findings {
        // Writing to a string cannot fail.
        let _ =
            write!(html, "<section>\n<p class=\"sentence\">{}</p>\n", escape(&explain::sentence(finding)));
        if !finding.operations.is_empty() {
            html.push_str("<p>The operations that clash:</p>\n<ul>\n");
            for at in &finding.operations {
                let _ = writeln!(html, "<li>{}</li>", entry(case, window, *at, None));
            }
            html.push_str("</ul>\n");
        }
        prefix(&mut html, case, window, &finding.prefix);
        html.push_str("</section>\n");
    }
    html
}

fn prefix(html: &mut String, case: &Case<'_>, window: &Window, prefix: &[Taken]) {
    if prefix.is_empty() {
        return;
    }
    let from = prefix.len().saturating_sub(LISTED);
    let _ = writeln!(
        html,
        "<details>\n<summary>The longest prefix that can be put in order: {} operations</summary>\n<ol start=\"{}\">",
        prefix.len(),
        from + 1
    );
    for taken in &prefix[from..] {
        let _ = writeln!(html, "<li>{}</li>", entry(case, window, taken.operation, Some(&taken.state)));
    }
    html.push_str("</ol>\n</details>\n");
}

/// One operation in words, with a link to its bar where it has one.
fn entry(case: &Case<'_>, window: &Window, at: usize, state: Option<&str>) -> String {
    let mut text = escape(&words(case, at)).into_owned();
    if window.shows(at) {
        text = format!("<a href=\"#op-{at}\">{text}</a>");
    }
    if let Some(state) = state {
        let _ = write!(text, "; then the state is <code>{}</code>", escape(&explain::brief(state)));
    }
    text
}

/// One operation in words.
fn words(case: &Case<'_>, at: usize) -> String {
    let operation = &case.history.operations[at];
    let xid = operation.xid.map(|xid| format!(", xid {xid}")).unwrap_or_default();
    format!(
        "line {}, process {}{xid}: {}: {}",
        explain::lines(operation),
        operation.process,
        explain::call(case.history, operation),
        explain::answer(case.history, operation)
    )
}

#[cfg(test)]
mod tests;
