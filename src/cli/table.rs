//! Columns for people: padded with blanks, two apart, nothing behind the last one.

/// The lines of a table; every row has as many cells as the headings.
pub(super) fn table<const COLUMNS: usize>(headings: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> String {
    columns(headings, rows, "  ", |cell| cell.chars().count())
}

/// As [`table`], with other blanks between the columns and another measure of cells.
pub(super) fn columns<const COLUMNS: usize>(
    headings: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
    between: &str,
    measure: fn(&str) -> usize,
) -> String {
    let headings = headings.map(str::to_owned);
    let lines: Vec<_> = std::iter::once(&headings).chain(rows).collect();
    let width = |column: usize| lines.iter().map(|line| measure(&line[column])).max().unwrap_or_default();
    let widths: Vec<_> = (0..COLUMNS).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let cells: Vec<_> = line.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        text += cells.join(between).trim_end();
        text.push('\n');
    }
    text
}
