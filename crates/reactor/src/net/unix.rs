//! Unix listeners: one socket at a path, which worker 0 accepts from (rule 8).

use std::os::fd::OwnedFd;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, Stat, fstat, lstat, open};
use rustix::io::Errno;
use socket2::{Domain, SockAddr, Socket, Type};

use super::error::BindError;

/// Connections that the kernel queues; it caps the number at `somaxconn`.
const BACKLOG: i32 = 4096;

/// A Unix socket that is ours.
#[derive(Debug)]
pub struct UnixBinding {
    path: UnixPath,
    socket: Socket,
}

impl UnixBinding {
    /// Listens at `path`. A socket there that nobody answers on is replaced.
    ///
    /// # Errors
    ///
    /// When someone answers at `path`, when something else stands there, or when its folder is
    /// missing or closed to us.
    ///
    /// # Blocking
    ///
    /// Touches the file system: call it before the workers start.
    pub fn bind(path: &Path) -> Result<Self, BindError> {
        let address = SockAddr::unix(path).map_err(system)?;
        remove_dead(path, &address)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(system)?;
        socket.set_nonblocking(true).map_err(system)?;
        socket.bind(&address).map_err(system)?;
        socket.listen(BACKLOG).map_err(system)?;
        Ok(Self { path: UnixPath::of(path), socket })
    }

    /// Returns the listening socket, for the worker that accepts from it, and its path, for the
    /// server.
    #[must_use]
    pub fn into_parts(self) -> (OwnedFd, UnixPath) {
        (self.socket.into(), self.path)
    }
}

/// The path of a Unix socket that is ours, removed when this is dropped: unless somebody else's
/// stands there by then.
#[derive(Debug)]
pub struct UnixPath {
    path: PathBuf,
    /// What stands there, held so that its number is not given to another.
    file: Option<OwnedFd>,
}

impl UnixPath {
    fn of(path: &Path) -> Self {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Self { path: path.to_owned(), file: open(path, flags, Mode::empty()).ok() }
    }

    /// Returns the path itself.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        &self.path
    }

    /// Tells whether what stands at the path is ours.
    fn is_ours(&self) -> bool {
        let ours = self.file.as_ref().and_then(|file| fstat(file).ok());
        let there = lstat(&self.path).ok();
        let is_same = |(ours, there): (Stat, Stat)| {
            (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)
        };
        ours.zip(there).is_some_and(is_same)
    }
}

impl Drop for UnixPath {
    fn drop(&mut self) {
        // A successor that found it dead has put its own in its place; that is not ours to take.
        if self.is_ours() {
            drop(std::fs::remove_file(&self.path));
        }
    }
}

/// Unlinks a socket that its owner left behind.
fn remove_dead(path: &Path, address: &SockAddr) -> Result<(), BindError> {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(BindError::NotASocket(path.to_owned()));
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(system)?;
    probe.set_nonblocking(true).map_err(system)?;
    match probe.connect(address) {
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(system)
        }
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Err(BindError::Denied)
        }
        // Connected, or its queue is full: someone is there.
        _ => Err(BindError::Taken),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is the form that map_err takes")]
fn system(error: std::io::Error) -> BindError {
    BindError::from(Errno::from_io_error(&error).unwrap_or(Errno::INVAL))
}

#[cfg(test)]
mod tests;
