//! The spool: a request's body on its way to a job that starts when it is whole.
//!
//! Up to `body_memory_max` it is kept in memory. A larger one goes to an unlinked temporary file,
//! and from then on at most one chunk of it is in memory: no more is read from the client while
//! a chunk is being written. Writes run on the pool in a lane that is never refused, one
//! outstanding for each body, which is the lane's bound.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use crate::lifecycle::{Offloaded, SpoolSpace, WorkerContext};
use crate::service::SpooledFile;

/// Most bytes of a body in memory once the rest of it is on disk.
const CHUNK_SIZE: usize = 16 * 1024;

/// A body that is being kept.
#[derive(Debug)]
pub(super) struct Spool {
    context: Rc<WorkerContext>,
    /// What has come and is not on disk.
    memory: Vec<u8>,
    /// Where the rest is, once it is somewhere.
    file: Option<Arc<File>>,
    written: u64,
    writing: Option<Write>,
    /// Its place in the server's budget.
    space: SpoolSpace,
}

/// A chunk on its way to the disk.
#[derive(Debug)]
struct Write {
    len: u64,
    result: Offloaded<io::Result<Arc<File>>>,
}

/// A body that is whole.
#[derive(Debug)]
pub(super) enum Spooled {
    /// In memory.
    Bytes(Bytes),
    /// On disk.
    File(SpooledFile),
}

/// Why a body cannot be kept.
#[derive(Debug)]
pub(super) enum SpoolError {
    /// As much as may be is on disk already.
    Full,
    /// The disk failed, or the pool has ended.
    Failed,
}

impl Spool {
    /// Makes room for a body. One that is announced to be large has its space reserved at once,
    /// so that its client is refused before it sends it.
    pub(super) fn new(
        context: &Rc<WorkerContext>,
        announced: Option<u64>,
    ) -> Result<Self, SpoolError> {
        let mut space = context.spool().space();
        let memory_max = context.limits().body_memory_max as u64;
        if let Some(len) = announced.filter(|len| *len > memory_max) {
            space.extend_to(len).map_err(|_full| SpoolError::Full)?;
        }
        let context = Rc::clone(context);
        Ok(Self { context, memory: Vec::new(), file: None, written: 0, writing: None, space })
    }

    /// Waits until more of the body can be taken, and returns how much.
    pub(super) fn poll_room(&mut self, cx: &Context<'_>) -> Poll<Result<usize, SpoolError>> {
        ready!(self.poll_written(cx))?;
        if self.memory.len() >= self.memory_max() {
            // More is to come: this is where the disk begins.
            self.begin_write()?;
            ready!(self.poll_written(cx))?;
        }
        Poll::Ready(Ok(self.memory_max() - self.memory.len()))
    }

    /// Returns the bytes that are in memory, those on their way to the disk included.
    pub(super) fn memory_size(&self) -> usize {
        let writing = self.writing.as_ref().map_or(0, |write| write.len);
        self.memory.capacity() + usize::try_from(writing).unwrap_or(usize::MAX)
    }

    /// Takes a piece of the body, no larger than there is room for.
    pub(super) fn append(&mut self, data: &[u8]) {
        self.memory.extend_from_slice(data);
    }

    /// Waits until the whole body is where it will be read from.
    pub(super) fn poll_finish(&mut self, cx: &Context<'_>) -> Poll<Result<Spooled, SpoolError>> {
        ready!(self.poll_written(cx))?;
        if self.file.is_some() && !self.memory.is_empty() {
            self.begin_write()?;
            ready!(self.poll_written(cx))?;
        }
        Poll::Ready(Ok(match self.file.take() {
            None => Spooled::Bytes(std::mem::take(&mut self.memory).into()),
            Some(file) => Spooled::File(SpooledFile::new(file, self.written, self.space.take())),
        }))
    }

    fn memory_max(&self) -> usize {
        let limits = self.context.limits();
        if self.file.is_some() { CHUNK_SIZE } else { limits.body_memory_max }
    }

    fn begin_write(&mut self) -> Result<(), SpoolError> {
        let chunk = std::mem::take(&mut self.memory);
        let (len, offset) = (chunk.len() as u64, self.written);
        self.space.extend_to(offset + len).map_err(|_full| SpoolError::Full)?;
        let file = self.file.clone();
        if file.is_none() {
            let place = self.context.place_for_file().ok_or(SpoolError::Full)?;
            self.space.hold_place(place);
        }
        let write = move || {
            let file = file.map_or_else(|| tempfile::tempfile().map(Arc::new), Ok)?;
            file.write_all_at(&chunk, offset)?;
            Ok(file)
        };
        let result = self.context.offload_in(self.context.spool().lane(), write);
        // Refused only by a pool that has ended.
        self.writing = Some(Write { len, result: result.map_err(|_ended| SpoolError::Failed)? });
        Ok(())
    }

    fn poll_written(&mut self, cx: &Context<'_>) -> Poll<Result<(), SpoolError>> {
        let Some(write) = &mut self.writing else { return Poll::Ready(Ok(())) };
        let result = ready!(write.result.poll_result(cx));
        let len = write.len;
        self.writing = None;
        match result {
            Ok(Ok(file)) => {
                self.file = Some(file);
                self.written += len;
                Poll::Ready(Ok(()))
            }
            Ok(Err(error)) => {
                crate::telemetry::diagnostics::warn(format_args!(
                    "cannot keep the body of a request on disk: {error}"
                ));
                Poll::Ready(Err(SpoolError::Failed))
            }
            Err(_lost) => Poll::Ready(Err(SpoolError::Failed)),
        }
    }
}
