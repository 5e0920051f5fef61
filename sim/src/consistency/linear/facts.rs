//! Facts of two or three operations that no order can join. They do not decide anything; they say briefly why what was
//! decided is so.

use super::explain::{Case, Said};
use super::part::{Act, Kind, NEVER};
use super::zones::{self, Clash};
use serde_json::Value;
use std::collections::BTreeSet;

/// A simple reason why `guilty` cannot find what it found, if there is one.
pub(super) fn simple(case: &Case<'_>, guilty: u32) -> Option<Said> {
    match case.part.kind {
        Kind::Register => {
            let value = case.finds(guilty)?;
            never(case, guilty, value).or_else(|| overwritten(case, guilty, value))
        }
        Kind::Text(_) => appended(case, guilty),
        Kind::Set(_) => elements(case, guilty),
    }
}

/// A set as it is read lacks what was added for good, or has what nobody can have added.
fn elements(case: &Case<'_>, guilty: u32) -> Option<Said> {
    let Kind::Set(sets) = &case.part.kind else { return None };
    let Act::Read(found) = case.op(guilty).act else { return None };
    let (begin, end) = (case.op(guilty).call, case.op(guilty).ret);
    let found = &sets[found as usize];
    let began = |op: &u32| *op != guilty && case.op(*op).call < end;
    let removed = |element| ops(case).filter(began).any(|op| case.op(op).act == Act::Remove(element));
    let lost = ops(case).find(|op| match case.op(*op).act {
        Act::Add(element) => {
            case.op(*op).ret < begin && found.binary_search(&element).is_err() && !removed(element)
        }
        _ => false,
    });
    let who = format!("{} reads a set {}", case.who(guilty), case.lines(guilty));
    if let Some(lost) = lost {
        let had = case.had_done(lost);
        let sentence = format!(
            "{who} that lacks an element: {had} before that began, and nothing that began before that ended removes it"
        );
        return Some((sentence, vec![guilty, lost]));
    }
    let adds = |op: u32| matches!(case.op(op).act, Act::Add(_)).then(|| case.element_text(op));
    let added: BTreeSet<String> = ops(case).filter(began).filter_map(adds).collect();
    let there = |element: &Value| case.initial.as_array().is_some_and(|initial| initial.contains(element));
    let Value::Array(found) = serde_json::from_str(&case.result(guilty)?).ok()? else { return None };
    let extra = found.iter().find(|element| !there(element) && !added.contains(&element.to_string()))?;
    let sentence = format!("{who} with {extra} in it, but nothing that began before that ended adds {extra}");
    Some((sentence, vec![guilty]))
}

fn ops(case: &Case<'_>) -> impl Iterator<Item = u32> {
    0..case.part.ops.len() as u32
}

/// Nothing leaves the value in time.
fn never(case: &Case<'_>, guilty: u32, value: u32) -> Option<Said> {
    let end = case.op(guilty).ret;
    let possible = |op: &u32| *op != guilty && case.leaves(*op) == Some(value) && case.op(*op).call < end;
    if value == 0 || ops(case).any(|op| possible(&op)) {
        return None;
    }
    let (does, found) = (case.does(guilty), case.found(guilty));
    let sentence = if case.element() {
        format!("{does}, but nothing that began before that ended can have brought that about")
    } else {
        format!("{does}, but nothing that began before that ended can have left {found} there")
    };
    Some((sentence, vec![guilty]))
}

/// Another value was there, before `guilty` began and after all that leaves its value had ended.
fn overwritten(case: &Case<'_>, guilty: u32, value: u32) -> Option<Said> {
    let (begin, end) = (case.op(guilty).call, case.op(guilty).ret);
    let possible = |op: &u32| *op != guilty && case.leaves(*op) == Some(value) && case.op(*op).call < end;
    let last = ops(case).filter(possible).map(|op| case.op(op).ret).max();
    // The write of an initial value ended before all began.
    let after = |place: u32| last.is_none_or(|last| last < place);
    let (does, found) = (case.does(guilty), case.found(guilty));
    let other = |op: u32, left: Option<u32>| {
        case.op(op).ret < begin && left.is_some_and(|left| left != value) && op != guilty
    };
    let over = ops(case).filter(|op| other(*op, case.leaves(*op)) && after(case.op(*op).call));
    if let Some(over) = over.min_by_key(|op| case.op(*op).ret) {
        let had = case.had_done(over);
        let sentence = if case.element() {
            format!("{does}, but {had} before that began, and nothing since then can undo it")
        } else {
            format!("{does}, but {had} over it before that began; {}", case.gone(value, &found))
        };
        return Some((sentence, vec![guilty, over]));
    }
    // Somebody found another value whose writers had all begun after that.
    let mut first_call = vec![NEVER; case.part.values as usize];
    for op in ops(case) {
        if let Some(left) = case.leaves(op) {
            let first = &mut first_call[left as usize];
            *first = case.op(op).call.min(*first);
        }
    }
    let newer = |found: u32| found != 0 && after(first_call[found as usize]);
    let seen = ops(case).filter(|op| other(*op, case.finds(*op)) && case.finds(*op).is_some_and(newer));
    let seen = seen.min_by_key(|op| case.op(*op).ret)?;
    let had = case.had_done(seen);
    let sentence = if case.element() {
        format!("{does}, but {had} before that began, and nothing since then can undo it")
    } else {
        let newer = case.found(seen);
        format!(
            "{does}, but {had} before that began, and {newer} was written only after {found}; {}",
            case.gone(value, &found)
        )
    };
    Some((sentence, vec![guilty, seen]))
}

/// Where nothing but appends changes the text: what had been appended, or read, before a read must be in it.
fn appended(case: &Case<'_>, guilty: u32) -> Option<Said> {
    let Kind::Text(texts) = &case.part.kind else { return None };
    let text = |value: u32| &*texts[value as usize];
    let Act::Read(found) = case.op(guilty).act else { return None };
    if ops(case).any(|op| matches!(case.op(op).act, Act::Write(_) | Act::Cas(..))) {
        return None;
    }
    let early = |op: &u32| case.op(*op).ret < case.op(guilty).call;
    let lost = ops(case).filter(early).find(|op| match case.op(*op).act {
        Act::Append(more) => !text(found).contains(text(more)),
        _ => false,
    });
    if let Some(lost) = lost {
        let (does, had) = (case.does(guilty), case.had_done(lost));
        return Some((format!("{does}, but {had} before that began"), vec![guilty, lost]));
    }
    let other = ops(case).filter(|op| *op != guilty && case.op(*op).ret < case.op(guilty).ret);
    let apart = |op: &u32| match case.op(*op).act {
        Act::Read(read) => {
            let (read, found) = (text(read), text(found));
            !found.starts_with(read) && (early(op) || !read.starts_with(found))
        }
        _ => false,
    };
    let other = { other }.find(apart)?;
    let sentence = format!("{}, which does not go on from what {}", case.does(guilty), case.had_done(other));
    Some((sentence, vec![guilty, other]))
}

/// What clashes in zones, where nothing simpler does.
pub(super) fn of_clash(case: &Case<'_>, clash: Clash, guilty: u32) -> Said {
    let value = |op: u32| case.finds(op).map_or_else(|| case.left(op), |_| case.found(op));
    let sentence = match clash {
        Clash::Unwritten(op) | Clash::Circle(op) => {
            let does = if op == guilty {
                case.does(op)
            } else {
                format!("{}, which can only come of it that {}", case.does(guilty), case.does(op))
            };
            let found = case.found(op);
            match clash {
                Clash::Unwritten(_) => {
                    format!("{does}, but nothing that began before that ended can have left {found} there")
                }
                _ => format!("{does}, but {found} goes back, compare-and-set by compare-and-set, to itself"),
            }
        }
        Clash::Twice(a, b) => {
            let (a, b) = if b == guilty { (a, b) } else { (b, a) };
            format!("{}, but so does {}, and {} is written only once", case.does(b), case.does(a), value(b))
        }
        Clash::Backwards(early, late) => format!(
            "{}, but {} before that began, and {} comes only behind {}",
            case.does(late),
            case.had_done(early),
            case.left(early),
            value(late)
        ),
        Clash::Mixed([zones::NONE, _], [c, d]) => format!(
            "{}, but {} before that began, and {} goes back to the initial value",
            case.does(d),
            case.had_done(c),
            case.left(d)
        ),
        Clash::Mixed([a, b], [c, d]) => {
            let [a, b, c, d] = if b == guilty { [c, d, a, b] } else { [a, b, c, d] };
            format!(
                "{} after {}, so {} comes behind {}; but {} after {}, so {} comes behind {}",
                case.does(d),
                case.had_done(c),
                case.left(d),
                case.left(c),
                case.does(b),
                case.had_done(a),
                case.left(b),
                case.left(a)
            )
        }
    };
    let mut operations = vec![guilty];
    operations.extend(clash.operations());
    (sentence, operations)
}
