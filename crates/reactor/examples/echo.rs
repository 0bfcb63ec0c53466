//! Try: `cargo run -p avocet-reactor --example echo`, then in other terminals `nc 127.0.0.1 7007`.
//!
//! An echo server on two workers, each with a listener of its own on the one address. A client
//! that says nothing for half a minute is dropped, and one that never stops does not starve the
//! others. The crate's documentation has the same with one worker and less of everything.

use std::error::Error;
use std::future::poll_fn;
use std::io::IoSlice;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use avocet_reactor::driver::Epoll;
use avocet_reactor::net::{Listener, More, Progress, SocketError, Stream, TcpBinding};
use avocet_reactor::poller::{Poller, Readiness};
use avocet_reactor::{Handle, Worker};

const WORKERS: usize = 2;
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads after which a task lets the others have their turn.
const BUDGET: usize = 16;

fn main() -> Result<(), Box<dyn Error>> {
    let binding = TcpBinding::bind(SocketAddr::from(([127, 0, 0, 1], 7007)), WORKERS)?;
    #[expect(clippy::print_stdout, reason = "a program says where it listens")]
    {
        println!("echoing on {}", binding.local_addr());
    }
    let workers: Vec<_> = binding
        .into_sockets()
        .into_iter()
        .map(|socket| thread::spawn(move || serve(socket).map_err(|error| error.to_string())))
        .collect();
    for worker in workers {
        worker.join().map_err(|_panic| "a worker panicked")??;
    }
    Ok(())
}

/// Runs one worker: everything it owns is made on its own thread.
fn serve(socket: OwnedFd) -> Result<(), Box<dyn Error>> {
    let driver = Epoll::new()?;
    let (poller, notify) = (driver.poller(), driver.notify());
    let mut worker = Worker::new(driver, notify);
    let handle = worker.handle().clone();
    let listener = Listener::register(socket, &handle, Rc::clone(&poller))?;
    worker.handle().spawn(accept(listener, handle, poller));
    worker.run()?;
    Ok(())
}

async fn accept(listener: Listener, handle: Handle, poller: Rc<Poller>) {
    loop {
        listener.readable().await;
        // An error here is the connection's, or passes: the next event tries again. A server
        // would leave the poller for a while when descriptors run out; see `Listener::pause`.
        let Ok(Some(accepted)) = listener.try_accept() else { continue };
        let Ok(stream) = Stream::register(accepted.socket, &handle, &poller) else { continue };
        // A lost connection ends its task: there is nobody left to tell.
        let client = handle.clone();
        handle.spawn(async move {
            echo(stream, client).await.ok();
        });
    }
}

async fn echo(mut stream: Stream, handle: Handle) -> Result<(), SocketError> {
    let patience = handle.timer(handle.now().instant.after(PATIENCE));
    let mut buf = vec![0; 4096];
    for read in 1usize.. {
        match stream.try_read(&mut buf)? {
            Progress::Bytes(received) => {
                let sent = patience.bound(send_all(&mut stream, &buf[..received])).await;
                let Ok(sent) = sent else { break };
                sent?;
                patience.set(handle.now().instant.after(PATIENCE));
            }
            Progress::NotReady => {
                if patience.bound(ready(&stream, Readiness::IN)).await.is_err() {
                    break;
                }
            }
            Progress::End => break,
        }
        if read % BUDGET == 0 {
            yield_once().await;
        }
    }
    Ok(())
}

async fn send_all(stream: &mut Stream, mut bytes: &[u8]) -> Result<(), SocketError> {
    while !bytes.is_empty() {
        match stream.try_write(&[IoSlice::new(bytes)], More::Last)? {
            Progress::Bytes(sent) => bytes = &bytes[sent..],
            Progress::NotReady | Progress::End => ready(stream, Readiness::OUT).await,
        }
    }
    Ok(())
}

async fn ready(stream: &Stream, wanted: Readiness) {
    poll_fn(|cx| stream.poll_ready(cx, wanted)).await;
}

/// Goes to the end of the queue.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
