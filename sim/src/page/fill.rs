//! A page with holes, filled.

/// The page with a text in each of its holes (`@name@`), which are named in the order in which they come. They are filled from left
/// to right, so that nothing that fills one is taken for another.
pub(crate) fn fill(page: &str, holes: &[(&str, &str)]) -> String {
    let mut filled =
        String::with_capacity(page.len() + holes.iter().map(|(_, text)| text.len()).sum::<usize>());
    let mut rest = page;
    for (name, text) in holes {
        if let Some((before, after)) = rest.split_once(&format!("@{name}@")) {
            filled.push_str(before);
            filled.push_str(text);
            rest = after;
        }
    }
    filled + rest
}
