//! Try: `cargo run -p avocet-server --example blocking`, then several of
//! `curl http://127.0.0.1:8080/slow &` and meanwhile `curl http://127.0.0.1:8080/quick`.
//!
//! A route on the loop beside a route on the pool. What blocks goes to the pool, and however many
//! wait for it, the loop answers the other route at once. Of the slow route two run at a time and
//! eight may wait, for three seconds at most; whoever comes when there is no place, or no chance
//! to be in time, gets a 503 at once.

use std::error::Error;
use std::thread;
use std::time::Duration;

use avocet_server::service::{
    Incoming, OnPool, PoolRequest, PoolRoute, Reply, RequestHead, Response,
};
use avocet_server::{Limits, Method, MethodSet, Router, Server, Status};

/// How long the slow route blocks.
const BLOCKED: Duration = Duration::from_millis(500);

/// Answers on the loop: it holds up every other connection while it runs, so it must not wait.
fn quick(_head: &RequestHead<'_>, _body: Option<Incoming>) -> Reply {
    Response::text(Status::OK, "quick\n").into()
}

/// Answers on the pool: an ordinary function, from a request to a response, that may take its time.
#[expect(clippy::disallowed_methods, reason = "it stands for a query, and runs on the pool")]
fn slow(_request: PoolRequest) -> Response {
    thread::sleep(BLOCKED);
    Response::text(Status::OK, "slow\n")
}

fn main() -> Result<(), Box<dyn Error>> {
    let addr = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let route = PoolRoute::with_start_timeout("slow", 8, Duration::from_secs(3))
        .finish_within(Duration::from_secs(5));
    let get = MethodSet::EMPTY.with(Method::Get);
    let router =
        Router::new().route(get, "/quick", quick).route(get, "/slow", OnPool::new(&route, slow));
    let mut limits = Limits::default();
    limits.pool_threads = 2;
    let server = Server::builder(router).limits(limits).listen(addr.parse()?);
    let running = server.bind()?.start()?;
    #[expect(clippy::print_stdout, reason = "a program says where it listens")]
    {
        println!("listening on {}", running.addrs()[0]);
    }
    running.join()?;
    Ok(())
}
