//! An edge-triggered epoll reactor with a single-threaded executor: sockets, timers and tasks on
//! one thread, one such thread per core.
//!
//! A [`Worker`] owns all that lives on its thread: the tasks, what is known of their sockets, and
//! their deadlines. Tasks reach it through a [`Handle`], other threads through a [`Remote`].
//!
//! ```text
//!      one worker, one thread                                      other threads
//!  ┌───────────────────────────────────────────────────────┐
//!  │  tasks ────── Handle ──► sources   timers   phase     │      Remote ◄── any thread
//!  │    ▲                        ▲         ▲        ▲      │        │
//!  │    │ polled once            │ events  │ now    │      │        ▼
//!  │    │ per wake            ┌──┴─────────┴────────┴──┐   │   ┌─────────┐
//!  │    └─────────────────────┤         Worker         ◄───┼───┤  inbox  │
//!  │                          └───────────▲────────────┘   │   └─────────┘
//!  └──────────────────────────────────────┼────────────────┘        ▲
//!                                    Driver: Epoll or Sim          Waker, Pool's answers
//! ```
//!
//! - [`driver`]: where events and time come from: the kernel ([`driver::Epoll`]) or a simulated
//!   world ([`driver::Sim`]). All above it is the same code in both.
//! - [`poller`]: epoll behind types; [`Source`] is a socket's place in the worker's table.
//! - [`net`]: listeners and streams. Their calls never wait.
//! - [`Timer`]: a moment, kept in a timing wheel ([`timer`]).
//! - [`pool`] and [`sync`]: threads for what may block, and what passes between them and tasks.
//!
//! # What it does not do
//!
//! It speaks no protocol: there is no HTTP and no TLS here. It starts no thread but those of a
//! [`pool::Pool`], has no global state to find a worker by, and moves no task to another thread.
//! It has no read or write that waits: a task tries, and waits for readiness if nothing was done.
//!
//! # The order of a turn
//!
//! 1. *Wait*: not at all if a task is queued, else until the next timer, for ever without one. An
//!    idle worker makes no wake-ups.
//! 2. *Time* is read, once. [`Handle::now`] is the same for the whole turn.
//! 3. *Events* set the readiness of sources and wake their tasks. An event whose source is gone is
//!    dropped and counted ([`Census::stale_events`]).
//! 4. *Mail*: wakes from other threads, and what [`Remote::run`] sent.
//! 5. *Timers* whose moment has come wake their tasks.
//! 6. *Tasks*: those queued by now are polled, each once. What they wake, themselves included,
//!    waits for the next turn, so a busy task keeps no event waiting for longer than its poll.
//! 7. The hook of [`Worker::set_after_turn`].
//!
//! How long the longest turn was, [`Worker::turn_meter`] tells.
//!
//! # What its user must know
//!
//! - *Readiness is edge-triggered.* The kernel tells of a change once, and the source remembers it
//!   until a call finds that it is over. So try first and wait for readiness after
//!   [`Progress::NotReady`](net::Progress); to wait for what has not been tried to its end is to
//!   wait for ever. [`net::Stream`] keeps the account: after a short read or write it knows that
//!   the next call would find nothing, unless urgent data, a close or an error was seen.
//! - *Bits are independent.* An event may say at once that there is something to read, that the
//!   peer sends no more and that there is room to write; none excludes another.
//! - *Nothing blocks.* A poll that waits for a lock, a disk or a name server stops every connection
//!   of its worker. Such work belongs on a [`pool`].
//! - *A task that never has to wait must yield.* A peer that sends as fast as it is read leaves
//!   readiness set for ever: after a budget, wake yourself and return `Pending`.
//! - *One task per source.* The task that polled a source last is the one that is woken.
//! - *A panic ends its task* and is counted ([`Census::panicked_tasks`]); the worker goes on.
//!
//! # Cancel safety
//!
//! To drop a future is to cancel it, and nothing runs on behind its back: there are no detached
//! operations, and a worker that stops or is dropped drops its tasks.
//!
//! - Waits ([`Source::poll_ready`], [`net::Stream::poll_ready`], [`net::Listener::readable`],
//!   [`Timer::expired`]) consume nothing. Dropped half-way they lose nothing, and may be begun
//!   again.
//! - Calls that move bytes ([`net::Stream::try_read`] and its like) do not wait, so they cannot be
//!   dropped half-way. What a *task* has read and not passed on is lost with the task.
//! - [`Timer::bound`] drops the future that it bounds when the moment comes; what that means is for
//!   that future to say.
//! - Dropping a [`Source`], [`Timer`], [`net::Stream`] or [`net::Listener`] takes it out of the
//!   worker's tables. Late events and wakes for it find nothing. A dropped `Stream` is closed, and
//!   what it had not sent yet by a `try_` call was never sent.
//! - Dropping a [`sync::oneshot`] or [`sync::pipe`] end tells the other end.
//!
//! # An echo server
//!
//! It serves one client and ends. `examples/echo.rs` serves many, on several workers.
//!
//! ```
//! use std::io::{IoSlice, Read, Write};
//! use std::net::{Shutdown, TcpStream};
//! use std::rc::Rc;
//! use std::thread;
//!
//! use avocet_reactor::Worker;
//! use avocet_reactor::driver::Epoll;
//! use avocet_reactor::net::{Listener, More, Progress, SocketError, Stream, TcpBinding};
//! use avocet_reactor::poller::Readiness;
//!
//! async fn ready(stream: &Stream, wanted: Readiness) {
//!     std::future::poll_fn(|cx| stream.poll_ready(cx, wanted)).await;
//! }
//!
//! async fn send_all(stream: &mut Stream, mut bytes: &[u8]) -> Result<(), SocketError> {
//!     while !bytes.is_empty() {
//!         match stream.try_write(&[IoSlice::new(bytes)], More::Last)? {
//!             Progress::Bytes(sent) => bytes = &bytes[sent..],
//!             Progress::NotReady | Progress::End => ready(stream, Readiness::OUT).await,
//!         }
//!     }
//!     Ok(())
//! }
//!
//! async fn echo(mut stream: Stream) -> Result<(), SocketError> {
//!     let mut buf = vec![0; 4096];
//!     loop {
//!         match stream.try_read(&mut buf)? {
//!             Progress::Bytes(received) => send_all(&mut stream, &buf[..received]).await?,
//!             Progress::NotReady => ready(&stream, Readiness::IN).await,
//!             Progress::End => return Ok(()),
//!         }
//!     }
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let driver = Epoll::new()?;
//!     let (poller, notify) = (driver.poller(), driver.notify());
//!     let mut worker = Worker::new(driver, notify);
//!     let handle = worker.handle().clone();
//!
//!     let binding = TcpBinding::bind("127.0.0.1:0".parse()?, 1)?;
//!     let addr = binding.local_addr();
//!     for socket in binding.into_sockets() {
//!         let listener = Listener::register(socket, &handle, Rc::clone(&poller))?;
//!         let (handle, poller) = (handle.clone(), Rc::clone(&poller));
//!         worker.handle().spawn(async move {
//!             let accepted = loop {
//!                 listener.readable().await;
//!                 if let Ok(Some(accepted)) = listener.try_accept() {
//!                     break accepted;
//!                 }
//!             };
//!             if let Ok(stream) = Stream::register(accepted.socket, &handle, &poller) {
//!                 handle.spawn(async move { echo(stream).await.ok(); });
//!             }
//!         });
//!     }
//!
//!     let client = thread::spawn(move || -> std::io::Result<String> {
//!         let mut client = TcpStream::connect(addr)?;
//!         client.write_all(b"curlew sandpiper")?;
//!         client.shutdown(Shutdown::Write)?;
//!         let mut answer = String::new();
//!         client.read_to_string(&mut answer)?;
//!         Ok(answer)
//!     });
//!
//!     worker.run()?; // It ends with its last task.
//!     assert_eq!(client.join().expect("the client does not panic")?, "curlew sandpiper");
//!     assert_eq!(worker.handle().census().sources, 0);
//!     Ok(())
//! }
//! ```
#![forbid(unsafe_code)]

pub mod clock;
pub mod driver;
mod handle;
mod inbox;
pub mod net;
pub mod planted;
pub mod poller;
pub mod pool;
mod shutdown;
pub mod slab;
mod source;
pub mod sync;
mod task;
#[cfg(test)]
mod testing;
pub mod timer;
mod token;
mod turn;
mod worker;

pub use self::driver::Driver;
pub use self::handle::{Census, Handle};
pub use self::inbox::{Notify, Remote, WorkerEnded};
pub use self::shutdown::{Phase, RunEnd};
pub use self::source::Source;
pub use self::timer::{Elapsed, Timer};
pub use self::token::Token;
pub use self::turn::{TurnMeter, TurnTime};
pub use self::worker::Worker;
