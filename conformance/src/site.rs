//! The site that every server under judgement serves, made in a folder of the test.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// When the files of the site were last modified: Wed, 01 Jan 2020 12:34:56 GMT.
pub const MODIFIED: &str = "Wed, 01 Jan 2020 12:34:56 GMT";

/// A field line that asks for a file of the site unless it is as it was made.
pub const NOT_MODIFIED: &str = "If-Modified-Since: Wed, 01 Jan 2020 12:34:56 GMT";

/// The content of `/letters.txt`: each byte says where it is.
pub const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";

/// The content of `/coded.txt`, whose siblings are no real codings but say which they are, so that
/// what was sent can be told by looking.
pub const CODED: &str = "identity, and longer than its siblings\n";

/// The size of `/big.bin`, in which each byte is its place modulo 251.
pub const BIG_SIZE: usize = 1024 * 1024;

/// The siblings of `/coded.txt`: what stands behind its name, the coding, the content.
pub const SIBLINGS: [(&str, &str, &str); 3] = [
    ("br", "br", "coded as br\n"),
    ("zst", "zstd", "coded as zstd\n"),
    ("gz", "gzip", "coded as gzip\n"),
];

const MODIFIED_SECONDS: u64 = 1_577_882_096;

/// The name of a file that claims to be of the year 2100.
const FUTURE: &str = "future.txt";

const FUTURE_SECONDS: u64 = 4_102_444_800;

/// The files and what is in them.
fn files() -> Vec<(String, Vec<u8>)> {
    let text = |name: &str, content: &str| (name.to_owned(), content.as_bytes().to_vec());
    let mut files = vec![
        text("index.html", "<!doctype html><title>index</title>\n"),
        text("again.txt", "again\n"),
        text("letters.txt", LETTERS),
        text("empty.txt", ""),
        text(FUTURE, "of tomorrow\n"),
        text("with space.txt", "space\n"),
        text("percent%25.txt", "percent\n"),
        text("ümlaut.txt", "umlaut\n"),
        text("folder/index.html", "<!doctype html><title>folder</title>\n"),
        text("folder/page.html", "<!doctype html><title>page</title>\n"),
        text("spaced folder/index.html", "<!doctype html><title>spaced</title>\n"),
        text("bare/file.txt", "file in a folder without index\n"),
        text(".hidden", "secret\n"),
        text(".well-known/known.txt", "known\n"),
        text("coded.txt", CODED),
        text("archive.tar.gz", "no gzip, but named like one\n"),
    ];
    for (extension, _, content) in SIBLINGS {
        files.push(text(&format!("coded.txt.{extension}"), content));
    }
    let big = (0..251).cycle().take(BIG_SIZE).collect();
    files.push(("big.bin".to_owned(), big));
    files
}

/// The byte at that place of `/big.bin`.
#[must_use]
pub fn big_byte(at: usize) -> u8 {
    (at % 251).to_le_bytes()[0]
}

/// Makes the site in a folder.
///
/// # Errors
///
/// When the disk refuses.
pub fn make(root: &Path) -> io::Result<()> {
    for (name, content) in files() {
        let path = root.join(&name);
        fs::create_dir_all(path.parent().unwrap_or(root))?;
        fs::write(&path, content)?;
        let seconds = if name == FUTURE { FUTURE_SECONDS } else { MODIFIED_SECONDS };
        let modified = UNIX_EPOCH + Duration::from_secs(seconds);
        File::options().write(true).open(&path)?.set_modified(modified)?;
    }
    Ok(())
}
