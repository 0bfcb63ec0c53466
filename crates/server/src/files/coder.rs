//! From content to its coded form, piece by piece.
//!
//! Each coding has two levels: one that is quick, for the first who ask, and one that is worth its
//! time for a form that is kept and sent again and again. Decision record 0013 has the figures that
//! chose them. The same content gives the same bytes: no time and no name goes into them.
//!
//! Memory is bounded by the windows, which are a mebibyte at most, and by the output, which is
//! given up as soon as it is too long to be worth keeping. Work is bounded by the pieces: what a
//! coder does with one is a tenth of a second at most, and between two of them whoever feeds it may
//! drop it.
//!
//! It reads no file and keeps nothing.

use std::io::{self, Write};

use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use semantics::coding::Coding;

/// How much time is spent for how few bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Little time.
    Fast,
    /// Ten times as much, and a tenth fewer bytes.
    Best,
}

/// The most bytes that a coded form of content of that length may have. One that saves less than a
/// tenth is not worth the memory that keeps it, nor the client's time to decode it.
pub(super) const fn worth_len_max(len: u64) -> u64 {
    len - len.div_ceil(10)
}

/// The coded form would be too long, or the library refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotWorth;

impl From<io::Error> for NotWorth {
    /// Memory is all that can fail but the sink, which takes what it is given until it is full.
    fn from(_error: io::Error) -> Self {
        Self
    }
}

/// Codes one content.
pub(super) struct Coder(Encoder);

enum Encoder {
    Br(Box<Brotli>),
    Zstd(zstd::Encoder<'static, Sink>),
    Gzip(GzEncoder<Sink>),
}

impl Coder {
    /// Makes a coder for content of `len` bytes, of which the coded form may have
    /// [`worth_len_max`].
    ///
    /// # Errors
    ///
    /// When there is no memory for it.
    pub(super) fn new(coding: Coding, level: Level, len: u64) -> Result<Self, NotWorth> {
        let sink = Sink { bytes: Vec::new(), len_max: worth_len_max(len), is_full: false };
        Ok(Self(match coding {
            Coding::Br => Encoder::Br(Box::new(Brotli::new(sink, level, len))),
            Coding::Zstd => Encoder::Zstd(zstd(sink, level, len)?),
            Coding::Gzip => Encoder::Gzip(gzip(sink, level)),
        }))
    }

    /// Codes the next bytes.
    ///
    /// # Errors
    ///
    /// When what has been made is too long already.
    pub(super) fn feed(&mut self, piece: &[u8]) -> Result<(), NotWorth> {
        match &mut self.0 {
            Encoder::Br(encoder) => encoder.feed(piece)?,
            Encoder::Zstd(encoder) => encoder.write_all(piece)?,
            Encoder::Gzip(encoder) => encoder.write_all(piece)?,
        }
        Ok(())
    }

    /// Codes the rest, and gives all.
    ///
    /// # Errors
    ///
    /// When that is too long.
    pub(super) fn finish(self) -> Result<Bytes, NotWorth> {
        let sink = match self.0 {
            Encoder::Br(encoder) => encoder.writer.into_inner(),
            Encoder::Zstd(encoder) => encoder.finish()?,
            Encoder::Gzip(encoder) => encoder.finish()?,
        };
        // The brotli encoder keeps the error of its last write to itself.
        if sink.is_full {
            return Err(NotWorth);
        }
        // It is kept for long: without what the vector has to spare.
        Ok(sink.bytes.into_boxed_slice().into())
    }
}

impl std::fmt::Debug for Coder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Encoder::Br(_) => "Coder(br)",
            Encoder::Zstd(_) => "Coder(zstd)",
            Encoder::Gzip(_) => "Coder(gzip)",
        })
    }
}

/// The brotli encoder, made to work as it is fed. Left to itself it finds the matches for 256 KiB
/// at a time, and gathers up to 2 MiB of those before it decides how to write them.
struct Brotli {
    writer: brotli::CompressorWriter<Sink>,
    /// How much it may have gathered.
    gathered: usize,
}

impl Brotli {
    fn new(sink: Sink, level: Level, len: u64) -> Self {
        let params = BrotliEncoderParams {
            quality: match level {
                Level::Fast => 5,
                Level::Best => 10,
            },
            lgwin: WINDOW_BITS,
            lgblock: BLOCK_BITS,
            size_hint: usize::try_from(len).unwrap_or(usize::MAX),
            ..BrotliEncoderParams::default()
        };
        let writer = brotli::CompressorWriter::with_params(sink, OUTPUT_SIZE, &params);
        Self { writer, gathered: 0 }
    }

    fn feed(&mut self, piece: &[u8]) -> io::Result<()> {
        if self.gathered >= GATHERED_MAX {
            self.writer.flush()?;
            self.gathered = 0;
        }
        self.gathered += piece.len();
        self.writer.write_all(piece)
    }
}

fn zstd(sink: Sink, level: Level, len: u64) -> io::Result<zstd::Encoder<'static, Sink>> {
    let level = match level {
        Level::Fast => 3,
        Level::Best => 15,
    };
    let mut encoder = zstd::Encoder::new(sink, level)?;
    // Clients need not take windows over 8 MiB (RFC 9659 §3).
    encoder.window_log(WINDOW_BITS.unsigned_abs())?;
    encoder.set_pledged_src_size(Some(len))?;
    Ok(encoder)
}

fn gzip(sink: Sink, level: Level) -> GzEncoder<Sink> {
    let level = match level {
        Level::Fast => 4,
        Level::Best => 9,
    };
    GzEncoder::new(sink, Compression::new(level))
}

/// What has been made; it refuses what is too much.
struct Sink {
    bytes: Vec<u8>,
    len_max: u64,
    is_full: bool,
}

impl Write for Sink {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + piece.len()) as u64 > self.len_max {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A mebibyte: few assets are larger, and a coder's tables grow with it.
const WINDOW_BITS: i32 = 20;

/// Matches are found for 64 KiB at a time.
const BLOCK_BITS: i32 = 16;

/// The bytes after which the brotli encoder has to write what it has gathered. More would save less
/// than a hundredth.
const GATHERED_MAX: usize = 256 * 1024;

/// The bytes that the brotli encoder hands on at a time.
const OUTPUT_SIZE: usize = 4096;

#[cfg(test)]
mod tests {
    use std::io::Read;

    use testkit::noise;

    use super::*;

    const LEVELS: [Level; 2] = [Level::Fast, Level::Best];

    /// Text such as sites have: words in an order of their own.
    pub(super) fn text(len: usize) -> Vec<u8> {
        let words =
            ["the ", "server ", "answers ", "<p>", "</p>\n", "with ", "files ", "class=\"a\" "];
        let mut state = 1u32;
        let mut text = Vec::with_capacity(len + 16);
        while text.len() < len {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.extend_from_slice(words[(state >> 29) as usize].as_bytes());
        }
        text.truncate(len);
        text
    }

    fn code(coding: Coding, level: Level, content: &[u8], piece: usize) -> Result<Bytes, NotWorth> {
        let mut coder = Coder::new(coding, level, content.len() as u64)?;
        content.chunks(piece).try_for_each(|piece| coder.feed(piece))?;
        coder.finish()
    }

    fn decode(coding: Coding, coded: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        let decoded = match coding {
            Coding::Br => brotli::Decompressor::new(coded, 4096).read_to_end(&mut content),
            Coding::Zstd => zstd::Decoder::new(coded).unwrap().read_to_end(&mut content),
            Coding::Gzip => flate2::read::GzDecoder::new(coded).read_to_end(&mut content),
        };
        decoded.unwrap();
        content
    }

    #[test]
    fn what_is_coded_decodes_to_what_it_was() {
        for len in [300, 1000, 70_000, 1 << 20] {
            let content = text(len);
            for coding in Coding::ALL {
                for level in LEVELS {
                    let coded = code(coding, level, &content, 64 << 10).unwrap();
                    assert!(coded.len() as u64 <= worth_len_max(len as u64));
                    assert!(decode(coding, &coded) == content, "{coding:?} {level:?} {len}");
                    let again = code(coding, level, &content, 64 << 10).unwrap();
                    assert!(again == coded, "the same content gives the same bytes");
                }
            }
        }
    }

    #[test]
    fn brotli_gathers_no_more_than_it_may() {
        const PIECE: usize = 64 << 10;
        let content = text(2 << 20);
        for level in LEVELS {
            let mut coder = Coder::new(Coding::Br, level, content.len() as u64).unwrap();
            let mut fed = 0;
            for piece in content.chunks(PIECE) {
                coder.feed(piece).unwrap();
                fed += piece.len();
                let Encoder::Br(encoder) = &coder.0 else { panic!("it was made for br") };
                let written = &*encoder.writer.get_ref().bytes;
                let mut decoded = Vec::new();
                // The end is missing.
                let _error = brotli::Decompressor::new(written, 4096).read_to_end(&mut decoded);
                assert!(content.starts_with(&decoded));
                let gathered = fed - decoded.len();
                assert!(gathered <= GATHERED_MAX, "{level:?}: {gathered} of {fed}");
            }
        }
    }

    #[test]
    fn the_best_level_makes_it_shorter() {
        let content = text(100_000);
        for coding in Coding::ALL {
            let [fast, best] = LEVELS.map(|level| code(coding, level, &content, 64 << 10).unwrap());
            assert!(best.len() < fast.len(), "{coding:?}: {} {}", fast.len(), best.len());
        }
    }

    #[test]
    fn what_does_not_get_shorter_is_given_up() {
        for coding in Coding::ALL {
            for level in LEVELS {
                for len in [0, 1, 1000, 300_000] {
                    let coded = code(coding, level, &noise(len), 64 << 10);
                    assert_eq!(coded, Err(NotWorth), "{coding:?} {level:?} {len}");
                }
                // It need not be fed to the end.
                let mut coder = Coder::new(coding, level, 100).unwrap();
                let is_given_up = (0..400).any(|_| coder.feed(&noise(64 << 10)).is_err());
                assert!(is_given_up, "{coding:?} {level:?}");
            }
        }
    }

    #[test]
    fn a_tenth_is_to_be_saved() {
        for (len, expected) in [(0, 0), (1, 0), (10, 9), (11, 9), (1000, 900), (1009, 908)] {
            assert_eq!(worth_len_max(len), expected, "{len}");
        }
        let mut sink = Sink { bytes: vec![0; 8], len_max: 10, is_full: false };
        assert_eq!(sink.write(&[0]).unwrap(), 1, "under");
        assert_eq!(sink.write(&[0]).unwrap(), 1, "at");
        assert!(sink.write(&[0]).is_err(), "over");
        assert!(sink.is_full);
    }

    #[test]
    fn a_gzip_member_says_neither_time_nor_name() {
        let coded = code(Coding::Gzip, Level::Best, &text(1000), 1000).unwrap();
        assert_eq!(coded[..8], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_zstd_frame_needs_no_window_over_8_mib() {
        let content = text(9 << 20);
        for level in LEVELS {
            let coded = code(Coding::Zstd, level, &content, 64 << 10).unwrap();
            let mut decoder = zstd::Decoder::new(&*coded).unwrap();
            decoder.window_log_max(20).unwrap();
            let mut decoded = Vec::new();
            decoder.read_to_end(&mut decoded).unwrap();
            assert!(decoded == content, "{level:?}");
        }
    }
}
