//! Something remembered of each server.

use crate::ensemble::NodeId;

/// One value a server; what was never set is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct PerServer<T>(Vec<T>);

impl<T: Default + Clone> PerServer<T> {
    pub(super) fn of(&mut self, node: NodeId) -> &mut T {
        let at = node.index();
        if at >= self.0.len() {
            self.0.resize(at + 1, T::default());
        }
        &mut self.0[at]
    }

    pub(super) fn get(&self, node: NodeId) -> Option<&T> {
        self.0.get(node.index())
    }

    pub(super) fn forget(&mut self, node: NodeId) {
        *self.of(node) = T::default();
    }
}
