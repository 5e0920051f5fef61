//! A panic in one run is a finding about its seed, told in one line.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    /// Where the last panic of this thread was, while somebody catches them.
    static CAUGHT: RefCell<Option<Option<String>>> = const { RefCell::new(None) };
}

/// Keeps the panics that [`caught`] catches off standard error while it lives. Other threads' go where they went.
#[derive(Debug)]
pub struct Quiet(());

impl Quiet {
    /// From now on. The hook stays for the life of the process and passes on what nobody catches.
    pub fn begin() -> Quiet {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
                let is_caught = CAUGHT.with_borrow_mut(|caught| match caught {
                    Some(last) => {
                        *last = place;
                        true
                    }
                    None => false,
                });
                if !is_caught {
                    before(info);
                }
            }));
        });
        Quiet(())
    }
}

/// What a panic said, and where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panicked {
    /// Its message.
    pub message: String,
    /// The line of the source.
    pub place: String,
}

/// Does something that may panic.
pub fn caught<T>(_quiet: &Quiet, work: impl FnOnce() -> T) -> Result<T, Panicked> {
    // What is caught may catch something itself.
    let around = CAUGHT.replace(Some(None));
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let place = CAUGHT.replace(around).flatten();
    result.map_err(|payload| {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Panicked {
            message: text.unwrap_or("it gives no message").to_owned(),
            place: place.unwrap_or_else(|| "an unknown place".to_owned()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_with_its_message_and_place() {
        let quiet = Quiet::begin();
        let sum: Result<u8, Panicked> = caught(&quiet, || panic!("{} is too much", 7));
        let panicked = sum.unwrap_err();
        assert_eq!(panicked.message, "7 is too much");
        assert!(panicked.place.contains("panics.rs:"), "{}", panicked.place);
        assert_eq!(caught(&quiet, || 7), Ok(7));
    }

    #[test]
    fn one_that_is_caught_on_the_way_hides_no_other() {
        let quiet = Quiet::begin();
        let sum: Result<u8, Panicked> = caught(&quiet, || {
            let _ = caught(&quiet, || panic!("the first"));
            panic!("the second")
        });
        let panicked = sum.unwrap_err();
        assert_eq!(panicked.message, "the second");
        assert!(panicked.place.contains("panics.rs:"), "{}", panicked.place);
    }
}
