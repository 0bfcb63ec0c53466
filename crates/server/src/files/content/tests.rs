//! Reading: what is in memory, what must be waited for, what cannot be read.

use std::fs::File;
use std::io::Write;

use super::*;

#[test]
fn reading_without_waiting_gives_all_or_gives_up() {
    let mut file = tempfile::tempfile().unwrap();
    let content: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    file.write_all(&content).unwrap();
    let file = DiskFile::new(file.into());
    match read(&file, 0, content.len(), Patience::CachedOnly) {
        Ok(read) => assert_eq!(read, content),
        Err(error) => assert_eq!(error, OpenError::WouldBlock),
    }
    assert_eq!(read(&file, 0, content.len(), Patience::MayBlock), Ok(content));
}

#[test]
fn a_file_that_cannot_be_read_is_a_failure() {
    let folder = File::open(std::env::temp_dir()).unwrap();
    let folder = DiskFile::new(folder.into());
    assert_eq!(read(&folder, 0, 1, Patience::MayBlock), Err(OpenError::Failed(Errno::ISDIR)));
}
