//! Delta debugging: takes out halves, quarters, … of some things, down to one by one, from the end to the beginning, since
//! what comes late rarely leads to what came early.

/// Finds a small part of `count` things, by place. `try_without` is told which of those left to take out, and says whether
/// it did; it is asked until none can go any more.
pub(super) fn reduce(count: usize, mut try_without: impl FnMut(&[usize]) -> bool) {
    let mut left: Vec<usize> = (0..count).collect();
    let mut size = left.len();
    while size > 0 && !left.is_empty() {
        let mut removed = false;
        let mut end = left.len();
        while end > 0 {
            let start = end.saturating_sub(size);
            if try_without(&left[start..end]) {
                left.drain(start..end);
                removed = true;
            }
            end = start;
        }
        if size == 1 && !removed {
            return;
        }
        size = if size == 1 { 1 } else { size.div_ceil(2) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_left() {
        for needed in [vec![], vec![0], vec![3, 7], vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 9]] {
            let mut gone: Vec<usize> = Vec::new();
            let mut asked = 0;
            reduce(10, |out| {
                asked += 1;
                let goes = out.iter().all(|one| !needed.contains(one));
                if goes {
                    gone.extend(out);
                }
                goes
            });
            gone.sort_unstable();
            let left: Vec<usize> = (0..10).filter(|one| !gone.contains(one)).collect();
            assert_eq!(left, needed);
            assert!(asked < 60);
        }
    }

    #[test]
    fn what_goes_only_together_goes() {
        let mut left: Vec<usize> = (0..8).collect();
        reduce(8, |out| {
            let rest: Vec<usize> = left.iter().copied().filter(|one| !out.contains(one)).collect();
            let goes = rest.contains(&2) == rest.contains(&3);
            if goes {
                left = rest;
            }
            goes
        });
        assert!(left.is_empty());
    }
}
