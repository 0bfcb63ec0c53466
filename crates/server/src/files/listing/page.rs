//! A listing for people: a page of its own, without scripts and without other files.

use std::fmt::{self, Write};

use super::draft::Tally;
use super::order::{Column, Direction, Order};
use super::text::{Count, Html, Moment, Size, name};
use crate::files::target::address;
use crate::files::tree::{Entry, EntryKind};

/// What a browser lets the page do: show the style and the icon that are in it. Nothing that got
/// in besides could run or load anything.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                                 base-uri 'none'; form-action 'none'";

/// The page, with `{{title}}`, `{{crumbs}}`, `{{name}}`, `{{heads}}`, `{{rows}}`, `{{notes}}` and
/// `{{tally}}` to be filled in.
const TEMPLATE: &str = include_str!("page.html");

/// The beginning of a row: its head is the name.
const NAME: &str = r#"<th scope="row">"#;

const FILE: &str = r##"<svg aria-hidden="true"><use href="#file"/></svg>"##;
const FOLDER: &str = r##"<svg aria-hidden="true"><use href="#folder"/></svg>"##;
const UP: &str = r##"<svg aria-hidden="true"><use href="#up"/></svg>"##;

/// The page of one directory.
#[derive(Debug)]
pub(super) struct Page {
    /// The names from the root to the directory.
    names: Vec<String>,
    /// `None` if the entries come as they come.
    order: Option<Order>,
}

impl Page {
    pub(super) fn new(path: &[u8], order: Option<Order>) -> Self {
        let names = path.split(|&byte| byte == b'/').filter(|name| !name.is_empty());
        Self { names: names.map(|segment| name(segment).into_owned()).collect(), order }
    }

    /// Writes what is before the entries.
    pub(super) fn open(&self, out: &mut String) {
        let (above, _) = parts();
        fill(out, above, |out, key| match key {
            "title" => self.write_title(out),
            "crumbs" => self.write_crumbs(out),
            "name" => self.write_name(out),
            "notes" => self.write_notes(out),
            "heads" => self.write_heads(out),
            _ => unreachable!("the template has no {key} above its rows"),
        });
        if !self.names.is_empty() {
            let query = Html(self.query());
            let link = format_args!(r#"<a href="../{query}">{UP}Parent folder</a>"#);
            write(out, format_args!("<tr>{NAME}{link}</th><td></td><td></td></tr>\n"));
        }
    }

    /// Writes a row.
    pub(super) fn write_entry(&self, out: &mut String, entry: &Entry) {
        let (shown, address) = (name(&entry.name), address(&entry.name));
        // The dot makes `./` of its slash, so that no name reads as a scheme or a host.
        let (shown, href) = (Html(&shown), Html(&address));
        match entry.kind {
            EntryKind::Directory => {
                let query = Html(self.query());
                let name = format_args!("{FOLDER}<span><bdi>{shown}</bdi>/</span>");
                let link = format_args!(r#"<a href=".{href}/{query}">{name}</a>"#);
                write(out, format_args!("<tr>{NAME}{link}</th><td></td>"));
            }
            EntryKind::File { len } => {
                let link = format_args!(r#"<a href=".{href}">{FILE}<bdi>{shown}</bdi></a>"#);
                let (exact, size) = (Count(len, "byte", "bytes"), Size(len));
                let size = format_args!(r#"<data value="{len}" title="{exact}">{size}</data>"#);
                write(out, format_args!("<tr>{NAME}{link}</th><td>{size}</td>"));
            }
        }
        match Moment::of(entry.modified) {
            None => out.push_str("<td></td></tr>\n"),
            Some(moment) => {
                let (day, minute) = (moment.day(), moment.minute());
                let shown = format_args!("{day} <span>{minute}</span>");
                let time =
                    format_args!(r#"<time datetime="{moment}" title="{moment}">{shown}</time>"#);
                write(out, format_args!("<td>{time}</td></tr>\n"));
            }
        }
    }

    /// Writes what is behind the entries.
    pub(super) fn close(&self, out: &mut String, tally: &Tally) {
        let (_, below) = parts();
        fill(out, below, |out, key| match key {
            "tally" => write_tally(out, tally),
            _ => unreachable!("the template has no {key} below its rows"),
        });
    }

    /// The query by which links to other directories keep the order.
    fn query(&self) -> &'static str {
        self.order.map_or("", Order::query_to_keep)
    }

    fn write_title(&self, out: &mut String) {
        out.push_str("Index of /");
        for name in &self.names {
            write(out, format_args!("{}/", Html(name)));
        }
    }

    fn write_name(&self, out: &mut String) {
        match self.names.last() {
            None => out.push_str("Index"),
            Some(name) => write(out, format_args!("<bdi>{}</bdi>/", Html(name))),
        }
    }

    /// Writes links to the directories above, from the root on.
    fn write_crumbs(&self, out: &mut String) {
        let Some((_, above)) = self.names.split_last() else { return };
        let query = Html(self.query());
        out.push_str(r#"<nav aria-label="Path"><ol>"#);
        let root = std::iter::once("Index");
        for (depth, name) in root.chain(above.iter().map(String::as_str)).enumerate() {
            let (up, name) = ("../".repeat(self.names.len() - depth), Html(name));
            write(out, format_args!(r#"<li><a href="{up}{query}"><bdi>{name}</bdi></a></li>"#));
        }
        out.push_str("</ol></nav>\n");
    }

    fn write_notes(&self, out: &mut String) {
        if self.order.is_none() {
            out.push_str(
                "<p>There are too many entries here to sort them: they come as the disk has \
                 them.</p>\n",
            );
        }
    }

    fn write_heads(&self, out: &mut String) {
        for (column, title) in [
            (Column::Name, "Name"),
            (Column::Size, "Size"),
            (Column::Modified, "Modified <small>UTC</small>"),
        ] {
            let Some(order) = self.order else {
                write(out, format_args!(r#"<th scope="col">{title}</th>"#));
                continue;
            };
            let sorted = match (order.column == column, order.direction) {
                (false, _) => "",
                (true, Direction::Ascending) => r#" aria-sort="ascending""#,
                (true, Direction::Descending) => r#" aria-sort="descending""#,
            };
            let query = Html(order.after_click(column).query());
            let link = format_args!(r#"<a href="{query}">{title}</a>"#);
            write(out, format_args!(r#"<th scope="col"{sorted}>{link}</th>"#));
        }
    }
}

fn write_tally(out: &mut String, tally: &Tally) {
    let Tally { directories, files, size: bytes } = *tally;
    if directories + files == 0 {
        out.push_str("This folder is empty.");
        return;
    }
    if directories > 0 {
        write(out, format_args!("{}", Count(directories, "folder", "folders")));
    }
    if directories > 0 && files > 0 {
        out.push_str(", ");
    }
    if files > 0 {
        let (exact, size) = (Count(bytes, "byte", "bytes"), Size(bytes));
        let files = Count(files, "file", "files");
        write(
            out,
            format_args!(r#"{files} of <data value="{bytes}" title="{exact}">{size}</data>"#),
        );
    }
}

/// The template above the rows, and below them.
fn parts() -> (&'static str, &'static str) {
    TEMPLATE.split_once("{{rows}}\n").expect("the template has rows")
}

/// Writes a template with its keys filled in. What is filled in is not looked at again.
fn fill(out: &mut String, template: &str, write_value: impl Fn(&mut String, &str)) {
    let mut pieces = template.split("{{");
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (key, text) = piece.split_once("}}").expect("every key of a template is closed");
        write_value(out, key);
        out.push_str(text);
    }
}

fn write(out: &mut String, text: fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes what is written to it");
}
