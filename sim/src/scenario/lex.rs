//! Lines into words, each with its place.

use std::borrow::Cow;

use super::ast::Comment;
use super::diagnostic::Fault;
use super::words::shown;

/// A word of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word<'t> {
    /// What it says, without quotes and escapes.
    pub(super) text: Cow<'t, str>,
    /// It was quoted, so it is data and never a word of the language.
    pub(super) quoted: bool,
    /// First byte within the line, quotes included.
    pub(super) start: usize,
    /// The byte after the last one.
    pub(super) end: usize,
}

/// A line in words.
#[derive(Clone, Debug, Default)]
pub(super) struct Lexed<'t> {
    /// Width of the blanks it begins with; a tab goes to the next multiple of 8.
    pub(super) indent: usize,
    pub(super) words: Vec<Word<'t>>,
    pub(super) comment: Option<Comment>,
    /// What is no word. The words before it are good.
    pub(super) fault: Option<Fault>,
}

/// The lines of a text with neither byte order mark nor line ends. A final line end begins no further line.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.strip_prefix('\u{feff}').unwrap_or(text).lines()
}

/// Splits a line.
pub(super) fn lex(line: &str) -> Lexed<'_> {
    let mut lexed = Lexed { indent: indent(line), ..Lexed::default() };
    let mut at = 0;
    while let Some(c) = line[at..].chars().next() {
        if is_blank(c) {
            at += 1;
            continue;
        }
        if c == '#' {
            let (comment, fault) = comment(line, at);
            lexed.comment = comment;
            lexed.fault = fault;
            break;
        }
        let word = if c == '"' { quoted(line, at) } else { bare(line, at) };
        match word {
            Ok(word) => {
                at = word.end;
                lexed.words.push(word);
            }
            Err(fault) => {
                lexed.fault = Some(fault);
                break;
            }
        }
    }
    lexed
}

/// Blanks are these two; what else looks blank is an error.
pub(super) fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

fn indent(line: &str) -> usize {
    let mut width = 0;
    for c in line.chars() {
        match c {
            ' ' => width += 1,
            '\t' => width = (width / 8 + 1) * 8,
            _ => break,
        }
    }
    width
}

fn comment(line: &str, at: usize) -> (Option<Comment>, Option<Fault>) {
    let after = &line[at + 1..];
    let fault = after.char_indices().find(|&(_, c)| c.is_control() && c != '\t');
    if let Some((offset, c)) = fault {
        return (None, Some(control(at + 1 + offset, c)));
    }
    let text = after.strip_prefix(' ').unwrap_or(after);
    (Some(Comment::new(text)), None)
}

fn control(at: usize, c: char) -> Fault {
    Fault::new(
        at..at + c.len_utf8(),
        format!("control character U+{:04X}", u32::from(c)),
        "expected text, blanks and line ends only",
    )
}

/// A character that no bare word can hold, except those that end one.
fn foreign(at: usize, c: char) -> Option<Fault> {
    let span = at..at + c.len_utf8();
    if c.is_control() {
        Some(control(at, c))
    } else if c.is_whitespace() {
        let message = format!("U+{:04X} looks like a blank and is none", u32::from(c));
        Some(Fault::new(span, message, "expected an ordinary blank"))
    } else if c == '"' {
        let fault = Fault::new(span, "a quote inside of a word", "expected a blank before the quote");
        Some(fault.help("quote the whole word and write `\\\"` for a quote inside"))
    } else {
        None
    }
}

fn bare(line: &str, start: usize) -> Result<Word<'_>, Fault> {
    let mut end = line.len();
    for (offset, c) in line[start..].char_indices() {
        if is_blank(c) || c == '#' {
            end = start + offset;
            break;
        }
        if let Some(fault) = foreign(start + offset, c) {
            return Err(fault);
        }
    }
    Ok(Word { text: Cow::Borrowed(&line[start..end]), quoted: false, start, end })
}

fn quoted(line: &str, start: usize) -> Result<Word<'_>, Fault> {
    let mut text = String::new();
    let mut chars = line[start + 1..].char_indices();
    while let Some((offset, c)) = chars.next() {
        let at = start + 1 + offset;
        match c {
            '"' => {
                let end = at + 1;
                let next = line[end..].chars().next();
                if next.is_some_and(|c| !is_blank(c) && c != '#') {
                    return Err(Fault::new(
                        start..end,
                        "text right after a closing quote",
                        "expected a blank after this",
                    ));
                }
                return Ok(Word { text: Cow::Owned(text), quoted: true, start, end });
            }
            '\\' => match chars.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, c @ ('"' | '\\'))) => text.push(c),
                Some((_, c)) => {
                    let message = format!("unknown escape `\\{}`", shown(&c.to_string()));
                    let span = at..at + 1 + c.len_utf8();
                    return Err(Fault::new(span, message, "expected `\\\"`, `\\\\` or `\\n`"));
                }
                None => break,
            },
            '\t' => text.push('\t'),
            c if c.is_control() => return Err(control(at, c)),
            c => text.push(c),
        }
    }
    Err(Fault::new(start..line.len(), "the quoted text does not end", "expected a closing `\"` on this line"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        let lexed = lex(line);
        assert_eq!(lexed.fault, None, "{line}");
        lexed.words.iter().map(|word| word.text.clone().into_owned()).collect()
    }

    #[test]
    fn words_quotes_and_comments() {
        assert_eq!(texts("  at 5s\tkill zk1#gone"), ["at", "5s", "kill", "zk1"]);
        assert_eq!(texts(r#"create /a "a # b \"c\" \\ \n" "#), ["create", "/a", "a # b \"c\" \\ \n"]);
        assert_eq!(lex("#  two blanks \t").comment.unwrap().text, " two blanks");
        assert_eq!(lex("kill \"\"").words[1].text, "");
        assert!(lex("kill \"\"").words[1].quoted);
        assert_eq!(lex("\t  x").indent, 10);
    }

    #[test]
    fn lines_end_in_many_ways() {
        let all: Vec<&str> = lines("\u{feff}a\r\nb\n\nc").collect();
        assert_eq!(all, ["a", "b", "", "c"]);
        assert_eq!(lines("a\n").count(), 1);
    }

    #[test]
    fn faults_have_a_place() {
        for (line, span) in [
            ("kill \u{7}zk1", 5..6),
            ("kill\u{a0}zk1", 4..6),
            ("a\rb", 1..2),
            ("x \"open", 2..7),
            ("x \"open\\", 2..8),
            ("x \"a\\tb\"", 4..6),
            ("x\"a\"", 1..2),
            ("\"a\"b", 0..3),
            ("# x\u{1}", 3..4),
        ] {
            assert_eq!(lex(line).fault.map(|fault| fault.span), Some(span), "{line:?}");
        }
    }
}
