//! How a chunked body is found to be whole: lines of sizes and what they announce, in any pieces.
//!
//! It counts and does not keep. A size that is no number is a fault; what stands in extensions and
//! trailers is passed over.

/// More than this in one chunk is taken for a broken size.
const CHUNK_SIZE_MAX: u64 = 1 << 40;

/// How far a chunked body has come.
#[derive(Debug)]
pub(crate) struct Chunks {
    part: Part,
    total: u64,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The digits of a size; whether one was seen.
    Size { size: u64, has_digit: bool },
    /// The rest of a size's line.
    SizeLine { size: u64 },
    /// A chunk's data, and how much of it.
    Data { missing: u64 },
    /// The line end behind a chunk's data.
    DataEnd,
    /// A line behind the last chunk, and whether anything stands in it.
    Trailer { is_empty: bool },
    /// Nothing any more.
    End,
}

/// The size of a chunk cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BrokenChunk;

impl Chunks {
    /// Before the first chunk.
    pub(crate) const START: Self = Self { part: Part::FIRST, total: 0 };

    /// Takes bytes, and says how many of them belong to the body.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<usize, BrokenChunk> {
        let mut at = 0;
        while at < bytes.len() && self.part != Part::End {
            if let Part::Data { missing } = self.part {
                let here = (bytes.len() - at).min(usize::try_from(missing).unwrap_or(usize::MAX));
                at += here;
                self.total += here as u64;
                let missing = missing - here as u64;
                self.part = if missing == 0 { Part::DataEnd } else { Part::Data { missing } };
            } else {
                self.part = self.part.after(bytes[at])?;
                at += 1;
            }
        }
        Ok(at)
    }

    /// The length of the body, once it is whole.
    pub(crate) fn whole(&self) -> Option<u64> {
        (self.part == Part::End).then_some(self.total)
    }
}

impl Part {
    const FIRST: Self = Self::Size { size: 0, has_digit: false };

    /// What follows a byte that is no data.
    fn after(self, byte: u8) -> Result<Self, BrokenChunk> {
        Ok(match (self, byte) {
            (Self::Size { size, .. }, byte) if byte.is_ascii_hexdigit() => {
                let digit = char::from(byte).to_digit(16).map_or(0, u64::from);
                let size = size * 16 + digit;
                if size > CHUNK_SIZE_MAX {
                    return Err(BrokenChunk);
                }
                Self::Size { size, has_digit: true }
            }
            (Self::Size { size, has_digit: true }, b'\r' | b';' | b' ') => Self::SizeLine { size },
            (Self::Size { .. }, _) => return Err(BrokenChunk),
            (Self::SizeLine { size: 0 }, b'\n') => Self::Trailer { is_empty: true },
            (Self::SizeLine { size }, b'\n') => Self::Data { missing: size },
            (Self::DataEnd, b'\r') => Self::DataEnd,
            (Self::DataEnd, b'\n') => Self::FIRST,
            (Self::DataEnd, _) => return Err(BrokenChunk),
            (Self::Trailer { is_empty: true }, b'\n') => Self::End,
            (Self::Trailer { is_empty: false }, b'\n') => Self::Trailer { is_empty: true },
            (Self::Trailer { is_empty }, byte) => {
                Self::Trailer { is_empty: is_empty && byte == b'\r' }
            }
            (part @ (Self::SizeLine { .. } | Self::Data { .. } | Self::End), _) => part,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"5\r\nhello\r\n1A; a=b\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nA: b\r\n\r\n";

    #[test]
    fn a_body_is_whole_however_it_is_cut() {
        let bytes = [BODY, b"HTTP"].concat();
        for cut in 0..=bytes.len() {
            let mut chunks = Chunks::START;
            let (left, right) = bytes.split_at(cut);
            let used = chunks.take(left).unwrap();
            let used = used + chunks.take(right).unwrap();
            assert_eq!((used, chunks.whole()), (BODY.len(), Some(31)), "cut at {cut}");
        }
    }

    #[test]
    fn a_part_of_a_body_is_not_whole() {
        for len in 0..BODY.len() {
            let mut chunks = Chunks::START;
            assert_eq!(chunks.take(&BODY[..len]), Ok(len));
            assert_eq!(chunks.whole(), None, "{len} bytes");
        }
    }

    #[test]
    fn a_broken_size_is_a_fault() {
        for body in ["", "\r\n", "x\r\n", "-1\r\n", "5\r\nhello!", "10000000001\r\n"] {
            let mut chunks = Chunks::START;
            let taken = chunks.take(body.as_bytes());
            assert_eq!(taken.is_err(), !body.is_empty(), "{body:?}");
        }
        let mut chunks = Chunks::START;
        assert!(chunks.take(b"10000000000\r\n").is_ok());
    }
}
