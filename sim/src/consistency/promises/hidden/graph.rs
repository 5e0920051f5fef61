//! What must come before what, as a graph.

/// Why one thing comes before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// In its session.
    Session,
    /// It is what the other shows.
    Shown,
    /// It ends what the other overwrites.
    Over,
    /// A session sees its key's other value later: by the one item before, by the other after.
    Seen(u32, u32),
    /// It ended before the other was due.
    Time,
    /// It belongs to what is overwritten, or to a row of such.
    Part,
}

/// From so many nodes of a cycle a shorter one is looked for.
const TRIES: usize = 24;

/// Edges of a graph whose nodes are numbered.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    /// Where the edges of each node begin in `targets`; one more than there are nodes.
    starts: Vec<u32>,
    targets: Vec<(u32, Why)>,
}

impl Graph {
    pub(super) fn new(nodes: usize, edges: &[(u32, u32, Why)]) -> Graph {
        let mut starts = vec![0u32; nodes + 1];
        for (from, ..) in edges {
            starts[*from as usize + 1] += 1;
        }
        for at in 0..nodes {
            starts[at + 1] += starts[at];
        }
        let mut free = starts.clone();
        let mut targets = vec![(0, Why::Part); edges.len()];
        for (from, to, why) in edges {
            let place = &mut free[*from as usize];
            targets[*place as usize] = (*to, *why);
            *place += 1;
        }
        Graph { starts, targets }
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn after(&self, node: u32) -> &[(u32, Why)] {
        let (from, to) = (self.starts[node as usize], self.starts[node as usize + 1]);
        &self.targets[from as usize..to as usize]
    }

    /// How many edges lead to each node.
    pub(super) fn degrees(&self) -> Vec<u32> {
        let mut degrees = vec![0; self.len()];
        self.targets.iter().for_each(|(to, _)| degrees[*to as usize] += 1);
        degrees
    }

    /// Every node behind those before it; or a cycle.
    pub(super) fn sorted(&self) -> Result<Vec<u32>, Vec<(u32, Why)>> {
        let mut degrees = self.degrees();
        let mut order: Vec<u32> =
            (0..self.len() as u32).filter(|node| degrees[*node as usize] == 0).collect();
        let mut done = 0;
        while let Some(node) = order.get(done).copied() {
            done += 1;
            for (to, _) in self.after(node) {
                degrees[*to as usize] -= 1;
                if degrees[*to as usize] == 0 {
                    order.push(*to);
                }
            }
        }
        if order.len() == self.len() { Ok(order) } else { Err(self.cycle(&degrees)) }
    }

    /// A short cycle, each node with why the next comes behind it. Those with a degree are left.
    fn cycle(&self, degrees: &[u32]) -> Vec<(u32, Why)> {
        // Going back from one that is left, always to one that is left, comes round.
        let left = |node: &u32| degrees[*node as usize] > 0;
        let mut before = vec![u32::MAX; self.len()];
        for node in (0..self.len() as u32).filter(left) {
            for (to, _) in self.after(node).iter().filter(|(to, _)| left(to)) {
                before[*to as usize] = node;
            }
        }
        let Some(mut at) = (0..self.len() as u32).find(left) else { return Vec::new() };
        let mut visited = vec![false; self.len()];
        while !std::mem::replace(&mut visited[at as usize], true) {
            at = before[at as usize];
        }
        let mut round = vec![at];
        while before[round[round.len() - 1] as usize] != at {
            round.push(before[round[round.len() - 1] as usize]);
        }
        // Other cycles through its nodes may be shorter.
        let stride = round.len().div_ceil(TRIES);
        let tried = round.iter().step_by(stride);
        tried.filter_map(|node| self.way(*node, *node)).min_by_key(Vec::len).unwrap_or_default()
    }

    /// A shortest way from one node to another, over one edge at least: every node but the last.
    pub(super) fn way(&self, from: u32, to: u32) -> Option<Vec<(u32, Why)>> {
        let mut by: Vec<Option<(u32, Why)>> = vec![None; self.len()];
        let mut line = vec![from];
        let mut next = 0;
        while by[to as usize].is_none() {
            let node = *line.get(next)?;
            next += 1;
            for (target, why) in self.after(node) {
                if by[*target as usize].is_none() {
                    by[*target as usize] = Some((node, *why));
                    line.push(*target);
                }
            }
        }
        let mut way = Vec::new();
        let mut at = to;
        loop {
            let (node, why) = by[at as usize]?;
            way.push((node, why));
            at = node;
            if at == from {
                way.reverse();
                return Some(way);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_found_and_an_order_is() {
        let edges = [(0, 1, Why::Session), (1, 2, Why::Shown), (3, 1, Why::Part)];
        let order = Graph::new(4, &edges).sorted().unwrap();
        let place = |node: u32| order.iter().position(|at| *at == node).unwrap();
        assert!(edges.iter().all(|(from, to, _)| place(*from) < place(*to)));
        let edges = [(0, 1, Why::Session), (1, 2, Why::Shown), (2, 3, Why::Part), (3, 1, Why::Over)];
        let mut cycle = Graph::new(4, &edges).sorted().unwrap_err();
        cycle.sort_by_key(|(node, _)| *node);
        assert_eq!(cycle, [(1, Why::Shown), (2, Why::Part), (3, Why::Over)]);
        assert_eq!(Graph::new(1, &[(0, 0, Why::Over)]).sorted(), Err(vec![(0, Why::Over)]));
    }
}
