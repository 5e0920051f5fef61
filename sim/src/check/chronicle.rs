//! Something known of each zxid, looked up fast where zxids come one after another.

use zablab_protocol::Zxid;

/// Entries in rising order of zxid.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Chronicle<T>(Vec<(Zxid, T)>);

impl<T> Default for Chronicle<T> {
    fn default() -> Chronicle<T> {
        Chronicle(Vec::new())
    }
}

impl<T> Chronicle<T> {
    pub(super) fn entries(&self) -> &[(Zxid, T)] {
        &self.0
    }

    pub(super) fn last(&self) -> Option<&(Zxid, T)> {
        self.0.last()
    }

    /// The place of a zxid, or where it would stand.
    pub(super) fn place(&self, zxid: Zxid) -> Result<usize, usize> {
        // Counters have no holes inside an epoch: most likely it is as far from the end as its number says.
        let back = self.0.last().and_then(|(last, _)| usize::try_from(last.0.wrapping_sub(zxid.0)).ok());
        match back.and_then(|back| self.0.len().checked_sub(back.checked_add(1)?)) {
            Some(guess) if self.0[guess].0 == zxid => Ok(guess),
            _ => self.0.binary_search_by_key(&zxid, |(zxid, _)| *zxid),
        }
    }

    pub(super) fn find(&self, zxid: Zxid) -> Option<&T> {
        self.place(zxid).ok().map(|at| &self.0[at].1)
    }

    /// Puts an entry where it belongs; one that is there stays.
    pub(super) fn insert(&mut self, zxid: Zxid, entry: T) {
        if self.0.last().is_none_or(|(last, _)| *last < zxid) {
            self.0.push((zxid, entry));
        } else if let Err(at) = self.place(zxid) {
            self.0.insert(at, (zxid, entry));
        }
    }

    /// Drops everything above a zxid.
    pub(super) fn cut(&mut self, zxid: Zxid) {
        self.0.truncate(self.0.partition_point(|(at, _)| *at <= zxid));
    }
}
