//! Try: `cargo run -p avocet-server --example classic`, then `curl -i http://127.0.0.1:8080/`.
//!
//! The server as the note drew it that Avocet began as (ARCHITECTURE, *Origin*): a loop that waits
//! and reads, a queue, and a pool of threads that takes from it, parses and answers. It is made of
//! the reactor's parts and the parser, and of nothing else of the library:
//!
//! ```text
//! event.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT    Wants::interest, User::arm
//! events[i].events & EPOLLIN                            main
//! users[sockfd].read()                                  User::read
//! pool->append(user + sockfd)                           append
//! threadpool<T>::run()                                  reactor::pool::Pool
//! process()                                             process: parse, respond
//! ```
//!
//! What it lacks, and the library has: deadlines, so that silent users do not stay for ever; bodies
//! of requests; an end; a way to live without descriptors; and the quicker order of work, which is
//! to answer on the loop and leave to the pool what may block.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http1::connection::{Connection, ConnectionField, Next, Persistence};
use http1::encode::{ResponseFraming, ResponseHead, write_head};
use http1::head::{self, Head, HeadLimits, HeadScratch, MethodToken, Parsed};
use reactor::driver::{Event, Events};
use reactor::poller::{Interest, PollBuf, Poller, Readiness};
use reactor::pool::{Job, Offload, Pool, PoolConfig};
use reactor::{Token, clock, slab::Slab};
use semantics::{Fields, Method, Status, date};

/// Whose events are the listener's.
const LISTENER: Token = Token::from_bits(u64::MAX);

fn main() -> Result<(), Box<dyn Error>> {
    let addr = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(addr)?;
    listener.set_nonblocking(true)?;
    #[expect(clippy::print_stdout, reason = "a program says where it listens")]
    {
        println!("listening on {}", listener.local_addr()?);
    }
    let poller = Arc::new(Poller::new()?);
    poller.add(&listener, LISTENER, Interest::IN)?;
    let threads = NonZero::<usize>::MIN.saturating_add(7);
    let pool = Pool::start(PoolConfig::new(threads, 10_000))?;
    let mut users = Slab::new();
    let (mut buf, mut events) = (PollBuf::new(), Events::new());
    loop {
        poller.wait(&mut buf, None, &mut events)?;
        for Event { token, readiness } in events.drain(..) {
            if token == LISTENER {
                accept(&listener, &poller, &mut users);
                continue;
            }
            let Some(user) = users.entry(token) else { continue };
            // A user is armed for one thing at a time. RDHUP needs no branch: what came before it
            // is read first, then 0.
            let stays = if readiness.intersects(Readiness::GONE) {
                false
            } else if readiness.intersects(Readiness::IN) {
                // events[i].events & EPOLLIN
                user.read() && append(&pool, user)
            } else {
                user.write() && user.go_on(&pool)
            };
            if !stays {
                // Closing the socket takes it out of the poller, too.
                users.remove(token);
            }
        }
    }
}

/// Takes one connection; the listener is level-triggered, so the next is told of by the next wait.
fn accept(listener: &TcpListener, poller: &Arc<Poller>, users: &mut Slab<Arc<User>>) {
    let Ok((stream, _)) = listener.accept() else { return };
    let token = users.insert_with(|token| {
        Arc::new(User { stream, token, poller: Arc::clone(poller), talk: Mutex::default() })
    });
    let is_added = users.entry(token).is_some_and(|user| {
        user.stream.set_nonblocking(true).is_ok()
            && poller.add(&user.stream, token, Wants::More.interest()).is_ok()
    });
    if !is_added {
        users.remove(token);
    }
}

/// A connection: `users[sockfd]`.
struct User {
    stream: TcpStream,
    token: Token,
    poller: Arc<Poller>,
    /// One-shot arming sees to it that the loop and the pool never have the same user at once, so
    /// nobody waits for this lock.
    talk: Mutex<Talk>,
}

/// What was received and not answered, and what is to be sent.
#[derive(Default)]
struct Talk {
    received: Vec<u8>,
    to_send: Vec<u8>,
    is_over: bool,
}

/// What a user is armed for.
enum Wants {
    More,
    Room,
}

impl Wants {
    fn interest(self) -> Interest {
        match self {
            Self::More => Interest::IN | Interest::RDHUP | Interest::ONESHOT,
            Self::Room => Interest::OUT | Interest::ONESHOT,
        }
    }
}

impl User {
    /// Has the next event told: one. Until then the descriptor is disabled, not removed.
    fn arm(&self, wants: Wants) -> bool {
        self.poller.modify(&self.stream, self.token, wants.interest()).is_ok()
    }

    fn talk(&self) -> MutexGuard<'_, Talk> {
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `users[sockfd].read()`: takes what is there; what does not fit is told of by the next
    /// event. Says whether the user is still there.
    fn read(&self) -> bool {
        let mut buf = [0; 4096];
        match (&self.stream).read(&mut buf) {
            Ok(0) => false,
            Ok(len) => {
                self.talk().received.extend_from_slice(&buf[..len]);
                true
            }
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        }
    }

    /// Sends what there is room for. Says whether the user is still there.
    fn write(&self) -> bool {
        let Talk { to_send, .. } = &mut *self.talk();
        match (&self.stream).write(to_send) {
            Ok(len) => {
                to_send.drain(..len);
                true
            }
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        }
    }

    /// After a write: the rest of it, a request that came along with the last, or a new one.
    fn go_on(self: &Arc<Self>, pool: &Pool) -> bool {
        let (is_sent, is_over, has_more) = {
            let talk = self.talk();
            (talk.to_send.is_empty(), talk.is_over, !talk.received.is_empty())
        };
        match (is_sent, is_over) {
            (false, _) => self.arm(Wants::Room),
            (true, true) => false,
            (true, false) if has_more => append(pool, self),
            (true, false) => self.arm(Wants::More),
        }
    }
}

/// `pool->append(user + sockfd)`: the queue takes the user, or refuses and the user is told so.
fn append(pool: &Pool, user: &Arc<User>) -> bool {
    let taken = Arc::clone(user);
    let job = Job::new(move || {
        let wants = process(&mut taken.talk());
        taken.arm(wants);
    });
    pool.submit(job).is_ok() || {
        refuse(&mut user.talk(), Status::SERVICE_UNAVAILABLE);
        user.arm(Wants::Room)
    }
}

/// `process()`: takes one request out of what was received, and makes its answer.
fn process(talk: &mut Talk) -> Wants {
    let received = std::mem::take(&mut talk.received);
    let mut scratch = HeadScratch::new();
    match head::parse(&received, &HeadLimits::default(), &mut scratch) {
        Ok(Parsed::Partial) => {
            talk.received = received;
            return Wants::More;
        }
        Ok(Parsed::Complete(head)) => {
            talk.received = received[head.len()..].to_vec();
            respond(talk, &head);
        }
        Err(error) => refuse(talk, error.kind.status()),
    }
    Wants::Room
}

/// Makes the answer to a request. One with a body is the last: nothing here would read the body.
fn respond(talk: &mut Talk, head: &Head<'_>) {
    let mut connection = Connection::new();
    let exchange = match connection.on_head(head) {
        Ok(exchange) => exchange,
        Err(error) => return refuse(talk, error.kind.status()),
    };
    let wish = if exchange.body.is_empty() { Persistence::KeepAlive } else { Persistence::Close };
    let text = format!("you asked for {}\n", head.path().escape_ascii());
    let length = ResponseFraming::Length(text.len() as u64);
    write(talk, Status::OK, length, connection.on_answer(wish, length));
    talk.is_over = connection.on_answer_end() != Next::Head;
    if head.method() != MethodToken::Known(Method::Head) {
        talk.to_send.extend_from_slice(text.as_bytes());
    }
}

/// Makes the answer after which nothing more is said.
fn refuse(talk: &mut Talk, status: Status) {
    write(talk, status, ResponseFraming::Length(0), ConnectionField::Close);
    talk.is_over = true;
}

fn write(talk: &mut Talk, status: Status, framing: ResponseFraming, connection: ConnectionField) {
    let (fields, date) = (Fields::new(), date::format(clock::read().wall));
    let head = ResponseHead { status, fields: &fields, framing, connection, date: &date };
    write_head(&mut talk.to_send, head);
}
