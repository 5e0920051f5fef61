//! The syntax of a zoo.cfg: a Java properties file (`java.util.Properties.load`).

use std::ops::Range;

/// A key with its value, escapes resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) key: String,
    pub(super) value: String,
    /// The line the key stands on, from 1.
    pub(super) line: usize,
    /// The bytes of the key in that line.
    pub(super) key_span: Range<usize>,
    /// The bytes of the value in that line; as far as it stands there, if it is continued on the next.
    pub(super) value_span: Range<usize>,
}

/// A `\u` without four hexadecimal digits behind it: `Malformed \uxxxx encoding`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) line: usize,
    pub(super) span: Range<usize>,
}

/// The lines of a text, without their ends: line feed, carriage return, or both.
pub(super) fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(['\n', '\r']) {
        let (line, more) = rest.split_at(end);
        lines.push(line);
        rest = more.strip_prefix("\r\n").unwrap_or(&more[1..]);
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// A character of a logical line and where it stands.
#[derive(Clone, Copy)]
struct Char {
    c: char,
    line: usize,
    /// Where it stands, its escape included.
    byte: usize,
    end: usize,
    escaped: bool,
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{c}')
}

/// Every property in file order, duplicates and all.
pub(super) fn read(text: &str) -> Result<Vec<Property>, Malformed> {
    let lines = lines(text);
    let mut all = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let first = lines[at].trim_start_matches(is_blank);
        if first.is_empty() || first.starts_with(['#', '!']) {
            at += 1;
            continue;
        }
        let mut chars = Vec::new();
        // Blanks before a continued line are no part of it, and neither are its comment signs.
        while at < lines.len() {
            let continued = append(lines[at], at, &mut chars)?;
            at += 1;
            if !continued {
                break;
            }
        }
        if let Some(property) = split(&chars) {
            all.push(property);
        }
    }
    Ok(all)
}

/// Appends the characters of a natural line; says whether the next line continues it.
fn append(text: &str, line: usize, chars: &mut Vec<Char>) -> Result<bool, Malformed> {
    let start = text.len() - text.trim_start_matches(is_blank).len();
    let mut rest = text[start..].char_indices();
    while let Some((offset, c)) = rest.next() {
        let byte = start + offset;
        if c != '\\' {
            chars.push(Char { c, line, byte, end: start + rest.offset(), escaped: false });
            continue;
        }
        let Some((_, escaped)) = rest.next() else { return Ok(true) };
        let c = match escaped {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\u{c}',
            'u' => {
                let digits: String = rest.by_ref().take(4).map(|(_, digit)| digit).collect();
                let valid = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                let code = u32::from_str_radix(&digits, 16).ok().filter(|_| valid);
                let end = (byte + 2 + digits.len()).min(text.len());
                let code = code.ok_or(Malformed { line: line + 1, span: byte..end })?;
                // Half of a pair means nothing alone, and no key of ours needs one.
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => other,
        };
        chars.push(Char { c, line, byte, end: start + rest.offset(), escaped: true });
    }
    Ok(false)
}

/// Key and value of a logical line: the key ends at the first `=`, `:` or blank that is not escaped.
fn split(chars: &[Char]) -> Option<Property> {
    let first = chars.first()?;
    let ends = |char: &&Char| !char.escaped && (is_blank(char.c) || matches!(char.c, '=' | ':'));
    let key = chars.iter().take_while(|char| !ends(char)).count();
    let mut value = key;
    let mut separated = false;
    while let Some(char) = chars.get(value).filter(ends) {
        if !is_blank(char.c) {
            if separated {
                break;
            }
            separated = true;
        }
        value += 1;
    }
    let text = |part: &[Char]| part.iter().map(|char| char.c).collect::<String>();
    let span = |part: &[Char]| {
        let here = part.iter().filter(|char| char.line == first.line);
        let end = here.clone().map(|char| char.end).max()?;
        Some(here.map(|char| char.byte).min()?..end)
    };
    let key_span = span(&chars[..key]).unwrap_or(first.byte..first.byte);
    let value_span = span(&chars[value..]).unwrap_or_else(|| {
        let end = span(&chars[..value]).map_or(first.byte, |span| span.end);
        end..end
    });
    let (key, value) = (text(&chars[..key]), text(&chars[value..]));
    Some(Property { key, value, line: first.line + 1, key_span, value_span })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String, usize)> {
        read(text).unwrap().into_iter().map(|p| (p.key, p.value, p.line)).collect()
    }

    fn pair(key: &str, value: &str, line: usize) -> (String, String, usize) {
        (key.to_owned(), value.to_owned(), line)
    }

    #[test]
    fn keys_and_values_are_split_as_java_does() {
        let text = "a=1\n b : 2\r\nc 3\rd\n\n# no\n! no\n  \ne==5\nf = :6 \n=7\ng\\=h=8\ni=\\u0041\\tx";
        let expected = [
            pair("a", "1", 1),
            pair("b", "2", 2),
            pair("c", "3", 3),
            pair("d", "", 4),
            pair("e", "=5", 9),
            pair("f", ":6 ", 10),
            pair("", "7", 11),
            pair("g=h", "8", 12),
            pair("i", "A\tx", 13),
        ];
        assert_eq!(pairs(text), expected);
    }

    #[test]
    fn a_line_is_continued_behind_a_backslash() {
        assert_eq!(
            pairs("a=1\\\n   2\\\n#3\nb=4\\\\\nc=5"),
            [pair("a", "12#3", 1), pair("b", "4\\", 4), pair("c", "5", 5)]
        );
        assert_eq!(pairs("a=1\\"), [pair("a", "1", 1)]);
    }

    #[test]
    fn places_are_those_of_the_line() {
        let all = read("  key = value\nempty=\nlong=a\\\nb").unwrap();
        let spans: Vec<_> = all.into_iter().map(|p| (p.key_span, p.value_span)).collect();
        assert_eq!(spans, [(2..5, 8..13), (0..5, 6..6), (0..4, 5..6)]);
    }

    #[test]
    fn a_broken_escape_is_refused() {
        assert_eq!(read("a=1\nb=\\u00g0"), Err(Malformed { line: 2, span: 2..8 }));
        assert_eq!(read("b=\\u00"), Err(Malformed { line: 1, span: 2..6 }));
    }
}
