//! The text of a file, out of its gzip where it is in one.

use super::ReadError;
use flate2::read::MultiGzDecoder;
use std::borrow::Cow;
use std::io::Read;

/// How a gzip file begins (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The longest text that is read, in bytes: a small file can unfold to anything.
const LONGEST: u64 = 2 << 30;

/// The text of some bytes.
pub(super) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    if !bytes.starts_with(&GZIP) {
        return match std::str::from_utf8(bytes) {
            Ok(text) => within(text.len(), text).map(Cow::Borrowed),
            Err(error) => Err(broken(bytes, error.valid_up_to(), "these bytes are no UTF-8 text", "UTF-8")),
        };
    }
    let mut plain = Vec::new();
    let unfolded = MultiGzDecoder::new(bytes).take(LONGEST + 1).read_to_end(&mut plain);
    if let Err(error) = unfolded {
        let what = format!("the gzip file breaks off or is damaged behind this: {error}");
        return Err(broken(&plain, plain.len(), what, "a whole gzip file"));
    }
    match String::from_utf8(plain) {
        Ok(text) => {
            within(text.len(), "")?;
            Ok(Cow::Owned(text))
        }
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            Err(broken(error.as_bytes(), valid, "these bytes are no UTF-8 text", "UTF-8"))
        }
    }
}

fn within<T>(length: usize, what: T) -> Result<T, ReadError> {
    if length as u64 <= LONGEST {
        return Ok(what);
    }
    Err(ReadError::at("", 0, "this is longer than 2 GiB", "a history of at most 2 GiB of text"))
}

fn broken(bytes: &[u8], at: usize, what: impl Into<String>, expected: &str) -> ReadError {
    // What is not text before `at` (a gzip file may break off within a character) only blurs the column.
    let before = String::from_utf8_lossy(&bytes[..at]);
    ReadError::at(&before, before.len(), what, expected)
}
