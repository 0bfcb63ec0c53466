//! A socket as it is.

use std::io::IoSlice;
use std::ops::Range;
use std::task::{Context, Poll};

use reactor::net::{More, Progress, Queue, Stream};
use reactor::poller::Readiness;

use super::{Transport, TransportError};
use crate::files::{FileSlice, FileSource};

/// A TCP or Unix connection without TLS: the only transport that lets the kernel send files.
#[derive(Debug)]
pub struct Plain<G = ()> {
    // Closed first: the guard stands for the descriptor.
    stream: Stream,
    _guard: G,
}

impl<G> Plain<G> {
    /// Wraps a connected stream, and a guard that is dropped when it has been closed.
    #[must_use]
    pub const fn new(stream: Stream, guard: G) -> Self {
        Self { stream, _guard: guard }
    }
}

impl<G: 'static> Transport for Plain<G> {
    fn try_read(&mut self, buf: &mut [u8]) -> Result<Progress, TransportError> {
        self.stream.try_read(buf)
    }

    fn try_write(
        &mut self,
        slices: &[IoSlice<'_>],
        more: More,
    ) -> Result<Progress, TransportError> {
        self.stream.try_write(slices, more)
    }

    fn try_send_file(
        &mut self,
        slice: &FileSlice,
        range: Range<u64>,
    ) -> Result<Progress, TransportError> {
        match slice.source() {
            FileSource::Disk(file) => {
                let len = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
                self.stream.try_send_file(file, slice.offset() + range.start, len)
            }
            FileSource::Bytes(_) | FileSource::Simulated(_) => {
                self.stream.try_write(&[IoSlice::new(slice.bytes(range))], More::Last)
            }
        }
    }

    fn set_queue(&mut self, queue: Queue) {
        self.stream.set_queue(queue);
    }

    fn poll_ready(&self, cx: &Context<'_>, wanted: Readiness) -> Poll<Readiness> {
        self.stream.poll_ready(cx, wanted)
    }

    fn close_write(&mut self) {
        self.stream.close_write();
    }
}
