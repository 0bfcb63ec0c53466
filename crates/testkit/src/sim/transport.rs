//! The server's end of a simulated connection.
//!
//! It keeps the rules of readiness that a socket's stream keeps: a call that found too little
//! clears the bit, and an event of the network sets it again.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::IoSlice;
use std::ops::Range;
use std::rc::Rc;
use std::task::{Context, Poll};

use reactor::poller::Readiness;
use reactor::{Handle, Phase, Source};
use server::files::{FileSlice, FileSource};
use server::transport::{More, Progress, Transport, TransportError};

use super::net::{LinkId, Net};

/// One end of a link of the network.
#[derive(Debug)]
pub(super) struct SimTransport {
    net: Rc<RefCell<Net>>,
    link: LinkId,
    source: Source,
}

impl SimTransport {
    fn register(net: Rc<RefCell<Net>>, link: LinkId, handle: &Handle) -> Self {
        let source = handle.source();
        net.borrow_mut().register(link, source.token());
        Self { net, link, source }
    }
}

impl Transport for SimTransport {
    fn try_read(&mut self, buf: &mut [u8]) -> Result<Progress, TransportError> {
        let progress = self.net.borrow_mut().server_read(self.link, buf)?;
        match progress {
            Progress::NotReady => self.source.on_read_would_block(),
            Progress::Bytes(count) if count < buf.len() => self.source.on_short_read(),
            Progress::Bytes(_) | Progress::End => {}
        }
        Ok(progress)
    }

    fn try_write(
        &mut self,
        slices: &[IoSlice<'_>],
        _more: More,
    ) -> Result<Progress, TransportError> {
        let asked = slices.iter().map(|slice| slice.len()).sum::<usize>();
        let progress = self.net.borrow_mut().server_write(self.link, slices)?;
        let is_short = match progress {
            Progress::Bytes(count) => count < asked,
            Progress::NotReady | Progress::End => true,
        };
        if is_short {
            self.source.on_short_write();
        }
        Ok(progress)
    }

    fn try_send_file(
        &mut self,
        slice: &FileSlice,
        range: Range<u64>,
    ) -> Result<Progress, TransportError> {
        let bytes = slice.bytes(range);
        let mut net = self.net.borrow_mut();
        if let FileSource::Simulated(file) = slice.source()
            && !file.is_in_memory()
        {
            net.fail(format!("a loop waits for the disk to send {slice:?}"));
        }
        let progress = net.server_write(self.link, &[IoSlice::new(bytes)])?;
        // As with sendfile, a short send says nothing of the room: only the next one does.
        if progress == Progress::NotReady {
            self.source.on_short_write();
        }
        Ok(progress)
    }

    fn poll_ready(&self, cx: &Context<'_>, wanted: Readiness) -> Poll<Readiness> {
        self.source.poll_ready(cx, wanted)
    }

    fn close_write(&mut self) {
        self.net.borrow_mut().server_close_write(self.link);
    }
}

impl Drop for SimTransport {
    fn drop(&mut self) {
        // Before the source: an event that comes after that finds its token stale.
        self.net.borrow_mut().server_close(self.link);
    }
}

/// Accepts connections and has `serve` start them, until the server drains; then takes those
/// that are queued.
///
/// # Cancel safety
///
/// Dropped half-way, connections in the queue are reset.
pub(super) async fn accept(
    net: Rc<RefCell<Net>>,
    handle: Handle,
    mut serve: impl FnMut(SimTransport),
) {
    let source = handle.source();
    net.borrow_mut().listen(source.token());
    loop {
        let is_last = poll_fn(|cx| match handle.phase() {
            Phase::Running => source.poll_ready(cx, Readiness::IN).map(|_readiness| false),
            Phase::Draining | Phase::Stopped => Poll::Ready(true),
        })
        .await;
        loop {
            let Some(link) = net.borrow_mut().accept() else { break };
            serve(SimTransport::register(Rc::clone(&net), link, &handle));
        }
        source.on_read_would_block();
        if is_last {
            break;
        }
    }
    net.borrow_mut().close_listener();
}
