//! What stands beside the state without being part of it.

/// Something that is no part of the state: any two are equal.
#[derive(Clone, Debug)]
pub(super) struct Scratch<T>(pub(super) T);

impl<T: Default> Default for Scratch<T> {
    fn default() -> Scratch<T> {
        Scratch(T::default())
    }
}

impl<T> PartialEq for Scratch<T> {
    fn eq(&self, _: &Scratch<T>) -> bool {
        true
    }
}

impl<T> Eq for Scratch<T> {}

impl<T> std::hash::Hash for Scratch<T> {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}
