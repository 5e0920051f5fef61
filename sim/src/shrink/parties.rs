//! Takes out servers and clients, with everything that names them.

use super::edit;
use super::search::Search;

/// One server after the other, the last one declared first.
pub(super) fn servers(search: &mut Search<'_>) -> bool {
    let before = search.best.clone();
    for server in before.servers().iter().rev() {
        let without = edit::without(&search.best, &|name| name == server.name, Some(server.sid));
        search.take(without);
    }
    search.best != before
}

/// One client after the other, then whole workloads.
pub(super) fn clients(search: &mut Search<'_>) -> bool {
    let before = search.best.clone();
    for client in before.clients().iter().rev() {
        let without = edit::without(&search.best, &|name| name == client.name, None);
        search.take(without);
    }
    for load in before.workloads().iter().rev() {
        let names: Vec<String> = load.client_names().chain([load.name.clone()]).collect();
        let without = edit::without(&search.best, &|name| names.iter().any(|gone| gone == name), None);
        search.take(without);
    }
    search.best != before
}
