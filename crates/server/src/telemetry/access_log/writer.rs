//! The log's own thread: it alone writes to the output, and opens its file again when told to.
//!
//! A slow output never delays a worker: what does not fit is dropped, counted, and reported once
//! the output moves again. An output that takes nothing, a full disk or a closed pipe, loses its
//! lines; they are counted, too, and that is said when it begins.
//!
//! Rotation is somebody else's: a file that was moved away is written to until
//! [`LogReopener::reopen`], and a new one from then on. Nothing here looks at the clock.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use settings::LogFormat;

use super::PASSED_SIZE;
use crate::telemetry::diagnostics;

/// How old lines become before a worker passes them on.
const AGE_MAX: Duration = Duration::from_secs(1);

/// Time that the output is given to take the last lines.
const LAST_WRITE_TIMEOUT: Duration = Duration::from_secs(1);

/// The log's writing side: one thread over one output.
#[derive(Debug)]
pub struct AccessLog {
    shared: Arc<Shared>,
    age_max: Duration,
}

impl AccessLog {
    /// Starts the thread that writes to `output`.
    ///
    /// # Errors
    ///
    /// When the system cannot start a thread.
    pub fn start(output: impl Write + Send + 'static) -> io::Result<Self> {
        Self::over(Output::new(Box::new(output), None))
    }

    /// Opens a file and starts the thread that appends to it.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or made, or the system cannot start a thread.
    ///
    /// # Blocking
    ///
    /// Touches the file system; of a named pipe it waits for the reader.
    pub fn to_file(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let file = open(&path)?;
        Self::over(Output::new(Box::new(file), Some(path)))
    }

    fn over(output: Output) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("avocet-log".to_owned())
            .spawn(move || theirs.write_to(output))?;
        Ok(Self { shared, age_max: AGE_MAX })
    }

    /// Has lines written at once, not within a second: for somebody who watches.
    #[must_use]
    pub const fn at_once(mut self) -> Self {
        self.age_max = Duration::ZERO;
        self
    }

    /// Returns what has the log's file opened again, from any thread.
    #[must_use]
    pub fn reopener(&self) -> LogReopener {
        LogReopener(Arc::clone(&self.shared))
    }

    /// Returns a worker's end of the log; the lines that come by it have the format.
    ///
    /// A [`Server`](crate::Server) takes one for each of its workers by itself.
    #[must_use]
    pub fn sink(&self, format: LogFormat) -> LogSink {
        LogSink { shared: Arc::clone(&self.shared), format, age_max: self.age_max }
    }

    /// Returns what tells how many lines were lost.
    pub(crate) fn meter(&self) -> LogMeter {
        LogMeter(Arc::clone(&self.shared))
    }
}

impl Drop for AccessLog {
    /// Waits until what was logged is written, but not for an output that does not move: the
    /// thread is then left to the end of the process.
    fn drop(&mut self) {
        let mut waiting = self.shared.lock();
        waiting.is_ended = true;
        self.shared.changed.notify_all();
        let is_unwritten = |waiting: &mut Waiting| !waiting.is_written;
        // Poisoned or not, the time is up at the end of it.
        drop(self.shared.changed.wait_timeout_while(waiting, LAST_WRITE_TIMEOUT, is_unwritten));
    }
}

/// Has a log's file opened again, from any thread: what a program that moves logs away asks for.
#[derive(Clone, Debug)]
pub struct LogReopener(Arc<Shared>);

impl LogReopener {
    /// Asks the log's thread to open its file again. Lines that were passed on before go to the
    /// file that was open then, all others to the one that is there now.
    ///
    /// If that cannot be opened, the old one is kept and the operator told. A log that is no file
    /// goes on as it was.
    pub fn reopen(&self) {
        let mut waiting = self.0.lock();
        waiting.reopen_at = Some(waiting.lines.len());
        drop(waiting);
        self.0.changed.notify_all();
    }
}

/// A worker's end of the log.
#[derive(Debug)]
pub struct LogSink {
    shared: Arc<Shared>,
    format: LogFormat,
    age_max: Duration,
}

impl LogSink {
    /// Passes lines on and leaves an empty buffer; drops them when more than `waiting_max` bytes
    /// would wait.
    pub(crate) fn pass_on(&self, lines: &mut Vec<u8>, waiting_max: usize) {
        let mut waiting = self.shared.lock();
        if waiting.lines.len() + lines.len() > waiting_max {
            let count = line_count(lines);
            waiting.dropped += count;
            waiting.lines_lost += count;
            lines.clear();
        } else if waiting.lines.is_empty() {
            std::mem::swap(&mut waiting.lines, lines);
        } else {
            waiting.lines.append(lines);
        }
        drop(waiting);
        self.shared.changed.notify_one();
    }

    /// Returns the format of the lines.
    pub(crate) const fn format(&self) -> LogFormat {
        self.format
    }

    /// Returns how old lines become before they are passed on.
    pub(crate) const fn age_max(&self) -> Duration {
        self.age_max
    }
}

/// Tells how many lines were lost.
#[derive(Clone, Debug)]
pub(crate) struct LogMeter(Arc<Shared>);

impl LogMeter {
    /// Returns the count since the start.
    pub(crate) fn lines_lost(&self) -> u64 {
        self.0.lock().lines_lost
    }
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    /// Where in the lines the file is to be opened again.
    reopen_at: Option<usize>,
    /// Lines dropped since the operator was told of some.
    dropped: u64,
    /// Lines dropped, or not taken by the output, since the start.
    lines_lost: u64,
    is_ended: bool,
    /// The writer has written all it was given, and is gone.
    is_written: bool,
}

/// What the writer takes at once.
#[derive(Debug, Default)]
struct Batch {
    lines: Vec<u8>,
    reopen_at: Option<usize>,
    dropped: u64,
    is_last: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // No panic can leave the lines half changed.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, mut output: Output) {
        let mut batch = Batch::default();
        while !batch.is_last {
            self.take(&mut batch);
            let (before, after) = batch.lines.split_at(batch.reopen_at.unwrap_or_default());
            let mut lost = output.write(before);
            if batch.reopen_at.is_some() {
                output.reopen();
            }
            lost += output.write(after);
            if lost > 0 {
                self.lock().lines_lost += lost;
            }
            if batch.dropped > 0 {
                diagnostics::warn(format_args!(
                    "the access log's output is too slow: {} lines dropped",
                    batch.dropped
                ));
            }
        }
        self.lock().is_written = true;
        self.changed.notify_all();
    }

    /// Waits for something to do, and exchanges the buffers.
    fn take(&self, batch: &mut Batch) {
        batch.lines.clear();
        // After a time of many lines the memory of that is let go.
        batch.lines.shrink_to(2 * PASSED_SIZE);
        let mut waiting = self.lock();
        while waiting.lines.is_empty() && waiting.reopen_at.is_none() && !waiting.is_ended {
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::swap(&mut waiting.lines, &mut batch.lines);
        batch.reopen_at = waiting.reopen_at.take();
        batch.dropped = std::mem::take(&mut waiting.dropped);
        batch.is_last = waiting.is_ended;
    }
}

/// What the lines are written to.
struct Output {
    to: Box<dyn Write + Send>,
    /// Where it can be opened again, if it is a file.
    path: Option<PathBuf>,
    /// It took nothing the last time.
    is_failing: bool,
    /// It took a part of a line, and not the rest.
    is_amid_line: bool,
}

impl Output {
    fn new(to: Box<dyn Write + Send>, path: Option<PathBuf>) -> Self {
        Self { to, path, is_failing: false, is_amid_line: false }
    }

    /// Writes what it can of some lines; returns how many were lost.
    fn write(&mut self, lines: &[u8]) -> u64 {
        if lines.is_empty() {
            return 0;
        }
        let ended = self.end_line().map_err(|error| (lines, error));
        match ended.and_then(|()| write_all(&mut self.to, lines)) {
            Ok(()) => {
                self.is_failing = false;
                0
            }
            Err((unwritten, error)) => {
                if let Some(last) = lines[..lines.len() - unwritten.len()].last() {
                    self.is_amid_line = *last != b'\n';
                }
                if !std::mem::replace(&mut self.is_failing, true) {
                    diagnostics::warn(format_args!(
                        "cannot write the access log ({error}): its lines are lost until that \
                         changes"
                    ));
                }
                line_count(unwritten)
            }
        }
    }

    /// Ends the line of which a part was taken: what comes next is no part of it.
    fn end_line(&mut self) -> io::Result<()> {
        if self.is_amid_line {
            write_all(&mut self.to, b"\n").map_err(|(_unwritten, error)| error)?;
            self.is_amid_line = false;
        }
        Ok(())
    }

    /// Opens the file again, or keeps the old one.
    fn reopen(&mut self) {
        let Some(path) = &self.path else { return };
        match open(path) {
            Ok(file) => {
                // It may be the same one.
                self.is_amid_line &= file.metadata().is_ok_and(|file| file.len() > 0);
                self.to = Box::new(file);
                self.is_failing = false;
            }
            Err(error) => diagnostics::warn(format_args!(
                "cannot open the access log {} again ({error}): it goes on in the old file",
                path.display()
            )),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options().append(true).create(true).open(path)
}

/// Writes all of `lines`, or returns what is left of them and why.
fn write_all<'a>(to: &mut dyn Write, mut lines: &'a [u8]) -> Result<(), (&'a [u8], io::Error)> {
    while !lines.is_empty() {
        match to.write(lines) {
            Ok(0) => return Err((lines, ErrorKind::WriteZero.into())),
            Ok(count) => lines = &lines[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err((lines, error)),
        }
    }
    to.flush().map_err(|error| (lines, error))
}

fn line_count(lines: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', lines).count() as u64
}

#[cfg(test)]
mod tests;
