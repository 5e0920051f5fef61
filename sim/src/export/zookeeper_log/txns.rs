//! A transaction log in words: a heading a file, a line a record.

use std::fmt::Write;
use zablab_protocol::{Change, Log, Txn};

/// `# log.100000001`, then `0x100000001 session=0x1000000abcd0000 cxid=0 createSession timeout=10000`, and so on: zxid,
/// session, the client's number for the request, type, and what it is about.
pub(super) fn text(log: &Log) -> String {
    let mut text = String::new();
    for (at, txn) in log.txns().iter().enumerate() {
        for file in log.files().iter().filter(|file| file.first == at) {
            // A string takes everything.
            let _ = writeln!(text, "# log.{:x}", file.name.0);
        }
        let _ = writeln!(text, "{}", record(txn));
    }
    text
}

fn record(txn: &Txn) -> String {
    let what = match &txn.change {
        Change::Create { path, .. } => format!("create2 {path}"),
        Change::SetData { path, data, .. } => format!("setData {path} data={} bytes", data.len()),
        Change::Delete { path } => format!("delete {path}"),
        Change::Check => "check ".to_owned(),
        Change::CreateSession { timeout } => format!("createSession timeout={}", timeout.0),
        Change::CloseSession { .. } => "closeSession ".to_owned(),
        // A multi that failed is one as well: each of its parts is an error.
        Change::Multi(_) | Change::MultiFailed(_) => "multi ".to_owned(),
        Change::Error { code } => format!("error err={}", code.code()),
    };
    format!("{} session={:#x} cxid={} {what}", txn.zxid, txn.origin.session.0, txn.origin.cxid)
}
