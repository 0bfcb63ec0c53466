//! The ends of a pipe as `std::io` knows them, for pool jobs.
//!
//! Both block, so neither belongs on a loop thread (rule 7).

use std::io::{self, Read, Write};

use bytes::{Buf, Bytes, BytesMut};

use super::{Consumer, PipeError, Producer};

/// Reads a pipe.
///
/// A stream that was cut short reads as [`io::ErrorKind::UnexpectedEof`], never as its end.
#[derive(Debug)]
pub struct Reader {
    consumer: Consumer,
    /// What was received and not yet read.
    chunk: Bytes,
}

impl Reader {
    /// Wraps a pipe's end.
    #[must_use]
    pub const fn new(consumer: Consumer) -> Self {
        Self { consumer, chunk: Bytes::new() }
    }
}

impl Read for Reader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        while self.chunk.is_empty() {
            match self.consumer.recv_blocking()? {
                Some(chunk) => self.chunk = chunk,
                None => return Ok(0),
            }
        }
        let len = buf.len().min(self.chunk.len());
        self.chunk.copy_to_slice(&mut buf[..len]);
        Ok(len)
    }
}

/// Writes to a pipe, in chunks of 16 KiB where the caller writes less at a time.
///
/// Dropped without [`Writer::finish`], it cuts the stream short and what was not flushed is lost.
#[derive(Debug)]
pub struct Writer {
    producer: Producer,
    /// What was written and not yet sent.
    buf: BytesMut,
}

impl Writer {
    /// Wraps a pipe's end.
    #[must_use]
    pub fn new(producer: Producer) -> Self {
        Self { producer, buf: BytesMut::new() }
    }

    /// Tells whether the consumer is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.producer.is_closed()
    }

    /// Sends what is left and ends the stream.
    ///
    /// # Errors
    ///
    /// As [`Write::flush`].
    ///
    /// # Blocking
    ///
    /// Until the consumer has made room.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.producer.finish();
        Ok(())
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buf.len() == CHUNK_LEN {
            self.flush()?;
        }
        let len = bytes.len().min(CHUNK_LEN - self.buf.len());
        self.buf.extend_from_slice(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        let chunk = self.buf.split().freeze();
        Ok(self.producer.send_blocking(chunk)?)
    }
}

impl From<PipeError> for io::Error {
    fn from(error: PipeError) -> Self {
        let kind = match error {
            PipeError::Closed => io::ErrorKind::BrokenPipe,
            PipeError::CutShort => io::ErrorKind::UnexpectedEof,
            // Not Interrupted: the standard library would try again, for ever.
            PipeError::Aborted(_) | PipeError::Stopped => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

const CHUNK_LEN: usize = 16 * 1024;
