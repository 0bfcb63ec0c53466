//! How far a client is with sending its requests.

use crate::sim::script::Request;

/// A place in the requests of a client.
#[derive(Debug, Default)]
pub(super) struct Sending {
    /// The request that is sent next, or is being sent.
    pub(super) request: usize,
    /// So many bytes of it are sent.
    at: usize,
    /// So many bytes of all are sent.
    pub(super) total: usize,
    /// The server has asked for the body that it was waiting to send.
    has_leave: bool,
    /// The client has ended its half.
    pub(super) has_ended: bool,
}

impl Sending {
    /// Tells whether no request is half sent.
    pub(super) const fn is_between(&self) -> bool {
        self.at == 0
    }

    /// Tells whether something of a request is sent.
    pub(super) const fn has_begun(&self, request: usize) -> bool {
        request < self.request || request == self.request && self.at > 0
    }

    /// Returns the bytes that may be sent now, `want` at most; with pipelining they may be those
    /// of several requests.
    pub(super) fn piece(
        &self,
        requests: &[Request],
        answered: usize,
        may_pipeline: bool,
        want: usize,
    ) -> Vec<u8> {
        let mut piece = Vec::new();
        let (mut request, mut at) = (self.request, self.at);
        while let Some(next) = requests.get(request) {
            let may_begin = may_pipeline || request == answered || at > 0;
            let until = self.may_send_until(next, request == self.request);
            let len = until.saturating_sub(at).min(want - piece.len());
            if !may_begin || len == 0 {
                break;
            }
            piece.extend_from_slice(&next.wire[at..at + len]);
            at += len;
            if at < next.wire.len() {
                break;
            }
            (request, at) = (request + 1, 0);
        }
        piece
    }

    const fn may_send_until(&self, request: &Request, is_current: bool) -> usize {
        match request.stops_at {
            Some(stop) => stop,
            None if request.waits_for_leave && !(is_current && self.has_leave) => request.head_size,
            None => request.wire.len(),
        }
    }

    /// Returns the next byte of a request that is stalled, but never the last ones of its head, or
    /// of its body.
    pub(super) fn stalled_byte(&self, requests: &[Request], answered: usize) -> Option<u8> {
        let request = requests.get(self.request).filter(|_| answered >= self.request)?;
        let stop = request.stops_at.filter(|stop| self.at >= *stop)?;
        let end = if stop < request.head_size { request.head_size } else { request.wire.len() };
        let is_before_end = self.at + b"0\r\n\r\n".len() < end;
        is_before_end.then(|| request.wire[self.at])
    }

    /// Moves on by `count` bytes.
    pub(super) fn advance(&mut self, requests: &[Request], mut count: usize) {
        self.total += count;
        while let Some(request) = requests.get(self.request) {
            let step = count.min(request.wire.len() - self.at);
            self.at += step;
            count -= step;
            if self.at < request.wire.len() {
                break;
            }
            (self.request, self.at, self.has_leave) = (self.request + 1, 0, false);
            if count == 0 {
                break;
            }
        }
    }

    /// Takes note of `100 Continue`.
    ///
    /// # Errors
    ///
    /// When nobody waits for it.
    pub(super) fn on_leave(&mut self, requests: &[Request], answered: usize) -> Result<(), String> {
        let request = requests.get(self.request).filter(|_| answered == self.request);
        let waits = request.is_some_and(|request| {
            request.waits_for_leave && self.at == request.head_size && !self.has_leave
        });
        if !waits {
            return Err("100 Continue that nobody waits for".to_owned());
        }
        self.has_leave = true;
        Ok(())
    }

    /// Takes note of an answer: a client that waited for leave sends its body without.
    pub(super) const fn on_answer(&mut self, answered: usize) {
        if answered > self.request {
            self.has_leave = true;
        }
    }
}
