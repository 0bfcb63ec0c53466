//! In which order a listing comes, and how a query asks for it.

use std::cmp::Ordering;

use crate::files::tree::{Entry, EntryKind};

/// An order of entries. Directories are always before files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) column: Column,
    pub(super) direction: Direction,
}

/// What entries are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    Size,
    Modified,
}

/// Which way an order runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Ascending,
    Descending,
}

impl Order {
    /// The order of who does not ask for one.
    const USUAL: Self = Self { column: Column::Name, direction: Direction::Ascending };

    /// How many orders there are.
    pub(super) const COUNT: usize = 6;

    /// Reads `sort` and `order` from a query. Each counts where it is first said in a word that is
    /// known; else it is by name, and ascending.
    pub(super) fn from_query(query: Option<&str>) -> Self {
        let pairs = || query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        let column = pairs().find_map(|(key, word)| match (key, word) {
            ("sort", "name") => Some(Column::Name),
            ("sort", "size") => Some(Column::Size),
            ("sort", "modified") => Some(Column::Modified),
            _ => None,
        });
        let direction = pairs().find_map(|(key, word)| match (key, word) {
            ("order", "asc") => Some(Direction::Ascending),
            ("order", "desc") => Some(Direction::Descending),
            _ => None,
        });
        let Self { column: name, direction: ascending } = Self::USUAL;
        Self { column: column.unwrap_or(name), direction: direction.unwrap_or(ascending) }
    }

    /// Gives the query that asks for this order, with its question mark.
    pub(super) const fn query(self) -> &'static str {
        match (self.column, self.direction) {
            (Column::Name, Direction::Ascending) => "?sort=name&order=asc",
            (Column::Name, Direction::Descending) => "?sort=name&order=desc",
            (Column::Size, Direction::Ascending) => "?sort=size&order=asc",
            (Column::Size, Direction::Descending) => "?sort=size&order=desc",
            (Column::Modified, Direction::Ascending) => "?sort=modified&order=asc",
            (Column::Modified, Direction::Descending) => "?sort=modified&order=desc",
        }
    }

    /// Gives the query that carries this order on into other directories; empty for the usual one.
    pub(super) fn query_to_keep(self) -> &'static str {
        if self == Self::USUAL { "" } else { self.query() }
    }

    /// Gives the order that a click on a column's head leads to: the other way round where it is
    /// sorted by already, else what is looked for first, the largest or the newest.
    pub(super) fn after_click(self, column: Column) -> Self {
        let direction = match column {
            _ if self.column == column => self.direction.reversed(),
            Column::Name => Direction::Ascending,
            Column::Size | Column::Modified => Direction::Descending,
        };
        Self { column, direction }
    }

    /// Gives the places of entries in this order; for the same entries always the same.
    pub(super) fn of(self, entries: &[Entry]) -> Box<[usize]> {
        let mut places: Box<[usize]> = (0..entries.len()).collect();
        places.sort_unstable_by(|&a, &b| self.compare(&entries[a], &entries[b]));
        places
    }

    fn compare(self, a: &Entry, b: &Entry) -> Ordering {
        let by_column = match self.column {
            Column::Name => by_name(&a.name, &b.name),
            Column::Size => a.kind.cmp(&b.kind),
            Column::Modified => a.modified.cmp(&b.modified),
        };
        let by_column = match self.direction {
            Direction::Ascending => by_column,
            Direction::Descending => by_column.reverse(),
        };
        let by_kind = is_file(a).cmp(&is_file(b));
        by_kind.then(by_column).then_with(|| by_name(&a.name, &b.name))
    }

    /// Numbers the orders, from zero.
    pub(super) const fn number(self) -> usize {
        2 * self.column as usize + self.direction as usize
    }
}

impl Direction {
    const fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

fn is_file(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::File { .. })
}

/// Compares names as people do: numbers by their value, ASCII letters whatever their case. Names
/// that are alike by that are told apart by their bytes.
fn by_name(a: &[u8], b: &[u8]) -> Ordering {
    let (mut rest_a, mut rest_b) = (a, b);
    while let (Some((token_a, next_a)), Some((token_b, next_b))) =
        (next_token(rest_a), next_token(rest_b))
    {
        match token_a.cmp(&token_b) {
            Ordering::Equal => (rest_a, rest_b) = (next_a, next_b),
            unequal => return unequal,
        }
    }
    rest_a.len().cmp(&rest_b.len()).then_with(|| a.cmp(b))
}

/// A part of a name that is compared as one. Numbers are before letters.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Token<'a> {
    /// Digits without zeros before them: the longer is the greater.
    Number(usize, &'a [u8]),
    /// Any other byte, letters in lower case.
    Byte(u8),
}

fn next_token(name: &[u8]) -> Option<(Token<'_>, &[u8])> {
    let (&first, rest) = name.split_first()?;
    if !first.is_ascii_digit() {
        return Some((Token::Byte(first.to_ascii_lowercase()), rest));
    }
    let end = name.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(name.len());
    let (digits, rest) = name.split_at(end);
    let zeros = digits.iter().take_while(|&&byte| byte == b'0').count();
    let digits = &digits[zeros..];
    Some((Token::Number(digits.len(), digits), rest))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn queries_and_what_they_ask_for() {
        for (query, expected) in [
            (None, "?sort=name&order=asc"),
            (Some(""), "?sort=name&order=asc"),
            (Some("sort=size"), "?sort=size&order=asc"),
            (Some("order=desc"), "?sort=name&order=desc"),
            (Some("sort=modified&order=desc"), "?sort=modified&order=desc"),
            (Some("order=asc&x&sort=size&y=1"), "?sort=size&order=asc"),
            (Some("sort=colour&order=down"), "?sort=name&order=asc"),
            (Some("sort=colour&sort=size&sort=name"), "?sort=size&order=asc"),
            (Some("sort=SIZE"), "?sort=name&order=asc"),
            (Some("sort=size%26"), "?sort=name&order=asc"),
        ] {
            let order = Order::from_query(query);
            assert_eq!(order.query(), expected, "{query:?}");
            assert_eq!(Order::from_query(expected.strip_prefix('?')), order);
        }
    }

    #[test]
    fn a_click_turns_round_or_begins_with_what_is_looked_for() {
        let by_size = Order::from_query(Some("sort=size&order=desc"));
        for (column, expected) in [
            (Column::Name, "?sort=name&order=asc"),
            (Column::Size, "?sort=size&order=asc"),
            (Column::Modified, "?sort=modified&order=desc"),
        ] {
            assert_eq!(by_size.after_click(column).query(), expected);
        }
    }

    fn entry(text: &str) -> Entry {
        let mut parts = text.split(' ');
        let name = parts.next().unwrap().as_bytes().to_vec();
        let kind = match parts.next().unwrap() {
            "dir" => EntryKind::Directory,
            len => EntryKind::File { len: len.parse().unwrap() },
        };
        let seconds = parts.next().unwrap().parse().unwrap();
        Entry { name, kind, modified: UNIX_EPOCH + Duration::from_secs(seconds) }
    }

    #[test]
    fn sorting() {
        let entries = ["b2 30 5", "B10 20 6", "a dir 9", "Z dir 1", "b1 30 7", "b02 30 8", "_ 9 4"]
            .map(entry);
        for (query, expected) in [
            ("", "a Z _ b1 b02 b2 B10"),
            ("order=desc", "Z a B10 b2 b02 b1 _"),
            ("sort=size", "a Z _ B10 b1 b02 b2"),
            ("sort=size&order=desc", "a Z b1 b02 b2 B10 _"),
            ("sort=modified", "Z a _ b2 B10 b1 b02"),
            ("sort=modified&order=desc", "a Z b02 b1 B10 b2 _"),
        ] {
            let places = Order::from_query(Some(query)).of(&entries);
            let names = places.iter().map(|&place| str::from_utf8(&entries[place].name).unwrap());
            assert_eq!(names.collect::<Vec<_>>().join(" "), expected, "{query}");
        }
    }

    #[test]
    fn names_as_people_order_them() {
        for (lesser, greater) in [
            ("a", "b"),
            ("a", "B"),
            ("A", "b"),
            ("A", "a"),
            ("a", "ab"),
            ("file9", "file10"),
            ("file09b", "file10a"),
            ("1", "a"),
            ("007", "7"),
            ("1.2", "1.10"),
            ("99999999999999999999998", "99999999999999999999999"),
            ("z", "\u{e9}"),
        ] {
            let (lesser, greater) = (lesser.as_bytes(), greater.as_bytes());
            assert_eq!(by_name(lesser, greater), Ordering::Less, "{}", lesser.escape_ascii());
            assert_eq!(by_name(greater, lesser), Ordering::Greater);
        }
    }

    proptest! {
        #[test]
        fn it_is_a_total_order(
            a in "[aAbB0-2/]{0,6}",
            b in "[aAbB0-2/]{0,6}",
            c in "[aAbB0-2/]{0,6}",
        ) {
            let (a, b, c) = (a.as_bytes(), b.as_bytes(), c.as_bytes());
            prop_assert_eq!(by_name(a, b), by_name(b, a).reverse());
            prop_assert_eq!(by_name(a, b) == Ordering::Equal, a == b);
            if by_name(a, b).is_le() && by_name(b, c).is_le() {
                prop_assert!(by_name(a, c).is_le());
            }
        }
    }
}
