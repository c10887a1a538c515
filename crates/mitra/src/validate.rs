//! What binding cannot tell of a change, before anything runs: whether the files of its tables are their rows.

use std::collections::BTreeSet;

use catalog::Proposal;
use ingest::tables;
use sql::{Error, Key, Kind, definition::Table};

/// Characters of a file's line that an error shows.
const EXCERPT_MAX: usize = 200;

/// Reads the file of every table that the change brings.
///
/// # Errors
/// One for each file that is not the rows of its table, at the file's line where there is one.
pub fn tables(proposal: &Proposal) -> Result<(), Vec<Error>> {
    let changed: BTreeSet<&Key> = proposal.changes.iter().map(|change| &change.0.key).collect();
    let mut errors = Vec::new();
    for table in proposal.definitions.tables.values() {
        let key = Key::new(Kind::Table, &table.name);
        let content = proposal.blobs.iter().find(|(hash, _)| *hash == table.blob);
        let Some((_, content)) = content.filter(|_| changed.contains(&key)) else { continue };
        let read = tables::check_header(table, content).and_then(|()| tables::read(table, content));
        if let Err(error) = read {
            errors.extend(told(proposal, &key, table, content, &error));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn told(
    proposal: &Proposal,
    key: &Key,
    table: &Table,
    content: &[u8],
    error: &tables::Error,
) -> Option<Error> {
    let statement = proposal.definitions.statements.get(key)?;
    let Some(line) = error.line() else {
        let message = format!("file '{}' is not the rows of table {}: {error}", table.path, table.name);
        return Some(statement.refuse(message, "correct the file, or what is declared of it here"));
    };
    let text = content.split(|byte| *byte == b'\n').nth(usize::try_from(line).ok()?.saturating_sub(1));
    let excerpt = String::from_utf8_lossy(text.unwrap_or_default());
    let message = error.to_string();
    let reason = message.strip_prefix(&format!("line {line}: ")).unwrap_or(&message);
    Some(Error {
        path: table.path.clone(),
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: 1,
        end: u32::MAX,
        message: format!("table {}: {reason}", table.name),
        help: Some(format!(
            "its columns are declared at {}:{}:{}",
            statement.path, statement.line, statement.column
        )),
        excerpt: excerpt.trim_end().chars().take(EXCERPT_MAX).collect(),
    })
}
