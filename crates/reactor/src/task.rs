//! Tasks and their wakers.
//!
//! A future never leaves the executor that it was spawned on. What may travel is its waker, and
//! that carries a token, never the future (rule 3): used on its own worker it goes to the local
//! queue, used elsewhere to that worker's inbox, used after the worker has ended to nowhere.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Wake, Waker};

use crate::inbox::{Home, Letter};
use crate::sync::{AtomicBool, Ordering};
use crate::token::Token;

/// A future that stays on its worker.
pub(crate) type LocalFuture = Pin<Box<dyn Future<Output = ()>>>;

/// An entry of the task table.
pub(crate) struct Task {
    /// Absent while the task is being polled.
    pub(crate) body: Option<Body>,
    pub(crate) ticket: Arc<Ticket>,
}

/// What is taken out of the table to poll a task.
pub(crate) struct Body {
    pub(crate) future: LocalFuture,
    pub(crate) waker: Waker,
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("is_polled", &self.body.is_none()).finish()
    }
}

/// What a task's wakers share: where it lives, its name there, and whether it is queued.
#[derive(Debug)]
pub(crate) struct Ticket {
    token: Token,
    is_queued: AtomicBool,
    home: Home,
}

impl Ticket {
    pub(crate) fn new(token: Token, home: Home) -> Arc<Self> {
        Arc::new(Self { token, is_queued: AtomicBool::new(false), home })
    }

    /// Allows the next wake to queue the task again. Called just before each poll, so that a wake
    /// during the poll is not lost.
    ///
    /// It reads as well as writes: a wake that found the task queued and sent nothing has been
    /// seen here, and with it what its thread did before, so that the poll will see that too. A
    /// mere store could be overtaken by the poll's first read.
    pub(crate) fn on_poll(&self) {
        self.is_queued.swap(false, Ordering::AcqRel);
    }
}

impl Wake for Ticket {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.is_queued.swap(true, Ordering::AcqRel) {
            return;
        }
        if !push_local(&self.home, self.token) {
            // A worker that has ended gives the letter back: its tasks are gone.
            drop(self.home.push(Letter::Wake(self.token)));
        }
    }
}

/// The queue of the worker whose turn this thread is running.
struct Running {
    home: Option<Home>,
    queue: VecDeque<Token>,
}

thread_local! {
    static RUNNING: RefCell<Running> =
        const { RefCell::new(Running { home: None, queue: VecDeque::new() }) };
}

/// Marks this thread as running a turn of the worker behind `home`, for as long as it lives.
///
/// One thread may run several workers in alternation (the simulator does), never one within
/// another.
pub(crate) struct TurnGuard(());

impl TurnGuard {
    pub(crate) fn enter(home: &Home, queue: &mut VecDeque<Token>) -> Self {
        RUNNING.with_borrow_mut(|running| {
            debug_assert!(running.home.is_none(), "a turn within a turn");
            running.home = Some(Home::clone(home));
            std::mem::swap(&mut running.queue, queue);
        });
        Self(())
    }

    /// Ends the turn and hands the queue back.
    pub(crate) fn leave(self, queue: &mut VecDeque<Token>) {
        RUNNING.with_borrow_mut(|running| std::mem::swap(&mut running.queue, queue));
    }
}

impl Drop for TurnGuard {
    fn drop(&mut self) {
        RUNNING.with_borrow_mut(|running| running.home = None);
    }
}

/// Returns how many tasks are queued on this thread's worker.
pub(crate) fn queued() -> usize {
    RUNNING.with_borrow(|running| running.queue.len())
}

/// Takes the queued task at `index`.
pub(crate) fn take_queued(index: usize) -> Option<Token> {
    RUNNING.with_borrow_mut(|running| running.queue.remove(index))
}

/// Queues a task on this thread's worker without asking its ticket, which a wake from another
/// thread has marked as queued when it sent the letter.
pub(crate) fn queue_delivered(token: Token) {
    RUNNING.with_borrow_mut(|running| running.queue.push_back(token));
}

fn push_local(home: &Home, token: Token) -> bool {
    RUNNING.with_borrow_mut(|running| {
        let is_home = running.home.as_ref().is_some_and(|here| Home::ptr_eq(here, home));
        if is_home {
            running.queue.push_back(token);
        }
        is_home
    })
}
