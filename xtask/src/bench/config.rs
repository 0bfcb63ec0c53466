//! Configurations with blanks: `{name}` is filled in, and a line behind `#if WORD` counts only for
//! loads that have the word.

/// Takes the lines that count and fills in what is known; other braces are left alone.
pub(super) fn fill(template: &str, words: &[&str], values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    for line in template.lines().filter_map(|line| chosen(line, words)) {
        text.push_str(&filled(line, values));
        text.push('\n');
    }
    text
}

/// Puts values in the place of names in braces.
pub(super) fn filled(line: &str, values: &[(&str, &str)]) -> String {
    values
        .iter()
        .fold(line.to_owned(), |line, (name, value)| line.replace(&format!("{{{name}}}"), value))
}

/// The line without its condition; `None` if that does not hold.
fn chosen<'a>(line: &'a str, words: &[&str]) -> Option<&'a str> {
    let Some(rest) = line.strip_prefix("#if ") else { return Some(line) };
    let end = rest.find([' ', '\t']).unwrap_or(rest.len());
    let (word, rest) = rest.split_at(end);
    words.contains(&word).then(|| rest.strip_prefix(' ').unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_and_blanks() {
        let template =
            "a {port}\n# said\n#if log b {\n#if log\tc\n#if fly d\n#if log   e {port}\n}\n";
        let values = [("port", "80"), ("root", "/r")];
        assert_eq!(fill(template, &[], &values), "a 80\n# said\n}\n");
        assert_eq!(fill(template, &["log"], &values), "a 80\n# said\nb {\n\tc\n  e 80\n}\n");
        assert_eq!(fill(template, &["fly"], &values), "a 80\n# said\nd\n}\n");
    }

    #[test]
    fn no_blank_is_left_in_a_configuration() {
        use super::super::peer::Kind;
        use super::super::process::{VALUES, WORDS};
        let values = VALUES.map(|name| (name, "x"));
        for peer in Kind::ALL.into_iter().filter_map(Kind::peer) {
            let path = crate::workspace::root().join("bench/peers").join(peer.config);
            let template = std::fs::read_to_string(path).unwrap();
            let text = fill(&template, &WORDS, &values);
            assert!(!text.lines().any(|line| line.starts_with("#if ")), "{}", peer.name);
            let opened = text.match_indices('{').map(|(at, _)| &text[at + 1..]);
            for rest in opened {
                let is_blank = rest.starts_with(|c: char| c.is_ascii_lowercase());
                assert!(!is_blank, "{}: {rest:.20}", peer.name);
            }
        }
    }
}
