//! Printing to stdout. A reader that has seen enough and closed the pipe ends the program, without a word.

use std::fmt::Arguments;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;

/// Who read stdout has closed it, having seen enough.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads what is printed any more")]
struct Unread;

/// Prints a line.
pub(super) fn print(line: Arguments<'_>) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}").map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => io::Error::new(io::ErrorKind::BrokenPipe, Unread),
        _ => error,
    })
}

/// Whether `error` is only that nobody reads stdout any more.
pub(super) fn is_unread(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().and_then(io::Error::get_ref).is_some_and(|inner| inner.is::<Unread>())
}

/// Prints a value as JSON.
pub(super) fn print_json(value: &Value) -> io::Result<()> {
    print(format_args!("{value:#}"))
}

/// Prints what a terminal shows of an answer, or its JSON.
pub(super) fn print_answer(
    answer: &Value,
    json: bool,
    shown: impl FnOnce(&Value) -> Vec<String>,
) -> anyhow::Result<ExitCode> {
    match json {
        true => print_json(answer)?,
        false => shown(answer).iter().try_for_each(|line| print(format_args!("{line}")))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a list: as JSON, or as a table with these of its items' fields.
pub(super) fn print_list(items: Vec<Value>, json: bool, fields: &[&str]) -> anyhow::Result<ExitCode> {
    print_answer(&Value::from(items), json, |items| {
        let head = fields.iter().map(|field| heading(field)).collect();
        let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
        let rows = items.iter().map(|item| fields.iter().map(|field| cell(&item[*field])).collect());
        table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
    })
}

/// Lines of a table; each row has as many cells as the first, which is its head.
pub(super) fn table(rows: &[Vec<String>]) -> Vec<String> {
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Text that somebody else wrote, for a terminal: what could command the terminal is shown instead.
pub(super) fn tame(text: &str) -> String {
    let tame = |c: char| match c {
        '\n' | '\t' => c.to_string(),
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    text.chars().map(tame).collect()
}

/// A time in the guest, from microseconds.
pub(super) fn duration(us: &Value) -> String {
    format!("{:?}", Duration::from_micros(us.as_u64().unwrap_or(0)))
}

/// `1 event`, `2 events`.
pub(super) fn count(number: &Value, noun: &str) -> String {
    let number = number.as_u64().unwrap_or(0);
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `eventCount` as `EVENT COUNT`.
fn heading(field: &str) -> String {
    let spaced = |c: char| if c.is_ascii_uppercase() { format!(" {c}") } else { c.to_ascii_uppercase().to_string() };
    field.chars().map(spaced).collect()
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_has_a_column_as_wide_as_its_widest_cell() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [row(["NAME", "EVENT COUNT", "LIVE"]), row(["alice", "12", "yes"]), row(["bé", "", "no"])];
        assert_eq!(table(&rows), ["NAME   EVENT COUNT  LIVE", "alice  12           yes", "bé                  no"]);
    }

    #[test]
    fn a_field_is_a_heading_and_its_value_a_cell() {
        assert_eq!(heading("eventCount"), "EVENT COUNT");
        let cells = [json!("a"), json!(12), json!(true), json!(false), json!(null)].map(|value| cell(&value));
        assert_eq!(cells, ["a", "12", "yes", "no", ""]);
    }

    #[test]
    fn others_text_does_not_command_the_terminal() {
        assert_eq!(tame("(a\n\tb) é \u{1b}[2J\r"), "(a\n\tb) é \\u{1b}[2J\\r");
    }
}
