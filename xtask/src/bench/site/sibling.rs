//! The siblings of a file that hold it compressed, as a build would have made them.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Writes `name.br` and `name.gz` beside a file, at the levels that a build can afford.
///
/// # Errors
///
/// When they cannot be written.
pub(super) fn write(path: &Path, content: &[u8]) -> io::Result<[PathBuf; 2]> {
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let siblings = [beside(".br"), beside(".gz")];
    std::fs::write(&siblings[0], brotli(content)?)?;
    std::fs::write(&siblings[1], gzip(content)?)?;
    Ok(siblings)
}

fn brotli(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut coded = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut coded, &BrotliEncoderParams::default())?;
    Ok(coded)
}

fn gzip(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::super::text::{self, Kind};
    use super::*;

    #[test]
    fn siblings_hold_the_file_and_are_much_smaller() {
        let content = text::write(Kind::Html, 20_000, 1);
        let (mut from_brotli, mut from_gzip) = (Vec::new(), Vec::new());
        let coded = brotli(&content).unwrap();
        brotli::BrotliDecompress(&mut &*coded, &mut from_brotli).unwrap();
        assert_eq!(from_brotli, content);
        let zipped = gzip(&content).unwrap();
        flate2::read::GzDecoder::new(&*zipped).read_to_end(&mut from_gzip).unwrap();
        assert_eq!(from_gzip, content);
        assert!(coded.len() < zipped.len() && zipped.len() < content.len() / 2);
    }
}
