//! Rust split into code and comments, both with every line where it was.
//!
//! What is blanked out becomes spaces: in the code the comments and what literals say, in the
//! comments everything else. So a banned word in a string is not found, and a position in either
//! is a position in the file. Macros are not expanded and nothing is resolved.

/// A Rust file as its code and its comments.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// The code; literals are empty.
    pub(super) code: String,
    /// The comments, markers included.
    pub(super) comments: String,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    pub(super) line: usize,
    pub(super) line_count: usize,
}

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

impl Source {
    /// Splits a file.
    pub(super) fn split(text: &str) -> Self {
        let mut code = Vec::with_capacity(text.len());
        let mut comments = Vec::with_capacity(text.len());
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let (kind, len) = stretch(bytes, at);
            for &byte in &bytes[at..at + len] {
                let shown = |is_shown: bool| if is_shown || byte == b'\n' { byte } else { b' ' };
                code.push(shown(kind == Kind::Code && byte.is_ascii()));
                comments.push(shown(kind == Kind::Comment));
            }
            at += len;
        }
        // Only whole characters are blanked out, so both are text again.
        Self {
            code: String::from_utf8_lossy(&code).into_owned(),
            comments: String::from_utf8_lossy(&comments).into_owned(),
        }
    }

    /// The code without the modules that are compiled for tests alone.
    pub(super) fn shipped_code(&self) -> String {
        let mut code = self.code.clone();
        let mut from = 0;
        while let Some(found) = code[from..].find("#[cfg(test)]") {
            let begin = from + found;
            from = begin + "#[cfg(test)]".len();
            if let Some((open, close)) = braces(&code, from)
                && is_module(&code[from..open])
            {
                let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
                let blanked: String = code[begin..close].chars().map(blank).collect();
                code.replace_range(begin..close, &blanked);
            }
        }
        code
    }

    /// All functions that have a body, nested ones too.
    pub(super) fn functions(&self) -> Vec<Function<'_>> {
        let code = &self.code;
        let in_word = |at: usize| {
            let name = code[at + 2..].trim_start();
            let len = name.find(|c: char| !is_word(c)).unwrap_or(name.len());
            let (_, close) = braces(code, at)?;
            let line = line_of(code, at);
            let line_count = line_of(code, close - 1) - line + 1;
            // `fn(u8)` is a type.
            (len > 0).then_some(Function { name: &name[..len], line, line_count })
        };
        words(code, "fn").filter_map(in_word).collect()
    }
}

/// The line, from 1, on which a position lies.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// The positions at which a word stands by itself.
pub(super) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> {
    text.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        !text[..at].ends_with(is_word) && !text[at + word.len()..].starts_with(is_word)
    })
}

/// Whether a character can be part of a name.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The first braces behind `from` and behind them; `None` if a `;` comes before them.
fn braces(code: &str, from: usize) -> Option<(usize, usize)> {
    let mut open = None;
    let (mut nested, mut depth) = (0_usize, 0_usize);
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match (byte, open) {
            // The `;` of `[u8; 4]` ends nothing.
            (b'(' | b'[', None) => nested += 1,
            (b')' | b']', None) => nested = nested.saturating_sub(1),
            (b';', None) if nested == 0 => return None,
            (b'{', _) => {
                open = open.or(Some(at));
                depth += 1;
            }
            (b'}', Some(open)) => {
                depth -= 1;
                if depth == 0 {
                    return Some((open, at + 1));
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether what stands before an opening brace declares a module.
fn is_module(declaration: &str) -> bool {
    let declaration = declaration.trim_start().trim_start_matches("pub(crate) ");
    declaration.starts_with("mod ")
}

/// What begins at a position, and how many bytes it has.
fn stretch(bytes: &[u8], at: usize) -> (Kind, usize) {
    let rest = &bytes[at..];
    let after_word = at > 0 && is_word(bytes[at - 1].into());
    match rest {
        [b'/', b'/', ..] => {
            let end = rest.iter().position(|&byte| byte == b'\n');
            (Kind::Comment, end.unwrap_or(rest.len()))
        }
        [b'/', b'*', ..] => (Kind::Comment, block_comment_len(rest)),
        [b'"', ..] => (Kind::Literal, quoted_len(rest, b'"')),
        [b'\'', ..] => char_or_lifetime(rest),
        [b'r', b'"' | b'#', ..] if !after_word || is_raw_prefix(bytes, at) => {
            raw_string_len(rest).map_or((Kind::Code, 1), |len| (Kind::Literal, len))
        }
        _ => (Kind::Code, 1),
    }
}

/// Whether the byte before an `r` makes it the `br` or `cr` of a raw string.
fn is_raw_prefix(bytes: &[u8], at: usize) -> bool {
    matches!(bytes[at - 1], b'b' | b'c') && (at < 2 || !is_word(bytes[at - 2].into()))
}

/// The length of a block comment, which may hold others.
fn block_comment_len(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] if depth == 1 => return at + 2,
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of a literal in quotes, both quotes included.
fn quoted_len(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Tells `'a'` from `'a`: a literal closes behind one character.
fn char_or_lifetime(rest: &[u8]) -> (Kind, usize) {
    let is_escape = rest.get(1) == Some(&b'\\');
    // Bytes that continue a character of several begin with the bits 10.
    let next = rest.iter().skip(2).position(|&byte| byte & 0xC0 != 0x80).map(|at| at + 2);
    let closes = next.is_some_and(|next| rest[next] == b'\'');
    if is_escape || closes { (Kind::Literal, quoted_len(rest, b'\'')) } else { (Kind::Code, 1) }
}

/// The length of a raw string that begins with its `r`; `None` for a raw name such as `r#fn`.
fn raw_string_len(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|&&byte| byte == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return None;
    }
    let closing = [&b"\""[..], &b"#".repeat(hashes)].concat();
    let body = 2 + hashes;
    let end = rest[body..].windows(closing.len()).position(|window| window == closing);
    Some(end.map_or(rest.len(), |end| body + end + closing.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_comments_part() {
        let check = |text: &str, code: &str, comments: &str| {
            let source = Source::split(text);
            assert_eq!(source.code.trim(), code, "code of {text:?}");
            assert_eq!(source.comments.trim(), comments, "comments of {text:?}");
            assert_eq!(source.code.matches('\n').count(), text.matches('\n').count());
        };
        check("a // b", "a", "// b");
        check("a /* b /* c */ d */ e", "a                   e", "/* b /* c */ d */");
        check("f(\"// no\")", "f(       )", "");
        check("f(\"\\\"// no\")", "f(         )", "");
        check("f(r#\"\"//\"#, 1)", "f(        , 1)", "");
        check("f(br\"//\")", "f(b     )", "");
        check("r#fn()", "r#fn()", "");
        check("let a: &'a u8 = '\\'' // x", "let a: &'a u8 =", "// x");
        check("'ü' // ü", "", "// ü");
        check("for x in 'a'..='z'", "for x in    ..=", "");
        check("a //! b\nc", "a      \nc", "//! b");
    }

    #[test]
    fn functions_are_measured() {
        let check = |text: &str, expected: &[(&str, usize, usize)]| {
            let source = Source::split(text);
            let found: Vec<_> =
                source.functions().iter().map(|f| (f.name, f.line, f.line_count)).collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check("fn a() {}", &[("a", 1, 1)]);
        check("\nfn a(x: [u8; 2]) {\n  if x { \"}\" }\n}\n", &[("a", 2, 3)]);
        check("trait T { fn a(); }", &[]);
        check("type F = fn(u8); struct S { a: u8 }", &[]);
        check("fn a() {\nfn b() {\n}\n}", &[("a", 1, 4), ("b", 2, 2)]);
        check("fn a()\nwhere\nT: X,\n{\n}", &[("a", 1, 5)]);
    }

    #[test]
    fn test_modules_do_not_ship() {
        let source = Source::split("fn a() {}\n#[cfg(test)]\nmod tests {\n b {}\n}\nfn c() {}");
        let shipped = source.shipped_code();
        assert!(shipped.contains("fn a") && shipped.contains("fn c"), "{shipped}");
        assert!(!shipped.contains("tests") && !shipped.contains('b'), "{shipped}");
        let kept = Source::split("#[cfg(test)]\nmod tests;\nfn c() {}").shipped_code();
        assert!(kept.contains("fn c"), "{kept}");
    }

    #[test]
    fn words_stand_alone() {
        assert_eq!(words("fn a_fn fnord (fn)", "fn").collect::<Vec<_>>(), [0, 15]);
    }
}
