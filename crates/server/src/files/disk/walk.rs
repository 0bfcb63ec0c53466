//! Opening a name beneath a directory where the kernel cannot do it in one call.
//!
//! One component at a time, none of them followed blindly: a link is read and its target walked in
//! turn, and `..` goes back to the directory that was walked through, so that the walk never leaves
//! the root whatever is renamed meanwhile. It gives the errors that `openat2` would give.
//!
//! It is slower (three calls a component) and may wait for the disk.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, StatxFlags};
use rustix::io::Errno;

use super::OPEN;

/// Opens what `path` names beneath `root`.
pub(super) fn open(root: BorrowedFd<'_>, path: &[u8]) -> Result<OwnedFd, Errno> {
    let mut ahead = Vec::new();
    push_components(&mut ahead, path);
    let mut entered: Vec<OwnedFd> = Vec::new();
    let mut links = 0;
    while let Some(name) = ahead.pop() {
        match name.as_slice() {
            b"." => continue,
            b".." => match entered.pop() {
                Some(_) => continue,
                None => return Err(Errno::XDEV),
            },
            _ => {}
        }
        let here = entered.last().map_or(root, AsFd::as_fd);
        let found = open_at(here, &name, OFlags::PATH)?;
        match kind(&found)? {
            FileType::Symlink => {
                links += 1;
                let target = link_target(&found, links)?;
                push_components(&mut ahead, &target);
            }
            FileType::Directory => entered.push(found),
            _ if ahead.is_empty() => return open_at(here, &name, OPEN),
            _ => return Err(Errno::NOTDIR),
        }
    }
    open_at(entered.last().map_or(root, AsFd::as_fd), b".", OPEN)
}

/// Puts the components of a path on the stack of those ahead, the first on top. A slash at the end
/// stands for `.`: what is before it must be a directory.
fn push_components(ahead: &mut Vec<Vec<u8>>, path: &[u8]) {
    if path.ends_with(b"/") {
        ahead.push(b".".to_vec());
    }
    let names = path.split(|&byte| byte == b'/').filter(|name| !name.is_empty());
    ahead.extend(names.rev().map(<[u8]>::to_vec));
}

fn open_at(directory: BorrowedFd<'_>, name: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(directory, name, flags, Mode::empty())
}

fn kind(found: &OwnedFd) -> Result<FileType, Errno> {
    let facts = rustix::fs::statx(found, "", AtFlags::EMPTY_PATH, StatxFlags::TYPE)?;
    Ok(FileType::from_raw_mode(facts.stx_mode.into()))
}

fn link_target(link: &OwnedFd, links: u32) -> Result<Vec<u8>, Errno> {
    if links > LINKS_MAX {
        return Err(Errno::LOOP);
    }
    let target = rustix::fs::readlinkat(link, "", Vec::new())?.into_bytes();
    if target.starts_with(b"/") { Err(Errno::XDEV) } else { Ok(target) }
}

/// As many links as the kernel follows.
const LINKS_MAX: u32 = 40;
