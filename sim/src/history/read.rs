//! Histories as text: JSON Lines.

use super::event::Type;
use super::operation::{Builder, History, Told};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;

#[derive(Deserialize)]
struct Line<'a> {
    process: Value,
    #[serde(rename = "type")]
    kind: Type,
    #[serde(borrow)]
    f: Cow<'a, str>,
    #[serde(borrow, default)]
    key: Cow<'a, str>,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    time: u64,
    xid: Option<i64>,
    zxid: Option<Value>,
    version: Option<Value>,
    server: Option<Value>,
    error: Option<Value>,
}

/// A number, or the hexadecimal text of one.
fn zxid(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => i64::from_str_radix(text.strip_prefix("0x")?, 16).ok(),
        other => other.as_i64(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Reads JSON Lines; the lines of a nemesis are passed over.
pub fn json_lines(source: &str) -> Result<History, String> {
    let mut builder = Builder::default();
    for (line, source) in (1..).zip(source.lines()) {
        if source.trim().is_empty() {
            continue;
        }
        let told: Line<'_> = serde_json::from_str(source).map_err(|error| format!("line {line}: {error}"))?;
        let Some(process) = told.process.as_i64() else { continue };
        if told.version.is_some() {
            builder.znode_zxids();
        }
        builder
            .event(&Told {
                line,
                process,
                xid: told.xid,
                f: &told.f,
                key: &told.key,
                kind: told.kind,
                value: &told.value,
                time: told.time,
                zxid: told.zxid.as_ref().and_then(zxid),
                server: told.server.as_ref().map(|server| text(server).into()),
                error: told.error.as_ref().map(|error| text(error).into()),
            })
            .map_err(|error| error.to_string())?;
    }
    Ok(builder.finish())
}
