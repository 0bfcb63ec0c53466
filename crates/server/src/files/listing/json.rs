//! A listing for programs: one array, whatever the order.

use std::fmt::Write;

use super::text::{Json, Moment, name};
use crate::files::tree::{Entry, EntryKind};

pub(super) const OPENING: &str = "[";
pub(super) const CLOSING: &str = "]\n";

/// Writes an entry; `index` counts those before it.
pub(super) fn write_entry(out: &mut String, entry: &Entry, index: u64) {
    let separator = if index == 0 { "\n" } else { ",\n" };
    let name = name(&entry.name);
    write(out, format_args!("{separator}{{\"name\":{}", Json(&name)));
    match entry.kind {
        EntryKind::Directory => out.push_str(",\"type\":\"directory\""),
        EntryKind::File { len } => write(out, format_args!(",\"type\":\"file\",\"size\":{len}")),
    }
    if let Some(moment) = Moment::of(entry.modified) {
        write(out, format_args!(",\"modified\":\"{moment}\""));
    }
    out.push('}');
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes what is written to it");
}
