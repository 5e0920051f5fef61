//! What is wrong with a text, shown so that a reader finds it at once.

use std::fmt;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::ast::Span;
use super::lex;

/// An error in a scenario: where it stands, what is wrong, what was expected.
///
/// `Display` shows it with the line and the word underlined, without colour and without a line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The name of the file, as the caller gave it.
    pub file: Box<str>,
    /// Line number, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: Box<str>,
    /// What stands below the underlined word.
    pub label: Box<str>,
    /// Advice, a line each.
    pub help: Vec<String>,
    /// The whole line, without its end.
    pub source: Box<str>,
    /// The bytes of the line that are underlined; empty where something is missing.
    pub span: Range<usize>,
}

/// An error within a line whose place in the file is added later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) label: String,
    pub(super) help: Vec<String>,
}

impl Fault {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>, label: impl Into<String>) -> Fault {
        Fault { span, message: message.into(), label: label.into(), help: Vec::new() }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Fault {
        self.help.push(help.into());
        self
    }

    /// 'did you mean': first, since it is what most readers need.
    pub(super) fn suggest(mut self, word: Option<&str>) -> Fault {
        if let Some(word) = word {
            self.help.insert(0, format!("did you mean `{word}`?"));
        }
        self
    }

    /// 'did you mean' and no other advice.
    pub(super) fn suggest_only(mut self, word: &str) -> Fault {
        self.help.clear();
        self.suggest(Some(word))
    }

    pub(super) fn in_line(self, file: &str, line: usize, source: &str) -> Diagnostic {
        let column = source.get(..self.span.start).unwrap_or(source).chars().count() + 1;
        Diagnostic {
            file: file.into(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            message: self.message.into(),
            label: self.label.into(),
            help: self.help,
            source: source.into(),
            span: self.span,
        }
    }
}

impl Diagnostic {
    /// An error about something that was parsed well: `span` is its place in `text`. For what only the world can
    /// know, for example that the groups of a quorum name a server twice.
    pub fn at(file: &str, text: &str, span: Span, message: &str, label: &str) -> Diagnostic {
        let line = span.line.max(1) as usize;
        let source = lex::lines(text).nth(line - 1).unwrap_or_default();
        let (start, end) = (span.start as usize, span.end as usize);
        let range = if source.get(start..end).is_some() { start..end } else { 0..0 };
        Fault::new(range, message, label).in_line(file, line, source)
    }

    /// The same with one more line of advice.
    pub fn with_help(mut self, help: &str) -> Diagnostic {
        self.help.push(help.to_owned());
        self
    }

    /// As `Display` shows it, with ANSI colours.
    pub fn coloured(&self) -> String {
        self.render(Renderer::styled())
    }

    fn render(&self, renderer: Renderer) -> String {
        let (source, span) = self.excerpt();
        let annotation = AnnotationKind::Primary.span(span).label(&*self.label);
        let snippet =
            Snippet::source(source).line_start(self.line as usize).path(&*self.file).annotation(annotation);
        let help = self.help.iter().map(|help| Level::HELP.message(help.as_str()));
        let report = Level::ERROR.primary_title(&*self.message).element(snippet).elements(help);
        renderer.decor_style(DecorStyle::Ascii).render(&[report])
    }

    /// The line up to a little behind the underlined bytes, and those bytes in it. The renderer cuts what is too
    /// wide before them, but would underline a word of any length.
    fn excerpt(&self) -> (String, Range<usize>) {
        const UNDERLINED: usize = 60;
        const BEHIND: usize = 100;
        // A tab is as wide as it likes on a terminal; one blank keeps the underlining in its place.
        let text = self.source.replace('\t', " ");
        let offset = |from: usize, chars: usize| {
            let rest = text.get(from..).unwrap_or_default();
            rest.char_indices().nth(chars).map_or(text.len(), |(offset, _)| from + offset)
        };
        let start = self.span.start.min(text.len());
        let end = self.span.end.clamp(start, offset(start, UNDERLINED));
        let shown = text.get(..offset(end, BEHIND)).unwrap_or(&text).to_owned();
        (shown, start..end)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Renderer::plain()))
    }
}

impl std::error::Error for Diagnostic {}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str, span: Range<usize>) -> String {
        Fault::new(span, "wrong", "expected right").help("turn it").in_line("x.zab", 12, source).to_string()
    }

    #[test]
    fn a_word_is_underlined() {
        let expected = "\
error: wrong
  --> x.zab:12:13
   |
12 | by 3s       laeder zk3
   |             ^^^^^^ expected right
   |
   = help: turn it";
        assert_eq!(shown("by 3s       laeder zk3", 12..18), expected);
        assert_eq!(shown("by 3s\t      laeder zk3", 12..18), expected);
    }

    #[test]
    fn what_is_missing_gets_one_mark() {
        assert!(
            shown("kill", 4..4).contains("12 | kill\n   |     ^ expected right"),
            "{}",
            shown("kill", 4..4)
        );
        assert!(shown("", 0..0).contains("12 |\n   | ^ expected right"), "{}", shown("", 0..0));
    }

    #[test]
    fn columns_count_characters() {
        let text = shown("set /ä x", 8..9);
        assert!(text.contains("x.zab:12:8") && text.contains("\n   |        ^ expected"), "{text}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_word() {
        let line = format!("{} wrong {}", "a ".repeat(50_000), "b ".repeat(50_000));
        let text = shown(&line, 100_001..100_006);
        assert!(text.contains("x.zab:12:100002") && text.contains("^^^^^ expected right"), "{text}");
        assert!(text.lines().all(|line| line.len() < 150), "{text}");
        // The word itself can be long, too.
        assert!(shown(&"x".repeat(100_000), 0..100_000).len() < 500);
    }
}
