//! The listening sockets of a server, before its workers have them.

use std::num::NonZero;
use std::os::fd::OwnedFd;

use reactor::net::{BindError, InheritedBinding, ListenAddr, TcpBinding, UnixBinding, UnixPath};

/// The sockets that a server listens with, each with the index of its address.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    /// In the order in which they were given.
    pub(super) addrs: Vec<ListenAddr>,
    /// One socket for each worker.
    pub(super) split: Vec<(usize, Vec<OwnedFd>)>,
    /// Worker 0 accepts from them for all.
    pub(super) shared: Vec<SharedSocket>,
    /// The paths that are ours, removed when they are dropped.
    pub(super) unix: Vec<UnixPath>,
}

/// A listening socket that cannot be split over the workers.
#[derive(Debug)]
pub(super) struct SharedSocket {
    pub(super) index: usize,
    pub(super) socket: OwnedFd,
    pub(super) tenure: Tenure,
}

/// Whose a listening socket is; decides what becomes of its queue when the server drains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tenure {
    /// Ours alone: what is queued would be reset, so it is accepted first.
    Owned,
    /// Others have it, too, or will: what is queued is theirs.
    Inherited,
}

impl Bindings {
    /// Binds an address of our own.
    pub(super) fn bind(
        &mut self,
        addr: &ListenAddr,
        workers: NonZero<usize>,
    ) -> Result<(), BindError> {
        let index = self.addrs.len();
        match addr {
            ListenAddr::Tcp(addr) => {
                let binding = TcpBinding::bind(*addr, workers.get())?;
                self.addrs.push(ListenAddr::Tcp(binding.local_addr()));
                self.split.push((index, binding.into_sockets()));
            }
            ListenAddr::Unix(path) => {
                let (socket, path) = UnixBinding::bind(path)?.into_parts();
                self.addrs.push(addr.clone());
                self.shared.push(SharedSocket { index, socket, tenure: Tenure::Owned });
                self.unix.push(path);
            }
        }
        Ok(())
    }

    /// Takes over a socket that somebody else bound.
    pub(super) fn adopt(&mut self, socket: OwnedFd) -> Result<(), BindError> {
        let binding = InheritedBinding::adopt(socket)?;
        let index = self.addrs.len();
        self.addrs.push(binding.addr().clone());
        let socket = binding.into_socket();
        self.shared.push(SharedSocket { index, socket, tenure: Tenure::Inherited });
        Ok(())
    }
}
