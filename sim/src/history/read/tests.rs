//! What is read, what is refused, and that what is written reads back the same.

use super::*;
use crate::history::{Action, Event, Outcome, Symbol, Type, write};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::io::Write;
use zablab_protocol::{ErrorCode, Sid, Zxid};

fn told(text: &str) -> String {
    read(text.as_bytes()).unwrap_err().to_string()
}

/// Every operation in short.
fn short(history: &History) -> Vec<String> {
    let value = |symbol: Symbol| history.text(symbol).to_owned();
    let line = |operation: &crate::history::Operation| {
        let action = match operation.action {
            Action::Read => "read".to_owned(),
            Action::Write(to) => format!("write {}", value(to)),
            Action::Cas { from, to } => format!("cas {} {}", value(from), value(to)),
            other => format!("{other:?}"),
        };
        let key = &history.keys[operation.key as usize];
        let result = operation.result.map(value).unwrap_or_default();
        format!("{} {key} {action} {:?} {result}", operation.process, operation.outcome).trim_end().to_owned()
    };
    history.operations.iter().map(line).collect()
}

#[test]
fn json_lines_are_read_and_a_nemesis_is_a_mark() {
    let text = r#"
{"process":0,"type":"invoke","f":"write","key":"r","value":3,"time":17,"colour":"red"}
{"process":"nemesis","type":"info","f":"kill","value":"zk3 leader"}
{"process":"nemesis","strange":true}
{"process":0,"type":"ok","f":"write","key":"r","value":3,"zxid":"0x100000002","server":"zk1"}

{"process":1,"type":"invoke","f":"read","key":7}
{"process":1,"type":"info","f":"read","error":["timed", "out"]}
"#;
    let reading = read(text.as_bytes()).unwrap();
    assert_eq!(reading.format, Format::JsonLines);
    assert_eq!(short(&reading.history), ["0 r write 3 Ok 3", "1 7 read Info"]);
    assert_eq!(reading.history.operations[0].zxid, Some(0x1_0000_0002));
    assert_eq!(reading.history.operations[0].lines, (2, Some(5)));
    assert_eq!(reading.history.operations[1].error.as_deref(), Some(r#"["timed","out"]"#));
    let marks: Vec<_> = reading.marks.iter().map(|mark| (mark.line, mark.place, &*mark.text)).collect();
    assert_eq!(marks, [(3, 1, "kill zk3 leader"), (4, 1, "nemesis")]);
}

#[test]
fn one_xid_may_be_open_beside_another() {
    let text = r#"{"process":0,"xid":1,"type":"invoke","f":"write","key":"r","value":1}
{"process":0,"xid":2,"type":"invoke","f":"read","key":"r"}
{"process":0,"xid":1,"type":"ok","f":"write","key":"r","value":1}
{"process":0,"xid":2,"type":"ok","f":"read","key":"r","value":1}"#;
    assert_eq!(short(&read(text.as_bytes()).unwrap().history), ["0 r write 1 Ok 1", "0 r read Ok 1"]);
}

#[test]
fn edn_is_read_from_a_vector_and_from_lines() {
    let lines = r#"; recorded by hand
{:process 0, :type :invoke, :f :write, :value 3, :time 1, :index 0}
{:process :nemesis, :type :info, :f :start-partition, :value "isolate n1"}
{:process 0, :type :ok, :f :write, :value 3, :time 2, :index 1}
#jepsen.history.Op{:process 1, :type :invoke, :f :cas, :value [3 4] #_ ignored}
{:process 1 :type :info :f :cas :value [3 4] :error :timeout}
{:process 2, :type :invoke, :f :read, :value nil}
{:process 2, :type :ok, :f :read, :value 4}"#;
    for text in [lines.to_owned(), format!("[{lines}]"), format!("({lines}\n) ; end")] {
        let reading = read(text.as_bytes()).unwrap();
        assert_eq!(reading.format, Format::Edn);
        assert_eq!(short(&reading.history), ["0  write 3 Ok 3", "1  cas 3 4 Info", "2  read Ok 4"], "{text}");
        assert_eq!(reading.history.operations[1].lines, (5, Some(6)));
        assert_eq!(reading.marks[0].text, "start-partition isolate n1");
    }
}

#[test]
fn keys_of_edn_lie_in_the_values() {
    let text =
        "[{:process 0 :type :invoke :f :write :value [:x 3]} {:process 0 :type :ok :f :write :value [:x 3]}
        {:process 1 :type :invoke :f :cas :value [:y [1 2]]} {:process 1 :type :info :f :cas :value nil}
        {:process 2 :type :invoke :f :read :value [:x nil]} {:process 2 :type :ok :f :read :value [:x 3]}]";
    let reading = read(text.as_bytes()).unwrap();
    assert_eq!(short(&reading.history), ["0 :x write 3 Ok 3", "1 :y cas 1 2 Info", "2 :x read Ok 3"]);
}

#[test]
fn forms_of_edn() {
    let text = r#"[nil true -3 +4 5N 2.5 1.5e3M "a\n\"\\\u00e9\ud83d\ude00" \a \newline \u0041 :k/w sym
        #{3 1 2} {:a 1, "b" [2]} #inst "2026" ##Inf ##-Inf () #_ (gone #_ too)]"#;
    let mut reader = syntax::Reader::new(text);
    let node = reader.next(None).unwrap().unwrap();
    let expected = json!([
        null, true, -3, 4, 5, 2.5, 1500.0, "a\n\"\\é😀", "a", "\n", "A", ":k/w", "sym",
        [1, 2, 3], {":a": 1, "b": [2]}, "2026", "##Inf", "##-Inf", []
    ]);
    assert_eq!(node.json(), expected);
    assert!(reader.next(None).unwrap().is_none());
}

#[test]
fn gzip_is_seen_by_its_first_bytes() {
    let text = br#"{"process":0,"type":"invoke","f":"read","key":"r"}"#;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    let packed = encoder.finish().unwrap();
    assert_eq!(read(&packed), read(text));
    let error = read(&packed[..packed.len() - 9]).unwrap_err();
    assert!(error.what.contains("breaks off"), "{error}");
}

#[test]
fn nothing_is_a_history_of_nothing() {
    for text in ["", " \n\n", "\u{feff}", "[]", ";"] {
        assert_eq!(read(text.as_bytes()).unwrap().history.operations.len(), 0, "{text:?}");
    }
}

#[test]
fn errors_say_where_what_and_what_was_expected() {
    let invoke = r#"{"process":0,"type":"invoke","f":"read","key":"r"}"#;
    for (text, error) in [
        ("hello", "line 1, column 1: this is neither JSON Lines nor EDN; expected an event such as"),
        ("\n  [{\"process\":0}]", "line 2, column 3: this is a JSON array; expected an event a line"),
        (
            r#"{"process":0,"type":"maybe"}"#,
            "line 1, column 27: unknown variant `maybe`; expected one of `invoke`",
        ),
        (
            r#"{"process":0,"type":"ok","key":"é","f":3}"#,
            "line 1, column 40: invalid type: integer `3`; expected",
        ),
        (r#"{"process":0,"type":"ok"}"#, "line 1, column 25: missing field `f`; expected an event such as"),
        (
            r#"{"process":"0","type":"ok","f":"read"}"#,
            "column 14: invalid value: string \"0\"; expected the number of",
        ),
        (
            r#"{"process":0,"time":-1}"#,
            "column 22: invalid value: integer `-1`; expected a time: a whole number, not below 0",
        ),
        (
            r#"{"process":0,"xid":1.5}"#,
            "invalid type: floating point `1.5`; expected the client's number for the request",
        ),
        (
            r#"{"process":0.5}"#,
            "invalid type: floating point `0.5`; expected the number of a client, or a text",
        ),
        (r#"{"process":0,"f":"#, "line 1, column 17: the line breaks off within its JSON; expected"),
        (r#"{"process":0,"f":tru}"#, "this is not JSON: expected ident; expected an event"),
        (
            r#"{"process":0,"type":"ok","f":"read","zxid":"12"}"#,
            "invalid value: string \"12\"; expected a zxid",
        ),
        (
            r#"{"process":0,"type":"invoke","f":"write","value":12345678901234567890123}"#,
            "line 1, column 1: the value holds a number that is too large to be kept exactly; expected 64 bits",
        ),
        (
            &format!("{invoke}\n{invoke}"),
            "line 2, column 1: this is invoked while the process has that of line 1",
        ),
        (
            &invoke.replace("invoke", "ok"),
            "line 1, column 1: this completes what was never invoked; expected",
        ),
        (
            &format!("{invoke}\n{}", invoke.replace("invoke", "ok").replace("read", "write")),
            "line 2, column 1: this completes `write r`, but line 1 invoked `read r`; expected the `f`, the `key` and the `value`",
        ),
        (
            r#"{"process":0,"type":"invoke","f":"write","value":1}
               {"process":0,"type":"ok","f":"write","value":2}"#,
            "line 2, column 16: this completes `write 2`, but line 1 invoked `write 1`; expected the `f`, the `key` and",
        ),
        (
            &invoke.replace("read", "cas"),
            "line 1, column 1: the value of a `cas` is no pair; expected a value such",
        ),
        ("[{:process 0}", "line 1, column 2: this map has no `:type`; expected"),
        ("[{:process 0 :type :ok :f :read}]\n 1", "line 2, column 2: something stands behind the history"),
        ("{:process 0\n :type :maybe}", "line 2, column 8: `:type` is \":maybe\"; expected :invoke, :ok"),
        ("{:process 0 :type :ok :f :read} 17", "line 1, column 33: this is 17, no event; expected"),
        ("{:process 0 :type \"", "line 1, column 19: this string is never closed; expected `\"` behind it"),
        ("{:process 0 :type", "line 1, column 1: this is never closed; expected `}` behind it"),
        ("[{:process nil}]", "line 1, column 12: `:process` is null; expected the number of a client"),
        ("[{:a 007}]", "line 1, column 6: `007` begins with 0; expected a decimal number"),
        ("[{:a 99999999999999999999N}]", "is too large to be kept exactly; expected 64 bits, or a string"),
        ("[{:a 1/3}]", "`1/3` is no number; expected a number such as"),
        ("[{:a 1 :a 2}]", "line 1, column 8: this key stands twice in its map; expected every key once"),
        ("[{:a}]", "line 1, column 2: this map has a key without a value; expected pairs"),
        ("[{:a \\nothing}]", "`\\nothing` is no character; expected such as"),
        ("[{:a \"\\q\"}]", "line 1, column 7: this escape is unknown; expected"),
        ("[{:a \"\\ud800\"}]", "this escape is no character; expected"),
        ("[}", "line 1, column 2: unexpected `}`; expected a form"),
        ("[", "the text breaks off within a collection; expected `]`"),
        ("#", "this `#` begins nothing; expected"),
    ] {
        let said = told(text);
        assert!(said.contains(error), "{text}\n  says {said}");
    }
    let error = read(b"{\"process\":0\n\xff").unwrap_err().to_string();
    assert_eq!(error, "line 2, column 1: these bytes are no UTF-8 text; expected UTF-8");
    let deep = "[".repeat(100_000);
    assert!(told(&deep).contains("too deep"), "{}", told(&deep));
    let deep = format!("{{\"process\":0,\"value\":{}", "[".repeat(100_000));
    assert!(told(&deep).contains("not JSON"), "{}", told(&deep));
    let deep = "#_".repeat(100_000);
    assert!(told(&deep).contains("too deep"), "{}", told(&deep));
}

#[test]
fn a_read_takes_the_value_of_its_completion_alone() {
    let text = "{:process 0 :type :invoke :f :read :value 9}\n{:process 0 :type :ok :f :read :value 4}";
    let history = read(text.as_bytes()).unwrap().history;
    assert_eq!(history.operations[0].outcome, Outcome::Ok);
    assert_eq!(history.text(history.operations[0].result.unwrap()), "4");
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        any::<(i64, i64)>().prop_map(|(from, to)| json!([from, to])),
    ]
}

/// What one client asks for, and what comes of it.
type Asked = (u32, &'static str, String, Value, Option<(Type, Value, Option<i64>, Option<u8>)>);

fn any_asked() -> impl Strategy<Value = Asked> {
    let completion = (
        prop::sample::select(vec![Type::Ok, Type::Fail, Type::Info]),
        any_value(),
        any::<Option<i64>>(),
        any::<Option<u8>>(),
    );
    let names = prop::sample::select(vec!["read", "write", "sync", "create", "lock", "put"]);
    (0..5u32, names, ".*", any_value(), prop::option::of(completion))
}

/// The events of operations, each under its own xid.
fn events(asked: &[Asked]) -> Vec<Event> {
    let mut events = Vec::new();
    for (xid, (process, f, key, value, completion)) in (0..).zip(asked) {
        let invoke = Event {
            process: *process,
            xid,
            f,
            key: key.as_str().into(),
            kind: Type::Invoke,
            value: value.clone(),
            time: events.len() as u64,
            zxid: None,
            server: None,
            error: None,
        };
        if let Some((kind, value, zxid, server)) = completion {
            let error = (*kind != Type::Ok).then_some(ErrorCode::NoNode);
            let completion = Event {
                kind: *kind,
                // The end of a change says what was asked for.
                value: if matches!(*f, "write" | "put") { invoke.value.clone() } else { value.clone() },
                zxid: zxid.map(Zxid),
                server: server.map(|sid| Sid(sid.into())),
                error,
                ..invoke.clone()
            };
            events.extend([invoke, completion]);
        } else {
            events.push(invoke);
        }
    }
    events
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(asked in prop::collection::vec(any_asked(), 0..20)) {
        let events = events(&asked);
        let mut text = Vec::new();
        write(&events, &[], &mut text).unwrap();
        let reading = read(&text).unwrap();
        let of_run = History::of_run(&events, &[]).unwrap();
        prop_assert_eq!(&reading.history.operations, &of_run.operations);
        prop_assert!(reading.history.keys.iter().eq(&of_run.keys));
        prop_assert!(reading.history.values.iter().eq(&of_run.values));
        prop_assert!(reading.marks.is_empty());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&bytes).unwrap();
        let mut packed = packed.finish().unwrap();
        let _ = read(&packed);
        packed.truncate(bytes.len());
        let _ = read(&packed);
    }

    #[test]
    fn arbitrary_forms_never_panic(pieces in prop::collection::vec(prop::sample::select(vec![
        "{", "}", "[", "]", "(", ")", "\"", "\\", "#", "#{", "#_", "##", ":", ":process", ":type", ":f", ":value",
        ":invoke", ":ok", ":read", ":cas", "nil", "0", "1", "-1", "7N", "0.5", "é", "\n", " ", ",", ";", "\\u", "\\ud83d",
        "\"process\":", "\"type\":\"invoke\"", "\"f\":\"read\"", "\"value\":", "0x", ":zxid", "nemesis",
    ]), 0..60)) {
        let _ = read(pieces.concat().as_bytes());
        let _ = read(format!("[{}", pieces.join(" ")).as_bytes());
    }
}
