//! Requests whose field lines name the validators that the server itself gave.

#![expect(clippy::missing_panics_doc, reason = "to panic is how every function here fails")]

use crate::origin::Origin;
use crate::site::{LETTERS, MODIFIED};
use crate::wire::Answer;

/// A second before the files of the site were modified.
const EARLIER: &str = "Wed, 01 Jan 2020 12:34:55 GMT";

/// A second after.
const LATER: &str = "Wed, 01 Jan 2020 12:34:57 GMT";

impl Origin {
    /// The entity tag of what a GET with these field lines is answered with.
    #[must_use]
    #[track_caller]
    pub fn tag(&self, target: &str, lines: &[&str]) -> String {
        let answer = self.get(target, lines);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.field("ETag").expect("a file has an entity tag").to_owned()
    }

    /// Asks with field lines in which `{tag}` stands for the target's entity tag, `{opaque}` for
    /// what is between its quotes, and `{modified}`, `{earlier}` and `{later}` for dates around its
    /// modification.
    #[must_use]
    #[track_caller]
    pub fn ask_if(&self, method: &str, target: &str, lines: &[&str]) -> Answer {
        let names_tag =
            lines.iter().any(|line| line.contains("{tag}") || line.contains("{opaque}"));
        let tag = if names_tag { self.tag(target, &[]) } else { String::new() };
        assert!(!tag.starts_with("W/"), "the tag of an old file is strong, not {tag}");
        let lines = lines.iter().map(|line| {
            let line = line.replace("{tag}", &tag).replace("{opaque}", tag.trim_matches('"'));
            let line = line.replace("{modified}", MODIFIED);
            line.replace("{earlier}", EARLIER).replace("{later}", LATER)
        });
        let lines: Vec<String> = lines.collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        self.ask(method, target, &lines)
    }

    /// Gets `/letters.txt` with lines as for [`Origin::ask_if`] and expects this status; with 200
    /// all letters, and with no other.
    #[track_caller]
    pub fn assert_letters(&self, lines: &[&str], status: u16) {
        let answer = self.ask_if("GET", "/letters.txt", lines);
        assert_eq!(answer.status, status, "{lines:?}: {answer:?}");
        assert_eq!(answer.text() == LETTERS, status == 200, "{lines:?}: {answer:?}");
    }

    /// Gets `/letters.txt` with lines as for [`Origin::ask_if`] that are malformed: they are
    /// ignored, or the request is refused; they never have an effect.
    #[track_caller]
    pub fn assert_letters_or_refusal(&self, lines: &[&str]) {
        let answer = self.ask_if("GET", "/letters.txt", lines);
        let is_whole = answer.status == 200 && answer.text() == LETTERS;
        assert!(is_whole || answer.status == 400, "{lines:?}: {answer:?}");
    }

    /// Expects the answer to be of the same status with these lines, as for [`Origin::ask_if`], as
    /// without.
    #[track_caller]
    pub fn assert_unconditional(&self, method: &str, target: &str, lines: &[&str]) {
        let expected = self.ask(method, target, &[]).status;
        let answer = self.ask_if(method, target, lines);
        assert_eq!(answer.status, expected, "{method} {target} with {lines:?}: {answer:?}");
    }
}
