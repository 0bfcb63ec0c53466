//! Colour for people: only where standard error is a terminal, and never when `NO_COLOR` is set.

use std::io::IsTerminal as _;

/// Marks what went well.
pub(crate) fn good(text: &str) -> String {
    paint("32", text)
}

/// Marks what went wrong.
pub(crate) fn bad(text: &str) -> String {
    paint("1;31", text)
}

/// Marks what is to be found again among other output.
pub(crate) fn strong(text: &str) -> String {
    paint("1", text)
}

/// Whether somebody may be watching.
pub(crate) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

fn paint(code: &str, text: &str) -> String {
    if is_watched() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}
