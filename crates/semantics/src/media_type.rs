//! Media types by file name extension, and which of them are worth compressing.
//!
//! The table is generated from mime-db; `cargo xtask media-types` says how conflicts are settled.
//! Types carry `charset=utf-8` where a browser would otherwise guess: that is `text/*`, JavaScript
//! included. JSON is UTF-8 by definition (RFC 8259 §8.1) and defines no such parameter. XML and SVG
//! say their encoding themselves, and a parameter would overrule what the document says (RFC 7303
//! §3).
//!
//! Content is never looked at: what a file is called decides, and `nosniff` holds browsers to it.

mod table;

use table::TABLE;

/// A media type as it is sent, and what is known of content that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType {
    name: &'static str,
    is_compressible: bool,
}

impl MediaType {
    /// What is said of a file whose name says nothing. It may be anything, archives more often than
    /// not, so it is not worth compressing.
    pub const FALLBACK: Self = Self { name: "application/octet-stream", is_compressible: false };

    /// Gives the value for Content-Type.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.name
    }

    /// Tells whether content of this type usually gets much smaller when it is compressed: text and
    /// such, but nothing that is compressed already.
    #[must_use]
    pub const fn is_compressible(self) -> bool {
        self.is_compressible
    }
}

/// Gives the media type of an extension (without its dot, in any case); `None` if it is not known.
#[must_use]
pub fn by_extension(extension: impl AsRef<[u8]>) -> Option<MediaType> {
    let extension = extension.as_ref();
    let mut room = [0; EXTENSION_LEN_MAX];
    let lower = room.get_mut(..extension.len())?;
    lower.copy_from_slice(extension);
    lower.make_ascii_lowercase();
    let found = TABLE.binary_search_by(|(known, ..)| known.as_bytes().cmp(lower)).ok()?;
    let (_, name, is_compressible) = TABLE[found];
    Some(MediaType { name, is_compressible })
}

/// Gives the media type of a file by the extension of its name; [`MediaType::FALLBACK`] if that is
/// not known.
#[must_use]
pub fn for_file_name(name: impl AsRef<[u8]>) -> MediaType {
    let name = name.as_ref();
    match memchr::memrchr(b'.', name) {
        Some(dot) if dot > 0 => by_extension(&name[dot + 1..]).unwrap_or(MediaType::FALLBACK),
        _ => MediaType::FALLBACK,
    }
}

/// Length of the longest extension in the table.
const EXTENSION_LEN_MAX: usize = {
    let mut longest = 0;
    let mut index = 0;
    while index < TABLE.len() {
        if TABLE[index].0.len() > longest {
            longest = TABLE[index].0.len();
        }
        index += 1;
    }
    longest
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_types_that_browsers_expect() {
        fn check(name: &str, expected: &str) {
            assert_eq!(for_file_name(name).as_str(), expected, "{name}");
        }
        check("index.html", "text/html; charset=utf-8");
        check("INDEX.HTM", "text/html; charset=utf-8");
        check("style.css", "text/css; charset=utf-8");
        check("app.js", "text/javascript; charset=utf-8");
        check("app.min.mjs", "text/javascript; charset=utf-8");
        check("robots.txt", "text/plain; charset=utf-8");
        check("README.md", "text/markdown; charset=utf-8");
        check("table.csv", "text/csv; charset=utf-8");
        check("cues.vtt", "text/vtt; charset=utf-8");
        check("data.json", "application/json");
        check("app.js.map", "application/json");
        check("app.webmanifest", "application/manifest+json");
        check("app.wasm", "application/wasm");
        check("feed.xml", "application/xml");
        check("feed.atom", "application/atom+xml");
        check("page.xhtml", "application/xhtml+xml");
        check("logo.svg", "image/svg+xml");
        check("a.png", "image/png");
        check("a.jpg", "image/jpeg");
        check("a.jpeg", "image/jpeg");
        check("a.gif", "image/gif");
        check("a.webp", "image/webp");
        check("a.avif", "image/avif");
        check("favicon.ico", "image/vnd.microsoft.icon");
        check("a.woff", "font/woff");
        check("a.woff2", "font/woff2");
        check("a.ttf", "font/ttf");
        check("a.otf", "font/otf");
        check("a.mp4", "video/mp4");
        check("a.webm", "video/webm");
        check("a.ts", "video/mp2t");
        check("a.m3u8", "application/vnd.apple.mpegurl");
        check("a.mp3", "audio/mpeg");
        check("a.m4a", "audio/mp4");
        check("a.wav", "audio/x-wav");
        check("a.ogg", "audio/ogg");
        check("a.flac", "audio/flac");
        check("a.pdf", "application/pdf");
        check("a.zip", "application/zip");
        check("a.tar.gz", "application/gzip");
        check("a.toml", "application/toml");
        check("a.yaml", "application/yaml");
        check("a.yml", "application/yaml");
    }

    #[test]
    fn names_that_say_nothing_get_the_fallback() {
        for name in
            ["", "LICENSE", "a.", ".html", "a.nobody-knows", "a.html~", "a.html\0", "a.\u{e9}"]
        {
            assert_eq!(for_file_name(name), MediaType::FALLBACK, "{name:?}");
        }
        assert_eq!(for_file_name(b"a.\xff"), MediaType::FALLBACK);
        assert_eq!(by_extension(vec![b'x'; EXTENSION_LEN_MAX + 1]), None);
    }

    #[test]
    fn what_is_worth_compressing() {
        for name in [
            "a.html",
            "a.css",
            "a.js",
            "a.mjs",
            "a.map",
            "a.json",
            "a.txt",
            "a.md",
            "a.csv",
            "a.xml",
            "a.svg",
            "a.wasm",
            "a.ttf",
            "a.otf",
            "favicon.ico",
            "a.yaml",
            "a.webmanifest",
            "a.bmp",
        ] {
            assert!(for_file_name(name).is_compressible(), "{name}");
        }
        for name in [
            "a.png", "a.jpg", "a.gif", "a.webp", "a.avif", "a.woff", "a.woff2", "a.mp4", "a.webm",
            "a.mp3", "a.flac", "a.zip", "a.gz", "a.br", "a.zst", "a.pdf", "a.exe", "a.iso",
            "LICENSE",
        ] {
            assert!(!for_file_name(name).is_compressible(), "{name}");
        }
    }

    #[test]
    fn every_entry_is_found() {
        for &(extension, name, is_compressible) in TABLE {
            let expected = MediaType { name, is_compressible };
            assert_eq!(by_extension(extension), Some(expected), "{extension}");
        }
        assert!(TABLE.iter().any(|(extension, ..)| extension.len() == EXTENSION_LEN_MAX));
    }

    #[test]
    fn the_table_is_sorted_and_in_lower_case() {
        assert!(TABLE.is_sorted_by(|a, b| a.0 < b.0));
        for (extension, media_type, _) in TABLE {
            assert!(!extension.bytes().any(|byte| byte.is_ascii_uppercase()), "{extension}");
            let has_charset = media_type.ends_with("; charset=utf-8");
            assert_eq!(has_charset, media_type.starts_with("text/"), "{media_type}");
        }
    }
}
