//! The instalments of a listing as the body of an answer.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;
use reactor::pool::{Job, Offload};
use reactor::sync::oneshot::{Receiver, oneshot};

use super::draft::Draft;
use super::unfinished::{Kept, Place};
use super::{Listings, warn};
use crate::files::tree::OpenError;
use crate::service::BoxError;

/// What is yet to come of a listing, and the right to hold it.
#[derive(Debug)]
pub(super) struct Rest {
    pub(super) draft: Draft,
    /// The path of the directory.
    pub(super) path: Box<[u8]>,
    pub(super) _place: Place,
}

/// A body that has each instalment made on the pool when the one before it has been taken.
pub(super) struct Instalments {
    state: State,
    listings: Arc<Listings>,
    pool: Arc<dyn Offload>,
}

enum State {
    /// An instalment is there.
    Made(Bytes, Rest),
    /// The next instalment has not been asked for.
    Idle(Kept),
    /// It is being made.
    Making(Receiver<Making>),
    Ended,
}

/// An instalment and what is left, or why there is none.
type Making = Result<(Bytes, Rest), OpenError>;

impl Instalments {
    /// Begins with an instalment that is there.
    pub(super) fn new(
        first: Bytes,
        rest: Rest,
        listings: Arc<Listings>,
        pool: Arc<dyn Offload>,
    ) -> Self {
        Self { state: State::Made(first, rest), listings, pool }
    }

    fn make(&self, mut rest: Rest) -> Result<Receiver<Making>, BoxError> {
        let (sender, receiver) = oneshot();
        let job = Job::new(move || {
            let made = match rest.draft.next_instalment() {
                Ok(instalment) => Ok((instalment, rest)),
                Err(error) => {
                    warn(&rest.path, error);
                    Err(error)
                }
            };
            // The client may be gone.
            drop(sender.send(made));
        });
        match self.pool.submit(job.in_lane(&self.listings.rest_lane)) {
            Ok(_ticket) => Ok(receiver),
            Err(_refused) => Err("the pool has ended".into()),
        }
    }
}

impl http_body::Body for Instalments {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        loop {
            match mem::replace(&mut this.state, State::Ended) {
                State::Made(instalment, rest) if rest.draft.is_complete() => {
                    return Poll::Ready(Some(Ok(Frame::data(instalment))));
                }
                // Nothing that is shown was among what was looked at.
                State::Made(instalment, rest) if instalment.is_empty() => {
                    this.state = State::Making(this.make(rest)?);
                }
                State::Made(instalment, rest) => {
                    this.state = State::Idle(this.listings.unfinished.keep(rest));
                    return Poll::Ready(Some(Ok(Frame::data(instalment))));
                }
                State::Idle(mut kept) => {
                    let rest = kept.take().ok_or("the listing had to give way to another")?;
                    this.state = State::Making(this.make(rest)?);
                }
                State::Making(mut making) => match making.poll_recv(cx) {
                    Poll::Pending => {
                        this.state = State::Making(making);
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok(Ok((instalment, rest)))) => {
                        this.state = State::Made(instalment, rest);
                    }
                    Poll::Ready(Ok(Err(_)) | Err(_)) => {
                        return Poll::Ready(Some(Err("the listing cannot be read on".into())));
                    }
                },
                State::Ended => return Poll::Ready(None),
            }
        }
    }
}

/// The body of an answer to HEAD: nothing, of a length that is not known.
pub(super) struct Unmade;

impl http_body::Body for Unmade {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(None)
    }
}
