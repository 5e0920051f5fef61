//! What repeats, told once.

use super::items::{Arrow, Item};

/// How many messages a round has at most.
const ROUND: usize = 8;

/// A part of a diagram.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Folded {
    /// Told as it is.
    One(Item),
    /// The same message, so many times in a row. Where numbers go on, the words have the first and the last.
    Same(Arrow, u64),
    /// Several messages, again and again.
    Rounds {
        /// Those of the first time.
        round: Vec<Arrow>,
        times: u64,
        until: u64,
        /// Numbers go on from time to time.
        counts: bool,
    },
}

impl Folded {
    /// When it begins.
    pub(super) fn at(&self) -> Option<u64> {
        match self {
            Folded::One(item) => Some(item.at()),
            Folded::Same(arrow, _) => Some(arrow.at),
            Folded::Rounds { round, .. } => round.first().map(|arrow| arrow.at),
        }
    }

    /// How many messages it tells.
    pub(super) fn arrows(&self) -> u64 {
        match self {
            Folded::One(item) => u64::from(matches!(item, Item::Arrow(_))),
            Folded::Same(_, times) => *times,
            Folded::Rounds { round, times, .. } => round.len() as u64 * times,
        }
    }

    /// How many notes it has.
    pub(super) fn notes(&self) -> u64 {
        u64::from(matches!(self, Folded::One(Item::Note { .. })))
    }
}

/// Folds what comes several times in a row.
pub(super) fn fold(items: Vec<Item>) -> Vec<Folded> {
    let mut all = Vec::new();
    let mut rest = items.as_slice();
    while let Some(first) = rest.first() {
        // The shortest round tells the most.
        let found = (1..=ROUND).find_map(|length| {
            let times = repeated(rest, length);
            (times >= if length == 1 { 2 } else { 3 }).then_some((length, times))
        });
        let Some((length, times)) = found else {
            all.push(Folded::One(first.clone()));
            rest = &rest[1..];
            continue;
        };
        let whole = &rest[..length * times];
        let round: Vec<Arrow> = arrows(&whole[..length]).cloned().collect();
        let last: Vec<Arrow> = arrows(&whole[length * (times - 1)..]).cloned().collect();
        rest = &rest[whole.len()..];
        let times = times as u64;
        all.push(match (round.as_slice(), last.as_slice()) {
            ([one], [last]) if one.words != last.words => {
                let words = format!("{} … {}", one.words, last.words);
                Folded::Same(Arrow { words, ..one.clone() }, times)
            }
            ([one], _) => Folded::Same(one.clone(), times),
            _ => {
                let counts = round.iter().zip(&last).any(|(one, last)| one.words != last.words);
                Folded::Rounds { round, times, until: whole.last().map_or(0, Item::at), counts }
            }
        });
    }
    all
}

fn arrows(items: &[Item]) -> impl Iterator<Item = &Arrow> {
    items.iter().filter_map(|item| match item {
        Item::Arrow(arrow) => Some(arrow),
        _ => None,
    })
}

/// How many times the first so many items come in a row; 0 where they are not all messages.
fn repeated(items: &[Item], length: usize) -> usize {
    let Some(round) = items.get(..length) else { return 0 };
    if arrows(round).count() < length {
        return 0;
    }
    let same = |other: &[Item]| {
        arrows(other).count() == length
            && arrows(round).zip(arrows(other)).all(|(one, other)| one.is_like(other))
    };
    items.chunks_exact(length).take_while(|chunk| same(chunk)).count()
}

#[cfg(test)]
mod tests {
    use super::super::items::Sign;
    use super::*;

    fn arrow(at: u64, words: &str) -> Item {
        Item::Arrow(Arrow { at, from: 0, to: 1, sign: Sign::Received, words: words.to_owned() })
    }

    fn told(words: &str) -> Vec<String> {
        let items = words.chars().zip(0..).map(|(word, at)| arrow(at, &word.to_string())).collect();
        let words = |arrows: &[Arrow]| arrows.iter().map(|arrow| arrow.words.as_str()).collect::<String>();
        let tell = |part: &Folded| match part {
            Folded::One(Item::Arrow(arrow)) => arrow.words.clone(),
            Folded::One(_) => String::new(),
            Folded::Same(arrow, times) => format!("{}*{times}", arrow.words),
            Folded::Rounds { round, times, until, .. } => format!("({})*{times} until {until}", words(round)),
        };
        fold(items).iter().map(tell).collect()
    }

    #[test]
    fn numbers_of_transactions_go_on() {
        let of = |words: &[&str]| fold(words.iter().map(|words| arrow(1, words)).collect());
        let several = of(&["PROPOSAL 0x100000001", "PROPOSAL 0x100000002", "PROPOSAL 0x100000003"]);
        let [Folded::Same(arrow, 3)] = several.as_slice() else { panic!("{several:?}") };
        assert_eq!(arrow.words, "PROPOSAL 0x100000001 … PROPOSAL 0x100000003");
        let write = ["REQUEST create /a-0", "PROPOSAL 0x1", "REQUEST create /a-1", "PROPOSAL 0x2"];
        let writes = of(&[write.as_slice(), &["REQUEST create /a-2", "PROPOSAL 0x3"]].concat());
        assert!(matches!(writes.as_slice(), [Folded::Rounds { times: 3, counts: true, .. }]), "{writes:?}");
        // Of votes each number counts.
        assert_eq!(of(&["NOTIFICATION in round 1", "NOTIFICATION in round 2"]).len(), 2);
        assert_eq!(of(&["REQUEST create /a", "REQUEST delete /a"]).len(), 2);
    }

    #[test]
    fn what_repeats_is_counted() {
        assert_eq!(told("abc"), ["a", "b", "c"]);
        assert_eq!(told("aab"), ["a*2", "b"]);
        assert_eq!(told("abab"), ["a", "b", "a", "b"], "twice is no custom");
        assert_eq!(told("xabababy"), ["x", "(ab)*3 until 6", "y"]);
        assert_eq!(told("aaaaaa"), ["a*6"]);
        assert_eq!(told("abcabcabcab"), ["(abc)*3 until 8", "a", "b"]);
    }
}
