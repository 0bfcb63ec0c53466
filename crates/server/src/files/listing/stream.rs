//! The instalments of a listing as the body of an answer.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;
use reactor::pool::{Job, Lane, Offload};
use reactor::sync::oneshot::{Receiver, oneshot};

use super::Unfinished;
use super::draft::Draft;
use crate::files::tree::OpenError;
use crate::service::BoxError;

/// What is yet to come of a listing, and the right to hold it.
#[derive(Debug)]
pub(super) struct Rest {
    pub(super) draft: Draft,
    pub(super) _place: Unfinished,
}

/// A body that has each instalment made on the pool when the one before it has been taken.
pub(super) struct Instalments {
    state: State,
    pool: Arc<dyn Offload>,
    lane: Lane,
}

enum State {
    /// A instalment is there.
    Made(Bytes, Rest),
    /// The next instalment has not been asked for.
    Idle(Rest),
    /// It is being made.
    Making(Receiver<Making>),
    Ended,
}

/// A instalment and what is left, or why there is none.
type Making = Result<(Bytes, Rest), OpenError>;

impl Instalments {
    /// Begins with a instalment that is there.
    pub(super) fn new(first: Bytes, rest: Rest, pool: Arc<dyn Offload>, lane: Lane) -> Self {
        Self { state: State::Made(first, rest), pool, lane }
    }

    fn make(&self, mut rest: Rest) -> Result<Receiver<Making>, BoxError> {
        let (sender, receiver) = oneshot();
        let job = Job::new(move || {
            let made = rest.draft.next_instalment().map(|instalment| (instalment, rest));
            // The client may be gone.
            drop(sender.send(made));
        });
        match self.pool.submit(job.in_lane(&self.lane)) {
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
                State::Made(instalment, rest) => {
                    if !rest.draft.is_complete() {
                        this.state = State::Idle(rest);
                    }
                    return Poll::Ready(Some(Ok(Frame::data(instalment))));
                }
                State::Idle(rest) => match this.make(rest) {
                    Ok(making) => this.state = State::Making(making),
                    Err(error) => return Poll::Ready(Some(Err(error))),
                },
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
