//! Reading a part of a file for no other sake than to have it in memory.
//!
//! To read it into a buffer copies all of it. To ask the kernel for it (`POSIX_FADV_WILLNEED`)
//! copies nothing, but brings it in by single pages, which costs ten times as much as what its own
//! reading ahead does for who reads on (decision 0014), and does not wait. To send it to where all
//! is forgotten does what sending it to a client will do: it waits for each page, reads ahead, and
//! copies nothing.
//!
//! Where there is no such place it is read into a buffer.

use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::OnceLock;

use rustix::fs::{FileType, Mode, OFlags, fstat, major, minor, open, sendfile};
use rustix::io::{Errno, pread};

/// Reads a part of a file, as far as there is a file; when it returns, that was in memory.
///
/// # Errors
///
/// When the file cannot be read.
///
/// # Blocking
///
/// It waits for the disk.
pub(super) fn send(file: impl AsFd, part: &Range<u64>) -> Result<(), Errno> {
    let mut at = part.start;
    if let Some(nowhere) = nowhere() {
        while at < part.end {
            match sendfile(nowhere, &file, Some(&mut { at }), rest(at, part.end, usize::MAX)) {
                // It has become shorter, which the transport will find, too.
                Ok(0) => return Ok(()),
                Ok(count) => at += count as u64,
                Err(Errno::INTR) => {}
                // What is wrong with the file is found again. Or it is one that cannot be sent.
                Err(_) => break,
            }
        }
    }
    read(file, at..part.end)
}

/// Reads a part of a file into a buffer that is thrown away.
fn read(file: impl AsFd, part: Range<u64>) -> Result<(), Errno> {
    let mut at = part.start;
    let mut waste = Vec::new();
    while at < part.end {
        waste.resize(READ_SIZE, 0);
        match pread(&file, &mut waste[..rest(at, part.end, READ_SIZE)], at) {
            Ok(0) => break,
            Ok(count) => at += count as u64,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// Returns how much there is from `at` to `end`, at most `max`.
fn rest(at: u64, end: u64, max: usize) -> usize {
    usize::try_from(end - at).unwrap_or(max).min(max)
}

/// Returns the device that forgets what it is given, open for as long as the program runs; `None`
/// where it cannot be opened, or something else bears its name.
fn nowhere() -> Option<&'static OwnedFd> {
    static NOWHERE: OnceLock<OwnedFd> = OnceLock::new();
    if let Some(device) = NOWHERE.get() {
        return Some(device);
    }
    let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NOFOLLOW;
    let device = open("/dev/null", flags, Mode::empty()).ok()?;
    let facts = fstat(&device).ok()?;
    let is_null = FileType::from_raw_mode(facts.st_mode) == FileType::CharacterDevice
        && (major(facts.st_rdev), minor(facts.st_rdev)) == NULL_DEVICE;
    // Two that open it at once keep one of them.
    is_null.then(|| NOWHERE.get_or_init(|| device))
}

/// The numbers of `/dev/null`, the same on every Linux.
const NULL_DEVICE: (u32, u32) = (1, 3);

/// Bytes that are read at a time, to be thrown away.
const READ_SIZE: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use super::*;

    #[test]
    fn a_part_is_read_as_far_as_there_is_a_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[b'x'; 200_000]).unwrap();
        for part in [0..0, 0..1, 0..200_000, 70_000..199_999, 150_000..1 << 40, 200_000..200_001] {
            assert_eq!(send(&file, &part), Ok(()), "{part:?}");
            assert_eq!(read(&file, part.clone()), Ok(()), "{part:?} into a buffer");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let folder = File::open(folder.path()).unwrap();
        assert_eq!(send(&folder, &(0..10)), Err(Errno::ISDIR));
    }

    #[test]
    fn the_device_is_there_and_is_opened_once() {
        let first = nowhere().unwrap();
        assert!(std::ptr::eq(first, nowhere().unwrap()));
    }
}
