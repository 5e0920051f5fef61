//! Which release wrote a log: by its own word, by the line of the source that a message comes from, or by texts that only
//! some releases have.

use std::collections::BTreeSet;
use std::fmt;

/// A release by its three numbers.
pub(super) type V = (u8, u8, u8);

/// The releases from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) least: V,
    pub(super) most: V,
}

/// A release of ZooKeeper. Of a series that goes on, the last is 99.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 3.
    pub major: u8,
    /// 4 to 9.
    pub minor: u8,
    /// The last number.
    pub patch: u8,
}

impl From<V> for Version {
    fn from((major, minor, patch): V) -> Version {
        Version { major, minor, patch }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.patch {
            99 => write!(f, "{}.{}.x", self.major, self.minor),
            patch => write!(f, "{}.{}.{patch}", self.major, self.minor),
        }
    }
}

/// Which release wrote a log, as far as the log tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The oldest that fits.
    pub least: Version,
    /// The newest that fits.
    pub most: Version,
    /// What says so.
    pub because: String,
}

impl Release {
    /// Whether the log can be of this release.
    pub fn covers(&self, release: crate::bugs::Release) -> bool {
        let numbers: Vec<u8> =
            release.to_string().split('.').filter_map(|number| number.parse().ok()).collect();
        let [major, minor, patch] = numbers[..] else { return false };
        let version = (major, minor, patch);
        let key = |version: &Version| (version.major, version.minor, version.patch);
        (key(&self.least)..=key(&self.most)).contains(&version)
    }

    /// Whether the log can only be of this series, such as 3.8.
    pub fn is_of(&self, major: u8, minor: u8) -> bool {
        [self.least, self.most].iter().all(|end| (end.major, end.minor) == (major, minor))
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.least == self.most {
            true => write!(f, "{} ({})", self.least, self.because),
            false => write!(f, "{} to {} ({})", self.least, self.most, self.because),
        }
    }
}

/// In which line of `QuorumPeer.java` the main loop says LOOKING, FOLLOWING and LEADING.
const LINES: [(u32, u32, u32, V, V); 24] = [
    (667, 735, 747, (3, 4, 0), (3, 4, 2)),
    (670, 738, 750, (3, 4, 3), (3, 4, 5)),
    (714, 784, 796, (3, 4, 6), (3, 4, 6)),
    (774, 844, 856, (3, 4, 7), (3, 4, 9)),
    (865, 935, 947, (3, 4, 10), (3, 4, 10)),
    (909, 979, 991, (3, 4, 11), (3, 4, 13)),
    (910, 980, 992, (3, 4, 14), (3, 4, 14)),
    (913, 989, 1001, (3, 5, 0), (3, 5, 0)),
    (986, 1062, 1074, (3, 5, 1), (3, 5, 1)),
    (1033, 1109, 1121, (3, 5, 2), (3, 5, 2)),
    (1055, 1131, 1143, (3, 5, 3), (3, 5, 3)),
    (1136, 1212, 1224, (3, 5, 4), (3, 5, 4)),
    (1193, 1269, 1281, (3, 5, 5), (3, 5, 6)),
    (1175, 1251, 1263, (3, 5, 7), (3, 5, 8)),
    (1178, 1254, 1266, (3, 5, 9), (3, 5, 9)),
    (1253, 1329, 1341, (3, 5, 10), (3, 5, 10)),
    (1371, 1453, 1465, (3, 6, 0), (3, 6, 1)),
    (1374, 1456, 1468, (3, 6, 2), (3, 6, 2)),
    (1383, 1465, 1477, (3, 6, 3), (3, 6, 4)),
    (1430, 1512, 1524, (3, 7, 0), (3, 7, 0)),
    (1438, 1520, 1532, (3, 7, 1), (3, 7, 2)),
    (1455, 1537, 1549, (3, 8, 0), (3, 8, 6)),
    (1471, 1554, 1566, (3, 9, 0), (3, 9, 4)),
    (1470, 1553, 1565, (3, 9, 5), (3, 9, 5)),
];

/// What a log tells of its release.
#[derive(Clone, Debug, Default)]
pub(super) struct Clues {
    /// `zookeeper.version=…`.
    said: BTreeSet<V>,
    /// Spans of source lines.
    lines: BTreeSet<Span>,
    /// Spans of texts.
    texts: BTreeSet<Span>,
}

impl Span {
    /// Every release that this reader knows the texts of.
    const ALL: Span = Span { least: (3, 4, 0), most: (3, 9, 99) };

    /// The releases of both.
    fn and(self, other: Span) -> Option<Span> {
        let both = Span { least: self.least.max(other.least), most: self.most.min(other.most) };
        (both.least <= both.most).then_some(both)
    }

    /// From the oldest to the newest of both.
    fn or(self, other: Span) -> Span {
        Span { least: self.least.min(other.least), most: self.most.max(other.most) }
    }

    fn because(self, why: &str) -> Release {
        Release { least: self.least.into(), most: self.most.into(), because: why.to_owned() }
    }
}

impl Clues {
    /// A text that only some releases have.
    pub(super) fn text(&mut self, span: Span) {
        self.texts.insert(span);
    }

    /// The main loop says what it does, in this line of `QuorumPeer.java`.
    pub(super) fn main_loop(&mut self, line: u32) {
        let known = LINES
            .iter()
            .find(|(looking, following, leading, ..)| [*looking, *following, *leading].contains(&line));
        self.lines.extend(known.map(|(.., least, most)| Span { least: *least, most: *most }));
    }

    /// `Server environment:zookeeper.version=3.8.0-…`, behind the equals sign.
    pub(super) fn version(&mut self, text: &str) {
        let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map(str::parse);
        if let (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch))) =
            (numbers.next(), numbers.next(), numbers.next())
        {
            self.said.insert((major, minor, patch));
        }
    }

    /// Those of another log of the same ensemble.
    pub(super) fn add(&mut self, other: &Clues) {
        self.said.extend(&other.said);
        self.lines.extend(&other.lines);
        self.texts.extend(&other.texts);
    }

    /// The release that all of it points to.
    pub(super) fn release(&self) -> Release {
        if let (Some(least), Some(most)) = (self.said.first(), self.said.last()) {
            return Span { least: *least, most: *most }.because("zookeeper.version in the log");
        }
        let all = |spans: &BTreeSet<Span>| spans.iter().try_fold(Span::ALL, |sum, span| sum.and(*span));
        let texts = all(&self.texts);
        if self.lines.is_empty() {
            return match texts {
                Some(span) if span != Span::ALL => span.because("texts of its messages"),
                Some(span) => span.because("nothing in the log tells"),
                None => Span::ALL.because("its messages are of several releases"),
            };
        }
        let lines = self.lines.iter().copied().reduce(Span::or).unwrap_or(Span::ALL);
        match texts.and_then(|texts| texts.and(lines)) {
            Some(both) => both.because("where QuorumPeer.java says its role"),
            None => lines.because("where QuorumPeer.java says its role; texts of other releases, too"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERIES: [Span; 3] = [
        Span { least: (3, 6, 0), most: (3, 9, 99) },
        Span { least: (3, 4, 0), most: (3, 7, 99) },
        Span { least: (3, 8, 5), most: (3, 9, 99) },
    ];

    fn release(tell: impl Fn(&mut Clues)) -> String {
        let mut clues = Clues::default();
        tell(&mut clues);
        clues.release().to_string()
    }

    #[test]
    fn a_release_is_what_all_clues_agree_on() {
        assert_eq!(release(|_| {}), "3.4.0 to 3.9.x (nothing in the log tells)");
        assert_eq!(
            release(|clues| {
                clues.text(SERIES[0]);
                clues.text(SERIES[1]);
            }),
            "3.6.0 to 3.7.x (texts of its messages)"
        );
        assert_eq!(release(|clues| clues.main_loop(1178)), "3.5.9 (where QuorumPeer.java says its role)");
        assert_eq!(
            release(|clues| {
                clues.main_loop(1455);
                clues.text(SERIES[2]);
            }),
            "3.8.5 to 3.8.6 (where QuorumPeer.java says its role)"
        );
        assert_eq!(
            release(|clues| {
                clues.text(SERIES[1]);
                clues.text(SERIES[2]);
            }),
            "3.4.0 to 3.9.x (its messages are of several releases)"
        );
        let said = "3.6.3--6401e4ad2087061bc6b9f80dec2d69f2e3c8660a, built on 04/08/2021 16:35 GMT";
        assert_eq!(release(|clues| clues.version(said)), "3.6.3 (zookeeper.version in the log)");
        assert!(!SERIES[0].because("").is_of(3, 6));
        assert!(Span { least: (3, 8, 0), most: (3, 8, 6) }.because("").is_of(3, 8));
    }
}
