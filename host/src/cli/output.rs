//! Printing to stdout. A reader that has seen enough and closed the pipe is an error like any other, not a panic.

use std::fmt::Arguments;
use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::Value;

/// Prints a line.
pub(super) fn print(line: Arguments<'_>) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}

/// Prints a value as JSON.
pub(super) fn print_json(value: &Value) -> io::Result<()> {
    print(format_args!("{value:#}"))
}

/// Prints what a terminal would show of a reply.
pub(super) fn print_reply(reply: &Value) -> io::Result<()> {
    match reply["output"].as_str().unwrap_or_default() {
        "" => Ok(()),
        output => print(format_args!("{}", output.strip_suffix('\n').unwrap_or(output))),
    }
}

/// Prints a list: as JSON, or as a table with these of its items' fields.
pub(super) fn print_list(items: &[Value], json: bool, fields: &[&str]) -> anyhow::Result<ExitCode> {
    if json {
        print_json(&Value::from(items))?;
    } else {
        for line in table(items, fields) {
            print(format_args!("{line}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn table(items: &[Value], fields: &[&str]) -> Vec<String> {
    let head = fields.iter().map(|field| heading(field)).collect();
    let rows = items.iter().map(|item| fields.iter().map(|field| cell(&item[*field])).collect());
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..fields.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
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
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_has_a_column_as_wide_as_its_widest_cell() {
        let items = [json!({ "name": "alice", "eventCount": 12, "live": true }), json!({ "name": "b", "live": false })];
        assert_eq!(
            table(&items, &["name", "eventCount", "live"]),
            ["NAME   EVENT COUNT  LIVE", "alice  12           yes", "b                   no"]
        );
    }
}
