//! Tables of text: the same rows for a terminal and for Markdown.

/// Columns with headings; the first is text, the others are numbers.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|&heading| heading.to_owned()).collect()] }
    }

    /// Adds a row, which has as many cells as there are headings.
    pub(super) fn add(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    /// Leaves out columns in which no row has anything.
    pub(super) fn without_empty(mut self) -> Self {
        let width = self.rows.first().map_or(0, Vec::len);
        let is_kept = |column: &usize| {
            let mut cells = self.rows.iter().skip(1).map(|row| row.get(*column));
            cells.any(|cell| cell.is_some_and(|cell| !cell.is_empty()))
        };
        let kept: Vec<usize> = (0..width).filter(is_kept).collect();
        for row in &mut self.rows {
            *row = kept.iter().filter_map(|&column| row.get(column).cloned()).collect();
        }
        self
    }

    /// For a terminal.
    pub(super) fn text(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let len = |column: usize| {
            let cells = self.rows.iter().filter_map(move |row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(len).collect();
        let mut text = String::new();
        for row in &self.rows {
            let cells = row.iter().zip(&widths).enumerate();
            let line: Vec<String> = cells
                .map(|(at, (cell, &width))| match at {
                    0 => format!("{cell:<width$}"),
                    _ => format!("{cell:>width$}"),
                })
                .collect();
            text.push_str(format!("  {}", line.join("  ")).trim_end());
            text.push('\n');
        }
        text
    }

    /// For a page.
    pub(super) fn markdown(&self) -> String {
        let mut text = String::new();
        for (at, row) in self.rows.iter().enumerate() {
            text.push_str(&format!("| {} |\n", row.join(" | ")));
            if at == 0 {
                let rules = (0..row.len()).map(|column| if column == 0 { "---" } else { "---:" });
                text.push_str(&format!("|{}|\n", rules.collect::<Vec<_>>().join("|")));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["server", "CPU", "p99", "calls"]);
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        table.add(row(["Avocet", "5 µs", "", "2.0"]));
        table.add(row(["h2o", "15 µs", "", ""]));
        table.without_empty()
    }

    #[test]
    fn numbers_are_set_to_the_right() {
        let expected = "  server    CPU  calls\n  Avocet   5 µs    2.0\n  h2o     15 µs\n";
        assert_eq!(table().text(), expected);
    }

    #[test]
    fn a_page_has_the_same() {
        let expected = "| server | CPU | calls |\n|---|---:|---:|\n| Avocet | 5 µs | 2.0 |\n| h2o \
                        | 15 µs |  |\n";
        assert_eq!(table().markdown(), expected);
    }
}
